"""The work that engines are measured on: documents and inputs that any can run, and Treadle's own way with them.

`python -m benchmarks.loads` prints Treadle's figures alone. Each figure is the best of several runs in this process,
JSON text in and JSON text out, with the whole history recorded.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from treadle.engine import UNLIMITED, Machine, Resource, TaskRequest, TaskResponse, load, run

JSON = Any
TURNS = 10_000
ITEMS = 100_000

LOOP_JSONATA: dict[str, JSON] = {
    "QueryLanguage": "JSONata",
    "StartAt": "More",
    "States": {
        "More": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input.count < $states.input.turns %}", "Next": "Count"}],
            "Default": "Done",
        },
        "Count": {
            "Type": "Pass",
            "Output": {"count": "{% $states.input.count + 1 %}", "turns": "{% $states.input.turns %}"},
            "Next": "More",
        },
        "Done": {"Type": "Succeed"},
    },
}

LOOP_JSONPATH: dict[str, JSON] = {
    "StartAt": "More",
    "States": {
        "More": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.count", "NumericLessThanPath": "$.turns", "Next": "Count"}],
            "Default": "Done",
        },
        "Count": {
            "Type": "Pass",
            "Parameters": {"count.$": "States.MathAdd($.count, 1)", "turns.$": "$.turns"},
            "Next": "More",
        },
        "Done": {"Type": "Succeed"},
    },
}

MAP_ITEMS: dict[str, JSON] = {
    "StartAt": "Each",
    "States": {
        "Each": {
            "Type": "Map",
            "ItemProcessor": {"StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "End": True}}},
            "End": True,
        }
    },
}

ONE_TASK: dict[str, JSON] = {
    "QueryLanguage": "JSONata",
    "StartAt": "Ask",
    "States": {
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": "answer", "Payload": "{% $states.input %}"},
            "Output": "{% $states.result.Payload %}",
            "End": True,
        }
    },
}


def loop_input(turns: int = TURNS) -> str:
    return json.dumps({"count": 0, "turns": turns})


def map_input(items: int = ITEMS) -> str:
    return json.dumps(list(range(items)))


class Echo:
    """A service that answers at once with what it was sent, so that only the engine is measured."""

    def handles(self, resource: Resource) -> bool:
        return True

    async def call(self, request: TaskRequest) -> TaskResponse:
        return TaskResponse({"StatusCode": 200, "Payload": request.arguments["Payload"]})


def best(work: Callable[[], object], times: int = 12) -> float:
    """Seconds of the fastest of several runs: what the work costs when nothing else has the core."""
    fastest = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        work()
        fastest = min(fastest, time.perf_counter() - began)
    return fastest


def complete(machine: Machine, text: str) -> str:
    """One execution from JSON text to JSON text, with quotas off so that any size can be measured."""
    execution = run(machine, json.loads(text), service=Echo(), limits=UNLIMITED)
    assert execution.status == "SUCCEEDED", execution.cause
    return json.dumps(execution.output)


def loop_states_per_s(document: dict[str, JSON], turns: int = TURNS) -> float:
    """States per second of the counting loop: two a turn, and two more at its end."""
    machine = load(document, type="EXPRESS")
    text = loop_input(turns)
    return (2 * turns + 2) / best(lambda: complete(machine, text))


def map_s(items: int = ITEMS) -> float:
    machine = load(MAP_ITEMS)
    text = map_input(items)
    return best(lambda: complete(machine, text), 5)


def one_task_us(executions: int = 2_000) -> float:
    """Microseconds to start and finish an execution with one Task."""
    machine = load(ONE_TASK)
    text = '{"question": "why"}'

    def many() -> None:
        for _ in range(executions):
            complete(machine, text)

    return best(many, 6) / executions * 1e6


def measure() -> dict[str, float]:
    """Treadle's own figures, by the names that the comparison prints."""
    return {
        "loop_jsonata_states_per_s": round(loop_states_per_s(LOOP_JSONATA)),
        "loop_jsonpath_states_per_s": round(loop_states_per_s(LOOP_JSONPATH)),
        "map_100k_s": round(map_s(), 3),
        "one_task_us": round(one_task_us(), 1),
    }


if __name__ == "__main__":
    for name, figure in measure().items():
        print(f"{name:28} {figure:>12,}")
