"""Tasks: what is sent, tokens, heartbeats, activities, nested executions, refusals."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest

from tests.engine.support import Calls, execute, links, machine, task, types
from treadle.engine import (
    Callbacks,
    Resource,
    TaskRequest,
    TaskResponse,
    VirtualClock,
    begin,
    load,
    run,
    start,
)
from treadle.engine.clock import give_way
from treadle.errors import ServiceError, UnsupportedResource

TOKEN = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
SEND = {"QueueUrl": "q", "MessageBody": "{% $states.context.Task.Token %}"}
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:work"


def test_a_resource_that_nothing_runs_is_refused_before_the_first_state() -> None:
    class Nothing:
        def handles(self, resource: Resource) -> bool:
            return False

        async def call(self, request: TaskRequest) -> TaskResponse:
            raise AssertionError("never called")

    inner = {"StartAt": "T", "States": {"T": task("arn:aws:states:::aws-sdk:s3:getObject", Arguments={})}}
    states = {"A": {"Type": "Pass", "Next": "M"}, "M": {"Type": "Map", "ItemProcessor": inner, "End": True}}
    with pytest.raises(UnsupportedResource, match="aws-sdk:s3:getObject"):
        execute(states, [], service=Nothing())


def test_the_request_and_the_events_of_a_service_task() -> None:
    service = Calls(A=[{"n": 1}])
    states = {
        "A": task(
            Arguments={"FunctionName": "f", "Payload": "{% $states.input %}"},
            Credentials={"RoleArn": "arn:aws:iam::123456789012:role/r"},
            TimeoutSeconds=10,
            Output="{% $states.result.n %}",
        )
    }
    execution = execute(states, {"x": 1}, service=service)
    assert execution.output == 1
    (request,) = service.requests
    assert request.arguments == {"FunctionName": "f", "Payload": {"x": 1}}
    assert (request.state, request.attempt, request.timeout) == ("A", 0, 10)
    assert request.context["State"]["Name"] == "A"
    scheduled = next(event for event in execution.history() if event["type"] == "TaskScheduled")
    assert scheduled["taskScheduledEventDetails"] == {
        "resourceType": "lambda",
        "resource": "invoke",
        "region": "us-east-1",
        "parameters": '{"FunctionName":"f","Payload":{"x":1}}',
        "timeoutInSeconds": 10,
        "taskCredentials": {"roleArn": "arn:aws:iam::123456789012:role/r"},
    }


def test_the_model_that_answered_is_named_beside_the_result() -> None:
    class Model:
        def handles(self, resource: Resource) -> bool:
            return True

        async def call(self, request: TaskRequest) -> TaskResponse:
            return TaskResponse("hi", model="small")

    assert execute({"A": task()}, service=Model()).models == (("A", "small"),)


def test_a_token_is_answered_while_the_service_is_called_or_later() -> None:
    callbacks = Callbacks()

    def answer(request: TaskRequest) -> dict[str, str]:
        callbacks.send_task_success(request.context["Task"]["Token"], {"ok": True})
        return {"MessageId": "m"}

    execution = execute({"A": task(TOKEN, Arguments=SEND)}, service=Calls(A=[answer]), callbacks=callbacks)
    assert execution.output == {"ok": True}
    assert types(execution)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    assert callbacks.waiters == {}


def test_a_token_is_answered_from_another_thread_in_real_time() -> None:
    callbacks = Callbacks()

    def answer(request: TaskRequest) -> dict[str, str]:
        token = request.arguments["MessageBody"]
        threading.Timer(0.02, callbacks.send_task_failure, (token, "Refused", "no")).start()
        return {}

    execution = run(machine({"A": task(TOKEN, Arguments=SEND)}), service=Calls(A=[answer]), callbacks=callbacks)
    assert (execution.status, execution.error, execution.cause) == ("FAILED", "Refused", "no")


def test_heartbeats_put_the_end_off_and_silence_ends_it() -> None:
    clock = VirtualClock(0.0)
    callbacks = Callbacks()
    beats: list[asyncio.Task[None]] = []

    async def beat(token: str) -> None:
        for _ in range(5):
            await clock.sleep(20)
            callbacks.send_task_heartbeat(token)
        clock.pause()

    def submit(request: TaskRequest) -> dict[str, str]:
        clock.resume()
        beats.append(asyncio.ensure_future(beat(request.arguments["MessageBody"])))
        return {}

    states = {
        "A": task(
            TOKEN,
            Arguments=SEND,
            HeartbeatSeconds=30,
            Catch=[{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "B"}],
        ),
        "B": {"Type": "Pass", "End": True},
    }
    execution = execute(states, service=Calls(A=[submit]), clock=clock, callbacks=callbacks)
    assert execution.output == {"Error": "States.Timeout", "Cause": ""}
    assert clock.now() == 130


def test_nobody_waits_for_an_unknown_token() -> None:
    with pytest.raises(ServiceError) as told:
        Callbacks().send_task_success("nope", {})
    assert told.value.error == "TaskTimedOut"


def test_an_activity_is_worked_on() -> None:
    callbacks = Callbacks()
    callbacks.create_activity(ACTIVITY)

    async def both() -> Any:
        async def worker() -> None:
            given = await callbacks.get_activity_task(ACTIVITY, "me")
            assert given is not None
            callbacks.send_task_success(given["taskToken"], given["input"]["n"] + 1)

        work = asyncio.create_task(worker())
        await give_way()
        states = {"A": task(ACTIVITY, Arguments={"n": 1})}
        execution = await start(machine(states), service=Calls(), callbacks=callbacks)
        await work
        return execution

    execution = asyncio.run(both())
    assert execution.output == 2
    started = next(event for event in execution.history() if event["type"] == "ActivityStarted")
    assert started["activityStartedEventDetails"] == {"workerName": "me"}


def test_polling_an_activity_ends_with_nothing() -> None:
    callbacks = Callbacks()
    callbacks.create_activity(ACTIVITY)
    assert asyncio.run(callbacks.get_activity_task(ACTIVITY, wait=0.01)) is None


def test_an_activity_that_is_not_there() -> None:
    execution = execute({"A": task(ACTIVITY, Arguments={})}, service=Calls(), callbacks=Callbacks())
    assert execution.error == "States.Runtime"
    assert (execution.cause or "").endswith(f"The activity {ACTIVITY} does not exist.")
    assert links(execution)[-1] == ("ExecutionFailed", 2)


@pytest.mark.parametrize(
    ("pattern", "output"), [("sync:2", {"n": 2}), ("sync", '{"n":2}'), ("", None)], ids=["sync2", "sync", "start"]
)
def test_nested_executions(pattern: str, output: Any) -> None:
    child = load(
        {
            "QueryLanguage": "JSONata",
            "StartAt": "A",
            "States": {"A": {"Type": "Pass", "Output": {"n": "{% $states.input.n + 1 %}"}, "End": True}},
        },
        name="child",
    )
    resource = "arn:aws:states:::states:startExecution" + (f".{pattern}" if pattern else "")
    states = {"A": task(resource, Arguments={"StateMachineArn": child.arn, "Input": {"n": 1}, "Name": "run1"})}
    execution = execute(states, service=Calls(), machines={child.arn: child})
    assert execution.status == "SUCCEEDED"
    assert execution.output["ExecutionArn"].endswith(":execution:child:run1")
    assert execution.output.get("Output") == output
    assert ("TaskSubmitted" in types(execution)) is bool(pattern)


def test_a_failed_nested_execution_fails_the_task() -> None:
    child = load({"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Sad", "Cause": "so"}}}, name="child")
    states = {
        "A": task(
            "arn:aws:states:::states:startExecution.sync:2", Arguments={"StateMachineArn": child.arn, "Input": {}}
        )
    }
    execution = execute(states, service=Calls(), machines={child.arn: child})
    assert execution.error == "States.TaskFailed"
    assert '"Error":"Sad"' in (execution.cause or "")


def test_a_string_input_stays_one_unless_it_was_made_from_json() -> None:
    child = load({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}, name="child")

    def output(given: dict[str, Any]) -> Any:
        parameters = {"StateMachineArn": child.arn, **given}
        state = {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": parameters,
            "OutputPath": "$.Output",
            "End": True,
        }
        return execute({"A": state}, {"a": 1}, language="JSONPath", service=Calls(), machines={child.arn: child}).output

    assert output({"Input.$": "$"}) == {"a": 1}
    assert output({"Input.$": "States.JsonToString($)"}) == {"a": 1}
    assert output({"Input.$": "States.Format('{}', 'hi')"}) == "hi"
    assert output({}) == {}


def test_what_a_nested_execution_is_described_as() -> None:
    child = load({"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Sad"}}}, name="child")
    arguments = {"StateMachineArn": child.arn, "Input": {"k": 1}, "Name": "run1"}
    state = task("arn:aws:states:::states:startExecution.sync:2", Arguments=arguments)
    execution = execute({"A": state}, service=Calls(), machines={child.arn: child}, clock=VirtualClock(7.0))
    assert json.loads(execution.cause or "") == {
        "Error": "Sad",
        "ExecutionArn": child.arn.replace(":stateMachine:", ":execution:") + ":run1",
        "Input": '{"k":1}',
        "InputDetails": {"Included": True},
        "Name": "run1",
        "RedriveCount": 0,
        "RedriveStatus": "REDRIVABLE",
        "StartDate": 7000,
        "StateMachineArn": child.arn,
        "Status": "FAILED",
        "StopDate": 7000,
    }


def test_a_machine_that_is_not_there() -> None:
    child = load({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}, name="child")

    class Nobody(Calls):
        def handles(self, resource: Resource) -> bool:
            return resource.service != "states"

    state = task("arn:aws:states:::states:startExecution.sync", Arguments={"StateMachineArn": child.arn + "x"})
    execution = execute({"A": state}, service=Nobody(), machines={child.arn: child})
    assert execution.error == "StepFunctions.StateMachineDoesNotExistException"


def test_a_result_over_the_limit_is_a_failure_that_can_be_caught() -> None:
    states = {
        "A": task(Catch=[{"ErrorEquals": ["States.DataLimitExceeded"], "Next": "B"}]),
        "B": {"Type": "Pass", "Output": "{% $states.input.Error %}", "End": True},
    }
    assert execute(states, service=Calls(A=["x" * 262_145])).output == "States.DataLimitExceeded"
    assert execute({"A": task()}, service=Calls(A=["x" * 262_142])).status == "SUCCEEDED"


@pytest.mark.parametrize(
    ("resource", "named"),
    [
        ("arn:aws:lambda:us-east-1:123456789012:function:f", "arn:aws:lambda:us-east-1:123456789012:function:f"),
        ("arn:aws:states:::lambda:invoke", "lambda"),
        ("arn:aws:states:::aws-sdk:s3:getObject", "aws-sdk:s3"),
    ],
)
def test_a_result_over_the_limit_names_the_function_or_the_service(resource: str, named: str) -> None:
    execution = execute({"A": task(resource)}, service=Calls(A=["x" * 262_145]))
    assert str(execution.cause).startswith(f"The state/task '{named}' returned a result with a size exceeding")


@pytest.mark.parametrize("key", ["TimeoutSeconds", "HeartbeatSeconds"])
def test_seconds_by_path_are_read_as_text(key: str) -> None:
    function = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "End": True}
    states = {"A": {**function, f"{key}Path": "$.s"}}
    calls = Calls(A=[1])
    assert execute(states, {"s": "5"}, language="JSONPath", service=calls).status == "SUCCEEDED"
    assert 5 in (calls.requests[0].timeout, calls.requests[0].heartbeat)
    for bad, shown in ((0, "0"), (2.0, "2.0"), ("x", "x"), (None, "null")):
        execution = execute(states, {"s": bad}, language="JSONPath", service=calls)
        assert str(execution.cause).endswith(f'"{shown}" which is not a valid positive integer: $.s')


def test_an_error_of_ours_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        execute({"A": task()}, service=Calls(A=[lambda request: 1 / 0]))


def test_cancelling_the_caller_leaves_the_execution_running() -> None:
    async def cancelled() -> str:
        execution = begin(machine({"A": {"Type": "Wait", "Seconds": 100, "End": True}}))
        work = asyncio.create_task(execution.work_alone())
        await give_way()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        return execution.status

    assert asyncio.run(cancelled()) == "RUNNING"
