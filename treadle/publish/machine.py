"""State machines: a new digest is a new version, and the environment's alias points at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from treadle import asl
from treadle.errors import DefinitionError, ProjectError
from treadle.publish.call import Call, Variable
from treadle.publish.remote import Remote, find

JSON = Any
DIGEST = "treadle:digest"
SERVICE = "stepfunctions"


@dataclass(frozen=True)
class Machine:
    """A chain's state machine. `definition` is the deterministic ASL text; `logging` as CreateStateMachine takes it."""

    name: str
    workflow: str
    arn: str
    type: str
    definition: str
    digest: str
    role: str
    env: str
    logging: Mapping[str, JSON]
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def alias(self) -> str:
        return f"{self.arn}:{self.env}"


def plan(machine: Machine, remote: Remote) -> Iterator[Call]:
    """What makes the machine, its version and its alias in AWS these.

    Raises:
        ProjectError: the type changed, which AWS does not allow.
    """
    actual = find(remote, SERVICE, "describe_state_machine", {"stateMachineArn": machine.arn})
    alias = None
    if actual is not None:
        alias = find(remote, SERVICE, "describe_state_machine_alias", {"stateMachineAliasArn": machine.alias})
    published = alias is not None and _serves(alias, machine, remote)
    version = f"version of {machine.name}"
    if actual is None:
        yield _write(machine, "create_state_machine", f"create {machine.type} state machine {machine.name}", version)
    else:
        if actual["type"] != machine.type:
            raise ProjectError(
                f"{machine.workflow}: state machine {machine.name} is {actual['type']}, and AWS cannot make it "
                f"{machine.type}: rename the workflow, or delete the state machine first"
            )
        if not _same(actual, machine):
            yield _write(machine, "update_state_machine", f"update state machine {machine.name}", version)
        elif not published:
            yield _write(machine, "update_state_machine", f"publish a version of {machine.name}", version)
        yield from _tags(machine, remote)
        if published and _same(actual, machine):
            return
    yield _point(machine, "create" if alias is None else "update", Variable(version))


def _write(machine: Machine, operation: str, says: str, version: str) -> Call:
    arguments: dict[str, JSON] = {
        "definition": machine.definition,
        "roleArn": machine.role,
        "loggingConfiguration": machine.logging,
        "publish": True,
        "versionDescription": machine.digest,
    }
    if operation == "create_state_machine":
        tags = [{"key": key, "value": value} for key, value in {**machine.tags, DIGEST: machine.digest}.items()]
        arguments |= {"name": machine.name, "type": machine.type, "tags": tags}
    else:
        arguments["stateMachineArn"] = machine.arn
    says = f"{says} (digest {machine.digest[:12]})"
    return Call(machine.workflow, says, SERVICE, operation, arguments, (version, "stateMachineVersionArn"))


def _tags(machine: Machine, remote: Remote) -> Iterator[Call]:
    answer = remote.call(SERVICE, "list_tags_for_resource", {"resourceArn": machine.arn})
    held = {tag["key"]: tag["value"] for tag in answer.get("tags", [])}
    wanted = {**machine.tags, DIGEST: machine.digest}
    changed = [{"key": key, "value": value} for key, value in wanted.items() if held.get(key) != value]
    if changed:
        arguments = {"resourceArn": machine.arn, "tags": changed}
        yield Call(machine.workflow, f"tag {machine.name} with its digest", SERVICE, "tag_resource", arguments)


def _point(machine: Machine, verb: str, version: Variable) -> Call:
    routing = [{"stateMachineVersionArn": version, "weight": 100}]
    arguments: dict[str, JSON] = {"routingConfiguration": routing}
    arguments |= {"name": machine.env} if verb == "create" else {"stateMachineAliasArn": machine.alias}
    says = f"{verb} alias {machine.env}: all executions to the new version"
    return Call(machine.workflow, says, SERVICE, f"{verb}_state_machine_alias", arguments)


def _same(actual: Mapping[str, JSON], machine: Machine) -> bool:
    """Whether a machine or a version in AWS is the wanted one, by its digest, role and logging."""
    return (
        _digest(actual["definition"]) == machine.digest
        and actual["roleArn"] == machine.role
        and _level(actual.get("loggingConfiguration")) == _level(machine.logging)
    )


def _serves(alias: Mapping[str, JSON], machine: Machine, remote: Remote) -> bool:
    """Whether all that the alias starts is the wanted version."""
    routes = alias["routingConfiguration"]
    if len(routes) != 1:
        return False
    version = find(remote, SERVICE, "describe_state_machine", {"stateMachineArn": routes[0]["stateMachineVersionArn"]})
    return version is not None and _same(version, machine)


def _digest(definition: str) -> str:
    try:
        return asl.digest(asl.load(definition))
    except DefinitionError:
        return ""


def _level(logging: Mapping[str, JSON] | None) -> tuple[str, str]:
    """What of a logging configuration Treadle sets: the level and the log group."""
    if not logging or logging.get("level", "OFF") == "OFF":
        return "OFF", ""
    groups = [place["cloudWatchLogsLogGroup"]["logGroupArn"] for place in logging.get("destinations", [])]
    return logging["level"], ",".join(groups)
