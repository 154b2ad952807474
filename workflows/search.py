"""Semantic search over a catalogue: embed a JSONL of any size, then find items by meaning."""

from typing import TypedDict

from models import embedder
from tasks.catalogue import Found, add, begin, finish, nearest
from treadle import distribute, on, workflow

ITEMS = "s3://catalogue/items.jsonl"
"""{"id", "text"} a line. On this machine a bucket is a folder: catalogue/items.jsonl, where the command is run."""


class Filled(TypedDict):
    items: int
    model: str


@workflow(on=[on.event(source="catalogue", detail_type="delivered")])
def fill() -> Filled:
    """Embed every item of the catalogue; begun again after a failure, it goes on from there."""
    begin()
    # allow: TRD004, as a batch gives no more than its number of items
    distribute(ITEMS, add, batch=100, concurrency=2)
    return finish()


@workflow(on=[on.get("/chain/search")])
def query(text: str, k: int = 10) -> list[Found]:
    """The items most like a text, best first."""
    return nearest(embedder.embed(text), k)
