"""An execution as the API and the log show it: DescribeExecution, StartSyncExecution and CloudWatch log events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle.engine.history import details
from treadle.engine.limits import dumps
from treadle.engine.redrive import reason_against, redrive_date

if TYPE_CHECKING:
    from treadle.engine.execution import Execution

JSON = Any

# The log level at which an event of a type is first logged; any other type needs ALL.
# https://docs.aws.amazon.com/step-functions/latest/dg/cloudwatch-log-level.html
_FATAL = frozenset({"ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"})
_ERROR_ENDS = ("Failed", "TimedOut", "Aborted", "StartFailed", "SubmitFailed", "ScheduleFailed")
_DATA = frozenset({"input", "inputDetails", "output", "outputDetails", "assignedVariables", "assignedVariablesDetails"})


def describe(execution: Execution) -> dict[str, JSON]:
    """DescribeExecution's answer, dates in seconds since the epoch."""
    described = _common(execution)
    described["redriveCount"] = execution.redrives
    redriven = redrive_date(execution)
    if redriven is not None:
        described["redriveDate"] = redriven
    reason = reason_against(execution)
    if execution.map_run is None:
        described["redriveStatus"] = "REDRIVABLE" if reason is None else "NOT_REDRIVABLE"
    else:
        # Only its run can redrive it; a child that is Express is started anew, whatever became of it.
        if execution.machine.type != "STANDARD" and execution.status not in ("RUNNING", "SUCCEEDED"):
            reason = None
        described["mapRunArn"] = execution.map_run.arn
        described["redriveStatus"] = "REDRIVABLE_BY_MAP_RUN" if reason is None else "NOT_REDRIVABLE"
    if reason is not None:
        described["redriveStatusReason"] = reason
    return described


def sync_response(execution: Execution) -> dict[str, JSON]:
    """StartSyncExecution's answer. The time is billed in steps of 100 ms, the memory in steps of 64 MB."""
    described = _common(execution)
    milliseconds = ((execution.stop_date or execution.start_date) - execution.start_date) * 1000
    described["billingDetails"] = {
        "billedDurationInMilliseconds": max(100, -int(-milliseconds // 100) * 100),
        "billedMemoryUsedInMB": 64,
    }
    return described


def _common(execution: Execution) -> dict[str, JSON]:
    shown: dict[str, JSON] = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine.arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.start_date,
        "input": dumps(execution.input) if execution.text is None else execution.text,
        "inputDetails": {"included": True},
    }
    if execution.stop_date is not None:
        shown["stopDate"] = execution.stop_date
    if execution.status == "SUCCEEDED":
        shown["output"] = dumps(execution.output)
        shown["outputDetails"] = {"included": True}
    if execution.error is not None:
        shown["error"] = execution.error
    if execution.cause is not None:
        shown["cause"] = execution.cause
    return shown


def log(execution: Execution, level: str = "ALL", data: bool = True) -> list[dict[str, JSON]]:
    """The events as they are logged at a level (ALL, ERROR, FATAL or OFF), with or without the execution's data."""
    return [
        {
            "id": str(event["id"]),
            "type": event["type"],
            "details": {key: value for key, value in details(event).items() if data or key not in _DATA},
            "previous_event_id": str(event["previousEventId"]),
            "event_timestamp": str(int(event["timestamp"] * 1000)),
            "execution_arn": execution.arn,
            "redrive_count": str(execution.redrives),
        }
        for event in execution.history()
        if _logged(event["type"], level)
    ]


def _logged(kind: str, level: str) -> bool:
    if level == "ALL":
        return True
    if kind in _FATAL:
        return level in ("FATAL", "ERROR")
    return level == "ERROR" and (kind == "FailStateEntered" or kind.endswith(_ERROR_ENDS))
