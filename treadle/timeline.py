"""What happened in an execution, state by state: its history, folded into a few rows as the events come.

A loop's states and a Map's iterations are one row each, with how often they ran, so that the rows of a Map over a
million items fit a screen. The command line draws them live; a notebook and the console draw them afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from treadle.engine.distributed_run import MapRun, find

JSON = Any
Path = tuple[str, ...]
"""The names of the Map and Parallel states around a state, outermost first, and its own last."""


@dataclass(slots=True)
class Row:
    """One state, in all its turns.

    `began` and `ended` are seconds since the epoch, of the first entry and the last exit; `busy` sums up all turns.
    `status` is "running", "succeeded", "caught", "failed" or "aborted" (a branch cut short). `done` of `items` counts a
    Map's iterations; a Distributed Map is counted by its `map_run` while it runs. Of the last turn, as JSON texts:
    `input` and `output` of the state, what a Task `sent` and what it `received`, and the variables `assigned`.
    """

    name: str
    type: str
    path: Path
    began: float
    ended: float | None = None
    busy: float = 0.0
    turns: int = 0
    running: int = 0
    status: str = "running"
    items: int | None = None
    done: int = 0
    retries: int = 0
    error: str | None = None
    cause: str | None = None
    input: str | None = None
    output: str | None = None
    sent: str | None = None
    received: str | None = None
    assigned: Mapping[str, str] = field(default_factory=dict)
    models: list[str] = field(default_factory=list)
    map_run: MapRun | None = None

    @property
    def depth(self) -> int:
        return len(self.path) - 1

    def spent(self, now: float | None = None) -> float:
        """Seconds from the first entry until the last exit, or until `now`; of a loop's state, the sum of its turns."""
        if self.running and now is not None:
            return max(0.0, now - self.began)
        return self.busy if self.turns > 1 and self.depth == 0 else (self.ended or self.began) - self.began

    @property
    def counts(self) -> str:
        """`12/80` of a Map, `×5` of a loop, `retried 2×`; "" for a state that ran once."""
        parts = [f"{self.done:,}/{self.items:,}"] if self.items is not None else []
        if self.map_run is not None:
            ended, known = sum(self.map_run.items.ends.values()), self.map_run.known
            parts = [f"{ended:,}/{known:,}" if known else f"{ended:,}/…"]  # of a file, nobody knows before it is read
        parts += [f"×{self.turns}"] if self.turns > 1 else []
        parts += [f"retried {self.retries}×"] if self.retries else []
        return " ".join(parts)


@dataclass(slots=True)
class _Turn:
    """One entry of a state: where the events of a branch are at."""

    row: Row | None
    outer: _Turn | None
    began: float = 0.0
    attempts: int = 0
    error: str | None = None
    cause: str | None = None
    branching: bool = False
    failed: bool = False


class Timeline:
    """Call it with each history event (AWS's shape) in turn; `rows` come in the order of their first entries."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.began: float | None = None
        self.ended: float | None = None
        self.status = "RUNNING"
        self._rows: dict[Path, Row] = {}
        self._at: dict[int, _Turn] = {}

    @classmethod
    def of(cls, events: Iterable[Mapping[str, JSON]], models: Sequence[tuple[str, str]] = ()) -> Timeline:
        """The timeline of a finished execution, with the models that answered."""
        timeline = cls()
        for event in events:
            timeline(event)
        timeline.answered(models)
        return timeline

    def __call__(self, event: Mapping[str, JSON]) -> None:
        kind: str = event["type"]
        now = seconds(event["timestamp"])
        before = self._at.get(event.get("previousEventId", 0)) or _Turn(None, None)
        if kind.endswith("StateEntered"):
            after = self._entered(event, kind.removesuffix("StateEntered"), before, now)
        elif kind.endswith("StateExited"):
            after = self._exited(event, before, now)
        elif kind.startswith("Execution"):
            after = self._execution(event, kind, before, now)
        else:
            after = self._progress(event, kind, before, now)
        self._at[event["id"]] = after

    def answered(self, models: Iterable[tuple[str, str]]) -> None:
        """Put the names of the models beside the states they answered."""
        for state, model in models:
            for row in self.rows:
                if row.name == state and model not in row.models:
                    row.models.append(model)

    @property
    def seconds(self) -> float:
        """How long the execution took, or has taken until the last event."""
        return (self.ended or self.began or 0.0) - (self.began or 0.0)

    def _entered(self, event: Mapping[str, JSON], type: str, before: _Turn, now: float) -> _Turn:
        details = event.get("stateEnteredEventDetails", {})
        outer = before if before.branching else before.outer
        path = (*(outer.row.path if outer and outer.row else ()), details["name"])
        row = self._rows.get(path)
        if row is None:
            row = self._rows[path] = Row(details["name"], type, path, now)
            self.rows.append(row)
        row.turns += 1
        row.running += 1
        row.status = "running"
        row.input = details.get("input", row.input)
        return _Turn(row, outer, now)

    def _exited(self, event: Mapping[str, JSON], before: _Turn, now: float) -> _Turn:
        details = event.get("stateExitedEventDetails", {})
        turn = self._close(before, lambda turn: turn.row is not None and turn.row.name == details["name"], now)
        if turn is None or turn.row is None:
            return before
        self._leave(turn, "caught" if turn.error else "succeeded", now)
        turn.row.output = details.get("output", turn.row.output)
        turn.row.assigned = details.get("assignedVariables", {})
        return _Turn(None, turn.outer)

    def _close(self, turn: _Turn | None, found: Callable[[_Turn], bool], now: float) -> _Turn | None:
        """The turn at or around `turn` that is `found`; those inside it end as failed."""
        inside = []
        while turn is not None and not found(turn):
            inside.append(turn)
            turn = turn.outer
        if turn is not None:
            for each in inside:
                self._leave(each, "failed", now)
        return turn

    def _leave(self, turn: _Turn, status: str, now: float) -> None:
        row = turn.row
        if row is None or row.running == 0:
            return
        row.running -= 1
        row.ended = now
        row.busy += now - turn.began
        row.error, row.cause = turn.error or row.error, turn.cause or row.cause
        if row.running:
            return
        row.status = status
        if turn.branching:
            for inner in self.rows:
                if inner.running and inner.path[: len(row.path)] == row.path:
                    inner.running, inner.ended, inner.status = 0, now, "aborted"

    def _execution(self, event: Mapping[str, JSON], kind: str, before: _Turn, now: float) -> _Turn:
        if kind == "ExecutionStarted":
            self.began = now
            return before
        if kind in _ENDS:
            self.status, self.ended = _ENDS[kind], now
            details = _details(event)
            turn: _Turn | None = before
            while turn is not None:
                turn.error = turn.error or details.get("error")
                turn.cause = turn.cause or details.get("cause")
                self._leave(turn, "succeeded" if kind == "ExecutionSucceeded" else "failed", now)
                turn = turn.outer
            for row in self.rows:
                if row.running:
                    row.running, row.ended, row.status = 0, now, "aborted"
        return before

    def _progress(self, event: Mapping[str, JSON], kind: str, before: _Turn, now: float) -> _Turn:
        """An event inside a state: an attempt, a failure, an iteration of a Map, a branch."""
        details = _details(event)
        if kind in ("MapStateStarted", "ParallelStateStarted"):
            before.branching = True
            if before.row is not None and kind == "MapStateStarted":
                before.row.items = (before.row.items or 0) + details.get("length", 0)
        elif kind.startswith("MapIteration"):
            within = self._close(
                before, lambda turn: turn.row is not None and turn.row.name == details.get("name"), now
            )
            if within is not None and within.row is not None:
                within.row.done += kind in ("MapIterationSucceeded", "MapIterationFailed")
            return within or before
        elif kind in ("MapRunStarted", "MapRunRedriven") and before.row is not None:
            before.row.map_run = find(details["mapRunArn"])
        elif kind in ("MapRunSucceeded", "MapRunFailed") and before.row is not None:
            # The children of a Distributed Map have histories of their own: what is known of them are their numbers.
            run = before.row.map_run
            before.row.items = before.row.items if run is None else run.items.total
            before.row.done = before.row.items or 0 if run is None else sum(run.items.ends.values())
            before.row.map_run = None
        elif kind.startswith(("ParallelState", "MapState")):
            type = "Map" if kind.startswith("Map") else "Parallel"
            within = self._close(before, lambda turn: bool(turn.row and turn.row.type == type and not turn.failed), now)
            if within is not None and not kind.endswith("Succeeded"):
                within.failed = True
                within.error = before.error or details.get("error") or kind
                within.cause = before.cause or details.get("cause")
            return within or before
        elif kind in _ATTEMPTS and before.row is not None:
            before.row.retries += before.attempts > 0
            before.row.sent = details.get("parameters", details.get("input"))
            before.attempts += 1
            before.error = before.cause = None
        elif kind in _ANSWERS and before.row is not None:
            before.row.received = details.get("output")
        elif kind.endswith(_FAILURES):
            before.error, before.cause = details.get("error") or kind, details.get("cause")
        return before


_ENDS = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}
_ATTEMPTS = ("TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled")
_ANSWERS = ("TaskSucceeded", "LambdaFunctionSucceeded", "ActivitySucceeded")
_FAILURES = ("Failed", "TimedOut", "ScheduleFailed", "SubmitFailed", "StartFailed")


def _details(event: Mapping[str, JSON]) -> Mapping[str, JSON]:
    for name, value in event.items():
        if name.endswith("EventDetails"):
            found: Mapping[str, JSON] = value
            return found
    return {}


def seconds(timestamp: Any) -> float:
    """A history event's timestamp as seconds since the epoch: a number, an ISO text or a datetime."""
    if isinstance(timestamp, int | float):
        return float(timestamp)
    if isinstance(timestamp, str):
        from datetime import datetime

        return datetime.fromisoformat(timestamp).timestamp()
    return float(timestamp.timestamp())


def duration(seconds: float) -> str:
    """A length of time as people write it: "0.4 ms", "12 ms", "1.2 s", "3 min 5 s"."""
    if seconds < 0.01:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
