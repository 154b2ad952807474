"""Redrive: an execution that did not succeed goes on from where it stopped, with the same input and the same history.

Only what failed or was aborted runs again: of a Parallel or Map, the branches and iterations that did not end well.
https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from treadle.engine.context import timestamp
from treadle.engine.failure import Failure
from treadle.errors import ServiceError

if TYPE_CHECKING:
    from treadle.engine.execution import Execution
    from treadle.engine.frame import Frame

DAYS: Final = 14
YEAR: Final = 365  # days that an execution may stay open


def reason_against(execution: Execution) -> str | None:
    """AWS's words for why it cannot be redriven; None where it can."""
    now = execution.clock.now()
    if execution.machine.type != "STANDARD":
        return "Execution is EXPRESS and cannot be redriven"
    if execution.status in ("RUNNING", "SUCCEEDED"):
        return f"Execution is {execution.status} and cannot be redriven"
    if len(execution.events) >= execution.limits.events - 1:
        return "Execution history event limit exceeded"
    if now - execution.start_date > YEAR * 86_400:
        return "Execution has exceeded the max execution time"
    if execution.stop_date is not None and now - execution.stop_date > DAYS * 86_400:
        return "Execution redrivable period exceeded"
    return None


async def restart(execution: Execution) -> None:
    """Redrives the execution to its next end. ServiceError ExecutionNotRedrivable where AWS refuses."""
    _prepare(execution)
    if execution.status == "RUNNING":
        await execution.work_alone()


def redrive(execution: Execution) -> None:
    """`restart`, from code that is not asynchronous."""
    from treadle.engine.loop import complete

    _prepare(execution)
    if execution.status == "RUNNING":
        complete(execution.work_alone)


def _prepare(execution: Execution) -> None:
    if execution.map_run is not None:
        raise ServiceError("ValidationException", "Labeled Execution ARNs are not supported for this API")
    reason = reason_against(execution)
    if reason is not None:
        raise ServiceError("ExecutionNotRedrivable", f"Execution {execution.arn} invalid for redrive as: {reason}")
    reopen(execution)


def reopen(execution: Execution) -> None:
    """The execution is RUNNING once more, where it stopped: `work` lets it go on.

    One that ended in a Fail state has failed again at once, and does not enter that state a second time (measured).
    """
    failure = Failure(execution.error, execution.cause)
    frame = execution.reopen()
    count = execution.redrives + 1
    execution.context["Execution"]["RedriveCount"] = count
    execution.context["Execution"]["RedriveTime"] = timestamp(execution.clock.now())
    execution.events.append(("ExecutionRedriven", len(execution.events), execution.clock.now(), count))
    _reset(frame, len(execution.events))
    if execution.events[frame.entered - 1][0] == "FailStateEntered":
        execution.fail(failure)


def redrive_date(execution: Execution) -> float | None:
    """When it was last redriven. None where it was not, and for an Express child of a Map Run, which begins anew."""
    if not execution.redrives:
        return None
    moments: list[float] = [event[2] for event in execution.events if event[0] == "ExecutionRedriven"]
    return moments[-1] if moments else None


def _reset(frame: Frame, redriven: int) -> None:
    """Timeouts and retries count from the start again. The events of a state follow its entered event, as at first.

    (Measured: the first event after ExecutionRedriven that belongs to a state is chained to where it was entered.)
    """
    frame.previous = frame.entered if frame.inside else redriven
    frame.aside = 0
    frame.attempt = 0
    frame.counts = []
    frame.until = None
    frame.token = None
    frame.submitted = False
    frame.child = None
    frame.touch()
    if frame.progress is not None:
        for child in frame.progress.live.values():
            _reset(child, redriven)
