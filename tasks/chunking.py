"""Sections in, passages out: whole sentences, as many as an embedding model reads at once, each with its place.

The embedding model reads 256 word pieces and forgets the rest; 900 characters of English stay within that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tasks.extraction import Section

SIZE = 900
"""Characters of a passage at most."""
OVERLAP = 150
"""Characters of whole sentences that a passage repeats from the one before, at most."""

_ABBREVIATIONS = (
    "e.g.",
    "i.e.",
    "etc.",
    "cf.",
    "vs.",
    "dr.",
    "mr.",
    "mrs.",
    "ms.",
    "prof.",
    "st.",
    "no.",
    "fig.",
    "eq.",
)
_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+(?=[\"'“‘(\[]*[A-Z0-9À-ÖØ-Þ`])|(?<=[。！？])")

Unit = tuple[str, str]
"""A sentence or a line of code, and what joins it to the one before: " ", "\\n" or "\\n\\n"."""


def passages(sections: Iterable[Section]) -> Iterator[Section]:
    """Passages of `SIZE` characters at most that hold a word, in order; each section starts a new one."""
    tail = ""
    for section in sections:
        units = list(_units(section.text))
        if section.flows and tail and units:
            units[0] = (f"{tail} {units[0][0]}", "") if len(tail) + len(units[0][0]) < SIZE else units[0]
        tail = _unfinished(units)
        for text in _packed(units):
            if re.search(r"[^\W\d_]{2}", text):
                yield Section(text, section.place)


def sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph. A full stop after an abbreviation or an initial does not end one."""
    found: list[str] = []
    start = 0
    for match in _END.finditer(paragraph):
        before = paragraph[start : match.end()].strip()
        last = before.rsplit(maxsplit=1)[-1].lower().lstrip("(\"'") if before else ""
        if last in _ABBREVIATIONS or re.fullmatch(r"[a-z]\.", last):
            continue
        found.append(before)
        start = match.end()
    found.append(paragraph[start:].strip())
    return [sentence for sentence in found if sentence]


def _units(text: str) -> Iterator[Unit]:
    for paragraph in text.split("\n\n"):
        code = "\n" in paragraph
        pieces = paragraph.split("\n") if code else sentences(paragraph)
        joint = "\n\n"
        for piece in pieces:
            for part in _fitting(piece):
                yield part, joint
                joint = "\n" if code else " "


def _fitting(piece: str) -> Iterator[str]:
    """A sentence that is longer than a passage is cut between words, or anywhere when it has none."""
    while len(piece) > SIZE:
        cut = piece.rfind(" ", SIZE // 2, SIZE)
        cut = cut if cut > 0 else SIZE
        yield piece[:cut].rstrip()
        piece = piece[cut:].lstrip()
    if piece.strip():
        yield piece


def _packed(units: list[Unit]) -> Iterator[str]:
    held: list[Unit] = []
    length = 0
    for unit in units:
        added = len(unit[0]) + len(unit[1])
        if held and length + added > SIZE:
            yield _joined(held)
            held = _repeated(held, SIZE - added)
            length = sum(len(text) + len(joint) for text, joint in held)
        held.append(unit)
        length += added
    if held:
        yield _joined(held)


def _repeated(units: list[Unit], room: int) -> list[Unit]:
    """The last sentences of a passage, as far as they fit into the overlap and beside what comes next."""
    length = 0
    for at in range(len(units) - 1, 0, -1):
        length += len(units[at][0]) + len(units[at][1])
        if length > min(OVERLAP, room):
            return units[at + 1 :]
    return units[1:]


def _joined(units: list[Unit]) -> str:
    return "".join(joint * (at > 0) + text for at, (text, joint) in enumerate(units))


def _unfinished(units: list[Unit]) -> str:
    """The sentence that the next page goes on with, if this one stops in its middle."""
    if not units:
        return ""
    last, joint = units[-1]
    ended = re.search(r"[.!?:。！？][\"'”’)\]]*$", last)
    return "" if ended or joint == "\n" else last
