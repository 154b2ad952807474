"""Task tokens and activities: how work outside the engine answers a waiting Task.

send_task_success(token, {"ok": True}); send_task_failure(token, "Error", "cause"); send_task_heartbeat(token)
task = await get_activity_task(arn, "worker-1")    # {"taskToken", "input"}, or None when nothing came
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from treadle.engine.clock import Clock, Gate
from treadle.engine.failure import TIMEOUT, Failure
from treadle.errors import ServiceError

if TYPE_CHECKING:
    import asyncio

JSON = Any

POLL = 60.0  # seconds that GetActivityTask waits for a task
_GONE = "Task Timed Out: 'Provided task does not exist anymore'"  # SendTask* after the task ended, in AWS's words


class Waiter:
    """One Task that waits for its token. Failure or output is left in the gate; heartbeats put its end off."""

    def __init__(self, clock: Clock, timeout: float | None, heartbeat: float | None) -> None:
        import asyncio

        self.gate = Gate(clock)
        self._clock = clock
        self._timeout = timeout
        self._heartbeat = heartbeat
        self._loop = asyncio.get_running_loop()
        self._stop: Callable[[], None] | None = None
        self._silence: Callable[[], None] | None = None

    def begin(self) -> None:
        """Starts both clocks: when the service has the token, or when a worker takes the activity's task."""
        if self._timeout is not None and self._stop is None:
            self._stop = self._clock.timer(self._timeout, lambda: self.gate.open(Failure(TIMEOUT)))
        self.beat()

    def beat(self) -> None:
        if self._heartbeat is None:
            return
        if self._silence is not None:
            self._silence()
        self._silence = self._clock.timer(self._heartbeat, lambda: self.gate.open(Failure(TIMEOUT, heartbeat=True)))

    def close(self) -> None:
        for cancel in (self._stop, self._silence):
            if cancel is not None:
                cancel()

    def call(self, function: Callable[..., object], *args: object) -> None:
        """Runs on the execution's own loop, whichever thread the answer comes from."""
        import asyncio

        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        if running is self._loop:
            function(*args)
        else:
            self._loop.call_soon_threadsafe(function, *args)


@dataclass(frozen=True, slots=True)
class Answer:
    """A task's output, kept apart from the Failure that a gate may also hold."""

    output: JSON


@dataclass(frozen=True, slots=True)
class ActivityTask:
    token: str
    input: JSON
    started: Callable[[str | None], None]


@dataclass(slots=True)
class Callbacks:
    """The tokens that wait now, and the activities with what is scheduled for them."""

    waiters: dict[str, Waiter] = field(default_factory=dict)
    activities: dict[str, deque[ActivityTask]] = field(default_factory=dict)
    _pollers: dict[str, deque[asyncio.Future[None]]] = field(default_factory=dict)

    def send_task_success(self, token: str, output: JSON) -> None:
        """Ends the waiting Task with that output. ServiceError TaskTimedOut where none waits for the token."""
        waiter = self._waiter(token)
        waiter.call(waiter.gate.open, Answer(output))

    def send_task_failure(self, token: str, error: str | None = None, cause: str | None = None) -> None:
        """Fails the waiting Task. ServiceError TaskTimedOut where none waits for the token."""
        waiter = self._waiter(token)
        waiter.call(waiter.gate.open, Failure(error, cause))

    def send_task_heartbeat(self, token: str) -> None:
        """Starts the waiting Task's HeartbeatSeconds anew. ServiceError TaskTimedOut where none waits for the token."""
        waiter = self._waiter(token)
        waiter.call(waiter.beat)

    def _waiter(self, token: str) -> Waiter:
        waiter = self.waiters.get(token)
        if waiter is None or waiter.gate.opened:
            raise ServiceError("TaskTimedOut", _GONE)
        return waiter

    def create_activity(self, arn: str) -> None:
        self.activities.setdefault(arn, deque())

    def delete_activity(self, arn: str) -> None:
        self.activities.pop(arn, None)

    def schedule(self, arn: str, task: ActivityTask) -> None:
        """Queues a task and wakes the worker that has polled the longest."""
        self.activities[arn].append(task)
        pollers = self._pollers.get(arn, ())
        while pollers:
            poller = pollers.popleft()
            if not poller.done():
                poller.get_loop().call_soon_threadsafe(_wake, poller)
                break

    async def get_activity_task(
        self, arn: str, worker_name: str | None = None, wait: float = POLL
    ) -> dict[str, JSON] | None:
        """The next task of an activity, polled for `wait` seconds. ServiceError where there is no such activity."""
        import asyncio

        if arn not in self.activities:
            raise ServiceError("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait
        while not (waiting := self._waiting(arn)):
            poller: asyncio.Future[None] = loop.create_future()
            self._pollers.setdefault(arn, deque()).append(poller)
            try:
                await asyncio.wait_for(poller, deadline - loop.time())
            except TimeoutError:
                return None
        task = waiting.popleft()
        task.started(worker_name)
        return {"taskToken": task.token, "input": task.input}

    def _waiting(self, arn: str) -> deque[ActivityTask]:
        """The activity's tasks, without those whose Task has ended meanwhile."""
        waiting = self.activities.get(arn, deque())
        while waiting and waiting[0].token not in self.waiters:
            waiting.popleft()
        return waiting


def _wake(poller: asyncio.Future[None]) -> None:
    if not poller.done():
        poller.set_result(None)


CALLBACKS = Callbacks()
"""The process's own: what executions use unless they are given another."""

send_task_success = CALLBACKS.send_task_success
send_task_failure = CALLBACKS.send_task_failure
send_task_heartbeat = CALLBACKS.send_task_heartbeat
get_activity_task = CALLBACKS.get_activity_task
create_activity = CALLBACKS.create_activity
