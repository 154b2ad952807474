"""What crosses the seam between a trigger and an execution: JSON of at most 256 KiB.

An event of EventBridge or SQS may have 1 MB, an API request 10 MB; an execution's input may not: measured here.
"""

from __future__ import annotations

from json import dumps
from typing import Any

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
        text += f": its largest field is {name!r} ({largest:,} bytes): put that into the object store and send its key"
    raise TooBig(text)


def measure(value: JSON) -> int:
    """Bytes of a value as compact JSON in UTF-8."""
    return len(dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
