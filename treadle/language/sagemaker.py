"""Models on SageMaker endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from treadle.language import operations
from treadle.language.operations import Operation, Slot
from treadle.language.options import NO_FALLBACK, Options, Retry, attempt

THROTTLED = {
    "ErrorEquals": [
        "SageMakerRuntime.ThrottlingException",
        "SageMakerRuntime.ServiceUnavailableException",
        "SageMakerRuntime.InternalFailureException",
        "SageMakerRuntime.ModelNotReadyException",
    ],
    "IntervalSeconds": 1,
    "MaxAttempts": 3,
    "BackoffRate": 2,
    "JitterStrategy": "FULL",
}


@dataclass(frozen=True)
class Endpoint:
    """A real-time endpoint that takes and gives JSON. `name` is the endpoint's own."""

    name: str

    def invoke(
        self,
        payload: Any,
        *,
        retry: int | Retry | None = None,
        timeout: float | None = None,
        fallback: Any = NO_FALLBACK,
    ) -> Any:
        """What the endpoint's model answers to a JSON payload."""
        options = Options(retry, timeout, None, fallback)
        return attempt(lambda: operations.call(self, "invoke", {"payload": payload}), options, "invoke", (payload,))

    def __operation__(self, method: str, given: Mapping[str, Any]) -> Operation:
        if method != "invoke":
            raise TypeError(f"an endpoint has no method {method!r}: write invoke")
        return Operation(
            name="invoke",
            resource="arn:aws:states:::aws-sdk:sagemakerruntime:invokeEndpoint",
            arguments={
                "EndpointName": self.name,
                "ContentType": "application/json",
                "Body": Slot("payload", "$string({})"),
            },
            output="$parse($states.result.Body)",
            returns=Any,
            retry=(THROTTLED,),
        )


def endpoint(name: str) -> Endpoint:
    """An endpoint by name."""
    return Endpoint(name)
