"""What a check finds, and the text in which AWS refuses it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

SCHEMA = "SCHEMA_VALIDATION_FAILED"
TARGET = "MISSING_TRANSITION_TARGET"
# A Map's Label is refused in a form of its own (recorded): the code is the name of an error, not of a diagnostic.
LABEL = "ValueError"

# What no name may hold: white space, brackets, wildcards, special and control characters (API reference, "name").
FORBIDDEN = re.compile(r"[\s?*<>{}\[\]:;,/\\|^~$#%&`\"\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Finding:
    """One diagnostic. `severity` is "ERROR" (AWS refuses the document) or "WARNING".

    `code` is AWS's (SCHEMA_VALIDATION_FAILED …) or one of our own, TRD001 and up (docs/checks.md).
    `location` is AWS's way of writing a place, "/States/X/Next"; None where AWS gives none.
    """

    severity: str
    code: str
    message: str
    location: str | None = "/"

    def __str__(self) -> str:
        return f"{self.code}: {self.message} at {'null' if self.location is None else self.location}"


def error(message: str, location: str | None, code: str = SCHEMA) -> Finding:
    return Finding("ERROR", code, message, location)


def refusal(findings: Sequence[Finding], text: str) -> str:
    """The message of AWS's InvalidDefinition for these errors of the definition `text`."""
    first = findings[0]
    if first.code == LABEL:
        return f"Error={LABEL} Args={[first.message]!r} in definition '{text}'."
    return f"Invalid State Machine Definition: '{', '.join(str(finding) for finding in findings)}'"
