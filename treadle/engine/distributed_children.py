"""The child executions of a Map Run: so many at once, each begun, resumed or redriven, and its end handed on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from treadle.engine.clock import Gate, give_way
from treadle.engine.control import ABORTED, cut_by
from treadle.engine.data.errors import DataError
from treadle.engine.distributed_reader import ReaderError
from treadle.engine.distributed_run import KEPT, PENDING, MapRun
from treadle.engine.failure import Failure, Problem
from treadle.engine.redrive import reason_against, reopen

if TYPE_CHECKING:
    from treadle.engine.distributed_writer import Writer
    from treadle.engine.execution import Execution
    from treadle.engine.frame import Frame
    from treadle.engine.machine import Machine
    from treadle.engine.storage import Storage

JSON = Any

MOST_CHILDREN: Final = 10_000  # at once, where MaxConcurrency is 0 or more than that
CHUNK: Final = 256  # items read, or children run, between two looks at what else waits for its turn

EXCEEDED: Final = "States.ExceedToleratedFailureThreshold"
EXCEEDED_CAUSE: Final = "The specified tolerated failure threshold was exceeded"


class Children:
    """Runs the children of one Map Run and hands their ends to the writer."""

    def __init__(self, frame: Frame, run: MapRun, machine: Machine, writer: Writer, *, batched: bool) -> None:
        self._parent = frame.execution
        self._run = run
        self._machine = machine
        self._writer = writer
        self._batched = batched
        self._under_way: list[tuple[int, Execution]] = []
        self._tasks: dict[int, tuple[Execution, asyncio.Task[None]]] = {}
        self._gate: Gate | None = None
        self._problem: BaseException | None = None

    # --- what was kept ------------------------------------------------------------------------------------------------

    async def _recall(self) -> None:
        """Takes what a journal has kept of the run: the ends of its children, and those that were under way."""
        run = self._run
        journal = self._parent.journal
        assert journal is not None
        run.count_anew()
        for number, row in enumerate(journal.children(run), 1):
            if number % CHUNK == 0:
                await give_way()
            index, child = self._restored(row)
            if run.state(index) != PENDING:
                continue  # it was redriven, and this is what became of it before that
            items = self._items(child.input) if row[2] is None else row[2]
            waits = run.recall(index, items, child.status, child.stop_date)
            if child.status == "RUNNING":
                journal.restore(child, row[0], child.start_date)
                self._under_way.append((index, child))
                continue
            if child.status != "SUCCEEDED" and not row[0] and len(run.failed) < KEPT:
                run.failed[index] = child
            if not waits:
                self._writer.add(index, child)
        if run.exceeded():
            self._problem = Failure(EXCEEDED, EXCEEDED_CAUSE)

    def _restored(self, row: tuple[Any, ...]) -> tuple[int, Execution]:
        """A child from what a journal has kept of it, without its events."""
        number, index, _, name, arn, status, start, stop, given, output, error, cause = row
        child = self._child(index, given, name)
        child.arn = child.context["Execution"]["Id"] = arn
        child.start_date = start
        child.recall(status, stop, output, error, cause)
        if number:
            child.journal = self._parent.journal
        return index, child

    def _child(self, index: int, given: JSON, name: str | None = None) -> Execution:
        child = self._parent.child(self._machine, given, name)
        child.map_run, child.place, child.parent = self._run, index, self._parent.arn
        return child

    def _items(self, given: JSON) -> int:
        return len(given["Items"]) if self._batched else 1

    # --- running ------------------------------------------------------------------------------------------------------

    async def run(self, inputs: Iterator[JSON], storage: Storage) -> None:
        """Until every child has ended. Raises Failure once more have failed than the Map tolerates."""
        run = self._run
        limit = min(run.concurrency or MOST_CHILDREN, MOST_CHILDREN)
        index = 0
        waiting: list[JSON] = []
        try:
            if run.states is None:
                try:
                    await self._recall()
                except BaseException:
                    run.states = run.writer = None  # half of it is as good as nothing
                    raise
            while self._under_way:
                place, child = self._under_way.pop()
                self._go_on(place, self._items(child.input), child)
            while self._problem is None:
                waiting = await self._next(inputs, storage)
                if not waiting:
                    break
                waiting.reverse()
                while waiting and self._problem is None:
                    if len(self._tasks) >= limit:
                        await self._room()
                    else:
                        self._begin(index, waiting.pop())
                        index += 1
                await give_way()
            while self._tasks and self._problem is None:
                await self._room()
            if self._problem is not None:
                await self._wind_up()
        except BaseException as problem:
            await self._cut(cut_by(problem) if isinstance(problem, asyncio.CancelledError) else ABORTED)
            raise
        if self._problem is not None:
            if isinstance(self._problem, Failure) and self._problem.error == EXCEEDED:
                await self._count(index, waiting[::-1], inputs, storage)
            raise self._problem
        run.known, run.planned = run.items.total, run.executions.total
        if run.exceeded():
            raise Failure(EXCEEDED, EXCEEDED_CAUSE)

    async def _next(self, inputs: Iterator[JSON], storage: Storage) -> list[JSON]:
        if storage.local:
            return list(islice(inputs, CHUNK))
        return await asyncio.to_thread(lambda: list(islice(inputs, CHUNK)))

    async def _room(self) -> None:
        self._gate = Gate(self._parent.clock)
        await self._gate.wait()
        self._gate = None

    def _begin(self, index: int, given: JSON) -> None:
        """Begins the child of an item: unless it has ended well, or is under way; again, if it failed."""
        journal = self._parent.journal
        if self._run.state(index) == PENDING:
            child = self._child(index, given)
            if journal is not None and self._machine.type == "STANDARD":
                child.journal = journal
                journal.begun(child)
        elif self._run.waits(index):
            again = self._again(index, given)
            if again is None:
                return
            child = again
        else:
            return
        items = self._items(child.input)
        self._run.begin(index, items)
        self._go_on(index, items, child)

    def _again(self, index: int, given: JSON) -> Execution | None:
        """A child that did not end well, RUNNING again; None where it cannot be redriven.

        A Standard child goes on where it failed; an Express one begins anew, with the same input under the same name.
        """
        child = self._run.failed.pop(index, None)
        journal = self._parent.journal
        if journal is not None and self._machine.type == "STANDARD":
            for row in journal.children(self._run, index):
                _, child = self._restored(row)
                journal.restore(child, row[0], child.start_date)
        if child is None:
            return self._child(index, given)
        if self._machine.type == "STANDARD":
            if reason_against(child) is not None:
                self._run.lose(index, self._items(child.input))
                if self._run.exceeded():
                    self._problem = Failure(EXCEEDED, EXCEEDED_CAUSE)
                return None
            reopen(child)
            return child
        anew = self._child(index, child.input, child.name)
        anew.arn = anew.context["Execution"]["Id"] = child.arn
        anew.context["Execution"]["RedriveCount"] = child.redrives + 1
        return anew

    def _go_on(self, index: int, items: int, child: Execution) -> None:
        if child.status != "RUNNING" or child.hurry():
            self._ended(index, items, child, None)
        else:
            task = self._parent.spawn(child.work(), partial(self._ended, index, items, child))
            self._tasks[index] = child, task

    def _ended(self, index: int, items: int, child: Execution, task: asyncio.Task[None] | None) -> None:
        self._tasks.pop(index, None)
        if task is not None and task.cancelled():
            return
        problem = None if task is None else task.exception()
        if problem is None:
            self._run.note(index, items, child)
            self._keep(index, items, child)
            try:
                self._writer.add(index, child)
                if self._run.exceeded():
                    problem = Failure(EXCEEDED, EXCEEDED_CAUSE)
            except (Failure, Problem, DataError) as raised:
                problem = raised
        if problem is not None and self._problem is None:
            self._problem = problem
        if self._gate is not None:
            self._gate.open()

    def _keep(self, index: int, items: int, child: Execution) -> None:
        """Tells the journal of the end of an Express child: one that is Standard is in it already."""
        journal = self._parent.journal
        if journal is None or self._machine.type == "STANDARD":
            return
        given = child.input if self._writer.whole or child.status != "SUCCEEDED" else None
        end = child.status, child.start_date, child.stop_date, given, child.output, child.error, child.cause
        journal.result(self._run, (index, items, child.name, child.arn, *end))

    # --- after a failure ----------------------------------------------------------------------------------------------

    async def _wind_up(self) -> None:
        """The run has failed: its Standard children are stopped, its Express ones end by themselves, as on AWS."""
        stops = self._machine.type == "STANDARD"
        self._parent.unsettled += stops  # it has not failed before they are stopped, nor they before it
        self._parent.frame.touch()
        try:
            if stops:
                for child, _ in list(self._tasks.values()):
                    child.stop()
            while self._tasks:
                await self._room()
        finally:
            self._parent.unsettled -= stops

    async def _cut(self, cut: str | None) -> None:
        """The parent was stopped, and its children with it; or the event loop ends, and they are left as they are."""
        for _, child in self._under_way:
            if cut == ABORTED:
                child.orphan()
        tasks = [task for _, task in self._tasks.values()]
        for child, task in list(self._tasks.values()):
            if cut == ABORTED:
                child.stop()
            else:
                task.cancel(cut)
        if tasks:
            await asyncio.wait(tasks)

    async def _count(self, index: int, waiting: list[JSON], inputs: Iterator[JSON], storage: Storage) -> None:
        """Looks at the items that nothing was begun for: how many there are, and for the writer what they are."""
        run = self._run
        known = planned = 0
        try:
            while waiting:
                for given in waiting:
                    if run.state(index) == PENDING:
                        self._writer.pending(given)
                        known += self._items(given)
                        planned += 1
                    index += 1
                await give_way()
                waiting = await self._next(inputs, storage)
        except (ReaderError, Failure, Problem, DataError):
            pass  # the run has failed already, and for another reason
        run.known, run.planned = run.items.total + known, run.executions.total + planned
