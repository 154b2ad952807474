"""Documents made short: one text from the queue."""

from typing import TypedDict

from models import assistant
from treadle import on, workflow

PROMPT = "Summarize the text in three sentences, in its own language."


class Summary(TypedDict):
    summary: str


@workflow(on=[on.queue("summaries")])
def summarize(text: str) -> Summary:
    """Summarize one text; the answer is kept, and announced as an event."""
    return {"summary": assistant.converse(text, system=PROMPT)}
