"""The context object: what `$$` and `$states.context` show of the execution, the machine and the state.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from treadle.engine.frame import Frame

JSON = Any


def timestamp(seconds: float) -> str:
    """The form of every time in the context object: `2026-11-23T09:30:00.123Z`."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return f"{moment.isoformat(timespec='milliseconds')[:-6]}Z"  # several times as fast as strftime


def context_of(frame: Frame) -> dict[str, JSON]:
    """Built anew for each look, since most states never look."""
    given: dict[str, JSON] | None = getattr(frame, "given_context", None)  # what a TestState call puts in its place
    if given is not None:
        return given
    execution = frame.execution
    assert frame.state is not None
    state: dict[str, JSON] = {"Name": frame.state.name, "EnteredTime": timestamp(frame.entered_at)}
    if frame.state.type in ("Task", "Parallel", "Map"):
        state["RetryCount"] = frame.attempt
    context = {**execution.context, "State": state}
    if frame.token is not None:
        context["Task"] = {"Token": frame.token}
    if frame.item is not None:
        index, value = frame.item
        context["Map"] = {"Item": {"Index": index, "Value": value}}
    return context
