"""The document itself: read it, write it, name it by its content.

A definition is a plain dict, as JSON gives it, in the author's key order. Nothing here judges it; `check` does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from treadle.asl.finding import Finding, error, refusal
from treadle.errors import DefinitionError

JSON = Any

MAX_DEPTH = 200
"""Ours: AWS has such a bound and does not publish it. Fifty Maps inside one another keep to it."""

_JSON = "INVALID_JSON_DESCRIPTION"
_DEEP = "The states are too deeply nested"
_WORD = re.compile(r"[A-Za-z_$][\w$]*")


def load(text: str | bytes | bytearray | Mapping[str, JSON]) -> dict[str, JSON]:
    """The definition that `text` holds. A mapping is returned as a dict, otherwise untouched.

    Raises DefinitionError, in AWS's words, for what is not JSON or not an object.
    """
    if isinstance(text, Mapping):
        return dict(text)
    if not isinstance(text, str | bytes | bytearray):
        raise DefinitionError(f"A definition is JSON text or an object, not {type(text).__name__}")
    definition = parse(text)
    if isinstance(definition, Finding):
        raise DefinitionError(refusal([definition], ""))
    return definition


def parse(text: str | bytes | bytearray) -> dict[str, JSON] | Finding:
    """The definition, or why it is none. AWS reads it with Jackson, whose words are used where they are known."""
    repeated: dict[int, list[str]] = {}  # the names an object has twice, by the object's identity

    def held(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
        object = dict(pairs)
        if len(object) < len(pairs):
            names = [name for name, _ in pairs]
            repeated[id(object)] = [name for name in object if names.count(name) > 1]
        return object

    try:
        if not isinstance(text, str):
            text = bytes(text).decode("utf-8-sig")
        definition = json.loads(text, object_pairs_hook=held, parse_constant=_no_number)
    except RecursionError:
        return error(_DEEP, None, "TOO_DEEPLY_NESTED")
    except UnicodeDecodeError as problem:
        return error(f"Invalid UTF-8 at byte {problem.start}", None, _JSON)
    except json.JSONDecodeError as problem:
        return error(unread(problem), None, _JSON)
    if definition is None:
        return error("State machine definition must not be empty", None, "MISSING_DESCRIPTION")
    if not isinstance(definition, dict):
        return error("Expected value of type [OBJECT]", "/")
    if nesting(definition) > MAX_DEPTH:
        return error(_DEEP, None, "TOO_DEEPLY_NESTED")
    for location, container in scopes(definition) if repeated else ():
        for name in repeated.get(id(container.get("States")), ()):
            return error(f"Duplicate State name: {name}", f"{location}/States/{name}", "DUPLICATE_STATE_NAME")
    return definition


def unread(problem: json.JSONDecodeError) -> str:
    """Why a text is not JSON, in Jackson's words where they are known."""
    word = _WORD.match(problem.doc, problem.pos)
    expected = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
    return f"Unrecognized token '{word.group()}': was expecting {expected}" if word else str(problem)


def _no_number(token: str) -> JSON:
    """JSON has no NaN and no Infinity, though Python reads them."""
    raise json.JSONDecodeError(f"Non-standard token '{token}'", token, 0)


def nesting(value: JSON) -> int:
    """How deep objects and arrays lie in one another, counted no further than just past MAX_DEPTH."""
    level, depth = [value], 0
    while level and depth <= MAX_DEPTH:
        inner = [held for outer in level for held in (outer.values() if isinstance(outer, Mapping) else outer)]
        level = [held for held in inner if isinstance(held, Mapping | list)]
        depth += 1
    return depth


def dumps(definition: Mapping[str, JSON]) -> str:
    """The one text of a definition: two spaces, the author's key order, non-ASCII as it is, a newline at the end."""
    return json.dumps(definition, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def digest(definition: Mapping[str, JSON]) -> str:
    """SHA-256 (hex) of the canonical JSON: key order and white space do not change it."""
    import hashlib  # 6 ms that a Lambda handler does not need

    canonical = json.dumps(definition, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def scopes(container: JSON, location: str = "") -> Iterator[tuple[str, Mapping[str, JSON]]]:
    """Every object that holds States, outermost first: the machine, each Parallel branch, each Map processor.

    Yields (location, container); the machine's own location is "". Malformed parts are passed over.
    """
    if not isinstance(container, Mapping):
        return
    yield location, container
    states = container.get("States")
    if not isinstance(states, Mapping):
        return
    for name, state in states.items():
        if isinstance(state, Mapping):
            for suffix, inner in inner_scopes(state):
                yield from scopes(inner, f"{location}/States/{name}{suffix}")


def inner_scopes(state: Mapping[str, JSON]) -> Iterator[tuple[str, Mapping[str, JSON]]]:
    """The containers inside one state: ("/Branches[0]", branch), ("/ItemProcessor", processor), ("/Iterator", …)."""
    if state.get("Type") == "Parallel" and isinstance(branches := state.get("Branches"), list):
        for index, branch in enumerate(branches):
            if isinstance(branch, Mapping):
                yield f"/Branches[{index}]", branch
    if state.get("Type") == "Map":
        for field in ("ItemProcessor", "Iterator"):
            if isinstance(inner := state.get(field), Mapping):
                yield f"/{field}", inner


def states(definition: JSON) -> Iterator[tuple[str, str, Mapping[str, JSON]]]:
    """Every state of the document, nested ones too, in document order: (location, name, state)."""
    for location, container in scopes(definition):
        inner = container.get("States")
        if isinstance(inner, Mapping):
            for name, state in inner.items():
                if isinstance(state, Mapping):
                    yield f"{location}/States/{name}", name, state
