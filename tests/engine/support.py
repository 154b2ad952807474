"""What the engine's tests share: a scripted service and the shape of a history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from treadle.engine import Execution, Resource, TaskRequest, TaskResponse, VirtualClock, load, run
from treadle.errors import ServiceError

JSON = Any


class Calls:
    """Answers each state's tasks from a list: a value, an exception to raise, or a function of the request."""

    def __init__(self, **answers: list[Any]) -> None:
        self.answers = {state: list(given) for state, given in answers.items()}
        self.requests: list[TaskRequest] = []

    def handles(self, resource: Resource) -> bool:
        return resource.service != "activity"

    async def call(self, request: TaskRequest) -> TaskResponse:
        self.requests.append(request)
        given = self.answers[request.state]
        answer = given.pop(0) if len(given) > 1 else given[0]
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answer = answer(request)
            if hasattr(answer, "__await__"):
                answer = await answer
        return TaskResponse(answer)


def machine(states: Mapping[str, JSON], *, language: str = "JSONata", type: str = "STANDARD", **top: JSON) -> Any:
    """A machine that starts at the first state."""
    return load({"QueryLanguage": language, "StartAt": next(iter(states)), "States": states, **top}, type=type)


def execute(states: Mapping[str, JSON], input: JSON = None, *, language: str = "JSONata", **options: Any) -> Execution:
    """Runs the states on a virtual clock."""
    top = options.pop("top", {})
    kind = options.pop("type", "STANDARD")
    options.setdefault("clock", VirtualClock())
    return run(machine(states, language=language, type=kind, **top), input, **options)


def types(execution: Execution) -> list[str]:
    return [event["type"] for event in execution.history()]


def links(execution: Execution) -> list[tuple[str, int]]:
    """(type, previousEventId) of every event."""
    return [(event["type"], event["previousEventId"]) for event in execution.history()]


def task(resource: str = "arn:aws:states:::lambda:invoke", **fields: JSON) -> dict[str, JSON]:
    """A Task state that ends, calling a function unless told otherwise."""
    base: dict[str, JSON] = {"Type": "Task", "Resource": resource, "Arguments": {"FunctionName": "f"}}
    if "Next" not in fields:
        base["End"] = True
    return {**base, **fields}


def error(name: str, cause: str = "why") -> Callable[[], ServiceError]:
    return lambda: ServiceError(name, cause)
