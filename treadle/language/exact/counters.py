"""`collections`: Counter and defaultdict, which answer for a key that they lack; deque."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from treadle.language.exact import comprehensions, dicts, entries, lists, slices
from treadle.language.exact.building import (
    at_index,
    bind,
    constant_text,
    derive,
    integer,
    invoke,
    item_type,
    mapped,
    quote,
)
from treadle.language.exact.functions import Call, rule
from treadle.language.term import COMPARISON, MISSING, Change, Clause, Function, Guard, Item, Refusal, Term
from treadle.language.types import BOOL, INT, NEVER, NULL, STR, Dict, Lacking, List, Opaque, Record, Tuple, Type

COUNTER = Lacking(INT, "Counter", "0")
NONE = Term("null", NULL, constant=None)


def lacking(type: Type) -> Lacking | None:
    return type if isinstance(type, Lacking) else None


def is_counter(type: Type) -> bool:
    return isinstance(type, Lacking) and type.kind == "Counter"


def filling(type: Lacking) -> Term:
    """What a key stands for that is not there."""
    constant = 0 if type.kind == "Counter" else MISSING
    return Term(type.filling, type.value, constant=constant)


# --- Counter


@rule("collections.Counter")
def _counter(given: Call) -> Term:
    pairs = []
    for name, value in given.keywords.items():
        if isinstance(value, Function) or value.type != INT:
            raise Refusal("Counter() takes whole numbers by name", "Counter(a=1)")
        pairs.append((constant_text(name), value))
    (t,) = Call(given.name, given.items, {}).terms(0, "iterable")
    if t is None:
        return dicts.display(pairs).typed(COUNTER)
    if pairs:
        raise Refusal("Counter() takes items, or numbers by name", "Counter(names)")
    return counted(t)


def counted(t: Term) -> Term:
    """How often each text is among the items, in the order in which they are first seen; a dict is taken as it is."""
    if dicts.is_dict(t.type):
        if entries.values_type(t.type) not in (INT, NEVER):
            raise Refusal(f"the counts of a Counter are whole numbers, and these are {t.type}", "Counter(names)")
        return t.typed(COUNTER)
    items = lists.iterate(t)
    if item_type(items.type) not in (STR, NEVER):
        raise Refusal(
            f"the keys of a JSON object are text, and these are {item_type(items.type)}", "[str(x) for x in items]"
        )

    def build(xs: Term) -> Term:
        each = Term(f"{{$_key: $count({xs.text}[$ = $_key])}}", Record(()))
        keys = Term(f"$distinct({xs.text})", List(STR))
        return derive(f"$merge({mapped(keys, '$_key', each)})", COUNTER, (xs,), deeper=6)

    return bind({"items": items}, build)


def _count(d: Term, key: str) -> str:
    found = f"$lookup({d.text}, {key})"
    return f"($exists({found}) ? {found} : 0)"


def _keys(*counters: Term) -> Term:
    texts = ", ".join(f"$keys({each.text})" for each in counters)
    return Term(f"$distinct([{texts}])", List(STR))


def combine(op: str, left: Term, right: Term) -> Term:
    """`a + b`, `a - b`, `a | b`, `a & b` of Counters: only what is more than 0 is kept."""

    def build(a: Term, b: Term) -> Term:
        one, other = _count(a, "$_key"), _count(b, "$_key")
        name = {"|": "max", "&": "min"}.get(op)
        number = f"${name}([{one}, {other}])" if name else f"{one} {op} {other}"
        made = mapped(_keys(a, b), "$_key", Term(f"{{$_key: {number}}}", Record(())))
        positive = f"$sift($merge({made}), function($_count) {{ $_count > 0 }})"
        return derive(f"$merge([{positive}])", COUNTER, (a, b), deeper=7)

    return bind({"left": left, "right": right}, build)


def same(left: Term, right: Term) -> Term:
    """`a == b` of Counters: a key that is not there counts 0."""

    def build(a: Term, b: Term) -> Term:
        kept = [f"$merge([$sift({each.text}, function($_count) {{ $_count != 0 }})])" for each in (a, b)]
        return derive(f"{kept[0]} = {kept[1]}", BOOL, (a, b), power=COMPARISON, deeper=4)

    return bind({"left": left, "right": right}, build)


def _most_common(t: Term, given: Call) -> Term:
    (count,) = given.terms(0, "n")
    key = Function(1, lambda pair: replace(at_index(pair, "1", INT), guards=()))
    backwards = Term("true", BOOL, constant=True)
    order = comprehensions.ordered(dicts.items(replace(t, guards=())), key, backwards)
    order = replace(order, guards=t.guards)
    if count is None or count.type == NULL:
        return order
    if count.type != INT:
        raise Refusal(f"most_common() takes a whole number, and this is {count.type}", "counts.most_common(3)")
    known = isinstance(count.constant, int) and count.constant >= 0
    most = count if known else invoke("max", f"[0, {count.text}]", type=INT)
    return replace(slices.cut(order, None, replace(most, guards=()), None), guards=t.guards + count.guards)


def _total(t: Term, given: Call) -> Term:
    given.terms(0)
    return invoke("sum", dicts.values(t), type=INT)


def _elements(t: Term, given: Call) -> Term:
    given.terms(0)
    pairs = dicts.items(t)
    pair = Term("$_pair", Tuple((STR, INT)))
    times = Term("[1..$_pair[1]]", List(INT), depth=2)
    clauses = [Clause(pair.text, pairs.typed(List(pair.type))), Clause("$_turn", times)]
    return comprehensions.of_list(clauses, Term("$_pair[0]", STR)).typed(lists.iterator(STR))


METHODS: dict[str, Callable[[Term, Call], Term]] = {
    "most_common": _most_common,
    "total": _total,
    "elements": _elements,
}


def _moved(op: str) -> Callable[[Term, Call], Change]:
    """`update` and `subtract`: counts are added to those that are there."""

    def apply(t: Term, given: Call) -> Change:
        (other,) = given.terms(1, "iterable")

        def build(mine: Term, more: Term) -> Term:
            number = f"{_count(mine, '$_key')} {op} $lookup({more.text}, $_key)"
            made = mapped(_keys(more), "$_key", Term(f"{{$_key: {number}}}", Record(())))
            return derive(f"$merge([{mine.text}, $merge({made})])", COUNTER, (mine, more), deeper=6)

        return Change(bind({"counts": t, "more": counted(other)}, build), NONE)

    return apply


CHANGES: dict[str, Callable[[Term, Call], Change]] = {"update": _moved("+"), "subtract": _moved("-")}


# --- defaultdict

_EMPTY: dict[str, tuple[str, Type]] = {
    "int": ("0", INT),
    "str": ('""', STR),
    "list": ("[]", List(NEVER)),
    "dict": ("{}", Record((), closed=True)),
    "set": ("[]", Opaque("set", (NEVER,))),
    "bool": ("false", BOOL),
}


def defaulting(factory: str | Term, base: Term | None) -> Term:
    """`defaultdict(factory, base)`: the factory is the name of a built-in, or what a lambda gives."""
    if isinstance(factory, str):
        if factory not in _EMPTY:
            raise Refusal(
                f"defaultdict() takes int, str, list, dict, set or a lambda here, not {factory}", "defaultdict(list)"
            )
        text, type = _EMPTY[factory]
        text, type = (text, Dict(NEVER)) if factory == "dict" else (text, type)
    else:
        if factory.constant is MISSING and factory.text not in ("[]", "{}"):
            raise Refusal("the lambda of a defaultdict gives a constant", 'defaultdict(lambda: "none")')
        text, type = factory.at(21), factory.type
    if base is None:
        return Term("{}", Lacking(type, "defaultdict", text))
    if not dicts.is_dict(base.type):
        raise Refusal("defaultdict() takes a factory and a dict", "defaultdict(list)")
    return base.typed(Lacking(entries.joined_values(base.type, type), "defaultdict", text))


# --- deque


def is_deque(type: Type) -> bool:
    return isinstance(type, Opaque) and type.name.partition(" ")[0] == "deque"


@rule("collections.deque")
def _deque(given: Call) -> Term:
    source, most = given.terms(0, "iterable maxlen")
    items = lists.display([]) if source is None else lists.iterate(source)
    if most is None or most.type == NULL:
        return items.typed(Opaque("deque", (item_type(items.type),)))
    if not isinstance(most.constant, int) or most.constant < 1:
        raise Refusal("the maxlen of a deque is a constant of at least 1", "collections.deque(maxlen=3)")
    return _bounded(items, Opaque(f"deque {most.constant}", (item_type(items.type),)))


def _bounded(items: Term, type: Opaque, *, left: bool = False) -> Term:
    """No more items than maxlen: those at the other end go."""
    most = type.name.partition(" ")[2]
    plain = items.typed(List(item_type(items.type)))
    if most:
        limit = Term(f"-{most}", INT, constant=-int(most)) if not left else None
        stop = Term(most, INT, constant=int(most)) if left else None
        plain = slices.cut(plain, limit, stop, None)
    return plain.typed(Opaque(type.name, (item_type(items.type),)))


def _end(left: bool, many: bool) -> Callable[[Term, Call], Change]:
    def apply(t: Term, given: Call) -> Change:
        assert isinstance(t.type, Opaque)
        (item,) = given.terms(1, "item")
        new = lists.iterate(item) if many else lists.display([Item(item)])
        if left and many:
            new = slices.turned(new)
        plain = t.typed(List(item_type(t.type)))
        made = lists.concatenate(new, plain) if left else lists.concatenate(plain, new)
        return Change(_bounded(made, t.type, left=left), NONE)

    return apply


def _taken(left: bool) -> Callable[[Term, Call], Change]:
    def apply(t: Term, given: Call) -> Change:
        given.terms(0)
        plain = t.typed(List(item_type(t.type)))

        def build(xs: Term) -> Term:
            guard = Guard(f"$count({xs.text}) = 0", quote("IndexError"), quote("pop from an empty deque"))
            kept = slices.cut(xs, integer(1) if left else None, None if left else _last(), None)
            return replace(kept.typed(t.type), guards=(guard,))

        rest = bind({"items": plain}, build)
        item = replace(lists.at(plain, integer(0) if left else _last()), guards=())
        return Change(rest, item)

    return apply


def _last() -> Term:
    return Term("-1", INT, constant=-1)


DEQUE: dict[str, Callable[[Term, Call], Change]] = {
    "append": _end(False, False),
    "appendleft": _end(True, False),
    "extend": _end(False, True),
    "extendleft": _end(True, True),
    "pop": _taken(False),
    "popleft": _taken(True),
    "clear": lambda t, given: Change(replace(lists.display([]), guards=t.guards).typed(t.type), NONE),
    "reverse": lambda t, given: Change(slices.turned(t).typed(t.type), NONE),
}
