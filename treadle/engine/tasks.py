"""The Task state: one call of a service, a Lambda function, an activity or another state machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from treadle.engine import callbacks, fields, nested
from treadle.engine.attempts import performing
from treadle.engine.clock import Gate
from treadle.engine.context import context_of
from treadle.engine.control import ABORTED, cut_by
from treadle.engine.failure import DATA_LIMIT, RUNTIME, TIMEOUT, Failure, Problem
from treadle.engine.limits import deeper_than, fits
from treadle.engine.task import Resource, TaskRequest, TaskResponse
from treadle.errors import ServiceError

if TYPE_CHECKING:
    from treadle.engine.frame import Frame
    from treadle.engine.state import Perform, State

JSON = Any
Seconds = Callable[["Frame", JSON], float | None]


def task_state(state: State, states: Mapping[str, State], following: State | None) -> Perform:
    resource = Resource.parse(state.document["Resource"])
    arguments = _arguments(state)
    timeout = seconds(state, "TimeoutSeconds")
    heartbeat = seconds(state, "HeartbeatSeconds")
    assumed = credentials(state)
    events = _Events(state, resource)
    # A `.sync` task has a token too: the job may answer it instead of the service that watches the job.
    tokened = resource.pattern != "request" or resource.service == "activity"

    async def attempt(frame: Frame) -> JSON:
        value = frame.value
        execution = frame.execution
        if not frame.submitted:
            frame.token = execution.chance.uuid() if tokened else None
        given = value if arguments is None else arguments(frame, value)
        request = TaskRequest(
            resource=resource,
            arguments=given,
            state=state.name,
            attempt=frame.attempt,
            timeout=timeout(frame, value),
            heartbeat=heartbeat(frame, value),
            credentials=None if assumed is None else assumed(frame, value),
            context=context_of(frame),
            submitted=lambda output: events.submitted(frame, output),
        )
        frame.follow_entered()
        if deeper_than(given, execution.limits.depth):
            raise Problem("The task's input is nested too deeply.", RUNTIME)
        if not fits(given, execution.limits.payload):
            raise Problem(
                f"The state/task '{state.name}' was given an input with a size exceeding the maximum number of bytes "
                "service limit.",
                DATA_LIMIT,
            )
        try:
            output = await _run(frame, request, events)
        except ServiceError as error:
            answered = Failure(error.error, error.cause)
            events.failed(frame, answered)
            raise answered from None
        except Failure as failure:
            events.failed(frame, failure)
            raise
        if not fits(output, execution.limits.payload):
            # An integration is named by its service ('aws-sdk:s3'), a function or an activity by its ARN.
            oversize = frame.oversize(resource.arn if resource.action == resource.arn else resource.service)
            events.failed(frame, oversize)
            raise oversize
        events.succeeded(frame, output)
        return output

    return performing(state, states, following, attempt)


async def _run(frame: Frame, request: TaskRequest, events: _Events) -> JSON:
    """The task's output, once it has one."""
    execution = frame.execution
    resource = request.resource
    if resource.service == "activity" and not execution.service.handles(resource):
        return await _activity(frame, request, events)
    if not frame.submitted and frame.child is None:
        events.scheduled(frame, request)
        if resource.service == "activity":
            frame.record("ActivityStarted", None)
    if resource.pattern == "waitForTaskToken":
        return await _token(frame, request, events)
    call = _call(frame, request, events)
    try:
        if request.timeout is None:
            response = await call
        else:
            response = await _within(frame, call, request.timeout if frame.until is None else frame.until - frame.now())
    except Exception:
        frame.answered()
        raise
    frame.answered()
    if response.model is not None:
        execution.note_model(request.state, response.model)
    return response.output


def _call(frame: Frame, request: TaskRequest, events: _Events) -> Awaitable[TaskResponse]:
    if request.resource.service == "states" and nested.runs_here(frame.execution, request):
        return nested.call(frame, request, events.verbatim)
    return frame.execution.service.call(request)


async def _within(frame: Frame, call: Any, seconds: float) -> TaskResponse:
    """Gives the call that many seconds of the clock's time, then cancels it."""
    execution = frame.execution
    gate = Gate(execution.clock)
    work = execution.spawn(call, lambda task: gate.open())
    cancel = execution.clock.timer(seconds, gate.open)
    try:
        await gate.wait()
        if not work.done():
            raise Failure(TIMEOUT)
        response: TaskResponse = work.result()
        return response
    except BaseException as problem:
        work.cancel(ABORTED if isinstance(problem, Failure) else cut_by(problem))
        raise
    finally:
        cancel()


async def _token(frame: Frame, request: TaskRequest, events: _Events) -> JSON:
    """Calls the service, then waits until somebody answers the token."""
    execution = frame.execution
    assert frame.token is not None
    timeout = request.timeout if frame.until is None else frame.until - frame.now()
    waiter = callbacks.Waiter(execution.clock, timeout, request.heartbeat)
    waiter.begin()
    execution.callbacks.waiters[frame.token] = waiter
    try:
        if not frame.submitted:
            until = None if timeout is None else frame.now() + timeout
            response = await _call(frame, request, events)
            frame.submitted, frame.until = True, until
            events.submitted(frame, response.output)
        answer = await _answer(waiter)
    except Exception:
        frame.answered()
        raise
    finally:
        waiter.close()
        del execution.callbacks.waiters[frame.token]
    frame.answered()
    return answer


async def _activity(frame: Frame, request: TaskRequest, events: _Events) -> JSON:
    execution = frame.execution
    arn = request.resource.arn
    assert frame.token is not None
    if arn not in execution.callbacks.activities:
        raise Problem(f"The activity {arn} does not exist.", RUNTIME)
    timeout = request.timeout if frame.until is None else frame.until - frame.now()
    waiter = callbacks.Waiter(execution.clock, timeout, request.heartbeat)
    execution.callbacks.waiters[frame.token] = waiter

    def begun(worker: str | None) -> None:
        """A worker has the task, and with it the token: from now on only the answer is missing."""
        frame.submitted, frame.until = True, None if timeout is None else frame.now() + timeout
        frame.record("ActivityStarted", worker)
        waiter.begin()

    try:
        if frame.submitted:
            waiter.begin()
        else:
            events.scheduled(frame, request)
            task = callbacks.ActivityTask(frame.token, request.arguments, lambda worker: waiter.call(begun, worker))
            execution.callbacks.schedule(arn, task)
        answer = await _answer(waiter)
    except Exception:
        frame.answered()
        raise
    finally:
        waiter.close()
        del execution.callbacks.waiters[frame.token]
    frame.answered()
    return answer


async def _answer(waiter: callbacks.Waiter) -> JSON:
    await waiter.gate.wait()
    answer = waiter.gate.value
    if isinstance(answer, Failure):
        raise answer
    assert isinstance(answer, callbacks.Answer)
    return answer.output


class _Events:
    """What a task leaves in the history: an event family of its own for Lambda ARNs and for activities."""

    def __init__(self, state: State, resource: Resource) -> None:
        self._family = {"function": "LambdaFunction", "activity": "Activity"}.get(resource.service, "Task")
        action = resource.action if resource.pattern == "request" else f"{resource.action}.{resource.pattern}"
        self._names = (action, resource.service) if self._family == "Task" else ()
        self._arn = resource.arn
        parameters = state.document.get("Parameters")
        given = parameters.get("Input.$") if isinstance(parameters, dict) else None
        self.verbatim = isinstance(given, str) and given.startswith("States.JsonToString")

    def scheduled(self, frame: Frame, request: TaskRequest) -> None:
        timeout, heartbeat, credentials = request.timeout, request.heartbeat, request.credentials
        if self._family == "Task":
            region = frame.execution.region
            frame.record("TaskScheduled", *self._names, region, request.arguments, timeout, heartbeat, credentials)
            frame.record("TaskStarted", *self._names)
            return
        frame.record(f"{self._family}Scheduled", self._arn, request.arguments, timeout, heartbeat, credentials)
        if self._family == "LambdaFunction":
            frame.record("LambdaFunctionStarted")

    def submitted(self, frame: Frame, output: JSON) -> None:
        frame.record("TaskSubmitted", *self._names, output)

    def succeeded(self, frame: Frame, output: JSON) -> None:
        frame.record(f"{self._family}Succeeded", *self._names, output)

    def failed(self, frame: Frame, failure: Failure) -> None:
        end = "TimedOut" if failure.error == TIMEOUT else "Failed"
        frame.record(f"{self._family}{end}", *self._names, failure.error, failure.cause)


def _arguments(state: State) -> fields.Read | None:
    if state.language != "JSONata":
        return fields.before(state.document)
    if "Arguments" not in state.document:
        return None
    return fields.jsonata_template(state.document["Arguments"], "Arguments")


def credentials(state: State) -> fields.Read | None:
    if "Credentials" not in state.document:
        return None
    given = state.document["Credentials"]
    if state.language == "JSONata":
        return fields.jsonata_template(given, "Credentials")
    return fields.payload_template(given)


def seconds(state: State, key: str) -> Seconds:
    """TimeoutSeconds or HeartbeatSeconds, in whichever form the state gives it."""
    document = state.document
    if f"{key}Path" in document:
        return _seconds_path(document[f"{key}Path"], key)
    given = document.get(key)
    if not fields.is_dynamic(given):
        return lambda frame, value: given
    read = fields.jsonata_expression(given, key, "number")

    def evaluated(frame: Frame, value: JSON) -> float:
        seconds = read(frame, value)
        if seconds <= 0 or seconds != int(seconds):
            raise Problem(f"The {key} field must be a positive integer but was: {fields.dumps(seconds)}", location=key)
        return int(seconds)

    return evaluated


def _seconds_path(text: str, key: str) -> Seconds:
    find = fields.path(text)

    def read(frame: Frame, value: JSON) -> float:
        found = find(frame, value)
        seconds = fields.long(found)
        if seconds is None or seconds <= 0:
            raise Problem(
                f'The {key}Path field refers to value "{fields.shown(found)}" which is not a valid positive '
                f"integer: {text}"
            )
        return seconds

    return read
