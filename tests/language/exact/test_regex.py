"""`re` beside CPython's own: random patterns over random texts, by the engine and by JSONata 2.0.6 in node."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from tests import fuzz_jsonata
from treadle.engine.data import jsonata
from treadle.language.exact import charset, matches, regex
from treadle.language.exact.truth import truth
from treadle.language.term import Function, Refusal, Term
from treadle.language.types import STR

TEXT = Term("$s", STR)
LETTERS = [
    "a",
    "b",
    "c",
    "A",
    "1",
    "_",
    " ",
    "\n",
    "-",
    ".",
    "é",
    "😀",
    "😁",
    "K",
    "ſ",
    "\u2028",
    "\r",
    "$",
    "/",
    '"',
    "\\",
    "[",
]
ATOMS = [
    "a", "b", "c", "1", "é", "😀", "-", r"\.", ".", "[ab]", "[^a]", "[^ab\n]", r"\s", r"\S", "[a-c1]", "[😀a]", "[^😀]",
    "k", "s", "[a-z]", "[^a-z]", r"\$", "/", r"\[", r"\\", '"', r"[\s-]", r"\x20", r"[^\s]", "(?i:k)", "[A-Z]",
]  # fmt: skip
ASCII_ATOMS = [r"\w", r"\d", r"\W", r"\D", r"[\w-]", r"[^\w]", r"\b"]
QUANTIFIERS = ["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{2,}", "{0,2}?"]


def pattern(chance: random.Random, depth: int, flags: int) -> str:
    """A random pattern; some are refused, and some are no pattern at all."""
    atoms = ATOMS + (ASCII_ATOMS if flags & re.ASCII else [])
    parts = []
    for _ in range(chance.choice([1, 1, 2, 3])):
        kind = chance.random()
        if depth and kind < 0.2:
            inner = pattern(chance, depth - 1, flags)
            part = chance.choice(["({})", "({})", "(?:{})", "(?P<n>{})", "(?={})", "(?!{})"]).format(inner)
        elif depth and kind < 0.28:
            part = f"(?:{pattern(chance, depth - 1, flags)}|{pattern(chance, depth - 1, flags)})"
        elif kind < 0.33:
            part = chance.choice(["^", "$", r"\Z", r"\A", r"\1"])
        else:
            part = chance.choice(atoms)
        if chance.random() < 0.35:
            part += chance.choice(QUANTIFIERS)
        parts.append(part)
    return "".join(parts)


def texts(chance: random.Random) -> list[str]:
    return ["".join(chance.choice(LETTERS) for _ in range(chance.choice([0, 1, 2, 3, 5, 9]))) for _ in range(6)]


def replaced(source: str, flags: int, template: str, count: int = 0) -> Term:
    return regex.substitute(source, flags, Term('""', STR, constant=template), TEXT, count)


def counted(source: str, flags: int) -> Term:
    return regex.substitute_counted(source, flags, Term('"-"', STR, constant="-"), TEXT, 1)


def by_itself(source: str, flags: int) -> Term:
    return regex.substitute(source, flags, Function(1, lambda m: matches.whole(m)), TEXT, 2)


def first(function: str) -> tuple[Any, Any]:
    """A search, and the match of CPython with its groups as a list."""

    def ours(source: str, flags: int) -> Term:
        return regex.first(function, source, flags, TEXT)

    def theirs(compiled: re.Pattern[str], text: str) -> Any:
        found = getattr(compiled, function)(text)
        return found and [found.group(), *found.groups()]

    return ours, theirs


OPERATIONS: dict[str, tuple[Any, Any]] = {
    **{function: first(function) for function in ("search", "match", "fullmatch")},
    "found": (lambda p, f: truth(regex.first("search", p, f, TEXT)), lambda r, s: r.search(s) is not None),
    "span": (
        lambda p, f: regex.first("search", p, f, TEXT, placed=True),
        lambda r, s: (m := r.search(s)) and [*m.span(), m.group()],
    ),
    "findall": (lambda p, f: regex.find_all(p, f, TEXT), lambda r, s: r.findall(s)),
    "sub": (lambda p, f: replaced(p, f, r"<\g<0>$0>"), lambda r, s: r.sub(r"<\g<0>$0>", s)),
    "sub 2": (by_itself, lambda r, s: r.sub(lambda m: m.group(), s, count=2)),
    "subn": (counted, lambda r, s: r.subn("-", s, count=1)),
    "split": (lambda p, f: regex.split(p, f, TEXT, 0), lambda r, s: r.split(s)),
    "split 2": (lambda p, f: regex.split(p, f, TEXT, 2), lambda r, s: r.split(s, maxsplit=2)),
}


def lowered(operation: str, source: str, flags: int) -> Term:
    """The term of an operation, that of a match with its groups as a list."""
    made: Term = OPERATIONS[operation][0](source, flags)
    if operation not in ("search", "match", "fullmatch", "span"):
        return made
    (type,) = (each for each in made.type.members if isinstance(each, matches.Match))  # type: ignore[attr-defined]
    found = Term("$m", type)
    parts = [matches.whole(found), *(matches.group(found, at + 1) for at in range(len(type.pattern.groups)))]
    if operation == "span":
        parts = [matches.start(found), matches.end(found), matches.whole(found)]
    shown = ", ".join(each.at(11) for each in parts)
    return Term(f"($m := {made.text}; $m != null ? [{shown}] : null)", STR)


def cases(seed: int, count: int) -> list[tuple[str, str, int, str, str, Any]]:
    """(operation, pattern, flags, expression, text, what CPython gives)."""
    chance = random.Random(seed)
    found = []
    while len(found) < count:
        flags = 0
        for each in (re.ASCII, re.IGNORECASE, re.MULTILINE, re.DOTALL):
            flags |= int(each) if chance.random() < 0.3 else 0
        source = pattern(chance, 2, flags)
        try:
            compiled = re.compile(source, flags)
        except re.error:
            continue
        for operation in chance.sample(sorted(OPERATIONS), 4):
            try:
                expression = lowered(operation, source, flags).text
            except Refusal:
                continue
            for text in texts(chance):
                expected = OPERATIONS[operation][1](compiled, text)
                found.append((operation, source, flags, expression, text, plain(expected)))
    return found


def plain(value: Any) -> Any:
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("seed", range(4))
def test_random_patterns_give_what_cpython_gives(seed: int) -> None:
    compiled: dict[str, Any] = {}
    for operation, source, flags, expression, text, expected in cases(seed, 1500):
        run = compiled.get(expression) or compiled.setdefault(expression, jsonata.compile(expression))
        actual = run({"s": text})
        assert actual == expected, (operation, source, re.RegexFlag(flags), text, expression)


def test_jsonata_2_0_6_gives_the_same() -> None:
    missing = fuzz_jsonata.available()
    if missing:
        pytest.skip(missing)
    work = cases(99, 3000)
    answers = fuzz_jsonata.reference([(each[3], {"s": each[4]}) for each in work])
    for (operation, source, flags, expression, text, expected), answer in zip(work, answers, strict=True):
        assert answer == {"v": expected}, (operation, source, re.RegexFlag(flags), text, expression)


def test_enough_patterns_are_accepted() -> None:
    chance = random.Random(5)
    accepted = 0
    for _ in range(400):
        source = pattern(chance, 2, re.ASCII)
        try:
            re.compile(source, re.ASCII)
            lowered("search", source, re.ASCII)
        except (re.error, Refusal):
            continue
        accepted += 1
    assert accepted > 200


def test_spaces_are_those_of_python() -> None:
    assert charset.inverted(charset.inverted(charset.SPACES)) == charset.SPACES
    found = {chr(code) for low, high in charset.SPACES for code in range(low, high + 1)}
    assert found == {chr(code) for code in range(0x110000) if chr(code).isspace()}
    assert all(re.fullmatch(r"\s", each) for each in found)
