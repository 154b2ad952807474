"""`treadle compile`: the Amazon States Language of one workflow or of all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from treadle.workflow import Workflow


@click.command("compile")
@click.argument("name", required=False)
@click.option(
    "-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Write <name>.asl.json files there."
)
@click.option("--explain", is_flag=True, help="Show source lines beside the states they became.")
def command(name: str | None, output: Path | None, explain: bool) -> None:
    """Write workflows as Amazon States Language: to stdout, or with -o to one file each.

    \b
    treadle compile rag.answer
    treadle compile -o build/
    """
    from treadle import project

    found = project.find()
    workflows = {name: found.workflow(name)} if name else found.workflows
    if explain:
        for workflow in workflows.values():
            click.echo(explained(workflow))
    elif output is not None:
        _write(workflows, output)
    elif name is None and len(workflows) != 1:
        raise click.UsageError(f"name one workflow ({', '.join(workflows)}), or write them all with -o DIR")
    else:
        for workflow in workflows.values():
            click.echo(_text(workflow), nl=False)


def _text(workflow: Workflow[..., Any]) -> str:
    from treadle import asl

    return asl.dumps(workflow.definition)


def _write(workflows: dict[str, Workflow[..., Any]], folder: Path) -> None:
    """All are compiled before the first file is written: a refused workflow leaves the folder as it was."""
    texts = {name: _text(workflow) for name, workflow in workflows.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        path = folder / f"{name}.asl.json"
        path.write_text(text, "utf-8")
        click.echo(str(path), err=True)


def explained(workflow: Workflow[..., Any]) -> str:
    """The function's source, each line with the states that came from it."""
    import inspect
    from collections import defaultdict

    compiled = workflow.compile()
    lines, first = inspect.getsourcelines(workflow.function)
    kinds = dict(_kinds(compiled.definition))
    states: dict[int, list[str]] = defaultdict(list)
    for state, source in compiled.sources.items():
        states[source.line].append(f"{state} ({kinds.get(state, 'state')})")
    width = min(max(len(line.rstrip()) for line in lines), 100)
    shown = [f"{workflow.name}: {workflow.machine_name}, {len(kinds)} states"]
    for number, line in enumerate(lines, first):
        text = f"{number:4}  {line.rstrip()}"
        beside = ", ".join(states.get(number, []))
        shown.append(f"{text:<{width + 6}}  | {beside}".rstrip(" |") if beside else text)
    return "\n".join(shown) + "\n"


def _kinds(definition: Any) -> list[tuple[str, str]]:
    """Every state's name and type, those inside Map and Parallel too."""
    found = []
    for name, state in definition.get("States", {}).items():
        found.append((name, state["Type"]))
        inner = [state.get("ItemProcessor") or state.get("Iterator") or {}, *state.get("Branches", [])]
        found += [pair for each in inner for pair in _kinds(each)]
    return found
