"""Nested executions: `states:startExecution`, alone, with `.sync` and with `.sync:2`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from treadle.engine.limits import dumps
from treadle.engine.task import TaskRequest, TaskResponse
from treadle.errors import ServiceError

if TYPE_CHECKING:
    from treadle.engine.execution import Execution
    from treadle.engine.machine import Machine

JSON = Any


def machine_of(execution: Execution, request: TaskRequest) -> Machine | None:
    """The machine that the task starts, where it is one that this execution was given."""
    if request.resource.action != "startExecution" or not isinstance(request.arguments, dict):
        return None
    return execution.machines.get(request.arguments.get("StateMachineArn", ""))


async def call(parent: Execution, machine: Machine, request: TaskRequest) -> TaskResponse:
    """Starts the machine and, with `.sync`, waits for its end. Answers as StartExecution or DescribeExecution do."""
    from treadle.engine.execution import begin

    arguments = request.arguments
    child = begin(
        machine,
        arguments.get("Input", {}),
        service=parent.service,
        clock=parent.clock,
        chance=parent.chance,
        name=arguments.get("Name"),
        machines=parent.machines,
        callbacks=parent.callbacks,
    )
    started = {"ExecutionArn": child.arn, "StartDate": int(child.start_date * 1000)}
    if request.resource.pattern == "request":
        parent.spawn(child.work(), lambda task: None)
        return TaskResponse(started)
    request.submitted(started)
    try:
        await child.work()
    except asyncio.CancelledError:
        child.abandon()
        raise
    described = _described(child, request.resource.pattern)
    if child.status != "SUCCEEDED":
        raise ServiceError("States.TaskFailed", dumps(described))
    return TaskResponse(described)


def _described(child: Execution, pattern: str) -> dict[str, JSON]:
    """DescribeExecution in PascalCase; `.sync` gives input and output as JSON text, `.sync:2` as JSON."""
    as_json = pattern == "sync:2"
    described: dict[str, JSON] = {
        "ExecutionArn": child.arn,
        "Input": child.input if as_json else dumps(child.input),
        "InputDetails": {"Included": True},
        "Name": child.name,
        "StartDate": int(child.start_date * 1000),
        "StateMachineArn": child.machine.arn,
        "Status": child.status,
        "StopDate": int((child.stop_date or 0) * 1000),
    }
    if child.status == "SUCCEEDED":
        described["Output"] = child.output if as_json else dumps(child.output)
        described["OutputDetails"] = {"Included": True}
    if child.error is not None:
        described["Error"] = child.error
    if child.cause is not None:
        described["Cause"] = child.cause
    return dict(sorted(described.items()))
