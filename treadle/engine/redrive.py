"""Redrive: an execution that did not succeed goes on from where it stopped, with the same input and the same history.

Only what failed or was aborted runs again: of a Parallel or Map, the branches and iterations that did not end well.
https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from treadle.engine.context import timestamp
from treadle.errors import ServiceError

if TYPE_CHECKING:
    from treadle.engine.execution import Execution
    from treadle.engine.frame import Frame

DAYS: Final = 14


def reason_against(execution: Execution) -> str | None:
    """AWS's words for why it cannot be redriven; None where it can."""
    if execution.machine.type != "STANDARD":
        return "Execution is EXPRESS and cannot be redriven"
    if execution.status in ("RUNNING", "SUCCEEDED"):
        return f"Execution is {execution.status} and cannot be redriven"
    if len(execution.events) >= execution.limits.events - 1:
        return "Execution history event limit exceeded and cannot be redriven"
    if execution.stop_date is not None and execution.clock.now() - execution.stop_date > DAYS * 86_400:
        return "Execution redrivable period exceeded and cannot be redriven"
    return None


async def restart(execution: Execution) -> None:
    """Redrives the execution to its next end. ServiceError ExecutionNotRedrivable where AWS refuses."""
    _prepare(execution)
    await execution.work_alone()


def redrive(execution: Execution) -> None:
    """`restart`, from code that is not asynchronous."""
    from treadle.engine.loop import complete

    _prepare(execution)
    complete(execution.work_alone)


def _prepare(execution: Execution) -> None:
    reason = reason_against(execution)
    if reason is not None:
        raise ServiceError("ExecutionNotRedrivable", reason)
    frame = execution.reopen()
    count = execution.redrives + 1
    execution.context["Execution"]["RedriveCount"] = count
    execution.context["Execution"]["RedriveTime"] = timestamp(execution.clock.now())
    execution.events.append(("ExecutionRedriven", len(execution.events), execution.clock.now(), count))
    _reset(frame, len(execution.events))


def _reset(frame: Frame, previous: int) -> None:
    """Timeouts and retries count from the start again."""
    frame.previous = previous
    frame.attempt = 0
    frame.counts = []
    frame.until = None
    frame.token = None
    frame.submitted = False
    frame.touch()
    if frame.progress is not None:
        frame.progress.last = previous
        for child in frame.progress.live.values():
            _reset(child, previous)
