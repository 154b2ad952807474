"""`treadle emit`: an event through the project's rules on this machine, and what they start."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from treadle.errors import InputError

if TYPE_CHECKING:
    from treadle.engine import Execution
    from treadle.lanes.rules import Match
    from treadle.project import Project

JSON = Any
HOPS = 10
"""How often the result of one workflow may start another before it is taken for a circle."""


@click.command("emit")
@click.argument("file", metavar="EVENT.json|-")
@click.option("--models", type=click.Choice(("auto", "embedded", "openai", "gguf", "aws")), help="Which models answer.")
@click.option("--match", "only_match", is_flag=True, help="Say what the event would start, and start nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print every execution whole.")
def command(file: str, models: str | None, only_match: bool, as_json: bool) -> int:
    """Put an event through the project's rules and run what matches.

    EVENT.json holds an event, an entry of a PutEvents call, or a list of them; - reads stdin. What a workflow's end
    says is an event again, so it may start others. Exits with 1 when a workflow failed.

    \b
    echo '{"source": "documents", "detail-type": "changed", "detail": {"source": "docs"}}' | treadle emit -
    """
    from treadle import project
    from treadle.lanes import rules

    found = project.find()
    given = _read(file)
    events = [rules.envelope(each) for each in (given if isinstance(given, list) else [given])]
    if only_match:
        workflows = list(found.workflows.values())
        _echo([_matched(event, match) for event in events for match in rules.match(event, workflows)])
        return 0
    results = [result for event in events for result in _deliver(event, found, models, HOPS)]
    _echo([_described(match, execution, as_json) for match, execution in results])
    return 0 if all(execution.status == "SUCCEEDED" for _, execution in results) else 1


def _deliver(event: JSON, project: Project, models: str | None, hops: int) -> list[tuple[Match, Execution]]:
    """Run what the event starts, then what the ends of those start."""
    from treadle.lanes import rules

    matches = rules.match(event, project.workflows.values())
    _say(f"{event['source']} {event['detail-type']!r}", [match.workflow.name for match in matches])
    if matches and not hops:
        raise InputError(
            f"workflows start each other in a circle: {matches[0].workflow.name} again after {HOPS} events"
        )
    results: list[tuple[Match, Execution]] = []
    for match in matches:
        execution = rules.start(match, models=models)
        click.echo(f"  {match.workflow.name}: {execution.status}", err=True)
        results.append((match, execution))
        results += _deliver(rules.ended(match.workflow, execution), project, models, hops - 1)
    return results


def _say(event: str, names: list[str]) -> None:
    click.echo(f"{event} starts {', '.join(names) or 'nothing'}", err=True)


def _matched(event: JSON, match: Match) -> dict[str, JSON]:
    return {"event": event["id"], "workflow": match.workflow.name, "pattern": match.pattern, "input": match.input}


def _described(match: Match, execution: Execution, whole: bool) -> dict[str, JSON]:
    if whole:
        from treadle.cli.run import described

        return {"workflow": match.workflow.name, **described(execution)}
    kept = {"workflow": match.workflow.name, "status": execution.status}
    if execution.status == "SUCCEEDED":
        return kept | {"output": execution.output, "models": [model for _, model in execution.models]}
    return kept | {"error": execution.error, "cause": execution.cause}


def _read(file: str) -> JSON:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8-sig")
        found: Mapping[str, JSON] | list[JSON] = json.loads(text)
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}: give a JSON file with an event") from None
    except ValueError as error:
        raise InputError(f"{'standard input' if file == '-' else file} is not JSON: {error}") from None
    return found


def _echo(value: JSON) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
