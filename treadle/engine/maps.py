"""The Map state: the same states for every item, inline; `distributed` runs the other mode."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from treadle.engine import fields
from treadle.engine.attempts import Attempt, performing
from treadle.engine.branches import Branches, record_cut
from treadle.engine.data.errors import DataError
from treadle.engine.failure import Failure, Problem

if TYPE_CHECKING:
    from treadle.engine.frame import Frame
    from treadle.engine.state import Perform, Scope, State

JSON = Any


def map_state(state: State, states: Mapping[str, State], following: State | None) -> Perform:
    (scope,) = state.scopes
    processor = state.document.get("ItemProcessor") or state.document["Iterator"]
    if processor.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
        from treadle.engine.distributed import attempt_of

        return performing(state, states, following, attempt_of(state, scope))
    return performing(state, states, following, _inline(state, scope))


def _inline(state: State, scope: Scope) -> Attempt:
    items_of = items(state)
    select = item_selector(state)
    concurrency = whole_number(state, "MaxConcurrency")
    into = None if state.language == "JSONata" else fields.input_path(state.document)
    name = state.name
    start = scope.start

    async def attempt(frame: Frame) -> JSON:
        value = frame.value if into is None else into(frame, frame.value)
        found = items_of(frame, value)
        limit = concurrency(frame, value) or frame.execution.limits.inline
        if limit < 0:
            raise Problem("MaxConcurrency cannot be negative.")
        if frame.progress is None:
            frame.follow_entered()
            frame.record("MapStateStarted", len(found))
        events = frame.events
        now = frame.now

        def begin(index: int, previous: int) -> Frame:
            item = found[index]
            child = frame.inner(index, item, previous, (index, item))
            if select is not None:
                child.value = selected(frame, select, value, (index, item))
            events.append(("MapIterationStarted", previous, now(), index, name))
            child.previous = len(events)
            child.state = start
            child.touch()
            return child

        def succeeded(index: int, child: Frame) -> int:
            events.append(("MapIterationSucceeded", child.previous, now(), index, name))
            return len(events)

        iterations = Branches(frame, len(found), limit, begin, succeeded)
        try:
            outputs = await iterations.run()
        except Failure as failure:
            if not failure.ends_execution:
                record_cut(frame, iterations, name)
                if iterations.failed is not None:
                    events.append(("MapIterationFailed", frame.previous, now(), iterations.failed[0], name))
            raise
        frame.record_aside("MapStateSucceeded")
        return outputs

    return attempt


def selected(frame: Frame, select: fields.Read, value: JSON, item: tuple[int, JSON]) -> JSON:
    """The ItemSelector's value: made in the Map's own frame, which shows the item in its context meanwhile."""
    outer, frame.item = frame.item, item
    try:
        return select(frame, value)
    finally:
        frame.item = outer


def items(state: State) -> fields.Read:
    """The array to map over: JSONPath's ItemsPath, JSONata's Items, or the whole input."""
    document = state.document
    if state.language != "JSONata":
        text = document.get("ItemsPath", "$")
        find = fields.path(text)

        def at_path(frame: Frame, value: JSON) -> list[JSON]:
            found = find(frame, value)
            if not isinstance(found, list):
                raise Problem(f'Reference path "{text}" must point to array.')
            return found

        return at_path
    given = document.get("Items")
    if fields.is_dynamic(given):
        return fields.jsonata_expression(given, "Items", "array")
    read = None if given is None else fields.jsonata_template(given, "Items")

    def whole(frame: Frame, value: JSON) -> list[JSON]:
        found = value if read is None else read(frame, value)
        if not isinstance(found, list):
            raise Problem(f"Map state input must be an array but was: {fields.dumps(found)}")
        return found

    return whole


def item_selector(state: State) -> fields.Read | None:
    """What each iteration is given instead of its item; the parent's frame carries `Map.Item` while it is made."""
    document = state.document
    if state.language == "JSONata":
        if "ItemSelector" not in document:
            return None
        return fields.jsonata_template(document["ItemSelector"], "ItemSelector")
    key = "ItemSelector" if "ItemSelector" in document else "Parameters"
    return fields.payload_template(document[key]) if key in document else None


def whole_number(state: State, key: str) -> fields.Read:
    """A count in any of its forms (literal, Path, JSONata): an integer, or None where it is not given."""
    return _number(state, key, "integer", fields.long)


def percentage(state: State, key: str) -> fields.Read:
    return _number(state, key, "float", _float)


def _float(value: JSON) -> float | None:
    text = fields.shown(value)
    return float(text) if _FLOAT.fullmatch(text) else None


_FLOAT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


def _number(state: State, key: str, kind: str, parse: Callable[[JSON], float | None]) -> fields.Read:
    document = state.document
    given = document.get(key)
    if fields.is_dynamic(given):
        expression = fields.jsonata_expression(given, key, "number")
        return _whole(expression, key) if kind == "integer" else expression
    text = document.get(f"{key}Path")
    if text is None:
        return lambda frame, value: given
    find = fields.path(text)

    def read(frame: Frame, value: JSON) -> JSON:
        try:
            found = find(frame, value)
        except DataError:
            raise Problem(f"The {key}Path field does not reference an input value: {text}") from None
        number = parse(found)
        if number is None:
            shown = fields.shown(found)
            raise Problem(f'The {key}Path field refers to value "{shown}" which is not a valid {kind}: {text}')
        return number

    return read


def _whole(read: fields.Read, key: str) -> fields.Read:
    """The integer that an expression gives."""

    def evaluated(frame: Frame, value: JSON) -> int:
        number = read(frame, value)
        if isinstance(number, float) and not number.is_integer():
            raise Problem(f"The {key} field must be an integer but was: {fields.dumps(number)}", location=key)
        return int(number)

    return evaluated
