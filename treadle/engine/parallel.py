"""The Parallel state: every branch gets the same input, the result is the list of their outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from treadle.engine import fields
from treadle.engine.attempts import performing
from treadle.engine.branches import Branches, record_cut
from treadle.engine.failure import Failure

if TYPE_CHECKING:
    from treadle.engine.frame import Frame
    from treadle.engine.state import Perform, State

JSON = Any


def parallel_state(state: State, states: Mapping[str, State], following: State | None) -> Perform:
    scopes = state.scopes
    if state.language == "JSONata":
        given = state.document.get("Arguments")
        arguments = None if given is None else fields.jsonata_template(given, "Arguments")
    else:
        arguments = fields.before(state.document)
    count = len(scopes)

    async def attempt(frame: Frame) -> JSON:
        value = frame.value if arguments is None else arguments(frame, frame.value)
        if frame.progress is None:
            frame.follow_entered()
            frame.record("ParallelStateStarted")

        def begin(index: int, previous: int) -> Frame:
            child = frame.inner(index, value, previous)
            child.state = scopes[index].start
            return child

        branches = Branches(frame, count, count, begin, lambda index, child: child.previous)
        try:
            outputs = await branches.run()
        except Failure as failure:
            if not failure.ends_execution:
                record_cut(frame, branches)
            raise
        frame.record_aside("ParallelStateSucceeded")
        return outputs

    return performing(state, states, following, attempt)
