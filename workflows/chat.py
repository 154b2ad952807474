"""The support chatbot: what does the person want, then the response that fits."""

from typing import TypedDict

from models import assistant, intents
from treadle import on, workflow

PROMPT = "You are a support assistant. Answer in at most three friendly sentences."


class Intent(TypedDict):
    """One of the classifier's labels, with how sure it is (0 to 1)."""

    label: str
    score: float


class Reply(TypedDict):
    intent: str
    reply: str


@workflow(on=[on.post("/chat/intent")])
def intent(message: str) -> list[Intent]:
    """What a message wants: every intent with its score, best first."""
    ranked: list[Intent] = intents.invoke({"inputs": message})
    return ranked


@workflow(on=[on.post("/chain/chat")])
def respond(message: str) -> Reply:
    """Classify a message and respond to it; a person takes over where a person is asked for."""
    ranked: list[Intent] = intents.invoke({"inputs": message})
    best = ranked[0]
    label = best["label"] if best["score"] >= 0.3 else "question"
    if label == "greeting":
        return {"intent": label, "reply": "Hello! Ask me anything about the documents."}
    if label == "human":
        return {"intent": label, "reply": "A colleague will write to you within the hour."}
    reply = assistant.converse(message, system=f"{PROMPT} The message is a {label}.")
    return {"intent": label, "reply": reply}
