"""Questions answered from documents, with the embedded models: as Python, on the engine, and from the compiled JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.app.conftest import scripted
from treadle import ExecutionFailed, asl
from treadle.engine import load
from treadle.engine import run as run_machine
from treadle.errors import InputError
from treadle.inference.scripted import Scripted
from treadle.local import service
from treadle.project import find
from workflows import rag

DOCUMENTS = {
    "loom.md": "# Loom\n\n## Shuttle\n\nThe shuttle carries the weft thread from one side of the loom to the other.\n\n"
    "## Treadle\n\nThe treadle is a lever worked by the foot. It raises the shafts of the loom.\n",
    "dye.html": "<h1>Dyeing</h1><p>Indigo dyes wool blue. The cloth turns blue only when it meets the air.</p>",
}


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TREADLE_INDEX", str(tmp_path / "home" / "index"))
    monkeypatch.setenv("TREADLE_OBJECTS", str(tmp_path / "home" / "objects"))
    for name in ("OPENAI_BASE_URL", "TREADLE_GGUF", "TREADLE_MODELS"):
        monkeypatch.delenv(name, raising=False)
    root = tmp_path / "library"
    root.mkdir()
    for name, text in DOCUMENTS.items():
        (root / name).write_text(text)
    return root


def test_index_and_answer_on_the_engine(library: Path) -> None:
    done = rag.index.run(source=str(library))
    assert done == {
        "files": 2,
        "passages": 3,
        "model": "all-MiniLM-L6-v2 (embedded)",
        "skipped": [],
        "unchanged": False,
    }
    assert rag.index.run(source=str(library)) == done | {"unchanged": True}
    answer = rag.answer.run(question="What raises the shafts of the loom?")
    assert "The treadle is a lever worked by the foot. It raises the shafts" in str(answer["answer"])
    assert answer["sources"][0] == "library/loom.md, Loom > Treadle"


def test_python_engine_and_compiled_json_answer_alike(library: Path) -> None:
    assert rag.index(str(library)) == rag.index.run(source=str(library)) | {"unchanged": False}
    for question, k in (("What colour does indigo give?", 4), ("Who carries the thread?", 1)):
        plain = rag.answer(question, k)
        assert rag.answer.run(question=question, k=k) == plain
        text = asl.dumps(rag.answer.definition)
        answers = service(rag.answer.compile().functions, find(Path(__file__)))
        execution = run_machine(load(text), {"question": question, "k": k}, service=answers)
        assert execution.output == plain
        assert [model for _, model in execution.models] == [
            "all-MiniLM-L6-v2 (embedded)",
            "extractive quotes (embedded)",
        ]


def test_a_question_that_no_document_answers(library: Path) -> None:
    rag.index.run(source=str(library))
    assert rag.answer.run(question="zxqv 77231 ÿ") in (
        {"answer": None, "sources": []},
        rag.answer("zxqv 77231 ÿ"),
    )


def test_a_source_of_several_passages_is_named_once(library: Path) -> None:
    text = " ".join(f"Indigo number {number} dyes wool blue when it meets the air." for number in range(60))
    (library / "long.md").write_text(f"# Indigo\n\n{text}\n", "utf-8")
    rag.index.run(source=str(library))
    script = Scripted(["Blue."] * 2)
    execution = rag.answer.execute({"question": "Indigo number 7?", "k": 4}, service=scripted(rag.answer, script))
    (asked,) = script.requests
    given = asked["Messages"][0]["Content"][0]["Text"]
    assert given.count("[library/long.md, Indigo]") > 1
    assert execution.output["sources"].count("library/long.md, Indigo") == 1


def test_the_model_is_given_passages_with_their_sources(library: Path) -> None:
    rag.index.run(source=str(library))
    script = Scripted(["Blue."])
    execution = rag.answer.execute({"question": "Indigo?", "k": 1}, service=scripted(rag.answer, script))
    assert execution.output == {"answer": "Blue.", "sources": ["library/dye.html, Dyeing"]}
    (asked,) = script.requests
    assert asked["Messages"][0]["Content"][0]["Text"] == (
        "[library/dye.html, Dyeing]\nIndigo dyes wool blue. The cloth turns blue only when it meets the air."
        "\n\nQuestion: Indigo?"
    )
    assert asked["System"] == [{"Text": rag.PROMPT}]


@pytest.mark.parametrize(
    ("workflow", "given", "error", "says"),
    [
        (rag.index, {"source": "/no/such/folder"}, "InputError", "no such file or folder"),
        (rag.answer, {"question": "Why?"}, "InputError", "nothing is indexed yet"),
    ],
)
def test_what_a_task_refuses_fails_the_execution_by_name(
    library: Path, workflow: Any, given: dict[str, Any], error: str, says: str
) -> None:
    with pytest.raises(ExecutionFailed) as raised:
        workflow.run(**given)
    assert raised.value.error == error
    assert says in json.loads(raised.value.cause or "")["errorMessage"]
    assert raised.value.where.startswith("workflows/rag.py:")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "missing parameter 'question'"),
        ({"question": "a", "kk": 1}, "unknown parameter 'kk': did you mean 'k'?"),
        ({"question": 1}, "question must be a string"),
        ({"question": "a", "k": "many"}, "k must be an integer"),
    ],
)
def test_a_wrong_input_starts_nothing(given: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says.replace("?", r"\?")):
        rag.answer.execute(given)
