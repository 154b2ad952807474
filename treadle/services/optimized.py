"""The optimized integrations: which client is behind each, whose error names it has, and what it does beside calling.

Prefixes, base exceptions and labels are those of the AWS SDK for Java 1, as recorded causes show them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from treadle.engine.task import JSON, Resource, TaskRequest
from treadle.errors import InputError, ServiceError
from treadle.services.jobs import Job, pick
from treadle.services.shapes import plain_name

Client = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Integration:
    """`metadata`: whether its results carry SdkHttpMetadata and SdkResponseMetadata."""

    service: str
    client: str
    prefix: str
    base: str
    label: str
    metadata: bool = True


OPTIMIZED: Mapping[str, Integration] = {
    each.service: each
    for each in (
        Integration("athena", "athena", "Athena", "AmazonAthenaException", "AmazonAthena"),
        Integration("batch", "batch", "Batch", "AWSBatchException", "AWSBatch"),
        Integration("bedrock", "bedrock-runtime", "Bedrock", "BedrockException", "Bedrock", metadata=False),
        Integration("codebuild", "codebuild", "CodeBuild", "AWSCodeBuildException", "AWSCodeBuild"),
        Integration("dynamodb", "dynamodb", "DynamoDB", "AmazonDynamoDBException", "AmazonDynamoDBv2"),
        Integration("ecs", "ecs", "ECS", "AmazonECSException", "AmazonECS"),
        Integration(
            "events", "events", "EventBridge", "AmazonEventBridgeException", "AmazonEventBridge", metadata=False
        ),
        Integration("glue", "glue", "Glue", "AWSGlueException", "AWSGlue"),
        Integration("lambda", "lambda", "Lambda", "AWSLambdaException", "AWSLambda"),
        Integration("mediaconvert", "mediaconvert", "MediaConvert", "AWSMediaConvertException", "AWSMediaConvert"),
        Integration("s3", "s3", "S3", "AmazonS3Exception", "Amazon S3", metadata=False),
        Integration("sagemaker", "sagemaker", "SageMaker", "AmazonSageMakerException", "AmazonSageMaker"),
        Integration("sns", "sns", "SNS", "AmazonSNSException", "AmazonSNS"),
        Integration("sqs", "sqs", "SQS", "AmazonSQSException", "AmazonSQS"),
        Integration("states", "stepfunctions", "StepFunctions", "AWSStepFunctionsException", "AWSStepFunctions"),
    )
}


@dataclass(frozen=True, slots=True)
class Special:
    """What an integration does to its arguments before the call and to the answer after it."""

    before: Callable[[dict[str, JSON], TaskRequest, Client], dict[str, JSON]] = lambda arguments, request, client: (
        arguments
    )
    after: Callable[[dict[str, JSON], TaskRequest, Client], JSON] = lambda output, request, client: output


def client_of(integration: Integration, action: str) -> str:
    """`bedrock:invokeModel` is the runtime's, the customization jobs are the control plane's."""
    return "bedrock" if integration.service == "bedrock" and action != "invokeModel" else integration.client


def model(request: TaskRequest) -> str | None:
    """The model that a call of Bedrock or SageMaker reached, for TaskResponse."""
    if request.resource.service not in ("bedrock", "aws-sdk:bedrockruntime", "aws-sdk:sagemakerruntime"):
        return None
    name = request.arguments.get("ModelId") or request.arguments.get("EndpointName")
    provider = "sagemaker" if request.resource.service.endswith("sagemakerruntime") else "bedrock"
    return f"{name} ({provider})" if isinstance(name, str) else None


def job_answer(resource: Resource, job: Job, output: dict[str, JSON]) -> JSON:
    """What a `.sync` task answers with: the job's description, unwrapped; parsed input and output for `.sync:2`."""
    output = {key: value for key, value in output.items() if not key.startswith("Sdk")}
    path = (
        ".".join(step if step.isdigit() else plain_name(step) for step in job.answer.split(".")) if job.answer else ""
    )
    answer = pick(output, path)
    if resource.action == "startBuild":
        return {"Build": answer}
    if resource.pattern == "sync:2":
        return answer | {
            key: json.loads(answer[key]) for key in ("Input", "Output") if isinstance(answer.get(key), str)
        }
    return answer


def _invoke_before(arguments: dict[str, JSON], request: TaskRequest, client: Client) -> dict[str, JSON]:
    """The payload goes out as JSON, also where it is a text."""
    payload = json.dumps(arguments.get("Payload", {}), separators=(",", ":"), ensure_ascii=False)
    return arguments | {"Payload": payload}


def _invoke_after(output: dict[str, JSON], request: TaskRequest, client: Client) -> JSON:
    """A function's own error becomes the task's, named by its errorType."""
    text = output.get("Payload", "")
    try:
        payload = json.loads(text) if text else None
    except ValueError:
        payload = text
    if "FunctionError" in output:
        kind = payload.get("errorType") if isinstance(payload, dict) else None
        raise ServiceError(kind or "Lambda.Unknown", text)
    return output | ({"Payload": payload} if "Payload" in output else {})


def _text(member: str) -> Special:
    """A member which is text for the service may be any JSON in the state: it is sent as its JSON text."""

    def before(arguments: dict[str, JSON], request: TaskRequest, client: Client) -> dict[str, JSON]:
        value = arguments.get(member)
        if value is None or isinstance(value, str):
            return arguments
        return arguments | {member: json.dumps(value, separators=(",", ":"), ensure_ascii=False)}

    return Special(before)


def _events_before(arguments: dict[str, JSON], request: TaskRequest, client: Client) -> dict[str, JSON]:
    """Every entry gets the ARNs of the execution and its state machine as Resources, as the service adds them."""
    own = [(request.context.get(part) or {}).get("Id") for part in ("StateMachine", "Execution")]
    entries = []
    for entry in arguments.get("Entries") or []:
        detail = entry.get("Detail")
        if detail is not None and not isinstance(detail, str):
            entry = entry | {"Detail": json.dumps(detail, separators=(",", ":"), ensure_ascii=False)}
        entries.append(entry | {"Resources": [*entry.get("Resources", []), *(arn for arn in own if arn)]})
    return arguments | {"Entries": entries}


def _events_after(output: dict[str, JSON], request: TaskRequest, client: Client) -> JSON:
    if output.get("FailedEntryCount"):
        raise ServiceError("EventBridge.FailedEntry", json.dumps(output, separators=(",", ":"), ensure_ascii=False))
    return output


def _model_before(arguments: dict[str, JSON], request: TaskRequest, client: Client) -> dict[str, JSON]:
    """`Input.S3Uri` instead of Body is read from S3; `Output` is for afterwards."""
    source = (arguments.pop("Input", None) or {}).get("S3Uri")
    arguments.pop("Output", None)
    if source is not None:
        bucket, key = _place(source)
        arguments["Body"] = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    return {"ContentType": "application/json"} | arguments


def _model_after(output: dict[str, JSON], request: TaskRequest, client: Client) -> JSON:
    """The body as JSON, or the place in S3 it was put to."""
    target = (request.arguments.get("Output") or {}).get("S3Uri")
    kind = output.get("ContentType", "application/json")
    if target is not None:
        bucket, key = _place(target)
        client("s3").put_object(Bucket=bucket, Key=key, Body=output["Body"].encode(), ContentType=kind)
        return {"Body": target, "ContentType": kind}
    try:
        return {"Body": json.loads(output["Body"]), "ContentType": kind}
    except ValueError:
        return {"Body": output["Body"], "ContentType": kind}


def _place(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not key:
        raise InputError(f"'{uri}' is not the place of an object: write s3://bucket/key")
    return bucket, key


SPECIAL: Mapping[tuple[str, str], Special] = {
    ("lambda", "invoke"): Special(_invoke_before, _invoke_after),
    ("sqs", "sendMessage"): _text("MessageBody"),
    ("sns", "publish"): _text("Message"),
    ("states", "startExecution"): _text("Input"),
    ("events", "putEvents"): Special(_events_before, _events_after),
    ("bedrock", "invokeModel"): Special(_model_before, _model_after),
}
