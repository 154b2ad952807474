"""The whole road to AWS on one page: publish the reference application, read it back, put recorded requests and
messages through the functions, find what they gave, publish again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.lanes.conftest import Context, make, recorded
from treadle import asl, local, project
from treadle.cli import main
from treadle.lanes import idempotency, platform
from treadle.lanes.lane import lane
from treadle.publish import Aws
from treadle.services import clients

JSON = Any
ROOT = Path(__file__).parents[2]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    """An account with what infra/ makes, the environment of its functions, and every call that publish makes."""
    environment = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "testing",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "LAMBDA_TASK_ROOT": str(tmp_path),
        "POWERTOOLS_TRACE_DISABLED": "true",
        "TREADLE_TABLE": "treadle",
        "TREADLE_BUCKET": "treadle-results",
        "TREADLE_BUS": "treadle",
        "TREADLE_ENV": "dev",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(ROOT)
    found = project.find()
    monkeypatch.setattr(platform, "_service", lambda models: local.service({}, found, "embedded"))
    made: list[str] = []
    real = Aws.call

    def call(self: Aws, service: str, operation: str, arguments: Mapping[str, JSON]) -> dict[str, JSON]:
        made.append(operation)
        return real(self, service, operation, arguments)

    monkeypatch.setattr(Aws, "call", call)
    with mock_aws():
        clients.reset()
        platform.lambdas.cache_clear()
        idempotency.store.cache_clear()
        make(clients.client)
        yield made
        platform.lambdas.cache_clear()
        idempotency.store.cache_clear()
        clients.reset()


def writes(calls: list[str]) -> list[str]:
    return [operation for operation in calls if not operation.startswith(("get_", "list_", "describe_"))]


def test_the_road_to_aws(calls: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # A plan is only read.
    assert main(["publish", "--plan"]) == 0
    planned = capsys.readouterr().out
    assert "create STANDARD state machine treadle-rag-answer" in planned
    assert writes(calls) == []

    # Publish, and read it back with boto3.
    assert main(["publish"]) == 0
    done = writes(calls)
    found = project.find()
    chains = {workflow.machine_name for workflow in found.workflows.values() if lane(workflow) == "chain"}
    assert done.count("create_state_machine") == len(chains)
    assert "rag.index: create rule" in capsys.readouterr().err
    states, events, iam = boto3.client("stepfunctions"), boto3.client("events"), boto3.client("iam")
    machines = {each["name"]: each["stateMachineArn"] for each in states.list_state_machines()["stateMachines"]}
    assert set(machines) == chains
    assert {"treadle-chat-respond", "treadle-rag-answer", "treadle-rag-index"} <= chains
    index = found.workflow("rag.index")
    machine = states.describe_state_machine(stateMachineArn=machines["treadle-rag-index"])
    assert machine["definition"] == asl.dumps(index.definition)
    policy = iam.get_role_policy(RoleName="treadle-rag-index-states", PolicyName="treadle")["PolicyDocument"]
    assert {action for statement in policy["Statement"] for action in statement["Action"]} == {"lambda:InvokeFunction"}
    assert "arn:aws:lambda:us-east-1:123456789012:function:treadle-read" in policy["Statement"][0]["Resource"]
    rules = {rule["Description"]: rule for rule in events.list_rules(EventBusName="treadle")["Rules"]}
    rule = rules["Starts rag.index"]
    assert json.loads(rule["EventPattern"]) == {"source": ["documents"], "detail-type": ["changed"]}
    (target,) = events.list_targets_by_rule(EventBusName="treadle", Rule=rule["Name"])["Targets"]
    assert target["Arn"] == f"{machines['treadle-rag-index']}:dev"
    started = iam.get_role_policy(RoleName=target["RoleArn"].rpartition("/")[2], PolicyName="treadle")
    assert target["Arn"] in started["PolicyDocument"]["Statement"][0]["Resource"]

    # What Terraform and the two functions read.
    assert main(["publish", "--platform", str(tmp_path)]) == 0
    routes = json.loads((tmp_path / "openapi.json").read_text("utf-8"))["paths"]
    assert {"/chain/ask", "/chain/chat", "/chat/intent"} <= set(routes)

    # A recorded request: the answer comes back, and lies in DynamoDB.
    from treadle.lanes import queued, sync

    answer = sync.handler(recorded("api_post"), Context())
    assert answer["statusCode"] == 200, answer["body"]
    assert json.loads(answer["body"])[0]["label"] == "human"
    key = {"pk": "RESULT#chat.intent", "sk": "77375676-xmpl-4b79-853a-f982474efe18"}
    record = json.loads(boto3.resource("dynamodb").Table("treadle").get_item(Key=key)["Item"]["record"])
    assert record["output"] == json.loads(answer["body"])
    assert record["models"]

    # A recorded batch: one summary in S3, and the two bad messages reported one by one.
    batch = recorded("sqs")
    failed = queued.handler(batch, Context())["batchItemFailures"]
    assert failed == [{"itemIdentifier": message["messageId"]} for message in batch["Records"][1:]]
    s3 = boto3.client("s3")
    (stored,) = s3.list_objects_v2(Bucket="treadle-results")["Contents"]
    assert stored["Key"] == f"results/documents.summarize/{batch['Records'][0]['messageId']}.json"
    record = json.loads(s3.get_object(Bucket="treadle-results", Key=stored["Key"])["Body"].read())
    assert record["status"] == "SUCCEEDED"
    assert "Treadle" in record["output"]["summary"]

    # Publish again: nothing is written.
    calls.clear()
    capsys.readouterr()
    assert main(["publish"]) == 0
    assert writes(calls) == []
    assert "nothing to do" in capsys.readouterr().err
    print(f"publish: {len(done)} writes; again: 0 writes, {len(calls)} reads")
