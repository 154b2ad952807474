"""EventBridge rules: an event pattern on a bus, and what it starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from json import dumps, loads
from typing import Any

from treadle.errors import ProjectError
from treadle.publish.call import Call
from treadle.publish.remote import Missing, Remote, pages

JSON = Any
TARGET = "workflow"
"""The id of a rule's one target."""


@dataclass(frozen=True)
class Rule:
    """`target` (an alias or a queue ARN) gets the event's detail; what cannot be delivered goes to the queue `dead`."""

    name: str
    workflow: str
    bus: str
    pattern: Mapping[str, JSON]
    target: str
    role: str | None
    dead: str

    @property
    def description(self) -> str:
        return f"Starts {self.workflow}"


def plan(workflow: str, bus: str, prefix: str, rules: Sequence[Rule], remote: Remote) -> Iterator[Call]:
    """What makes the rules on `bus` that start with `prefix` these, and no others.

    Raises:
        ProjectError: rules are wanted on a bus that does not exist.
    """
    try:
        listed = pages(remote, "events", "list_rules", {"EventBusName": bus, "NamePrefix": prefix}, "Rules")
    except Missing:
        if rules:
            raise ProjectError(
                f"{workflow}: no event bus {bus!r} here: apply infra/ first, or set [publish] bus"
            ) from None
        return
    actual = {rule["Name"]: rule for rule in listed}
    for rule in rules:
        yield from _one(rule, actual.get(rule.name), remote)
    for name in sorted(actual.keys() - {rule.name for rule in rules}):
        place = {"EventBusName": bus}
        ids = [target["Id"] for target in _targets(name, bus, remote)]
        if ids:
            arguments = {**place, "Rule": name, "Ids": ids}
            yield Call(workflow, f"take its target from rule {name}", "events", "remove_targets", arguments)
        yield Call(workflow, f"delete rule {name}", "events", "delete_rule", {**place, "Name": name})


def _one(rule: Rule, actual: Mapping[str, JSON] | None, remote: Remote) -> Iterator[Call]:
    place = {"EventBusName": rule.bus}
    wanted = {"State": "ENABLED", "Description": rule.description}
    pattern = loads(dumps(rule.pattern))
    held = {} if actual is None else {key: actual.get(key) for key in wanted}
    if actual is None or held != wanted or loads(actual.get("EventPattern") or "null") != pattern:
        arguments = {**place, "Name": rule.name, "EventPattern": dumps(pattern, ensure_ascii=False), **wanted}
        says = f"{'create' if actual is None else 'update'} rule {rule.name} on bus {rule.bus}"
        yield Call(rule.workflow, says, "events", "put_rule", arguments)
    target = {"Id": TARGET, "Arn": rule.target, "InputPath": "$.detail", "DeadLetterConfig": {"Arn": rule.dead}}
    if rule.role:
        target["RoleArn"] = rule.role
    if actual is None or [_kept(each, target) for each in _targets(rule.name, rule.bus, remote)] != [target]:
        says = f"rule {rule.name} starts {rule.target.rpartition(':')[2] if rule.role is None else rule.workflow}"
        yield Call(rule.workflow, says, "events", "put_targets", {**place, "Rule": rule.name, "Targets": [target]})


def _targets(name: str, bus: str, remote: Remote) -> list[dict[str, JSON]]:
    return pages(remote, "events", "list_targets_by_rule", {"EventBusName": bus, "Rule": name}, "Targets")


def _kept(actual: Mapping[str, JSON], wanted: Mapping[str, JSON]) -> dict[str, JSON]:
    """Of a target in AWS, what Treadle sets, and whatever would change where the event goes or what is sent."""
    return {key: value for key, value in actual.items() if key in wanted or key in ("Input", "InputTransformer")}
