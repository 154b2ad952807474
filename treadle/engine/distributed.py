"""The Distributed Map: every item, or batch of items, is an execution of its own; together they are a Map Run.

Items are read as they are needed and results are let go as soon as they are written, so that memory does not grow with
their number. https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from treadle.engine.attempts import Attempt
from treadle.engine.clock import Gate, give_way
from treadle.engine.data.errors import DataError
from treadle.engine.distributed_batch import batcher
from treadle.engine.distributed_reader import ReaderError, reader
from treadle.engine.distributed_run import MapRun
from treadle.engine.distributed_writer import Writer, result_writer
from treadle.engine.failure import Failure, Problem
from treadle.engine.storage import Storage, storage_of

if TYPE_CHECKING:
    from treadle.engine.execution import Execution
    from treadle.engine.frame import Frame
    from treadle.engine.machine import Machine
    from treadle.engine.state import Scope, State

JSON = Any

MOST_CHILDREN = 10_000  # at once, where MaxConcurrency is 0 or more than that
CHUNK = 256  # items read, or children run, between two looks at what else waits for its turn

EXCEEDED = "States.ExceedToleratedFailureThreshold"
EXCEEDED_CAUSE = "The specified tolerated failure threshold was exceeded"


def attempt_of(state: State, scope: Scope) -> Attempt:
    """One attempt of a Distributed Map: a new Map Run over all items."""
    from treadle.engine import fields, maps

    document = state.document
    into = None if state.language == "JSONata" else fields.input_path(document)
    read = reader(state)
    items = None if read is not None else maps.items(state)
    select = maps.item_selector(state)
    batch = batcher(state)
    write = result_writer(state)
    concurrency = maps.whole_number(state, "MaxConcurrency")
    count = maps.whole_number(state, "ToleratedFailureCount")
    percent = maps.percentage(state, "ToleratedFailurePercentage")
    machine = _processor(state, scope)

    async def attempt(frame: Frame) -> JSON:
        value = frame.value if into is None else into(frame, frame.value)
        found = None if items is None else items(frame, value)
        frame.follow_entered()
        frame.record("MapStateStarted", 0 if found is None else len(found))
        limit, tolerated, share = concurrency(frame, value) or 0, count(frame, value), percent(frame, value)
        if limit < 0:
            raise Problem("MaxConcurrency cannot be negative.")
        if tolerated is not None and tolerated < 0:
            raise Problem("ToleratedFailureCount cannot be negative.")
        if share is not None and not 0 <= share <= 100:
            raise Problem("ToleratedFailurePercentage must be between 0 and 100.")
        source = None if read is None else read(frame, value)
        batches = None if batch is None else batch(frame, value)
        execution = frame.execution
        run = MapRun(execution, document.get("Label"), int(limit), tolerated, share)
        execution.map_runs.append(run)
        started = frame.record("MapRunStarted", run.arn)
        storage = storage_of(execution.service)
        try:
            inputs = _inputs(frame, value, iter(found or ()) if source is None else source(storage), select)
            writer = write(frame, value, storage, run)
            children = _Children(frame, run, machine(execution, run), writer, batched=batches is not None)
            await children.run(inputs if batches is None else batches(inputs), storage, len(found or ()))
            output = writer.finish()
        except ReaderError as problem:
            raise _failed(frame, run, Failure("States.ItemReaderFailed", str(problem))) from None
        except Failure as failure:
            raise _failed(frame, run, failure) from None
        except (Problem, DataError):
            run.end("FAILED")
            raise
        except asyncio.CancelledError:
            run.end("ABORTED")
            raise
        run.end("SUCCEEDED")
        frame.record("MapRunSucceeded")
        frame.record_aside("MapStateSucceeded")
        frame.previous = started
        return output

    return attempt


def _failed(frame: Frame, run: MapRun, failure: Failure) -> Failure:
    run.end("FAILED")
    frame.record("MapRunFailed", failure.error, failure.cause)
    return failure


def _processor(state: State, scope: Scope) -> Any:
    """The machine that each item is an execution of."""
    from treadle.engine.machine import Machine

    processor = state.document.get("ItemProcessor") or state.document["Iterator"]
    kind = processor.get("ProcessorConfig", {}).get("ExecutionType", "STANDARD")

    def of(execution: Execution, run: MapRun) -> Machine:
        parent = execution.machine
        return Machine(
            name=f"{parent.name}/{run.label}",
            type=kind,
            definition=processor,
            scope=scope,
            resources=(),
            timeout=processor.get("TimeoutSeconds"),
            arn=f"{parent.arn}/{run.label}",
            role_arn=parent.role_arn,
        )

    return of


def _inputs(frame: Frame, value: JSON, items: Iterator[JSON], select: Any) -> Iterator[JSON]:
    """What each item becomes: itself, or what ItemSelector makes of it."""
    if select is None:
        yield from items
        return
    outer = frame.item
    for index, item in enumerate(items):
        frame.item = (index, item)
        try:
            selected = select(frame, value)
        finally:
            frame.item = outer
        yield selected


class _Children:
    """Runs the child executions of one Map Run, so many at once, and hands their ends to the writer."""

    def __init__(self, frame: Frame, run: MapRun, machine: Machine, writer: Writer, *, batched: bool) -> None:
        self._frame = frame
        self._run = run
        self._machine = machine
        self._writer = writer
        self._batched = batched
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._gate: Gate | None = None
        self._problem: BaseException | None = None

    async def run(self, inputs: Iterator[JSON], storage: Storage, known: int) -> None:
        """Until every child has ended. Raises Failure once more have failed than the Map tolerates."""
        run = self._run
        limit = min(run.concurrency or MOST_CHILDREN, MOST_CHILDREN)
        run.known = known
        index = 0
        try:
            while self._problem is None:
                chunk = await self._next(inputs, storage)
                if not chunk:
                    break
                for given in chunk:
                    while len(self._tasks) >= limit and self._problem is None:
                        await self._room()
                    if self._problem is not None:
                        break
                    self._start(index, given)
                    index += 1
                await give_way()
            while self._tasks and self._problem is None:
                await self._room()
        finally:
            for task in self._tasks.values():
                task.cancel()
        if self._problem is not None:
            raise self._problem
        run.known = run.items.total
        if run.exceeded():
            raise Failure(EXCEEDED, EXCEEDED_CAUSE)

    async def _next(self, inputs: Iterator[JSON], storage: Storage) -> list[JSON]:
        if storage.local:
            return list(islice(inputs, CHUNK))
        return await asyncio.to_thread(lambda: list(islice(inputs, CHUNK)))

    async def _room(self) -> None:
        self._gate = Gate(self._frame.execution.clock)
        await self._gate.wait()
        self._gate = None

    def _start(self, index: int, given: JSON) -> None:
        execution = self._frame.execution.child(self._machine, given)
        items = len(given["Items"]) if self._batched else 1
        self._run.begin(items)
        if execution.hurry():
            self._ended(index, items, execution, None)
        else:
            done = partial(self._ended, index, items, execution)
            self._tasks[index] = self._frame.execution.spawn(execution.work(), done)

    def _ended(self, index: int, items: int, execution: Execution, task: asyncio.Task[None] | None) -> None:
        self._tasks.pop(index, None)
        if task is not None and task.cancelled():
            return
        problem = None if task is None else task.exception()
        if problem is None:
            self._run.note(execution.status, items)
            try:
                self._writer.add(index, execution)
                if self._run.exceeded():
                    problem = Failure(EXCEEDED, EXCEEDED_CAUSE)
            except (Failure, Problem, DataError) as raised:
                problem = raised
        if problem is not None and self._problem is None:
            self._problem = problem
        if self._gate is not None:
            self._gate.open()
