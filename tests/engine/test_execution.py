"""Executions as a whole: how they start and end, quotas, clocks, observers, redrive, what the API shows of them."""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import threading
import time
from typing import Any

import pytest

from tests.engine.support import Calls, execute, links, machine, task, types
from treadle.engine import STANDARD, UNLIMITED, Limits, VirtualClock, begin, load, redrive, run, start
from treadle.engine.clock import give_way
from treadle.engine.describe import describe, log, sync_response
from treadle.errors import DefinitionError, InputError, ServiceError

PASS = {"A": {"Type": "Pass", "End": True}}
LOOP = {
    "A": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input < 1e9 %}", "Next": "B"}], "Default": "C"},
    "B": {"Type": "Pass", "Output": "{% $states.input + 1 %}", "Next": "A"},
    "C": {"Type": "Succeed"},
}


def test_a_year_of_waiting_takes_no_time_and_keeps_its_dates() -> None:
    clock = VirtualClock(0.0)
    began = time.perf_counter()
    execution = execute({"A": {"Type": "Wait", "Seconds": 31_536_000, "End": True}}, clock=clock)
    assert time.perf_counter() - began < 1
    assert (execution.start_date, execution.stop_date) == (0, 31_536_000)


def test_the_event_quota_ends_the_execution() -> None:
    states = {**LOOP, "B": {**LOOP["B"], "Next": "A"}}
    execution = execute(states, 0)
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
    events = execution.history()
    assert len(events) == 25_000
    assert events[-1]["type"] == "ExecutionFailed"
    assert events[-1]["previousEventId"] == 24_999


def test_the_event_quota_is_not_caught() -> None:
    inner = {"StartAt": "A", "States": LOOP}
    states = {
        "P": {
            "Type": "Parallel",
            "Branches": [inner],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}],
            "Next": "Z",
        },
        "Z": {"Type": "Succeed"},
    }
    execution = execute(states, 0, limits=Limits(events=100))
    assert execution.error == "States.Runtime"
    assert len(execution.history()) == 100


def test_an_express_loop_ends_with_its_five_minutes() -> None:
    again = {"Type": "Choice", "Choices": [{"Condition": "{% $states.input = {} %}", "Next": "W"}], "Default": "X"}
    states = {"W": {"Type": "Wait", "Seconds": 60, "Next": "C"}, "C": again, "X": {"Type": "Succeed"}}
    execution = execute(states, type="EXPRESS", clock=VirtualClock(0.0))
    assert (execution.status, execution.stop_date) == ("TIMED_OUT", 300)
    assert ":express:machine:" in execution.arn


def test_the_machines_timeout() -> None:
    states = {"W": {"Type": "Wait", "Seconds": 60, "End": True}}
    execution = execute(states, top={"TimeoutSeconds": 5}, clock=VirtualClock(0.0))
    assert (execution.status, execution.error, execution.cause) == ("TIMED_OUT", None, None)
    assert execution.stop_date == 5
    assert links(execution)[-1] == ("ExecutionTimedOut", 0)


def test_a_spinning_machine_obeys_its_timeout_in_real_time() -> None:
    execution = run(machine(LOOP, TimeoutSeconds=1), 0, limits=UNLIMITED)
    assert execution.status == "TIMED_OUT"


def test_stopping() -> None:
    async def stopped() -> Any:
        execution = begin(machine({"W": {"Type": "Wait", "Seconds": 600, "End": True}}))
        work = asyncio.create_task(execution.work_alone())
        for _ in range(3):
            await give_way()
        execution.stop("Enough", "of that")
        await work
        return execution

    execution = asyncio.run(stopped())
    assert (execution.status, execution.error, execution.cause) == ("ABORTED", "Enough", "of that")
    assert links(execution)[-1] == ("ExecutionAborted", 0)


def test_stopping_from_within_a_state_that_fails() -> None:
    async def stopped() -> Any:
        states = {"W": {"Type": "Wait", "Seconds": 1, "Next": "F"}, "F": {"Type": "Fail", "Error": "No"}}
        execution = begin(
            machine(states),
            clock=VirtualClock(),
            observer=lambda event: event["type"] == "FailStateEntered" and execution.stop("Enough"),  # type: ignore[func-returns-value]
        )
        await execution.work_alone()
        return execution

    execution = asyncio.run(stopped())
    assert (execution.status, execution.error) == ("ABORTED", "Enough")


def test_run_inside_a_running_loop() -> None:
    async def cell() -> Any:
        return run(machine({"A": task()}), service=Calls(A=["x"]))

    assert asyncio.run(cell()).output == "x"


def test_observers_see_every_event_as_it_happens() -> None:
    seen: list[dict[str, Any]] = []
    execution = execute({"A": task()}, service=Calls(A=["x"]), observer=seen.append)
    assert seen == execution.history()


def test_an_input_over_the_limit_is_refused() -> None:
    with pytest.raises(InputError, match="256 KiB"):
        run(machine(PASS), "x" * 262_143)


def test_an_output_over_the_limit_fails_where_no_catch_sees_it() -> None:
    states = {
        "A": task(Output="{% $pad('', 300000, 'x') %}", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B"}], Next="B"),
        "B": {"Type": "Succeed"},
    }
    execution = execute(states, service=Calls(A=["x"]))
    assert (execution.status, execution.error) == ("FAILED", "States.DataLimitExceeded")


def test_variables_have_their_limits() -> None:
    states = {"A": {"Type": "Pass", "Assign": {"big": "{% $pad('', 300000, 'x') %}"}, "End": True}}
    assert execute(states).error in ("States.DataLimitExceeded", "States.QueryEvaluationError")
    many = {
        f"S{index}": {
            "Type": "Pass",
            "Assign": {f"v{index}": "{% $pad('', 250000, 'x') %}"},
            "Output": 1,
            **({"Next": f"S{index + 1}"} if index < 44 else {"End": True}),
        }
        for index in range(45)
    }
    execution = execute(many)
    assert execution.status == "FAILED"
    assert "10 MiB" in (execution.cause or "")
    assert types(execution).count("PassStateExited") == 41


def test_non_ascii_counts_in_bytes() -> None:
    assert execute(PASS, "é" * 131_000).status == "SUCCEEDED"
    with pytest.raises(InputError):
        execute(PASS, "é" * 131_080)


def test_redrive_goes_on_where_it_failed() -> None:
    states = {"A": {"Type": "Pass", "Assign": {"v": 1}, "Next": "B"}, "B": task(Output="{% [$v, $states.result] %}")}
    execution = execute(states, service=Calls(B=[ServiceError("Down"), "up"]))
    assert (execution.status, describe(execution)["redriveStatus"]) == ("FAILED", "REDRIVABLE")
    redrive(execution)
    assert (execution.status, execution.output, execution.error) == ("SUCCEEDED", [1, "up"], None)
    assert types(execution)[5:] == [
        "TaskStarted",
        "TaskFailed",
        "ExecutionFailed",
        "ExecutionRedriven",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    assert describe(execution)["redriveCount"] == 1
    assert describe(execution)["redriveDate"] == execution.events[8][2]


def test_what_a_redriven_state_does_follows_its_entered_event() -> None:
    retry = [{"ErrorEquals": ["Down"], "MaxAttempts": 1}]
    execution = execute({"B": task(Retry=retry)}, service=Calls(B=[*[ServiceError("Down")] * 4, "up"]))
    redrive(execution)
    redrive(execution)
    chain = links(execution)
    assert [link for link in chain if link[0] == "ExecutionRedriven"] == [
        ("ExecutionRedriven", 9),
        ("ExecutionRedriven", 17),
    ]
    assert chain[10:] == [
        ("TaskScheduled", 2),
        ("TaskStarted", 11),
        ("TaskFailed", 12),
        ("TaskScheduled", 13),
        ("TaskStarted", 14),
        ("TaskFailed", 15),
        ("ExecutionFailed", 16),
        ("ExecutionRedriven", 17),
        ("TaskScheduled", 2),
        ("TaskStarted", 19),
        ("TaskSucceeded", 20),
        ("TaskStateExited", 21),
        ("ExecutionSucceeded", 22),
    ]


def test_redriven_branches_follow_where_they_entered_their_states() -> None:
    branches = [{"StartAt": name, "States": {name: task()}} for name in ("A", "B")]
    states = {"P": {"Type": "Parallel", "Branches": branches, "End": True}}
    execution = execute(states, service=Calls(A=["a"], B=[ServiceError("Down"), "b"]))
    entered = next(
        event["id"] for event in execution.history() if event.get("stateEnteredEventDetails", {}).get("name") == "B"
    )
    redrive(execution)
    chain = links(execution)
    place = next(index for index, (kind, _) in enumerate(chain) if kind == "ExecutionRedriven")
    assert chain[place:] == [
        ("ExecutionRedriven", place),
        ("TaskScheduled", entered),
        ("TaskStarted", place + 2),
        ("TaskSucceeded", place + 3),
        ("TaskStateExited", place + 4),
        ("ParallelStateSucceeded", place + 5),
        ("ParallelStateExited", place + 5),
        ("ExecutionSucceeded", place + 7),
    ]


def test_a_redriven_fail_state_fails_at_once() -> None:
    execution = execute({"F": {"Type": "Fail", "Error": "E", "Cause": "why"}})
    redrive(execution)
    assert (execution.status, execution.error, execution.cause) == ("FAILED", "E", "why")
    assert links(execution)[2:] == [("ExecutionFailed", 2), ("ExecutionRedriven", 3), ("ExecutionFailed", 4)]


def test_redrive_runs_only_what_did_not_end_well() -> None:
    inner = {"StartAt": "T", "States": {"T": task(Arguments={"FunctionName": "f", "Payload": "{% $states.input %}"})}}
    states = {"M": {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": inner, "End": True}}
    service = Calls(T=["one", "two", ServiceError("Down"), "three", "four"])
    execution = execute(states, [1, 2, 3, 4], service=service)
    assert execution.error == "Down"
    redrive(execution)
    assert execution.output == ["one", "two", "three", "four"]
    assert [request.arguments["Payload"] for request in service.requests] == [1, 2, 3, 3, 4]


@pytest.mark.parametrize("type", ["STANDARD", "EXPRESS"])
def test_what_cannot_be_redriven(type: str) -> None:
    execution = execute(PASS, type=type)
    with pytest.raises(ServiceError) as told:
        redrive(execution)
    assert told.value.error == "ExecutionNotRedrivable"
    assert (told.value.cause or "").startswith(f"Execution {execution.arn} invalid for redrive as: Execution is ")


def test_the_log_has_the_levels_of_the_service() -> None:
    execution = execute({"A": {"Type": "Fail", "Error": "E"}}, {"x": 1})
    assert [event["type"] for event in log(execution)] == ["ExecutionStarted", "FailStateEntered", "ExecutionFailed"]
    assert [event["type"] for event in log(execution, "ERROR")] == ["FailStateEntered", "ExecutionFailed"]
    assert [event["type"] for event in log(execution, "FATAL")] == ["ExecutionFailed"]
    assert log(execution, "OFF") == []
    assert log(execution, "ALL", data=False)[1]["details"] == {"name": "A"}


def test_a_synchronous_express_answer_says_what_is_billed() -> None:
    execution = execute({"W": {"Type": "Wait", "Seconds": 1, "End": True}}, type="EXPRESS")
    assert sync_response(execution)["billingDetails"] == {
        "billedDurationInMilliseconds": 1000,
        "billedMemoryUsedInMB": 64,
    }


def test_the_input_stands_in_its_own_words_in_the_first_event_only() -> None:
    text = '{"a":  1.0}'
    execution = run(machine(PASS), json.loads(text), text=text)
    events = execution.history()
    assert events[0]["executionStartedEventDetails"]["input"] == text
    assert events[1]["stateEnteredEventDetails"]["input"] == '{"a":1.0}'


def test_what_the_service_refuses_is_refused() -> None:
    with pytest.raises(DefinitionError):
        load({"StartAt": "B", "States": PASS})
    with pytest.raises(DefinitionError):
        load("{")


def test_ten_thousand_executions_wait_in_one_loop() -> None:
    waiting = machine({"W": {"Type": "Wait", "Seconds": 1000, "End": True}})

    async def many() -> int:
        clock = VirtualClock(0.0)
        clock.resume()
        works = [asyncio.create_task(start(waiting, clock=clock)) for _ in range(10_000)]
        for _ in range(3):
            await give_way()
        clock.pause()
        return sum(execution.status == "SUCCEEDED" for execution in await asyncio.gather(*works))

    assert asyncio.run(many()) == 10_000


def test_standard_limits_are_the_services() -> None:
    assert (STANDARD.payload, STANDARD.events, STANDARD.variables) == (262_144, 25_000, 10_485_760)


def test_an_aborted_execution_goes_on_inside_its_states() -> None:
    def wait(name: str) -> dict[str, Any]:
        return {"StartAt": name, "States": {name: {"Type": "Wait", "Seconds": 60, "End": True}}}

    each = {"Type": "Map", "ItemProcessor": wait("W"), "End": True}
    states = {
        "P": {
            "Type": "Parallel",
            "Branches": [wait("V"), {"StartAt": "M", "States": {"M": each}}],
            "End": True,
        }
    }

    async def stopped() -> Any:
        clock = VirtualClock(0.0)
        clock.resume()  # so that no wait comes to its end
        execution = begin(machine(states), [1, 2], clock=clock)
        work = asyncio.create_task(execution.work_alone())
        for _ in range(10):
            await give_way()
        execution.stop()
        await work
        clock.pause()
        return execution

    execution = asyncio.run(stopped())
    assert execution.status == "ABORTED"
    entered = sum(kind.endswith("StateEntered") for kind in types(execution))
    redrive(execution)
    assert (execution.status, execution.output) == ("SUCCEEDED", [[1, 2], [1, 2]])
    assert sum(kind.endswith("StateEntered") for kind in types(execution)) == entered
    assert execution.stop_date == 60


def test_a_timed_out_execution_has_its_whole_time_again() -> None:
    answers: list[Any] = [ServiceError("Busy")] * 3 + ["done"]
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 10, "BackoffRate": 1.0, "MaxAttempts": 5}]
    execution = execute({"A": task(Retry=retry)}, service=Calls(A=answers), top={"TimeoutSeconds": 25})
    assert execution.status == "TIMED_OUT"
    redrive(execution)
    assert (execution.status, execution.output) == ("SUCCEEDED", "done")


@pytest.mark.filterwarnings("error")
def test_threads_run_executions_and_leave_no_loop_open() -> None:
    waiting = machine({"A": task()})
    outputs: list[Any] = []

    def work() -> None:
        outputs.extend(run(waiting, service=Calls(A=["x"])).output for _ in range(3))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gc.collect()
    assert outputs == ["x"] * 12


@pytest.mark.parametrize("language", ["JSONata", "JSONPath"])
def test_a_value_that_recurs_thousands_of_times_is_not_written_to_be_measured(language: str) -> None:
    big = "x" * 200_000
    if language == "JSONata":
        state = {"Type": "Pass", "Output": ["{% $states.input %}"] * 5000, "End": True}
    else:
        state = {"Type": "Pass", "Parameters": {f"f{number}.$": "$" for number in range(5000)}, "End": True}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    execution = execute({"A": state}, big, language=language)
    assert (execution.status, execution.error) == ("FAILED", "States.DataLimitExceeded")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024
