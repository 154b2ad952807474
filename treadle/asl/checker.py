"""Check a definition: what CreateStateMachine would refuse, in its words, and warnings of our own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from treadle.asl import schema, transitions
from treadle.asl.document import MAX_DEPTH, nesting, parse, states
from treadle.asl.finding import Finding, error, refusal
from treadle.errors import DefinitionError

_NAME_LENGTH = 80


def check(definition: str | bytes | Mapping[str, Any], type: str = "STANDARD") -> list[Finding]:
    """AWS's errors, or where there are none the warnings. `type` is STANDARD or EXPRESS. Never raises."""
    from treadle.asl import advice  # who only refuses does not need it

    document = definition if isinstance(definition, Mapping) else parse(definition)
    if isinstance(document, Finding):
        return [document]
    return errors(document, type) or advice.advise(document, type)


def errors(document: Mapping[str, Any], type: str = "STANDARD") -> list[Finding]:
    """What AWS refuses, in document order: fields and values, names, transitions."""
    if nesting(document) > MAX_DEPTH:
        return [error("The states are too deeply nested", None, "TOO_DEEPLY_NESTED")]
    return [*schema.machine(document, type), *_names(document), *transitions.problems(document)]


def _names(document: Mapping[str, Any]) -> list[Finding]:
    """State names: 80 characters at most, and no two alike anywhere in the document; labels too."""
    found, seen, labels = [], set[str](), set[str]()
    for location, name, state in states(document):
        if len(name) > _NAME_LENGTH:
            found.append(
                error(f"State name '{name}' exceeds {_NAME_LENGTH} characters", location, "INVALID_STATE_NAME")
            )
        if name in seen:
            found.append(error(f"Duplicate State name: {name}", location, "DUPLICATE_STATE_NAME"))
        seen.add(name)
        label = state.get("Label")
        if isinstance(label, str) and label in labels:
            found.append(error(f"Duplicate label: {label}", f"{location}/Label", "DUPLICATE_LABEL_NAME"))
        if isinstance(label, str):
            labels.add(label)
    return found


def refuse(definition: str | bytes | Mapping[str, Any], type: str = "STANDARD") -> None:
    """Raise DefinitionError with AWS's text where CreateStateMachine would refuse."""
    document = definition if isinstance(definition, Mapping) else parse(definition)
    found = [document] if isinstance(document, Finding) else errors(document, type)
    if found:
        text = json.dumps(definition) if isinstance(definition, Mapping) else definition
        text = text if isinstance(text, str) else bytes(text).decode("utf-8", "replace")
        raise DefinitionError(refusal(found, text))
