"""Where the states lead: targets that do not exist, states that nothing leads to, a machine that can never end.

The order and the exceptions are AWS's (measured): a missing end hides unreachable states, of the machine only; inside a
Map or a Parallel a scope without an end is accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from treadle.asl.document import scopes
from treadle.asl.finding import TARGET, Finding, error

JSON = Any


def problems(definition: Mapping[str, JSON]) -> list[Finding]:
    return [finding for location, scope in scopes(definition) for finding in _scope(scope, location)]


def targets(state: Mapping[str, JSON]) -> Iterator[tuple[str, str]]:
    """(where it is written, the name of a state) for everything a state may go on to: "Next", "Choices[0]/Next" …"""
    if isinstance(name := state.get("Next"), str):
        yield "Next", name
    for field in ("Choices", "Catch"):
        rules = state.get(field)
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, Mapping) and isinstance(name := rule.get("Next"), str):
                yield f"{field}[{index}]/Next", name
    if isinstance(name := state.get("Default"), str):
        yield "Default", name


def ends(state: Mapping[str, JSON]) -> bool:
    return state.get("End") is True or state.get("Type") in ("Succeed", "Fail")


def reachable(scope: Mapping[str, JSON]) -> set[str]:
    """The states of one scope that can be come to from its StartAt."""
    states, seen = scope["States"], set[str]()
    waiting = [scope["StartAt"]] if scope["StartAt"] in states else []
    while waiting:
        name = waiting.pop()
        if name not in seen and isinstance(state := states.get(name), Mapping):
            seen.add(name)
            waiting.extend(target for _, target in targets(state))
    return seen


def _scope(scope: Mapping[str, JSON], location: str) -> Iterator[Finding]:
    states, start = scope.get("States"), scope.get("StartAt")
    if not isinstance(states, Mapping) or not states or not isinstance(start, str):
        return
    yield from _missing("StartAt", start, states, location)
    for name, state in states.items():
        if isinstance(state, Mapping):
            for where, target in targets(state):
                yield from _missing(where, target, states, f"{location}/States/{name}")
    if not location and not any(ends(state) for state in states.values() if isinstance(state, Mapping)):
        yield error("Workflow has no terminal state", None, "MISSING_END_STATE")
        return
    seen = reachable(scope)
    for name in states:
        if name not in seen:
            yield error(f'State "{name}" is not reachable.', f"{location}/States/{name}", TARGET)


def _missing(where: str, target: str, states: Mapping[str, JSON], location: str) -> Iterator[Finding]:
    if target not in states:
        yield error(f"Missing 'Next' target: {target}", f"{location}/{where}", TARGET)
