"""Schedule expressions, on the examples of the Scheduler user guide."""

from __future__ import annotations

import pytest

from treadle.errors import InputError
from treadle.lanes import schedule


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minute)",
        "rate(5 minutes)",
        "rate(1 hour)",
        "rate(30 days)",
        "at(2027-11-20T13:00:00)",
        "cron(15 10 * * ? *)",
        "cron(0 18 ? * MON-FRI *)",
        "cron(0/10 * ? * MON-FRI *)",
        "cron(15 10 ? * 6L 2022-2023)",
        "cron(0 8 1W * ? *)",
        "cron(0 8 L * ? *)",
        "cron(0 8 ? JAN,jun FRI#2 *)",
        "cron(5,35 14 * * ? *)",
    ],
)
def test_accepted(expression: str) -> None:
    schedule.check(expression)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("every day", "write rate"),
        ("rate(5)", "a rate is a whole number"),
        ("rate(0 minutes)", "a rate is a whole number"),
        ("rate(5 weeks)", "the unit is minutes, hours or days"),
        ("rate(5 minute)", r"write rate\(5 minutes\)"),
        ("rate(1 hours)", r"write rate\(1 hour\)"),
        ("at(tomorrow)", "a moment is written"),
        ("at(2027-02-30T00:00:00)", "a moment is written"),
        ("cron(0 9 * * ?)", "six fields"),
        ("cron(0 9 * * * *)", "one of day-of-month and day-of-week"),
        ("cron(0 9 ? * ? *)", "one of day-of-month and day-of-week"),
        ("cron(60 9 * * ? *)", "'60' is not a value of minutes"),
        ("cron(0 24 * * ? *)", "'24' is not a value of hours"),
        ("cron(0 9 ? * FUN *)", "'FUN' is not a value of day-of-week"),
        ("cron(0 9 ? * FRI-MON *)", "'FRI-MON' is not a value of day-of-week"),
        ("cron(0/ 9 * * ? *)", "'0/' is not a value of minutes"),
        ("cron(0 9 32W * ? *)", "'32W' is not a value of day-of-month"),
    ],
)
def test_refused_with_what_to_write(expression: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        schedule.check(expression)


def test_an_unknown_time_zone_is_refused() -> None:
    schedule.check("rate(1 day)", "Asia/Kolkata")
    with pytest.raises(InputError, match="no time zone 'Mars/Olympus'"):
        schedule.check("rate(1 day)", "Mars/Olympus")
