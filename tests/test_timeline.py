"""The timeline of an execution, against small histories written here and against what AWS recorded."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from treadle.timeline import Timeline, duration

FOLDER = Path(os.environ.get("TREADLE_CONFORMANCE", Path(__file__).parents[2] / "shared" / "conformance"))


def history(*events: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Events as (type, previous id, details); each a second after the one before."""
    found = []
    for number, (kind, before, details) in enumerate(events, 1):
        entered = kind.endswith(("StateEntered", "StateExited"))
        name = ("state" + kind[kind.index("State") + 5 :] if entered else kind[0].lower() + kind[1:]) + "EventDetails"
        found.append({"id": number, "previousEventId": before, "type": kind, "timestamp": float(number), name: details})
    return found


def test_a_task_with_a_retry_and_its_model() -> None:
    events = history(
        ("ExecutionStarted", 0, {}),
        ("TaskStateEntered", 1, {"name": "Ask", "input": '{"a":1}'}),
        ("TaskScheduled", 2, {}),
        ("TaskFailed", 3, {"error": "Throttled", "cause": "slow down"}),
        ("TaskScheduled", 4, {"parameters": '{"b":1}'}),
        ("TaskSucceeded", 5, {"output": "3"}),
        ("TaskStateExited", 6, {"name": "Ask", "output": "2", "assignedVariables": {"c": "4"}}),
        ("ExecutionSucceeded", 7, {"output": "2"}),
    )
    timeline = Timeline.of(events, [("Ask", "haiku")])
    (row,) = timeline.rows
    assert (row.name, row.type, row.status, row.turns, row.retries) == ("Ask", "Task", "succeeded", 1, 1)
    assert (row.busy, row.error, row.models) == (5.0, None, ["haiku"])
    assert (row.input, row.output) == ('{"a":1}', "2")
    assert (row.sent, row.received, row.assigned) == ('{"b":1}', "3", {"c": "4"})
    assert (timeline.status, timeline.seconds) == ("SUCCEEDED", 7.0)


def test_a_caught_and_an_uncaught_failure() -> None:
    events = history(
        ("ExecutionStarted", 0, {}),
        ("TaskStateEntered", 1, {"name": "One"}),
        ("TaskFailed", 2, {"error": "E", "cause": "c"}),
        ("TaskStateExited", 3, {"name": "One"}),
        ("TaskStateEntered", 4, {"name": "Two"}),
        ("TaskFailed", 5, {"error": "F", "cause": "d"}),
        ("ExecutionFailed", 6, {"error": "F", "cause": "d"}),
    )
    rows = Timeline.of(events).rows
    assert [(row.name, row.status, row.error, row.cause) for row in rows] == [
        ("One", "caught", "E", "c"),
        ("Two", "failed", "F", "d"),
    ]


def test_a_map_is_one_row_with_its_progress() -> None:
    events = history(
        ("ExecutionStarted", 0, {}),
        ("MapStateEntered", 1, {"name": "Each"}),
        ("MapStateStarted", 2, {"length": 2}),
        ("MapIterationStarted", 3, {"name": "Each", "index": 0}),
        ("PassStateEntered", 4, {"name": "Work"}),
        ("MapIterationStarted", 3, {"name": "Each", "index": 1}),
        ("PassStateEntered", 6, {"name": "Work"}),
        ("PassStateExited", 5, {"name": "Work"}),
        ("MapIterationSucceeded", 8, {"name": "Each", "index": 0}),
    )
    timeline = Timeline.of(events)
    each, work = timeline.rows
    assert (each.status, each.done, each.items) == ("running", 1, 2)
    assert (work.path, work.depth, work.turns, work.running, work.status) == (("Each", "Work"), 1, 2, 1, "running")
    for event in history(
        *[("Filler", 0, {})] * 9,
        ("PassStateExited", 7, {"name": "Work"}),
        ("MapIterationSucceeded", 10, {"name": "Each", "index": 1}),
        ("MapStateSucceeded", 11, {}),
        ("MapStateExited", 12, {"name": "Each"}),
        ("ExecutionSucceeded", 13, {}),
    )[9:]:
        timeline(event)
    assert (each.status, each.done, work.status, work.busy) == ("succeeded", 2, "succeeded", 3.0 + 3.0)


def recorded() -> list[dict[str, Any]]:
    path = FOLDER / "cases.jsonl"
    if not path.exists():
        return []
    cases = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [
        case
        for case in cases
        if case["kind"] == "history" and case.get("terminal", True) and not case.get("events_altered")
    ]


@pytest.mark.skipif(not recorded(), reason="no recorded histories: set TREADLE_CONFORMANCE to their folder")
def test_recorded_histories_fold_without_loss() -> None:
    for case in recorded():
        events = [event | {"timestamp": float(event["id"])} for event in case["expected"]["events"]]
        timeline = Timeline.of(events)
        entered = Counter(
            event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event
        )
        turns: Counter[str] = Counter()
        for row in timeline.rows:
            turns[row.name] += row.turns
        assert turns == entered, case["id"]
        assert timeline.status == case["expected"]["status"], case["id"]
        assert all(row.running == 0 and row.status != "running" for row in timeline.rows), case["id"]
        if timeline.status == "SUCCEEDED":
            assert all(row.status in ("succeeded", "caught") for row in timeline.rows if row.depth == 0), case["id"]
            for row in timeline.rows:
                assert row.items is None or row.done >= row.items or row.error, case["id"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.00042, "0.4 ms"), (0.0123, "12 ms"), (1.23, "1.2 s"), (185, "3 min 5 s"), (7300, "2 h 1 min")],
)
def test_durations_as_people_write_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text
