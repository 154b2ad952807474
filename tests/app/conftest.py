"""An application whose index is of the test's own, made by a model of the test's own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasks import places
from treadle import inference, local, services
from treadle.engine.task import Service
from treadle.inference.scripted import Scripted
from treadle.project import find


@dataclass
class Words:
    """An embedding model of 64 dimensions: a text's vector counts its words. Remembers what it was asked."""

    name: str = "words-64"
    dimension: int = 64
    asked: list[str] = field(default_factory=list)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()):
                row[sum(map(ord, word)) % self.dimension] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def vector(self, text: str) -> list[float]:
        return [float(number) for number in self.embed([text])[0]]


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Words:
    model = Words()
    monkeypatch.setenv("TREADLE_INDEX", str(tmp_path / "home" / "index"))
    monkeypatch.setenv("TREADLE_OBJECTS", str(tmp_path / "home" / "objects"))
    monkeypatch.setattr(places, "embeddings", lambda: model)
    return model


def scripted(workflow: Any, script: Scripted, **mocks: Any) -> Service:
    """Answers a workflow by mocks (by state or function), its own functions, and a chat model that says `script`."""
    project = find(Path(__file__))
    answers = inference.service("scripted", script=script, endpoints=project.endpoints())
    functions = services.functions(workflow.compile().functions, carrier=local.carrier(project))
    return services.Router(services.mock(mocks) if mocks else None, functions, answers)
