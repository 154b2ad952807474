"""The methods of the objects that JSON has no word for: moments, spans, matches, bytes, digests."""

from __future__ import annotations

from collections.abc import Callable

from treadle.language.exact import encoding, regex, sets, time
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
    return time.written(t, mark, spec)


def _group(t: Term, given: Call) -> Term:
    return regex.pick(t, given.terms(0, " ".join(f"group{at}" for at in range(len(given.items)))))


OPAQUE: dict[str, dict[str, Method]] = {
    "set": sets.METHODS,
    "datetime": {
        "isoformat": _isoformat,
        "strftime": lambda t, given: time.strftime(t, *given.terms(1, "format")),
        "timestamp": lambda t, given: time.timestamp(t),
        "weekday": lambda t, given: time.weekday(t),
        "isoweekday": lambda t, given: time.weekday(t, iso=True),
    },
    "timedelta": {"total_seconds": lambda t, given: time.total_seconds(t)},
    "bytes": {"decode": lambda t, given: encoding.decode(t, *given.terms(0, "encoding"))},
    "base64": {"decode": lambda t, given: encoding.decode(t, *given.terms(0, "encoding"))},
    "digest": {"hexdigest": lambda t, given: t.typed(STR)},
    "match": {
        "group": _group,
        "groups": lambda t, given: regex.groups(t, *given.terms(0, "default")),
        "groupdict": lambda t, given: regex.group_dict(*[t, *given.terms(0)]),
        "start": lambda t, given: regex.start(*[t, *given.terms(0)]),
        "end": lambda t, given: regex.end(*[t, *given.terms(0)]),
        "span": lambda t, given: regex.span(*[t, *given.terms(0)]),
    },
}
