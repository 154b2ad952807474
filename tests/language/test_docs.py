"""Every example of the language's pages compiles and is accepted."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from treadle.asl import check
from treadle.workflow import Workflow

PAGES = [Path(__file__).parents[2] / "docs" / name for name in ("language.md", "library.md")]
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("at", range(len(EXAMPLES)))
def test_example_compiles(at: int, tmp_path: Path) -> None:
    path = tmp_path / f"example{at}.py"
    path.write_text(EXAMPLES[at], encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = [each for each in vars(module).values() if isinstance(each, Workflow)]
    assert found
    for each in found:
        assert [finding for finding in check(each.definition) if finding.severity == "ERROR"] == []
