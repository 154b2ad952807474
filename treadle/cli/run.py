"""`treadle run`: one execution of a workflow on this machine, shown as it runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from treadle.cli import live
from treadle.cli.values import gather
from treadle.errors import InputError, UserError

if TYPE_CHECKING:
    from treadle.engine import Execution
    from treadle.workflow import Workflow

JSON = Any
MODELS = ("auto", "embedded", "openai", "gguf", "aws")


@click.command("run")
@click.argument("name")
@click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="A parameter; may be given again.")
@click.option("--input", "given", metavar="JSON|@FILE|-", help="All parameters as a JSON object; - reads stdin.")
@click.option("--models", type=click.Choice(MODELS), help="Which models answer (else treadle.toml says).")
@click.option("--json", "as_json", is_flag=True, help="Print the whole execution, not only its output.")
@click.option("--history", is_flag=True, help="Print the history events; with --json, inside the execution.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing on stderr but errors.")
def command(
    name: str,
    settings: tuple[str, ...],
    given: str | None,
    models: str | None,
    as_json: bool,
    history: bool,
    quiet: bool,
) -> int:
    """Run a workflow on the local engine and print its output as JSON.

    Exits with 0 when it succeeded, 1 when it failed, 2 when it could not be called.

    \b
    treadle run rag.answer --set question="What is a lane?" --set k=6
    echo '{"question": "What is a lane?"}' | treadle run rag.answer --input -
    """
    from treadle import project
    from treadle.timeline import Timeline

    workflow = project.find().workflow(name)
    input = gather(given, settings, workflow.compile().parameters)
    timeline = Timeline()
    if quiet:
        execution = workflow.execute(input, models=models)
    else:
        with live.shown(timeline) as observer:
            execution = workflow.execute(input, models=models, observer=observer)
        timeline.answered(execution.models)
        live.finished(timeline, workflow.name)
    _print(workflow, execution, as_json, history)
    return 0 if execution.status == "SUCCEEDED" else _failed(workflow, execution)


def _print(workflow: Workflow[..., Any], execution: Execution, as_json: bool, history: bool) -> None:
    if as_json:
        _echo(described(execution, history))
    elif history:
        _echo(execution.history())
    elif execution.status == "SUCCEEDED":
        _echo(workflow.output(execution))


def described(execution: Execution, history: bool = False) -> dict[str, JSON]:
    """An execution as JSON: DescribeExecution's members, and the models that answered."""
    found = {
        "name": execution.name,
        "executionArn": execution.arn,
        "status": execution.status,
        "startDate": execution.start_date,
        "stopDate": execution.stop_date,
        "input": execution.input,
        "output": execution.output,
        "error": execution.error,
        "cause": execution.cause,
        "models": [{"state": state, "model": model} for state, model in execution.models],
    }
    kept = {name: value for name, value in found.items() if value is not None or name == "output"}
    return kept | {"history": execution.history()} if history else kept


def _failed(workflow: Workflow[..., Any], execution: Execution) -> int:
    """Say where and why. What a task refused to take is a bad call, as if it had been refused before the start."""
    error, reason = execution.error or execution.status, reason_of(execution.cause)
    if error in _names(UserError):
        raise InputError(reason or error)
    where = workflow.where(execution)
    text = f"{error}: {reason}" if reason else error
    click.echo(f"treadle: {where}: {text}" if where else f"treadle: {workflow.name}: {text}", err=True)
    return 1


def reason_of(cause: str | None) -> str:
    """A cause for a person: of a Python exception in a Lambda function, its message; anything else as it is."""
    try:
        found = json.loads(cause or "")
    except ValueError:
        return cause or ""
    if isinstance(found, dict) and isinstance(found.get("errorMessage"), str):
        return str(found["errorMessage"])
    return cause or ""


def _names(kind: type[Exception]) -> set[str]:
    return {kind.__name__}.union(*(_names(each) for each in kind.__subclasses__()))


def _echo(value: JSON) -> None:
    # Dates of the engine are numbers; whatever else is not JSON is shown as text.
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))
