"""What the API says about a request that carries a definition: CreateStateMachine, UpdateStateMachine and
ValidateStateMachineDefinition. Each refusal is a ServiceError with AWS's error name and message.

`machines` maps the ARNs of the machines there are to their requests; `log_groups` are the ARNs of the log groups there
are, None where they are not known and therefore not asked for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from treadle.asl.checker import check, refuse
from treadle.asl.finding import FORBIDDEN
from treadle.errors import DefinitionError, ServiceError

JSON = Any
Request = Mapping[str, JSON]

_NAME_LENGTH = 80
_DIAGNOSTICS = 100
_MACHINE_ARN = re.compile(r"arn:[^:]+:states:[^:]+:\d+:stateMachine:[^:]+")
# A second CreateStateMachine with the same name is the same call where these are the same.
_IDENTITY = ("definition", "loggingConfiguration", "tracingConfiguration", "type")


def create(request: Request, arn: str, machines: Mapping[str, Request], log_groups: Collection[str] | None) -> bool:
    """Whether the machine is to be made; False where it is there already and the request the same."""
    name = request["name"]
    if not name or len(name) > _NAME_LENGTH or FORBIDDEN.search(name):
        raise ServiceError("InvalidName", f"Invalid Name: '{name}'")
    _published(request)
    _role(request)
    _definition(request["definition"], request.get("type") or "STANDARD")
    _logging(request.get("loggingConfiguration"), log_groups)
    there = machines.get(arn)
    if there is None:
        return True
    if any(request.get(field) != there.get(field) for field in _IDENTITY):
        raise ServiceError("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
    return False


def update(request: Request, machines: Mapping[str, Request], log_groups: Collection[str] | None) -> None:
    """A machine's own ARN is asked for: a version's or an alias's names no machine here."""
    arn = request["stateMachineArn"]
    if not arn.startswith("arn:"):
        raise ServiceError("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {arn}'")
    if not _MACHINE_ARN.fullmatch(arn) or arn not in machines:
        raise ServiceError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
    if not any(
        request.get(field) for field in ("definition", "roleArn", "loggingConfiguration", "tracingConfiguration")
    ):
        either = "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration"
        raise ServiceError("MissingRequiredParameter", f"{either} must be specified")
    _published(request)
    _role(request)
    if request.get("definition"):
        _definition(request["definition"], machines[arn].get("type") or "STANDARD")
    _logging(request.get("loggingConfiguration"), log_groups)


def validate(request: Request) -> dict[str, JSON]:
    """The answer of ValidateStateMachineDefinition."""
    most = request.get("maxResults") or _DIAGNOSTICS
    severities = ("ERROR", "WARNING") if request.get("severity") == "WARNING" else ("ERROR",)
    # Warnings of our own are not AWS's to give.
    found = [
        finding
        for finding in check(request["definition"], request.get("type") or "STANDARD")
        if finding.severity in severities and not finding.code.startswith("TRD")
    ]
    failed = any(finding.severity == "ERROR" for finding in found)
    diagnostics = []
    for finding in found[:most]:
        diagnostic = {"severity": finding.severity, "code": finding.code, "message": finding.message}
        diagnostics.append({**diagnostic, "location": finding.location} if finding.location is not None else diagnostic)
    return {"result": "FAIL" if failed else "OK", "diagnostics": diagnostics, "truncated": len(found) > most}


def _published(request: Request) -> None:
    if request.get("versionDescription") and not request.get("publish"):
        raise ServiceError("ValidationException", "Version description can only be set when publish is true")


def _role(request: Request) -> None:
    arn = request.get("roleArn")
    if arn and not arn.startswith("arn:"):
        raise ServiceError("InvalidArn", f"Invalid Role Arn: '{arn}'")


def _definition(text: str, type: str) -> None:
    try:
        refuse(text, type)
    except DefinitionError as error:
        raise ServiceError("InvalidDefinition", str(error)) from None


def _logging(configuration: Request | None, log_groups: Collection[str] | None) -> None:
    """Logging that is on needs exactly one log group, which is there; a log group is named with `:*` behind it."""
    if not configuration:
        return
    destinations = configuration.get("destinations") or []
    off = configuration.get("level") in (None, "OFF")
    if len(destinations) > 1 or (not destinations and not off):
        reason = "Must specify exactly one Log Destination."
        raise ServiceError("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {reason}")
    for destination in destinations:
        group = destination.get("cloudWatchLogsLogGroup", {}).get("logGroupArn", "")
        if log_groups is not None and group.removesuffix(":*") not in log_groups:
            reason = "Log Destination not found."
            raise ServiceError("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {reason}")
