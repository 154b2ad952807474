"""Ordinary workflow code: loops, counters, stacks, nested tries, functions within functions."""

from __future__ import annotations

from typing import Any

from tests.language.programs import check, double
from treadle.language import each


def grouped(xs: list[int]) -> Any:
    seen: dict[str, list[int]] = {}
    i = 0
    while i < len(xs) and xs[i] != 99:
        key = "even" if xs[i] % 2 == 0 else "odd"
        if key not in seen:
            seen[key] = []
        seen[key].append(xs[i])
        i += 1
    return seen


def finally_inside(n: int) -> Any:
    try:
        try:
            if n == 1:
                raise ValueError("one")
            if n == 2:
                raise KeyError("two")
            r = check(n)
        finally:
            m = n * 2
        return [r, m]
    except KeyError as e:
        return ["key", str(e)]
    except Exception as e:  # noqa: BLE001
        return [type(e).__name__, str(e)]


def kinds(rows: list[dict[str, Any]]) -> Any:
    total = 0
    for row in rows:
        kind = row.get("kind")
        if kind == "a":
            total += 1
        elif kind is None:
            total += 10
    return total


def stack(xs: list[int]) -> Any:
    stack = list(xs)
    out = []
    while stack:
        top = stack.pop()
        if top > 3:
            stack.append(top - 3)
            continue
        out.append(top)
    return out


def flattened(d: dict[str, dict[str, int]]) -> Any:
    out = {}
    for name, inner in d.items():
        for key in inner:
            out[f"{name}.{key}"] = inner[key] * 2
    return dict(sorted(out.items()))


def counted_words(text: str) -> Any:
    words = text.lower().split()
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    best = sorted(counts.items(), key=lambda p: (-p[1], p[0]))
    return [f"{w}:{c}" for w, c in best[:3]]


def factorials(n: int) -> Any:
    def fact(k: int) -> int:
        r = 1
        for i in range(2, k + 1):
            r *= i
        return r

    return [fact(n), fact(n + 1)]


def first_or_sum(n: int) -> Any:
    x = None
    for i in range(n):
        if x is None:
            x = i
        else:
            x = x + i
    return x


def maps_in_maps(xs: list[int]) -> Any:
    return each(xs, lambda x: each(range(x), lambda y: double(y) + x))


def sorted_out(xs: list[int]) -> Any:
    result = {"ok": [], "bad": []}
    for x in xs:
        try:
            result["ok"].append(check(x))
        except (ValueError, KeyError) as e:
            result["bad"].append(f"{x}: {e}")
    return result


def fibonacci(n: int) -> Any:
    a, b = 0, 1
    while a < n:
        a, b = b, a + b
    return a


def inversions(xs: list[int]) -> Any:
    it = 0
    for i, x in enumerate(xs):
        for j in range(i):
            if xs[j] > x:
                it += 1
                break
        else:
            it += 100
    return it


def flagged(n: int, s: str = "x", *, flag: bool = False) -> Any:
    v = s if flag else n
    return [v, v == n]


def largest(xs: list[int]) -> Any:
    m = max(xs) if xs else None
    if m is not None and m > 3:
        return m
    return -1 if m is None else m


def products(n: int) -> Any:
    out = []
    for k in ("a", "b"):
        for flag in (True, False):
            out.append((k, flag, n))
    return out


def constant_choice(n: int) -> Any:
    v = False
    if v:
        w = 1
    else:
        w = double(n)
    return [w, v]


def built(n: int) -> dict[str, Any]:
    made: dict[str, Any] = {"n": double(n)}
    made["all"] = [n]
    return made


def changed_result(n: int) -> Any:
    made = built(n)
    made["more"] = 1
    made["all"].append(2)
    other = built(n + 1)
    return [made, other]


def either_error(rows: list[list[int]]) -> Any:
    try:
        return [max(rows, key=len)[0] for _ in [1, 2]]
    except IndexError as error:
        return str(error)
    except (KeyError, TypeError):
        return "other"
