"""An AWS account in a dictionary: what publish reads and writes, and every write it was asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from treadle.errors import ServiceError
from treadle.publish.remote import Missing

JSON = Any
READS = ("get_", "describe_", "list_")


class Fake:
    """`writes` are the calls that change something, in order; `refuse` may raise for one before it is made."""

    def __init__(self, buses: tuple[str, ...] = ("default", "app")) -> None:
        self.buses = buses
        self.roles: dict[str, dict[str, JSON]] = {}
        self.policies: dict[str, JSON] = {}
        self.machines: dict[str, dict[str, JSON]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.aliases: dict[str, dict[str, JSON]] = {}
        self.rules: dict[tuple[str, str], dict[str, JSON]] = {}
        self.targets: dict[tuple[str, str], list[JSON]] = {}
        self.schedules: dict[str, JSON] = {}
        self.writes: list[str] = []
        self.refuse: Callable[[str], None] = lambda operation: None

    def call(self, service: str, operation: str, arguments: Mapping[str, JSON]) -> dict[str, JSON]:
        if not operation.startswith(READS):
            self.refuse(operation)
            self.writes.append(operation)
        answer: dict[str, JSON] | None = getattr(self, operation)(**json.loads(json.dumps(arguments)))
        return answer or {}

    def get_caller_identity(self) -> JSON:
        return {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/ci"}

    # IAM

    def get_role(self, RoleName: str) -> JSON:
        return {"Role": found(self.roles, RoleName)}

    def create_role(self, RoleName: str, AssumeRolePolicyDocument: str, Tags: JSON) -> None:
        self.roles[RoleName] = {"AssumeRolePolicyDocument": json.loads(AssumeRolePolicyDocument)}

    def update_assume_role_policy(self, RoleName: str, PolicyDocument: str) -> None:
        found(self.roles, RoleName)["AssumeRolePolicyDocument"] = json.loads(PolicyDocument)

    def get_role_policy(self, RoleName: str, PolicyName: str) -> JSON:
        return {"PolicyDocument": found(self.policies, RoleName)}

    def put_role_policy(self, RoleName: str, PolicyName: str, PolicyDocument: str) -> None:
        self.policies[RoleName] = json.loads(PolicyDocument)

    def delete_role_policy(self, RoleName: str, PolicyName: str) -> None:
        del self.policies[RoleName]

    # Step Functions

    def describe_state_machine(self, stateMachineArn: str) -> JSON:
        return found(self.machines, stateMachineArn)

    def create_state_machine(self, name: str, type: str, tags: JSON, **given: JSON) -> JSON:
        arn = f"arn:aws:states:us-east-1:111122223333:stateMachine:{name}"
        self.tags[arn] = {tag["key"]: tag["value"] for tag in tags}
        return self._write(arn, {"type": type}, given)

    def update_state_machine(self, stateMachineArn: str, **given: JSON) -> JSON:
        return self._write(stateMachineArn, found(self.machines, stateMachineArn), given)

    def _write(self, arn: str, held: JSON, given: JSON) -> JSON:
        if given["roleArn"].rpartition("/")[2] not in self.roles:
            raise ServiceError("AccessDeniedException", "states.amazonaws.com is not authorized to assume the role")
        machine = {**held, **given, "versions": held.get("versions", 0) + 1}
        version = f"{arn}:{machine['versions']}"
        self.machines[arn] = machine
        self.machines[version] = machine
        return {"stateMachineArn": arn, "stateMachineVersionArn": version}

    def list_tags_for_resource(self, resourceArn: str) -> JSON:
        return {"tags": [{"key": key, "value": value} for key, value in self.tags[resourceArn].items()]}

    def tag_resource(self, resourceArn: str, tags: JSON) -> None:
        self.tags[resourceArn] |= {tag["key"]: tag["value"] for tag in tags}

    def describe_state_machine_alias(self, stateMachineAliasArn: str) -> JSON:
        return found(self.aliases, stateMachineAliasArn)

    def create_state_machine_alias(self, name: str, routingConfiguration: JSON) -> None:
        version = routingConfiguration[0]["stateMachineVersionArn"]
        found(self.machines, version)
        self.aliases[f"{version.rpartition(':')[0]}:{name}"] = {"routingConfiguration": routingConfiguration}

    def update_state_machine_alias(self, stateMachineAliasArn: str, routingConfiguration: JSON) -> None:
        found(self.aliases, stateMachineAliasArn)["routingConfiguration"] = routingConfiguration

    # EventBridge

    def list_rules(self, EventBusName: str, NamePrefix: str, NextToken: str = "") -> JSON:
        if EventBusName not in self.buses:
            raise Missing("ResourceNotFoundException", f"Event bus {EventBusName} does not exist.")
        names = [name for bus, name in self.rules if bus == EventBusName and name.startswith(NamePrefix)]
        # One a page: whoever reads must follow NextToken.
        at = int(NextToken or 0)
        more = {"NextToken": str(at + 1)} if at + 1 < len(names) else {}
        return {"Rules": [self.rules[EventBusName, name] for name in names[at : at + 1]], **more}

    def list_targets_by_rule(self, EventBusName: str, Rule: str) -> JSON:
        return {"Targets": self.targets.get((EventBusName, Rule), [])}

    def put_rule(self, EventBusName: str, Name: str, **given: JSON) -> None:
        self.rules[EventBusName, Name] = {"Name": Name, **given}

    def put_targets(self, EventBusName: str, Rule: str, Targets: JSON) -> JSON:
        self.targets[EventBusName, Rule] = Targets
        return {"FailedEntryCount": 0, "FailedEntries": []}

    def remove_targets(self, EventBusName: str, Rule: str, Ids: JSON) -> None:
        held = self.targets[EventBusName, Rule]
        self.targets[EventBusName, Rule] = [target for target in held if target["Id"] not in Ids]

    def delete_rule(self, EventBusName: str, Name: str) -> None:
        if self.targets.get((EventBusName, Name)):
            raise ServiceError("ValidationException", "Rule can't be deleted since it has targets.")
        del self.rules[EventBusName, Name]

    # EventBridge Scheduler

    def list_schedules(self, GroupName: str, NamePrefix: str) -> JSON:
        return {"Schedules": [{"Name": name} for name in self.schedules if name.startswith(NamePrefix)]}

    def get_schedule(self, Name: str, GroupName: str) -> JSON:
        return found(self.schedules, Name)

    def create_schedule(self, Name: str, **given: JSON) -> None:
        self.schedules[Name] = {"Name": Name, **given}

    update_schedule = create_schedule

    def delete_schedule(self, Name: str, GroupName: str) -> None:
        del self.schedules[Name]


def found(things: dict[str, JSON], name: str) -> JSON:
    if name not in things:
        raise Missing("ResourceNotFoundException", f"{name} does not exist")
    return things[name]
