"""The journal after every one of its commits: what goes on from there ends as if nothing had happened.

A kill from outside finds the moments that take long; this finds the others, one after another.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.engine.journal_child import EXPECTED, MACHINES, STARTED, distributed, redriven, report, starting, task
from treadle.engine import (
    Execution,
    Resource,
    TaskRequest,
    TaskResponse,
    VirtualClock,
    begin,
    load,
    redrive,
    send_task_success,
)
from treadle.engine.clock import give_way
from treadle.engine.journal import Journal
from treadle.errors import InputError, ServiceError

STARTED["broken"] = {
    "StartAt": "Work",
    "States": {"Work": task(1, Next="No"), "No": {"Type": "Fail", "Error": "Broken", "Cause": "it is"}},
}
_STARTED = [load({"QueryLanguage": "JSONata", **document}, name=name) for name, document in STARTED.items()]
STARTABLE = {machine.arn: machine for machine in _STARTED}


class Copied(Journal):
    """Copies itself after every commit, as a killed process would have left it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.copies = 0
        super().__init__(folder / "journal.sqlite", interval=0)

    def _commit(self, *changes: Any) -> None:
        super()._commit(*changes)
        place = self.folder / f"{self.copies}"
        place.mkdir()
        copy = sqlite3.connect(place / "journal.sqlite")
        self._database.backup(copy)
        copy.close()
        self.copies += 1


class Outside:
    """Functions that take a turn of the event loop, and somebody who answers tokens, even those of a process before."""

    def __init__(self) -> None:
        self.tokens: list[str] = []

    def handles(self, resource: Resource) -> bool:
        return True

    async def call(self, request: TaskRequest) -> TaskResponse:
        await give_way()
        payload = request.arguments["Payload"]
        if request.arguments["FunctionName"] == "ask":
            self.tokens.append(payload["token"])
            asyncio.get_running_loop().call_later(0.001, self.answer, payload["token"])
            return TaskResponse({})
        if isinstance(payload, dict) and payload.get("fail"):
            raise ServiceError("Busy", "not now")
        return TaskResponse({"Payload": payload})

    def answer(self, token: str) -> None:
        with suppress(ServiceError):  # nobody waits for it any more
            send_task_success(token, {"answer": 42})


async def _finish(journal: Journal, executions: list[Execution], outside: Outside, again: bool = True) -> None:
    works = [asyncio.create_task(execution.work_alone()) for execution in executions]
    loop = asyncio.get_running_loop()
    for token in outside.tokens:
        loop.call_later(0.002, outside.answer, token)
    await asyncio.gather(*works)
    await journal.settled()
    while journal.executions(status="RUNNING"):  # what was started and left alone
        await asyncio.sleep(0.001)
        await journal.settled()
    if again:
        await redriven(journal)
        await journal.settled()


def _copies(folder: Path, document: dict[str, Any], outside: Outside, given: Any) -> int:
    """Runs a machine to its end; gives how many copies there are of its journal."""

    async def work() -> int:
        journal = Copied(folder)
        clock = VirtualClock()
        assert journal.recover(service=outside, clock=clock, machines=STARTABLE) == []
        machine = load({"QueryLanguage": "JSONata", **document}, name="kept")
        execution = begin(machine, given, service=outside, clock=clock, name="x", journal=journal, machines=STARTABLE)
        await _finish(journal, [execution], outside)
        journal.close()
        return journal.copies

    return asyncio.run(work())


def _recovered(folder: Path, outside: Outside, after: Callable[[Journal], None] | None = None) -> None:
    async def work() -> None:
        journal = Journal(folder / "journal.sqlite", interval=0)
        executions = journal.recover(service=outside, clock=VirtualClock(), machines=STARTABLE)
        await _finish(journal, executions, outside)
        if after is not None:
            after(journal)
        journal.close()

    asyncio.run(work())


@pytest.mark.parametrize("kind", MACHINES)
def test_every_commit_is_one_to_go_on_from(tmp_path: Path, kind: str) -> None:
    outside = Outside()
    count = _copies(tmp_path, MACHINES[kind], outside, {"n": 0})
    wanted = report(tmp_path)
    assert wanted["x"][:2] == ["SUCCEEDED", EXPECTED[kind]]
    assert count > (0 if kind == "loop" else 1)
    for number in range(count):
        folder = tmp_path / str(number)
        _recovered(folder, outside)
        found = report(folder)
        if kind == "branches":  # how far the other branch got when it was stopped is a matter of turns
            found["x"][2] = wanted["x"][2] = None
        assert (number, found) == (number, wanted)


def test_a_start_that_fails_is_tried_again_after_every_commit(tmp_path: Path) -> None:
    tried = starting(
        "broken",
        ".sync",
        Retry=[{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1, "MaxAttempts": 2}],
        Catch=[{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput.Error %}", "Next": "Late"}],
        Next="Late",
    )
    outside = Outside()
    count = _copies(tmp_path, {"StartAt": "Try", "States": {"Try": tried, "Late": _PASS}}, outside, {})
    wanted = report(tmp_path)
    assert wanted["x"][:2] == ["SUCCEEDED", "States.TaskFailed"]
    assert [(name, found[0]) for name, found in wanted["x"][3]] == [("broken", "FAILED")] * 3
    for number in range(count):
        _recovered(tmp_path / str(number), outside)
        assert (number, report(tmp_path / str(number))) == (number, wanted)


@pytest.mark.parametrize("turns", range(1, 9))
def test_a_branch_that_is_cut_leaves_no_execution_behind(tmp_path: Path, turns: int) -> None:
    bad = {f"T{turn}": task(turn, Next=f"T{turn + 1}") for turn in range(turns)}
    bad[f"T{turns}"] = {"Type": "Fail", "Error": "Oops"}
    branches = [
        {"StartAt": "T0", "States": bad},
        {"StartAt": "N", "States": {"N": starting("middle", ".sync:2", End=True)}},
        {"StartAt": "F", "States": {"F": starting("leaf", Next="G"), "G": _PASS}},
    ]
    catch = [{"ErrorEquals": ["Oops"], "Output": "{% $states.errorOutput.Error %}", "Next": "Late"}]
    states = {"Both": {"Type": "Parallel", "Branches": branches, "Catch": catch, "Next": "Late"}, "Late": _PASS}
    outside = Outside()
    count = _copies(tmp_path, {"StartAt": "Both", "States": states}, outside, {"n": 0})
    for folder in (tmp_path, *(tmp_path / str(number) for number in range(count))):
        if folder != tmp_path:
            _recovered(folder, outside)
        status, output, transitions, started = report(folder)["x"]
        assert (status, output) == ("SUCCEEDED", "Oops")
        assert all(number == 1 for number in transitions.values())
        # The one left alone ends well; the one waited for is stopped, unless it was over (or not begun) by then.
        assert [found[0] for name, found in started if name == "leaf"] in ([], ["SUCCEEDED"])
        assert [found[0] for name, found in started if name == "middle"] in ([], ["ABORTED"], ["SUCCEEDED"])


_PASS: dict[str, Any] = {"Type": "Pass", "End": True}


def test_a_map_run_inside_a_map_run_goes_on_after_every_commit(tmp_path: Path) -> None:
    inner = distributed(
        "EXPRESS", {"I": task("{% $states.input + 1 %}", End=True)}, Items="{% [1..$states.input] %}", Label="I"
    )
    outer = distributed(
        "STANDARD", {"J": {**inner, "Next": "K"}, "K": {**_PASS, "Output": "{% $sum($states.input) %}"}}
    )
    states = {"Each": {**outer, "MaxConcurrency": 2, "Items": [1, 2, 3]}, "Sum": _PASS}
    outside = Outside()
    count = _copies(tmp_path, {"StartAt": "Each", "States": states}, outside, {})
    wanted = report(tmp_path)
    assert wanted["x"][:2] == ["SUCCEEDED", [2, 5, 9]]
    for number in range(count):
        _recovered(tmp_path / str(number), outside)
        assert (number, report(tmp_path / str(number))) == (number, wanted)


def test_what_an_express_execution_starts_is_kept(tmp_path: Path) -> None:
    states = {"S": starting("leaf", End=True)}
    machine = load({"QueryLanguage": "JSONata", "StartAt": "S", "States": states}, name="kept", type="EXPRESS")

    async def work() -> None:
        journal = Copied(tmp_path)
        execution = begin(machine, {"n": 1}, service=Outside(), journal=journal, machines=STARTABLE)
        await execution.work_alone()
        journal.close()

    asyncio.run(work())
    _recovered(tmp_path, Outside())
    journal = Journal(tmp_path / "journal.sqlite")
    assert [(one["status"], one["output"]) for one in journal.executions()] == [("SUCCEEDED", {"n": 2})]
    journal.close()


FAILING: dict[str, Any] = {
    "StartAt": "Each",
    "States": {
        "Each": {
            "Type": "Map",
            "Label": "Each",
            "Items": "{% [1..6] %}",
            "MaxConcurrency": 2,
            "ToleratedFailureCount": 1,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Before",
                "States": {
                    "Before": {"Type": "Pass", "Next": "Work"},
                    "Work": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::lambda:invoke",
                        "Arguments": {
                            "FunctionName": "f",
                            "Payload": {
                                "fail": "{% $states.input in [2, 4] and $states.context.Execution.RedriveCount = 0 %}",
                                "n": "{% $states.input %}",
                            },
                        },
                        "Output": "{% $states.result.Payload.n %}",
                        "End": True,
                    },
                },
            },
            "End": True,
        }
    },
}


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_tolerated_failure_is_not_tried_again(tmp_path: Path, kind: str) -> None:
    each = FAILING["States"]["Each"]
    config = {"Mode": "DISTRIBUTED", "ExecutionType": kind}
    processor = {**each["ItemProcessor"], "ProcessorConfig": config}
    each = {**each, "ItemProcessor": processor, "ToleratedFailureCount": 2, "MaxConcurrency": 1}
    outside = Outside()
    count = _copies(tmp_path, {"StartAt": "Each", "States": {"Each": each}}, outside, {})
    wanted = report(tmp_path)
    bad = {"Error": "Busy", "Cause": "not now"}
    assert wanted["x"][:2] == ["SUCCEEDED", [1, bad, 3, bad, 5, 6]]
    for number in range(count):
        _recovered(tmp_path / str(number), outside)
        assert (number, report(tmp_path / str(number))) == (number, wanted)


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_redrive_is_gone_on_with_after_every_commit(tmp_path: Path, kind: str) -> None:
    document = {**FAILING, "States": {"Each": {**FAILING["States"]["Each"]}}}
    processor = document["States"]["Each"]["ItemProcessor"]
    config = {"Mode": "DISTRIBUTED", "ExecutionType": kind}
    document["States"]["Each"]["ItemProcessor"] = {**processor, "ProcessorConfig": config}
    outside = Outside()
    machine = load({"QueryLanguage": "JSONata", **document}, name="kept")

    async def work() -> int:
        journal = Copied(tmp_path)
        execution = begin(machine, {}, service=outside, clock=VirtualClock(), name="x", journal=journal)
        await _finish(journal, [execution], outside, again=False)
        assert execution.error == "States.ExceedToleratedFailureThreshold"
        await asyncio.sleep(0)
        first = journal.copies
        execution.clock._now += 1
        from treadle.engine.redrive import restart

        await restart(execution)
        assert execution.output == [1, 2, 3, 4, 5, 6]
        journal.close()
        assert journal.copies > first + 1
        return first

    first = asyncio.run(work())
    wanted = report(tmp_path)

    def ends(journal: Journal) -> None:
        execution = journal.find("arn:aws:states:us-east-1:123456789012:execution:kept:x")
        assert execution is not None
        if execution.status == "FAILED":
            redrive(execution)
        assert execution.output == [1, 2, 3, 4, 5, 6]
        assert execution.redrives == 1
        assert [event[0] for event in execution.events].count("MapRunStarted") == 1
        assert [event[0] for event in execution.events].count("MapRunRedriven") == 1

    for number, folder in _folders(tmp_path):
        _recovered(folder, outside, ends)
        if number >= first or kind == "EXPRESS":
            assert (number, report(folder)) == (number, wanted)


def _folders(folder: Path) -> Iterator[tuple[int, Path]]:
    number = 0
    while (folder / str(number)).is_dir():
        yield number, folder / str(number)
        number += 1


# --- stopping --------------------------------------------------------------------------------------------------------

WAITING: dict[str, Any] = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1000, "End": True}}}


def _starting(pattern: str, name: str = "S", **more: Any) -> dict[str, Any]:
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:waiting"
    state = {"Type": "Task", "Resource": f"arn:aws:states:::states:startExecution{pattern}", "End": True, **more}
    return {
        "StartAt": name,
        "States": {name: {**state, "Arguments": {"StateMachineArn": arn, **more.get("Arguments", {})}}},
    }


def _statuses(path: Path) -> list[tuple[str, str]]:
    journal = Journal(path)
    found = [(one["arn"].split(":")[6], one["status"]) for one in journal.executions()]
    journal.close()
    return found


async def _stopped(path: Path, document: dict[str, Any], stop: Callable[[Execution], None]) -> Execution:
    """Begins an execution whose child waits, comes back to it in another journal's process, and stops it there."""
    waiting = load(WAITING, name="waiting")
    machine = load({"QueryLanguage": "JSONata", **document}, name="kept")
    journal = Journal(path, interval=0)
    clock = VirtualClock()
    clock.resume()
    execution = begin(machine, {}, journal=journal, machines={waiting.arn: waiting}, clock=clock)
    work = asyncio.create_task(execution.work_alone())
    for _ in range(10):
        await asyncio.sleep(0)
    journal.close()
    work.cancel()  # as the end of an event loop does: no execution ends with it
    await asyncio.wait([work])
    assert execution.status == "RUNNING"
    journal = Journal(path, interval=0)
    clock = VirtualClock()
    clock.resume()
    (recovered,) = [one for one in journal.recover(clock=clock, machines={waiting.arn: waiting}) if not one.parent]
    stop(recovered)
    work = asyncio.create_task(recovered.work_alone())
    for _ in range(5):
        await asyncio.sleep(0)
    stop(recovered)
    for _ in range(5):
        await asyncio.sleep(0)
    clock.pause()
    await work
    journal.close()
    return recovered


@pytest.mark.parametrize("early", [False, True])
def test_a_stopped_execution_stops_the_child_that_it_waits_for(tmp_path: Path, early: bool) -> None:
    def stop(execution: Execution) -> None:
        if early or execution._task is not None:
            execution.stop("Stopped", "by hand")

    execution = asyncio.run(_stopped(tmp_path / "j", _starting(".sync"), stop))
    assert (execution.status, execution.error) == ("ABORTED", "Stopped")
    assert _statuses(tmp_path / "j") == [("kept", "ABORTED"), ("waiting", "ABORTED")]


def test_a_task_that_times_out_stops_its_child(tmp_path: Path) -> None:
    execution = asyncio.run(_stopped(tmp_path / "j", _starting(".sync:2", TimeoutSeconds=60), lambda execution: None))
    assert (execution.status, execution.error) == ("FAILED", "States.Timeout")
    assert execution.stop_date == execution.start_date + 60  # the time before counts
    assert _statuses(tmp_path / "j") == [("kept", "FAILED"), ("waiting", "ABORTED")]


def test_a_stopped_map_stops_its_children(tmp_path: Path) -> None:
    processor = {**WAITING, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    document = {
        "StartAt": "M",
        "States": {"M": {"Type": "Map", "Label": "M", "Items": [1, 2], "ItemProcessor": processor, "End": True}},
    }
    for early in (True, False):
        path = tmp_path / str(early)

        def stop(execution: Execution, early: bool = early) -> None:
            if early or execution._task is not None:
                execution.stop()

        execution = asyncio.run(_stopped(path, document, stop))
        assert execution.status == "ABORTED"
        assert _statuses(path) == [("kept", "ABORTED"), ("kept/M", "ABORTED"), ("kept/M", "ABORTED")]
        journal = Journal(path)
        for one in journal.executions()[1:]:
            assert [event[0] for event in journal.history(one["arn"])][-1] == "ExecutionAborted"
        journal.close()


# --- names -----------------------------------------------------------------------------------------------------------


def test_a_name_is_an_executions_own(tmp_path: Path) -> None:
    leaf = load({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}, name="leaf")
    journal = Journal(tmp_path / "j")
    begin(leaf, {}, name="x", journal=journal)
    with pytest.raises(ServiceError, match="ExecutionAlreadyExists"):
        begin(leaf, {}, name="x", journal=journal)
    journal.close()


def test_the_same_start_twice_is_one_execution(tmp_path: Path) -> None:
    def branch(name: str, given: Any) -> dict[str, Any]:
        return _starting(".sync:2", name, Arguments={"Name": "one", "Input": given})

    def document(first: Any, second: Any) -> dict[str, Any]:
        both = {"Type": "Parallel", "Branches": [branch("A", first), branch("B", second)], "End": True}
        return {"QueryLanguage": "JSONata", "StartAt": "P", "States": {"P": both}}

    waiting = load(WAITING, name="waiting")

    async def work(given: Any, name: str) -> Execution:
        journal = Journal(tmp_path / name)
        machine = load(document({"n": 1}, given))
        execution = begin(machine, {}, journal=journal, machines={waiting.arn: waiting}, clock=VirtualClock())
        await execution.work_alone()
        journal.close()
        return execution

    same = asyncio.run(work({"n": 1}, "same"))
    assert same.status == "SUCCEEDED"
    assert same.output[0] == same.output[1]
    assert len(_statuses(tmp_path / "same")) == 2
    other = asyncio.run(work({"n": 2}, "other"))
    assert other.error == "StepFunctions.ExecutionAlreadyExistsException"
    assert (other.cause or "").startswith("Execution Already Exists: 'arn:aws:states:")


# --- files that are not as they were ---------------------------------------------------------------------------------


def _kept(path: Path) -> bytes:
    journal = Journal(path)
    machine = load(WAITING, name="waiting")

    async def work() -> None:
        for _ in range(200):
            task = asyncio.create_task(begin(machine, {"x": "y" * 200}, journal=journal).work_alone())
            await asyncio.sleep(0)
            task.cancel()
        journal.close()

    asyncio.run(work())
    return path.read_bytes()


def test_a_damaged_journal_is_one_clear_error(tmp_path: Path) -> None:
    whole = _kept(tmp_path / "whole")
    assert len(whole) > 50_000
    damaged = {
        "cut": whole[: len(whole) // 2 + 100],
        "short": whole[:50],
        "text": b"this is no journal at all, but a text that somebody has put in its place",
        "noise": whole[:8_192] + bytes(range(256)) * ((len(whole) - 8_192) // 256),
    }
    for name, data in damaged.items():
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(InputError, match=r"damaged|cannot be used"):
            Journal(path).recover()


def test_another_database_is_refused(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "other")
    other.execute("CREATE TABLE t (x)")
    other.commit()
    other.close()
    with pytest.raises(InputError, match="another version of Treadle, or is something else"):
        Journal(tmp_path / "other")


def test_what_was_looked_at_first_is_recovered_all_the_same(tmp_path: Path) -> None:
    waiting = load(WAITING, name="waiting")
    journal = Journal(tmp_path / "j")
    arn = begin(waiting, {}, name="x", journal=journal).arn
    journal.close()
    journal = Journal(tmp_path / "j")
    with pytest.raises(ServiceError, match="ExecutionAlreadyExists"):
        begin(waiting, {}, name="x", journal=journal)
    found = journal.find(arn)
    assert found is not None
    assert found.status == "RUNNING"
    (execution,) = journal.recover(clock=VirtualClock())
    assert execution.arn == arn
    asyncio.run(execution.work_alone())
    journal.flush()
    assert [one["status"] for one in journal.executions()] == ["SUCCEEDED"]
    journal.close()


def test_recovering_twice_gives_nothing_twice(tmp_path: Path) -> None:
    _kept(tmp_path / "j")
    journal = Journal(tmp_path / "j")
    assert len(journal.recover()) == 200
    assert journal.recover() == []
    journal.close()
