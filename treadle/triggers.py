"""What starts a workflow: a route, an event, a queue, a schedule. `lanes` matches it here, `publish` ships it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Route:
    """An HTTP route of the platform's API. The input is the JSON body, joined with the path's `{parameters}`."""

    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Event:
    """An EventBridge rule on the project's bus. `pattern` is an event pattern; the input is the event's `detail`."""

    pattern: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Schedule:
    """An EventBridge schedule: `rate(…)`, `cron(…)` or `at(…)`, with a constant input."""

    expression: str
    timezone: str = "UTC"
    input: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queue:
    """An SQS queue by name; the input is the message's JSON body."""

    name: str


Trigger = Route | Event | Schedule | Queue


def get(path: str) -> Route:
    """`GET path`; query parameters are the input."""
    return Route("GET", path)


def post(path: str) -> Route:
    """`POST path`; the JSON body is the input."""
    return Route("POST", path)


def event(
    pattern: Mapping[str, Any] | None = None, *, source: str | None = None, detail_type: str | None = None
) -> Event:
    """An event by its pattern, or by its source and detail-type."""
    found = dict(pattern or {})
    if source is not None:
        found["source"] = [source]
    if detail_type is not None:
        found["detail-type"] = [detail_type]
    if not found:
        raise TypeError("on.event needs a pattern, a source or a detail_type")
    return Event(found)


def schedule(expression: str, *, timezone: str = "UTC", input: Mapping[str, Any] | None = None) -> Schedule:
    """A schedule: `on.schedule("rate(5 minutes)")`, `on.schedule("cron(0 9 * * ? *)", timezone="Asia/Kolkata")`."""
    return Schedule(expression, timezone, dict(input or {}))


def queue(name: str) -> Queue:
    """A queue by name: each message starts the workflow."""
    return Queue(name)
