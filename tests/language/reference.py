"""The workflow that the design page shows."""

from __future__ import annotations

from typing import TypedDict

from treadle.language import bedrock, task

assistant = bedrock.chat("us.anthropic.claude-haiku-4-5-20251001-v1:0", max_tokens=512)
embedder = bedrock.embedding("amazon.titan-embed-text-v2:0", dimensions=512)
PROMPT = "Answer from the context."


class Passage(TypedDict):
    text: str
    source: str


class Answer(TypedDict):
    answer: str | None
    sources: list[str]


@task(memory=512, timeout=10)
def search(vector: list[float], k: int = 4) -> list[Passage]:
    return [{"text": f"text {n}", "source": f"file{n}.md"} for n in range(k)] if vector else []


def answer(question: str, k: int = 4) -> Answer:
    """Answer a question from the indexed documents, and name the sources."""
    passages = search(embedder.embed(question), k)
    if not passages:
        return {"answer": None, "sources": []}
    context = "\n\n".join(p["text"] for p in passages)
    reply = assistant.converse(f"{context}\n\nQuestion: {question}", system=PROMPT)
    return {"answer": reply, "sources": [p["source"] for p in passages]}
