"""The journal: a process is killed again and again at random moments, and everything still ends as if it had not been.

`python -m tests.engine.test_journal --kills 200 --seed 1` is the long run.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import OrderedDict
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest

from tests.engine.journal_child import EXPECTED, MACHINES, report
from tests.engine.support import task
from treadle.engine import (
    Callbacks,
    Machine,
    Resource,
    TaskRequest,
    TaskResponse,
    VirtualClock,
    begin,
    load,
    send_task_success,
    start,
)
from treadle.engine.journal import Journal
from treadle.errors import InputError

EXECUTIONS = 40


class Color(IntEnum):
    RED = 1


_REPOSITORY = Path(__file__).resolve().parents[2]


def _child(folder: Path, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.engine.journal_child", str(folder), str(count)]
    return subprocess.Popen(command, cwd=_REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _whole_run(folder: Path, count: int) -> dict[str, Any]:
    child = _child(folder, count)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0, err
    assert out.split()[-1] == "done"
    return report(folder)


def _killed(folder: Path, count: int, kills: int, chance: random.Random) -> int:
    """Runs the load, killing it at random moments `kills` times or until it is done. Gives how often it was killed."""
    for done in range(kills):
        child = _child(folder, count)
        assert child.stdout is not None
        assert child.stderr is not None
        if child.stdout.readline().strip() == "started":
            time.sleep(chance.random() * 0.12)
        ended = child.poll()
        child.send_signal(signal.SIGKILL)
        rest, err = child.communicate()
        assert "Traceback" not in err, err
        if ended == 0 or "done" in rest:
            return done
    return kills


def check(kills: int, seed: int, count: int = EXECUTIONS) -> int:
    """Kills until that many kills are reached, over as many loads as it takes. Gives the number of kills."""
    chance = random.Random(seed)
    reached = 0
    with tempfile.TemporaryDirectory() as clean:
        wanted = _whole_run(Path(clean), count)
    while reached < kills:
        with tempfile.TemporaryDirectory() as folder:
            reached += _killed(Path(folder), count, kills - reached, chance)
            found = _whole_run(Path(folder), count)
        assert found.keys() == wanted.keys()
        for name, (status, output, transitions, started) in found.items():
            kind = name.partition("-")[0]
            assert (name, status, output) == (name, "SUCCEEDED", EXPECTED[kind])
            assert (name, started) == (name, wanted[name][3])
            if kind == "branches":  # how far the other branch got when it was stopped is a matter of time
                transitions, expected = (
                    {k: v for k, v in t.items() if k.split()[0] not in ("A", "B")}
                    for t in (transitions, wanted[name][2])
                )
                assert (name, transitions) == (name, expected)
                continue
            assert (name, transitions) == (name, wanted[name][2])
    return reached


def test_killed_at_random_moments() -> None:
    assert check(kills=15, seed=7) == 15


# --- inside one process ----------------------------------------------------------------------------------------------


class _Slow:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.calls: list[TaskRequest] = []
        self.go = asyncio.Event()

    def handles(self, resource: Resource) -> bool:
        return True

    async def call(self, request: TaskRequest) -> TaskResponse:
        self.calls.append(request)
        if request.resource.pattern == "request":
            await self.go.wait()
        return TaskResponse({"Payload": request.arguments["Payload"]})


async def _abandoned(folder: Path, document: dict[str, Any], service: _Slow, turns: int = 20) -> str:
    """Starts an execution, lets it go as far as it can and drops it as a killed process would."""
    journal = Journal(folder / "j.sqlite")
    execution = begin(load({"QueryLanguage": "JSONata", **document}), {"n": 0}, service=service, journal=journal)
    task = asyncio.create_task(execution.work_alone())
    for _ in range(turns):
        await asyncio.sleep(0)
    journal.flush()
    journal._database.close()  # what comes after this is lost
    journal._kept.clear()
    task.cancel()
    await asyncio.wait([task])
    return execution.name


def _recovered(folder: Path, service: Any, **options: Any) -> Any:
    journal = Journal(folder / "j.sqlite")
    (execution,) = journal.recover(service=service, **options)
    return journal, execution


def test_a_wait_ends_when_it_would_have(tmp_path: Path) -> None:
    document = {
        "StartAt": "W",
        "States": {"W": {"Type": "Wait", "Seconds": 86_400, "Next": "P"}, "P": {"Type": "Pass", "End": True}},
    }

    async def work() -> None:
        name = await _abandoned(tmp_path, document, _Slow())
        clock = VirtualClock(time.time() + 3600)
        journal, execution = _recovered(tmp_path, None, clock=clock)
        entered = execution.events[-1][2]
        await execution.work_alone()
        assert execution.name == name
        assert execution.status == "SUCCEEDED"
        assert execution.stop_date - entered == pytest.approx(86_400, abs=0.01)
        journal.close()

    asyncio.run(work())


def test_a_token_is_still_waited_for(tmp_path: Path) -> None:
    async def work() -> None:
        service = _Slow()
        await _abandoned(tmp_path, MACHINES["token"], service)
        token = service.calls[0].context["Task"]["Token"]
        journal, execution = _recovered(tmp_path, service)
        task = asyncio.create_task(execution.work_alone())
        for _ in range(5):
            await asyncio.sleep(0)
        assert len(service.calls) == 1  # nobody is asked a second time
        send_task_success(token, {"answer": 1})
        await task
        assert (execution.status, execution.output) == ("SUCCEEDED", {"answer": 1})
        journal.close()
        assert [kept["status"] for kept in Journal(tmp_path / "j.sqlite").executions()] == ["SUCCEEDED"]

    asyncio.run(work())


def test_a_worker_answers_the_task_that_it_took_before(tmp_path: Path) -> None:
    arn = "arn:aws:states:us-east-1:123456789012:activity:journal"
    document = {
        "StartAt": "A",
        "States": {"A": {"Type": "Task", "Resource": arn, "TimeoutSeconds": 600, "End": True}},
    }

    class Nobody(_Slow):
        def handles(self, resource: Resource) -> bool:
            return resource.service != "activity"

    async def work(took: bool) -> None:
        folder = tmp_path / str(took)
        folder.mkdir()
        callbacks = Callbacks()
        callbacks.create_activity(arn)
        journal = Journal(folder / "j.sqlite")
        machine = load({"QueryLanguage": "JSONata", **document})
        execution = begin(machine, {"n": 0}, service=Nobody(), journal=journal, callbacks=callbacks)
        work = asyncio.create_task(execution.work_alone())
        await asyncio.sleep(0)
        task = await callbacks.get_activity_task(arn, "w") if took else None
        journal.flush()
        journal.close()
        work.cancel()
        await asyncio.wait([work])

        callbacks = Callbacks()
        callbacks.create_activity(arn)
        journal, execution = _recovered(folder, Nobody(), callbacks=callbacks)
        work = asyncio.create_task(execution.work_alone())
        await asyncio.sleep(0)
        if task is None:
            task = await callbacks.get_activity_task(arn, "w")
        assert task is not None
        assert not callbacks.activities[arn]  # nobody else is given it
        callbacks.send_task_success(task["taskToken"], {"done": True})
        await work
        assert execution.output == {"done": True}
        started = [event for event in execution.history() if event["type"] == "ActivityStarted"]
        assert len(started) == 1
        journal.close()

    asyncio.run(work(took=True))
    asyncio.run(work(took=False))


def test_what_was_started_keeps_its_definition_too(tmp_path: Path) -> None:
    def child(text: str) -> Machine:
        states = {
            "W": {"Type": "Wait", "Seconds": 60, "Next": "P"},
            "P": {"Type": "Pass", "Result": text, "Next": "Q"},
            "Q": {"Type": "Pass", "End": True},
        }
        return load({"StartAt": "W", "States": states}, name="child")

    def parent(resource: str = ".sync:2") -> Machine:
        task = {
            "Type": "Task",
            "Resource": f"arn:aws:states:::states:startExecution{resource}",
            "Parameters": {"StateMachineArn": child("").arn},
            "OutputPath": "$.Output",
            "End": True,
        }
        return load({"StartAt": "S", "States": {"S": task}}, name="parent")

    async def work() -> None:
        old, new = child("old"), child("new")
        journal = Journal(tmp_path / "j.sqlite")
        clock = VirtualClock()
        clock.resume()
        execution = begin(parent(), {}, journal=journal, machines={old.arn: old}, clock=clock)
        task = asyncio.create_task(execution.work_alone())
        for _ in range(5):
            await asyncio.sleep(0)
        journal.close()
        task.cancel()
        await asyncio.wait([task])
        journal, recovered = _recovered(tmp_path, None, machines={new.arn: new}, clock=VirtualClock())
        await recovered.work_alone()
        assert recovered.output == "old"
        await start(parent(), machines={new.arn: new}, journal=journal, clock=(again := VirtualClock()))
        assert again.now() > 0
        journal.flush()
        assert [kept["output"] for kept in journal.executions()] == ["old", "old", "new", "new"]
        assert journal.prune(1e12) == 4
        journal.close()

    asyncio.run(work())


def test_what_is_waited_for_is_not_forgotten(tmp_path: Path) -> None:
    async def work() -> None:
        journal = Journal(tmp_path / "j.sqlite")
        states = {"W": {"Type": "Wait", "Seconds": "{% $states.input %}", "End": True}}
        processor = {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "W",
            "States": states,
        }
        each = {"Type": "Map", "Items": [0, 1e6], "ItemProcessor": processor, "End": True}
        machine = load({"QueryLanguage": "JSONata", "StartAt": "M", "States": {"M": each}})
        task = asyncio.create_task(begin(machine, {}, journal=journal).work_alone())
        for _ in range(10):
            await asyncio.sleep(0.001)
        assert journal.prune(time.time() + 100) == 0
        assert [kept["status"] for kept in journal.executions()] == ["RUNNING", "SUCCEEDED", "RUNNING"]
        journal.close()
        task.cancel()

    asyncio.run(work())


def test_a_task_is_called_again_and_a_map_goes_on(tmp_path: Path) -> None:
    async def work() -> None:
        service = _Slow()
        await _abandoned(tmp_path, MACHINES["map"], service)
        assert len(service.calls) == 4
        service.go.set()
        journal, execution = _recovered(tmp_path, service)
        await execution.work_alone()
        assert execution.output == {"n": 792}
        assert len(service.calls) == 4 + 12
        journal.close()

    asyncio.run(work())


def test_an_execution_goes_on_with_the_definition_that_it_began_with(tmp_path: Path) -> None:
    async def work() -> None:
        service = _Slow()
        await _abandoned(tmp_path, MACHINES["chain"], service)
        service.go.set()
        journal, execution = _recovered(tmp_path, service)
        assert execution.machine.definition["StartAt"] == "One"
        assert execution.input == {"n": 0}
        await execution.work_alone()
        assert execution.output == EXPECTED["chain"]
        history = execution.history()
        assert [event["id"] for event in history] == list(range(1, len(history) + 1))
        assert all(event["previousEventId"] < event["id"] for event in history)
        journal.close()

    asyncio.run(work())


def test_a_journal_holds_plain_values_only(tmp_path: Path) -> None:
    import pickle

    async def work() -> None:
        await _abandoned(tmp_path, MACHINES["chain"], _Slow())

    asyncio.run(work())
    journal = Journal(tmp_path / "j.sqlite")
    journal._database.execute("UPDATE events SET data = ?", (pickle.dumps([print]),))
    with pytest.raises(InputError, match="plain values"):
        journal.recover(service=_Slow())
    journal.close()


def test_values_of_subclasses_are_kept_as_the_plain_values_they_are(tmp_path: Path) -> None:
    class Name(str): ...

    class Answers(_Slow):
        async def call(self, request: TaskRequest) -> TaskResponse:
            return TaskResponse(OrderedDict(color=Color.RED, name=Name("red"), inner=OrderedDict(ratio=0.5)))

    states = {"T": task(Next="W"), "W": {"Type": "Wait", "Seconds": 9, "End": True}}
    asyncio.run(_abandoned(tmp_path, {"StartAt": "T", "States": states}, Answers()))
    journal, execution = _recovered(tmp_path, _Slow())
    assert execution.frame.value == {"color": 1, "name": "red", "inner": {"ratio": 0.5}}
    assert [type(value) for value in execution.frame.value.values()] == [int, str, dict]
    journal.close()


def test_what_is_old_is_forgotten_while_another_is_reading(tmp_path: Path) -> None:
    async def work() -> None:
        journal = Journal(tmp_path / "j.sqlite")
        document = {"QueryLanguage": "JSONata", **MACHINES["loop"]}
        for _ in range(2):
            await start(load(document), {"n": 0}, journal=journal)
        journal.flush()
        reading = journal._database.execute("SELECT id FROM executions")
        assert reading.fetchone()
        assert journal.prune(time.time() + 1) == 2
        journal._database.execute("PRAGMA query_only = ON")
        with pytest.raises(sqlite3.OperationalError):
            journal.prune(0)
        journal._database.execute("PRAGMA query_only = OFF")
        assert journal.prune(0) == 0
        journal.close()

    asyncio.run(work())


def test_only_one_process_uses_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    with pytest.raises(InputError, match="another process"):
        Journal(tmp_path / "j.sqlite")
    journal.close()
    Journal(tmp_path / "j.sqlite", fsync=True).close()
    with pytest.raises(InputError, match="cannot be used"):
        Journal(tmp_path / "no" / "j.sqlite")


def test_what_could_not_be_written_is_written_later(tmp_path: Path) -> None:
    async def work() -> None:
        service = _Slow()
        journal = Journal(tmp_path / "j.sqlite", interval=60)
        machine = load({"QueryLanguage": "JSONata", **MACHINES["chain"]})
        execution = begin(machine, {"n": 0}, service=service, journal=journal)
        task = asyncio.create_task(execution.work_alone())
        await asyncio.sleep(0)
        journal._database.execute("PRAGMA query_only = ON")  # as if the disk were full
        with pytest.raises(sqlite3.OperationalError):
            await journal.settled()
        service.go.set()
        await task
        with pytest.raises(sqlite3.OperationalError):
            journal.flush()
        journal._database.execute("PRAGMA query_only = OFF")
        journal.flush()
        assert journal.history(execution.arn) == execution.events
        assert [kept["output"] for kept in journal.executions()] == [EXPECTED["chain"]]
        journal.close()

    asyncio.run(work())


def test_what_cannot_be_written_is_not_tried_all_the_time(tmp_path: Path) -> None:
    async def work() -> list[object]:
        problems: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: problems.append(context["exception"]))
        journal = Journal(tmp_path / "j.sqlite", interval=0)
        journal._database.execute("PRAGMA query_only = ON")
        machine = load({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 9, "End": True}}})
        begin(machine, journal=journal)
        await asyncio.sleep(0.1)
        with pytest.raises(sqlite3.OperationalError):
            journal.close()
        return problems

    assert len(asyncio.run(work())) == 1
    Journal(tmp_path / "j.sqlite").close()  # it was let go of


def test_values_as_deep_as_they_may_be_are_kept(tmp_path: Path) -> None:
    deep: Any = 1
    for _ in range(495):
        deep = [deep]

    async def work() -> None:
        service = _Slow()
        journal = Journal(tmp_path / "j.sqlite")
        machine = load({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 9, "End": True}}})
        task = asyncio.create_task(begin(machine, deep, service=service, journal=journal).work_alone())
        await asyncio.sleep(0)
        journal.close()
        task.cancel()
        journal, execution = _recovered(tmp_path, service)
        assert execution.input == deep
        journal.close()

    asyncio.run(work())


def test_a_run_without_a_loop_is_kept_too(tmp_path: Path) -> None:
    from treadle.engine import run

    journal = Journal(tmp_path / "j.sqlite")
    machine = load({"QueryLanguage": "JSONata", **MACHINES["loop"]}, name="loop")
    execution = run(machine, {"n": 0}, journal=journal)
    journal.flush()
    (kept,) = journal.executions()
    assert (kept["arn"], kept["status"], kept["output"]) == (execution.arn, "SUCCEEDED", {"n": 60})
    assert journal.history(execution.arn) == execution.events
    assert journal.executions(status="RUNNING") == []
    assert journal.executions(arn=execution.arn) == [kept]
    assert journal.prune(execution.stop_date) == 0
    assert journal.prune(execution.stop_date + 1) == 1
    assert journal.history(execution.arn) == []
    assert journal.executions() == []
    journal.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.perf_counter()
    print(f"{check(options.kills, options.seed)} kills, no difference, {time.perf_counter() - began:.0f} s")
