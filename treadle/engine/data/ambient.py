"""The clock and the chance of the execution that is running, for functions that have no other way to reach them.

A document is compiled once and run many times; `$now()`, `$random()` and `States.UUID()` inside it must follow the
clock and the seed of the run. Whoever starts an execution sets both in that execution's asyncio task.
"""

from __future__ import annotations

from contextvars import ContextVar

from treadle.engine.chance import CHANCE as SYSTEM_CHANCE
from treadle.engine.chance import Chance
from treadle.engine.clock import Clock, RealClock

CLOCK: ContextVar[Clock] = ContextVar("treadle_clock", default=RealClock())  # noqa: B039 - it has no state
CHANCE: ContextVar[Chance] = ContextVar("treadle_chance", default=SYSTEM_CHANCE)
