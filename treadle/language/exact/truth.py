"""What is true: `bool()`, `not`, `and`, `or`, `if … else`. In JSONata `[0]` is false and `and` gives a boolean."""

from __future__ import annotations

from dataclasses import replace

from treadle.language.exact import passing
from treadle.language.exact.building import (
    bind,
    derive,
    infix,
    invoke,
    is_array,
    lazily,
    maybe_array,
    negate,
    paren,
)
from treadle.language.exact.matches import present
from treadle.language.term import AND, COMPARISON, CONDITION, MISSING, OR, Refusal, Term
from treadle.language.types import (
    ANY,
    BOOL,
    NEVER,
    NULL,
    STR,
    Dict,
    Opaque,
    Record,
    Type,
    is_number,
    members,
    union,
    without,
)

TRUE, FALSE = Term("true", BOOL, constant=True), Term("false", BOOL, constant=False)


def truth(t: Term) -> Term:
    """`bool(t)`."""
    if t.type == BOOL:
        return t
    passing.whole(t)
    if t.type == NEVER:
        return derive("false", BOOL, (t,))
    if t.constant is not MISSING and not isinstance(t.constant, (list, dict)):
        return replace(TRUE if t.constant else FALSE, guards=t.guards)
    if found := present(t):
        return found
    always = _always(t.type)
    if always is not None:
        return replace(TRUE if always else FALSE, guards=t.guards)
    if is_number(t.type) or t.type == Opaque("timedelta"):
        return _against(t, "0")
    if t.type == STR:
        return _against(t, '""')
    if is_array(t.type):
        return infix(">", invoke("count", t, type=BOOL), Term("0", BOOL), BOOL, COMPARISON)
    if all(isinstance(member, (Dict, Record)) for member in members(t.type)):
        return _against(t, "{}")
    if any(isinstance(member, Opaque) for member in members(t.type)):
        raise Refusal(f"the truth of a value of type {t.type} is not known", "maybe is not None")
    if not maybe_array(t.type):
        return invoke("boolean", t, type=BOOL)

    def tested(value: Term) -> Term:
        text = f'$type({value.text}) = "array" ? $count({value.text}) > 0 : $boolean({value.text})'
        return derive(text, BOOL, (value,), power=CONDITION)

    return bind({"value": t}, tested)


def _against(t: Term, empty: str) -> Term:
    return infix("!=", t, Term(empty, t.type), BOOL, COMPARISON)


def _always(type: Type) -> bool | None:
    """True or False where every value of the type is."""
    found: set[bool | None] = set()
    for member in members(type):
        match member:
            case Opaque(name="datetime" | "naive datetime" | "read datetime" | "date" | "hash" | "exception" | "match"):
                found.add(True)
            case Record() if member.attributes or any(each.required for each in member.fields):
                found.add(True)
            case Record() if member.closed and not member.fields:
                found.add(False)
            case _ if member == NULL:
                found.add(False)
            case _:
                found.add(None)
    return found.pop() if len(found) == 1 else None


def inverse(t: Term) -> Term:
    """`not t`."""
    test = truth(t)
    if test.constant is not MISSING:
        return replace(FALSE if test.constant else TRUE, guards=t.guards)
    if t.type == STR or is_number(t.type):
        return infix("=", t, Term('""' if t.type == STR else "0", t.type), BOOL, COMPARISON)
    if is_array(t.type):
        return infix("=", invoke("count", t, type=BOOL), Term("0", BOOL), BOOL, COMPARISON)
    if all(isinstance(member, (Dict, Record)) for member in members(t.type)):
        return infix("=", t, Term("{}", t.type), BOOL, COMPARISON)
    return derive(negate(test.text), BOOL, (test,))


def both(left: Term, right: Term) -> Term:
    """`left and right`: the first that is false, or the last."""
    test = truth(left)
    if test.constant is not MISSING and not left.guards and not left.fleeting:
        return right if test.constant else left
    guards = lazily(test.text, right.guards)
    if left.type == BOOL and right.type == BOOL:
        if right.guards:
            return derive(
                f"{paren(left.text)} ? {paren(right.text)} : false", BOOL, (left, _bare(right)), guards, power=CONDITION
            )
        return infix("and", left, right, BOOL, AND)
    return _pick(left, right, falsy(left.type), lambda value, test, other: f"{test} ? {other} : {value}")


def either(left: Term, right: Term) -> Term:
    """`left or right`: the first that is true, or the last."""
    test = truth(left)
    if test.constant is not MISSING and not left.guards and not left.fleeting:
        return left if test.constant else right
    if left.type == BOOL and right.type == BOOL:
        if right.guards:
            guards = lazily(negate(test.text), right.guards)
            return derive(
                f"{paren(left.text)} ? true : {paren(right.text)}", BOOL, (left, _bare(right)), guards, power=CONDITION
            )
        return infix("or", left, right, BOOL, OR)
    return _pick(left, right, truthy(left.type), lambda value, test, other: f"{test} ? {value} : {other}", True)


def _pick(left: Term, right: Term, kept: Type, text, negated: bool = False) -> Term:  # type: ignore[no-untyped-def]
    """Either operand, by the truth of the left one, which is evaluated once."""
    type = union((kept, right.type))

    def build(value: Term) -> Term:
        test = truth(value)
        guards = lazily(negate(test.text) if negated else test.text, right.guards)
        picked = text(paren(value.text), paren(test.text), paren(right.text))
        return derive(picked, type, (value, test, _bare(right)), guards, power=CONDITION)

    return bind({"left": left}, build, right)


def falsy(type: Type) -> Type:
    """What is left of a type when its value is false."""
    return union(member for member in members(type) if member == ANY or _always(member) is not True)


def truthy(type: Type) -> Type:
    """What is left of a type when its value is true."""
    return without(type, NULL)


def conditional(test: Term, then: Term, other: Term) -> Term:
    """`then if test else other`; `test` is a Bool."""
    if test.constant is not MISSING and not test.guards:
        return then if test.constant else other
    guards = (*lazily(test.text, then.guards), *lazily(negate(test.text), other.guards))
    type = union((then.type, other.type))
    text = f"{paren(test.text)} ? {paren(then.text)} : {paren_last(other)}"
    return derive(text, type, (test, _bare(then), _bare(other)), guards, power=CONDITION)


def paren_last(other: Term) -> str:
    """The text after the last `:`, where another condition reads well without parentheses."""
    return other.text if other.power >= CONDITION else f"({other.text})"


def _bare(t: Term) -> Term:
    return replace(t, guards=())
