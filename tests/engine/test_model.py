"""Random machines of waits, branches and iterations: modelled time adds up, and the same run gives the same history."""

from __future__ import annotations

import random
from typing import Any

import pytest

from treadle.engine import Chance, Execution, VirtualClock, load, run

JSON = Any


class Builder:
    """Makes a scope of states and knows how many seconds it takes."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._number = 0

    def scope(self, depth: int) -> tuple[dict[str, JSON], float]:
        parts = [self._state(depth) for _ in range(self._chance.randint(1, 3))]
        names = [f"S{self._number + place}" for place in range(len(parts))]
        self._number += len(parts)
        states = {}
        for place, (name, (body, _)) in enumerate(zip(names, parts, strict=True)):
            states[name] = {**body, "End": True} if place == len(parts) - 1 else {**body, "Next": names[place + 1]}
        return {"StartAt": names[0], "States": states}, sum(seconds for _, seconds in parts)

    def _state(self, depth: int) -> tuple[dict[str, JSON], float]:
        kind = self._chance.choice(["Pass", "Wait", "Parallel", "Map"] if depth else ["Pass", "Wait"])
        if kind == "Pass":
            return {"Type": "Pass"}, 0
        if kind == "Wait":
            seconds = self._chance.randint(0, 5) * 10
            return {"Type": "Wait", "Seconds": seconds}, seconds
        if kind == "Parallel":
            branches = [self.scope(depth - 1) for _ in range(self._chance.randint(1, 3))]
            longest = max(seconds for _, seconds in branches)
            body = {"Type": "Parallel", "Branches": [branch for branch, _ in branches], "Output": "{% $states.input %}"}
            return body, longest
        items, limit = self._chance.randint(0, 5), self._chance.randint(1, 3)
        inner, seconds = self.scope(depth - 1)
        body = {
            "Type": "Map",
            "Items": list(range(items)),
            "MaxConcurrency": limit,
            "ItemProcessor": inner,
            "Output": "{% $states.input %}",
        }
        return body, -(-items // limit) * seconds


def execute(document: dict[str, JSON]) -> Execution:
    machine = load({"QueryLanguage": "JSONata", **document})
    return run(machine, {"x": 1}, clock=VirtualClock(0.0), chance=Chance(1), name="model")


@pytest.mark.parametrize("seed", range(60))
def test_modelled_time_adds_up_and_histories_repeat(seed: int) -> None:
    document, seconds = Builder(seed).scope(3)
    execution = execute(document)
    assert (execution.status, execution.output) == ("SUCCEEDED", {"x": 1})
    assert execution.stop_date == seconds
    events = execution.history()
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert all(event["previousEventId"] < event["id"] for event in events)
    times = [event["timestamp"] for event in events]
    assert times == sorted(times)
    for end in ("Entered", "Exited"):
        assert sum(event["type"].endswith(f"State{end}") for event in events) == sum(
            event["type"].endswith("StateEntered") for event in events
        )
    assert execute(document).history() == events
