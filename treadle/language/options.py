"""What may go on any call to a service: `retry=`, `timeout=`, `heartbeat=`, `fallback=`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


def attempt(call: Callable[[], T], options: Options) -> T:
    """Call now, repeat as the options say (at once: plain Python does not wait), and fall back at the end."""
    left = retrier(options.retry) if options.retry is not None else Retry(attempts=0)
    for remaining in range(left.attempts, -1, -1):
        try:
            return call()
        except Exception as error:
            if remaining and left.matches(error):
                continue
            if options.fallback is NO_FALLBACK:
                raise
            return options.fallback  # type: ignore[no-any-return]
    raise AssertionError("unreachable")
