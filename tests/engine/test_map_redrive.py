"""A redriven Map Run: what runs again, what is kept, and what is told of it.

The shapes and numbers are those recorded of AWS for the same run: six items, two at once, no failure tolerated.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.engine.support import links
from treadle.engine import Execution, Resource, TaskRequest, TaskResponse, VirtualClock, begin, load, redrive, run
from treadle.engine.describe import describe
from treadle.engine.journal import Journal
from treadle.engine.storage import Folders
from treadle.errors import ServiceError

PUT = "arn:aws:states:::s3:putObject"


class Worker:
    """Fails for the items in `bad`; notes every item it was called with."""

    def __init__(self, folder: Path, bad: set[int]) -> None:
        self.storage = Folders(folder)
        self.bad = bad
        self.calls: list[int] = []
        self.executions: dict[int, list[str]] = {}

    def handles(self, resource: Resource) -> bool:
        return True

    async def call(self, request: TaskRequest) -> TaskResponse:
        item = request.arguments["Payload"]
        self.calls.append(item)
        self.executions.setdefault(item, []).append(request.context["Execution"]["Id"])
        await asyncio.sleep(0)
        if item in self.bad:
            raise ServiceError("Bad", f"{item} is bad")
        return TaskResponse({"Payload": item * 10})


def document(kind: str = "STANDARD", **fields: Any) -> dict[str, Any]:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
        "StartAt": "Before",
        "States": {
            "Before": {"Type": "Pass", "Next": "Pause"},
            "Pause": {"Type": "Wait", "Seconds": "{% $states.input.wait %}", "Next": "Work"},
            "Work": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Arguments": {"FunctionName": "f", "Payload": "{% $states.input.n %}"},
                "Output": "{% $states.result.Payload %}",
                "Next": "After",
            },
            "After": {"Type": "Pass", "End": True},
        },
    }
    each = {
        "Type": "Map",
        "Label": "Each",
        "MaxConcurrency": 2,
        "ToleratedFailureCount": 0,
        "ItemProcessor": processor,
        "Next": "Done",
        **fields,
    }
    states = {"First": {"Type": "Pass", "Next": "Each"}, "Each": each, "Done": {"Type": "Pass", "End": True}}
    return {"QueryLanguage": "JSONata", "StartAt": "First", "States": states}


def items(*waits: int) -> list[dict[str, int]]:
    return [{"n": n, "wait": wait} for n, wait in enumerate(waits)]


RECORDED = items(0, 8, 30, 0, 0, 0)  # 1 fails after 8 seconds, while 2 waits; 3, 4 and 5 have not begun, 0 has ended


def failed(
    folder: Path, kind: str = "STANDARD", bad: tuple[int, ...] = (1,), **fields: Any
) -> tuple[Execution, Worker]:
    (folder / "data").mkdir(exist_ok=True)
    worker = Worker(folder, set(bad))
    execution = run(load(document(kind, **fields)), RECORDED, service=worker, clock=VirtualClock())
    assert (execution.status, execution.error) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    return execution, worker


def counts(execution: Execution, what: str = "itemCounts") -> dict[str, int]:
    shown = execution.map_runs[0].describe()[what]
    return {key: number for key, number in shown.items() if number}


def test_what_a_failed_run_is_described_as(tmp_path: Path) -> None:
    execution, worker = failed(tmp_path)
    assert worker.calls == [0, 1]
    expected = {"pending": 3, "succeeded": 1, "failed": 1, "aborted": 1, "total": 6, "resultsWritten": 6}
    assert counts(execution) == counts(execution, "executionCounts") == expected
    assert execution.map_runs[0].describe()["redriveCount"] == 0
    assert "redriveDate" not in execution.map_runs[0].describe()


def test_only_what_did_not_end_well_runs_again(tmp_path: Path) -> None:
    execution, worker = failed(tmp_path)
    (before,) = execution.map_runs
    worker.bad.clear()
    redrive(execution)
    assert execution.status == "SUCCEEDED"
    assert execution.output == [0, 10, 20, 30, 40, 50]
    assert sorted(worker.calls[2:]) == [1, 2, 3, 4, 5]
    assert execution.map_runs == [before]
    described = before.describe()
    assert (described["status"], described["redriveCount"]) == ("SUCCEEDED", 1)
    assert described["redriveDate"] == execution.events[9][2]
    assert counts(execution) == {"succeeded": 6, "total": 6, "resultsWritten": 6}


def test_the_events_of_a_redriven_run_are_chained_as_recorded(tmp_path: Path) -> None:
    execution, worker = failed(tmp_path)
    redrive(execution)
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    worker.bad.clear()
    redrive(execution)
    arn = execution.map_runs[0].arn
    assert links(execution)[3:] == [
        ("MapStateEntered", 3),
        ("MapStateStarted", 4),
        ("MapRunStarted", 5),
        ("MapRunFailed", 6),
        ("MapStateFailed", 7),
        ("ExecutionFailed", 8),
        ("ExecutionRedriven", 9),
        ("MapRunRedriven", 5),
        ("MapRunFailed", 11),
        ("MapStateFailed", 12),
        ("ExecutionFailed", 13),
        ("ExecutionRedriven", 14),
        ("MapRunRedriven", 5),
        ("MapRunSucceeded", 16),
        ("MapStateSucceeded", 17),
        ("MapStateExited", 16),
        ("PassStateEntered", 19),
        ("PassStateExited", 20),
        ("ExecutionSucceeded", 21),
    ]
    told = [event["mapRunRedrivenEventDetails"] for event in execution.history() if event["type"] == "MapRunRedriven"]
    assert told == [{"mapRunArn": arn, "redriveCount": 1}, {"mapRunArn": arn, "redriveCount": 2}]


def test_a_standard_child_goes_on_where_it_failed(tmp_path: Path) -> None:
    execution, worker = failed(tmp_path)
    child = execution.map_runs[0].failed[1]
    shown = describe(child)
    assert (shown["status"], shown["redriveStatus"]) == ("FAILED", "REDRIVABLE_BY_MAP_RUN")
    assert shown["mapRunArn"] == execution.map_runs[0].arn
    with pytest.raises(ServiceError, match="ValidationException"):
        redrive(child)  # only its run does that
    worker.bad.clear()
    redrive(execution)
    assert (child.status, describe(child)["redriveCount"]) == ("SUCCEEDED", 1)
    assert describe(child)["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"
    types = [event["type"] for event in child.history()]
    assert types.count("PassStateEntered") == 2  # Before, once, and After
    assert types.count("TaskStateEntered") == types.count("WaitStateEntered") == types.count("ExecutionRedriven") == 1


def test_an_express_child_begins_anew_under_its_name(tmp_path: Path) -> None:
    execution, worker = failed(tmp_path, "EXPRESS")
    # Express children under way are not stopped: the run waits for them (and begins no more).
    assert counts(execution) == {"pending": 3, "succeeded": 2, "failed": 1, "total": 6, "resultsWritten": 6}
    worker.bad.clear()
    redrive(execution)
    assert execution.output == [0, 10, 20, 30, 40, 50]
    assert sorted(worker.calls) == [0, 1, 1, 2, 3, 4, 5]
    first, second = worker.executions[1]
    assert first == second
    assert first.split(":")[5] == "express"


def test_an_express_child_is_described_as_redriven(tmp_path: Path) -> None:
    execution, _ = failed(tmp_path, "EXPRESS")
    redrive(execution)
    shown = describe(execution.map_runs[0].failed[1])
    assert (shown["redriveCount"], shown["redriveStatus"]) == (1, "REDRIVABLE_BY_MAP_RUN")
    assert "redriveDate" not in shown


def test_a_run_that_fails_again_waits_for_no_redrive(tmp_path: Path) -> None:
    execution, _ = failed(tmp_path)
    redrive(execution)
    assert execution.status == "FAILED"
    described = execution.map_runs[0].describe()
    assert described["itemCounts"]["pendingRedrive"] == 0
    assert sum(described["itemCounts"][key] for key in ("pending", "succeeded", "failed", "aborted")) == 6


def test_what_waits_for_a_redrive_is_counted(tmp_path: Path) -> None:
    worker = Worker(tmp_path, {1, 2, 3})
    fields = {"MaxConcurrency": 1, "ToleratedFailureCount": 2}
    execution = run(load(document(**fields)), items(0, 0, 0, 0), service=worker, clock=VirtualClock())
    assert counts(execution) == {"succeeded": 1, "failed": 3, "total": 4, "resultsWritten": 4}
    seen: list[dict[str, int]] = []

    class Watching(Worker):
        async def call(self, request: TaskRequest) -> TaskResponse:
            seen.append(counts(execution))
            return await super().call(request)

    execution.service = Watching(tmp_path, set())
    execution.map_runs[0].failed.clear()  # as if they were too many to be kept: each begins anew
    redrive(execution)
    assert execution.output == [0, 10, 20, 30]
    assert seen == [
        {"running": 1, "succeeded": 1, "total": 4, "pendingRedrive": 2},
        {"running": 1, "succeeded": 2, "total": 4, "pendingRedrive": 1},
        {"running": 1, "succeeded": 3, "total": 4},
    ]


def test_a_stopped_execution_goes_on_with_its_run(tmp_path: Path) -> None:
    worker = Worker(tmp_path, set())

    async def stopped() -> Execution:
        clock = VirtualClock()
        clock.resume()
        execution = begin(load(document()), RECORDED, service=worker, clock=clock)
        work = asyncio.create_task(execution.work_alone())
        for _ in range(20):
            await asyncio.sleep(0)
        execution.stop()
        await work
        clock.pause()
        return execution

    execution = asyncio.run(stopped())
    assert (execution.status, execution.map_runs[0].status) == ("ABORTED", "ABORTED")
    assert counts(execution)["aborted"] == 2
    redrive(execution)
    assert (execution.status, execution.output) == ("SUCCEEDED", [0, 10, 20, 30, 40, 50])
    assert len(execution.map_runs) == 1
    assert sorted(worker.calls) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("many", [False, True])
def test_batches_are_redriven_whole(tmp_path: Path, many: bool) -> None:
    body = document(ItemBatcher={"MaxItemsPerBatch": 2}, MaxConcurrency=1)
    states = body["States"]["Each"]["ItemProcessor"]["States"]
    states["Pause"]["Seconds"] = 0
    states["Work"]["Arguments"]["Payload"] = "{% $sum($states.input.Items.n) %}"
    worker = Worker(tmp_path, {5})
    execution = run(load(body), items(0, 0, 0, 0, 0), service=worker, clock=VirtualClock())
    assert counts(execution) == {"pending": 1, "succeeded": 2, "failed": 2, "total": 5, "resultsWritten": 5}
    assert counts(execution, "executionCounts") == {
        "pending": 1, "succeeded": 1, "failed": 1, "total": 3, "resultsWritten": 3,
    }  # fmt: skip
    if many:
        execution.map_runs[0].failed.clear()
    worker.bad.clear()
    redrive(execution)
    assert execution.output == [10, 50, 40]
    assert counts(execution) == {"succeeded": 5, "total": 5, "resultsWritten": 5}


def test_the_files_of_a_redrive_stand_beside_those_before(tmp_path: Path) -> None:
    writer = {"Resource": PUT, "Arguments": {"Bucket": "data", "Prefix": "out"}}
    execution, worker = failed(tmp_path, ResultWriter=writer)
    folder = f"out/{execution.map_runs[0].arn.rpartition(':')[2]}"

    def manifest(place: str) -> dict[str, list[str]]:
        found = json.loads((tmp_path / "data" / place / "manifest.json").read_text())
        return {kind: [file["Key"] for file in files] for kind, files in found["ResultFiles"].items()}

    def read(key: str) -> list[Any]:
        found: list[Any] = json.loads((tmp_path / "data" / key).read_text())
        return found

    first = {kind: [f"{folder}/{kind}_0.json"] for kind in ("FAILED", "PENDING", "SUCCEEDED")}
    assert manifest(folder) == first
    assert {entry["Status"] for entry in read(first["FAILED"][0])} == {"FAILED", "ABORTED"}
    pending = read(first["PENDING"][0])
    assert pending[0] == {"Input": '{"n":3,"wait":0}', "InputDetails": {"Included": True}, "Status": "PENDING"}
    assert len(pending) == 3
    worker.bad.clear()
    redrive(execution)
    assert execution.output["ResultWriterDetails"]["Key"] == f"{folder}/Redrive-1/manifest.json"
    second = manifest(f"{folder}/Redrive-1")
    assert second == {
        "FAILED": [], "PENDING": [],
        "SUCCEEDED": [f"{folder}/SUCCEEDED_0.json", f"{folder}/Redrive-1/SUCCEEDED_0.json"],
    }  # fmt: skip
    written = [entry for key in second["SUCCEEDED"] for entry in read(key)]
    assert sorted(json.loads(entry["Output"]) for entry in written) == [0, 10, 20, 30, 40, 50]


def test_the_input_of_what_was_begun_is_kept_and_the_rest_is_read_again(tmp_path: Path) -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Arguments": {"Bucket": "data", "Key": "items.json"},
    }
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "items.json").write_text(json.dumps(RECORDED))
    execution, worker = failed(tmp_path, ItemReader=reader)
    assert counts(execution)["total"] == 6
    worker.bad.clear()
    changed = [{"n": item["n"] + 100, "wait": 0} for item in RECORDED]
    (tmp_path / "data" / "items.json").write_text(json.dumps(changed))
    redrive(execution)
    assert execution.output == [0, 10, 20, 1030, 1040, 1050]


def test_a_run_that_could_not_be_read_reads_again(tmp_path: Path) -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Arguments": {"Bucket": "data", "Key": "items.json"},
    }
    (tmp_path / "data").mkdir()
    worker = Worker(tmp_path, set())
    execution = run(load(document(ItemReader=reader)), {}, service=worker, clock=VirtualClock())
    assert execution.error == "States.ItemReaderFailed"
    (tmp_path / "data" / "items.json").write_text(json.dumps(RECORDED))
    redrive(execution)
    assert execution.output == [0, 10, 20, 30, 40, 50]
    assert len(execution.map_runs) == 1


def test_results_that_could_not_be_written_are_made_again(tmp_path: Path) -> None:
    writer = {"Resource": PUT, "Arguments": {"Bucket": "later", "Prefix": ""}}
    worker = Worker(tmp_path, set())
    execution = run(load(document(ResultWriter=writer)), items(0, 0), service=worker, clock=VirtualClock())
    assert execution.error == "States.ResultWriterFailed"
    (tmp_path / "later").mkdir()
    redrive(execution)
    assert execution.status == "SUCCEEDED"
    manifest = json.loads((tmp_path / "later" / execution.output["ResultWriterDetails"]["Key"]).read_text())
    (file,) = manifest["ResultFiles"]["SUCCEEDED"]
    assert len(json.loads((tmp_path / "later" / file["Key"]).read_text())) == 2


def test_a_result_too_large_makes_a_new_run(tmp_path: Path) -> None:
    body = document()
    body["States"]["Each"]["ItemProcessor"]["States"]["After"]["Output"] = "{% $pad('', 200000, 'x') %}"
    execution = run(load(body), items(0, 0), service=Worker(tmp_path, set()), clock=VirtualClock())
    assert execution.error == "States.DataLimitExceeded"
    redrive(execution)
    assert execution.error == "States.DataLimitExceeded"
    assert [each.redrives for each in execution.map_runs] == [0, 0]
    assert [event[0] for event in execution.events].count("MapRunStarted") == 2


def test_a_run_is_not_redriven_more_than_a_thousand_times(tmp_path: Path) -> None:
    execution, _ = failed(tmp_path)
    execution.map_runs[0].redrives = 1000
    redrive(execution)
    assert execution.error == "States.Runtime"


def test_a_child_with_too_long_a_history_stays_failed(tmp_path: Path) -> None:
    execution, worker = failed(tmp_path)
    child = execution.map_runs[0].failed[1]
    child.events += [("X", 0, 0.0)] * 25_000
    worker.bad.clear()
    redrive(execution)
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    shown = counts(execution)
    assert (shown["failed"], shown["failuresNotRedrivable"], shown["succeeded"]) == (1, 1, 1)
    assert worker.calls == [0, 1]


# --- with a journal --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
@pytest.mark.parametrize("files", [False, True])
def test_a_kept_run_is_redriven_by_another_process(tmp_path: Path, kind: str, files: bool) -> None:
    (tmp_path / "data").mkdir()
    writer = {"ResultWriter": {"Resource": PUT, "Arguments": {"Bucket": "data", "Prefix": ""}}} if files else {}
    path = tmp_path / "j.sqlite"
    worker = Worker(tmp_path, {1})
    journal = Journal(path)
    machine = load(document(kind, **writer))
    arn = run(machine, RECORDED, service=worker, clock=VirtualClock(), journal=journal, name="x").arn
    journal.close()

    journal = Journal(path)
    assert journal.recover(service=worker, clock=VirtualClock(1_700_000_100.0)) == []
    kept = journal.find(arn)
    assert kept is not None
    assert kept.status == "FAILED"
    assert counts(kept)["failed"] == 1
    assert counts(kept)["total"] == 6
    worker.bad.clear()
    before = len(worker.calls)
    redrive(kept)
    assert kept.status == "SUCCEEDED", kept.cause
    assert sorted(worker.calls[before:]) == ([1, 2, 3, 4, 5] if kind == "STANDARD" else [1, 3, 4, 5])
    assert counts(kept) == {"succeeded": 6, "total": 6, "resultsWritten": 6}
    if files:
        manifest = json.loads((tmp_path / "data" / kept.output["ResultWriterDetails"]["Key"]).read_text())
        found = [
            entry
            for file in manifest["ResultFiles"]["SUCCEEDED"]
            for entry in json.loads((tmp_path / "data" / file["Key"]).read_text())
        ]
        assert sorted(json.loads(entry["Output"]) for entry in found) == [0, 10, 20, 30, 40, 50]
    else:
        assert kept.output == [0, 10, 20, 30, 40, 50]
    journal.flush()
    assert {one["status"] for one in journal.executions()} == {"SUCCEEDED"}
    assert len(journal.executions()) == (7 if kind == "STANDARD" else 1)
    assert journal.history(arn) == kept.events
    journal.close()


class Held(Worker):
    """Holds the items in `held` back; the others are answered."""

    def __init__(self, folder: Path, bad: set[int], held: set[int]) -> None:
        super().__init__(folder, bad)
        self.held = held

    async def call(self, request: TaskRequest) -> TaskResponse:
        if request.arguments["Payload"] in self.held:
            await asyncio.Event().wait()
        return await super().call(request)


async def stopped(kind: str, worker: Held, **fields: Any) -> Execution:
    """A run of four items that is stopped while it waits for the last two."""
    execution = begin(load(document(kind, MaxConcurrency=0, **fields)), items(0, 0, 0, 0), service=worker)
    running = asyncio.create_task(execution.work_alone())
    while not execution.map_runs or sum(execution.map_runs[0].items.ends.values()) < 2:
        await asyncio.sleep(0)
    for _ in range(5):
        await asyncio.sleep(0)  # what their ends lead to has begun
    execution.stop()
    await asyncio.wait_for(running, 5)
    assert (execution.status, execution.map_runs[0].status) == ("ABORTED", "ABORTED")
    assert [other for other in asyncio.all_tasks() if other is not asyncio.current_task()] == []
    return execution


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_the_files_of_a_run_that_was_stopped_are_listed_after_its_redrive(tmp_path: Path, kind: str) -> None:
    (tmp_path / "data").mkdir()
    worker = Held(tmp_path, set(), {2, 3})
    writer = {"Resource": PUT, "Arguments": {"Bucket": "data", "Prefix": "out"}}
    execution = asyncio.run(stopped(kind, worker, ResultWriter=writer))
    worker.held.clear()
    redrive(execution)
    manifest = json.loads((tmp_path / "data" / execution.output["ResultWriterDetails"]["Key"]).read_text())
    files = [tmp_path / "data" / file["Key"] for file in manifest["ResultFiles"]["SUCCEEDED"]]
    outputs = [json.loads(result["Output"]) for file in files for result in json.loads(file.read_text())]
    assert sorted(outputs) == [0, 10, 20, 30]


def test_a_run_that_waits_for_its_express_children_after_a_failure_can_be_stopped(tmp_path: Path) -> None:
    worker = Held(tmp_path, {0, 1}, {2, 3})
    execution = asyncio.run(stopped("EXPRESS", worker))
    assert counts(execution) == {"failed": 2, "aborted": 2, "total": 4, "resultsWritten": 4}
