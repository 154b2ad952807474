"""Objects by key: files in a folder here, S3 there.

store = open("s3://bucket/prefix", client)  or  open("folder")
reference = store.put("runs/1/output.json", data)       # "s3://bucket/prefix/runs/1/output.json" or a file's path
store.get(reference)
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from treadle.errors import InputError


class Objects(Protocol):
    """`put` gives a reference; `get` and `delete` take a reference or a key. A missing object is an InputError."""

    def put(self, key: str, data: bytes, content_type: str = "application/json") -> str: ...

    def get(self, key: str) -> bytes: ...

    def delete(self, prefix: str) -> int: ...


def open(url: str | Path, client: Any = None) -> Objects:
    """The store at `url`: `s3://bucket/prefix` with a boto3 S3 client, anything else is a folder (made when needed)."""
    text = str(url)
    if not text.startswith("s3://"):
        return Folder(Path(text.removeprefix("file://")).absolute())
    if client is None:
        raise InputError(f"{text} needs an S3 client: open(url, clients.client('s3'))")
    bucket, _, prefix = text.removeprefix("s3://").partition("/")
    if not bucket:
        raise InputError(f"{text} names no bucket: write s3://bucket/prefix")
    return Bucket(client, bucket, prefix.strip("/"))


@dataclass(frozen=True)
class Folder:
    """Files under `root`; an object is written beside its place and renamed, so that no reader sees half of it."""

    root: Path

    def put(self, key: str, data: bytes, content_type: str = "application/json") -> str:
        file = self._file(key)
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_name(f".{file.name}.{os.getpid()}.{id(data):x}")
        temporary.write_bytes(data)
        os.replace(temporary, file)
        return str(file)

    def get(self, key: str) -> bytes:
        try:
            return self._file(key).read_bytes()
        except (FileNotFoundError, IsADirectoryError) as error:
            raise InputError(f"no object {key} in {self.root}") from error

    def delete(self, prefix: str) -> int:
        """Remove one object, or all below a key that is a folder; gives how many."""
        place = self._file(prefix)
        if place.is_dir():
            count = sum(file.is_file() for file in place.rglob("*"))
            shutil.rmtree(place)
            return count
        existed = place.is_file()
        place.unlink(missing_ok=True)
        return int(existed)

    def _file(self, key: str) -> Path:
        file = Path(os.path.normpath(self.root / key))
        if not file.is_relative_to(self.root) or file == self.root:
            raise InputError(f"'{key}' is not a key of {self.root}: write a relative path without '..'")
        return file


@dataclass(frozen=True)
class Bucket:
    """Objects of an S3 bucket under a prefix."""

    client: Any
    bucket: str
    prefix: str

    def put(self, key: str, data: bytes, content_type: str = "application/json") -> str:
        name = self._name(key)
        self.client.put_object(Bucket=self.bucket, Key=name, Body=data, ContentType=content_type)
        return f"s3://{self.bucket}/{name}"

    def get(self, key: str) -> bytes:
        name = self._name(key)
        try:
            body: bytes = self.client.get_object(Bucket=self.bucket, Key=name)["Body"].read()
        except self.client.exceptions.NoSuchKey as error:
            raise InputError(f"no object {key} in s3://{self.bucket}/{self.prefix}") from error
        return body

    def delete(self, prefix: str) -> int:
        """Remove one object, or all below a key that ends a path segment; gives how many."""
        name = self._name(prefix)
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=name)
        keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
        chosen = [key for key in keys if key == name or key.startswith(f"{name}/")]
        for start in range(0, len(chosen), 1000):
            batch = [{"Key": key} for key in chosen[start : start + 1000]]
            self.client.delete_objects(Bucket=self.bucket, Delete={"Objects": batch, "Quiet": True})
        return len(chosen)

    def _name(self, key: str) -> str:
        own = f"s3://{self.bucket}/"
        if key.startswith(own):
            return key.removeprefix(own)
        if key.startswith("s3://"):
            raise InputError(f"{key} is not in {own}: open that bucket to read it")
        return f"{self.prefix}/{key}" if self.prefix else key
