"""Conditions of JSONata, read as formulas.

A formula is `and` or `or` of others, a comparison of two texts, or a text that is true or false.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

from treadle.language.scan import pieces, substitute, variables
from treadle.language.steps import Expr

Formula = tuple[Any, ...]
"""("and" | "or", parts), ("<" | "<=" | "=" | "!=", left, right), ("yes" | "no", text)."""

SIZE = re.compile(r"\$(?:count|length)\(")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_ORDER = {"<": "<", "<=": "<=", ">": "<", ">=": "<="}


@functools.lru_cache(maxsize=8192)
def variables_of(atom: Formula) -> frozenset[str]:
    return frozenset(name for text in atom[1:] for name in variables(text))


def atoms_of(formula: Formula) -> Iterator[Formula]:
    """The facts that all hold where the formula does."""
    if formula[0] == "and":
        for each in formula[1]:
            yield from atoms_of(each)
    elif formula[0] != "or":
        yield formula
        if formula[0] == "!=" and '""' in formula:
            text = formula[1] if formula[2] == '""' else formula[2]
            yield ("<=", "1", f"$length({text})")


@functools.lru_cache(maxsize=8192)
def read(text: str, truth: bool) -> Formula:
    """A JSONata condition, or what holds where it does not."""
    text = _opened(text)
    if text in ("true", "false"):
        return ("and" if (text == "true") == truth else "or", ())
    marks = _top(text)
    if any(mark == ":=" or mark == "~" for mark, _, _ in marks):
        return ("yes" if truth else "no", text)
    if any(mark == "?" for mark, _, _ in marks):
        return _chosen(text, marks, truth)
    for word, other in (("or", "and"), ("and", "or")):
        parts = _split(text, marks, word)
        if len(parts) > 1:
            return (word if truth else other, tuple(read(part, truth) for part in parts))
    compared = [each for each in marks if each[0] in ("<", "<=", ">", ">=", "=", "!=")]
    if len(compared) == 1 and not any(mark == "in" for mark, _, _ in marks):
        (mark, start, end) = compared[0]
        return _compared(mark, text[:start].strip(), text[end:].strip(), truth)
    if text.startswith("$not(") and _whole_call(text):
        return read(text[5:-1], not truth)
    return ("yes" if truth else "no", text)


def _compared(mark: str, left: str, right: str, truth: bool) -> Formula:
    if mark in ("=", "!="):
        return ("=" if (mark == "=") == truth else "!=", left, right)
    if mark in (">", ">="):
        left, right = right, left
    if truth:
        return (_ORDER[mark], left, right)
    return ("<=" if _ORDER[mark] == "<" else "<", right, left)


def _chosen(text: str, marks: list[tuple[str, int, int]], truth: bool) -> Formula:
    """`test ? then : other`."""
    depth, test, then = 0, "", ""
    at = -1
    for mark, start, end in marks:
        if mark == "?" and not depth and at < 0:
            test, at = text[:start], end
        elif mark == "?":
            depth += 1
        elif mark == ":" and depth:
            depth -= 1
        elif mark == ":":
            then = text[at:start]
            other = text[end:]
            holds = ("and", (read(test, True), read(then, truth)))
            fails = ("and", (read(test, False), read(other, truth)))
            never = ("or", ())
            ways = tuple(
                way for way, last in ((holds, read(then, truth)), (fails, read(other, truth))) if last != never
            )
            return ways[0] if len(ways) == 1 else ("or", ways)
    return ("yes" if truth else "no", text)


def _top(text: str) -> list[tuple[str, int, int]]:
    """The operators that stand in no brackets, with where they begin and end."""
    found: list[tuple[str, int, int]] = []
    depth, at, before = 0, 0, ""
    for kind, piece in pieces(text):
        start, at = at, at + len(piece)
        if kind == "mark" and piece in "([{":
            depth += 1
        elif kind == "mark" and piece in ")]}":
            depth -= 1
        elif depth == 0 and kind == "mark" and piece in "<>=!?:~+-*/%&;":
            if piece == "=" and found and found[-1][2] == start and found[-1][0] in ("<", ">", "!", ":"):
                found[-1] = (found[-1][0] + "=", found[-1][1], at)
            else:
                found.append((piece, start, at))
        elif depth == 0 and kind == "word" and piece in ("and", "or", "in", "function") and before != ".":
            found.append((piece, start, at))
        if not piece.isspace():
            before = piece
    return found


def _split(text: str, marks: list[tuple[str, int, int]], word: str) -> list[str]:
    parts, last = [], 0
    for mark, start, end in marks:
        if mark == word:
            parts.append(text[last:start].strip())
            last = end
    return [*parts, text[last:].strip()]


def _opened(text: str) -> str:
    """The text less parentheses around all of it, its bindings put in the places of their names."""
    text = text.strip()
    while text.startswith("(") and _whole(text):
        *bindings, body = _split(text[1:-1], _top(text[1:-1]), ";")
        put: dict[str, Expr] = {}
        for each in bindings:
            name, bound, value = each.partition(" := ")
            if not bound or not name.startswith("$") or not name[1:].isidentifier():
                return text
            put[name[1:]] = substitute(Expr(value), put)
        text = substitute(Expr(body), put).text.strip()
    return text


def _whole(text: str) -> bool:
    """True where the first bracket of a text is closed by its last character."""
    depth, at = 0, 0
    for kind, piece in pieces(text):
        at += len(piece)
        if kind == "mark" and piece in "([{":
            depth += 1
        elif kind == "mark" and piece in ")]}":
            depth -= 1
            if depth == 0:
                return at == len(text)
    return False


def _whole_call(text: str) -> bool:
    """True where the text is one call of a function."""
    return text.endswith(")") and _whole(text)


def is_size(text: str) -> bool:
    return text == "0" or (SIZE.match(text) is not None and _whole_call(text))


@functools.lru_cache(maxsize=8192)
def linear(text: str) -> tuple[str, float]:
    """A text as a base and a constant: `$i + 1` is ("$i", 1), `3` is ("0", 3)."""
    text = _opened(text)
    if NUMBER.fullmatch(text):
        return "0", float(text)
    marks = _top(text)
    if marks and all(mark in "+-" for mark, _, _ in marks):
        mark, start, end = marks[-1]
        last = text[end:].strip()
        if start and NUMBER.fullmatch(last):
            base, constant = linear(text[:start])
            return base, constant + (float(last) if mark == "+" else -float(last))
    return text, 0.0
