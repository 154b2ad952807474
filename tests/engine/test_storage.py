"""Folders as buckets: what is read, listed and written, and what stays out of reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from treadle.engine.storage import Folders, storage_of
from treadle.errors import ServiceError


def test_objects_are_files(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    folders = Folders(tmp_path)
    with folders.write("b", "deep/er/k.txt") as file:
        file.write(b"text")
    with folders.write("b", "a") as file:
        file.write(b"")
    with folders.read("b", "deep/er/k.txt") as file:
        assert file.read() == b"text"
    listed = list(folders.list("b", ""))
    assert [(entry["Key"], entry["Size"]) for entry in listed] == [("a", 0), ("deep/er/k.txt", 4)]
    assert [entry["Key"] for entry in folders.list("b", "deep/")] == ["deep/er/k.txt"]


@pytest.mark.parametrize("key", ["nothing", "../outside", ".", "/etc/passwd"])
def test_what_is_not_in_the_bucket_is_not_there(tmp_path: Path, key: str) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "outside").write_text("secret")
    with pytest.raises(ServiceError, match="The specified key does not exist"):
        Folders(tmp_path).read("b", key)


def test_nothing_is_written_outside_the_bucket(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    with pytest.raises(ServiceError, match="leads out of the bucket"):
        Folders(tmp_path).write("b", "../outside")
    with pytest.raises(ServiceError, match="bucket does not exist"):
        Folders(tmp_path).write("c", "k")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b"]


def test_a_service_may_bring_its_own(tmp_path: Path) -> None:
    class Service:
        storage = Folders(tmp_path)

    assert storage_of(Service()) is Service.storage
    assert isinstance(storage_of(object()), Folders)
