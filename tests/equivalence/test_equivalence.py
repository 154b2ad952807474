"""A smaller run of the equivalence generator, and what it is made of."""

from __future__ import annotations

import ast
import warnings
from collections import Counter

import pytest

from tests.equivalence.__main__ import constructs
from tests.equivalence.judge import judge, same
from tests.equivalence.programs import program
from tests.equivalence.shrink import shrink

CHUNK = 50


@pytest.mark.parametrize("first", range(0, 300, CHUNK))
def test_programs_give_what_python_gives(first: int) -> None:
    refused = 0
    for seed in range(first, first + CHUNK):
        source, parameters = program(seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            verdict = judge(source, parameters, seed, inputs=2)
        assert verdict.kind not in ("different", "broken"), f"seed {seed}\n{source}\n{verdict.detail}"
        refused += verdict.kind == "refused"
    assert refused <= CHUNK * 0.3


def test_the_same_seed_writes_the_same_program() -> None:
    assert program(7) == program(7)


def test_programs_hold_every_kind_of_statement() -> None:
    found: Counter[str] = Counter()
    for seed in range(400):
        found.update(constructs(program(seed)[0]))
    wanted = (
        "Assign AnnAssign AugAssign If For While Break Continue Try Raise Assert Match Return ListComp DictComp "
        "GeneratorExp Lambda IfExp BoolOp Compare JoinedStr Slice Starred Delete sorted() .append() .pop() .get() "
        ".join() double() each() long() measured() distribute()"
    )
    assert not [name for name in wanted.split() if not found[name]]


def test_a_difference_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "def program(p0: int) -> Any:\n    return p0\n"
    assert judge(source, {"p0": "int"}, 1).kind == "same"
    assert judge("def program(p0: int) -> Any:\n    return {p0}\n", {"p0": "int"}, 1).kind == "refused"
    monkeypatch.setattr("tests.equivalence.judge.in_python", lambda function, given: ("value", "other"))
    assert judge(source, {"p0": "int"}, 1).kind == "different"


def test_json_is_told_apart() -> None:
    assert not same([1], [True])
    assert not same({"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert same([1, {"a": 2.0}], [1.0, {"a": 2}])


def test_shrinking_keeps_what_matters() -> None:
    source = "def program(p0: int) -> Any:\n    a = 1\n    b = [2, 3]\n    if p0:\n        c = b[1] + a\n    return b\n"
    smaller = shrink(source, lambda text: "3" in text)
    assert len(ast.parse(smaller).body[0].body) <= 2  # type: ignore[attr-defined]
    assert "3" in smaller
