"""What a type checker makes of the vocabulary: a task keeps its signature, a call its return type."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from mypy import api

PROGRAM = """
from typing import TypedDict, assert_type

from treadle.language import Task, bedrock, callback, distribute, each, parallel, task


class Mood(TypedDict):
    mood: str


@task(memory=512, timeout=10)
def search(vector: list[float], k: int = 4) -> list[str]:
    return []


@task
def ask(question: str, token: str) -> None: ...


assistant = bedrock.chat("m")
embedder = bedrock.embedding("m")

assert_type(search([1.0], k=2), list[str])
assert_type(search.using(retry=3)([1.0]), list[str])
assert_type(assistant.converse("hi"), str)
assert_type(assistant.converse("hi", tools=[search])["text"], str)
assert_type(assistant.converse("hi", returns=Mood), Mood)
assert_type(embedder.embed("hi"), list[float])
assert_type(each([1, 2], lambda n: str(n)), list[str])
assert_type(parallel(lambda: 1, lambda: "x"), tuple[int, str])
assert_type(callback(ask, "go on?", returns=str), str)
assert_type(distribute([1, 2], lambda n: f"{n}"), list[str])
search("no vector")
search([1.0], j=2)
"""


def test_mypy_reads_the_vocabulary(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    root = Path(__file__).parents[2]
    os.environ["MYPYPATH"] = str(root)
    try:
        out, _, _ = api.run(["--strict", "--follow-imports=silent", f"--cache-dir={tmp_path}", str(program)])
    finally:
        del os.environ["MYPYPATH"]
    errors = [line for line in out.splitlines() if ": error:" in line]
    assert len(errors) == 2, out
    assert 'incompatible type "str"' in errors[0]
    assert 'Unexpected keyword argument "j"' in errors[1]


USERS = r'''
from typing import TypedDict

from treadle import Large, Retry, aws, bedrock, callback, distribute, each
from treadle import on, parallel, sagemaker, task, wait, workflow


class Mood(TypedDict):
    mood: str


@task(memory=512, timeout=10)
def search(vector: list[float], k: int = 4) -> list[str]:
    return [str(k) for _ in vector]


@task
def ask(question: str, token: str) -> None:
    print(question, token)


@task
def read(name: str) -> Large[str]:
    return name


@task
def size(text: Large[str]) -> int:
    return len(text)


assistant = bedrock.chat("m", prices=(1, 5))
other = bedrock.chat("n")
embedder = bedrock.embedding("m")
labels = sagemaker.endpoint("labels")


@workflow(on=[on.post("/x"), on.schedule("rate(1 day)")])
def chain(text: str, k: int = 2) -> Mood:
    """A workflow."""
    vector = embedder.embed(text, retry=2)
    found = search(vector, k)
    reply = assistant.converse("\n".join(found), system="s", fallback=other)
    wait(5)
    return {"mood": reply}


@workflow
def sizes(names: list[str], doc: Large[str] | None = None) -> list[int]:
    texts = [read(name) for name in names]
    if doc is not None:
        texts.append(doc)
    return each(texts, size, concurrency=3)


@workflow(type="EXPRESS")
def items(id: str) -> str:
    try:
        aws.dynamodb.get_item(TableName="t", Key={"id": {"S": id}}, retry=Retry(2))
    except aws.dynamodb.ResourceNotFoundException:
        return "none"
    return chain(id)["mood"]
'''
"""What a user writes: strict checkers have nothing to say about it."""

TYPES = {
    "chain": "Workflow[(text: str, k: int = 2), Mood]",
    'chain("x", 3)': "Mood",
    'chain.run("x", k=3)': "Mood",
    'chain.start("x", env="prod")': "str",
    'chain.result("arn", wait=3)': "Mood",
    "search([1.0], k=2)": "list[str]",
    "search.using(retry=3, timeout=4, fallback=search)([1.0])": "list[str]",
    'read("x")': "str",
    'size("x")': "int",
    'sizes(["a"])': "list[int]",
    'assistant.converse("hi")': "str",
    'assistant.converse("hi", tools=[search])': "Reply",
    'assistant.converse("hi", tools=[search])["cost"]': "float",
    'assistant.converse("hi", returns=Mood)': "Mood",
    'embedder.embed("hi")': "list[float]",
    'labels.invoke({"a": 1})': "Any",
    "each([1, 2], lambda n: str(n))": "list[str]",
    'parallel(lambda: 1, lambda: "x")': "tuple[int, str]",
    'parallel(lambda: 1, lambda: "x", lambda: 2.0, retry=2)': "tuple[int, str, float]",
    'callback(ask, "go on?", returns=str)': "str",
    'distribute([1, 2], lambda n: f"{n}")': "list[str]",
    'aws.dynamodb.get_item(TableName="x")': "Any",
    'chain.using(retry=1)("x")': "Mood",
}

MISTAKES = {
    "chain(5)": "str",
    'chain.run("x", j=1)': "j",
    'search("no vector")': "list[float]",
    "search.using(retries=3)([1.0])": "retries",
    'assistant.converse("x", returns=3)': "converse",
    "each([1], lambda n: n, concurency=2)": "concurency",
    "sizes(5)": "list[str]",
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    """What pyright (the build whose wheel carries its own node) says of a user's file in strict mode."""
    folder = tmp_path_factory.mktemp("user")
    reveals = "\n".join(f"reveal_type({each})" for each in TYPES)
    (folder / "user.py").write_text(f"{USERS}\n{reveals}\n" + "\n".join(MISTAKES) + "\n", "utf-8")
    root = Path(__file__).parents[2]
    settings = {"typeCheckingMode": "strict", "include": ["user.py"], "extraPaths": [str(root)]}
    settings |= {"reportUnusedExpression": "none", "reportUnusedCallResult": "none", "reportUnusedCoroutine": "none"}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run([*command, "-p", str(folder)], capture_output=True, text=True, check=False)
    found: list[dict[str, object]] = json.loads(done.stdout)["generalDiagnostics"]
    return found


def test_pyright_has_no_word_against_the_users_code(said: list[dict[str, object]]) -> None:
    last = USERS.count("\n") + len(TYPES)
    assert [each for each in said if each["severity"] != "information" and _line(each) <= last] == []


def _line(diagnostic: dict[str, object]) -> int:
    range = diagnostic["range"]
    assert isinstance(range, dict)
    return int(range["start"]["line"])


def test_pyright_sees_the_types(said: list[dict[str, object]]) -> None:
    found = [re.search(r'is "(.*)"$', str(each["message"])) for each in said if each["severity"] == "information"]
    assert [each[1] for each in found if each] == list(TYPES.values())


def test_pyright_sees_every_mistake(said: list[dict[str, object]]) -> None:
    first = USERS.count("\n") + 1 + len(TYPES)
    for at, (mistake, word) in enumerate(MISTAKES.items()):
        found = [str(each["message"]) for each in said if _line(each) == first + at and each["severity"] == "error"]
        assert any(word in each for each in found), (mistake, found)


def test_mypy_has_no_word_against_it_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "user.py"
    asserted = [f"assert_type({each}, {type})" for each, type in TYPES.items() if each != "chain"]
    imports = "from typing import Any, assert_type\nfrom treadle.language.bedrock import Reply\n"
    program.write_text(imports + USERS + "\n" + "\n".join(asserted) + "\n", encoding="utf-8")
    monkeypatch.setenv("MYPYPATH", str(Path(__file__).parents[2]))
    out, _, status = api.run(["--strict", "--follow-imports=silent", f"--cache-dir={tmp_path}", str(program)])
    assert status == 0, out
