"""EventBridge Scheduler schedules: an expression in a time zone, and what it starts with which input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from treadle.publish.call import Call
from treadle.publish.remote import Remote, pages

JSON = Any
GROUP = "default"


@dataclass(frozen=True)
class Schedule:
    """`target` (an alias or a queue ARN) gets `input` (JSON text)."""

    name: str
    workflow: str
    expression: str
    timezone: str
    input: str
    target: str
    role: str
    dead: str

    @property
    def arguments(self) -> dict[str, JSON]:
        """As CreateSchedule and UpdateSchedule take it."""
        return {
            "Name": self.name,
            "GroupName": GROUP,
            "Description": f"Starts {self.workflow}",
            "ScheduleExpression": self.expression,
            "ScheduleExpressionTimezone": self.timezone,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "State": "ENABLED",
            "Target": {
                "Arn": self.target,
                "RoleArn": self.role,
                "Input": self.input,
                "DeadLetterConfig": {"Arn": self.dead},
            },
        }


def plan(workflow: str, prefix: str, schedules: Sequence[Schedule], remote: Remote) -> Iterator[Call]:
    """What makes the schedules that start with `prefix` these, and no others."""
    listed = pages(remote, "scheduler", "list_schedules", {"GroupName": GROUP, "NamePrefix": prefix}, "Schedules")
    actual = {schedule["Name"] for schedule in listed}
    for schedule in schedules:
        says = f"schedule {schedule.name}: {schedule.expression} {schedule.timezone}"
        if schedule.name not in actual:
            yield Call(workflow, f"create {says}", "scheduler", "create_schedule", schedule.arguments)
            continue
        held = remote.call("scheduler", "get_schedule", {"Name": schedule.name, "GroupName": GROUP})
        if not _covers(held, schedule.arguments):
            yield Call(workflow, f"update {says}", "scheduler", "update_schedule", schedule.arguments)
    for name in sorted(actual - {schedule.name for schedule in schedules}):
        arguments = {"Name": name, "GroupName": GROUP}
        yield Call(workflow, f"delete schedule {name}", "scheduler", "delete_schedule", arguments)


def _covers(held: JSON, wanted: JSON) -> bool:
    """Whether AWS holds every wanted value; what it adds by default does not count."""
    if isinstance(wanted, dict):
        return isinstance(held, dict) and all(_covers(held.get(key), value) for key, value in wanted.items())
    return bool(held == wanted)
