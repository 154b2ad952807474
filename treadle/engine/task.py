"""The seam between the engine and everything a Task reaches: a request goes out, an answer or an error returns.

`treadle.services` and `treadle.inference` answer requests; the engine knows none of them. A whole service:

    class Greeter:
        def handles(self, resource: Resource) -> bool:
            return resource.service == "lambda"

        async def call(self, request: TaskRequest) -> TaskResponse:
            return TaskResponse({"StatusCode": 200, "Payload": "hello"})
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

JSON = Any
"""None, bool, int, float, str, list or dict, nested. Never mutated once it has been handed over."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A Task state's `Resource`, taken apart.

    `arn:aws:states:::aws-sdk:bedrockruntime:converse` is service "aws-sdk:bedrockruntime", action "converse";
    `arn:aws:states:::sagemaker:createTrainingJob.sync` is service "sagemaker", action "createTrainingJob", pattern
    "sync";
    `arn:aws:lambda:us-east-1:1:function:f` is service "function", action the whole ARN;
    `arn:aws:states:us-east-1:1:activity:a` is service "activity", action the whole ARN.
    `pattern` is "request", "sync", "sync:2" or "waitForTaskToken".
    """

    arn: str
    service: str
    action: str
    pattern: str = "request"

    @classmethod
    def parse(cls, arn: str) -> Resource:
        """Never fails: an ARN of no known shape has service "" and is refused by whoever is asked to run it."""
        parts = arn.split(":")
        if len(parts) > 5 and parts[2] == "lambda":
            return cls(arn, "function", arn)
        if len(parts) > 6 and parts[2] == "states" and parts[5] == "activity":
            return cls(arn, "activity", arn)
        if len(parts) < 7 or parts[2] != "states":
            return cls(arn, "", arn)
        service, rest = (":".join(parts[5:7]), parts[7:]) if parts[5] == "aws-sdk" else (parts[5], parts[6:])
        action, _, pattern = ":".join(rest).partition(".")
        return cls(arn, service, action, pattern or "request")


@dataclass(frozen=True, slots=True)
class TaskRequest:
    """One attempt of one Task state.

    `arguments` is what the service is sent (Arguments or Parameters, evaluated; a JSONPath Lambda task's whole input).
    `timeout` and `heartbeat` are seconds. `context` is the context object as the state sees it.
    `submitted` is to be called with the service's first answer by whoever runs a `.sync` job: it becomes TaskSubmitted.
    """

    resource: Resource
    arguments: JSON
    state: str
    attempt: int = 0
    timeout: float | None = None
    heartbeat: float | None = None
    credentials: JSON = None
    context: Mapping[str, JSON] = field(default_factory=dict)
    submitted: Callable[[JSON], None] = lambda output: None


@dataclass(frozen=True, slots=True)
class TaskResponse:
    """What the service answered, as Step Functions hands it on (PascalCase for AWS APIs).

    `model` names the model that gave the answer, where one did: it is shown beside the result, never put into it.
    """

    output: JSON
    model: str | None = None


class Service(Protocol):
    """Answers Task requests. A failure is `treadle.errors.ServiceError` with AWS's own error name and cause."""

    def handles(self, resource: Resource) -> bool: ...

    async def call(self, request: TaskRequest) -> TaskResponse: ...
