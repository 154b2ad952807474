import boto3
import pytest
from moto import mock_aws

from treadle.errors import InputError
from treadle.stores import results

TABLE = {
    "TableName": "t",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture(params=["sqlite", "dynamodb"])
def store(request, tmp_path, monkeypatch):
    if request.param == "sqlite":
        yield results.open(f"sqlite:{tmp_path / 'deep' / 'results.db'}")
        return
    for name, value in {
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        client = boto3.client("dynamodb")
        client.create_table(**TABLE)
        yield results.open("dynamodb:t", client)


def test_a_record_is_found_by_workflow_and_id(store):
    record = {"workflow": "chat.respond", "id": "1", "status": "SUCCEEDED", "output": {"n": 1.5, "list": [None, "é"]}}
    store.put(record)
    assert store.get("chat.respond", "1") == record
    assert store.get("chat.respond", "2") is None
    assert store.get("chat", "1") is None


def test_a_record_is_replaced(store):
    store.put({"workflow": "w", "id": "1", "status": "RUNNING"})
    store.put({"workflow": "w", "id": "1", "status": "FAILED"})
    assert store.get("w", "1")["status"] == "FAILED"


def test_the_largest_input_and_output_fit(store):
    record = {"workflow": "w", "id": "1", "input": "x y " * 65_000, "output": "z " * 130_000}
    store.put(record)
    assert store.get("w", "1") == record


def test_a_record_needs_its_keys(store):
    with pytest.raises(InputError, match="'workflow' and 'id'"):
        store.put({"workflow": "w"})


def test_items_expire(store):
    if isinstance(store, results.File):
        pytest.skip("a SQLite file keeps its results")
    store.put({"workflow": "w", "id": "1"})
    item = store.client.get_item(TableName="t", Key={"pk": {"S": "RESULT#w"}, "sk": {"S": "1"}})["Item"]
    assert int(item["expires"]["N"]) > store.clock.now() + 29 * 86_400


def test_dynamodb_needs_a_client():
    with pytest.raises(InputError, match="needs a DynamoDB client"):
        results.open("dynamodb:t")
