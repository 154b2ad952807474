"""Chat, embedding and endpoints: embedded, OpenAI-compatible, GGUF, Bedrock and SageMaker, scripted."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from treadle.inference.chat import Chat, Embedder
    from treadle.inference.classify import classifier
    from treadle.inference.models import choice, choosing, connect, embeddings, service
    from treadle.inference.scripted import call

_HOMES = {
    "Chat": "chat",
    "Embedder": "chat",
    "call": "scripted",
    "choice": "models",
    "choosing": "models",
    "classifier": "classify",
    "connect": "models",
    "embeddings": "models",
    "service": "models",
}

__all__ = ["Chat", "Embedder", "call", "choice", "choosing", "classifier", "connect", "embeddings", "service"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
