"""One execution that several wait for: it is run once, and ends with the one that started it only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.support import machine, task, types
from treadle.engine import Execution, Resource, TaskRequest, TaskResponse, VirtualClock, begin, load
from treadle.engine.describe import describe
from treadle.engine.journal import Journal

INNER = load({"QueryLanguage": "JSONata", "StartAt": "Work", "States": {"Work": task()}}, name="inner")
MACHINES = {INNER.arn: INNER}
ONCE = ["ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited",
        "ExecutionSucceeded"]  # fmt: skip


class Worker:
    """Answers once it is let."""

    def __init__(self) -> None:
        self.calls = 0
        self.free = asyncio.Event()
        self.until: Callable[[], Awaitable[object]] = self.free.wait

    def handles(self, resource: Resource) -> bool:
        return resource.service != "states"

    async def call(self, request: TaskRequest) -> TaskResponse:
        self.calls += 1
        await self.until()
        return TaskResponse("done")


def starting(pattern: str, **fields: Any) -> dict[str, Any]:
    arguments = {"StateMachineArn": INNER.arn, "Name": "one", "Input": {}}
    return {**task(f"arn:aws:states:::states:startExecution{pattern}", **fields), "Arguments": arguments}


def both(first: dict[str, Any], second: dict[str, Any]) -> Any:
    branches = [{"StartAt": name, "States": {name: state}} for name, state in (("First", first), ("Second", second))]
    return machine({"Both": {"Type": "Parallel", "Branches": branches, "End": True}})


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("patterns", [("", ".sync:2"), (".sync:2", ""), (".sync", ".sync:2")])
def test_branches_that_start_the_same_execution_share_it(tmp_path: Path, patterns: tuple[str, str]) -> None:
    async def work() -> None:
        worker = Worker()
        journal = Journal(tmp_path / "journal.sqlite")
        first, second = patterns
        outer = begin(both(starting(first), starting(second)), service=worker, machines=MACHINES, journal=journal)
        running = asyncio.create_task(outer.work_alone())
        await until(lambda: worker.calls)
        inner = journal.find(INNER.arn.replace(":stateMachine:", ":execution:") + ":one")
        assert inner is not None
        worker.free.set()
        await running
        assert (outer.status, inner.status, worker.calls) == ("SUCCEEDED", "SUCCEEDED", 1)
        assert types(inner) == ONCE
        journal.close()

    asyncio.run(work())


def test_a_wait_that_times_out_ends_the_execution_for_the_other_branch_too(tmp_path: Path) -> None:
    async def work() -> None:
        clock = VirtualClock()
        worker = Worker()
        worker.until = lambda: clock.sleep(60)
        journal = Journal(tmp_path / "journal.sqlite")
        hasty = starting(".sync", TimeoutSeconds=1, Retry=[{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 9}])
        outer = begin(both(starting(".sync"), hasty), service=worker, clock=clock, machines=MACHINES,
                      journal=journal)  # fmt: skip
        await asyncio.wait_for(outer.work_alone(), 5)
        journal.flush()
        assert (outer.status, outer.error) == ("FAILED", "States.TaskFailed")
        assert '"Status":"ABORTED"' in str(outer.cause)
        (inner,) = [row for row in journal.executions() if row["name"] == "one"]
        assert inner["status"] == "ABORTED"
        assert [event[0] for event in journal.history(inner["arn"])].count("ExecutionAborted") == 1
        journal.close()

    asyncio.run(work())


async def kept(path: Path) -> None:
    """An execution that waits for one of another's, which began after it; then the process ends."""
    worker = Worker()
    journal = Journal(path)
    waits = {"Type": "Wait", "Seconds": 0, "Next": "Start"}
    outer = begin(machine({"Before": waits, "Start": starting(".sync:2")}), service=worker, machines=MACHINES,
                  journal=journal, name="outer")  # fmt: skip
    inner = begin(INNER, {}, service=worker, journal=journal, name="one")
    tasks = [asyncio.create_task(execution.work_alone()) for execution in (outer, inner)]
    await until(lambda: outer.frame.submitted)
    journal.close()
    for running in tasks:
        running.cancel()
    await asyncio.wait(tasks)


def recovered(journal: Journal, worker: Worker) -> tuple[Execution, Execution]:
    outer, inner = journal.recover(service=worker, machines=MACHINES)
    assert (outer.name, inner.name) == ("outer", "one")
    return outer, inner


def test_a_recovered_execution_that_another_waits_for_is_run_once(tmp_path: Path) -> None:
    async def work() -> None:
        await kept(tmp_path / "journal.sqlite")
        worker = Worker()
        worker.free.set()
        journal = Journal(tmp_path / "journal.sqlite")
        outer, inner = recovered(journal, worker)
        await asyncio.gather(outer.work_alone(), inner.work_alone())
        assert (outer.status, inner.status, worker.calls) == ("SUCCEEDED", "SUCCEEDED", 1)
        assert types(inner)[-4:] == ONCE[-4:]
        assert outer.output["ExecutionArn"] == describe(inner)["executionArn"]
        journal.close()

    asyncio.run(work())


def test_an_execution_of_another_goes_on_when_the_one_that_waits_is_stopped(tmp_path: Path) -> None:
    async def work() -> None:
        await kept(tmp_path / "journal.sqlite")
        worker = Worker()
        journal = Journal(tmp_path / "journal.sqlite")
        outer, inner = recovered(journal, worker)
        running = [asyncio.create_task(execution.work_alone()) for execution in (outer, inner)]
        await until(lambda: worker.calls)
        outer.stop()
        await running[0]
        worker.free.set()
        await running[1]
        assert (outer.status, inner.status, worker.calls) == ("ABORTED", "SUCCEEDED", 1)
        journal.close()

    asyncio.run(work())
