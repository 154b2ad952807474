"""Slices of lists, tuples and texts."""

from __future__ import annotations

from treadle.language.exact import strings
from treadle.language.exact.building import at_index, bind, derive, filtered, invoke, item_type
from treadle.language.exact.lists import display
from treadle.language.term import MISSING, Item, Refusal, Term
from treadle.language.types import INT, NULL, STR, List, Tuple


def cut(value: Term, lower: Term | None, upper: Term | None, step: Term | None) -> Term:
    """`value[lower:upper:step]`."""
    bounds = [None if bound is None or bound.type == NULL else bound for bound in (lower, upper, step)]
    lower, upper, step = bounds
    for bound in bounds:
        if bound is not None and bound.type != INT:
            raise Refusal(f"slice indices must be integers, not {bound.type}", "items[1:3]")
    pace = 1 if step is None else step.constant
    if not isinstance(pace, int):
        raise Refusal("the step of a slice must be a constant", "items[::2]")
    if pace == 0:
        raise Refusal("slice step cannot be zero: Python raises ValueError", "items[::1]")
    if isinstance(value.type, Tuple):
        return _cut_tuple(value, lower, upper, pace)
    if pace < 0:
        if lower is not None or upper is not None:
            raise Refusal("a slice that goes backwards takes no bounds here", "items[1:3][::-1]")
        backward = turned(value if value.type != STR else strings.letters(value))
        sliced = backward if pace == -1 else cut(backward, None, None, Term(str(-pace), INT, constant=-pace))
    elif value.type == STR and pace == 1:
        return _cut_text(value, lower, upper)
    else:
        sliced = cut_list(value if value.type != STR else strings.letters(value), lower, upper, pace)
    return invoke("join", sliced, type=STR) if value.type == STR else sliced


def _cut_tuple(value: Term, lower: Term | None, upper: Term | None, pace: int) -> Term:
    assert isinstance(value.type, Tuple)
    limits = [None if bound is None else bound.constant for bound in (lower, upper)]
    if any(limit is MISSING for limit in limits):
        raise Refusal("a tuple is sliced by constants", "[x, y][i:]")
    places = range(len(value.type.items))[limits[0] : limits[1] : pace]

    def build(whole: Term) -> Term:
        parts = [Item(at_index(whole, str(place), value.type.items[place])) for place in places]  # type: ignore[attr-defined]
        return display(parts, fixed=True)

    return bind({"pair": value}, build)


def cut_list(value: Term, lower: Term | None, upper: Term | None, pace: int) -> Term:
    type = value.type if isinstance(value.type, List) else List(item_type(value.type))
    if lower is None and upper is None and pace == 1:
        return value.typed(type)
    operands = {"items": value}
    if lower is not None:
        operands["lower"] = lower
    if upper is not None:
        operands["upper"] = upper

    def build(items: Term, *bounds: Term) -> Term:
        limits = iter(bounds)
        size = f"$count({items.text})"
        start = next(limits) if lower is not None else None
        stop = next(limits) if upper is not None else None
        tests = []
        if start is not None and start.constant != 0:
            tests.append(f"$_at >= {from_end(start, size)}")
        if stop is not None:
            tests.append(f"$_at < {from_end(stop, size)}")
        if pace != 1:
            first = "0" if start is None or start.constant == 0 else from_end(start, size)
            if start is not None and not (isinstance(start.constant, int) and start.constant >= 0):
                first = f"$max([0, {first}])"
            tests.append(f"($_at - {first}) % {pace} = 0" if first != "0" else f"$_at % {pace} = 0")
        if not tests:
            return derive(items.text, type, (items,))
        text = filtered(items, "$_item, $_at", " and ".join(tests))
        return derive(text, type, (items, *bounds), deeper=4)

    return bind(operands, build)


def from_end(bound: Term, size: str) -> str:
    """The place a bound means: a negative one counts from the end."""
    if isinstance(bound.constant, int):
        return str(bound.constant) if bound.constant >= 0 else f"{size} - {-bound.constant}"
    return f"({bound.text} < 0 ? {bound.text} + {size} : {bound.text})"


def _cut_text(value: Term, lower: Term | None, upper: Term | None) -> Term:
    known = [None if bound is None else bound.constant for bound in (lower, upper)]
    first, last = known
    if first in (None, 0):
        first = 0
    if last is None and upper is None:
        if first == 0:
            return value
        if isinstance(first, int):
            return strings.substring(value, str(first))
    if isinstance(first, int) and first >= 0 and isinstance(last, int) and last >= 0:
        return strings.substring(value, str(first), str(max(0, last - first)))

    operands = {"text": value}
    if lower is not None and first != 0:
        operands["lower"] = lower
    if upper is not None:
        operands["upper"] = upper

    def build(text: Term, *bounds: Term) -> Term:
        limits = iter(bounds)
        size = f"$length({text.text})"
        start = _place(next(limits), size) if "lower" in operands else "0"
        if upper is None:
            return strings.substring(text, start, None, *bounds)
        stop = _place(next(limits), size)
        if start == "0":
            return strings.substring(text, "0", stop, *bounds)
        if start.isdigit():
            return strings.substring(text, start, f"{stop} - {start}", *bounds)
        whole = f"($_start := {start}; $substring({text.text}, $_start, {stop} - $_start))"
        return derive(whole, STR, (text, *bounds), deeper=3)

    return bind(operands, build)


def _place(bound: Term, size: str) -> str:
    """A bound of a text, never below 0: `$substring` counts a negative start from the end."""
    if isinstance(bound.constant, int) and bound.constant >= 0:
        return str(bound.constant)
    return f"$max([0, {from_end(bound, size)}])"


def turned(value: Term) -> Term:
    """The items in reverse order, as a list."""
    type = value.type if isinstance(value.type, List) else List(item_type(value.type))
    return invoke("reverse", value, type=type)
