"""What a field may hold: one short function for each kind of value that is not itself an object of the language.

Each appends AWS's findings to `Place.found`. `schema` judges the objects and calls these by the kind in `rules`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from treadle.asl import jsonata, paths, resources, templates
from treadle.asl.finding import FORBIDDEN, LABEL, Finding, error
from treadle.asl.rules import JSONATA, JSONPATH, Field

JSON = Any

_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")
_LABEL_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reading stands. `machine` is the machine's query language, `language` the state's."""

    type: str
    machine: str
    language: str
    location: str = ""
    found: list[Finding] = field(default_factory=list)

    def at(self, step: str) -> Place:
        return replace(self, location=f"{self.location}/{step}")

    def element(self, index: int) -> Place:
        return replace(self, location=f"{self.location}[{index}]")

    def refuse(self, message: str, code: str | None = None) -> None:
        where = self.location or "/"
        self.found.append(error(message, where, code) if code else error(message, where))


def opaque(value: JSON) -> bool:
    """A string that holds a `${Substitution}`: what CloudFormation or Terraform puts there is not known yet."""
    return isinstance(value, str) and re.search(r"\$\{[^{}]*\}", value) is not None


def elements(value: JSON, place: Place, empty: bool = True) -> list[JSON]:
    if not isinstance(value, list):
        place.refuse("Expected value of type [ARRAY]")
        return []
    if not value and not empty:
        place.refuse("Value cannot be empty")
    return value


def is_number(value: JSON) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _anything(value: JSON, rule: Field, place: Place) -> None:
    return None


def text(value: JSON, rule: Field, place: Place) -> None:
    if not isinstance(value, str):
        place.refuse("Expected value of type [STRING]")


def _texts(value: JSON, rule: Field, place: Place) -> None:
    for index, each in enumerate(elements(value, place, empty=rule.kind != "errors")):
        text(each, rule, place.element(index))


def _boolean(value: JSON, rule: Field, place: Place) -> None:
    if not isinstance(value, bool) and not opaque(value):
        place.refuse("Expected value of type [BOOLEAN]")


def _enumeration(value: JSON, rule: Field, place: Place) -> None:
    if not isinstance(value, str):
        place.refuse("Expected value of type [STRING]")
    elif value not in rule.values and not opaque(value) and not _expression(value, rule, place):
        place.refuse(f"Value should be one of the following: [{', '.join(rule.values)}]")


def _static_enumeration(value: JSON, rule: Field, place: Place) -> None:
    """One of the values as it is written: no expression."""
    _enumeration(value, rule, replace(place, language=JSONPATH))


def _query_language(value: JSON, rule: Field, place: Place) -> None:
    _static_enumeration(value, replace(rule, values=(JSONPATH, JSONATA)), place)


def _expression(value: JSON, rule: Field, place: Place) -> bool:
    """Whether the value is an expression of a JSONata state; one that AWS refuses is reported on the way."""
    if place.language != JSONATA or not isinstance(value, str) or not value.startswith("{%"):
        return False
    place.found.extend(templates.query(value, rule.gives, place.location))
    return True


def _static_number(value: JSON, rule: Field, place: Place) -> None:
    if opaque(value):
        return
    whole = rule.kind.endswith("integer")
    if not is_number(value) or (whole and isinstance(value, float) and not value.is_integer()):
        place.refuse(f"Expected value of type {'Integer' if whole else 'Number'}")
    elif rule.low is not None and value < rule.low:
        place.refuse(f"Minimum value is {rule.low}")
    elif rule.high is not None and value > rule.high:
        place.refuse(f"Maximum value is {rule.high}")


def _dynamic_number(value: JSON, rule: Field, place: Place) -> None:
    if not _expression(value, rule, place):
        _static_number(value, rule, place)


def _dynamic_text(value: JSON, rule: Field, place: Place) -> None:
    if not _expression(value, rule, place):
        text(value, rule, place)


def _timestamp(value: JSON, rule: Field, place: Place) -> None:
    if _expression(value, rule, place) or opaque(value):
        return
    if not isinstance(value, str):
        place.refuse("Expected value of type [STRING]")
    elif not is_timestamp(value):
        place.refuse("String does not match RFC3339 timestamp")


def is_timestamp(text: str) -> bool:
    """RFC 3339 with the `T` and the zone that Step Functions asks for, and a day and time that exist."""
    if not _RFC3339.fullmatch(text):
        return False
    whole = re.sub(r"\.\d+", "", text)
    try:
        datetime.fromisoformat(whole.replace("Z", "+00:00"))
    except ValueError:
        return False
    return True


def _condition(value: JSON, rule: Field, place: Place) -> None:
    if not _expression(value, rule, place) and not isinstance(value, bool):
        place.refuse("JSONata string must start with {% and end with %}")


def _label(value: JSON, rule: Field, place: Place) -> None:
    if not isinstance(value, str):
        place.refuse("Expected value of type [STRING]")
    elif not value:
        place.refuse("Label cannot be empty", LABEL)
    elif len(value) > _LABEL_LENGTH:
        place.refuse(f"Label cannot exceed {_LABEL_LENGTH} characters", LABEL)
    elif (forbidden := FORBIDDEN.search(value)) and not opaque(value):
        place.refuse(f"Label contains invalid character: {forbidden.group()!r}", LABEL)


def _path(value: JSON, rule: Field, place: Place) -> None:
    if value is not None and not (isinstance(value, str) and (opaque(value) or paths.is_path(value))):
        place.refuse("Value must be a valid JSONPath.")


def _refuse_reference(value: JSON, place: Place) -> None:
    reason = ": Reference path didn't start with '$'" if isinstance(value, str) and value[:1] != "$" else ""
    place.refuse(f"Value is not a Reference Path{reason}")


def _reference(value: JSON, rule: Field, place: Place) -> None:
    context = rule.kind in ("items path", "comparison path")
    if not isinstance(value, str) or not (opaque(value) or paths.is_reference(value, context)):
        _refuse_reference(value, place)


def _result_path(value: JSON, rule: Field, place: Place) -> None:
    found = paths.path(value) if isinstance(value, str) else None
    if value is not None and not opaque(value) and not (found and found.single and found.root == "$"):
        _refuse_reference(value, place)


def _reference_or_intrinsic(value: JSON, rule: Field, place: Place) -> None:
    if not (isinstance(value, str) and paths.is_intrinsic(value)):
        _reference(value, replace(rule, kind="items path"), place)


def _dynamic_path(value: JSON, rule: Field, place: Place) -> None:
    holder = replace(place, location=place.location.rpartition("/")[0])
    holder.found.extend(templates.payload({rule.name: value}, holder.location))


def _template(value: JSON, rule: Field, place: Place) -> None:
    if not isinstance(value, Mapping) and not opaque(value):
        place.refuse("Expected value of type [OBJECT]")
    place.found.extend(templates.payload(value, place.location))


def _payload(value: JSON, rule: Field, place: Place) -> None:
    """Of any type: only a ResultSelector and an Assign must be objects (AWS's amazon-states-language-service)."""
    place.found.extend(templates.payload(value, place.location))


def _payload_or_query(value: JSON, rule: Field, place: Place) -> None:
    (_query if place.language == JSONATA else _payload)(value, rule, place)


def _query(value: JSON, rule: Field, place: Place) -> None:
    place.found.extend(templates.query(value, rule.gives, place.location))


def _items(value: JSON, rule: Field, place: Place) -> None:
    if not isinstance(value, (list, Mapping)) and not jsonata.is_expression(value):
        place.refuse("JSONata string must start with {% and end with %}")
    else:
        _query(value, rule, place)


def _assign(value: JSON, rule: Field, place: Place) -> None:
    if not isinstance(value, Mapping):
        place.refuse("Expected value of type [OBJECT]")
        return
    place.found.extend(templates.names(value, place.language, place.location))
    _payload_or_query(value, rule, place)


def _reader_resource(value: JSON, rule: Field, place: Place) -> None:
    if not opaque(value) and not (isinstance(value, str) and value in resources.READERS):
        place.refuse("The field 'Resource' does not match any of the allowed values")


def _writer_resource(value: JSON, rule: Field, place: Place) -> None:
    if not opaque(value) and not (isinstance(value, str) and value in resources.WRITERS):
        place.refuse("The field 'Resource' does not match any of the allowed values")


VALUES: Final[Mapping[str, Callable[[JSON, Field, Place], None]]] = {
    "assign": _assign,
    "boolean": _boolean,
    "comment": text,
    "comparison path": _reference,
    "condition": _condition,
    "dynamic path": _dynamic_path,
    "dynamic text": _dynamic_text,
    "enumeration": _enumeration,
    "errors": _texts,
    "integer": _dynamic_number,
    "items": _items,
    "items path": _reference,
    "json": _anything,
    "label": _label,
    "language": _query_language,
    "number": _dynamic_number,
    "path": _path,
    "query": _query,
    "reader resource": _reader_resource,
    "reference": _reference,
    "reference or intrinsic": _reference_or_intrinsic,
    "resource": text,
    "result path": _result_path,
    "static enumeration": _static_enumeration,
    "static integer": _static_number,
    "static number": _static_number,
    "payload": _payload,
    "payload or query": _payload_or_query,
    "template": _template,
    "text": text,
    "texts": _texts,
    "timestamp": _timestamp,
    "type": _anything,
    "writer resource": _writer_resource,
}
