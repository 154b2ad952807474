"""Reading and writing safetensors files: a JSON table of names, types and places, then the raw bytes.

Format: https://github.com/huggingface/safetensors#format (8 bytes of header length, the header, the data).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

_TYPES = {"F32": "<f4", "I8": "i1", "I64": "<i8"}
_NAMES = {"float32": "F32", "int8": "I8", "int64": "I64"}


def read(file: Path) -> tuple[dict[str, Array], dict[str, str]]:
    """The tensors by name, memory-mapped and read-only, and the file's metadata. Raises InputError on anything else."""
    import numpy as np

    try:
        data = np.memmap(file, np.uint8, mode="r")
        length = int.from_bytes(data[:8].tobytes(), "little")
        header: dict[str, Any] = json.loads(data[8 : 8 + length].tobytes())
        metadata: dict[str, str] = header.pop("__metadata__", {})
        body = data[8 + length :]
        tensors = {name: _tensor(body, entry) for name, entry in header.items()}
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise InputError(f"{file}: not a safetensors file: {error}") from error
    return tensors, metadata


def write(file: Path, tensors: Mapping[str, Array], metadata: Mapping[str, str]) -> None:
    """The same tensors give the same bytes: names are sorted, and nothing of the machine goes in."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    place = 0
    for name, tensor in sorted(tensors.items()):
        header[name] = {
            "dtype": _NAMES[tensor.dtype.name],
            "shape": list(tensor.shape),
            "data_offsets": [place, place + tensor.nbytes],
        }
        place += tensor.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with file.open("wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for _, tensor in sorted(tensors.items()):
            out.write(tensor.tobytes())


def _tensor(body: Array, entry: Mapping[str, Any]) -> Array:
    start, stop = entry["data_offsets"]
    tensor: Array = body[start:stop].view(_TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensor
