"""Documents with one thing wrong: every place of a document in turn, spoiled in every way there is."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

WHOLE: dict[str, Any] = {
    "Comment": "every state type, in JSONPath",
    "StartAt": "Task",
    "TimeoutSeconds": 900,
    "States": {
        "Task": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {
                "FunctionName": "shop-pay",
                "Payload": {"id.$": "$.id", "cut.$": "States.Format('{}', $.id)"},
            },
            "InputPath": "$.order",
            "ResultSelector": {"paid.$": "$.Payload.paid"},
            "ResultPath": "$.payment",
            "OutputPath": "$",
            "TimeoutSeconds": 60,
            "HeartbeatSeconds": 20,
            "Retry": [
                {
                    "ErrorEquals": ["Lambda.ServiceException"],
                    "IntervalSeconds": 1,
                    "MaxAttempts": 4,
                    "BackoffRate": 2.5,
                },
                {"ErrorEquals": ["States.ALL"], "MaxDelaySeconds": 30, "JitterStrategy": "FULL"},
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Failed"}],
            "Next": "Choice",
        },
        "Choice": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.n", "NumericGreaterThanEquals": 3, "Next": "Map"},
                {"Not": {"Variable": "$.n", "IsPresent": True}, "Next": "Parallel"},
                {
                    "And": [
                        {"Variable": "$.s", "StringMatches": "a*"},
                        {"Or": [{"Variable": "$.t", "TimestampLessThan": "2024-01-01T00:00:00Z"}]},
                    ],
                    "Next": "Wait",
                },
            ],
            "Default": "Failed",
        },
        "Map": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "MaxConcurrency": 4,
            "ToleratedFailureCount": 1,
            "Label": "Items",
            "ItemSelector": {"item.$": "$$.Map.Item.Value"},
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Inner",
                "States": {"Inner": {"Type": "Pass", "Result": {"a": 1}, "End": True}},
            },
            "Next": "Parallel",
        },
        "Parallel": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Left", "States": {"Left": {"Type": "Pass", "Parameters": {"a": 1}, "End": True}}},
                {"StartAt": "Right", "States": {"Right": {"Type": "Succeed", "OutputPath": "$.a"}}},
            ],
            "ResultPath": None,
            "Next": "Wait",
        },
        "Wait": {"Type": "Wait", "Seconds": 5, "Next": "Done"},
        "Done": {"Type": "Succeed"},
        "Failed": {"Type": "Fail", "Error": "Oh", "Cause": "Because"},
    },
}

WHOLE_JSONATA: dict[str, Any] = {
    "QueryLanguage": "JSONata",
    "StartAt": "Task",
    "States": {
        "Task": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:getItem",
            "Arguments": {"TableName": "orders", "Key": {"id": {"S": "{% $states.input.id %}"}}},
            "Assign": {"item": "{% $states.result.Item %}", "loops": 1},
            "Output": "{% $states.result %}",
            "TimeoutSeconds": "{% $states.input.limit %}",
            "Retry": [{"ErrorEquals": ["States.TaskFailed"]}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput %}", "Next": "Failed"}],
            "Next": "Choice",
        },
        "Choice": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $item.n > 3 %}", "Assign": {"loops": "{% $loops + 1 %}"}, "Next": "Map"}],
            "Default": "Wait",
        },
        "Map": {
            "Type": "Map",
            "Items": "{% $states.input.items %}",
            "ItemSelector": {"item": "{% $states.context.Map.Item.Value %}"},
            "ItemProcessor": {
                "StartAt": "Inner",
                "States": {"Inner": {"Type": "Pass", "Output": "{% $loops %}", "End": True}},
            },
            "Next": "Distributed",
        },
        "Distributed": {
            "Type": "Map",
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a"], "MaxItems": 9},
                "Arguments": {"Bucket": "b", "Key": "{% $item.key %}"},
            },
            "ItemBatcher": {"MaxItemsPerBatch": 5, "BatchInput": {"a": "{% $loops %}"}},
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "Called",
                "States": {
                    "Called": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::states:startExecution",
                        "Credentials": {"RoleArn": "arn:aws:iam::123456789012:role/other"},
                        "Arguments": {"StateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:one"},
                        "End": True,
                    }
                },
            },
            "ResultWriter": {
                "Resource": "arn:aws:states:::s3:putObject",
                "WriterConfig": {"OutputType": "JSONL", "Transformation": "FLATTEN"},
                "Arguments": {"Bucket": "b", "Prefix": "p"},
            },
            "ToleratedFailurePercentage": 5,
            "Next": "Wait",
        },
        "Wait": {"Type": "Wait", "Seconds": "{% $loops %}", "Next": "Done"},
        "Done": {"Type": "Succeed", "Output": "{% $states.input %}"},
        "Failed": {"Type": "Fail", "Error": "{% $states.input.Error %}"},
    },
}

DOCUMENTS = (WHOLE, WHOLE_JSONATA)
SPOILT: tuple[Any, ...] = (
    "nowhere",
    "$.a[",
    "{% $a( %}",
    "",
    7,
    -1,
    1.5,
    10**30,
    True,
    None,
    [],
    [None],
    [{}],
    [[]],
    {},
    {"": {}},
)


def mutations(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each spoiled copy, with what was done to it: a field taken away, renamed, or given another value."""
    for place in places(document):
        for label, value in [("without", ...), ("renamed", ...), *((repr(value), value) for value in SPOILT)]:
            mutated = copy.deepcopy(document)
            holder: Any = mutated
            for step in place[:-1]:
                holder = holder[step]
            if value is not ...:
                holder[place[-1]] = copy.deepcopy(value)
            elif label == "without":
                del holder[place[-1]]
            elif isinstance(holder, dict):
                holder["Bogus"] = holder.pop(place[-1])
            else:
                holder.append(holder[place[-1]])
            yield f"{'/'.join(map(str, place))}: {label}", mutated


def places(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    steps: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*place, step)
        yield from places(inner, (*place, step))
