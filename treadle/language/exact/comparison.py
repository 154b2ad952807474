"""`==`, `<`, `in`, `is` and their kin. JSONata keeps booleans and numbers apart, and orders text by UTF-16."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from treadle.language.exact import matches, passing
from treadle.language.exact.building import (
    after,
    bare,
    bind,
    derive,
    fresh,
    infix,
    invoke,
    is_array,
    item_type,
    maybe_array,
    quote,
)
from treadle.language.exact.kinds import PYTHON_NAMES
from treadle.language.exact.truth import FALSE, TRUE, both, inverse
from treadle.language.term import AND, COMPARISON, CONDITION, OR, Guard, Refusal, Term
from treadle.language.types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    NEVER,
    NULL,
    STR,
    Dict,
    Lacking,
    List,
    Opaque,
    Record,
    Tuple,
    Type,
    is_number,
    members,
    union,
    unmarked,
)

SYMBOLS = {"==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
HIGH = r"/([\uD7FF\uE000-\uFFFF])/"
"""What UTF-16 orders after the characters beyond U+FFFF, though code points come the other way round."""

INFINITE = (Opaque("-inf"), Opaque("inf"))
"""`-math.inf` and `math.inf`, which are no JSON: numbers can be compared with them."""
MOMENTS = ("datetime", "naive datetime", "date", "timedelta")


def compare(op: str, left: Term, right: Term) -> Term:
    if NEVER in (left.type, right.type):
        return derive("false", BOOL, (left, right))
    passing.compared(op, left, right)
    if (left.type in INFINITE and is_number(right.type)) or (right.type in INFINITE and is_number(left.type)):
        return _infinitely(op, left, right)
    match op:
        case "==" | "!=":
            return _equal(op, left, right)
        case "in":
            return contains(left, right)
        case "not in":
            return inverse(contains(left, right))
        case "is" | "is not":
            return _identical(op, left, right)
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


# --- equality


def _equal(op: str, left: Term, right: Term) -> Term:
    positive = op == "=="
    if isinstance(left.type, Lacking) and left.type == right.type and left.type.kind == "Counter":
        from treadle.language.exact import counters

        alike = counters.same(left, right)
        return alike if positive else inverse(alike)
    if _set_like(left.type) and _set_like(right.type):
        same = bind({"left": left, "right": right}, _same_sets)
        return same if positive else inverse(same)
    if not _may_equal(left.type, right.type):
        return replace(FALSE if positive else TRUE, guards=left.guards + right.guards)
    if _confuses(left.type, right.type) and not _plain_constant(left) and not _plain_constant(right):
        return _loosely(positive, left, right)
    return infix(SYMBOLS[op], left, right, BOOL, COMPARISON)


def _set_like(type: Type) -> bool:
    """A set, or a view of a dict's keys."""
    return isinstance(type, Opaque) and (type.name == "set" or (type.name == "view" and type.items == (STR,)))


def _same_sets(a: Term, b: Term) -> Term:
    """As many items, each of one in the other; their order says nothing."""
    strangers = f"$filter({a.text}, function($_item) {{ $not($_item in {b.text}) }})"
    text = f"$count({a.text}) = $count({b.text}) and $not($exists({strangers}))"
    return derive(text, BOOL, (a, b), power=AND, deeper=4)


def _may_equal(left: Type, right: Type) -> bool:
    """False where no value of one type equals one of the other. A list never equals a tuple, which JSON cannot tell."""
    found = False
    for a in members(left):
        for b in members(right):
            match a, b:
                case (Opaque(), _) | (_, Opaque()):
                    if a == b and a.name in (*MOMENTS, "bytes", "set"):  # type: ignore[attr-defined]
                        found = True
                    elif isinstance(a, Opaque) and isinstance(b, Opaque):
                        raise Refusal(f"{left} == {right} cannot be kept exact", "list(xs) == list(ys)")
                case (Tuple(), List()) | (List(), Tuple()):
                    if len(members(left)) > 1 or len(members(right)) > 1:
                        raise Refusal(
                            "a list and a tuple look alike in JSON, so they cannot be told apart",
                            "list(xs) == list(ys)",
                        )
                case (Record(), Record()) if a.attributes or b.attributes:
                    found = found or a.home is b.home
                case (Record(attributes=True), Dict()) | (Dict(), Record(attributes=True)):
                    pass
                case (Tuple(), Tuple()):
                    found = found or (len(a.items) == len(b.items) and all(map(_may_equal, a.items, b.items)))
                case (List(), List()):
                    found = found or _may_equal(a.item, b.item) or True
                case _:
                    found = found or _kind(a) & _kind(b) != set()
    return found


def _kind(type: Type) -> set[str]:
    if type == ANY:
        return {"null", "number", "text", "array", "object"}
    if type == NULL:
        return {"null"}
    if type in (BOOL, INT, FLOAT):
        return {"number"}
    if type == STR:
        return {"text"}
    return {"array"} if is_array(type) else {"object"}


def _confuses(left: Type, right: Type) -> bool:
    """True where a boolean may stand on one side and a number on the other, somewhere inside."""
    return any(_confused(a, b) for a in members(left) for b in members(right))


def _confused(a: Type, b: Type) -> bool:
    match a, b:
        case _ if ANY in (a, b):
            other = b if a == ANY else a
            return other not in (NULL, STR, NEVER) and not (
                isinstance(other, (List, Dict)) and not _confuses(_inside(other), ANY)
            )
        case _ if {a, b} in ({BOOL, INT}, {BOOL, FLOAT}):
            return True
        case (List() | Tuple(), List() | Tuple()):
            return _confuses(_inside(a), _inside(b))
        case (Dict() | Record(), Dict() | Record()):
            return _confuses(_inside(a), _inside(b))
    return False


def _inside(type: Type) -> Type:
    match type:
        case Dict():
            return type.value
        case Record():
            return union(each.type for each in type.fields) if type.closed else ANY
    return item_type(type)


def _plain_constant(t: Term) -> bool:
    """A constant that no boolean equals, or a scalar boolean's opposite: None, text, numbers other than 0 and 1."""
    return (
        t.constant is None
        or isinstance(t.constant, str)
        or (isinstance(t.constant, (int, float)) and not isinstance(t.constant, bool) and t.constant not in (0, 1))
    )


def _loosely(positive: bool, left: Term, right: Term) -> Term:
    """Equality in which true is 1 and false is 0, as in Python."""
    for constant, other in ((right, left), (left, right)):
        if isinstance(constant.constant, (bool, int, float)):
            pair = "[true, 1]" if constant.constant else "[false, 0]"
            test = derive(f"{other.at(COMPARISON)} in {pair}", BOOL, (left, right), power=COMPARISON)
            return test if positive else inverse(test)
    scalars = (BOOL, INT, FLOAT)
    if all(member in scalars for each in (left, right) for member in members(each.type)):
        return infix("=" if positive else "!=", number(left), number(right), BOOL, COMPARISON)
    for known, other in ((right, left), (left, right)):
        if is_number(known.type) and other.type == ANY:

            def against(value: Term, known: Term = known) -> Term:
                text = f'($type({value.text}) = "boolean" ? $number({value.text}) : {value.text})'
                return infix(
                    "=" if positive else "!=", derive(text, ANY, (value,)), replace(known, guards=()), BOOL, COMPARISON
                )

            guards = left.guards + right.guards
            return replace(bind({"value": replace(other, guards=())}, against, known), guards=guards)

    def build(a: Term, b: Term) -> Term:
        text = (
            '($_plain := function($_v) { $type($_v) = "boolean" ? $number($_v)'
            ' : $type($_v) = "array" ? [$map($_v, function($_i) { $_plain($_i) })[]]'
            ' : $type($_v) = "object" ? $merge([$each($_v, function($_i, $_k) { {$_k: $_plain($_i)} })]) : $_v }; '
            f"$_plain({a.text}) {'=' if positive else '!='} $_plain({b.text}))"
        )
        return derive(text, BOOL, (a, b), deeper=4)

    return bind({"left": left, "right": right}, build)


def number(t: Term) -> Term:
    """A bool as the number it is in Python; numbers as they are."""
    if BOOL not in members(t.type) and t.type != ANY:
        return t
    if isinstance(t.constant, bool):
        return Term(str(int(t.constant)), INT, guards=t.guards, constant=int(t.constant))
    type = INT if t.type == BOOL else union(INT if member == BOOL else member for member in members(t.type))
    return invoke("number", t, type=type)


def _identical(op: str, left: Term, right: Term) -> Term:
    symbol = "=" if op == "is" else "!="
    if left.type == NULL and right.type != NULL:
        left, right = right, left
    if right.type == NULL:
        if NULL not in members(left.type) and unmarked(left.type) != ANY:
            return replace(FALSE if op == "is" else TRUE, guards=left.guards)
        if left.type == NULL:
            return replace(TRUE if op == "is" else FALSE, guards=left.guards)
        if found := matches.present(left):
            return inverse(found) if op == "is" else found
        return infix(symbol, left, right, BOOL, COMPARISON)
    if isinstance(right.constant, bool):
        return infix(symbol, left, right, BOOL, COMPARISON)
    raise Refusal("JSON values have no identity; `is` compares with None, True and False only", "x == y")


# --- order


def _ordered(op: str, left: Term, right: Term) -> Term:
    if _has(left.type, (BOOL, INT, FLOAT)) and _has(right.type, (BOOL, INT, FLOAT)):
        return infix(op, number(left), number(right), BOOL, COMPARISON)
    if left.type == STR and right.type == STR:
        if _low(left) or _low(right):
            return infix(op, left, right, BOOL, COMPARISON)
        return infix(op, ordering(left), ordering(right), BOOL, COMPARISON)
    if left.type == right.type and isinstance(left.type, Opaque) and left.type.name in MOMENTS:
        return infix(op, left, right, BOOL, COMPARISON)
    if _set_like(left.type) and _set_like(right.type):
        from treadle.language.exact.sets import ordered

        return ordered(op, left, right)
    if isinstance(left.type, List) and isinstance(right.type, List) and can_order(left.type) and can_order(right.type):
        return bind({"left": left, "right": right}, lambda a, b: _lists(op, a, b))
    if isinstance(left.type, Tuple) and isinstance(right.type, Tuple):
        return bind({"left": left, "right": right}, lambda a, b: _tuples(op, a, b))
    return _checked(op, left, right)


def _has(type: Type, allowed: Iterable[Type]) -> bool:
    return type != NEVER and all(member in allowed for member in members(type))


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
    return type.item in (STR, NEVER) or _has(type.item, (BOOL, INT, FLOAT))


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


# --- membership


def contains(needle: Term, hay: Term) -> Term:
    """`needle in hay`."""
    if hay.type == STR:
        if needle.type != STR:
            raise Refusal(f"'in <string>' requires a string as left operand, not {needle.type}", "str(x) in text")
        return _ordered_guards(invoke("contains", hay, needle, type=BOOL), needle, hay)
    if all(isinstance(member, (Dict, Record)) for member in members(hay.type)):
        return _has_key(needle, hay)
    if is_array(hay.type):
        return _among(needle, hay)
    if hay.type == ANY and (needle.type == STR or is_number(needle.type)):
        return bind({"needle": needle, "hay": hay}, _in_any)
    if NULL in members(hay.type) or hay.type == ANY:
        raise Refusal(f"`in` on a value of type {hay.type} depends on what it is", "data is not None and key in data")
    raise Refusal(f"argument of type '{hay.type}' is not iterable", "x == y")


def _in_any(needle: Term, hay: Term) -> Term:
    """`needle in hay` of a text or a number, in what may be anything."""
    h, named = hay.text, f"$lookup({PYTHON_NAMES}, $type({hay.text}))"
    within = _among(needle, hay.typed(List(ANY))).text
    ways = f'$type({h}) = "array" ? ({within}) : '
    guards = [Guard(f'$not($type({h}) in ["array", "object", "string"])', quote("TypeError"),
                    f"\"argument of type '\" & {named} & \"' is not iterable\"")]  # fmt: skip
    if needle.type == STR:
        ways += f'$type({h}) = "string" ? $contains({h}, {needle.text}) : $exists($lookup({h}, {needle.text}))'
    else:
        name = "float" if needle.type == FLOAT else "int"
        says = quote(f"'in <string>' requires string as left operand, not {name}")
        guards.append(Guard(f'$type({h}) = "string"', quote("TypeError"), says))
        ways += "false"
    return derive(ways, BOOL, (needle, hay), guards, power=CONDITION, deeper=4)


def _ordered_guards(t: Term, first: Term, second: Term) -> Term:
    """Guards in Python's order of evaluation, where the text names the operands the other way round."""
    return replace(t, guards=first.guards + second.guards)


def _has_key(needle: Term, hay: Term) -> Term:
    if needle.type != STR:
        if needle.type == ANY or STR in members(needle.type):
            from treadle.language.exact.dicts import has_any

            return has_any(needle, hay)
        return replace(FALSE, guards=needle.guards + hay.guards)
    if isinstance(hay.type, Record) and isinstance(needle.constant, str):
        found = hay.type.get(needle.constant)
        if (found and found.required) or (not found and hay.type.closed):
            return replace(TRUE if found else FALSE, guards=hay.guards)
    from treadle.language.exact.building import field

    if isinstance(needle.constant, str):
        found_text = field(replace(hay, guards=()), needle.constant, ANY).text
        return _ordered_guards(derive(f"$exists({found_text})", BOOL, (needle, hay)), needle, hay)
    return _ordered_guards(derive(f"$exists($lookup({hay.text}, {needle.text}))", BOOL, (needle, hay)), needle, hay)


def _among(needle: Term, hay: Term) -> Term:
    item = item_type(hay.type)
    if item == NEVER or not _may_equal(needle.type, item):
        return replace(FALSE, guards=needle.guards + hay.guards)
    scalars = (NULL, BOOL, INT, FLOAT, STR)
    if _has(needle.type, scalars) and (not _confuses(needle.type, item) or _plain_constant(needle)):
        text = f"{needle.at(COMPARISON)} in {hay.at(COMPARISON + 1)}"
        return derive(text, BOOL, (needle, hay), power=COMPARISON)

    def build(value: Term) -> Term:
        name = fresh("item", value.text)
        test = _equal("==", Term(name, item), value)
        return derive(f"$exists($filter({hay.text}, function({name}) {{ {test.text} }}))", BOOL, (value, hay, test))

    return _ordered_guards(bind({"needle": needle}, build, hay), needle, hay)
