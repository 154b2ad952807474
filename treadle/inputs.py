"""Checks an input against the JSON Schema of a workflow's parameters, before anything starts."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from functools import lru_cache
from json import dumps
from typing import Any

from treadle.errors import InputError

JSON = Any


def check(value: JSON, schema: Mapping[str, JSON]) -> None:
    """Raise InputError, naming the parameter, where `value` does not fit `schema`."""
    if not isinstance(value, dict):
        raise InputError(f"the input must be a JSON object of the workflow's parameters, not {_kind(value)}")
    _known(value, schema)
    import fastjsonschema

    try:
        _validator(dumps(schema, sort_keys=True))(value)
    except fastjsonschema.JsonSchemaValueException as error:
        raise InputError(_explain(error)) from None


@lru_cache(maxsize=256)
def _validator(schema: str) -> Callable[[JSON], JSON]:
    from json import loads

    import fastjsonschema

    compiled: Callable[[JSON], JSON] = fastjsonschema.compile(loads(schema), use_default=False)
    return compiled


def _known(value: Mapping[str, JSON], schema: Mapping[str, JSON]) -> None:
    parameters = list(schema.get("properties", {}))
    for name in value:
        if name not in parameters and schema.get("additionalProperties") is False:
            close = difflib.get_close_matches(name, parameters, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"it takes {', '.join(parameters) or 'none'}"
            raise InputError(f"unknown parameter {name!r}: {hint}")
    for name in schema.get("required", []):
        if name not in value:
            raise InputError(f"missing parameter {name!r}")


def _explain(error: Any) -> str:
    where = ".".join(str(part) for part in error.path[1:]) or "the input"
    if error.rule == "type":
        wanted = error.rule_definition
        names = wanted if isinstance(wanted, list) else [wanted]
        return f"{where} must be {' or '.join(_article(name) for name in names)}, not {_kind(error.value)}"
    if error.rule == "required":
        missing = [name for name in error.rule_definition if name not in error.value]
        return f"{where}: missing {', '.join(missing)}"
    return str(error.message).replace(str(error.name), where, 1)


def _article(name: str) -> str:
    return {"integer": "an integer", "object": "an object", "array": "an array", "null": "null"}.get(name, f"a {name}")


def _kind(value: JSON) -> str:
    text = dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
