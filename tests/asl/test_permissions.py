"""What a definition needs to be allowed, and that it is nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asl.test_recorded import DEFINITIONS, needs_definitions
from treadle import asl

HERE = {"region": "us-east-1", "account": "111111111111", "name": "m"}
RULE = "arn:aws:events:us-east-1:111111111111:rule/"


def needs(state: dict[str, Any], **where: str) -> set[tuple[str, str]]:
    """(action, resource) of every statement of a machine of one state."""
    definition = {"StartAt": "X", "States": {"X": {"End": True, **state}}}
    return {
        (action, resource)
        for statement in asl.permissions(definition, **{**HERE, **where})
        for action in statement["Action"]
        for resource in statement["Resource"]
    }


def task(resource: str, parameters: Any = None, **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters or {}, **more}


FUNCTION = "arn:aws:lambda:us-east-1:111111111111:function:"


@pytest.mark.parametrize(
    ("parameters", "resource"),
    [
        ({"FunctionName": "f"}, FUNCTION + "f"),
        ({"FunctionName": "f:live"}, FUNCTION + "f:live"),
        ({"FunctionName": "f", "Qualifier": "live"}, FUNCTION + "f:live"),
        ({"FunctionName": "arn:aws:lambda:eu-west-1:2:function:g"}, "arn:aws:lambda:eu-west-1:2:function:g"),
        ({"FunctionName": "222222222222:function:g"}, "arn:aws:lambda:us-east-1:222222222222:function:g"),
        ({"FunctionName.$": "$.f"}, FUNCTION + "*"),
        ({"FunctionName": "{% $f %}"}, FUNCTION + "*"),
        ({"FunctionName": "{% 'f' %}"}, FUNCTION + "f"),
        ({"FunctionName": "${FunctionArn}"}, "${FunctionArn}"),
    ],
)
def test_a_function_by_any_name(parameters: dict[str, str], resource: str) -> None:
    assert needs(task("lambda:invoke", parameters)) == {("lambda:InvokeFunction", resource)}


def test_a_function_arn_as_resource() -> None:
    assert needs({"Type": "Task", "Resource": FUNCTION + "f:3"}) == {("lambda:InvokeFunction", FUNCTION + "f:3")}


def test_an_inference_profile_needs_its_models_in_every_region() -> None:
    model = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
    found = needs(task("aws-sdk:bedrockruntime:converse", {"ModelId": model}))
    assert found == needs(task("bedrock:invokeModel", {"ModelId": model}))
    assert found == {
        ("bedrock:InvokeModel", f"arn:aws:bedrock:us-east-1:111111111111:inference-profile/{model}"),
        *(
            (
                "bedrock:InvokeModel",
                f"arn:aws:bedrock:{region}::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0",
            )
            for region in ("us-east-1", "us-east-2", "us-west-1", "us-west-2")
        ),
    }


def test_a_global_profile_and_a_plain_model() -> None:
    model = "anthropic.claude-sonnet-4-v1:0"
    assert needs(task("bedrock:invokeModel", {"ModelId": f"global.{model}"})) == {
        ("bedrock:InvokeModel", f"arn:aws:bedrock:us-east-1:111111111111:inference-profile/global.{model}"),
        ("bedrock:InvokeModel", f"arn:aws:bedrock:::foundation-model/{model}"),
        ("bedrock:InvokeModel", f"arn:aws:bedrock:us-east-1::foundation-model/{model}"),
    }
    titan = "amazon.titan-embed-text-v2:0"
    assert needs(task("bedrock:invokeModel", {"ModelId": titan})) == {
        ("bedrock:InvokeModel", f"arn:aws:bedrock:us-east-1::foundation-model/{titan}")
    }


def test_a_nested_execution_is_followed_by_a_managed_rule() -> None:
    arn = "arn:aws:states:us-east-1:111111111111:stateMachine:child"
    assert needs(task("states:startExecution", {"StateMachineArn": arn})) == {("states:StartExecution", arn)}
    rule = RULE + "StepFunctionsGetEventsForStepFunctionsExecutionRule"
    execution = "arn:aws:states:us-east-1:111111111111:execution:child:*"
    assert needs(task("states:startExecution.sync:2", {"StateMachineArn": arn})) == {
        ("states:StartExecution", arn),
        ("states:DescribeExecution", execution),
        ("states:StopExecution", execution),
        ("events:DescribeRule", rule),
        ("events:PutRule", rule),
        ("events:PutTargets", rule),
    }


def test_a_neighbour_machine_is_found_in_its_expression() -> None:
    expression = "{% $replace($states.context.StateMachine.Id, /:stateMachine:.*$/, ':stateMachine:shop-pay') %}"
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution",
        "Arguments": {"StateMachineArn": expression},
    }
    assert needs(state) == {("states:StartExecution", "arn:aws:states:us-east-1:111111111111:stateMachine:shop-pay")}


@pytest.mark.parametrize(
    ("resource", "parameters", "expected"),
    [
        (
            "dynamodb:putItem",
            {"TableName": "t"},
            {("dynamodb:PutItem", "arn:aws:dynamodb:us-east-1:111111111111:table/t")},
        ),
        (
            "sqs:sendMessage.waitForTaskToken",
            {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/222222222222/q"},
            {("sqs:SendMessage", "arn:aws:sqs:eu-west-1:222222222222:q")},
        ),
        ("sns:publish", {"TopicArn": "arn:aws:sns:us-east-1:1:t"}, {("sns:Publish", "arn:aws:sns:us-east-1:1:t")}),
        ("sns:publish", {"PhoneNumber": "+1"}, {("sns:Publish", "*")}),
        (
            "events:putEvents",
            {"Entries": [{"Source": "s"}, {"EventBusName": "b"}]},
            {
                ("events:PutEvents", "arn:aws:events:us-east-1:111111111111:event-bus/default"),
                ("events:PutEvents", "arn:aws:events:us-east-1:111111111111:event-bus/b"),
            },
        ),
        ("apigateway:invoke", {"ApiEndpoint": "a.execute-api.us-east-1.amazonaws.com", "Method": "GET"}, set()),
        (
            "apigateway:invoke",
            {
                "ApiEndpoint": "a.execute-api.eu-west-1.amazonaws.com",
                "Method": "GET",
                "Stage": "v1",
                "Path": "/pets",
                "AuthType": "IAM_ROLE",
            },
            {("execute-api:Invoke", "arn:aws:execute-api:eu-west-1:111111111111:a/v1/GET/pets")},
        ),
        ("aws-sdk:s3:getObject", {"Bucket": "b", "Key": "k"}, {("s3:GetObject", "arn:aws:s3:::b/k")}),
        ("aws-sdk:s3:listObjectsV2", {"Bucket": "b"}, {("s3:ListBucket", "arn:aws:s3:::b")}),
        ("aws-sdk:s3:listBuckets", {}, {("s3:ListAllMyBuckets", "*")}),
        (
            "aws-sdk:s3:copyObject",
            {"Bucket": "b", "Key": "k", "CopySource": "from/x"},
            {("s3:PutObject", "arn:aws:s3:::b/k"), ("s3:GetObject", "arn:aws:s3:::from/x")},
        ),
        (
            "aws-sdk:sagemakerruntime:invokeEndpoint",
            {"EndpointName": "e"},
            {("sagemaker:InvokeEndpoint", "arn:aws:sagemaker:us-east-1:111111111111:endpoint/e")},
        ),
        ("aws-sdk:sfn:listExecutions", {}, {("states:ListExecutions", "*")}),
        ("aws-sdk:cloudwatchlogs:putLogEvents", {}, {("logs:PutLogEvents", "*")}),
        ("aws-sdk:eventbridge:enableRule", {"Name": "r"}, {("events:EnableRule", "*")}),
        (
            "aws-sdk:dynamodb:transactWriteItems",
            {},
            {(f"dynamodb:{act}", "*") for act in ("ConditionCheckItem", "DeleteItem", "PutItem", "UpdateItem")},
        ),
        (
            "glue:startJobRun.sync",
            {"JobName": "j"},
            {
                (f"glue:{act}", "arn:aws:glue:us-east-1:111111111111:job/j")
                for act in ("StartJobRun", "GetJobRun", "GetJobRuns", "BatchStopJobRun")
            },
        ),
    ],
)
def test_one_call(resource: str, parameters: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert needs(task(resource, parameters)) == expected


def test_a_training_job_passes_its_role_and_is_followed() -> None:
    role = "arn:aws:iam::111111111111:role/trainer"
    definition = {
        "StartAt": "T",
        "States": {
            "T": {**task("sagemaker:createTrainingJob.sync", {"TrainingJobName": "j", "RoleArn": role}), "End": True}
        },
    }
    found = asl.permissions(definition, **HERE)
    (passed,) = [statement for statement in found if "Condition" in statement]
    assert passed == {
        "Effect": "Allow",
        "Action": ["iam:PassRole"],
        "Resource": [role],
        "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    }
    job = "arn:aws:sagemaker:us-east-1:111111111111:training-job/j"
    acts = [
        "sagemaker:AddTags",
        "sagemaker:CreateTrainingJob",
        "sagemaker:DescribeTrainingJob",
        "sagemaker:StopTrainingJob",
    ]
    assert {"Effect": "Allow", "Action": acts, "Resource": [job]} in found
    assert any(each["Resource"] == [RULE + "StepFunctionsGetEventsForSageMakerTrainingJobsRule"] for each in found)


def test_credentials_need_the_other_role_and_nothing_else() -> None:
    state = task("lambda:invoke", {"FunctionName": "f"}, Credentials={"RoleArn": "arn:aws:iam::2:role/r"})
    assert needs(state) == {("sts:AssumeRole", "arn:aws:iam::2:role/r")}


def test_a_distributed_map_starts_itself_and_reads_and_writes_s3() -> None:
    state = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "Parameters": {"Bucket": "in", "Key": "items.jsonl"},
        },
        "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out", "Prefix": "r"}},
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "P",
            "States": {"P": {"Type": "Pass", "End": True}},
        },
    }
    own = "arn:aws:states:us-east-1:111111111111"
    assert needs(state) == {
        ("states:StartExecution", f"{own}:stateMachine:m"),
        *(
            (f"states:{act}", f"{own}:execution:m/*")
            for act in ("DescribeExecution", "StopExecution", "RedriveExecution")
        ),
        ("s3:GetObject", "arn:aws:s3:::in/items.jsonl"),
        *(
            (f"s3:{act}", "arn:aws:s3:::out/r/*")
            for act in ("PutObject", "GetObject", "ListMultipartUploadParts", "AbortMultipartUpload")
        ),
    }


def test_states_without_calls_need_nothing() -> None:
    for state in ({"Type": "Pass"}, {"Type": "Task", "Resource": "arn:aws:states:us-east-1:1:activity:a"}):
        assert needs(state) == set()


def test_equal_needs_are_said_once_and_a_star_takes_the_rest() -> None:
    states = {
        "A": {**task("aws-sdk:kms:decrypt", {}), "Next": "B"},
        "B": {**task("aws-sdk:kms:decrypt", {"KeyId": "k"}), "Next": "C"},
        "C": {**task("lambda:invoke", {"FunctionName": "f"}), "Next": "D"},
        "D": {**task("lambda:invoke", {"FunctionName": "g"}), "End": True},
    }
    assert asl.permissions({"StartAt": "A", "States": states}, **HERE) == [
        {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": ["*"]},
        {"Effect": "Allow", "Action": ["lambda:InvokeFunction"], "Resource": [FUNCTION + "f", FUNCTION + "g"]},
    ]


@needs_definitions
def test_every_published_definition_has_permissions_in_a_fixed_order() -> None:
    for path in sorted(DEFINITIONS.glob("*.json")):
        definition = asl.load(path.read_bytes())
        found = asl.permissions(definition)
        assert found == asl.permissions(asl.load(asl.dumps(definition)))
        for statement in found:
            assert statement["Action"] == sorted(statement["Action"])
            assert all(":" in action and "*" not in action for action in statement["Action"]), path.name


def test_a_machine_that_goes_over_a_large_value_reads_these_objects_alone():
    where = '$substringAfter($items.`treadle:reference`, "s3://")'
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Arguments": {
            "Bucket": f'{{% $substringBefore({where}, "/treadle-large/") %}}',
            "Key": f'{{% "treadle-large/" & $substringAfter({where}, "/treadle-large/") %}}',
        },
    }
    state = {
        "Type": "Map",
        "ItemReader": reader,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "P",
            "States": {"P": {"Type": "Pass", "End": True}},
        },
        "End": True,
    }
    definition = {"QueryLanguage": "JSONata", "StartAt": "M", "States": {"M": state}}
    for given, bucket in (({}, "*"), ({"objects": "app-1-eu"}, "app-1-eu")):
        found = [s for s in asl.permissions(definition, **given) if "s3:GetObject" in s["Action"]]
        assert [s["Resource"] for s in found] == [[f"arn:aws:s3:::{bucket}/treadle-large/*"]]
