"""The plugin's fixtures, as a user's own test would use them."""

from __future__ import annotations

import pytest

from treadle import project
from treadle.engine import VirtualClock
from treadle.services import error, mock, sequence
from treadle.testing import Run
from treadle.workflow import Workflow

pytest_plugins = ["pytester"]
REPLY = {"Output": {"Message": {"Role": "assistant", "Content": [{"Text": "In the docs."}]}}, "StopReason": "end_turn"}


@pytest.fixture
def summarize() -> Workflow[..., object]:
    return project.find(__file__).workflow("documents.summarize")


def test_a_mock_answers_a_service_call(treadle_run: Run, summarize: Workflow[..., object]) -> None:
    execution = treadle_run(summarize, {"text": "x"}, mocks={"bedrockruntime:converse": REPLY})
    assert execution.output == {"summary": "In the docs."}


def test_retries_are_over_at_once_and_their_calls_can_be_looked_at(
    treadle_run: Run, treadle_clock: VirtualClock, summarize: Workflow[..., object]
) -> None:
    busy = error("BedrockRuntime.ThrottlingException", "slow down")
    script = mock({"bedrockruntime:converse": sequence(busy, busy, REPLY)}, clock=treadle_clock)
    before = treadle_clock.now()
    execution = treadle_run(summarize, {"text": "x"}, mocks=script)
    assert execution.status == "SUCCEEDED", execution.cause
    assert len(script.calls) == 3
    assert treadle_clock.now() > before


def test_what_is_not_mocked_is_answered_by_the_embedded_models(
    treadle_run: Run, summarize: Workflow[..., object]
) -> None:
    execution = treadle_run(summarize, {"text": "Treadle runs workflows. It rained."})
    assert execution.status == "SUCCEEDED"
    assert execution.models


def test_pytest_finds_the_plugin_by_itself(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(treadle_run, treadle_clock):\n    assert callable(treadle_run)\n")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
