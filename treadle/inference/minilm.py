"""all-MiniLM-L6-v2 in plain numpy: texts to unit vectors of 384 float32.

Six layers of a BERT encoder, mean pooling, unit length, as sentence-transformers runs it: texts are cut at 256 tokens.
Texts of a batch are sorted by length and computed without padding, so that a batch costs what its tokens cost.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.inference import tensors

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float32]]

NAME = "all-MiniLM-L6-v2"
DIMENSIONS = 384
MAX_TOKENS = 256
HEADS = 12
_WEIGHTS = Path(__file__).parent / "weights"
_BATCH_TOKENS = 2048


@dataclass(frozen=True, slots=True)
class Dense:
    """A linear layer: `x @ weight + bias`, `weight` of shape (inputs, outputs)."""

    weight: Array
    bias: Array

    def __call__(self, x: Array) -> Array:
        y = x @ self.weight
        y += self.bias
        return y


@dataclass(frozen=True, slots=True)
class Norm:
    weight: Array
    bias: Array


@dataclass(frozen=True, slots=True)
class Layer:
    attend: Dense  # queries (already divided by the root of the head's size), keys and values, side by side
    attended: Dense
    attended_norm: Norm
    widen: Dense
    narrow: Dense
    norm: Norm


@dataclass(frozen=True, slots=True)
class Model:
    """`words` stay int8 with their scales: most rows of the vocabulary are never looked at."""

    words: Any
    scales: Array
    positions: Array
    norm: Norm
    layers: tuple[Layer, ...]
    tokenizer: Any

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] = lambda done: None) -> Array:
        """Unit vectors of shape (len(texts), 384), in the order of the texts. `progress` gets the number done."""
        import numpy as np

        out = np.empty((len(texts), DIMENSIONS), np.float32)
        done = 0
        # Tokenising in slices keeps a million texts from being held as tokens at once, and progress moving.
        for start in range(0, len(texts), 4096):
            encoded = self.tokenizer.encode_batch_fast(list(texts[start : start + 4096]))
            ids = [encoding.ids for encoding in encoded]
            work = list(batches([len(each) for each in ids]))
            for batch, vectors in zip(work, self._encode_all(ids, work), strict=True):
                out[[start + index for index in batch]] = vectors
                done += len(batch)
                progress(done)
        return out

    def _encode_all(self, ids: list[list[int]], work: list[list[int]]) -> Iterator[Array]:
        """Batches side by side on all cores, each on one: what is not a matrix product runs in parallel too."""
        chosen = ([ids[index] for index in batch] for batch in work)
        with _single_threaded_blas():
            if len(work) == 1:
                yield from map(self._encode, chosen)
                return
            with ThreadPoolExecutor(_cores(), "treadle-embed") as pool:
                yield from pool.map(self._encode, chosen)

    def _encode(self, ids: list[list[int]]) -> Array:
        import numpy as np

        lengths = [len(each) for each in ids]
        flat = np.fromiter((token for each in ids for token in each), np.intp, sum(lengths))
        x = _widened(self.words[flat], self.scales[flat])
        x += np.concatenate([self.positions[:length] for length in lengths])
        _normalise(x, self.norm)
        groups = list(_groups(lengths))
        for layer in self.layers:
            x = _run(layer, x, groups)
        pooled = np.add.reduceat(x, np.cumsum([0, *lengths[:-1]]), axis=0)
        pooled /= np.sqrt(np.einsum("ij,ij->i", pooled, pooled))[:, None]
        return pooled


def batches(lengths: Sequence[int], budget: int = _BATCH_TOKENS) -> Iterator[list[int]]:
    """Indices in batches of about `budget` tokens, longest first: then the largest buffers are made only once."""
    batch: list[int] = []
    tokens = 0
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        if batch and tokens + lengths[index] > budget:
            yield batch
            batch, tokens = [], 0
        batch.append(index)
        tokens += lengths[index]
    if batch:
        yield batch


def _groups(lengths: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """(first token, texts, tokens of each text) for every run of equal lengths."""
    start = place = 0
    for end in range(1, len(lengths) + 1):
        if end == len(lengths) or lengths[end] != lengths[start]:
            yield place, end - start, lengths[start]
            place += (end - start) * lengths[start]
            start = end


def _run(layer: Layer, x: Array, groups: Sequence[tuple[int, int, int]]) -> Array:
    import numpy as np

    attended = np.empty_like(x)
    mixed = layer.attend(x)
    for place, count, length in groups:
        rows = slice(place, place + count * length)
        attended[rows] = _attention(mixed[rows], count, length)
    y = layer.attended(attended)
    y += x
    _normalise(y, layer.attended_norm)
    # In slices that stay in the processor's cache: the wide layer is four times the width of the rest.
    out = np.empty_like(y)
    for start in range(0, len(y), 512):
        wide = layer.widen(y[start : start + 512])
        _gelu(wide)
        np.matmul(wide, layer.narrow.weight, out=out[start : start + 512])
    out += layer.narrow.bias
    out += y
    _normalise(out, layer.norm)
    return out


def _attention(mixed: Array, count: int, length: int) -> Array:
    """Softmax attention of `count` texts of `length` tokens: (count * length, 1152) to (count * length, 384)."""
    import numpy as np

    parts = mixed.reshape(count, length, 3, HEADS, DIMENSIONS // HEADS).transpose(2, 0, 3, 1, 4)
    scores = parts[0] @ parts[1].swapaxes(-1, -2)
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    y: Array = (scores @ parts[2]).transpose(0, 2, 1, 3).reshape(count * length, DIMENSIONS)
    return y


def _normalise(x: Array, norm: Norm) -> None:
    """Layer normalisation, in place. Epsilon is the model's 1e-12."""
    import numpy as np

    x -= x.mean(axis=1, keepdims=True)
    variance = np.einsum("ij,ij->i", x, x)
    variance *= 1 / DIMENSIONS
    variance += 1e-12
    x *= (1 / np.sqrt(variance))[:, None]
    x *= norm.weight
    x += norm.bias


def _gelu(x: Array) -> None:
    """x * Phi(x), in place. numpy has no erf: Phi's logit is an odd polynomial here, fitted to an error below 3e-5."""
    import numpy as np

    square = x * x
    np.minimum(square, 49.0, out=square)
    slope = square * np.float32(0.0007031859730671823)
    slope -= np.float32(0.07401199399681169)
    slope *= square
    slope -= np.float32(1.5950151684453104)
    slope *= x
    np.minimum(slope, 80.0, out=slope)
    np.exp(slope, out=slope)
    slope += 1
    x /= slope


def _cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_lock = threading.Lock()
_limit: dict[str, Any] = {"users": 0, "limiter": None}


@contextmanager
def _single_threaded_blas() -> Iterator[None]:
    """While anyone is inside, BLAS uses one thread: its own threads wait for each other by spinning."""
    with _lock:
        _limit["users"] += 1
        if _limit["users"] == 1:
            _take_control()
            _limit["limiter"] = _controller().limit(limits=1, user_api="blas")
    try:
        yield
    finally:
        with _lock:
            _limit["users"] -= 1
            if _limit["users"] == 0:
                _take_control()
                _limit["limiter"].restore_original_limits()


def _take_control() -> None:
    """threadpoolctl (3.8) lets only the thread that first set a limit set it again, while tasks run in any thread."""
    for library in _controller().lib_controllers:
        if hasattr(library, "clear_controlling_thread"):
            library.clear_controlling_thread(force=True)


@lru_cache(maxsize=1)
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


_loading = threading.Lock()


def model() -> Model:
    """The model that ships with the package, loaded once and shared by threads."""
    with _loading:
        return _load()


@lru_cache(maxsize=1)
def _load() -> Model:
    raw, _ = tensors.read(_WEIGHTS / "all-MiniLM-L6-v2.int8.safetensors")

    def matrix(name: str) -> Array:
        return _widened(raw[name], raw[f"{name}.scale"])

    positions = raw["embeddings.position_embeddings.weight"] + raw["embeddings.token_type_embeddings.weight"][0]
    return Model(
        words=raw["embeddings.word_embeddings.weight"],
        scales=raw["embeddings.word_embeddings.weight.scale"],
        positions=positions,
        norm=_norm(raw, "embeddings.LayerNorm"),
        layers=tuple(_layer(raw, matrix, f"encoder.layer.{index}") for index in range(6)),
        tokenizer=_tokenizer(),
    )


def _widened(rows: Any, scales: Array) -> Array:
    """int8 (n, width) with scales (n, blocks) to float32 (n, width)."""
    import numpy as np

    blocks = rows.reshape(len(rows), scales.shape[1], -1)
    wide: Array = np.multiply(blocks, scales[:, :, None], dtype=np.float32).reshape(rows.shape)
    return wide


def _layer(raw: dict[str, Any], matrix: Callable[[str], Array], name: str) -> Layer:
    import numpy as np

    def dense(part: str) -> Dense:
        return Dense(np.ascontiguousarray(matrix(f"{name}.{part}.weight").T), np.array(raw[f"{name}.{part}.bias"]))

    query, key, value = (dense(f"attention.self.{part}") for part in ("query", "key", "value"))
    root = np.float32((DIMENSIONS // HEADS) ** -0.5)
    return Layer(
        attend=Dense(
            np.concatenate([query.weight * root, key.weight, value.weight], axis=1),
            np.concatenate([query.bias * root, key.bias, value.bias]),
        ),
        attended=dense("attention.output.dense"),
        attended_norm=_norm(raw, f"{name}.attention.output.LayerNorm"),
        widen=dense("intermediate.dense"),
        narrow=dense("output.dense"),
        norm=_norm(raw, f"{name}.output.LayerNorm"),
    )


def _norm(raw: dict[str, Any], name: str) -> Norm:
    import numpy as np

    return Norm(np.array(raw[f"{name}.weight"]), np.array(raw[f"{name}.bias"]))


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = models.WordPiece.read_file(str(_WEIGHTS / "vocab.txt"))
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    marks = [("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=marks)
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer
