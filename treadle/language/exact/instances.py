"""`isinstance`: what kind a value is."""

from __future__ import annotations

from collections.abc import Sequence

from treadle.language.exact import passing
from treadle.language.exact.building import derive, quote
from treadle.language.term import BIND, Refusal, Term
from treadle.language.types import ANY, BOOL, FLOAT, INT, NULL, STR, Dict, List, Record, Type, members


def instance(t: Term, names: Sequence[str]) -> Term:
    """`isinstance(t, (str, int, …))`, of the names of the built-in types."""
    passing.whole(t)
    kinds = {_kind(name) for name in names}
    if t.type == ANY and ("int" in names) != ("float" in names):
        raise Refusal("whether a JSON number is an int or a float is not known", "isinstance(value, (int, float))")
    found = [any(_is_a(member, name) for name in names) for member in members(t.type)]
    if t.type != ANY and all(found) == any(found):
        value = found[0]
        return Term(str(value).lower(), BOOL, constant=value, guards=t.guards)
    if {"int", "float"} & set(names) and {INT, FLOAT} <= set(members(t.type)) and not {"int", "float"} <= set(names):
        raise Refusal("whether this number is an int or a float is not known", "isinstance(value, (int, float))")
    if "int" in names:
        kinds.add("boolean")
    wanted = sorted(kinds)
    if len(wanted) == 1:
        return derive(f'$type({t.at(BIND + 1)}) = "{wanted[0]}"', BOOL, (t,), power=40, deeper=2)
    options = ", ".join(map(quote, wanted))
    return derive(f"$type({t.at(BIND + 1)}) in [{options}]", BOOL, (t,), power=40, deeper=2)


_KINDS = {
    "str": "string",
    "int": "number",
    "float": "number",
    "bool": "boolean",
    "list": "array",
    "dict": "object",
    "NoneType": "null",
}


def _kind(name: str) -> str:
    if name not in _KINDS:
        raise Refusal(f"isinstance() of {name} is not known", "isinstance(value, str)")
    return _KINDS[name]


def _is_a(member: Type, name: str) -> bool:
    match name:
        case "int":
            return member in (INT, BOOL)
        case "list":
            return isinstance(member, List)
        case "dict":
            return isinstance(member, (Dict, Record)) and not (isinstance(member, Record) and member.attributes)
    return member == {"str": STR, "float": FLOAT, "bool": BOOL, "NoneType": NULL}.get(name)
