"""What shares a list and changes it: never another value than Python's."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.equivalence import aliases, data, unclear, world
from tests.equivalence.judge import judge


@pytest.fixture(autouse=True)
def _named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, each in aliases.WORLD.items():
        monkeypatch.setattr(world, name, each, raising=False)


def test_programs_that_share_lists_do_what_python_does() -> None:
    kinds: Counter[str] = Counter()
    for seed in range(70_000, 70_250):
        source, parameters = aliases.program(seed)
        verdict = judge(source, parameters, seed)
        kinds[verdict.kind] += 1
        assert verdict.kind in ("same", "refused", "outside"), f"{source}\n{verdict.detail}"
    assert kinds["same"] > 50


def test_programs_on_values_of_unclear_type_do_what_python_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "value", unclear.value)
    kinds: Counter[str] = Counter()
    for seed in range(250):
        source, parameters = unclear.program(seed)
        verdict = judge(source, parameters, seed, inputs=6)
        kinds[verdict.kind] += 1
        assert verdict.kind in ("same", "refused", "outside"), f"{source}\n{verdict.detail}"
    assert kinds["same"] > 130
