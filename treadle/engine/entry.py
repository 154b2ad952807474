"""The ways into an execution: `run` from ordinary code, `start` from asynchronous code, `begin` to hold it first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from treadle.engine.callbacks import CALLBACKS, Callbacks
from treadle.engine.chance import CHANCE, Chance
from treadle.engine.clock import Clock, RealClock
from treadle.engine.execution import Execution, Journal, Observer
from treadle.engine.limits import EXPRESS, STANDARD, Limits, deeper_than, fits
from treadle.engine.machine import Machine
from treadle.engine.task import Resource, Service, TaskRequest, TaskResponse
from treadle.errors import InputError, ServiceError, UnsupportedResource

JSON = Any


class _Nobody:
    """The service of a machine that calls none."""

    def handles(self, resource: Resource) -> bool:
        return False

    async def call(self, request: TaskRequest) -> TaskResponse:
        raise UnsupportedResource(f"Nothing here can run {request.resource.arn}")


NOTHING = _Nobody()
_REAL = RealClock()


def begin(
    machine: Machine,
    input: JSON = None,
    *,
    service: Service | None = None,
    clock: Clock | None = None,
    chance: Chance = CHANCE,
    name: str | None = None,
    observer: Observer | None = None,
    limits: Limits | None = None,
    machines: Mapping[str, Machine] | None = None,
    callbacks: Callbacks = CALLBACKS,
    text: str | None = None,
    journal: Journal | None = None,
) -> Execution:
    """An execution that has not run its first state yet: `await execution.work_alone()` runs it.

    Args:
        service: answers the Tasks; needed where the machine has any.
        clock: the machine's own unless given.
        chance: where jitter, identifiers and `$random` come from; with a seed, a run repeats.
        name: the execution's; a UUID unless given.
        observer: is called with each history event as it happens.
        limits: the service's quotas for the machine's type unless given.
        machines: by ARN, those that `states:startExecution` may start here.
        callbacks: where task tokens and activities are answered; the process's own unless given.
        text: the input's own words, shown in the first event.
        journal: keeps a Standard execution from now on, and those that it starts.

    Raises:
        UnsupportedResource: a Task that nothing here can run; no state ran.
        ServiceError: ExecutionAlreadyExists, where the journal has an execution of that name.
        InputError: an input that is too large or too deep.
    """
    service = service or NOTHING
    machines = machines or {}
    refuse(machine, service, machines)
    if limits is None:
        limits = STANDARD if machine.type == "STANDARD" else EXPRESS
    input = {} if input is None and text is None else input
    if deeper_than(input, limits.depth):
        raise InputError(f"The input is nested in more than {limits.depth} objects and arrays")
    if not fits(input, limits.payload):
        raise InputError("The input exceeds the maximum of 256 KiB: pass a reference to a stored object instead")
    execution = Execution(
        machine,
        input,
        service=service,
        clock=clock or _REAL,
        chance=chance,
        name=name,
        observer=observer,
        limits=limits,
        machines=machines,
        callbacks=callbacks,
        text=text,
    )
    execution.ledger = journal
    if journal is not None and machine.type == "STANDARD":
        if name is not None and journal.knows(execution.arn):
            raise ServiceError("ExecutionAlreadyExists", f"Execution Already Exists: '{execution.arn}'")
        execution.journal = journal
        journal.begun(execution)
    return execution


def refuse(machine: Machine, service: Service, machines: Mapping[str, Machine]) -> None:
    """Before the first state runs: a Task that nothing can run is named."""
    for resource in machine.resources:
        if resource.service == "activity" or (machines and resource.service == "states"):
            continue
        if not service.handles(resource):
            raise UnsupportedResource(
                f"Nothing here can run {resource.arn}: mock it, declare a function or model for it, or configure AWS"
            )


class Options(TypedDict, total=False):
    """What `run` and `start` hand on to `begin`."""

    service: Service | None
    clock: Clock | None
    chance: Chance
    name: str | None
    observer: Observer | None
    limits: Limits | None
    machines: Mapping[str, Machine] | None
    callbacks: Callbacks
    text: str | None
    journal: Journal | None


async def start(machine: Machine, input: JSON = None, **options: Unpack[Options]) -> Execution:
    """Runs an execution to its end on the running event loop; `begin` lists the options."""
    execution = begin(machine, input, **options)
    await execution.work_alone()
    return execution


def run(machine: Machine, input: JSON = None, **options: Unpack[Options]) -> Execution:
    """Runs an execution to its end, from code that is not asynchronous; `begin` lists the options."""
    execution = begin(machine, input, **options)
    if execution.hurry():
        return execution
    from treadle.engine.loop import complete

    complete(execution.work_alone)
    return execution
