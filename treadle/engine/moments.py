"""Times in definitions and data: ISO-8601 extended offset date-times, as RFC 3339 profiles them."""

from __future__ import annotations

import datetime
import re
from functools import lru_cache

# java.time.format.DateTimeFormatter.ISO_OFFSET_DATE_TIME, which is what Step Functions parses with.
_FORM = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d(?::\d\d)?(?::\d\d)?)", re.ASCII
)


@lru_cache(maxsize=4096)
def parse(text: str) -> tuple[int, int] | None:
    """(seconds since the epoch, nanoseconds), or None where `text` is no such time."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        moment = datetime.datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=datetime.UTC
        )
    except ValueError:
        return None
    ahead = 0
    if offset != "Z":
        parts = [int(part) for part in offset[1:].split(":")]
        ahead = sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))
        if ahead > 18 * 3600 or any(part > 59 for part in parts[1:]):
            return None
        ahead = ahead if offset[0] == "+" else -ahead
    return int(moment.timestamp()) - ahead, int((fraction or "0").ljust(9, "0"))


def seconds(text: str) -> float | None:
    """The time as seconds since the epoch, or None."""
    parsed = parse(text)
    return None if parsed is None else parsed[0] + parsed[1] / 1e9
