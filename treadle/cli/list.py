"""`treadle list`: the project's workflows, their parameters and what starts them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from treadle.workflow import Workflow


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(as_json: bool) -> None:
    """List the project's workflows: name, parameters, triggers, and what each is for."""
    from treadle import project

    found = project.find()
    rows = [_row(name, workflow) for name, workflow in found.workflows.items()]
    if as_json:
        import json

        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    if not rows:
        click.echo(f"no workflows in {found.root / 'workflows'}: write a function with @workflow there", err=True)
    width = max((len(row["name"] + row["parameters"]) for row in rows), default=0)
    for row in rows:
        signature = click.style(row["name"], bold=True) + row["parameters"]
        padding = " " * (width - len(row["name"] + row["parameters"]))
        click.echo(f"{signature}{padding}  {row['summary']}".rstrip())
        for trigger in row["triggers"]:
            click.echo(f"    {click.style(trigger, dim=True)}")


def _row(name: str, workflow: Workflow[..., Any]) -> dict[str, Any]:
    import inspect

    function = workflow.function
    signature = inspect.signature(function).replace(return_annotation=inspect.Signature.empty)
    return {
        "name": name,
        "parameters": str(signature),
        "summary": (inspect.getdoc(function) or "").partition("\n")[0],
        "triggers": [describe(trigger) for trigger in workflow.triggers],
    }


def describe(trigger: object) -> str:
    """A trigger in a line: `POST /chain/ask`, `event {"source": ["documents"]}`, `rate(5 minutes)`, `queue jobs`."""
    import json

    from treadle.triggers import Event, Queue, Route, Schedule

    match trigger:
        case Route(method, path):
            return f"{method} {path}"
        case Event(pattern):
            return f"event {json.dumps(pattern, ensure_ascii=False)}"
        case Schedule(expression, timezone):
            return f"schedule {expression} {timezone}"
        case Queue(queue):
            return f"queue {queue}"
    return str(trigger)
