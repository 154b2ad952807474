"""Variables: what Assign does to a line of control, within the service's bounds.

https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle.engine.failure import DATA_LIMIT, Problem
from treadle.engine.limits import at_most, size

if TYPE_CHECKING:
    from treadle.engine.frame import Frame

JSON = Any


def assign_to(frame: Frame, assigned: dict[str, JSON]) -> None:
    """Sets the variables, all or none. Their values are seen from the next state on."""
    execution = frame.execution
    limits = execution.limits
    most = at_most(assigned)
    if most > limits.variable and size(assigned) > limits.variable:
        raise Problem(_too_large(assigned, limits.variable), DATA_LIMIT)
    scope = frame.scope
    scope.update(assigned)
    # The sum of all variables is measured only once enough was assigned to have reached the bound at all.
    execution.assigned += most
    if execution.assigned > limits.variables:
        execution.assigned = size({name: value for name, value in scope.items() if name != "states"})
        if execution.assigned > limits.variables:
            raise Problem("The total size of the variables exceeds the maximum of 10 MiB.", DATA_LIMIT)


def _too_large(assigned: dict[str, JSON], limit: int) -> str:
    worst = max(assigned, key=lambda name: size(assigned[name]))
    if size(assigned[worst]) > limit:
        return f"The size of the variable '{worst}' exceeds the maximum number of bytes service limit."
    return "The size of the assigned variables exceeds the maximum number of bytes service limit."
