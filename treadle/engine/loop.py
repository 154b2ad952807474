"""An event loop for callers that have none."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine
from typing import Any


class _Kept:
    """A thread's own event loop, closed when the thread ends: making one costs more than a short execution."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()

    def __del__(self) -> None:
        self.loop.close()


_THREAD = threading.local()


def complete(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Runs a coroutine to its end: on this thread's loop or, where one is running here already, in another thread.

    (A notebook's cell runs inside a loop.)
    """
    # The caller's own context: what it has set must be seen by the tasks that run for it.
    context = contextvars.copy_context()
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        kept = getattr(_THREAD, "kept", None)
        if kept is None:
            kept = _THREAD.kept = _Kept()
        loop: asyncio.AbstractEventLoop = kept.loop
        task = loop.create_task(work(), context=context)
        try:
            loop.run_until_complete(task)
        except BaseException:
            task.cancel()  # an interrupt from the keyboard leaves it half done
            loop.run_until_complete(asyncio.wait([task]))
            raise
        return
    problems: list[BaseException] = []
    tasks: list[asyncio.Task[None]] = []

    async def begin() -> None:
        tasks.append(asyncio.create_task(work()))
        await tasks[0]

    def beside() -> None:
        try:
            context.run(asyncio.run, begin())
        except BaseException as problem:  # noqa: BLE001 - raised again in the caller's thread
            problems.append(problem)

    thread = threading.Thread(target=beside, name="treadle", daemon=True)
    thread.start()
    try:
        thread.join()
    except BaseException:
        for task in tasks:
            task.get_loop().call_soon_threadsafe(task.cancel)
        raise
    if problems:
        raise problems[0]
