"""The agent with a scripted model: its tools, a person's answer, and its bounds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tasks.tools import calculate
from tests.app.conftest import Words, scripted
from tests.app.test_indexing import index, library
from treadle.engine import send_task_success
from treadle.inference import call
from treadle.inference.chat import reply
from treadle.inference.scripted import Scripted
from workflows import agent


def tool_results(request: Any) -> list[str]:
    return [each["ToolResult"]["Content"][0]["Text"] for each in request["Messages"][-1]["Content"]]


def test_it_looks_up_calculates_and_answers(tmp_path: Path, words: Words) -> None:
    index(library(tmp_path / "library"))
    script = Scripted([call("lookup", {"question": "foot"}), call("calculate", {"expression": "2 * (3 + 4)"}), "Done."])
    execution = agent.act.execute({"goal": "Find it out"}, service=scripted(agent.act, script))
    assert execution.output["answer"] == "Done."
    assert execution.output["turns"] == 3
    assert "[library/manual/loom.md, Loom > Treadle]\nThe foot drives it." in tool_results(script.requests[1])[0]
    assert tool_results(script.requests[2]) == ["14"]
    tools = script.requests[0]["ToolConfig"]["Tools"]
    assert [each["ToolSpec"]["Name"] for each in tools] == ["lookup", "calculate", "ask"]
    assert list(tools[2]["ToolSpec"]["InputSchema"]["Json"]["properties"]) == ["question"]


def test_it_asks_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def person(arguments: dict[str, Any]) -> None:
        asked.append(arguments["Payload"]["question"])
        send_task_success(arguments["Payload"]["token"], "Tuesday")

    script = Scripted([call("ask", {"question": "Which day?"}), "Tuesday it is."])
    service = scripted(agent.act, script, **{"treadle-ask": person})
    execution = agent.act.execute({"goal": "Find a day"}, service=service)
    assert execution.output["answer"] == "Tuesday it is."
    assert asked == ["Which day?"]
    assert tool_results(script.requests[1]) == ["Tuesday"]


def test_it_stops_after_its_turns() -> None:
    script = Scripted(lambda request: call("calculate", {"expression": "1 + 1"}))
    execution = agent.act.execute({"goal": "Go on for ever"}, service=scripted(agent.act, script))
    assert execution.output == {"answer": None, "turns": agent.TURNS, "tokens": 0, "cost": 0}
    assert len(script.requests) == agent.TURNS


@pytest.mark.parametrize(("tokens", "turns"), [((100, 4000), 3), ((1000, 10), 8), ((9000, 10), 3)])
def test_it_stops_when_it_has_spent_its_tokens_or_money(tokens: tuple[int, int], turns: int) -> None:
    """4,000 tokens out cost 2.2 cents of Claude Haiku 4.5 in the US profile, so the third turn passes 5 cents."""

    def line(request: Any) -> Any:
        asked = call("calculate", {"expression": "1 + 1"})
        tool = {"ToolUse": asked["ToolUse"] | {"ToolUseId": f"c{len(script.requests)}"}}
        return reply([tool], "tool_use", tokens)

    script = Scripted(line)
    execution = agent.act.execute({"goal": "Go on for ever"}, service=scripted(agent.act, script))
    assert len(script.requests) == turns
    assert execution.output["answer"] is None
    assert execution.output["tokens"] == turns * sum(tokens)
    assert execution.output["cost"] == pytest.approx(turns * (tokens[0] * 1.1 + tokens[1] * 5.5) / 1e6)


def test_the_embedded_answerer_says_which_model_it_needs() -> None:
    execution = agent.act.execute({"goal": "Anything"}, models="embedded")
    assert execution.status == "FAILED"
    assert "cannot choose tools: set OPENAI_BASE_URL" in str(execution.cause)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2 + 3 * 4", "14"),
        ("-(7 // 2) % 3", "0"),
        ("1 / 4", "0.25"),
        ("1 / 0", "cannot be calculated: division by zero"),
        ("2 ** 9999999", "cannot be calculated: only numbers, + - * / // % and parentheses"),
        ("__import__('os')", "cannot be calculated: only numbers, + - * / // % and parentheses"),
        ("2 +", "cannot be calculated: invalid syntax"),
        ("True + 1", "cannot be calculated: only numbers, + - * / // % and parentheses"),
    ],
)
def test_calculate(expression: str, value: str) -> None:
    assert calculate(expression).startswith(value)


def test_calculate_nested_too_deeply() -> None:
    assert calculate("(" * 500 + "1" + ")" * 500).startswith("cannot be calculated")
