"""Keeps Standard executions on disk while they run, so that they go on after the process was killed at any moment.

    journal = Journal("journal.sqlite")
    for execution in journal.recover(service=service):          # what was running when the process ended
        asyncio.create_task(execution.work_alone())
    execution = begin(machine, input, service=service, journal=journal)

An execution is kept as its history and the state of its frames, always both in one transaction: a transition is in the
history exactly once, and what was not kept yet runs again. So a Task may be called twice, a state is never left twice.
Waits, back-offs and task tokens are kept as the moments and names they are. Many executions share a commit.

What an execution starts is kept too. A nested execution and the frame that started it are written together, so that
the same one is waited for afterwards; a child of a Map Run is an execution with a place in that run. Express executions
are not kept, as on AWS: one that was under way begins again, and of an Express child of a Map Run its end is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from treadle.engine import journal_rows as rows
from treadle.engine.callbacks import CALLBACKS, Callbacks
from treadle.engine.chance import CHANCE, Chance
from treadle.engine.clock import Clock, RealClock, give_way
from treadle.engine.entry import NOTHING
from treadle.engine.journal_reader import Reader, Restored, Surroundings
from treadle.engine.journal_store import Kept, Result, Store, connect, reading, transaction
from treadle.engine.limits import STANDARD, Limits
from treadle.engine.task import Service

if TYPE_CHECKING:
    from treadle.engine.distributed_run import MapRun
    from treadle.engine.execution import Execution
    from treadle.engine.frame import Frame
    from treadle.engine.machine import Machine

JSON = Any

AGAIN: Final = 1.0  # seconds until what could not be written is tried again


class Journal:
    """One SQLite file. Used from the thread of the event loop that its executions run on.

    Changes are written together, at most `interval` seconds after they happened. With `fsync` they also survive a
    failure of the machine's power, not only of the process.

    Raises:
        InputError: the file is another process's, damaged, or no journal.
    """

    def __init__(self, path: str | Path, *, interval: float = 0.005, fsync: bool = False) -> None:
        self._database = connect(path, fsync)
        self._store = Store(self._database)
        self._reader = Reader(self._database, Surroundings(), self._store.know)
        self._interval = interval
        self._kept: dict[Execution, Kept] = {}
        self._changed: dict[Execution, Kept] = {}
        self._live: dict[str, Execution] = {}  # by ARN
        self._idle: list[Execution] = []  # those that were found before they were recovered
        self._held: dict[str, list[Execution]] = {}  # recovered ones that another waits for, by the ARN of that one
        self._runs: dict[str, MapRun] = {}  # that changed, by ARN
        self._results: dict[MapRun, list[Result]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    # --- what the engine tells ----------------------------------------------------------------------------------------

    def begun(self, execution: Execution) -> None:
        """From now on the execution is kept."""
        kept = Kept()
        kept.dirty[()] = execution.frame
        self._adopt(execution, kept)
        self._changed[execution] = kept
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
        self._let_go(execution.arn)

    def _let_go(self, arn: str) -> None:
        """The execution of that ARN waits for nothing any more."""
        for child in self._held.pop(arn, ()):
            child.orphan()

    def reopened(self, execution: Execution) -> None:
        kept = self._kept.get(execution)
        if kept is None:
            row = self._database.execute("SELECT id FROM executions WHERE arn = ?", (execution.arn,)).fetchone()
            kept = Kept() if row is None else Kept(row[0], len(execution.events))
            kept.parents, kept.framed = rows.parents(execution.frame), True
            self._adopt(execution, kept)
        kept.reopened = True
        self._changed[execution] = kept
        self._schedule()

    def knows(self, arn: str) -> bool:
        return arn in self._live or self._reader.knows(arn)

    def find(self, arn: str) -> Execution | None:
        """The execution of that ARN, running or ended, as it was last kept; None where there is none.

        One that did not succeed can be redriven. One that is RUNNING is to be run by whoever has it from `recover`.
        (The children of a Map Run are found by their run only.)
        """
        live = self._live.get(arn)
        if live is not None:
            return live
        found = self._reader.one(arn)
        if found is None:
            return None
        self._take(found)
        self._link([found])
        if found.execution.status == "RUNNING":
            self._idle.append(found.execution)
        return found.execution

    def run_changed(self, run: MapRun) -> None:
        self._runs[run.arn] = run
        self._schedule()

    def result(self, run: MapRun, result: Result) -> None:
        """An Express child of a Map Run has ended: (index, items, name, ARN, status, start, stop, input, output, error,
        cause); the input of one that succeeded may be None."""
        self._results.setdefault(run, []).append(result)
        if self._timer is None:
            self._schedule()

    def children(self, run: MapRun, place: int | None = None) -> Iterator[tuple[Any, ...]]:
        """What is kept of the children of a Map Run, or of the Standard one at a place: the number of its row, 0 for an
        Express one, and what `result` takes; without the number of items of one that is Standard.
        """
        self.flush()
        return self._reader.children(run, place)

    def restore(self, child: Execution, number: int, start: float) -> None:
        """Gives a Standard child of a Map Run, which was begun or has failed, what was kept of it."""
        with reading():
            found = self._reader.fill(child, number, start)
        child.map_runs += self._reader.runs(child)
        self._link([found])
        if child.status == "RUNNING":
            self._adopt(child, found.kept)

    def _adopt(self, execution: Execution, kept: Kept) -> None:
        self._kept[execution] = kept
        self._live[execution.arn] = execution

    # --- writing ------------------------------------------------------------------------------------------------------

    def _schedule(self, seconds: float | None = None) -> None:
        if self._timer is not None or self._closed:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # a run without an event loop: its end is written by `flush` or `close`
        self._timer = loop.call_later(self._interval if seconds is None else seconds, self.flush)

    def flush(self) -> None:
        """Writes what has changed, in one transaction. To be called when no coroutine of an execution is half-way."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        blocked = self._blocked()
        ready = {execution: kept for execution, kept in self._changed.items() if execution not in blocked}
        runs = [run for run in self._runs.values() if run.execution not in blocked]
        results = {run: ends for run, ends in self._results.items() if run.execution not in blocked}
        if ready or runs or results:
            self._commit(ready, runs, results)
        if self._changed or self._runs or self._results:
            self._schedule()

    def _blocked(self) -> set[Execution]:
        """Those that are between two states, with whatever has to be written in the same transaction as they.

        A new execution and the frame that started it are one picture; so a nested one waits for its starter and the
        starter for it. A child of a Map Run waits for the start of the run only. And what was ended together with the
        state that waited for it is not seen to have ended before that state.
        """
        blocked = {execution for execution in self._changed if execution.unsettled}
        grown = bool(blocked)
        while grown:
            grown = False
            for execution, kept in self._changed.items():
                starter = None if execution.parent is None else self._live.get(execution.parent)
                if starter is None or (execution in blocked) == (starter in blocked):
                    continue
                together = kept.id == 0 and starter in self._changed
                if starter in blocked and (together or execution.status != "RUNNING"):
                    blocked.add(execution)
                elif execution in blocked and together and execution.map_run is None:
                    blocked.add(starter)
                else:
                    continue
                grown = True
        return blocked

    def _commit(self, ready: dict[Execution, Kept], runs: list[MapRun], results: dict[MapRun, list[Result]]) -> None:
        before = {execution: kept.copy() for execution, kept in ready.items()}
        orphans: list[str] = []
        try:
            with transaction(self._database):
                for execution, kept in ready.items():
                    self._store.execution(execution, kept)
                for run in runs:
                    self._store.update_run(run)
                for run, ends in results.items():
                    self._store.results(run, ends)
                for execution in ready:
                    if execution.status != "RUNNING" and execution.map_runs:
                        orphans += self._store.orphans(execution, self._live)
        except BaseException:  # a full disk, say: nothing is lost as long as the process lives
            self._store.forget()
            for execution, kept in before.items():
                self._kept[execution] = self._changed[execution] = kept
            self._schedule(AGAIN)
            raise
        for run in runs:
            del self._runs[run.arn]
        for run in results:
            del self._results[run]
        for execution in ready:
            del self._changed[execution]
            if execution.status != "RUNNING":
                del self._kept[execution]
                del self._live[execution.arn]
        for arn in orphans:
            self._let_go(arn)

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
        """Writes what has changed, and keeps nothing from then on: what still runs is gone on with by another."""
        try:
            self.flush()
        finally:
            self._closed = True
            if self._timer is not None:
                self._timer.cancel()
            self._kept.clear()
            self._changed.clear()
            self._database.close()

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

        Each runs the definition that it began with. Those that another one waits for, and the children of Map Runs, go
        on with it and are not listed. What is given here is also what `find` gives the executions it reads.
        """
        around = Surroundings(
            service=service or NOTHING,
            clock=clock or RealClock(),
            chance=chance,
            limits=limits,
            machines=machines or {},
            callbacks=callbacks,
        )
        self._reader = Reader(self._database, around, self._store.know)
        for execution in self._idle:
            if not execution.at_work and self._kept.pop(execution, None) is not None:
                self._changed.pop(execution, None)
                del self._live[execution.arn]
        self._idle.clear()
        restored = [found for found in self._reader.running() if found.execution.arn not in self._live]
        for found in restored:
            self._take(found)
        self._link(restored)
        waited = {
            link.frame.child: found.execution.arn
            for found in restored
            for link in found.links
            if link.child is not None
        }
        recovered = []
        for found in restored:
            execution = found.execution
            if not execution.awaited:
                recovered.append(execution)
            elif execution in waited:
                self._held.setdefault(waited[execution], []).append(execution)
            elif execution.parent is not None and self._reader.is_running(execution.parent):
                self._held.setdefault(execution.parent, []).append(execution)
            else:
                execution.orphan()
        return recovered

    def _take(self, found: Restored) -> None:
        found.execution.journal = found.execution.ledger = self
        found.execution.map_runs += self._reader.runs(found.execution)
        if found.execution.status == "RUNNING":
            self._adopt(found.execution, found.kept)

    def _link(self, restored: list[Restored]) -> None:
        """Gives frames the executions and Map Runs that they have started."""
        for found in restored:
            for link in found.links:
                if link.child is not None:
                    name, arn = link.child
                    link.frame.child = self.find(arn) or name
                if link.run is not None:
                    link.frame.run = next(run for run in found.execution.map_runs if run.arn == link.run)

    def history(self, arn: str) -> list[tuple[Any, ...]]:
        """The events that are kept of an execution, as the engine leaves them."""
        sql = "SELECT e.data FROM events e JOIN executions x ON x.id = e.execution WHERE x.arn = ? ORDER BY e.first"
        with reading():
            return [event for (data,) in self._database.execute(sql, (arn,)) for event in rows.loads(data)]

    def executions(self, *, status: str | None = None, arn: str | None = None) -> list[dict[str, JSON]]:
        """What is kept of executions: arn, name, status, input, output, error, cause, start_date, stop_date; `parent`,
        the ARN of the execution that started it; and `map_run`, that of its Map Run."""
        sql = (
            "SELECT x.arn, name, status, input, output, error, cause, start, stop, COALESCE(parent, m.execution), "
            "m.arn FROM executions x "
            "LEFT JOIN map_runs m ON m.id = x.run WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR x.arn = ?2) "
            "ORDER BY x.id"
        )
        with reading():
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
                    "parent": parent,
                    "map_run": run,
                }
                for found, name, state, given, output, error, cause, start, stop, parent, run in self._database.execute(
                    sql, (status, arn)
                )
            ]

    def prune(self, before: float) -> int:
        """Forgets the executions that ended before that moment (seconds since the epoch); gives their number.

        One that is still waited for is not forgotten before the one that waits; the children of a Map Run go with it.
        """
        self.flush()
        with transaction(self._database):
            return self._store.prune(before)
