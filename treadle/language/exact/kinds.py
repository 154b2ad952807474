"""What a value of an unclear type is when the workflow runs: JSONata that asks, and Python's names for the answers.

Whether a whole number was written 3 or 3.0 is not known then: such a one is called int.
"""

from __future__ import annotations

from treadle.language.exact.building import derive, quote
from treadle.language.term import Term
from treadle.language.types import ANY, BOOL, FLOAT, INT, NULL, NUMBER, STR, Dict, List, Record, Type, members, union

PYTHON_NAMES = (
    '{"null": "NoneType", "boolean": "bool", "number": "int", "string": "str", "array": "list", "object": "dict"}'
)
NUMERIC = (BOOL, INT, FLOAT)
_ALL = frozenset(["number", "string", "array", "object", "null"])


def kinds(type: Type) -> frozenset[str]:
    """The kinds of JSON that a value of the type may be, a bool as a number; none where it is no plain JSON."""
    found: set[str] = set()
    for member in members(type):
        match member:
            case List():
                found.add("array")
            case Dict():
                found.add("object")
            case Record() if not member.attributes:
                found.add("object")
            case _ if member == ANY:
                found |= _ALL
            case _ if member in NUMERIC:
                found.add("number")
            case _ if member == STR:
                found.add("string")
            case _ if member == NULL:
                found.add("null")
            case _:
                return frozenset()
    return frozenset(found)


def named(t: Term) -> str:
    """JSONata that gives Python's name for the type of a value."""
    known = {NULL: "NoneType", BOOL: "bool", INT: "int", FLOAT: "float", STR: "str"}
    if t.type in known:
        return quote(known[t.type])
    if isinstance(t.type, List):
        return quote("list")
    if isinstance(t.type, Dict | Record):
        return quote("dict")
    other = f"$lookup({PYTHON_NAMES}, $type({t.text}))"
    return name_of(t.text) if FLOAT in members(t.type) or t.type == ANY else other


def name_of(x: str) -> str:
    """As `named`, of a variable of which nothing is known."""
    return f'($type({x}) = "number" ? ($floor({x}) = {x} ? "int" : "float") : $lookup({PYTHON_NAMES}, $type({x})))'


def is_number(t: Term) -> str:
    """JSONata that tells whether a value is a number or a bool; "" where it certainly is."""
    if kinds(t.type) == {"number"}:
        return ""
    if t.type == ANY or BOOL in members(t.type):
        return f'$type({t.text}) in ["number", "boolean"]'
    return f'$type({t.text}) = "number"'


def as_number(t: Term) -> Term:
    """The number, or the bool as one, that a value was found to be."""
    if kinds(t.type) == {"number"}:
        return t
    if t.type == ANY or BOOL in members(t.type):
        return derive(f"$number({t.text})", NUMBER if t.type == ANY else _numeric(t.type), (t,))
    return t.typed(_numeric(t.type))


def _numeric(type: Type) -> Type:
    found = [INT if member == BOOL else member for member in members(type) if member in NUMERIC]
    return union(found)
