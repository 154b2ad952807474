"""Time, behind a protocol: the real clock, and a virtual one that finishes every wait at once.

The engine reads the time with `now`, waits with `sleep`, and races work against a `timer`. `resume` and `pause` tell
the clock when a coroutine goes to work and when it has nothing to do but wait: the virtual clock moves on only when
everything waits, so that work which takes real time never runs into a modelled timeout.

asyncio is imported late, here and in its neighbours: a machine that never waits needs no event loop, and importing one
takes longer than importing the rest of the engine.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio


class Clock(Protocol):
    """Where the engine reads the time (seconds since the epoch, UTC) and waits for it."""

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...

    def timer(self, seconds: float, callback: Callable[[], object]) -> Callable[[], None]:
        """Calls `callback` once, after that many seconds; what it returns cancels it."""
        ...

    def resume(self) -> None:
        """One more coroutine is at work."""
        ...

    def pause(self) -> None:
        """One coroutine less is at work: it waits for something, or has ended."""
        ...


class RealClock:
    """The machine's own clock."""

    now = staticmethod(time.time)

    async def sleep(self, seconds: float) -> None:
        import asyncio

        await asyncio.sleep(seconds)

    def timer(self, seconds: float, callback: Callable[[], object]) -> Callable[[], None]:
        import asyncio

        return asyncio.get_running_loop().call_later(max(seconds, 0), callback).cancel

    def resume(self) -> None: ...

    def pause(self) -> None: ...


class VirtualClock:
    """Modelled time: it stands still while anything is at work and jumps to the next timer when everything waits.

    Timers of the same moment go off in the order in which they were set. Code beside the engine that must not be
    overtaken (a test that answers a task token, say) calls `resume` before and `pause` after its work.
    """

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start
        self._working = 0
        self._timers: list[tuple[float, int, list[Callable[[], object]]]] = []
        self._order = itertools.count()

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        gate = Gate(self)
        cancel = self.timer(seconds, gate.open)
        try:
            await gate.wait()
        finally:
            cancel()

    def timer(self, seconds: float, callback: Callable[[], object]) -> Callable[[], None]:
        waiting = [callback]  # emptied when it is cancelled
        heapq.heappush(self._timers, (self._now + max(seconds, 0), next(self._order), waiting))
        return waiting.clear

    def resume(self) -> None:
        self._working += 1

    def pause(self) -> None:
        self._working -= 1
        while self._working <= 0 and self._timers:
            moment, _, waiting = heapq.heappop(self._timers)
            if waiting:
                self._now = max(self._now, moment)
                waiting[0]()


class Gate:
    """What one coroutine waits at until somebody opens it, with a value; time may move while it waits."""

    __slots__ = ("_clock", "_future", "opened", "value")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._future: asyncio.Future[None] | None = None
        self.opened = False
        self.value: object = None

    def open(self, value: object = None) -> None:
        """Lets the waiting coroutine go on; a gate opens once, later calls do nothing."""
        if self.opened:
            return
        self.opened = True
        self.value = value
        self._clock.resume()
        if self._future is not None and not self._future.done():
            self._future.set_result(None)

    async def wait(self) -> None:
        """Waits until it is open. Called once."""
        self._clock.pause()
        if self.opened:
            return
        import asyncio

        self._future = asyncio.get_running_loop().create_future()
        try:
            await self._future
        except BaseException:  # it was cancelled, and goes on only to clean up
            if not self.opened:
                self.opened = True
                self._clock.resume()
            raise


async def give_way() -> None:
    """Lets everything else on the event loop have its turn; no time of any clock passes."""
    import asyncio

    await asyncio.sleep(0)
