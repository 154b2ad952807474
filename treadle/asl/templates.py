"""What stands inside payloads: JSONPath templates (`"name.$"`), JSONata expressions (`"{% … %}"`), variable names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from treadle.asl import jsonata, paths
from treadle.asl.finding import Finding, error
from treadle.asl.rules import JSONPATH

JSON = Any

# Variable names: https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
_NAME_LENGTH = 80


def payload(value: JSON, location: str) -> list[Finding]:
    """A JSONPath payload template: the value of every field that ends in `.$` is a path or an intrinsic call."""
    return list(_payload(value, location))


def _payload(value: JSON, location: str) -> Iterator[Finding]:
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _payload(each, f"{location}[{index}]")
    if not isinstance(value, Mapping):
        return
    for name, held in value.items():
        if not name.endswith(".$"):
            yield from _payload(held, f"{location}/{name}")
        elif not (isinstance(held, str) and (paths.is_path(held) or paths.is_intrinsic(held))):
            reason = "must be a valid JSONPath or a valid intrinsic function call"
            yield error(f"The value for the field '{name}' {reason}", location)


def query(value: JSON, gives: tuple[str, ...], location: str) -> list[Finding]:
    """JSON with JSONata expressions. `gives` are the fields of `$states` there are beside input and context."""
    return list(_query(value, ("input", "context", *gives), location))


def _query(value: JSON, available: tuple[str, ...], location: str) -> Iterator[Finding]:
    if isinstance(value, Mapping):
        for name, held in value.items():
            yield from _query(held, available, f"{location}/{name}")
    elif isinstance(value, list):
        for index, held in enumerate(value):
            yield from _query(held, available, f"{location}[{index}]")
    elif jsonata.is_expression(value):
        yield from jsonata.problems(jsonata.source(value), available, location)
    elif isinstance(value, str) and value.startswith("{%"):
        yield error("JSONata string must start with {% and end with %}", location)


def names(assign: Mapping[str, JSON], language: str, location: str) -> list[Finding]:
    """The names that an Assign gives: an identifier of letters and digits, 80 characters at most, not `states`."""
    found = []
    for field in assign:
        name = field.removesuffix(".$") if language == JSONPATH else field
        if name == "states":
            reason, code = "Cannot assign to reserved variable '$states'.", "RESERVED_VARIABLE_NAME"
        elif len(name) > _NAME_LENGTH:
            reason = f"Invalid variable name '{name}': the variable name is longer than {_NAME_LENGTH} characters."
            code = "INVALID_VARIABLE_NAME"
        elif not name.isidentifier() or name.startswith("_"):
            reason = f"Invalid variable name '{name}': the variable name contains invalid characters."
            code = "INVALID_VARIABLE_NAME"
        else:
            continue
        found.append(error(reason, f"{location}/{field}", code))
    return found
