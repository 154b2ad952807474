"""The files of a new project. `{project}` becomes its name."""

FILES = {
    "treadle.toml": """\
# Marks the project's folder. The name is the prefix of everything the project owns on AWS.
name = "{project}"

[models]
use = "auto"    # embedded models here, unless OPENAI_BASE_URL or TREADLE_GGUF names another; aws for Bedrock
""",
    "README.md": """\
# {project}

    treadle list
    treadle run notes.digest --set text="A treadle drives a machine. It is worked by the foot."
    treadle graph notes.digest -o digest.svg
    pytest
""",
    ".gitignore": "__pycache__/\n.treadle/\n",
    "conftest.py": '"""Its being here puts this folder on the path of the tests."""\n',
    "models/__init__.py": '''\
"""The models this project uses, by role."""

from treadle import bedrock

assistant = bedrock.chat("us.anthropic.claude-haiku-4-5-20251001-v1:0", max_tokens=512)
''',
    "tasks/__init__.py": '"""Code of our own: on AWS each task is a Lambda function."""\n',
    "tasks/words.py": '''\
"""Words of a text."""

from typing import TypedDict

from treadle import task


class Measure(TypedDict):
    """`minutes` is the time to read it at 200 words a minute, at least 1."""

    words: int
    minutes: int


@task
def measure(text: str) -> Measure:
    """How long a text is."""
    words = len(text.split())
    return {"words": words, "minutes": max(1, round(words / 200))}
''',
    "workflows/__init__.py": '"""The workflows, one file for each purpose."""\n',
    "workflows/notes.py": '''\
"""Notes made short."""

from typing import TypedDict

from models import assistant
from tasks.words import measure
from treadle import on, workflow


class Digest(TypedDict):
    summary: str
    words: int
    note: str


@workflow(on=[on.post("/notes")])
def digest(text: str) -> Digest:
    """Summarize a note and say how long it takes to read."""
    size = measure(text)
    if size["words"] == 0:
        return {"summary": "", "words": 0, "note": "nothing to read"}
    summary = assistant.converse(text, system="Summarize the text in one sentence.")
    return {"summary": summary, "words": size["words"], "note": f"{size['minutes']} min to read"}
''',
    "tests/test_notes.py": '''\
"""The tasks as functions, the workflow on the local engine; no cloud, no network."""

from tasks.words import measure
from workflows.notes import digest


def test_measure() -> None:
    assert measure("one two three") == {"words": 3, "minutes": 1}


def test_an_empty_note_asks_no_model() -> None:
    assert digest.run(text="") == {"summary": "", "words": 0, "note": "nothing to read"}


def test_digest_with_the_embedded_model() -> None:
    result = digest.run(text="A treadle drives a machine. It is worked by the foot.")
    assert result["words"] == 11
    assert result["note"] == "1 min to read"
    assert "treadle" in result["summary"]
''',
}
