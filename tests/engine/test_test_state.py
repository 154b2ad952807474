"""TestState: every option of the API, and all that AWS was recorded to answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conformance import folder, records
from tests.conformance import test_state as recorded
from treadle.engine.task import Resource, TaskRequest, TaskResponse
from treadle.engine.test_state import test_state as tested
from treadle.errors import ServiceError

CALL = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName.$": "$.f"},
    "End": True,
}
LAMBDA = {
    "Type": "Task",
    "QueryLanguage": "JSONata",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Arguments": {"FunctionName": "{% $states.input.f %}"},
    "Output": "{% $states.result.Payload %}",
    "End": True,
}
MAP = {
    "Type": "Map",
    "ItemsPath": "$.n",
    "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}},
    "End": True,
}
FAILED = {"errorOutput": {"error": "Busy", "cause": "later"}}


def run(state: dict[str, Any], input: Any = None, **request: Any) -> dict[str, Any]:
    """The answer, its JSON texts parsed; `input` and everything else that is JSON in the API is given as values."""
    for name in ("context", "variables"):
        if name in request:
            request[name] = json.dumps(request[name])
    mock = request.get("mock")
    if mock and "result" in mock:
        request["mock"] = {**mock, "result": json.dumps(mock["result"])}
    service = request.pop("service", None)
    given = {"definition": json.dumps(state), "input": json.dumps({} if input is None else input), **request}
    answer = tested(given, service=service)
    if "output" in answer:
        answer["output"] = json.loads(answer["output"])
    if "inspectionData" in answer:
        seen = answer["inspectionData"]
        answer["inspectionData"] = {name: json.loads(v) if isinstance(v, str) else v for name, v in seen.items()}
    return answer


@pytest.mark.skipif(not folder().is_dir(), reason=f"no recordings in {folder()}: set TREADLE_CONFORMANCE")
def test_every_recorded_call() -> None:
    found = {record["id"]: recorded.run(record) for record in records(folder() / "test_state.jsonl")}
    assert len(found) > 0
    assert {name: difference for name, difference in found.items() if difference} == {}


def test_a_pass_shows_each_stage() -> None:
    state = {"Type": "Pass", "InputPath": "$.a", "Parameters": {"b.$": "$.b"}, "ResultPath": "$.r", "Next": "N"}
    given = {"a": {"b": 1}}
    after = {"a": {"b": 1}, "r": {"b": 1}}
    assert run(state, given, inspectionLevel="DEBUG") == {
        "status": "SUCCEEDED",
        "output": after,
        "nextState": "N",
        "inspectionData": {
            "input": given,
            "afterInputPath": {"b": 1},
            "afterParameters": {"b": 1},
            "afterResultSelector": {"b": 1},
            "afterResultPath": after,
        },
    }


def test_a_mocked_task_is_not_called() -> None:
    answer = run(LAMBDA, {"f": "x"}, mock={"result": {"Payload": [1]}}, inspectionLevel="TRACE")
    assert answer["output"] == [1]
    assert answer["inspectionData"] == {
        "input": {"f": "x"},
        "afterArguments": {"FunctionName": "x"},
        "result": {"Payload": [1]},
    }


def test_without_a_mock_the_service_answers() -> None:
    class Echo:
        def handles(self, resource: Resource) -> bool:
            return resource.service == "lambda"

        async def call(self, request: TaskRequest) -> TaskResponse:
            if request.arguments["FunctionName"] == "bad":
                raise ServiceError("Lambda.ResourceNotFoundException", "no such function")
            return TaskResponse({"Payload": request.arguments})

    assert run(LAMBDA, {"f": "x"}, service=Echo())["output"] == {"FunctionName": "x"}
    assert run(LAMBDA, {"f": "bad"}, service=Echo()) == {
        "status": "FAILED",
        "error": "Lambda.ResourceNotFoundException",
        "cause": "no such function",
    }
    assert run(LAMBDA, {"f": "x"})["status"] == "FAILED"


@pytest.mark.parametrize(("count", "seconds"), [(0, 2), (1, 6), (2, 10)])
def test_a_retrier_says_how_long_it_would_wait(count: int, seconds: int) -> None:
    retrier = {"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxDelaySeconds": 10, "MaxAttempts": 3}
    state = {**CALL, "Retry": [{"ErrorEquals": ["Other"]}, retrier]}
    answer = run(
        state, {"f": "x"}, mock=FAILED, stateConfiguration={"retrierRetryCount": count}, inspectionLevel="DEBUG"
    )
    assert (answer["status"], answer["error"], answer["cause"]) == ("RETRIABLE", "Busy", "later")
    assert answer["inspectionData"]["errorDetails"] == {"retryBackoffIntervalSeconds": seconds, "retryIndex": 1}


def test_when_the_retries_are_used_up_a_catcher_takes_over() -> None:
    catcher = {"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "Sorry"}
    state = {**CALL, "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 1}], "Catch": [catcher]}
    answer = run(state, {"f": "x"}, mock=FAILED, stateConfiguration={"retrierRetryCount": 1}, inspectionLevel="DEBUG")
    assert (answer["status"], answer["nextState"]) == ("CAUGHT_ERROR", "Sorry")
    assert answer["output"] == {"f": "x", "e": {"Error": "Busy", "Cause": "later"}}
    assert answer["inspectionData"]["errorDetails"] == {"catchIndex": 0}


def test_a_path_that_is_not_there_fails_with_the_bare_sentence() -> None:
    answer = run(CALL, {}, mock={"result": {}})
    assert (answer["status"], answer["error"]) == ("FAILED", "States.Runtime")
    assert "$.f" in answer["cause"]
    assert not answer["cause"].startswith("An error occurred while executing the state")


def test_choice_succeed_fail_and_wait() -> None:
    rules = [{"Variable": "$.n", "NumericGreaterThan": 3, "Next": "Big"}]
    state = {"Type": "Choice", "Choices": rules, "Default": "Small"}
    assert [run(state, {"n": n})["nextState"] for n in (1, 5)] == ["Small", "Big"]
    assert run({"Type": "Choice", "Choices": rules}, {"n": 1})["error"] == "States.Runtime"
    assert run({"Type": "Succeed"}, {"n": 1}) == {"status": "SUCCEEDED", "output": {"n": 1}}
    assert run({"Type": "Fail", "Error": "E", "CausePath": "$.why"}, {"why": "w"}) == {
        "status": "FAILED",
        "error": "E",
        "cause": "w",
    }
    assert run({"Type": "Wait", "Seconds": 86_400, "Next": "N"})["nextState"] == "N"
    assert run({"Type": "Wait", "SecondsPath": "$.s", "Next": "N"})["error"] == "States.Runtime"


def test_a_choice_that_nothing_matches_fails_with_the_bare_sentence() -> None:
    state = {"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEquals": 1, "Next": "X"}]}
    answer = run(state, {"a": 2})
    assert answer["error"] == "States.Runtime"
    assert answer["cause"] == "Failed to transition out of the state. The state does not point to a next state."


@pytest.mark.parametrize(
    "fields", [{"TimeoutSecondsPath": "$.t"}, {"HeartbeatSecondsPath": "$.t"}, {"Credentials": {"RoleArn.$": "$.t"}}]
)
def test_a_task_evaluates_all_that_it_would_before_a_call(fields: dict[str, Any]) -> None:
    assert run({**CALL, **fields}, {"f": "f"}, mock={"result": {}})["error"] == "States.Runtime"


def test_a_machine_is_judged_as_a_whole() -> None:
    machine = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Nowhere"}, "B": {"Type": "Succeed"}}}
    with pytest.raises(ServiceError, match="MISSING_TRANSITION_TARGET: Missing 'Next' target: Nowhere") as refused:
        run(machine, stateName="A")
    assert refused.value.error == "InvalidDefinition"
    assert run(machine["States"]["A"])["nextState"] == "Nowhere"


def test_variables_are_read_and_shown_with_what_is_assigned() -> None:
    state = {
        "Type": "Pass",
        "QueryLanguage": "JSONata",
        "Assign": {"b": "{% $a + 1 %}"},
        "Output": "{% $a %}",
        "End": True,
    }
    answer = run(state, variables={"a": 1}, inspectionLevel="DEBUG")
    assert answer["output"] == 1
    assert answer["inspectionData"]["variables"] == {"a": 1, "b": 2}


def test_a_context_object_can_be_given() -> None:
    state = {**CALL, "ResultSelector": {"id.$": "$$.Execution.Id"}}
    mock = {"result": {}}
    assert run(state, {"f": 1}, mock=mock, context={"Execution": {"Id": "e"}})["output"] == {"id": "e"}
    own = run(state, {"f": 1}, mock=mock)["output"]["id"]
    assert own.startswith("arn:aws:states:")


@pytest.mark.parametrize(
    ("context", "problem"),
    [
        ([], "Context object must be a JSON object"),
        ({"Map": {}}, "'Map' field is not supported when mocking a Context object"),
        ({"Nope": {}}, "Field 'Nope' is not allowed"),
        ({"State": {"RetryCount": "1"}}, "State.RetryCount must be a number"),
        ({"Execution": {"Id": 1}}, "Execution.Id must be a string"),
    ],
)
def test_a_wrong_context_object_is_refused(context: Any, problem: str) -> None:
    with pytest.raises(ServiceError) as refused:
        run(CALL, mock={"result": {}}, context=context)
    assert refused.value.error == "ValidationException"
    assert refused.value.cause == f"Invalid Context object provided: {problem}"


def test_a_map_shows_its_items_and_what_it_tolerates() -> None:
    state = {**MAP, "ItemSelector": {"v.$": "$$.Map.Item.Value"}, "MaxConcurrency": 2, "ToleratedFailurePercentage": 50}
    answer = run(state, {"n": [1, 2]}, mock={"result": ["a", "b"]}, inspectionLevel="DEBUG")
    seen = answer["inspectionData"]
    assert answer["output"] == ["a", "b"]
    assert (seen["afterItemsPath"], seen["afterItemSelector"]) == ([1, 2], [{"v": 1}, {"v": 2}])
    assert (seen["maxConcurrency"], seen["toleratedFailurePercentage"]) == (2, 50.0)


def test_a_jsonata_map_shows_its_selected_and_batched_items() -> None:
    state = {
        **{key: value for key, value in MAP.items() if key != "ItemsPath"},
        "QueryLanguage": "JSONata",
        "Items": "{% $states.input.n %}",
        "ItemSelector": {"v": "{% $states.context.Map.Item.Value * 2 %}"},
        "ItemBatcher": {"MaxItemsPerBatch": 2},
    }
    seen = run(state, {"n": [1, 2, 3]}, mock={"result": [1, 2]}, inspectionLevel="DEBUG")["inspectionData"]
    assert "afterItemsPath" not in seen
    assert seen["afterItemSelector"] == [{"v": 2}, {"v": 4}, {"v": 6}]
    assert seen["afterItemBatcher"] == [{"Items": [{"v": 2}, {"v": 4}]}, {"Items": [{"v": 6}]}]


@pytest.mark.parametrize(
    ("config", "data", "items"),
    [
        ({"InputType": "JSON"}, "[1, 2]", [1, 2]),
        ({"InputType": "JSON", "MaxItems": 1}, "[1, 2]", [1]),
        ({"InputType": "JSON", "ItemsPointer": "/a"}, '{"a": [3]}', [3]),
        ({"InputType": "JSONL"}, '{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        ({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, "a,b\n1,2\n", [{"a": "1", "b": "2"}]),
    ],
)
def test_a_map_reads_what_is_given_as_its_object(config: dict[str, Any], data: str, items: list[Any]) -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": config,
        "Parameters": {"Bucket": "b", "Key": "k"},
    }
    processor = {**MAP["ItemProcessor"], "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    state = {**MAP, "ItemReader": reader, "ItemSelector": {"v.$": "$$.Map.Item.Value"}, "ItemProcessor": processor}
    given: dict[str, Any] = {"stateConfiguration": {"mapItemReaderData": data}, "inspectionLevel": "DEBUG"}
    seen = run(state, mock={"result": []}, **given)["inspectionData"]
    assert seen["afterItemSelector"] == [{"v": item} for item in items]
    assert seen.get("afterItemsPointer") == (items if "ItemsPointer" in config else None)
    given["stateConfiguration"] = {"mapItemReaderData": '"'}
    if config["InputType"] == "JSON":
        assert run(state, mock={"result": []}, **given)["error"] == "States.ItemReaderFailed"


@pytest.mark.parametrize(("failed", "status"), [(1, "SUCCEEDED"), (2, "FAILED")])
def test_a_map_fails_where_more_iterations_did_than_it_tolerates(failed: int, status: str) -> None:
    configuration = {"mapIterationFailureCount": failed}
    state = {**MAP, "ToleratedFailureCount": 1}
    answer = run(state, {"n": [1, 2, 3]}, mock={"result": [1, 2, 3]}, stateConfiguration=configuration)
    assert answer["status"] == status
    assert answer.get("error") == ("States.ExceedToleratedFailureThreshold" if status == "FAILED" else None)


def test_a_state_is_found_by_name_inside_a_map() -> None:
    machine = {"StartAt": "M", "QueryLanguage": "JSONPath", "States": {"M": MAP}}
    assert run(machine, {"a": 1}, stateName="P")["output"] == {"a": 1}
    with pytest.raises(ServiceError, match="State not found in definition"):
        run(machine, stateName="Q")


@pytest.mark.parametrize(
    ("state", "request_", "error", "text"),
    [
        ({"Type": "Magic"}, {}, "InvalidDefinition", "The field 'Type' should have one of these values"),
        (MAP, {}, "InvalidDefinition", "TestState API does not support Map or Parallel states"),
        (MAP, {"mock": {"result": {}}}, "ValidationException", "Mocked result must be an array."),
        ({"Type": "Pass", "End": True}, {"mock": FAILED}, "ValidationException", "State type 'Pass' is not supported"),
        (
            CALL,
            {"mock": {"result": 1, **FAILED}},
            "ValidationException",
            "should have only one of the following fields",
        ),
        (CALL, {"mock": FAILED, "variables": []}, "InvalidExecutionInput", "Invalid variables"),
        (CALL, {"mock": {}}, "ValidationException", "should have only one of the following fields"),
        (CALL, {"context": {}}, "ValidationException", "not support Context when a mock is not specified."),
        (
            CALL,
            {"stateConfiguration": {"retrierRetryCount": 1}},
            "ValidationException",
            "not support RetrierRetryCount when a mock is not specified.",
        ),
        (
            MAP,
            {"mock": FAILED, "stateConfiguration": {"mapIterationFailureCount": 1}},
            "ValidationException",
            "must be less than or equal to the number of Map iterations",
        ),
        (CALL, {"mock": FAILED, "revealSecrets": True}, "ValidationException", "does not support RevealSecrets"),
        (
            CALL,
            {"mock": {"result": {"StatusCode": "200"}}},
            "ValidationException",
            "Field 'StatusCode' must be a number",
        ),
        (
            {**CALL, "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken"},
            {},
            "ValidationException",
            "when a mock is not specified",
        ),
    ],
)
def test_refusals(state: dict[str, Any], request_: dict[str, Any], error: str, text: str) -> None:
    with pytest.raises(ServiceError) as refused:
        run(state, {"n": []}, **request_)
    assert refused.value.error == error
    assert text in refused.value.cause


@pytest.mark.parametrize(
    ("mode", "result", "problem"),
    [
        ("STRICT", {}, "Required field 'ExecutionArn' is missing"),
        ("PRESENT", {}, None),
        ("PRESENT", {"ExecutionArn": 1}, "Field 'ExecutionArn' must be a string"),
        ("NONE", {"ExecutionArn": 1}, None),
    ],
)
def test_a_mock_is_held_against_the_api(mode: str, result: dict[str, Any], problem: str | None) -> None:
    resource = "arn:aws:states:::states:startExecution"
    state = {"Type": "Task", "Resource": resource, "Parameters": {"StateMachineArn": "a"}, "End": True}
    if problem is None:
        assert run(state, mock={"result": result, "fieldValidationMode": mode})["status"] == "SUCCEEDED"
        return
    with pytest.raises(ServiceError, match="Mock result schema validation error: ") as refused:
        run(state, mock={"result": result, "fieldValidationMode": mode})
    assert refused.value.cause.endswith(problem)


@pytest.mark.parametrize(
    ("resource", "result", "problem"),
    [
        ("aws-sdk:rds:describeDBInstances", {"DbInstances": 1}, "Field 'DbInstances' must be an array"),
        ("aws-sdk:rds:describeDBInstances", {"DBInstances": 1}, None),  # not the name that Step Functions gives it
        ("aws-sdk:cloudwatchlogs:describeLogGroups", {"LogGroups": {}}, "Field 'LogGroups' must be an array"),
        ("aws-sdk:sfn:describeExecution", {}, "Required field 'ExecutionArn' is missing"),
        ("batch:submitJob", {"JobName": "j"}, "Required field 'JobId' is missing"),
        ("bedrock:invokeModel", {"Body": {"any": "JSON"}, "ContentType": "application/json"}, None),
        ("http:invoke", {"any": "thing"}, None),
    ],
)
def test_a_mock_has_the_names_of_its_integration(resource: str, result: dict[str, Any], problem: str | None) -> None:
    parameters = {"ModelId": "m", "JobName": "j", "JobQueue": "q", "JobDefinition": "d"}
    parameters |= {"ApiEndpoint": "e", "Method": "GET"}
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True}
    if problem is None:
        assert run(state, mock={"result": result})["output"] == result
        return
    with pytest.raises(ServiceError, match="Mock result schema validation error: ") as refused:
        run(state, mock={"result": result})
    assert refused.value.cause.endswith(problem)
