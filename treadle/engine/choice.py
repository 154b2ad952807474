"""Choice rules: JSONPath's operators and JSONata's Condition, each compiled to one predicate.

https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from treadle.engine import fields, moments
from treadle.engine.data.errors import DataError
from treadle.engine.failure import Problem
from treadle.errors import DefinitionError

if TYPE_CHECKING:
    from treadle.engine.frame import Frame

JSON = Any
Holds = Callable[["Frame", JSON], bool]
Compare = Callable[[JSON, JSON], bool]


def condition(text: JSON, field: str) -> Holds:
    """A JSONata Condition: a boolean, or an expression that must give one."""
    if not fields.is_dynamic(text):
        return lambda frame, value: text is True
    return fields.jsonata_expression(text, field, "boolean")


def compile(rule: Mapping[str, JSON]) -> Holds:
    """A JSONPath rule, however deeply its And, Or and Not are nested."""
    if "And" in rule:
        every = [compile(part) for part in rule["And"]]
        return lambda frame, value: all(holds(frame, value) for holds in every)
    if "Or" in rule:
        some = [compile(part) for part in rule["Or"]]
        return lambda frame, value: any(holds(frame, value) for holds in some)
    if "Not" in rule:
        inverted = compile(rule["Not"])
        return lambda frame, value: not inverted(frame, value)
    for name, wanted in rule.items():
        if name in TESTS:
            return _test(rule["Variable"], name, wanted)
        if name in COMPARISONS:
            return _comparison(rule["Variable"], COMPARISONS[name], wanted)
        if name.endswith("Path") and name[:-4] in COMPARISONS:
            return _path_comparison(rule["Variable"], COMPARISONS[name[:-4]], wanted)
    raise DefinitionError(f"A choice rule has no operator that is known: {', '.join(rule)}")


def _variable(text: str) -> fields.Read:
    find = fields.path(text)

    def read(frame: Frame, value: JSON) -> JSON:
        try:
            return find(frame, value)
        except DataError:
            raise Problem(
                f"Invalid path '{text}': The choice state's condition path references an invalid value."
            ) from None

    return read


def _comparison(variable: str, compare: Compare, wanted: JSON) -> Holds:
    read = _variable(variable)
    return lambda frame, value: compare(read(frame, value), wanted)


def _path_comparison(variable: str, compare: Compare, wanted: str) -> Holds:
    read, other = _variable(variable), _variable(wanted)
    return lambda frame, value: compare(read(frame, value), other(frame, value))


def _test(variable: str, name: str, wanted: bool) -> Holds:
    if name == "IsPresent":
        find = fields.path(variable)

        def present(frame: Frame, value: JSON) -> bool:
            try:
                find(frame, value)
            except DataError:
                return wanted is False
            return wanted

        return present
    read, test = _variable(variable), TESTS[name]
    return lambda frame, value: test(read(frame, value)) is wanted


def _is_number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_time(value: JSON) -> bool:
    return isinstance(value, str) and moments.parse(value) is not None


TESTS: dict[str, Callable[[JSON], bool]] = {
    "IsPresent": lambda value: True,
    "IsNull": lambda value: value is None,
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsNumeric": _is_number,
    "IsString": lambda value: isinstance(value, str),
    "IsTimestamp": _is_time,
}


def _strings(compare: Compare) -> Compare:
    """Strings compare as Java's do, by UTF-16 code units."""

    def holds(one: JSON, other: JSON) -> bool:
        if not isinstance(one, str) or not isinstance(other, str):
            return False
        if one.isascii() and other.isascii():
            return compare(one, other)
        return compare(one.encode("utf-16-be", "surrogatepass"), other.encode("utf-16-be", "surrogatepass"))

    return holds


def _numbers(compare: Compare) -> Compare:
    return lambda one, other: _is_number(one) and _is_number(other) and compare(one, other)


def _times(compare: Compare) -> Compare:
    def holds(one: JSON, other: JSON) -> bool:
        if not isinstance(one, str) or not isinstance(other, str):
            return False
        first, second = moments.parse(one), moments.parse(other)
        return first is not None and second is not None and compare(first, second)

    return holds


def _booleans(one: JSON, other: JSON) -> bool:
    return isinstance(one, bool) and one is other


def _matches(one: JSON, other: JSON) -> bool:
    """`*` stands for any characters, `\\*` for a star and `\\\\` for a backslash."""
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    first, *rest = _pieces(other)
    if not rest:
        return one == first
    *middle, last = rest
    if not one.startswith(first) or not one.endswith(last) or len(one) < len(first) + len(last):
        return False
    place, end = len(first), len(one) - len(last)
    for piece in middle:  # the leftmost place for each piece leaves the most room for the others
        place = one.find(piece, place, end)
        if place < 0:
            return False
        place += len(piece)
    return True


@lru_cache(maxsize=1024)
def _pieces(pattern: str) -> tuple[str, ...]:
    """The text between the stars of a pattern."""
    pieces = [""]
    characters = iter(pattern)
    for character in characters:
        if character == "*":
            pieces.append("")
        else:
            pieces[-1] += next(characters, "\\") if character == "\\" else character
    return tuple(pieces)


_ORDER: dict[str, Compare] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
COMPARISONS: dict[str, Compare] = {
    "BooleanEquals": _booleans,
    "StringMatches": _matches,
    **{f"String{name}": _strings(compare) for name, compare in _ORDER.items()},
    **{f"Numeric{name}": _numbers(compare) for name, compare in _ORDER.items()},
    **{f"Timestamp{name}": _times(compare) for name, compare in _ORDER.items()},
}
