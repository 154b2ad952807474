"""What of a project's triggers AWS would refuse, or could never serve, found on this machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from treadle import inputs
from treadle.errors import ProjectError, UserError
from treadle.lanes import pattern, schedule
from treadle.triggers import Event, Route, Schedule, Trigger

if TYPE_CHECKING:
    from treadle.workflow import Workflow

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def check(workflows: Iterable[Workflow[..., Any]]) -> None:
    """Raise ProjectError with every trigger that cannot work, a line each."""
    problems = [problem for workflow in workflows for problem in _problems(workflow)]
    if problems:
        raise ProjectError("\n".join(problems))


def _problems(workflow: Workflow[..., Any]) -> Iterator[str]:
    for trigger in workflow.triggers:
        try:
            _trigger(trigger, workflow)
        except UserError as error:
            yield f"{workflow.name}: {error}"


def _trigger(trigger: Trigger, workflow: Workflow[..., Any]) -> None:
    if isinstance(trigger, Event):
        pattern.compile(trigger.pattern)
    elif isinstance(trigger, Schedule):
        schedule.check(trigger.expression, trigger.timezone)
        inputs.check(inputs.guard(dict(trigger.input)), workflow.compile().parameters)
    elif isinstance(trigger, Route) and (not trigger.path.startswith("/") or trigger.method not in METHODS):
        raise ProjectError(f"route {trigger.method} {trigger.path}: a path starts with '/', as in on.post('/ask')")
