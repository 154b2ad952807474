"""Executions as a journal has kept them, put together again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from treadle.engine import journal_rows as rows
from treadle.engine.callbacks import CALLBACKS, Callbacks
from treadle.engine.chance import CHANCE, Chance
from treadle.engine.clock import Clock, RealClock
from treadle.engine.context import timestamp
from treadle.engine.distributed_run import MapRun
from treadle.engine.entry import NOTHING, refuse
from treadle.engine.execution import Execution
from treadle.engine.journal_store import Kept, reading
from treadle.engine.limits import STANDARD, Limits
from treadle.engine.machine import Machine, load
from treadle.engine.task import Service

JSON = Any

_COLUMNS = "id, arn, machine, name, status, start, stop, input, output, error, cause, parent, awaited"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an execution runs with and a journal cannot keep."""

    service: Service = NOTHING
    clock: Clock = field(default_factory=RealClock)
    chance: Chance = CHANCE
    limits: Limits = STANDARD
    machines: Mapping[str, Machine] = field(default_factory=dict)
    callbacks: Callbacks = field(default_factory=lambda: CALLBACKS)


@dataclass(frozen=True, slots=True)
class Restored:
    """An execution with what the journal knows of it, and its frames that had something to do with others."""

    execution: Execution
    kept: Kept
    links: list[rows.Link]


class Reader:
    def __init__(
        self, database: sqlite3.Connection, surroundings: Surroundings, know: Callable[[Machine, int], None]
    ) -> None:
        self._database = database
        self._surroundings = surroundings
        self._know = know
        self._machines: dict[int, Machine] = {}

    def running(self) -> list[Restored]:
        """Those that were running, without the children of Map Runs. UnsupportedResource where one cannot go on."""
        sql = f"SELECT {_COLUMNS} FROM executions WHERE status = 'RUNNING' AND run IS NULL ORDER BY id"
        with reading():
            restored = [self._restored(row) for row in self._database.execute(sql).fetchall()]
        for found in restored:
            refuse(found.execution.machine, self._surroundings.service, self._surroundings.machines)
        return restored

    def one(self, arn: str) -> Restored | None:
        """The one of that ARN, running or ended."""
        sql = f"SELECT {_COLUMNS} FROM executions WHERE arn = ? AND run IS NULL"
        with reading():
            row = self._database.execute(sql, (arn,)).fetchone()
            return None if row is None else self._restored(row)

    def knows(self, arn: str) -> bool:
        with reading():
            return self._database.execute("SELECT 1 FROM executions WHERE arn = ?", (arn,)).fetchone() is not None

    def is_running(self, arn: str) -> bool:
        sql = "SELECT 1 FROM executions WHERE arn = ? AND status = 'RUNNING'"
        with reading():
            return self._database.execute(sql, (arn,)).fetchone() is not None

    def _restored(self, row: tuple[Any, ...]) -> Restored:
        number, _, machine, name, status, start, stop, given, output, error, cause, parent, awaited = row
        input, text = rows.loads(given)
        around = self._surroundings
        execution = Execution(
            self._machine(machine),
            input,
            service=around.service,
            clock=around.clock,
            chance=around.chance,
            name=name,
            observer=None,
            limits=around.limits,
            machines=around.machines,
            callbacks=around.callbacks,
            text=text,
        )
        execution.parent, execution.awaited = parent, bool(awaited)
        result = None if output is None else rows.loads(output)
        execution.recall(status, stop, result, error, cause)
        return self.fill(execution, number, start)

    def _machine(self, number: int) -> Machine:
        if number not in self._machines:
            row = self._database.execute("SELECT * FROM machines WHERE id = ?", (number,)).fetchone()
            _, arn, name, role, text = row
            region, account = arn.split(":")[3:5]
            definition = json.loads(text)
            machine = load(definition, name=name, region=region, account=account, role_arn=role, checked=True)
            self._machines[number] = machine
            self._know(machine, number)
        return self._machines[number]

    def fill(self, execution: Execution, number: int, started: float) -> Restored:
        """Gives an execution its events and frames."""
        events: list[tuple[Any, ...]] = []
        written = self._database.execute("SELECT data FROM events WHERE execution = ? ORDER BY first", (number,))
        for (data,) in written:
            events += rows.loads(data)
        execution.events[:] = events
        execution.start_date = execution.since = started
        execution.context["Execution"]["StartTime"] = timestamp(started)
        kept = Kept(number, len(events))
        frames = {
            tuple(int(part) for part in path.split("/")[:-1]): rows.loads(data)
            for path, data in self._database.execute(
                "SELECT path, data FROM frames WHERE execution = ? ORDER BY path", (number,)
            )
        }
        tree = rows.Tree(frames)
        redriven = [event for event in events if event[0] == "ExecutionRedriven"]
        if redriven:
            execution.context["Execution"]["RedriveCount"] = len(redriven)
            execution.context["Execution"]["RedriveTime"] = timestamp(redriven[-1][2])
        if frames:
            _, fields, surroundings = frames[()]
            execution.resume_from(*surroundings)
            rows.rebuild(execution.frame, fields, execution.machine.scope, tree)
            kept.parents = {path[:-1] for path in frames if path}
            kept.framed = True
        return Restored(execution, kept, tree.links)

    # --- Map Runs -----------------------------------------------------------------------------------------------------

    def runs(self, execution: Execution) -> list[MapRun]:
        sql = "SELECT data FROM map_runs WHERE execution = ? ORDER BY id"
        with reading():
            found = self._database.execute(sql, (execution.arn,)).fetchall()
            return [MapRun.of(execution, rows.loads(data)) for (data,) in found]

    def children(self, run: MapRun, place: int | None) -> Iterator[tuple[Any, ...]]:
        """The children that were begun: (row number or 0, index, items or None, name, ARN, status, start, stop, input,
        output, error, cause). Of one that has several of them, because it was redriven, the last one comes first.
        """
        sql = (
            "SELECT x.id, x.place, NULL, x.name, x.arn, x.status, x.start, x.stop, x.input, x.output, x.error, x.cause "
            "FROM executions x JOIN map_runs m ON m.id = x.run WHERE m.arn = ?1 AND (?2 IS NULL OR x.place = ?2) "
            "ORDER BY x.place"
        )
        with reading():
            for *facts, given, output, error, cause in self._database.execute(sql, (run.arn, place)):
                result = None if output is None else rows.loads(output)
                yield (*facts, rows.loads(given)[0], result, error, cause)
            if place is not None:
                return
            sql = "SELECT r.data FROM results r JOIN map_runs m ON m.id = r.run WHERE m.arn = ? ORDER BY r.number DESC"
            for (data,) in self._database.execute(sql, (run.arn,)):
                for result in reversed(rows.loads(data)):
                    yield (0, *result)
