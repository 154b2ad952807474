"""Nested executions: `states:startExecution`, alone, with `.sync` and with `.sync:2`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from treadle.engine.control import ABORTED, cut_by
from treadle.engine.describe import describe
from treadle.engine.limits import dumps
from treadle.engine.task import TaskRequest, TaskResponse
from treadle.errors import ServiceError

if TYPE_CHECKING:
    from treadle.engine.execution import Execution
    from treadle.engine.frame import Frame
    from treadle.engine.machine import Machine

JSON = Any


async def call(frame: Frame, request: TaskRequest, verbatim: bool) -> TaskResponse:
    """Starts the machine and, with `.sync`, waits for its end. Answers as StartExecution or DescribeExecution do.

    An execution that this attempt has started already, before the process ended, is not started a second time.
    `verbatim` says that the Input is JSON text already (`States.JsonToString` made it); any other string stays one.
    """
    import asyncio

    parent = frame.execution
    child = _start(frame, request, verbatim) if isinstance(frame.child, str | None) else frame.child
    if not request.resource.pattern.startswith("sync"):
        return TaskResponse(_started(child))
    own = child.awaited and child.parent == parent.arn
    try:
        if own:
            await child.finish()
        else:  # it goes on, whatever becomes of this one
            if not child.at_work:
                parent.spawn(child.finish(), lambda task: None)
            await child.ended()
    except asyncio.CancelledError as problem:
        if cut_by(problem) == ABORTED and own and child.status == "RUNNING":
            task = f"The Task state in AWS Step Functions execution [{parent.arn}]"
            child.abandon(f"{task} which was managing this resource was aborted")
        raise
    if child.status != "SUCCEEDED":
        raise ServiceError("States.TaskFailed", dumps(_described(child)))
    described = _described(child)
    if request.resource.pattern == "sync:2":
        described.update(Input=child.input, Output=child.output)
    return TaskResponse(described)


def _start(frame: Frame, request: TaskRequest, verbatim: bool) -> Execution:
    """Begins the execution and has the frame hold it, in the same moment: a journal never keeps one without the other.

    `.sync` waits for it; any other pattern lets it run beside.
    """
    parent, arguments = frame.execution, request.arguments
    waits = request.resource.pattern.startswith("sync")
    child = _found(frame, arguments, verbatim)
    if child is None:
        child = _begun(frame, arguments, verbatim)
        child.parent, child.awaited = parent.arn, waits
        if not waits:
            parent.spawn(child.finish(), lambda task: None)
    frame.child = child
    if waits and not frame.submitted:
        frame.submitted = True
        frame.until = None if request.timeout is None else frame.now() + request.timeout
        request.submitted(_started(child))
    frame.touch()
    return child


def _found(frame: Frame, arguments: JSON, verbatim: bool) -> Execution | None:
    """The running execution of the same name and input, which StartExecution gives instead of a second one.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    parent, name = frame.execution, arguments.get("Name")
    machine = _machine(parent, arguments)
    if parent.ledger is None or name is None or machine is None or machine.type != "STANDARD":
        return None
    arn = f"{machine.arn.replace(':stateMachine:', ':execution:')}:{name}"
    found = parent.ledger.find(arn)
    if found is None or (found.status == "RUNNING" and found.input == _input(arguments.get("Input", {}), verbatim)):
        return found
    raise ServiceError(
        "StepFunctions.ExecutionAlreadyExistsException",
        f"Execution Already Exists: '{arn}' (Service: AWSStepFunctions; Status Code: 400; Error Code: "
        f"ExecutionAlreadyExists; Request ID: {parent.chance.uuid()}; Proxy: null)",
    )


def _begun(frame: Frame, arguments: JSON, verbatim: bool) -> Execution:
    from treadle.engine.entry import begin

    parent = frame.execution
    machine = _machine(parent, arguments)
    if machine is None:
        arn = arguments.get("StateMachineArn", "")
        raise ServiceError(
            "StepFunctions.StateMachineDoesNotExistException",
            f"State Machine Does Not Exist: '{arn}' (Service: AWSStepFunctions; Status Code: 400; Error Code: "
            f"StateMachineDoesNotExist; Request ID: {parent.chance.uuid()}; Proxy: null)",
        )
    return begin(
        machine,
        _input(arguments.get("Input", {}), verbatim),
        service=parent.service,
        clock=parent.clock,
        chance=parent.chance,
        name=frame.child if isinstance(frame.child, str) else arguments.get("Name"),
        machines=parent.machines,
        callbacks=parent.callbacks,
        journal=parent.ledger,
    )


def _machine(parent: Execution, arguments: JSON) -> Machine | None:
    arn = arguments.get("StateMachineArn")
    return parent.machines.get(arn) if isinstance(arn, str) else None


def _started(child: Execution) -> dict[str, JSON]:
    return {"ExecutionArn": child.arn, "StartDate": int(child.start_date * 1000)}


def runs_here(execution: Execution, request: TaskRequest) -> bool:
    """Is it a start of a machine that this execution was given, or of one that nobody else could start?"""
    if request.resource.action != "startExecution" or not isinstance(request.arguments, dict):
        return False
    known = _machine(execution, request.arguments) is not None
    return known or not execution.service.handles(request.resource)


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
    for key in described.keys() & {"StartDate", "StopDate", "RedriveDate"}:
        described[key] = int(described[key] * 1000)
    for key in ("InputDetails", "OutputDetails"):
        if key in described:
            described[key] = {"Included": True}
    return dict(sorted(described.items()))
