"""Operators on values whose type is known only when the workflow runs: what they are decides, as in Python, and where
Python raises TypeError, so does the workflow.

Whether a whole number was written 3 or 3.0 is not known then, so a text that names its type says int.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from treadle.language.exact import comparison, lists, numbers, strings
from treadle.language.exact.building import bare, bind, derive, quote
from treadle.language.exact.comparison import PYTHON_NAMES
from treadle.language.term import COMPARISON, CONDITION, Guard, Term
from treadle.language.types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    NEVER,
    NULL,
    NUMBER,
    STR,
    Dict,
    List,
    Record,
    Type,
    members,
    union,
)

NUMERIC = (BOOL, INT, FLOAT)
_KINDS = frozenset(["number", "string", "array", "object", "null"])


def kinds(type: Type) -> frozenset[str]:
    """The kinds of JSON that a value of the type may be; none where it is no plain JSON."""
    found: set[str] = set()
    for member in members(type):
        match member:
            case List():
                found.add("array")
            case Dict():
                found.add("object")
            case Record() if not member.attributes:
                found.add("object")
            case _ if member == ANY:
                found |= _KINDS
            case _ if member in NUMERIC:
                found.add("number")
            case _ if member == STR:
                found.add("string")
            case _ if member == NULL:
                found.add("null")
            case _:
                return frozenset()
    return frozenset(found)


def named(t: Term) -> str:
    """JSONata that gives Python's name for the type of a value."""
    known = {NULL: "NoneType", BOOL: "bool", INT: "int", FLOAT: "float", STR: "str"}
    if t.type in known:
        return quote(known[t.type])
    if isinstance(t.type, List):
        return quote("list")
    if isinstance(t.type, Dict | Record):
        return quote("dict")
    x = t.text
    other = f"$lookup({PYTHON_NAMES}, $type({x}))"
    if "number" not in kinds(t.type) or FLOAT not in members(t.type) and t.type != ANY:
        return other
    return f'($type({x}) = "number" ? ($floor({x}) = {x} ? "int" : "float") : {other})'


def is_number(t: Term) -> str:
    """JSONata that tells whether a value is a number or a bool; "" where it certainly is."""
    if kinds(t.type) == {"number"}:
        return ""
    if t.type == ANY or BOOL in members(t.type):
        return f'$type({t.text}) in ["number", "boolean"]'
    return f'$type({t.text}) = "number"'


def as_number(t: Term) -> Term:
    if kinds(t.type) == {"number"}:
        return t
    if t.type == ANY or BOOL in members(t.type):
        return derive(f"$number({t.text})", NUMBER if t.type == ANY else _numeric(t.type), (t,))
    return t.typed(_numeric(t.type))


def _numeric(type: Type) -> Type:
    found = [INT if member == BOOL else member for member in members(type) if member in NUMERIC]
    return union(found)


def arithmetic(op: str, left: Term, right: Term) -> Term | None:
    """`left op right` where a guard can tell what the operands are; None where no operands of these types go together."""
    a, b = kinds(left.type), kinds(right.type)
    if not a or not b:
        return None
    if op in ("-", "/", "//", "**") or (op == "%" and "string" not in a):
        build = _on_numbers if "number" in a & b else None
    elif op == "+":
        build = _sum if a & b & {"number", "string", "array"} else None
    elif op == "*":
        sequences = {"string", "array"}
        fits = "number" in a & b or (a & sequences and "number" in b) or (b & sequences and "number" in a)
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


def _product(op: str, a: Term, b: Term) -> Term:
    ways: list[Way] = []
    if "number" in kinds(a.type) & kinds(b.type):
        ways.append((_both(a, b, "number"), numbers.operate("*", as_number(a), as_number(b))))
    for value, count in ((a, b), (b, a)):
        if "number" not in kinds(count.type):
            continue
        times = as_number(count)
        whole = times.type == INT or isinstance(times.constant, int)
        tests = [is_number(count), "" if whole else f"$floor({times.text}) = {times.text}"]
        for kind in ("string", "array"):
            if kind in kinds(value.type):
                own = "" if kinds(value.type) == {kind} else f'$type({value.text}) = "{kind}"'
                test = " and ".join(_nested(each) for each in (own, *tests) if each)
                typed = value.typed(STR if kind == "string" else _listed(value.type))
                repeat = strings.repeat if kind == "string" else lists.repeat
                ways.append((test, repeat(typed, times.typed(INT))))
    fits = [test for test, _ in ways]
    refused = f"$not({' or '.join(fits)})" if all(fits) else "false"
    sequence = '"can\'t multiply sequence by non-int of type \'" & '
    cause = _unsupported("*", a, b)
    for value, other in ((b, a), (a, b)):
        found = kinds(value.type) & {"string", "array"}
        if found:
            test = f'$type({value.text}) in ["string", "array"]'
            said = f"{sequence}{named(other)} & \"'\""
            cause = said if found == kinds(value.type) else f"{test} ? {said} : {cause}"
    guard = Guard(refused, quote("TypeError"), cause)
    made = _choose(ways, (a, b))
    return replace(made, guards=(guard, *made.guards))


def _nested(test: str) -> str:
    return test


# --- order

_RANK = (
    '$_rank := function($_v) { $type($_v) = "boolean" ? $number($_v) : $type($_v) = "string" ? '
    f'$replace($_v, {comparison.HIGH}, "\\uD7FF$1") : $_v }}'
)
_NAME = (
    '($type({0}) = "number" ? ($floor({0}) = {0} ? "int" : "float") : '
    f"$lookup({PYTHON_NAMES.replace('{', '{{').replace('}', '}}')}, $type({{0}})))"
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
        f"{_NAME.format('$_a')} & \"' and '\" & {_NAME.format('$_b')}) }}"
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
