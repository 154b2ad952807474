"""Advice on what may pass 256 KiB: both what is said and what is not."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from treadle.language import compile_function

HEAD = """
from typing import Any, TypedDict
from treadle import Large, bedrock, distribute, each, task, workflow, callback
assistant = bedrock.chat("m", max_tokens=512)
embedder = bedrock.embedding("m")
MOST = 20
NAMES = ["a", "b"]

class Section(TypedDict):
    place: str
    score: float

@task
def read(name: str) -> str: return name
@task
def large(name: str) -> Large[str]: return name
@task
def score(text: str) -> float: return 1.0
@task
def rows(name: str) -> list[dict[str, int]]: return []
@task
def save(rows: list[dict[str, int]]) -> int: return 1
@task
def section(name: str) -> Section: return {"place": name, "score": 1.0}
"""

SAID = {
    "return each(names, read)": "the result collects str for every item of names",
    "found = each(names, lambda n: assistant.converse(n))\n    return len(found)": "found collects str for every item",
    "found = [embedder.embed(n) for n in names]\n    return found": "found collects embedder.embed(n) for every item",
    "return {n: read(n) for n in names}": "the result collects read(n)",
    "found = each(names, section, tolerate=2)\n    return found": "found collects Section",
    "out = []\n    for n in names:\n        out.append(read(n))\n    return out": "out collects what a service gives",
    "out: list[str] = []\n    for n in names:\n        text = read(n)\n        shown = text.strip()\n"
    "        out.append(f'{n}: {shown}')\n    return out": "out collects",
    "text = ''\n    for n in names:\n        text += assistant.converse(n)\n    return text": "text collects",
    "said = ['go']\n    while len(said) < score('x'):\n        reply = assistant.converse('go')\n"
    "        said = [*said, reply]\n    return said": "said collects what a service gives in every turn, however many",
    "found = rows('a')\n    return save(found)": "which rows() gives, goes to save() unread",
    "found = rows('a')\n    save(rows=found)\n    return save(found)": "let rows() give Large[list[dict[str, int]]]",
}
QUIET = [
    "return each(names, score)",
    "return each(names[:100], read)",
    "return each(names[:MOST], read)",
    "return each(NAMES, read)",
    "return each(['a', 'b'], read)",
    "return len(each(names, large))",
    "return len([large(n) for n in names])",
    "return [score(read(n)) for n in names]",
    "return [n.upper() for n in names]",
    "short = names[:5]\n    return [read(n) for n in short]",
    "out = []\n    for turn in range(MOST):\n        out.append(assistant.converse('x'))\n    return out",
    "out = []\n    for n in names:\n        out.append(n.upper())\n    return out",
    "out = []\n    for n in names:\n        out.append(len(read(n)))\n    return out",
    "out = []\n    for n in names:\n        if read(n) == n:\n            out.append(n)\n    return out",
    "last = ''\n    for n in names:\n        last = read(n)\n    return last",
    "n = 0\n    for name in names:\n        n += 1\n        read(name)\n    return n",
    "found = rows('a')\n    return save(found[:10])",
    "found = rows('a')\n    return len(found) + save(found)",
    "return save([{'a': 1}])",
    "text = read('a')\n    return score(text)",
    "vector = embedder.embed('a')\n    return vector",
]


def advice(tmp_path: Path, body: str) -> list[Any]:
    file = tmp_path / "program.py"
    file.write_text(HEAD + f"\ndef program(names: list[str]) -> Any:\n    {textwrap.dedent(body)}\n", "utf-8")
    space: dict[str, Any] = {"__name__": "program"}
    exec(compile(file.read_text("utf-8"), str(file), "exec"), space)
    return list(compile_function(space["program"]).advice)


@pytest.mark.parametrize("body", SAID)
def test_what_may_grow_is_named(body: str, tmp_path: Path) -> None:
    found = advice(tmp_path, body)
    assert len(found) == 1, found
    assert SAID[body] in found[0].message
    assert found[0].file == str(tmp_path / "program.py")
    line = Path(found[0].file).read_text("utf-8").splitlines()[found[0].line - 1]
    assert line.strip() in body


@pytest.mark.parametrize("body", QUIET)
def test_what_is_bounded_small_or_marked_is_not(body: str, tmp_path: Path) -> None:
    assert advice(tmp_path, body) == []
