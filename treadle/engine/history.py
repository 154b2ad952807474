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
Text = Callable[[JSON], str]
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
        self._observer(_event(len(self), event, text_of(self._execution)))


def build(execution: Execution) -> list[dict[str, JSON]]:
    text = text_of(execution)
    return [_event(place, event, text) for place, event in enumerate(execution.events, 1)]


def text_of(execution: Execution) -> Text:
    """How a value is shown: as JSON, but the input in its own words as long as nothing but a list was put around it."""
    given, words = execution.input, execution.text
    if words is None or words == dumps(given):
        return dumps

    def text(value: JSON) -> str:
        if value is given:
            return words
        if type(value) is list and _holds(value, given):
            return f"[{','.join(map(text, value))}]"
        return dumps(value)

    return text


def _holds(value: list[JSON], given: JSON) -> bool:
    return any(part is given or (type(part) is list and _holds(part, given)) for part in value)


def _event(place: int, event: tuple[Any, ...], text: Text) -> dict[str, JSON]:
    kind, previous, moment, *details = event
    shape: dict[str, JSON] = {"timestamp": moment, "type": kind, "id": place, "previousEventId": previous}
    built: tuple[str, dict[str, JSON]] | None
    if kind.endswith("StateEntered"):
        built = _entered(text, *details)
    elif kind.endswith("StateExited"):
        built = _exited(text, *details)
    else:
        build = _BUILDERS.get(kind)
        built = None if build is None else build(text, *details)
    if built is not None:
        shape[built[0]] = built[1]
    return shape


def details(event: dict[str, JSON]) -> dict[str, JSON]:
    """The details of an event, whichever type it is of."""
    return next((value for key, value in event.items() if key.endswith("EventDetails")), {})


def _entered(text: Text, name: str, value: JSON) -> tuple[str, dict[str, JSON]]:
    return "stateEnteredEventDetails", {"name": name, "input": text(value), "inputDetails": WHOLE}


def _exited(text: Text, name: str, value: JSON, assigned: dict[str, JSON] | None = None) -> tuple[str, dict[str, JSON]]:
    made: dict[str, JSON] = {"name": name, "output": text(value), "outputDetails": WHOLE}
    if assigned:
        made["assignedVariables"] = {key: dumps(assigned[key]) for key in sorted(assigned)}
        made["assignedVariablesDetails"] = WHOLE
    return "stateExitedEventDetails", made


def _started(text: Text, value: JSON, role: str) -> tuple[str, dict[str, JSON]]:
    return "executionStartedEventDetails", {"input": text(value), "inputDetails": WHOLE, "roleArn": role}


def _succeeded(text: Text, value: JSON) -> tuple[str, dict[str, JSON]]:
    return "executionSucceededEventDetails", {"output": text(value), "outputDetails": WHOLE}


def _given(**fields: JSON) -> dict[str, JSON]:
    return {key: value for key, value in fields.items() if value is not None}


def _ending(key: str) -> Build:
    return lambda text, error=None, cause=None: (key, _given(error=error, cause=cause))


def _evaluation(text: Text, error: str, cause: str, location: str | None, state: str) -> tuple[str, dict[str, JSON]]:
    return "evaluationFailedEventDetails", _given(error=error, cause=cause, location=location, state=state)


def _iteration(key: str) -> Build:
    return lambda text, index, name: (key, {"name": name, "index": index})


def _task_scheduled(
    text: Text, resource: str, kind: str, region: str, arguments: JSON, timeout: JSON, heartbeat: JSON, role: JSON
) -> tuple[str, dict[str, JSON]]:
    return "taskScheduledEventDetails", _given(
        resourceType=kind,
        resource=resource,
        region=region,
        parameters=text(arguments),
        timeoutInSeconds=timeout,
        heartbeatInSeconds=heartbeat,
        taskCredentials=_role(role),
    )


def _role(credentials: JSON) -> JSON:
    """Credentials' `RoleArn` is `roleArn` in the history."""
    return {"roleArn": credentials.get("RoleArn")} if isinstance(credentials, dict) else None


def _scheduled(key: str) -> Build:
    def build(text: Text, arn: str, value: JSON, timeout: JSON, heartbeat: JSON, credentials: JSON) -> Any:
        return key, _given(
            resource=arn,
            input=text(value),
            inputDetails=WHOLE,
            timeoutInSeconds=timeout,
            heartbeatInSeconds=heartbeat,
            taskCredentials=_role(credentials),
        )

    return build


def _task_output(key: str) -> Build:
    return lambda text, resource, kind, value: (
        key,
        {"resourceType": kind, "resource": resource, "output": text(value), "outputDetails": WHOLE},
    )


def _task_end(key: str) -> Build:
    return lambda text, resource, kind, error, cause: (
        key,
        _given(resourceType=kind, resource=resource, error=error, cause=cause),
    )


def _output(key: str) -> Build:
    return lambda text, value: (key, {"output": text(value), "outputDetails": WHOLE})


_BUILDERS: dict[str, Build] = {
    "ExecutionStarted": _started,
    "ExecutionRedriven": lambda text, count: ("executionRedrivenEventDetails", {"redriveCount": count}),
    "ExecutionSucceeded": _succeeded,
    "ExecutionFailed": _ending("executionFailedEventDetails"),
    "ExecutionTimedOut": _ending("executionTimedOutEventDetails"),
    "ExecutionAborted": _ending("executionAbortedEventDetails"),
    "EvaluationFailed": _evaluation,
    "MapStateStarted": lambda text, length: ("mapStateStartedEventDetails", {"length": length}),
    "MapIterationStarted": _iteration("mapIterationStartedEventDetails"),
    "MapIterationSucceeded": _iteration("mapIterationSucceededEventDetails"),
    "MapIterationFailed": _iteration("mapIterationFailedEventDetails"),
    "MapIterationAborted": _iteration("mapIterationAbortedEventDetails"),
    "MapRunStarted": lambda text, arn: ("mapRunStartedEventDetails", {"mapRunArn": arn}),
    "MapRunFailed": _ending("mapRunFailedEventDetails"),
    "TaskScheduled": _task_scheduled,
    "TaskStarted": lambda text, resource, kind: (
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
    "ActivityStarted": lambda text, worker: ("activityStartedEventDetails", _given(workerName=worker)),
    "ActivitySucceeded": _output("activitySucceededEventDetails"),
    "ActivityFailed": _ending("activityFailedEventDetails"),
    "ActivityTimedOut": _ending("activityTimedOutEventDetails"),
}
