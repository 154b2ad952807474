"""Runs an ASL document."""

from treadle.engine.callbacks import (
    CALLBACKS,
    Callbacks,
    create_activity,
    get_activity_task,
    send_task_failure,
    send_task_heartbeat,
    send_task_success,
)
from treadle.engine.chance import CHANCE, Chance
from treadle.engine.clock import Clock, RealClock, VirtualClock
from treadle.engine.entry import begin, run, start
from treadle.engine.execution import Execution
from treadle.engine.limits import EXPRESS, STANDARD, UNLIMITED, Limits
from treadle.engine.machine import Machine, load
from treadle.engine.redrive import redrive
from treadle.engine.task import Resource, Service, TaskRequest, TaskResponse

__all__ = [
    "CALLBACKS",
    "CHANCE",
    "EXPRESS",
    "STANDARD",
    "UNLIMITED",
    "Callbacks",
    "Chance",
    "Clock",
    "Execution",
    "Limits",
    "Machine",
    "RealClock",
    "Resource",
    "Service",
    "TaskRequest",
    "TaskResponse",
    "VirtualClock",
    "begin",
    "create_activity",
    "get_activity_task",
    "load",
    "redrive",
    "run",
    "send_task_failure",
    "send_task_heartbeat",
    "send_task_success",
    "start",
]
