"""The instructions of a plan: calls to AWS as data, printable before any of them is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = Any


@dataclass(frozen=True, slots=True)
class Variable:
    """Stands in a call's arguments for what an earlier call of the same plan answered."""

    name: str

    def __str__(self) -> str:
        return f"<{self.name}>"


@dataclass(frozen=True, slots=True)
class Call:
    """One write. `says` is what it does, for a person; `keep` is (variable, key of the answer) for later calls."""

    workflow: str
    says: str
    service: str
    operation: str
    arguments: Mapping[str, JSON] = field(default_factory=dict)
    keep: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be written, in order, to make the environment `env` what the project says."""

    project: str
    env: str
    calls: tuple[Call, ...]

    def text(self) -> str:
        """One line a call, under its workflow's name."""
        if not self.calls:
            return f"{self.project} ({self.env}): nothing to do"
        lines = [f"{self.project} ({self.env}): {len(self.calls)} calls"]
        workflow = None
        for call in self.calls:
            if call.workflow != workflow:
                workflow = call.workflow
                lines.append(workflow)
            lines.append(f"  {call.says}")
        return "\n".join(lines)

    def json(self) -> dict[str, JSON]:
        """The plan as plain JSON; a `Variable` reads `<name>`."""
        calls = [
            {
                "workflow": call.workflow,
                "says": call.says,
                "service": call.service,
                "operation": call.operation,
                "arguments": fill(call.arguments, {}),
            }
            for call in self.calls
        ]
        return {"project": self.project, "env": self.env, "calls": calls}


def fill(value: JSON, variables: Mapping[str, JSON]) -> JSON:
    """Arguments with every variable that is known put in; the others as their text."""
    if isinstance(value, Variable):
        return variables.get(value.name, str(value))
    if isinstance(value, Mapping):
        return {name: fill(inner, variables) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [fill(inner, variables) for inner in value]
    return value
