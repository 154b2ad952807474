"""What Python has no word for: `parallel`, `each`, `distribute`, `wait`, `callback`. Each also runs as plain Python."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast, overload

from treadle.errors import InputError, ServiceError
from treadle.language import operations
from treadle.language.operations import Operation, Slot
from treadle.language.options import NO_FALLBACK, Options, Retry, attempt
from treadle.language.tasks import Task

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
T = TypeVar("T")
R = TypeVar("R")

sleeper: ContextVar[Callable[[float], Any]] = ContextVar("sleeper")
"""How plain Python waits; a test may set it to one that does not."""


@overload
def parallel(
    a: Callable[[], A], b: Callable[[], B], /, *, retry: int | Retry | None = None, fallback: Any = NO_FALLBACK
) -> tuple[A, B]: ...
@overload
def parallel(
    a: Callable[[], A],
    b: Callable[[], B],
    c: Callable[[], C],
    /,
    *,
    retry: int | Retry | None = None,
    fallback: Any = NO_FALLBACK,
) -> tuple[A, B, C]: ...
@overload
def parallel(
    a: Callable[[], A],
    b: Callable[[], B],
    c: Callable[[], C],
    d: Callable[[], D],
    /,
    *,
    retry: int | Retry | None = None,
    fallback: Any = NO_FALLBACK,
) -> tuple[A, B, C, D]: ...
@overload
def parallel(
    a: Callable[[], A],
    b: Callable[[], B],
    c: Callable[[], C],
    d: Callable[[], D],
    e: Callable[[], E],
    /,
    *,
    retry: int | Retry | None = None,
    fallback: Any = NO_FALLBACK,
) -> tuple[A, B, C, D, E]: ...
@overload
def parallel(
    *branches: Callable[[], T], retry: int | Retry | None = None, fallback: Any = NO_FALLBACK
) -> tuple[T, ...]: ...
def parallel(
    *branches: Callable[[], Any], retry: int | Retry | None = None, fallback: Any = NO_FALLBACK
) -> tuple[Any, ...]:
    """Run functions of no argument side by side; their results in order. Plain Python runs them one by one.

    `retry` runs all of them again, `fallback` is a value in the place of their results.
    """
    return attempt(lambda: tuple(branch() for branch in branches), Options(retry, fallback=fallback))


def each(
    items: Iterable[T],
    function: Callable[[T], R],
    *,
    concurrency: int = 0,
    tolerate: int | float | None = None,
    retry: int | Retry | None = None,
    fallback: Any = NO_FALLBACK,
) -> list[R]:
    """`function` of every item, side by side; the results in the items' order (a Map state).

    At most `concurrency` run at once (0: as many as the service likes, about 40). An item that fails, fails all of
    them. With `tolerate`, a count or (as a float) a share of the items may fail: each of those gives None. `retry` goes
    through all of them again, `fallback` is a value in the place of the results.
    """
    given = list(items)
    return attempt(lambda: _each(given, function, tolerate), Options(retry, fallback=fallback))


def _each(given: list[T], function: Callable[[T], R], tolerate: int | float | None) -> list[R]:
    results: list[Any] = []
    failed = 0
    for item in given:
        try:
            results.append(function(item))
        except Exception:
            failed += 1
            if tolerate is None:
                raise
            results.append(None)
    if tolerate is not None and failed > (tolerate if isinstance(tolerate, int) else tolerate * len(given)):
        raise ServiceError(EXCEEDED, EXCEEDED_CAUSE)
    return results


EXCEEDED = "States.ExceedToleratedFailureThreshold"
EXCEEDED_CAUSE = "The specified tolerated failure threshold was exceeded"


@dataclass(frozen=True)
class Source:
    """Where a Distributed Map reads its items: an object of S3 (or a local file, read through `path`)."""

    format: str
    bucket: str
    key: str


def source(uri: str, *, format: str | None = None) -> Source:
    """`s3://bucket/key.jsonl`: items of a JSON array, JSON lines, CSV or Parquet object, by its ending or `format`."""
    if not uri.startswith("s3://") or "/" not in uri[5:]:
        raise InputError(f"a source is s3://bucket/key, not {uri!r}")
    bucket, key = uri[5:].split("/", 1)
    found = format or {"json": "JSON", "jsonl": "JSONL", "csv": "CSV", "parquet": "PARQUET"}.get(key.rpartition(".")[2])
    if found not in ("JSON", "JSONL", "CSV", "PARQUET"):
        raise InputError(f"what {uri!r} holds is unknown: give format='JSONL', 'JSON', 'CSV' or 'PARQUET'")
    return Source(found, bucket, key)


def distribute(
    items: Sequence[T] | str,
    function: Callable[[Any], R],
    *,
    batch: int = 1,
    concurrency: int = 0,
    tolerate: int | float | None = None,
    label: str | None = None,
    format: str | None = None,
    retry: int | Retry | None = None,
    fallback: Any = NO_FALLBACK,
) -> list[R]:
    """`function` of every batch of items, as a Distributed Map: each batch is a child execution of its own.

    `items` is a list, or the `s3://bucket/key` (plain Python: a path) of a JSON, JSONL or CSV document. With `batch`
    over 1 the function takes a list of at most so many items. `tolerate` is a count, or as a float a share, of
    failing items. What a document holds is known by its ending, or by `format`: "JSON", "JSONL", "CSV" or "PARQUET".
    `retry` starts a Map Run for all items again, `fallback` is a value in the place of the results.
    """
    return attempt(lambda: _distribute(items, function, batch, tolerate), Options(retry, fallback=fallback))


def _distribute(
    items: Sequence[T] | str, function: Callable[[Any], R], batch: int, tolerate: int | float | None
) -> list[R]:
    found: list[Any] = _read(items) if isinstance(items, str) else list(items)
    calls: list[Any] = [found[at : at + batch] for at in range(0, len(found), batch)] if batch > 1 else found
    results: list[R] = []
    failed = 0
    for given in calls:
        try:
            results.append(function(given))
        except Exception:
            failed += len(given) if batch > 1 else 1
            if tolerate is None:
                raise
    if tolerate is not None and failed > (tolerate if isinstance(tolerate, int) else tolerate * len(found)):
        raise ServiceError(EXCEEDED, EXCEEDED_CAUSE)
    return results


def _read(path: str) -> list[Any]:
    """Items of a local file, for plain Python."""
    if path.startswith("s3://"):
        raise InputError(f"plain Python reads local files only, not {path}: run the workflow on the engine")
    text = Path(path).read_text(encoding="utf-8")
    if path.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    found = json.loads(text)
    if not isinstance(found, list):
        raise InputError(f"{path} holds no list")
    return found


def wait(seconds: float | None = None, *, until: str | None = None) -> None:
    """Wait for a number of seconds, or until a moment given as ISO 8601 with a zone:
    `wait(until="2030-01-01T00:00:00Z")`.
    """
    if (seconds is None) == (until is None):
        raise TypeError("wait() takes seconds or until")
    pause = sleeper.get(threading.Event().wait)
    if seconds is not None:
        if seconds < 0:
            raise ValueError("wait() takes seconds of 0 or more")
        pause(seconds)
    else:
        operations.call(_UNTIL, "__call__", {"until": until})


@dataclass(frozen=True)
class _Until:
    def __operation__(self, method: str, given: Mapping[str, Any]) -> Operation:
        return Operation("wait", "wait", {"Timestamp": Slot("until")}, returns=None)


_UNTIL = _Until()


@dataclass(frozen=True)
class Callback:
    """A call to a task that another system answers: the task sends `token` out, the answer comes back with it."""

    task: Task[..., Any]
    returns: Any = Any

    def __operation__(self, method: str, given: Mapping[str, Any]) -> Operation:
        sent: dict[str, Any] = {name: Slot(name) for name in given}
        return Operation(
            name=self.task.name,
            resource="arn:aws:states:::lambda:invoke.waitForTaskToken",
            arguments={
                "FunctionName": self.task.name,
                "Payload": sent | {"token": "{% $states.context.Task.Token %}"},
            },
            output="$states.result",
            returns=self.returns,
            function=self.task.function,
        )


def callback(
    task: Task[..., Any],
    *args: Any,
    returns: type[T],
    timeout: float | None = None,
    heartbeat: float | None = None,
    retry: int | Retry | None = None,
    fallback: Any = NO_FALLBACK,
    **kwargs: Any,
) -> T:
    """Call `task` with a task token (its parameter `token`) and go on with the answer that comes back for the token.

    A person or another system answers with SendTaskSuccess; `returns` is the type of that answer.
    """
    import inspect

    bound = inspect.signature(task.function).bind_partial(*args, **kwargs)

    def asked() -> T:
        return cast(T, operations.call(Callback(task, returns), "__call__", dict(bound.arguments)))

    return attempt(asked, Options(retry, fallback=fallback))
