"""The platform's API as OpenAPI 3.0 with API Gateway's extensions: the routes of a bundle, checked and keyed.

What only the account knows stands as a Terraform template variable (`${region}`, …): infra/api.tf fills it in. So
Terraform never has to know a workflow, and a workflow never an account.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from treadle.asl.reference import REFERENCE
from treadle.lanes.bundle import Bundle, Entry, queue_of

JSON = Any
TIMEOUT = 29_000
"""Milliseconds that an integration of a REST API may take at most."""

# A single quote is the one character that escapeJavaScript escapes and JSON does not.
_UNQUOTED = r""".replaceAll("\\'", "'")"""

VARIABLES = ("partition", "region", "account", "env", "sync_function_arn", "api_role_arn")
"""What infra/api.tf fills in."""

KEPT = frozenset(
    {"type", "properties", "required", "items", "enum", "anyOf", "oneOf", "allOf", "additionalProperties", "pattern"}
    | {"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "format", "title", "description"}
)
"""What API Gateway's importer takes of a schema. The function checks the rest: the gateway is never stricter."""


def render(bundle: Bundle) -> str:
    """The OpenAPI document as JSON text with template variables; the same bundle gives the same bytes."""
    text = json.dumps(document(bundle), indent=2, ensure_ascii=False) + "\n"
    # Whatever else looks like a template variable (VTL's own, a description's) is text to Terraform.
    text = re.sub(r"\$\{(?!(?:" + "|".join(VARIABLES) + r")\})", "$${", text)
    return text.replace("%{", "%%{")


def document(bundle: Bundle) -> dict[str, JSON]:
    """The OpenAPI document as data."""
    paths: dict[str, JSON] = {}
    schemas: dict[str, JSON] = {}
    for route, workflow in bundle.routes.items():
        method, _, path = route.partition(" ")
        entry = bundle.entries[workflow]
        paths.setdefault(path, {})[method.lower()] = _operation(method, path, entry, bundle, schemas)
    return {
        "openapi": "3.0.1",
        "info": {"title": bundle.project, "version": "1"},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "apiKey", "name": "x-api-key", "in": "header"}},
        },
        "x-amazon-apigateway-api-key-source": "HEADER",
        "x-amazon-apigateway-request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True}
        },
        "x-amazon-apigateway-request-validator": "all",
        "x-amazon-apigateway-gateway-responses": {
            "BAD_REQUEST_BODY": {
                "statusCode": 400,
                "responseTemplates": {
                    "application/json": '{"message": $context.error.messageString, '
                    '"reason": "$util.escapeJavaScript($context.error.validationErrorString)"}'
                },
            }
        },
    }


def _operation(method: str, path: str, entry: Entry, bundle: Bundle, schemas: dict[str, JSON]) -> dict[str, JSON]:
    inside = re.findall(r"\{(\w+)\+?\}", path)
    properties: Mapping[str, JSON] = entry.parameters.get("properties", {})
    required = entry.parameters.get("required", [])
    given = [_parameter(name, "path", True) for name in inside]
    operation: dict[str, JSON] = {"operationId": _name(f"{method} {path}"), "tags": [entry.lane]}
    if method == "GET":
        given += [_parameter(name, "query", name in required) for name in properties if name not in inside]
    else:
        name = _name(f"{entry.workflow} {' '.join(inside)}".strip())
        schemas[name] = _body(entry.parameters, inside)
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
        operation["requestBody"] = {"required": True, "content": content}
    if given:
        operation["parameters"] = given
    answers = ("200",) if entry.lane == "sync" or entry.type == "EXPRESS" else ("202",)
    operation["responses"] = {status: {"description": entry.workflow} for status in (*answers, "400", "500")}
    operation["security"] = [{"key": []}]
    operation["x-amazon-apigateway-integration"] = _integration(method, inside, entry, bundle)
    return operation


def _parameter(name: str, place: str, required: bool) -> dict[str, JSON]:
    return {"name": name, "in": place, "required": required, "schema": {"type": "string"}}


def _name(text: str) -> str:
    """A name of letters and digits: `POST /chain/ask` is PostChainAsk."""
    return "".join(part[:1].upper() + part[1:].lower() for part in re.split(r"[^A-Za-z0-9]+", text) if part)


def _body(parameters: Mapping[str, JSON], inside: list[str]) -> JSON:
    """The schema of a request's body: the parameters that the path does not give, definitions put in their places."""
    definitions = parameters.get("$defs", {})
    body = _loosened(parameters, definitions, ())
    body["properties"] = {name: value for name, value in body.get("properties", {}).items() if name not in inside}
    left = [name for name in parameters.get("required", []) if name not in inside]
    body.pop("required", None)
    return {**body, **({"required": left} if left else {})}


def _loosened(schema: JSON, definitions: Mapping[str, JSON], open: tuple[str, ...]) -> JSON:
    """A JSON Schema as OpenAPI 3.0 has it: no references, one type at most, nothing that the importer refuses."""
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        # A type that contains itself is any value from there on.
        return {} if name in open else _loosened(definitions.get(name, {}), definitions, (*open, name))
    found = {key: value for key, value in schema.items() if key in KEPT}
    if not isinstance(found.get("type", ""), str) or found.get("type") == "null":
        # Several types, null among them mostly: API Gateway knows neither lists of types nor `nullable`.
        del found["type"]
    if "const" in schema:
        found["enum"] = [schema["const"]]
    if "properties" in found:
        found["properties"] = {name: _loosened(value, definitions, open) for name, value in found["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in found:
            found[key] = _loosened(found[key], definitions, open)
    for key in ("anyOf", "oneOf", "allOf"):
        if key in found:
            # A caller sends the value itself; a reference is what the platform makes of it.
            options = [_loosened(option, definitions, open) for option in found[key] if option != REFERENCE]
            found[key] = [option for option in options if option]
            if len(found[key]) < len(options):
                del found[key]  # One of the options takes anything, or null: then so does the whole.
    return found


def _integration(method: str, inside: list[str], entry: Entry, bundle: Bundle) -> dict[str, JSON]:
    if entry.lane == "sync":
        uri = "arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${sync_function_arn}/invocations"
        return {"type": "aws_proxy", "httpMethod": "POST", "uri": uri, "timeoutInMillis": TIMEOUT}
    common = {
        "type": "aws",
        "httpMethod": "POST",
        "credentials": "${api_role_arn}",
        "passthroughBehavior": "never",
        "timeoutInMillis": TIMEOUT,
    }
    input = _input(method, inside, entry)
    if entry.lane == "queued":
        return {
            **common,
            "uri": "arn:${partition}:apigateway:${region}:sqs:path/${account}/" + str(queue_of(bundle, entry.workflow)),
            "requestParameters": {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
            "requestTemplates": {
                "application/json": f"{input}Action=SendMessage&MessageBody=$util.urlEncode($input_json)"
            },
            "responses": _responses(
                "202", '{"id": "$input.path(\'$.SendMessageResponse.SendMessageResult.MessageId\')"}'
            ),
        }
    express = entry.type == "EXPRESS"
    machine = "arn:${partition}:states:${region}:${account}:stateMachine:" + entry.machine + ":${env}"
    escaped = f"$util.escapeJavaScript($input_json){_UNQUOTED}"
    action = "StartSyncExecution" if express else "StartExecution"
    return {
        **common,
        "uri": "arn:${partition}:apigateway:${region}:states:action/" + action,
        "requestTemplates": {"application/json": f'{input}{{"stateMachineArn": "{machine}", "input": "{escaped}"}}'},
        "responses": _responses("200", _EXPRESS) if express else _responses("202", "$input.json('$')"),
    }


# StartSyncExecution answers 200 with status FAILED: the status becomes the response's.
_EXPRESS = (
    "#set($run = $input.path('$'))\n"
    '#if($run.status == "SUCCEEDED")$run.output\n'
    "#else#set($context.responseOverride.status = 502)\n"
    '{"error": "$util.escapeJavaScript($run.error)", "message": "$util.escapeJavaScript($run.cause)"}\n'
    "#end"
)


def _responses(status: str, template: str) -> dict[str, JSON]:
    """What a service's answer becomes: its own 4xx is the caller's 400, whatever else goes wrong a 500."""
    failed = {"application/json": '{"message": "the platform could not take the request"}'}
    refused = {"application/json": '{"message": "the input is too big or not valid"}'}
    return {
        "default": {"statusCode": status, "responseTemplates": {"application/json": template}},
        "4\\d{2}": {"statusCode": "400", "responseTemplates": refused},
        "5\\d{2}": {"statusCode": "500", "responseTemplates": failed},
    }


def _input(method: str, inside: list[str], entry: Entry) -> str:
    """VTL that sets $input_json: the body, or the query of a GET, joined with the path's parameters."""
    places = [(name, "path") for name in inside]
    if method == "GET":
        places += [(name, "querystring") for name in entry.parameters.get("properties", {}) if name not in inside]
    elif not places:
        return "#set($input_json = $input.json('$'))\n"
    lines = ["#set($q = '\"')", '#set($given = "")', *(_member(name, place, entry) for name, place in places)]
    lines.append("#if($given.length() > 0)#set($given = $given.substring(2))#end")
    if method == "GET":
        lines.append('#set($input_json = "{${given}}")')
    else:
        lines.append("#set($rest = $input.json('$').substring(1))")
        lines.append('#if($rest.length() > 1)#set($rest = ", ${rest}")#end')
        lines.append('#set($input_json = "{${given}${rest}")')
    return "\n".join(lines) + "\n"


def _member(name: str, place: str, entry: Entry) -> str:
    """VTL that appends one parameter of the URL, where it is given: a string in quotes, anything else as it is."""
    kinds = entry.parameters.get("properties", {}).get(name, {}).get("type", "string")
    quote = "${q}" if "string" in kinds else ""
    value = f"$util.escapeJavaScript($input.params().{place}.get('{name}')){_UNQUOTED}"
    appended = f'"${{given}}, ${{q}}{name}${{q}}: {quote}${{value}}{quote}"'
    return f"#if($input.params().{place}.containsKey('{name}'))#set($value = {value})#set($given = {appended})#end"
