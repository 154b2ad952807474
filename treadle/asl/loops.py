"""The loops of one scope, and how many history events a turn of each makes at least."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from heapq import heappop, heappush
from typing import Any

from treadle.asl.sizes import HISTORY, state_size
from treadle.asl.transitions import targets

JSON = Any


# `$turns < 4`, alone or as the first of several that must all hold.
_BOUND = re.compile(
    r"\{%\s*\(?\$(?P<name>\w+)\s*<=?\s*(?P<most>\d+)\s*\)?\s*(?:and\b(?!.*\bor\b|.*[?;]).*)?%\}", re.DOTALL
)
_STEP = re.compile(r"\{%\s*\$(?P<name>\w+)\s*\+\s*(?P<by>[1-9]\d*)\s*%\}")


def loops(scope: Mapping[str, JSON]) -> Iterator[tuple[tuple[str, ...], int]]:
    """(the states that lead to one another, in document order; events of the shortest turn through them).

    A loop that counts its turns up to a number, too few to fill a history, is none.
    """
    states = scope["States"]
    ways = {name: [target for _, target in targets(state) if target in states] for name, state in states.items()}
    events = {name: state_size(state).least.events or 0 for name, state in states.items()}
    yield from _loops(states, ways, events)


def _loops(
    states: Mapping[str, JSON], ways: Mapping[str, list[str]], events: Mapping[str, int]
) -> Iterator[tuple[tuple[str, ...], int]]:
    for names in _components(ways):
        inside = set(names)
        turns = [turn for name in names if (turn := _turn(name, ways, events, inside)) is not None]
        counted = {
            (name, target)
            for name in names
            for target, most in _counted(states[name])
            if turns and most * min(turns) <= HISTORY and ways[name].count(target) == 1
        }
        if counted:
            rest = {
                name: [target for target in ways[name] if target in inside and (name, target) not in counted]
                for name in names
            }
            yield from _loops(states, rest, events)
        elif turns:
            yield tuple(name for name in states if name in inside), min(turns)


def _counted(state: Mapping[str, JSON]) -> Iterator[tuple[str, int]]:
    """The ways of a Choice that are taken so often at most: their rule holds below a number and counts up to it."""
    for rule in state.get("Choices", ()):
        assigned = rule.get("Assign", {})
        bound = _BOUND.fullmatch(str(rule.get("Condition", "")))
        step = (
            _STEP.fullmatch(str(assigned.get(bound["name"], ""))) if bound and isinstance(assigned, Mapping) else None
        )
        if bound and step and step["name"] == bound["name"]:
            yield rule["Next"], int(bound["most"]) // int(step["by"]) + 1


def _turn(start: str, ways: Mapping[str, list[str]], events: Mapping[str, int], inside: set[str]) -> int | None:
    """Events of the lightest way from `start` back to itself."""
    waiting = [(events[start], start)]
    done = set[str]()
    while waiting:
        weight, name = heappop(waiting)
        for target in ways[name]:
            if target == start:
                return weight
            if target in inside and target not in done:
                done.add(target)
                heappush(waiting, (weight + events[target], target))
    return None


def _components(ways: Mapping[str, list[str]]) -> list[list[str]]:
    """Strongly connected components (Tarjan, without recursion), those of one state only where it leads to itself."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack = set[str]()
    found: list[list[str]] = []
    for root in ways:
        if root in index:
            continue
        work = [(root, iter(ways[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            name, rest = work[-1]
            target = next(rest, None)
            if target is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    component: list[str] = []
                    while component[-1:] != [name]:
                        component.append(stack.pop())
                        on_stack.discard(component[-1])
                    if len(component) > 1 or name in ways[name]:
                        found.append(component)
            elif target not in index:
                index[target] = low[target] = len(index)
                stack.append(target)
                on_stack.add(target)
                work.append((target, iter(ways[target])))
            elif target in on_stack:
                low[name] = min(low[name], index[target])
    return found
