"""The best, the middle, the place: `heapq`, `statistics`, `bisect`, and the functions of `operator`."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import replace

from treadle.language.exact import comprehensions, lists, slices
from treadle.language.exact.building import at_index, bind, derive, invoke, item_type, quote
from treadle.language.exact.comparison import compare
from treadle.language.exact.functions import Argument, Call, rule
from treadle.language.exact.membership import contains
from treadle.language.exact.numbers import is_whole, message
from treadle.language.exact.truth import inverse, truth
from treadle.language.term import Function, Guard, Refusal, Term
from treadle.language.types import BOOL, FLOAT, INT, NEVER, NULL, NUMBER, STR, is_number, members

# --- heapq


@rule("heapq.nlargest", "heapq.nsmallest")
def _best(given: Call) -> Term:
    """As its documentation says: `sorted(iterable, key=key, reverse=True)[:n]`."""
    count, source, key = given.arguments(2, "n iterable key")
    if not isinstance(count, Term) or count.type != INT:
        raise Refusal(f"{given.name}() takes a whole number first", f"{given.name}(3, items)")
    largest = Term("true", BOOL, constant=True) if given.name == "heapq.nlargest" else None
    order = comprehensions.ordered(source, _key(key, given.name), largest)
    most = (
        count
        if isinstance(count.constant, int) and count.constant >= 0
        else invoke("max", f"[0, {count.text}]", type=INT)
    )
    most = replace(most, guards=())
    return replace(slices.cut(order, None, most, None), guards=count.guards + order.guards)


def _key(key: Argument | None, name: str) -> Function | None:
    if key is None or (isinstance(key, Term) and key.type == NULL):
        return None
    if isinstance(key, Term):
        raise Refusal("key= takes a function", f"{name}(3, items, key=lambda item: item)")
    return key


# --- statistics


def _numbers(given: Call) -> Term:
    (source,) = given.terms(1, "data")
    items = lists.iterate(source)
    item = item_type(items.type)
    if not (is_number(item) or item == NEVER):
        raise Refusal(f"{given.name}() of {item} is not known", f"{given.name}([float(x) for x in items])")
    return items


def _empty(items: Term, says: Callable[[], object]) -> Guard:
    return Guard(f"$count({items.text}) = 0", quote("StatisticsError"), quote(message(says)))


@rule("statistics.mean", "statistics.fmean")
def _mean(given: Call) -> Term:
    items = _numbers(given)
    exact_mean = given.name == "statistics.mean"
    if not is_whole(item_type(items.type)):
        raise Refusal(
            f"{given.name}() of floats adds without rounding, which JSONata cannot", "sum(items) / len(items)"
        )
    says = (lambda: statistics.mean([])) if exact_mean else (lambda: statistics.fmean([]))

    def build(xs: Term) -> Term:
        text = f"$sum({xs.text}) / $count({xs.text})"
        return derive(text, NUMBER if exact_mean else FLOAT, (xs,), (_empty(xs, says),), power=60, deeper=2)

    return bind({"items": items}, build)


@rule("statistics.median", "statistics.median_low", "statistics.median_high")
def _median(given: Call) -> Term:
    items = _numbers(given)
    item = item_type(items.type)
    order = comprehensions.ordered(items, None, None)
    word = given.name.rpartition(".")[2]

    def build(xs: Term) -> Term:
        size = f"$count({xs.text})"
        guard = _empty(xs, lambda: statistics.median([]))
        if word != "median":
            place = f"$floor({size} / 2)" if word == "median_high" else f"$ceil({size} / 2) - 1"
            return replace(at_index(xs, place, item), guards=(guard,))
        middle = f"$_middle := $floor({size} / 2)"
        even = f"({xs.text}[$_middle - 1] + {xs.text}[$_middle]) / 2"
        text = f"({middle}; {size} % 2 = 1 ? {xs.text}[$_middle] : {even})"
        return derive(text, FLOAT if item == FLOAT else NUMBER, (xs,), (guard,), deeper=4)

    return bind({"items": order}, build)


@rule("statistics.mode")
def _mode(given: Call) -> Term:
    """The item that is there most often, the first of those."""
    (source,) = given.terms(1, "data")
    items = lists.iterate(source)
    item = item_type(items.type)
    if any(member not in (STR, INT, FLOAT, NULL, NEVER) for member in members(item)):
        raise Refusal(f"statistics.mode() of {item} is not known", "statistics.mode(names)")

    def build(xs: Term) -> Term:
        often = [f"$count({xs.text}[$ = {name}])" for name in ("$_new", "$_best")]
        text = f"$reduce($distinct({xs.text}), function($_best, $_new) {{ {often[0]} > {often[1]} ? $_new : $_best }})"
        return derive(text, item, (xs,), (_empty(xs, lambda: statistics.mode([])),), deeper=5)

    return bind({"items": items}, build)


# --- bisect


@rule("bisect.bisect", "bisect.bisect_right", "bisect.bisect_left")
def _bisect(given: Call) -> Term:
    """The search that Python makes, so that it finds the same place in a list that is not in order."""
    source, sought = given.terms(2, "a x")
    items = lists.iterate(source)
    item = item_type(items.type)

    def build(xs: Term, x: Term) -> Term:
        middle = Term(f"{xs.text}[$_middle]", item)
        left = compare("<", middle, x) if given.name == "bisect.bisect_left" else inverse(compare("<", x, middle))
        if left.guards:
            raise Refusal(f"the order of {item} and {x.type} is not known", "bisect.bisect(numbers, 3)")
        upper = '{"low": $_middle + 1, "high": $_part.high}'
        lower = '{"low": $_part.low, "high": $_middle}'
        half = f"($_middle := $floor(($_part.low + $_part.high) / 2); {left.text} ? {upper} : {lower})"
        turn = f"function($_part, $_turn) {{ $_part.low < $_part.high ? {half} : $_part }}"
        # 2^20 is more than the items that a list can have.
        text = f'$reduce([1..20], {turn}, {{"low": 0, "high": $count({xs.text})}}).low'
        return derive(text, INT, (xs, x), deeper=6)

    return bind({"items": items, "sought": sought}, build)


# --- operator

_OPERATORS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "concat": "+",
    "and_": "&", "or_": "|", "xor": "^", "lshift": "<<", "rshift": ">>",
}  # fmt: skip
_COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=", "is_": "is", "is_not": "is not"}


@rule(*(f"operator.{name}" for name in _OPERATORS))
def _operator(given: Call) -> Term:
    from treadle.language.exact import binary

    return binary(_OPERATORS[given.name.partition(".")[2]], *given.terms(2, "a b"))


@rule(*(f"operator.{name}" for name in _COMPARISONS))
def _comparison(given: Call) -> Term:
    return compare(_COMPARISONS[given.name.partition(".")[2]], *given.terms(2, "a b"))


@rule("operator.neg", "operator.pos", "operator.not_", "operator.truth", "operator.invert")
def _unary(given: Call) -> Term:
    from treadle.language.exact import unary

    (t,) = given.terms(1, "a")
    word = given.name.partition(".")[2]
    return truth(t) if word == "truth" else unary({"neg": "-", "pos": "+", "not_": "not", "invert": "~"}[word], t)


@rule("operator.contains")
def _contains(given: Call) -> Term:
    whole, sought = given.terms(2, "a b")
    return contains(sought, whole)


@rule("operator.getitem")
def _getitem(given: Call) -> Term:
    from treadle.language.exact import subscript

    return subscript(*given.terms(2, "a b"))


def getter(keys: list[object]) -> Function:
    """`operator.itemgetter(key, …)`."""
    from treadle.language.exact import display_tuple, literal, subscript
    from treadle.language.term import Item

    def get(t: Term) -> Term:
        found = [subscript(t, literal(key)) for key in keys]
        return found[0] if len(found) == 1 else display_tuple([Item(each) for each in found])

    return Function(1, get)
