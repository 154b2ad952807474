"""Documents made short: one text from the queue, or a whole document section by section."""

from typing import TypedDict

from models import assistant
from tasks.parts import Part, part, parts
from treadle import each, on, workflow

SUMMARY = "Summarize the text in three sentences, in its own language."
WHOLE = "Summarize the document in one paragraph from the summaries of its sections."


class Summary(TypedDict):
    summary: str


class Section(TypedDict):
    """A section of a document: its page or heading, and what it says in short."""

    place: str
    summary: str


class Digest(TypedDict):
    summary: str
    sections: list[Section]


def shortened(section: Part) -> Section:
    text = part(section["text"])
    return {"place": section["place"], "summary": assistant.converse(text, system=SUMMARY)}


@workflow(on=[on.queue("summaries")])
def summarize(text: str) -> Summary:
    """Summarize one text; the answer is kept, and announced as an event."""
    return {"summary": assistant.converse(text, system=SUMMARY)}


@workflow(on=[on.event(source="documents", detail_type="uploaded")])
def digest(source: str) -> Digest:
    """Summarize every section of a document, then the document from these summaries."""
    sections = each(parts(source), shortened, concurrency=4)  # allow: TRD012, as there are 100 parts at most
    text = "\n\n".join(f"[{s['place']}]\n{s['summary']}" for s in sections)
    return {"summary": assistant.converse(text, system=WHOLE), "sections": sections}
