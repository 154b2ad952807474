"""A bundle of hand-written ASL, a model that answers as told, and the two functions' platform under moto."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from treadle.engine.task import Resource, TaskRequest, TaskResponse
from treadle.errors import ServiceError
from treadle.lanes.bundle import Bundle, Entry, Function

JSON = Any
EVENTS = Path(__file__).parent / "events"


def recorded(name: str) -> dict[str, JSON]:
    """A recorded event, anew for each caller."""
    event: dict[str, JSON] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    return event


@dataclass
class Model:
    """Answers every Task with what `answer` gives for its arguments, and counts."""

    answer: Callable[[JSON], JSON]
    calls: int = 0

    def handles(self, resource: Resource) -> bool:
        return True

    async def call(self, request: TaskRequest) -> TaskResponse:
        self.calls += 1
        return TaskResponse(self.answer(request.arguments), model="told")


def throttled(arguments: JSON) -> JSON:
    raise ServiceError("BedrockRuntime.ThrottlingException", "Too many requests, please wait before trying again.")


def step(expression: str) -> dict[str, JSON]:
    """A one-step definition: one call with the input, and `expression` as the output."""
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:bedrockruntime:converse",
                "Arguments": "{% $states.input %}",
                "Output": expression,
                "End": True,
            }
        },
    }


def takes(**parameters: JSON) -> dict[str, JSON]:
    """The JSON Schema of a workflow's parameters, all of them required but those with a default."""
    required = [name for name, schema in parameters.items() if "default" not in schema]
    return {"type": "object", "properties": parameters, "required": required, "additionalProperties": False}


STRING, INTEGER = {"type": "string"}, {"type": "integer"}
ECHO = step("{% $states.result %}")
INVOKE = [
    {
        "Effect": "Allow",
        "Action": ["sagemaker:InvokeEndpoint"],
        "Resource": ["arn:aws:sagemaker:*:*:endpoint/intent-classifier"],
    }
]
ENTRIES = (
    Entry("chat.intent", "treadle-chat-intent", "sync", "STANDARD", takes(message=STRING), ECHO, INVOKE),
    Entry(
        "find.one",
        "treadle-find-one",
        "sync",
        "STANDARD",
        takes(id=STRING, k=INTEGER | {"default": 4}, tags={"type": "array", "items": INTEGER} | {"default": []}),
        ECHO,
    ),
    Entry("chat.summarize", "treadle-chat-summarize", "queued", "STANDARD", takes(text=STRING), ECHO),
    Entry("docs.process", "treadle-docs-process", "chain", "STANDARD", takes(key=STRING)),
    Entry("docs.quick", "treadle-docs-quick", "chain", "EXPRESS", takes(key=STRING)),
)
BUNDLE = Bundle(
    "treadle",
    {entry.workflow: entry for entry in ENTRIES},
    {
        "GET /find/{id}": "find.one",
        "POST /chat/intent": "chat.intent",
        "POST /find/{id}": "find.one",
        "POST /documents/{key}": "docs.process",
        "POST /quick": "docs.quick",
        "POST /summaries": "chat.summarize",
    },
    {"treadle-summaries": "chat.summarize", "treadle-documents": "docs.process"},
    {"treadle-search": Function("tasks.retrieval:search", 512, 10, {"INDEX": "main"})},
)


@dataclass
class Context:
    """What Lambda gives beside the event."""

    function_name: str = "treadle-sync"
    function_version: str = "$LATEST"
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:treadle-sync"
    memory_limit_in_mb: int = 512
    aws_request_id: str = "52fdfc07-2182-154f-163f-5f0f9a621d72"

    def get_remaining_time_in_millis(self) -> int:
        return 28_000


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """An account as infra/ leaves it, in the environment of a Lambda function."""
    from treadle.lanes import bundle, idempotency, platform
    from treadle.services import clients

    (tmp_path / "bundle.json").write_text(bundle.dumps(BUNDLE), "utf-8")
    environment = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "testing",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "LAMBDA_TASK_ROOT": str(tmp_path),
        "POWERTOOLS_SERVICE_NAME": "treadle",
        "POWERTOOLS_TRACE_DISABLED": "true",
        "TREADLE_TABLE": "treadle",
        "TREADLE_BUCKET": "treadle-results",
        "TREADLE_BUS": "treadle",
        "TREADLE_ENV": "dev",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        clients.reset()
        platform.lambdas.cache_clear()
        idempotency.store.cache_clear()
        make(clients.client)
        yield
        platform.lambdas.cache_clear()
        idempotency.store.cache_clear()
        clients.reset()


def make(client: Callable[[str], Any]) -> None:
    """The table, bucket and bus of infra/, by hand."""
    client("dynamodb").create_table(
        TableName="treadle",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    client("s3").create_bucket(Bucket="treadle-results")
    client("events").create_event_bus(Name="treadle")


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    """The model of both functions: it gives back what it was sent, until told otherwise."""
    from treadle.lanes import platform

    made = Model(lambda arguments: arguments)
    monkeypatch.setattr(platform, "_service", lambda models: made)
    return made
