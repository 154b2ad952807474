"""What an object of a workflow's namespace may stand for: a call to a service, described as data.

A task, a chat model or an endpoint describes each of its calls as an `Operation`. The compiler turns it into a Task
state; a workflow that runs as plain Python sends the very same operation through the dispatcher. So both agree.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

JSON = Any


@dataclass(frozen=True, slots=True)
class Slot:
    """Where the argument `name` of a call goes. `wrap` is JSONata around it, with `{}` for the value: `$string({})`."""

    name: str
    wrap: str = "{}"


@dataclass(frozen=True, slots=True)
class Dynamic:
    """Stands, while compiling, for an argument whose value is known only when the workflow runs.

    `annotation` is what is known of its type: `str`, `list`, `dict`, `int`, `float`, `bool`, or `Any`.
    """

    annotation: Any = Any

    def __repr__(self) -> str:
        return "DYNAMIC"


DYNAMIC = Dynamic()


@dataclass(frozen=True, slots=True)
class Operation:
    """One call to a service.

    `arguments` is the Task state's Arguments: JSON with a `Slot` wherever a value of the call goes.
    `output` is JSONata over `$states.result`; `returns` is the Python annotation of what it gives.
    `function` is the Python function behind a Lambda task, for whoever runs it locally.
    `retry` are ASL retriers that belong to the operation itself; `timeout` is in seconds.
    """

    name: str
    resource: str
    arguments: JSON
    output: str = "$states.result"
    returns: Any = Any
    retry: tuple[Mapping[str, JSON], ...] = ()
    timeout: int | None = None
    function: Callable[..., Any] | None = None


@runtime_checkable
class Operational(Protocol):
    """An object whose method calls (or whose own call: method "__call__") are operations.

    `given` maps every parameter that the call gives to its constant value or to a `Dynamic`; the parameters themselves
    are those of the Python method, read with `inspect.signature`. A call it cannot express raises `TypeError`, whose
    text is shown at the call's line.
    """

    def __operation__(self, method: str, given: Mapping[str, Any]) -> Operation: ...


Dispatch = Callable[[Operation, Mapping[str, JSON]], JSON]
_dispatch: list[Dispatch] = []


def install(dispatch: Dispatch) -> None:
    """Say what runs an operation that plain Python calls. `treadle.workflow` does, when it is imported."""
    _dispatch[:] = [dispatch]


def call(target: Operational, method: str, given: Mapping[str, JSON]) -> JSON:
    """Run an operation now, from plain Python: `given` are the call's values."""
    if not _dispatch:
        importlib.import_module("treadle.workflow")
    return _dispatch[0](target.__operation__(method, given), given)
