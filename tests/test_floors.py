"""A room imports only from the floors below it, and from itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "treadle"
FLOORS = {
    "errors": -1, "asl": 0,
    "language": 1, "engine": 1,
    "services": 2, "inference": 2, "stores": 2,
    "workflow": 3, "project": 3, "triggers": 3, "inputs": 3, "local": 3, "datascience": 3, "timeline": 3,
    "lanes": 4, "publish": 4, "testing": 4,
    "cli": 5, "server": 5, "notebook": 5,
}  # fmt: skip
# The modules of one floor that are single files form one room: the object, its triggers, its project.
GLUE = {room for room, floor in FLOORS.items() if floor == 3}


def imported(path: Path) -> list[tuple[str, int]]:
    """Every `treadle.<room>` a file imports, at the top or inside a function, with the line."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write the absolute import"
            names = [node.module or ""]
            if node.module == "treadle":
                names = [f"treadle.{alias.name}" for alias in node.names]
        found += [(name.split(".")[1], node.lineno) for name in names if name.startswith("treadle.")]
    return found


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


FILES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down(path: Path) -> None:
    here = room(path)
    assert here in FLOORS, f"{here} has no floor: add it to the table of the design"
    for there, line in imported(path):
        same = here == there or {here, there} <= GLUE
        assert same or FLOORS.get(there, 9) < FLOORS[here], f"{path.name}:{line}: {here} imports {there}"


def test_only_the_reference_application_knows_itself() -> None:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                top = (node.module or "").split(".")[0]
                assert top not in {"workflows", "tasks", "models"}, f"{path.name}:{node.lineno}"
