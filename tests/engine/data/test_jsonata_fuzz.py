"""A small run of the differential fuzz against JSONata's own 2.0.6; `python -m tests.fuzz_jsonata` is the long one."""

from __future__ import annotations

import pytest

from tests import fuzz_jsonata


def test_random_expressions_give_what_2_0_6_gives() -> None:
    missing = fuzz_jsonata.available()
    if missing:
        pytest.skip(f"no reference to compare with: {missing}")
    result = fuzz_jsonata.run(1500, seed=11)
    assert result["examples"].get("wrong", []) == []
    assert result["counts"]["same"] > 1350
