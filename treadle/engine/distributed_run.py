"""A Map Run: what a Distributed Map has done so far, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from treadle.engine.execution import Execution

JSON = Any

_ENDS = ("succeeded", "failed", "timedOut", "aborted")


class MapRun:
    """`total` counts the children read so far, `known` those there are to be (0 while that is unknown)."""

    __slots__ = (
        "arn", "clock", "concurrency", "ends", "execution_arn", "known", "label", "running", "start_date", "status",
        "stop_date", "tolerated_count", "tolerated_percentage", "tolerates", "total", "written",
    )  # fmt: skip

    def __init__(
        self,
        execution: Execution,
        label: str | None,
        concurrency: int,
        tolerated_count: int,
        tolerated_percentage: float,
    ) -> None:
        self.clock = execution.clock
        self.label = label or execution.chance.uuid()
        arn = execution.machine.arn.replace(":stateMachine:", ":mapRun:")
        self.arn = f"{arn}/{self.label}:{execution.chance.uuid()}"
        self.execution_arn = execution.arn
        self.concurrency = concurrency
        self.tolerated_count = tolerated_count
        self.tolerated_percentage = tolerated_percentage
        self.tolerates: tuple[int | None, float | None] = (None, None)
        self.status = "RUNNING"
        self.start_date = self.clock.now()
        self.stop_date: float | None = None
        self.total = 0
        self.known = 0
        self.running = 0
        self.written = 0
        self.ends = dict.fromkeys(_ENDS, 0)

    def note(self, status: str) -> None:
        """A child has ended."""
        self.running -= 1
        self.ends["timedOut" if status == "TIMED_OUT" else status.lower()] += 1

    def end(self, status: str) -> None:
        self.status = status
        self.stop_date = self.clock.now()

    @property
    def failures(self) -> int:
        return self.ends["failed"] + self.ends["timedOut"] + self.ends["aborted"]

    def exceeded(self) -> bool:
        """Have more children failed than the Map tolerates? A share of them is known only with their number."""
        count, share = self.tolerates
        failures = self.failures
        if not failures:
            return False
        if count is None and share is None:
            return True
        if count is not None and failures > count and not (count == 0 and share):
            return True
        return bool(share is not None and self.known and failures * 100 > share * self.known)

    def describe(self) -> dict[str, JSON]:
        """DescribeMapRun's answer, dates in seconds since the epoch."""
        counts = {
            "pending": max(self.known, self.total) - self.running - sum(self.ends.values()),
            "running": self.running,
            **self.ends,
            "total": max(self.known, self.total),
            "resultsWritten": self.written,
            "failuresNotRedrivable": 0,
            "pendingRedrive": 0,
        }
        described: dict[str, JSON] = {
            "mapRunArn": self.arn,
            "executionArn": self.execution_arn,
            "status": self.status,
            "startDate": self.start_date,
            "maxConcurrency": self.concurrency if self.concurrency < 10_000 else 0,
            "toleratedFailureCount": self.tolerated_count,
            "toleratedFailurePercentage": float(self.tolerated_percentage),
            "itemCounts": counts,
            "executionCounts": dict(counts),
            "redriveCount": 0,
        }
        if self.stop_date is not None:
            described["stopDate"] = self.stop_date
        return described
