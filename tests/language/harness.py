"""Runs a workflow as plain Python and as compiled ASL on the engine, and compares value or error."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

from treadle.engine import Chance, VirtualClock, load, run
from treadle.engine.task import Resource, TaskRequest, TaskResponse
from treadle.errors import ServiceError
from treadle.language import compile_function, operations
from treadle.language.primitives import sleeper

Outcome = tuple[str, Any]
"""("value", JSON) or ("error", (name, text))."""


class Functions:
    """Answers Lambda calls with the Python functions behind them, and models with a script by action."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]], models: Mapping[str, Callable[[Any], Any]]) -> None:
        self.functions, self.models = functions, models
        self.calls: list[str] = []

    def handles(self, resource: Resource) -> bool:
        return True

    async def call(self, request: TaskRequest) -> TaskResponse:
        self.calls.append(request.state)
        if request.resource.service == "lambda":
            name = request.arguments["FunctionName"]
            try:
                payload = json.loads(json.dumps(request.arguments["Payload"]))
                result = json.loads(json.dumps(self.functions[name](**payload)))
            except Exception as error:
                cause = {
                    "errorMessage": str(error),
                    "errorType": type(error).__name__,
                    "requestId": "r",
                    "stackTrace": [],
                }
                raise ServiceError(type(error).__name__, json.dumps(cause, separators=(",", ":"))) from error
            return TaskResponse({"StatusCode": 200, "Payload": result})
        return TaskResponse(self.models[request.resource.action](request.arguments))


def plain(
    function: Callable[..., Any], given: Mapping[str, Any], models: Mapping[str, Callable[[Any], Any]]
) -> Outcome:
    """What CPython gives."""
    before = list(operations._dispatch)
    operations.install(_dispatch(models))
    paused = sleeper.set(lambda seconds: None)
    try:
        return "value", json.loads(json.dumps(function(**copy.deepcopy(dict(given)))))
    except ServiceError as error:
        return "error", (error.error, error.cause)
    except Exception as error:  # noqa: BLE001
        return "error", (type(error).__name__, str(error))
    finally:
        operations._dispatch[:] = before
        sleeper.reset(paused)


def _dispatch(models: Mapping[str, Callable[[Any], Any]]) -> operations.Dispatch:
    from treadle.engine.data import jsonata

    def dispatch(operation: operations.Operation, given: Mapping[str, Any]) -> Any:
        arguments = _filled(operation.arguments, given)
        result = models[Resource.parse(operation.resource).action](arguments)
        return jsonata.compile(operation.output)({"states": {"result": result}})

    return dispatch


def _filled(template: Any, given: Mapping[str, Any]) -> Any:
    from treadle.engine.data import jsonata

    match template:
        case operations.Slot():
            value = given[template.name]
            if template.wrap == "{}":
                return value
            return jsonata.compile(template.wrap.replace("{}", "$value"))({"value": value})
        case dict():
            return {name: _filled(each, given) for name, each in template.items()}
        case list():
            return [_filled(each, given) for each in template]
    return template


def engine(
    function: Callable[..., Any], given: Mapping[str, Any], models: Mapping[str, Callable[[Any], Any]]
) -> Outcome:
    """What the compiled workflow gives."""
    compiled = compile_function(function)
    service = Functions(compiled.functions, models)
    execution = run(
        load(json.loads(json.dumps(compiled.definition))),
        dict(given),
        service=service,
        clock=VirtualClock(),
        chance=Chance(1) if isinstance(Chance, type) else Chance,
    )
    if execution.status == "SUCCEEDED":
        return "value", execution.output
    cause = execution.cause or ""
    if cause.startswith('{"errorMessage"'):
        cause = json.loads(cause)["errorMessage"]
    return "error", (execution.error, cause)


def agree(function: Callable[..., Any], *, models: Mapping[str, Any] | None = None, **given: Any) -> Any:
    """Assert that both give the same, to the type of every number; the outcome."""
    expected = plain(function, given, models or {})
    found = engine(function, given, models or {})
    assert _exactly(found) == _exactly(expected), f"{function.__name__}({given}): {found} is not CPython's {expected}"
    return expected[1]


def _exactly(value: Any) -> Any:
    """JSON with booleans kept apart from numbers; 1 and 1.0 are one number of JSON."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, dict):
        return {"dict": [(key, _exactly(each)) for key, each in value.items()]}
    if isinstance(value, list | tuple):
        return [_exactly(each) for each in value]
    return value
