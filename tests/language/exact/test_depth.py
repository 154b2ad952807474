"""No rule nests deeper than Step Functions evaluates: about 100 calls of its evaluator."""

from __future__ import annotations

from typing import Any

import jlens
import pytest

from tests.language.exact.lowering import lower
from tests.language.exact.test_rules import expressions, variables_of
from treadle.language.term import Term

DEEPEST = 100

VALUES: dict[str, Any] = {
    "i": 7, "j": -3, "k": 2, "x": 2.675, "y": -0.5, "s": "a,b é", "t": "a", "p": True, "q": False, "xs": [3, 1, 2],
    "ys": [1, -1, 2], "fs": [0.5, 2.5], "ss": ["b", "a", "12"], "ls": [[1], [], [2, 3]], "bs": [True, False],
    "ps": [{"x": 1, "tag": "a", "more": [1]}, {"x": 0, "tag": "b", "more": []}],
    "pt": {"x": 1, "tag": "a", "more": [1]},
    "d": {"a": 1, "b": 0}, "e": {"a": [1], "b": []}, "oi": 1, "os": "a", "ol": [1], "n": 1.5, "z": {"a": [1]}, "w": "a",
    "zs": [1, "a", None, [1]], "zd": {"a": {"b": 1}}, "key": "a",
}  # fmt: skip


def depth_is_enough(text: str, names: list[str], depth: int) -> bool:
    bound = "".join(f"${name} := `{name}`; " for name in names)
    expression = jlens.Expression(f'({bound}{{"r": (\n{text}\n)}})')
    try:
        expression.evaluate({name: VALUES[name] for name in names}, max_depth=depth)
    except jlens.JlensError as error:
        return "depth" not in str(error).lower() and "stack" not in str(error).lower()
    return True


@pytest.mark.parametrize("source", expressions())
def test_evaluates_within_the_depth_of_step_functions(source: str) -> None:
    known = variables_of(source)
    term = lower(source, {name: type for name, (type, _) in known.items()})
    for text in (term.text, *(guard.when for guard in term.guards)):
        assert depth_is_enough(text, sorted(known), DEEPEST), text


def test_a_deeper_term_would_be_seen() -> None:
    deep = " + ".join(["1"] * 400)
    assert not depth_is_enough(deep, [], DEEPEST)
    assert isinstance(lower("i + 1", {"i": lower("1", {}).type}), Term)
