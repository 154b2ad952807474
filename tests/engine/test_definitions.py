"""Every published definition that lies beside the recordings loads. Skipped loudly where they are not there."""

from __future__ import annotations

import pytest

from tests.conformance import folder
from treadle.engine import load

DEFINITIONS = sorted((folder().parent / "definitions").glob("*.json"))


@pytest.mark.skipif(not DEFINITIONS, reason="NO DEFINITIONS: the folder of published definitions is missing")
def test_published_definitions_load() -> None:
    refused = {}
    for path in DEFINITIONS:
        try:
            load(path.read_text(encoding="utf-8"))
        except Exception as problem:  # noqa: BLE001 - every refusal is listed
            refused[path.name] = repr(problem)
    assert refused == {}
    assert len(DEFINITIONS) >= 90
