"""Questions answered from documents: `index` reads them, `answer` finds the passages and answers from them."""

from typing import TypedDict

from models import assistant, embedder
from tasks.indexing import Indexed, commit, embed, read
from tasks.retrieval import search
from treadle import each, on, workflow

PROMPT = (
    "Answer the question from the passages, and from nothing else. Each passage starts with its source in brackets. "
    "If they do not hold the answer, say that the documents do not say."
)


class Answer(TypedDict):
    """`answer` is None when no passage comes near the question; `sources` are what it rests on, best first."""

    answer: str | None
    sources: list[str]


@workflow(on=[on.event(source="documents", detail_type="changed")])
def index(source: str) -> Indexed:
    """Read a file or a folder, embed its passages, and put the new index in the place of the old one."""
    work = read(source)
    if work["indexed"] is not None:  # state: unchanged?
        return work["indexed"]
    each(work["batches"], lambda batch: embed(batch, work["staging"]), concurrency=2)
    return commit(work["staging"])


@workflow(on=[on.post("/chain/ask")])
def answer(question: str, k: int = 4) -> Answer:
    """Answer a question from the indexed documents, and name the sources."""
    passages = search(embedder.embed(question), k)
    if not passages:
        return {"answer": None, "sources": []}
    context = "\n\n".join(f"[{p['source']}]\n{p['text']}" for p in passages)
    reply = assistant.converse(f"{context}\n\nQuestion: {question}", system=PROMPT)
    return {"answer": reply, "sources": list(dict.fromkeys(p["source"] for p in passages))}
