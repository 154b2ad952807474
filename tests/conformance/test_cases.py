"""Every recorded execution, in one test: seconds, and skipped loudly where the recordings are not there."""

from __future__ import annotations

import json

import pytest

from tests.conformance import EXCLUDED, Excluded, cases, folder, records

RECORDINGS = folder() / "cases.jsonl"


@pytest.mark.skipif(not RECORDINGS.exists(), reason=f"NO RECORDINGS: {RECORDINGS} is missing, conformance is untested")
def test_the_recorded_executions() -> None:
    excluded = json.loads(EXCLUDED.read_text())
    different = {}
    left_out = total = 0
    for record in records(RECORDINGS):
        total += 1
        try:
            found = None if record["id"] in excluded else cases.run(record)
        except Excluded:
            left_out += 1
            continue
        left_out += record["id"] in excluded
        if found:
            different[record["id"]] = found
    assert different == {}
    assert left_out <= 0.03 * total
