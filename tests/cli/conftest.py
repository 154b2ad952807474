"""Projects in folders of their own, and the command line run in them as a process, as a person would."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from treadle import cli

WORKFLOWS = '''\
"""Workflows that end in every way."""

from typing import TypedDict

from tasks.work import breaks, doubles, refuses, sleeps
from treadle import each, on, workflow


class Result(TypedDict):
    total: int
    names: list[str]


@workflow(on=[on.post("/sums")])
def total(numbers: list[int], name: str = "ä") -> Result:
    """Double numbers and sum them up."""
    doubled = each(numbers, doubles)
    return {"total": sum(doubled), "names": [name]}


@workflow
def broken(text: str) -> str:
    return breaks(text)


@workflow
def refused(path: str) -> str:
    return refuses(path)


@workflow
def raises(text: str) -> str:
    if text == "":
        raise ValueError("no text")
    return text


@workflow
def slow(seconds: float) -> float:
    return sleeps(seconds)
'''
TASKS = """\
import time

from treadle import InputError, task


@task
def doubles(number: int) -> int:
    return 2 * number


@task
def breaks(text: str) -> str:
    raise KeyError(f"broken by {text}")


@task
def refuses(path: str) -> str:
    raise InputError(f"{path}: no such file; check the path")


@task
def sleeps(seconds: float) -> float:
    time.sleep(seconds)
    return seconds
"""

Treadle = Callable[..., subprocess.CompletedProcess[str]]


def environment() -> dict[str, str]:
    """Ours, without what would change the models that answer."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TREADLE_", "OPENAI_", "COV"))}
    return kept | {"PYTHONWARNINGS": "error", "COLUMNS": "200"}


def command(*arguments: str, cwd: Path, input: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "treadle.cli", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        input=input,
        timeout=120,
        env=environment(),
    )


@pytest.fixture(scope="session")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose workflows `ends.*` end in every way."""
    root = tmp_path_factory.mktemp("ends")
    files = {
        "treadle.toml": 'name = "ends"\n',
        "workflows/__init__.py": "",
        "workflows/ends.py": WORKFLOWS,
        "tasks/__init__.py": "",
        "tasks/work.py": TASKS,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `treadle new` makes."""
    root = tmp_path_factory.mktemp("new") / "My Notes"
    assert cli.main(["new", str(root)]) == 0
    return root
