"""What stands in a Map or Parallel that comes first reads the input of the execution from the context object.

Their own states have another input, so a parameter would need a variable, and the variable a state before them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from treadle.language import liveness, placing
from treadle.language.scan import rewrite, substitute
from treadle.language.steps import Expr, Graph, Map, Parallel, Pass, Step, Value, graphs, inner, walk

_PARAMETER = re.compile(r"\$states\.input\.(\w+)")


def taken(step: Pass, after: Step, names: set[str]) -> Mapping[str, Expr] | None:
    """Where the variables of the first step, read within the one after it, are found in the context; None: nowhere."""
    if not isinstance(after, Map | Parallel) or any(_is_distributed(each) for each in [after, *_within(after)]):
        return None
    found = {}
    for name in names:
        value = step.assign[name]
        text = _PARAMETER.fullmatch(value.text) if isinstance(value, Expr) else None
        if text is None:
            return None
        found[name] = Expr(f"$states.context.Execution.Input.{text.group(1)}", 3)
    return found


def put_within(step: Step, found: Mapping[str, Expr]) -> None:
    """Let all that stands within a step read from the context what it read from variables."""

    def put(value: Value) -> Value:
        return rewrite(value, lambda expr: substitute(expr, found))

    for each in _within(step):
        placing.set_values(each, put)
        for assign, _ in liveness.assigns(each):
            for name, value in list(assign.items()):
                assign[name] = put(value)


def _within(step: Step) -> list[Step]:
    return [each for graph in inner(step) for one in _graphs(graph) for each in walk(one)]


def _graphs(graph: Graph) -> list[Graph]:
    return list(graphs(graph))


def _is_distributed(step: Step) -> bool:
    """A child execution has an input of its own in its context."""
    return isinstance(step, Map) and step.mode != "INLINE"
