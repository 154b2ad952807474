"""Workflows over moments and days that stand in a text, `s`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any


def days(s: str) -> Any:
    d = datetime.strptime(s, "%Y-%m-%d")
    return [
        d.isoformat(),
        str(d),
        d.year,
        d.weekday(),
        (d + timedelta(days=7)).strftime("%Y/%m/%d %H"),
        d.replace(tzinfo=UTC).isoformat(),
    ]


def to_the_microsecond(s: str) -> Any:
    d = datetime.strptime(s, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    return [d.isoformat(), d.date().isoformat(), f"{d:%H:%M}", d.strftime("%S.%f %j %y %I")]


def short_years(s: str) -> Any:
    d = datetime.strptime(s, "%d/%m/%y %H:%M")
    return d.isoformat()


def dates(s: str) -> Any:
    d = date.fromisoformat(s)
    return [
        str(d),
        d.year,
        d.month,
        d.day,
        d.weekday(),
        d.isoweekday(),
        (d + timedelta(days=30)).isoformat(),
        (d - date(2024, 1, 1)).days,
        f"{d} {d:%d.%m.%Y}",
        d < date(2024, 2, 29),
        d.isoformat(),
    ]


def read(s: str) -> Any:
    d = datetime.fromisoformat(s)
    return [
        d.replace(tzinfo=UTC).isoformat(),
        d.year,
        d.hour,
        d.microsecond,
        d.date().isoformat(),
        d.weekday(),
        d.strftime("%H:%M:%S"),
        d.isoformat(),
        str(d),
        (d + timedelta(days=7, hours=-1)).isoformat(),
        d.isoformat(" ", "milliseconds"),
        str(d.date()),
    ]


def apart(s: str) -> Any:
    return (datetime.fromisoformat(s) - datetime.fromisoformat("2024-02-28T01:00:00+01:00")).total_seconds()


def clock(s: str) -> Any:
    try:
        d = datetime.strptime(s, "%H:%M")
    except ValueError as e:
        return str(e)
    return [
        d.hour,
        d.isoformat(),
        d.replace(hour=3, microsecond=5).isoformat(),
        d.replace(hour=0, minute=0, second=0, microsecond=0).isoformat(),
    ]


def built(s: str) -> Any:
    n = len(s)
    return [
        datetime(2024, n, 5, tzinfo=UTC).isoformat(),
        date(2000 + n, 2, 10 + n).isoformat(),
        datetime(2024, 1, 31, n, 5, n).isoformat(),
    ]


def ordered(s: str) -> Any:
    days = [date.fromisoformat(x) for x in s.split(" ")]
    return [max(days).isoformat(), min(days).isoformat(), [d.isoformat() for d in sorted(days)], days[0] == days[-1]]


def in_utc(s: str) -> Any:
    return datetime.fromisoformat(s + "T10:11:12+02:00").astimezone(UTC).isoformat()
