"""The support chatbot: what does the person want, then the response that fits."""

from typing import TypedDict

from models import assistant, intents
from treadle import on, workflow

GREETING = "Hello! Ask me anything about the documents."
PROMPT = "You are a support assistant. Answer in at most three friendly sentences."


class Reply(TypedDict):
    intent: str
    reply: str


@workflow(on=[on.post("/chain/chat")])
def respond(message: str) -> Reply:
    """Classify a message and respond to it; a person takes over where a person is asked for."""
    best = intents.invoke({"inputs": message})[0]
    intent = best["label"] if best["score"] >= 0.3 else "question"
    if intent == "greeting":
        return {"intent": intent, "reply": GREETING}
    if intent == "human":
        return {"intent": intent, "reply": "A colleague will write to you within the hour."}
    reply = assistant.converse(message, system=f"{PROMPT} The message is a {intent}.")
    return {"intent": intent, "reply": reply}
