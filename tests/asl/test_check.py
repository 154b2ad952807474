"""What CreateStateMachine refuses, in the words and the order of ValidateStateMachineDefinition."""

from __future__ import annotations

import json
from typing import Any

import pytest

from treadle import asl
from treadle.asl import resources
from treadle.errors import DefinitionError

LAMBDA = "arn:aws:states:::lambda:invoke"
CALL = {"Resource": LAMBDA, "Parameters": {"FunctionName": "f"}}
ONLY = "is only supported for the"
AT_TOP = "at the top level is not supported."
SET = "The QueryLanguage is set to"


def machine(state: dict[str, Any], name: str = "X", **top: Any) -> dict[str, Any]:
    return {**top, "StartAt": name, "States": {name: state}}


def jsonata(state: dict[str, Any]) -> dict[str, Any]:
    return machine(state, QueryLanguage="JSONata")


def output(expression: str) -> dict[str, Any]:
    return jsonata({"Type": "Pass", "Output": {"v": f"{{% {expression} %}}"}, "End": True})


def task(**fields: Any) -> dict[str, Any]:
    return machine({"Type": "Task", **CALL, "End": True, **fields})


def mapping(**fields: Any) -> dict[str, Any]:
    inner = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    return machine({"Type": "Map", "ItemProcessor": inner, "End": True, **fields}, name="M")


def found(definition: Any, type: str = "STANDARD") -> list[str]:
    return [str(finding) for finding in asl.check(definition, type) if finding.severity == "ERROR"]


PASS = {"Type": "Pass", "End": True}
FAILED = "SCHEMA_VALIDATION_FAILED: "
TARGET = "MISSING_TRANSITION_TARGET: "
END = "MISSING_END_STATE: Workflow has no terminal state at null"
REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    # the machine
    ({}, [FAILED + "These fields are required: [StartAt, States] at /"]),
    (machine(PASS, Version="2.0"), [FAILED + "Value should be one of the following: [1.0] at /Version"]),
    (machine(PASS, Foo=1), [FAILED + "Field 'Foo' is not supported at /"]),
    (machine(PASS, QueryLanguage=5), [FAILED + "Expected value of type [STRING] at /QueryLanguage"]),
    (
        machine(PASS, QueryLanguage="{% 'JSONata' %}"),
        [FAILED + "Value should be one of the following: [JSONPath, JSONata] at /QueryLanguage"],
    ),
    (
        jsonata(
            {
                "Type": "Map",
                "End": True,
                "ItemProcessor": {"ProcessorConfig": {"Mode": "{% 'INLINE' %}"}, "StartAt": "P", "States": {"P": PASS}},
            }
        ),
        [
            FAILED + "Value should be one of the following: [INLINE, DISTRIBUTED] at "
            "/States/X/ItemProcessor/ProcessorConfig/Mode"
        ],
    ),
    (machine(PASS, TimeoutSeconds="1"), [FAILED + "Expected value of type Integer at /TimeoutSeconds"]),
    # transitions
    (
        {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}}},
        ["MISSING_END_STATE: Workflow has no terminal state at null"],
    ),
    (
        {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "NOPE"}}},
        [
            TARGET + "Missing 'Next' target: NOPE at /States/A/Next",
            "MISSING_END_STATE: Workflow has no terminal state at null",
        ],
    ),
    (
        {"StartAt": "pass1", "States": {"pass1": {"Type": "Pass", "Next": "pass3"}, "pass2": PASS}},
        [
            TARGET + "Missing 'Next' target: pass3 at /States/pass1/Next",
            TARGET + 'State "pass2" is not reachable. at /States/pass2',
        ],
    ),
    (
        {"StartAt": "Nope", "States": {"A": PASS}},
        [TARGET + "Missing 'Next' target: Nope at /StartAt", TARGET + 'State "A" is not reachable. at /States/A'],
    ),
    (
        {
            "StartAt": "C",
            "States": {
                "C": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.x", "IsPresent": True, "Next": "G"}],
                    "Default": "H",
                },
                "Z": PASS,
            },
        },
        [
            TARGET + "Missing 'Next' target: G at /States/C/Choices[0]/Next",
            TARGET + "Missing 'Next' target: H at /States/C/Default",
            TARGET + 'State "Z" is not reachable. at /States/Z',
        ],
    ),
    (
        mapping(ItemProcessor={"StartAt": "Nope", "States": {"A": PASS}}),
        [
            TARGET + "Missing 'Next' target: Nope at /States/M/ItemProcessor/StartAt",
            TARGET + 'State "A" is not reachable. at /States/M/ItemProcessor/States/A',
        ],
    ),
    (
        task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "G"}]),
        [TARGET + "Missing 'Next' target: G at /States/X/Catch[0]/Next"],
    ),
    # which field may stand where
    *(
        (
            machine({"Type": kind, "End": True, **more, field: value}),
            [FAILED + f"Field '{field}' is not supported at /States/X"],
        )
        for kind, more in (("Pass", {}), ("Wait", {"Seconds": 1}))
        for field, value in (("TimeoutSeconds", 5), ("Retry", [{"ErrorEquals": ["States.ALL"]}]), ("Branches", []))
    ),
    (
        machine({"Type": "Pass"}),
        [FAILED + "This object should have only one of the following fields: [Next, End] at /States/X", END],
    ),
    (
        machine({"Type": "Task", "End": True}),
        [FAILED + "These fields are required: [Resource] at /States/X"],
    ),
    (
        machine({"Type": "Magic", "End": True}),
        [
            FAILED + "The field 'Type' should have one of these values: "
            "[Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /States/X/Type"
        ],
    ),
    (
        machine({"Type": "Wait", "Seconds": 1, "Timestamp": "2030-01-01T00:00:00Z", "End": True}),
        [
            FAILED + "There should only be one of the following fields: "
            "[SecondsPath, Seconds, TimestampPath, Timestamp] at /States/X"
        ],
    ),
    (
        machine({"Type": "Parallel", "Branches": [], "End": True}),
        [FAILED + "Value cannot be empty at /States/X/Branches"],
    ),
    # query languages
    (
        task(Arguments={}),
        [FAILED + f"{SET} 'JSONPath', but field 'Arguments' {ONLY} 'JSONata' QueryLanguage at /States/X"],
    ),
    (
        jsonata({"Type": "Pass", "InputPath": "$.a", "ResultPath": "$.b", "End": True}),
        [
            FAILED
            + f"The QueryLanguage is set to 'JSONata', but field '{field}' {ONLY} 'JSONPath' QueryLanguage at /States/X"
            for field in ("InputPath", "ResultPath")
        ],
    ),
    (
        jsonata({"Type": "Pass", "QueryLanguage": "JSONPath", "Output": {"v": "{% 1 %}"}, "End": True}),
        [FAILED + "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/X"],
    ),
    (
        machine({"Type": "Pass", "QueryLanguage": "foo", "InputPath": "$.a", "End": True}),
        [
            FAILED + f"{SET} 'JSONata', but field 'InputPath' {ONLY} 'JSONPath' QueryLanguage at /States/X",
            FAILED + "Value should be one of the following: [JSONPath, JSONata] at /States/X/QueryLanguage",
        ],
    ),
    (
        mapping(
            QueryLanguage="JSONata",
            ItemProcessor={"StartAt": "P", "States": {"P": {"Type": "Pass", "Output": 1, "End": True}}},
        ),
        [
            FAILED + f"The QueryLanguage is set to 'JSONPath', but field 'Output' {ONLY} 'JSONata' QueryLanguage "
            "at /States/M/ItemProcessor/States/P"
        ],
    ),
    (
        mapping(ItemProcessor={"QueryLanguage": "JSONata", "StartAt": "P", "States": {"P": PASS}}),
        [FAILED + "Field 'QueryLanguage' is not supported at /States/M/ItemProcessor"],
    ),
    # JSONata
    (output("a[1,2)"), ['INVALID_JSONATA_EXPRESSION: Expected "]", got "," at /States/X/Output/v']),
    (output("1 +"), ["INVALID_JSONATA_EXPRESSION: Unexpected end of expression at /States/X/Output/v"]),
    (output("$$.a"), ["UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$$' is not supported. at /States/X/Output/v"]),
    (
        output("$.phone"),
        ["UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$' at the top level is not supported. at /States/X/Output/v"],
    ),
    (
        output("aaa + bbb"),
        [
            f"UNSUPPORTED_JSONATA_EXPRESSION: Reference to '{name}' {AT_TOP} at /States/X/Output/v"
            for name in ("aaa", "bbb")
        ],
    ),
    (
        output("$states.errorOutput.Cause"),
        ["UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.errorOutput' does not exist. at /States/X/Output/v"],
    ),
    (
        output("$states.result"),
        ["UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.result' does not exist. at /States/X/Output/v"],
    ),
    (
        output("1 ?? 2"),
        ['INVALID_JSONATA_EXPRESSION: The symbol "?" cannot be used as a unary operator at /States/X/Output/v'],
    ),
    (
        output("1 ?: 2"),
        ['INVALID_JSONATA_EXPRESSION: The symbol ":" cannot be used as a unary operator at /States/X/Output/v'],
    ),
    (
        jsonata({"Type": "Pass", "Output": {"a": ["{% 1 "]}, "End": True}),
        [FAILED + "JSONata string must start with {% and end with %} at /States/X/Output/a[0]"],
    ),
    # values
    (task(TimeoutSeconds=0), [FAILED + "Minimum value is 1 at /States/X/TimeoutSeconds"]),
    (task(TimeoutSeconds=100_000_000), [FAILED + "Maximum value is 99999999 at /States/X/TimeoutSeconds"]),
    (
        mapping(ToleratedFailurePercentage=101),
        [FAILED + "Maximum value is 100.0 at /States/M/ToleratedFailurePercentage"],
    ),
    (mapping(MaxConcurrency=-1), [FAILED + "Minimum value is 0 at /States/M/MaxConcurrency"]),
    (
        mapping(MaxConcurrency=1, MaxConcurrencyPath="$.n"),
        [
            FAILED
            + "There should only be one of the following fields: [MaxConcurrency, MaxConcurrencyPath] at /States/M"
        ],
    ),
    (
        mapping(MaxConcurrencyPath="$$.Execution.Input.n"),
        [FAILED + "Value is not a Reference Path at /States/M/MaxConcurrencyPath"],
    ),
    (
        task(Retry=[{"ErrorEquals": ["A"], "BackoffRate": 0.5, "JitterStrategy": "SOME"}]),
        [
            FAILED + "Minimum value is 1.0 at /States/X/Retry[0]/BackoffRate",
            FAILED + "Value should be one of the following: [NONE, FULL] at /States/X/Retry[0]/JitterStrategy",
        ],
    ),
    (
        task(Retry=[{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["A"]}]),
        [FAILED + "States.ALL must appear alone and at end of list at /States/X/Retry[0]/ErrorEquals[0]"],
    ),
    (
        task(Retry=[{"ErrorEquals": ["A", "States.ALL"]}]),
        [FAILED + "States.ALL must appear alone and at end of list at /States/X/Retry[0]/ErrorEquals[1]"],
    ),
    (task(Retry=[{"ErrorEquals": []}]), [FAILED + "Value cannot be empty at /States/X/Retry[0]/ErrorEquals"]),
    (task(Catch=[{"ErrorEquals": ["A"]}]), [FAILED + "These fields are required: [Next] at /States/X/Catch[0]"]),
    # paths
    (machine({**PASS, "InputPath": "a.b"}), [FAILED + "Value must be a valid JSONPath. at /States/X/InputPath"]),
    (
        machine({**PASS, "Parameters": {"a": {"b.$": "foo"}}}),
        [
            FAILED + "The value for the field 'b.$' must be a valid JSONPath or a valid intrinsic function call "
            "at /States/X/Parameters/a"
        ],
    ),
    (machine({**PASS, "ResultPath": "$.a[*]"}), [FAILED + "Value is not a Reference Path at /States/X/ResultPath"]),
    (
        {
            "StartAt": "C",
            "States": {
                "C": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "States.ArrayLength($.a)", "NumericEquals": 0, "Next": "Z"}],
                },
                "Z": PASS,
            },
        },
        [
            FAILED
            + "Value is not a Reference Path: Reference path didn't start with '$' at /States/C/Choices[0]/Variable",
        ],
    ),
    # resources
    (task(Resource="createToken"), [FAILED + "Value is not a valid resource ARN at /States/X/Resource"]),
    (
        task(Resource="arn:aws:states:::lambda:invoke.sync"),
        [
            FAILED + "The resource provided arn:aws:states:::lambda:invoke.sync is not recognized. The value is not a "
            "valid resource ARN, or the resource is not available in this region. at /States/X/Resource"
        ],
    ),
    (
        machine({"Type": "Task", "Resource": LAMBDA, "End": True}),
        [FAILED + f"Parameters field is required for resource ARN: {LAMBDA} at /States/X"],
    ),
    (
        task(Parameters={"Payload": {}}),
        [FAILED + "The field 'FunctionName' is required but was missing at /States/X/Parameters"],
    ),
    # variables and names
    (
        machine({**PASS, "Assign": {"states": 1, "a b": 2, "_c": 3, "ok": 4}}),
        [
            "RESERVED_VARIABLE_NAME: Cannot assign to reserved variable '$states'. at /States/X/Assign/states",
            "INVALID_VARIABLE_NAME: Invalid variable name 'a b': the variable name contains invalid characters. "
            "at /States/X/Assign/a b",
            "INVALID_VARIABLE_NAME: Invalid variable name '_c': the variable name contains invalid characters. "
            "at /States/X/Assign/_c",
        ],
    ),
    (
        mapping(ItemProcessor={"StartAt": "M", "States": {"M": PASS}}),
        ["DUPLICATE_STATE_NAME: Duplicate State name: M at /States/M/ItemProcessor/States/M"],
    ),
    # Distributed Map
    (
        mapping(ItemProcessor={"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "P", "States": {"P": PASS}}),
        [FAILED + "These fields are required: [ExecutionType] at /States/M/ItemProcessor/ProcessorConfig"],
    ),
    (
        mapping(ItemReader={"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"}}),
        [FAILED + "The field 'Resource' does not match any of the allowed values at /States/M/ItemReader/Resource"],
    ),
]


@pytest.mark.parametrize(("definition", "expected"), REFUSED, ids=[f"{each[0]}"[:60] for each in REFUSED])
def test_refused_in_the_words_of_aws(definition: dict[str, Any], expected: list[str]) -> None:
    assert found(definition) == expected


CATCH = {
    "ErrorEquals": ["States.ALL"],
    "Next": "D",
    "Output": "{% $states.errorOutput %}",
    "Assign": {"e": "{% $states.errorOutput %}"},
}
ACCEPTED = [
    machine(PASS),
    machine({**PASS, "Assign": {"counter": 1}}),
    machine({**PASS, "Parameters": {"v": "{% phone %}"}}),
    machine({**PASS, "QueryLanguage": "JSONPath", "InputPath": "$.a"}),
    machine({**PASS, "InputPath": None, "OutputPath": None, "ResultPath": None}),
    machine({**PASS, "ResultPath": "$['a'].b[0]"}),
    task(Retry=[{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 0, "MaxAttempts": 0}]),
    task(Resource="${Placeholder}", TimeoutSeconds="${Seconds}"),
    mapping(MaxConcurrency=9223372036854775807, ItemsPath="$$.Execution.Input.items"),
    mapping(
        ItemProcessor={
            "StartAt": "A",
            "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}},
        }
    ),
    output("$states.input.items[phone > 3]"),
    output("$map($states.input.a, function($x){ $x.phone })"),
    output("$undefined"),
    output("$string($states.context.Execution.Id)"),
    output("'??' & $states.input.`?:`"),
    jsonata({**PASS, "Comment": "{% phone %}"}),
    {
        "QueryLanguage": "JSONata",
        "StartAt": "T",
        "States": {
            "T": {
                "Type": "Task",
                "Resource": LAMBDA,
                "Arguments": {"FunctionName": "f"},
                "Output": "{% $states.result %}",
                "Catch": [CATCH],
                "End": True,
            },
            "D": PASS,
        },
    },
]


@pytest.mark.parametrize("definition", ACCEPTED, ids=[f"{each}"[:60] for each in ACCEPTED])
def test_accepted(definition: dict[str, Any]) -> None:
    assert found(definition) == []
    asl.refuse(definition)


@pytest.mark.parametrize(
    ("resource", "text"),
    [
        ("arn:aws:states:us-east-1:1:activity:a", "Express state machine does not support Activity ARN"),
        (
            "arn:aws:states:::states:startExecution.sync:2",
            "Express state machine does not support '.sync:2' service integration ",
        ),
        (
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Express state machine does not support '.waitForTaskToken' service integration ",
        ),
    ],
)
def test_express_refuses_what_waits(resource: str, text: str) -> None:
    parameters = {"StateMachineArn": "a", "QueueUrl": "q", "MessageBody": "b"}
    definition = machine({"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True})
    assert found(definition) == []
    assert found(definition, "EXPRESS") == [f"{FAILED}{text} at /States/X/Resource"]


def test_express_refuses_a_distributed_map() -> None:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    definition = mapping(ItemProcessor={"ProcessorConfig": config, "StartAt": "P", "States": {"P": PASS}})
    assert found(definition) == []
    reason = "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines"
    assert found(definition, "EXPRESS") == [f"{FAILED}{reason} at /States/M/ItemProcessor/ProcessorConfig/Mode"]


def test_refuse_raises_with_the_text_of_create_state_machine() -> None:
    with pytest.raises(DefinitionError) as refused:
        asl.refuse({"StartAt": "pass1", "States": {"pass1": {"Type": "Pass", "Next": "pass3"}, "pass2": PASS}})
    assert str(refused.value) == (
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3 at "
        '/States/pass1/Next, MISSING_TRANSITION_TARGET: State "pass2" is not reachable. at /States/pass2\''
    )


def test_a_label_is_refused_with_the_definition_as_it_was_written() -> None:
    text = json.dumps(mapping(Label="a b"))
    with pytest.raises(DefinitionError, match="Label contains invalid character: ' '") as refused:
        asl.refuse(text)
    assert str(refused.value).endswith(f" in definition '{text}'.")


@pytest.mark.parametrize("text", ["", "not a definition", "[1]", "null", '{"a": }', "[" * 100_000, b"\xff\xfe", '"x"'])
def test_what_is_no_definition_is_one_finding_and_never_a_traceback(text: str | bytes) -> None:
    assert len(asl.check(text)) == 1
    with pytest.raises(DefinitionError):
        asl.refuse(text)


def test_what_a_request_must_hold_is_what_the_service_itself_requires() -> None:
    botocore = pytest.importorskip("botocore.session").get_session()
    clients = {"states": "stepfunctions", "bedrock": "bedrock-runtime"}
    compared = 0
    for call, names in resources._REQUIRED.items():
        service, action = call.split(":")
        if service in ("apigateway", "http") or action == "createModelCustomizationJob":
            continue  # no operation of an API, or of another one
        model = botocore.get_service_model(clients.get(service, service))
        shape = model.operation_model(action[0].upper() + action[1:]).input_shape
        required = {
            name[0].upper() + name[1:]
            for name in shape.required_members
            if not shape.members[name].metadata.get("idempotencyToken")
        }
        assert set(names.split()) == required, call
        compared += 1
    assert compared > 40


@pytest.mark.parametrize("value", [5, [1, {"a.$": "$.b"}], "words", None, {"a": 1}])
def test_parameters_may_be_of_any_type_but_the_request_of_an_integration_is_an_object(value: Any) -> None:
    assert found(machine({"Type": "Pass", "Parameters": value, "End": True})) == []
    assert found(mapping(ItemSelector=value)) == []
    task = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:listBuckets", "End": True}
    refused = [] if isinstance(value, dict) else [f"{FAILED}Expected value of type [OBJECT] at /States/X/Parameters"]
    assert found(machine({**task, "Parameters": value})) == refused
