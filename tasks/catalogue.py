"""An index of items, filled from millions of lines: batches in any order, each kept once, replaced at the end.

What is being filled is noted beside the index, since the children of a Distributed Map know nothing but their items.
A batch is named by its content: filling that begins again finds the batches that are there and embeds only the others.
"""

from __future__ import annotations

import json
import os
from hashlib import blake2b
from pathlib import Path
from typing import TypedDict

from tasks import places
from treadle import InputError, task
from treadle.stores import vectors

PENDING = "PENDING"


class Item(TypedDict):
    id: str
    text: str


class Found(TypedDict):
    """`score` is the likeness to what was asked, at most 1."""

    id: str
    text: str
    score: float


class Finished(TypedDict):
    items: int
    model: str


@task(memory=512, timeout=60)
def begin() -> None:
    """Begin to fill, or go on with what a failed run with the same model left."""
    model, home = places.embeddings(), places.catalogue()
    pending = _pending(home)
    staging = pending.get("staging", "")
    if pending.get("model") != model.name or not Path(staging).is_dir():
        staging = vectors.stage(home, model=model.name, dimension=model.dimension)
    note = home / f".{PENDING}"
    note.write_text(json.dumps({"model": model.name, "staging": staging}), "utf-8")
    os.replace(note, home / PENDING)


@task(memory=2048, timeout=900)
def add(items: list[Item]) -> int:
    """Embed a batch, unless it is there already; gives the number of items."""
    staging = _pending(places.catalogue()).get("staging")
    if staging is None:
        raise InputError("nothing is being filled: begin with `treadle run search.fill`")
    rows = [{"id": str(item["id"]), "text": item["text"]} for item in items]
    name = blake2b(json.dumps(rows).encode(), digest_size=16).hexdigest()
    try:
        # Touched, so that `finish` knows that it belongs to this run.
        os.utime(Path(staging, f"{name}.part"))
    except FileNotFoundError:
        vectors.write(staging, name, places.embeddings().embed([row["text"] for row in rows]), rows)
    return len(rows)


@task(memory=2048, timeout=900)
def finish() -> Finished:
    """Put what was filled in the place of the old index."""
    home = places.catalogue()
    staging = _pending(home).get("staging")
    if staging is None:
        raise InputError("nothing is being filled: begin with `treadle run search.fill`")
    begun = (home / PENDING).stat().st_mtime_ns
    for part in Path(staging).glob("*.part"):
        # Of an earlier run, whose items have changed since.
        if part.stat().st_mtime_ns < begun:
            part.unlink()
    index = vectors.commit(staging)
    (home / PENDING).unlink()
    return {"items": len(index), "model": index.model}


@task(memory=512, timeout=10)
def nearest(vector: list[float], k: int = 10) -> list[Found]:
    """The `k` items most like a vector, best first."""
    home = places.catalogue()
    if not (home / vectors.CURRENT).exists():
        raise InputError("the catalogue is empty: fill it with `treadle run search.fill`")
    index = vectors.open(home, model=places.embeddings().name)
    hits = index.search(vector, k)
    return [{"id": hit.passage["id"], "text": hit.passage["text"], "score": round(hit.score, 4)} for hit in hits]


def _pending(home: Path) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((home / PENDING).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return found
