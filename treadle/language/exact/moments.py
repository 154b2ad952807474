"""Reading moments and days: `strptime`, `fromisoformat` and the constructors. A date is kept as whole days since 1970.

What `datetime.fromisoformat` gives may have a zone or none, which only the text tells: it is kept as its wall clock
and its offset, both in microseconds, the offset null where there is none.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from treadle.language.exact.building import bind, derive, infix, quote
from treadle.language.exact.formatting import quoted
from treadle.language.exact.numbers import message
from treadle.language.exact.pattern import translated
from treadle.language.exact.time import DATETIME, TIMEDELTA, in_picture, part
from treadle.language.exact.time import written as iso
from treadle.language.term import COMPARISON, PRODUCT, SUM, Guard, Refusal, Term
from treadle.language.types import INT, STR, Opaque, Type

NAIVE, READ, DATE = Opaque("naive datetime"), Opaque("read datetime"), Opaque("date")
DAY = 86_400_000_000

FIELDS = ("year", "month", "day", "hour", "minute", "second", "microsecond")
_FIRST = {"year": 1900, "month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0, "microsecond": 0}
_LEAST = (1, 1, 1, 0, 0, 0, 0)
_MOST = (9999, 12, 31, 23, 59, 59, 999_999)


def days(year: str, month: str, day: str) -> str:
    """JSONata for the days since 1970 of a day of the Gregorian calendar, counted in years that begin in March."""
    if year.isdigit() and month.isdigit() and day.isdigit():
        return str((datetime.date(int(year), int(month), int(day)) - datetime.date(1970, 1, 1)).days)
    return (
        f"($_from := {month} > 2 ? {year} : {year} - 1; 365 * $_from + $floor($_from / 4) - $floor($_from / 100) + "
        f"$floor($_from / 400) + $floor((153 * (({month} + 9) % 12) + 2) / 5) + {day} - 719469)"
    )


def clock(hour: str, minute: str, second: str, micro: str) -> str:
    """JSONata for the microseconds since midnight."""
    parts = [(hour, "3600000000"), (minute, "60000000"), (second, "1000000"), (micro, "1")]
    texts = [part if unit == "1" else f"{part} * {unit}" for part, unit in parts if part != "0"]
    return " + ".join(texts) or "0"


def _moment(values: Mapping[str, str]) -> str:
    day, time = days(values["year"], values["month"], values["day"]), clock(*(values[each] for each in FIELDS[3:]))
    return f"{day} * {DAY}" if time == "0" else f"{day} * {DAY} + {time}"


def _limits(values: Mapping[str, str], fields: Sequence[str]) -> list[tuple[str, str]]:
    """What Python refuses of the fields, in its order: when, and its words (JSONata)."""
    found = []
    for at, name in enumerate(FIELDS):
        if name not in fields:
            continue
        part, least, most = values[name], _LEAST[at], _MOST[at]
        if name == "day":
            year, month = values["year"], values["month"]
            leap = f"{year} % 4 = 0 and ({year} % 100 != 0 or {year} % 400 = 0)"
            last = f"{month} = 2 ? ({leap} ? 29 : 28) : {month} in [4, 6, 9, 11] ? 30 : 31"
            found.append((f"{part} < 1 or {part} > ({last})", quote(_told(2023, 2, 30))))
            continue
        for test, wrong in ((f"{part} < {least}", least - 1), (f"{part} > {most}", most + 1)):
            given = [2024, 1, 1, 0, 0, 0, 0]
            given[at] = wrong
            words = quote(_told(*given))
            if str(wrong) in _told(*given):  # the words name the number: from Python 3.14 on, and of a year always
                words = quote(_told(*given)).replace(str(wrong), f'" & $formatBase({part}) & "', 1)
            found.append((test, words))
    return found


def _told(*given: int) -> str:
    return message(lambda: datetime.datetime(*given))  # type: ignore[arg-type]


# --- strptime

_PARTS = {"Y": "year", "m": "month", "d": "day", "H": "hour", "M": "minute", "S": "second", "f": "microsecond"}
_READ = {
    "Y": "[0-9]{4}", "m": "1[0-2]|0[1-9]|[1-9]", "d": "3[0-1]|[1-2][0-9]|0[1-9]|[1-9]| [1-9]",
    "H": "2[0-3]|[0-1][0-9]|[0-9]", "M": "[0-5][0-9]|[0-9]", "S": "6[0-1]|[0-5][0-9]|[0-9]", "f": "[0-9]{1,6}",
    "y": "[0-9]{2}",
}  # fmt: skip
"""What `strptime` takes for each code, of the digits of ASCII."""


def strptime(t: Term, form: Term) -> Term:
    """`datetime.strptime(text, format)` of a constant format without a zone: a naive moment."""
    if t.type != STR or not isinstance(form.constant, str):
        raise Refusal("strptime() takes text and a constant format", 'datetime.datetime.strptime(text, "%Y-%m-%d")')
    source, codes = _format(form.constant)
    found = translated(source, int(re.IGNORECASE)).text

    def build(text: Term) -> Term:
        match = f"$match({text.text}, /^{found}/, 1)"
        values = {**{name: str(value) for name, value in _FIRST.items()}, **_fields(codes, "$_g")}
        groups = f"$_g := {match}.groups"
        shape = f'"time data " & {quoted(text.text)} & {quote(f" does not match format {form.constant!r}")}'
        rest = f'"unconverted data remains: " & $substring({text.text}, $length({match}.match))'
        guards = [
            Guard(f"$not($contains({text.text}, /^{found}/))", quote("ValueError"), shape),
            Guard(f"{match}.match != {text.text}", quote("ValueError"), rest),
        ]
        given = [_PARTS.get(code, "year") for code in codes]
        checked = [name for name in ("year", "day", "second") if name in given]
        if "month" in given and "day" not in given:
            checked = [each for each in checked if each != "day"]
        for when, words in _limits(values, checked):
            if " > 9999" not in when and " < 0" not in when:
                guards.append(Guard(f"({groups}; {when})", quote("ValueError"), f"({groups}; {words})"))
        return derive(f"({groups}; {_moment(values)})", NAIVE, (text,), guards, deeper=8)

    return bind({"text": t}, build)


def _format(form: str) -> tuple[str, list[str]]:
    """The pattern of a format, a group a code, and the codes in order."""
    source, codes = "", []
    for space, literal, code in re.findall(r"(\s+)|([^%\s]+)|%(.?)", form, re.DOTALL):
        if space:
            source += r"\s+"
        elif literal:
            source += re.escape(literal)
        elif code == "%":
            source += "%"
        elif code in _READ and code not in codes:
            codes.append(code)
            source += f"({_READ[code]})"
        else:
            raise Refusal(
                f"%{code} of a time depends on the locale or on a zone, or comes twice",
                'datetime.datetime.strptime(text, "%Y-%m-%d %H:%M:%S")',
            )
    if {"m", "d"} & set(codes) and not {"Y", "y"} & set(codes):
        raise Refusal("a day without a year", 'datetime.datetime.strptime(text, "%Y-%m-%d")')
    if {"Y", "y"} <= set(codes):
        raise Refusal("a year that comes twice", 'datetime.datetime.strptime(text, "%Y-%m-%d")')
    return source, codes


def _fields(codes: Sequence[str], groups: str) -> dict[str, str]:
    found = {}
    for at, code in enumerate(codes):
        text = f"{groups}[{at}]"
        if code == "d":
            text = f"$trim({text})"
        if code == "f":
            text = f'$pad({text}, 6, "0")'
        value = f"$number({text})"
        if code == "y":
            value = f"({value} + ({value} > 68 ? 1900 : 2000))"
        found[_PARTS.get(code, "year")] = value
    return found


# --- fromisoformat

_ISO_DATE = r"([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})"
_OPEN = r"(?=[Z+\-])"
"""Before a zone CPython lets a separator stand that nothing follows: `10:11:Z`."""
_ISO_SECOND = rf"\6(?:([0-9]{{2}})(?:[\.,](?:([0-9]+)|{_OPEN}))?|{_OPEN})"
_ISO_TIME = rf"([0-9]{{2}})(?:(:?)(?:([0-9]{{2}})(?:{_ISO_SECOND})?|{_OPEN}))?"
_ISO_ZONE = r"(?:(Z)|([+\-])([0-9]{2})(?:(:?)([0-9]{2})(?:\13([0-9]{2})(?:[\.,]([0-9]+))?)?)?)?"
_ANY = r"(?:[^\ud800-\udfff]|[\ud800-\udbff][\udc00-\udfff])"
_ISO = f"{_ISO_DATE}(?:{_ANY}{_ISO_TIME}{_ISO_ZONE})?"


def _takes_more() -> bool:
    try:
        return bool(datetime.date.fromisoformat("2024010599"))
    except ValueError:
        return False


# Some versions of CPython look at ten bytes of text, and of those without a hyphen only at the first eight.
_ISO_DAY = (
    rf"(?=[0-9]{{4}}-[0-9-]{{5}}$|[0-9]{{8}}){_ISO_DATE}(?:[\x00-\x7F]{{2}}|[\u0080-\u07FF])?"
    if _takes_more()
    else _ISO_DATE
)


def day_of(t: Term) -> Term:
    """`date.fromisoformat(text)`."""
    return _read(t, f"^{_ISO_DAY}$", DATE, ("year", "month", "day"), lambda v: days(v["year"], v["month"], v["day"]))


def moment_of(t: Term) -> Term:
    """`datetime.fromisoformat(text)`."""

    def build(values: Mapping[str, str]) -> str:
        offset = f'$_g[9] ? 0 : $_g[10] ? ($_g[10] = "-" ? -1 : 1) * ({_OFFSET}) : null'
        return f'{{"wall": {_moment(values)}, "offset": {offset}}}'

    return _read(t, f"^{_ISO}$", READ, FIELDS[:6], build)


def _micro(group: str) -> str:
    return f'$_n($substring($pad({group} ? {group} : "", 6, "0"), 0, 6))'


_OFFSET = f"($_n($_g[11]) * 3600 + $_n($_g[13]) * 60 + $_n($_g[14])) * 1000000 + {_micro('$_g[15]')}"
_FAR = (
    '($_days := $floor($_at / 86400); $_left := $_at - $_days * 86400; "offset must be a timedelta strictly between '
    '-timedelta(hours=24) and timedelta(hours=24), not datetime.timedelta(days=" & $_days & '
    '($_left = 0 ? "" : ", seconds=" & $_left) & ").")'
)


def _far_zone(groups: str) -> Guard:
    """An offset of a day or more, in seconds as Python shows it."""
    size = f'$_at := ($_g[10] = "-" ? -1 : 1) * $floor(({_OFFSET}) / 1000000)'
    return Guard(f"({groups}; {size}; $abs($_at) > 86399)", quote("ValueError"), f"({groups}; {size}; {_FAR})")


def _read(t: Term, pattern: str, type: Type, fields: Sequence[str], build) -> Term:  # type: ignore[no-untyped-def]
    if t.type != STR:
        raise Refusal(f"fromisoformat() takes text, and this is {t.type}", "datetime.date.fromisoformat(text)")
    number = "$_n := function($_t) { $_t ? $number($_t) : 0 }"
    values = {"year": "$_n($_g[0])", "month": "$_n($_g[2])", "day": "$_n($_g[3])", "hour": "$_n($_g[4])"}
    values |= {"minute": "$_n($_g[6])", "second": "$_n($_g[7])"}
    values["microsecond"] = _micro("$_g[8]")

    def made(text: Term) -> Term:
        groups = f"{number}; $_g := $match({text.text}, /{pattern}/, 1).groups"
        told = f'"Invalid isoformat string: " & {quoted(text.text)}'
        guards = [Guard(f"$not($contains({text.text}, /{pattern}/))", quote("ValueError"), told)]
        if type == READ:
            guards.append(_far_zone(groups))
        for when, words in _limits(values, fields):
            if " > 9999" not in when and " < 0" not in when:
                guards.append(Guard(f"({groups}; {when})", quote("ValueError"), f"({groups}; {words})"))
        return derive(f"({groups}; {build(values)})", type, (text,), guards, deeper=9)

    return bind({"text": t}, made)


# --- constructors


def made_of(parts: Mapping[str, Term], type: Type) -> Term:
    """`datetime(year, month, day, …)` and `date(…)`, of integers."""
    for each in parts.values():
        if each.type != INT:
            raise Refusal(f"the parts of a moment are integers, and this is {each.type}", "datetime.date(2024, 1, 31)")

    def build(*given: Term) -> Term:
        values = {
            **dict.fromkeys(FIELDS, "0"),
            **{name: each.at(PRODUCT) for name, each in zip(parts, given, strict=True)},
        }
        constant = [each.constant for each in given]
        guards = []
        if not all(isinstance(each, int) for each in constant):
            guards = [Guard(when, quote("ValueError"), words) for when, words in _limits(values, tuple(parts))]
        elif problem := message_of(constant):
            raise Refusal(f"{problem}: Python raises ValueError", "datetime.date(2024, 1, 31)")
        if type == DATE:
            return derive(days(values["year"], values["month"], values["day"]), DATE, given, guards, deeper=6)
        return derive(_moment(values), type, given, guards, power=SUM, deeper=8)

    return bind(dict(parts), build)


def message_of(given: Sequence[int]) -> str:
    try:
        datetime.datetime(*given)  # type: ignore[arg-type]
    except ValueError as error:
        return str(error)
    return ""


# --- from one kind to another


def in_utc(t: Term) -> Term:
    """`moment.replace(tzinfo=UTC)`: the clock on the wall, taken for UTC's."""
    if t.type in (NAIVE, DATETIME):
        return t.typed(DATETIME)
    return derive(f"{_base(t)}.wall", DATETIME, (t,))


def as_utc(t: Term) -> Term:
    """`moment.astimezone(UTC)`. Local time is UTC, as everywhere on Step Functions."""
    if t.type in (NAIVE, DATETIME):
        return t.typed(DATETIME)
    return bind({"moment": t}, lambda m: derive(
        f"{m.text}.wall - ({m.text}.offset ? {m.text}.offset : 0)", DATETIME, (m,), power=SUM, deeper=4,
    ))  # fmt: skip


def wall(t: Term) -> Term:
    """The clock on the wall, for what no zone changes: the parts, the day, `strftime`."""
    if t.type == DATE:
        return derive(f"{t.at(PRODUCT)} * {DAY}", NAIVE, (t,), power=PRODUCT, deeper=2)
    return t if t.type != READ else derive(f"{_base(t)}.wall", NAIVE, (t,))


CLOCK = {"hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000, "microsecond": 1}


def with_clock(t: Term, parts: Mapping[str, Term]) -> Term:
    """`moment.replace(hour=0, …)` of constants."""
    for name, each in parts.items():
        if name not in CLOCK or not isinstance(each.constant, int):
            raise Refusal("replace() takes tzinfo=UTC, or a constant hour, minute, second, microsecond", _NOON)
        if problem := message_of([2024, 1, 1, *(each.constant if name == key else 0 for key in CLOCK)]):
            raise Refusal(f"{problem}: Python raises ValueError", _NOON)

    def build(moment: Term) -> Term:
        kept = [f"{part(moment, name).at(PRODUCT)} * {unit}" for name, unit in CLOCK.items() if name not in parts]
        given = sum(int(each.constant) * CLOCK[name] for name, each in parts.items())
        texts = [f"$floor({moment.text} / {DAY}) * {DAY}", *kept, *([str(given)] if given else [])]
        return derive(" + ".join(texts), moment.type, (moment,), power=SUM, deeper=6)

    return bind({"moment": t}, build)


_NOON = "datetime.datetime.now(datetime.timezone.utc).replace(hour=12, minute=0).isoformat()"


def _base(t: Term) -> str:
    return t.text if t.power >= 75 else f"({t.text})"


def date_of(t: Term) -> Term:
    """`moment.date()`."""
    at = wall(t)
    return derive(f"$floor({at.at(PRODUCT)} / {DAY})", DATE, (at,), deeper=3)


def difference(left: Term, right: Term) -> Term:
    """`left - right` of two moments of which only their texts tell whether they have a zone."""

    def build(a: Term, b: Term) -> Term:
        mixed = Guard(
            f"({a.text}.offset = null) != ({b.text}.offset = null)",
            quote("TypeError"),
            quote("can't subtract offset-naive and offset-aware datetimes"),
        )
        shift = " - ".join(f"({each.text}.offset = null ? 0 : {each.text}.offset)" for each in (b, a))
        return derive(f"{a.text}.wall - {b.text}.wall + ({shift})", TIMEDELTA, (a, b), (mixed,), power=SUM, deeper=5)

    return bind({"left": left, "right": right}, build)


def operate(op: str, left: Term, right: Term) -> Term | None:
    """Arithmetic of what is no moment in UTC; None where there is none."""
    match (left.type, op, right.type):
        case (Opaque(name="naive datetime"), "-", Opaque(name="naive datetime")):
            return infix("-", left, right, TIMEDELTA, SUM)
        case (Opaque(name="naive datetime"), "+" | "-", Opaque(name="timedelta")):
            return _within(infix(op, left, right, NAIVE, SUM), 1_000_000)
        case (Opaque(name="read datetime"), "-", Opaque(name="read datetime")):
            return difference(left, right)
        case (Opaque(name="read datetime"), "+" | "-", Opaque(name="timedelta")):
            moved = _within(infix(op, wall(left), right, NAIVE, SUM), 1_000_000)
            text = f'{{"wall": {moved.text}, "offset": {_base(left)}.offset}}'
            return derive(text, READ, (moved,), deeper=2)
        case (Opaque(name="date"), "-", Opaque(name="date")):
            return derive(f"({left.text} - {right.at(SUM + 1)}) * {DAY}", TIMEDELTA, (left, right), power=PRODUCT)
        case (Opaque(name="date"), "+" | "-", Opaque(name="timedelta")):
            known = re.fullmatch(rf"(\d+) \* {DAY}|(\d+)", right.text)
            count = f"$floor({right.at(PRODUCT)} / {DAY})"
            if known and int(known[2] or 0) % DAY == 0:
                count = known[1] or str(int(known[2]) // DAY)
            return _within(derive(f"{left.at(SUM)} {op} {count}", DATE, (left, right), power=SUM, deeper=3), 86400)
    return None


def _within(t: Term, unit: int) -> Term:
    """Python's OverflowError beyond the years 1 to 9999; a day counts 86400 seconds, and a microsecond a millionth."""
    least, most = -62_135_596_800, 253_402_300_799
    ends = (least // 86400, most // 86400) if unit == 86400 else (least * unit, (most + 1) * unit - 1)
    text = t.at(COMPARISON + 1)
    guard = Guard(f"{text} < {ends[0]} or {text} > {ends[1]}", quote("OverflowError"), quote("date value out of range"))
    return replace(t, guards=(*t.guards, guard))


def written(t: Term) -> Term:
    """`str()` of a date or a naive moment."""
    if t.type == DATE:
        return in_picture(wall(t), "[Y0001]-[M01]-[D01]")
    return iso_text(t, " ")


def iso_text(t: Term, separator: str = "T", spec: Term | None = None) -> Term:
    """`isoformat()` of a naive moment, or of one read from a text, with its offset."""
    if t.type != READ:
        return iso(t, separator, spec, "")

    def build(moment: Term) -> Term:
        shift = f"{moment.text}.offset"
        sizes = (("", 3_600_000_000, 100), (":", 60_000_000, 60))
        parts = [f'"{mark}" & $formatNumber($floor($_size / {unit}) % {most}, "00")' for mark, unit, most in sizes]
        seconds = '":" & $formatNumber($floor($_size / 1000000) % 60, "00")'
        micro = '($_size % 1000000 = 0 ? "" : "." & $formatNumber($_size % 1000000, "000000"))'
        rest = f'($_size % 60000000 = 0 ? "" : {seconds} & {micro})'
        zone = f'($_size := $abs({shift}); ({shift} < 0 ? "-" : "+") & {" & ".join(parts)} & {rest})'
        text = f'{iso(wall(moment), separator, spec, "").at(SUM)} & ({shift} = null ? "" : {zone})'
        return derive(text, STR, (moment,), power=SUM, deeper=9)

    return bind({"moment": t}, build)
