"""An agent: a model that may look things up, calculate, and ask a person, for a bounded number of turns."""

from typing import Any, TypedDict

from models import assistant
from tasks.tools import ask, calculate, lookup
from treadle import callback, each, on, workflow
from treadle.language.bedrock import ToolCall, ToolResult

TURNS = 8
TOKENS = 20_000
COST = 0.05
"""US dollars."""
PROMPT = "Reach the goal with the tools. Look up what you do not know, and ask the person only what no document says."


class Outcome(TypedDict):
    """`answer` is None when the agent ran out of turns, tokens or money; `cost` is in US dollars."""

    answer: str | None
    turns: int
    tokens: int
    cost: float


def use(call: ToolCall) -> ToolResult:
    """The answer to one tool call."""
    name = call["name"]
    if name == "lookup":
        question: str = call["input"]["question"]
        content = lookup(question)
    elif name == "calculate":
        expression: str = call["input"]["expression"]
        content = calculate(expression)
    else:
        asked: str = call["input"]["question"]
        content = callback(ask, asked, returns=str, timeout=86400)
    return {"id": call["id"], "content": content}


@workflow(on=[on.post("/chain/agent")])
def act(goal: str) -> Outcome:
    """Let the model work towards a goal with its tools, within a bound on turns, on tokens and on cost."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": goal}]
    tokens, cost = 0, 0.0
    for turn in range(TURNS):
        reply = assistant.converse(messages, system=PROMPT, tools=[lookup, calculate, ask])
        tokens += reply["tokens"]
        cost += reply["cost"]
        if not reply["calls"]:
            return {"answer": reply["text"], "turns": turn + 1, "tokens": tokens, "cost": cost}
        if tokens >= TOKENS or cost >= COST:
            break
        results = each(reply["calls"], use)
        messages = [*messages, reply["message"], {"role": "tools", "results": results}]
    return {"answer": None, "turns": TURNS, "tokens": tokens, "cost": cost}
