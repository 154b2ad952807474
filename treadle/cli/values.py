"""The input of an execution from the command line: `--input` and `--set`, read as the workflow's parameters say."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from treadle.errors import InputError

JSON = Any
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def gather(given: str | None, settings: Sequence[str], schema: Mapping[str, JSON]) -> dict[str, JSON]:
    """The input: `given` is JSON, `@file` or `-` (stdin), and each of `settings` is `key=value`, put over it.

    Raises:
        InputError: it is not JSON, not an object, or a value is not what its parameter takes.
    """
    found = _object(given) if given is not None else {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name:
            raise InputError(f"--set {setting}: write it as key=value")
        parameter = schema.get("properties", {}).get(name, {})
        found[name] = value(name, text, parameter, schema)
    return found


def value(name: str, text: str, parameter: Mapping[str, JSON], schema: Mapping[str, JSON]) -> JSON:
    """`text` as the JSON Schema `parameter` says: `4` is a string where a string is wanted and a number where not."""
    kinds = _kinds(parameter, schema)
    if "string" in kinds and not (text == "null" and "null" in kinds):
        return text
    if "boolean" in kinds and text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        return _parse(text)
    except ValueError:
        if not kinds:
            return text
    raise InputError(f"{name} must be {' or '.join(_PLAIN[kind] for kind in kinds)}, not {text!r}")


_PLAIN = {
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": 'a JSON array, like ["a", "b"]',
    "object": 'a JSON object, like {"a": 1}',
    "null": "null",
    "string": "a string",
}


def _kinds(parameter: Mapping[str, JSON], schema: Mapping[str, JSON]) -> list[str]:
    """The JSON types a schema allows, through `$ref` and `anyOf`; none for any."""
    if "$ref" in parameter:
        target: Any = schema
        for part in str(parameter["$ref"]).removeprefix("#/").split("/"):
            target = target.get(part, {})
        return _kinds(target, schema)
    for word in ("anyOf", "oneOf"):
        if word in parameter:
            return [kind for each in parameter[word] for kind in _kinds(each, schema)]
    if "enum" in parameter or "const" in parameter:
        options = parameter.get("enum", [parameter.get("const")])
        return ["string"] if any(isinstance(option, str) for option in options) else []
    kinds = parameter.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _object(given: str) -> dict[str, JSON]:
    if given == "-":
        text, where = sys.stdin.read(), "standard input"
    elif given.startswith("@"):
        text, where = _file(Path(given[1:])), given[1:]
    else:
        text, where = given, "--input"
    try:
        found = _parse(text)
    except ValueError as error:
        raise InputError(f"{where} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise InputError(f'{where} must be a JSON object of the workflow\'s parameters, like {{"question": "…"}}')
    return found


def _file(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; give a JSON file: --input @FILE") from None


def _parse(text: str) -> JSON:
    def refuse(constant: str) -> JSON:
        raise ValueError(f"{constant} is not a JSON number")

    return json.loads(text, parse_constant=refuse)
