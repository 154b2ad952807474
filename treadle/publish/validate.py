"""What AWS would refuse, found before any call is made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from json import dumps

from treadle import asl
from treadle.errors import ProjectError
from treadle.publish.desired import Deployment


def validate(deployments: Sequence[Deployment], env: str) -> None:
    """Raise ProjectError with everything that is wrong, one line each."""
    problems = [*_environment(env), *(problem for check in CHECKS for each in deployments for problem in check(each))]
    problems += _same_name(deployments)
    if problems:
        raise ProjectError("\n".join(problems))


def _environment(env: str) -> Iterator[str]:
    # An alias name must not be a number alone: it would read as a version.
    if not re.fullmatch(r"(?=.*[a-zA-Z_\-.])[a-zA-Z0-9_\-.]{1,80}", env):
        yield f"environment {env!r}: use letters, digits, '-', '_' and '.', and not digits alone"


def _definition(deployment: Deployment) -> Iterator[str]:
    machine = deployment.machine
    if machine is None:
        return
    size = len(machine.definition.encode())
    if size > 1_048_576:
        yield f"{deployment.workflow}: the definition has {size:,} bytes, AWS takes 1,048,576: split the workflow"
    for finding in asl.check(asl.load(machine.definition), machine.type):
        if finding.severity == "ERROR":
            yield f"{deployment.workflow}: {finding.location}: {finding.message}"


def _policies(deployment: Deployment) -> Iterator[str]:
    for role in deployment.roles:
        size = len(re.sub(r"\s", "", dumps(role.policy)))
        if size > 10_240:
            yield f"{deployment.workflow}: the policy of {role.name} has {size:,} characters, IAM takes 10,240"


def _rules(deployment: Deployment) -> Iterator[str]:
    for rule in deployment.rules:
        size = len(dumps(rule.pattern, ensure_ascii=False))
        if size > 4096:
            yield f"{deployment.workflow}: an event pattern has {size:,} characters, EventBridge takes 4,096"


def _schedules(deployment: Deployment) -> Iterator[str]:
    for schedule in deployment.schedules:
        size = len(schedule.input.encode())
        if size > 262_144:
            yield f"{deployment.workflow}: the input of {schedule.expression} has {size:,} bytes, AWS takes 262,144"


CHECKS: tuple[Callable[[Deployment], Iterator[str]], ...] = (_definition, _policies, _rules, _schedules)


def _same_name(deployments: Sequence[Deployment]) -> Iterator[str]:
    owners: dict[str, str] = {}
    for deployment in deployments:
        if deployment.machine is None:
            continue
        name = deployment.machine.name
        if name in owners:
            yield f"{owners[name]} and {deployment.workflow} both become state machine {name}: rename one"
        owners[name] = deployment.workflow
