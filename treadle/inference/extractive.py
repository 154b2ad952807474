"""Chat without a language model: quotes the sentences of the given passages that answer the question.

It writes nothing of its own, names the sources, and says so. A sentence's worth is how near its meaning is to that of
the question (embeddings), how many of the question's rarer words it holds, and how near its passage is. When nothing
comes near, it says that.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from treadle.inference import minilm
from treadle.inference.chat import estimate, invalid, reply, text_of, tools_of
from treadle.inference.prompts import Passage, Prompt, parse

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float32]]

JSON = Any
NAME = "extractive quotes (embedded)"
NOTE = "(Extractive answer: quoted word for word from the given passages, not written by a language model.)"
NOTHING = "The given passages do not answer this."
NO_PASSAGES = (
    "No passages were given with this message, and the embedded answerer can only quote. For a written answer set "
    "OPENAI_BASE_URL (Ollama, vLLM, LM Studio), TREADLE_GGUF (a GGUF file) or choose the models of AWS."
)
NO_TOOLS = (
    "the embedded answerer cannot choose tools: set OPENAI_BASE_URL (Ollama, vLLM, LM Studio), TREADLE_GGUF"
    " (a GGUF file) or choose the models of AWS"
)
_MOST, _READ = 48, 320
"""How many sentences are compared with the question by meaning, and how many characters of each."""
_MANY = 300
"""How many sentences of a text that is to be summarized are looked at."""
_QUOTES = 3
_LONG = 450
"""Characters above which a sentence is rather a table or a listing, and worth less the longer it is."""
_NEAR, _WORDED, _UNKNOWN = 0.34, 0.6, 0.13
"""The least cosine of a quote to the question; half of it is enough where the sentence holds this part of its words,
and more is needed in so far as the passages do not know the question's words at all."""
_CODE = re.compile(r"(?:from|import|def|class|return|export|pip|sudo|SELECT|#include|\$|>>>|@\w)[ (]|@\w+\(")
_STOP = frozenset(
    re.findall(
        r"\w+",
        """
        a about all also am an and any are as at be been but by can could did do does for from get give had has have
        how i if in into is it its just me my no not of on or our please should so some tell than that the their
        them then there these they this to was we were what when where which who whom whose why will with would you
        your
        """,
    )
)


@dataclass(frozen=True)
class Extractive:
    """The embedded answerer, as a chat model."""

    name: str = field(default=NAME, init=False)

    async def converse(self, arguments: Mapping[str, JSON]) -> dict[str, JSON]:
        """Raises ServiceError ValidationException where the request brings tools: it cannot choose one."""
        if any(tools_of(arguments)):
            raise invalid(NO_TOOLS)
        last = next(message for message in reversed(arguments["Messages"]) if message["Role"] == "user")
        system = text_of(arguments.get("System"))
        text = await asyncio.to_thread(answer, parse(text_of(last["Content"]), system))
        return reply([{"Text": text}], "end_turn", (estimate(system + text_of(last["Content"])), estimate(text)))


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    passage: int
    place: int


def answer(prompt: Prompt) -> str:
    """The quotes, each with its source, and the note that they are quotes."""
    if not prompt.passages:
        return f"{NO_PASSAGES}\n\n{NOTE}"
    sentences = _sentences(prompt.passages)
    if prompt.question:
        sentences = _shortlist(sentences, prompt.question)
        chosen = _relevant(prompt.question, prompt.passages, sentences)
    else:
        chosen = _central(sentences[:_MANY])
    if not chosen:
        return f"{NOTHING}\n\n{NOTE}"
    return f"{_quoted(prompt.passages, sentences, chosen)}\n\n{NOTE}"


def _sentences(passages: Sequence[Passage]) -> list[Sentence]:
    """Every sentence once: passages cut from one text overlap."""
    seen: set[str] = set()
    found: list[Sentence] = []
    for number, passage in enumerate(passages):
        for place, text in enumerate(passage.sentences):
            key = " ".join(text.lower().split())
            if key not in seen and re.search(r"\w", text) and not text.startswith("#"):
                seen.add(key)
                found.append(Sentence(text, number, place))
    return found


def _shortlist(sentences: list[Sentence], question: str) -> list[Sentence]:
    """At most `_MOST` sentences, those which share most words with the question; the order stays."""
    if len(sentences) <= _MOST:
        return sentences
    shares = _shares(question, sentences)
    best = sorted(range(len(sentences)), key=lambda index: -shares[index])[:_MOST]
    return [sentences[index] for index in sorted(best)]


def _relevant(question: str, passages: Sequence[Passage], sentences: list[Sentence]) -> list[int]:
    """Indices of the sentences to quote, best first; none where nothing comes near the question."""
    import numpy as np

    vectors = minilm.model().embed([question, *(_in_context(passages, each) for each in sentences)])
    near = vectors[1:] @ vectors[0]
    shares = np.array(_shares(question, sentences))
    own = np.array([each.passage for each in sentences])
    of_passage = np.array([near[own == number].max(initial=-1) for number in range(len(passages))])[own]
    substance = np.array([_substance(each.text) for each in sentences])
    questions = np.array([each.text.rstrip().endswith("?") for each in sentences])
    scores = (0.6 * near + 0.3 * shares + 0.1 * of_passage) * substance - 0.3 * questions
    enough = _NEAR + _UNKNOWN * _unknown(question, passages)
    fits = (near >= enough) | ((shares >= _WORDED) & (near >= enough / 2))
    order = [int(index) for index in np.argsort(-scores, kind="stable") if fits[index]]
    chosen: list[int] = []
    for index in order:
        if len(chosen) == _QUOTES or scores[index] < 0.72 * scores[order[0]]:
            break
        if all(float(vectors[1 + index] @ vectors[1 + other]) < 0.92 for other in chosen):
            chosen.append(index)
    return chosen


def _substance(text: str) -> float:
    """From 0 to 1, how much of a statement a text is: a fragment, a line of code or a listing is less of one."""
    marks = len(re.findall(r"[=(){}\[\];|<>_$\"\\]", text)) / len(text)
    return min(1.0, len(_words(text)) / 5, _LONG / len(text)) * (0.65 if marks > 0.07 or _CODE.match(text) else 1.0)


def _unknown(question: str, passages: Sequence[Passage]) -> float:
    """The part of the question's words that no passage holds."""
    asked = set(_words(question))
    held = {word for passage in passages for text in (*passage.sentences, passage.source) for word in _words(text)}
    return len(asked - held) / len(asked) if asked else 0.0


def _central(sentences: list[Sentence]) -> list[int]:
    """For a summary: the sentences nearest to the middle of all, and not too near to each other."""
    if not sentences:
        return []
    import numpy as np

    vectors = minilm.model().embed([each.text[:_READ] for each in sentences])
    weights = np.array([min(1.0, len(_words(each.text)) / 6) for each in sentences], np.float32)
    middle = (vectors * weights[:, None]).mean(axis=0)
    scores = vectors @ (middle / np.linalg.norm(middle)) * weights
    chosen: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        if len(chosen) < _QUOTES and all(float(vectors[index] @ vectors[other]) < 0.75 for other in chosen):
            chosen.append(int(index))
    return chosen


def _quoted(passages: Sequence[Passage], sentences: list[Sentence], chosen: list[int]) -> str:
    """Grouped by passage in order of the best; in a passage, in order of the text, with what a sentence leans on."""
    by_passage: dict[int, set[int]] = {}
    for index in chosen:
        sentence = sentences[index]
        places = by_passage.setdefault(sentence.passage, set())
        places |= _leaning(passages[sentence.passage].sentences, sentence.place)
    lines = []
    for number, places in by_passage.items():
        passage = passages[number]
        text = ""
        for place in sorted(places):
            joint = "" if not text else (" " if place - 1 in places else " … ")
            text += joint + " ".join(passage.sentences[place].split())
        lines.append(f'"{text}"' + (f" [{passage.source}]" if passage.source else ""))
    return "\n\n".join(lines)


def _leaning(sentences: Sequence[str], place: int) -> set[int]:
    """A sentence that begins with "This" or "It" needs the one before; one that ends with a colon, the one after."""
    places = {place}
    if place and re.match(
        r"(it|this|these|those|they|that|he|she|however|but|then|otherwise)\b", sentences[place], re.I
    ):
        places.add(place - 1)
    if sentences[place].rstrip().endswith(":") and place + 1 < len(sentences):
        places.add(place + 1)
    return places


def _in_context(passages: Sequence[Passage], sentence: Sentence) -> str:
    """A sentence with the title its source names: "Set the region." means more under "Publishing"."""
    title = passages[sentence.passage].title
    return f"{title}: {sentence.text}"[:_READ] if title else sentence.text[:_READ]


def _shares(question: str, sentences: Sequence[Sentence]) -> list[float]:
    """For every sentence the part of the question's words it holds, each weighed by how rare it is in the sentences."""
    asked = set(_words(question))
    bags = [set(_words(each.text)) for each in sentences]
    counts = Counter(word for bag in bags for word in bag)
    # A word with a digit in it is a code or a version: nobody asks for one in passing.
    weights = {w: math.log(1 + len(bags) / (1 + counts[w])) * (2 if any(map(str.isdigit, w)) else 1) for w in asked}
    total = sum(weights.values()) or 1.0
    return [sum(weights[word] for word in asked & bag) / total for bag in bags]


def _words(text: str) -> list[str]:
    """The words that carry meaning, their commonest English endings taken off."""
    return [_stem(word) for word in re.findall(r"\w+", text.lower()) if word not in _STOP]


def _stem(word: str) -> str:
    for ending in ("ations", "ation", "ings", "ing", "ies", "ied", "ers", "er", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
