"""`random` and `uuid`: another value each time, so each is evaluated once."""

from __future__ import annotations

from dataclasses import replace

from treadle.language.exact.building import bind, derive, invoke, is_array, item_type, quote
from treadle.language.exact.equality import number
from treadle.language.exact.numbers import is_numeric, is_whole, message
from treadle.language.term import SUM, Guard, Refusal, Term
from treadle.language.types import FLOAT, INT, STR, Opaque

UUID = Opaque("uuid")
EMPTY = message(lambda: __import__("random").choice([]))
NO_RANGE = message(lambda: __import__("random").randint(5, 1))


def random() -> Term:
    return replace(Term("$random()", FLOAT), fleeting=True)


def uniform(low: Term, high: Term) -> Term:
    if not (is_numeric(low.type) and is_numeric(high.type)):
        raise Refusal("random.uniform() takes two numbers", "random.uniform(0.0, 1.0)")

    def build(a: Term, b: Term) -> Term:
        text = f"{a.text} + ({b.text} - {a.text}) * $random()"
        return replace(derive(text, FLOAT, (a, b), power=SUM), fleeting=True)

    return bind({"low": number(low), "high": number(high)}, build)


def integer(low: Term, high: Term) -> Term:
    """`random.randint(low, high)`."""
    if not (is_whole(low.type) and is_whole(high.type)):
        raise Refusal("random.randint() takes two integers", "random.randint(1, 6)")

    def build(a: Term, b: Term) -> Term:
        known = [each.constant for each in (a, b) if isinstance(each.constant, int)]
        guard = Guard(f"{b.text} < {a.text}", quote("ValueError"), _no_range(a.text, b.text))
        guards = () if len(known) == 2 and known[0] <= known[1] else (guard,)
        text = f"{a.text} + $floor($random() * ({b.text} - {a.text} + 1))"
        return replace(derive(text, INT, (a, b), guards, power=SUM), fleeting=True)

    return bind({"low": low, "high": high}, build)


def _no_range(low: str, high: str) -> str:
    if NO_RANGE.endswith("(5, 1)"):
        shown = [low, high]
    else:  # until Python 3.12: the bounds of randrange(), and their distance
        shown = [low, f"({high} + 1)", f"({high} + 1 - ({low}))"]
    return " & ".join([quote(NO_RANGE[: NO_RANGE.index("(5") + 1]), ' & ", " & '.join(shown), quote(")")])


def choice(items: Term) -> Term:
    if not is_array(items.type):
        raise Refusal(f"random.choice() takes a list, and this is {items.type}", "random.choice(list(names))")

    def build(whole: Term) -> Term:
        guard = Guard(f"$count({whole.text}) = 0", quote("IndexError"), quote(EMPTY))
        text = f"($_at := $floor($random() * $count({whole.text})); {whole.text}[$_at])"
        return replace(derive(text, item_type(items.type), (whole,), (guard,), deeper=3), fleeting=True)

    return bind({"items": items}, build)


def uuid4() -> Term:
    return replace(Term("$uuid()", UUID), fleeting=True)


def uuid_hex(t: Term) -> Term:
    return invoke("replace", t, '"-"', '""', type=STR)
