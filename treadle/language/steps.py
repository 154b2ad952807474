"""The workflow as a graph of steps, between the source and the States Language.

Steps are linked by `Link` objects, so that a step can be placed before what comes after it is known. A value is JSON in
which an `Expr` stands wherever JSONata computes something.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Value = Any
"""None, bool, int, float, str, list, dict or Expr, nested."""


@dataclass(frozen=True, slots=True)
class Expr:
    """JSONata in a value. `fleeting` text gives another value each time, so it is never copied.

    `asserts` is JSONata that is evaluated before it and may fail, on purpose.
    """

    text: str
    depth: int = 1
    fleeting: bool = False
    asserts: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step comes from. `line` counts from 1."""

    file: str
    line: int


@dataclass(eq=False, slots=True)
class Link:
    """The way from one step to the next."""

    target: Step | None = None


@dataclass(eq=False, slots=True)
class Rule:
    """One rule of a Choice: where `when` holds, `assign` and go on."""

    when: Expr
    assign: dict[str, Value]
    next: Link


@dataclass(eq=False, slots=True)
class Catcher:
    """`asserts` is JSONata that fails where the error is one that no `except` of the source would see."""

    errors: tuple[str, ...]
    assign: dict[str, Value]
    next: Link
    asserts: str = ""


_COUNTER = itertools.count()


@dataclass(eq=False, slots=True, kw_only=True)
class Step:
    """The root. `label` is the name the state would like; `fixed` says that the source chose it.

    `order` grows from step to step as the source is read.
    """

    label: str
    place: Place
    comment: str = ""
    fixed: bool = False
    order: int = field(default_factory=_COUNTER.__next__)


@dataclass(eq=False, slots=True, kw_only=True)
class Working(Step):
    """A step that assigns and goes on to one next step, or ends with `output` where it has no next (`ends`)."""

    assign: dict[str, Value] = field(default_factory=dict)
    next: Link = field(default_factory=Link)
    ends: bool = False
    output: Value = None


@dataclass(eq=False, slots=True, kw_only=True)
class Pass(Working):
    pass


@dataclass(eq=False, slots=True, kw_only=True)
class Wait(Working):
    """`seconds` or `timestamp`, the other is None."""

    seconds: Value = None
    timestamp: Value = None


@dataclass(eq=False, slots=True, kw_only=True)
class Calling(Working):
    """A step that may fail and be tried again: Task, Map or Parallel. `retry` are ASL retriers."""

    retry: tuple[Mapping[str, Any], ...] = ()
    catch: list[Catcher] = field(default_factory=list)


@dataclass(eq=False, slots=True, kw_only=True)
class Task(Calling):
    resource: str
    arguments: Value
    timeout: Value = None
    heartbeat: Value = None


@dataclass(eq=False, slots=True, kw_only=True)
class Map(Calling):
    """`settings` are further fields of the state (a Distributed Map's), as they stand in ASL."""

    items: Value
    body: Graph
    concurrency: Value = None
    mode: str = "INLINE"
    settings: dict[str, Value] = field(default_factory=dict)


@dataclass(eq=False, slots=True, kw_only=True)
class Parallel(Calling):
    """`arguments` is the input of its branches, None for the state's own."""

    branches: list[Graph]
    arguments: Value = None


@dataclass(eq=False, slots=True, kw_only=True)
class Choice(Step):
    """Rules in turn; where none holds, `assign` and go on by `default`."""

    rules: list[Rule] = field(default_factory=list)
    assign: dict[str, Value] = field(default_factory=dict)
    default: Link = field(default_factory=Link)


@dataclass(eq=False, slots=True, kw_only=True)
class Fail(Step):
    """`guard`: no `raise` of the source stands here, but a check of what Python would check."""

    error: Value
    cause: Value
    guard: bool = False


@dataclass(eq=False, slots=True, kw_only=True)
class Return(Step):
    value: Value


@dataclass(eq=False, slots=True)
class Graph:
    """What starts at `start`."""

    start: Link


def links(step: Step) -> list[Link]:
    """The ways out of a step, in the order that a reader follows."""
    match step:
        case Choice():
            return [*(rule.next for rule in step.rules), step.default]
        case Calling():
            return [*([] if step.ends else [step.next]), *(each.next for each in step.catch)]
        case Working():
            return [] if step.ends else [step.next]
    return []


def walk(graph: Graph) -> list[Step]:
    """Every step that the graph reaches, each once, depth first in reading order; not those of graphs within."""
    found: dict[int, Step] = {}
    waiting = [graph.start]
    while waiting:
        step = waiting.pop().target
        if step is None or id(step) in found:
            continue
        found[id(step)] = step
        waiting.extend(reversed(links(step)))
    return list(found.values())


def inner(step: Step) -> list[Graph]:
    """The graphs within a step."""
    match step:
        case Map():
            return [step.body]
        case Parallel():
            return step.branches
    return []


def graphs(graph: Graph) -> Iterator[Graph]:
    """The graph and all graphs within it, innermost last."""
    yield graph
    for step in walk(graph):
        for each in inner(step):
            yield from graphs(each)


def expressions(value: Value) -> Iterator[Expr]:
    """Every Expr of a value."""
    if isinstance(value, Expr):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from expressions(each)
    elif isinstance(value, list):
        for each in value:
            yield from expressions(each)
