"""`in`, and `not in` by its opposite."""

from __future__ import annotations

from dataclasses import replace

from treadle.language.exact.building import (
    bind,
    derive,
    fresh,
    invoke,
    is_array,
    item_type,
    quote,
)
from treadle.language.exact.equality import confuses, consists, equal, may_equal, plain_constant
from treadle.language.exact.kinds import name_of, named
from treadle.language.exact.truth import FALSE, TRUE
from treadle.language.term import COMPARISON, CONDITION, Guard, Refusal, Term
from treadle.language.types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    NEVER,
    NULL,
    STR,
    Dict,
    List,
    Record,
    is_number,
    members,
)


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
    h = hay.text
    within = _among(needle, hay.typed(List(ANY))).text
    ways = f'$type({h}) = "array" ? ({within}) : '
    guards = [Guard(f'$not($type({h}) in ["array", "object", "string"])', quote("TypeError"),
                    f"\"argument of type '\" & {name_of(h)} & \"' is not iterable\"")]  # fmt: skip
    if needle.type == STR:
        ways += f'$type({h}) = "string" ? $contains({h}, {needle.text}) : $exists($lookup({h}, {needle.text}))'
    else:
        says = f"\"'in <string>' requires string as left operand, not \" & {named(needle)}"
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
        if any(isinstance(member, (List, Dict, Record)) for member in members(needle.type)):
            raise Refusal(f"a {needle.type} is no key of a dict: Python raises TypeError", "key in data")
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
    if item == NEVER or not may_equal(needle.type, item):
        return replace(FALSE, guards=needle.guards + hay.guards)
    scalars = (NULL, BOOL, INT, FLOAT, STR)
    if consists(needle.type, scalars) and (not confuses(needle.type, item) or plain_constant(needle)):
        text = f"{needle.at(COMPARISON)} in {hay.at(COMPARISON + 1)}"
        return derive(text, BOOL, (needle, hay), power=COMPARISON)

    def build(value: Term) -> Term:
        name = fresh("item", value.text)
        test = equal("==", Term(name, item), value)
        return derive(f"$exists($filter({hay.text}, function({name}) {{ {test.text} }}))", BOOL, (value, hay, test))

    return _ordered_guards(bind({"needle": needle}, build, hay), needle, hay)
