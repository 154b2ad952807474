"""Where the application keeps what it makes, and which model makes its vectors."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from models import embedder
from treadle.project import find

if TYPE_CHECKING:
    from treadle.inference.chat import Embedder
    from treadle.stores.objects import Objects
    from treadle.stores.results import Results


def index() -> Path:
    """The folder of the vector index: `TREADLE_INDEX`, else `.treadle/index` in the project."""
    return Path(os.environ.get("TREADLE_INDEX") or find(Path(__file__).parent).root / ".treadle" / "index")


def catalogue() -> Path:
    """The folder of the catalogue's index: `TREADLE_CATALOGUE`, else `.treadle/catalogue` in the project."""
    return Path(os.environ.get("TREADLE_CATALOGUE") or find(Path(__file__).parent).root / ".treadle" / "catalogue")


def objects() -> Objects:
    """The store of what is too large to travel between states: `TREADLE_OBJECTS`, else `.treadle/objects`."""
    from treadle.services import clients
    from treadle.stores import objects as stores

    url = os.environ.get("TREADLE_OBJECTS") or str(find(Path(__file__).parent).root / ".treadle" / "objects")
    return stores.open(url, clients.client("s3") if url.startswith("s3://") else None)


def results() -> Results:
    """Where results are kept: `TREADLE_RESULTS` ("dynamodb:TABLE"), else `.treadle/results.sqlite` in the project."""
    from treadle.services import clients
    from treadle.stores import results as stores

    url = os.environ.get("TREADLE_RESULTS") or str(find(Path(__file__).parent).root / ".treadle" / "results.sqlite")
    return stores.open(url, clients.client("dynamodb") if url.startswith("dynamodb:") else None)


def embeddings() -> Embedder:
    """The project's embedding model, many texts at a time."""
    from treadle import inference

    return inference.embeddings(embedder.model_id, embedder.dimensions)
