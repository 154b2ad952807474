"""The chatbot: the intent by the endpoint's stand-in, the response by a scripted model."""

from __future__ import annotations

import pytest

from tests.app.conftest import scripted
from treadle.inference.scripted import Scripted
from workflows import chat


@pytest.mark.parametrize(
    ("message", "label"),
    [
        ("Good evening to you", "greeting"),
        ("Where do I find the price list?", "question"),
        ("The app crashes when I open it", "problem"),
        ("Let me talk to a real person", "human"),
    ],
)
def test_intents(message: str, label: str) -> None:
    ranked = chat.intent.run(message=message)
    assert ranked[0]["label"] == label
    assert [each["score"] for each in ranked] == sorted((each["score"] for each in ranked), reverse=True)
    assert chat.intent(message) == ranked


def test_a_greeting_and_a_wish_for_a_person_ask_no_model() -> None:
    script = Scripted([])
    for message, reply in (("Hello", "Hello! Ask me"), ("I want to talk to a person", "A colleague will write")):
        execution = chat.respond.execute({"message": message}, service=scripted(chat.respond, script))
        assert execution.output["reply"].startswith(reply)
    assert script.requests == []


def test_anything_else_is_answered_by_the_model_which_is_told_the_intent() -> None:
    script = Scripted(["Restart it."])
    given = {"message": "The program crashes all the time"}
    execution = chat.respond.execute(given, service=scripted(chat.respond, script))
    assert execution.output == {"intent": "problem", "reply": "Restart it."}
    assert script.requests[0]["System"][0]["Text"].endswith("The message is a problem.")


def test_an_unclear_message_is_a_question() -> None:
    mocks = {"intents.invoke": {"Body": '[{"label": "greeting", "score": 0.1}]'}}
    service = scripted(chat.respond, Scripted(["Perhaps."]), **mocks)
    assert chat.respond.execute({"message": "hm"}, service=service).output == {
        "intent": "question",
        "reply": "Perhaps.",
    }
