"""API Gateway REST requests: from a proxy event to a workflow's input, and from an execution to a response."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from treadle.errors import InputError
from treadle.lanes.bundle import Bundle, Entry

JSON = Any
Response = dict[str, JSON]

NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")


def entry(event: Mapping[str, JSON], bundle: Bundle) -> Entry | None:
    """The workflow behind a request's route, or None."""
    workflow = bundle.routes.get(route(event))
    return bundle.entries[workflow] if workflow is not None else None


def route(event: Mapping[str, JSON]) -> str:
    """`POST /ask/{id}`: how a bundle names the route of a proxy event."""
    return f"{event.get('httpMethod')} {event.get('resource')}"


def read(event: Mapping[str, JSON], schema: Mapping[str, JSON]) -> dict[str, JSON]:
    """The input of an execution: the query of a GET, the JSON body of anything else, and the path's parameters.

    Raises:
        InputError: the body is not a JSON object.
    """
    if event.get("httpMethod") == "GET":
        several = event.get("multiValueQueryStringParameters") or {}
        single = event.get("queryStringParameters") or {}
        found = {name: _typed([text], schema, name) for name, text in single.items()}
        found |= {name: _typed(texts, schema, name) for name, texts in several.items()}
    else:
        found = _body(event)
    path = event.get("pathParameters") or {}
    return found | {name: _typed([text], schema, name) for name, text in path.items()}


def _body(event: Mapping[str, JSON]) -> dict[str, JSON]:
    body = event.get("body") or "{}"
    try:
        text = base64.b64decode(body).decode() if event.get("isBase64Encoded") else body
        found = json.loads(text, parse_constant=_refuse)
    except ValueError as error:
        raise InputError(f"the body is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise InputError("the body must be a JSON object of the workflow's parameters")
    return found


def _refuse(constant: str) -> JSON:
    raise ValueError(f"{constant} is not a JSON number")


def _typed(texts: list[str], schema: Mapping[str, JSON], name: str) -> JSON:
    """Text of a URL as its parameter's type; what does not read as it stays text, and is refused by the schema."""
    kinds = schema.get("properties", {}).get(name, {}).get("type", "string")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "array" in kinds:
        inner = {"properties": {name: schema["properties"][name].get("items", {})}}
        return [_typed([text], inner, name) for text in texts]
    text = texts[-1]
    if "string" in kinds:
        return text
    numeric = ("integer" in kinds or "number" in kinds) and NUMBER.fullmatch(text)
    words = {"boolean": ("true", "false"), "null": ("null",)}
    if numeric or any(text in options for kind, options in words.items() if kind in kinds):
        return json.loads(text)
    return text


def response(status: int, body: JSON, headers: Mapping[str, str] | None = None) -> Response:
    """A proxy response with a JSON body."""
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", **(headers or {})},
        "body": json.dumps(body, ensure_ascii=False),
        "isBase64Encoded": False,
    }


def header(event: Mapping[str, JSON], name: str) -> str | None:
    """A header's value; names are compared without case."""
    for key, value in (event.get("headers") or {}).items():
        if key.lower() == name.lower():
            return str(value)
    return None


def made(
    bundle: Bundle,
    method: str,
    path: str,
    body: str | None = None,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    id: str = "",
) -> dict[str, JSON] | None:
    """The proxy event that API Gateway would make of a request; None where no route of the bundle fits.

    A fixed path is taken before one with a parameter, as API Gateway does.
    """
    for known in sorted(bundle.routes, key=lambda known: known.count("{")):
        verb, _, resource = known.partition(" ")
        names = re.findall(r"\{(\w+)\+?\}", resource)
        parts = re.split(r"\{\w+\+?\}", resource)
        fits = re.fullmatch("([^/]+)".join(re.escape(part) for part in parts), path)
        if verb == method and fits:
            return {
                "resource": resource,
                "path": path,
                "httpMethod": method,
                "headers": dict(headers or {}),
                "queryStringParameters": dict(query) if query else None,
                "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
                "pathParameters": dict(zip(names, map(unquote, fits.groups()), strict=True)) or None,
                "requestContext": {"requestId": id, "resourcePath": resource, "httpMethod": method},
                "body": body,
                "isBase64Encoded": False,
            }
    return None
