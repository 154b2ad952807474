"""`make demo` tells the whole story, and the second time uses the index of the first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import environment

ROOT = Path(__file__).parents[2]


def demo(home: Path, *question: str) -> subprocess.CompletedProcess[str]:
    places = {"TREADLE_INDEX": str(home / "index"), "TREADLE_OBJECTS": str(home / "objects")}
    return subprocess.run(
        [sys.executable, "-m", "workflows.demo", *question],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment() | places,
        timeout=240,
    )


def test_the_demo_twice(tmp_path: Path) -> None:
    first = demo(tmp_path)
    assert first.returncode == 0, first.stderr
    assert "indexed now" in first.stdout
    again = demo(tmp_path)
    assert "unchanged since the last run" in again.stdout
    assert "each  " not in again.stderr
    answer, _, rest = again.stdout.partition("\nSources:\n")
    sources, _, states = rest.partition("\nThe states of rag.answer")
    assert "A workflow always compiles to one document" in " ".join(answer.split())
    assert "  1. docs/" in sources
    for word in ("embedder.embed", "search", "assistant.converse", "all-MiniLM-L6-v2 (embedded)", "extractive quotes"):
        assert word in states
    assert demo(tmp_path, "What", "does", "exit", "code", "130", "mean?").returncode == 0
