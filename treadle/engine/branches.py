"""Lines of control inside a state: a Parallel's branches and a Map's iterations, so many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from treadle.engine.clock import Gate
from treadle.engine.control import advance, drive
from treadle.engine.data.errors import DataError
from treadle.engine.failure import Failure, Problem

if TYPE_CHECKING:
    from treadle.engine.frame import Frame
    from treadle.engine.state import State

JSON = Any
Begin = Callable[[int, int], "tuple[Frame, State]"]
"""(index, id of the event that it follows) -> the child's frame and first state"""
End = Callable[[int, "Frame"], int]
"""Records the end of a child; gives the id of the event that the parent's next one follows."""


class Branches:
    """Runs `count` children of a frame, `limit` at once, in the order of their index.

    A child that never waits is run on the spot; only one that does becomes a task of the event loop.
    """

    def __init__(self, frame: Frame, count: int, limit: int, begin: Begin, succeeded: End) -> None:
        self.outputs: list[JSON] = [None] * count
        self.live: dict[int, Frame] = {}
        self.failed: tuple[int, Frame] | None = None
        self._frame = frame
        self._count = count
        self._limit = limit
        self._begin = begin
        self._succeeded = succeeded
        self._next = 0
        self._first = self._last = frame.previous
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._problem: BaseException | None = None
        self._gate: Gate | None = None

    async def run(self) -> list[JSON]:
        """The outputs in the order of the children. Raises the failure of the first child that failed."""
        self._frame.children = self.live
        try:
            self._launch()
            if self._tasks and self._problem is None:
                self._gate = Gate(self._frame.execution.clock)
                await self._gate.wait()
        finally:
            for task in self._tasks.values():
                task.cancel()
            self._frame.children = None
        if self._problem is not None:
            raise self._problem
        return self.outputs

    def _launch(self) -> None:
        while self._next < self._count and len(self._tasks) < self._limit and self._problem is None:
            index = self._next
            self._next += 1
            try:
                child, state = self._begin(index, self._first if index < self._limit else self._last)
            except (Failure, Problem, DataError) as problem:
                self._problem = problem
                return
            self.live[index] = child
            following: State | None = state
            if state.perform is None:
                try:
                    following = advance(child, state)
                except Failure as problem:
                    self._lost(index, child, problem)
                    return
            if following is None:
                self._won(index, child)
            else:
                done = partial(self._ended, index, child)
                self._tasks[index] = self._frame.execution.spawn(drive(child, following), done)

    def _ended(self, index: int, child: Frame, task: asyncio.Task[None]) -> None:
        self._tasks.pop(index, None)
        if task.cancelled() or self._problem is not None:
            return
        problem = task.exception()
        if problem is None:
            self._won(index, child)
            self._launch()
        else:
            self._lost(index, child, problem)
        if self._gate is not None and (self._problem is not None or not self._tasks):
            self._gate.open()

    def _won(self, index: int, child: Frame) -> None:
        del self.live[index]
        self.outputs[index] = child.value
        self._last = child.previous
        self._frame.previous = self._succeeded(index, child)

    def _lost(self, index: int, child: Frame, problem: BaseException) -> None:
        del self.live[index]
        self._problem = problem
        if isinstance(problem, Failure):
            self.failed = index, child
            self._frame.previous = child.previous


def abort(frame: Frame) -> None:
    """Records that a line of control was stopped where it was: what is inside its state first."""
    state = frame.state
    for index, child in (frame.children or {}).items():
        abort(child)
        if state is not None and state.type == "Map":
            child.record("MapIterationAborted", index, state.name)
    if state is not None and state.perform is not None:
        frame.record(f"{state.type}StateAborted")
