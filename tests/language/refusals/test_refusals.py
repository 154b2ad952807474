"""Every refusal says where, what, and what to write instead; and what it says to write compiles."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from tests.language.refusals.compiling import compiles, golden, parameters, problems, programs

PROGRAMS = dict(programs())


@functools.cache
def wanted() -> dict[str, Any]:
    return golden()


@pytest.mark.parametrize("name", PROGRAMS)
def test_is_refused_in_these_words(name: str) -> None:
    source = PROGRAMS[name]
    assert wanted()[name]["source"] == source
    found = problems(name, source)
    assert [str(problem) for problem in found] == wanted()[name]["says"]
    for problem in found:
        assert problem.file.endswith(f"program_{name}.py")
        lines = source.splitlines()
        assert problem.source.strip() == lines[problem.line - 1].strip()
        assert 1 <= problem.column <= len(problem.source)


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_to_write_instead_compiles(name: str) -> None:
    found = problems(name, PROGRAMS[name])
    assert found
    for problem in found:
        assert problem.instead, str(problem)
        assert compiles(problem.instead, parameters(PROGRAMS[name])) == ""


def test_there_are_enough() -> None:
    assert len(PROGRAMS) >= 150


def test_all_mistakes_of_a_program_are_told_at_once() -> None:
    source = "def program(n: int, s: str):\n    a = n ** -1\n    b = s.title()\n    return unknown\n"
    assert {problem.line for problem in problems("several", source)} == {2, 3, 4}
