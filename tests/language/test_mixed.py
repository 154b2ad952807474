"""Ordinary workflow code, both ways."""

from __future__ import annotations

from typing import Any

import pytest

from tests.language import mixed_programs
from tests.language.harness import agree

CASES: dict[str, list[dict[str, Any]]] = {
    "grouped": [{"xs": []}, {"xs": [1, 2, 3, 99, 4]}],
    "finally_inside": [{"n": n} for n in (0, 1, 2, 9)],
    "kinds": [{"rows": []}, {"rows": [{"kind": "a"}, {}, {"kind": None}, {"kind": 3}]}],
    "stack": [{"xs": []}, {"xs": [1, 7, 4]}],
    "flattened": [{"d": {}}, {"d": {"z": {"b": 1, "a": 2}, "y": {}}}],
    "counted_words": [{"text": "a b A c b a"}, {"text": ""}],
    "factorials": [{"n": 0}, {"n": 5}],
    "first_or_sum": [{"n": 0}, {"n": 4}],
    "maps_in_maps": [{"xs": []}, {"xs": [0, 1, 2]}],
    "sorted_out": [{"xs": [1, 9, -1]}],
    "fibonacci": [{"n": 50}],
    "inversions": [{"xs": [3, 1, 2]}],
    "flagged": [{"n": 1}, {"n": 1, "flag": True}],
    "largest": [{"xs": []}, {"xs": [1]}, {"xs": [5]}],
    "products": [{"n": 1}],
    "constant_choice": [{"n": 1}],
    "either_error": [{"rows": []}, {"rows": [[]]}, {"rows": [[1], [2, 3]]}],
    "changed_result": [{"n": 1}],
}


@pytest.mark.parametrize(
    ("name", "given"),
    [pytest.param(name, given, id=f"{name}-{at}") for name, cases in CASES.items() for at, given in enumerate(cases)],
)
def test_agrees(name: str, given: dict[str, Any]) -> None:
    agree(getattr(mixed_programs, name), **given)
