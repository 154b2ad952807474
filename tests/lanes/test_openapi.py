"""The API that Terraform imports: a golden shape, and its templates rendered as API Gateway renders them."""

from __future__ import annotations

import json
import re
from typing import Any

import airspeed
import pytest

from tests.lanes.conftest import BUNDLE, INTEGER, STRING, takes
from treadle.lanes import openapi
from treadle.lanes.bundle import Bundle, Entry

JSON = Any
PATHS = openapi.document(BUNDLE)["paths"]


class Map(dict[str, str]):
    """A Java map."""

    def containsKey(self, name: str) -> bool:
        return name in self


class Util:
    """API Gateway's $util, as the developer guide describes it."""

    def escapeJavaScript(self, text: str) -> str:
        return json.dumps(text)[1:-1].replace("'", "\\'")

    def urlEncode(self, text: str) -> str:
        from urllib.parse import quote

        return quote(text, safe="")


class Input:
    """API Gateway's $input for one request."""

    def __init__(self, body: JSON, path: dict[str, str], query: dict[str, str]) -> None:
        self.body = body
        self.given = {"path": Map(path), "querystring": Map(query)}

    def json(self, path: str) -> str:
        assert path == "$"
        return json.dumps(self.body, separators=(",", ":"), ensure_ascii=False)

    def path(self, path: str) -> JSON:
        assert path == "$"
        return self.body

    def params(self) -> JSON:
        return self.given


def rendered(
    route: str, body: JSON = None, path: dict[str, str] | None = None, query: dict[str, str] | None = None
) -> str:
    method, _, resource = route.partition(" ")
    integration = PATHS[resource][method.lower()]["x-amazon-apigateway-integration"]
    template = integration["requestTemplates"]["application/json"]
    return merged(template, input=Input(body, path or {}, query or {}), util=Util())


def merged(template: str, **names: JSON) -> str:
    """What a template gives, after Terraform filled in what only it knows."""
    for name in openapi.VARIABLES:
        template = template.replace("${" + name + "}", f"THE-{name}")
    text: str = airspeed.Template(template).merge(names)
    return text.strip()


def test_every_operation_wants_a_key_and_is_validated() -> None:
    document = openapi.document(BUNDLE)
    assert document["x-amazon-apigateway-request-validator"] == "all"
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(operations) == len(BUNDLE.routes)
    assert all(operation["security"] == [{"key": []}] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)


def test_the_document_is_valid_openapi() -> None:
    from openapi_spec_validator import validate

    validate(openapi.document(BUNDLE))


def test_a_sync_route_goes_to_the_function() -> None:
    integration = PATHS["/chat/intent"]["post"]["x-amazon-apigateway-integration"]
    assert integration["type"] == "aws_proxy"
    assert "${sync_function_arn}" in integration["uri"]
    assert integration["timeoutInMillis"] == 29_000


def test_a_queued_route_sends_the_body_as_a_message() -> None:
    integration = PATHS["/summaries"]["post"]["x-amazon-apigateway-integration"]
    assert integration["uri"].endswith("sqs:path/${account}/treadle-summaries")
    assert rendered("POST /summaries", {"text": "a&b ü"}) == (
        "Action=SendMessage&MessageBody=%7B%22text%22%3A%22a%26b%20%C3%BC%22%7D"
    )


TRICKY = 'it\'s "quoted" \\ and\nnew ü'


@pytest.mark.parametrize("body", [{}, {"note": TRICKY}])
def test_a_chain_route_starts_its_machine_with_body_and_path_joined(body: JSON) -> None:
    request = json.loads(rendered("POST /documents/{key}", body, {"key": TRICKY}))
    assert request["stateMachineArn"].endswith(":stateMachine:treadle-docs-process:THE-env")
    assert json.loads(request["input"]) == {"key": TRICKY, **body}
    uri = PATHS["/documents/{key}"]["post"]["x-amazon-apigateway-integration"]["uri"]
    assert uri.endswith("states:action/StartExecution")


def test_a_chain_of_a_get_reads_its_query_with_the_types_of_its_parameters() -> None:
    entry = Entry("a.b", "app-a-b", "chain", "STANDARD", takes(id=STRING, k=INTEGER, q=STRING | {"default": ""}))
    bundle = Bundle("app", {"a.b": entry}, {"GET /a/{id}": "a.b"}, {})
    operation = openapi.document(bundle)["paths"]["/a/{id}"]["get"]
    assert [(each["name"], each["in"], each["required"]) for each in operation["parameters"]] == [
        ("id", "path", True),
        ("k", "query", True),
        ("q", "query", False),
    ]
    template = operation["x-amazon-apigateway-integration"]["requestTemplates"]["application/json"]
    request = json.loads(merged(template, input=Input(None, {"id": "7"}, {"k": "3"}), util=Util()))
    assert json.loads(request["input"]) == {"id": "7", "k": 3}


@pytest.mark.parametrize(
    ("run", "answer"),
    [
        ({"status": "SUCCEEDED", "output": '{"a": 1}'}, {"a": 1}),
        ({"status": "FAILED", "error": "E", "cause": 'a "b"'}, {"error": "E", "message": 'a "b"'}),
    ],
)
def test_an_express_chain_answers_with_its_output_and_502_when_it_failed(run: JSON, answer: JSON) -> None:
    integration = PATHS["/quick"]["post"]["x-amazon-apigateway-integration"]
    assert integration["uri"].endswith("states:action/StartSyncExecution")
    template = integration["responses"]["default"]["responseTemplates"]["application/json"]
    override: dict[str, JSON] = {}
    context = {"responseOverride": override}
    assert json.loads(merged(template, input=Input(run, {}, {}), util=Util(), context=context)) == answer
    assert override == ({} if run["status"] == "SUCCEEDED" else {"status": 502})


def test_schemas_are_loosened_to_what_the_importer_takes() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}
    schema = {
        **takes(
            id=STRING,
            name={"type": ["string", "null"]},
            kind={"const": "a"},
            either={"anyOf": [{"type": "string"}, {"type": "null"}]},
            node={"$ref": "#/$defs/Node"},
        ),
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {"Node": node},
    }
    entry = Entry("a.b", "app-a-b", "sync", "STANDARD", schema)
    document = openapi.document(Bundle("app", {"a.b": entry}, {"POST /a/{id}": "a.b"}, {}))
    (body,) = document["components"]["schemas"].values()
    assert body["required"] == ["name", "kind", "either", "node"]
    assert body["properties"] == {
        "name": {},
        "kind": {"enum": ["a"]},
        "either": {},
        "node": {"type": "object", "properties": {"next": {}}},
    }


def test_only_the_accounts_own_variables_are_left_to_terraform() -> None:
    text = openapi.render(BUNDLE)
    assert set(re.findall(r"(?<!\$)\$\{(\w+)\}", text)) <= set(openapi.VARIABLES)
    assert "%{" not in text.replace("%%{", "")
    assert openapi.render(BUNDLE) == text
