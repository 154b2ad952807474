"""Random inputs made to hurt: unicode, empty and singleton lists, None, negative and large numbers, missing keys."""

from __future__ import annotations

from random import Random
from typing import Any

TEXTS = (
    "",
    "a",
    "b",
    "abc",
    " a b ",
    "a,b,,c",
    "é",
    "ß",
    "İ",
    "😀x",
    "ｆ",
    "it's",
    "12",
    " -7 ",
    "x\ny",
    "\u2003",
    "a" * 12,
    "Σας",
    "1_0",
    "$1",
)
KEYS = ("a", "b", "c", "1", "a b", "é")
INTEGERS = (0, 1, -1, 2, 3, -2, 7, -13, 100, 10**9, 2**53 - 1, -(2**53 - 1), 999999999999999)
FLOATS = (0.5, 1.5, 2.5, -2.5, 0.1, 2.675, 1.005, 1e-7, 123456.789, 1e15, -0.3, 3.0, 0.0)


def value(kind: str, random: Random) -> Any:
    """A value of the type."""
    if kind.endswith("| None"):
        return None if random.random() < 0.4 else value(kind.removesuffix(" | None"), random)
    if kind.startswith("list["):
        return [value(kind[5:-1], random) for _ in range(random.choice((0, 1, 1, 2, 3, 5)))]
    if kind.startswith("dict["):
        names = random.sample(KEYS, random.choice((0, 1, 1, 2, 3)))
        return {name: value(kind[10:-1], random) for name in names}
    match kind:
        case "int":
            return random.choice(INTEGERS) if random.random() < 0.5 else random.randint(-9, 9)
        case "float":
            return (
                random.choice(FLOATS)
                if random.random() < 0.5
                else round(random.uniform(-100, 100), random.randint(0, 4)) + 0.0
            )
        case "bool":
            return random.random() < 0.5
        case "str":
            return random.choice(TEXTS)
        case "Item":
            found: dict[str, Any] = {"x": value("int", random), "tag": value("str", random)}
            if random.random() < 0.3:
                found["more"] = value("list[int]", random)
            return found
        case "Any":
            return anything(random, 2)
    raise AssertionError(kind)


def anything(random: Random, depth: int) -> Any:
    kind = random.randrange(9 if depth else 6)
    if kind == 6 or kind == 7:
        return [anything(random, depth - 1) for _ in range(random.choice((0, 1, 2)))]
    if kind == 8:
        return {name: anything(random, depth - 1) for name in random.sample(KEYS, random.choice((0, 1, 2)))}
    return (None, True, False, value("int", random), value("str", random), random.randint(-2, 2))[kind]
