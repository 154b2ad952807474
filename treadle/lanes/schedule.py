"""Schedule expressions as EventBridge Scheduler reads them: `rate(…)`, `cron(…)`, `at(…)`.

docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from treadle.errors import InputError

UNITS = ("minute", "hour", "day")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

# name, lowest, highest, names of the values from the lowest on, whether `L` and `W` / `L` and `#` may occur
FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minutes", 0, 59, ()),
    ("hours", 0, 23, ()),
    ("day-of-month", 1, 31, ()),
    ("month", 1, 12, MONTHS),
    ("day-of-week", 1, 7, DAYS),
    ("year", 1970, 2199, ()),
)


def check(expression: str, timezone: str = "UTC") -> None:
    """Raise InputError, saying what to write, where EventBridge Scheduler would refuse it."""
    found = re.fullmatch(r"(rate|cron|at)\((.*)\)", expression)
    if found is None:
        raise InputError(
            f"schedule {expression!r}: write rate(5 minutes), cron(0 9 * * ? *) or at(2027-01-31T09:00:00)"
        )
    kind, inner = found.groups()
    reason = {"rate": _rate, "cron": _cron, "at": _at}[kind](inner)
    if reason:
        raise InputError(f"schedule {expression!r}: {reason}")
    try:
        ZoneInfo(timezone)
    except (ValueError, OSError, KeyError):
        raise InputError(f"schedule {expression!r}: no time zone {timezone!r}: write one like Asia/Kolkata") from None


def _rate(inner: str) -> str:
    found = re.fullmatch(r"([1-9]\d*) (\w+)", inner)
    if found is None:
        return "a rate is a whole number above 0 and a unit: rate(5 minutes)"
    value, unit = found.groups()
    if unit.removesuffix("s") not in UNITS:
        return f"the unit is minutes, hours or days, not {unit}"
    if (value == "1") != (unit in UNITS):
        return f"write rate({value} {unit.removesuffix('s')}{'' if value == '1' else 's'})"
    return ""


def _at(inner: str) -> str:
    try:
        datetime.strptime(inner, "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        return "a moment is written at(yyyy-mm-ddThh:mm:ss)"
    return ""


def _cron(inner: str) -> str:
    values = inner.split()
    if len(values) != len(FIELDS):
        return f"cron has six fields (minutes hours day-of-month month day-of-week year), not {len(values)}"
    for (name, low, high, names), value in zip(FIELDS, values, strict=True):
        if not all(_part(part, name, low, high, names) for part in value.split(",")):
            words = f", or {names[0]}-{names[-1]}" if names else ""
            return f"{value!r} is not a value of {name} ({low}-{high}{words})"
    if (values[2] == "?") == (values[4] == "?"):
        return "one of day-of-month and day-of-week, and only one, must be ?"
    return ""


def _part(part: str, name: str, low: int, high: int, names: tuple[str, ...]) -> bool:
    """Whether one of a field's comma-separated parts is well formed."""
    if part == "?":
        return name in ("day-of-month", "day-of-week")
    if name == "day-of-month" and re.fullmatch(r"L|LW|(\d+)W", part):
        return part in ("L", "LW") or 1 <= int(part[:-1]) <= 31
    if name == "day-of-week" and (found := re.fullmatch(r"(\w+?)(L|#[1-5])", part)):
        return _number(found[1], low, high, names) is not None
    if name == "day-of-week" and part == "L":
        return True
    spread, _, step = part.partition("/")
    if step and not (step.isdecimal() and int(step) >= 1):
        return False
    if "/" in part and not step:
        return False
    if spread == "*":
        return True
    first, dash, last = spread.partition("-")
    start = _number(first, low, high, names)
    end = _number(last, low, high, names) if dash else start
    return start is not None and end is not None and start <= end


def _number(text: str, low: int, high: int, names: tuple[str, ...]) -> int | None:
    if text.upper() in names:
        return low + names.index(text.upper())
    return int(text) if text.isdecimal() and low <= int(text) <= high else None
