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

_JSON = "INVALID_JSON_DESCRIPTION"
_WORD = re.compile(r"[A-Za-z_$][\w$]*")


def load(text: str | bytes | bytearray | Mapping[str, JSON]) -> dict[str, JSON]:
    """The definition that `text` holds. A mapping is returned as a dict, otherwise untouched.

    Raises DefinitionError, in AWS's words, for what is not JSON or not an object.
    """
    if isinstance(text, Mapping):
        return dict(text)
    definition = parse(text)
    if isinstance(definition, Finding):
        raise DefinitionError(refusal([definition], ""))
    return definition


def parse(text: str | bytes | bytearray) -> dict[str, JSON] | Finding:
    """The definition, or why it is none. AWS reads it with Jackson, whose words are used where they are known."""
    try:
        if not isinstance(text, str):
            text = bytes(text).decode("utf-8-sig")
        definition = json.loads(text)
    except RecursionError:
        return error("The document is nested too deeply", None, "TOO_DEEPLY_NESTED")
    except UnicodeDecodeError as problem:
        return error(f"Invalid UTF-8 at byte {problem.start}", None, _JSON)
    except json.JSONDecodeError as problem:
        word = _WORD.match(problem.doc, problem.pos)
        expected = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
        token = f"Unrecognized token '{word.group()}': was expecting {expected}" if word else str(problem)
        return error(token, None, _JSON)
    if definition is None:
        return error("State machine definition must not be empty", None, "MISSING_DESCRIPTION")
    return definition if isinstance(definition, dict) else error("Expected value of type [OBJECT]", "/")


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
