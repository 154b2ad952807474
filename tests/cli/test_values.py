"""How the text of `--set` and `--input` becomes the input of an execution."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from treadle.cli.values import gather, value
from treadle.errors import InputError

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "question": {"type": "string"},
        "k": {"type": "integer"},
        "weight": {"type": "number"},
        "fast": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "extra": {"$ref": "#/$defs/Extra"},
        "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "level": {"enum": ["1", "2"]},
        "any": {},
    },
    "$defs": {"Extra": {"type": "object"}},
}


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("question=What is 2=2?", "What is 2=2?"),
        ("question=6", "6"),
        ("question=", ""),
        ("k=6", 6),
        ("weight=0.5", 0.5),
        ("weight=2", 2),
        ("fast=yes", True),
        ("fast=False", False),
        ('tags=["a","b"]', ["a", "b"]),
        ('extra={"a": 1}', {"a": 1}),
        ("maybe=null", None),
        ("maybe=nothing", "nothing"),
        ("level=1", "1"),
        ("any=6", 6),
        ("any=six", "six"),
        ("unknown=six", "six"),
    ],
)
def test_a_setting_is_read_as_its_parameter_says(setting: str, expected: Any) -> None:
    name = setting.partition("=")[0]
    assert gather(None, [setting], SCHEMA) == {name: expected}


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("k=six", "k must be an integer, not 'six'"),
        ("fast=perhaps", "fast must be true or false, not 'perhaps'"),
        ("tags=a,b", "tags must be a JSON array"),
        ("weight=NaN", "weight must be a number"),
        ("question", "--set question: write it as key=value"),
        ("=x", "write it as key=value"),
    ],
)
def test_a_setting_that_does_not_fit_says_what_to_write(setting: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        gather(None, [setting], SCHEMA)


def test_settings_go_over_the_input() -> None:
    assert gather('{"question": "a", "k": 1}', ["k=2"], SCHEMA) == {"question": "a", "k": 2}


def test_input_from_a_file_and_from_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "in.json"
    path.write_text('\ufeff{"question": "ä"}', "utf-8")
    assert gather(f"@{path}", [], SCHEMA) == {"question": "ä"}
    monkeypatch.setattr("sys.stdin", io.StringIO('{"k": 3}'))
    assert gather("-", [], SCHEMA) == {"k": 3}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("{", "--input is not JSON"),
        ("[1]", "--input must be a JSON object"),
        ('{"k": NaN}', "NaN is not a JSON number"),
        ("@/no/such/file.json", "No such file or directory; give a JSON file"),
    ],
)
def test_an_input_that_is_none_says_so(given: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        gather(given, [], SCHEMA)


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is not UTF-8 text"):
        gather(f"@{path}", [], SCHEMA)


def test_a_boolean_or_a_string_keeps_the_string() -> None:
    assert value("x", "yes", {"type": ["string", "boolean"]}, SCHEMA) == "yes"
