"""Maps and branches with whole functions in them, both ways."""

from __future__ import annotations

from typing import Any

import pytest

from tests.language import scoped_programs
from tests.language.harness import agree

CASES: dict[str, list[dict[str, Any]]] = {
    "mapped_try": [{"xs": []}, {"xs": [0, 2, 5, 1]}],
    "in_loop": [{"rows": [], "k": 1}, {"rows": [[1], [], [2, 3]], "k": 2}],
    "in_handler": [{"xs": []}, {"xs": [1, 2, 3]}],
    "in_finally": [{"n": 0}, {"n": 3}, {"n": 6}],
    "nested_maps": [{"rows": []}, {"rows": [[1, 2, 3], []]}],
    "tolerant": [{"xs": [1, 5], "share": 0.5}, {"xs": [1, 5], "share": 0.25}, {"xs": [], "share": 0.0}],
    "distributed_function": [{"xs": [1, 2, 9, 0], "names": ["n", "m"]}],
    "picked": [{"n": 3}],
    "conditional_calls": [{"n": 0}, {"n": 1}, {"n": 2}],
    "caught_inside": [{"xs": [5]}, {"xs": [-5, 3, 20]}],
    "while_try": [{"n": 1}, {"n": 5}, {"n": 50}],
}


@pytest.mark.parametrize(
    ("name", "given"),
    [pytest.param(name, given, id=f"{name}-{at}") for name, cases in CASES.items() for at, given in enumerate(cases)],
)
def test_agrees(name: str, given: dict[str, Any]) -> None:
    agree(getattr(scoped_programs, name), **given)
