"""The methods of the objects that JSON has no word for: moments, spans, matches, bytes, digests."""

from __future__ import annotations

from collections.abc import Callable

from treadle.language.exact import encoding, matches, moments, sets, time
from treadle.language.exact.functions import Call
from treadle.language.term import Refusal, Term
from treadle.language.types import STR

Method = Callable[[Term, Call], Term]


def _isoformat(t: Term, given: Call) -> Term:
    separator, spec = given.terms(0, "sep timespec")
    mark = "T" if separator is None else separator.constant
    if mark not in ("T", " "):
        raise Refusal(
            "isoformat() takes 'T' or ' ' between date and time",
            "datetime.datetime.now(datetime.timezone.utc).isoformat()",
        )
    return time.written(t, mark, spec) if t.type == time.DATETIME else moments.iso_text(t, mark, spec)


def _replace(t: Term, given: Call) -> Term:
    found = {name: value for name, value in given.keywords.items() if isinstance(value, Term)}
    if given.items or len(found) < len(given.keywords):
        raise Refusal("replace() takes named values", "datetime.datetime.now(datetime.timezone.utc).replace(hour=0)")
    if "tzinfo" in found:
        time.in_zone(found.pop("tzinfo"))
        t = moments.in_utc(t)
    elif t.type == moments.READ:
        raise Refusal(
            "replace() of a moment that may have a zone", "datetime.datetime.now(datetime.UTC).replace(hour=0)"
        )
    return moments.with_clock(t, found) if found else t


def _timestamp(t: Term, given: Call) -> Term:
    if t.type != time.DATETIME:
        raise Refusal(
            "timestamp() of a moment without a zone depends on the machine it runs on",
            "datetime.datetime.now(datetime.timezone.utc).timestamp()",
        )
    return time.total_seconds(*[t, *given.terms(0)])


def _astimezone(t: Term, given: Call) -> Term:
    (zone,) = given.terms(1, "tz")
    time.in_zone(zone)
    return moments.as_utc(t)


DAYS: dict[str, Method] = {
    "strftime": lambda t, given: time.strftime(moments.wall(t), *given.terms(1, "format")),
    "weekday": lambda t, given: time.weekday(moments.wall(t)),
    "isoweekday": lambda t, given: time.weekday(moments.wall(t), iso=True),
}
MOMENTS: dict[str, Method] = {
    **DAYS,
    "date": lambda t, given: moments.date_of(t),
    "replace": _replace,
    "astimezone": _astimezone,
    "isoformat": _isoformat,
    "timestamp": _timestamp,
}


def _group(t: Term, given: Call) -> Term:
    return matches.pick(t, given.terms(0, " ".join(f"group{at}" for at in range(len(given.items)))))


OPAQUE: dict[str, dict[str, Method]] = {
    "set": sets.METHODS,
    "datetime": MOMENTS,
    "naive datetime": MOMENTS,
    "read datetime": MOMENTS,
    "date": {**DAYS, "isoformat": lambda t, given: moments.written(*[t, *given.terms(0)])},
    "timedelta": {"total_seconds": lambda t, given: time.total_seconds(t)},
    "bytes": {"decode": lambda t, given: encoding.decode(t, *given.terms(0, "encoding"))},
    "base64": {"decode": lambda t, given: encoding.decode(t, *given.terms(0, "encoding"))},
    "digest": {"hexdigest": lambda t, given: t.typed(STR)},
    "match": {
        "group": _group,
        "groups": lambda t, given: matches.groups(t, *given.terms(0, "default")),
        "groupdict": lambda t, given: matches.group_dict(*[t, *given.terms(0)]),
        "start": lambda t, given: matches.start(*[t, *given.terms(0)]),
        "end": lambda t, given: matches.end(*[t, *given.terms(0)]),
        "span": lambda t, given: matches.span(*[t, *given.terms(0)]),
    },
}
