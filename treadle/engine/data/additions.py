"""The six functions that Step Functions adds to JSONata: $partition, $range, $hash, $random, $uuid and $parse.

    $partition([1, 2, 3], 2)   [[1, 2], [3]]         $hash("a", "MD5")   "0cc1…"
    $range(0, 6, 2)            [0, 2, 4, 6]          $random(42)         0.7275636800328681
    $parse('{"a": 1}').a       1                     $uuid()             a version 4 UUID

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html names them. What they do with arguments that
are missing, not whole or out of range, and the texts of their errors, are answers of AWS that others have published:
github.com/gabrielmoreira/tiny-asl-machine (tests/conformance, recorded) and github.com/floci-io/floci/pull/2676.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

from treadle.engine.data import ambient, functions, java

JSON = Any

# AWS gives all numbers of $range(1, 360145, 1) and refuses one more.
_RANGE = 360_145
_MEMORY = "Expression evaluation memory limit exceeded: Check for excessive memory usage"


class Fault(Exception):
    """What a function of ours raises: a JSONata error code ("" where a limit has none) and its message."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Whatever a function cannot do with its arguments is JSONata's error of a wrong argument."""

    def call(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except (TypeError, ValueError, OverflowError, RecursionError):
            raise Fault("T0410", f'Argument 1 of function "{name}" does not match function signature') from None

    return call


def _partition(given: bool, items: JSON, size: float | None) -> list[JSON] | None:
    """Nothing to part, or parts of no size, are undefined; without a size all is one part."""
    if not given:
        return None
    if not isinstance(items, list):
        raise Fault("T0412", 'Argument 1 of function "partition" must be an array of undefined')
    if size is None:
        return [items]
    if size < 0:
        raise Fault("D3137", "Second argument must be zero or greater")
    whole = int(size)
    return functions.partition(items, whole) if items and whole else None


def _range(start: float | None, end: float | None, step: float | None) -> list[int] | int | None:
    """A sequence, as a path gives one: none is undefined, one is the number itself. Fractions are cut off."""
    if start is None or end is None or step is None or not int(step):
        return None
    values = functions.span(int(start), int(end), int(step))
    if not values:
        return None
    if values[_RANGE:]:
        raise Fault("", _MEMORY)
    return list(values) if values[1:] else values[0]


def _hash(content: str | None, algorithm: str | None) -> str | None:
    if content is None or algorithm is None:
        return None
    try:
        return functions.digest(content, algorithm)
    except KeyError:
        known = "SHA-1, SHA-384, SHA-256, SHA-512, MD5"
        raise Fault("D3137", f"Hash algorithm '{algorithm}' must be one of {known}") from None


def _random(seed: float | None = None) -> float:
    """Seeded, the number of java.util.Random (measured), whose seed is a long."""
    if seed is None:
        return ambient.CHANCE.get().random()
    return java.random(max(-(1 << 63), min(int(seed), (1 << 63) - 1)))


def _uuid() -> str:
    return ambient.CHANCE.get().uuid()


# AWS's parser reads single-quoted texts too.
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'((?:[^\'\\]|\\.)*)\'', re.DOTALL)


def _parse(text: str | None) -> JSON:
    """`{"v": value}`, since a host function's None would mean undefined."""
    if text is None:
        return None
    try:
        return {"v": _DECODER.decode(text)}
    except (ValueError, RecursionError):
        pass
    try:
        return {"v": _DECODER.decode(_QUOTED.sub(_double_quoted, text))}
    except (ValueError, RecursionError):
        raise Fault("D3137", "Invalid JSON") from None


def _double_quoted(found: re.Match[str]) -> str:
    if found[1] is None:
        return found[0]
    return '"' + found[1].replace("\\'", "'").replace('"', '\\"') + '"'


def _refused(text: str) -> JSON:
    raise ValueError(text)


def _number(text: str) -> float:
    number = float(text)
    return number if number - number == 0 else _refused(text)


def _whole(text: str) -> float:
    return int(text) if len(text) < 300 else _number(text)


def _object(pairs: list[tuple[str, JSON]]) -> JSON:
    made = dict(pairs)
    return made if len(made) == len(pairs) else _refused("a repeated key")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_int=_whole, parse_constant=_refused)

HOST: Final[dict[str, tuple[Callable[..., Any], str | None]]] = {
    "__partition": (_partition, None),
    "range": (_range, "<nnn?:a>"),
    "hash": (_hash, "<ss?:s>"),
    "random": (_random, "<n?:n>"),
    "uuid": (_uuid, "<:s>"),
    "__parse": (_parse, None),
}
"""By name, with the signature. A host function sees an undefined argument as None, and so it sees null."""

PROLOGUE: Final = {
    # 2.0.6 without $eval: calling it is T1006, as calling anything else that is not there.
    "eval": "$eval:=();",
    "parse": "$parse:=function($text)<s?:x>{$__parse($text).v};",
    "partition": "$partition:=function($items,$size)<x?n?:x>{$__partition($exists($items),$items,$size)};",
}
"""What an expression that names the function has in front."""
