"""A Map Run: what a Distributed Map has done so far, in numbers, and what a redrive of it goes on from.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

from treadle.engine.failure import DATA_LIMIT, RUNTIME

if TYPE_CHECKING:
    from treadle.engine.distributed_writer import Writer
    from treadle.engine.execution import Execution

JSON = Any

MOST_REDRIVES: Final = 1000
KEPT: Final = 10_000  # unsuccessful children that are kept in memory, to go on where they failed; others start anew

# What a child is. One that did not end well, and that a redrive has yet to come to, is so much more than it was.
PENDING, RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED = range(6)
_WAITING: Final = 3
_UNSUCCESSFUL: Final = bytes((FAILED, TIMED_OUT, ABORTED))
_UNREDRIVEN: Final = bytes(code + _WAITING for code in _UNSUCCESSFUL)
_TO_WAIT: Final = bytes.maketrans(_UNSUCCESSFUL, _UNREDRIVEN)
_NOT_TO_WAIT: Final = bytes.maketrans(_UNREDRIVEN, _UNSUCCESSFUL)
_CODES: Final = {"RUNNING": RUNNING, "SUCCEEDED": SUCCEEDED, "FAILED": FAILED, "TIMED_OUT": TIMED_OUT,
                 "ABORTED": ABORTED}  # fmt: skip
_ENDS: Final = ("succeeded", "failed", "timedOut", "aborted")


class Counts:
    """Of items, or of child executions: `total` those read so far, and how many ended how.

    `waiting` are those of the unsuccessful that a redrive has not come to yet, `lost` those that it cannot run again.
    """

    __slots__ = ("ends", "lost", "running", "total", "waiting", "written")

    def __init__(self) -> None:
        self.total = 0
        self.running = 0
        self.written = 0
        self.lost = 0
        self.ends = dict.fromkeys(_ENDS, 0)
        self.waiting = dict.fromkeys(_ENDS, 0)

    @classmethod
    def of(cls, facts: tuple[Any, ...]) -> Counts:
        counts = cls()
        counts.total, counts.written, counts.lost, counts.ends = facts
        return counts

    def facts(self) -> tuple[Any, ...]:
        return self.total, self.written, self.lost, dict(self.ends)

    def begin(self, number: int) -> None:
        self.total += number
        self.running += number

    def begin_again(self, code: int, number: int) -> None:
        kind = _ENDS[code - SUCCEEDED]
        self.ends[kind] -= number
        self.waiting[kind] -= number
        self.running += number

    def lose(self, code: int, number: int) -> None:
        self.waiting[_ENDS[code - SUCCEEDED]] -= number
        self.lost += number

    def end(self, code: int, number: int) -> None:
        self.running -= number
        self.ends[_ENDS[code - SUCCEEDED]] += number

    @property
    def failures(self) -> int:
        return sum(self.ends[kind] - self.waiting[kind] for kind in _ENDS[1:])

    def shown(self, total: int) -> dict[str, JSON]:
        total = max(total, self.total)
        return {
            "pending": total - self.running - sum(self.ends.values()),
            "running": self.running,
            **{kind: self.ends[kind] - self.waiting[kind] for kind in _ENDS},
            "total": total,
            "resultsWritten": self.written,
            "failuresNotRedrivable": self.lost,
            "pendingRedrive": sum(self.waiting.values()),
        }


class MapRun:
    """`known` is the number of items there are, 0 while they are still being read; `planned` that of executions.

    states      by the index of each child: PENDING, RUNNING, … (a byte each); None before they are read from a journal
    failed      the unsuccessful children by their index, as far as they are kept in memory
    writer      what has the results so far
    follows     id of the event that MapRunStarted, and each MapRunRedriven, follows
    """

    __slots__ = (
        "__weakref__", "arn", "clock", "concurrency", "error", "execution", "execution_arn", "executions", "failed",
        "follows", "items", "known", "label", "planned", "redrive_date", "redrives", "start_date", "states", "status",
        "stop_date", "tolerated_count", "tolerated_percentage", "writer",
    )  # fmt: skip

    def __init__(
        self,
        execution: Execution,
        label: str | None,
        concurrency: int,
        tolerated_count: int | None,
        tolerated_percentage: float | None,
    ) -> None:
        self.execution = execution
        self.clock = execution.clock
        self.label = label or execution.chance.uuid()
        arn = execution.machine.arn.replace(":stateMachine:", ":mapRun:")
        self.arn = f"{arn}/{self.label}:{execution.chance.uuid()}"
        self.execution_arn = execution.arn
        self.concurrency = concurrency
        self.tolerated_count = tolerated_count
        self.tolerated_percentage = tolerated_percentage
        self.status = "RUNNING"
        self.error: str | None = None
        self.start_date = self.clock.now()
        self.stop_date: float | None = None
        self.redrives = 0
        self.redrive_date: float | None = None
        self.follows = 0
        self.known = 0
        self.planned = 0
        self.items = Counts()
        self.executions = Counts()
        self.states: bytearray | None = bytearray()
        self.failed: dict[int, Execution] = {}
        self.writer: Writer | None = None
        _RUNS[self.arn] = self

    @classmethod
    def of(cls, execution: Execution, facts: tuple[Any, ...]) -> MapRun:
        """As a journal has kept it; while it is RUNNING, its counts are those of its children."""
        label, concurrency, count, percentage, *rest = facts
        run = cls(execution, label, concurrency, count, percentage)
        del _RUNS[run.arn]
        (run.arn, run.status, run.error, run.start_date, run.stop_date, run.redrives, run.redrive_date, run.follows,
         run.known, run.planned, items, executions) = rest  # fmt: skip
        run.items, run.executions = Counts.of(items), Counts.of(executions)
        run.states = None
        _RUNS[run.arn] = run
        return run

    def facts(self) -> tuple[Any, ...]:
        return (
            self.label, self.concurrency, self.tolerated_count, self.tolerated_percentage, self.arn, self.status,
            self.error, self.start_date, self.stop_date, self.redrives, self.redrive_date, self.follows, self.known,
            self.planned, self.items.facts(), self.executions.facts(),
        )  # fmt: skip

    # --- children -----------------------------------------------------------------------------------------------------

    def waits(self, index: int) -> bool:
        """Did that child not end well, and has a redrive yet to come to it?"""
        return self.state(index) > ABORTED

    def state(self, index: int) -> int:
        assert self.states is not None
        return self.states[index] if index < len(self.states) else PENDING

    def _set(self, index: int, code: int) -> None:
        assert self.states is not None
        if index >= len(self.states):
            self.states.extend(bytes(max(1024, index + 1 - len(self.states))))
        self.states[index] = code

    def begin(self, index: int, items: int) -> None:
        """A child has begun, with so many items: for the first time, or again."""
        code = self.state(index)
        for counts, number in ((self.items, items), (self.executions, 1)):
            if code > ABORTED:
                counts.begin_again(code - _WAITING, number)
            else:
                counts.begin(number)
        self._set(index, RUNNING)

    def note(self, index: int, items: int, child: Execution) -> None:
        """A child has ended."""
        code = _CODES[child.status]
        self._set(index, code)
        self.items.end(code, items)
        self.executions.end(code, 1)
        if code != SUCCEEDED and child.journal is None and len(self.failed) < KEPT:
            self.failed[index] = child

    def lose(self, index: int, items: int) -> None:
        """A child that failed cannot be redriven; it stays as it is, and counts as a failure again."""
        code = self.state(index) - _WAITING
        self._set(index, code)
        self.items.lose(code, items)
        self.executions.lose(code, 1)

    def count_anew(self) -> None:
        """Before the children that a journal has kept are recalled."""
        self.items, self.executions = Counts(), Counts()
        self.states = bytearray()

    def recall(self, index: int, items: int, status: str, stop: float | None) -> bool:
        """A child that a journal has kept. True where it is one that a redrive has not come to yet."""
        self.begin(index, items)
        if status == "RUNNING":
            return False
        code = _CODES[status]
        waits = code != SUCCEEDED and self.redrive_date is not None and (stop or 0) <= self.redrive_date
        self._set(index, code + _WAITING if waits else code)
        for counts, number in ((self.items, items), (self.executions, 1)):
            counts.end(code, number)
            if waits:
                counts.waiting[_ENDS[code - SUCCEEDED]] += number
        return waits

    # --- the run ------------------------------------------------------------------------------------------------------

    def changed(self) -> None:
        journal = self.execution.journal
        if journal is not None:
            journal.run_changed(self)

    def end(self, status: str, error: str | None = None) -> None:
        self.status = status
        self.error = error
        self.stop_date = self.clock.now()
        for counts, total in ((self.items, self.known), (self.executions, self.planned)):
            counts.waiting = dict.fromkeys(_ENDS, 0)
            counts.written = max(counts.total, total)
        if self.states is not None:
            self.states = self.states.translate(_NOT_TO_WAIT)
        self.changed()

    def release(self) -> None:
        """No redrive comes to it any more."""
        self.failed.clear()
        self.writer = None
        self.states = bytearray()

    def redrivable(self) -> bool:
        """Does a redrive go on with it? Otherwise it starts a new Map Run.

        Not after States.DataLimitExceeded, nor after a States.Runtime of the Map's own data.
        """
        return self.status in ("FAILED", "ABORTED") and self.error not in (DATA_LIMIT, RUNTIME)

    def forget(self) -> None:
        """Nothing of what was done counts: its results could not be written."""
        self.items, self.executions = Counts(), Counts()
        self.failed.clear()
        self.writer = None
        self.states = bytearray() if self.execution.journal is None else None

    def redrive(self) -> None:
        """RUNNING again; what did not end well is to run again."""
        self.status = "RUNNING"
        self.error = self.stop_date = None
        self.redrives += 1
        self.redrive_date = self.clock.now()
        for counts in (self.items, self.executions):
            counts.waiting = {kind: 0 if kind == "succeeded" else number for kind, number in counts.ends.items()}
            counts.written = counts.lost = 0
        if self.states is not None:
            self.states = self.states.translate(_TO_WAIT)
        self.changed()

    def exceeded(self) -> bool:
        """Have more items failed than the Map tolerates? A share of them is known only with their number."""
        count, share = self.tolerated_count, self.tolerated_percentage
        failures = self.items.failures
        if not failures:
            return False
        if count is None and share is None:
            return True
        if count is not None and failures > count and not (count == 0 and share):
            return True
        return bool(share is not None and self.known and failures * 100 > share * self.known)

    def describe(self) -> dict[str, JSON]:
        """DescribeMapRun's answer, dates in seconds since the epoch."""
        described: dict[str, JSON] = {
            "mapRunArn": self.arn,
            "executionArn": self.execution_arn,
            "status": self.status,
            "startDate": self.start_date,
            "maxConcurrency": self.concurrency,
            "toleratedFailureCount": self.tolerated_count or 0,
            "toleratedFailurePercentage": float(self.tolerated_percentage or 0),
            "itemCounts": self.items.shown(self.known),
            "executionCounts": self.executions.shown(self.planned),
            "redriveCount": self.redrives,
        }
        if self.stop_date is not None:
            described["stopDate"] = self.stop_date
        if self.redrive_date is not None:
            described["redriveDate"] = self.redrive_date
        return described


_RUNS: WeakValueDictionary[str, MapRun] = WeakValueDictionary()


def find(arn: str) -> MapRun | None:
    """The Map Run of this process by its ARN, as the MapRunStarted event gives it: for whoever shows its progress."""
    return _RUNS.get(arn)
