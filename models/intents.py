"""What stands in for the SageMaker endpoint `intent-classifier` on this machine: likeness to labelled examples."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

EXAMPLES = {
    "greeting": ["Hello", "Hi there!", "Good morning", "Hey, how are you?", "Thanks, that helped a lot"],
    "question": [
        "How do I install it?",
        "What does this option do?",
        "Where can I find the documentation?",
        "Does it support PDF files?",
        "How much does it cost?",
    ],
    "problem": [
        "It does not work",
        "I get an error message when I start it",
        "The program crashes all the time",
        "My upload failed twice",
        "Nothing happens when I click the button",
    ],
    "human": [
        "I want to talk to a person",
        "Connect me with an agent",
        "Can I speak to a human, please?",
        "Give me your manager",
        "Please call me back",
    ],
}


def classify(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """`{"inputs": text}` to `[{"label", "score"}, …]`, best first: the shape of Hugging Face's text classification.

    A score is the likeness (0 to 1) to the nearest example of the label.
    """
    import numpy as np

    from tasks import places

    labels, examples = _examples()
    message = np.asarray(places.embeddings().embed([str(payload["inputs"])]))[0]
    likeness = examples @ message
    best = {label: max(0.0, float(likeness[labels == label].max())) for label in EXAMPLES}
    ranked = sorted(best.items(), key=lambda pair: -pair[1])
    return [{"label": label, "score": round(score, 4)} for label, score in ranked]


@lru_cache(maxsize=1)
def _examples() -> tuple[Any, Any]:
    import numpy as np

    from tasks import places

    pairs = [(label, text) for label, texts in EXAMPLES.items() for text in texts]
    return np.array([label for label, _ in pairs]), np.asarray(places.embeddings().embed([text for _, text in pairs]))
