import hashlib
import json
import math
import threading
from pathlib import Path

import numpy as np
import pytest

from tests.inference.conftest import fetched
from treadle.inference import minilm, tensors
from treadle.inference.weights import build

TEXTS = [
    "How do I publish a workflow to AWS Step Functions?",
    "A payload over 256 KiB goes to the object store by itself and travels as a reference.",
    "Ünïcödé naïve café — 日本語のテキスト 🙂",
    "",
    "word " * 600,
    "The cat sits outside.",
]
GOLDEN = Path(__file__).with_name("minilm_golden.json")


def test_the_weights_are_the_ones_that_were_built():
    data = build.WEIGHTS.read_bytes()
    assert hashlib.sha256(data).hexdigest() == "b523f8d03307829fb5259dfffa4a7f88493c3b4e4e6fa1b01f083ab1b7c27551"
    vocabulary = (build.HERE / "vocab.txt").read_bytes()
    assert hashlib.sha256(vocabulary).hexdigest() == build.SHA256[build.VOCABULARY]
    assert "Apache License" in (build.HERE / "LICENSE").read_text()


def test_vectors_are_those_of_the_original_in_float32():
    """`minilm_golden.json` holds torch's vectors (transformers, float32), rounded to five digits."""
    golden = json.loads(GOLDEN.read_text())
    assert golden["texts"] == TEXTS
    vectors = minilm.model().embed(TEXTS)
    cosines = (vectors * np.array(golden["vectors"], np.float32)).sum(axis=1)
    assert cosines.min() > 0.999
    tokens = [encoding.ids for encoding in minilm.model().tokenizer.encode_batch(TEXTS)]
    assert tokens == golden["tokens"]


def test_with_the_original_weights_the_arithmetic_is_exact(cache, monkeypatch):
    file = fetched(cache, build.PACKAGE, build.MODEL, build.SHA256[build.MODEL])
    source, _ = tensors.read(file)
    one = {f"{name}.scale": np.ones((len(each), 1), np.float32) for name, each in source.items() if each.ndim == 2}
    monkeypatch.setattr(tensors, "read", lambda _: (source | one, {}))
    exact = minilm._load.__wrapped__()
    golden = np.array(json.loads(GOLDEN.read_text())["vectors"], np.float32)
    assert (exact.embed(TEXTS) * golden).sum(axis=1).min() > 0.99999


def test_a_batch_gives_what_its_texts_give_alone():
    model = minilm.model()
    texts = [" ".join(f"word{number}" for number in range(length)) for length in (1, 40, 3, 40, 200, 7) * 6]
    together = model.embed(texts)
    alone = np.concatenate([model.embed([text]) for text in texts])
    assert np.abs(together - alone).max() < 1e-5
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-5)


def test_progress_counts_every_text():
    seen = []
    minilm.model().embed(["a b c " * 60] * 40, seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 40
    assert len(seen) > 2


def test_no_texts_no_vectors():
    assert minilm.model().embed([]).shape == (0, minilm.DIMENSIONS)


def test_threads_share_the_model():
    model, results = minilm.model(), {}
    threads = [
        threading.Thread(target=lambda number=number: results.update({number: model.embed([TEXTS[number]] * 20)}))
        for number in (0, 1, 2, 5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, vectors in results.items():
        assert np.abs(vectors - model.embed([TEXTS[number]])).max() < 1e-5
    assert minilm._limit["users"] == 0


def test_gelu_is_within_three_in_a_hundred_thousand():
    x = np.concatenate([np.linspace(-12, 12, 4001), [-1e4, 1e4, 0]]).astype(np.float32)
    exact = np.array([each * 0.5 * math.erfc(-each / math.sqrt(2)) for each in x.tolist()])
    y = x.copy()
    minilm._gelu(y)
    assert np.abs(y - exact).max() < 3.1e-5


def test_batches_hold_every_index_once_longest_first():
    lengths = [5, 900, 3, 2048, 4000, 700, 700, 700]
    made = list(minilm.batches(lengths, 2048))
    assert sorted(index for batch in made for index in batch) == list(range(8))
    assert all(len(batch) == 1 or sum(lengths[index] for index in batch) <= 2048 for batch in made)
    assert made[0] == [4]


def test_safetensors_survive_a_round_trip(tmp_path):
    given = {"b": np.arange(6, dtype=np.int8).reshape(2, 3), "a": np.ones((2, 2), np.float32)}
    tensors.write(tmp_path / "x", given, {"k": "v"})
    read, metadata = tensors.read(tmp_path / "x")
    assert metadata == {"k": "v"}
    assert all((read[name] == each).all() for name, each in given.items())
    from treadle.errors import InputError

    (tmp_path / "y").write_bytes(b"not a model")
    with pytest.raises(InputError, match="not a safetensors file"):
        tensors.read(tmp_path / "y")


def test_blas_is_limited_in_whichever_thread_embeds():
    """Tasks run in threads; a limit that only the first thread could set made their embedding ten times dearer."""
    from threadpoolctl import threadpool_info

    found = []

    def look():
        with minilm._single_threaded_blas():
            found.extend(each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas")

    look()
    for _ in range(2):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert found
    assert set(found) == {1}
