"""The shape that Task, Parallel and Map share: try, perhaps retry, process the result or catch the failure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from treadle.engine import fields
from treadle.engine.control import record_failure
from treadle.engine.data.errors import DataError
from treadle.engine.failure import RUNTIME, Failure, Fatal, Problem
from treadle.engine.limits import fits
from treadle.engine.retry import catch, catchers, matches, retriers
from treadle.engine.variables import assign_to

if TYPE_CHECKING:
    from treadle.engine.frame import Frame
    from treadle.engine.state import Perform, State

JSON = Any
Attempt = Callable[["Frame"], Awaitable[JSON]]
"""One attempt: records its events, gives the raw result, raises what went wrong."""


def performing(state: State, states: Mapping[str, State], following: State | None, attempt: Attempt) -> Perform:
    """Runs `attempt` under the state's Retry and Catch, and makes its result the output."""
    name = state.name
    entered_kind, exited_kind, failed_kind = (f"{state.type}State{end}" for end in ("Entered", "Exited", "Failed"))
    finish = fields.finish_jsonata(state.document) if state.language == "JSONata" else fields.after(state.document)
    retry = retriers(state.document)
    caught = catchers(state, states)
    composite = state.type != "Task"

    async def perform(frame: Frame) -> State | None:
        value = frame.value
        frame.state = state
        frame.token = None
        frame.attempt = 0
        frame.entered_at = frame.now()
        events = frame.events
        events.append((entered_kind, frame.previous, frame.entered_at, name, value))
        frame.entered = len(events)
        counts = [0] * len(retry)
        while True:
            try:
                result = await attempt(frame)
                output, assigned = finish(frame, value, result)
                if not fits(output, frame.execution.limits.payload):
                    raise frame.oversize(name)
                if assigned:
                    assign_to(frame, assigned)
                break
            except (Failure, Problem, DataError) as problem:
                failure = record_failure(state, frame, problem)
            chosen = next((at for at, retrier in enumerate(retry) if matches(retrier.errors, failure)), None)
            if chosen is None or counts[chosen] >= retry[chosen].attempts:
                if composite and failure.error != RUNTIME and not isinstance(failure, Fatal):
                    frame.record(failed_kind)
                try:
                    return catch(frame, state, caught, failure)
                except (Problem, DataError) as problem:
                    raise record_failure(state, frame, problem) from None
            execution = frame.execution
            await execution.clock.sleep(retry[chosen].delay(counts[chosen], execution.chance))
            counts[chosen] += 1
            frame.attempt += 1
        frame.token = None
        frame.record(exited_kind, name, output, assigned)
        frame.value = output
        return following

    return perform
