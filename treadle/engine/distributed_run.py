"""A Map Run: what a Distributed Map has done so far, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from treadle.engine.execution import Execution

JSON = Any

_ENDS = ("succeeded", "failed", "timedOut", "aborted")


class Counts:
    """Of items, or of child executions: `total` those read so far, and how many ended how."""

    __slots__ = ("ends", "running", "total", "written")

    def __init__(self) -> None:
        self.total = 0
        self.running = 0
        self.written = 0
        self.ends = dict.fromkeys(_ENDS, 0)

    def begin(self, number: int) -> None:
        self.total += number
        self.running += number

    def end(self, kind: str, number: int) -> None:
        self.running -= number
        self.ends[kind] += number
        self.written += number

    @property
    def failures(self) -> int:
        return self.ends["failed"] + self.ends["timedOut"] + self.ends["aborted"]

    def shown(self, total: int) -> dict[str, JSON]:
        total = max(total, self.total)
        return {
            "pending": total - self.running - sum(self.ends.values()),
            "running": self.running,
            **self.ends,
            "total": total,
            "resultsWritten": self.written,
        }


class MapRun:
    """`known` is the number of items there are, 0 while they are still being read."""

    __slots__ = (
        "__weakref__", "arn", "clock", "concurrency", "execution", "execution_arn", "executions", "items", "known",
        "label", "start_date", "status", "stop_date", "tolerated_count", "tolerated_percentage",
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
        self.start_date = self.clock.now()
        self.stop_date: float | None = None
        self.known = 0
        self.items = Counts()
        self.executions = Counts()
        _RUNS[self.arn] = self

    @classmethod
    def of(cls, execution: Execution, facts: tuple[Any, ...]) -> MapRun:
        """As a journal has kept it; its counts are those of its children, and not among the facts."""
        label, concurrency, count, percentage, *rest = facts
        run = cls(execution, label, concurrency, count, percentage)
        del _RUNS[run.arn]
        run.arn, run.status, run.start_date, run.stop_date, run.known = rest
        _RUNS[run.arn] = run
        return run

    def facts(self) -> tuple[Any, ...]:
        return (
            self.label,
            self.concurrency,
            self.tolerated_count,
            self.tolerated_percentage,
            self.arn,
            self.status,
            self.start_date,
            self.stop_date,
            self.known,
        )

    def begin(self, items: int) -> None:
        """A child has begun, with so many items."""
        self.items.begin(items)
        self.executions.begin(1)

    def note(self, status: str, items: int) -> None:
        """A child has ended."""
        kind = "timedOut" if status == "TIMED_OUT" else status.lower()
        self.items.end(kind, items)
        self.executions.end(kind, 1)

    def end(self, status: str) -> None:
        self.status = status
        self.stop_date = self.clock.now()

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
            "executionCounts": self.executions.shown(0),
        }
        if self.stop_date is not None:
            described["stopDate"] = self.stop_date
        return described


_RUNS: WeakValueDictionary[str, MapRun] = WeakValueDictionary()


def find(arn: str) -> MapRun | None:
    """The Map Run of this process by its ARN, as the MapRunStarted event gives it: for whoever shows its progress."""
    return _RUNS.get(arn)
