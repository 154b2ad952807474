"""What each event follows: the chains of branches and iterations, and which events are passed by."""

from __future__ import annotations

from typing import Any

from tests.engine.support import Calls, execute, links, task
from treadle.errors import ServiceError

FAIL = {"Type": "Fail", "Error": "MyError", "Cause": "my cause"}
PASS = {"Type": "Pass", "End": True}
UNDEFINED = {"Type": "Pass", "Output": {"v": "{% $states.input.missing %}"}, "End": True}
MISSING = {"Type": "Pass", "Parameters": {"m.$": "$.nope"}, "End": True}


def parallel(state: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": state}}], "End": True, **fields}


def each(state: dict[str, Any], **fields: Any) -> dict[str, Any]:
    processor = {"StartAt": "I", "States": {"I": state}}
    return {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": processor, "End": True, **fields}


def test_a_parallel_goes_on_from_its_last_branch_and_passes_its_success_by() -> None:
    assert links(execute({"P": parallel(PASS)})) == [
        ("ExecutionStarted", 0),
        ("ParallelStateEntered", 0),
        ("ParallelStateStarted", 2),
        ("PassStateEntered", 3),
        ("PassStateExited", 4),
        ("ParallelStateSucceeded", 5),
        ("ParallelStateExited", 5),
        ("ExecutionSucceeded", 7),
    ]


def test_a_failure_of_its_own_follows_the_success_of_its_branches() -> None:
    execution = execute({"P": parallel(PASS, ResultSelector={"m.$": "$.nope"})}, {"x": 1}, language="JSONPath")
    assert links(execution)[-2:] == [("ParallelStateSucceeded", 5), ("ExecutionFailed", 6)]
    assert (execution.cause or "").startswith("An error occurred while executing the state 'P' (entered at the event")


def test_a_runtime_error_inside_leaves_no_failed_event_around_it() -> None:
    inside = execute({"P": parallel(MISSING)}, {}, language="JSONPath")
    assert links(inside)[2:] == [("ParallelStateStarted", 2), ("PassStateEntered", 3), ("ExecutionFailed", 4)]
    assert "the state 'B' (entered at the event id #4)" in (inside.cause or "")
    mapped = execute({"M": each(MISSING)}, [1, 2], language="JSONPath")
    assert links(mapped)[3:] == [("MapIterationStarted", 3), ("PassStateEntered", 4), ("ExecutionFailed", 5)]


def test_a_failed_iteration_is_passed_by() -> None:
    assert links(execute({"M": each(UNDEFINED)}, [1, 2]))[3:] == [
        ("MapIterationStarted", 3),
        ("PassStateEntered", 4),
        ("EvaluationFailed", 5),
        ("MapIterationFailed", 6),
        ("MapStateFailed", 6),
        ("ExecutionFailed", 8),
    ]


def test_a_task_that_ends_its_branch_is_aborted() -> None:
    states = {
        "P": parallel(task(), Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Z"}]),
        "Z": PASS,
    }
    execution = execute(states, service=Calls(B=[ServiceError("E", "why")]))
    assert links(execution)[6:11] == [
        ("TaskFailed", 6),
        ("TaskStateAborted", 7),
        ("ParallelStateFailed", 7),
        ("ParallelStateExited", 9),
        ("PassStateEntered", 10),
    ]


def test_what_a_failure_cuts_follows_that_failure() -> None:
    long = {"Type": "Wait", "Seconds": 20, "End": True}
    pause = {"Type": "Wait", "Seconds": 1, "Next": "Boom"}
    failing = {"StartAt": "Pause", "States": {"Pause": pause, "Boom": FAIL}}
    branches = [{"StartAt": "Long", "States": {"Long": long}}, failing]
    cut = links(execute({"P": {"Type": "Parallel", "Branches": branches, "End": True}}))
    failure = next(place for place, (kind, _) in enumerate(cut, 1) if kind == "FailStateEntered")
    assert cut[failure:] == [
        ("WaitStateAborted", failure),
        ("ParallelStateFailed", failure),
        ("ExecutionFailed", failure + 2),
    ]
    route = {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input = 'fail' %}", "Next": "Pause"}],
        "Default": "Long",
    }
    states = {"Route": route, "Pause": pause, "Boom": FAIL, "Long": long}
    processor = {"StartAt": "Route", "States": states}
    mapped = links(execute({"M": {"Type": "Map", "ItemProcessor": processor, "End": True}}, ["wait", "fail"]))
    failure = next(place for place, (kind, _) in enumerate(mapped, 1) if kind == "FailStateEntered")
    assert mapped[failure:] == [
        ("MapIterationAborted", failure),
        ("WaitStateAborted", failure),
        ("MapIterationFailed", failure),
        ("MapStateFailed", failure),
        ("ExecutionFailed", failure + 4),
    ]


def test_a_caught_task_in_a_branch_is_not_aborted() -> None:
    branch = {
        "StartAt": "B",
        "States": {"B": task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "C"}]), "C": PASS},
    }
    states = {"P": {"Type": "Parallel", "Branches": [branch], "End": True}}
    execution = execute(states, service=Calls(B=[ServiceError("E", "why")]))
    assert execution.output == [{"Error": "E", "Cause": "why"}]
    assert not any(kind == "TaskStateAborted" for kind, _ in links(execution))


def test_a_retried_parallel_starts_again_from_what_failed() -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]
    assert links(execute({"P": parallel(FAIL, Retry=retry)}))[2:] == [
        ("ParallelStateStarted", 2),
        ("FailStateEntered", 3),
        ("ParallelStateStarted", 4),
        ("FailStateEntered", 5),
        ("ParallelStateFailed", 6),
        ("ExecutionFailed", 7),
    ]


def test_every_attempt_records_its_failed_evaluation() -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]
    arguments = {"FunctionName": "f", "Payload": "{% $states.input.missing %}"}
    execution = execute({"A": task(Arguments=arguments, Retry=retry)}, service=Calls())
    assert links(execution) == [
        ("ExecutionStarted", 0),
        ("TaskStateEntered", 0),
        ("EvaluationFailed", 2),
        ("EvaluationFailed", 3),
        ("ExecutionFailed", 4),
    ]


def test_a_catcher_that_fails_itself_is_chained_from_before_the_state_failed() -> None:
    catch = [
        {"ErrorEquals": ["Other"], "Next": "Z"},
        {"ErrorEquals": ["States.ALL"], "Output": {"v": "{% $states.input.missing %}"}, "Next": "Z"},
    ]
    execution = execute({"P": parallel(FAIL, Catch=catch), "Z": PASS})
    assert links(execution)[3:] == [
        ("FailStateEntered", 3),
        ("ParallelStateFailed", 4),
        ("EvaluationFailed", 4),
        ("ParallelStateFailed", 6),
        ("ExecutionFailed", 7),
    ]
    assert "'Catch[1]/Output/v'" in (execution.cause or "")


def test_a_distributed_map_is_left_from_the_start_of_its_run() -> None:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "I",
        "States": {"I": PASS},
    }
    execution = execute({"D": {"Type": "Map", "ItemProcessor": processor, "End": True}}, [1, 2])
    assert links(execution)[2:] == [
        ("MapStateStarted", 2),
        ("MapRunStarted", 3),
        ("MapRunSucceeded", 4),
        ("MapStateSucceeded", 5),
        ("MapStateExited", 4),
        ("ExecutionSucceeded", 7),
    ]
