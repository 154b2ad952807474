"""What a type checker makes of the vocabulary: a task keeps its signature, a call its return type."""

from __future__ import annotations

import os
from pathlib import Path

from mypy import api

PROGRAM = """
from typing import TypedDict, assert_type

from treadle.language import Task, bedrock, callback, distribute, each, parallel, task


class Mood(TypedDict):
    mood: str


@task(memory=512, timeout=10)
def search(vector: list[float], k: int = 4) -> list[str]:
    return []


@task
def ask(question: str, token: str) -> None: ...


assistant = bedrock.chat("m")
embedder = bedrock.embedding("m")

assert_type(search([1.0], k=2), list[str])
assert_type(search.using(retry=3)([1.0]), list[str])
assert_type(assistant.converse("hi"), str)
assert_type(assistant.converse("hi", tools=[search])["text"], str)
assert_type(assistant.converse("hi", returns=Mood), Mood)
assert_type(embedder.embed("hi"), list[float])
assert_type(each([1, 2], lambda n: str(n)), list[str])
assert_type(parallel(lambda: 1, lambda: "x"), tuple[int, str])
assert_type(callback(ask, "go on?", returns=str), str)
assert_type(distribute([1, 2], lambda n: f"{n}"), list[str])
search("no vector")
search([1.0], j=2)
"""


def test_mypy_reads_the_vocabulary(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    root = Path(__file__).parents[2]
    os.environ["MYPYPATH"] = str(root)
    try:
        out, _, _ = api.run(["--strict", "--follow-imports=silent", f"--cache-dir={tmp_path}", str(program)])
    finally:
        del os.environ["MYPYPATH"]
    errors = [line for line in out.splitlines() if ": error:" in line]
    assert len(errors) == 2, out
    assert 'incompatible type "str"' in errors[0]
    assert 'Unexpected keyword argument "j"' in errors[1]
