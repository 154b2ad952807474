"""A catalogue filled by a Distributed Map, resumed after a failure, and searched."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.app.conftest import Words
from treadle import services
from treadle.errors import ExecutionFailed
from workflows import search

COLOURS = ("red", "green", "blue", "yellow", "black")
THINGS = ("thread", "loom", "shuttle", "wheel", "cloth", "needle", "spindle")


@pytest.fixture
def items(tmp_path: Path, words: Words, monkeypatch: pytest.MonkeyPatch) -> Path:
    """350 lines: four batches of a hundred."""
    monkeypatch.setenv("TREADLE_CATALOGUE", str(tmp_path / "index"))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "catalogue" / "items.jsonl"
    path.parent.mkdir()
    texts = [f"{colour} {thing} number{n}" for n in range(10) for colour in COLOURS for thing in THINGS]
    lines = [json.dumps({"id": str(n), "text": text}) for n, text in enumerate(texts)]
    path.write_text("\n".join(lines) + "\n")
    return path


def ask(words: Words, text: str) -> list[Any]:
    mocks = services.mock({"embedder.embed": {"Body": {"embedding": words.vector(text)}}})
    service = services.Router(mocks, services.functions(search.query.compile().functions))
    found: list[Any] = search.query.execute({"text": text, "k": 3}, service=service).output
    return found


def test_fill_and_query(items: Path, words: Words) -> None:
    assert search.fill.run() == {"items": 350, "model": "words-64"}
    assert len(words.asked) == 350
    best = ask(words, "blue shuttle number7")[0]
    assert (best["text"], best["score"]) == ("blue shuttle number7", 1.0)


def until(condition: Callable[[], bool]) -> None:
    """Batches are embedded side by side, and one that is under way when another fails goes on to its end."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "nothing came to its end within 30 s"
        time.sleep(0.01)


def fill_and_fail(tmp_path: Path, marker: str) -> int:
    """A run that fails at the batches with `marker`, after another is kept; gives how many texts it embedded."""
    real = Words.embed
    embedded: list[int] = []

    def parts() -> int:
        return len(list((tmp_path / "index").glob("staging-*/*.part")))

    def failing(self: Words, texts: list[str]) -> Any:
        if any(marker in text for text in texts):
            until(lambda: parts() > 0)
            raise RuntimeError("out of memory")
        embedded.append(len(texts))
        return real(self, texts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Words, "embed", failing)
        with pytest.raises(ExecutionFailed):
            search.fill.run()
        until(lambda: parts() == len(embedded))
    return sum(embedded)


def test_begun_again_it_embeds_only_what_is_missing(items: Path, tmp_path: Path, words: Words) -> None:
    kept = fill_and_fail(tmp_path, "number5")
    assert 0 < kept == len(words.asked) < 350
    assert search.fill.run()["items"] == 350
    assert len(words.asked) == 350


def test_items_that_are_gone_since_a_failed_run_are_not_kept(items: Path, tmp_path: Path, words: Words) -> None:
    fill_and_fail(tmp_path, "number9")
    items.write_text('{"id": "a", "text": "a white ribbon"}\n')
    assert search.fill.run()["items"] == 1


def test_filled_again_it_replaces_the_old_items(items: Path, words: Words) -> None:
    search.fill.run()
    items.write_text('{"id": "a", "text": "a white ribbon"}\n')
    assert search.fill.run()["items"] == 1
    assert [each["id"] for each in ask(words, "ribbon")] == ["a"]


def test_an_empty_catalogue_says_what_to_do(tmp_path: Path, words: Words, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREADLE_CATALOGUE", str(tmp_path / "index"))
    with pytest.raises(ExecutionFailed, match="fill it with"):
        search.query.run(text="anything")
