"""Runs one state for TestState: the engine's own compiled state on a frame of its own, and what is to see on the way.

A mock takes the place of a Task's call, and of everything inside a Map or a Parallel. Nothing is retried: where a Retry
matches, the answer is RETRIABLE and says how long the back-off would be.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from treadle.engine import fields, flow, retry, tasks, test_state_map, wait
from treadle.engine.attempts import performing
from treadle.engine.chance import Chance
from treadle.engine.clock import Clock
from treadle.engine.data.errors import DataError
from treadle.engine.failure import Failure, Problem
from treadle.engine.frame import Frame
from treadle.engine.limits import STANDARD, Limits
from treadle.engine.state import State, failure_of
from treadle.engine.task import Resource, Service, TaskRequest
from treadle.errors import ServiceError

JSON = Any
EXCEEDED = "States.ExceedToleratedFailureThreshold"
TOO_MANY_FAILURES = "Map iteration failure count must be less than or equal to the number of Map iterations"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is tested. `context` is None where the engine's own is to be seen; `retries` and `failed` are counts.

    `items` is what a Map's ItemReader is to read, as it stands in its object.
    """

    state: Mapping[str, JSON]
    language: str
    input: JSON
    variables: Mapping[str, JSON]
    context: Mapping[str, JSON] | None
    execution: Mapping[str, JSON]
    mock: Mock | None
    retries: int = 0
    failed: int | None = None
    items: str | None = None


@dataclass(frozen=True, slots=True)
class Mock:
    """What the state's work gives: a result, or an error with its cause."""

    result: JSON = None
    error: str | None = None
    cause: str | None = None
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Tested:
    """`seen` is the inspection data as JSON values; `failure` what went wrong, caught or not."""

    status: str
    seen: dict[str, JSON]
    output: JSON = None
    next: str | None = None
    failure: Failure | None = None


@dataclass(slots=True)
class _Desk:
    """What a frame asks of its execution."""

    context: Mapping[str, JSON]
    clock: Clock
    chance: Chance
    limits: Limits = STANDARD
    journal: None = None
    assigned: int = 0
    events: list[Any] = field(default_factory=list)


class _Seat(Frame):
    """A frame that may show a given context object in place of the engine's."""

    __slots__ = ("given_context",)

    given_context: dict[str, JSON] | None


class _StandingClock:
    """Time stands still: what a Wait waits for has come."""

    def __init__(self, clock: Clock) -> None:
        self._now = clock.now()

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        return None


async def examine(subject: Subject, service: Service | None, clock: Clock, chance: Chance) -> Tested:
    """Runs the state once."""
    document = {name: value for name, value in subject.state.items() if name != "Retry"}
    targets = {name: State(name, {"Type": "Succeed"}, subject.language) for name in _targets(document)}
    state = State("StateName", document, subject.language)
    desk = _Desk(subject.execution, cast(Clock, _StandingClock(clock)), chance)
    frame = _Seat(cast(Any, desk), subject.input, dict(subject.variables), 0)
    frame.given_context = None if subject.context is None else dict(subject.context)
    frame.state, frame.entered_at, frame.attempt = state, desk.clock.now(), subject.retries
    seen: dict[str, JSON] = {"input": subject.input}
    work = _work(subject, state, seen, service)
    caught: list[Failure] = []

    async def attempt(frame: Frame) -> JSON:
        frame.attempt = subject.retries
        try:
            return _selected(state, frame, await work(frame), seen)
        except (Failure, Problem, DataError) as problem:
            caught.append(plain(state, frame, problem))
            raise caught[-1] from None

    try:
        following = await _run(state, targets, frame, attempt, seen)
    except (Failure, Problem, DataError) as problem:
        return _failed(subject, plain(state, frame, problem), seen)
    seen |= _variables(frame)
    if caught:
        return _handled(subject, state, caught[0], seen, frame, following)
    next_name = following.name if following is not None else None
    return Tested("SUCCEEDED", seen, frame.value, next_name)


def _targets(document: Mapping[str, JSON]) -> list[str]:
    rules = [*document.get("Choices", ()), *document.get("Catch", ()), document]
    return [rule[field] for rule in rules for field in ("Next", "Default") if field in rule]


async def _run(
    state: State,
    targets: Mapping[str, State],
    frame: Frame,
    attempt: Callable[[Frame], Awaitable[JSON]],
    seen: dict[str, JSON],
) -> State | None:
    following = targets.get(state.document.get("Next", ""))
    if state.type in ("Task", "Map", "Parallel"):
        return await performing(state, targets, following, attempt)(frame)
    _see_flow(state, frame, seen)
    if state.type == "Wait":
        return await wait.wait_state(state, following)(frame)
    steps = {
        "Pass": lambda: flow.pass_state(state, following),
        "Choice": lambda: flow.choice_state(state, targets),
        "Succeed": lambda: flow.succeed_state(state),
        "Fail": lambda: flow.fail_state(state),
    }
    return steps[state.type]()(frame)


def plain(state: State, frame: Frame, problem: Exception) -> Failure:
    """The failure with the bare sentence: TestState leaves out where in an execution it happened."""
    failure = failure_of(state, frame, problem)
    if failure is problem or failure.cause is None:
        return failure
    where = f"An error occurred while executing the state '{state.name}' (entered at the event id #{frame.entered}). "
    return Failure(failure.error, failure.cause.removeprefix(where))


# What happens to the failure ------------------------------------------------------------------------------------------


def _failed(subject: Subject, failure: Failure, seen: dict[str, JSON]) -> Tested:
    details = _retry_details(subject, failure)
    if details is not None:
        return Tested("RETRIABLE", seen | {"errorDetails": details}, failure=failure)
    return Tested("FAILED", seen, failure=failure)


def _handled(
    subject: Subject, state: State, failure: Failure, seen: dict[str, JSON], frame: Frame, following: State | None
) -> Tested:
    """A failure that a catcher took; unless a retrier comes before it."""
    details = _retry_details(subject, failure)
    if details is not None:
        return Tested("RETRIABLE", seen | {"errorDetails": details}, failure=failure)
    catchers = state.document.get("Catch", ())
    index = next(at for at, each in enumerate(catchers) if retry.matches(each["ErrorEquals"], failure))
    next_name = following.name if following is not None else None
    return Tested("CAUGHT_ERROR", seen | {"errorDetails": {"catchIndex": index}}, frame.value, next_name, failure)


def _retry_details(subject: Subject, failure: Failure) -> dict[str, JSON] | None:
    """Which retrier would try again, and after how many seconds; None where none does."""
    for index, retrier in enumerate(retry.retriers(subject.state)):
        if retry.matches(retrier.errors, failure):
            if subject.retries >= retrier.attempts:
                return None
            # The back-off without its jitter: the longest it can be.
            delay = replace(retrier, jitter=False).delay(subject.retries, _NO_CHANCE)
            return {"retryBackoffIntervalSeconds": round(delay), "retryIndex": index}
    return None


_NO_CHANCE = cast(Chance, None)


# What there is to see -------------------------------------------------------------------------------------------------


def _variables(frame: Frame) -> dict[str, JSON]:
    variables = {name: value for name, value in frame.scope.items() if name != "states"}
    return {"variables": variables} if variables else {}


def _see_flow(state: State, frame: Frame, seen: dict[str, JSON]) -> None:
    """The stages of a JSONPath state that does no work. A Pass with a Result shows neither path nor parameters."""
    document = state.document
    if state.language == "JSONata":
        return
    if "Result" in document:
        seen["result"] = document["Result"]
        effective = document["Result"]
    else:
        into = fields.input_path(document)
        effective = seen["afterInputPath"] = frame.value if into is None else into(frame, frame.value)
        if state.type == "Pass":
            make = fields.payload_template(document["Parameters"]) if "Parameters" in document else None
            effective = seen["afterParameters"] = effective if make is None else make(frame, effective)
    if state.type == "Pass":
        seen["afterResultSelector"] = effective
        seen["afterResultPath"] = fields.result_path(document.get("ResultPath", "$"))(frame, frame.value, effective)


def _selected(state: State, frame: Frame, result: JSON, seen: dict[str, JSON]) -> JSON:
    """What a JSONPath state makes of its result, shown; the result itself goes on to the engine."""
    if state.type == "Task":
        seen["result"] = result
    if state.language != "JSONata":
        document = state.document
        select = fields.payload_template(document["ResultSelector"]) if "ResultSelector" in document else None
        selected = seen["afterResultSelector"] = result if select is None else select(frame, result)
        seen["afterResultPath"] = fields.result_path(document.get("ResultPath", "$"))(frame, frame.value, selected)
    return result


# The work -------------------------------------------------------------------------------------------------------------


def _work(
    subject: Subject, state: State, seen: dict[str, JSON], service: Service | None
) -> Callable[[Frame], Awaitable[JSON]]:
    # What a Task evaluates before its call, though nothing of it is shown.
    bounds: list[fields.Read] = []
    if state.type == "Task":
        bounds = [tasks.seconds(state, "TimeoutSeconds"), tasks.seconds(state, "HeartbeatSeconds")]
        bounds += filter(None, [tasks.credentials(state)])

    async def task(frame: Frame) -> JSON:
        arguments = _arguments(state, frame, seen)
        for read in bounds:
            read(frame, frame.value)
        if subject.mock is not None:
            return _mocked(subject.mock)
        return await _called(state, frame, arguments, service)

    async def several(frame: Frame) -> JSON:
        mock = subject.mock
        assert mock is not None
        if state.type == "Map":
            count = test_state_map.see(state, frame, subject.items, seen)
            if subject.failed is not None and subject.failed > count:
                raise ServiceError("ValidationException", TOO_MANY_FAILURES)
            if not mock.fails and subject.failed is not None and _too_many(subject.failed, count, seen):
                raise Failure(EXCEEDED, "The specified tolerated failure threshold was exceeded")
        elif state.language == "JSONata" and "Arguments" in state.document:
            fields.jsonata_template(state.document["Arguments"], "Arguments")(frame, frame.value)
        else:
            make = None if state.language == "JSONata" else fields.before(state.document)
            if make is not None:
                make(frame, frame.value)
        return _mocked(mock)

    return task if state.type == "Task" else several


def _mocked(mock: Mock) -> JSON:
    if mock.fails:
        raise Failure(mock.error, mock.cause)
    return mock.result


def _arguments(state: State, frame: Frame, seen: dict[str, JSON]) -> JSON:
    document = state.document
    if state.language == "JSONata":
        if "Arguments" not in document:
            return frame.value
        seen["afterArguments"] = fields.jsonata_template(document["Arguments"], "Arguments")(frame, frame.value)
        return seen["afterArguments"]
    into = fields.input_path(document)
    effective = seen["afterInputPath"] = frame.value if into is None else into(frame, frame.value)
    make = fields.payload_template(document["Parameters"]) if "Parameters" in document else None
    seen["afterParameters"] = effective if make is None else make(frame, effective)
    return seen["afterParameters"]


async def _called(state: State, frame: Frame, arguments: JSON, service: Service | None) -> JSON:
    resource = Resource.parse(state.document["Resource"])
    if service is None or not service.handles(resource):
        raise Failure("States.Runtime", f"Nothing here answers {resource.arn}: give a mock")
    try:
        return (await service.call(TaskRequest(resource, arguments, state.name, frame.attempt))).output
    except ServiceError as error:
        raise Failure(error.error, error.cause) from None


def _too_many(failed: int, count: int, seen: Mapping[str, JSON]) -> bool:
    """Whether more iterations failed than the Map says it tolerates. One that says nothing is not asked."""
    over_count = "toleratedFailureCount" in seen and failed > seen["toleratedFailureCount"]
    share = 100 * failed / count if count else 0.0
    return over_count or ("toleratedFailurePercentage" in seen and share > seen["toleratedFailurePercentage"])
