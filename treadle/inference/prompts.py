"""Finding the question and the passages in an ordinary prompt, as people write them for a language model.

Known: a last part "Question: …", tags (<question>, <context>, <document>), a last paragraph that asks; and passages
that begin with their source in brackets, "Source: …", or stand in <document source="…"> tags.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_QUESTION = re.compile(
    r"^[ \t>*#]*(?:user(?:'s)? |the )?(?:question|query|q|frage)[*]*[ \t]*:[*]*[ \t]*(.*)", re.IGNORECASE | re.MULTILINE
)
_TAG = re.compile(r"<(question|query)>\s*(.*?)\s*</\1>", re.IGNORECASE | re.DOTALL)
_LABEL = re.compile(
    r"^[ \t*#]*(?:context|passages|documents|sources|excerpts|text|answer|summary)[*]*[ \t]*:?[ \t]*$", re.I | re.M
)
_SUMMARY = re.compile(r"\b(?:summar(?:y|i[sz]e|i[sz]ing)|tl;?dr|key points|main points|outline)\b", re.IGNORECASE)
_DOCUMENT = re.compile(r"<(document|passage|source|doc)\b([^>]*)>\s*(.*?)\s*</\1>", re.IGNORECASE | re.DOTALL)
_ATTRIBUTE = re.compile(r"(?:source|name|title|id|index|href)\s*=\s*[\"']([^\"']+)[\"']", re.IGNORECASE)
_HEADER = re.compile(r"(?:\A|(?<=\n\n))\[([^\[\]\n]{1,300})\][ \t]*:?[ \t]*(?:\n|(?=\S))")
_SOURCE = re.compile(r"(?:\A|(?<=\n))[ \t]*(?:source|document|file)[ \t]*:[ \t]*([^\n]{1,300})\n", re.IGNORECASE)
_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+(?=[\"'“‘(\[*`_]*[A-Z0-9À-ÖØ-Þ`])|(?<=[。！？])")
_SHORT = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|cf|vs|dr|mr|mrs|ms|prof|st|no|fig|eq|approx|resp)\.|\b[A-Za-z]\.)$", re.IGNORECASE
)
_ITEM = re.compile(r"^\s*(?:[-*•·]|\d{1,3}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Passage:
    """`source` is as the prompt gives it, "" if it names none; `title` is its last part, a heading perhaps."""

    source: str
    sentences: tuple[str, ...]

    @property
    def title(self) -> str:
        parts = re.split(r"\s*[#§›>|:]\s*|,\s+", self.source)
        title = parts[-1].strip() if len(parts) > 1 else ""
        return title if re.search(r"[^\W\d]{3}", title) and not re.match(r"p(age|\.)", title, re.I) else ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """`question` is "" where a summary is asked for."""

    question: str
    passages: tuple[Passage, ...]


def parse(text: str, system: str = "") -> Prompt:
    """The question and the passages of a user's message; passages may also stand in the system prompt's tags."""
    text = text.replace("\r\n", "\n").strip()
    question, context = _asked(text)
    if not context and _DOCUMENT.search(system):
        context = system
    if question and context and _SUMMARY.search(question) and not question.endswith("?"):
        question = ""
    elif not question and not (_SUMMARY.search(text[:400]) or _SUMMARY.search(system)):
        question, context = text, ""
    return Prompt(question, tuple(_passages(context)))


def _asked(text: str) -> tuple[str, str]:
    """(question, the rest). No question: ("", the whole text); a question alone: (it, "")."""
    if tags := list(_TAG.finditer(text)):
        tag = tags[-1]
        return tag.group(2), _bare(text[: tag.start()] + text[tag.end() :])
    if marks := list(_QUESTION.finditer(text)):
        return _marked(text, marks[-1])
    paragraphs = re.split(r"\n\s*\n", text)
    for place in (-1, 0):
        if len(paragraphs) > 1 and (paragraphs[place].rstrip().endswith("?") or _instructs(paragraphs[place])):
            rest = paragraphs[:-1] if place else paragraphs[1:]
            return paragraphs[place].strip(), _bare("\n\n".join(rest))
    return "", _bare(text)


def _marked(text: str, mark: re.Match[str]) -> tuple[str, str]:
    """After "Question:" comes the question, to the end of its paragraph; a bare "Answer:" may follow."""
    before, after = text[: mark.start()], text[mark.start(1) :]
    parts = re.split(r"\n\s*\n", after.strip(), maxsplit=1)
    question = _LABEL.sub("", parts[0]).strip()
    return question, _bare(f"{before}\n\n{parts[1] if len(parts) > 1 else ''}")


def _instructs(paragraph: str) -> bool:
    return len(paragraph) < 300 and bool(_SUMMARY.search(paragraph))


def _bare(text: str) -> str:
    """Without the labels and tags that only frame the context."""
    return _LABEL.sub("", re.sub(r"</?(?:context|documents|passages|sources)>", "", text, flags=re.I)).strip()


def _passages(context: str) -> list[Passage]:
    tagged = list(_DOCUMENT.finditer(context))
    if tagged:
        named = [(_ATTRIBUTE.search(match.group(2)), match.group(3)) for match in tagged]
        return [_passage(name.group(1) if name else "", text) for name, text in named if text]
    for pattern in (_HEADER, _SOURCE):
        heads = list(pattern.finditer(context))
        if heads:
            ends = [head.start() for head in heads[1:]] + [len(context)]
            cut = [(head.group(1).strip(), context[head.end() : end]) for head, end in zip(heads, ends, strict=True)]
            return [_passage(source, text) for source, text in cut if text.strip()]
    return [_passage("", context)] if context else []


def _passage(source: str, text: str) -> Passage:
    return Passage(source, tuple(split(text)))


def split(text: str) -> list[str]:
    """The sentences of a text; an item of a list and a line of code count as one each."""
    found: list[str] = []
    for paragraph in re.split(r"\n\s*\n", re.sub(r"^[ \t]*```.*\n?", "\n", text, flags=re.M).strip()):
        found.extend(sentence for unit in _units(paragraph) for sentence in _cut(unit))
    return found


def _units(paragraph: str) -> list[str]:
    """A paragraph's lines joined, except where a line is an item, a heading or indented as code."""
    units: list[str] = []
    for line in paragraph.split("\n"):
        alone = bool(_ITEM.match(line)) or line.startswith(("    ", "\t", "#", "|", "```"))
        if units and not alone and not units[-1].startswith(("    ", "\t", "#", "|", "```")):
            units[-1] += f" {line.strip()}"
        elif line.strip():
            units.append(line)
    return units


def _cut(unit: str) -> list[str]:
    if unit.startswith(("    ", "\t", "|", "```")):
        return [unit.strip()]
    found, start = [], 0
    for match in _END.finditer(unit):
        before = unit[start : match.start()]
        if _SHORT.search(before) or _ITEM.fullmatch(f"{before.strip()} "):
            continue
        found.append(unit[start : match.end()].strip())
        start = match.end()
    found.append(unit[start:].strip())
    return [sentence for sentence in found if sentence]
