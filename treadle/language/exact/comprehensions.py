"""Comprehensions, and the functions that go over items: `map`, `filter`, `sorted`, `min`, `max`, `any`, `all`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from treadle.language.exact import dynamic
from treadle.language.exact.building import (
    applied,
    at_index,
    bind,
    derive,
    filtered,
    invoke,
    item_type,
    lambda_text,
    lazily,
    mapped,
    maybe_array,
    negate,
    over_items,
    paren,
    quote,
)
from treadle.language.exact.comparison import can_order, compare
from treadle.language.exact.equality import MOMENTS
from treadle.language.exact.lists import iterate, iterator
from treadle.language.exact.numbers import is_numeric
from treadle.language.exact.slices import turned
from treadle.language.exact.truth import inverse, truth
from treadle.language.term import ANY_NUMBER, BIND, CONDITION, Clause, Function, Guard, Refusal, Term
from treadle.language.types import (
    BOOL,
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
    without,
)


def of_list(clauses: Sequence[Clause], element: Term) -> Term:
    """`[element for … in … if …]`."""
    clause, rest = clauses[0], clauses[1:]
    inner = of_list(rest, element) if rest else element
    kept, guards = _kept(clause, inner)
    if not rest and element.text == clause.variable:
        text = kept.text if kept is not clause.items else clause.items.text
        built = Term(text, List(element.type), kept.power)
    elif not rest:
        built = Term(mapped(kept, clause.variable, element), List(element.type))
    else:
        # One object for each outer item, so that exactly one level of lists is opened again.
        keep = "[]" if maybe_array(element.type) else ""
        body = f'{{"each": {inner.text}}}'
        text = f"[$map({kept.at(BIND + 1)}, function({clause.variable}) {{ {body} }}).each{keep}]"
        built = Term(text, List(element.type))
    return _finished(built, clause, inner, guards)


def of_dict(clauses: Sequence[Clause], key: Term, value: Term) -> Term:
    """`{key: value for … in … if …}`: the last value of a key counts, at the place of the first."""
    if key.type not in (STR, NEVER):
        raise Refusal(
            f"the keys of a JSON object are text, and these are {key.type}", "{str(x): y for x, y in zip(xs, ys)}"
        )
    pair = Term(
        f"{{{key.at(BIND + 1)}: {value.at(BIND + 1)}}}",
        Record(()),
        guards=key.guards + value.guards,
        depth=1 + max(key.depth, value.depth),
    )
    pairs = of_list(clauses, pair)
    return replace(derive(f"$merge({pairs.at(BIND + 1)})", Dict(value.type), (pairs,)))


def _kept(clause: Clause, inner: Term) -> tuple[Term, tuple[Guard, ...]]:
    """The items that pass the conditions, and what is raised on the way: conditions first, then the element."""
    guards: list[Guard] = []
    passed = ""
    for condition in clause.conditions:
        guards.extend(lazily(passed, condition.guards) if passed else condition.guards)
        if condition.text == "true":
            continue
        passed = (
            f"{paren(passed)} ? {paren(condition.text)} : false"
            if passed and condition.guards
            else (f"{_operand(passed)} and {_operand(condition.text)}" if passed else condition.text)
        )
    guards.extend(lazily(passed, inner.guards) if passed else inner.guards)
    if not passed or passed == "true":
        return clause.items, tuple(guards)
    items = replace(clause.items, guards=())
    return Term(filtered(items, clause.variable, passed), clause.items.type, depth=items.depth + 2), tuple(guards)


def _operand(text: str) -> str:
    """A condition among others joined by `and`."""
    return f"({text})" if " or " in text or " ? " in text else text


def _finished(built: Term, clause: Clause, inner: Term, guards: Sequence[Guard]) -> Term:
    depths = [clause.items.depth, inner.depth, *(condition.depth for condition in clause.conditions)]
    raised = over_items(replace(clause.items, guards=()), clause.variable, guards)
    fleeting = inner.fleeting or clause.items.fleeting
    early = tuple(guard for guard in clause.items.guards if not guard.late)
    late = tuple(guard for guard in clause.items.guards if guard.late)
    return replace(built, guards=early + raised + late, depth=3 + max(depths), fleeting=fleeting)


# --- map and filter


def map_(function: Function, sources: Sequence[Term]) -> Term:
    """`map(function, items, …)`."""
    lists = [iterate(source) for source in sources]
    if len(lists) == 1:
        names, body = applied(function, [item_type(lists[0].type)])
        made = of_list([Clause(names[0], lists[0])], body)
        return made.typed(iterator(body.type))
    pairs = zipped(lists)
    return over_tuples(function, pairs, Tuple(tuple(item_type(each.type) for each in lists)))


def over_tuples(function: Function, rows: Term, row: Tuple) -> Term:
    """`function(*row)` for each tuple."""
    name, body = _of_tuple(function, row.items)
    return of_list([Clause(name, rows.typed(List(row)))], body).typed(iterator(body.type))


def _of_tuple(function: Function, types: Sequence[Type]) -> tuple[str, Term]:
    """A function of several arguments, as one of their tuple."""
    whole = Function(1, lambda t: function.apply(*(Term(f"{t.text}[{at}]", each) for at, each in enumerate(types))))
    if function.parameters not in (len(types), ANY_NUMBER):
        raise Refusal(f"this function takes {function.parameters} arguments, and gets {len(types)}")
    names, body = applied(whole, [Tuple(tuple(types))])
    return names[0], body


def filter_(function: Function | None, source: Term) -> Term:
    items = iterate(source)
    item = item_type(items.type)
    if function is None:
        names, test = applied(Function(1, truth), [item])
        kept = without(item, NULL)
    else:
        names, test = applied(Function(1, lambda t: truth(function.apply(t))), [item])
        kept = item
    made = of_list([Clause(names[0], items, (test,))], Term(names[0], item))
    return made.typed(iterator(kept))


def zipped(lists: Sequence[Term], *, strict: bool = False) -> Term:
    """`zip(a, b, …)`. An iterator without an end is as long as the list beside it."""
    from treadle.language.exact.iterators import endless

    if not lists:
        raise Refusal("zip() of nothing", "[]")
    finite = next((each for each in lists if not endless(each.type)), None)
    if finite is None:
        raise Refusal("zip() needs a list beside what has no end", "zip(itertools.count(1), items)")
    items = {f"list{at}": each if endless(each.type) else iterate(each) for at, each in enumerate(lists)}
    if strict or any(endless(each.type) for each in lists):
        return bind(items, lambda *found: _side_by_side(found, strict))
    return _zip(list(items.values()))


def transposed(rows: Term) -> Term:
    """`zip(*rows)`: as many columns as the shortest row has items."""
    row = item_type(rows.type)
    if isinstance(row, Tuple):
        raise Refusal("zip(*pairs) gives tuples of unknown length", "[x for x, _ in pairs]")
    inner = iterate(Term("$_row", row))

    def build(whole: Term) -> Term:
        sizes = f"$map({whole.text}, function($_row) {{ $count({inner.text}) }})"
        column = mapped(whole, "$_row", at_index(inner, "$_at", item_type(inner.type)))
        places = f"[0..($count({whole.text}) = 0 ? -1 : $min({sizes}) - 1)]"
        text = f"[$map({places}, function($_at) {{ {column} }})[]]"
        return derive(text, iterator(List(item_type(inner.type))), (whole,), inner.guards, deeper=6)

    return bind({"rows": rows}, build)


def _zip(lists: Sequence[Term]) -> Term:
    return invoke("zip", *lists, type=iterator(Tuple(tuple(item_type(each.type) for each in lists))))


def _side_by_side(lists: Sequence[Term], strict: bool) -> Term:
    from treadle.language.exact.iterators import as_long_as, endless

    finite = next(each for each in lists if not endless(each.type))
    pairs = _zip([as_long_as(each, finite) if endless(each.type) else each for each in lists])
    if not strict:
        return pairs
    if any(endless(each.type) for each in lists):
        raise Refusal("zip(strict=True) of what has no end always raises", "zip(itertools.count(1), items)")
    return replace(pairs, guards=(*pairs.guards, *_unequal(lists)))


def _unequal(lists: Sequence[Term]) -> list[Guard]:
    """ValueError where lists are not of one length: the first that ends before those in front of it is named, or the
    first that goes on when they have ended.
    """
    counts = [f"$count({each.text})" for each in lists]
    guards = []
    for word, sign in (("shorter", "<"), ("longer", ">")):
        for at in range(1, len(lists)):
            before = "argument 1" if at == 1 else f"arguments 1-{at}"
            shortest = counts[0] if at == 1 else f"$min([{', '.join(counts[:at])}])"
            others = counts[at + 1 :]
            ends = f" and {counts[at]} <= $min([{', '.join(others)}])" if others and word == "shorter" else ""
            cause = quote(f"zip() argument {at + 1} is {word} than {before}")
            guards.append(Guard(f"{counts[at]} {sign} {shortest}{ends}", quote("ValueError"), cause, late=True))
    return guards


def enumerated(source: Term, start: Term | None) -> Term:
    from treadle.language.types import INT

    items = iterate(source)
    first = start or Term("0", INT, constant=0)

    def build(whole: Term, begin: Term) -> Term:
        if isinstance(begin.constant, int):
            last = f"$count({whole.text})" + (
                f" {begin.constant - 1:+d}".replace("+", "+ ").replace("-", "- ") if begin.constant != 1 else ""
            )
            numbers = f"[{begin.text}..{last}]"
        else:
            numbers = f"[{begin.text}..{begin.text} + $count({whole.text}) - 1]"
        type = iterator(Tuple((INT, item_type(items.type))))
        return derive(f"$zip({numbers}, {whole.text})", type, (whole, begin), deeper=3)

    return bind({"items": items, "start": first}, build)


# --- any and all


def any_(source: Term) -> Term:
    return _quantified(source, "any")


def all_(source: Term) -> Term:
    return _quantified(source, "all")


def _quantified(source: Term, name: str) -> Term:
    if isinstance(source.type, Opaque) and source.type.name == "iterator" and source.guards:
        raise Refusal(
            f"{name}() stops at the first answer, so a later item that raises would not",
            f"{name}([x > 0 for x in items])",
        )
    items = iterate(source)
    item = item_type(items.type)
    if item == NEVER:
        return Term("false" if name == "any" else "true", BOOL, guards=items.guards)
    if item == BOOL:
        text = f"true in {items.at(41)}" if name == "any" else f"$not(false in {items.at(41)})"
        return derive(text, BOOL, (items,), power=40 if name == "any" else 100)
    each = Term("$_each", item)
    test = truth(each) if name == "any" else inverse(each)
    found = f"$exists($filter({items.at(BIND + 1)}, function($_each) {{ {test.text} }}))"
    return derive(found if name == "any" else negate(found), BOOL, (items, test), deeper=3)


# --- order


def _orderable(t: Type) -> bool:
    if isinstance(t, Tuple):
        return bool(t.items) and all(map(_orderable, t.items))
    if isinstance(t, List):
        return can_order(t)
    return is_numeric(t) or t in (STR, NEVER) or (isinstance(t, Opaque) and t.name in MOMENTS)


def ordered(source: Term, key: Function | None, reverse: Term | None) -> Term:
    """`sorted(items, key=…, reverse=…)`: stable, also when reversed."""
    items = source if isinstance(source.type, Opaque) and source.type.name == "set" else iterate(source)
    item = item_type(items.type)
    backwards = False
    if reverse is not None:
        if not isinstance(reverse.constant, (bool, int)):
            raise Refusal("reverse= must be a constant", "sorted(xs, reverse=True) if backwards else sorted(xs)")
        backwards = bool(reverse.constant)
    if key is None and is_numeric(item) and BOOL not in members(item) and not backwards:
        return invoke("sort", items, type=List(item))
    if dynamic.can_sort(made := _key_type(key, item)) and not _orderable(made):
        found = bind({"items": replace(items, guards=())}, lambda whole: dynamic.in_order(whole, key, backwards))
        return replace(found, guards=(*items.guards, *_key_guards(items, key, item), *found.guards))
    pair = Function(2, lambda a, b: compare("<" if backwards else ">", _apply(key, a), _apply(key, b)))
    _check_keys(key, item, "sorted")
    names, test = applied(pair, [item, item])
    guards = _key_guards(items, key, item)
    text = f"$sort({items.at(BIND + 1)}, {lambda_text(names, test)})"
    return replace(derive(text, List(item), (items, replace(test, guards=())), deeper=3), guards=items.guards + guards)


def _apply(key: Function | None, t: Term) -> Term:
    made = t if key is None else key.apply(t)
    return replace(made, guards=())


def _check_keys(key: Function | None, item: Type, name: str) -> None:
    body = Term("$_x", item) if key is None else applied(key, [item])[1]
    if not _orderable(body.type):
        if all(isinstance(member, (Dict, Record)) for member in members(item)):
            instead = f'{name}(records, key=lambda record: record["x"])'
        elif isinstance(item, List):
            instead = f"{name}(rows, key=len)"
        else:
            instead = f"{name}([str(x) for x in items])"
        raise Refusal(f"{name}() would order values of type {body.type}, whose order is not known", instead)


def _key_type(key: Function | None, item: Type) -> Type:
    return item if key is None else applied(key, [item])[1].type


def _key_guards(items: Term, key: Function | None, item: Type) -> tuple[Guard, ...]:
    if key is None:
        return ()
    names, body = applied(key, [item])
    return over_items(replace(items, guards=()), names[0], body.guards)


def extreme(name: str, source: Term, key: Function | None, default: Term | None) -> Term:
    """`min` and `max` of items: the first of equal ones."""
    items = source if isinstance(source.type, Opaque) and source.type.name == "set" else iterate(source)
    item = item_type(items.type)
    unclear = dynamic.can_order(made := _key_type(key, item)) and not _orderable(made)
    if not unclear:
        _check_keys(key, item, name)
    guards = _key_guards(items, key, item)

    def build(whole: Term) -> Term:
        some: tuple[Guard, ...] = ()
        if unclear:
            picked = dynamic.extreme(name, whole, key)
            found = picked.text
            some = lazily(f"$count({whole.text}) > 0", picked.guards)
        elif key is None and is_numeric(item) and BOOL not in members(item):
            found = f"${name}({whole.text})"
        else:
            better = Function(2, lambda a, b: compare("<" if name == "min" else ">", _apply(key, b), _apply(key, a)))
            names, test = applied(better, [item, item])
            pick = f"{paren(test.text)} ? {names[1]} : {names[0]}"
            found = f"$reduce({whole.text}, function({', '.join(names)}) {{ {pick} }})"
        if default is not None:
            text = f"$count({whole.text}) = 0 ? {paren(default.text)} : {found}"
            operands = (whole, replace(default, guards=()))
            return derive(text, union((item, default.type)), operands, some, power=CONDITION, deeper=12 if some else 4)
        empty = Guard(f"$count({whole.text}) = 0", quote("ValueError"), quote(_empty(name)))
        return derive(found, item, (whole,), (empty, *some), deeper=12 if some else 4)

    given = default.guards if default is not None else ()
    default = replace(default, guards=()) if default is not None else None
    built = bind({"items": replace(items, guards=())}, build, *([default] if default is not None else []))
    return replace(built, guards=items.guards + given + guards + built.guards)


def _empty(name: str) -> str:
    from treadle.language.exact.numbers import message

    return message(lambda: (min if name == "min" else max)([]))


def reversed_(source: Term) -> Term:
    if isinstance(source.type, Opaque) and source.type.name == "iterator":
        raise Refusal("an iterator cannot be reversed", "list(reversed(list(xs)))")
    made = turned(iterate(source))
    return made.typed(iterator(item_type(made.type)))


def next_(source: Term, default: Term | None) -> Term:
    """`next(iterator, default)`: the first item."""
    if not (isinstance(source.type, Opaque) and source.type.name == "iterator"):
        raise Refusal(f"next() needs an iterator, and this is {source.type}", "next((x for x in items), None)")
    if source.guards:
        raise Refusal("next() stops at the first item, so a later one that raises would not", "[x for x in items][0]")
    item = item_type(source.type)

    def build(items: Term) -> Term:
        if default is None:
            guard = Guard(f"$count({items.text}) = 0", quote("StopIteration"), quote(""))
            return derive(f"{items.text}[0]", item, (items,), (guard,))
        text = f"$count({items.text}) > 0 ? {items.text}[0] : {paren(default.text)}"
        return derive(text, union((item, default.type)), (items, default), power=CONDITION, deeper=2)

    return bind({"items": source}, build, *([default] if default is not None else []))
