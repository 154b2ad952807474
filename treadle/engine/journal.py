"""Keeps Standard executions on disk while they run, so that they go on after the process was killed at any moment.

    journal = Journal("journal.sqlite")
    for execution in journal.recover(service=service):          # what was running when the process ended
        asyncio.create_task(execution.work_alone())
    execution = begin(machine, input, service=service, journal=journal)

An execution is kept as its history and the state of its frames, always both in one transaction: a transition is in the
history exactly once, and what was not kept yet runs again. So a Task may be called twice, a state is never left twice.
Waits, back-offs and task tokens are kept as the moments and names they are. Many executions share a commit.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.engine import journal_rows as rows
from treadle.engine.callbacks import CALLBACKS, Callbacks
from treadle.engine.chance import CHANCE, Chance
from treadle.engine.clock import Clock, RealClock, give_way
from treadle.engine.context import timestamp
from treadle.engine.limits import STANDARD, Limits
from treadle.engine.task import Service
from treadle.errors import InputError

if TYPE_CHECKING:
    from treadle.engine.execution import Execution
    from treadle.engine.frame import Frame
    from treadle.engine.machine import Machine

JSON = Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS machines (
    id INTEGER PRIMARY KEY, arn TEXT, name TEXT, role TEXT, definition TEXT, UNIQUE (arn, role, definition)
);
CREATE TABLE IF NOT EXISTS executions (
    id INTEGER PRIMARY KEY, arn TEXT UNIQUE, machine INTEGER, name TEXT, status TEXT, start REAL, stop REAL,
    input BLOB, output BLOB, error TEXT, cause TEXT
);
CREATE INDEX IF NOT EXISTS running ON executions (status) WHERE status = 'RUNNING';
CREATE TABLE IF NOT EXISTS events (
    execution INTEGER, first INTEGER, data BLOB, PRIMARY KEY (execution, first)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS frames (
    execution INTEGER, path TEXT, data BLOB, PRIMARY KEY (execution, path)
) WITHOUT ROWID;
"""


class Journal:
    """One SQLite file. Used from the thread of the event loop that its executions run on.

    Changes are written together, at most `interval` seconds after they happened. With `fsync` they also survive a
    failure of the machine's power, not only of the process.
    """

    def __init__(self, path: str | Path, *, interval: float = 0.005, fsync: bool = False) -> None:
        settings = (
            "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; "  # two processes would both go on with it
            f"PRAGMA synchronous={'FULL' if fsync else 'NORMAL'};"
        )
        try:
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1)
            self._database.executescript(settings + _SCHEMA)
        except sqlite3.Error as problem:
            raise InputError(f"the journal {path} cannot be used ({problem}): is another process using it?") from None
        self._interval = interval
        self._kept: dict[Execution, _Kept] = {}
        self._changed: dict[Execution, _Kept] = {}
        self._machines: dict[Machine, int] = {}
        self._timer: asyncio.TimerHandle | None = None

    # --- what the engine tells ----------------------------------------------------------------------------------------

    def begun(self, execution: Execution) -> None:
        """From now on the execution is kept."""
        self._kept[execution] = self._changed[execution] = _Kept()
        self._changed[execution].dirty[()] = execution.frame
        self._schedule()

    def touched(self, frame: Frame) -> None:
        kept = self._kept.get(frame.execution)
        if kept is not None:
            kept.dirty[frame.path] = frame
            self._changed[frame.execution] = kept
            if self._timer is None:
                self._schedule()

    def ended(self, execution: Execution) -> None:
        kept = self._kept.get(execution)
        if kept is not None:
            self._changed[execution] = kept
            self._schedule()

    # --- writing ------------------------------------------------------------------------------------------------------

    def _schedule(self) -> None:
        if self._timer is not None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # a run without an event loop: its end is written by `flush` or `close`
        self._timer = loop.call_later(self._interval, self.flush)

    def flush(self) -> None:
        """Writes what has changed, in one transaction. To be called when no coroutine of an execution is half-way."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        ready = {execution: kept for execution, kept in self._changed.items() if not execution.unsettled}
        if ready:
            self._commit(ready)
        if self._changed:
            self._schedule()

    def _commit(self, ready: dict[Execution, _Kept]) -> None:
        write = self._database.execute
        before = {execution: kept.copy() for execution, kept in ready.items()}
        try:
            write("BEGIN IMMEDIATE")
            for execution, kept in ready.items():
                self._write(execution, kept)
            write("COMMIT")
        except BaseException:  # a full disk, say: nothing is lost as long as the process lives
            if self._database.in_transaction:
                write("ROLLBACK")
            self._machines.clear()
            for execution, kept in before.items():
                self._kept[execution] = self._changed[execution] = kept
            self._schedule()
            raise
        for execution in ready:
            del self._changed[execution]
            if execution.status != "RUNNING":
                del self._kept[execution]

    async def settled(self) -> None:
        """Returns once all that has happened is kept: before an answer to a task token is acknowledged, say.

        sqlite3.Error where it cannot be kept.
        """
        for _ in range(3):  # what was woken up has its turn first
            await give_way()
        self.flush()
        while any(execution.unsettled for execution in self._changed):
            await give_way()
            self.flush()

    def close(self) -> None:
        self.flush()
        if self._timer is not None:
            self._timer.cancel()
        self._database.close()

    def _write(self, execution: Execution, kept: _Kept) -> None:
        write = self._database.execute
        if kept.id == 0:
            kept.id = self._insert(execution)
        events = execution.events
        if len(events) < kept.events:  # the event quota cut the last ones off
            write("DELETE FROM events WHERE execution = ?", (kept.id,))
            kept.events = 0
        if len(events) > kept.events:
            row = (kept.id, kept.events, rows.dumps(events[kept.events :]))
            write("INSERT INTO events VALUES (?, ?, ?)", row)
            kept.events = len(events)
        if execution.status != "RUNNING":
            self._finish(execution, kept)
            return
        for path, frame in kept.dirty.items():
            self._write_frame(execution, kept, path, frame)
        kept.dirty = {}

    def _insert(self, execution: Execution) -> int:
        machine = execution.machine
        number = self._machines.get(machine)
        if number is None:
            row = (machine.arn, machine.name, machine.role_arn, json.dumps(machine.definition))
            self._database.execute("INSERT OR IGNORE INTO machines VALUES (NULL, ?, ?, ?, ?)", row)
            found = self._database.execute(
                "SELECT id FROM machines WHERE arn = ? AND name = ? AND role = ? AND definition = ?", row
            )
            number = self._machines[machine] = int(found.fetchone()[0])
        given = rows.dumps((execution.input, execution.text))
        sql = "INSERT INTO executions (arn, machine, name, status, start, input) VALUES (?, ?, ?, ?, ?, ?)"
        facts = (execution.arn, number, execution.name, "RUNNING", execution.start_date, given)
        return self._database.execute(sql, facts).lastrowid or 0

    def _finish(self, execution: Execution, kept: _Kept) -> None:
        write = self._database.execute
        output = None if execution.output is None else rows.dumps(execution.output)
        row = (execution.status, execution.stop_date, output, execution.error, execution.cause, kept.id)
        write("UPDATE executions SET status = ?, stop = ?, output = ?, error = ?, cause = ? WHERE id = ?", row)
        write("DELETE FROM frames WHERE execution = ?", (kept.id,))

    def _write_frame(self, execution: Execution, kept: _Kept, path: tuple[int, ...], frame: Frame) -> None:
        generation = rows.generation(execution.frame, path, frame)
        if generation is None:
            return
        write = self._database.execute
        place = rows.place(path)
        if frame.progress is None:
            if path in kept.parents:
                kept.parents.discard(path)
                write(
                    "DELETE FROM frames WHERE execution = ? AND path > ? AND path < ?", (kept.id, *rows.inside(place))
                )
        else:
            kept.parents.add(path)
        data = rows.dumps((generation, rows.fields(frame), None if path else rows.surroundings(execution)))
        write("INSERT OR REPLACE INTO frames VALUES (?, ?, ?)", (kept.id, place, data))

    # --- reading ------------------------------------------------------------------------------------------------------

    def recover(
        self,
        *,
        service: Service | None = None,
        clock: Clock | None = None,
        chance: Chance = CHANCE,
        limits: Limits = STANDARD,
        machines: Mapping[str, Machine] | None = None,
        callbacks: Callbacks = CALLBACKS,
    ) -> list[Execution]:
        """The executions that were running, as they were when they were last kept: `work_alone` lets each go on.

        Each runs the definition that it began with.
        """
        from treadle.engine.entry import begin

        own = self._definitions()
        sql = "SELECT id, machine, name, start, input FROM executions WHERE status = 'RUNNING' ORDER BY id"
        recovered = []
        for number, machine, name, started, given in self._database.execute(sql).fetchall():
            input, text = rows.loads(given)
            execution = begin(
                own[machine],
                input,
                service=service,
                clock=clock or RealClock(),
                chance=chance,
                name=name,
                limits=limits,
                machines=machines,
                callbacks=callbacks,
                text=text,
            )
            kept = self._kept[execution] = _Kept()
            kept.id = number
            self._restore(execution, kept, started)
            execution.journal = self
            recovered.append(execution)
        return recovered

    def history(self, arn: str) -> list[tuple[Any, ...]]:
        """The events that are kept of an execution, as the engine leaves them."""
        sql = "SELECT e.data FROM events e JOIN executions x ON x.id = e.execution WHERE x.arn = ? ORDER BY e.first"
        return [event for (data,) in self._database.execute(sql, (arn,)) for event in rows.loads(data)]

    def executions(self, *, status: str | None = None, arn: str | None = None) -> list[dict[str, JSON]]:
        """What is kept of executions: arn, name, status, input, output, error, cause, start_date, stop_date."""
        sql = (
            "SELECT arn, name, status, input, output, error, cause, start, stop FROM executions "
            "WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR arn = ?2) ORDER BY id"
        )
        return [
            {
                "arn": found,
                "name": name,
                "status": state,
                "input": rows.loads(given)[0],
                "output": None if output is None else rows.loads(output),
                "error": error,
                "cause": cause,
                "start_date": start,
                "stop_date": stop,
            }
            for found, name, state, given, output, error, cause, start, stop in self._database.execute(
                sql, (status, arn)
            )
        ]

    def prune(self, before: float) -> int:
        """Forgets the executions that ended before that moment (seconds since the epoch); gives their number."""
        write = self._database.execute
        write("BEGIN IMMEDIATE")
        old = "SELECT id FROM executions WHERE stop < ?"
        write(f"DELETE FROM events WHERE execution IN ({old})", (before,))
        forgotten = write("DELETE FROM executions WHERE stop < ?", (before,)).rowcount
        write("COMMIT")
        return forgotten

    def _definitions(self) -> dict[int, Machine]:
        from treadle.engine.machine import load

        found = {}
        for number, arn, name, role, text in self._database.execute("SELECT * FROM machines").fetchall():
            region, account = arn.split(":")[3:5]
            machine = load(json.loads(text), name=name, region=region, account=account, role_arn=role)
            self._machines[machine] = number
            found[number] = machine
        return found

    def _restore(self, execution: Execution, kept: _Kept, started: float) -> None:
        events: list[tuple[Any, ...]] = []
        written = self._database.execute("SELECT data FROM events WHERE execution = ? ORDER BY first", (kept.id,))
        for (data,) in written:
            events += rows.loads(data)
        execution.events[:] = events
        kept.events = len(events)
        execution.start_date = started
        execution.context["Execution"]["StartTime"] = timestamp(started)
        frames = {
            tuple(int(part) for part in path.split("/")[:-1]): rows.loads(data)
            for path, data in self._database.execute(
                "SELECT path, data FROM frames WHERE execution = ? ORDER BY path", (kept.id,)
            )
        }
        _, fields, surroundings = frames[()]
        execution.resume_from(*surroundings)
        rows.rebuild(execution.frame, fields, execution.machine.scope, rows.Tree(frames))
        kept.parents = {path[:-1] for path in frames if path}


class _Kept:
    """What the journal knows of one execution."""

    __slots__ = ("dirty", "events", "id", "parents")

    def __init__(self) -> None:
        self.id = 0  # its row, 0 before it has one
        self.events = 0  # how many are written
        self.dirty: dict[tuple[int, ...], Frame] = {}
        self.parents: set[tuple[int, ...]] = set()  # the frames whose children have rows

    def copy(self) -> _Kept:
        made = _Kept()
        made.id, made.events, made.dirty, made.parents = self.id, self.events, self.dirty, set(self.parents)
        return made
