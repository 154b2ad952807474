"""From documents to an index in three tasks: `read` cuts, `embed` computes one batch, `commit` replaces the index.

What passes between them are references: batches of passages in the object store, vectors in the staged index. Until
`commit` the old index answers, and each task may run twice without harm.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypedDict

from tasks import chunking, places
from tasks.extraction import sections
from tasks.walking import documents
from treadle import InputError, task
from treadle.engine.chance import CHANCE
from treadle.engine.clock import RealClock
from treadle.stores import objects, vectors

BATCH = 32
"""Passages of a batch: a second or two of the embedded model, so that progress is seen."""
FORMAT = 1
"""Part of the fingerprint: to be raised when the same documents shall be cut differently."""
JOBS = "indexing"
"""Where batches wait in the object store. In a bucket, let a lifecycle rule remove what is older than a day."""
ABANDONED = 24 * 3600.0
"""Seconds after which batches belong to an index that was interrupted."""
LISTED = 100
"""Skipped documents that are named in the result at most."""


class Skipped(TypedDict):
    file: str
    reason: str


class Indexed(TypedDict):
    """What an index holds. `unchanged` says that it was there already, made from the same documents."""

    files: int
    passages: int
    model: str
    skipped: list[Skipped]
    unchanged: bool


class Work(TypedDict):
    """What is left to do: `indexed` is set when nothing is, else `batches` are keys of the object store."""

    indexed: Indexed | None
    staging: str
    batches: list[str]


@task(memory=2048, timeout=900)
def read(source: str) -> Work:
    """Read a file or folder and cut it into batches of passages, unless the index was made from the same documents.

    Raises:
        InputError: there is nothing to read, or no document of it can be read; the message says what to do.
    """
    files = documents(source)
    model = places.embeddings()
    fingerprint = _fingerprint(files, source, model.name)
    done = _present(fingerprint)
    if done is not None:
        return {"indexed": done, "staging": "", "batches": []}
    store, job = places.objects(), f"{JOBS}/{CHANCE.uuid()}"
    _sweep(store)
    skipped: list[Skipped] = []
    try:
        batches: list[str] = []
        for batch in _batches(_passages(files, source, skipped)):
            batches.append(f"{job}/{len(batches):06d}.json")
            store.put(batches[-1], json.dumps(batch, ensure_ascii=False).encode())
        if not batches:
            raise InputError(_nothing(files, source, skipped))
    except BaseException:
        store.delete(job)
        raise
    about = {"fingerprint": fingerprint, "job": job, "files": len(files) - len(skipped), "skipped": skipped[:LISTED]}
    staging = vectors.stage(places.index(), model=model.name, dimension=model.dimension, about=about)
    return {"indexed": None, "staging": staging, "batches": batches}


@task(memory=2048, timeout=900)
def embed(batch: str, staging: str) -> int:
    """Embed one batch into the staged index; gives the number of passages."""
    passages: list[dict[str, str]] = json.loads(places.objects().get(batch))
    texts = [_embedded(passage["place"], passage["text"]) for passage in passages]
    vectors.write(staging, Path(batch).stem, places.embeddings().embed(texts), passages)
    return len(passages)


@task(memory=2048, timeout=900)
def commit(staging: str) -> Indexed:
    """Put the staged index in the place of the old one."""
    index = vectors.commit(staging)
    places.objects().delete(index.about["job"])
    return _indexed(index, unchanged=False)


def _embedded(place: str, text: str) -> str:
    """Headings say what a passage is about; the number of a page does not."""
    return text if not place or place.startswith("page ") else f"{place}\n{text}"


def _sweep(store: objects.Objects) -> None:
    """Remove what interrupted runs left in a local store."""
    if not isinstance(store, objects.Folder) or not (store.root / JOBS).is_dir():
        return
    for job in (store.root / JOBS).iterdir():
        if RealClock().now() - job.stat().st_mtime > ABANDONED:
            store.delete(f"{JOBS}/{job.name}")


def _indexed(index: vectors.Index, unchanged: bool) -> Indexed:
    return {
        "files": index.about["files"],
        "passages": len(index),
        "model": index.model,
        "skipped": index.about["skipped"],
        "unchanged": unchanged,
    }


def _present(fingerprint: str) -> Indexed | None:
    """The present index, if it was made from the same documents by the same model."""
    try:
        index = vectors.open(places.index())
    except InputError:
        return None
    return _indexed(index, unchanged=True) if index.about.get("fingerprint") == fingerprint else None


def _fingerprint(files: list[Path], source: str, model: str) -> str:
    digest = blake2b(json.dumps([FORMAT, chunking.SIZE, chunking.OVERLAP, model]).encode(), digest_size=16)
    root = _root(source)
    for path in files:
        digest.update(_name(path, root).encode("utf-8", "replace"))
        try:
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        except OSError:
            digest.update(b"unreadable")
    return digest.hexdigest()


def _passages(files: list[Path], source: str, skipped: list[Skipped]) -> Iterator[dict[str, str]]:
    """The passages of all files, each text once. In a folder, a document that cannot be read is put into `skipped`."""
    root = _root(source)
    seen: set[bytes] = set()
    for path in files:
        name = _name(path, root)
        try:
            found = sections(path)
        except InputError as error:
            if root.is_file():
                raise
            skipped.append({"file": name, "reason": str(error).removeprefix(f"{path}: ")})
            continue
        for passage in chunking.passages(found):
            digest = blake2b(passage.text.encode("utf-8", "replace"), digest_size=16).digest()
            if digest not in seen:
                seen.add(digest)
                yield {"text": passage.text, "file": name, "place": passage.place}


def _root(source: str) -> Path:
    return Path(os.path.abspath(Path(source).expanduser()))


def _name(path: Path, root: Path) -> str:
    """How a source is named in answers: below the folder that was indexed, its name included."""
    return os.path.relpath(path, root.parent) if root.is_dir() else path.name


def _batches(passages: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Batches that grow by the hundred: 500,000 passages are about 1,700 references of 60 bytes, well below 256 KiB."""
    batch: list[dict[str, Any]] = []
    made = 0
    for passage in passages:
        batch.append(passage)
        if len(batch) >= BATCH * (1 + made // 100):
            yield batch
            batch, made = [], made + 1
    if batch:
        yield batch


def _nothing(files: list[Path], source: str, skipped: list[Skipped]) -> str:
    if not skipped:
        return f"{source}: its documents hold no words; give other documents"
    first = f"{skipped[0]['file']}: {skipped[0]['reason']}"
    return f"{source}: none of its {len(files)} documents can be read; the first is {first}"
