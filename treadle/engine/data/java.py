"""How Java writes and orders values, where Step Functions lets it show.

`States.Format` writes an object as Java's `Map.toString()` does, and `States.ArrayUnique` gives its values in the order
of a Java `HashSet`. Both are recorded behaviour, not documented.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from typing import Any

JSON = Any

_INT = range(-(1 << 31), 1 << 31)
_MULTIPLIER = 0x5DEECE66D  # of java.util.Random, as its documentation gives it


def text(value: JSON) -> str:
    """`String.valueOf(value)` of the Java value that Jackson reads from this JSON."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(text, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={text(part)}" for key, part in value.items()) + "}"
    return str(value)


def _double(value: float) -> str:
    """`Double.toString`: plain from 1e-3 up to 1e7, scientific with at least one decimal elsewhere."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    digits, _, exponent = f"{value:e}".partition("e")
    shortest = repr(value).lower().partition("e")[0].replace(".", "").lstrip("-").strip("0")
    digits = f"{'-' if value < 0 else ''}{shortest[0]}.{shortest[1:] or '0'}"
    return f"{digits}E{int(exponent)}"


def random(seed: int) -> float:
    """`new java.util.Random(seed).nextDouble()`, in [0, 1)."""
    mask = (1 << 48) - 1
    first = ((seed ^ _MULTIPLIER) * _MULTIPLIER + 0xB) & mask
    second = (first * _MULTIPLIER + 0xB) & mask
    return ((first >> 22 << 27) + (second >> 21)) / (1 << 53)


def class_name(value: JSON) -> str:
    """The Java class of the value, as JSONPath's messages name it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "java.lang.Boolean"
    if isinstance(value, str):
        return "java.lang.String"
    if isinstance(value, int):
        return "java.lang.Integer" if value in _INT else "java.lang.Long"
    if isinstance(value, float):
        return "java.lang.Double"
    return "java.util.ArrayList" if isinstance(value, list) else "java.util.LinkedHashMap"


def distinct(values: list[JSON]) -> list[JSON]:
    """The values without repeats, in the order `new HashSet<>(values)` iterates."""
    seen: dict[Any, JSON] = {}
    for value in values:
        seen.setdefault(_identity(value), value)
    return _in_hash_order(list(seen.values()), len(values))


def map_order(keys: list[str]) -> list[str]:
    """Different keys, in the order in which a `HashMap` iterates them."""
    return _in_hash_order(keys, len(keys))


def _in_hash_order(values: list[Any], size: int) -> list[Any]:
    """By bucket, and in a bucket as they came, of a table that has room for `size` at a load of three quarters."""
    capacity = 16
    while capacity * 3 < size * 4:
        capacity *= 2
    buckets: dict[int, list[Any]] = {}
    for value in values:
        code = _hash(value) & 0xFFFFFFFF
        buckets.setdefault((code ^ code >> 16) & (capacity - 1), []).append(value)
    return [value for place in sorted(buckets) for value in buckets[place]]


def _identity(value: JSON) -> Any:
    """Something hashable that is equal exactly where the Java values are."""
    if isinstance(value, list):
        return ("list", *map(_identity, value))
    if isinstance(value, dict):
        return ("map", frozenset((key, _identity(part)) for key, part in value.items()))
    return (class_name(value), value)


def _hash(value: JSON) -> int:
    """`value.hashCode()`, as a signed or unsigned number of any size: only the low 32 bits count."""
    if value is None:
        return 0
    if isinstance(value, bool):
        return 1231 if value else 1237
    if isinstance(value, str):
        units = value.encode("utf-16-le", "surrogatepass")
        return _polynomial(int.from_bytes(units[i : i + 2], "little") for i in range(0, len(units), 2))
    if isinstance(value, int):
        return value if value in _INT else (value ^ (value & 0xFFFFFFFFFFFFFFFF) >> 32)
    if isinstance(value, float):
        bits = _bits(value)
        return bits ^ bits >> 32
    if isinstance(value, list):
        return _polynomial(map(_hash, value), start=1)
    return sum((_hash(key) ^ _hash(part)) & 0xFFFFFFFF for key, part in value.items())


def _polynomial(codes: Iterable[int], start: int = 0) -> int:
    code = start
    for part in codes:
        code = (31 * code + part) & 0xFFFFFFFF
    return code


def _bits(value: float) -> int:
    return int.from_bytes(struct.pack(">d", value), "big")
