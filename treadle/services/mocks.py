"""Scripted answers in place of services: by state name, by service call or by Lambda function name.

service = mock({
    "Search": [],                                             # by state: any JSON value is the answer
    "bedrockruntime:converse": sequence(error("BedrockRuntime.ThrottlingException"), reply),
    "support-score": lambda arguments: len(arguments["Payload"]["text"]),
    "dynamodb:putItem": answer({}, delay=0.5),
})
service.calls                                                 # the requests it answered, in order
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from treadle.engine.clock import Clock, RealClock
from treadle.engine.task import JSON, Resource, TaskRequest, TaskResponse
from treadle.errors import InputError, ServiceError
from treadle.services.local import function_name


@dataclass(frozen=True, slots=True)
class Answer:
    """One scripted outcome: `value`, or what a callable makes of the arguments; after `delay` seconds."""

    value: JSON = None
    delay: float = 0.0
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Error:
    """One scripted failure, with AWS's error name and cause."""

    error: str
    cause: str = ""
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Sequence:
    """One outcome per call within an execution; the last one stays, unless `strict`: then one call more is an error."""

    outcomes: tuple[Answer | Error, ...]
    strict: bool = False


Outcome = Answer | Error | Sequence


def answer(value: JSON, *, delay: float = 0.0, model: str | None = None) -> Answer:
    """Answers `value`; a callable is given the task's arguments and returns the value (or raises ServiceError)."""
    return Answer(value, delay, model)


def error(name: str, cause: str = "", *, delay: float = 0.0) -> Error:
    """Fails with `name` and `cause`: `error("BedrockRuntime.ThrottlingException", "slow down")`."""
    return Error(name, cause, delay)


def sequence(*outcomes: Any, strict: bool = False) -> Sequence:
    """Each call of an execution takes the next outcome: values, `answer(…)` or `error(…)`."""
    return Sequence(tuple(_outcome(outcome) for outcome in outcomes), strict)


class Mock:
    """What `mock(…)` gives. A state's name goes before its function's name, and that before its service call."""

    def __init__(self, script: Mapping[str, Any], *, clock: Clock | None = None) -> None:
        self._script = {key: value if isinstance(value, Sequence) else _outcome(value) for key, value in script.items()}
        self._clock = clock or RealClock()
        self._taken: dict[tuple[str, str], int] = {}
        self.calls: list[TaskRequest] = []

    def handles(self, resource: Resource) -> bool:
        """By the resource where the script names it; a script of state names may answer anything."""
        keys = _keys(resource)
        return any(key in keys or not _is_call(key) for key in self._script)

    def accepts(self, request: TaskRequest) -> bool:
        return self._key(request) is not None

    async def call(self, request: TaskRequest) -> TaskResponse:
        key = self._key(request)
        if key is None:
            raise InputError(f"state '{request.state}' has no mock: add it, or its call '{_keys(request.resource)[1]}'")
        self.calls.append(request)
        outcome = self._next(key, self._script[key], request)
        if outcome.delay:
            await self._clock.sleep(outcome.delay)
        if isinstance(outcome, Error):
            raise ServiceError(outcome.error, outcome.cause)
        value = outcome.value(request.arguments) if callable(outcome.value) else outcome.value
        return TaskResponse(_wrapped(value, request, key), outcome.model)

    def _key(self, request: TaskRequest) -> str | None:
        candidates = (request.state, _function(request), *_keys(request.resource))
        return next((key for key in candidates if key and key in self._script), None)

    def _next(self, key: str, outcome: Outcome, request: TaskRequest) -> Answer | Error:
        if not isinstance(outcome, Sequence):
            return outcome
        execution = (request.context.get("Execution") or {}).get("Id", "")
        index = self._taken.get((execution, key), 0)
        self._taken[(execution, key)] = index + 1
        if index < len(outcome.outcomes):
            return outcome.outcomes[index]
        if outcome.strict or not outcome.outcomes:
            raise InputError(
                f"the mock of '{key}' has {len(outcome.outcomes)} answers, and was called once more: add one"
            )
        return outcome.outcomes[-1]


def mock(script: Mapping[str, Any], *, clock: Clock | None = None) -> Mock:
    """A service that answers from `script`; see the module's docstring. `clock` is what a delay waits on."""
    return Mock(script, clock=clock)


def config(path: str | Path, machine: str, case: str, *, clock: Clock | None = None) -> Mock:
    """The mock which a test case of AWS's `MockConfigFile.json` describes (the file of Step Functions Local).

    Raises InputError when the file, the machine, the case or a response it names is missing.
    """
    file = Path(path)
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise InputError(f"{file}: not a mock configuration: {problem}") from problem
    cases = _member(document, "StateMachines", machine, file).get("TestCases", {})
    if case not in cases:
        raise InputError(f"{file}: machine '{machine}' has no test case '{case}'; it has: {', '.join(cases) or 'none'}")
    responses = {name: _member(document, "MockedResponses", name, file) for name in cases[case].values()}
    return Mock({state: _scripted(responses[name], name, file) for state, name in cases[case].items()}, clock=clock)


def _scripted(response: Mapping[str, Any], name: str, file: Path) -> Sequence:
    """`{"0": {"Return": …}, "1-2": {"Throw": {"Error", "Cause"}}}`: a number or a range of attempts, from 0."""
    attempts: dict[int, Answer | Error] = {}
    for key, value in response.items():
        first, _, last = key.partition("-")
        if not first.isdigit() or (last and not last.isdigit()) or not isinstance(value, dict):
            raise InputError(f"{file}: response '{name}': '{key}' must be a number or a range like 1-2 with an object")
        for attempt in range(int(first), int(last or first) + 1):
            attempts[attempt] = _thrown(value) if "Throw" in value else Answer(value.get("Return"))
    if sorted(attempts) != list(range(len(attempts))):
        raise InputError(f"{file}: response '{name}': the attempts must be 0, 1, 2 … without a gap")
    return Sequence(tuple(attempts[index] for index in sorted(attempts)), strict=True)


def _thrown(value: Mapping[str, Any]) -> Error:
    throw = value["Throw"]
    return Error(throw.get("Error", "States.TaskFailed"), throw.get("Cause", ""))


def _member(document: Any, section: str, name: str, file: Path) -> Mapping[str, Any]:
    members = document.get(section, {}) if isinstance(document, dict) else {}
    if name not in members:
        raise InputError(f"{file}: {section} has no '{name}'; it has: {', '.join(members) or 'none'}")
    member: Mapping[str, Any] = members[name]
    return member


def _outcome(value: Any) -> Answer | Error:
    if isinstance(value, Answer | Error):
        return value
    if isinstance(value, ServiceError):
        return Error(value.error, value.cause)
    return Answer(value)


def _wrapped(value: JSON, request: TaskRequest, key: str) -> JSON:
    """A function mocked by its name answers its payload; everything else answers the whole result."""
    if request.resource.service == "lambda" and key == _function(request) and key != request.state:
        return {"ExecutedVersion": "$LATEST", "Payload": value, "StatusCode": 200}
    return value


def _function(request: TaskRequest) -> str:
    if request.resource.service == "function":
        return function_name(request.resource.arn)
    arguments = request.arguments if isinstance(request.arguments, dict) else {}
    name = arguments.get("FunctionName")
    return function_name(name) if isinstance(name, str) else ""


def _keys(resource: Resource) -> tuple[str, ...]:
    service = resource.service.removeprefix("aws-sdk:")
    suffix = "" if resource.pattern == "request" else f".{resource.pattern}"
    call = f"{resource.action}{suffix}"
    return (resource.arn, f"{resource.service}:{call}", f"{service}:{call}", f"{resource.service}:{resource.action}")


def _is_call(key: str) -> bool:
    """Whether a key reads as a service call; a state's name like `a:b` is found all the same, at the call."""
    return key.startswith("arn:") or (":" in key and " " not in key)


__all__ = ["Answer", "Error", "Mock", "Outcome", "Sequence", "answer", "config", "error", "mock", "sequence"]
