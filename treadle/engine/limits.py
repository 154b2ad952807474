"""The service's quotas, and measuring values against them cheaply.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

from __future__ import annotations

import json
import marshal
from collections.abc import Iterable, Iterator
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
    depth: int = 500  # of nested values: what any JSON library still reads
    inline: int = 40  # iterations of an inline Map at once when MaxConcurrency is 0


STANDARD: Final = Limits()
# An Express execution has no event quota, only its five minutes; this bound keeps a runaway loop out of memory.
EXPRESS: Final = Limits(events=2_000_000)
# For measuring the engine itself, and for workflows that never go to AWS.
UNLIMITED: Final = Limits(payload=1 << 40, events=1 << 60, variable=1 << 40, variables=1 << 40)


_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def dumps(value: JSON) -> str:
    """JSON as Step Functions writes it: no spaces, non-ASCII as it is."""
    try:
        return _ENCODE(value)
    except RecursionError:
        return "".join(_written(value))


def _written(value: JSON) -> Iterator[str]:
    """The pieces of a value's JSON, without recursion: for what a state nested deeply and a history still shows."""
    waiting: list[tuple[str, JSON]] = [("", value)]
    while waiting:
        text, node = waiting.pop()
        yield text
        if isinstance(node, dict) and node:
            parts = [(f"{'{' if first else ','}{dumps(key)}:", node[key]) for first, key in _first(node)]
            waiting.append(("}", _NOTHING))
            waiting.extend(reversed(parts))
        elif isinstance(node, list) and node:
            waiting.append(("]", _NOTHING))
            waiting.extend(reversed([("[" if first else ",", part) for first, part in _first(node)]))
        elif node is not _NOTHING:
            yield json.dumps(node, ensure_ascii=False)


_NOTHING: Final = object()


def _first(parts: Iterable[JSON]) -> Iterator[tuple[bool, JSON]]:
    for number, part in enumerate(parts):
        yield number == 0, part


def deeper_than(value: JSON, depth: int) -> bool:
    """Is the value nested in more than so many objects and arrays?"""
    level = [value]
    for _ in range(depth):
        level = [
            part
            for node in level
            for part in (node.values() if type(node) is dict else node if type(node) is list else ())
            if type(part) is dict or type(part) is list
        ]
        if not level:
            return False
    return True


def longer_than(value: JSON, limit: int) -> bool:
    """Is the value's JSON surely longer than that? Looks at no more of it than it must, however often a part recurs."""
    waiting = [value]
    while waiting and limit >= 0:
        node = waiting.pop()
        if type(node) is str:
            limit -= len(node)
        elif type(node) is list or type(node) is dict:
            limit -= len(node)
            waiting.extend(node.values() if type(node) is dict else node)
    return limit < 0


def size(value: JSON) -> int:
    """Bytes of the value's JSON in UTF-8."""
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
