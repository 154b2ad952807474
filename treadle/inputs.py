"""Checks an input before anything starts: against the JSON Schema of a workflow's parameters, and its size.

An event of EventBridge or SQS may have 1 MB, an API request 10 MB; an execution's input may not: measured here.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from functools import lru_cache
from json import dumps
from typing import Any

from treadle.asl.reference import REFERENCE
from treadle.errors import InputError

JSON = Any

LIMIT = 262_144
"""Bytes of UTF-8 that an input, a result or an output may have (Step Functions quota, hard)."""


class TooBig(InputError):
    """An input that no execution can take."""


def guard(value: JSON) -> JSON:
    """The value itself, if an execution can take it.

    Raises:
        TooBig: the message names its largest field and the field's size.
    """
    size = measure(value)
    if size <= LIMIT:
        return value
    text = f"the input has {size:,} bytes, an execution takes {LIMIT:,}"
    if isinstance(value, dict) and value:
        name, largest = max(((name, measure(inner)) for name, inner in value.items()), key=lambda pair: pair[1])
        text += f": its largest field is {name!r} ({largest:,} bytes): annotate that parameter Large[…]"
    raise TooBig(text)


def measure(value: JSON) -> int:
    """Bytes of a value as compact JSON in UTF-8."""
    return len(dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))


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
    if error.rule == "anyOf" and (kinds := [each["type"] for each in _plain(error.rule_definition) if "type" in each]):
        return f"{where} must be {' or '.join(map(_article, kinds))}, not {_kind(error.value)}"
    if error.rule == "required":
        missing = [name for name in error.rule_definition if name not in error.value]
        return f"{where}: missing {', '.join(missing)}"
    return str(error.message).replace(str(error.name), where, 1)


def _plain(options: JSON) -> list[JSON]:
    """The alternatives of a type, those inside one of them too; the reference of a Large one is none to speak of."""
    found = [inner for each in options for inner in (_plain(each["anyOf"]) if "anyOf" in each else [each])]
    return [each for each in found if each != REFERENCE]


def _article(name: str) -> str:
    return {"integer": "an integer", "object": "an object", "array": "an array", "null": "null"}.get(name, f"a {name}")


def _kind(value: JSON) -> str:
    text = dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
