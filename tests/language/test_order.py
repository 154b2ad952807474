"""Which error comes first, both ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.language import order_programs
from tests.language.harness import agree
from treadle.errors import CompileError
from treadle.language import compile_function

KEYED = [{"xs": xs, "key": key} for xs in ([], [1], [2, 5]) for key in ("add", "none")]
ANYTHING = [{"v": v} for v in (None, 0, 3, "s", True, [1], {"a": 1}, 1.5)]
NUMBERS = [{"xs": xs} for xs in ([], [3], [5, 2, 9, 4, 2], [1, -4, 7])]
CASES: dict[str, list[dict[str, Any]]] = {
    "fallback_of_a_dead_result": [{"xs": [1, -1], "words": words} for words in ([], ["a", "b", "a"])],
    "compared_with_a_table": KEYED,
    "never_compared": KEYED,
    "written_with_a_table": KEYED,
    "received_before": KEYED,
    "formatted_by_name": KEYED,
    "pairs_made_before": KEYED,
    "pairs_sorted_before": KEYED,
    "pairs_made_on_the_way": KEYED,
    "added_to": ANYTHING,
    "taken_from_an_item": ANYTHING,
    "extended": ANYTHING,
    "grown_by_one": [{"d": {"l": each}} for each in ([1], "s", 3, None)],
    "of_two": [*ANYTHING, {"v": [1, 2]}, {"v": "ab"}, {"v": {"a": 1, "b": 2}}],
    "spread": ANYTHING,
    "length": ANYTHING,
    "first": ANYTHING,
    "within": ANYTHING,
    "numbered": [{"pairs": pairs} for pairs in ([], [[1, 2]], [[1, 2], [3, 4]])],
    "ranked_by_a_call": NUMBERS,
    "most_by_a_call": NUMBERS,
    "parted": NUMBERS,
    "late_answer": [{"n": n} for n in (-1, 0, 5)],
    "middle": NUMBERS,
    "kept_generator": NUMBERS,
    "divided": [{"v": v} for v in (1e300, 1.5, 3, -1e18)],
}


@pytest.mark.parametrize(
    ("name", "given"),
    [pytest.param(name, given, id=f"{name}-{at}") for name, cases in CASES.items() for at, given in enumerate(cases)],
)
def test_agrees(name: str, given: dict[str, Any]) -> None:
    agree(getattr(order_programs, name), **given)


def divided_later(xs: list[int]) -> Any:
    found = (10 // x for x in xs)
    try:
        return list(found)
    except ZeroDivisionError:
        return []


def changed_later(xs: list[int]) -> Any:
    k = 2
    found = enumerate(x * k for x in xs)
    k = 3
    return [list(each) for each in found]


def in_a_helper(xs: list[int]) -> Any:
    def total(numbers: Any) -> int:
        try:
            return sum(numbers)
        except ZeroDivisionError:
            return -1

    return total(10 // x for x in xs)


@pytest.mark.parametrize("program", [divided_later, changed_later, in_a_helper])
def test_what_is_evaluated_later_must_not_differ_then(program: Callable[..., Any]) -> None:
    with pytest.raises(CompileError, match="gone through"):
        compile_function(program)
