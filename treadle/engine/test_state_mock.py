"""Whether a mocked result could be the service's own: checked against the output of the API that the Task calls.

STRICT asks for what is required and looks at what is there, PRESENT looks at what is there, NONE at nothing. Fields
that the API does not have are let be, as AWS lets them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from treadle.asl import naming
from treadle.engine.task import Resource
from treadle.errors import ServiceError

JSON = Any
MODES: Final = ("STRICT", "PRESENT", "NONE")
_SDK: Final = "aws-sdk:"

# Optimized integrations that hand on what their API answers, with botocore's name of it.
_OPTIMIZED: Final[dict[str, str]] = {
    "athena": "athena",
    "batch": "batch",
    "bedrock": "bedrock-runtime",
    "codebuild": "codebuild",
    "databrew": "databrew",
    "dynamodb": "dynamodb",
    "ecs": "ecs",
    "events": "events",
    "glue": "glue",
    "lambda": "lambda",
    "mediaconvert": "mediaconvert",
    "sagemaker": "sagemaker",
    "sns": "sns",
    "sqs": "sqs",
    "states": "stepfunctions",
}
# Bounds in the model that Step Functions has of the API, where the API's own have moved since (recorded).
_RECORDED_BOUNDS: Final[dict[str, dict[str, int]]] = {"MemorySize": {"max": 10_240}}
# Parsed from what the API gives as bytes: any JSON may stand there.
_PARSED: Final[Mapping[str, frozenset[str]]] = {
    "lambda": frozenset({"Payload"}),
    "bedrock": frozenset({"Body"}),
}


def check(resource: Resource, result: JSON, mode: str) -> None:
    """ServiceError ValidationException where the API could not have answered so."""
    shape = None if mode == "NONE" or resource.pattern != "request" else _output(resource.service, resource.action)
    if shape is not None:
        how = _How(mode == "STRICT", naming.member_name if resource.service.startswith(_SDK) else _raised)
        problem = _structure(shape, result, how, _PARSED.get(resource.service, frozenset()))
        if problem:
            raise ServiceError("ValidationException", f"Mock result schema validation error: {problem}")


@cache
def _output(service: str, action: str) -> Any:
    """botocore's shape of the answer, None where the integration has none."""
    from botocore.exceptions import UnknownServiceError
    from botocore.model import OperationNotFoundError
    from botocore.session import get_session

    session = get_session()
    if service.startswith(_SDK):
        name = naming.client_name(service.removeprefix(_SDK), frozenset(session.get_available_services()))
    else:
        name = _OPTIMIZED.get(service)
    if name is None:
        return None
    try:
        model = session.get_service_model(name)
        return model.operation_model(f"{action[:1].upper()}{action[1:]}").output_shape
    except (UnknownServiceError, OperationNotFoundError):
        return None


def _raised(name: str) -> str:
    """A member's name in an optimized integration."""
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


@dataclass(frozen=True, slots=True)
class _How:
    """Whether required members are asked for, and how the integration names members."""

    strict: bool
    name: Callable[[str], str]


def _structure(shape: Any, value: JSON, how: _How, parsed: frozenset[str] = frozenset()) -> str:
    """The first thing wrong, "" where nothing is."""
    if not isinstance(value, Mapping):
        return "Mock result must be an object"
    if how.strict:
        for name in map(how.name, shape.required_members):
            if name not in value:
                return f"Required field '{name}' is missing"
    for native, member in shape.members.items():
        field = how.name(native)
        if field in value and field not in parsed:
            problem = _member(member, field, value[field], how)
            if problem:
                return problem
    return ""


def _member(shape: Any, field: str, value: JSON, how: _How) -> str:
    if getattr(shape, "is_document_type", False):
        return ""
    kind, types = _KINDS[shape.type_name]
    fits = isinstance(value, types) and (shape.type_name == "boolean" or not isinstance(value, bool))
    if not fits:
        return f"Field '{field}' must be {kind}"
    problem = _within(shape, field, value)
    if problem or shape.type_name not in ("list", "map", "structure"):
        return problem
    if isinstance(value, list):
        return next(filter(None, (_member(shape.member, field, each, how) for each in value)), "")
    if shape.type_name == "structure":
        return _structure(shape, value, how)
    return next(filter(None, (_member(shape.value, name, each, how) for name, each in value.items())), "")


def _within(shape: Any, field: str, value: JSON) -> str:
    """Is it one of the values, of the size or of the length that the model gives?"""
    bounds = {**shape.metadata, **_RECORDED_BOUNDS.get(shape.name, {})}
    if isinstance(value, bool) or shape.type_name == "timestamp":
        return ""
    if isinstance(value, int | float):
        return _bounded(field, value, bounds, "is less than the minimum value", "exceeds the maximum value")
    if shape.type_name == "string" and shape.enum and value not in shape.enum:
        return f"Field '{field}' is not an expected value"
    if isinstance(value, str | list):
        return _bounded(field, len(value), bounds, "is smaller than the minimum length", "exceeds the maximum length")
    return ""


def _bounded(field: str, size: float, bounds: Mapping[str, JSON], below: str, above: str) -> str:
    if "min" in bounds and size < bounds["min"]:
        return f"Field '{field}' {below}"
    return f"Field '{field}' {above}" if "max" in bounds and size > bounds["max"] else ""
