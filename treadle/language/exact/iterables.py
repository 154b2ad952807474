"""The built-ins that go over items: `range`, `zip`, `map`, `sorted`, `min`, `sum`, `any`, `next` …"""

from __future__ import annotations

from dataclasses import replace

from treadle.language.exact import comprehensions, lists, numbers
from treadle.language.exact.building import bind, derive, infix, integer, item_type, quote
from treadle.language.exact.functions import Argument, Call, rule
from treadle.language.exact.iterators import flattened
from treadle.language.term import SUM, Function, Guard, Item, Refusal, Term
from treadle.language.types import BOOL, INT, NEVER, List, Opaque, Tuple, Type, members


@rule("range")
def _range(given: Call) -> Term:
    first, second, step = given.terms(1, "start stop step")
    start, stop = (integer(0), first) if second is None else (first, second)
    for bound in (start, stop, step):
        if bound is not None and bound.type != INT:
            raise Refusal(f"range() takes integers, and this is {bound.type}", "range(int(x))")
    pace = integer(1) if step is None else step
    if pace.constant == 0:
        raise Refusal("range() arg 3 must not be zero: Python raises ValueError", "range(0, 10, 1)")
    if pace.constant == 1:
        last = integer(stop.constant - 1) if isinstance(stop.constant, int) else infix("-", stop, integer(1), INT, SUM)
        return derive(f"[{start.at(SUM)}..{last.text}]", lists.RANGE, (start, stop), deeper=2)
    return bind({"start": start, "stop": stop, "step": pace}, _stepped)


def _stepped(begin: Term, end: Term, pace: Term) -> Term:
    says = quote(numbers.message(lambda: range(0, 1, numbers.ZERO)))
    guards = () if isinstance(pace.constant, int) else (Guard(f"{pace.text} = 0", quote("ValueError"), says),)
    count = f"$ceil(({end.text} - {begin.at(SUM)}) / {pace.text}) - 1"
    item = f"$_at * {pace.text}" if begin.constant == 0 else f"{begin.text} + $_at * {pace.text}"
    text = f"[$map([0..{count}], function($_at) {{ {item} }})]"
    return derive(text, lists.RANGE, (begin, end, pace), guards, deeper=5)


@rule("enumerate")
def _enumerate(given: Call) -> Term:
    return comprehensions.enumerated(*given.terms(1, "iterable start"))


@rule("zip")
def _zip(given: Call) -> Term:
    strict = given.keywords.get("strict")
    if set(given.keywords) - {"strict"} or not (strict is None or (isinstance(strict, Term) and strict.type == BOOL)):
        raise Refusal("zip() takes lists, and strict=True", "list(zip(xs, ys, strict=True))")
    if strict is not None and not isinstance(strict.constant, bool):
        raise Refusal("strict= is a constant", "list(zip(xs, ys, strict=True))")
    items = [item for item in given.items if isinstance(item, Item)]
    is_strict = strict is not None and bool(strict.constant)
    if len(items) == 1 and items[0].star:
        if isinstance(items[0].value.type, Tuple):
            items = [Item(each) for each in lists.parts(items[0].value)]
        elif not is_strict:
            return comprehensions.transposed(lists.iterate(items[0].value))
    if len(items) != len(given.items) or any(item.star for item in items):
        raise Refusal("zip() takes lists, or one *rows alone", "zip(*rows)")
    return comprehensions.zipped([item.value for item in items], strict=is_strict)


@rule("map")
def _map(given: Call) -> Term:
    function, *sources = given.arguments(2, "function " + " ".join(f"items{at}" for at in range(1, len(given.items))))
    if not isinstance(function, Function):
        raise Refusal("map() takes a function first", "list(map(str, items))")
    return comprehensions.map_(function, sources)


@rule("filter")
def _filter(given: Call) -> Term:
    function, source = given.arguments(2, "function items")
    if isinstance(function, Term) and function.constant is None:
        return comprehensions.filter_(None, source)
    if not isinstance(function, Function):
        raise Refusal("filter() takes a function first", "list(filter(lambda x: x > 0, items))")
    return comprehensions.filter_(function, source)


@rule("reversed")
def _reversed(given: Call) -> Term:
    return comprehensions.reversed_(*given.terms(1, "items"))


@rule("sorted")
def _sorted(given: Call) -> Term:
    items, key, reverse = given.arguments(1, "items", only="key reverse")
    return comprehensions.ordered(items, _key(key), reverse)


def _key(key: Argument | None) -> Function | None:
    if isinstance(key, Term) and key.constant is None:
        return None
    if isinstance(key, Term):
        raise Refusal("key= takes a function", "sorted(records, key=lambda record: record['x'])")
    return key


@rule("min")
def _min(given: Call) -> Term:
    return _extreme("min", given)


@rule("max")
def _max(given: Call) -> Term:
    return _extreme("max", given)


def _extreme(name: str, given: Call) -> Term:
    key, default = given.keywords.get("key"), given.keywords.get("default")
    if set(given.keywords) - {"key", "default"} or isinstance(default, Function):
        raise Refusal(f"{name}() takes key= and default=", f"{name}(items)")
    items = [item for item in given.items if isinstance(item, Item)]
    if len(items) < len(given.items):
        raise Refusal("functions have no order", f"{name}(x, y)")
    if len(items) == 1 and not items[0].star:
        return comprehensions.extreme(name, items[0].value, _key(key), default)
    certain = [item for item in items if not item.star or isinstance(item.value.type, Tuple)]
    if len(certain) < 2 and len(certain) < len(items):
        raise Refusal(f"{name}() of one value goes over it, and *items may be empty", f"{name}([x, *items])")
    made = comprehensions.extreme(name, lists.display(items), _key(key), None)
    # At least two are given, so the list is not empty.
    operands = [guard for item in items for guard in item.value.guards]
    extra = made.guards[len(operands) :]
    kept = [
        guard
        for guard in extra
        if "arg is an empty" not in guard.cause and "iterable argument is empty" not in guard.cause
    ]
    return replace(made, guards=(*operands, *kept))


@rule("sum")
def _sum(given: Call) -> Term:
    source, start = given.terms(1, "items start")
    items = lists.iterate(source) if not (isinstance(source.type, Opaque) and source.type.name == "set") else source
    if start is not None and isinstance(start.type, List):
        return lists.concatenate(start, flattened(items).typed(List(_inner(item_type(items.type)))))
    return numbers.total(items, item_type(items.type), start)


def _inner(type: Type) -> Type:
    if type != NEVER and not all(isinstance(member, List) for member in members(type)):
        raise Refusal(f"sum() of {type} from a list raises TypeError in Python", "[x for row in rows for x in row]")
    return item_type(type)


@rule("math.prod")
def _prod(given: Call) -> Term:
    source, start = given.terms(1, "items", only="start")
    items = lists.iterate(source)
    return numbers.product(items, item_type(items.type), start)


@rule("any")
def _any(given: Call) -> Term:
    return comprehensions.any_(*given.terms(1, "items"))


@rule("all")
def _all(given: Call) -> Term:
    return comprehensions.all_(*given.terms(1, "items"))


@rule("next")
def _next(given: Call) -> Term:
    return comprehensions.next_(*given.terms(1, "iterator default"))


@rule("iter")
def _iter(given: Call) -> Term:
    items = lists.iterate(*given.terms(1, "items"))
    return items.typed(lists.iterator(item_type(items.type)))
