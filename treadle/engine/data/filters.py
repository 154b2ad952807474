"""The filters `[?(@.n > 1 && @.s =~ /x/i)]` and the functions `.length()` of a JSONPath, compiled to closures."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from treadle.engine.data import java, regex
from treadle.engine.data.errors import Malformed

JSON = Any
Test = Callable[[JSON, JSON], bool]
Operand = Callable[[JSON, JSON], JSON]

NOTHING: Any = object()  # what a path that finds nothing compares as: equal to nothing, not even null

_OPERATORS = re.compile(r"\s*(===|!==|==|!=|<=|>=|<|>|=~|(?:nin|in|subsetof|anyof|noneof|contains|size|empty)\b)", re.I)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_TEXT = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""", re.DOTALL)
_WORD = re.compile(r"(true|false|null)\b")
_REGEX = re.compile(r"/((?:[^/\\]|\\.)*)/([a-z]*)")
_BARE = re.compile(r"[A-Za-z_][\w-]*")
_PATH = re.compile(r"""[@$](?:\.\.?(?:[\w$-]+|\*)(?:\(\s*\))?|\[(?:[^\[\]'"]|'[^']*'|"[^"]*"|\[[^\]]*\])*\])*""")


def predicate(text: str, place: int) -> tuple[Test, int]:
    """The filter that begins at `place`, after the `?`, and where it ends."""
    return _Reader(text).either(place)


class _Reader:
    """Recursive descent over the text of one filter; every method takes a place and gives a closure and the end."""

    def __init__(self, text: str) -> None:
        self.text = text

    def fail(self, place: int) -> Malformed:
        return Malformed(f"'{self.text}' is not a JSONPath: cannot read the filter at character {place + 1}")

    def skip(self, place: int) -> int:
        while place < len(self.text) and self.text[place].isspace():
            place += 1
        return place

    def either(self, place: int) -> tuple[Test, int]:
        test, place = self.both(place)
        while self.text.startswith("||", self.skip(place)):
            other, place = self.both(self.skip(place) + 2)
            test = _either(test, other)
        return test, place

    def both(self, place: int) -> tuple[Test, int]:
        test, place = self.single(place)
        while self.text.startswith("&&", self.skip(place)):
            other, place = self.single(self.skip(place) + 2)
            test = _both(test, other)
        return test, place

    def single(self, place: int) -> tuple[Test, int]:
        place = self.skip(place)
        if self.text.startswith("!", place):
            test, end = self.single(place + 1)
            return (lambda item, root: not test(item, root)), end
        if self.text.startswith("(", place):
            test, end = self.either(place + 1)
            end = self.skip(end)
            if not self.text.startswith(")", end):
                raise self.fail(end)
            return test, end + 1
        return self.comparison(place)

    def comparison(self, place: int) -> tuple[Test, int]:
        left, place = self.operand(place)
        found = _OPERATORS.match(self.text, place)
        if found is None:
            return (lambda item, root: left(item, root) is not NOTHING), place
        compare = _COMPARE[found[1].lower()]
        right, place = self.operand(self.skip(found.end()))
        return (lambda item, root: compare(left(item, root), right(item, root))), place

    def operand(self, place: int) -> tuple[Operand, int]:
        text = self.text
        for pattern, make in _OPERANDS:
            found = pattern.match(text, place)
            if found is not None:
                return make(found), found.end()
        if text.startswith("[", place):
            return self.list(place + 1)
        raise self.fail(place)

    def list(self, place: int) -> tuple[Operand, int]:
        parts: list[Operand] = []
        place = self.skip(place)
        while not self.text.startswith("]", place):
            part, place = self.operand(place)
            parts.append(part)
            place = self.skip(place)
            if self.text.startswith(",", place):
                place = self.skip(place + 1)
            elif not self.text.startswith("]", place):
                raise self.fail(place)
        return (lambda item, root: [part(item, root) for part in parts]), place + 1


def _either(left: Test, right: Test) -> Test:
    return lambda item, root: left(item, root) or right(item, root)


def _both(left: Test, right: Test) -> Test:
    return lambda item, root: left(item, root) and right(item, root)


def _word(found: re.Match[str]) -> Operand:
    value = {"true": True, "false": False, "null": None}[found[1]]
    return lambda item, root: value


def _bare(found: re.Match[str]) -> Operand:
    """A word without quotes stands for itself: published definitions compare with such words."""
    return lambda item, root: found[0]


def _number(found: re.Match[str]) -> Operand:
    value = float(found[0]) if any(mark in found[0] for mark in ".eE") else int(found[0])
    return lambda item, root: value


def _quoted(found: re.Match[str]) -> Operand:
    raw = found[1] if found[1] is not None else found[2]
    value = re.sub(r"\\(.)", r"\1", raw)
    return lambda item, root: value


def _regex(found: re.Match[str]) -> Operand:
    matches = regex.compile(found[1], "i" in found[2])
    return lambda item, root: matches


def _path(found: re.Match[str]) -> Operand:
    from treadle.engine.data.jsonpath import Missing, _definite, _several
    from treadle.engine.data.paths import parse

    path = parse("$" + found[0][1:])
    read = _definite(path) if path.definite else _several(path)
    of_root = found[0][0] == "$"

    def value(item: JSON, root: JSON) -> JSON:
        try:
            return read(root if of_root else item)
        except Missing:
            return NOTHING

    return value


def _kind(value: JSON) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__


def same(left: JSON, right: JSON) -> bool:
    """Equal as JSON: numbers by value, never a number and a boolean."""
    return left is not NOTHING and right is not NOTHING and _kind(left) == _kind(right) and bool(left == right)


def _equal(left: JSON, right: JSON) -> bool:
    """`==` of the library: a number also equals the text that says it."""
    kinds = _kind(left), _kind(right)
    if kinds == ("number", "str"):
        return bool(_said(right) == left)
    if kinds == ("str", "number"):
        return bool(left == java.text(right))
    return same(left, right)


def _said(text: str) -> float | None:
    return json.loads(text) if _NUMBER.fullmatch(text) else None


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[JSON, JSON], bool]:
    def compare(left: JSON, right: JSON) -> bool:
        return _kind(left) == _kind(right) and _kind(left) in ("number", "str") and test(left, right)

    return compare


def _matches(left: JSON, right: JSON) -> bool:
    return isinstance(left, str) and isinstance(right, regex.Matches) and right(left)


def _within(left: JSON, right: JSON) -> bool:
    return isinstance(right, list) and any(_equal(part, left) for part in right)


def _all_within(left: JSON, right: JSON) -> bool:
    return isinstance(left, list) and all(_within(part, right) for part in left)


def _any_within(left: JSON, right: JSON) -> bool:
    return isinstance(left, list) and any(_within(part, right) for part in left)


def _contains(left: JSON, right: JSON) -> bool:
    if isinstance(left, str):
        return isinstance(right, str) and right in left
    return _within(right, left)


def _sized(left: JSON, right: JSON) -> bool:
    return isinstance(left, str | list) and same(len(left), right)


def _empty(left: JSON, right: JSON) -> bool:
    return isinstance(left, str | list) and (len(left) == 0) is right


_COMPARE: dict[str, Callable[[JSON, JSON], bool]] = {
    "==": _equal,
    "===": same,
    "!=": lambda left, right: not _equal(left, right),
    "!==": lambda left, right: not same(left, right),
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
    "=~": _matches,
    "in": _within,
    "nin": lambda left, right: not _within(left, right),
    "subsetof": _all_within,
    "anyof": _any_within,
    "noneof": lambda left, right: not _any_within(left, right),
    "contains": _contains,
    "size": _sized,
    "empty": _empty,
}


# --- functions -------------------------------------------------------------------------------------------------------


def function(name: str, text: str) -> Callable[[JSON], JSON]:
    """The function of that name. Malformed for one that Step Functions does not have."""
    found = _FUNCTIONS.get(name)
    if found is None:
        raise Malformed(f"'{text}' is not a JSONPath: there is no function '{name}()'")
    return found


def _numbers(value: JSON, using: Callable[[list[float]], float]) -> JSON:
    from treadle.engine.data.jsonpath import Missing

    numbers = [part for part in value if _kind(part) == "number"] if isinstance(value, list) else []
    if not numbers:
        raise Missing("Aggregation function attempted to calculate value using empty array")
    return using(numbers)


def _deviation(numbers: list[float]) -> float:
    mean = sum(numbers) / len(numbers)
    return float((sum((number - mean) ** 2 for number in numbers) / len(numbers)) ** 0.5)


def _length(value: JSON) -> JSON:
    return len(value) if isinstance(value, list | dict | str) else None


def _picked(place: int) -> Callable[[JSON], JSON]:
    from treadle.engine.data.jsonpath import Missing

    def pick(value: JSON) -> JSON:
        if not isinstance(value, list) or not value:
            raise Missing("Aggregation function attempted to calculate value using empty array")
        return value[place]

    return pick


_FUNCTIONS: dict[str, Callable[[JSON], JSON]] = {
    "length": _length,
    "size": _length,
    "keys": lambda value: list(value) if isinstance(value, dict) else None,
    "min": lambda value: _numbers(value, lambda numbers: float(min(numbers))),
    "max": lambda value: _numbers(value, lambda numbers: float(max(numbers))),
    "sum": lambda value: _numbers(value, lambda numbers: float(sum(numbers))),
    "avg": lambda value: _numbers(value, lambda numbers: float(sum(numbers)) / len(numbers)),
    "stddev": lambda value: _numbers(value, _deviation),
    "first": lambda value: _picked(0)(value),
    "last": lambda value: _picked(-1)(value),
}

_OPERANDS = (
    (_WORD, _word),
    (_NUMBER, _number),
    (_TEXT, _quoted),
    (_REGEX, _regex),
    (_PATH, _path),
    (_BARE, _bare),
)
