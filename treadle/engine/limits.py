"""The service's quotas, and measuring values against them cheaply.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

from __future__ import annotations

import json
import marshal
from dataclasses import dataclass
from typing import Any, Final

JSON = Any

KIB: Final = 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What an execution may use; sizes in bytes of UTF-8 JSON. `events` counts the whole history."""

    payload: int = 256 * KIB
    events: int = 25_000
    variable: int = 256 * KIB
    variables: int = 10 * KIB * KIB
    depth: int = 900  # of nested values; what Python's own JSON module can still write
    inline: int = 40  # iterations of an inline Map at once when MaxConcurrency is 0


STANDARD: Final = Limits()
# An Express execution has no event quota, only its five minutes; this bound keeps a runaway loop out of memory.
EXPRESS: Final = Limits(events=2_000_000)
# For measuring the engine itself, and for workflows that never go to AWS.
UNLIMITED: Final = Limits(payload=1 << 40, events=1 << 60, variable=1 << 40, variables=1 << 40)


def dumps(value: JSON) -> str:
    """JSON as Step Functions writes it: no spaces, non-ASCII as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def size(value: JSON) -> int:
    """Bytes of the value's JSON in UTF-8. RecursionError where it is nested too deeply to be written."""
    return len(dumps(value).encode("utf-8", "surrogatepass"))


def at_most(value: JSON) -> int:
    """An upper bound on the bytes of the value's JSON, found much faster than the JSON itself.

    marshal never writes a value shorter than a sixth of its JSON (one byte of a control character is six in JSON).
    """
    try:
        return len(marshal.dumps(value, 2)) * 6
    except (ValueError, RecursionError):
        return 1 << 62


def fits(value: JSON, limit: int) -> bool:
    """Is the value's JSON at most `limit` bytes?"""
    kind = type(value)
    if kind is int or kind is bool or value is None or kind is float:
        return True
    return at_most(value) <= limit or size(value) <= limit
