"""`datetime` and `timedelta`, in UTC: kept as whole microseconds, which JSON holds exactly until the year 2255."""

from __future__ import annotations

import re

from treadle.language.exact.building import bind, derive, infix, invoke, quote
from treadle.language.exact.equality import number
from treadle.language.exact.numbers import is_whole
from treadle.language.term import ATOM, COMPARISON, MISSING, PRODUCT, SUM, UNARY, Guard, Refusal, Term
from treadle.language.types import FLOAT, INT, STR, Opaque

DATETIME, TIMEDELTA, TIMEZONE = Opaque("datetime"), Opaque("timedelta"), Opaque("timezone")
UTC = Term('"UTC"', TIMEZONE, constant="UTC")

MICROSECONDS = {
    "days": 86_400_000_000,
    "seconds": 1_000_000,
    "microseconds": 1,
    "milliseconds": 1_000,
    "minutes": 60_000_000,
    "hours": 3_600_000_000,
    "weeks": 604_800_000_000,
}
ORDER = ("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks")


def now(zone: Term | None) -> Term:
    _only_utc(zone, "datetime.datetime.now(datetime.timezone.utc).isoformat()")
    return Term("$millis() * 1000", DATETIME, PRODUCT, depth=2, fleeting=True)


def _only_utc(zone: Term | None, instead: str) -> None:
    if zone is None or zone.type != TIMEZONE:
        raise Refusal("a time without a zone depends on the machine it runs on", instead)


def from_timestamp(seconds: Term, zone: Term | None) -> Term:
    _only_utc(zone, "datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat()")
    if not is_whole(seconds.type):
        raise Refusal(
            "a float of seconds is rounded to microseconds in Python's own way",
            "datetime.datetime.fromtimestamp(int(price), datetime.timezone.utc).isoformat()",
        )
    if isinstance(seconds.constant, int) and EARLIEST <= seconds.constant <= LATEST:
        return infix("*", number(seconds), Term("1000000", INT), DATETIME, PRODUCT)

    def build(whole: Term) -> Term:
        far = Guard(f"{whole.text} < {EARLIEST} or {whole.text} > {LATEST}", quote("ValueError"), _far(whole.text))
        return derive(f"{whole.text} * 1000000", DATETIME, (whole,), (far,), power=PRODUCT)

    return bind({"seconds": number(seconds)}, build)


EARLIEST, LATEST = -62_135_596_800, 253_402_300_799
"""The seconds of the first and the last moment that Python knows."""


def _far(seconds: str) -> str:
    """Python's words for a moment outside its years: the Gregorian year of a day, counted from the March of year 0."""
    return (
        f"($_day := $floor({seconds} / 86400) + 719468; $_era := $floor($_day / 146097); "
        "$_of := $_day - $_era * 146097; "
        "$_year := $floor(($_of - $floor($_of / 1460) + $floor($_of / 36524) - $floor($_of / 146096)) / 365); "
        "$_rest := $_of - (365 * $_year + $floor($_year / 4) - $floor($_year / 100)); "
        '"year " & ($_year + $_era * 400 + ($_rest > 305 ? 1 : 0)) & " is out of range")'
    )


def in_zone(zone: Term) -> Opaque:
    """The type of a moment in UTC; another zone is refused."""
    _only_utc(zone, "datetime.datetime.now(datetime.timezone.utc).isoformat()")
    return DATETIME


def delta(parts: dict[str, Term]) -> Term:
    """`timedelta(days=…, …)` of integers."""
    if not parts:
        return Term("0", TIMEDELTA)
    result: Term | None = None
    for name, part in parts.items():
        if name not in MICROSECONDS:
            raise Refusal(f"timedelta() has no argument {name!r}", "datetime.timedelta(seconds=5).total_seconds()")
        if not is_whole(part.type):
            if isinstance(part.constant, float) and (part.constant * MICROSECONDS[name]).is_integer():
                whole = int(part.constant * MICROSECONDS[name])
                each = Term(str(whole), TIMEDELTA, constant=MISSING)
            else:
                raise Refusal(
                    "a float in timedelta() is rounded in Python's own way",
                    "datetime.timedelta(milliseconds=int(price)).total_seconds()",
                )
        elif isinstance(part.constant, int):
            each = Term(str(part.constant * MICROSECONDS[name]), TIMEDELTA, UNARY if part.constant < 0 else ATOM)
        else:
            each = infix("*", number(part), Term(str(MICROSECONDS[name]), INT), TIMEDELTA, PRODUCT)
        result = each if result is None else infix("+", result, each, TIMEDELTA, SUM)
    assert result is not None
    return result


def operate(op: str, left: Term, right: Term) -> Term:
    """Arithmetic of moments and spans."""
    match (left.type, op, right.type):
        case (Opaque(name="datetime"), "-", Opaque(name="datetime")):
            return infix("-", left, right, TIMEDELTA, SUM)
        case (Opaque(name="datetime"), "+" | "-", Opaque(name="timedelta")):
            return infix(op, left, right, DATETIME, SUM)
        case (Opaque(name="timedelta"), "+", Opaque(name="datetime")):
            return infix("+", left, right, DATETIME, SUM)
        case (Opaque(name="timedelta"), "+" | "-", Opaque(name="timedelta")):
            return infix(op, left, right, TIMEDELTA, SUM)
        case (Opaque(name="timedelta"), "*", kind) if is_whole(kind):
            return infix("*", left, number(right), TIMEDELTA, PRODUCT)
        case (kind, "*", Opaque(name="timedelta")) if is_whole(kind):
            return infix("*", number(left), right, TIMEDELTA, PRODUCT)
        case (Opaque(name="timedelta"), "/", Opaque(name="timedelta")):
            guard = Guard(f"{right.at(COMPARISON + 1)} = 0", quote("ZeroDivisionError"), quote("division by zero"))
            return infix("/", left, right, FLOAT, PRODUCT, (guard,))
        case (Opaque(name="timedelta"), "//", Opaque(name="timedelta")):
            guard = Guard(
                f"{right.at(COMPARISON + 1)} = 0",
                quote("ZeroDivisionError"),
                quote("integer division or modulo by zero"),
            )
            return invoke("floor", infix("/", left, right, INT, PRODUCT, (guard,)), type=INT)
    raise Refusal(
        f"{left.type} {op} {right.type} cannot be kept exact",
        "(datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=5)).isoformat()",
    )


def negative(t: Term) -> Term:
    return derive(f"-{t.at(UNARY + 1)}", TIMEDELTA, (t,), power=UNARY)


# --- parts


def in_picture(t: Term, picture: str) -> Term:
    """`$fromMillis` of the whole milliseconds below, for a picture without fractions."""
    return derive(f"$fromMillis($floor({t.at(PRODUCT)} / 1000), {quote(picture)})", STR, (t,), deeper=4)


PARTS = {"year": "[Y0001]", "month": "[M01]", "day": "[D01]", "hour": "[H01]", "minute": "[m01]", "second": "[s01]"}


def part(t: Term, name: str) -> Term:
    """`moment.year` and the like."""
    if name in PARTS:
        return invoke("number", in_picture(t, PARTS[name]), type=INT)
    if name == "microsecond":
        return derive(f"({t.at(PRODUCT)} % 1000000 + 1000000) % 1000000", INT, (t,), power=PRODUCT, deeper=4)
    if name == "tzinfo":
        return UTC
    raise Refusal(
        f"datetime has no part {name!r} that can be kept exact", "datetime.datetime.now(datetime.timezone.utc).year"
    )


def span_part(t: Term, name: str) -> Term:
    """`span.days`, `.seconds`, `.microseconds`."""
    day, second = MICROSECONDS["days"], MICROSECONDS["seconds"]
    if name == "days":
        return derive(f"$floor({t.at(PRODUCT)} / {day})", INT, (t,), deeper=2)
    if name == "seconds":
        return derive(f"$floor(({t.at(PRODUCT)} % {day} + {day}) % {day} / {second})", INT, (t,), deeper=5)
    if name == "microseconds":
        return derive(f"({t.at(PRODUCT)} % {second} + {second}) % {second}", INT, (t,), power=PRODUCT, deeper=4)
    raise Refusal(f"timedelta has no part {name!r}", "datetime.timedelta(seconds=n).total_seconds()")


def total_seconds(t: Term) -> Term:
    """Of a timedelta; of a moment, since 1970."""
    return infix("/", t, Term("1000000", INT), FLOAT, PRODUCT)


def weekday(t: Term, *, iso: bool = False) -> Term:
    """Monday is 0, or 1 by ISO. The first of January 1970 was a Thursday."""
    day = MICROSECONDS["days"]
    text = f"(($floor({t.at(PRODUCT)} / {day}) + 3) % 7 + 7) % 7"
    return derive(f"{text} + 1" if iso else text, INT, (t,), power=SUM if iso else PRODUCT, deeper=6)


def written(t: Term, separator: str = "T", spec: Term | None = None, zone: str = "+00:00") -> Term:
    """`moment.isoformat()`; `str(moment)` has a space in the middle, and a naive one no zone."""
    behind = f" & {quote(zone)}" if zone else ""
    level = "auto" if spec is None else spec.constant
    picture = f"[Y0001]-[M01]-[D01]{separator}[H01]:[m01]:[s01]"

    def build(moment: Term) -> Term:
        seconds = in_picture(moment, picture).text
        if level == "seconds":
            return derive(f"{seconds}{behind}", STR, (moment,), power=SUM, deeper=5)
        micro = part(moment, "microsecond").text
        if level == "milliseconds":
            text = f'{seconds} & "." & $formatNumber($floor({micro} / 1000), "000"){behind}'
            return derive(text, STR, (moment,), power=SUM, deeper=7)
        fraction = f'"." & $formatNumber({micro}, "000000")'
        if level == "auto":
            fraction = f'({micro} = 0 ? "" : {fraction})'
        elif level != "microseconds":
            raise Refusal(
                "isoformat() takes a constant level",
                'datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")',
            )
        return derive(f"{seconds} & {fraction}{behind}", STR, (moment,), power=SUM, deeper=7)

    return bind({"moment": t}, build)


CODES = {
    "Y": "[Y]", "m": "[M01]", "d": "[D01]", "H": "[H01]", "M": "[m01]", "S": "[s01]", "F": "[Y]-[M01]-[D01]",
    "T": "[H01]:[m01]:[s01]", "R": "[H01]:[m01]", "D": "[M01]/[D01]/[Y,2-2]", "y": "[Y,2-2]", "j": "[d001]",
    "I": "[h01]", "u": "[F0]",
}  # fmt: skip


def strftime(t: Term, spec: Term) -> Term:
    """`moment.strftime(…)` of a constant format, for the codes that no locale changes."""
    if not isinstance(spec.constant, str):
        raise Refusal(
            "strftime() needs a constant format", 'datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")'
        )
    pictures = [""]
    for literal, code in re.findall(r"([^%]+)|%(.)", spec.constant):
        if literal:
            pictures[-1] += literal.replace("[", "[[").replace("]", "]]")
        elif code == "%":
            pictures[-1] += "%"
        elif code == "f":
            pictures.append("")
        elif code in CODES:
            pictures[-1] += CODES[code]
        else:
            raise Refusal(
                f"%{code} depends on the locale or the platform",
                'datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")',
            )

    def build(moment: Term) -> Term:
        micro = f'$formatNumber({part(moment, "microsecond").text}, "000000")'
        texts = [in_picture(moment, each).text if "[" in each else quote(each) for each in pictures]
        text = f" & {micro} & ".join(texts)
        return derive(text, STR, (moment,), power=SUM if len(texts) > 1 else ATOM, deeper=6)

    return bind({"moment": t}, build) if len(pictures) > 1 else in_picture(t, pictures[0])
