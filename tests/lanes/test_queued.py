"""The queued lane's function under moto, on a recorded batch."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.stub import Stubber

from tests.lanes.conftest import Context, Model, recorded, throttled
from treadle.lanes import queued
from treadle.services import clients

JSON = Any
pytestmark = pytest.mark.usefixtures("account")
GOOD, WRONG, NOT_JSON = [record["messageId"] for record in recorded("sqs")["Records"]]


def batch(*bodies: JSON, queue: str = "treadle-summaries") -> dict[str, JSON]:
    record = recorded("sqs")["Records"][0]
    arn = f"arn:aws:sqs:us-east-1:123456789012:{queue}"
    return {
        "Records": [
            {**record, "messageId": f"m-{index}", "body": json.dumps(body), "eventSourceARN": arn}
            for index, body in enumerate(bodies)
        ]
    }


def failed(answer: JSON) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def kept() -> dict[str, JSON]:
    s3 = clients.client("s3")
    found = s3.list_objects_v2(Bucket="treadle-results").get("Contents", [])
    return {
        each["Key"]: json.loads(s3.get_object(Bucket="treadle-results", Key=each["Key"])["Body"].read())
        for each in found
    }


def test_of_a_recorded_batch_the_good_message_is_kept_and_the_others_reported(model: Model) -> None:
    events: list[JSON] = []
    platform = queued.lambdas()
    object.__setattr__(platform, "announce", events.append)
    assert failed(queued.handler(recorded("sqs"), Context())) == [WRONG, NOT_JSON]
    ((key, record),) = kept().items()
    assert key == f"results/chat.summarize/{GOOD}.json"
    assert record["status"] == "SUCCEEDED"
    assert record["output"]["text"].startswith("Treadle compiles")
    assert record["models"] == ["told"]
    (event,) = events
    assert event["source"] == "treadle"
    assert event["detail-type"] == "Workflow Succeeded"
    assert event["detail"]["result"] == f"s3://treadle-results/{key}"


def test_the_event_goes_to_the_projects_bus(model: Model) -> None:
    sqs, events = clients.client("sqs"), clients.client("events")
    url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="hear", EventBusName="treadle", EventPattern='{"source": ["treadle"]}')
    events.put_targets(Rule="hear", EventBusName="treadle", Targets=[{"Id": "1", "Arn": arn}])
    assert failed(queued.handler(batch({"text": "x"}), Context())) == []
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["detail"]["workflow"] == "chat.summarize"


def test_a_message_that_comes_again_runs_once(model: Model) -> None:
    assert failed(queued.handler(batch({"text": "x"}), Context())) == []
    assert failed(queued.handler(batch({"text": "x"}), Context())) == []
    assert model.calls == 1


def test_a_message_whose_model_failed_comes_again_and_is_run_again(model: Model) -> None:
    model.answer = throttled
    assert failed(queued.handler(batch({"text": "x"}, {"text": "y"}), Context())) == ["m-0", "m-1"]
    assert kept() == {}
    model.answer = lambda arguments: arguments
    assert failed(queued.handler(batch({"text": "x"}, {"text": "y"}), Context())) == []
    assert len(kept()) == 2


def test_a_message_that_no_execution_takes_fails_alone(model: Model) -> None:
    assert failed(queued.handler(batch({"text": "x" * 262_144}, {"text": "y"}), Context())) == ["m-0"]


def test_a_message_of_an_unknown_queue_fails(model: Model) -> None:
    assert failed(queued.handler(batch({"text": "x"}, queue="treadle-old"), Context())) == ["m-0"]


def test_a_message_for_a_chain_starts_its_machine_once(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    # moto starts no execution through an alias: botocore's own stub checks what is sent instead.
    states = clients.client("stepfunctions")
    monkeypatch.setattr(clients, "client", lambda name: states)
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:treadle-docs-process:dev"
    sent = {"stateMachineArn": machine, "name": "m-0", "input": '{"key":"a.pdf"}'}
    with Stubber(states) as stub:
        started = {"executionArn": f"{machine.replace('stateMachine', 'execution')}:m-0", "startDate": 0}
        stub.add_response("start_execution", started, sent)
        stub.add_client_error("start_execution", "ExecutionAlreadyExists", expected_params=sent)
        for _ in range(2):
            assert failed(queued.handler(batch({"key": "a.pdf"}, queue="treadle-documents"), Context())) == []
        stub.assert_no_pending_responses()
        too_big = batch({"key": "x" * 262_144}, queue="treadle-documents")
        assert failed(queued.handler(too_big, Context())) == ["m-0"]
