"""The storage of Distributed Maps, against moto's S3 and against folders."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from treadle.engine import load, run
from treadle.errors import ServiceError
from treadle.services import Router, aws, clients
from treadle.services.buckets import Buckets


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    clients.reset()
    with mock_aws():
        client = clients.client("s3")
        client.create_bucket(Bucket="data")
        yield client
    clients.reset()


def test_reading_listing_and_writing(s3: Any) -> None:
    buckets = Buckets()
    with buckets.write("data", "a/1.txt") as file:
        file.write(b"one\n")
        file.write(b"two\n")
    with buckets.read("data", "a/1.txt") as file:
        assert file.read() == b"one\ntwo\n"
    for number in range(1200):
        s3.put_object(Bucket="data", Key=f"many/{number:04}", Body=b"")
    listed = list(buckets.list("data", "many/"))
    assert len(listed) == 1200
    assert listed[0].keys() == {"Etag", "LastModified", "Key", "Size", "StorageClass"}
    with pytest.raises(ServiceError, match="NoSuchKey"):
        buckets.read("data", "nothing")
    with pytest.raises(ServiceError, match="NoSuchBucket"):
        list(buckets.list("nowhere", ""))


def test_what_was_given_up_is_not_written(s3: Any) -> None:
    buckets = Buckets()

    def give_up() -> None:
        with buckets.write("data", "k") as file:
            file.write(b"half")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        give_up()
    assert list(buckets.list("data", "")) == []


@pytest.mark.parametrize("kind", ["bucket", "folder"])
def test_a_distributed_map_from_end_to_end(s3: Any, tmp_path: Path, kind: str) -> None:
    bucket = "data" if kind == "bucket" else str(tmp_path)
    storage = Buckets()
    with storage.write(bucket, "in.csv") as file:
        file.write("id,name\n1,é\n2,b\n".encode())
    definition = {
        "StartAt": "M",
        "States": {
            "M": {
                "Type": "Map",
                "ItemReader": {
                    "Resource": "arn:aws:states:::s3:getObject",
                    "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
                    "Parameters": {"Bucket.$": "$.bucket", "Key": "in.csv"},
                },
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                    "StartAt": "P",
                    "States": {"P": {"Type": "Pass", "End": True}},
                },
                "ResultWriter": {
                    "Resource": "arn:aws:states:::s3:putObject",
                    "Parameters": {"Bucket.$": "$.bucket", "Prefix": "out"},
                },
                "End": True,
            }
        },
    }
    execution = run(load(definition), {"bucket": bucket}, service=Router(aws()))
    assert execution.status == "SUCCEEDED", execution.cause
    with storage.read(bucket, execution.output["ResultWriterDetails"]["Key"]) as file:
        manifest = json.loads(file.read())
    (written,) = manifest["ResultFiles"]["SUCCEEDED"]
    with storage.read(bucket, written["Key"]) as file:
        outputs = [json.loads(entry["Output"]) for entry in json.loads(file.read())]
    assert outputs == [{"id": "1", "name": "é"}, {"id": "2", "name": "b"}]
