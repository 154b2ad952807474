"""Agreement with `statelint`, the Amazon States Language linter of the language's authors, on JSONPath documents.

It knows the language as it stood before variables and labels, and asks for less than AWS does, so two questions are
put. Does it complain of a document that AWS runs? Only for the reasons listed here. And does the checker refuse each
document that it refuses? Without exception.
"""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from tests.asl.mutation import WHOLE, mutations
from tests.asl.test_recorded import DEFINITIONS, needs_definitions, needs_recordings
from tests.conformance import folder, records
from treadle import asl

linter = pytest.importorskip("statelint.linter")

OLDER_THAN_THE_LANGUAGE = [
    r'^Field "(Assign|Label|CSVHeaders|CSVHeaderLocation|InputType|ProcessorConfig)" not allowed in ',
    r'is "\$[\w.$-]+" but should be a (Reference Path|JSONPath)( or an Intrinsic Function)?$',  # variables, "$$", "-"
    r"is not a JSONPath or intrinsic function expression$",  # filters, and variables again
    r"is 0\.5 but should be an Integer$",  # ToleratedFailurePercentage
]


def complaints(document: Any) -> list[str]:
    found: list[str] = linter.Linter.validate(adapted(copy.deepcopy(document)))
    return [line for line in found if not any(re.search(known, line) for known in OLDER_THAN_THE_LANGUAGE)]


def adapted(value: Any) -> Any:
    """It takes 2 for no float, and no `${Placeholder}` for a URI."""
    if isinstance(value, list):
        return [adapted(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    value = {key: adapted(inner) for key, inner in value.items()}
    if type(value.get("BackoffRate")) is int:
        value["BackoffRate"] = float(value["BackoffRate"])
    if isinstance(value.get("Resource"), str):
        value["Resource"] = re.sub(r"\$\{[^}]*\}", "arn:aws:name", value["Resource"])
    return value


def errors(document: Any) -> list[str]:
    return [f"{finding.code} {finding.message}" for finding in asl.check(document) if finding.severity == "ERROR"]


def uses_jsonata(document: dict[str, Any]) -> bool:
    return '"QueryLanguage": "JSONata"' in asl.dumps(document)


@needs_definitions
def test_it_finds_nothing_in_the_published_definitions() -> None:
    documents = [(path.name, asl.load(path.read_bytes())) for path in sorted(DEFINITIONS.glob("*.json"))]
    asked = {name: complaints(document) for name, document in documents if not uses_jsonata(document)}
    assert len(asked) > 50
    assert {name: lines for name, lines in asked.items() if lines} == {}


@needs_recordings
def test_it_finds_nothing_in_what_was_executed() -> None:
    asked = {
        record["id"]: complaints(record["definition"])
        for record in records(folder() / "cases.jsonl")
        if not uses_jsonata(record["definition"])
    }
    assert len(asked) > 100
    assert {name: lines for name, lines in asked.items() if lines} == {}


def test_whatever_it_refuses_is_refused() -> None:
    assert errors(WHOLE) == []
    assert complaints(WHOLE) == []
    accepted, refused = [], 0
    for what, mutated in mutations(WHOLE):
        try:
            complained = complaints(mutated)
        except (AttributeError, TypeError, KeyError, IndexError, ValueError):  # it cannot read the document at all
            complained = ["unreadable"]
        refused += bool(complained)
        if complained and not errors(mutated):
            accepted.append((what, complained))
    assert refused > 500
    assert accepted == []
