"""The sync lane's function under moto, on recorded requests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lanes.conftest import BUNDLE, Context, Model, recorded, throttled
from treadle.errors import ServiceError
from treadle.lanes import request, sync
from treadle.services import clients

JSON = Any
pytestmark = pytest.mark.usefixtures("account")


def call(event: dict[str, JSON]) -> tuple[int, JSON, dict[str, str]]:
    answer = sync.handler(event, Context())
    return answer["statusCode"], json.loads(answer["body"]), answer["headers"]


def api(method: str, path: str, body: JSON = None, **more: JSON) -> dict[str, JSON]:
    text = body if isinstance(body, str) else None if body is None else json.dumps(body)
    event = request.made(BUNDLE, method, path, text, id="r-1", **more)
    assert event is not None
    return event


def stored(workflow: str, id: str) -> JSON:
    key = {"pk": {"S": f"RESULT#{workflow}"}, "sk": {"S": id}}
    item = clients.client("dynamodb").get_item(TableName="treadle", Key=key).get("Item")
    return json.loads(item["record"]["S"]) if item else None


def test_a_recorded_request_is_answered_and_its_result_kept(model: Model) -> None:
    status, body, headers = call(recorded("api_post"))
    assert (status, body) == (200, {"message": "I would like to talk to a person, please"})
    assert headers["X-Execution-Id"] == "77375676-xmpl-4b79-853a-f982474efe18"
    assert headers["X-Models"] == "told"
    kept = stored("chat.intent", "77375676-xmpl-4b79-853a-f982474efe18")
    assert kept["status"] == "SUCCEEDED"
    assert kept["output"] == body
    assert kept["models"] == ["told"]
    assert kept["lane"] == "sync"
    assert kept["stopDate"] >= kept["startDate"] > 1.7e9


def test_path_and_query_parameters_are_read_as_their_types(model: Model) -> None:
    assert call(api("POST", "/find/a%20b", {"k": 2}))[1] == {"k": 2, "id": "a b"}
    event = api("GET", "/find/7", query={"k": "12"})
    event["multiValueQueryStringParameters"]["tags"] = ["1", "2"]
    assert call(event)[1] == {"k": 12, "tags": [1, 2], "id": "7"}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{", "the body is not JSON"),
        ("[1]", "the body must be a JSON object"),
        ('{"message": NaN}', "NaN is not a JSON number"),
        ({}, "missing parameter 'message'"),
        ({"message": 4}, "message must be a string, not 4"),
        ({"message": "a", "massage": "b"}, "unknown parameter 'massage': did you mean 'message'?"),
    ],
)
def test_a_request_that_does_not_fit_is_400_and_names_the_field(model: Model, body: JSON, says: str) -> None:
    status, answer, _ = call(api("POST", "/chat/intent", body))
    assert status == 400
    assert says in answer["message"]
    assert model.calls == 0


def test_a_query_parameter_of_the_wrong_type_is_400(model: Model) -> None:
    status, answer, _ = call(api("GET", "/find/7", query={"k": "many"}))
    assert (status, answer["message"]) == (400, 'k must be an integer, not "many"')


def test_an_input_that_no_execution_takes_is_413_and_names_the_field(model: Model) -> None:
    status, answer, _ = call(api("POST", "/chat/intent", {"message": "ä" * 131_072}))
    assert status == 413
    assert "its largest field is 'message'" in answer["message"]
    assert call(api("POST", "/chat/intent", {"message": "ä" * 131_000}))[0] == 200


def test_a_route_of_another_lane_or_of_nobody_is_404(model: Model) -> None:
    assert call(api("POST", "/summaries", {"text": "x"}))[0] == 404
    assert call({**recorded("api_post"), "resource": "/nowhere"})[0] == 404
    assert call({"version": "2.0", "rawPath": "/chat/intent"})[1] == {"message": "no route None None here"}


def test_a_base64_body_is_read(model: Model) -> None:
    event = api("POST", "/chat/intent", "eyJtZXNzYWdlIjogImhpIn0=")
    assert call({**event, "isBase64Encoded": True})[1] == {"message": "hi"}


def timed_out(arguments: JSON) -> JSON:
    raise ServiceError("States.Timeout", "")


def broken(arguments: JSON) -> JSON:
    raise ServiceError("BedrockRuntime.ValidationException", "The provided model identifier is invalid.")


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (throttled, 429, "BedrockRuntime.ThrottlingException"),
        (timed_out, 504, "States.Timeout"),
        (broken, 502, "BedrockRuntime.ValidationException"),
    ],
)
def test_a_failed_execution_has_a_status_and_its_error(model: Model, answer: Any, status: int, error: str) -> None:
    model.answer = answer
    found, body, headers = call(api("POST", "/chat/intent", {"message": "x"}))
    assert (found, body["error"]) == (status, error)
    assert ("Retry-After" in headers) == (status == 429)
    assert stored("chat.intent", "r-1")["status"] == "FAILED"


def test_a_bug_is_a_500_without_its_text(model: Model) -> None:
    def bug(arguments: JSON) -> JSON:
        raise RuntimeError("secret")

    model.answer = bug
    status, body, _ = call(api("POST", "/chat/intent", {"message": "x"}))
    assert status in (500, 502)
    assert status == 502 or "secret" not in json.dumps(body)


def test_the_caller_gets_the_answer_even_when_it_cannot_be_kept(model: Model) -> None:
    clients.client("dynamodb").delete_table(TableName="treadle")
    status, body, headers = call(api("POST", "/chat/intent", {"message": "x"}))
    assert (status, body) == (200, {"message": "x"})
    assert headers["X-Result"] == "not stored"


def test_a_key_that_comes_again_gets_the_first_answer_and_runs_nothing(model: Model) -> None:
    headers = {"idempotency-key": "k-1"}
    first = call(api("POST", "/chat/intent", {"message": "x"}, headers=headers))
    again = call(api("POST", "/chat/intent", {"message": "x"}, headers=headers))
    assert again == first
    assert model.calls == 1
    assert call(api("POST", "/chat/intent", {"message": "y"}, headers=headers))[0] == 422
    assert call(api("POST", "/find/1", {"k": 1}, headers=headers))[0] == 200


def test_a_failure_is_not_remembered_under_its_key(model: Model) -> None:
    headers = {"Idempotency-Key": "k-1"}
    model.answer = throttled
    assert call(api("POST", "/chat/intent", {"message": "x"}, headers=headers))[0] == 429
    model.answer = lambda arguments: arguments
    assert call(api("POST", "/chat/intent", {"message": "x"}, headers=headers))[0] == 200
