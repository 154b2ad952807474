"""How much one run of a definition is: states entered and history events, at least and at most.

Retries are not counted. A loop or a Map whose items are not written in the document has no upper bound: `most` is None.
Events are those of a run that succeeds or ends in a Fail, as the history lists them.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, Final

from treadle.asl.document import inner_scopes
from treadle.asl.transitions import ends, targets

JSON = Any

HISTORY: Final = 25_000
"""Events of one Standard execution; the last one ends it."""

_EXECUTION = 2  # ExecutionStarted and how it ended
_PLAIN = 2  # entered, exited
_FAIL = 1  # entered; what follows is the execution's own end
_TASK = 5  # entered, scheduled, started, succeeded, exited
_WAITING_TASK = 6  # … and submitted
_PARALLEL = 4  # entered, started, succeeded, exited
_ITERATION = 2  # started, succeeded
_DISTRIBUTED = 6  # entered, started, run started, run succeeded, succeeded, exited


@dataclass(frozen=True, slots=True)
class Count:
    """States entered and history events; None where there is no bound."""

    states: int | None
    events: int | None

    def __add__(self, other: Count) -> Count:
        return Count(_sum(self.states, other.states), _sum(self.events, other.events))


@dataclass(frozen=True, slots=True)
class Size:
    """`least` and `most` of one run, its children of a Distributed Map apart."""

    least: Count
    most: Count


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def size(definition: Mapping[str, JSON]) -> Size:
    """The size of one execution. Asks for a definition that `check` has no error for."""
    inner = scope(definition)
    own = Count(0, _EXECUTION)
    return Size(inner.least + own, inner.most + own)


def scope(container: Mapping[str, JSON]) -> Size:
    """The size of the states of a machine, a branch or an item processor, from StartAt to an end."""
    states = container.get("States", {})
    weights = {name: state_size(state) for name, state in states.items()}
    start = container.get("StartAt")
    if not isinstance(start, str) or start not in weights:
        return Size(Count(0, 0), Count(0, 0))
    return Size(
        Count(_least(states, weights, start, "states"), _least(states, weights, start, "events")),
        Count(_most(states, weights, start, "states"), _most(states, weights, start, "events")),
    )


def state_size(state: Mapping[str, JSON]) -> Size:
    """One state with everything inside it."""
    kind = state.get("Type")
    if kind == "Task":
        waiting = str(state.get("Resource", "")).endswith((".sync", ".sync:2", ".waitForTaskToken"))
        return _same(Count(1, _WAITING_TASK if waiting else _TASK))
    if kind == "Parallel":
        return _sizes([_same(Count(1, _PARALLEL)), *(scope(branch) for _, branch in inner_scopes(state))])
    if kind == "Map":
        return _map_size(state)
    return _same(Count(1, _FAIL if kind == "Fail" else _PLAIN))


def _map_size(state: Mapping[str, JSON]) -> Size:
    processor = next((inner for _, inner in inner_scopes(state)), {})
    if is_distributed(state):
        return _same(Count(1, _DISTRIBUTED))
    own = Count(1, _PARALLEL)
    inside = scope(processor)
    items = state.get("Items")
    if isinstance(items, list):
        return _sizes([_same(own)] + [_sizes([_same(Count(0, _ITERATION)), inside])] * len(items))
    return Size(own, Count(None, None))


def is_distributed(state: Mapping[str, JSON]) -> bool:
    for _, inner in inner_scopes(state):
        config = inner.get("ProcessorConfig")
        if isinstance(config, Mapping) and config.get("Mode") == "DISTRIBUTED":
            return True
    return False


def _same(count: Count) -> Size:
    return Size(count, count)


def _sizes(parts: Iterable[Size]) -> Size:
    least = most = Count(0, 0)
    for part in parts:
        least, most = least + part.least, most + part.most
    return Size(least, most)


def _least(states: Mapping[str, JSON], weights: Mapping[str, Size], start: str, what: str) -> int | None:
    """The lightest way to an end (Dijkstra); None where no end can be come to."""
    waiting = [(getattr(weights[start].least, what), start)]
    done = set[str]()
    while waiting:
        weight, name = heappop(waiting)
        if name in done:
            continue
        done.add(name)
        if ends(states[name]) or not any(target in weights for _, target in targets(states[name])):
            return int(weight)
        for _, target in targets(states[name]):
            if target in weights and target not in done:
                heappush(waiting, (weight + getattr(weights[target].least, what), target))
    return None


def _most(states: Mapping[str, JSON], weights: Mapping[str, Size], start: str, what: str) -> int | None:
    """The heaviest way from `start`; None where a loop or an unbounded state is on one.

    Depth first without recursion: documents hold thousands of states in a row.
    """
    heaviest: dict[str, int] = {}
    open_names = {start}
    stack = [(start, iter([target for _, target in targets(states[start]) if target in weights]))]
    while stack:
        name, rest = stack[-1]
        target = next(rest, None)
        if target is None:
            own = getattr(weights[name].most, what)
            if own is None:
                return None
            after = [heaviest[each] for _, each in targets(states[name]) if each in weights]
            heaviest[name] = own + max(after, default=0)
            open_names.discard(name)
            stack.pop()
        elif target in open_names:
            return None
        elif target not in heaviest:
            open_names.add(target)
            stack.append((target, iter([each for _, each in targets(states[target]) if each in weights])))
    return heaviest[start]
