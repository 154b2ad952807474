"""Lists and tuples: displays, indexing, slices, and the methods that change them. An item stays one item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from treadle.language.exact import strings
from treadle.language.exact.building import (
    array,
    at_index,
    bind,
    choose,
    derive,
    element,
    filtered,
    invoke,
    is_array,
    item_type,
    maybe_array,
    quote,
    spread,
)
from treadle.language.exact.comparison import compare, number
from treadle.language.term import BIND, MISSING, SUM, Guard, Item, Refusal, Term
from treadle.language.types import (
    ANY,
    BOOL,
    INT,
    NEVER,
    NULL,
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


def iterate(t: Term) -> Term:
    """What `for x in t` goes over, as a list."""
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
        return bind({"value": t}, _any_items)
    raise Refusal(f"a value of type {t.type} cannot be gone through", "[x for x in items or []]")


def _any_items(t: Term) -> Term:
    """The items of whatever it is; Python's TypeError where it has none."""
    x = t.text
    kind = f'$lookup({{"null": "NoneType", "boolean": "bool", "number": "int"}}, $type({x}))'
    guard = Guard(
        f'$type({x}) in ["null", "boolean", "number"]',
        quote("TypeError"),
        f'"\'" & {kind} & "\' object is not iterable"',
    )
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
        value = iterate(each.value)
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
        guard = Guard(_outside(size, place), quote("IndexError"), quote(f"{whole} index out of range"))
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


def _outside(size: str, place: Term) -> str:
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


# --- slices


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
        sliced = _cut_list(value if value.type != STR else strings.letters(value), lower, upper, pace)
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


def _cut_list(value: Term, lower: Term | None, upper: Term | None, pace: int) -> Term:
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
            tests.append(f"$_at >= {_from_end(start, size)}")
        if stop is not None:
            tests.append(f"$_at < {_from_end(stop, size)}")
        if pace != 1:
            first = "0" if start is None or start.constant == 0 else _from_end(start, size)
            if start is not None and not (isinstance(start.constant, int) and start.constant >= 0):
                first = f"$max([0, {first}])"
            tests.append(f"($_at - {first}) % {pace} = 0" if first != "0" else f"$_at % {pace} = 0")
        if not tests:
            return derive(items.text, type, (items,))
        text = filtered(items, "$_item, $_at", " and ".join(tests))
        return derive(text, type, (items, *bounds), deeper=4)

    return bind(operands, build)


def _from_end(bound: Term, size: str) -> str:
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
    return f"$max([0, {_from_end(bound, size)}])"


def turned(value: Term) -> Term:
    """The items in reverse order, as a list."""
    type = value.type if isinstance(value.type, List) else List(item_type(value.type))
    return invoke("reverse", value, type=type)


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


def of_sets(op: str, left: Term, right: Term) -> Term:
    """`a | b`, `a & b`, `a - b`, `a ^ b` of sets, whose items are text or numbers."""
    type = Opaque("set", (union((item_type(left.type), item_type(right.type))),))

    def build(a: Term, b: Term) -> Term:
        shared = filtered(a, "$_item", f"$_item in {b.text}")
        only = filtered(a, "$_item", f"$not($_item in {b.text})")
        match op:
            case "|":
                text = f"$distinct($append({a.text}, {b.text}))"
            case "&":
                text = shared
            case "-":
                text = only
            case _:
                text = f"$append({only}, {filtered(b, '$_item', f'$not($_item in {a.text})')})"
        return derive(text, type, (a, b), deeper=4)

    return bind({"left": left, "right": right}, build)


# --- changes: the new list


def appended(items: Term, item: Term) -> Term:
    """`items.append(item)`."""
    text = f"$append({items.at(BIND + 1)}, [{element(item)}])"
    return derive(text, List(union((item_type(items.type), item.type))), (items, item))


def inserted(items: Term, index: Term, item: Term) -> Term:
    def build(whole: Term, place: Term) -> Term:
        before, after = _cut_list(whole, None, place, 1), _cut_list(whole, place, None, 1)
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
            _outside(f"$count({whole.text})", place), quote("IndexError"), quote("list assignment index out of range")
        )
        target = _from_end(place, f"$count({whole.text})")
        picked = choose(f"$_at = {target}", new.text, "$_item")
        keep = "[]" if maybe_array(type.item) else ""
        text = f"[$map({whole.text}, function($_item, $_at) {{ {picked} }}){keep}]"
        return derive(text, type, (whole, place, new), (guard,), deeper=4)

    return bind({"value": value, "items": items, "place": index}, lambda new, whole, place: build(whole, place, new))


def dropped(items: Term, index: Term, error: str = "list assignment index out of range") -> Term:
    """The list after `del items[index]`."""

    def build(whole: Term, place: Term) -> Term:
        guard = Guard(_outside(f"$count({whole.text})", place), quote("IndexError"), quote(error))
        target = _from_end(place, f"$count({whole.text})")
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
                Guard(_outside(f"$count({whole.text})", at_), quote("IndexError"), quote("pop index out of range")),
            ),
        ),
    )
    item = replace(at(replace(items, guards=()), replace(place, guards=())), guards=both_guards.guards)
    return replace(rest, guards=both_guards.guards), item


def removed(items: Term, item: Term) -> Term:
    """The list after `items.remove(item)`: the first equal one is gone."""

    def build(whole: Term, gone: Term) -> Term:
        place = _first_place(whole, gone)
        guard = Guard(f"$not($exists({place}))", quote("ValueError"), quote("list.remove(x): x not in list"))
        rest = filtered(whole, "$_item, $_at", "$_at != $_gone")
        return derive(f"($_gone := {place}; {rest})", items.type, (whole, gone), (guard,), deeper=5)

    return bind({"items": items, "sought": item}, build)


def _first_place(items: Term, sought: Term) -> str:
    test = compare("==", Term("$_each", item_type(items.type)), sought).text
    places = f"$map({items.text}, function($_each, $_at) {{ {test} ? $_at : -1 }})"
    return f"$filter({places}, function($_at) {{ $_at >= 0 }})[0]"


def index_of(items: Term, item: Term) -> Term:
    """`items.index(item)`."""

    def build(whole: Term, sought: Term) -> Term:
        place = _first_place(whole, sought)
        guard = Guard(f"$not($exists({place}))", quote("ValueError"), _not_in_list(whole, sought))
        return derive(place, INT, (whole, sought), (guard,), deeper=5)

    return bind({"items": items, "sought": item}, build)


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
