"""A text classifier from a few examples a label: a stand-in on this machine for a SageMaker endpoint.

# models/intent_classifier.py, named in treadle.toml under [models.endpoints]
classify = classifier({"greeting": ["hello", "good morning"], "human": ["let me talk to a person"]})
classify({"inputs": "hi there"})     # [{"label": "greeting", "score": 0.8}, {"label": "human", "score": 0.1}]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from treadle.errors import ServiceError
from treadle.inference import minilm

JSON = Any


@dataclass(frozen=True)
class Classifier:
    """Takes {"inputs": text or texts} as Hugging Face's text-classification endpoints do, and answers in their shape.

    Every label with its score, best first; of several texts, a list of such lists. The score is the cosine to the
    label's nearest example, not below 0: unlike a trained model's, the scores do not add up to 1.
    """

    examples: Mapping[str, Sequence[str]]
    model: str = f"{minilm.NAME} (embedded)"

    def __call__(self, payload: JSON) -> JSON:
        inputs = payload.get("inputs") if isinstance(payload, Mapping) else payload
        texts = [inputs] if isinstance(inputs, str) else inputs
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise ServiceError("ModelError", 'the classifier reads {"inputs": text} or {"inputs": [text, …]}')
        labels, vectors = self._known
        rows = minilm.model().embed(texts) @ vectors.T
        answers = [self._ranked(labels, row) for row in rows]
        return answers[0] if isinstance(inputs, str) else answers

    def _ranked(self, labels: Sequence[str], cosines: Any) -> list[JSON]:
        best = dict.fromkeys(self.examples, 0.0)
        for label, cosine in zip(labels, cosines.tolist(), strict=True):
            best[label] = max(best[label], cosine)
        ranked = sorted(best.items(), key=lambda pair: -pair[1])
        return [{"label": label, "score": round(score, 6)} for label, score in ranked]

    @cached_property
    def _known(self) -> tuple[list[str], Any]:
        pairs = [(label, text) for label, texts in self.examples.items() for text in texts]
        return [label for label, _ in pairs], minilm.model().embed([text for _, text in pairs])


def classifier(examples: Mapping[str, Sequence[str]]) -> Classifier:
    """A classifier whose labels are the keys; five to ten examples of each are enough to tell intents apart."""
    return Classifier(examples)
