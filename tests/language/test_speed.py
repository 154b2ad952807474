"""A longer workflow takes work and gives text in proportion; `benchmarks.language` measures the time."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.compiling import written
from treadle.language import Compiled, compile_function


def worked(workflow: Callable[..., Any]) -> tuple[int, Compiled]:
    """How many functions are called to compile a workflow, which no load of the machine changes; what comes of it."""
    count = 0

    def called(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        found = compile_function(workflow)
    finally:
        sys.setprofile(before)
    return count, found


def test_work_and_text_grow_with_the_lines(tmp_path: Path) -> None:
    compile_function(written(30, tmp_path))
    (less, short), (more, long) = (worked(written(lines, tmp_path)) for lines in (100, 400))
    sizes = [len(json.dumps(each.definition)) for each in (short, long)]
    assert sizes[1] < 4.5 * sizes[0]
    assert more < 5.5 * less, f"{less} calls for 100 lines, {more} for 400"
