"""Lists and tuples: displays, indexing, slices, and the methods that change them. An item stays one item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from treadle.language.exact import strings
from treadle.language.exact.building import (
    array,
    at_index,
    bind,
    derive,
    element,
    filtered,
    invoke,
    is_array,
    item_type,
    quote,
    spread,
)
from treadle.language.exact.comparison import compare
from treadle.language.exact.equality import number
from treadle.language.exact.kinds import name_of
from treadle.language.term import BIND, MISSING, SUM, Guard, Item, Refusal, Term
from treadle.language.types import (
    ANY,
    BOOL,
    INT,
    NEVER,
    STR,
    Dict,
    List,
    Opaque,
    Record,
    Tuple,
    Type,
    members,
    union,
)

RANGE = Opaque("range", (INT,))


def iterator(item: Type) -> Opaque:
    """What `zip`, `map`, `enumerate` … give: an array that is gone through once."""
    return Opaque("iterator", (item,))


def iterate(t: Term, before: str = "'", after: str = "' object is not iterable") -> Term:
    """What `for x in t` goes over, as a list. `before` and `after` are the TypeError's text around the type's name."""
    if is_array(t.type):
        if isinstance(t.type, Opaque) and t.type.name == "set":
            raise Refusal("the order of a set is not the same in every run", "sorted(xs)")
        return t if isinstance(t.type, List) else t.typed(List(item_type(t.type)))
    if t.type == STR:
        return strings.letters(t)
    if t.type == NEVER:
        return derive("[]", List(NEVER), (t,))
    if all(isinstance(member, (Dict, Record)) for member in members(t.type)):
        return derive(f"[$keys({t.at(BIND + 1)})]", List(STR), (t,))
    if t.type == ANY:
        return bind({"value": t}, lambda found: _any_items(found, before, after))
    raise Refusal(f"a value of type {t.type} cannot be gone through", "[x for x in items or []]")


def _any_items(t: Term, before: str, after: str) -> Term:
    """The items of whatever it is; Python's TypeError where it has none."""
    x = t.text
    cause = f"{quote(before)} & {name_of(x)}" + (f" & {quote(after)}" if after else "")
    guard = Guard(f'$type({x}) in ["null", "boolean", "number"]', quote("TypeError"), cause)
    letters = strings.letters(t).text
    text = f'($type({x}) = "array" ? {x} : $type({x}) = "object" ? [$keys({x})] : {letters})'
    return derive(text, List(ANY), (t,), (guard,), deeper=4)


def display(items: Sequence[Item], *, fixed: bool = False) -> Term:
    """`[a, *b]`, and `(a, b)` when fixed."""
    texts, types, operands = [], [], []
    known = True
    for each in items:
        if not each.star:
            texts.append(element(each.value))
            types.append(each.value.type)
            operands.append(each.value)
            continue
        value = iterate(each.value, "Value after * must be an iterable, not ", "")
        texts.append(spread(value))
        operands.append(value)
        if isinstance(each.value.type, Tuple):
            types.extend(each.value.type.items)
        else:
            known = False
            types.append(item_type(value.type))
    if fixed and not known:
        raise Refusal("a tuple with *items has no known length", "[a, *items]")
    type: Type = Tuple(tuple(types)) if fixed else List(union(types))
    constants = [each.value.constant for each in items]
    constant: object = MISSING
    if fixed and known and all(value is not MISSING for value in constants) and not any(each.star for each in items):
        constant = tuple(constants)
    return replace(derive(array(texts), type, operands), constant=constant)


def parts(pair: Term) -> list[Term]:
    """The items of a tuple, each a term of its own."""
    assert isinstance(pair.type, Tuple)
    return [
        replace(at_index(pair, str(at), type), guards=pair.guards if at == 0 else ())
        for at, type in enumerate(pair.type.items)
    ]


# --- indexing


def at(value: Term, index: Term) -> Term:
    """`value[index]` of a list, a tuple or a text."""
    if index.type == BOOL:
        index = number(index)
    if index.type != INT:
        if value.type == STR:
            raise Refusal(f"string indices must be integers, not '{index.type}'", "text[0]")
        raise Refusal(f"list indices must be integers or slices, not {index.type}", "items[0]")
    if isinstance(value.type, Tuple):
        return _tuple_item(value, index)
    whole = "string" if value.type == STR else "range object" if value.type == RANGE else "list"
    item = STR if value.type == STR else item_type(value.type)

    def build(items: Term, place: Term) -> Term:
        size = strings.length(items).text if value.type == STR else f"$count({items.text})"
        guard = Guard(outside(size, place), quote("IndexError"), quote(f"{whole} index out of range"))
        if value.type == STR:
            return derive(f"$substring({items.text}, {place.text}, 1)", STR, (items, place), (guard,), deeper=2)
        return replace(at_index(items, place.text, item), guards=(guard,))

    named = {"items": value, "place": index}
    if isinstance(index.constant, int):
        return bind(named, build) if value.type == STR or value.guards else _known_place(value, index, build)
    return bind(named, build)


def _known_place(value: Term, index: Term, build) -> Term:  # type: ignore[no-untyped-def]
    """A constant index: the text names the list once, so only the guard repeats it."""
    built: Term = build(value, index)
    return replace(built, guards=value.guards + index.guards + built.guards)


def outside(size: str, place: Term) -> str:
    if isinstance(place.constant, int):
        least = place.constant + 1 if place.constant >= 0 else -place.constant
        return f"{size} < {least}"
    return f"{place.text} >= {size} or {place.text} < -{size}"


def _tuple_item(value: Term, index: Term) -> Term:
    assert isinstance(value.type, Tuple)
    if not isinstance(index.constant, int):
        raise Refusal("a tuple is indexed by a constant", "[x, y][i]")
    if not -len(value.type.items) <= index.constant < len(value.type.items):
        raise Refusal("tuple index out of range: Python raises IndexError", "(x, y)[0]")
    return at_index(value, index.text, value.type.items[index.constant])


# --- joining


def concatenate(left: Term, right: Term) -> Term:
    """`left + right` of two lists or two tuples."""
    if isinstance(left.type, Tuple) and isinstance(right.type, Tuple):
        return invoke("append", left, right, type=Tuple(left.type.items + right.type.items))
    if isinstance(left.type, Tuple) or isinstance(right.type, Tuple):
        raise Refusal(
            "can only concatenate a list to a list, a tuple to a tuple; Python raises TypeError", "[*xs, *ys]"
        )
    return invoke("append", left, right, type=List(union((item_type(left.type), item_type(right.type)))))


def repeat(value: Term, count: Term) -> Term:
    """`items * count`."""
    item = item_type(value.type)
    if isinstance(value.type, Tuple):
        if not isinstance(count.constant, int):
            raise Refusal("a tuple is repeated a constant number of times", "[x, y] * n")
        return display([Item(value, star=True)] * max(0, count.constant), fixed=True)

    def build(items: Term) -> Term:
        times = f"[1..{count.at(SUM)}]"
        text = f"$reduce({times}, function($_all, $_at) {{ $append($_all, {items.text}) }}, [])"
        return derive(text, List(item), (items, replace(count, guards=())), deeper=3)

    built = bind({"items": value}, build, count)
    return replace(built, guards=value.guards + count.guards)


# --- looking for an item


def first_place(items: Term, sought: Term, bounds: str = "") -> str:
    test = compare("==", Term("$_each", item_type(items.type)), sought).text
    places = f"$map({items.text}, function($_each, $_at) {{ {_operand(test, bounds)} ? $_at : -1 }})"
    return f"$filter({places}, function($_at) {{ $_at >= 0 }})[0]"


def _operand(test: str, bounds: str) -> str:
    return f"{bounds} and ({test})" if bounds else test


def index_of(items: Term, item: Term, start: Term | None = None, stop: Term | None = None) -> Term:
    """`items.index(item, start, stop)`."""
    limits = {name: each for name, each in (("start", start), ("stop", stop)) if each is not None}
    for each in limits.values():
        if each.type != INT:
            raise Refusal(f"slice indices must be integers, not {each.type}", "items.index(x, 1)")

    def build(whole: Term, sought: Term, *bounds: Term) -> Term:
        from treadle.language.exact.slices import from_end

        signs = [">=" if name == "start" else "<" for name in limits]
        size = f"$count({whole.text})"
        within = [f"$_at {sign} {from_end(each, size)}" for sign, each in zip(signs, bounds, strict=True)]
        place = first_place(whole, sought, " and ".join(within))
        guard = Guard(f"$not($exists({place}))", quote("ValueError"), _not_in_list(whole, sought))
        return derive(place, INT, (whole, sought, *bounds), (guard,), deeper=5)

    return bind({"items": items, "sought": item, **limits}, build)


def _not_in_list(items: Term, sought: Term) -> str:
    if isinstance(items.type, Tuple):
        return quote("tuple.index(x): x not in tuple")
    from treadle.language.exact.formatting import shown

    return f'{shown(sought, for_cause=True).at(SUM)} & " is not in list"'


def count_of(items: Term, item: Term) -> Term:
    """`items.count(item)`."""

    def build(sought: Term) -> Term:
        test = compare("==", Term("$_each", item_type(items.type)), sought).text
        text = f"$count({filtered(items, '$_each', test)})"
        return derive(text, INT, (replace(items, guards=()), sought), deeper=3)

    built = bind({"sought": item}, build, items)
    return replace(built, guards=items.guards + item.guards)
