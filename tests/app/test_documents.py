"""A whole document made short, part by part."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks import parts as cutting
from tests.app.conftest import Words, scripted
from tests.app.papers import pdf
from treadle.inference.scripted import Scripted
from workflows import documents

PAGES = [[f"Page {page} line {line} tells of looms." for line in range(40)] for page in range(1, 25)]


def test_parts_span_pages_and_lose_nothing(tmp_path: Path, words: Words) -> None:
    found = cutting.parts(str(pdf(tmp_path / "long.pdf", PAGES)))
    assert len(found) > 1
    assert found[0]["place"].startswith("page 1 to page ")
    assert found[-1]["place"].endswith("page 24")
    whole = "\n".join(cutting.part(each["text"]) for each in found)
    assert all(len(cutting.part(each["text"])) <= cutting.SIZE + 100 for each in found)
    assert all(f"Page {page} line {line} tells" in whole for page in range(1, 25) for line in range(40))


def test_every_part_is_summarized_and_then_the_document(tmp_path: Path, words: Words) -> None:
    source = str(pdf(tmp_path / "long.pdf", PAGES))
    script = Scripted(lambda request: f"said {len(request['Messages'][0]['Content'][0]['Text'])}")
    execution = documents.digest.execute({"source": source}, service=scripted(documents.digest, script))
    found = cutting.parts(source)
    output = execution.output
    assert [each["place"] for each in output["sections"]] == [each["place"] for each in found]
    assert {each["summary"] for each in output["sections"]} == {f"said {len(cutting.part(e['text']))}" for e in found}
    assert len(script.requests) == len(found) + 1
    last = script.requests[-1]
    assert last["System"] == [{"Text": documents.WHOLE}]
    assert f"[{found[0]['place']}]\nsaid " in last["Messages"][0]["Content"][0]["Text"]


def test_with_the_embedded_model(tmp_path: Path, words: Words) -> None:
    source = tmp_path / "short.md"
    source.write_text("# Looms\n\nA loom weaves cloth. The weaver works the treadle by foot.\n")
    digest = documents.digest.run(source=str(source))
    assert "loom" in digest["summary"]
    assert [each["place"] for each in digest["sections"]] == ["Looms"]


def test_one_text_from_the_queue() -> None:
    execution = documents.summarize.execute(
        {"text": "Long."}, service=scripted(documents.summarize, Scripted(["Short."]))
    )
    assert execution.output == {"summary": "Short."}


@pytest.mark.parametrize(("source", "says"), [("{}", "is a folder; give one document"), ("{}/a.md", "no such file")])
def test_what_cannot_be_summarized_says_why(source: str, says: str, tmp_path: Path, words: Words) -> None:
    with pytest.raises(Exception, match=says):
        cutting.parts(source.format(tmp_path))


def test_a_document_that_is_too_long_says_so(tmp_path: Path, words: Words) -> None:
    source = tmp_path / "endless.txt"
    source.write_text("word " * (cutting.SIZE * (cutting.MOST + 1) // 4))
    with pytest.raises(Exception, match="can be summarized: split it"):
        cutting.parts(str(source))
