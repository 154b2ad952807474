"""Refused places: where they are, and all of them at once; where states come from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.language.programs import double
from treadle.errors import CompileError
from treadle.language import compile_function


def refused(n: int, xs: list[int]) -> Any:
    with open("x"):  # a comment
        pass
    y = undefined_name + 1  # type: ignore[name-defined]  # noqa: F821
    if n:
        z = 1
    shared = xs
    shared.append(y)
    return z


def recursive(n: int) -> int:
    return n if n < 1 else double(recursive(n - 1))


def never_read(n: int) -> int:
    return n
    undefined_name()  # type: ignore[name-defined]  # noqa: F821


def problems(function: Any) -> list[Any]:
    with pytest.raises(CompileError) as caught:
        compile_function(function)
    return list(caught.value.problems)


def test_every_place_is_reported_in_one_run() -> None:
    found = problems(refused)
    first = refused.__code__.co_firstlineno
    assert [problem.line - first for problem in found] == [1, 3, 8]
    assert "with" in found[0].message
    assert found[1].message == "undefined_name is not defined"
    assert "may be unassigned" in found[2].message


def test_a_place_has_its_column_and_source() -> None:
    problem = problems(refused)[1]
    assert problem.file.endswith("test_source.py")
    assert problem.source[problem.column - 1 :].startswith("undefined_name")
    assert str(problem).splitlines()[1].strip().startswith("y = ")


def test_recursion_is_refused() -> None:
    assert "calls itself" in problems(recursive)[0].message


def test_code_that_is_never_reached_is_not_looked_at() -> None:
    assert compile_function(never_read).definition


def test_every_state_has_its_line() -> None:
    from tests.language import programs

    compiled = compile_function(programs.task_loop)
    lines = programs.task_loop.__code__.co_firstlineno
    assert set(compiled.sources) == set(compiled.definition["States"])
    assert compiled.sources["double"].line == lines + 3
    assert compiled.sources["double"].file.endswith("programs.py")


def test_a_comment_names_a_state() -> None:
    from tests.language import more_programs

    states = compile_function(more_programs.named_state).definition["States"]
    assert "Double it" in states
    assert states["shout"]["Comment"] == "The greeting is loud."


def test_what_belongs_to_a_workflow() -> None:
    from tests.language import reference

    compiled = compile_function(reference.answer, project="shop")
    assert compiled.parameters == {
        "type": "object",
        "properties": {"question": {"type": "string"}, "k": {"type": "integer", "default": 4}},
        "required": ["question"],
        "additionalProperties": False,
    }
    assert compiled.returns["required"] == ["answer", "sources"]
    assert list(compiled.functions) == ["shop-search"]
    assert [operation.name for operation in compiled.steps] == ["embed", "search", "converse"]
    assert compiled.definition["Comment"] == "Answer a question from the indexed documents, and name the sources."
