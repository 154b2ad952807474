"""The Distributed Map: what it reads, how it batches, what it tolerates, and what it leaves."""

from __future__ import annotations

import asyncio
import gzip
import importlib.util
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from tests.engine.support import types
from treadle.engine import Execution, Resource, TaskRequest, TaskResponse, VirtualClock, load, run
from treadle.engine.distributed_run import find
from treadle.engine.storage import Folders
from treadle.errors import MissingExtra, ServiceError

GET = "arn:aws:states:::s3:getObject"
LIST = "arn:aws:states:::s3:listObjectsV2"
PUT = "arn:aws:states:::s3:putObject"


class Worker:
    """Answers with what it was sent, or fails for `bad`; counts how many it runs at once."""

    def __init__(self, folder: Path) -> None:
        self.storage = Folders(folder)
        self.now = self.most = self.calls = 0

    def handles(self, resource: Resource) -> bool:
        return True

    async def call(self, request: TaskRequest) -> TaskResponse:
        self.calls += 1
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.now -= 1
        payload = request.arguments["Payload"]
        if payload == "bad":
            raise ServiceError("Bad", "it is bad")
        return TaskResponse({"Payload": payload})


def machine(processor: dict[str, Any] | None = None, language: str = "JSONata", **map_fields: Any) -> dict[str, Any]:
    states = processor or {"P": {"Type": "Pass", "End": True}}
    return {
        "QueryLanguage": language,
        "StartAt": "M",
        "States": {
            "M": {
                "Type": "Map",
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": next(iter(states)),
                    "States": states,
                },
                "End": True,
                **map_fields,
            }
        },
    }


WORK = {
    "Work": {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "f", "Payload": "{% $states.input %}"},
        "Output": "{% $states.result.Payload %}",
        "End": True,
    }
}


def reading(key: str, resource: str = GET, **config: Any) -> dict[str, Any]:
    return {"Resource": resource, "Arguments": {"Bucket": "data", "Key": key}, "ReaderConfig": config}


def execute(folder: Path, input: Any = None, **fields: Any) -> Execution:
    (folder / "data").mkdir(exist_ok=True)
    clock = VirtualClock()
    return run(load(machine(**fields)), {} if input is None else input, service=Worker(folder), clock=clock)


def items(folder: Path, name: str, content: str | bytes, **config: Any) -> Any:
    """The items read from an object, or (error, cause)."""
    data = folder / "data"
    data.mkdir(exist_ok=True)
    (data / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    execution = execute(folder, ItemReader=reading(name, **config))
    return execution.output if execution.status == "SUCCEEDED" else (execution.error, execution.cause)


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "config", "expected"),
    [
        ("a,b\n1,2\n", {}, [{"a": "1", "b": "2"}]),
        ("a,b\r\n1,\"x\ny\"\r\n\r\n3\r\n", {}, [{"a": "1", "b": "x\ny"}, {"a": "3", "b": ""}]),
        ("\ufeffa\n1\n", {}, [{"a": "1"}]),
        ("1;2\n", {"CSVHeaderLocation": "GIVEN", "CSVHeaders": ["x"], "CSVDelimiter": "SEMICOLON"}, [{"x": "1"}]),
        ("a\tb\n1\t2\n", {"CSVDelimiter": "TAB"}, [{"a": "1", "b": "2"}]),
        ("a,b\n1,2\n3,4\n5,6\n", {"MaxItems": 2}, [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]),
        ("", {}, []),
        ("a,a\n1,2\n", {}, ("States.ItemReaderFailed", "CSV headers cannot contain duplicates.")),
    ],
)  # fmt: skip
def test_csv(tmp_path: Path, content: str, config: dict[str, Any], expected: Any) -> None:
    config = {"CSVHeaderLocation": "FIRST_ROW", **config}
    assert items(tmp_path, "f.csv", content, InputType="CSV", **config) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[]", []),
        (" [ ] \n", []),
        ('[1, "a,]", {"k": [2]}, null]', [1, "a,]", {"k": [2]}, None]),
        ("[" + ",".join(["12345678901234567890"] * 9000) + "]", [12345678901234567890] * 9000),
        (json.dumps(["é" * 70_000, "x" * 70_000]), ["é" * 70_000, "x" * 70_000]),
    ],
)
def test_json(tmp_path: Path, content: str, expected: Any) -> None:
    assert items(tmp_path, "f.json", content, InputType="JSON") == expected


@pytest.mark.parametrize("content", ["", "{", "[1, 2", "[1 2]", "[1,]", "[1] x", "[NaN]", "[1,,2]", b"[\xff]"])
def test_what_is_not_json_fails_the_reader(tmp_path: Path, content: str | bytes) -> None:
    error, cause = items(tmp_path, "f.json", content, InputType="JSON")
    assert error == "States.ItemReaderFailed"
    assert cause


def test_a_json_object_cannot_be_mapped_over(tmp_path: Path) -> None:
    found = items(tmp_path, "f.json", '{"a": 1}', InputType="JSON")
    assert found == ("States.ItemReaderFailed", "Attempting to map over non-iterable node.")


def test_items_pointer(tmp_path: Path) -> None:
    content = '{"a/b": [{"list": [1, 2]}], "o": {"k": 1}}'
    assert items(tmp_path, "f.json", content, InputType="JSON", ItemsPointer="/a~1b/0/list") == [1, 2]
    assert items(tmp_path, "f.json", content, InputType="JSON", ItemsPointer="/o") == [{"Key": "k", "Value": 1}]
    assert items(tmp_path, "f.json", content, InputType="JSON", ItemsPointer="/no")[0] == "States.ItemReaderFailed"


def test_json_lines(tmp_path: Path) -> None:
    assert items(tmp_path, "f.jsonl", '{"a": 1}\n\n[2]\n"x"', InputType="JSONL") == [{"a": 1}, [2], "x"]
    assert items(tmp_path, "f.jsonl", '{"a": 1}\n{', InputType="JSONL")[0] == "States.ItemReaderFailed"
    big = json.dumps("x" * 300_000)
    assert items(tmp_path, "f.jsonl", f"1\n{big}\n", InputType="JSONL") == (
        "States.ItemReaderFailed",
        "The item at index 1 exceeds the maximum size of 256 KiB",
    )


def test_parquet(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed: the [parquet] extra is not tested")
    import pyarrow.parquet

    rows = [{"a": 1, "b": ["x"]}, {"a": None, "b": []}]
    (tmp_path / "data").mkdir()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "data" / "f.parquet")
    assert execute(tmp_path, ItemReader=reading("f.parquet", InputType="PARQUET")).output == rows


def test_parquet_is_refused_by_name_without_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"treadle\[parquet\]"):
        load(machine(ItemReader=reading("f.parquet", InputType="PARQUET")))


def test_a_listing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "in" / "deep").mkdir(parents=True)
    for name, text in (("in/b.json", "[3]"), ("in/a.json", "[1, 2]"), ("in/deep/c.json", "[]"), ("other", "")):
        (data / name).write_text(text)
    listed = {"Resource": LIST, "Arguments": {"Bucket": "data", "Prefix": "in/"}}
    found = execute(tmp_path, ItemReader=listed).output
    assert [entry["Key"] for entry in found] == ["in/a.json", "in/b.json", "in/deep/c.json"]
    assert found[0].keys() == {"Etag", "LastModified", "Key", "Size", "StorageClass"}
    assert found[0]["Size"] == 6
    flat = {**listed, "ReaderConfig": {"InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN"}}
    assert execute(tmp_path, ItemReader=flat).output == [1, 2, 3]


def test_manifests(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "1.csv.gz").write_bytes(gzip.compress(b'"b","k1","10"\n"b","k2","20"\n'))
    manifest = {"fileFormat": "CSV", "fileSchema": "Bucket, Key, Size", "files": [{"key": "1.csv.gz"}]}
    (data / "manifest.json").write_text(json.dumps(manifest))
    found = execute(tmp_path, ItemReader=reading("manifest.json", InputType="MANIFEST")).output
    assert found == [{"Bucket": "b", "Key": "k1", "Size": "10"}, {"Bucket": "b", "Key": "k2", "Size": "20"}]
    (data / "part.jsonl").write_text("1\n2\n")
    (data / "list.csv").write_text("s3://data/part.jsonl\ns3://data/part.jsonl\n")
    athena = reading("list.csv", InputType="JSONL", ManifestType="ATHENA_DATA")
    assert execute(tmp_path, ItemReader=athena).output == [1, 2, 1, 2]


def test_what_is_not_there(tmp_path: Path) -> None:
    execution = execute(tmp_path, ItemReader=reading("no.json", InputType="JSON"))
    assert (execution.error, execution.cause) == ("States.ItemReaderFailed", "The specified key does not exist.")
    types = [event["type"] for event in execution.history()]
    assert types[3:] == ["MapRunStarted", "MapRunFailed", "MapStateFailed", "ExecutionFailed"]
    assert execution.map_runs[0].status == "FAILED"
    outside = execute(tmp_path, ItemReader=reading("../../etc/passwd", InputType="JSONL"))
    assert outside.error == "States.ItemReaderFailed"


# --- inputs ----------------------------------------------------------------------------------------------------------


def test_item_selector_and_context(tmp_path: Path) -> None:
    selector = {
        "n": "{% $states.context.Map.Item.Index %}",
        "v": "{% $states.context.Map.Item.Value * $states.input.by %}",
    }
    execution = execute(tmp_path, {"by": 10, "list": [5, 6]}, Items="{% $states.input.list %}", ItemSelector=selector)
    assert execution.output == [{"n": 0, "v": 50}, {"n": 1, "v": 60}]


def test_children_are_executions_of_their_own(tmp_path: Path) -> None:
    seen = {"P": {"Type": "Pass", "Output": "{% $states.context.Execution %}", "End": True}}
    execution = execute(tmp_path, ["a", "b"], processor=seen, Label="Each")
    first, second = execution.output
    assert first["Input"] == "a"
    assert first["Id"].startswith("arn:aws:states:us-east-1:123456789012:execution:machine/Each:")
    assert first["Name"] != second["Name"]
    (started,) = [event for event in execution.history() if event["type"] == "MapRunStarted"]
    assert started["mapRunStartedEventDetails"]["mapRunArn"] == execution.map_runs[0].arn
    assert ":mapRun:machine/Each:" in execution.map_runs[0].arn


def test_progress_is_seen_while_it_runs(tmp_path: Path) -> None:
    seen: list[Any] = []

    class Watching(Worker):
        async def call(self, request: TaskRequest) -> TaskResponse:
            seen.append(counts())
            return await super().call(request)

    def observer(event: dict[str, Any]) -> None:
        if event["type"] == "MapRunStarted":
            started.append(event["mapRunStartedEventDetails"]["mapRunArn"])

    def counts() -> Any:
        run = find(started[0])
        assert run is not None
        return run.describe()["itemCounts"]

    started: list[str] = []
    document = machine(processor=WORK, MaxConcurrency=1)
    run(load(document), ["a", "b"], service=Watching(tmp_path), clock=VirtualClock(), observer=observer)
    keys = ("succeeded", "running", "pending", "total")
    assert [[now[key] for key in keys] for now in seen] == [[0, 1, 1, 2], [1, 1, 0, 2]]


def test_children_do_not_see_the_variables_of_the_map(tmp_path: Path) -> None:
    look = {"P": {"Type": "Pass", "Output": "{% $exists($x) %}", "End": True}}
    document = machine(processor=look)
    document["States"]["First"] = {"Type": "Pass", "Assign": {"x": 1}, "Output": [1], "Next": "M"}
    document["StartAt"] = "First"
    assert run(load(document), {}, service=Worker(tmp_path)).output == [False]


def test_a_batch_counts_as_its_items(tmp_path: Path) -> None:
    failing = {
        "Look": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% 'bad' in $states.input.Items %}", "Next": "No"}],
            "Default": "Yes",
        },
        "No": {"Type": "Fail"},
        "Yes": {"Type": "Succeed"},
    }
    batches = {"MaxItemsPerBatch": 3}
    given = ["bad", 1, 2, 3, 4, 5, 6]
    execution = execute(tmp_path, given, processor=failing, ItemBatcher=batches, ToleratedFailureCount=3)
    assert execution.status == "SUCCEEDED"
    described = execution.map_runs[0].describe()
    assert described["itemCounts"]["failed"] == 3
    assert described["itemCounts"]["succeeded"] == 4
    assert described["executionCounts"]["total"] == 3
    less = execute(tmp_path, given, processor=failing, ItemBatcher=batches, ToleratedFailureCount=2)
    assert less.error == "States.ExceedToleratedFailureThreshold"


@pytest.mark.parametrize(
    ("batcher", "expected"),
    [
        ({"MaxItemsPerBatch": 2}, [{"Items": [1, 2]}, {"Items": [3, 4]}, {"Items": [5]}]),
        ({"MaxItemsPerBatch": "{% 4 + 1 %}"}, [{"Items": [1, 2, 3, 4, 5]}]),
        ({"MaxInputBytesPerBatch": 15}, [{"Items": [1, 2]}, {"Items": [3, 4]}, {"Items": [5]}]),
        ({"MaxItemsPerBatch": 4, "BatchInput": {"k": "{% $count($states.input) %}"}},
         [{"BatchInput": {"k": 5}, "Items": [1, 2, 3, 4]}, {"BatchInput": {"k": 5}, "Items": [5]}]),
    ],
)  # fmt: skip
def test_batches(tmp_path: Path, batcher: dict[str, Any], expected: Any) -> None:
    assert execute(tmp_path, [1, 2, 3, 4, 5], ItemBatcher=batcher).output == expected


@pytest.mark.parametrize("number", [2, "2", "+2"])
def test_a_number_by_path_is_read_as_text(tmp_path: Path, number: Any) -> None:
    given = {"n": number, "items": [1, 2, 3]}
    fields = {"ItemsPath": "$.items", "ItemBatcher": {"MaxItemsPerBatchPath": "$.n"}, "MaxConcurrencyPath": "$.n"}
    assert execute(tmp_path, given, language="JSONPath", **fields).output == [{"Items": [1, 2]}, {"Items": [3]}]


@pytest.mark.parametrize("number", [2.0, 1.5, "2.0", " 2", "2_0", "two", None, True, [], {}, 1 << 63])
def test_what_no_long_says_is_no_integer(tmp_path: Path, number: Any) -> None:
    reader = {"Resource": GET, "Parameters": {"Bucket": "data", "Key": "k"}, "ReaderConfig": {"MaxItemsPath": "$.n"}}
    execution = execute(tmp_path, {"n": number}, language="JSONPath", ItemReader=reader)
    assert execution.error == "States.Runtime"
    assert execution.cause is not None
    shown = number if isinstance(number, str) else json.dumps(number)
    assert execution.cause.endswith(
        f'The MaxItemsPath field refers to value "{shown}" which is not a valid integer: $.n'
    )
    assert not execution.map_runs


def test_the_most_items_are_not_negative_and_0_is_all(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "k").write_text("[1, 2]")
    reader = {"Resource": GET, "Parameters": {"Bucket": "data", "Key": "k"}, "ReaderConfig": {"MaxItemsPath": "$.n"}}
    assert execute(tmp_path, {"n": 0}, language="JSONPath", ItemReader=reader).output == [1, 2]
    execution = execute(tmp_path, {"n": -1}, language="JSONPath", ItemReader=reader)
    assert (execution.error, execution.cause) == ("States.ItemReaderFailed", "field MaxItems must be positive")
    assert types(execution)[-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]


def test_a_batch_of_0_is_unbounded_and_of_less_is_refused(tmp_path: Path) -> None:
    for number, output in ((0, [{"Items": [1, 2, 3]}]), (-1, None)):
        batcher = {"MaxItemsPerBatch": f"{{% {number} %}}"}
        execution = execute(tmp_path, [1, 2, 3], ItemBatcher=batcher)
        assert execution.output == output
    assert str(execution.cause).endswith("MaxItemsPerBatch cannot be negative.")


def test_an_expression_for_a_count_gives_an_integer(tmp_path: Path) -> None:
    assert execute(tmp_path, [1], MaxConcurrency="{% 4 / 2 %}").output == [1]
    failed = execute(tmp_path, [1], MaxConcurrency="{% 3 / 2 %}")
    assert failed.error == "States.QueryEvaluationError"
    assert str(failed.cause).endswith("The MaxConcurrency field must be an integer but was: 1.5")


def test_concurrency(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for limit, most in ((3, 3), (0, 20)):
        worker = Worker(tmp_path)
        document = machine(processor=WORK, MaxConcurrency=limit)
        execution = run(load(document), list(range(20)), service=worker, clock=VirtualClock())
        assert execution.output == list(range(20))
        assert worker.most == most


# --- failures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "bad", "status"),
    [
        ({}, 0, "SUCCEEDED"),
        ({}, 1, "FAILED"),
        ({"ToleratedFailureCount": 2}, 2, "SUCCEEDED"),
        ({"ToleratedFailureCount": 2}, 3, "FAILED"),
        ({"ToleratedFailurePercentage": 20}, 2, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 20}, 3, "FAILED"),
        ({"ToleratedFailureCount": "{% 1 + 1 %}", "ToleratedFailurePercentage": 90}, 3, "FAILED"),
        ({"ToleratedFailurePercentage": 100}, 10, "SUCCEEDED"),
    ],
)
def test_tolerated_failures(tmp_path: Path, fields: dict[str, Any], bad: int, status: str) -> None:
    given = ["bad"] * bad + ["good"] * (10 - bad)
    execution = execute(tmp_path, given, processor=WORK, **fields)
    assert execution.status == status
    run = execution.map_runs[0]
    assert run.status == status
    if status == "FAILED":
        assert execution.error == "States.ExceedToleratedFailureThreshold"
        assert execution.cause == "The specified tolerated failure threshold was exceeded"
    else:
        counts = run.describe()["itemCounts"]
        assert (counts["succeeded"], counts["failed"], counts["total"], counts["pending"]) == (10 - bad, bad, 10, 0)


def test_a_failed_map_can_be_caught(tmp_path: Path) -> None:
    document = machine(
        processor=WORK,
        Catch=[{"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "Output": "caught", "Next": "Next"}],
    )
    document["States"]["Next"] = {"Type": "Succeed"}
    assert run(load(document), ["bad"], service=Worker(tmp_path)).output == "caught"


def test_an_output_too_large_is_not_kept(tmp_path: Path) -> None:
    big = {"P": {"Type": "Pass", "Output": "{% $pad('', 200000, 'x') %}", "End": True}}
    execution = execute(tmp_path, [1, 2], processor=big)
    assert (execution.status, execution.error) == ("FAILED", "States.DataLimitExceeded")


# --- results ---------------------------------------------------------------------------------------------------------


def _writing(**config: Any) -> dict[str, Any]:
    writer: dict[str, Any] = {"Resource": PUT, "Arguments": {"Bucket": "data", "Prefix": "out"}}
    return {**writer, "WriterConfig": config} if config else writer


def test_result_files(tmp_path: Path) -> None:
    execution = execute(tmp_path, ["a", "bad", "b"], processor=WORK, ToleratedFailureCount=1, ResultWriter=_writing())
    details = execution.output["ResultWriterDetails"]
    assert execution.output["MapRunArn"] == execution.map_runs[0].arn
    assert details["Bucket"] == "data"
    data = tmp_path / "data"
    manifest = json.loads((data / details["Key"]).read_text())
    assert manifest["DestinationBucket"] == "data"
    assert manifest["ResultFiles"]["PENDING"] == []
    (good,) = manifest["ResultFiles"]["SUCCEEDED"]
    (bad,) = manifest["ResultFiles"]["FAILED"]
    assert (data / good["Key"]).stat().st_size == good["Size"]
    written = json.loads((data / good["Key"]).read_text())
    assert sorted(json.loads(entry["Output"]) for entry in written) == ["a", "b"]
    assert written[0]["Status"] == "SUCCEEDED"
    (failed,) = json.loads((data / bad["Key"]).read_text())
    assert (failed["Status"], failed["Error"], failed["Cause"], failed["Input"]) == (
        "FAILED",
        "Bad",
        "it is bad",
        '"bad"',
    )


def test_transformed_results(tmp_path: Path) -> None:
    lists = {"P": {"Type": "Pass", "Output": "{% [$states.input, 0] %}", "End": True}}
    flat = execute(tmp_path, [1, 2], processor=lists, ResultWriter={"WriterConfig": {"Transformation": "FLATTEN"}})
    assert flat.output == [1, 0, 2, 0]
    lines = _writing(OutputType="JSONL", Transformation="COMPACT")
    execution = execute(tmp_path, [1, 2], processor=lists, ResultWriter=lines)
    data = tmp_path / "data"
    manifest = json.loads((data / execution.output["ResultWriterDetails"]["Key"]).read_text())
    (file,) = manifest["ResultFiles"]["SUCCEEDED"]
    assert (data / file["Key"]).read_text() == "[1,0]\n[2,0]\n"


def test_results_that_cannot_be_written(tmp_path: Path) -> None:
    writer = {"Resource": PUT, "Arguments": {"Bucket": "nowhere", "Prefix": ""}}
    execution = execute(tmp_path, [1], ResultWriter=writer)
    assert (execution.error, execution.cause) == ("States.ResultWriterFailed", "The specified bucket does not exist")


def test_memory_does_not_grow_with_the_items(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        data = tmp_path / "data"
        data.mkdir(exist_ok=True)
        (data / "f.jsonl").write_text("".join(f'{{"n": {number}, "t": "{"x" * 200}"}}\n' for number in range(count)))
        tracemalloc.start()
        lines = _writing(OutputType="JSONL", Transformation="COMPACT")
        execution = execute(tmp_path, ItemReader=reading("f.jsonl", InputType="JSONL"), ResultWriter=lines)
        assert execution.status == "SUCCEEDED"
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(8000) < peak(1000) + (1 << 19)
