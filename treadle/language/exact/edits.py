"""What a list is after a change: `append`, `insert`, `xs[i] = x`, `del xs[i]`, `pop`, `remove`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from treadle.language.exact import lists, slices
from treadle.language.exact.building import (
    array,
    bind,
    choose,
    derive,
    element,
    filtered,
    item_type,
    maybe_array,
    quote,
    spread,
)
from treadle.language.term import BIND, Guard, Refusal, Term
from treadle.language.types import INT, NULL, List, union


def appended(items: Term, item: Term) -> Term:
    """`items.append(item)`."""
    text = f"$append({items.at(BIND + 1)}, [{element(item)}])"
    return derive(text, List(union((item_type(items.type), item.type))), (items, item))


def inserted(items: Term, index: Term, item: Term) -> Term:
    def build(whole: Term, place: Term) -> Term:
        before, after = slices.cut_list(whole, None, place, 1), slices.cut_list(whole, place, None, 1)
        return derive(
            array([spread(before), element(item), spread(after)]),
            List(union((item_type(items.type), item.type))),
            (before, item, after),
        )

    return bind({"items": items, "place": index}, build, item)


def placed(items: Term, index: Term, value: Term) -> Term:
    """The list after `items[index] = value`."""
    type = List(union((item_type(items.type), value.type)))

    def build(whole: Term, place: Term, new: Term) -> Term:
        guard = Guard(
            lists.outside(f"$count({whole.text})", place),
            quote("IndexError"),
            quote("list assignment index out of range"),
        )
        target = slices.from_end(place, f"$count({whole.text})")
        picked = choose(f"$_at = {target}", new.text, "$_item")
        keep = "[]" if maybe_array(type.item) else ""
        text = f"[$map({whole.text}, function($_item, $_at) {{ {picked} }}){keep}]"
        return derive(text, type, (whole, place, new), (guard,), deeper=4)

    return bind({"value": value, "items": items, "place": index}, lambda new, whole, place: build(whole, place, new))


def dropped(items: Term, index: Term, error: str = "list assignment index out of range") -> Term:
    """The list after `del items[index]`."""

    def build(whole: Term, place: Term) -> Term:
        guard = Guard(lists.outside(f"$count({whole.text})", place), quote("IndexError"), quote(error))
        target = slices.from_end(place, f"$count({whole.text})")
        text = filtered(whole, "$_item, $_at", f"$_at != {target}")
        return derive(text, items.type, (whole, place), (guard,), deeper=4)

    return bind({"items": items, "place": index}, build)


def popped(items: Term, index: Term | None) -> tuple[Term, Term]:
    """The list after `items.pop(index)`, and the item."""
    place = Term("-1", INT, constant=-1) if index is None else index
    if place.type != INT:
        raise Refusal("pop() of a list takes an integer", "items.pop(0)")

    def empty(whole: Term) -> Guard:
        return Guard(f"$count({whole.text}) = 0", quote("IndexError"), quote("pop from empty list"))

    rest = bind({"items": items}, lambda whole: replace(dropped(whole, place, "pop index out of range"), guards=()))
    both_guards = bind(
        {"items": items, "place": place},
        lambda whole, at_: derive(
            whole.text,
            items.type,
            (whole, at_),
            (
                empty(whole),
                Guard(
                    lists.outside(f"$count({whole.text})", at_), quote("IndexError"), quote("pop index out of range")
                ),
            ),
        ),
    )
    item = replace(lists.at(replace(items, guards=()), replace(place, guards=())), guards=both_guards.guards)
    return replace(rest, guards=both_guards.guards), item


def removed(items: Term, item: Term) -> Term:
    """The list after `items.remove(item)`: the first equal one is gone."""

    def build(whole: Term, gone: Term) -> Term:
        place = lists.first_place(whole, gone)
        guard = Guard(f"$not($exists({place}))", quote("ValueError"), quote("list.remove(x): x not in list"))
        rest = filtered(whole, "$_item, $_at", "$_at != $_gone")
        return derive(f"($_gone := {place}; {rest})", items.type, (whole, gone), (guard,), deeper=5)

    return bind({"items": items, "sought": item}, build)


# --- slices


def _bounds(lower: Term | None, upper: Term | None, step: Term | None, after: str) -> int:
    """The step of a slice that is deleted, or given what is written `after` it; once its bounds are checked."""
    before = "" if after else "del "
    pace = 1 if step is None or step.type == NULL else step.constant
    if not isinstance(pace, int) or pace < 1:
        raise Refusal("the step of a slice that changes is a constant of at least 1", before + "items[::2]" + after)
    for bound in (lower, upper):
        if bound is not None and bound.type not in (INT, NULL):
            raise Refusal(f"slice indices must be integers, not {bound.type}", before + "items[1:3]" + after)
    return pace


def _named(items: Term, lower: Term | None, upper: Term | None) -> tuple[dict[str, Term], list[str]]:
    found = {"items": items}
    for name, bound in (("lower", lower), ("upper", upper)):
        if bound is not None and bound.type != NULL:
            found[name] = bound
    return found, [name for name in found if name != "items"]


def _first(bound: Term | None, size: str) -> str:
    """Where a slice begins: not before the list."""
    if bound is None:
        return "0"
    from_end = slices.from_end(bound, size)
    return from_end if isinstance(bound.constant, int) and bound.constant >= 0 else f"$max([0, {from_end}])"


def cut_out(items: Term, lower: Term | None, upper: Term | None, step: Term | None) -> Term:
    """The list after `del items[lower:upper:step]`."""
    pace = _bounds(lower, upper, step, "")
    named, given = _named(items, lower, upper)

    def build(whole: Term, *bounds: Term) -> Term:
        limits = dict(zip(given, bounds, strict=True))
        size = f"$count({whole.text})"
        start = _first(limits.get("lower"), size)
        kept = [] if start == "0" else [f"$_at < {start}"]
        if "upper" in limits:
            kept.append(f"$_at >= {slices.from_end(limits['upper'], size)}")
        if pace != 1:
            kept.append(f"($_at - {start}) % {pace} != 0" if start != "0" else f"$_at % {pace} != 0")
        if not kept:
            return derive("[]", items.type, (whole,))
        return derive(filtered(whole, "$_item, $_at", " or ".join(kept)), items.type, (whole, *bounds), deeper=4)

    return bind(named, build)


def spliced(items: Term, lower: Term | None, upper: Term | None, step: Term | None, new: Term) -> Term:
    """The list after `items[lower:upper:step] = new`."""
    pace = _bounds(lower, upper, step, " = [x]")
    more = lists.iterate(new)
    type = List(union((item_type(items.type), item_type(more.type))))
    named, given = _named(items, lower, upper)

    def build(added: Term, whole: Term, *bounds: Term) -> Term:
        limits = dict(zip(given, bounds, strict=True))
        size = f"$count({whole.text})"
        start = _first(limits.get("lower"), size)
        stop = slices.from_end(limits["upper"], size) if "upper" in limits else size
        if pace != 1:
            return _every(whole, added, start, f"$min([{size}, {stop}])", pace, type, bounds)
        if not bounds:
            return derive(added.text, type, (whole, added))
        before = filtered(whole, "$_item, $_at", f"$_at < {start}") if start != "0" else ""
        end = stop if start == "0" or stop == size else f"$max([{start}, {stop}])"
        after = filtered(whole, "$_item, $_at", f"$_at >= {end}") if "upper" in limits else ""
        parts = [part for part in (before, spread(added), after) if part]
        opened = [f"({part})" if part.startswith("[") else part for part in parts]
        return derive(array(opened), type, (whole, added, *bounds), deeper=5)

    return bind({"added": more, **named}, build)


def _every(whole: Term, new: Term, start: str, stop: str, pace: int, type: List, bounds: Sequence[Term]) -> Term:
    """Every so many items replaced: as many as there are."""
    count = f"$max([0, $ceil(({stop} - {start}) / {pace})])"
    says = f'"attempt to assign sequence of size " & $count({new.text}) & " to extended slice of size " & {count}'
    guard = Guard(f"$count({new.text}) != {count}", quote("ValueError"), says)
    hit = f"$_at >= {start} and $_at < {stop} and ($_at - {start}) % {pace} = 0"
    picked = choose(hit, f"{new.text}[($_at - {start}) / {pace}]", "$_item")
    keep = "[]" if maybe_array(type.item) else ""
    text = f"[$map({whole.text}, function($_item, $_at) {{ {picked} }}){keep}]"
    return derive(text, type, (whole, new, *bounds), (guard,), deeper=5)
