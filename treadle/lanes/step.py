"""One execution of a one-step workflow: the core that both degenerate lanes share, on AWS and here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle import inputs
from treadle.asl.reference import holds, marked
from treadle.engine import run
from treadle.lanes.bundle import Entry
from treadle.lanes.platform import Platform

if TYPE_CHECKING:
    from treadle.engine import Execution

JSON = Any


def execute(entry: Entry, input: JSON, platform: Platform, id: str) -> Execution:
    """Check the input, then run the workflow's ASL on the engine; gives the execution, whatever its status.

    A Large parameter that is big goes to the object store first, so an input may be larger than an execution takes.

    Raises:
        InputError: the input is too big for an execution, or a parameter is missing, unknown or of the wrong type.
    """
    if marked(entry.parameters):
        from treadle.stores import large

        inputs.check(input, entry.parameters)
        input = inputs.guard(large.moved(input, entry.parameters, platform.objects))
    else:
        inputs.check(inputs.guard(input), entry.parameters)
    return run(platform.machine(entry), input, service=platform.service, name=id)


def output(execution: Execution, platform: Platform) -> JSON:
    """What an execution gave, with the values that references in it stand for."""
    if not holds(execution.output):
        return execution.output
    from treadle.stores import large

    return large.resolved(execution.output, platform.objects)


def record(entry: Entry, execution: Execution, id: str) -> dict[str, JSON]:
    """What is kept of an execution: how it ended, what it gave, when, and which models answered."""
    kept = {
        "workflow": entry.workflow,
        "id": id,
        "lane": entry.lane,
        "status": execution.status,
        "input": execution.input,
        "output": execution.output,
        "error": execution.error,
        "cause": execution.cause,
        "models": [model for _, model in execution.models],
        "startDate": execution.start_date,
        "stopDate": execution.stop_date,
    }
    return {name: value for name, value in kept.items() if value is not None or name == "output"}
