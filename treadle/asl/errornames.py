"""Which error names a state can end with, and so which of its retriers and catchers can ever match.

The reserved names: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html. The errors of a
service carry the name of its client in the AWS SDK for Java before the dot, `S3.NoSuchKeyException`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from treadle.asl.document import inner_scopes, states
from treadle.asl.rules import JSONATA

JSON = Any

RESERVED: Final = frozenset(
    {"ALL", "Timeout", "HeartbeatTimeout", "TaskFailed", "Permissions", "ResultPathMatchFailure"}
    | {"ParameterPathFailure", "BranchFailed", "NoChoiceMatched", "IntrinsicFailure", "QueryEvaluationError", "Runtime"}
    | {"ExceedToleratedFailureThreshold", "ItemReaderFailed", "ResultWriterFailed", "DataLimitExceeded"}
)
# What only a container of other states, or only one query language, can end with.
_OF_CONTAINERS = frozenset(
    {"BranchFailed", "NoChoiceMatched", "ExceedToleratedFailureThreshold", "ItemReaderFailed", "ResultWriterFailed"}
)
_OF_JSONPATH = frozenset({"ResultPathMatchFailure", "ParameterPathFailure", "IntrinsicFailure"})
_OF_JSONATA = frozenset({"QueryEvaluationError"})
# Names under which a service's errors occur beside its own.
_ALIASES: Final[Mapping[str, frozenset[str]]] = {
    "bedrock": frozenset({"bedrock", "bedrockruntime"}),
    "bedrockruntime": frozenset({"bedrock", "bedrockruntime"}),
    "elasticmapreduce": frozenset({"elasticmapreduce", "emr", "amazonelasticmapreduce"}),
    "events": frozenset({"events", "eventbridge", "amazoneventbridge"}),
    "sfn": frozenset({"sfn", "states", "stepfunctions", "awsstepfunctions"}),
    "states": frozenset({"sfn", "states", "stepfunctions", "awsstepfunctions"}),
    "sns": frozenset({"sns", "amazonsns"}),
    "sqs": frozenset({"sqs", "amazonsqs"}),
}
# A prefix is taken for a service's only where it is one of these: a function may name its errors as it likes.
_SERVICES: Final = frozenset(
    {"apigateway", "athena", "batch", "bedrock", "bedrockruntime", "codebuild", "databrew", "dynamodb", "ecs", "eks"}
    | {"emr", "emrcontainers", "emrserverless", "eventbridge", "events", "firehose", "glue", "kinesis", "kms", "lambda"}
    | {"mediaconvert", "s3", "sagemaker", "sagemakerruntime", "scheduler", "secretsmanager", "sfn", "sns", "sqs", "ssm"}
    | {"stepfunctions", "textract", "transcribe", "translate", "comprehend", "rekognition", "elasticmapreduce", "sts"}
)


def handlers(state: Mapping[str, JSON], field: str, language: str) -> Iterator[tuple[Mapping[str, JSON], str]]:
    """Each retrier or catcher with why it can never match, or "" where it can."""
    earlier: set[str] = set()
    for handler in state.get(field, ()):
        names = handler["ErrorEquals"]
        reasons = [_never(name, state, language) or _taken(name, earlier) for name in names]
        yield handler, "; ".join(dict.fromkeys(reasons)) if all(reasons) else ""
        earlier.update(names)


def _taken(name: str, earlier: set[str]) -> str:
    if name in earlier:
        return f"an earlier one takes {name}"
    if "States.TaskFailed" in earlier and not name.startswith("States."):
        return f"an earlier one takes States.TaskFailed, and with it {name}"
    return ""


def _never(name: str, state: Mapping[str, JSON], language: str) -> str:
    """Why the state can never end with the error `name`, or ""."""
    head, _, rest = name.partition(".")
    if head == "States":
        return _never_reserved(rest, state, language)
    if state.get("Type") != "Task":
        return ""
    resource = str(state.get("Resource", ""))
    _, integrated, call = resource.partition(":states:::")
    if not integrated or resource.endswith((".waitForTaskToken", ".sync", ".sync:2")) or "${" in resource:
        return ""
    service = call.removeprefix("aws-sdk:").partition(":")[0].replace("-", "").lower()
    known = _ALIASES.get(service, frozenset({service}))
    prefix = head.lower()
    if rest and prefix in _SERVICES and prefix not in known:
        return f"{name} is an error of another service than {service}"
    if call.startswith("aws-sdk:") and not rest:
        return f"an error of {service} has the service's name before a dot, and {name} has none"
    return ""


def _failures(state: Mapping[str, JSON]) -> set[str]:
    """The error names that Fail states inside a Map or a Parallel give; they may look like reserved ones."""
    inside = (each for _, scope in inner_scopes(state) for _, _, each in states(scope))
    return {str(each.get("Error", "")) for each in inside if each.get("Type") == "Fail"}


def _never_reserved(rest: str, state: Mapping[str, JSON], language: str) -> str:
    name = f"States.{rest}"
    if rest not in RESERVED and not rest.startswith("Http."):
        return "" if name in _failures(state) else f"there is no error {name}"
    if state.get("Type") != "Task":
        return ""
    beats = {"HeartbeatSeconds", "HeartbeatSecondsPath"} & state.keys()
    if rest == "HeartbeatTimeout" and not beats:
        return f"{name} needs HeartbeatSeconds"
    other = _OF_JSONPATH if language == JSONATA else _OF_JSONATA
    if rest in other or rest in _OF_CONTAINERS:
        return f"a {language} Task never ends with {name}"
    return ""
