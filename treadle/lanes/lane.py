"""Which lane a workflow runs in: `sync`, `queued` or `chain`, derived from its steps and its triggers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from treadle.errors import ProjectError
from treadle.triggers import Route

if TYPE_CHECKING:
    from treadle.workflow import Workflow

JSON = Any
Lane = Literal["sync", "queued", "chain"]

PATIENCE = 29
"""Seconds that API Gateway waits for an answer (integration timeout of a REST API)."""


def lane(workflow: Workflow[..., Any]) -> Lane:
    """The workflow's lane: its own `lane=`, or what its steps and triggers imply.

    One step whose triggers are all routes is `sync`; one step with other triggers is `queued`; the rest is `chain`.

    Raises:
        ProjectError: `lane=` names a lane that cannot serve it; the message says why.
    """
    if workflow.lane == "chain":
        return "chain"
    against_sync, against_queued = _against(workflow)
    if workflow.lane is None:
        if against_queued or not workflow.triggers:
            return "chain"
        return "queued" if against_sync else "sync"
    reason = {"sync": against_sync or against_queued, "queued": against_queued}.get(workflow.lane, "no such lane")
    if reason:
        raise ProjectError(f'{workflow.name}: lane="{workflow.lane}" is impossible: {reason}: leave lane= out')
    return workflow.lane


def _against(workflow: Workflow[..., Any]) -> tuple[str, str]:
    """Why not `sync`, and why not `queued`; "" where nothing speaks against it."""
    definition = workflow.definition
    several = steps(definition)
    if several:
        return several, several
    for trigger in workflow.triggers:
        if not isinstance(trigger, Route):
            return f"{type(trigger).__name__.lower()} triggers have nobody who waits for the answer", ""
    for name, state in _states(definition):
        limit = state.get("TimeoutSeconds")
        if isinstance(limit, int | float) and limit > PATIENCE:
            return f"{name} may take {limit} s, and API Gateway waits {PATIENCE} s", ""
    return "", ""


def steps(definition: Mapping[str, JSON]) -> str:
    """Why a definition is more than one step; "" where it is one: at most one Task, run once, answered at once."""
    tasks = []
    for name, state in _states(definition):
        kind = state.get("Type")
        if kind in ("Map", "Parallel", "Wait"):
            return f"{name} is a {kind} state"
        if kind == "Task":
            tasks.append(name)
            _, dot, pattern = str(state.get("Resource")).rpartition(".")
            if dot and pattern in ("sync", "sync:2", "waitForTaskToken"):
                return f"{name} waits for a job or a token (.{pattern})"
    if len(tasks) > 1:
        return f"it has {len(tasks)} steps ({', '.join(tasks)})"
    if tasks and _reaches(definition["States"], tasks[0], tasks[0]):
        return f"{tasks[0]} is in a loop"
    return ""


def _states(definition: Mapping[str, JSON]) -> Iterator[tuple[str, Mapping[str, JSON]]]:
    yield from definition.get("States", {}).items()


def _reaches(states: Mapping[str, JSON], start: str, goal: str) -> bool:
    """Whether a transition path of one step or more leads from `start` to `goal`."""
    seen: set[str] = set()
    waiting = [*_next(states[start])]
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            waiting += _next(states.get(name, {}))
    return False


def _next(state: Mapping[str, JSON]) -> list[str]:
    places = [state, *state.get("Choices", ()), *state.get("Catch", ())]
    return [place[key] for place in places for key in ("Next", "Default") if key in place]
