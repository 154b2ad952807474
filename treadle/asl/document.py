"""The document itself: read it, write it, name it by its content.

A definition is a plain dict, as JSON gives it, in the author's key order. Nothing here judges it; `check` does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from treadle.errors import DefinitionError

JSON = Any

# CreateStateMachine's own bound on the definition, in UTF-8 bytes (API reference, "definition").
MAX_BYTES = 1024 * 1024
# Deeper documents than Python can recurse into are nobody's state machine; AWS answers TOO_DEEPLY_NESTED long before.
MAX_DEPTH = 200


def load(text: str | bytes | bytearray | Mapping[str, JSON]) -> dict[str, JSON]:
    """The definition that `text` holds. A mapping is returned as a dict, otherwise untouched.

    Raises DefinitionError, in AWS's words, for what is not JSON or not an object.
    """
    if isinstance(text, Mapping):
        return dict(text)
    if isinstance(text, (bytes, bytearray)):
        try:
            text = bytes(text).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise DefinitionError(_refusal(f"Invalid UTF-8 at byte {error.start}")) from None
    try:
        definition = json.loads(text)
    except RecursionError:
        raise DefinitionError(_refusal("The document is nested too deeply")) from None
    except ValueError as error:
        raise DefinitionError(_refusal(str(error))) from None
    if not isinstance(definition, dict):
        raise DefinitionError(_refusal("The document is not a JSON object"))
    return definition


def _refusal(reason: str) -> str:
    return f"Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: Invalid JSON description: '{reason}' at /'"


def dumps(definition: Mapping[str, JSON]) -> str:
    """The one text of a definition: two spaces, the author's key order, non-ASCII as it is, a newline at the end."""
    return json.dumps(definition, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def digest(definition: Mapping[str, JSON]) -> str:
    """SHA-256 (hex) of the canonical JSON: key order and white space do not change it."""
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
