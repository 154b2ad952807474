"""Converse in the words of OpenAI's chat completions, which Ollama, vLLM, LM Studio and llama.cpp speak too.

`request` makes the JSON to send, `answer` reads what comes back. Models without tool calls of their own are asked
for one object of a JSON schema instead (`by_schema`): either a tool's name with its arguments, or a text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from treadle.errors import ServiceError
from treadle.inference.chat import invalid, reply, text_of, tools_of

JSON = Any
_SAMPLING = {"MaxTokens": "max_tokens", "Temperature": "temperature", "TopP": "top_p", "StopSequences": "stop"}
_STOPS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "content_filtered"}
_STATUS = {
    400: "ValidationException",
    401: "AccessDeniedException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    422: "ValidationException",
    429: "ThrottlingException",
    503: "ServiceUnavailableException",
    504: "ModelTimeoutException",
}


def request(arguments: Mapping[str, JSON], model: str, by_schema: bool) -> dict[str, JSON]:
    """The body of `POST /chat/completions`. Raises ServiceError ValidationException for content without counterpart."""
    tools = list(tools_of(arguments))
    system = text_of(arguments.get("System"))
    if tools and by_schema:
        system = f"{system}\n\n{_instructions(tools)}".strip()
    messages: list[JSON] = [{"role": "system", "content": system}] if system else []
    for message in arguments["Messages"]:
        messages.extend(_messages(message, by_schema))
    body: dict[str, JSON] = {"model": model, "messages": messages}
    for name, value in (arguments.get("InferenceConfig") or {}).items():
        if name in _SAMPLING:
            body[_SAMPLING[name]] = value
    wanted = _schema_of(arguments.get("OutputConfig"))
    if tools and by_schema:
        body["response_format"] = _format("reply", _union(tools, _choice(arguments)))
    elif tools:
        body["tools"] = [{"type": "function", "function": _function(tool)} for tool in tools]
        body["tool_choice"] = _choice(arguments)
    elif wanted:
        body["response_format"] = _format(*wanted)
    return body


def answer(body: JSON, by_schema: bool) -> dict[str, JSON]:
    """Converse's answer from a completion. Raises ServiceError ModelErrorException where it is none."""
    try:
        choice = body["choices"][0]
        message = choice["message"]
        text = message.get("content") or ""
        calls = [
            _use(call["function"], call.get("id"), index) for index, call in enumerate(message.get("tool_calls") or ())
        ]
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ServiceError(
            "ModelErrorException", f"the model server's answer is no chat completion: {error!r}"
        ) from error
    stop = _STOPS.get(choice.get("finish_reason") or "stop", "end_turn")
    if by_schema and stop != "max_tokens":
        text, calls = _chosen(text)
    content: list[JSON] = [{"Text": text}] if text or not calls else []
    usage = body.get("usage") or {}
    tokens = (usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0)
    return reply([*content, *({"ToolUse": call} for call in calls)], "tool_use" if calls else stop, tokens)


def failure(status: int, text: str) -> ServiceError:
    """The error Bedrock would name for an HTTP status of the model server."""
    name = _STATUS.get(status, "ServiceUnavailableException" if status >= 500 else "ValidationException")
    try:
        found = json.loads(text)["error"]
        text = found["message"] if isinstance(found, dict) else str(found)
    except (ValueError, KeyError, TypeError):
        pass
    return ServiceError(name, f"{text.strip()[:2000] or 'no message'} (HTTP {status})")


def _messages(message: Mapping[str, JSON], by_schema: bool) -> list[JSON]:
    """One message of Converse may be several here: every tool result is a message of its own."""
    blocks = message["Content"]
    if message["Role"] == "assistant":
        return [_assistant(blocks, by_schema)]
    results = [block["ToolResult"] for block in blocks if "ToolResult" in block]
    rest = [_part(block) for block in blocks if "ToolResult" not in block]
    out: list[JSON] = []
    for result in results:
        if by_schema:
            out.append({"role": "user", "content": f"Result of tool call {result['ToolUseId']}: {_result(result)}"})
        else:
            out.append({"role": "tool", "tool_call_id": result["ToolUseId"], "content": _result(result)})
    if rest:
        plain = all(part["type"] == "text" for part in rest)
        content: JSON = "\n\n".join(part["text"] for part in rest) if plain else rest
        out.append({"role": "user", "content": content})
    return out


def _assistant(blocks: Sequence[JSON], by_schema: bool) -> JSON:
    uses = [block["ToolUse"] for block in blocks if "ToolUse" in block]
    text = text_of(blocks)
    if by_schema and uses:
        return {"role": "assistant", "content": _compact({"tool": uses[0]["Name"], "arguments": uses[0]["Input"]})}
    message: dict[str, JSON] = {"role": "assistant", "content": text or None}
    if uses:
        message["tool_calls"] = [
            {
                "id": use["ToolUseId"],
                "type": "function",
                "function": {"name": use["Name"], "arguments": _compact(use["Input"])},
            }
            for use in uses
        ]
    return message


def _part(block: JSON) -> JSON:
    if "Text" in block:
        return {"type": "text", "text": block["Text"]}
    if "Image" in block:
        image = block["Image"]
        url = f"data:image/{image['Format']};base64,{image['Source']['Bytes']}"
        return {"type": "image_url", "image_url": {"url": url}}
    raise invalid(f"this model server cannot be sent a content block of {', '.join(block)}: it takes Text and Image")


def _result(result: Mapping[str, JSON]) -> str:
    parts = [block["Text"] if "Text" in block else _compact(block.get("Json")) for block in result.get("Content") or ()]
    text = "\n".join(parts)
    return f"error: {text}" if result.get("Status") == "error" else text


def _function(tool: Mapping[str, JSON]) -> JSON:
    return {"name": tool["Name"], "description": tool.get("Description", ""), "parameters": tool["InputSchema"]["Json"]}


def _choice(arguments: Mapping[str, JSON]) -> JSON:
    choice = (arguments.get("ToolConfig") or {}).get("ToolChoice") or {}
    if "Tool" in choice:
        return {"type": "function", "function": {"name": choice["Tool"]["Name"]}}
    return "required" if "Any" in choice else "auto"


def _union(tools: Sequence[Mapping[str, JSON]], choice: JSON) -> JSON:
    """anyOf the tools, and a plain answer where the choice is free."""
    if isinstance(choice, dict):
        tools = [tool for tool in tools if tool["Name"] == choice["function"]["name"]]
    options = [_object({"tool": {"const": tool["Name"]}, "arguments": tool["InputSchema"]["Json"]}) for tool in tools]
    return {"anyOf": [*options, *([_object({"answer": {"type": "string"}})] if choice == "auto" else [])]}


def _object(properties: JSON) -> JSON:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _instructions(tools: Sequence[Mapping[str, JSON]]) -> str:
    lines = [
        f"- {tool['Name']}: {tool.get('Description', '')} Arguments: {_compact(tool['InputSchema']['Json'])}"
        for tool in tools
    ]
    return (
        "You can call these tools:\n" + "\n".join(lines) + "\n"
        'Reply with one JSON object: {"tool": name, "arguments": {…}} to call a tool, or {"answer": text} to answer.'
    )


def _chosen(text: str) -> tuple[str, list[JSON]]:
    """The tool call, or the answer, in the object that a schema made the model write."""
    try:
        found = json.loads(text)
    except ValueError:
        return text, []
    if isinstance(found, dict) and isinstance(found.get("tool"), str):
        return "", [_use({"name": found["tool"], "arguments": found.get("arguments") or {}}, None, 0)]
    if isinstance(found, dict) and isinstance(found.get("answer"), str):
        return found["answer"], []
    return text, []


def _use(function: Mapping[str, JSON], id: str | None, index: int) -> JSON:
    arguments = function["arguments"]
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments or "{}")
        except ValueError as error:
            raise ServiceError("ModelErrorException", f"the arguments of {function['name']} are not JSON") from error
    digest = hashlib.sha256(f"{index}{function['name']}{_compact(arguments)}".encode()).hexdigest()[:22]
    return {"ToolUseId": id or f"tooluse_{digest}", "Name": function["name"], "Input": arguments}


def _schema_of(config: JSON) -> tuple[str, JSON] | None:
    """The JSON schema of Converse's structured output: OutputConfig.TextFormat.Structure.JsonSchema."""
    found = (((config or {}).get("TextFormat") or {}).get("Structure") or {}).get("JsonSchema")
    if not found:
        return None
    schema = found["Schema"]
    return found.get("Name", "answer"), json.loads(schema) if isinstance(schema, str) else schema


def _format(name: str, schema: JSON) -> JSON:
    return {"type": "json_schema", "json_schema": {"name": name, "schema": schema, "strict": True}}


def _compact(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
