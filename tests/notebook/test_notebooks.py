"""Every notebook of the repository, executed in a real kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

FOLDER = Path(__file__).parents[2] / "notebooks"


def executed(path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> Any:
    monkeypatch.setenv("TREADLE_INDEX", str(home / "index"))
    monkeypatch.setenv("TREADLE_OBJECTS", str(home / "objects"))
    monkeypatch.setenv("IPYTHONDIR", str(home / "ipython"))
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(FOLDER)}}
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
    return notebook


@pytest.mark.filterwarnings("ignore")  # of the kernel's own libraries
def test_the_tour(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    notebook = executed(FOLDER / "rag.ipynb", monkeypatch, tmp_path)
    shown = {
        cell.source.split("\n")[-1]: "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    }
    assert "SUCCEEDED" in shown['rag.index.execute({"source": "../docs"})']
    assert "<svg" in shown["explain"]
    assert "extractive" in shown['explain.execute({"question": "What is the chain lane?"})']
    assert "TREADLE!" in shown['cheer.execute({"names": ["loom", "wheel", "treadle"]})']
    assert "ValueError" in shown['cheer.execute({"names": ["loom", ""]})']
    assert "nothing to shout" in shown['cheer.execute({"names": ["loom", ""]})']
    assert "with open(text) as file:" in shown["refused"]
    assert "error" not in {output.output_type for cell in notebook.cells for output in cell.get("outputs", [])}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.name)
def test_notebooks_are_kept_without_their_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.get("outputs") for cell in notebook.cells)
