"""Payload templates of JSONPath states: Parameters, ResultSelector, ItemSelector, Assign, Credentials.

    template({"n.$": "$.count", "fixed": 1})(input, context, variables) == {"n": 3, "fixed": 1}

A field whose name ends in `.$` holds a path or an intrinsic call, at any depth; what is constant is given by reference.
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from treadle.engine.data import intrinsics, java, jsonpath
from treadle.engine.data.errors import Malformed

JSON = Any
Find = Callable[[JSON, JSON, Mapping[str, JSON]], JSON]


def template(value: JSON) -> Find:
    """Compiles a template. Malformed where a `.$` field holds neither a path nor a call."""
    return _compiled(value) or (lambda input, context, variables: value)


def value(text: JSON, field: str) -> Find:
    """The evaluation of one path or intrinsic call; `field` is the name errors give."""
    if isinstance(text, str):
        try:
            if text.startswith("$"):
                return jsonpath.compile(text, field)
            if intrinsics.is_call(text):
                return intrinsics.compile(text)
        except Malformed:
            pass
    raise Malformed(f"The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call")


def _compiled(part: JSON) -> Find | None:
    if isinstance(part, dict):
        return _object(part)
    if isinstance(part, list):
        return _array(part)
    return None


def _object(part: dict[str, JSON]) -> Find | None:
    """What is fixed comes first, then what is found, in the order of a Java HashMap (recorded)."""
    moving: list[tuple[str, Find]] = []
    found: list[str] = []
    shape: dict[str, JSON] = {}
    for key, inner in part.items():
        if key.endswith(".$"):
            found.append(key[:-2])
            moving.append((key[:-2], value(inner, key)))
            continue
        shape[key] = inner
        find = _compiled(inner)
        if find is not None:
            moving.append((key, find))
    if not moving:
        return None
    shape |= dict.fromkeys(java.map_order(found))

    def build(input: JSON, context: JSON, variables: Mapping[str, JSON]) -> JSON:
        made = dict(shape)
        for key, find in moving:
            made[key] = find(input, context, variables)
        return made

    return build


def _array(part: list[JSON]) -> Find | None:
    parts = [(_compiled(inner), inner) for inner in part]
    if all(find is None for find, _ in parts):
        return None
    return lambda input, context, variables: [
        inner if find is None else find(input, context, variables) for find, inner in parts
    ]
