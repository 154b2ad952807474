"""The names and ARNs of what a project owns on AWS. All of them follow from the project, so a plan needs no look-up."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Place:
    """An account in a region."""

    partition: str
    account: str
    region: str

    def arn(self, service: str, resource: str, *, regional: bool = True) -> str:
        region = self.region if regional else ""
        return f"arn:{self.partition}:{service}:{region}:{self.account}:{resource}"

    def machine(self, name: str) -> str:
        return self.arn("states", f"stateMachine:{name}")

    def role(self, name: str) -> str:
        return self.arn("iam", f"role/{name}", regional=False)

    def queue(self, name: str) -> str:
        return self.arn("sqs", name)


def short(name: str, limit: int = 64) -> str:
    """The name, or its beginning and a digest where it is longer than `limit` (roles, rules and schedules: 64)."""
    return name if len(name) <= limit else f"{name[: limit - 9]}-{digest(name)}"


def digest(text: str) -> str:
    """Eight hexadecimal digits that stand for a text."""
    return sha256(text.encode()).hexdigest()[:8]


def prefix(machine: str, env: str) -> str:
    """What the rules and schedules of one workflow in one environment start with, and nobody else's do."""
    return f"{machine[:36]}.{digest(f'{machine} {env}')}."
