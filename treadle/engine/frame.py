"""One line of control: the execution's own, a Parallel's branch or a Map's iteration."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from treadle.engine.failure import DATA_LIMIT, Failure, Fatal
from treadle.engine.limits import fits

if TYPE_CHECKING:
    from treadle.engine.distributed_run import MapRun
    from treadle.engine.execution import Execution
    from treadle.engine.state import State

JSON = Any
Event = tuple[Any, ...]


class Progress:
    """How far the children of a Parallel or Map are: what a journal keeps and a redrive goes on from."""

    __slots__ = ("last", "live", "next", "outputs")

    def __init__(self, count: int, last: int) -> None:
        self.outputs: list[JSON] = [None] * count
        self.live: dict[int, Frame] = {}  # begun and not ended well, by index
        self.next = 0  # the first that has not begun
        self.last = last  # id of the event that the next one to begin follows


class Frame:
    """Mutable, and cheap: a state's closures read and write it.

    path        where it is in the execution: the indexes of the branches or iterations around it, outermost first
    value       the input of the state it is in, and in the end the output
    scope       the variables it can see, by name; under "states" what JSONata calls `$states`
    item        (index, value) of a Map's iteration, None elsewhere
    state       the state it is in, or goes to next
    inside      whether that state was entered and not left: a Task, Wait, Parallel or Map at its work
    previous    id of the event that the next one follows
    entered     id of the current state's entered event, `entered_at` its time
    attempt     how often the state was tried again, `counts` how often by each of its retriers
    until       the moment that a Wait, a back-off or a submitted task's timeout ends
    token       the task's token; `submitted` when only an answer to it, or the end of `child`, is missing
    child       the execution that the task has started; only its name where that is not kept
    run         the Map Run of the Distributed Map it is in
    aside       id of the event that says that these children ended well, which only a failure follows
    progress    the children of the Parallel or Map it is in
    """

    __slots__ = (
        "aside", "attempt", "child", "counts", "entered", "entered_at", "events", "execution", "inside", "item", "now",
        "path", "previous", "progress", "run", "scope", "state", "submitted", "token", "until", "value",
    )  # fmt: skip

    def __init__(
        self,
        execution: Execution,
        value: JSON,
        scope: dict[str, JSON],
        previous: int,
        path: tuple[int, ...] = (),
        item: tuple[int, JSON] | None = None,
    ) -> None:
        self.execution = execution
        self.events: list[Event] = execution.events
        self.now: Callable[[], float] = execution.clock.now
        self.path = path
        self.value = value
        self.scope = scope
        self.item = item
        self.state: State | None = None
        self.inside = False
        self.previous = previous
        self.aside = 0
        self.entered = 0
        self.entered_at = 0.0
        self.attempt = 0
        self.counts: list[int] = []
        self.until: float | None = None
        self.token: str | None = None
        self.submitted = False
        self.progress: Progress | None = None
        self.child: Execution | str | None = None
        self.run: MapRun | None = None

    def inner(self, index: int, value: JSON, previous: int, item: tuple[int, JSON] | None = None) -> Frame:
        """A frame inside this one: it reads the variables as they are now, and its own stay its own."""
        return Frame(self.execution, value, dict(self.scope), previous, (*self.path, index), item or self.item)

    def record(self, *event: Any) -> int:
        """Adds an event (type, previous event id, timestamp, details …) after the last one and returns its id."""
        kind, *details = event
        self.events.append((kind, self.previous, self.now(), *details))
        self.previous = len(self.events)
        self.touch()
        return self.previous

    def enter(self, state: State, kind: str) -> None:
        """Records that the state is entered, and takes what it begins with."""
        self.state = state
        self.inside = True
        self.attempt = 0
        self.counts = []
        self.until = None
        self.token = None
        self.submitted = False
        self.progress = self.child = self.run = None
        self.entered_at = self.now()
        self.events.append((kind, self.previous, self.entered_at, state.name, self.value))
        self.entered = len(self.events)
        self.touch()

    def leave(self, kind: str, output: JSON, assigned: dict[str, JSON] | None) -> None:
        """Records that the state is left with that output.

        Raises Fatal where the output is too large to move on: at the transition no Catch sees it any more.
        """
        assert self.state is not None
        if not fits(output, self.execution.limits.payload):
            raise Fatal(DATA_LIMIT, self.oversize(self.state.name).cause)
        self.inside = False
        self.token = None
        if self.run is not None:
            self.run.release()
        self.progress = self.child = self.run = None
        self.value = output
        self.record(kind, self.state.name, output, assigned)

    def again(self) -> None:
        """Forgets the attempt that failed, before the next one."""
        self.submitted = False
        if self.run is not None:
            self.run.release()
        self.progress = self.child = self.run = None
        self.touch()

    def answered(self) -> None:
        """Nothing that was submitted is waited for any more."""
        self.submitted = False
        self.until = None

    def follow_entered(self) -> None:
        """What comes next follows the state's entered event, or what came after it."""
        self.previous = max(self.previous, self.entered)

    def record_aside(self, kind: str) -> None:
        """Adds an event that the next one does not follow, unless what comes next is a failure."""
        last = self.previous
        self.aside = self.record(kind)
        self.previous = last

    def touch(self) -> None:
        """Tells the journal, where there is one, that this frame is not what it was."""
        journal = self.execution.journal
        if journal is not None:
            journal.touched(self)

    def oversize(self, subject: str) -> Failure:
        return Failure(
            DATA_LIMIT,
            f"The state/task '{subject}' returned a result with a size exceeding the maximum number of bytes "
            "service limit.",
        )
