"""Compares what a project wants with what AWS has. It only reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from treadle.publish import machine, role, rule, schedule
from treadle.publish.call import Call, Plan
from treadle.publish.desired import Deployment
from treadle.publish.names import Place
from treadle.publish.remote import Remote


def place(remote: Remote, region: str) -> Place:
    """The account that the credentials belong to, in `region`."""
    identity = remote.call("sts", "get_caller_identity", {})
    return Place(identity["Arn"].split(":")[1], identity["Account"], region)


def plan(project: str, env: str, deployments: Sequence[Deployment], remote: Remote) -> Plan:
    """Every write that is missing, in an order in which each finds what it refers to."""
    return Plan(project, env, tuple(call for each in deployments for call in _calls(each, remote)))


def _calls(deployment: Deployment, remote: Remote) -> Iterator[Call]:
    for each in deployment.roles:
        yield from role.plan(each, remote)
    if deployment.machine is not None:
        yield from machine.plan(deployment.machine, remote)
    for bus in deployment.buses:
        rules = [each for each in deployment.rules if each.bus == bus]
        yield from rule.plan(deployment.workflow, bus, deployment.prefix, rules, remote)
    yield from schedule.plan(deployment.workflow, deployment.prefix, deployment.schedules, remote)
