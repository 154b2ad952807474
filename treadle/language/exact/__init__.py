"""The rules that say what Python's operators, functions and methods are in JSONata, or why they are nothing there.

One module a noun; each takes and gives `Term`s, and raises `Refusal` where JSONata cannot say what Python says. What
Python raises while running becomes a `Guard` of the term. Nothing in here sees the source or a state.

The domain: JSON values, integers of at most 2^53 in size, finite floats. A negative zero is a zero, as readers differ.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any as Anything

from treadle.language.exact import (
    comprehensions,
    conversions,
    counters,
    dicts,
    dynamic,
    edits,
    formatting,
    iterables,
    iterators,
    library,
    lists,
    matches,
    moments,
    numbers,
    passing,
    ranking,
    sets,
    slices,
    strings,
    time,
)
from treadle.language.exact.building import after, bare, bind, constant_text, derive, field, is_array, quote, when_none
from treadle.language.exact.characters import translate
from treadle.language.exact.comparison import INFINITE, chain, compare
from treadle.language.exact.counters import defaulting
from treadle.language.exact.equality import number
from treadle.language.exact.functions import call, known
from treadle.language.exact.instances import instance
from treadle.language.exact.methods import change, has_method, method
from treadle.language.exact.templates import percent
from treadle.language.exact.truth import both, conditional, either, inverse, truth
from treadle.language.term import ATOM, UNARY, Clause, Formatted, Item, Refusal, Term
from treadle.language.types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    NEVER,
    NULL,
    STR,
    List,
    Named,
    Opaque,
    Record,
    Tuple,
    Union,
    members,
    without,
)

_RULES = (conversions, counters, iterables, iterators, library, ranking)
"""Imported for the rules that they enter."""

__all__ = [
    "attribute",
    "binary",
    "both",
    "call",
    "chain",
    "change",
    "compare",
    "comprehension",
    "comprehension_dict",
    "conditional",
    "defaulting",
    "delete",
    "display_dict",
    "display_list",
    "display_tuple",
    "either",
    "has_method",
    "instance",
    "iterate",
    "join",
    "known",
    "literal",
    "method",
    "percent",
    "slice",
    "splice",
    "store",
    "subscript",
    "translate",
    "truth",
    "unary",
]


def literal(value: Anything) -> Term:
    """A constant of the program."""
    if value is None:
        return Term("null", NULL, constant=None)
    if isinstance(value, bool):
        return Term("true" if value else "false", BOOL, constant=value)
    if isinstance(value, int):
        if abs(value) > 2**53:
            raise Refusal("integers beyond 2**53 are rounded by JSONata", "str(number)")
        return Term(str(value), INT, UNARY if value < 0 else ATOM, constant=value)
    if isinstance(value, float):
        if math.isinf(value):
            return Term("null", INFINITE[value > 0])
        if not math.isfinite(value):
            raise Refusal(f"{value} is not a JSON value", "None")
        text = str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
        return Term(text, FLOAT, UNARY if text[0] == "-" else ATOM, constant=value)
    if isinstance(value, str):
        return constant_text(value)
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        made = (display_list if isinstance(value, list) else display_tuple)([Item(literal(each)) for each in value])
        return replace(made, constant=value)
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return replace(display_dict([(literal(key), literal(each)) for key, each in value.items()]), constant=value)
    if isinstance(value, (set, frozenset)):
        return sets.of_constants([literal(each) for each in value])
    if value is datetime.UTC:
        return time.UTC
    if isinstance(value, datetime.timedelta):
        return time.delta({"microseconds": literal(value // datetime.timedelta(microseconds=1))})
    raise Refusal(f"a {type(value).__name__} is no JSON value", "text" if isinstance(value, bytes) else "None")


def never(*operands: Term) -> Term | None:
    """What comes of an operand that has no value, as an item of `[]`: nothing, as a guard of it is raised before."""
    return derive("null", NEVER, operands) if any(t.type == NEVER for t in operands) else None


def unary(op: str, t: Term) -> Term:
    if op == "not":
        return inverse(t)
    if found := never(t):
        return found
    passing.whole(t)
    if t.type in INFINITE and op in ("-", "+"):
        return replace(t, type=INFINITE[(t.type == INFINITE[1]) == (op == "+")])
    if t.type == time.TIMEDELTA and op == "-":
        return time.negative(t)
    return numbers.sign(op, t)


def binary(op: str, left: Term, right: Term) -> Term:
    if found := never(left, right):
        return found
    if numbers.is_numeric(left.type) and numbers.is_numeric(right.type):
        return numbers.operate(op, left, right)
    (passing.deep if op == "%" else passing.whole)(left, right)
    if any(t.type in MOMENTS for t in (left, right)):
        return moments.operate(op, left, right) or time.operate(op, left, right)
    if op == "+" and left.type == STR and right.type == STR:
        return strings.concatenate(left, right)
    if op == "+" and is_array(left.type) and is_array(right.type) and not _opaque(left, right):
        return lists.concatenate(left, right)
    if op == "*":
        for value, count in ((left, right), (right, left)):
            if (value.type == STR or isinstance(value.type, (List, Tuple))) and numbers.is_whole(count.type):
                made = (strings.repeat if value.type == STR else lists.repeat)(value, number(count))
                return replace(made, guards=left.guards + right.guards)
    if op in ("|", "&", "-", "^") and _is_set(left) and _is_set(right):
        return sets.operate(op, left, right)
    if op in ("+", "-", "|", "&") and counters.is_counter(left.type) and counters.is_counter(right.type):
        return counters.combine(op, left, right)
    if op == "|" and dicts.is_dict(left.type) and dicts.is_dict(right.type):
        return dicts.updated(left, right)
    if (_number_or_none(left) and _number_or_none(right) and op != "+") or _one_number(left, right):
        return _checked(op, left, right)
    if op == "+" and STR in (left.type, right.type) and _text_or_none(left) and _text_or_none(right):
        return _checked_text(left, right)
    if (found := dynamic.arithmetic(op, left, right)) is not None:
        return found
    instead = {"+": 'f"{x}{y}"', "%": 'f"{x}"'}.get(op, "float(x) * float(y)")
    raise Refusal(f"{left.type} {op} {right.type} depends on what the values are, or raises TypeError", instead)


MOMENTS = (time.DATETIME, time.TIMEDELTA, moments.NAIVE, moments.READ, moments.DATE)


def _is_set(t: Term) -> bool:
    return sets.is_set(t.type) or sets.is_keys(t.type)


def _opaque(*terms: Term) -> bool:
    return any(isinstance(member, Opaque) for t in terms for member in members(t.type))


def _one_number(left: Term, right: Term) -> bool:
    """A number on one side, and what may be one on the other."""
    pairs = ((left, right), (right, left))
    return any(numbers.is_numeric(a.type) and _number_or_none(b) for a, b in pairs)


def _number_or_none(t: Term) -> bool:
    return t.type != NULL and numbers.is_numeric(without(t.type, NULL))


def _checked(op: str, left: Term, right: Term) -> Term:
    """Arithmetic where None or anything else may stand for a number: Python's TypeError where it does."""

    def build(a: Term, b: Term) -> Term:
        def cause(first: str, second: str) -> str:
            shown = "** or pow()" if op == "**" else op
            return f'"unsupported operand type(s) for {shown}: \'" & {first} & "\' and \'" & {second} & "\'"'

        names = [quote(str(without(t.type, NULL))) for t in (a, b)]
        if NULL in members(a.type) and NULL in members(b.type):
            raise Refusal(f"{left.type} {op} {right.type}: say what None means", "(maybe or 0) + x")
        return numbers.operate(
            op,
            numbers.demand(a, lambda name: cause(name, names[1])),
            numbers.demand(b, lambda name: cause(names[0], name)),
        )

    return bind({"left": left, "right": right}, build)


def _text_or_none(t: Term) -> bool:
    return STR in members(t.type) and all(member in (STR, NULL) for member in members(t.type))


def _checked_text(left: Term, right: Term) -> Term:
    if NULL in members(left.type):
        checked = when_none(bare(left), "TypeError", "unsupported operand type(s) for +: 'NoneType' and 'str'")
        made = strings.concatenate(bare(checked), bare(right))
    else:
        checked = when_none(bare(right), "TypeError", 'can only concatenate str (not "NoneType") to str')
        made = strings.concatenate(bare(left), bare(checked))
    return after((left, right), checked.guards, made)


def join(parts: Sequence[str | Formatted]) -> Term:
    passing.texts(parts)
    return formatting.joined(parts)


def display_list(items: Sequence[Item]) -> Term:
    return lists.display(items)


def display_tuple(items: Sequence[Item]) -> Term:
    return lists.display(items, fixed=True)


def display_dict(pairs: Sequence[tuple[Term | None, Term]]) -> Term:
    return dicts.display(pairs)


def subscript(value: Term, index: Term) -> Term:
    if found := never(value, index):
        return found
    if matches.present(value) is not None:
        return matches.pick(matches.certain(value, ""), [index])
    passing.whole(value, index)
    if NULL in members(value.type) and value.type != NULL:
        checked = when_none(bare(value), "TypeError", "'NoneType' object is not subscriptable")
        return after((value, index), checked.guards, subscript(bare(checked), bare(index)))
    if dicts.is_dict(value.type):
        if any(isinstance(member, Record) and member.attributes for member in members(value.type)):
            raise Refusal(f"{value.type} is a dataclass: its fields are attributes", "")
        return dicts.lookup(value, index)
    if value.type == STR or (is_array(value.type) and not isinstance(value.type, Union)):
        if isinstance(value.type, Opaque) and value.type.name != "range":
            raise Refusal(f"a value of type {value.type} has no items by number", "list(xs)[0]")
        return lists.at(value, index)
    if value.type == ANY:
        return dicts.at_any(value, index)
    raise Refusal(f"what `[…]` does here depends on the type, {value.type}", "data[key]")


def slice(value: Term, lower: Term | None, upper: Term | None, step: Term | None) -> Term:
    if found := never(value, *(bound for bound in (lower, upper, step) if bound is not None)):
        return found
    passing.whole(value)
    if NULL in members(value.type) and value.type != NULL:
        bounds = [bound for bound in (lower, upper, step) if bound is not None]
        checked = when_none(bare(value), "TypeError", "'NoneType' object is not subscriptable")
        plain = [None if bound is None else bare(bound) for bound in (lower, upper, step)]
        return after((value, *bounds), checked.guards, slice(bare(checked), *plain))
    if value.type == STR or (is_array(value.type) and not isinstance(value.type, (Opaque, Union))):
        return slices.cut(value, lower, upper, step)
    raise Refusal(f"a value of type {value.type} cannot be sliced", "items[1:3]")


def attribute(value: Term, name: str) -> Term:
    if found := never(value):
        return found
    passing.whole(value)
    if NULL in members(value.type) and value.type != NULL:
        value = when_none(value, "AttributeError", f"'NoneType' object has no attribute '{name}'")
    if isinstance(value.type, Record) and value.type.attributes:
        known_field = value.type.get(name)
        if known_field is not None:
            return field(value, name, known_field.type)
        raise Refusal(
            f"{value.type} has no field {name!r}", f"x.{value.type.fields[0].name}" if value.type.fields else "None"
        )
    if value.type == moments.DATE and name not in ("year", "month", "day"):
        raise Refusal(f"date has no part {name!r}", "datetime.date(2024, 1, 31).year")
    if value.type in (moments.NAIVE, moments.READ, moments.DATE):
        return time.part(moments.wall(value), name)
    if isinstance(value.type, Named) and name in value.type.names:
        return subscript(value, literal(value.type.names.index(name)))
    if value.type == time.DATETIME:
        return time.part(value, name)
    if value.type == time.TIMEDELTA:
        return time.span_part(value, name)
    if value.type == Opaque("uuid") and name == "hex":
        from treadle.language.exact.chance import uuid_hex

        return uuid_hex(value)
    instead = f'anything["{name}"]'
    raise Refusal(f"a value of type {value.type} has no attribute {name!r}", instead)


def iterate(t: Term, before: str = "'", after: str = "' object is not iterable") -> Term:
    """As `lists.iterate`, of what may be None too."""
    passing.whole(t)
    if NULL in members(t.type) and t.type != NULL:
        t = when_none(t, "TypeError", f"{before}NoneType{after}")
    return lists.iterate(t, before, after)


def comprehension(clauses: Sequence[Clause], element: Term) -> Term:
    return comprehensions.of_list(clauses, element)


def comprehension_dict(clauses: Sequence[Clause], key: Term, value: Term) -> Term:
    return comprehensions.of_dict(clauses, key, value)


def store(container: Term, index: Term, value: Term) -> Term:
    """The container after `container[index] = value`."""
    passing.whole(container, index)
    if dicts.is_dict(container.type):
        return dicts.stored(container, index, value)
    if isinstance(container.type, List):
        if index.type != INT:
            raise Refusal(f"list indices must be integers, not {index.type}", "items[0] = value")
        return edits.placed(container, index, value)
    raise Refusal(f"a value of type {container.type} takes no assignment to its items", "list(xs)")


def splice(container: Term, bounds: Sequence[Term | None], new: Term | None) -> Term:
    """The container after `container[lower:upper:step] = new`, or after `del` of the slice."""
    if not isinstance(container.type, List):
        raise Refusal(f"a slice of a value of type {container.type} cannot be changed", "items = list(items)")
    lower, upper, step = bounds
    if new is None:
        return edits.cut_out(container, lower, upper, step)
    return edits.spliced(container, lower, upper, step, new)


def delete(container: Term, index: Term) -> Term:
    """The container after `del container[index]`."""
    passing.whole(container, index)
    if dicts.is_dict(container.type):
        return dicts.dropped(container, index)
    if isinstance(container.type, List) and index.type == INT:
        return edits.dropped(container, index)
    raise Refusal(f"items of a value of type {container.type} cannot be deleted", "del items[0]")
