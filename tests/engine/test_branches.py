"""Parallel and inline Map: order, concurrency, scopes, failures."""

from __future__ import annotations

from typing import Any

from tests.engine.support import Calls, execute, links, task, types
from treadle.engine import TaskRequest, VirtualClock
from treadle.errors import ServiceError


def wait(seconds: int, **fields: Any) -> dict[str, Any]:
    return {"Type": "Wait", "Seconds": seconds, "End": True, **fields}


def test_branches_finish_in_the_order_of_their_modelled_times() -> None:
    branches = [
        {"StartAt": name, "States": {name: wait(seconds)}}
        for name, seconds in (("Day", 86_400), ("Hour", 3600), ("Minute", 60))
    ]
    clock = VirtualClock(0.0)
    execution = execute({"P": {"Type": "Parallel", "Branches": branches, "End": True}}, {"x": 1}, clock=clock)
    assert execution.output == [{"x": 1}] * 3
    exited = [
        (event["stateExitedEventDetails"]["name"], event["timestamp"])
        for event in execution.history()
        if event["type"] == "WaitStateExited"
    ]
    assert exited == [("Minute", 60), ("Hour", 3600), ("Day", 86_400)]


def test_parallel_results_and_variables_stay_apart() -> None:
    def branch(name: str, value: int) -> dict[str, Any]:
        first = {"Type": "Pass", "Assign": {"v": value}, "Next": f"{name}2"}
        return {
            "StartAt": name,
            "States": {name: first, f"{name}2": {"Type": "Pass", "Output": "{% [$outer, $v] %}", "End": True}},
        }

    states = {
        "A": {"Type": "Pass", "Assign": {"outer": 0}, "Next": "P"},
        "P": {
            "Type": "Parallel",
            "Branches": [branch("B", 1), branch("C", 2)],
            "Output": "{% {'r': $states.result, 'leaked': $exists($v)} %}",
            "End": True,
        },
    }
    assert execute(states).output == {"r": [[0, 1], [0, 2]], "leaked": False}


def test_a_failing_branch_aborts_the_others() -> None:
    states = {
        "P": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Slow", "States": {"Slow": wait(100)}},
                {"StartAt": "Bad", "States": {"Bad": task()}},
            ],
            "Catch": [{"ErrorEquals": ["Boom"], "Next": "Z"}],
            "End": True,
        },
        "Z": {"Type": "Pass", "Output": "caught", "End": True},
    }
    clock = VirtualClock(0.0)
    execution = execute(states, service=Calls(Bad=[ServiceError("Boom")]), clock=clock)
    assert execution.output == "caught"
    assert clock.now() == 0
    seen = types(execution)
    assert seen[seen.index("TaskFailed") :][:4] == [
        "TaskFailed",
        "TaskStateAborted",
        "WaitStateAborted",
        "ParallelStateFailed",
    ]


def test_map_runs_so_many_at_once() -> None:
    running = most = 0
    clock = VirtualClock(0.0)

    async def work(request: TaskRequest) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await clock.sleep(10)
        running -= 1
        return "ok"

    states = {
        "M": {
            "Type": "Map",
            "MaxConcurrency": 3,
            "ItemProcessor": {"StartAt": "T", "States": {"T": task()}},
            "End": True,
        }
    }
    execution = execute(states, list(range(10)), service=Calls(T=[work]), clock=clock)
    assert execution.output == ["ok"] * 10
    assert most == 3
    assert clock.now() == 40


def test_map_item_selector_and_context() -> None:
    states = {
        "M": {
            "Type": "Map",
            "Items": "{% $states.input.items %}",
            "ItemSelector": {
                "item": "{% $states.context.Map.Item.Value %}",
                "index": "{% $states.context.Map.Item.Index %}",
                "all": "{% $count($states.input.items) %}",
            },
            "ItemProcessor": {
                "StartAt": "P",
                "States": {
                    "P": {
                        "Type": "Pass",
                        "Output": "{% [$states.input, $states.context.Map.Item.Index] %}",
                        "End": True,
                    }
                },
            },
            "End": True,
        }
    }
    execution = execute(states, {"items": ["a", "b"]})
    assert execution.output == [
        [{"item": "a", "index": 0, "all": 2}, 0],
        [{"item": "b", "index": 1, "all": 2}, 1],
    ]


def test_the_events_of_iterations_one_after_another() -> None:
    states = {
        "M": {
            "Type": "Map",
            "MaxConcurrency": 1,
            "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}},
            "End": True,
        }
    }
    assert links(execute(states, [1, 2]))[1:] == [
        ("MapStateEntered", 0),
        ("MapStateStarted", 2),
        ("MapIterationStarted", 3),
        ("PassStateEntered", 4),
        ("PassStateExited", 5),
        ("MapIterationSucceeded", 6),
        ("MapIterationStarted", 6),
        ("PassStateEntered", 8),
        ("PassStateExited", 9),
        ("MapIterationSucceeded", 10),
        ("MapStateSucceeded", 11),
        ("MapStateExited", 11),
        ("ExecutionSucceeded", 13),
    ]


def test_an_empty_map_and_a_map_over_nothing_iterable() -> None:
    states = {
        "M": {
            "Type": "Map",
            "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}},
            "End": True,
        }
    }
    assert execute(states, []).output == []
    execution = execute(states, {"a": 1})
    assert (execution.status, execution.error) == ("FAILED", "States.QueryEvaluationError")
    assert (execution.cause or "").endswith('Map state input must be an array but was: {"a":1}')


def test_maps_nest() -> None:
    inner = {
        "Type": "Map",
        "ItemProcessor": {
            "StartAt": "P",
            "States": {"P": {"Type": "Pass", "Output": "{% $states.input * 2 %}", "End": True}},
        },
        "End": True,
    }
    states = {"M": {"Type": "Map", "ItemProcessor": {"StartAt": "N", "States": {"N": inner}}, "End": True}}
    assert execute(states, [[1, 2], [], [3]]).output == [[2, 4], [], [6]]


def test_a_failed_iteration_fails_the_map() -> None:
    states = {
        "M": {
            "Type": "Map",
            "ItemProcessor": {
                "StartAt": "C",
                "States": {
                    "C": {
                        "Type": "Choice",
                        "Choices": [{"Condition": "{% $states.input = 2 %}", "Next": "F"}],
                        "Default": "S",
                    },
                    "F": {"Type": "Fail", "Error": "Two", "Cause": "no twos"},
                    "S": {"Type": "Succeed"},
                },
            },
            "End": True,
        }
    }
    execution = execute(states, [1, 2, 3])
    assert (execution.status, execution.error, execution.cause) == ("FAILED", "Two", "no twos")
    assert types(execution)[-3:] == ["MapIterationFailed", "MapStateFailed", "ExecutionFailed"]


def test_an_item_selector_that_fails_cuts_the_iterations_before_it() -> None:
    states = {
        "M": {
            "Type": "Map",
            "ItemSelector": {"v": "{% $states.context.Map.Item.Value.v %}"},
            "ItemProcessor": {"StartAt": "W", "States": {"W": wait(20)}},
            "End": True,
        }
    }
    execution = execute(states, [{"v": 1}, {}])
    assert execution.error == "States.QueryEvaluationError"
    # The first iteration has begun, but its coroutine has not had its turn yet.
    assert types(execution)[4:] == [
        "EvaluationFailed",
        "MapIterationAborted",
        "MapStateFailed",
        "ExecutionFailed",
    ]
