"""What is shown of a running execution, run on the engine for real."""

from __future__ import annotations

import io
from typing import Any

import pytest

from treadle.cli import live
from treadle.engine import VirtualClock, load, run
from treadle.engine.task import Resource, TaskRequest, TaskResponse
from treadle.errors import ServiceError
from treadle.timeline import Timeline


class Worker:
    """Answers tasks: "flaky" fails once, "broken" always; "chat" is a model's answer."""

    def __init__(self) -> None:
        self.failed = False

    def handles(self, resource: Resource) -> bool:
        return True

    async def call(self, request: TaskRequest) -> TaskResponse:
        name = request.arguments["FunctionName"]
        if name == "broken" or (name == "flaky" and not self.failed):
            self.failed = True
            raise ServiceError("ValueError", "no")
        return TaskResponse({"Payload": 1}, "haiku" if name == "chat" else None)


def task(name: str, **rest: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": name}} | (
        rest or {"End": True}
    )


RETRY = [{"ErrorEquals": ["ValueError"]}]
DOCUMENT = {
    "QueryLanguage": "JSONata",
    "StartAt": "Flaky",
    "States": {
        "Flaky": task("flaky", Retry=RETRY, Next="Each"),
        "Each": {
            "Type": "Map",
            "Items": "{% [1..25] %}",
            "ItemProcessor": {"StartAt": "Ask", "States": {"Ask": task("chat")}},
            "Next": "Try",
        },
        "Try": task("broken", Catch=[{"ErrorEquals": ["ValueError"], "Next": "Count"}], Next="Count"),
        "Count": {"Type": "Pass", "Assign": {"n": "{% $exists($n) ? $n + 1 : 0 %}"}, "Next": "Again"},
        "Again": {"Type": "Choice", "Choices": [{"Condition": "{% $n < 30 %}", "Next": "Count"}], "Default": "End"},
        "End": {"Type": "Succeed"},
    },
}


def executed(monkeypatch: pytest.MonkeyPatch, tty: bool) -> tuple[Timeline, str]:
    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return tty

    stream = Stream()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "xterm-256color")
    timeline = Timeline()
    with live.shown(timeline) as observer:
        execution = run(load(DOCUMENT, name="x"), {}, service=Worker(), clock=VirtualClock(), observer=observer)
    timeline.answered(execution.models)
    live.finished(timeline, "a.b")
    return timeline, stream.getvalue()


def test_lines_where_output_is_piped(monkeypatch: pytest.MonkeyPatch) -> None:
    _, text = executed(monkeypatch, tty=False)
    assert text.count("\n  ✓ Count  ") == 20
    assert "\n    Each  25/25\n" in text
    assert "\n  ! Try  0.0 ms  ValueError\n" in text
    assert text.startswith("  ✓ Flaky  1.0 s\n")
    assert text.endswith("\na.b succeeded in 1.0 s, 91 states; Ask by haiku\n")
    assert "\x1b" not in text


def test_a_table_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    _, text = executed(monkeypatch, tty=True)
    assert "\x1b[" in text
    assert "haiku" in text
    assert "25/25" in text


def test_the_table_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    timeline, _ = executed(monkeypatch, tty=False)
    rows = [line.split() for line in live.lines(timeline)]
    assert rows[0][:6] == ["✓", "Flaky", "retried", "1×", "1.0", "s"]
    assert rows[1][:3] == ["✓", "Each", "25/25"]
    assert rows[2][:3] + rows[2][-1:] == ["✓", "Ask", "×25", "haiku"]
    assert rows[3][:2] + rows[3][-1:] == ["!", "Try", "ValueError"]
    assert rows[4][:3] == ["✓", "Count", "×31"]


def test_a_bar_stands_where_its_state_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    timeline, _ = executed(monkeypatch, tty=False)
    bars = [live.bar(row, timeline, timeline.ended or 0) for row in timeline.rows]
    assert all(len(bar) == live.BAR for bar in bars)
    assert bars[0] == "━" * live.BAR
    assert bars[-1] == " " * (live.BAR - 1) + "━"
