"""The shape that Task, Parallel and Map share: try, perhaps retry, process the result or catch the failure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from treadle.engine import fields
from treadle.engine.control import record_failure
from treadle.engine.retry import catch, catchers, matches, retriers
from treadle.engine.state import FAILURES
from treadle.engine.variables import assign_to

if TYPE_CHECKING:
    from treadle.engine.frame import Frame
    from treadle.engine.state import Perform, State

JSON = Any
Attempt = Callable[["Frame"], Awaitable[JSON]]
"""One attempt: records its events, gives the raw result, raises what went wrong."""


def performing(state: State, states: Mapping[str, State], following: State | None, attempt: Attempt) -> Perform:
    """Runs `attempt` under the state's Retry and Catch, and makes its result the output."""
    entered_kind, exited_kind, failed_kind = (f"{state.type}State{end}" for end in ("Entered", "Exited", "Failed"))
    finish = fields.finish_jsonata(state.document) if state.language == "JSONata" else fields.after(state.document)
    retry = retriers(state.document)
    caught = catchers(state, states)
    composite = state.type != "Task"

    async def perform(frame: Frame) -> State | None:
        value = frame.value
        execution = frame.execution
        if not frame.inside:
            frame.enter(state, entered_kind)
        if not frame.counts:
            frame.counts = [0] * len(retry)
        while True:
            if frame.until is not None and not frame.submitted:
                await execution.clock.sleep(frame.until - frame.now())
                frame.until = None
            try:
                result = await attempt(frame)
                output, assigned = finish(frame, value, result)
                if assigned:
                    assign_to(frame, assigned)
                break
            except FAILURES as problem:
                frame.previous = max(frame.previous, frame.aside)
                failure = record_failure(state, frame, problem)
            chosen = next((at for at, retrier in enumerate(retry) if matches(retrier.errors, failure)), None)
            if chosen is None or frame.counts[chosen] >= retry[chosen].attempts:
                last = frame.previous
                if composite and not failure.ends_execution:
                    frame.record(failed_kind)
                try:
                    return catch(frame, state, caught, failure)
                except FAILURES as problem:
                    if problem is failure:  # nobody caught it
                        raise
                    frame.previous = last  # the catcher's own fault, which none after it catches
                    failure = record_failure(state, frame, problem)
                    if composite and not failure.ends_execution:
                        frame.record(failed_kind)
                    raise failure from None
            frame.until = frame.now() + retry[chosen].delay(frame.counts[chosen], execution.chance)
            frame.counts[chosen] += 1
            frame.attempt += 1
            frame.again()
        frame.leave(exited_kind, output, assigned)
        return following

    return perform
