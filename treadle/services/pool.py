"""Blocking calls, kept off the event loop by a bounded number of daemon threads."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

Answer = TypeVar("Answer")
_inside: contextvars.ContextVar[bool] = contextvars.ContextVar("treadle_in_pool", default=False)


class Pool:
    """At most `workers` threads, started as they are needed.

    They are daemons: a function which outlived its state's timeout must not keep the process alive, and
    `concurrent.futures` joins its threads at exit.
    """

    def __init__(self, workers: int = 64) -> None:
        self._workers = workers
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._open = 0

    async def run(self, work: Callable[[], Answer]) -> Answer:
        """What `work()` returns or raises, in the caller's context variables.

        A call from inside a worker (a task which runs a workflow of its own) gets a thread outside the bound: workers
        that wait for each other would never finish.
        """
        nested = _inside.get()
        context = contextvars.copy_context()
        context.run(_inside.set, True)
        future: Future[Answer] = Future()
        job = (future, lambda: context.run(work))
        if nested:
            threading.Thread(target=_finish, args=job, daemon=True).start()
        else:
            self._submit(job)
        return await asyncio.wrap_future(future)

    def _submit(self, job: tuple[Future[Any], Callable[[], Any]]) -> None:
        with self._lock:
            self._open += 1
            start = self._open > self._threads and self._threads < self._workers
            self._threads += start
        self._jobs.put(job)
        if start:
            threading.Thread(target=self._work, name="treadle-task", daemon=True).start()

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            _finish(*job, done=self._close)
            del job

    def _close(self) -> None:
        with self._lock:
            self._open -= 1


def _finish(future: Future[Any], work: Callable[[], Any], done: Callable[[], None] = lambda: None) -> None:
    if not future.set_running_or_notify_cancel():
        done()
        return
    try:
        answer = work()
    except BaseException as error:  # noqa: BLE001 - handed to whoever awaits the call
        done()
        future.set_exception(error)
    else:
        done()
        future.set_result(answer)


POOL = Pool()
