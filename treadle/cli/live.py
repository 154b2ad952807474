"""What a running execution looks like: a live table on a terminal, a line for each state where output is piped.

Everything goes to stderr, so that stdout holds the output alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from treadle.engine.clock import RealClock
from treadle.timeline import Row, Timeline, duration

if TYPE_CHECKING:
    from rich.table import Table

JSON = Any
SHOWN = 40
"""Rows of the live table at most; a taller one would not fit a screen."""
BAR = 24
"""Characters of the bar that shows when a state ran."""
_MARKS = {"succeeded": "✓", "caught": "!", "failed": "✗", "aborted": "·", "running": "▸"}
_COLOURS = {"succeeded": "green", "caught": "yellow", "failed": "red", "aborted": "dim", "running": "cyan"}


class Observer(Protocol):
    def __call__(self, event: Mapping[str, JSON]) -> None: ...


@contextmanager
def shown(timeline: Timeline) -> Iterator[Observer]:
    """Show an execution as it runs: give what is yielded to the engine as its observer."""
    if sys.stderr.isatty():
        with _table(timeline):
            yield timeline
    else:
        yield _Lines(timeline)


@contextmanager
def _table(timeline: Timeline) -> Iterator[None]:
    from rich.console import Console
    from rich.live import Live

    clock = RealClock()
    console = Console(stderr=True, highlight=False)
    live = Live(
        get_renderable=lambda: table(timeline, clock.now()),
        console=console,
        refresh_per_second=10,
        transient=True,
        redirect_stdout=False,
    )
    with live:
        yield


def finished(timeline: Timeline, name: str) -> None:
    """The last word on an execution: on a terminal the whole table; how it ended, and which models answered."""
    import click

    if sys.stderr.isatty():
        from rich.console import Console

        Console(stderr=True, highlight=False).print(table(timeline, timeline.ended or 0.0))
        click.echo(summary(timeline, name), err=True)
    else:
        click.echo(summary(timeline, name, models=True), err=True)


def summary(timeline: Timeline, name: str, models: bool = False) -> str:
    """`rag.answer succeeded in 0.4 s, 3 states`; with the models that answered, where they are not in a table."""
    turns = sum(row.turns for row in timeline.rows)
    text = f"{name} {timeline.status.lower().replace('_', ' ')} in {duration(timeline.seconds)}, {turns} state"
    text += "" if turns == 1 else "s"
    answered = dict.fromkeys(f"{row.name} by {model}" for row in timeline.rows for model in row.models)
    return f"{text}; {', '.join(answered)}" if models and answered else text


def table(timeline: Timeline, now: float) -> Table:
    """The rows as a rich table: mark, state, how often, how long, when, and which model answered."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    for _ in range(3):
        grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, justify="right")
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    rows = timeline.rows
    if len(rows) > SHOWN:
        grid.add_row("", Text(f"… {len(rows) - SHOWN} states before", style="dim"))
    for row in rows[-SHOWN:]:
        colour = _COLOURS[row.status]
        grid.add_row(
            Text(_MARKS[row.status], style=colour),
            Text("  " * row.depth + row.name, style="" if row.status != "running" else "bold"),
            Text(row.counts, style="dim"),
            Text(duration(row.spent(now))),
            Text(bar(row, timeline, now), style=colour),
            Text(", ".join(row.models) or row.error or "", style="dim"),
        )
    return grid


def lines(timeline: Timeline) -> list[str]:
    """The same table as plain text."""
    now = timeline.ended or 0.0
    cells = [
        (
            _MARKS[row.status],
            "  " * row.depth + row.name,
            row.counts,
            duration(row.spent(now)),
            bar(row, timeline, now),
            ", ".join(row.models) or row.error or "",
        )
        for row in timeline.rows
    ]
    widths = [max((len(row[at]) for row in cells), default=0) for at in range(6)]
    return [
        f"{mark} {name:<{widths[1]}} {times:<{widths[2]}} {took:>{widths[3]}}  {shape}  {model}".rstrip()
        for mark, name, times, took, shape, model in cells
    ]


def bar(row: Row, timeline: Timeline, now: float) -> str:
    """When the state ran, on the line of the whole execution."""
    began = timeline.began or row.began
    whole = max((timeline.ended or now) - began, 1e-9)
    end = now if row.running else row.ended or row.began
    start = min(BAR - 1, int((row.began - began) / whole * BAR))
    length = max(1, min(BAR - start, round((end - row.began) / whole * BAR)))
    return (" " * start + "━" * length).ljust(BAR)


class _Lines:
    """A line on stderr for each state that ends, and for a Map now and then how far it is."""

    REPEATED = 20
    EVERY = 2.0

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._told: dict[tuple[str, ...], tuple[int, float]] = {}
        self._turns: dict[tuple[str, ...], float] = {}

    def __call__(self, event: Mapping[str, JSON]) -> None:
        self._timeline(event)
        kind: str = event["type"]
        if kind.endswith("StateExited"):
            self._ended(event["stateExitedEventDetails"]["name"])
        elif kind.startswith("MapIteration"):
            self._iterated(event["mapIteration" + kind.removeprefix("MapIteration") + "EventDetails"]["name"])
        elif kind in ("ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"):
            for row in self._timeline.rows:
                if row.status == "failed":
                    _say(f"  {_MARKS['failed']} {'  ' * row.depth}{row.name}  {duration(row.spent())}  {row.error}")

    def _ended(self, name: str) -> None:
        row = self._row(name)
        if row is None or row.depth or row.turns > self.REPEATED:
            return
        before = self._turns.get(row.path, 0.0)
        self._turns[row.path] = row.busy
        say = f"  {_MARKS[row.status]} {name}  {duration(row.busy - before)}"
        _say(f"{say}  {row.error}" if row.status == "caught" else say)

    def _iterated(self, name: str) -> None:
        row = self._row(name)
        if row is None or not row.items:
            return
        now = RealClock().now()
        told, when = self._told.setdefault(row.path, (0, now))
        if row.done > told and (now - when >= self.EVERY or row.done == row.items):
            self._told[row.path] = (row.done, now)
            _say(f"    {name}  {row.done}/{row.items}")

    def _row(self, name: str) -> Row | None:
        return next((row for row in self._timeline.rows if row.name == name), None)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
