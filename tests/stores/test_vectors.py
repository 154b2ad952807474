import json
import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from treadle.errors import InputError
from treadle.stores import vectors


def some(count, dimension=8, seed=1):
    block = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return block, [{"text": f"{seed}-{number}"} for number in range(count)]


def made(path, count=50, seed=1, **more):
    return vectors.build(path, [some(count, seed=seed)], model="m", dimension=8, **more)


def test_the_nearest_come_first_with_their_cosine(tmp_path):
    block, passages = some(200)
    index = vectors.build(
        tmp_path / "i", [(block[:120], passages[:120]), (block[120:], passages[120:])], model="m", dimension=8
    )
    asked = block[7] + 0.01
    hits = index.search(asked.tolist(), 5)
    cosines = block @ asked / (np.linalg.norm(block, axis=1) * np.linalg.norm(asked))
    order = np.argsort(-cosines)[:5]
    assert [hit.passage for hit in hits] == [passages[each] for each in order]
    assert [hit.score for hit in hits] == pytest.approx(cosines[order].tolist(), abs=2e-3)


def test_a_search_beyond_the_exact_size_finds_nearly_the_same(tmp_path, monkeypatch):
    block, passages = some(3000)
    index = vectors.build(tmp_path / "i", [(block, passages)], model="m", dimension=8)
    exact = [[hit.passage["text"] for hit in index.search(vector, 5)] for vector in block[:50]]
    monkeypatch.setattr(vectors, "EXACT", 0)
    graph = [[hit.passage["text"] for hit in index.search(vector, 5)] for vector in block[:50]]
    same = sum(len(set(a) & set(b)) for a, b in zip(exact, graph, strict=True))
    assert same >= 240


def test_what_is_kept_beside_the_index(tmp_path):
    made(tmp_path / "i", about={"documents": 3})
    index = vectors.open(tmp_path / "i")
    assert (index.model, index.dimension, index.about, len(index)) == ("m", 8, {"documents": 3}, 50)


def test_fewer_than_asked_for_and_none(tmp_path):
    assert len(made(tmp_path / "i", 2).search([1.0] * 8, 4)) == 2
    empty = vectors.build(tmp_path / "e", [], model="m", dimension=8)
    assert empty.search([1.0] * 8, 4) == []


def test_models_never_mix(tmp_path):
    made(tmp_path / "i")
    with pytest.raises(InputError, match=r"made with 'm' \(8 dimensions\).*'other'.*index the documents again"):
        vectors.open(tmp_path / "i", model="other")
    with pytest.raises(InputError, match=r"16 dimensions"):
        vectors.open(tmp_path / "i", dimension=16)
    with pytest.raises(InputError, match="a vector of 3 dimensions"):
        vectors.open(tmp_path / "i").search([1.0, 2.0, 3.0])
    with pytest.raises(InputError, match="'other'"):
        vectors.stage(tmp_path / "i", model="other", dimension=8, extend=True)
    with pytest.raises(InputError, match="vectors of 4 dimensions in an index of 8"):
        vectors.write(vectors.stage(tmp_path / "i", model="m", dimension=8), 0, np.ones((1, 4)), [{}])


def test_extending_keeps_what_was_there(tmp_path):
    made(tmp_path / "i", about={"a": 1})
    index = made(tmp_path / "i", 30, seed=2, extend=True, about={"b": 2})
    assert (len(index), index.about) == (80, {"a": 1, "b": 2})
    for seed in (1, 2):
        block, passages = some(20, seed=seed)
        assert index.search(block[3], 1)[0].passage == passages[3]


def test_a_part_written_twice_counts_once_and_order_is_by_name(tmp_path):
    staging = vectors.stage(tmp_path / "i", model="m", dimension=8)
    second, first = some(10, seed=2), some(10, seed=1)
    vectors.write(staging, 1, *second)
    vectors.write(staging, 0, *first)
    vectors.write(staging, 1, *second)
    index = vectors.commit(staging)
    assert len(index) == 20
    assert index.search(second[0][4], 1)[0].passage == second[1][4]


def test_a_build_that_fails_leaves_the_old_index_and_nothing_else(tmp_path):
    made(tmp_path / "i")
    before = sorted(os.listdir(tmp_path / "i"))

    def parts():
        yield some(10, seed=2)
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        vectors.build(tmp_path / "i", parts(), model="m", dimension=8)
    assert sorted(os.listdir(tmp_path / "i")) == before
    assert len(vectors.open(tmp_path / "i")) == 50


def test_a_build_killed_at_any_moment_leaves_a_usable_index(tmp_path):
    made(tmp_path / "i")
    program = """
        import os, sys
        from treadle.stores import vectors
        import numpy as np
        step, stop = 0, int(sys.argv[2])
        def trace(event, _):
            global step
            if event in ("open", "os.rename", "os.remove", "os.mkdir", "sqlite3.connect", "shutil.rmtree"):
                step += 1
                if step == stop:
                    os._exit(9)
        staging = vectors.stage(sys.argv[1], model="m", dimension=8)
        sys.addaudithook(trace)
        vectors.write(staging, 0, np.ones((5, 8), np.float32), [{"text": "new"}] * 5)
        vectors.commit(staging)
    """
    codes = []
    for stop in (1, 2, 3, 4, 6, 8, 10, 12, 15, 18, 1000):
        command = [sys.executable, "-c", textwrap.dedent(program), str(tmp_path / "i"), str(stop)]
        codes.append(subprocess.run(command, check=False).returncode)
        index = vectors.open(tmp_path / "i")
        texts = {hit.passage["text"] for hit in index.search([1.0] * 8, 100)}
        assert (len(index), texts == {"new"}) in {(50, False), (5, True)}
    assert codes[0] == 9
    assert codes[-1] == 0
    assert len(vectors.open(tmp_path / "i")) == 5


def test_a_reader_of_the_old_index_goes_on_while_it_is_replaced(tmp_path):
    old = made(tmp_path / "i")
    new = made(tmp_path / "i", 7, seed=2)
    assert len(old) == 50
    assert len(new) == 7
    assert len([each for each in os.listdir(tmp_path / "i") if each.startswith("index-")]) == 1


def test_builds_at_the_same_time_leave_one_usable_index(tmp_path):
    path = tmp_path / "i"
    made(path)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda seed: made(path, 20 + seed, seed=seed), range(12)))
    index = vectors.open(path)
    assert 20 <= len(index) < 32
    assert len(index.search([1.0] * 8, 3)) == 3
    assert not [each for each in os.listdir(path) if each.startswith("staging-")]


def test_what_cannot_be_opened_says_so_in_one_line(tmp_path):
    with pytest.raises(InputError, match=r"no index at .*: make one first"):
        vectors.open(tmp_path / "none")
    index = made(tmp_path / "i")
    (index.passages.parent / "index.usearch").write_bytes(b"rubbish")
    with pytest.raises(InputError, match="cannot be read"):
        vectors.open(tmp_path / "i")
    with pytest.raises(InputError, match="not a staged index"):
        vectors.commit(tmp_path / "nothing")


@pytest.mark.parametrize(("block", "passages", "text"), [
    ([[1.0] * 8], [], "1 vectors for 0 passages"),
    ([[float("nan")] * 8], [{}], "NaN or infinity"),
])  # fmt: skip
def test_parts_that_cannot_be_used(tmp_path, block, passages, text):
    with pytest.raises(InputError, match=text):
        vectors.write(vectors.stage(tmp_path / "i", model="m", dimension=8), 0, block, passages)


def test_passages_keep_newlines_and_every_script(tmp_path):
    passage = {"text": "a\nb\u2028c – 日本", "page": 3, "deep": {"x": [None, 1.5]}}
    index = vectors.build(tmp_path / "i", [([[1.0] * 8], [passage])], model="m", dimension=8)
    assert json.dumps(index.search([1.0] * 8, 1)[0].passage) == json.dumps(passage)
