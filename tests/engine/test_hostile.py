"""Mutated documents and inputs: a result or a named error, in time, and never a traceback."""

from __future__ import annotations

import json
import random
import resource
import time
from typing import Any

import pytest

from tests.engine.hostile import INPUTS, SEEDS, mutated, twisted
from treadle.engine import Callbacks, Resource, TaskRequest, TaskResponse, VirtualClock, load, run
from treadle.errors import DefinitionError, InputError, ServiceError

ROUNDS = 500


class Moody:
    """Answers, fails, or answers the token, as it likes."""

    def __init__(self, chance: random.Random) -> None:
        self.callbacks = Callbacks()
        self._chance = chance

    def handles(self, resource: Resource) -> bool:
        return resource.service != "activity"

    async def call(self, request: TaskRequest) -> TaskResponse:
        if self._chance.random() < 0.3:
            raise ServiceError("Moody.Error", "just so")
        token = request.context.get("Task", {}).get("Token")
        if token is not None and self._chance.random() < 0.7:
            self.callbacks.send_task_success(token, {"ok": 1})
        return TaskResponse({"Payload": request.arguments})


def attempt(document: Any, given: Any, chance: random.Random) -> str:
    """How it ended: the refusal's class, or the execution's status and error."""
    service = Moody(chance)
    try:
        machine = load(document, type=chance.choice(["STANDARD", "EXPRESS"]))
        execution = run(machine, given, service=service, clock=VirtualClock(), callbacks=service.callbacks)
        json.dumps(execution.history())
    except (DefinitionError, InputError) as refused:
        return type(refused).__name__
    assert execution.status in ("SUCCEEDED", "FAILED", "TIMED_OUT")
    if execution.status == "FAILED":
        assert execution.error is None or isinstance(execution.error, str)
    return execution.status


@pytest.mark.parametrize("seed", range(4))
def test_mutated_documents_and_inputs(seed: int) -> None:
    chance = random.Random(seed)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ends: dict[str, int] = {}
    for number in range(ROUNDS):
        document = chance.choice((mutated, twisted, twisted))(chance.choice(SEEDS), chance)
        given = mutated(chance.choice(INPUTS), chance) if chance.random() < 0.5 else chance.choice(INPUTS)
        began = time.perf_counter()
        end = attempt(document, given, chance)
        assert time.perf_counter() - began < 5, (seed, number)
        ends[end] = ends.get(end, 0) + 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500 * 1024
    assert len(ends) >= 3, ends  # not all of one kind: the mutations reach the engine


def test_an_input_nested_too_deeply_is_refused() -> None:
    value: Any = 1
    for _ in range(5000):
        value = [value]
    machine = load({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    with pytest.raises(InputError, match="nested"):
        run(machine, value)
