"""Retry and Catch: what a state that can fail does about it.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from treadle.engine import fields
from treadle.engine.chance import Chance
from treadle.engine.failure import TIMEOUT, Failure
from treadle.engine.variables import assign_to

if TYPE_CHECKING:
    from treadle.engine.frame import Frame
    from treadle.engine.state import State

JSON = Any


def matches(names: Sequence[str], failure: Failure) -> bool:
    """Does ErrorEquals name this failure? States.Runtime is nobody's, not even of those who name it."""
    if failure.ends_execution:
        return False
    if failure.error in names or "States.ALL" in names:
        return True
    if failure.heartbeat and "States.HeartbeatTimeout" in names:
        return True
    return "States.TaskFailed" in names and failure.error != TIMEOUT


@dataclass(frozen=True, slots=True)
class Retrier:
    """Times in seconds."""

    errors: tuple[str, ...]
    interval: float = 1
    attempts: int = 3
    rate: float = 2.0
    longest: float | None = None
    jitter: bool = False

    def delay(self, retries: int, chance: Chance) -> float:
        """How long to wait before retry number `retries` (from 0)."""
        try:
            delay = self.interval * self.rate**retries
        except OverflowError:
            delay = float("inf")
        delay = min(delay, self.longest if self.longest is not None else _LONGEST)
        return chance.uniform(0, delay) if self.jitter else delay


_LONGEST = 31_622_400.0  # a year, the longest a Standard execution lives


def retriers(document: Mapping[str, JSON]) -> tuple[Retrier, ...]:
    return tuple(
        Retrier(
            tuple(retrier["ErrorEquals"]),
            retrier.get("IntervalSeconds", 1),
            retrier.get("MaxAttempts", 3),
            retrier.get("BackoffRate", 2.0),
            retrier.get("MaxDelaySeconds"),
            retrier.get("JitterStrategy") == "FULL",
        )
        for retrier in document.get("Retry", ())
    )


@dataclass(frozen=True, slots=True)
class Catcher:
    """What a failure that it names turns into: an output, variables, and the state that goes on."""

    errors: tuple[str, ...]
    finish: fields.Finish
    following: State


def catchers(state: State, states: Mapping[str, State]) -> tuple[Catcher, ...]:
    made = []
    for index, catcher in enumerate(state.document.get("Catch", ())):
        if state.language == "JSONata":
            finish = _finish_jsonata(catcher, f"Catch[{index}]")
        else:
            finish = _finish(catcher)
        made.append(Catcher(tuple(catcher["ErrorEquals"]), finish, states[catcher["Next"]]))
    return tuple(made)


def _finish(catcher: Mapping[str, JSON]) -> fields.Finish:
    put = fields.result_path(catcher.get("ResultPath", "$"))
    assign = fields.payload_template(catcher["Assign"]) if "Assign" in catcher else None

    def finish(frame: Frame, value: JSON, error: JSON) -> tuple[JSON, dict[str, JSON] | None]:
        return put(frame, value, error), None if assign is None else assign(frame, error)

    return finish


def _finish_jsonata(catcher: Mapping[str, JSON], field: str) -> fields.Finish:
    output = _error_field(catcher, "Output", field)
    assign = _error_field(catcher, "Assign", field)

    def finish(frame: Frame, value: JSON, error: JSON) -> tuple[JSON, dict[str, JSON] | None]:
        assigned = None if assign is None else assign(frame, value, error)
        return (error if output is None else output(frame, value, error)), assigned

    return finish


def _error_field(catcher: Mapping[str, JSON], key: str, field: str) -> fields.Result | None:
    return fields.jsonata_result(catcher[key], f"{field}/{key}", "errorOutput") if key in catcher else None


def catch(frame: Frame, state: State, caught: Sequence[Catcher], failure: Failure) -> State:
    """Goes on where the first catcher that names the failure says; raises it where there is none."""
    for catcher in caught:
        if matches(catcher.errors, failure):
            output, assigned = catcher.finish(frame, frame.value, failure.output())
            if assigned:
                assign_to(frame, assigned)
            frame.leave(f"{state.type}StateExited", output, assigned)
            return catcher.following
    raise failure
