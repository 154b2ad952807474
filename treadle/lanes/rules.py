"""Events and the workflows they start: a project's rules, matched here as its bus matches them on AWS."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from treadle import inputs
from treadle.engine.chance import CHANCE, Chance
from treadle.engine.clock import Clock, RealClock
from treadle.errors import InputError
from treadle.lanes import pattern
from treadle.triggers import Event

if TYPE_CHECKING:
    from treadle.engine import Execution
    from treadle.workflow import Workflow

JSON = Any
ACCOUNT, REGION = "123456789012", "us-east-1"


@dataclass(frozen=True)
class Match:
    """A workflow that an event starts, by which of its patterns, with which input (the event's detail)."""

    workflow: Workflow[..., Any]
    pattern: Mapping[str, JSON]
    input: JSON


def match(event: Mapping[str, JSON], workflows: Iterable[Workflow[..., Any]]) -> list[Match]:
    """Every workflow that the event starts, once for each of its rules that fits."""
    return [
        Match(workflow, trigger.pattern, event.get("detail"))
        for workflow in workflows
        for trigger in workflow.triggers
        if isinstance(trigger, Event) and pattern.compile(trigger.pattern).matches(event)
    ]


def start(match: Match, **options: JSON) -> Execution:
    """Run the workflow that an event starts, with the event's detail, on this machine.

    Raises:
        InputError: the detail is too big for an execution, or does not fit the workflow's parameters.
    """
    try:
        return match.workflow.execute(inputs.guard(match.input), **options)
    except InputError as error:
        raise InputError(f"{match.workflow.name} cannot take the event's detail: {error}") from None


def ended(workflow: Workflow[..., Any], execution: Execution) -> dict[str, JSON]:
    """The event that Step Functions puts when an execution has ended.

    docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    """
    place = f"arn:aws:states:{REGION}:{ACCOUNT}"
    arn = f"{place}:execution:{workflow.machine_name}:{execution.name}"
    detail = {
        "executionArn": arn,
        "stateMachineArn": f"{place}:stateMachine:{workflow.machine_name}",
        "name": execution.name,
        "status": execution.status,
        "startDate": int(execution.start_date * 1000),
        "stopDate": int((execution.stop_date or execution.start_date) * 1000),
        "input": json.dumps(execution.input, ensure_ascii=False),
        "output": json.dumps(execution.output, ensure_ascii=False) if execution.status == "SUCCEEDED" else None,
        "error": execution.error,
        "cause": execution.cause,
    }
    given = {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": detail}
    return envelope({**given, "resources": [arn]})


def envelope(given: JSON, clock: Clock | None = None, chance: Chance = CHANCE) -> dict[str, JSON]:
    """An event as a bus delivers it, from an event or from an entry of a PutEvents call (`Source`, `DetailType`, …).

    Raises:
        InputError: it has no source, detail-type or detail.
    """
    if not isinstance(given, Mapping):
        raise InputError('an event is a JSON object: {"source": …, "detail-type": …, "detail": {…}}')
    event = dict(given)
    for entry_name, event_name in (("Source", "source"), ("DetailType", "detail-type"), ("Detail", "detail")):
        if entry_name in event:
            event[event_name] = event.pop(entry_name)
    event["resources"] = event.pop("Resources", event.get("resources", []))
    if isinstance(event.get("detail"), str):
        event["detail"] = _detail(event["detail"])
    for name in ("source", "detail-type", "detail"):
        if name not in event:
            raise InputError(f'the event has no {name!r}: write {{"source": …, "detail-type": …, "detail": {{…}}}}')
    if not isinstance(event["detail"], dict):
        raise InputError("the event's 'detail' must be a JSON object")
    return {"version": "0", "id": chance.uuid(), "account": ACCOUNT, "region": REGION, "time": _time(clock)} | event


def _detail(text: str) -> JSON:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"the event's Detail is not JSON: {error}") from None


def _time(clock: Clock | None) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp((clock or RealClock()).now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
