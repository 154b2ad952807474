"""`Large` values: written to the object store where they are big, read again where code needs them.

    reference = moved(text, schema, store)      {"treadle:reference": "s3://…", "bytes": 1200000, "sha256": "…"}
    resolved(reference, store) == text

The object holds the value as JSON and is named by its digest, so writing it again (a retry, a redrive) changes nothing.
What a JSON Schema says may be a reference is moved; what looks like one is resolved wherever it stands, and only where
the object still has the digest that the reference names.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from treadle.asl.reference import FOLDER, MARK, REFERENCE, holds, is_reference, marked
from treadle.errors import InputError
from treadle.stores import objects
from treadle.stores.objects import Objects

JSON = Any
Schema = Mapping[str, JSON]

INLINE = 1024
"""Bytes of JSON that travel as they are: a reference is hardly shorter, and a hundred of them stay below 256 KiB."""


def open(folder: Path, client: Callable[[str], Any]) -> Objects:
    """Where Large values are: `TREADLE_OBJECTS`, else the platform's bucket (`TREADLE_BUCKET`), else `folder`.

    `client` makes a boto3 client by its service's name.
    """
    bucket = os.environ.get("TREADLE_BUCKET")
    url = os.environ.get("TREADLE_OBJECTS") or (f"s3://{bucket}" if bucket else str(folder))
    if not url.startswith("s3://"):
        return objects.open(url)
    return objects.open("s3://" + url.removeprefix("s3://").partition("/")[0], client("s3"))


def moved(value: JSON, schema: Schema, store: Objects) -> JSON:
    """`value` with a reference for every Large part of more than `INLINE` bytes; `schema` says which are Large."""
    if value is None or not marked(schema):
        return value
    if REFERENCE in schema.get("anyOf", ()):
        return value if is_reference(value) else _stored(value, store)
    for option in schema.get("anyOf", ()):
        value = moved(value, option, store)
    if isinstance(value, list):
        fixed = schema.get("prefixItems", ())
        rest: Schema = schema.get("items", {})
        return [moved(each, fixed[at] if at < len(fixed) else rest, store) for at, each in enumerate(value)]
    if isinstance(value, dict) and not is_reference(value):
        named, others = schema.get("properties", {}), schema.get("additionalProperties") or {}
        return {name: moved(each, named.get(name, others), store) for name, each in value.items()}
    return value


def resolved(value: JSON, store: Objects) -> JSON:
    """`value` with what every reference in it stands for.

    Raises:
        InputError: the object is gone, or is not what was stored.
    """
    if isinstance(value, list):
        return [resolved(each, store) for each in value]
    if not isinstance(value, dict):
        return value
    if not is_reference(value):
        return {name: resolved(each, store) for name, each in value.items()}
    where = value[MARK]
    if f"{FOLDER}/" not in where.replace("\\", "/"):
        raise InputError(f"{where} is no Large value: its objects are in {FOLDER}/")
    data = store.get(where)
    if hashlib.sha256(data).hexdigest() != value["sha256"]:
        raise InputError(f"{where} has changed since it was stored")
    return json.loads(data)


@dataclass(frozen=True)
class Carrier:
    """What stands around a task's function: its arguments come resolved, what is Large in its result is moved.

    `opened` gives the store, when it is first needed.
    """

    opened: Callable[[], Objects]

    def given(self, payload: JSON) -> JSON:
        return resolved(payload, self.opened()) if holds(payload) else payload

    def kept(self, function: Callable[..., Any], result: JSON) -> JSON:
        schema = returned(function)
        return moved(result, schema, self.opened()) if schema else result


@cache
def returned(function: Callable[..., Any]) -> Schema:
    """The JSON Schema of what a function gives, where its annotation says Large; {} elsewhere."""
    from treadle.language.annotated import NoType, typed
    from treadle.language.schema import schema
    from treadle.language.tasks import hints
    from treadle.language.types import holds_large

    try:
        type = typed(hints(function).get("return", Any))
    except NoType:
        return {}
    return schema(type) if holds_large(type) else {}


def _stored(value: JSON, store: Objects) -> JSON:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        data = text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can write
        data = json.dumps(value, separators=(",", ":")).encode()
    if len(data) <= INLINE:
        return value
    digest = hashlib.sha256(data).hexdigest()
    where = store.put(f"{FOLDER}/{digest}.json", data)
    return {MARK: where, "bytes": len(data), "sha256": digest}
