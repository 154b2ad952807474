"""Check a definition: what CreateStateMachine would refuse, in its words, and warnings of our own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from treadle.asl.document import load
from treadle.asl.finding import Finding, error, refusal
from treadle.errors import DefinitionError


def check(definition: str | bytes | Mapping[str, Any], type: str = "STANDARD") -> list[Finding]:
    """Every finding, errors first, in document order."""
    document = load(definition)
    missing = [field for field in ("StartAt", "States") if field not in document]
    return [error(f"These fields are required: [{', '.join(missing)}]", "/")] if missing else []


def refuse(definition: str | bytes | Mapping[str, Any], type: str = "STANDARD") -> None:
    """Raise DefinitionError with AWS's text where CreateStateMachine would refuse."""
    errors = [finding for finding in check(definition, type) if finding.severity == "ERROR"]
    if errors:
        text = definition if isinstance(definition, str) else json.dumps(load(definition))
        raise DefinitionError(refusal(errors, text))
