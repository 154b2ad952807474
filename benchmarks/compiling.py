"""Workflows of a given number of lines, and how long they take to compile."""

from __future__ import annotations

import importlib.util
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from treadle.language import compile_function

PARTS = [
    "    v{i} = t + {i} * 2",
    "    if t > {i}:\n        t = t + v0\n    else:\n        t = t - 1",
    "    for x in xs:\n        if x == {i}:\n            continue\n        t += f(x)",
    "    try:\n        t = f(t)\n    except ValueError as e:\n        out.append(len(str(e)))",
    "    out = out + [x * {i} for x in xs if x > {i}]",
    "    s{i} = f'{{t}} and {i}'.upper()\n    out.append(len(s{i}))",
]
HEAD = """from treadle.language import task


@task
def f(x: int) -> int:
    return x


def workflow(a: int, xs: list[int]) -> list[int]:
    out: list[int] = []
    t = a"""


def written(lines: int, folder: Path) -> Callable[..., Any]:
    """A workflow of that many lines, in a file of the folder: assignments, branches, loops, calls, handlers."""
    text, at = HEAD, 0
    while text.count("\n") < lines - 2:
        text += "\n" + PARTS[at % len(PARTS)].format(i=at)
        at += 1
    path = folder / f"lines{lines}.py"
    path.write_text(text + "\n    return out\n", encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[..., Any] = module.workflow
    return found


def seconds(lines: int, times: int = 5) -> float:
    """The processor's time that compiling so many lines takes: the best of several."""
    with tempfile.TemporaryDirectory() as folder:
        workflow = written(lines, Path(folder))
        taken = []
        for _ in range(times):
            start = time.process_time()
            compile_function(workflow)
            taken.append(time.process_time() - start)
    return min(taken)


def figures() -> dict[str, float]:
    """What the reports give: `compile_200_lines_ms`, `compile_2000_lines_s`."""
    return {
        "compile_200_lines_ms": round(1000 * seconds(200), 1),
        "compile_2000_lines_s": round(seconds(2000), 3),
    }
