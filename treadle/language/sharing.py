"""Which lists and dicts a value may reach: sets of tokens, each for objects that the program makes at one place.

Python shares a list between all that hold it, the machine copies it. A change in place is exact where nothing that is
read later can reach the changed object another way; two values that may reach one object have a token in common.

A place has two tokens: the even one stands for what was made there last, the odd one for all that was made there before
(recency abstraction). So `row` of this turn of a loop differs from the rows of earlier turns.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from treadle.language.types import ANY, Dict, List, Opaque, Record, Tuple, Type, is_immutable, members

Tokens = frozenset[int]

NONE: Tokens = frozenset()
FOREIGN = -2
"""What lives on outside of this execution or branch: a constant of the module, an item of a Map."""
ANYWHERE = -4
"""It is not known where it comes from: it may be any object."""

TREE, ITEMS, TANGLED = 2, 1, 0


@dataclass(frozen=True, slots=True)
class Held:
    """The objects a value may be (`top`), those directly in it (`items`), and those further in (`rest`).

    `distinct` says what is reached by one way only from the value: everything in it (TREE), its items though not what
    lies in them (ITEMS), or nothing for certain (TANGLED).
    """

    top: Tokens = NONE
    items: Tokens = NONE
    rest: Tokens = NONE
    distinct: int = TREE

    @property
    def all(self) -> Tokens:
        return self.top | self.items | self.rest

    def level(self, depth: int) -> Tokens:
        return (self.top, self.items, self.rest)[min(depth, 2)]


def of_kind(token: int) -> Held:
    """A value of which everything may be the same object."""
    return Held(frozenset([token]), frozenset([token]), frozenset([token]), TANGLED)


NOTHING = Held()
"""Of a value that nobody can change."""
UNKNOWN = of_kind(ANYWHERE)
OUTSIDE = of_kind(FOREIGN)


def either(values: Iterable[Held]) -> Held:
    """One of several values, it is not known which."""
    found = list(values)
    if len(found) == 1:
        return found[0]
    return Held(
        NONE.union(*(each.top for each in found)),
        NONE.union(*(each.items for each in found)),
        NONE.union(*(each.rest for each in found)),
        min((each.distinct for each in found), default=TREE),
    )


def item(held: Held) -> Held:
    """`value[i]`."""
    return Held(held.items, held.rest, held.rest, TREE if held.distinct == TREE else TANGLED)


def storing(held: Held, depth: int, value: Held, apart: bool = False) -> Held:
    """A container after `value` was put into what lies `depth` levels in it (0: into itself). `apart`: the two are
    known to share nothing, whatever their tokens say.
    """
    below = value.items | value.rest
    if depth == 0:
        changed = replace(held, items=held.items | value.top, rest=held.rest | below)
        once = (apart or (not value.top & held.all and not held.items & below)) and not value.top & below
    else:
        changed = replace(held, rest=held.rest | value.all)
        once = apart or not value.all & held.items
    if value.distinct == TREE and (apart or not value.all & held.all):
        return changed
    return replace(changed, distinct=min(held.distinct, ITEMS if once else TANGLED))


def absorbing(held: Held, depth: int, other: Held, apart: bool = False) -> Held:
    """A container after all items of `other` were put into what lies `depth` levels in it."""
    found = storing(held, depth, replace(item(other), distinct=other.distinct), apart)
    if other.distinct == TANGLED and other.items:
        return replace(found, distinct=TANGLED)
    return found


APART = "·apart"
"""Where an environment keeps its `Apart`."""


@dataclass(frozen=True, slots=True)
class Apart:
    """Pairs of names that share nothing though they have tokens in common: ways met that share it one by one."""

    pairs: frozenset[frozenset[str]] = frozenset()


def aged(held: Held, places: frozenset[int]) -> Held:
    """The value when its objects made last at these places (even tokens) are not the last any more."""
    if not held.all & places:
        return held
    return Held(_aged(held.top, places), _aged(held.items, places), _aged(held.rest, places), held.distinct)


def _aged(tokens: Tokens, places: frozenset[int]) -> Tokens:
    return frozenset(each + 1 if each in places else each for each in tokens)


def widened(old: Held, new: Held) -> Held:
    """`new`, with both tokens of each place that is not in `old`: so a loop needs fewer turns to settle."""
    fresh = frozenset(each for each in new.all - old.all if each >= 0)
    if not fresh:
        return new

    def both(tokens: Tokens) -> Tokens:
        return tokens | {each ^ 1 for each in tokens & fresh}

    return Held(both(new.top), both(new.items), both(new.rest), new.distinct)


def pruned(held: Held, type: Type) -> Held:
    """The value less the objects that its type rules out: a list of numbers holds nothing that changes."""
    if is_immutable(type):
        return NOTHING
    inner = [each for each in _children(type) if not is_immutable(each)]
    if not inner:
        return Held(held.top)
    if all(is_immutable(each) for child in inner for each in _children(child)):
        return Held(held.top, held.items, NONE, TREE if held.distinct == ITEMS else held.distinct)
    return held


def _children(type: Type) -> list[Type]:
    found: list[Type] = []
    for member in members(type):
        match member:
            case List():
                found.append(member.item)
            case Tuple():
                found.extend(member.items)
            case Opaque():
                found.extend(member.items or (ANY,))
            case Dict():
                found.append(member.value)
            case Record():
                found.extend(each.type for each in member.fields)
                if not member.closed:
                    found.append(ANY)
            case _ if member == ANY:
                found.append(ANY)
    return found
