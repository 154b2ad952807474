"""Retry, Catch, timeouts: what a Task, Parallel or Map does when something goes wrong."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.engine.support import Calls, execute, links, task, types
from treadle.engine import Chance, VirtualClock
from treadle.engine.clock import Gate
from treadle.errors import ServiceError


def test_back_off_grows_up_to_its_longest() -> None:
    clock = VirtualClock(1000.0)
    service = Calls(A=[ServiceError("Busy")] * 5 + ["done"])
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "MaxAttempts": 5, "BackoffRate": 3, "MaxDelaySeconds": 20}]
    execution = execute({"A": task(Retry=retry)}, service=service, clock=clock)
    assert execution.output == "done"
    times = [event["timestamp"] for event in execution.history() if event["type"] == "TaskScheduled"]
    assert [after - before for before, after in pairwise(times)] == [2, 6, 18, 20, 20]
    assert [request.attempt for request in service.requests] == [0, 1, 2, 3, 4, 5]


def test_full_jitter_stays_below_the_delay_and_repeats_with_the_seed() -> None:
    def waits(seed: int) -> list[float]:
        service = Calls(A=[ServiceError("Busy")] * 3 + ["done"])
        retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "JitterStrategy": "FULL"}]
        execution = execute({"A": task(Retry=retry)}, service=service, chance=Chance(seed))
        times = [event["timestamp"] for event in execution.history() if event["type"] == "TaskScheduled"]
        return [after - before for before, after in pairwise(times)]

    first = waits(7)
    assert first == waits(7) != waits(8)
    assert all(0 <= wait <= limit for wait, limit in zip(first, (10, 20, 40), strict=True))


def test_each_retrier_counts_for_itself() -> None:
    service = Calls(A=[ServiceError("X"), ServiceError("Y"), ServiceError("X"), "done"])
    retry = [
        {"ErrorEquals": ["X"], "MaxAttempts": 1},
        {"ErrorEquals": ["Y"], "MaxAttempts": 1},
    ]
    execution = execute({"A": task(Retry=retry)}, service=service)
    assert (execution.status, execution.error) == ("FAILED", "X")
    assert types(execution).count("TaskScheduled") == 3


@pytest.mark.parametrize(
    ("names", "error", "caught"),
    [
        (["States.TaskFailed"], "Anything", True),
        (["States.ALL"], "States.DataLimitExceeded", True),
        (["Lambda.Other"], "Lambda.Unknown", False),
        (["States.Runtime"], "States.Runtime", False),
        (["States.ALL"], "States.Runtime", False),
    ],
)
def test_what_error_equals_matches(names: list[str], error: str, caught: bool) -> None:
    states = {
        "A": task(Catch=[{"ErrorEquals": names, "Next": "B"}]),
        "B": {"Type": "Pass", "End": True},
    }
    execution = execute(states, service=Calls(A=[ServiceError(error, "why")]))
    assert (execution.status == "SUCCEEDED") is caught
    if caught:
        assert execution.output == {"Error": error, "Cause": "why"}


def test_a_catcher_sees_the_input_and_the_error() -> None:
    catch = {
        "ErrorEquals": ["States.ALL"],
        "Output": {"in": "{% $states.input %}", "error": "{% $states.errorOutput.Error %}"},
        "Assign": {"cause": "{% $states.errorOutput.Cause %}"},
        "Next": "B",
    }
    states = {
        "A": task(Catch=[catch]),
        "B": {"Type": "Pass", "Output": ["{% $states.input %}", "{% $cause %}"], "End": True},
    }
    execution = execute(states, {"x": 1}, service=Calls(A=[ServiceError("E", "why")]))
    assert execution.output == [{"in": {"x": 1}, "error": "E"}, "why"]


def test_jsonpath_catch_keeps_the_input_around_the_error() -> None:
    states = {
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f",
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "B"}],
            "End": True,
        },
        "B": {"Type": "Pass", "End": True},
    }
    execution = execute(states, {"x": 1}, language="JSONPath", service=Calls(A=[ServiceError("E", "why")]))
    assert execution.output == {"x": 1, "error": {"Error": "E", "Cause": "why"}}
    assert ("LambdaFunctionFailed", 4) in links(execution)


def test_a_query_error_can_be_caught() -> None:
    states = {
        "A": task(Output="{% $nope %}", Catch=[{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "B"}]),
        "B": {"Type": "Pass", "Output": "{% $states.input.Error %}", "End": True},
    }
    execution = execute(states, service=Calls(A=["x"]))
    assert execution.output == "States.QueryEvaluationError"
    assert "EvaluationFailed" in types(execution)


def test_nothing_is_assigned_when_the_output_fails() -> None:
    states = {
        "A": task(
            Assign={"v": 1}, Output="{% $nope %}", Catch=[{"ErrorEquals": ["States.ALL"], "Output": 0, "Next": "B"}]
        ),
        "B": {"Type": "Pass", "Output": "{% $exists($v) %}", "End": True},
    }
    assert execute(states, service=Calls(A=["x"])).output is False


def test_a_timeout_is_modelled_time_and_never_real_work() -> None:
    clock = VirtualClock(0.0)

    async def slow(request: object) -> None:
        await Gate(clock).wait()

    states = {
        "A": task(
            TimeoutSeconds=3600,
            Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "B"}],
        ),
        "B": {"Type": "Pass", "End": True},
    }
    execution = execute(states, service=Calls(A=[slow]), clock=clock)
    assert execution.output == {"Error": "States.Timeout", "Cause": ""}
    assert clock.now() == 3600
    assert "TaskTimedOut" in types(execution)


@pytest.mark.parametrize("given", ["{% $states.input.s %}", "{% 5 %}"])
def test_timeouts_may_be_computed(given: str) -> None:
    service = Calls(A=["ok"])
    execution = execute({"A": task(TimeoutSeconds=given)}, {"s": 5}, service=service)
    assert execution.output == "ok"
    assert service.requests[0].timeout == 5
    scheduled = next(event for event in execution.history() if event["type"] == "TaskScheduled")
    assert scheduled["taskScheduledEventDetails"]["timeoutInSeconds"] == 5


def test_a_retry_of_a_map_starts_it_anew() -> None:
    states = {
        "A": {
            "Type": "Map",
            "ItemProcessor": {"StartAt": "T", "States": {"T": task()}},
            "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}],
            "End": True,
        }
    }
    service = Calls(T=["one", ServiceError("E"), "one", "two"])
    execution = execute(states, [1, 2], service=service)
    assert execution.output == ["one", "two"]
    assert types(execution).count("MapStateStarted") == 2
    assert types(execution).count("MapStateEntered") == 1
