"""`==`, `!=` and `is`. JSONata keeps booleans and numbers apart, and a list from no tuple."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from treadle.language.exact import matches
from treadle.language.exact.building import (
    bind,
    derive,
    infix,
    invoke,
    is_array,
    item_type,
)
from treadle.language.exact.truth import FALSE, TRUE, inverse
from treadle.language.term import AND, COMPARISON, Refusal, Term
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

MOMENTS = ("datetime", "naive datetime", "date", "timedelta")


def equal(op: str, left: Term, right: Term) -> Term:
    """`==` and `!=`."""
    positive = op == "=="
    if isinstance(left.type, Lacking) and left.type == right.type and left.type.kind == "Counter":
        from treadle.language.exact import counters

        alike = counters.same(left, right)
        return alike if positive else inverse(alike)
    if set_like(left.type) and set_like(right.type):
        same = bind({"left": left, "right": right}, _same_sets)
        return same if positive else inverse(same)
    if not may_equal(left.type, right.type):
        return replace(FALSE if positive else TRUE, guards=left.guards + right.guards)
    if confuses(left.type, right.type) and not plain_constant(left) and not plain_constant(right):
        return _loosely(positive, left, right)
    return infix("=" if positive else "!=", left, right, BOOL, COMPARISON)


def set_like(type: Type) -> bool:
    """A set, or a view of a dict's keys."""
    return isinstance(type, Opaque) and (type.name == "set" or (type.name == "view" and type.items == (STR,)))


def _same_sets(a: Term, b: Term) -> Term:
    """As many items, each of one in the other; their order says nothing."""
    strangers = f"$filter({a.text}, function($_item) {{ $not($_item in {b.text}) }})"
    text = f"$count({a.text}) = $count({b.text}) and $not($exists({strangers}))"
    return derive(text, BOOL, (a, b), power=AND, deeper=4)


def may_equal(left: Type, right: Type) -> bool:
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
                    found = found or (len(a.items) == len(b.items) and all(map(may_equal, a.items, b.items)))
                case (List(), List()):
                    found = found or may_equal(a.item, b.item) or True
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


def confuses(left: Type, right: Type) -> bool:
    """True where a boolean may stand on one side and a number on the other, somewhere inside."""
    return any(_confused(a, b) for a in members(left) for b in members(right))


def _confused(a: Type, b: Type) -> bool:
    match a, b:
        case _ if ANY in (a, b):
            other = b if a == ANY else a
            return other not in (NULL, STR, NEVER) and not (
                isinstance(other, (List, Dict)) and not confuses(_inside(other), ANY)
            )
        case _ if {a, b} in ({BOOL, INT}, {BOOL, FLOAT}):
            return True
        case (List() | Tuple(), List() | Tuple()):
            return confuses(_inside(a), _inside(b))
        case (Dict() | Record(), Dict() | Record()):
            return confuses(_inside(a), _inside(b))
    return False


def _inside(type: Type) -> Type:
    match type:
        case Dict():
            return type.value
        case Record():
            return union(each.type for each in type.fields) if type.closed else ANY
    return item_type(type)


def plain_constant(t: Term) -> bool:
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


def identical(op: str, left: Term, right: Term) -> Term:
    """`is` and `is not`, of None, True and False."""
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


def consists(type: Type, allowed: Iterable[Type]) -> bool:
    """True where whatever a value of the type is, it is of the allowed ones."""
    return type != NEVER and all(member in allowed for member in members(type))
