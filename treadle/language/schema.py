"""Static types -> JSON Schema, and -> the JSONata that tells whether a value is of the type."""

from __future__ import annotations

import json
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
    """JSONata that is true where `value` (JSONata, atomic, present) is of the type; "" where anything is.

    It looks at the numbers' kind and at every item and field, so that what the program assumes later holds.
    """
    each = f"$_{'abcdefghij'[level % 10]}{level // 10 or ''}"
    match type:
        case List():
            inner = conforms(each, type.item, level + 1)
            array = f'$type({value}) = "array"'
            return f"{array} ? $not({_some(value, each, inner)}) : false" if inner else array
        case Dict():
            inner = conforms(each, type.value, level + 1)
            plain = f'$type({value}) = "object"'
            if not inner:
                return plain
            test = conforms(f"$lookup({value}, {each})", type.value, level + 1)
            return f"{plain} ? $not({_some(f'$keys({value})', each, test)}) : false"
        case Tuple():
            parts = [f'$type({value}) = "array" and $count({value}) = {len(type.items)}']
            tests = [conforms(f"{value}[{at}]", item, level + 1) for at, item in enumerate(type.items)]
            return _all(parts + [test for test in tests if test])
        case Record():
            return _all([f'$type({value}) = "object"', *_fields(value, type, level)])
        case Union():
            tests = [conforms(value, member, level + 1) for member in _numbers(type)]
            return " or ".join(f"({test})" for test in tests) if all(tests) else ""
        case Opaque(name="Large"):
            inner = conforms(value, type.items[0], level + 1)
            stored = f'$type({value}) = "object" ? $exists({value}.`{MARK}`) : false'
            return f"({inner}) or ({stored})" if inner else ""
    names = {STR: "string", BOOL: "boolean", NULL: "null", FLOAT: "number"}
    if type == INT:
        return f'$type({value}) = "number" ? $floor({value}) = {value} : false'
    return f'$type({value}) = "{names[type]}"' if type in names else ""


def _numbers(type: Union) -> list[Type]:
    """The members, less Int where Float is there too: any JSON number is either."""
    return [each for each in type.members if each != INT or FLOAT not in type.members]


def _fields(value: str, type: Record, level: int) -> list[str]:
    tests = []
    for field in type.fields:
        inside = (
            f"$lookup({value}, {json.dumps(field.name)})" if not field.name.isidentifier() else f"{value}.{field.name}"
        )
        test = conforms(inside, field.type, level + 1)
        if field.required:
            tests.append(f"$exists({inside})")
            tests += [test] if test else []
        elif test:
            tests.append(f"$exists({inside}) ? ({test}) : true")
    return tests


def _some(items: str, each: str, test: str) -> str:
    """JSONata: some item fails the test."""
    return f"$count($filter({items}, function({each}) {{ $not({test}) }})) > 0"


def _all(tests: list[str]) -> str:
    """All tests in turn: a later one is evaluated only where the earlier ones hold."""
    text = f"({tests[-1]})" if "?" in tests[-1] else tests[-1]
    for test in reversed(tests[:-1]):
        text = f"({test}) ? {text} : false" if "?" in test or " and " in test else f"{test} ? ({text}) : false"
    return text
