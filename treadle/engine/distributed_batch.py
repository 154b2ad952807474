"""ItemBatcher: items put together, by their number or by their bytes, into the inputs of fewer executions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from treadle.engine import limits
from treadle.engine.failure import Problem

if TYPE_CHECKING:
    from treadle.engine.frame import Frame
    from treadle.engine.state import State

JSON = Any
Batches = Callable[[Iterator[JSON]], Iterator[JSON]]
Batch = Callable[["Frame", JSON], Batches]
"""What the fields say, evaluated before the Map Run starts, and then the putting together"""

MOST_BYTES = 256 * limits.KIB


def batcher(state: State) -> Batch | None:
    """The batching of a Map's inputs; None where each is an execution of its own."""
    from treadle.engine import fields, maps
    from treadle.engine.state import State as Part

    document = state.document.get("ItemBatcher")
    if document is None:
        return None
    part = Part(state.name, {**document, "Type": "Map", "QueryLanguage": state.language}, state.language)
    count = maps.whole_number(part, "MaxItemsPerBatch")
    size = maps.whole_number(part, "MaxInputBytesPerBatch")
    given = document.get("BatchInput")
    common = None
    if given is not None:
        jsonata = state.language == "JSONata"
        common = fields.jsonata_template(given, "ItemBatcher/BatchInput") if jsonata else fields.payload_template(given)

    def batch(frame: Frame, value: JSON) -> Batches:
        most = _bound("MaxItemsPerBatch", count(frame, value))
        room = min(_bound("MaxInputBytesPerBatch", size(frame, value)) or MOST_BYTES, MOST_BYTES)
        head = {} if common is None else {"BatchInput": common(frame, value)}
        return lambda items: _batches(items, head, most, room)

    return batch


def _bound(key: str, number: JSON) -> int | None:
    """None where the field is not given or 0, which AWS accepts as it does for MaxItems and MaxConcurrency."""
    if number is not None and number < 0:
        raise Problem(f"{key} cannot be negative.", location=f"ItemBatcher/{key}")
    return number or None


def _batches(items: Iterator[JSON], head: dict[str, JSON], most: int | None, room: int) -> Iterator[JSON]:
    """A batch is full with `most` items, or when one more would not fit into `room` bytes of JSON."""
    frame_size = limits.size({**head, "Items": []})
    batch: list[JSON] = []
    used = frame_size
    for item in items:
        size = limits.size(item) + 1  # and the comma
        if batch and (len(batch) == most or used + size > room + 1):
            yield {**head, "Items": batch}
            batch, used = [], frame_size
        batch.append(item)
        used += size
    if batch:
        yield {**head, "Items": batch}
