"""Vectors and the passages they stand for: one folder, searched by likeness, replaced as a whole.

    staging = stage("index", model=name, dimension=384, about={"documents": 12})
    write(staging, 0, vectors, passages)          # parts may be written by several processes, in any order, twice
    commit(staging)                               # the new index takes the old one's place in one step
    open("index").search(vector, 4)               # [Hit(score, passage), …], best first

An index knows the model that made its vectors; others are refused. The old index answers until `commit`.
On disk: `CURRENT` names the folder which holds `index.usearch` (HNSW graph, cosine, float16), `passages.sqlite` and
`index.json`; it is replaced by a rename, so a reader sees the old index or the new one, never half of each.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.engine.chance import CHANCE
from treadle.engine.clock import RealClock
from treadle.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    Vectors = np.ndarray[Any, np.dtype[np.float32]] | Sequence[Sequence[float]]

JSON = Any
CURRENT = "CURRENT"
EXACT = 10_000
"""Up to this many vectors a search compares all of them: exact, and still within milliseconds."""
_ABANDONED = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found; `score` is the cosine of the angle between question and passage, at most 1."""

    score: float
    passage: dict[str, JSON]


@dataclass(frozen=True)
class Index:
    """An index open for reading. Its graph is memory-mapped: opening costs milliseconds whatever its size."""

    path: Path
    model: str
    dimension: int
    about: dict[str, JSON]
    graph: Any
    passages: Path

    def __len__(self) -> int:
        return len(self.graph)

    def search(self, vector: Sequence[float], k: int = 4) -> list[Hit]:
        """The `k` passages most like `vector`, best first; fewer where the index holds fewer.

        Raises InputError where the vector has another length than the index, or `k` is not positive.
        """
        import numpy as np

        if k < 1:
            raise InputError(f"k is {k}: ask for at least one passage")
        if len(vector) != self.dimension:
            raise InputError(_mixed(self, f"a vector of {len(vector)} dimensions"))
        if not len(self):
            return []
        asked = np.asarray(vector, np.float32)
        found = self.graph.search(asked, min(k, len(self)), exact=len(self) <= EXACT)
        keys = [int(key) for key in found.keys]
        texts = self._read(keys)
        return [
            Hit(1 - float(distance), json.loads(texts[key]))
            for key, distance in zip(keys, found.distances, strict=True)
        ]

    def _read(self, keys: Sequence[int]) -> dict[int, str]:
        marks = ",".join("?" * len(keys))
        with closing(_readonly(self.passages)) as table:
            return dict(table.execute(f"SELECT key, passage FROM passages WHERE key IN ({marks})", keys))


def stage(
    path: str | Path, *, model: str, dimension: int, about: Mapping[str, JSON] | None = None, extend: bool = False
) -> str:
    """Begin an index that shall stand at `path`; gives the staging folder's path, for `write` and `commit`.

    `about` is kept beside the index. With `extend`, what the present index holds stays in; it must be of the same model
    (InputError).
    """
    home = Path(path)
    if extend and (home / CURRENT).exists():
        open(home, model=model, dimension=dimension)
    home.mkdir(parents=True, exist_ok=True)
    _sweep(home)
    staging = home / f"staging-{CHANCE.uuid()}"
    staging.mkdir()
    facts = {"model": model, "dimension": dimension, "about": dict(about or {}), "extend": extend}
    (staging / "index.json").write_text(json.dumps(facts), encoding="utf-8")
    return str(staging)


def write(staging: str | Path, part: int | str, vectors: Vectors, passages: Sequence[Mapping[str, JSON]]) -> None:
    """Put one part into a staging folder: `passages[i]` is what `vectors[i]` stands for. Written again, it is replaced.

    Raises InputError where lengths or dimensions disagree, or a vector holds a number that is not finite.
    """
    import numpy as np

    facts = _staged(staging)
    block = np.asarray(vectors, np.float32).reshape(len(vectors), -1)
    if len(block) != len(passages):
        raise InputError(f"part {part}: {len(block)} vectors for {len(passages)} passages")
    if len(block) and block.shape[1] != facts["dimension"]:
        text = f"part {part}: vectors of {block.shape[1]} dimensions in an index of {facts['dimension']}"
        raise InputError(f"{text}: embed them with its own model, '{facts['model']}'")
    if not np.isfinite(block).all():
        raise InputError(f"part {part}: a vector holds NaN or infinity")
    folder = Path(staging)
    name = f"{part:09d}" if isinstance(part, int) else part
    temporary = folder / f".{CHANCE.uuid()}"
    with temporary.open("wb") as file:
        np.save(file, block)
        file.write("\n".join(json.dumps(passage, ensure_ascii=False) for passage in passages).encode())
    os.replace(temporary, folder / f"{name}.part")


def commit(staging: str | Path) -> Index:
    """Make the staged parts the index at its path, in the order of the parts' names, and remove the old one."""
    facts = _staged(staging)
    folder = Path(staging)
    home = folder.parent
    before = open(home) if facts["extend"] and (home / CURRENT).exists() else None
    parts = sorted(folder.glob("*.part"))
    _store(folder, parts, before, facts["dimension"])
    about = (before.about if before else {}) | facts["about"]
    kept = {"model": facts["model"], "dimension": facts["dimension"], "about": about}
    (folder / "index.json").write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    for part in parts:
        part.unlink()
    generation = home / f"index-{CHANCE.uuid()}"
    folder.rename(generation)
    pointer = home / f".{CHANCE.uuid()}"
    pointer.write_text(generation.name, encoding="utf-8")
    replaced = _current(home)
    os.replace(pointer, home / CURRENT)
    # Only what this one replaced: another build may stand between its own rename and its pointer.
    if replaced is not None and replaced != generation:
        shutil.rmtree(replaced, ignore_errors=True)
    return open(home)


def discard(staging: str | Path) -> None:
    """Give up a staged index; the present one stays."""
    shutil.rmtree(staging, ignore_errors=True)


def build(
    path: str | Path,
    parts: Iterable[tuple[Vectors, Sequence[Mapping[str, JSON]]]],
    *,
    model: str,
    dimension: int,
    about: Mapping[str, JSON] | None = None,
    extend: bool = False,
) -> Index:
    """Stage, write and commit in one call; whatever goes wrong leaves the present index as it was."""
    staging = stage(path, model=model, dimension=dimension, about=about, extend=extend)
    try:
        for number, (vectors, passages) in enumerate(parts):
            write(staging, number, vectors, passages)
        return commit(staging)
    except BaseException:
        discard(staging)
        raise


def open(path: str | Path, *, model: str | None = None, dimension: int | None = None) -> Index:
    """The index at `path`. Given `model` or `dimension`, it must have been made with these.

    Raises InputError: there is none, it cannot be read, or it was made with another model.
    """
    index = _open(Path(path))
    while index is None:
        index = _open(Path(path))
    if (model is not None and model != index.model) or (dimension is not None and dimension != index.dimension):
        size = f" ({dimension} dimensions)" if dimension else ""
        raise InputError(_mixed(index, f"'{model or index.model}'{size}"))
    return index


def _open(home: Path) -> Index | None:
    """None where the index was replaced between reading its name and opening it: then it is to be tried again."""
    from usearch.index import Index as Graph

    folder = _current(home)
    if folder is None:
        raise InputError(f"no index at {home}: make one first")
    try:
        facts = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        graph = Graph.restore(str(folder / "index.usearch"), view=True)
        dimension = facts["dimension"]
        if graph is None or graph.ndim != dimension:
            raise ValueError("its graph does not fit its description")
        return Index(home, facts["model"], dimension, facts["about"], graph, folder / "passages.sqlite")
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        if _current(home) != folder:
            return None
        if isinstance(error, FileNotFoundError):
            raise InputError(f"the index at {home} is incomplete: make it again") from error
        raise InputError(f"the index at {home} cannot be read ({error}): make it again") from error


def _store(folder: Path, parts: Sequence[Path], before: Index | None, dimension: int) -> None:
    """Write `index.usearch` and `passages.sqlite` from the parts, after what `before` holds."""
    import numpy as np
    from usearch.index import Index as Graph

    graph: Any = Graph(ndim=dimension, metric="cos", dtype="f16")
    database = folder / "passages.sqlite"
    database.unlink(missing_ok=True)
    if before is not None:
        graph = Graph.restore(str(before.passages.parent / "index.usearch"))
        shutil.copyfile(before.passages, database)
    with closing(sqlite3.connect(database)) as table, table:
        table.execute("CREATE TABLE IF NOT EXISTS passages (key INTEGER PRIMARY KEY, passage TEXT NOT NULL)")
        key = int(table.execute("SELECT COALESCE(MAX(key) + 1, 0) FROM passages").fetchone()[0])
        for vectors, passages in map(_part, parts):
            if len(vectors):
                graph.add(np.arange(key, key + len(vectors), dtype=np.uint64), vectors)
                table.executemany("INSERT INTO passages VALUES (?, ?)", enumerate(passages, key))
                key += len(vectors)
    graph.save(str(folder / "index.usearch"))


def _part(file: Path) -> tuple[Any, list[str]]:
    import numpy as np

    with file.open("rb") as source:
        vectors = np.load(source)
        text = source.read().decode()
    return vectors, text.split("\n") if len(vectors) else []


def _staged(staging: str | Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads((Path(staging) / "index.json").read_text(encoding="utf-8"))
        facts["extend"]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{staging} is not a staged index: begin with stage(…)") from error
    return facts


def _current(home: Path) -> Path | None:
    try:
        return home / (home / CURRENT).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _sweep(home: Path) -> None:
    """Remove what builds left behind that were interrupted, or overtaken by another, more than a day ago."""
    current = _current(home)
    for folder in (*home.glob("staging-*"), *home.glob("index-*")):
        # Another build may commit or discard the folder between the listing and here.
        with suppress(FileNotFoundError):
            if folder != current and RealClock().now() - folder.stat().st_mtime > _ABANDONED:
                shutil.rmtree(folder, ignore_errors=True)


def _readonly(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def _mixed(index: Index, asked: str) -> str:
    return (
        f"the index at {index.path} was made with '{index.model}' ({index.dimension} dimensions) and cannot be "
        f"searched or extended with {asked}: index the documents again, or choose the model that made it"
    )
