"""What becomes of the results of a Distributed Map: the state's output, or files that ResultWriter asks for.

Files are `SUCCEEDED_0.json`, `FAILED_0.json` and a `manifest.json` that lists them, in a folder of the Map Run's name.
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from treadle.engine import limits
from treadle.engine.distributed_reader import ReaderError, texts
from treadle.engine.failure import Failure
from treadle.errors import ServiceError

if TYPE_CHECKING:
    from treadle.engine.distributed_run import MapRun
    from treadle.engine.execution import Execution
    from treadle.engine.frame import Frame
    from treadle.engine.state import State
    from treadle.engine.storage import Storage

JSON = Any

FILE_BYTES = 512 * limits.KIB * limits.KIB  # of one result file, after which the next one begins


class Writer(Protocol):
    """Gets each child once it has ended; `finish` gives the Map's result. Failure where that cannot be had."""

    def add(self, index: int, execution: Execution) -> None: ...

    def finish(self) -> JSON: ...


def result_writer(state: State) -> Callable[[Frame, JSON, Storage, MapRun], Writer]:
    from treadle.engine import fields

    document = state.document.get("ResultWriter") or {}
    config = document.get("WriterConfig") or {}
    shape = _SHAPES[config.get("Transformation", "NONE" if document else "COMPACT")]
    if config and "Resource" not in document:
        return lambda frame, value, storage, run: Collected(frame, shape)
    if not document:
        return lambda frame, value, storage, run: Collected(frame, _SHAPES["COMPACT"])
    if state.language == "JSONata":
        target = fields.jsonata_template(document.get("Arguments", {}), "ResultWriter/Arguments")
    else:
        target = fields.payload_template(document.get("Parameters", {}))
    lines = config.get("OutputType", "JSON") == "JSONL"

    def files(frame: Frame, value: JSON, storage: Storage, run: MapRun) -> Writer:
        try:
            where = texts(target(frame, value), ("Bucket",), ("Prefix",))
        except ReaderError as problem:
            raise Failure("States.ResultWriterFailed", str(problem)) from None
        return Files(run, storage, where, shape, lines)

    return files


def _whole(execution: Execution) -> list[JSON]:
    """A child as ListExecutions and DescribeExecution show it."""
    from treadle.engine.context import timestamp

    shown: dict[str, JSON] = {
        "ExecutionArn": execution.arn,
        "Input": limits.dumps(execution.input),
        "InputDetails": {"Included": True},
        "Name": execution.name,
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE" if execution.status == "SUCCEEDED" else "REDRIVABLE_BY_MAP_RUN",
        "StartDate": timestamp(execution.start_date),
        "StateMachineArn": execution.machine.arn,
        "Status": execution.status,
        "StopDate": timestamp(execution.stop_date or execution.start_date),
    }
    if execution.status == "SUCCEEDED":
        shown["Output"] = limits.dumps(execution.output)
        shown["OutputDetails"] = {"Included": True}
    else:
        shown.update({key: text for key, text in (("Error", execution.error), ("Cause", execution.cause)) if text})
    return [dict(sorted(shown.items()))]


def _output(execution: Execution) -> list[JSON]:
    if execution.status == "SUCCEEDED":
        return [execution.output]
    return [{"Error": execution.error, "Cause": execution.cause}]


def _flat(execution: Execution) -> list[JSON]:
    (output,) = _output(execution)
    return output if isinstance(output, list) else [output]


_SHAPES: dict[str, Callable[[Execution], list[JSON]]] = {"NONE": _whole, "COMPACT": _output, "FLATTEN": _flat}


class Collected:
    """The results in the order of the items, as the state's output. Past the quota they are counted, not kept."""

    def __init__(self, frame: Frame, shape: Callable[[Execution], list[JSON]]) -> None:
        self._frame = frame
        self._shape = shape
        self._parts: dict[int, list[JSON]] = {}
        self._size = 0
        self._too_much = False

    def add(self, index: int, execution: Execution) -> None:
        if self._too_much:
            return
        parts = self._shape(execution)
        self._parts[index] = parts
        limit = self._frame.execution.limits.payload
        self._size += limits.at_most(parts) // 6  # never more than the bytes of its JSON
        if self._size > limit:
            self._size = sum(limits.size(kept) for kept in self._parts.values())
            if self._size > limit:
                self._too_much = True
                self._parts.clear()

    def finish(self) -> JSON:
        state = self._frame.state
        assert state is not None
        if self._too_much:
            raise self._frame.oversize(state.name)
        return [part for index in sorted(self._parts) for part in self._parts[index]]


class Files:
    """The results as files in a bucket, one of each status at a time; the output says where their manifest is."""

    def __init__(
        self,
        run: MapRun,
        storage: Storage,
        target: dict[str, str],
        shape: Callable[[Execution], list[JSON]],
        lines: bool,
    ) -> None:
        self._run = run
        self._storage = storage
        self._bucket = target["Bucket"]
        prefix = target.get("Prefix", "")
        self._folder = f"{prefix.rstrip('/')}/{run.arn.rpartition(':')[2]}".lstrip("/")
        self._shape = shape
        self._lines = lines
        self._open: dict[str, _File] = {}
        self._written: dict[str, list[dict[str, JSON]]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}

    def add(self, index: int, execution: Execution) -> None:
        kind = "SUCCEEDED" if execution.status == "SUCCEEDED" else "FAILED"
        try:
            file = self._open.get(kind)
            if file is None:
                name = f"{kind}_{len(self._written[kind])}.{'jsonl' if self._lines else 'json'}"
                key = f"{self._folder}/{name}"
                file = self._open[kind] = _File(key, self._storage.write(self._bucket, key), self._lines)
            for part in self._shape(execution):
                file.add(part)
            if file.size >= FILE_BYTES:
                self._written[kind].append(self._open.pop(kind).close())
        except (ServiceError, OSError) as problem:
            raise _write_failure(problem) from None

    def finish(self) -> JSON:
        key = f"{self._folder}/manifest.json"
        manifest = {
            "DestinationBucket": self._bucket,
            "MapRunArn": self._run.arn,
            "ResultFiles": self._written,
        }
        try:
            for kind in list(self._open):
                self._written[kind].append(self._open.pop(kind).close())
            with self._storage.write(self._bucket, key) as file:
                file.write(limits.dumps(manifest).encode("utf-8", "surrogatepass"))
        except (ServiceError, OSError) as problem:
            raise _write_failure(problem) from None
        return {"MapRunArn": self._run.arn, "ResultWriterDetails": {"Bucket": self._bucket, "Key": key}}


def _write_failure(problem: Exception) -> Failure:
    return Failure("States.ResultWriterFailed", problem.cause if isinstance(problem, ServiceError) else str(problem))


class _File:
    """A JSON array, or JSON lines, being written."""

    def __init__(self, key: str, stream: BinaryIO, lines: bool) -> None:
        self.key = key
        self.size = 0
        self._stream = stream
        self._lines = lines
        self._first = True

    def add(self, part: JSON) -> None:
        before = "" if self._lines else "[" if self._first else ","
        self._first = False
        self._write(f"{before}{limits.dumps(part)}{chr(10) if self._lines else ''}")

    def close(self) -> dict[str, JSON]:
        """What the manifest says of it."""
        if not self._lines:
            self._write("[]" if self._first else "]")
        self._stream.close()
        return {"Key": self.key, "Size": self.size}

    def _write(self, text: str) -> None:
        data = text.encode("utf-8", "surrogatepass")
        self.size += len(data)
        self._stream.write(data)
