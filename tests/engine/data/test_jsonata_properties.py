"""What holds for any argument: AWS's own functions, arithmetic at its ends, the depth, values that pass through."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import pytest

from treadle.engine.data import jsonata


@pytest.fixture
def chance() -> random.Random:
    return random.Random(20260206)


def evaluate(text: str, **variables: Any) -> Any:
    return jsonata.compile(text, "Output")(variables)


def number(chance: random.Random) -> float:
    kind = chance.random()
    if kind < 0.2:
        return 0
    if kind < 0.5:
        return chance.randint(-20, 20)
    return chance.choice([1, -1]) * chance.random() * 10.0 ** chance.randint(-300, 307)


def document(chance: random.Random, depth: int = 4) -> Any:
    kind = chance.random()
    if depth and kind < 0.35:
        return [document(chance, depth - 1) for _ in range(chance.randint(0, 3))]
    if depth and kind < 0.7:
        return {chance.choice("abcdef"): document(chance, depth - 1) for _ in range(chance.randint(0, 3))}
    return chance.choice([None, True, False, 0, 1.5, -7, "", "NaN", "é😀", "Infinity"])


def quotient(left: float, right: float) -> Any:
    """JavaScript's division, as Step Functions writes it."""
    if right == 0:
        return "NaN" if left == 0 else "Infinity" if left > 0 else "-Infinity"
    try:
        found = left / right
    except OverflowError:
        found = math.inf
    return found if math.isfinite(found) else "Infinity" if found > 0 else "-Infinity"


@pytest.mark.parametrize("shape", ["$a / $b", "[$a / $b]", "{'k': $a / $b}", "(function($x, $y){$x / $y})($a, $b)"])
def test_a_quotient_is_javascripts(shape: str, chance: random.Random) -> None:
    evaluated = jsonata.compile(shape, "Output")
    for _ in range(300):
        left, right = number(chance), number(chance)
        found = evaluated({"a": left, "b": right})
        found = found["k"] if isinstance(found, dict) else found[0] if isinstance(found, list) else found
        assert found == quotient(left, right), (left, right)


def test_values_beside_what_is_no_number_stay_what_they_are(chance: random.Random) -> None:
    both = jsonata.compile("[[$d], 1 / $z, $z / $z]", "Output")
    for _ in range(300):
        given = document(chance)
        assert both({"d": given, "z": 0}) == [[given] if not isinstance(given, list) else given, "Infinity", "NaN"]


def test_a_range_is_the_numbers_from_end_to_end(chance: random.Random) -> None:
    for _ in range(300):
        start, end = chance.randint(-50, 50), chance.randint(-50, 50)
        step = chance.choice([-7, -2, -1, 1, 2, 3, 11])
        expected = list(range(start, end + (1 if step > 0 else -1), step))
        assert evaluate("[$range($a, $b, $c)]", a=start, b=end, c=step) == expected
        fraction = chance.random() * 0.99
        cut = [number + math.copysign(fraction, number) if number else fraction for number in (start, end, step)]
        assert evaluate("[$range($a, $b, $c)]", a=cut[0], b=cut[1], c=cut[2]) == expected


def test_the_parts_of_a_partition_are_the_whole(chance: random.Random) -> None:
    for _ in range(200):
        items = [document(chance, 2) for _ in range(chance.randint(1, 9))]
        size = chance.randint(1, 10)
        parts = evaluate("$partition($items, $size)", items=items, size=size + chance.random() * 0.99)
        assert [item for part in parts for item in part] == items
        assert all(len(part) == size for part in parts[:-1])


def test_what_is_written_is_parsed(chance: random.Random) -> None:
    for _ in range(300):
        given = document(chance)
        assert evaluate("$parse($t)", t=json.dumps(given)) == given


def test_the_seed_gives_the_number(chance: random.Random) -> None:
    for _ in range(100):
        seed = chance.randint(-(2**52), 2**52)
        first = evaluate("$random($s)", s=seed)
        assert 0 <= first < 1
        assert evaluate("$random($s)", s=seed) == first


def test_depth_is_that_of_the_deepest_operand(chance: random.Random) -> None:
    """A tree of additions passes where its height does, however many there are."""
    for _ in range(60):
        height = chance.randint(90, 110)
        text = "1"
        for _ in range(height - 1):
            side = chance.choice(["1", "$x", "'a'='b' ? 1 : 2"])
            text = f"{text} + ({side})" if chance.random() < 0.2 else f"{text} + 1"
        if height <= 97:  # a side has a depth of its own, of three at most
            assert isinstance(evaluate(text, x=1), int | float)
        elif height > 100:
            with pytest.raises(jsonata.QueryError, match="Stack overflow error"):
                evaluate(text, x=1)
