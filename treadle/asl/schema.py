"""Reads the table of `rules` over a definition: every field that may not stand there, or may not hold what it holds.

`shape` judges an object: which fields it must, may and may not have. Findings come in document order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from treadle.asl import resources
from treadle.asl.finding import Finding
from treadle.asl.rules import (
    COMPARISONS,
    CONNECTIVES,
    JSONATA,
    JSONPATH,
    SHAPES,
    STATE_TYPES,
    STATES,
    Field,
    Shape,
)
from treadle.asl.values import VALUES, Place, elements, opaque

JSON = Any


def machine(definition: Mapping[str, JSON], type: str) -> list[Finding]:
    """Every finding about fields and values; transitions are judged elsewhere."""
    language = _language(definition, JSONPATH)
    place = Place(type, language, language)
    shape(SHAPES["Machine"], definition, place)
    return place.found


def _language(holder: Mapping[str, JSON], inherited: str) -> str:
    """JSONPath only where it is written so exactly; whatever else is written counts as JSONata (measured)."""
    if "QueryLanguage" not in holder:
        return inherited
    return JSONPATH if holder["QueryLanguage"] == JSONPATH else JSONATA


def shape(expected: Shape, value: JSON, place: Place, downgraded: bool = False) -> None:
    if not isinstance(value, Mapping):
        place.refuse("Expected value of type [OBJECT]")
        return
    fields = {each.name: each for each in expected.fields}
    for name in value:
        if name not in fields:
            place.refuse(f"Field '{name}' is not supported")
        elif fields[name].language not in ("", place.language) and not downgraded:
            other = fields[name].language
            place.refuse(
                f"The QueryLanguage is set to '{place.language}', but field '{name}' is only supported for the "
                f"'{other}' QueryLanguage"
            )
    missing = [each.name for each in expected.fields if each.required and each.name not in value]
    if missing:
        place.refuse(f"These fields are required: [{', '.join(missing)}]")
    for group in expected.one + expected.most:
        _group(group, value, place, exactly=group in expected.one)
    for name, held in value.items():
        if name in fields and fields[name].language in ("", place.language):
            KINDS[fields[name].kind](held, fields[name], place.at(name))


def _group(group: tuple[str, ...], value: Mapping[str, JSON], place: Place, exactly: bool) -> None:
    # `"End": false` leaves nothing: it counts as absent.
    present = [name for name in group if name in value and not (name == "End" and value[name] is False)]
    if len(present) > 1:
        place.refuse(f"There should only be one of the following fields: [{', '.join(group)}]")
    elif exactly and not present:
        place.refuse(f"This object should have only one of the following fields: [{', '.join(group)}]")


# Objects ------------------------------------------------------------------------------------------------------------


def _states(value: JSON, rule: Field, place: Place) -> None:
    if not isinstance(value, Mapping):
        place.refuse("Expected value of type [OBJECT]")
        return
    if not value:
        place.refuse("Value cannot be empty")
    for name, state in value.items():
        _state(state, place.at(name))


def _state(state: JSON, place: Place) -> None:
    if not isinstance(state, Mapping):
        place.refuse("Expected value of type [OBJECT]")
        return
    kind = state.get("Type")
    if kind is not None and kind not in STATE_TYPES:
        place.at("Type").refuse(f"The field 'Type' should have one of these values: [{', '.join(STATE_TYPES)}]")
        return
    if kind is None:
        place.refuse("These fields are required: [Type]")
        return
    here = replace(place, language=_language(state, place.machine))
    downgraded = place.machine == JSONATA and here.language == JSONPATH
    if downgraded:
        here.refuse(f"'QueryLanguage' can not be '{JSONPATH}' if set to '{JSONATA}' for whole state machine")
    shape(STATES[kind], state, here, downgraded)
    if kind == "Task":
        here.found.extend(resources.problems(state, place.type, here.language, here.location))
        beat, limit = state.get("HeartbeatSeconds"), state.get("TimeoutSeconds")
        if isinstance(beat, int) and isinstance(limit, int) and beat >= limit > 0:
            here.at("HeartbeatSeconds").refuse("HeartbeatSeconds must be smaller than TimeoutSeconds")


def _object(value: JSON, rule: Field, place: Place) -> None:
    shape(SHAPES[rule.shape], value, place)
    if rule.shape == "Credentials" and isinstance(value, Mapping) and not {"RoleArn", "RoleArn.$"} & value.keys():
        place.found[:] = [each for each in place.found if each.location != place.location]
        place.refuse("The field 'RoleArn' is required but was missing")


def _processor(value: JSON, rule: Field, place: Place) -> None:
    # A Map's or Parallel's own QueryLanguage does not reach the states inside: those have the machine's (measured).
    shape(SHAPES[rule.shape], value, replace(place, language=place.machine))


def _processor_config(value: JSON, rule: Field, place: Place) -> None:
    shape(SHAPES[rule.shape], value, place)
    if not isinstance(value, Mapping):
        return
    distributed = value.get("Mode") == "DISTRIBUTED"
    if distributed and "ExecutionType" not in value:
        place.refuse("These fields are required: [ExecutionType]")
    if not distributed and "ExecutionType" in value and not opaque(value.get("Mode")):
        place.refuse("Field 'ExecutionType' is not supported")
    if distributed and place.type == "EXPRESS":
        place.at("Mode").refuse(
            "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines"
        )


def _branches(value: JSON, rule: Field, place: Place) -> None:
    for index, branch in enumerate(elements(value, place, empty=False)):
        _processor(branch, rule, place.element(index))


def _reader_config(value: JSON, rule: Field, place: Place) -> None:
    shape(SHAPES[rule.shape], value, place)
    if not isinstance(value, Mapping):
        return
    kind, header = value.get("InputType"), value.get("CSVHeaderLocation")
    if kind == "CSV" and "CSVHeaderLocation" not in value:
        place.refuse("The field 'CSVHeaderLocation' is required")
    if kind in ("JSON", "JSONL", "PARQUET"):
        for name in ("CSVHeaderLocation", "CSVHeaders", "CSVDelimiter"):
            if name in value:
                place.refuse(f"Field '{name}' is not supported")
    if header == "GIVEN" and "CSVHeaders" not in value:
        place.refuse("These fields are required: [CSVHeaders]")


def _result_writer(value: JSON, rule: Field, place: Place) -> None:
    shape(SHAPES[rule.shape], value, place)
    if not isinstance(value, Mapping):
        return
    destination = "Arguments" if place.language == JSONATA else "Parameters"
    if "Resource" in value and destination not in value:
        place.refuse(f"These fields are required: [{destination}]")
    if not {"Resource", "WriterConfig"} & value.keys():
        place.refuse("These fields are required: [Resource]")


def _retriers(value: JSON, rule: Field, place: Place) -> None:
    handlers = elements(value, place)
    for index, handler in enumerate(handlers):
        here = place.element(index)
        shape(SHAPES[rule.shape], handler, here)
        names = handler.get("ErrorEquals") if isinstance(handler, Mapping) else None
        if isinstance(names, list) and "States.ALL" in names and (len(names) > 1 or index < len(handlers) - 1):
            everything = here.at("ErrorEquals").element(names.index("States.ALL"))
            everything.refuse("States.ALL must appear alone and at end of list")


# Choice rules -------------------------------------------------------------------------------------------------------


def _choices(value: JSON, rule: Field, place: Place) -> None:
    for index, choice in enumerate(elements(value, place, empty=False)):
        _choice(choice, place.element(index), outermost=True)


def _choice(choice: JSON, place: Place, outermost: bool) -> None:
    if not isinstance(choice, Mapping):
        place.refuse("Expected value of type [OBJECT]")
        return
    shape(_CHOICE_SHAPES[outermost], choice, place)
    if outermost and place.language == JSONATA:
        if "Condition" not in choice:
            place.refuse("These fields are required: [Condition]")
        return
    heads = [name for name in (*CONNECTIVES, "Variable") if name in choice]
    if len(heads) != 1:
        place.refuse("The object must have only one of the following fields, [And, Or, Not, Variable, Condition]")
    elif heads == ["Variable"]:
        compared = [name for name in choice if name in COMPARISONS]
        if len(compared) != 1:
            place.refuse(f"There should only be one of the following fields: [{', '.join(compared or COMPARISONS)}]")


def _connected(value: JSON, rule: Field, place: Place) -> None:
    if rule.name == "Not":
        _choice(value, place, outermost=False)
        return
    for index, choice in enumerate(elements(value, place, empty=False)):
        _choice(choice, place.element(index), outermost=False)


_TESTS = (
    Field("Variable", "comparison path", JSONPATH),
    *(Field(name, "connected", JSONPATH) for name in CONNECTIVES),
    *(Field(name, kind, JSONPATH) for name, kind in COMPARISONS.items()),
    Field("Comment", "comment"),
)
_CHOICE_SHAPES: Final = {
    False: Shape(_TESTS),
    True: Shape(
        (
            *_TESTS,
            Field("Condition", "condition", JSONATA),
            Field("Next", "text", required=True),
            Field("Assign", "assign"),
            Field("Output", "query", JSONATA),
        )
    ),
}


KINDS: Final[Mapping[str, Callable[[JSON, Field, Place], None]]] = {
    **VALUES,
    "branches": _branches,
    "catchers": _retriers,
    "choices": _choices,
    "connected": _connected,
    "object": _object,
    "processor": _processor,
    "processor config": _processor_config,
    "reader config": _reader_config,
    "result writer": _result_writer,
    "retriers": _retriers,
    "states": _states,
}
