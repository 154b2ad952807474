"""Definitions that CreateStateMachine, UpdateStateMachine and ValidateStateMachineDefinition accept or refuse."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.conformance import ACCOUNT, REGION, Record, difference
from treadle.asl import requests
from treadle.errors import ServiceError

_OPERATIONS = ("CreateStateMachine", "UpdateStateMachine", "ValidateStateMachineDefinition")
_OTHER = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'


def handles(record: Record) -> bool:
    return record.get("operation") in _OPERATIONS


def run(record: Record) -> str | None:
    expected = record["expected"]
    request = {"definition": record.get("definition_text"), **record["params"]}
    if request["definition"] is None and "roleArn" not in request:
        del request["definition"]  # an update of something else
    try:
        answer = _answer(record, request)
    except _Refused as refused:
        return _refusal(expected, refused, record)
    if expected.get("raises"):
        return f"recorded {expected['error_code']}: {expected['message']!r}, got an answer"
    if "diagnostics" in expected:
        return difference({k: v for k, v in expected.items() if k != "raises"}, answer, record)
    return None


class ClientRefusal(Exception):
    """What the recording's client, boto3, refused before it called."""


class _Refused(Exception):
    def __init__(self, code: str | None, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def _answer(record: Record, request: dict[str, Any]) -> Any:
    operation = record["operation"]
    try:
        client_side(operation, request)
    except ClientRefusal as refused:
        raise _Refused(None, str(refused)) from None
    arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{request.get('name')}"
    try:
        if operation == "CreateStateMachine":
            return requests.create(request, arn, _before(record, arn), _log_groups(record, request))
        if operation == "UpdateStateMachine":
            return requests.update(request, _before(record, request["stateMachineArn"]), _log_groups(record, request))
        return requests.validate(request)
    except ServiceError as error:
        raise _Refused(error.error, error.cause) from None


def client_side(operation: str, request: dict[str, Any]) -> None:
    """Raises ClientRefusal."""
    from botocore.session import get_session
    from botocore.validate import ParamValidator

    model = get_session().get_service_model("stepfunctions").operation_model(operation)
    report = ParamValidator().validate(request, model.input_shape)
    if report.has_errors():
        raise ClientRefusal(f"Parameter validation failed:\n{report.generate_report()}")


def _before(record: Record, arn: str) -> dict[str, dict[str, str]]:
    """The machines there were before the recorded call, which the record only tells by its answer.

    A name that is taken was taken by another definition; an updated machine was there unless its ARN is a version's.
    """
    taken = record["expected"].get("error_code") == "StateMachineAlreadyExists"
    machine = re.sub(r":\d+$", "", arn)
    return {machine: {"definition": _OTHER}} if taken or record["operation"] == "UpdateStateMachine" else {}


def _log_groups(record: Record, request: dict[str, Any]) -> list[str]:
    """Every log group that the request names was there, but where the record's own test is about a deleted one."""
    if "not found" in json.dumps(record["expected"]):
        return []
    destinations = (request.get("loggingConfiguration") or {}).get("destinations") or []
    return [each["cloudWatchLogsLogGroup"]["logGroupArn"].removesuffix(":*") for each in destinations]


def _refusal(expected: dict[str, Any], refused: _Refused, record: Record) -> str | None:
    if not expected.get("raises"):
        return f"recorded an answer, got {refused.code}: {refused.message}"
    recorded = expected["recorded"]
    message = recorded if isinstance(recorded, str) else expected["message"]
    want = {"code": expected["error_code"], "message": message}
    return difference(want, {"code": refused.code, "message": refused.message}, record)
