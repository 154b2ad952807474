"""Whether a mocked result could be the service's own: checked against the output of the API that the Task calls.

STRICT asks for what is required and looks at what is there, PRESENT looks at what is there, NONE at nothing. Fields
that the API does not have are let be, as AWS lets them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from treadle.engine.task import Resource
from treadle.errors import ServiceError

JSON = Any
MODES: Final = ("STRICT", "PRESENT", "NONE")

# The service ids of the AWS SDK for Java whose botocore name is another word, dashes apart.
_BOTOCORE: Final[dict[str, str]] = {
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "configservice": "config",
    "costexplorer": "ce",
    "databasemigration": "dms",
    "directory": "ds",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "elasticsearch": "es",
    "eventbridge": "events",
    "location": "location",
    "opensearch": "opensearch",
    "resourcegroupstaggingapi": "resourcegroupstaggingapi",
    "sfn": "stepfunctions",
    "ssoadmin": "sso-admin",
}
# Optimized integrations that hand on what their API answers.
_OPTIMIZED: Final[dict[str, str]] = {
    "dynamodb": "dynamodb",
    "events": "events",
    "lambda": "lambda",
    "sns": "sns",
    "sqs": "sqs",
    "states": "stepfunctions",
}
# Bounds in the model that Step Functions has of the API, where the API's own have moved since (recorded).
_RECORDED_BOUNDS: Final[dict[str, dict[str, int]]] = {"MemorySize": {"max": 10_240}}
# Parsed from what the API gives as bytes: any JSON may stand there.
_PARSED: Final = frozenset({("lambda", "Payload")})


def check(resource: Resource, result: JSON, mode: str) -> None:
    """ServiceError ValidationException where the API could not have answered so."""
    shape = None if mode == "NONE" or resource.pattern != "request" else _output(resource.service, resource.action)
    if shape is not None:
        parsed = frozenset(name for service, name in _PARSED if service == resource.service)
        problem = _problem(shape, result, mode == "STRICT", parsed)
        if problem:
            raise ServiceError("ValidationException", f"Mock result schema validation error: {problem}")


@cache
def _output(service: str, action: str) -> Any:
    """botocore's shape of the answer, None where the integration has none."""
    from botocore.exceptions import UnknownServiceError
    from botocore.model import OperationNotFoundError
    from botocore.session import get_session

    sdk = service.startswith("aws-sdk:")
    name = _name(service.removeprefix("aws-sdk:")) if sdk else _OPTIMIZED.get(service)
    if name is None:
        return None
    try:
        model = get_session().get_service_model(name)
        return model.operation_model(f"{action[:1].upper()}{action[1:]}").output_shape
    except (UnknownServiceError, OperationNotFoundError):
        return None


@cache
def _name(service: str) -> str | None:
    from botocore.session import get_session

    if service in _BOTOCORE:
        return _BOTOCORE[service]
    return next((name for name in get_session().get_available_services() if name.replace("-", "") == service), None)


def _problem(shape: Any, value: JSON, strict: bool, parsed: frozenset[str]) -> str:
    """The first thing wrong, "" where nothing is."""
    if not isinstance(value, Mapping):
        return "" if shape.type_name != "structure" else "Mock result must be an object"
    if strict:
        for name in shape.required_members:
            if _pascal(name) not in value:
                return f"Required field '{_pascal(name)}' is missing"
    for name, member in shape.members.items():
        field = _pascal(name)
        if field in value and field not in parsed:
            problem = _member(member, field, value[field], strict)
            if problem:
                return problem
    return ""


def _pascal(name: str) -> str:
    return f"{name[:1].upper()}{name[1:]}"


_KINDS: Final[dict[str, tuple[str, type | tuple[type, ...]]]] = {
    "structure": ("an object", Mapping),
    "map": ("an object", Mapping),
    "list": ("an array", list),
    "string": ("a string", str),
    "blob": ("a string", str),
    "timestamp": ("a string", str),
    "boolean": ("a boolean", bool),
    "character": ("a string", str),
    "integer": ("a number", (int, float)),
    "long": ("a number", (int, float)),
    "float": ("a number", (int, float)),
    "double": ("a number", (int, float)),
}


def _member(shape: Any, field: str, value: JSON, strict: bool) -> str:
    if getattr(shape, "is_document_type", False):
        return ""
    kind, types = _KINDS[shape.type_name]
    if not isinstance(value, types) or (isinstance(value, bool) and shape.type_name != "boolean"):
        return f"Field '{field}' must be {kind}"
    bounds = {**shape.metadata, **_RECORDED_BOUNDS.get(shape.name, {})}
    if isinstance(value, (int, float)):
        return (
            ""
            if isinstance(value, bool)
            else _bounded(field, value, bounds, "is less than the minimum value", "exceeds the maximum value")
        )
    if isinstance(value, (str, list)):
        if shape.type_name == "string" and shape.enum and value not in shape.enum:
            return f"Field '{field}' is not an expected value"
        if shape.type_name != "timestamp":
            problem = _bounded(
                field, len(value), bounds, "is smaller than the minimum length", "exceeds the maximum length"
            )
            if problem:
                return problem
    if isinstance(value, list):
        return next(filter(None, (_member(shape.member, field, each, strict) for each in value)), "")
    if shape.type_name == "map" and isinstance(value, Mapping):
        return next(filter(None, (_member(shape.value, name, each, strict) for name, each in value.items())), "")
    return _problem(shape, value, strict, frozenset()) if shape.type_name == "structure" else ""


def _bounded(field: str, size: float, bounds: Mapping[str, JSON], below: str, above: str) -> str:
    if "min" in bounds and size < bounds["min"]:
        return f"Field '{field}' {below}"
    return f"Field '{field}' {above}" if "max" in bounds and size > bounds["max"] else ""
