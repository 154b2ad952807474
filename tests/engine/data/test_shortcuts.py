"""A shortcut gives what the evaluator gives, for every kind of value, and the evaluator's own error where it fails."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from treadle.engine.data import jsonata
from treadle.engine.data.scan import scan
from treadle.engine.data.shortcuts import shortcut

JSON = Any
VALUES: list[JSON] = [
    0, 1, -7, 2**53, 2**53 + 1, -(2**60), 1.5, 2.0, True, False, None, "", "x", "10", [], [3], [1, 2], {}, {"b": 1},
]  # fmt: skip
OPERATORS = ["+", "-", "*", "<", "<=", ">", ">=", "=", "!="]
FUNCTIONS = frozenset({"sum", "now"})


def outcome(evaluate: Any, variables: dict[str, JSON]) -> tuple[str, JSON]:
    try:
        value = evaluate(variables)
    except jsonata.QueryError as error:
        return "error", error.cause
    return type(value).__name__, value


def general(text: str) -> Any:
    return jsonata._general(text, "Output", scan(text))


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("shape", ["$a {} $b", "$states.input.v{}3", "12 {} $a", "$a {} 'x'", '$a {} "10"'])
def test_two_operands(shape: str, operator: str) -> None:
    text = shape.format(operator)
    try:
        evaluate = jsonata.compile(text, "Output").evaluate
    except jsonata.QueryError:
        pytest.skip("the evaluator does not take it")
    slow = general(text)
    for one, other in itertools.product(VALUES, VALUES if "$b" in text else [0]):
        variables = {"a": one, "b": other, "states": {"input": {"v": one}}}
        assert outcome(evaluate, variables) == outcome(slow, variables), (text, one, other)
    for missing in ({}, {"a": 1}, {"states": {}}, {"states": {"input": [{"v": 1}, {"v": 2}]}}):
        assert outcome(evaluate, missing) == outcome(slow, missing), (text, missing)


@pytest.mark.parametrize("text", ["$a", "$a.b", "$a . b.c", "$states.input.v"])
def test_paths(text: str) -> None:
    evaluate, slow = jsonata.compile(text, "Output").evaluate, general(text)
    # By reference a number stays what it is; the evaluator would round 2**53 + 1 and write 2.0 as 2.
    exact = [value for value in VALUES if not isinstance(value, int | float) or value in (0, 1, -7, 1.5)]
    for value in [*exact, {"b": {"c": 1}}, [{"b": 1}, {"b": 2}], {"b": [{"c": 1}, {"c": 2}]}]:
        variables = {"a": value, "states": {"input": {"v": value}}}
        assert outcome(evaluate, variables) == outcome(slow, variables), (text, value)


@pytest.mark.parametrize(
    "text",
    [
        "$sum - 1",
        "$a.and < 1",
        "$a.b[0] < 1",
        "$a + $b + 1",
        "$a := 1",
        "$a & 'x'",
        "-$a",
        "$a < 1.5",
        "$a.*",
        "1 - 2 - 3",
    ],
)
def test_what_has_no_shortcut(text: str) -> None:
    marker = object()
    assert shortcut(text, marker, FUNCTIONS) is marker  # type: ignore[arg-type]
