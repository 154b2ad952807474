"""The Distributed Map: every item, or batch of items, is an execution of its own; together they are a Map Run.

Items are read as they are needed and results are let go as soon as they are written, so that memory does not grow with
their number. https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from treadle.engine.attempts import Attempt
from treadle.engine.control import ABORTED, cut_by
from treadle.engine.data.errors import DataError
from treadle.engine.distributed_batch import batcher
from treadle.engine.distributed_children import EXCEEDED, Children
from treadle.engine.distributed_reader import ReaderError, reader
from treadle.engine.distributed_run import MOST_REDRIVES, MapRun
from treadle.engine.distributed_writer import Writer, result_writer
from treadle.engine.failure import RUNTIME, Failure, Problem
from treadle.engine.state import failure_of
from treadle.engine.storage import storage_of

if TYPE_CHECKING:
    from treadle.engine.execution import Execution
    from treadle.engine.frame import Frame
    from treadle.engine.state import Scope, State

JSON = Any


def attempt_of(state: State, scope: Scope) -> Attempt:
    """One attempt of a Distributed Map: a new Map Run over all items, or the one that is gone on with."""
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

    def bounds(frame: Frame, value: JSON) -> tuple[int, int | None, float | None]:
        """How many children at once, how many failures, and what share of them."""
        limit, tolerated, share = concurrency(frame, value) or 0, count(frame, value), percent(frame, value)
        if limit < 0:
            raise Problem("MaxConcurrency cannot be negative.")
        if tolerated is not None and tolerated < 0:
            raise Problem("ToleratedFailureCount cannot be negative.")
        if share is not None and not 0 <= share <= 100:
            raise Problem("ToleratedFailurePercentage must be between 0 and 100.")
        return int(limit), tolerated, share

    async def attempt(frame: Frame) -> JSON:
        value = frame.value if into is None else into(frame, frame.value)
        found = None if items is None else items(frame, value)
        execution = frame.execution
        kept = _kept(frame)
        if kept is None:
            frame.follow_entered()
            frame.record("MapStateStarted", 0 if found is None else len(found))
        limits = bounds(frame, value)
        source = None if read is None else read(frame, value)
        batches = None if batch is None else batch(frame, value)
        run = kept or MapRun(execution, document.get("Label"), *limits)
        if kept is None:
            _begin(frame, run, len(found or ()), batched=batch is not None)
        elif run.status != "RUNNING":
            _redrive(frame, run)
        started = frame.previous
        storage = storage_of(execution.service)
        try:
            inputs = _inputs(frame, value, iter(found or ()) if source is None else source(storage), select)
            writer = run.writer.redriven() if run.writer is not None else write(frame, value, storage, run)
            run.writer = writer
            children = Children(frame, run, machine(execution, run), writer, batched=batches is not None)
            try:
                await children.run(inputs if batches is None else batches(inputs), storage)
            except BaseException as problem:
                _leave(writer, problem)
                raise
            output = writer.finish()
        except ReaderError as problem:
            raise _failed(frame, run, Failure("States.ItemReaderFailed", str(problem))) from None
        except Failure as failure:
            raise _failed(frame, run, failure) from None
        except (Problem, DataError) as problem:
            run.end("FAILED", failure_of(state, frame, problem).error)
            raise
        except asyncio.CancelledError as problem:
            if cut_by(problem) == ABORTED:
                run.end("ABORTED")
            raise
        run.end("SUCCEEDED")
        frame.record("MapRunSucceeded")
        frame.record_aside("MapStateSucceeded")
        frame.previous = started
        return output

    return attempt


def _kept(frame: Frame) -> MapRun | None:
    """The run that is under way or to be redriven, where there is one."""
    run = frame.run
    if run is not None and run.status != "RUNNING" and not run.redrivable():
        run.release()
        frame.run = None
    return frame.run


def _begin(frame: Frame, run: MapRun, known: int, *, batched: bool) -> None:
    run.known, run.planned = known, 0 if batched else known
    run.follows = frame.previous
    frame.run = run
    frame.execution.map_runs.append(run)
    frame.record("MapRunStarted", run.arn)
    run.changed()


def _redrive(frame: Frame, run: MapRun) -> None:
    """The same Map Run goes on. Its event follows the one that the start of the run follows (measured)."""
    if run.redrives >= MOST_REDRIVES:
        raise Failure(RUNTIME, f"The Map Run exceeded the maximum of {MOST_REDRIVES} redrives.")
    if run.error == "States.ResultWriterFailed":
        run.forget()
    run.redrive()
    frame.previous = run.follows
    frame.record("MapRunRedriven", run.arn, run.redrives)


def _leave(writer: Writer, problem: BaseException) -> None:
    """The results are kept as far as there are any; those of a run that exceeds its threshold have a manifest."""
    with contextlib.suppress(Failure):  # what made the run fail says more
        if isinstance(problem, Failure) and problem.error == EXCEEDED:
            writer.finish()
        else:
            writer.close()


def _failed(frame: Frame, run: MapRun, failure: Failure) -> Failure:
    run.end("FAILED", failure.error)
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
    from treadle.engine import maps

    for item in enumerate(items):
        yield maps.selected(frame, select, value, item)
