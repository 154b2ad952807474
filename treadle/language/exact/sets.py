"""Sets: JSON arrays without equal items, of which nobody sees the order. They never leave the workflow as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from treadle.language.exact import lists
from treadle.language.exact.building import bind, derive, element, filtered, invoke, item_type, quote
from treadle.language.exact.comparison import compare
from treadle.language.exact.functions import Call, rule
from treadle.language.exact.membership import contains
from treadle.language.exact.truth import inverse
from treadle.language.term import AND, BIND, Change, Guard, Item, Refusal, Term
from treadle.language.types import BOOL, FLOAT, INT, NEVER, NULL, STR, Opaque, Tuple, Type, members, union

EMPTY = Term("[]", Opaque("set", (NEVER,)))
NONE = Term("null", NULL, constant=None)


def is_set(type: Type) -> bool:
    return isinstance(type, Opaque) and type.name == "set"


def is_keys(type: Type) -> bool:
    """A view of a dict's keys, which Python lets stand for a set."""
    return isinstance(type, Opaque) and type.name == "view" and type.items == (STR,)


def of_type(item: Type) -> Opaque:
    return Opaque("set", (item,))


def _scalar(type: Type) -> bool:
    if isinstance(type, Tuple):
        return all(map(_scalar, type.items))
    return all(member in (STR, INT, FLOAT, NULL, NEVER) or isinstance(member, Tuple) for member in members(type))


def checked(item: Type) -> Type:
    """The type of an item that a set can hold exactly: true and 1 would be two items here, and one in Python."""
    if item != BOOL and not (_scalar(item) and all(_scalar(member) for member in members(item))):
        raise Refusal(f"a set of {item} cannot be kept exact", "list(dict.fromkeys(names))")
    return item


@rule("set", "frozenset")
def _set(given: Call) -> Term:
    (t,) = given.terms(0, "items")
    return EMPTY if t is None else of_items(t)


def of_items(t: Term) -> Term:
    if is_set(t.type):
        return t
    items = lists.iterate(t)
    return invoke("distinct", items, type=of_type(checked(item_type(items.type))))


def of_constants(values: Sequence[Term]) -> Term:
    """A set that the program writes, in an order that is the same in every run."""
    order = sorted(values, key=lambda each: (str(each.type), each.text))
    return of_items(lists.display([Item(each) for each in order]))


# --- operators


def operate(op: str, left: Term, right: Term) -> Term:
    """`a | b`, `a & b`, `a - b`, `a ^ b`."""
    type = of_type(union((item_type(left.type), item_type(right.type))))

    def build(a: Term, b: Term) -> Term:
        match op:
            case "|":
                text = f"$distinct($append({a.text}, {b.text}))"
            case "&":
                text = _kept(a, b, True)
            case "-":
                text = _kept(a, b, False)
            case _:
                text = f"$append({_kept(a, b, False)}, {_kept(b, a, False)})"
        return derive(text, type, (a, b), deeper=4)

    return bind({"left": left, "right": right}, build)


def _kept(a: Term, b: Term, within: bool) -> str:
    """The items of `a` that are in `b`, or not."""
    test = contains(Term("$_item", item_type(a.type)), b)
    return filtered(a, "$_item", (test if within else inverse(test)).text)


def ordered(op: str, left: Term, right: Term) -> Term:
    """`a <= b` and the like: one set within the other."""
    if op in (">", ">="):
        made = ordered("<" if op == ">" else "<=", replace(right, guards=()), replace(left, guards=()))
        return replace(made, guards=left.guards + right.guards)

    def build(a: Term, b: Term) -> Term:
        stranger = inverse(contains(Term("$_item", item_type(a.type)), b)).text
        text = f"$not($exists($filter({a.text}, function($_item) {{ {stranger} }})))"
        if op == "<=":
            return derive(text, BOOL, (a, b), deeper=4)
        return derive(f"$count({a.text}) < $count({b.text}) and {text}", BOOL, (a, b), power=AND, deeper=4)

    return bind({"left": left, "right": right}, build)


def _apart(left: Term, right: Term) -> Term:
    return bind(
        {"left": left, "right": right}, lambda a, b: derive(f"$count({_kept(a, b, True)}) = 0", BOOL, (a, b), deeper=4)
    )


# --- methods


def _others(given: Call) -> list[Term]:
    found = [each.value for each in given.items if isinstance(each, Item) and not each.star]
    if len(found) != len(given.items) or given.keywords:
        raise Refusal(f"{given.name}() takes sets or lists", f"seen.{given.name}(set(names))")
    return [each if is_set(each.type) else of_items(each) for each in found]


def _joined(op: str) -> Callable[[Term, Call], Term]:
    def apply(t: Term, given: Call) -> Term:
        for each in _others(given):
            t = operate(op, t, each)
        return t

    return apply


def _compared(op: str) -> Callable[[Term, Call], Term]:
    def apply(t: Term, given: Call) -> Term:
        (other,) = given.terms(1, "other")
        return ordered(op, t, other if is_set(other.type) else of_items(other))

    return apply


def _disjoint(t: Term, given: Call) -> Term:
    (other,) = given.terms(1, "other")
    return _apart(t, other if is_set(other.type) else of_items(other))


METHODS: dict[str, Callable[[Term, Call], Term]] = {
    "union": _joined("|"),
    "intersection": _joined("&"),
    "difference": _joined("-"),
    "symmetric_difference": _joined("^"),
    "issubset": _compared("<="),
    "issuperset": _compared(">="),
    "isdisjoint": _disjoint,
    "copy": lambda t, given: t,
}


# --- changes


def _one(given: Call) -> Term:
    (item,) = given.terms(1, "item")
    checked(item.type)
    return item  # type: ignore[no-any-return]


def _added(t: Term, given: Call) -> Change:
    item = _one(given)
    type = of_type(union((item_type(t.type), item.type)))
    text = f"$distinct($append({t.at(BIND + 1)}, [{element(item)}]))"
    return Change(derive(text, type, (t, item), deeper=3), NONE)


def _dropped(t: Term, given: Call) -> Change:
    item = _one(given)

    def build(whole: Term, gone: Term) -> Term:
        guards = []
        if given.name == "remove":
            if gone.type not in (STR, INT):
                raise Refusal(f"the text of a KeyError of {gone.type} is not known", "seen.discard(x)")
            from treadle.language.exact.formatting import quoted, text_of

            says = quoted(gone.text) if gone.type == STR else text_of(gone).text
            guards = [Guard(inverse(contains(gone, whole)).text, quote("KeyError"), says)]
        differs = compare("!=", Term("$_item", item_type(whole.type)), gone).text
        return derive(filtered(whole, "$_item", differs), t.type, (whole, gone), guards, deeper=3)

    return Change(bind({"items": t, "gone": item}, build), NONE)


def _changed(op: str) -> Callable[[Term, Call], Change]:
    return lambda t, given: Change(_joined(op)(t, given), NONE)


def _popped(t: Term, given: Call) -> Change:
    raise Refusal("which item a set gives up is not known", "sorted(set(items))[0]")


CHANGES: dict[str, Callable[[Term, Call], Change]] = {
    "add": _added,
    "discard": _dropped,
    "remove": _dropped,
    "update": _changed("|"),
    "intersection_update": _changed("&"),
    "difference_update": _changed("-"),
    "symmetric_difference_update": _changed("^"),
    "clear": lambda t, given: Change(replace(EMPTY, guards=t.guards), NONE),
    "pop": _popped,
}
