"""What comes before what: the operand that raises first, errors of iterators at their end, ways past a failing call."""

from __future__ import annotations

import operator
import statistics
from collections import Counter
from typing import Any

from tests.language.programs import check, double, odd
from treadle import each

OPERATIONS = {"add": operator.add, "less": lambda x, y: x - y}


def fallback_of_a_dead_result(xs: list[int], words: list[str]) -> Any:
    common = [word for word, _ in Counter(words).most_common(1)]
    each(xs, check, fallback=xs)
    return common


def compared_with_a_table(xs: list[int], key: str) -> Any:
    return xs[1] < OPERATIONS[key](1, 2) < xs[0]


def never_compared(xs: list[int], key: str) -> Any:
    return len(xs) > 1 < OPERATIONS[key](1, 2)


def written_with_a_table(xs: list[int], key: str) -> Any:
    return f"{xs[0]} {OPERATIONS[key](1, 2)} {xs[1]}"


def received_before(xs: list[int], key: str) -> Any:
    return str(xs[1]).count(str(OPERATIONS[key](0, 1)))


def formatted_by_name(xs: list[int], key: str) -> Any:
    return f"{xs[1]}{odd(xs[0])}"


def pairs_made_before(xs: list[int], key: str) -> Any:
    return [xs[5] for _ in [x for x, _ in zip(xs, [1], strict=True)]]


def pairs_sorted_before(xs: list[int], key: str) -> Any:
    return [xs[5] for _ in sorted(zip(xs, [1], strict=True))]


def pairs_made_on_the_way(xs: list[int], key: str) -> Any:
    return [xs[5] for _ in zip(xs, [1], strict=True)]


def added_to(v: Any) -> Any:
    total = 1
    total += v
    return total


def taken_from_an_item(v: Any) -> Any:
    found = {"a": 2, "b": 3}
    found["a"] -= v
    return found


def divided(v: float) -> Any:
    return v // 0


def extended(v: Any) -> Any:
    v += "ab"
    return v


def grown_by_one(d: dict[str, Any]) -> Any:
    d["l"] += 1
    return d


def of_two(v: Any) -> Any:
    a, b = v
    return [b, a]


def spread(v: Any) -> Any:
    return [0, *v]


def length(v: Any) -> Any:
    return len(v)


def first(v: Any) -> Any:
    return v[0]


def within(v: Any) -> Any:
    return "s" in v


def numbered(pairs: list[tuple[int, int]]) -> Any:
    best: Any = [0, 0]

    def look(found: list[tuple[int, int]]) -> Any:
        last: Any = best
        for pair in found:
            last = pair
        return last

    return look(pairs)


def ranked_by_a_call(xs: list[int]) -> Any:
    rising = sorted(xs, key=lambda x: -check(x))
    falling = sorted(rising, key=double, reverse=True)
    return [rising, falling, max(xs, key=double, default=0), min(xs, key=lambda x: (check(x) % 3, x), default=None)]


def most_by_a_call(xs: list[int]) -> Any:
    return max(xs, key=lambda x: check(x) % 4)


def parted(xs: list[int]) -> Any:
    large: list[int] = []
    even: list[int] = []
    odd: list[int] = []
    for x in xs:
        (large if x > 4 else even if x % 2 == 0 else odd).append(double(x))
    return [large, even, odd]


def late_answer(n: int) -> Any:
    if n < 0:
        raise TimeoutError("too late")
    try:
        if n > 3:
            raise OSError(f"no {n}")
        raise TimeoutError
    except OSError as error:
        return [str(error), type(error).__name__]


def middle(xs: list[int]) -> Any:
    try:
        return statistics.median_low(xs)
    except ValueError as error:
        return str(error)


def kept_generator(xs: list[int]) -> Any:
    k = 3
    found = (x * k for x in xs[:2])
    return sum(found)
