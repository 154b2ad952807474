"""Lines of control inside a state: a Parallel's branches and a Map's iterations, so many at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from treadle.engine.clock import Gate
from treadle.engine.control import ABORTED, Uncollected, advance, cut_by, drive, record_failure
from treadle.engine.failure import Failure
from treadle.engine.frame import Progress
from treadle.engine.state import FAILURES

if TYPE_CHECKING:
    import asyncio

    from treadle.engine.frame import Frame
    from treadle.engine.state import State

JSON = Any
Begin = Callable[[int, int], "Frame"]
"""(index, id of the event that it follows) -> the child's frame, with the state it begins in"""
End = Callable[[int, "Frame"], int]
"""Records the end of a child; gives the id of the event that the parent's next one follows."""


class Branches:
    """Runs `count` children of a frame, `limit` at once, in the order of their index.

    A child that never waits is run on the spot; only one that does becomes a task of the event loop. Where the frame
    carries progress already (it was redriven, or recovered from the journal), only what is missing is run.
    """

    def __init__(self, frame: Frame, count: int, limit: int, begin: Begin, succeeded: End) -> None:
        resumed = frame.progress
        self.progress = frame.progress = resumed or Progress(count, frame.previous)
        self.failed: tuple[int, Frame] | None = None
        self._frame = frame
        self._count = count
        self._limit = limit
        self._begin = begin
        self._succeeded = succeeded
        self._first = resumed.last if resumed else frame.previous
        self._resumed = list(resumed.live.items()) if resumed else []
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._problem: BaseException | None = None
        self._gate: Gate | None = None
        self._held = False

    async def run(self) -> list[JSON]:
        """The outputs in the order of the children. Raises the failure of the first child that failed."""
        cut: str | None = ABORTED
        try:
            self._launch()
            if self._tasks and self._problem is None:
                self._gate = Gate(self._frame.execution.clock)
                await self._gate.wait()
        except BaseException as problem:
            cut = cut_by(problem)
            raise
        finally:
            if self._tasks:
                import asyncio

                for task in self._tasks.values():
                    task.cancel(cut)
                await asyncio.wait(self._tasks.values())
            if self._held:
                self._frame.execution.unsettled -= 1
        if self._problem is not None:
            raise self._problem
        return self.progress.outputs

    def _launch(self) -> None:
        with Uncollected():
            self._launch_all()

    def _launch_all(self) -> None:
        progress = self.progress
        while len(self._tasks) < self._limit and self._problem is None:
            if self._resumed:
                index, child = self._resumed.pop(0)
            elif progress.next < self._count:
                index = progress.next
                try:
                    child = self._begin(index, self._first if index < self._limit else progress.last)
                except FAILURES as problem:
                    assert self._frame.state is not None
                    self._problem = record_failure(self._frame.state, self._frame, problem)
                    return
                progress.next = index + 1
                progress.live[index] = child
            else:
                return
            self._run(index, child)

    def _run(self, index: int, child: Frame) -> None:
        state: State | None = child.state
        assert state is not None
        if state.perform is None:
            try:
                state = advance(child, state)
            except Failure as problem:
                self._lost(index, child, problem)
                return
        if state is None:
            self._won(index, child)
        else:
            child.state = state  # it begins there only when the event loop comes to it
            child.touch()
            line = self._line(index, child, state)
            self._tasks[index] = self._frame.execution.spawn(line, lambda task: None)

    async def _line(self, index: int, child: Frame, state: State) -> None:
        """One child, to its end. What follows from that happens at once, so that a journal never sees it half done."""
        try:
            await drive(child, state)
        except Exception as problem:  # noqa: BLE001 - the parent raises it
            self._tasks.pop(index, None)
            if self._problem is None:
                self._lost(index, child, problem)
        else:
            self._tasks.pop(index, None)
            if self._problem is None:
                self._won(index, child)
                self._launch()
        if self._gate is not None and (self._problem is not None or not self._tasks):
            self._settle()

    def _settle(self) -> None:
        """Wakes the parent. Until it has looked at a failure, the execution is between two states."""
        assert self._gate is not None
        if self._problem is not None and not self._held:
            self._held = True
            self._frame.execution.unsettled += 1
        self._gate.open()

    def _won(self, index: int, child: Frame) -> None:
        progress = self.progress
        del progress.live[index]
        progress.outputs[index] = child.value
        progress.last = child.previous
        self._frame.previous = self._succeeded(index, child)
        child.state = None
        child.touch()
        self._frame.touch()

    def _lost(self, index: int, child: Frame, problem: BaseException) -> None:
        self._problem = problem
        if isinstance(problem, Failure):
            self.failed = index, child
            self._frame.previous = child.previous
            child.touch()


def record_cut(frame: Frame, branches: Branches, iterations: str | None = None) -> None:
    """Records what a failure inside a Parallel or (`iterations` is its name) a Map has cut, all after the failure.

    Measured: first the state of the child that failed, where that is a Task; then of every other child the state that
    it was in, behind MapIterationAborted in a Map.
    """
    after = frame.previous
    failed = -1 if branches.failed is None else branches.failed[0]
    if branches.failed is not None:
        _aborted(branches.failed[1], after)
    for index, child in branches.progress.live.items():
        if index != failed:
            if iterations is not None:
                frame.events.append(("MapIterationAborted", after, frame.now(), index, iterations))
            _aborted(child, after)


def _aborted(frame: Frame, after: int) -> None:
    """Records the end of the state that a line of control was in, then of what is inside it."""
    state = frame.state
    if state is None or not frame.inside:
        return
    frame.events.append((f"{state.type}StateAborted", after, frame.now()))
    if frame.progress is not None:
        for index, child in frame.progress.live.items():
            if state.type == "Map":
                frame.events.append(("MapIterationAborted", after, frame.now(), index, state.name))
            _aborted(child, after)
