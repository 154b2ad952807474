"""`treadle emit` in a project of its own: what matches runs, and its end is an event again."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from treadle.cli import main

JSON = Any
FLOWS = """
from treadle import on, workflow


@workflow(on=[on.event(source="orders", detail_type="placed")])
def greet(name: str) -> dict:
    return {"text": f"Hello {name}"}


@workflow(on=[on.event({"source": ["orders"], "detail": {"total": [{"numeric": [">", 100]}]}})])
def thank(name: str, total: int) -> str:
    if total > 1000:
        raise ValueError("too good to be true")
    return f"Thank you, {name}"


ENDED = {"source": ["aws.states"], "detail": {"status": ["SUCCEEDED"], "output": [{"wildcard": "*Hello*"}]}}


@workflow(on=[on.event(ENDED)])
def after(executionArn: str, stateMachineArn: str, name: str, status: str, startDate: int, stopDate: int, input: str,
          output: str | None = None, error: str | None = None, cause: str | None = None) -> str:
    return status
"""


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A project in a folder of its own; its modules are forgotten afterwards, another project's come back."""
    (tmp_path / "treadle.toml").write_text('name = "shop"\n')
    (tmp_path / "workflows").mkdir()
    (tmp_path / "workflows" / "__init__.py").touch()
    (tmp_path / "workflows" / "flows.py").write_text(FLOWS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    others = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "workflows"}
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "workflows"]:
        del sys.modules[name]
    sys.modules.update(others)


def emit(event: JSON, *options: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(event if isinstance(event, str) else json.dumps(event)))
    return main(["emit", "-", *options])


def test_what_matches_runs_and_its_end_is_an_event_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    event = {"source": "orders", "detail-type": "placed", "detail": {"name": "Ada"}}
    assert emit(event, monkeypatch=monkeypatch) == 0
    shown = capsys.readouterr()
    assert [(each["workflow"], each["status"]) for each in json.loads(shown.out)] == [
        ("flows.greet", "SUCCEEDED"),
        ("flows.after", "SUCCEEDED"),
    ]
    assert json.loads(shown.out)[0]["output"] == {"text": "Hello Ada"}
    assert "orders 'placed' starts flows.greet" in shown.err


def test_an_entry_of_put_events_and_a_list_are_taken_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = {"Source": "orders", "DetailType": "paid", "Detail": '{"name": "Ada", "total": 120}'}
    nothing = {"source": "orders", "detail-type": "shipped", "detail": {}}
    assert emit([entry, nothing], "--match", monkeypatch=monkeypatch) == 0
    (match,) = json.loads(capsys.readouterr().out)
    assert match["workflow"] == "flows.thank"
    assert match["input"] == {"name": "Ada", "total": 120}
    assert emit([entry, nothing], "--json", monkeypatch=monkeypatch) == 0
    (execution,) = json.loads(capsys.readouterr().out)
    assert execution["output"] == "Thank you, Ada"


def test_a_failed_workflow_is_exit_code_1(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    event = {"source": "orders", "detail-type": "paid", "detail": {"name": "Ada", "total": 5000}}
    assert emit(event, monkeypatch=monkeypatch) == 1
    (result,) = json.loads(capsys.readouterr().out)
    assert (result["status"], result["error"]) == ("FAILED", "ValueError")


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ("{", "standard input is not JSON"),
        ("3", "an event is a JSON object"),
        ({"source": "orders"}, "the event has no 'detail-type'"),
        ({"source": "orders", "detail-type": "placed", "detail": 3}, "'detail' must be a JSON object"),
        ({"Source": "orders", "DetailType": "placed", "Detail": "{"}, "the event's Detail is not JSON"),
        ({"source": "orders", "detail-type": "placed", "detail": {}}, "missing parameter 'name'"),
        (
            {"source": "orders", "detail-type": "placed", "detail": {"name": "x" * 300_000}},
            "an execution takes 262,144",
        ),
    ],
)
def test_a_bad_event_is_one_line_and_exit_code_2(
    event: JSON, says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert emit(event, monkeypatch=monkeypatch) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("treadle: ")
    assert says in last


def test_a_missing_file_is_one_line_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["emit", "nowhere.json"]) == 2
    assert (
        capsys.readouterr().err == "treadle: nowhere.json: No such file or directory: give a JSON file with an event\n"
    )


def test_workflows_that_start_each_other_are_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    again = FLOWS.replace('"output": [{"wildcard": "*Hello*"}]', '"name": [{"exists": True}]')
    (tmp_path / "workflows" / "flows.py").write_text(again)
    event = {"source": "orders", "detail-type": "placed", "detail": {"name": "Ada"}}
    assert emit(event, monkeypatch=monkeypatch) == 2
    assert "start each other in a circle: flows.after" in capsys.readouterr().err
