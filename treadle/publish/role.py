"""IAM roles: who may assume one, and exactly what it may do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from json import dumps
from typing import Any

from treadle.publish.call import Call
from treadle.publish.remote import Remote, find

JSON = Any
POLICY = "treadle"
"""The name of the one inline policy of a role."""


@dataclass(frozen=True)
class Role:
    """`services` may assume it (only for resources of `account`); `statements` is all it may do."""

    name: str
    workflow: str
    account: str
    services: tuple[str, ...]
    statements: Sequence[Mapping[str, JSON]]
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def trust(self) -> dict[str, JSON]:
        principal: JSON = list(self.services) if len(self.services) > 1 else self.services[0]
        return {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": principal},
                    "Action": "sts:AssumeRole",
                    # Against the confused deputy (Step Functions developer guide, "procedure-create-iam-role").
                    "Condition": {"StringEquals": {"aws:SourceAccount": self.account}},
                }
            ],
        }

    @property
    def policy(self) -> dict[str, JSON] | None:
        return {"Version": "2012-10-17", "Statement": list(self.statements)} if self.statements else None


def plan(role: Role, remote: Remote) -> Iterator[Call]:
    """What makes the role in AWS this one."""
    actual = find(remote, "iam", "get_role", {"RoleName": role.name})
    named = {"RoleName": role.name}

    def call(says: str, operation: str, **arguments: JSON) -> Call:
        return Call(role.workflow, says, "iam", operation, {**named, **arguments})

    if actual is None:
        tags = [{"Key": key, "Value": value} for key, value in role.tags.items()]
        trust = dumps(role.trust)
        yield call(f"create role {role.name}", "create_role", AssumeRolePolicyDocument=trust, Tags=tags)
    elif actual["Role"]["AssumeRolePolicyDocument"] != role.trust:
        trust = dumps(role.trust)
        yield call(f"change who assumes role {role.name}", "update_assume_role_policy", PolicyDocument=trust)
    inline = {**named, "PolicyName": POLICY}
    held = None if actual is None else find(remote, "iam", "get_role_policy", inline)
    if role.policy is None:
        if held is not None:
            yield call(f"take its policy from role {role.name}", "delete_role_policy", PolicyName=POLICY)
    elif held is None or held["PolicyDocument"] != role.policy:
        actions = sorted({action for statement in role.statements for action in _list(statement["Action"])})
        says = f"allow role {role.name}: {', '.join(actions)}"
        yield call(says, "put_role_policy", PolicyName=POLICY, PolicyDocument=dumps(role.policy))


def _list(value: JSON) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
