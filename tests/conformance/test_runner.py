"""The runner with records of our own: what it makes of what a recording lacks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import Excluded, cases, folder
from tests.conformance import test_state as tested
from tests.conformance.__main__ import main

pytestmark = pytest.mark.skipif(
    not (folder() / "compare.py").exists(), reason="NO RECORDINGS: their matcher is missing, the runner is untested"
)

TASK = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "End": True}


def record(states: dict[str, Any], expected: dict[str, Any], **more: Any) -> dict[str, Any]:
    definition = {"StartAt": next(iter(states)), "States": states}
    return {"id": "x", "kind": "history", "definition": definition, "event_order": "strict",
            "expected": {"error": None, "cause": None, "events": None, **expected}, **more}  # fmt: skip


def distributed(**fields: Any) -> dict[str, Any]:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    processor = {"ProcessorConfig": config, "StartAt": "W", "States": {"W": TASK}}
    return {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}


def test_tasks_of_child_executions_need_recorded_answers() -> None:
    same = {"status": "SUCCEEDED", "output": "[1,2]", "output_value": [1, 2]}
    with pytest.raises(Excluded, match="child executions"):
        cases.run(record({"M": distributed()}, same, input_text="[1,2]"))


def test_the_only_task_fails_as_the_end_says() -> None:
    failed = {"status": "FAILED", "output": None, "error": "E", "cause": "why"}
    assert cases.run(record({"T": TASK}, failed, needs=["lambda"])) is None
    known = {"status": "SUCCEEDED", "output": "1", "output_value": 1}
    with pytest.raises(Excluded, match="neither script nor history"):
        cases.run(record({"T": TASK}, known, needs=["lambda"]))


def test_a_tested_task_without_a_mock_fails_as_it_did() -> None:
    seen = {"status": "FAILED", "error": "E", "cause": "why", "raises": False}
    call = {"definition": TASK, "input_text": "{}", "params": {"inspectionLevel": "INFO"}, "expected": seen}
    assert tested.handles(call)
    assert tested.run(call) is None


def test_an_incomplete_script_excludes_and_a_complete_one_fails() -> None:
    expected = {"status": "SUCCEEDED", "output": "1", "output_value": 1, "events": []}
    two = {"T": {**TASK, "End": False, "Next": "U"}, "U": TASK}
    script = [{"state": "T", "kind": "lambda", "outcome": {"type": "Succeeded", "output": "1"}}]
    with pytest.raises(Excluded, match="not hold every answer"):
        cases.run(record(two, expected, task_script=script, task_script_complete=False))
    with pytest.raises(AssertionError, match="no further attempt"):
        cases.run(record(two, expected, task_script=script, task_script_complete=True))


def test_attempts_are_found_by_what_they_sent() -> None:
    processor = {"StartAt": "W", "States": {"W": TASK}}
    script = [
        {"state": "W", "kind": "lambda", "scheduled": {"input": text}, "outcome": {"type": "Succeeded", "output": text}}
        for text in ("2", "1")
    ]
    expected = {"status": "SUCCEEDED", "output": "[1,2]", "output_value": [1, 2]}
    states = {"M": {"Type": "Map", "ItemProcessor": processor, "End": True}}
    assert cases.run(record(states, expected, task_script=script, input_text="[1,2]")) is None


def test_results_are_written_into_a_bucket_that_was_made() -> None:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    pass_on = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "jobs"}}
    state = {
        "Type": "Map",
        "ItemProcessor": {"ProcessorConfig": config, **pass_on},
        "ResultWriter": writer,
        "End": True,
    }
    place = {"Bucket": "b", "Key": "jobs/<MapRunArnPart1_0idx>/manifest.json"}
    output = {"MapRunArn": "<map_run_arn>", "ResultWriterDetails": place}
    made = [{"service": "s3", "operation": "CreateBucket", "params": {"Bucket": "b"}}]
    ended = {"status": "SUCCEEDED", "output": output, "output_value": output}
    assert cases.run(record({"M": state}, ended, input_text="[1]", setup=made)) is None


def test_an_array_that_a_placeholder_was_put_into_is_compared_by_value() -> None:
    state = {"Type": "Pass", "Result": [{"n": 5, "t": 1700000000}], "End": True}
    recorded = '[{"n": 5, "t": "<date>"}]'
    expected = {"status": "SUCCEEDED", "output": recorded, "output_value": json.loads(recorded)}
    assert cases.run(record({"P": state}, expected)) is None
    other = recorded.replace("5", "6")
    assert cases.run(record({"P": state}, {**expected, "output": other})) is not None


def test_a_record_of_no_known_kind_is_excluded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "other.jsonl"
    file.write_text('{"id": "new", "kind": "unheard of"}\n{"kind": "history", "expected": null}\n[]\n')
    assert main([str(file)]) == 0
    shown = capsys.readouterr().out
    assert shown.count("no group runs this kind of record") == 3
    assert "other.jsonl, record 3" in shown
