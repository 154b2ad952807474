"""Moving a line of control from state to state: without `await` as far as that goes, then with it."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Final

from treadle.engine.clock import give_way
from treadle.engine.failure import RUNTIME, Failure, Fatal
from treadle.engine.state import FAILURES, failure_of

if TYPE_CHECKING:
    from treadle.engine.frame import Frame
    from treadle.engine.state import State

# How many states run between two looks at the event quota and at what else waits for its turn.
_STRETCH = 256


# What a coroutine is cancelled with when its state is aborted: anything else that cancels it (the event loop's own end)
# leaves its execution RUNNING, for the journal to go on with.
ABORTED: Final = "aborted"


def cut_by(problem: BaseException) -> str | None:
    """What a coroutine was cancelled with, for whatever ends with it."""
    return problem.args[0] if problem.args else None


class Uncollected:
    """Keeps the garbage collector out while states run that never wait.

    They make no cycles, but a history that grows: the collector would look through it over and over, and a loop of ten
    times the turns would take sixteen times as long.
    """

    def __enter__(self) -> None:
        self._collecting = gc.isenabled()
        gc.disable()

    def __exit__(self, *problem: object) -> None:
        if self._collecting:
            gc.enable()


def advance(frame: Frame, state: State) -> State | None:
    """Runs states that never wait, a stretch of them at most. Gives the state to go on with, None at the end.

    Raises Failure where a state fails.
    """
    current: State | None = state
    try:
        for _ in range(_STRETCH):
            step = current.step  # type: ignore[union-attr]
            if step is None:
                break
            current = step(frame)
            if current is None:
                break
    except FAILURES as problem:
        assert frame.state is not None
        raise record_failure(frame.state, frame, problem) from None
    if len(frame.events) >= frame.execution.limits.events:
        raise event_limit(frame)
    return current


async def drive(frame: Frame, state: State | None) -> None:
    """Runs a line of control to its end; its output is then `frame.value`. Raises Failure where it fails."""
    while state is not None:
        if state.perform is None:
            state = advance(frame, state)
            if state is not None and state.perform is None:
                frame.state = state
                frame.touch()
                await give_way()
            continue
        try:
            following = await state.perform(frame)
        except FAILURES as problem:
            raise record_failure(state, frame, problem) from None
        state = following
        if len(frame.events) >= frame.execution.limits.events:
            raise event_limit(frame)


def event_limit(frame: Frame) -> Fatal:
    return Fatal(
        RUNTIME, f"The execution reached the maximum number of history events ({frame.execution.limits.events})."
    )


def record_failure(state: State, frame: Frame, problem: Exception) -> Failure:
    """The failure that a problem is. Its EvaluationFailed event is recorded; what comes next follows the last one."""
    failure = failure_of(state, frame, problem)
    frame.follow_entered()
    if failure.evaluation:
        failure.evaluation = False
        frame.record("EvaluationFailed", failure.error, failure.cause, failure.location, state.name)
    return failure
