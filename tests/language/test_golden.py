"""Compiled workflows as reviewed by eye: `python -m tests.language.test_golden` writes them anew."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.language import more_programs, programs, reference
from treadle.asl import check, dumps
from treadle.language import compile_function

FOLDER = Path(__file__).parent / "golden"
GOLDEN: list[Callable[..., Any]] = [
    reference.answer,
    programs.search_loop,
    programs.caught_by_name,
    programs.finally_runs,
    programs.expression_errors_caught,
    programs.in_parallel,
    programs.mapped,
    programs.task_loop,
    programs.short_circuit,
    more_programs.agent,
    more_programs.asked,
    more_programs.distributed_batches,
    more_programs.named_state,
    more_programs.put_item,
]


def text(function: Callable[..., Any]) -> str:
    return dumps(compile_function(function).definition)


@pytest.mark.parametrize("function", GOLDEN, ids=lambda function: function.__name__)
def test_compiles_to_the_reviewed_text(function: Callable[..., Any]) -> None:
    assert text(function) == (FOLDER / f"{function.__name__}.asl.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("function", GOLDEN, ids=lambda function: function.__name__)
def test_is_accepted_by_the_checker(function: Callable[..., Any]) -> None:
    assert [finding for finding in check(compile_function(function).definition) if finding.severity == "ERROR"] == []


PRINT = "from tests.language.test_golden import GOLDEN, text; print(''.join(map(text, GOLDEN)))"


def test_the_same_source_gives_the_same_bytes() -> None:
    """In two processes with different hash seeds."""
    found = [
        subprocess.run(
            [sys.executable, "-c", PRINT], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "4711")
    ]
    assert found[0] == found[1]
    assert len(found[0]) > 10_000


def write() -> None:
    FOLDER.mkdir(exist_ok=True)
    for function in GOLDEN:
        (FOLDER / f"{function.__name__}.asl.json").write_text(text(function), encoding="utf-8")


if __name__ == "__main__":
    write()
