"""What becomes of the results of a Distributed Map: the state's output, or files that ResultWriter asks for.

Files are `SUCCEEDED_0.json`, `FAILED_0.json`, `PENDING_0.json` and a `manifest.json` that lists them, in a folder of
the Map Run's name; what a redrive adds is in a folder `Redrive-1` and so on inside it, whose manifest lists the older
results too.
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    """Gets each child once it has ended, and after a failure what was not begun. Failure where that cannot be kept.

    `whole` says that the children's inputs are shown.
    """

    whole: bool

    def add(self, index: int, execution: Execution) -> None: ...

    def pending(self, given: JSON) -> None: ...

    def close(self) -> None:
        """Nothing is added before a redrive. Failure as with `add`."""
        ...

    def redriven(self) -> Writer:
        """What has the results from now on: those that this one has, and those of what runs again."""
        ...

    def finish(self) -> JSON:
        """The Map's result."""
        ...


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
        return Files(run, storage, where, shape, lines, ())

    return files


def _whole(execution: Execution) -> list[JSON]:
    """A child as ListExecutions and DescribeExecution show it."""
    from treadle.engine.context import timestamp
    from treadle.engine.redrive import redrive_date

    shown: dict[str, JSON] = {
        "ExecutionArn": execution.arn,
        "Input": limits.dumps(execution.input),
        "InputDetails": {"Included": True},
        "Name": execution.name,
        "OutputDetails": {"Included": True},
        "RedriveCount": execution.redrives,
        "StartDate": timestamp(execution.start_date),
        "StateMachineArn": execution.machine.arn,
        "Status": execution.status,
        "StopDate": timestamp(execution.stop_date or execution.start_date),
    }
    succeeded = execution.status == "SUCCEEDED"
    if execution.machine.type == "STANDARD":
        shown["RedriveStatus"] = "NOT_REDRIVABLE" if succeeded else "REDRIVABLE_BY_MAP_RUN"
        if succeeded:
            shown["RedriveStatusReason"] = "Execution is SUCCEEDED and cannot be redriven"
        redriven = redrive_date(execution)
        if redriven is not None:
            shown["RedriveDate"] = timestamp(redriven)
    if succeeded:
        shown["Output"] = limits.dumps(execution.output)
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
        self.whole = shape is _whole
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

    def pending(self, given: JSON) -> None: ...

    def close(self) -> None: ...

    def redriven(self) -> Writer:
        return self

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
        earlier: Sequence[dict[str, JSON]],
    ) -> None:
        self.whole = shape is _whole
        self._target = target
        self._run = run
        self._storage = storage
        self._bucket = target["Bucket"]
        prefix = target.get("Prefix", "")
        self._folder = f"{prefix.rstrip('/')}/{run.arn.rpartition(':')[2]}".lstrip("/")
        if run.redrives:
            self._folder += f"/Redrive-{run.redrives}"
        self._shape = shape
        self._lines = lines
        self._open: dict[str, _File] = {}
        self._earlier = len(earlier)
        self._written: dict[str, list[dict[str, JSON]]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": [*earlier]}

    def add(self, index: int, execution: Execution) -> None:
        if execution.status == "SUCCEEDED":
            self._add("SUCCEEDED", self._shape(execution))
        else:  # whatever the transformation is, a failure is shown whole
            self._add("FAILED", _whole(execution))

    def pending(self, given: JSON) -> None:
        shown = {"Input": limits.dumps(given), "InputDetails": {"Included": True}, "Status": "PENDING"}
        self._add("PENDING", [shown])

    def close(self) -> None:
        try:
            while self._open:
                kind, file = self._open.popitem()
                self._written[kind].append(file.close())
        except (ServiceError, OSError) as problem:
            raise _write_failure(problem) from None

    def redriven(self) -> Writer:
        written = self._written["SUCCEEDED"]
        return Files(self._run, self._storage, self._target, self._shape, self._lines, written)

    def _add(self, kind: str, parts: list[JSON]) -> None:
        try:
            file = self._open.get(kind) or self._begin(kind)
            for part in parts:
                file.add(part)
            if file.size >= FILE_BYTES:
                self._written[kind].append(self._open.pop(kind).close())
        except (ServiceError, OSError) as problem:
            raise _write_failure(problem) from None

    def _begin(self, kind: str) -> _File:
        number = len(self._written[kind]) - (self._earlier if kind == "SUCCEEDED" else 0)
        key = f"{self._folder}/{kind}_{number}.{'jsonl' if self._lines else 'json'}"
        file = self._open[kind] = _File(key, self._storage.write(self._bucket, key), self._lines)
        return file

    def finish(self) -> JSON:
        key = f"{self._folder}/manifest.json"
        manifest = {
            "DestinationBucket": self._bucket,
            "MapRunArn": self._run.arn,
            "ResultFiles": self._written,
        }
        self.close()
        try:
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
