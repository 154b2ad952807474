"""`treadle publish`: make AWS have what the project says, or say what would have to be done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from treadle.lanes.bundle import Bundle
    from treadle.project import Project
    from treadle.publish import Plan, Served


@click.command("publish")
@click.option("--env", default="dev", show_default=True, help="The environment: an alias of every state machine.")
@click.option("--plan", "only_plan", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="The plan as JSON on stdout.")
@click.option(
    "--platform", type=click.Path(path_type=Path), metavar="DIR", help="Write what infra/ reads; call nothing."
)
def command(env: str, only_plan: bool, as_json: bool, platform: Path | None) -> int:
    """Create or update the project's state machines, roles, rules and schedules on AWS.

    What is as it should be is left alone: a second run makes no call. The region and the account are those that the
    AWS command line would use.

    \b
    treadle publish --plan                 what would be done
    treadle publish --env prod             do it, for the alias prod
    treadle publish --platform infra/build bundle.json and openapi.json for Terraform
    """
    from treadle import project
    from treadle.lanes import bundle, check

    found = project.find()
    check.check(found.workflows.values())
    built = bundle.build(found)
    if platform is not None:
        _write(platform, built)
        return 0
    plan = planned(found, built, env)
    if as_json:
        click.echo(json.dumps(plan.json(), indent=2, ensure_ascii=False))
    if only_plan:
        if not as_json:
            click.echo(plan.text())
        return 0
    _execute(plan, as_json)
    return 0


def planned(project: Project, built: Bundle, env: str) -> Plan:
    """What is missing in the account and region that the environment names."""
    from treadle import publish
    from treadle.services import clients

    remote = publish.Aws()
    place = publish.place(remote, clients.client("stepfunctions").meta.region_name)
    deployments = publish.describe(project, served(project, built), env, place)
    publish.validate(deployments, env)
    return publish.plan(project.name, env, deployments, remote)


def served(project: Project, built: Bundle) -> list[Served]:
    """Every workflow with its lane and the queue that feeds it."""
    from treadle.lanes.bundle import queue_of
    from treadle.publish import Served

    return [
        Served(workflow, built.entries[name].lane, queue_of(built, name))
        for name, workflow in project.workflows.items()
    ]


def _execute(plan: Plan, quiet: bool) -> None:
    from treadle import publish

    if not plan.calls:
        click.echo(plan.text(), err=True)
        return
    click.echo(plan.text().partition("\n")[0], err=True)
    publish.execute(plan, publish.Aws(), say=lambda call: click.echo(f"  {call.workflow}: {call.says}", err=True))
    if not quiet:
        click.echo(f"{plan.project} ({plan.env}): done", err=True)


def _write(folder: Path, built: Bundle) -> None:
    from treadle.errors import InputError
    from treadle.lanes import bundle, openapi

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in (("bundle.json", bundle.dumps(built)), ("openapi.json", openapi.render(built))):
            (folder / name).write_text(text, "utf-8")
            click.echo(folder / name)
    except OSError as error:
        raise InputError(f"{error.filename}: {error.strerror}") from None
