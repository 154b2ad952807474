"""Summary and mood side by side, merged and kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks import places
from tests.app.conftest import scripted
from treadle.inference.scripted import Scripted
from workflows import triage


@pytest.mark.parametrize(
    ("text", "mood", "urgent"),
    [
        ("It broke again, this is the third time. I am furious and want my money back!", "angry", True),
        ("Thank you so much, this is wonderful!", "happy", False),
        ("Please send me the invoice for May.", "neutral", False),
    ],
)
def test_triage(text: str, mood: str, urgent: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREADLE_RESULTS", str(tmp_path / "results.sqlite"))
    script = Scripted(["In short."])
    execution = triage.triage.execute({"text": text}, service=scripted(triage.triage, script))
    case = execution.output
    assert case == {"id": case["id"], "summary": "In short.", "mood": mood, "urgent": urgent}
    kept = places.results().get("triage", case["id"])
    assert kept == case | {"workflow": "triage", "text": text}
    assert script.requests[0]["System"][0]["Text"] == triage.PROMPT


def test_both_branches_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREADLE_RESULTS", str(tmp_path / "results.sqlite"))
    execution = triage.triage.execute({"text": "Hello."}, service=scripted(triage.triage, Scripted(["Hi."])))
    types = [event["type"] for event in execution.history()]
    assert "ParallelStateStarted" in types
    assert {state for state, _ in execution.models} == {"assistant.converse", "moods.invoke"}
