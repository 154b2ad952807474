"""Which files of a source are read, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.walking import documents
from treadle.errors import InputError


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("words")


def test_documents_sorted_without_hidden_and_foreign_files(tmp_path: Path) -> None:
    make(tmp_path, "b.md", "a/z.txt", "a/b.HTML", ".git/x.md", "a/.hidden.md", "node_modules/r.md", "c.py", "d.pdf.gz")
    found = [str(path.relative_to(tmp_path)) for path in documents(str(tmp_path))]
    assert found == ["a/b.HTML", "a/z.txt", "b.md", "d.pdf.gz"]


def test_links_are_read_once_and_loops_end(tmp_path: Path) -> None:
    make(tmp_path, "a/one.md")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "again.md").symlink_to(tmp_path / "a" / "one.md")
    (tmp_path / "dangling.md").symlink_to(tmp_path / "nowhere.md")
    assert len(documents(str(tmp_path))) == 1


def test_one_file(tmp_path: Path) -> None:
    make(tmp_path, "one.md")
    assert documents(str(tmp_path / "one.md")) == [tmp_path / "one.md"]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "source is empty"),
        ("{}/gone", "no such file or folder; check the path"),
        ("{}/empty", "no documents in this folder"),
        ("{}/a.py", "not a document Treadle reads"),
    ],
)
def test_a_source_without_documents_says_what_to_do(tmp_path: Path, source: str, says: str) -> None:
    (tmp_path / "empty").mkdir()
    make(tmp_path, "a.py")
    with pytest.raises(InputError, match=says):
        documents(source.format(tmp_path))
