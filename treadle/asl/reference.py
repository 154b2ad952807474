"""What stands in a payload for a value that lies in an object store: the States Language has no word for it."""

from __future__ import annotations

from typing import Any, Final

MARK: Final = "treadle:reference"
"""The key by which a reference is known; its value is where the object is."""
REFERENCE: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {MARK: {"type": "string"}, "bytes": {"type": "integer"}, "sha256": {"type": "string"}},
    "required": [MARK, "bytes", "sha256"],
}
"""Its JSON Schema: `bytes` and the SHA-256 (in hexadecimal) are those of the object, which is the value as JSON."""
FOLDER: Final = "treadle-large"
"""The prefix of the objects' keys, right below the bucket."""


def is_reference(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {MARK, "bytes", "sha256"}:
        return False
    return isinstance(value[MARK], str) and isinstance(value["bytes"], int) and isinstance(value["sha256"], str)


def holds(value: Any) -> bool:
    """True where a reference stands anywhere in a value."""
    if isinstance(value, dict):
        return is_reference(value) or any(map(holds, value.values()))
    return isinstance(value, list) and any(map(holds, value))


def marked(schema: Any) -> bool:
    """True where some part of a JSON Schema may be a reference."""
    if isinstance(schema, dict):
        return schema == REFERENCE or any(map(marked, schema.values()))
    return isinstance(schema, list | tuple) and any(map(marked, schema))
