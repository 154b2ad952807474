"""A document in parts, each small enough for a model to read and for Step Functions to carry."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

from tasks.extraction import sections
from treadle import InputError, Large, task

SIZE = 12_000
"""Characters of a part at most: a few pages."""
MOST = 100
"""Parts of a document at most; their summaries travel in one payload."""


class Part(TypedDict):
    """`place` are the pages or headings it spans. All parts together are larger than what goes from state to state."""

    place: str
    text: Large[str]


@task(memory=1024, timeout=300)
def parts(source: str) -> list[Part]:
    """Cut one document into parts, at its pages or headings as far as they fit.

    Raises:
        InputError: there is no such document, it cannot be read, or it is too long to be summarized in one go.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        raise InputError(f"{source} is a folder; give one document: --set source=FILE")
    groups: list[list[tuple[str, str]]] = [[]]
    for section in sections(path):
        for start in range(0, len(section.text), SIZE):
            text = section.text[start : start + SIZE]
            if groups[-1] and sum(len(each) for _, each in groups[-1]) + len(text) > SIZE:
                groups.append([])
            groups[-1].append((section.place, text))
    if len(groups) > MOST:
        raise InputError(f"{source}: {len(groups)} parts of {SIZE:,} characters; {MOST} can be summarized: split it")
    found: list[Part] = []
    for group in groups:
        first, last = group[0][0], group[-1][0]
        place = first if first == last else f"{first} to {last}"
        found.append({"place": place, "text": "\n\n".join(text for _, text in group)})
    return found


@task
def part(text: str) -> str:
    """The text of one part, itself: a model is given its prompt, not a reference to it."""
    return text
