"""Random programs of one operator or function on values whose type is known only when they run."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.equivalence.data import value as plain

TYPES = (
    "Any", "Any", "Any", "int", "float", "str", "bool", "int | None", "str | None", "list[int]", "list[Any]",
    "int | str", "int | str | None", "dict[str, Any]", "float | None", "list[int] | None", "list[int] | str",
    "list[str]",
)  # fmt: skip
OPERATORS = ("+", "-", "*", "/", "//", "%", "<", "<=", ">", ">=", "==", "!=")
FORMS = (
    "a @ b", "a @ b", "a @ b", "a @ b", "(a @ b) @ a", "a @ 2", "2 @ a", "a @ 1.5", "'x' @ a", "a @ [1]",
    "[x @ b for x in [a, a]]", "-a", "+a", "round(a)", "round(a, 1)", "abs(a)", "len(a)", "a in b", "b[a]", "a[b]",
    "bool(a)", "a and b", "max(a, b)", "min([a, b])", "sorted([a, b, a])", "sum([a, b])", "float(a)", "int(a)",
    "{'k': 1}.get(a)", "max([[a], [b]])", "'a' in a", "2 in a", "(a + 1) * 2 if isinstance(a, (int, float)) else b",
    "a.upper() if isinstance(a, str) and b else None",
)  # fmt: skip
VALUES = (
    None, True, False, 0, 1, 2, -3, 2.5, 3.0, 7, "", "a", "ab", "😀x", "ｆ", "b", [], [1], [1, 2], ["a"], [[1], [2]],
    [True], [1, "a"], [None], [{}], {}, {"a": 1}, [[1, "b"]], [2.5],
)  # fmt: skip


def value(kind: str, random: Random) -> Any:
    """A small value of the type: what is multiplied may be a text."""
    if kind == "Any":
        return random.choice(VALUES)
    if "|" in kind:
        return value(random.choice([each.strip() for each in kind.split("|")]), random)
    if kind == "None":
        return None
    return random.randint(-3, 9) if kind == "int" else plain(kind, random)


def program(seed: int) -> tuple[str, dict[str, str]]:
    random = Random(seed)
    parameters = {"a": random.choice(TYPES), "b": random.choice(TYPES)}
    form = random.choice(FORMS)
    while "@" in form:
        form = form.replace("@", random.choice(OPERATORS), 1)
    given = ", ".join(f"{name}: {kind}" for name, kind in parameters.items())
    return f"def program({given}) -> Any:\n    return {form}\n", parameters
