"""Maps and branches with whole functions in them: tries, loops, returns, closures over loop variables."""

# ruff: noqa: B023

from __future__ import annotations

from typing import Any

from tests.language.programs import check, double, fail, odd, shout
from treadle.language import distribute, each, parallel


def careful(n: int) -> dict[str, Any]:
    tries = 0
    try:
        while tries < 2:
            tries += 1
            n = check(n) + 1
            if n > 2:
                return {"n": n, "tries": tries}
    except ValueError as error:
        return {"error": str(error), "tries": tries}
    return {"n": n, "tries": tries}


def mapped_try(xs: list[int]) -> Any:
    return each(xs, careful)


def in_loop(rows: list[list[int]], k: int) -> Any:
    out: list[Any] = []
    for i, row in enumerate(rows):
        found = each(row, lambda x: double(x) + i * k)
        left, right = parallel(lambda: sum(found), lambda: [shout(str(i)), len(found)])
        out.append({"left": left, "right": right})
    return out


def in_handler(xs: list[int]) -> Any:
    try:
        fail("it")
    except ValueError as error:
        text = str(error)
        return [shout(f"{text} {x}") for x in xs if x != 2]
    return []


def in_finally(n: int) -> Any:
    out: list[Any] = []
    for i in range(n):
        try:
            if odd(i):
                continue
            out.append(check(i))
        except ValueError:
            break
        finally:
            out.append(double(i))
    return out


def nested_maps(rows: list[list[int]]) -> Any:
    def total(row: list[int]) -> int:
        result = 0
        for value in each(row, double):
            if value > 5:
                continue
            result += value
        return result

    return {"totals": each(rows, total), "count": len(rows)}


def tolerant(xs: list[int], share: float) -> Any:
    return each(xs, lambda x: {"v": [check(x)]}, tolerate=share)


def distributed_function(xs: list[int], names: list[str]) -> Any:
    limit = len(names)

    def work(batch: list[int]) -> list[str]:
        return [shout(f"{names[0]} {x} of {limit}") for x in batch if x < limit + 2]

    return distribute(xs, work, batch=2, concurrency=3)


def picked(n: int) -> Any:
    f = double
    g = lambda x: f(x) + 1  # noqa: E731
    return [g(n), each([1, 2], g), apply(g, n)]


def apply(f: Any, n: int) -> Any:
    return [f(n), f(n + 1)]


def conditional_calls(n: int) -> Any:
    a = [double(n) if n > 1 else n, (odd(n) and check(n)) or "none"]
    b = {"x": shout("a") if odd(n) else None, **{"y": double(n)}}
    return [a, b, f"{double(n)}-{shout('b')}", -double(n), not odd(n), double(n) < double(n + 1) < 50]


def while_try(n: int) -> Any:
    attempts = 0
    while True:
        try:
            attempts += 1
            return [check(n), attempts]
        except ValueError:
            n -= 2
            if attempts > 3:
                raise


class Refused(Exception):
    pass


class TooBig(Refused):
    pass


def admitted(n: int) -> int:
    if n < 0:
        raise Refused(f"{n} is negative")
    if n > 9:
        raise TooBig("too big")
    return n


def caught_inside(xs: list[int]) -> Any:
    def safely(n: int) -> int:
        try:
            return admitted(n)
        except Refused:
            return -1

    return [safely(xs[0]), [safely(x) for x in xs]]
