"""The recorded refusals, and the published definitions: every one loads, and every one that AWS accepts is accepted."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.conformance import folder, records, validation
from treadle import asl

DEFINITIONS = Path(os.environ.get("TREADLE_DEFINITIONS") or folder().parent / "definitions")
needs_recordings = pytest.mark.skipif(
    not folder().is_dir(), reason=f"no recordings in {folder()}: set TREADLE_CONFORMANCE"
)
needs_definitions = pytest.mark.skipif(
    not DEFINITIONS.is_dir(), reason=f"no definitions in {DEFINITIONS}: set TREADLE_DEFINITIONS"
)


@needs_recordings
def test_every_recorded_refusal() -> None:
    found = {record["id"]: validation.run(record) for record in records(folder() / "validation.jsonl")}
    assert len(found) > 0
    assert {name: difference for name, difference in found.items() if difference} == {}


@needs_recordings
def test_every_definition_that_was_executed_is_accepted() -> None:
    for record in records(folder() / "cases.jsonl"):
        type = "EXPRESS" if record["type"] == "EXPRESS" else "STANDARD"
        errors = [finding for finding in asl.check(record["definition"], type) if finding.severity == "ERROR"]
        assert errors == [], record["id"]


@needs_definitions
@pytest.mark.parametrize("path", sorted(DEFINITIONS.glob("*.json")), ids=lambda path: path.name[:60])
def test_every_published_definition(path: Path) -> None:
    definition = asl.load(path.read_bytes())
    asl.refuse(definition)
    assert json.loads(asl.dumps(definition)) == definition
    assert asl.dumps(asl.load(asl.dumps(definition))) == asl.dumps(definition)
