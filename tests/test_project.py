"""Finding a project and what it holds; what cannot be read is one line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from treadle.errors import ProjectError
from treadle.project import find

WORKFLOW = """
from treadle import workflow

@workflow
def {name}(x: int) -> int:
    return x + 1
"""


@pytest.fixture(autouse=True)
def clean_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another project's `workflows` package must not be found in this process."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in [name for name in sys.modules if name.partition(".")[0] in {"workflows", "models"}]:
        monkeypatch.delitem(sys.modules, name)
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] in {"workflows", "models"}]:
        del sys.modules[name]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "treadle.toml").write_text('name = "shop"\n[models.endpoints]\nintent = "models:guess"\n')
    (tmp_path / "workflows").mkdir()
    (tmp_path / "workflows" / "__init__.py").touch()
    (tmp_path / "workflows" / "orders.py").write_text(WORKFLOW.format(name="place"))
    (tmp_path / "workflows" / "returns.py").write_text(WORKFLOW.format(name="accept"))
    (tmp_path / "models.py").write_text("def guess(text):\n    return text\n\nnumber = 5\n")
    return tmp_path


def test_it_is_found_from_below(root: Path) -> None:
    below = root / "a" / "b"
    below.mkdir(parents=True)
    assert find(below).root == root
    assert find(below).name == "shop"


def test_workflows_by_name(root: Path) -> None:
    project = find(root)
    assert project.workflow("orders.place").run(1) == 2
    assert list(project.workflows) == ["orders.place", "returns.accept"]
    assert project.workflow("returns.accept").machine_name == "shop-returns-accept"


def test_only_the_named_module_is_imported(root: Path) -> None:
    (root / "workflows" / "broken.py").write_text("def (")
    assert find(root).workflow("orders.place").name == "orders.place"


def test_stand_ins_of_endpoints(root: Path) -> None:
    assert find(root).endpoints()["intent"]("a") == "a"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("orders.plaice", "no workflow 'orders.plaice': did you mean 'orders.place'"),
        ("order.place", "did you mean 'orders.place'"),
        ("accept", "did you mean 'returns.accept'"),
        ("zzz", "this project has orders.place, returns.accept"),
    ],
)
def test_an_unknown_name_offers_the_closest(root: Path, name: str, message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        find(root).workflow(name)


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("treadle.toml", "name = ", "treadle.toml: Invalid value"),
        ("treadle.toml", "title = 'x'", "give the project a name"),
        ("workflows/orders.py", "def (", "orders.py:1: invalid syntax"),
        ("workflows/orders.py", "import nonsense_of_none", "imports nonsense_of_none, which is not installed"),
        ("models.py", "guess = 1", "'models:guess' is no function"),
    ],
)
def test_what_cannot_be_read_is_one_line(root: Path, file: str, text: str, message: str) -> None:
    (root / file).write_text(text)
    with pytest.raises(ProjectError, match=message) as caught:
        project = find(root)
        _ = project.workflows, project.endpoints()
    assert "\n" not in str(caught.value)


def test_no_project_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="treadle new DIR"):
        find(tmp_path)
