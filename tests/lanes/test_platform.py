"""The two platforms of the degenerate lanes: this machine, and AWS down to the call that is sent."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from tests.lanes.conftest import STRING, takes
from treadle import project
from treadle.lanes import platform, queued, request, sync
from treadle.lanes.bundle import Bundle, Entry
from treadle.lanes.platform import Platform
from treadle.project import Project
from treadle.services import clients
from treadle.stores import objects, results

JSON = Any


@pytest.fixture
def here(tmp_path: Path) -> Platform:
    """The reference application's platform on this machine, its files in a folder of the test."""
    from dataclasses import replace

    found = project.find(__file__)
    made = platform.local(Project(found.root, found.name, {**found.settings}))
    return replace(made, results=results.open(tmp_path / "results.db"), objects=objects.open(tmp_path / "objects"))


def test_on_this_machine_a_request_is_answered_by_the_same_core_and_kept_in_sqlite(here: Platform) -> None:
    event = request.made(here.bundle, "POST", "/chat/intent", '{"message": "I want to talk to a human"}', id="r-1")
    assert event is not None
    answer = sync.respond(event, here)
    assert answer["statusCode"] == 200, answer["body"]
    record = here.results.get("chat.intent", "r-1")
    assert record is not None
    assert record["output"] == json.loads(answer["body"])
    assert request.made(here.bundle, "POST", "/nowhere") is None


def test_on_this_machine_a_message_becomes_a_file(here: Platform) -> None:
    entry = here.bundle.entries["documents.summarize"]
    detail = queued.deliver(entry, {"text": "Treadle runs workflows. It rained."}, here, "m-1")
    record = json.loads(here.objects.get(detail["result"]))
    assert record["status"] == "SUCCEEDED"
    assert Path(detail["result"]).is_file()


def test_on_aws_the_step_is_the_call_that_bedrock_gets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "Classify",
        "States": {
            "Classify": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:sagemakerruntime:invokeEndpoint",
                "Arguments": {
                    "EndpointName": "intent-classifier",
                    "ContentType": "application/json",
                    "Body": "{% $string({'inputs': $states.input.message}) %}",
                },
                "Output": "{% $parse($states.result.Body) %}",
                "End": True,
            }
        },
    }
    entry = Entry("chat.intent", "app-chat-intent", "sync", "STANDARD", takes(message=STRING), definition)
    bundle = Bundle("app", {"chat.intent": entry}, {"POST /chat/intent": "chat.intent"}, {})
    aws = Platform(
        bundle,
        platform._service("aws"),
        results.open(tmp_path / "results.db"),
        objects.open(tmp_path),
        lambda event: None,
    )
    event = request.made(bundle, "POST", "/chat/intent", '{"message": "hello"}', id="r-1")
    assert event is not None
    clients.reset()
    client = clients.client("sagemaker-runtime")
    monkeypatch.setattr(clients, "client", lambda name, **options: client)
    body = b'[{"label": "greeting", "score": 0.9}]'
    with Stubber(client) as stub:
        stub.add_response(
            "invoke_endpoint",
            {"Body": StreamingBody(io.BytesIO(body), len(body)), "ContentType": "application/json"},
            {"EndpointName": "intent-classifier", "ContentType": "application/json", "Body": b'{"inputs":"hello"}'},
        )
        answer = sync.respond(event, aws)
    clients.reset()
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, [{"label": "greeting", "score": 0.9}])


def test_a_function_does_at_its_start_what_a_request_would_wait_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tests.lanes.conftest import BUNDLE
    from treadle.lanes import bundle

    (tmp_path / "bundle.json").write_text(bundle.dumps(BUNDLE), "utf-8")
    for name in ("TREADLE_TABLE", "TREADLE_BUCKET", "TREADLE_BUS"):
        monkeypatch.setenv(name, "treadle")
    monkeypatch.setenv("LAMBDA_TASK_ROOT", str(tmp_path))
    made: list[str] = []
    monkeypatch.setattr(clients, "client", lambda name, **options: made.append(name))
    platform.lambdas.cache_clear()
    platform.warm("sync", "dynamodb")
    assert made == ["bedrock-runtime", "dynamodb"]
    assert set(platform.lambdas()._machines) == {"chat.intent", "find.one"}
    platform.lambdas.cache_clear()
