"""Passages found by likeness to a question."""

from __future__ import annotations

from typing import TypedDict

from tasks import places
from treadle import InputError, task
from treadle.stores import vectors

LEAST = 0.1
"""Likeness below which a passage has nothing to do with the question."""


class Passage(TypedDict):
    """`source` names file and page or heading; `score` is the likeness to the question, at most 1."""

    text: str
    source: str
    score: float


@task(memory=512, timeout=10)
def search(vector: list[float], k: int = 4) -> list[Passage]:
    """The `k` passages most like a vector, best first.

    Raises:
        InputError: nothing is indexed yet, or the index was made with another model.
    """
    home = places.index()
    if not (home / vectors.CURRENT).exists():
        raise InputError("nothing is indexed yet: run `treadle run rag.index --set source=PATH` first")
    index = vectors.open(home, model=places.embeddings().name)
    return [
        {
            "text": hit.passage["text"],
            "source": ", ".join(part for part in (hit.passage["file"], hit.passage["place"]) if part),
            "score": round(hit.score, 4),
        }
        for hit in index.search(vector, k)
        if hit.score >= LEAST
    ]
