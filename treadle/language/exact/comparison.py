"""Comparisons and their chains; the order of values. JSONata orders text by UTF-16."""

from __future__ import annotations

from dataclasses import replace

from treadle.language.exact import passing
from treadle.language.exact.building import (
    after,
    bare,
    bind,
    derive,
    fresh,
    infix,
    invoke,
    item_type,
    maybe_array,
    quote,
)
from treadle.language.exact.equality import MOMENTS, consists, equal, identical, number, set_like
from treadle.language.exact.kinds import PYTHON_NAMES
from treadle.language.exact.membership import contains
from treadle.language.exact.truth import FALSE, TRUE, both, inverse
from treadle.language.term import AND, COMPARISON, OR, Guard, Refusal, Term
from treadle.language.types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    NEVER,
    STR,
    List,
    Opaque,
    Tuple,
    Type,
    is_number,
    members,
    union,
)

HIGH = r"/([\uD7FF\uE000-\uFFFF])/"
"""What UTF-16 orders after the characters beyond U+FFFF, though code points come the other way round."""

INFINITE = (Opaque("-inf"), Opaque("inf"))
"""`-math.inf` and `math.inf`, which are no JSON: numbers can be compared with them."""


def compare(op: str, left: Term, right: Term) -> Term:
    if NEVER in (left.type, right.type):
        return derive("false", BOOL, (left, right))
    passing.compared(op, left, right)
    if (left.type in INFINITE and is_number(right.type)) or (right.type in INFINITE and is_number(left.type)):
        return _infinitely(op, left, right)
    match op:
        case "==" | "!=":
            return equal(op, left, right)
        case "in":
            return contains(left, right)
        case "not in":
            return inverse(contains(left, right))
        case "is" | "is not":
            return identical(op, left, right)
    return _ordered(op, left, right)


def _infinitely(op: str, left: Term, right: Term) -> Term:
    """A number against `math.inf` or `-math.inf`: every number lies between them."""
    upwards = right.type == INFINITE[1] or left.type == INFINITE[0]
    holds = op == "!=" or (upwards if op in ("<", "<=") else not upwards if op in (">", ">=") else False)
    return replace(TRUE if holds else FALSE, guards=left.guards + right.guards)


def chain(terms: list[Term], ops: list[str]) -> Term:
    """`a < b < c`: each operand is evaluated once, those behind a false comparison never."""
    if len(terms) == 2:
        return compare(ops[0], *terms)

    def build(*middle: Term) -> Term:
        values = [terms[0], *middle, terms[-1]]
        result = compare(ops[-1], values[-2], values[-1])
        for at in range(len(ops) - 2, -1, -1):
            result = both(compare(ops[at], values[at], values[at + 1]), result)
        return result

    if any(term.guards for term in terms[2:-1]):
        raise Refusal("an operand of this chained comparison may raise", "x < y and y < n")
    middle = {f"operand{at}": replace(term, guards=()) for at, term in enumerate(terms[1:-1], 1)}
    made = bind(middle, build, terms[0], terms[-1])
    first, later = made.guards[: len(terms[0].guards)], made.guards[len(terms[0].guards) :]
    return replace(made, guards=(*first, *terms[1].guards, *later))


# --- order


def _ordered(op: str, left: Term, right: Term) -> Term:
    if consists(left.type, (BOOL, INT, FLOAT)) and consists(right.type, (BOOL, INT, FLOAT)):
        return infix(op, number(left), number(right), BOOL, COMPARISON)
    if left.type == STR and right.type == STR:
        if _low(left) or _low(right):
            return infix(op, left, right, BOOL, COMPARISON)
        return infix(op, ordering(left), ordering(right), BOOL, COMPARISON)
    if left.type == right.type and isinstance(left.type, Opaque) and left.type.name in MOMENTS:
        return infix(op, left, right, BOOL, COMPARISON)
    if set_like(left.type) and set_like(right.type):
        from treadle.language.exact.sets import ordered

        return ordered(op, left, right)
    if isinstance(left.type, List) and isinstance(right.type, List) and can_order(left.type) and can_order(right.type):
        return bind({"left": left, "right": right}, lambda a, b: _lists(op, a, b))
    if isinstance(left.type, Tuple) and isinstance(right.type, Tuple):
        return bind({"left": left, "right": right}, lambda a, b: _tuples(op, a, b))
    return _checked(op, left, right)


def _low(t: Term) -> bool:
    """A constant whose characters UTF-16 and code points order alike against any others."""
    return isinstance(t.constant, str) and all(letter < "\ud7ff" for letter in t.constant)


def ordering(t: Term) -> Term:
    """A text that JSONata orders as Python orders `t`."""
    return t if _low(t) else invoke("replace", t, HIGH, r'"\uD7FF$1"', type=STR)


def _checked(op: str, left: Term, right: Term) -> Term:
    """Operands of which one may be of the wrong kind: Python's TypeError at run time, where its text is certain."""
    for known, other, swapped in ((right, left, False), (left, right, True)):
        if is_number(known.type) or known.type == STR:
            wanted = NUMBERS if known.type != STR else TEXTS
            if not (other.type == ANY or any(member in wanted for member in members(other.type))):
                break
            if known.type != INT and known.type != STR:
                break

            def build(value: Term, known: Term = bare(known), swapped: bool = swapped) -> Term:
                return _guarded(op, value, known, swapped)

            return after((left, right), (), bind({"value": bare(other)}, build, known))
    from treadle.language.exact.dynamic import ordered

    if (made := ordered(op, left, right)) is not None:
        return made
    if _never_ordered(left.type, right.type):
        raise Refusal(
            f"'{op}' is not supported between {left.type} and {right.type}; Python raises TypeError", "x == y"
        )
    raise Refusal(
        f"the order of {left.type} and {right.type} cannot be kept exact: annotate them as numbers or text",
        "int(x) < int(y)",
    )


NUMBERS, TEXTS = (BOOL, INT, FLOAT), (STR,)


def _guarded(op: str, value: Term, known: Term, swapped: bool) -> Term:
    allowed = '["number", "boolean"]' if known.type != STR else '["string"]'
    name = f"$lookup({PYTHON_NAMES}, $type({value.text}))"
    names = [name, f'"{known.type}"'] if not swapped else [f'"{known.type}"', name]
    if known.type == STR and (value.type == ANY or FLOAT in members(value.type)):
        # A JSON number with a fraction is a float; one without may be either, and is called an int.
        whole = f"$floor({value.text}) = {value.text}"
        name = f'$type({value.text}) = "number" ? ({whole} ? "int" : "float") : {name}'
        names = [f"({name})", '"str"'] if not swapped else ['"str"', f"({name})"]
    cause = f"\"'{op}' not supported between instances of '\" & {names[0]} & \"' and '\" & {names[1]} & \"'\""
    guard = Guard(f"$not($type({value.text}) in {allowed})", quote("TypeError"), cause)
    typed = value.typed(STR if known.type == STR else union((BOOL, INT, FLOAT)))
    if typed.type != STR and value.type != ANY and BOOL not in members(value.type):
        typed = value.typed(union((INT, FLOAT)))
    pair = (known, typed) if swapped else (typed, known)
    inner = _ordered(op, *pair)
    return replace(inner, guards=(*inner.guards, guard))


def _never_ordered(left: Type, right: Type) -> bool:
    groups = [(BOOL, INT, FLOAT), (STR,)]
    if ANY in (left, right):
        return False
    for group in groups:
        if any(m in group for m in members(left)) and any(m in group for m in members(right)):
            return False
    return not (maybe_array(left) and maybe_array(right))


def can_order(type: Type) -> bool:
    """True for a list whose items JSONata can order: numbers, or text."""
    if not isinstance(type, List):
        return False
    return type.item in (STR, NEVER) or consists(type.item, (BOOL, INT, FLOAT))


def _lists(op: str, left: Term, right: Term) -> Term:
    """Lists: the first items that differ decide, else the length."""
    sizes = [f"$count({each.text})" for each in (left, right)]
    if NEVER in (item_type(left.type), item_type(right.type)):
        return derive(f"{sizes[0]} {op} {sizes[1]}", BOOL, (left, right), power=COMPARISON)
    name = fresh("at", left.text, right.text)
    pair = [Term(f"{each.text}[{name}]", item_type(each.type)) for each in (left, right)]
    places = f"$filter([0..$min([{sizes[0]}, {sizes[1]}]) - 1], function({name}) {{ {compare('!=', *pair).text} }})"
    decided = compare(op.rstrip("=") or op, *pair).text
    text = f"({name} := {places}[0]; $exists({name}) ? {decided} : {sizes[0]} {op} {sizes[1]})"
    return derive(text, BOOL, (left, right), deeper=6)


def _tuples(op: str, left: Term, right: Term) -> Term:
    """Tuples of one length: the first items that differ decide."""
    assert isinstance(left.type, Tuple)
    assert isinstance(right.type, Tuple)
    if len(left.type.items) != len(right.type.items) or not left.type.items:
        raise Refusal("tuples of different lengths cannot be ordered here", "xs[0] < ys[0]")
    pairs = [
        (Term(f"{left.text}[{at}]", a), Term(f"{right.text}[{at}]", b))
        for at, (a, b) in enumerate(zip(left.type.items, right.type.items, strict=True))
    ]
    strict = op.rstrip("=")
    result = compare(op, *pairs[-1])
    for a, b in reversed(pairs[:-1]):
        rest = infix("and", compare("==", a, b), result, BOOL, AND)
        result = infix("or", compare(strict, a, b), rest, BOOL, OR)
    return result
