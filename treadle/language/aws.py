"""`aws.<service>.<operation>(…)`: any AWS API as a Task, its names and arguments checked against botocore's models."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from treadle.asl import naming
from treadle.errors import ServiceError, service_error
from treadle.language import operations
from treadle.language.operations import Operation, Slot
from treadle.language.options import Options, attempt
from treadle.language.types import ANY, BOOL, FLOAT, INT, STR, Dict, Field, List, Record, Type, union


@dataclass(frozen=True)
class Api:
    """One operation of one service, by botocore's names: `aws.dynamodb.get_item`."""

    service: str
    operation: str

    def __call__(self, **arguments: Any) -> Any:
        given = {name: value for name, value in arguments.items() if name not in Options.names()}
        options = Options(**{name: value for name, value in arguments.items() if name in Options.names()})
        return attempt(lambda: operations.call(self, "__call__", given), options, "__call__", (), given)

    def __operation__(self, method: str, given: Mapping[str, Any]) -> Operation:
        if method != "__call__":
            raise TypeError(f"aws.{self.service}.{self.operation} is called, it has no {method!r}")
        model = _operation(self.service, self.operation)
        known = {
            pascal(name): member for name, member in (model.input_shape.members if model.input_shape else {}).items()
        }
        for name in given:
            if name not in known:
                raise TypeError(
                    f"aws.{self.service}.{self.operation} has no argument {name}{did_you_mean(name, known)}"
                )
        required = [pascal(name) for name in (model.input_shape.required_members if model.input_shape else ())]
        missing = [name for name in required if name not in given]
        if missing:
            raise TypeError(f"aws.{self.service}.{self.operation} needs {', '.join(missing)}")
        action = model.name[0].lower() + model.name[1:]
        return Operation(
            name=self.operation,
            resource=f"arn:aws:states:::aws-sdk:{_service_id(self.service)}:{action}",
            arguments={name: Slot(name) for name in given},
            returns=result(model.output_shape) if model.output_shape else ANY,
        )


@dataclass(frozen=True)
class Service:
    """A service by boto3's name; its attributes are its operations, and its errors as exception classes."""

    name: str

    def __getattr__(self, operation: str) -> Any:
        if operation.startswith("__"):
            raise AttributeError(operation)
        return raised(self.name, operation) if operation[:1].isupper() else Api(self.name, operation)


@dataclass(frozen=True)
class Aws:
    """`aws`: its attributes are the services, `_` for `-`: `aws.dynamodb`, `aws.bedrock_runtime`."""

    def __getattr__(self, service: str) -> Service:
        if service.startswith("__"):
            raise AttributeError(service)
        return Service(service.rstrip("_").replace("_", "-"))


aws = Aws()


def raised(service: str, name: str) -> type[ServiceError]:
    """The exception class of a service's error, by boto3's name for it or by the state machine's: `NoSuchKey`,
    `NoSuchKeyException`.
    """
    try:
        model = _model(service)
    except TypeError as error:
        raise AttributeError(str(error)) from None
    prefix = naming.class_name(model.service_id)
    shapes = {shape.name: naming.exception_name(shape.name) for shape in model.error_shapes}
    # What every client may end with: an answer without an exception of its own, and no answer.
    known = {each: each for each in (f"{prefix}Exception", "SdkClientException")}
    known |= shapes | {each: each for each in shapes.values()}
    if name not in known:
        raise AttributeError(f"aws.{service} has no error {name}{did_you_mean(name, known)}")
    if prefix == "BedrockRuntime":
        service_error(f"Bedrock.{known[name]}")
    return service_error(f"{prefix}.{known[name]}")


def did_you_mean(name: str, known: Any) -> str:
    found = difflib.get_close_matches(name, sorted(known), 1, 0.6)
    return f": did you mean {found[0]}?" if found else ""


def pascal(name: str) -> str:
    """A member's name as Step Functions writes it: its first letter is a capital, whatever the API's own is."""
    return name[:1].upper() + name[1:]


@functools.cache
def _session() -> Any:
    import botocore.session

    return botocore.session.Session()


@functools.cache
def _model(service: str) -> Any:
    services = _session().get_available_services()
    if service not in services:
        raise TypeError(f"AWS has no service {service!r}{did_you_mean(service, services)}")
    return _session().get_service_model(service)


@functools.cache
def _operation(service: str, operation: str) -> Any:
    from botocore import xform_name

    model = _model(service)
    names = {xform_name(name): name for name in model.operation_names}
    if operation not in names:
        raise TypeError(f"aws.{service} has no operation {operation!r}{did_you_mean(operation, names)}")
    return model.operation_model(names[operation])


def _service_id(service: str) -> str:
    """The service as SDK integrations name it: the AWS SDK for Java's id, in small letters without blanks."""
    found = str(_model(service).metadata["serviceId"])
    return found.replace(" ", "").replace("-", "").lower()


def result(shape: Any, seen: tuple[str, ...] = ()) -> Type:
    """The type of a result shape as Step Functions hands it on: members in PascalCase, none of them certain to be
    there.
    """
    if shape.name in seen:
        return ANY
    inner = (*seen, shape.name)
    match shape.type_name:
        case "structure":
            if getattr(shape, "is_document_type", False):
                return ANY
            return Record(
                tuple(Field(pascal(name), result(each, inner), False) for name, each in shape.members.items()),
                shape.name,
            )
        case "list":
            return List(result(shape.member, inner))
        case "map":
            return Dict(result(shape.value, inner))
        case "string" | "char" | "blob" | "timestamp":
            return STR
        case "boolean":
            return BOOL
        case "integer" | "long":
            return INT
        case "float" | "double":
            return union((INT, FLOAT))
    return ANY
