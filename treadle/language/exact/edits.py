"""What a list is after a change: `append`, `insert`, `xs[i] = x`, `del xs[i]`, `pop`, `remove`."""

from __future__ import annotations

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
from treadle.language.types import INT, List, union


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
