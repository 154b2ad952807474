"""`x += y`, where it is not `x + y`: in a TypeError's text, and where a list takes the items of what is no list."""

from __future__ import annotations

from dataclasses import replace

from treadle.language import exact
from treadle.language.exact import lists
from treadle.language.exact.building import bind, is_array
from treadle.language.exact.kinds import NUMERIC, kinds, named
from treadle.language.term import COMPARISON, Guard, Term
from treadle.language.types import ANY, BOOL, NULL, STR, Dict, List, Type, members, union


def augmented(op: str, left: Term, right: Term) -> Term:
    """What `left op= right` gives `left`."""
    if op == "+" and "array" in kinds(left.type) and not is_array(left.type) and not is_array(right.type):
        return bind({"left": left, "right": right}, _extended)
    made = exact.binary(op, left, right)
    shown = "** or pow()" if op == "**" else op
    own = [replace(each, cause=each.cause.replace(f"for {shown}: ", f"for {op}=: ")) for each in made.guards]
    return replace(made, guards=tuple(own))


def _extended(left: Term, right: Term) -> Term:
    """`left += right` where `left` may be a list and may be something else."""
    whether = f'$type({left.text}) = "array"'
    rest = augmented("+", left.typed(_less_lists(left.type)), right)
    if not kinds(right.type) <= {"number", "null"}:
        items = lists.concatenate(left.typed(List(ANY)), exact.iterate(right))
        return exact.conditional(Term(whether, BOOL, COMPARISON), items, rest)
    first, *others = rest.guards
    said = f'"\'" & {named(right)} & "\' object is not iterable"'
    return replace(rest, guards=(Guard(first.when, first.error, f"{whether} ? {said} : {first.cause}"), *others))


def _less_lists(type: Type) -> Type:
    if type == ANY:
        return union((NULL, *NUMERIC, STR, Dict(ANY)))
    return union(member for member in members(type) if not is_array(member))
