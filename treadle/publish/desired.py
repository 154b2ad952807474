"""What a project wants to have on AWS: every workflow's machine, roles, rules and schedules, as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from json import dumps
from typing import TYPE_CHECKING, Any

from treadle import asl
from treadle.publish.machine import Machine
from treadle.publish.names import Place, digest, prefix, short
from treadle.publish.role import Role
from treadle.publish.rule import Rule
from treadle.publish.schedule import Schedule
from treadle.triggers import Event
from treadle.triggers import Schedule as Timer

if TYPE_CHECKING:
    from treadle.project import Project
    from treadle.workflow import Workflow

JSON = Any

DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
"""What a machine's role needs to write its own log: AWS gives these no resources (developer guide, "cw-logs")."""


@dataclass(frozen=True)
class Served:
    """A workflow with what its lane knows: `queue` is the name of the SQS queue that feeds it, unless it is a chain."""

    workflow: Workflow[..., Any]
    lane: str
    queue: str | None = None


@dataclass(frozen=True)
class Deployment:
    """All of one workflow in one environment, in the order in which it has to exist."""

    workflow: str
    prefix: str
    buses: tuple[str, ...]
    roles: tuple[Role, ...]
    machine: Machine | None
    rules: tuple[Rule, ...]
    schedules: tuple[Schedule, ...]


def describe(project: Project, served: Sequence[Served], env: str, place: Place) -> tuple[Deployment, ...]:
    """What each workflow wants.

    A sync one wants nothing, since the platform has its route and function; what it had while it was a chain or queued
    is taken away.
    """
    return tuple(_deployment(project, each, env, place) for each in served)


def _deployment(project: Project, served: Served, env: str, place: Place) -> Deployment:
    workflow = served.workflow
    settings: Mapping[str, JSON] = project.settings.get("publish", {})
    name = workflow.machine_name
    tags = {"treadle:project": project.name, "treadle:workflow": workflow.name}
    machine = _machine(workflow, env, place, settings, tags) if served.lane == "chain" else None
    target = machine.alias if machine else place.queue(served.queue or name)
    starter = short(f"{name}-{env}-start")
    dead = place.queue(f"{project.name}-events-dead")
    start = prefix(name, env)
    bus = str(settings.get("bus", project.name))
    rules = tuple(
        Rule(
            name=start + digest(dumps(trigger.pattern, sort_keys=True)),
            workflow=workflow.name,
            bus=_bus(trigger, bus),
            pattern=trigger.pattern,
            target=target,
            role=place.role(starter) if machine else None,
            dead=dead,
        )
        for trigger in workflow.triggers
        if isinstance(trigger, Event)
    )
    schedules = tuple(
        Schedule(
            name=start + digest(f"{trigger.expression} {trigger.timezone} {dumps(trigger.input, sort_keys=True)}"),
            workflow=workflow.name,
            expression=trigger.expression,
            timezone=trigger.timezone,
            input=dumps(trigger.input, ensure_ascii=False),
            target=target,
            role=place.role(starter),
            dead=dead,
        )
        for trigger in workflow.triggers
        if isinstance(trigger, Timer)
    )
    starts = _starter(starter, workflow.name, place, machine, target, bool(rules), bool(schedules), dead, tags)
    roles = (*_machine_role(machine, workflow, place, settings, tags), *starts)
    return Deployment(workflow.name, start, tuple(dict.fromkeys(("default", bus))), roles, machine, rules, schedules)


def _machine(
    workflow: Workflow[..., Any], env: str, place: Place, settings: Mapping[str, JSON], tags: Mapping[str, str]
) -> Machine:
    definition = workflow.definition
    group = settings.get("log_group")
    logging: dict[str, JSON] = {"level": "OFF", "includeExecutionData": False}
    if group:
        arn = place.arn("logs", f"log-group:{group}:*")
        destination = {"cloudWatchLogsLogGroup": {"logGroupArn": arn}}
        logging |= {"level": settings.get("log_level", "ERROR"), "destinations": [destination]}
    return Machine(
        name=workflow.machine_name,
        workflow=workflow.name,
        arn=place.machine(workflow.machine_name),
        type=workflow.type,
        definition=asl.dumps(definition),
        digest=asl.digest(definition),
        role=place.role(short(f"{workflow.machine_name}-states")),
        env=env,
        logging=logging,
        tags=tags,
    )


def _machine_role(
    machine: Machine | None,
    workflow: Workflow[..., Any],
    place: Place,
    settings: Mapping[str, JSON],
    tags: Mapping[str, str],
) -> Iterator[Role]:
    if machine is None:
        return
    project = tags["treadle:project"]
    bucket = f"{project}-{place.account}-{place.region}"  # infra/storage.tf makes it
    where = {"partition": place.partition, "region": place.region, "account": place.account}
    statements: list[Mapping[str, JSON]] = list(
        asl.permissions(workflow.definition, **where, name=machine.name, objects=bucket)
    )
    if settings.get("log_group"):
        statements.append({"Effect": "Allow", "Action": list(DELIVERY), "Resource": "*"})
    name = short(f"{machine.name}-states")
    yield Role(name, workflow.name, place.account, ("states.amazonaws.com",), statements, tags)


def _starter(
    name: str,
    workflow: str,
    place: Place,
    machine: Machine | None,
    target: str,
    rules: bool,
    schedules: bool,
    dead: str,
    tags: Mapping[str, str],
) -> Iterator[Role]:
    """The role with which a rule or a schedule starts the workflow, where one is needed."""
    services = []
    statements: list[dict[str, JSON]] = []
    if rules and machine:
        services.append("events.amazonaws.com")
    if schedules:
        services.append("scheduler.amazonaws.com")
        statements.append({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": dead})
    if not services:
        return
    action, resource = ("states:StartExecution", [machine.arn, target]) if machine else ("sqs:SendMessage", target)
    statements.insert(0, {"Effect": "Allow", "Action": action, "Resource": resource})
    yield Role(name, workflow, place.account, tuple(services), statements, tags)


def _bus(trigger: Event, bus: str) -> str:
    """AWS's own services put their events on the default bus, whatever a project's is."""
    sources = trigger.pattern.get("source")
    own = isinstance(sources, list) and sources and all(isinstance(s, str) and s.startswith("aws.") for s in sources)
    return "default" if own else bus
