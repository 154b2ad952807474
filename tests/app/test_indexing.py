"""From documents to an index: what is kept, what is refused, and that the old index survives whatever goes wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tasks import indexing, places
from tasks.indexing import Indexed, commit, embed, read
from tasks.retrieval import search
from tests.app.conftest import Words
from tests.app.papers import encrypted, pdf
from treadle.errors import InputError


def index(source: Path) -> Indexed:
    work = read(str(source))
    if work["indexed"] is not None:
        return work["indexed"]
    for batch in work["batches"]:
        embed(batch, work["staging"])
    return commit(work["staging"])


def library(root: Path) -> Path:
    (root / "manual").mkdir(parents=True)
    (root / "manual" / "loom.md").write_text(
        "# Loom\n\nThe shuttle carries the thread.\n\n## Treadle\n\nThe foot drives it."
    )
    (root / "wheel.html").write_text("<title>Wheel</title><h1>Spinning</h1><p>The wheel spins the yarn all day.</p>")
    pdf(root / "paper.pdf", [["Cotton grows in warm and sunny places."], ["Wool comes from sheep and goats."]])
    return root


def files(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}


def test_an_index_names_file_and_page_or_heading(tmp_path: Path, words: Words) -> None:
    done = index(library(tmp_path / "library"))
    assert done == {"files": 3, "passages": 5, "model": "words-64", "skipped": [], "unchanged": False}
    found = {p["source"]: p["text"] for q in ("foot", "sheep", "yarn") for p in search(words.vector(q), 1)}
    assert found == {
        "library/manual/loom.md, Loom > Treadle": "The foot drives it.",
        "library/paper.pdf, page 2": "Wool comes from sheep and goats.",
        "library/wheel.html, Spinning": "The wheel spins the yarn all day.",
    }


def test_headings_are_embedded_with_their_text_and_page_numbers_are_not(tmp_path: Path, words: Words) -> None:
    index(library(tmp_path / "library"))
    assert "Loom > Treadle\nThe foot drives it." in words.asked
    assert "Wool comes from sheep and goats." in words.asked


def test_unchanged_documents_are_not_embedded_again(tmp_path: Path, words: Words) -> None:
    source = library(tmp_path / "library")
    first = index(source)
    words.asked.clear()
    assert index(source) == first | {"unchanged": True}
    assert words.asked == []
    (source / "wheel.html").write_text("<p>The wheel stands still tonight.</p>")
    assert index(source)["unchanged"] is False
    assert search(words.vector("tonight"), 1)[0]["source"] == "library/wheel.html"


def test_another_model_makes_another_index(tmp_path: Path, words: Words) -> None:
    source = library(tmp_path / "library")
    index(source)
    words.name = "words-64-v2"
    with pytest.raises(InputError, match="was made with 'words-64'"):
        search(words.vector("foot"))
    assert index(source)["unchanged"] is False
    assert search(words.vector("foot"))


def test_a_failed_or_interrupted_index_leaves_the_old_one(
    tmp_path: Path, words: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(library(tmp_path / "library"))
    before = files(tmp_path / "home")
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.md").write_text("Something else that is long enough.")
    work = read(str(other))
    assert search(words.vector("foot"), 1)[0]["text"] == "The foot drives it."
    embed(work["batches"][0], work["staging"])
    assert search(words.vector("foot"), 1)[0]["text"] == "The foot drives it."
    assert before <= files(tmp_path / "home")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gone", "no such file or folder"),
        ("empty", "no documents in this folder"),
        ("locked.pdf", "encrypted with a password"),
        ("scan.pdf", "no text (a scan?)"),
        ("broken.pdf", "not a PDF that can be opened"),
        ("bad", "none of its 2 documents can be read; the first is bad/a.pdf: not a PDF"),
        ("short", "its documents hold no words"),
    ],
)
def test_what_cannot_be_indexed_says_why_and_writes_nothing(tmp_path: Path, words: Words, name: str, says: str) -> None:
    index(library(tmp_path / "library"))
    before = files(tmp_path / "home")
    for folder in ("empty", "bad", "short"):
        (tmp_path / folder).mkdir()
    encrypted(tmp_path / "locked.pdf", [["secret words"]])
    pdf(tmp_path / "scan.pdf", [[]])
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    (tmp_path / "bad" / "a.pdf").write_bytes(b"no")
    (tmp_path / "bad" / "b.pdf").write_bytes(b"no")
    (tmp_path / "short" / "a.txt").write_text("1 2 3\n\n* * *")
    with pytest.raises(InputError) as raised:
        read(str(tmp_path / name))
    assert says in str(raised.value)
    assert files(tmp_path / "home") == before


def test_unreadable_documents_of_a_folder_are_skipped_and_named(tmp_path: Path, words: Words) -> None:
    source = library(tmp_path / "library")
    encrypted(source / "locked.pdf", [["secret words"]])
    done = index(source)
    assert done["files"] == 3
    assert [(each["file"], each["reason"][:9]) for each in done["skipped"]] == [("library/locked.pdf", "encrypted")]


def test_the_same_text_is_indexed_once(tmp_path: Path, words: Words) -> None:
    source = library(tmp_path / "library")
    (source / "copy.md").write_text((source / "manual" / "loom.md").read_text())
    assert index(source)["passages"] == 5


def test_batches_grow_so_that_their_references_stay_small(tmp_path: Path, words: Words) -> None:
    numbers = ({"text": str(n)} for n in range(500_000))
    sizes = [len(batch) for batch in indexing._batches(numbers)]
    assert sum(sizes) == 500_000
    assert sizes[0] == indexing.BATCH
    assert len(sizes) * len(f'"indexing/{"x" * 36}/000000.json",') < 150_000


def test_a_batch_embedded_twice_is_there_once(tmp_path: Path, words: Words) -> None:
    work = read(str(library(tmp_path / "library")))
    for _ in range(2):
        assert embed(work["batches"][0], work["staging"]) == 5
    assert commit(work["staging"])["passages"] == 5
    assert not list((tmp_path / "home" / "objects").rglob("*.json"))


def test_batches_that_an_interrupted_run_left_are_removed_after_a_day(tmp_path: Path, words: Words) -> None:
    source = library(tmp_path / "library")
    read(str(source))
    jobs = tmp_path / "home" / "objects" / indexing.JOBS
    (old,) = jobs.iterdir()
    read(str(source))
    assert len(list(jobs.iterdir())) == 2
    os.utime(old, (0, 0))
    read(str(source))
    assert not old.exists()
    assert len(list(jobs.iterdir())) == 2


def test_searching_before_indexing_says_what_to_do(words: Words) -> None:
    with pytest.raises(InputError, match="nothing is indexed yet"):
        search([1.0] * 64)


def test_a_search_finds_nothing_where_nothing_is_like_it(tmp_path: Path, words: Words) -> None:
    index(library(tmp_path / "library"))
    assert search([-number for number in words.vector("the foot drives it")]) == []


def test_the_index_lies_in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TREADLE_INDEX", raising=False)
    root = Path(__file__).parents[2]
    assert places.index() == root / ".treadle" / "index"
