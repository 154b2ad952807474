"""Operators on values whose type is known only when the workflow runs: what they are decides, as in Python, and where
Python raises TypeError, so does the workflow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from treadle.language.exact import comparison, lists, numbers, strings
from treadle.language.exact.building import applied, bare, bind, derive, item_type, paren, quote
from treadle.language.exact.equality import number
from treadle.language.exact.kinds import as_number, is_number, kinds, name_of, named
from treadle.language.term import COMPARISON, CONDITION, PATH, Function, Guard, Term
from treadle.language.types import ANY, BOOL, FLOAT, INT, NEVER, STR, List, Type, members, union


def arithmetic(op: str, left: Term, right: Term) -> Term | None:
    """`left op right` where a guard can tell what the operands are; None where no two of these types go together."""
    a, b = kinds(left.type), kinds(right.type)
    if not a or not b:
        return None
    if op in ("-", "/", "//", "**") or (op == "%" and "string" not in a):
        build = _on_numbers if "number" in a & b else None
    elif op == "+":
        build = _sum if a & b & {"number", "string", "array"} else None
    elif op == "*":
        sequences = {"string", "array"}
        fits = "number" in a & b or (a & sequences and _counts(right.type)) or (b & sequences and _counts(left.type))
        build = _product if fits else None
    else:
        build = None
    if build is None:
        return None
    made = bind({"left": bare(left), "right": bare(right)}, lambda x, y: build(op, x, y))
    return replace(made, guards=(*left.guards, *right.guards, *made.guards))


def _unsupported(op: str, a: Term, b: Term) -> str:
    shown = "** or pow()" if op == "**" else op
    return f'"unsupported operand type(s) for {shown}: \'" & {named(a)} & "\' and \'" & {named(b)} & "\'"'


def _on_numbers(op: str, a: Term, b: Term) -> Term:
    tests = [each for each in (is_number(a), is_number(b)) if each]
    guard = Guard(f"$not({' and '.join(tests)})", quote("TypeError"), _unsupported(op, a, b))
    made = numbers.operate(op, as_number(a), as_number(b))
    return replace(made, guards=(guard, *made.guards))


Way = tuple[str, Term]
"""A test, "" for always, and what comes out where it holds."""


def _choose(ways: list[Way], operands: tuple[Term, Term]) -> Term:
    text = ways[-1][1].text
    for test, made in reversed(ways[:-1]):
        text = f"{test} ? {made.text if made.power > CONDITION else f'({made.text})'} : {text}"
    type = union(made.type for _, made in ways)
    if len(ways) == 1:
        return ways[0][1]
    inner = tuple(
        guard if not test else replace(guard, when=f"({test}) ? {guard.when} : false")
        for test, made in ways
        for guard in made.guards
    )
    return derive(text, type, [bare(made) for _, made in ways], inner, power=CONDITION, deeper=2)


def _both(a: Term, b: Term, kind: str) -> str:
    """JSONata that tells whether both are of a kind; "" where they certainly are."""
    if kind == "number":
        tests = [is_number(each) for each in (a, b)]
    else:
        tests = ["" if kinds(each.type) == {kind} else f'$type({each.text}) = "{kind}"' for each in (a, b)]
    return " and ".join(each for each in tests if each)


def _sum(op: str, a: Term, b: Term) -> Term:
    common = kinds(a.type) & kinds(b.type)
    made: dict[str, Callable[[], Term]] = {
        "string": lambda: strings.concatenate(a.typed(STR), b.typed(STR)),
        "array": lambda: lists.concatenate(a.typed(_listed(a.type)), b.typed(_listed(b.type))),
        "number": lambda: numbers.operate("+", as_number(a), as_number(b)),
    }
    ways = [(_both(a, b, kind), make()) for kind, make in made.items() if kind in common]
    fits = [test for test, _ in ways]
    refused = f"$not({' or '.join(fits)})" if all(fits) else "false"
    cause = _unsupported("+", a, b)
    for kind, name in (("array", "list"), ("string", "str")):
        if kind in kinds(a.type):
            text = f'"can only concatenate {name} (not \\"" & {named(b)} & "\\") to {name}"'
            cause = text if kinds(a.type) == {kind} else f'$type({a.text}) = "{kind}" ? {text} : {cause}'
    guard = Guard(refused, quote("TypeError"), cause)
    found = _choose(ways, (a, b))
    return replace(found, guards=(guard, *found.guards))


def _listed(type: Type) -> Type:
    found = [member for member in members(type) if isinstance(member, List)]
    return union(found) if found else List(ANY)


def _counts(type: Type) -> bool:
    """True for what may repeat a sequence; a number that is declared a float does not."""
    return "number" in kinds(type) and FLOAT not in members(type)


def _product(op: str, a: Term, b: Term) -> Term:
    ways: list[Way] = []
    if "number" in kinds(a.type) & kinds(b.type):
        ways.append((_both(a, b, "number"), numbers.operate("*", as_number(a), as_number(b))))
    for value, count in ((a, b), (b, a)):
        if not _counts(count.type):
            continue
        times = number(as_number(count))
        whole = times.type == INT or isinstance(times.constant, int)
        tests = [is_number(count), "" if whole else f"$floor({times.text}) = {times.text}"]
        for kind in ("string", "array"):
            if kind in kinds(value.type):
                own = "" if kinds(value.type) == {kind} else f'$type({value.text}) = "{kind}"'
                test = " and ".join(each for each in (own, *tests) if each)
                typed = value.typed(STR if kind == "string" else _listed(value.type))
                repeat = strings.repeat if kind == "string" else lists.repeat
                ways.append((test, repeat(typed, times.typed(INT))))
    fits = [test for test, _ in ways]
    refused = f"$not({' or '.join(fits)})" if all(fits) else "false"
    sequence = "\"can't multiply sequence by non-int of type '\" & "
    cause = _unsupported("*", a, b)
    for value, other in ((b, a), (a, b)):
        found = kinds(value.type) & {"string", "array"}
        if found:
            test = f'$type({value.text}) in ["string", "array"]'
            name = named(other) if FLOAT not in members(other.type) else quote("float")
            said = f'{sequence}{name} & "\'"'
            cause = said if found == kinds(value.type) else f"{test} ? {said} : {cause}"
    guard = Guard(refused, quote("TypeError"), cause)
    made = _choose(ways, (a, b))
    return replace(made, guards=(guard, *made.guards))


# --- order

_RANK = (
    '$_rank := function($_v) { $type($_v) = "boolean" ? $number($_v) : $type($_v) = "string" ? '
    f'$replace($_v, {comparison.HIGH}, "\\uD7FF$1") : $_v }}'
)


def _order() -> str:
    """Bindings of `$_order(a, b)`: below, at or above 0, or the names of two types that have no order."""
    pair = [Term(f"$_{side}[$_i]", ANY) for side in "pq"]
    differ = comparison.compare("!=", *pair).text
    return (
        f"{_RANK}; $_order := function($_a, $_b) {{ ($_p := $_rank($_a); $_q := $_rank($_b); "
        '$type($_p) = $type($_q) and $type($_p) in ["number", "string"] ? ($_p < $_q ? -1 : $_p > $_q ? 1 : 0) : '
        '$type($_p) = "array" and $type($_q) = "array" ? ('
        f"$_at := $filter([0..$min([$count($_p), $count($_q)]) - 1], function($_i) {{ {differ} }})[0]; "
        "$exists($_at) ? $_order($_p[$_at], $_q[$_at]) : $_order($count($_p), $count($_q))) : "
        f"{name_of('$_a')} & \"' and '\" & {name_of('$_b')}) }}"
    )


def ordered(op: str, left: Term, right: Term) -> Term | None:
    """`left < right` of values of which at least one may be of any kind; None where they certainly have no order."""
    a, b = kinds(left.type), kinds(right.type)
    common = a & b & {"number", "string", "array"}
    if not common or NEVER in (left.type, right.type):
        return None

    def build(x: Term, y: Term) -> Term:
        if common == {"number"} or common == {"string"}:
            return _alike(op, x, y, next(iter(common)))
        called = f"({_order()}; $_order({x.text}, {y.text}))"
        says = f"\"'{op}' not supported between instances of '\" & {called} & \"'\""
        guard = Guard(f'$type({called}) = "string"', quote("TypeError"), says)
        return derive(f"{called} {op} 0", BOOL, (x, y), (guard,), power=COMPARISON, deeper=12)

    made = bind({"left": bare(left), "right": bare(right)}, build)
    return replace(made, guards=(*left.guards, *right.guards, *made.guards))


def _alike(op: str, x: Term, y: Term, kind: str) -> Term:
    test = _both(x, y, kind)
    says = f"\"'{op}' not supported between instances of '\" & {named(x)} & \"' and '\" & {named(y)} & \"'\""
    guards = (Guard(f"$not({test})", quote("TypeError"), says),) if test else ()
    pair = [as_number(each) if kind == "number" else each.typed(STR) for each in (x, y)]
    made = comparison.compare(op, *pair)
    return replace(made, guards=(*guards, *made.guards))


# --- conversion


def parsed(
    t: Term, of_text: Callable[[Term], Term], of_number: Callable[[Term], Term], says: Callable[[str], str]
) -> Term | None:
    """`int(x)`, `float(x)`: of a text or a number, else TypeError with what `says` makes of its type's name."""
    if "number" not in kinds(t.type) and "string" not in kinds(t.type):
        return None

    def build(x: Term) -> Term:
        text = f'$type({x.text}) = "string"'
        tests = [each for each, kind in ((is_number(x), "number"), (text, "string")) if kind in kinds(x.type)]
        guard = Guard(f"$not({' or '.join(tests)})", quote("TypeError"), says(named(x)))
        ways: list[Way] = [(text, of_text(x.typed(STR)))] if "string" in kinds(x.type) else []
        if "number" in kinds(x.type):
            ways.append((is_number(x), of_number(as_number(x))))
        made = _choose(ways, (x, x))
        return replace(made, guards=(guard, *made.guards))

    made = bind({"value": bare(t)}, build)
    return replace(made, guards=(*t.guards, *made.guards))


# --- the order of items


def can_order(type: Type) -> bool:
    """True for keys of which one may come before another."""
    return bool(kinds(type) & {"number", "string", "array"})


def can_sort(type: Type) -> bool:
    """As `can_order`, less lists alone: which of those Python would compare is not known."""
    return bool(kinds(type) & {"number", "string"})


def extreme(name: str, items: Term, key: Function | None) -> Term:
    """`min` and `max` of at least one item: TypeError where two have no order."""
    keyed, body = _keyed(items, key)
    better = "<" if name == "min" else ">"
    pick = f'$type($_r) = "string" ? {{"e": $_r}} : $_r {better} 0 ? $_b : $_a'
    found = (
        f"({_order()}; $reduce({keyed}, function($_a, $_b) {{ "
        f"$exists($_a.e) ? $_a : ($_r := $_order($_b.k, $_a.k); {pick}) }}))"
    )
    says = f"\"'{better}' not supported between instances of '\" & {found}.e & \"'\""
    guard = Guard(f"$exists({found}.e)", quote("TypeError"), says)
    return derive(f"{found}.i", item_type(items.type), (items, body), (guard,), power=PATH, deeper=12)


def _keyed(items: Term, key: Function | None) -> tuple[str, Term]:
    item = item_type(items.type)
    names, made = (["$_x"], Term("$_x", item)) if key is None else applied(key, [item])
    body = bare(made)
    return f'[$map({items.text}, function({names[0]}) {{ {{"i": {names[0]}, "k": {paren(body.text)}}} }})]', body


def in_order(items: Term, key: Function | None, backwards: bool) -> Term:
    """`sorted(items, key=…, reverse=…)`: Python compares each with the first until one has no order with it."""
    keyed, body = _keyed(items, key)
    first = f"$reverse({keyed})" if backwards else keyed
    strange = (
        f"({_order()}; $_k := {first}; $_r := $map($_k, function($_v, $_i) {{ $_i = 0 ? 0 : "
        '$_order($_v.k, $_k[0].k) }); [$filter($_r, function($_v) { $type($_v) = "string" })][0])'
    )
    says = f"\"'<' not supported between instances of '\" & {strange} & \"'\""
    guard = Guard(f"$exists({strange})", quote("TypeError"), says)
    test = f"$_order($_a.k, $_b.k) {'<' if backwards else '>'} 0"
    text = f"({_order()}; [$map($sort({keyed}, function($_a, $_b) {{ {test} }}), function($_v) {{ $_v.i }})[]])"
    return derive(text, List(item_type(items.type)), (items, body), (guard,), deeper=12)
