"""What a model's tokens cost."""

from __future__ import annotations

import pytest

from tests.language.harness import agree
from treadle.asl import prices
from treadle.language import bedrock, compile_function, task


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("anthropic.claude-haiku-4-5-20251001-v1:0", (1.0, 5.0)),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", (1.1, 5.5)),
        ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", (3.0, 15.0)),
        ("eu.anthropic.claude-sonnet-4-20250514-v1:0", (3.0, 15.0)),
        ("us.amazon.nova-micro-v1:0", (0.035, 0.14)),
        ("anthropic.claude-3-haiku-20240307-v1:0", (0.25, 1.25)),
        ("arn:aws:bedrock:us-east-1:1:application-inference-profile/x", None),
        ("some.model", None),
    ],
)
def test_a_model_s_price(model: str, expected: tuple[float, float] | None) -> None:
    assert prices.tokens(model) == expected
    assert bedrock.chat(model).prices == expected
    assert bedrock.chat(model, prices=(1, 2.5)).prices == (1, 2.5)


@task
def search(query: str) -> str:
    """Look something up."""
    return query


known = bedrock.chat("some.model", prices=(0.1, 2))
unknown = bedrock.chat("some.model")


def unpriced(text: str) -> str:
    reply = unknown.converse(text, tools=[search])
    try:
        return "free" if reply["cost"] == 0 else "paid"
    except KeyError as error:
        return f"no {error}"


def test_a_reply_of_an_unknown_price_has_no_cost() -> None:
    def priced(text: str) -> float:
        return known.converse(text, tools=[search])["cost"]

    (state,) = (each for each in compile_function(priced).definition["States"].values() if each["Type"] == "Task")
    assert "InputTokens * 0.1 + $states.result.Usage.OutputTokens * 2)" in str(state)
    (state,) = (each for each in compile_function(unpriced).definition["States"].values() if each["Type"] == "Task")
    assert "cost" not in str(state["Assign"])
    answer = {"Output": {"Message": {"Role": "assistant", "Content": [{"Text": "x"}]}}, "StopReason": "end_turn"}
    agree(unpriced, models={"converse": lambda arguments: answer}, text="x")
