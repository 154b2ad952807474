"""EventBridge event patterns: the rule language of a bus, matched here as EventBridge matches it.

The meaning is that of Event Ruler, the matcher behind EventBridge (github.com/aws/event-ruler): fields of one pattern
are joined by "and", the values of one field by "or", and values that sit in objects of the same array must come from
the same object. docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html lists the operators.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from treadle.errors import InputError

JSON = Any
Test = Callable[[JSON], bool]
Leaves = dict[str, list[tuple[JSON, "Membership"]]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Membership = Mapping[int, int]
"""Which element of each array (by a number per array) a value was found under."""

KEYWORDS = frozenset(
    {"exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr"}
) | frozenset(
    {"=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after"}
    | {"date-before", "date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range"}
)
"""Names that cannot be fields inside `$or` (Event Ruler's reserved list)."""

LIMIT = 5_000_000_000
"""Numeric matching works from -5e9 to 5e9 inclusive."""


@dataclass(frozen=True, slots=True)
class Field:
    """What one field must be: any of `tests` holds for a value, or, where `absent`, there is no value."""

    path: str
    tests: tuple[Test, ...]
    absent: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled event pattern: one branch for every combination of `$or` alternatives."""

    branches: tuple[tuple[Field, ...], ...]

    def matches(self, event: Mapping[str, JSON]) -> bool:
        """Whether the event fits."""
        fields: Leaves = {}
        _flatten(event, "", {}, iter(range(1 << 62)), fields)
        return any(_fits(branch, 0, {}, fields) for branch in self.branches)


def compile(pattern: Mapping[str, JSON]) -> Pattern:
    """Read an event pattern.

    Raises:
        InputError: EventBridge would refuse it (InvalidEventPatternException); the text gives the reason.
    """
    if not isinstance(pattern, Mapping):
        raise _refused("Filter is not an object")
    branches = _object(pattern, "", [{}], inside_or=False)
    return Pattern(tuple(tuple(branch[path] for path in sorted(branch)) for branch in branches))


def matches(pattern: Mapping[str, JSON], event: Mapping[str, JSON]) -> bool:
    """Whether `event` fits `pattern`: what the TestEventPattern call answers."""
    return compile(pattern).matches(event)


def _refused(reason: str) -> InputError:
    return InputError(f"Event pattern is not valid. Reason: {reason}")


Branch = dict[str, Field]

# Reading a pattern


def _object(value: Mapping[str, JSON], path: str, branches: list[Branch], inside_or: bool) -> list[Branch]:
    if not value:
        raise _refused("Empty objects are not allowed")
    for name, inner in value.items():
        if name == "$or" and isinstance(inner, list):
            branches = _or(inner, path, branches)
            continue
        if inside_or and name in KEYWORDS:
            raise _refused(f"{name} is Ruler reserved fieldName which cannot be used inside $or.")
        where = f"{path}.{name}" if path else name
        if isinstance(inner, Mapping):
            branches = _object(inner, where, branches, inside_or)
        elif isinstance(inner, list):
            field = _field(where, inner)
            branches = [branch | {where: field} for branch in branches]
        else:
            raise _refused(f'"{name}" must be an object or an array')
    return branches


def _or(alternatives: Sequence[JSON], path: str, branches: list[Branch]) -> list[Branch]:
    if not all(isinstance(alternative, Mapping) for alternative in alternatives):
        raise _refused("Only JSON object is allowed in array of $or relationship.")
    if len(alternatives) < 2:
        raise _refused("There must have at least 2 Objects in $or relationship.")
    return [branch for each in alternatives for branch in _object(each, path, branches, inside_or=True)]


def _field(path: str, values: Sequence[JSON]) -> Field:
    if not values:
        raise _refused("Empty arrays are not allowed")
    absent = any(isinstance(value, Mapping) and value == {"exists": False} for value in values)
    tests = tuple(_test(value) for value in values if not (isinstance(value, Mapping) and value == {"exists": False}))
    return Field(path, tests, absent)


def _test(value: JSON) -> Test:
    if isinstance(value, list):
        raise _refused("Match value must be String, number, true, false, or null")
    if not isinstance(value, Mapping):
        return _exactly(value)
    if len(value) != 1:
        raise _refused("Only one key allowed in match expression" if value else "Match expression name not found")
    ((name, operand),) = value.items()
    operator = _OPERATORS.get(name)
    if operator is None:
        raise _refused(f"Unrecognized match type {name}")
    return operator(operand)


def _exactly(value: JSON) -> Test:
    if isinstance(value, str):
        address = _address(value)
        # Event Ruler compares two IP addresses as addresses: "::1" is "0:0:0:0:0:0:0:1".
        return lambda found: found == value or (address is not None and _address(found) == address)
    if value is None or isinstance(value, bool):
        return lambda found: found is value
    return lambda found: _number(found) and bool(found == value)


def _exact_string(operand: JSON) -> Test:
    if not isinstance(operand, str):
        raise _refused("exact match pattern must be a string")
    return _exactly(operand)


def _prefix(operand: JSON) -> Test:
    if isinstance(operand, Mapping):
        start = _folded(_nested("prefix", operand))
        return lambda found: isinstance(found, str) and _folded(found).startswith(start)
    text = _string("prefix", operand)
    return lambda found: isinstance(found, str) and found.startswith(text)


def _suffix(operand: JSON) -> Test:
    if isinstance(operand, Mapping):
        end = _folded(_nested("suffix", operand))
        return lambda found: isinstance(found, str) and _folded(found).endswith(end)
    text = _string("suffix", operand)
    return lambda found: isinstance(found, str) and found.endswith(text)


def _ignore_case(operand: JSON) -> Test:
    text = _folded(_string("equals-ignore-case", operand))
    return lambda found: isinstance(found, str) and _folded(found) == text


def _wildcard(operand: JSON) -> Test:
    text = _string("wildcard", operand)
    parts: list[str] = []
    position = 0
    while position < len(text):
        character, after = text[position], text[position + 1 : position + 2]
        if character == "*":
            if after == "*":
                raise _refused(f"Consecutive wildcard characters at pos {position + 1}")
            parts.append(".*")
        elif character == "\\":
            if after not in ("*", "\\"):
                raise _refused(f"Invalid escape character at pos {position + 1}")
            parts.append(re.escape(after))
            position += 1
        else:
            parts.append(re.escape(character))
        position += 1
    matcher = re.compile("".join(parts), re.DOTALL)
    return lambda found: isinstance(found, str) and matcher.fullmatch(found) is not None


def _anything_but(operand: JSON) -> Test:
    if isinstance(operand, Mapping):
        if not operand:
            raise _refused("Anything-But expression name not found")
        if len(operand) != 1:
            raise _refused("Only one key allowed in match expression")
        ((name, inner),) = operand.items()
        if name not in _ANYTHING_BUT:
            raise _refused(f"Unsupported anything-but pattern: {name}")
        if not isinstance(inner, list | str) and not _number(inner):
            raise _refused("Value of anything-but must be an array or single string/number value.")
        values = inner if isinstance(inner, list) else [inner]
        if not values or not all(isinstance(value, str) for value in values):
            raise _refused(_NOT_STRINGS[name])
        if name in ("prefix", "suffix") and "" in values:
            raise _refused("Null prefix/suffix not allowed")
        tests = [_ANYTHING_BUT[name](value) for value in values]
    else:
        values = operand if isinstance(operand, list) else [operand]
        if any(not isinstance(value, str) and not _number(value) for value in values):
            raise _refused("Inside anything but list, start|null|boolean is not supported.")
        if len({isinstance(value, str) for value in values}) != 1:
            raise _refused(
                "Inside anything but list, either all values are number or string, mixed type is not supported"
            )
        tests = [_equal(value) for value in values]
    return lambda found: not any(test(found) for test in tests)


def _equal(value: JSON) -> Test:
    return (lambda found: found == value) if isinstance(value, str) else _exactly(value)


def _exists(operand: JSON) -> Test:
    if operand is not True:
        raise _refused("exists match pattern must be either true or false.")
    return lambda found: True


def _numeric(operand: JSON) -> Test:
    if not isinstance(operand, list):
        raise _refused("Value of numeric must be an array.")
    if not operand or not isinstance(operand[0], str):
        raise _refused(f"Invalid member in numeric match: {operand[0] if operand else ']'}")
    if operand[0] not in _COMPARISONS:
        raise _refused(f"Unrecognized numeric range operator: {operand[0]}")
    if len(operand) < 2 or not _number(operand[1]):
        raise _refused(f"Value of {'equals' if operand[0] == '=' else operand[0]} must be numeric")
    if len(operand) == 2:
        return _compared(operand[0], operand[1])
    if operand[0] not in (">", ">=") or len(operand) > 4:
        raise _refused("Too many elements in numeric expression")
    if operand[2] not in ("<", "<="):
        raise _refused(f"Bad numeric range operator: {operand[2]}")
    if len(operand) < 4 or not _number(operand[3]):
        raise _refused(f"Value of {operand[2]} must be numeric")
    if operand[1] >= operand[3]:
        raise _refused("Bottom must be less than top")
    low, high = _compared(operand[0], operand[1]), _compared(operand[2], operand[3])
    return lambda found: low(found) and high(found)


def _compared(operator: str, bound: float) -> Test:
    if not -LIMIT <= bound <= LIMIT:
        raise _refused("Value must be between -5.0E9 and 5.0E9, inclusive")
    compare = _COMPARISONS[operator]
    return lambda found: _number(found) and compare(found, bound)


def _cidr(operand: JSON) -> Test:
    address, slash, bits = _string("prefix", operand).partition("/")  # The text that EventBridge gives.
    if not slash or "/" in bits:
        raise _refused("Malformed CIDR, one '/' required")
    if not re.fullmatch(r"[+-]?\d+", bits):
        raise _refused("Malformed CIDR, mask bits must be an integer")
    if _address(address) is None:
        raise _refused(f"Nonstandard IP address: {address}")
    try:
        network = ipaddress.ip_network(operand, strict=False)
    except ValueError:
        raise _refused(f"Malformed CIDR, {bits} mask bits do not fit {address}") from None

    def inside(found: JSON) -> bool:
        candidate = _address(found)
        return candidate is not None and candidate.version == network.version and candidate in network

    return inside


_OPERATORS: dict[str, Callable[[JSON], Test]] = {
    "exactly": _exact_string,
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignore_case,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
    "exists": _exists,
    "numeric": _numeric,
    "cidr": _cidr,
}
_ANYTHING_BUT: dict[str, Callable[[JSON], Test]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignore_case,
    "wildcard": _wildcard,
}
_NOT_STRINGS = {
    "prefix": "prefix/suffix match pattern must be a string",
    "suffix": "prefix/suffix match pattern must be a string",
    "wildcard": "wildcard match pattern must be a string",
    "equals-ignore-case": "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
}
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda found, bound: found == bound,
    "<": lambda found, bound: found < bound,
    "<=": lambda found, bound: found <= bound,
    ">": lambda found, bound: found > bound,
    ">=": lambda found, bound: found >= bound,
}


def _string(operator: str, operand: JSON) -> str:
    if not isinstance(operand, str):
        raise _refused(f"{operator} match pattern must be a string")
    return operand


def _nested(operator: str, operand: Mapping[str, JSON]) -> str:
    if set(operand) != {"equals-ignore-case"}:
        raise _refused(f"Unsupported {operator} pattern: {', '.join(operand)}")
    return _string("equals-ignore-case", operand["equals-ignore-case"])


def _folded(text: str) -> str:
    """Letter by letter, as Event Ruler does: "ß" and "SS" stay different."""
    return "".join(letter.upper().lower() if len(letter.upper()) == 1 else letter for letter in text)


def _number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _address(value: JSON) -> Address | None:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*", value):
        return None
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None


# Matching an event


def _flatten(value: JSON, path: str, membership: Membership, arrays: Iterator[int], fields: Leaves) -> None:
    """Every leaf by its path. Arrays leave no name in a path; what lies in one of their elements remembers which."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _flatten(inner, f"{path}.{name}" if path else name, membership, arrays, fields)
    elif isinstance(value, list | tuple):
        array = next(arrays)
        for index, inner in enumerate(value):
            nested = isinstance(inner, Mapping | list | tuple)
            _flatten(inner, path, {**membership, array: index} if nested else membership, arrays, fields)
    else:
        fields.setdefault(path, []).append((value, membership))


def _fits(branch: tuple[Field, ...], index: int, membership: Membership, fields: Leaves) -> bool:
    """Whether the fields of `branch` from `index` on have values consistent with the array elements chosen so far."""
    if index == len(branch):
        return True
    field = branch[index]
    present = False
    for value, place in fields.get(field.path, ()):
        joined = _join(membership, place)
        if joined is None:
            continue
        present = True
        if any(test(value) for test in field.tests) and _fits(branch, index + 1, joined, fields):
            return True
    return field.absent and not present and _fits(branch, index + 1, membership, fields)


def _join(membership: Membership, place: Membership) -> Membership | None:
    """Both together, or None where they name different elements of one array."""
    if any(membership.get(array, element) != element for array, element in place.items()):
        return None
    return {**membership, **place}
