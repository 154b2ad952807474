"""A compiled state: a name, and a function that runs it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from treadle.engine.data.errors import DataError
from treadle.engine.failure import QUERY, RUNTIME, Failure, Problem

if TYPE_CHECKING:
    from treadle.engine.frame import Frame

JSON = Any
Step = Callable[["Frame"], "State | None"]
Perform = Callable[["Frame"], Awaitable["State | None"]]


class State:
    """`step` runs a state that never waits, `perform` one that may; both give the state that comes next or None.

    States are made before what runs them is compiled, so that a closure can hold the state it goes to.
    """

    __slots__ = ("document", "language", "name", "perform", "scopes", "step", "type")

    def __init__(self, name: str, document: Mapping[str, JSON], language: str) -> None:
        self.name = name
        self.document = document
        self.type: str = document["Type"]
        self.language = document.get("QueryLanguage", language)
        self.scopes: tuple[Scope, ...] = ()  # a Parallel's branches, a Map's one item processor
        self.step: Step | None = None
        self.perform: Perform | None = None

    def __repr__(self) -> str:
        return f"State({self.name!r}, {self.type})"


class Scope:
    """A set of states with a start: the machine's own, a branch or an item processor."""

    __slots__ = ("start", "states")

    def __init__(self, states: Mapping[str, State], start: str) -> None:
        self.states = states
        self.start = states[start]


FAILURES = (Failure, Problem, DataError, RecursionError)
"""What a state may raise that `failure_of` understands; anything else is a mistake of ours or of a service."""


def failure_of(state: State, frame: Frame, problem: Exception) -> Failure:
    """What a problem with data becomes: AWS's error, in AWS's sentence about this state."""
    if isinstance(problem, Failure):
        return problem
    where = f"An error occurred while executing the state '{state.name}' (entered at the event id #{frame.entered}). "
    if isinstance(problem, Problem):
        evaluation = state.language == "JSONata" and problem.error is None
        error = problem.error or (QUERY if evaluation else RUNTIME)
        return Failure(error, where + problem.text, evaluation=evaluation, location=problem.location)
    if isinstance(problem, DataError):
        evaluation = problem.error == QUERY
        return Failure(
            problem.error,
            where + problem.cause,
            evaluation=evaluation,
            location=getattr(problem, "location", None) if evaluation else None,
        )
    if isinstance(problem, RecursionError):
        return Failure(RUNTIME, where + "The data is nested too deeply.")
    raise problem
