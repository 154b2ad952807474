"""Where a Distributed Map reads its items from and writes its results to: buckets, behind a protocol of three methods.

A service that has an attribute `storage` gives the engine its own (S3); without one, a bucket is a folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from treadle.errors import ServiceError

JSON = Any


class Storage(Protocol):
    """`local` storage answers at once; any other is read in a thread. Failures are ServiceErrors of S3's names."""

    local: bool

    def read(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        """The bytes of an object, as a stream that the caller closes."""
        ...

    def list(self, bucket: str, prefix: str) -> Iterator[dict[str, JSON]]:
        """The objects as ListObjectsV2 lists them: Key, Size, LastModified (epoch seconds), Etag, StorageClass."""
        ...

    def write(self, bucket: str, key: str) -> BinaryIO:
        """A stream whose bytes are the object once it is closed."""
        ...


class Folders:
    """A bucket is a folder, by its path from `root`; a key is a path inside it."""

    local = True

    def __init__(self, root: str | Path = ".") -> None:
        self._root = Path(root)

    def read(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        if version is not None:
            raise ServiceError("S3.NoSuchVersionException", "The specified version does not exist.")
        path = self._folder(bucket) / key
        if not path.is_file() or not path.resolve().is_relative_to(self._folder(bucket).resolve()):
            raise ServiceError("S3.NoSuchKeyException", "The specified key does not exist.")
        return path.open("rb")

    def list(self, bucket: str, prefix: str) -> Iterator[dict[str, JSON]]:
        folder = self._folder(bucket)
        names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        for name in names:
            if name.startswith(prefix):
                facts = (folder / name).stat()
                yield {
                    "Etag": f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"',
                    "LastModified": int(facts.st_mtime),
                    "Key": name,
                    "Size": facts.st_size,
                    "StorageClass": "STANDARD",
                }

    def write(self, bucket: str, key: str) -> BinaryIO:
        folder = self._folder(bucket)
        path = folder / key
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ServiceError("S3.S3Exception", "The key leads out of the bucket.")
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")

    def _folder(self, bucket: str) -> Path:
        folder = self._root / bucket
        if not folder.is_dir():
            raise ServiceError("S3.NoSuchBucketException", "The specified bucket does not exist")
        return folder


def storage_of(service: object) -> Storage:
    """The service's own storage, or folders from here."""
    own: Storage | None = getattr(service, "storage", None)
    return own or Folders()
