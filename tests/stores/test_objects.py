import boto3
import pytest
from moto import mock_aws

from treadle.errors import InputError
from treadle.stores import objects


@pytest.fixture(params=["folder", "s3"])
def store(request, tmp_path, monkeypatch):
    if request.param == "folder":
        yield objects.open(tmp_path / "objects")
        return
    for name, value in {
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="bucket")
        yield objects.open("s3://bucket/some/prefix", client)


def test_a_stored_object_is_found_by_key_and_by_reference(store):
    reference = store.put("runs/1/out.json", b"[1]")
    assert store.get("runs/1/out.json") == store.get(reference) == b"[1]"
    store.put("runs/1/out.json", b"[2]")
    assert store.get(reference) == b"[2]"


def test_a_missing_object_is_one_clear_line(store):
    with pytest.raises(InputError, match="no object nowhere"):
        store.get("nowhere")


def test_deleting_removes_one_object_or_all_below_a_key(store):
    for key in ("a/1", "a/2/3", "ab", "c"):
        store.put(key, b"x")
    assert store.delete("a") == 2
    assert store.get("ab") == b"x"
    assert store.delete("c") == 1
    assert store.delete("c") == 0


@pytest.mark.parametrize("key", ["../out", "/etc/passwd", ".", "a/../../b"])
def test_a_key_never_leaves_its_folder(tmp_path, key):
    with pytest.raises(InputError, match="not a key of"):
        objects.open(tmp_path / "o").get(key)


def test_s3_needs_a_client_and_a_bucket():
    with pytest.raises(InputError, match="needs an S3 client"):
        objects.open("s3://b/p")
    with pytest.raises(InputError, match="names no bucket"):
        objects.open("s3:///p", object())
    with pytest.raises(InputError, match="open that bucket"):
        objects.open("s3://b", object()).get("s3://other/k")
