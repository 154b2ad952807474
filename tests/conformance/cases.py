"""Recorded executions: status, output, error, cause and the full history, with the virtual clock and recorded tasks."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.conformance import ACCOUNT, REGION, Excluded, Record, compare, difference
from tests.conformance.script import Script, Unscripted, alone
from treadle.engine import Execution, VirtualClock, begin, load
from treadle.engine.clock import give_way
from treadle.engine.describe import describe, log, sync_response

# The context object has had a RedriveCount since redrive was launched.
_REDRIVE = datetime(2023, 11, 15, tzinfo=UTC).timestamp()

# Until some day in 2024 an input that no state had changed kept the spaces of its text through the whole history.
_SPACING = datetime(2024, 7, 1, tzinfo=UTC).timestamp()

# Until then an EvaluationFailed event passed the state's own entered event by.
_EVALUATION = datetime(2024, 12, 10, tzinfo=UTC).timestamp()

_PATIENCE = 60  # seconds of real time for one record; modelled time costs none


def handles(record: Record) -> bool:
    return "events" in record.get("expected", {}) and "definition" in record and "kind" in record


def run(record: Record) -> str | None:
    _exclude(record)
    try:
        return _run(record)
    except Unscripted as missing:
        if record.get("task_script") and record.get("task_script_complete", True):
            raise
        raise Excluded(f"it does not hold every answer: {missing}") from None


def _run(record: Record) -> str | None:
    execution = asyncio.run(asyncio.wait_for(_execute(record), _PATIENCE))
    expected = record["expected"]
    found = _ending(record, execution)
    if found is None and expected.get("events") is not None and not record.get("events_altered"):
        found = _history(record, expected["events"], execution.history())
    if found is None:
        found = _shown(record, execution)
    return found


def _exclude(record: Record) -> None:
    """What the recording does not hold, nobody can answer."""
    answers = record.get("task_script") or record["expected"].get("events") or alone(record)
    if record.get("needs") and not answers:
        raise Excluded("its tasks were answered by services, and the recording holds neither script nor history")
    scripted = {attempt["state"] for attempt in record.get("task_script") or ()}
    if not scripted.issuperset(_tasks_of_children(record["definition"])):
        raise Excluded("its tasks ran in child executions, and the recording holds none of their answers")


def _tasks_of_children(scope: dict[str, Any], inside: bool = False) -> Iterator[str]:
    """The Tasks in the item processors of Distributed Maps: their events are in no recorded history."""
    for name, state in scope["States"].items():
        if state["Type"] == "Task" and inside:
            yield name
        for branch in state.get("Branches", ()):
            yield from _tasks_of_children(branch, inside)
        processor = state.get("ItemProcessor") or state.get("Iterator")
        if processor is not None:
            mode = processor.get("ProcessorConfig", {}).get("Mode")
            yield from _tasks_of_children(processor, inside or mode == "DISTRIBUTED")


async def _execute(record: Record) -> Execution:
    clock = VirtualClock(_moment(record))
    script = Script(record, clock)
    machine = load(
        record["definition"],
        name=record.get("state_machine_name") or "machine",
        type=record.get("type") or "STANDARD",
        region=REGION,
        account=ACCOUNT,
    )
    text = record.get("input_text")
    execution = begin(
        machine,
        {} if text is None else json.loads(text),
        text=text,
        service=script,
        clock=clock,
        name=record.get("execution_name"),
        callbacks=script.callbacks,
    )
    if clock.now() < _REDRIVE:
        execution.context["Execution"].pop("RedriveCount", None)
    stops = [call for call in record.get("external_calls") or () if call["operation"] == "StopExecution"]
    if not stops:
        await execution.work_alone()
        return execution
    clock.resume()  # the call came while the execution waited
    task = asyncio.create_task(execution.work_alone())
    for _ in range(10):
        await give_way()
    params = stops[0].get("params") or {}
    execution.stop(params.get("error"), params.get("cause"))
    await task
    return execution


def _moment(record: Record) -> float:
    """When it was recorded: what the input says about time is about then."""
    if record.get("captured_at"):
        return datetime.fromisoformat(str(record["captured_at"]).replace("Z", "+00:00")).timestamp()
    try:
        return datetime.strptime(record["recorded_date"], "%d-%m-%Y, %H:%M:%S").replace(tzinfo=UTC).timestamp()
    except (KeyError, TypeError, ValueError):
        return VirtualClock().now()


def _ending(record: Record, execution: Execution) -> str | None:
    expected = record["expected"]
    if not record.get("terminal", True):
        return None
    ended = {"status": execution.status, "error": execution.error, "cause": execution.cause}
    wanted = {key: expected[key] for key in ended if key in expected}
    actual = {key: ended[key] for key in wanted}
    if execution.status == "SUCCEEDED" and "output_value" in expected:
        actual["output"] = describe(execution)["output"]
        wanted["output"] = expected["output"]
    return _difference(wanted, actual, record)


def _difference(expected: Any, actual: Any, record: Record) -> str | None:
    return difference(expected, _parsed(expected, actual, _moment(record) < _SPACING), record)


def _parsed(expected: Any, actual: Any, spaced: bool) -> Any:
    """Some recordings keep arrays and scalars parsed where AWS gave JSON text: then ours is parsed too."""
    if isinstance(actual, str) and isinstance(expected, str) and expected[:1] == actual[:1] == "[":
        return _array(expected, actual, spaced)
    if isinstance(actual, str) and not isinstance(expected, str | dict | None):
        try:
            return json.loads(actual)
        except ValueError:
            return actual
    if isinstance(expected, dict) and isinstance(actual, dict):
        return {key: _parsed(expected.get(key), value, spaced) for key, value in actual.items()}
    return actual


def _array(expected: str, actual: str, spaced: bool) -> str:
    """The text of an array as it was recorded, where the values are the same and only the writing may differ."""
    try:
        wanted, given = json.loads(expected), json.loads(actual)
    except ValueError:
        return actual
    # A text that a placeholder was put into was written anew, with spaces, and its numbers may have become texts.
    rewritten = json.dumps(wanted) == expected and re.search(compare().TOKEN, expected)
    if rewritten:
        return expected if compare().matches(wanted, given) else actual
    return expected if spaced and wanted == given else actual


def _history(record: Record, expected: list[Any], actual: list[Any]) -> str | None:
    if not record.get("terminal", True):
        actual = actual[: len(expected)]
    in_order = None
    if not _chained(record, expected, actual):
        in_order = _events_in_order(record, expected, _passed_by(actual) if _moment(record) < _EVALUATION else actual)
    if in_order is None or record.get("event_order") != "concurrent":
        return in_order
    # Branches at the same time may come in any order: then the events count, not their places.
    left = [_unplaced(event) for event in actual]
    for event in map(_unplaced, expected):
        match = next((other for other in left if _difference(event, other, record) is None), None)
        if match is None:
            return in_order
        left.remove(match)
    return in_order if left else None


def _chained(record: Record, expected: list[Any], actual: list[Any]) -> bool:
    """Is it one of the two histories? A Wait is recorded only since that day, any other state only until then."""
    return any(_events_in_order(record, expected, events) is None for events in (actual, _passed_by(actual)))


def _passed_by(events: list[Any]) -> list[Any]:
    """The history as it was once chained: a failed evaluation follows what the state itself followed."""
    chained = []
    for event in events:
        before = events[event["previousEventId"] - 1]
        if event["type"] == "EvaluationFailed" and before["type"].endswith("StateEntered"):
            event = {**event, "previousEventId": before["previousEventId"]}
        chained.append(event)
    return chained


def _events_in_order(record: Record, expected: list[Any], actual: list[Any]) -> str | None:
    for want, got in zip(expected, actual, strict=False):
        found = _difference(want, got, record)
        if found is not None:
            return f"event {got['id']} {got['type']}: {found}"
    if len(expected) == len(actual):
        return None
    types = [[event["type"] for event in events[min(len(expected), len(actual)) :]] for events in (expected, actual)]
    return f"recorded {len(expected)} events, got {len(actual)}: recorded {types[0]}, got {types[1]}"


def _unplaced(event: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key not in ("id", "previousEventId")}


def _shown(record: Record, execution: Execution) -> str | None:
    """What other operations said of the execution, where that was recorded."""
    expected = record["expected"]
    found = None
    if "sync_response" in expected:
        found = _difference(*_billed(expected["sync_response"], sync_response(execution)), record)
    if found is None and "end_event" in expected:
        found = _difference(expected["end_event"], log(execution)[-1], record)
    if found is None and "describe" in expected and record.get("kind") == "describe":
        # Which alias or version it was started through is the API's to say, not the execution's.
        through = ("stateMachineAliasArn", "stateMachineVersionArn")
        wanted = {key: value for key, value in expected["describe"].items() if key not in through}
        found = _difference(wanted, describe(execution), record)
    logged = (expected.get("extra") or {}).get("logged_execution_events")
    if found is None and logged is not None:  # the recording does not say which level was set
        levels = [(level, data) for level in ("ALL", "ERROR", "FATAL") for data in (True, False)]
        tries = [_difference({"e": logged}, {"e": log(execution, *level)}, record) for level in levels]
        found = None if None in tries else tries[0]
    return found


def _billed(expected: dict[str, Any], actual: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """How long an execution took there says nothing about here, but that it was billed in steps of 100 ms."""
    ours = actual["billingDetails"]
    if ours["billedDurationInMilliseconds"] % 100 or "billingDetails" not in expected:
        return expected, actual
    theirs = expected["billingDetails"].get("billedDurationInMilliseconds")
    return expected, {**actual, "billingDetails": {**ours, "billedDurationInMilliseconds": theirs}}
