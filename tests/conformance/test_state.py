"""TestState calls and what AWS answered."""

from __future__ import annotations

import json
from typing import Any

from tests.conformance import ACCOUNT, Record, difference
from tests.conformance.validation import ClientRefusal, client_side
from treadle.engine.task import Resource, TaskRequest, TaskResponse
from treadle.engine.test_state import test_state
from treadle.errors import ServiceError


def handles(record: Record) -> bool:
    return "definition" in record and "params" in record and not {"operation", "kind"} & record.keys()


def run(record: Record) -> str | None:
    request = {"definition": json.dumps(record["definition"]), **record["params"]}
    for name in ("input", "context", "variables"):
        if record.get(f"{name}_text") is not None:
            request[name] = record[f"{name}_text"]
    expected = record["expected"]
    try:
        client_side("TestState", request)
        answer = test_state(request, service=_Recorded(expected), account=ACCOUNT)
    except ClientRefusal as refused:
        return _refusal(expected, "ParamValidationError", str(refused), record)
    except ServiceError as error:
        return _refusal(expected, error.error, error.cause, record)
    if expected.get("raises"):
        return f"recorded {expected['error_code']}: {expected['message']!r}, got an answer"
    return difference({name: value for name, value in expected.items() if name != "raises"}, answer, record)


def _refusal(expected: dict[str, Any], code: str, message: str, record: Record) -> str | None:
    if not expected.get("raises"):
        return f"recorded an answer, got {code}: {message}"
    want = {"code": expected["error_code"], "message": expected["message"]}
    return difference(want, {"code": code, "message": message}, record)


class _Recorded:
    """Answers a Task without a mock as the recording's service did; the record tells it only in the state's answer."""

    def __init__(self, expected: dict[str, Any]) -> None:
        self._expected = expected

    def handles(self, resource: Resource) -> bool:
        return True

    async def call(self, request: TaskRequest) -> TaskResponse:
        error = self._expected.get("error")
        if error is not None and not error.startswith("States."):
            cause = self._expected.get("cause")
            raise ServiceError(error, json.dumps(cause) if isinstance(cause, dict) else cause)
        seen = self._expected.get("inspectionData", {})
        result = seen.get("result", self._expected.get("output"))
        return TaskResponse(json.loads(result) if isinstance(result, str) else result)
