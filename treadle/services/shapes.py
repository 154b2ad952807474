"""Requests and results between Step Functions' JSON and botocore's Python values, led by botocore's own shapes."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from treadle.asl.naming import member_name
from treadle.errors import InputError

JSON = Any


@dataclass(frozen=True, slots=True)
class Style:
    """How a kind of integration writes members' names and times."""

    name: Callable[[str], str]
    time: Callable[[datetime.datetime], JSON]


def plain_name(native: str) -> str:
    """A member's name in an optimized integration: botocore's, with its first letter raised."""
    return native[:1].upper() + native[1:]


def instant(moment: datetime.datetime) -> str:
    """A time as Java's Instant writes it: UTC, its fraction left out where it is zero, in thousandths otherwise."""
    utc = _utc(moment)
    return utc.isoformat(timespec="milliseconds" if utc.microsecond else "seconds").replace("+00:00", "Z")


def milliseconds(moment: datetime.datetime) -> int:
    """A time as Java's Date goes into JSON: milliseconds since the epoch."""
    return round(_utc(moment).timestamp() * 1000)


SDK = Style(member_name, instant)
OPTIMIZED = Style(plain_name, milliseconds)


def native(value: JSON, shape: Any, where: str, binary: bool = False) -> Any:
    """`value` as botocore takes it for `shape`; `where` names the place for errors.

    Members may be named as Step Functions or as the API names them; null members are left out. A value of another type
    where text is expected is sent as its JSON, as Step Functions does. Blobs are text, or base64 when `binary`.
    """
    if shape is None or getattr(shape, "is_document_type", False) or value is None:
        return value
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        return _structure(value, shape, where, binary)
    if kind == "list" and isinstance(value, list):
        return [native(each, shape.member, f"{where}[{index}]", binary) for index, each in enumerate(value)]
    if kind == "map" and isinstance(value, dict):
        return {key: native(each, shape.value, f"{where}.{key}", binary) for key, each in value.items()}
    if kind == "blob":
        return _blob(value, binary)
    if kind == "string" and not isinstance(value, str):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if kind in ("integer", "long") and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def pascal(value: Any, shape: Any, style: Style, binary: bool = False) -> JSON:
    """A result of botocore as Step Functions shows it, in its style; streams are read to their end."""
    if shape is None or getattr(shape, "is_document_type", False) or value is None:
        return _plain(value)
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        members = shape.members
        return {
            style.name(key): pascal(each, members.get(key), style, binary)
            for key, each in value.items()
            if key in members and each is not None
        }
    if kind == "list" and isinstance(value, list):
        return [pascal(each, shape.member, style, binary) for each in value]
    if kind == "map" and isinstance(value, dict):
        return {key: pascal(each, shape.value, style, binary) for key, each in value.items()}
    if kind == "blob":
        return _text(value, binary)
    return style.time(value) if isinstance(value, datetime.datetime) else _plain(value)


def _utc(moment: datetime.datetime) -> datetime.datetime:
    return moment.astimezone(datetime.UTC) if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def _structure(value: dict[str, JSON], shape: Any, where: str, binary: bool) -> dict[str, Any]:
    known = {member_name(key): key for key in shape.members} | {plain_name(key): key for key in shape.members}
    known |= {key: key for key in shape.members}
    out = {}
    for key, each in value.items():
        if key not in known:
            raise InputError(f"{where} has no parameter '{key}'{_hint(key, known)}")
        if each is not None:
            out[known[key]] = native(each, shape.members[known[key]], f"{where}.{key}", binary)
    return out


def _hint(key: str, known: dict[str, str]) -> str:
    import difflib

    names = sorted({member_name(name) for name in known.values()})
    close = difflib.get_close_matches(key, names, 1, 0.6)
    return f": did you mean '{close[0]}'?" if close else f"; it has {', '.join(names) or 'none'}"


def _blob(value: JSON, binary: bool) -> bytes:
    if not isinstance(value, str):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    if binary:
        try:
            return base64.b64decode(value, validate=True)
        except ValueError:
            pass
    return value.encode()


def _text(value: Any, binary: bool) -> str:
    data: bytes = value.read() if hasattr(value, "read") else bytes(value)
    if not binary:
        try:
            return data.decode()
        except UnicodeDecodeError:
            pass
    return base64.b64encode(data).decode()


def _plain(value: Any) -> JSON:
    """What has no shape (documents) may still hold botocore's own types."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, datetime.datetime):
        return instant(value)
    if isinstance(value, bytes):
        return _text(value, False)
    if type(value).__name__ == "Decimal":
        return int(value) if value == int(value) else float(value)
    return value
