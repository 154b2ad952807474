"""Nested executions: `states:startExecution`, alone, with `.sync` and with `.sync:2`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from treadle.engine.describe import describe
from treadle.engine.limits import dumps
from treadle.engine.task import TaskRequest, TaskResponse
from treadle.errors import ServiceError

if TYPE_CHECKING:
    from treadle.engine.execution import Execution

JSON = Any


async def call(parent: Execution, request: TaskRequest, verbatim: bool) -> TaskResponse:
    """Starts the machine and, with `.sync`, waits for its end. Answers as StartExecution or DescribeExecution do.

    `verbatim` says that the Input is JSON text already (`States.JsonToString` made it); any other string stays one.
    """
    from treadle.engine.entry import begin

    arguments = request.arguments
    arn = arguments.get("StateMachineArn", "")
    machine = parent.machines.get(arn)
    if machine is None:
        raise ServiceError(
            "StepFunctions.StateMachineDoesNotExistException",
            f"State Machine Does Not Exist: '{arn}' (Service: AWSStepFunctions; Status Code: 400; Error Code: "
            f"StateMachineDoesNotExist; Request ID: {parent.chance.uuid()}; Proxy: null)",
        )
    child = begin(
        machine,
        _input(arguments.get("Input", {}), verbatim),
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
    except BaseException:
        task = f"The Task state in AWS Step Functions execution [{parent.arn}]"
        child.abandon(f"{task} which was managing this resource was aborted")
        raise
    if child.status != "SUCCEEDED":
        raise ServiceError("States.TaskFailed", dumps(_described(child)))
    described = _described(child)
    if request.resource.pattern == "sync:2":
        described.update(Input=child.input, Output=child.output)
    return TaskResponse(described)


def runs_here(execution: Execution, request: TaskRequest) -> bool:
    """Is it a start of a machine that this execution was given, or of one that nobody else could start?"""
    if request.resource.action != "startExecution" or not isinstance(request.arguments, dict):
        return False
    return request.arguments.get("StateMachineArn") in execution.machines or not execution.service.handles(
        request.resource
    )


def _input(value: JSON, verbatim: bool) -> JSON:
    if verbatim and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _described(child: Execution) -> dict[str, JSON]:
    """DescribeExecution in PascalCase, dates in milliseconds."""
    described = {key[0].upper() + key[1:]: value for key, value in describe(child).items()}
    for key in ("StartDate", "StopDate"):
        described[key] = int(described[key] * 1000)
    for key in ("InputDetails", "OutputDetails"):
        if key in described:
            described[key] = {"Included": True}
    return dict(sorted(described.items()))
