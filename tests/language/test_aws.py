"""AWS APIs by name: what is wrong is said while compiling, with what was meant."""

from __future__ import annotations

from typing import Any

import pytest

from treadle.errors import CompileError
from treadle.language import aws, compile_function
from treadle.language.aws import result
from treadle.language.types import STR, Dict, Field, List, Record


def wrong_service(n: int) -> Any:
    return aws.dynamodbb.get_item(TableName="t")


def wrong_operation(n: int) -> Any:
    return aws.dynamodb.get_itme(TableName="t")


def wrong_argument(n: int) -> Any:
    return aws.dynamodb.get_item(TableNam="t", Key={"id": {"S": "x"}})


def missing_argument(n: int) -> Any:
    return aws.dynamodb.get_item(TableName="t")


def right(name: str) -> list[str]:
    found = aws.sqs.list_queues(QueueNamePrefix=name)
    return found.get("QueueUrls", [])  # type: ignore[no-any-return]


def logs(group: str) -> Any:
    return aws.logs.describe_log_streams(logGroupName=group)


def pascal(group: str) -> Any:
    return aws.logs.describe_log_streams(LogGroupName=group)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (wrong_service, "AWS has no service 'dynamodbb': did you mean dynamodb?"),
        (wrong_operation, "aws.dynamodb has no operation 'get_itme': did you mean get_item?"),
        (wrong_argument, "aws.dynamodb.get_item has no argument TableNam: did you mean TableName?"),
        (missing_argument, "aws.dynamodb.get_item needs Key"),
        (logs, "did you mean LogGroupName?"),
    ],
)
def test_a_wrong_name_is_said(function: Any, said: str) -> None:
    with pytest.raises(CompileError) as caught:
        compile_function(function)
    assert said in caught.value.problems[0].message


def test_the_task_of_a_call() -> None:
    state = compile_function(right).definition["States"]["aws.sqs.list_queues"]
    assert state["Resource"] == "arn:aws:states:::aws-sdk:sqs:listQueues"
    assert list(state["Arguments"]) == ["QueueNamePrefix"]
    state = compile_function(pascal).definition["States"]["aws.logs.describe_log_streams"]
    assert state["Resource"] == "arn:aws:states:::aws-sdk:cloudwatchlogs:describeLogStreams"


def test_the_type_of_a_result() -> None:
    import botocore.session

    model = botocore.session.Session().get_service_model("sqs").operation_model("ReceiveMessage")
    found = result(model.output_shape)
    assert isinstance(found, Record)
    messages = found.get("Messages")
    assert messages is not None
    assert isinstance(messages.type, List)
    assert isinstance(messages.type.item, Record)
    assert messages.type.item.get("Body") == Field("Body", STR, False)
    assert messages.type.item.get("Attributes") == Field("Attributes", Dict(STR), False)
