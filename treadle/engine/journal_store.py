"""The SQLite file of a journal: its tables, and what of an execution is written into them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from treadle.engine import journal_rows as rows
from treadle.errors import InputError

if TYPE_CHECKING:
    from treadle.engine.distributed_run import MapRun
    from treadle.engine.execution import Execution
    from treadle.engine.frame import Frame
    from treadle.engine.machine import Machine

JSON = Any
Result = tuple[Any, ...]

VERSION: Final = 2  # of the tables
_SCHEMA = f"""
PRAGMA user_version = {VERSION};
CREATE TABLE IF NOT EXISTS machines (
    id INTEGER PRIMARY KEY, arn TEXT, name TEXT, role TEXT, definition TEXT, UNIQUE (arn, role, definition)
);
CREATE TABLE IF NOT EXISTS executions (
    id INTEGER PRIMARY KEY, arn TEXT UNIQUE, machine INTEGER, name TEXT, status TEXT, start REAL, stop REAL,
    input BLOB, output BLOB, error TEXT, cause TEXT, parent TEXT, awaited INTEGER, run INTEGER, place INTEGER
);
CREATE INDEX IF NOT EXISTS running ON executions (status) WHERE status = 'RUNNING';
CREATE INDEX IF NOT EXISTS places ON executions (run, place) WHERE run IS NOT NULL;
CREATE TABLE IF NOT EXISTS events (
    execution INTEGER, first INTEGER, data BLOB, PRIMARY KEY (execution, first)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS frames (
    execution INTEGER, path TEXT, data BLOB, PRIMARY KEY (execution, path)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS map_runs (id INTEGER PRIMARY KEY, arn TEXT UNIQUE, execution TEXT, data BLOB);
CREATE INDEX IF NOT EXISTS runs ON map_runs (execution);
CREATE TABLE IF NOT EXISTS results (
    run INTEGER, number INTEGER, data BLOB, PRIMARY KEY (run, number)
) WITHOUT ROWID;

CREATE TEMP TABLE old (id INTEGER PRIMARY KEY);
CREATE TEMP TABLE gone (id INTEGER PRIMARY KEY);
"""


class Kept:
    """What the journal knows of one execution."""

    __slots__ = ("dirty", "events", "framed", "id", "parents", "reopened")

    def __init__(self, number: int = 0, events: int = 0) -> None:
        self.id = number  # its row, 0 before it has one
        self.events = events  # how many are written
        self.dirty: dict[tuple[int, ...], Frame] = {}
        self.parents: set[tuple[int, ...]] = set()  # the frames whose children have rows
        self.framed = False  # has any frame of it a row?
        self.reopened = False  # has its row an end that is none any more?

    def copy(self) -> Kept:
        made = Kept(self.id, self.events)
        made.dirty, made.parents, made.framed, made.reopened = self.dirty, set(self.parents), self.framed, self.reopened
        return made


def connect(path: str | Path, fsync: bool) -> sqlite3.Connection:
    """Opens the file, alone. InputError where another process has it, or it is not a journal of this version."""
    settings = (
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; "  # two processes would both go on with it
        f"PRAGMA synchronous={'FULL' if fsync else 'NORMAL'};"
    )
    database = None
    try:
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1)
        database.executescript(settings)
        (version,) = database.execute("PRAGMA user_version").fetchone()
        ((tables,),) = database.execute("SELECT COUNT(*) FROM sqlite_master")
        if tables and version != VERSION:
            raise InputError(f"the journal {path} was written by another version of Treadle, or is something else")
        database.executescript(_SCHEMA)
    except sqlite3.OperationalError as problem:
        _close(database)
        raise InputError(f"the journal {path} cannot be used ({problem}): is another process using it?") from None
    except sqlite3.DatabaseError as problem:
        _close(database)
        raise InputError(f"the journal {path} is damaged ({problem}): restore a copy of it, or move it away") from None
    except InputError:
        _close(database)
        raise
    return database


def _close(database: sqlite3.Connection | None) -> None:
    if database is not None:
        database.close()


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All of it is written, or nothing."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


@contextmanager
def reading() -> Iterator[None]:
    """A file that was damaged is one clear error, wherever that is noticed."""
    try:
        yield
    except sqlite3.DatabaseError as problem:
        raise InputError(f"the journal is damaged ({problem}): restore a copy of it, or move it away") from None


class Store:
    """Writes executions into the tables; whoever calls does so in a transaction."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._write: Callable[..., sqlite3.Cursor] = database.execute
        self._machines: dict[Machine, int] = {}
        self._runs: dict[str, int] = {}

    def forget(self) -> None:
        """The transaction was rolled back: which rows there are is to be looked up again."""
        self._machines.clear()
        self._runs.clear()

    def execution(self, execution: Execution, kept: Kept) -> None:
        """Its row, the events that are new, and the frames that changed; of one that succeeded no frames are kept."""
        write = self._write
        ended = execution.status != "RUNNING"
        if kept.id == 0:
            kept.id = self._insert(execution)
        elif ended or kept.reopened:
            row = (*_end(execution), kept.id)
            write("UPDATE executions SET status = ?, stop = ?, output = ?, error = ?, cause = ? WHERE id = ?", row)
            kept.reopened = False
        events = execution.events
        if len(events) < kept.events:  # the event quota cut the last ones off
            write("DELETE FROM events WHERE execution = ?", (kept.id,))
            kept.events = 0
        if len(events) > kept.events:
            write("INSERT INTO events VALUES (?, ?, ?)", (kept.id, kept.events, rows.dumps(events[kept.events :])))
            kept.events = len(events)
        if execution.status == "SUCCEEDED":
            if kept.framed:
                write("DELETE FROM frames WHERE execution = ?", (kept.id,))
        else:
            for path, frame in kept.dirty.items():
                self._frame(execution, kept, path, frame)
        kept.dirty = {}

    def _insert(self, execution: Execution) -> int:
        run = execution.map_run
        given = rows.dumps((execution.input, execution.text))
        facts = (
            execution.arn,
            None if run is not None else self._machine(execution.machine),
            execution.name,
            execution.start_date,
            given,
            *_end(execution),
            execution.parent if run is None else None,  # its run knows
            execution.awaited,
            None if run is None else self.run(run),
            execution.place,
        )
        sql = (
            "INSERT INTO executions (arn, machine, name, start, input, status, stop, output, error, cause, parent, "
            "awaited, run, place) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        return self._write(sql, facts).lastrowid or 0

    def _machine(self, machine: Machine) -> int:
        number = self._machines.get(machine)
        if number is None:
            row = (machine.arn, machine.name, machine.role_arn, json.dumps(machine.definition))
            self._write("INSERT OR IGNORE INTO machines VALUES (NULL, ?, ?, ?, ?)", row)
            found = self._write(
                "SELECT id FROM machines WHERE arn = ? AND name = ? AND role = ? AND definition = ?", row
            )
            number = self._machines[machine] = int(found.fetchone()[0])
        return number

    def know(self, machine: Machine, number: int) -> None:
        """A machine that was read has a row."""
        self._machines[machine] = number

    def _frame(self, execution: Execution, kept: Kept, path: tuple[int, ...], frame: Frame) -> None:
        generation = rows.generation(execution.frame, path, frame)
        if generation is None:
            return
        place = rows.place(path)
        if frame.progress is None:
            if path in kept.parents:
                kept.parents.discard(path)
                sql = "DELETE FROM frames WHERE execution = ? AND path > ? AND path < ?"
                self._write(sql, (kept.id, *rows.inside(place)))
        else:
            kept.parents.add(path)
        data = rows.dumps((generation, rows.fields(frame), None if path else rows.surroundings(execution)))
        self._write("INSERT OR REPLACE INTO frames VALUES (?, ?, ?)", (kept.id, place, data))
        kept.framed = True

    # --- Map Runs -----------------------------------------------------------------------------------------------------

    def run(self, run: MapRun) -> int:
        """The number of its row, which is written where there is none yet."""
        number = self._runs.get(run.arn)
        if number is None:
            found = self._write("SELECT id FROM map_runs WHERE arn = ?", (run.arn,)).fetchone()
            if found is None:
                sql = "INSERT INTO map_runs (arn, execution, data) VALUES (?, ?, ?)"
                number = self._write(sql, (run.arn, run.execution_arn, rows.dumps(run.facts()))).lastrowid or 0
            else:
                number = int(found[0])
            self._runs[run.arn] = number
        return number

    def update_run(self, run: MapRun) -> None:
        self._write("UPDATE map_runs SET data = ? WHERE id = ?", (rows.dumps(run.facts()), self.run(run)))

    def results(self, run: MapRun, results: list[Result]) -> None:
        """The ends of Express children, many in one row."""
        number = self.run(run)
        ((last,),) = self._write("SELECT COALESCE(MAX(number), 0) FROM results WHERE run = ?", (number,))
        self._write("INSERT INTO results VALUES (?, ?, ?)", (number, last + 1, rows.dumps(results)))

    def orphans(self, execution: Execution, live: Container[str]) -> list[str]:
        """Ends the children of its Map Runs that were running when the process ended, and that it did not take up.

        Gives their ARNs.
        """
        found = []
        sql = (
            "SELECT x.id, x.arn FROM executions x JOIN map_runs m ON m.id = x.run "
            "WHERE m.execution = ? AND x.status = 'RUNNING'"
        )
        for number, arn in self._write(sql, (execution.arn,)).fetchall():
            if arn in live:
                continue
            written = self._write("SELECT data FROM events WHERE execution = ?", (number,)).fetchall()
            count = sum(len(rows.loads(data)) for (data,) in written)
            aborted = ("ExecutionAborted", 0, execution.stop_date, None, None)
            self._write("INSERT INTO events VALUES (?, ?, ?)", (number, count, rows.dumps([aborted])))
            sql = "UPDATE executions SET status = 'ABORTED', stop = ? WHERE id = ?"
            self._write(sql, (execution.stop_date, number))
            found.append(arn)
        return found

    def prune(self, before: float) -> int:
        """Deletes what ended before that moment; gives the number of executions."""
        write = self._write
        old = (
            "SELECT x.id FROM executions x LEFT JOIN map_runs m ON m.id = x.run "
            "LEFT JOIN executions p ON p.arn = COALESCE(x.parent, m.execution) "
            "WHERE x.stop < ?1 AND (p.id IS NULL OR p.stop < ?1 OR (p.stop IS NOT NULL AND x.run IS NULL))"
        )
        gone = "SELECT m.id FROM map_runs m JOIN executions x ON x.arn = m.execution WHERE x.id IN old"
        # Emptied, not dropped: that would be refused while somebody reads, as a Map Run that is recalled does.
        write("DELETE FROM old")
        write("DELETE FROM gone")
        write("INSERT INTO old " + old, (before,))
        write("INSERT INTO gone " + gone)
        for table in ("events", "frames"):
            write(f"DELETE FROM {table} WHERE execution IN old")
        write("DELETE FROM results WHERE run IN gone")
        write("DELETE FROM map_runs WHERE id IN gone")
        forgotten: int = write("DELETE FROM executions WHERE id IN old").rowcount
        self.forget()
        return forgotten


def _end(execution: Execution) -> tuple[str, float | None, bytes | None, str | None, str | None]:
    output = None if execution.output is None else rows.dumps(execution.output)
    return execution.status, execution.stop_date, output, execution.error, execution.cause
