"""One line of control: the execution's own, a Parallel's branch or a Map's iteration."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from treadle.engine.failure import DATA_LIMIT, Failure

if TYPE_CHECKING:
    from treadle.engine.execution import Execution
    from treadle.engine.state import State

JSON = Any
Event = tuple[Any, ...]


class Frame:
    """Mutable, and cheap: a state's closures read and write it.

    value       the input of the state it is in, and in the end the output
    scope       the variables it can see, by name; under "states" what JSONata calls `$states`
    previous    id of the event that the next one follows
    entered     id of the current state's entered event
    item        (index, value) of a Map's iteration, None elsewhere
    children    the frames of the Parallel or Map it is in
    """

    __slots__ = (
        "attempt",
        "children",
        "entered",
        "entered_at",
        "events",
        "execution",
        "item",
        "now",
        "previous",
        "scope",
        "state",
        "token",
        "value",
    )

    def __init__(
        self,
        execution: Execution,
        value: JSON,
        scope: dict[str, JSON],
        previous: int,
        item: tuple[int, JSON] | None = None,
    ) -> None:
        self.execution = execution
        self.events: list[Event] = execution.events
        self.now: Callable[[], float] = execution.clock.now
        self.value = value
        self.scope = scope
        self.previous = previous
        self.item = item
        self.entered = 0
        self.entered_at = 0.0
        self.attempt = 0
        self.token: str | None = None
        self.state: State | None = None
        self.children: dict[int, Frame] | None = None

    def child(self, value: JSON, previous: int, item: tuple[int, JSON] | None = None) -> Frame:
        """A frame inside this one: it reads the variables as they are now, and its own stay its own."""
        return Frame(self.execution, value, dict(self.scope), previous, item or self.item)

    def record(self, *event: Any) -> int:
        """Adds an event (type, previous event id, timestamp, details …) after the last one and returns its id."""
        kind, *details = event
        self.events.append((kind, self.previous, self.now(), *details))
        self.previous = len(self.events)
        return self.previous

    def oversize(self, subject: str) -> Failure:
        return Failure(
            DATA_LIMIT,
            f"The state/task '{subject}' returned a result with a size exceeding the maximum number of bytes "
            "service limit.",
        )
