"""Recorded answers of AWS, run against Treadle: `python -m tests.conformance [FILE …] [--json OUT]`.

A group is a module with `handles(record)` and `run(record) -> difference or None`. The recordings are not ours: they
lie in TREADLE_CONFORMANCE or in `../shared/conformance` beside the repository, with `compare.py`, their matcher.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

Record = dict[str, Any]

ACCOUNT, REGION = "111111111111", "us-east-1"
EXCLUDED = Path(__file__).parent / "excluded.json"


class Excluded(Exception):
    """A group's answer to a record that cannot be run, and why."""


def folder() -> Path:
    """Where the recordings are, whether they are there or not."""
    named = os.environ.get("TREADLE_CONFORMANCE")
    return Path(named) if named else Path(__file__).parents[2].parent / "shared" / "conformance"


@cache
def compare() -> ModuleType:
    """The reference matcher that comes with the recordings."""
    spec = importlib.util.spec_from_file_location("conformance_compare", folder() / "compare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def records(path: Path) -> Iterator[Record]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def difference(expected: Any, actual: Any, record: Record) -> str | None:
    """None where `actual` is what was recorded: the record's names replaced, its wildcards standing for anything."""
    matcher = compare()
    actual = json.loads(matcher.substitute(json.dumps(actual), record))
    wild = list(matcher.DEFAULT_WILDCARDS) + list(record.get("wildcards", ()))
    found = matcher.diff(expected, matcher.normalise(actual), wild)
    return "; ".join(f"{path}: recorded {want!r}, got {got!r}" for path, want, got in found) or None
