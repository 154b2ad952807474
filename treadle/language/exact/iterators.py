"""`itertools` and `functools.reduce`, made of lists: what is lazy in Python is whole here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from treadle.language.exact import comprehensions, lists, slices
from treadle.language.exact.building import (
    applied,
    array,
    at_index,
    bind,
    derive,
    element,
    filtered,
    integer,
    item_type,
    lambda_text,
    mapped,
    maybe_array,
    quote,
)
from treadle.language.exact.comparison import compare
from treadle.language.exact.functions import Call, rule
from treadle.language.exact.numbers import operate
from treadle.language.exact.truth import inverse, truth
from treadle.language.term import BIND, CONDITION, MISSING, Clause, Function, Guard, Item, Refusal, Term
from treadle.language.types import BOOL, FLOAT, INT, NEVER, NULL, STR, List, Opaque, Tuple, Type, join, members, union

COUNTING, REPEATING = "count", "repeat"
"""Iterators without an end: they stand only beside a list in `zip`."""


def made(t: Term, item: Type | None = None) -> Term:
    """An array as the iterator that Python gives."""
    return t.typed(lists.iterator(item if item is not None else item_type(t.type)))


def called(function: object, name: str) -> Function:
    if not isinstance(function, Function):
        raise Refusal(f"{name}() takes a function here", f"{name}(lambda x: x, items)")
    return function


def folding(function: Function, start: Type, item: Type, name: str) -> tuple[list[str], Term, Type]:
    """The body of a function of what has been gathered and the next item, and the type it settles on."""
    gathered = start
    for _ in range(4):
        names, body = applied(function, [gathered, item])
        if body.guards:
            raise Refusal(
                f"what {name}() calls may raise, of which the place is not known: write a loop",
                "total = 0\nfor x in items:\n    total = total + x",
            )
        wider = join(gathered, body.type)
        if wider == gathered:
            return names, body, gathered
        gathered = wider
    raise Refusal(f"the type of what {name}() gathers does not settle", "total = 0\nfor x in items:\n    total += x")


# --- one after another


@rule("itertools.chain")
def _chain(given: Call) -> Term:
    items = [each for each in given.items if isinstance(each, Item)]
    if len(items) == 1 and items[0].star:
        return flattened(items[0].value)
    if any(item.star for item in items):
        raise Refusal("itertools.chain() takes one *items alone", "itertools.chain.from_iterable(rows)")
    return made(lists.display([Item(item.value, star=True) for item in items]))


@rule("itertools.chain.from_iterable")
def _from_iterable(given: Call) -> Term:
    return flattened(*given.terms(1, "iterable"))


def flattened(rows: Term) -> Term:
    outer = lists.iterate(rows)
    row = Term("$_row", item_type(outer.type))
    inner = lists.iterate(row)
    item = Term("$_item", item_type(inner.type))
    return made(comprehensions.of_list([Clause("$_row", outer), Clause("$_item", inner)], item))


@rule("itertools.islice")
def _islice(given: Call) -> Term:
    source, *bounds = given.terms(2, "iterable start stop step")
    bounds = [None if each is None or each.type == NULL else each for each in bounds]
    limits = [each for each in given.items if isinstance(each, Item)][1:]
    start, stop, step = (None, bounds[0], None) if len(limits) == 1 else bounds
    guards: list[Guard] = []
    for bound in (start, stop):
        if bound is None:
            continue
        if isinstance(bound.constant, int) and bound.constant >= 0:
            continue
        says = "Stop argument for islice() must" if len(limits) == 1 else "Indices for islice() must"
        if bound.type != INT or bound.constant is not MISSING:
            raise Refusal("islice() takes whole numbers of at least 0", "itertools.islice(items, 3)")
        when = f"{bound.at(41)} < 0"
        guards.append(Guard(when, quote("ValueError"), quote(f"{says} be None or an integer: 0 <= x <= sys.maxsize.")))
    if step is not None and not (isinstance(step.constant, int) and step.constant > 0):
        raise Refusal("islice() takes a constant step of at least 1", "itertools.islice(items, 0, None, 2)")
    found = slices.cut(lists.iterate(source), start, stop, step)
    return made(replace(found, guards=(*found.guards, *guards)))


@rule("itertools.pairwise")
def _pairwise(given: Call) -> Term:
    items = lists.iterate(*given.terms(1, "iterable"))
    return bind({"items": items}, lambda xs: comprehensions.zipped([xs, slices.cut(xs, integer(1), None, None)]))


@rule("itertools.batched")
def _batched(given: Call) -> Term:
    raise Refusal("itertools.batched() gives tuples of unknown length", "[xs[i : i + 3] for i in range(0, len(xs), 3)]")


# --- running


@rule("itertools.accumulate")
def _accumulate(given: Call) -> Term:
    source, function, initial = given.arguments(1, "iterable func", only="initial")
    items = lists.iterate(source)
    item = item_type(items.type)
    if function is None or (isinstance(function, Term) and function.type == NULL):
        function = Function(2, lambda a, b: operate("+", a, b))
    start = item if initial is None else initial.type
    names, body, type = folding(called(function, "itertools.accumulate"), start, item, "itertools.accumulate")
    if maybe_array(type):
        raise Refusal("itertools.accumulate() of lists is not supported", "functools.reduce(lambda a, b: a + b, rows)")
    last, each = names
    grown = f"$append($_all, ({last} := $_all[-1]; {body.text}))"
    if initial is None:
        text = (
            f"$reduce({items.at(BIND + 1)}, function($_all, {each}) {{ $count($_all) = 0 ? [{each}] : {grown} }}, [])"
        )
        return derive(text, lists.iterator(type), (items,), deeper=5 + body.depth)
    text = f"$reduce({items.at(BIND + 1)}, function($_all, {each}) {{ {grown} }}, [{initial.at(BIND + 1)}])"
    return derive(text, lists.iterator(type), (items, initial), deeper=5 + body.depth)


@rule("functools.reduce")
def _reduce(given: Call) -> Term:
    function, source, initial = given.arguments(2, "function iterable initial")
    items = lists.iterate(source)
    item = item_type(items.type)
    start = item if initial is None else initial.type
    names, body, type = folding(called(function, "functools.reduce"), start, item, "functools.reduce")
    gather = lambda_text(names, body)

    def build(xs: Term) -> Term:
        if initial is not None:
            text = f"$reduce({xs.text}, {gather}, {initial.at(BIND + 1)})"
            return derive(text, type, (xs, replace(initial, guards=()), body), deeper=3)
        says = "reduce() of empty iterable with no initial value"
        empty = Guard(f"$count({xs.text}) = 0", quote("TypeError"), quote(says))
        return derive(f"$reduce({xs.text}, {gather})", type, (xs, body), (empty,), deeper=3)

    built = bind({"items": replace(items, guards=())}, build, *([] if initial is None else [initial]))
    given_guards = items.guards + (initial.guards if initial is not None else ())
    return replace(built, guards=given_guards + built.guards)


# --- combinations


@rule("itertools.product")
def _product(given: Call) -> Term:
    repeat = given.keywords.pop("repeat", None)
    items = [each.value for each in given.items if isinstance(each, Item) and not each.star]
    times = 1 if repeat is None else repeat.constant if isinstance(repeat, Term) else MISSING
    if len(items) != len(given.items) or given.keywords or not isinstance(times, int) or not items:
        raise Refusal("itertools.product() takes lists, and a constant repeat=", "itertools.product(xs, ys)")
    return bind(
        {f"list{at}": lists.iterate(each) for at, each in enumerate(items)},
        lambda *each: _combined(list(each) * times),
    )


def _combined(sources: Sequence[Term]) -> Term:
    """Tuples of an item of each list, the last going round first."""
    names = [f"$_{letter}" for letter in ("first", "second", "third", "fourth", "fifth")]
    if not 1 <= len(sources) <= len(names):
        raise Refusal("more than five lists are not combined here", "itertools.product(xs, ys)")
    clauses, parts = [], []
    for name, source in zip(names, sources, strict=False):
        item = item_type(source.type)
        clauses.append(Clause(name, replace(source, guards=())))
        parts.append(Item(Term(name, item)))
    return made(comprehensions.of_list(clauses, lists.display(parts, fixed=True)))


@rule("itertools.combinations", "itertools.permutations", "itertools.combinations_with_replacement")
def _chosen(given: Call) -> Term:
    source, size = given.terms(2, "iterable r")
    if not isinstance(size.constant, int) or not 1 <= size.constant <= 4:
        raise Refusal(f"{given.name}() takes a constant number of 1 to 4", f"{given.name}(items, 2)")
    items = lists.iterate(source)
    item = item_type(items.type)
    word = given.name.rpartition(".")[2]

    def build(xs: Term) -> Term:
        places = Term(f"[0..$count({xs.text}) - 1]", List(INT), depth=3)
        clauses: list[Clause] = []
        taken: list[Term] = []
        for name in [f"$_{letter}" for letter in "ijkl"[: size.constant]]:
            place = Term(name, INT)
            if word == "permutations":
                tests = [compare("!=", place, other) for other in taken]
            else:
                tests = [compare(">" if word == "combinations" else ">=", place, other) for other in taken[-1:]]
            clauses.append(Clause(name, places, tuple(tests)))
            taken.append(place)
        parts = [Item(at_index(xs, place.text, item)) for place in taken]
        return made(comprehensions.of_list(clauses, lists.display(parts, fixed=True)))

    return bind({"items": items}, build)


# --- groups


@rule("itertools.groupby")
def _groupby(given: Call) -> Term:
    """Runs of items of one key. A group is read before the next: who keeps the pairs keeps empty groups in Python."""
    source, key = given.arguments(1, "iterable key")
    items = lists.iterate(source)
    item = item_type(items.type)
    keys = items if key is None or (isinstance(key, Term) and key.type == NULL) else comprehensions.map_(key, [items])
    kind = item_type(keys.type)
    if any(member not in (STR, INT, FLOAT, BOOL, NULL, NEVER) for member in members(kind)):
        raise Refusal(f"itertools.groupby() takes keys that are text or numbers, and these are {kind}", "")

    def build(xs: Term) -> Term:
        names = keys.text if keys.text != items.text else xs.text
        is_first = "$_at = 0 or $_keys[$_at] != $_keys[$_at - 1]"
        starts = f"[$filter([0..$count($_keys) - 1], function($_at) {{ {is_first} }})]"
        group = filtered(xs, "$_item, $_at", "$_at >= $_start and $_at < $_ends[$_run]")
        pair = Term(f"[$_keys[$_start], {group}]", Tuple((kind,)))
        ends = "[$filter($_starts, function($_start, $_run) { $_run > 0 }), $count($_keys)]"
        runs = f"[$map($_starts, function($_start, $_run) {{ {pair.text} }})[]]"
        text = f"($_keys := {names}; $_starts := {starts}; $_ends := {ends}; {runs})"
        return derive(text, lists.iterator(Tuple((kind, lists.iterator(item)))), (xs, keys), deeper=6)

    built = bind({"items": replace(items, guards=())}, build)
    return replace(built, guards=keys.guards)


# --- side by side


@rule("itertools.count")
def _count(given: Call) -> Term:
    start, step = given.terms(0, "start step")
    first, pace = start or integer(0), step or integer(1)
    if first.type != INT or pace.type != INT or pace.guards:
        raise Refusal("itertools.count() takes integers", "itertools.count(1)")
    return derive(f"[{first.at(BIND + 1)}, {pace.at(BIND + 1)}]", Opaque(COUNTING, (INT,)), (first, pace))


@rule("itertools.repeat")
def _repeat(given: Call) -> Term:
    value, times = given.terms(1, "object times")
    if times is None:
        return derive(array([element(value)]), Opaque(REPEATING, (value.type,)), (value,))
    return made(lists.repeat(lists.display([Item(value)]), times))


def endless(type: Type) -> bool:
    return isinstance(type, Opaque) and type.name in (COUNTING, REPEATING)


def as_long_as(endless: Term, finite: Term) -> Term:
    """The items of `itertools.count` or `repeat` that stand beside those of a list."""
    assert isinstance(endless.type, Opaque)
    item = endless.type.items[0]
    if endless.type.name == COUNTING:
        body = Term("$_endless[0] + $_at * $_endless[1]", INT)
        text = f"[$map({finite.text}, function($_each, $_at) {{ {body.text} }})]"
    else:
        text = mapped(finite, "$_each", Term("$_endless[0]", item))
    return derive(f"($_endless := {endless.text}; {text})", List(item), (endless, finite), deeper=4)


@rule("itertools.zip_longest")
def _zip_longest(given: Call) -> Term:
    filling = given.keywords.get("fillvalue") or Term("null", NULL, constant=None)
    items = [each.value for each in given.items if isinstance(each, Item) and not each.star]
    if set(given.keywords) - {"fillvalue"} or len(items) != len(given.items) or isinstance(filling, Function):
        raise Refusal("itertools.zip_longest() takes lists and fillvalue=", "itertools.zip_longest(xs, ys)")
    sources = {f"list{at}": lists.iterate(each) for at, each in enumerate(items)}

    def build(*terms: Term) -> Term:
        *found, fill = terms
        parts = []
        for each in found:
            picked = at_index(each, "$_at", item_type(each.type))
            type = union((picked.type, fill.type))
            text = f"$_at < $count({each.text}) ? {picked.text} : {fill.text}"
            parts.append(Item(derive(text, type, (each, fill), power=CONDITION, deeper=3)))
        counts = ", ".join(f"$count({each.text})" for each in found)
        places = Term(f"[0..$max([{counts}]) - 1]", List(INT), depth=4)
        return made(comprehensions.of_list([Clause("$_at", places)], lists.display(parts, fixed=True)))

    return bind({**sources, "filling": filling}, build)


# --- by a test


@rule("itertools.takewhile", "itertools.dropwhile")
def _while(given: Call) -> Term:
    function, source = given.arguments(2, "predicate iterable")
    items = lists.iterate(source)
    test = Function(1, lambda t: truth(called(function, given.name).apply(t)))
    names, body = applied(test, [item_type(items.type)])
    if body.guards:
        raise Refusal(f"what {given.name}() calls may raise for an item it does not reach", "[x for x in xs if x > 0]")

    def build(xs: Term) -> Term:
        # The place of the first item that fails the test, or the end.
        places = f"$map({xs.text}, function({names[0]}, $_at) {{ {body.at(BIND + 10)} ? $count({xs.text}) : $_at }})"
        end = f"$_end := $min([{places}, $count({xs.text})])"
        sign = "<" if given.name == "itertools.takewhile" else ">="
        kept = filtered(xs, "$_item, $_at", f"$_at {sign} $_end")
        return derive(f"({end}; {kept})", lists.iterator(item_type(items.type)), (xs, body), deeper=5)

    return bind({"items": items}, build)


@rule("itertools.filterfalse")
def _filterfalse(given: Call) -> Term:
    function, source = given.arguments(2, "predicate iterable")
    items = lists.iterate(source)
    test = function.apply if isinstance(function, Function) else lambda t: t
    names, body = applied(Function(1, lambda t: inverse(test(t))), [item_type(items.type)])
    return made(comprehensions.of_list([Clause(names[0], items, (body,))], Term(names[0], item_type(items.type))))


@rule("itertools.compress")
def _compress(given: Call) -> Term:
    data, selectors = (lists.iterate(each) for each in given.terms(2, "data selectors"))
    pairs = comprehensions.zipped([data, selectors])
    pair = Tuple((item_type(data.type), item_type(selectors.type)))
    chosen = truth(Term("$_pair[1]", pair.items[1]))
    kept = comprehensions.of_list(
        [Clause("$_pair", pairs.typed(List(pair)), (chosen,))], Term("$_pair[0]", pair.items[0])
    )
    return made(kept)


@rule("itertools.starmap")
def _starmap(given: Call) -> Term:
    function, source = given.arguments(2, "function iterable")
    rows = lists.iterate(source)
    row = item_type(rows.type)
    if not isinstance(row, Tuple):
        raise Refusal(f"itertools.starmap() takes tuples, and these are {row}", "[f(x, y) for x, y in zip(xs, ys)]")
    return comprehensions.over_tuples(called(function, "itertools.starmap"), rows, row)


@rule("itertools.tee", "itertools.cycle")
def _endless(given: Call) -> Term:
    raise Refusal(f"{given.name}() keeps an iterator that is not gone through at once", "list(items)")
