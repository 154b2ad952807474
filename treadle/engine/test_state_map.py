"""What TestState shows of a Map before its first iteration: its items as each field leaves them, and its bounds."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from treadle.engine import fields, maps
from treadle.engine.distributed_batch import batcher
from treadle.engine.distributed_reader import ReaderError, reader
from treadle.engine.failure import Failure
from treadle.engine.frame import Frame
from treadle.engine.state import State

JSON = Any


def see(state: State, frame: Frame, given: str | None, seen: dict[str, JSON]) -> int:
    """How many items there are. `given` is what the ItemReader reads; without it, it reads nothing."""
    document, value = state.document, frame.value
    if state.language != "JSONata":
        into = fields.input_path(document)
        value = seen["afterInputPath"] = value if into is None else into(frame, value)
    if "ItemReader" in document:
        items = [] if given is None else _read(state, frame, value, given)
        if "ItemsPointer" in document["ItemReader"].get("ReaderConfig", {}):
            seen["afterItemsPointer"] = items
    else:
        items = maps.items(state)(frame, value)
        if state.language != "JSONata":
            seen["afterItemsPath"] = items
    inputs = items
    select = maps.item_selector(state)
    if select is not None:
        inputs = [maps.selected(frame, select, value, item) for item in enumerate(items)]
        seen["afterItemSelector"] = inputs
    batch = batcher(state)
    if batch is not None:
        seen["afterItemBatcher"] = list(batch(frame, value)(iter(inputs)))
    _see_bounds(state, frame, value, seen)
    return len(items)


def _see_bounds(state: State, frame: Frame, value: JSON, seen: dict[str, JSON]) -> None:
    seen["maxConcurrency"] = int(maps.whole_number(state, "MaxConcurrency")(frame, value) or 0)
    for key in ("ToleratedFailureCount", "ToleratedFailurePercentage"):
        if {key, f"{key}Path"} & state.document.keys():
            whole = key.endswith("Count")
            number = (maps.whole_number if whole else maps.percentage)(state, key)(frame, value)
            seen[f"t{key[1:]}"] = int(number) if whole else float(number)


def _read(state: State, frame: Frame, value: JSON, given: str) -> list[JSON]:
    read = reader(state)
    assert read is not None
    try:
        return list(read(frame, value)(_Given(given)))
    except ReaderError as problem:
        raise Failure("States.ItemReaderFailed", str(problem)) from None


class _Given:
    """A storage of one text, whichever object is asked for; what is listed is a JSON array of objects."""

    local = True

    def __init__(self, text: str) -> None:
        self._text = text

    def read(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        return io.BytesIO(self._text.encode("utf-8", "surrogatepass"))

    def list(self, bucket: str, prefix: str) -> Iterator[dict[str, JSON]]:
        entries = json.loads(self._text)
        return iter([entry for entry in entries if isinstance(entry, Mapping) and "Key" in entry])  # type: ignore[misc]

    def write(self, bucket: str, key: str) -> BinaryIO:
        return io.BytesIO()
