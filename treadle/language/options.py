"""What may go on any call to a service: `retry=`, `timeout=`, `heartbeat=`, `fallback=`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

T = TypeVar("T")


class NoFallback:
    """The type of `NO_FALLBACK`: a failing call fails."""

    def __repr__(self) -> str:
        return "NO_FALLBACK"


NO_FALLBACK = NoFallback()


@dataclass(frozen=True)
class Retry:
    """How a failing call is repeated: at most `attempts` times more, after `interval` seconds, then `backoff` times
    as long.

    `on` are exception classes or AWS error names; empty means any error. `max_delay` is in seconds. With `jitter` each
    delay is drawn between zero and its full length, so that callers who failed together do not come back together.
    """

    attempts: int = 3
    on: tuple[type[BaseException] | str, ...] = ()
    interval: int = 1
    backoff: float = 2.0
    max_delay: int | None = None
    jitter: bool = True

    def __post_init__(self) -> None:
        if self.attempts < 0 or self.interval < 1 or self.backoff < 1:
            raise TypeError("Retry: attempts is 0 or more, interval 1 or more seconds, backoff 1.0 or more")

    def matches(self, error: BaseException) -> bool:
        names = {each.__name__ for each in type(error).__mro__} | {getattr(error, "error", "")}
        return not self.on or any((each if isinstance(each, str) else each.__name__) in names for each in self.on)


@dataclass(frozen=True)
class Options:
    """The options of one call. `timeout` and `heartbeat` are in seconds."""

    retry: int | Retry | None = None
    timeout: float | None = None
    heartbeat: float | None = None
    fallback: Any = NO_FALLBACK

    @staticmethod
    def names() -> tuple[str, ...]:
        return tuple(each.name for each in fields(Options))

    def joined(self, given: Mapping[str, Any]) -> Options:
        return replace(self, **given) if given else self


NO_OPTIONS = Options()


def retrier(retry: int | Retry) -> Retry:
    return Retry(attempts=retry) if isinstance(retry, int) else retry


def chain(fallback: Any) -> tuple[Any, ...]:
    """Who a fallback names, in turn: a model, a task, a function, or a list of them that a value may end. () where it
    is a value.
    """
    ways = tuple(fallback) if isinstance(fallback, list | tuple) and fallback else (fallback,)
    return ways if _asked(ways[0]) and all(map(_asked, ways[:-1])) else ()


def _asked(way: Any) -> bool:
    return not isinstance(way, type) and (callable(way) or hasattr(way, "__operation__"))


def attempt(
    call: Callable[[], T],
    options: Options,
    method: str = "__call__",
    args: Sequence[Any] = (),
    keywords: Mapping[str, Any] | None = None,
) -> T:
    """Call now, repeat as the options say (at once: plain Python does not wait), and fall back at the end.

    `method`, `args` and `keywords` are the call's own, for those whom a fallback names.
    """
    try:
        return _repeated(call, options)
    except Exception:
        if options.fallback is NO_FALLBACK:
            raise
        ways = chain(options.fallback)
        if not ways:
            return options.fallback  # type: ignore[no-any-return]
        same = replace(options, fallback=NO_FALLBACK)
        for at, way in enumerate(ways):
            if not _asked(way):
                return way  # type: ignore[no-any-return]
            try:
                return _again(way, same, method, args, keywords or {})  # type: ignore[no-any-return]
            except Exception:
                if at == len(ways) - 1:
                    raise
    raise AssertionError("unreachable")


def _again(way: Any, options: Options, method: str, args: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
    """The same call on another: a model by its method, whatever else is called itself."""
    target = getattr(way, method) if method != "__call__" and hasattr(way, method) else way
    if getattr(way, "options", NO_OPTIONS) != NO_OPTIONS or not hasattr(way, "__operation__"):
        return target(*args, **keywords)
    return _repeated(lambda: target(*args, **keywords), options)


def _repeated(call: Callable[[], T], options: Options) -> T:
    left = retrier(options.retry) if options.retry is not None else Retry(attempts=0)
    for remaining in range(left.attempts, -1, -1):
        try:
            return call()
        except Exception as error:
            if not (remaining and left.matches(error)):
                raise
    raise AssertionError("unreachable")
