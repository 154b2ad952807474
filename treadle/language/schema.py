"""Static types -> JSON Schema, and -> the JSONata that tells whether a value is of the type."""

from __future__ import annotations

import json
import re
from typing import Any

from treadle.asl.reference import MARK, REFERENCE
from treadle.language.types import (
    BOOL,
    FLOAT,
    INT,
    NULL,
    STR,
    Dict,
    List,
    Opaque,
    Record,
    Tuple,
    Type,
    Union,
    members,
)


def schema(type: Type) -> dict[str, Any]:
    """JSON Schema (2020-12) of the values of a type; `{}` admits anything."""
    match type:
        case List():
            return {"type": "array", "items": schema(type.item)}
        case Tuple():
            items = [schema(each) for each in type.items]
            return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
        case Dict():
            return {"type": "object", "additionalProperties": schema(type.value)}
        case Record():
            found: dict[str, Any] = {
                "type": "object",
                "properties": {each.name: schema(each.type) for each in type.fields},
            }
            required = [each.name for each in type.fields if each.required]
            return found | ({"required": required} if required else {})
        case Union():
            if FLOAT in type.members and INT in type.members:
                left = [each for each in type.members if each not in (INT, FLOAT)]
                return {"anyOf": [{"type": "number"}, *map(schema, left)]} if left else {"type": "number"}
            return {"anyOf": [schema(each) for each in type.members]}
        case Opaque(name="Large"):
            return {"anyOf": [schema(type.items[0]), REFERENCE]}
    names = {STR: "string", INT: "integer", FLOAT: "number", BOOL: "boolean", NULL: "null"}
    return {"type": names[type]} if type in names else {}


def conforms(value: str, type: Type, level: int = 0) -> str:
    """JSONata that is true where `value` (JSONata, atomic) is of the type, else false; "" where anything present is.

    It looks at the numbers' kind and at every item and field, so that what the program assumes later holds. Inside
    brackets `$` is the item, and a field goes by its bare name. `and` and `or` stop at what decides them, as JSONata
    2.0.6 has it.
    """
    match type:
        case List():
            inner = conforms("$", type.item, level)
            kept = "[]" if _may_be_array(type.item) else ""
            return f"{value} = [{value}[{inner}]{kept}]" if inner else f'$type({value}) = "array"'
        case Dict():
            each = f"$_{'abcdefghij'[level % 10]}{level // 10 or ''}"
            inner = conforms(each, type.value, level + 1)
            every = [f"$not(false in $each({value}, function({each}) {{ {inner} }}))"] if inner else []
            return _all([f'$type({value}) = "object"', *every])
        case Tuple():
            tests = [conforms(f"{value}[{at}]", item, level) for at, item in enumerate(type.items)]
            return _all([f'$type({value}) = "array"', f"$count({value}) = {len(type.items)}", *filter(None, tests)])
        case Record():
            return _all([f'$type({value}) = "object"', *_fields(value, type, level)])
        case Union():
            return _any(value, type, level)
        case Opaque(name="Large"):
            inner = conforms(value, type.items[0], level)
            stored = _all([f'$type({value}) = "object"', f"$exists({_field(value, MARK)})"])
            return f"{_operand(inner)} or {_operand(stored)}" if inner else ""
        case _ if type == INT:
            return f'$type({value}) = "number" and {value} % 1 = 0'
    return f'$type({value}) = "{_NAMES[type]}"' if type in _NAMES else ""


_NAMES: dict[Type, str] = {STR: "string", BOOL: "boolean", NULL: "null", FLOAT: "number"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = ("and", "or", "in", "true", "false", "null", "function")


def _may_be_array(type: Type) -> bool:
    return any(isinstance(each, List | Tuple | Opaque) for each in members(type))


def _any(value: str, type: Union, level: int) -> str:
    """One of several types: scalars by one look at the type's name. A JSON number is an Int or a Float."""
    kinds = [each for each in type.members if each != INT or FLOAT not in type.members]
    plain = [_NAMES[each] for each in kinds if each in _NAMES]
    tests = [conforms(value, each, level) for each in kinds if each not in _NAMES]
    if not all(tests):
        return ""
    if len(plain) > 1:
        tests.insert(0, f"$type({value}) in {json.dumps(plain)}")
    elif plain:
        tests.insert(0, f'$type({value}) = "{plain[0]}"')
    return " or ".join(map(_operand, tests)) if len(tests) > 1 else tests[0]


def _fields(value: str, type: Record, level: int) -> list[str]:
    tests = []
    for field in type.fields:
        inside = _field(value, field.name)
        test = conforms(inside, field.type, level)
        if field.required:
            tests.append(test or f"$exists({inside})")
        elif test:
            tests.append(f"$not($exists({inside})) or {_operand(test)}")
    return tests


def _field(value: str, name: str) -> str:
    if "`" in name or not name:
        return f"$lookup({value}, {json.dumps(name, ensure_ascii=False)})"
    known = _NAME.fullmatch(name) and name not in _RESERVED
    found = name if known else f"`{name}`"
    return found if value == "$" else f"{value}.{found}"


def _operand(test: str) -> str:
    return f"({test})" if " and " in test or " or " in test else test


SIDE_BY_SIDE = 8
"""Tests that stand in one row: a longer row is taken apart, as each `and` is one deeper than the one before it."""


def _all(tests: list[str]) -> str:
    """All tests in turn."""
    found = [f"({test})" if " or " in test else test for test in tests]
    while len(found) > SIDE_BY_SIDE:
        rows = [found[at : at + SIDE_BY_SIDE] for at in range(0, len(found), SIDE_BY_SIDE)]
        found = [f"({' and '.join(row)})" if len(row) > 1 else row[0] for row in rows]
    return " and ".join(found)
