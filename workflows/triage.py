"""What comes in, sorted: summary and mood side by side, merged and kept."""

from typing import TypedDict

from models import assistant, moods
from tasks.records import keep
from treadle import on, parallel, workflow

PROMPT = "Summarize the message in one sentence."


class Mood(TypedDict):
    label: str
    score: float


class Case(TypedDict):
    """`urgent` says that a person should look at it first. `id` is where the case is kept."""

    id: str
    summary: str
    mood: str
    urgent: bool


def mood_of(text: str) -> Mood:
    ranked: list[Mood] = moods.invoke({"inputs": text})
    return ranked[0]


@workflow(on=[on.post("/chain/triage"), on.event(source="mailbox", detail_type="message")])
def triage(text: str) -> Case:
    """Summarize a message and find its mood at the same time; keep both."""
    summary, mood = parallel(lambda: assistant.converse(text, system=PROMPT), lambda: mood_of(text))
    urgent = mood["label"] == "angry" and mood["score"] >= 0.4
    id = keep({"text": text, "summary": summary, "mood": mood["label"], "urgent": urgent})
    return {"id": id, "summary": summary, "mood": mood["label"], "urgent": urgent}
