"""The history in AWS's shape, built from the cheap tuples that the states leave.

An event is (type, previous event id, timestamp, details …); its id is its place in the list, from 1.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from treadle.engine.limits import dumps

if TYPE_CHECKING:
    from treadle.engine.execution import Execution, Observer

JSON = Any
Build = Callable[..., "tuple[str, dict[str, JSON]] | None"]

WHOLE = {"truncated": False}


class Observed(list[tuple[Any, ...]]):
    """The events of an execution that somebody watches as they happen."""

    def __init__(self, execution: Execution, observer: Observer) -> None:
        super().__init__()
        self._execution = execution
        self._observer = observer

    def append(self, event: tuple[Any, ...]) -> None:
        super().append(event)
        self._observer(_event(self._execution, len(self), event))


def build(execution: Execution) -> list[dict[str, JSON]]:
    return [_event(execution, place, event) for place, event in enumerate(execution.events, 1)]


def _event(execution: Execution, place: int, event: tuple[Any, ...]) -> dict[str, JSON]:
    kind, previous, moment, *details = event
    shape: dict[str, JSON] = {"timestamp": moment, "type": kind, "id": place, "previousEventId": previous}
    built: tuple[str, dict[str, JSON]] | None
    if kind == "ExecutionStarted":
        built = _started(execution, *details)
    elif kind.endswith("StateEntered"):
        built = _entered(*details)
    elif kind.endswith("StateExited"):
        built = _exited(*details)
    else:
        build = _BUILDERS.get(kind)
        built = None if build is None else build(*details)
    if built is not None:
        shape[built[0]] = built[1]
    return shape


def details(event: dict[str, JSON]) -> dict[str, JSON]:
    """The details of an event, whichever type it is of."""
    return next((value for key, value in event.items() if key.endswith("EventDetails")), {})


def _entered(name: str, value: JSON) -> tuple[str, dict[str, JSON]]:
    return "stateEnteredEventDetails", {"name": name, "input": dumps(value), "inputDetails": WHOLE}


def _exited(name: str, value: JSON, assigned: dict[str, JSON] | None = None) -> tuple[str, dict[str, JSON]]:
    made: dict[str, JSON] = {"name": name, "output": dumps(value), "outputDetails": WHOLE}
    if assigned:
        made["assignedVariables"] = {key: dumps(assigned[key]) for key in sorted(assigned)}
        made["assignedVariablesDetails"] = WHOLE
    return "stateExitedEventDetails", made


def _started(execution: Execution, value: JSON, role: str) -> tuple[str, dict[str, JSON]]:
    # Here, and only here, the input stands in the caller's own words.
    words = dumps(value) if execution.text is None else execution.text
    return "executionStartedEventDetails", {"input": words, "inputDetails": WHOLE, "roleArn": role}


def _succeeded(value: JSON) -> tuple[str, dict[str, JSON]]:
    return "executionSucceededEventDetails", {"output": dumps(value), "outputDetails": WHOLE}


def _given(**fields: JSON) -> dict[str, JSON]:
    return {key: value for key, value in fields.items() if value is not None}


def _ending(key: str) -> Build:
    return lambda error=None, cause=None: (key, _given(error=error, cause=cause))


def _evaluation(error: str, cause: str, location: str | None, state: str) -> tuple[str, dict[str, JSON]]:
    return "evaluationFailedEventDetails", _given(error=error, cause=cause, location=location, state=state)


def _iteration(key: str) -> Build:
    return lambda index, name: (key, {"name": name, "index": index})


def _task_scheduled(
    resource: str, kind: str, region: str, arguments: JSON, timeout: JSON, heartbeat: JSON, role: JSON
) -> tuple[str, dict[str, JSON]]:
    return "taskScheduledEventDetails", _given(
        resourceType=kind,
        resource=resource,
        region=region,
        parameters=dumps(arguments),
        timeoutInSeconds=timeout,
        heartbeatInSeconds=heartbeat,
        taskCredentials=_role(role),
    )


def _role(credentials: JSON) -> JSON:
    """Credentials' `RoleArn` is `roleArn` in the history."""
    return {"roleArn": credentials.get("RoleArn")} if isinstance(credentials, dict) else None


def _scheduled(key: str) -> Build:
    def build(arn: str, value: JSON, timeout: JSON, heartbeat: JSON, credentials: JSON) -> Any:
        return key, _given(
            resource=arn,
            input=dumps(value),
            inputDetails=WHOLE,
            timeoutInSeconds=timeout,
            heartbeatInSeconds=heartbeat,
            taskCredentials=_role(credentials),
        )

    return build


def _task_output(key: str) -> Build:
    return lambda resource, kind, value: (
        key,
        {"resourceType": kind, "resource": resource, "output": dumps(value), "outputDetails": WHOLE},
    )


def _task_end(key: str) -> Build:
    return lambda resource, kind, error, cause: (
        key,
        _given(resourceType=kind, resource=resource, error=error, cause=cause),
    )


def _output(key: str) -> Build:
    return lambda value: (key, {"output": dumps(value), "outputDetails": WHOLE})


_BUILDERS: dict[str, Build] = {
    "ExecutionRedriven": lambda count: ("executionRedrivenEventDetails", {"redriveCount": count}),
    "ExecutionSucceeded": _succeeded,
    "ExecutionFailed": _ending("executionFailedEventDetails"),
    "ExecutionTimedOut": _ending("executionTimedOutEventDetails"),
    "ExecutionAborted": _ending("executionAbortedEventDetails"),
    "EvaluationFailed": _evaluation,
    "MapStateStarted": lambda length: ("mapStateStartedEventDetails", {"length": length}),
    "MapIterationStarted": _iteration("mapIterationStartedEventDetails"),
    "MapIterationSucceeded": _iteration("mapIterationSucceededEventDetails"),
    "MapIterationFailed": _iteration("mapIterationFailedEventDetails"),
    "MapIterationAborted": _iteration("mapIterationAbortedEventDetails"),
    "MapRunStarted": lambda arn: ("mapRunStartedEventDetails", {"mapRunArn": arn}),
    "MapRunFailed": _ending("mapRunFailedEventDetails"),
    "MapRunRedriven": lambda arn, count: ("mapRunRedrivenEventDetails", {"mapRunArn": arn, "redriveCount": count}),
    "TaskScheduled": _task_scheduled,
    "TaskStarted": lambda resource, kind: (
        "taskStartedEventDetails",
        {"resourceType": kind, "resource": resource},
    ),
    "TaskSubmitted": _task_output("taskSubmittedEventDetails"),
    "TaskSucceeded": _task_output("taskSucceededEventDetails"),
    "TaskFailed": _task_end("taskFailedEventDetails"),
    "TaskTimedOut": _task_end("taskTimedOutEventDetails"),
    "LambdaFunctionScheduled": _scheduled("lambdaFunctionScheduledEventDetails"),
    "LambdaFunctionSucceeded": _output("lambdaFunctionSucceededEventDetails"),
    "LambdaFunctionFailed": _ending("lambdaFunctionFailedEventDetails"),
    "LambdaFunctionTimedOut": _ending("lambdaFunctionTimedOutEventDetails"),
    "ActivityScheduled": _scheduled("activityScheduledEventDetails"),
    "ActivityStarted": lambda worker: ("activityStartedEventDetails", _given(workerName=worker)),
    "ActivitySucceeded": _output("activitySucceededEventDetails"),
    "ActivityFailed": _ending("activityFailedEventDetails"),
    "ActivityTimedOut": _ending("activityTimedOutEventDetails"),
}
