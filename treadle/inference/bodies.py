"""InvokeModel's bodies, which differ by model family: read into a plain question, and answered in the family's shape.

Known: Titan and Cohere embeddings, Titan text, Anthropic and Nova messages. Shapes: Bedrock user guide, "Inference
request parameters and response fields for foundation models".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from treadle.inference.chat import estimate, invalid, text_of

JSON = Any
KNOWN = (
    "Titan embeddings {inputText}, Cohere embeddings {texts, input_type}, Titan text {inputText, textGenerationConfig},"
    " Anthropic messages {anthropic_version, messages, max_tokens}, Nova messages {messages, inferenceConfig}"
)


@dataclass(frozen=True, slots=True)
class Embedding:
    """Texts to embed; `answer` makes the body from their vectors."""

    texts: tuple[str, ...]
    answer: Callable[[list[list[float]]], JSON]


@dataclass(frozen=True, slots=True)
class Conversation:
    """Converse arguments; `answer` makes the body from Converse's answer and the model's name."""

    arguments: dict[str, JSON]
    answer: Callable[[dict[str, JSON], str], JSON]


def read(model: str, body: JSON) -> Embedding | Conversation:
    """What a body asks for. Raises ServiceError ValidationException for a body of no known shape."""
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError as error:
            raise invalid(f"The body is not JSON: {error}") from error
    if not isinstance(body, Mapping):
        raise invalid("The body must be a JSON object")
    if isinstance(body.get("texts"), list):
        return _cohere(body)
    if isinstance(body.get("inputText"), str):
        return _titan_text(body) if "textGenerationConfig" in body or "titan-text" in model else _titan(body)
    if isinstance(body.get("messages"), list):
        return _anthropic(body) if "anthropic_version" in body else _nova(body)
    raise invalid(f"a local model cannot read this body for '{model}'; it reads {KNOWN}")


def _titan(body: Mapping[str, JSON]) -> Embedding:
    text = body["inputText"]
    types = body.get("embeddingTypes", ["float"])
    if not text.strip():
        raise invalid(
            "Malformed input request: expected minLength: 1, actual: 0, please reformat your input and try again."
        )

    def answer(vectors: list[list[float]]) -> JSON:
        if types != ["float"]:
            raise invalid(f"a local model gives float embeddings, not {types}")
        return {
            "embedding": vectors[0],
            "embeddingsByType": {"float": vectors[0]},
            "inputTextTokenCount": estimate(text),
        }

    return Embedding((text,), answer)


def _cohere(body: Mapping[str, JSON]) -> Embedding:
    texts = body["texts"]
    if not 1 <= len(texts) <= 96 or not all(isinstance(text, str) for text in texts):
        raise invalid("texts must be a list of 1 to 96 strings")
    if body.get("input_type") not in ("search_document", "search_query", "classification", "clustering"):
        raise invalid("input_type must be search_document, search_query, classification or clustering")
    types = body.get("embedding_types")

    def answer(vectors: list[list[float]]) -> JSON:
        common = {"id": hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:32], "texts": list(texts)}
        if types is None:
            return common | {"embeddings": vectors, "response_type": "embeddings_floats"}
        if types != ["float"]:
            raise invalid(f"a local model gives float embeddings, not {types}")
        return common | {"embeddings": {"float": vectors}, "response_type": "embeddings_by_type"}

    return Embedding(tuple(texts), answer)


def _titan_text(body: Mapping[str, JSON]) -> Conversation:
    given = body.get("textGenerationConfig") or {}
    names = {
        "maxTokenCount": "MaxTokens",
        "temperature": "Temperature",
        "topP": "TopP",
        "stopSequences": "StopSequences",
    }
    arguments = {
        "Messages": [{"Role": "user", "Content": [{"Text": body["inputText"]}]}],
        "InferenceConfig": {names[name]: value for name, value in given.items() if name in names},
    }

    def answer(reply: dict[str, JSON], name: str) -> JSON:
        usage = reply["Usage"]
        reason = {"max_tokens": "LENGTH", "content_filtered": "CONTENT_FILTERED"}.get(reply["StopReason"], "FINISH")
        text = text_of(reply["Output"]["Message"]["Content"])
        result = {"tokenCount": usage["OutputTokens"], "outputText": text, "completionReason": reason}
        return {"inputTextTokenCount": usage["InputTokens"], "results": [result]}

    return Conversation(arguments, answer)


def _anthropic(body: Mapping[str, JSON]) -> Conversation:
    names = {
        "max_tokens": "MaxTokens",
        "temperature": "Temperature",
        "top_p": "TopP",
        "stop_sequences": "StopSequences",
    }
    arguments: dict[str, JSON] = {
        "Messages": [_turn(message, _from_anthropic) for message in body["messages"]],
        "InferenceConfig": {pascal: body[name] for name, pascal in names.items() if name in body},
    }
    if body.get("system"):
        arguments["System"] = [_from_anthropic(block) for block in _blocks(body["system"])]
    if body.get("tools"):
        specs = [
            {
                "Name": tool["name"],
                "Description": tool.get("description", ""),
                "InputSchema": {"Json": tool["input_schema"]},
            }
            for tool in body["tools"]
        ]
        arguments["ToolConfig"] = {"Tools": [{"ToolSpec": spec} for spec in specs]}

    def answer(reply: dict[str, JSON], name: str) -> JSON:
        content = [_to_anthropic(block) for block in reply["Output"]["Message"]["Content"]]
        text = json.dumps(content, ensure_ascii=False)
        return {
            "id": f"msg_{hashlib.sha256(text.encode()).hexdigest()[:24]}",
            "type": "message",
            "role": "assistant",
            "model": name,
            "content": content,
            "stop_reason": reply["StopReason"],
            "stop_sequence": None,
            "usage": {"input_tokens": reply["Usage"]["InputTokens"], "output_tokens": reply["Usage"]["OutputTokens"]},
        }

    return Conversation(arguments, answer)


def _nova(body: Mapping[str, JSON]) -> Conversation:
    names = {"maxTokens": "MaxTokens", "temperature": "Temperature", "topP": "TopP", "stopSequences": "StopSequences"}
    given = body.get("inferenceConfig") or {}
    arguments: dict[str, JSON] = {
        "Messages": [_turn(message, _from_nova) for message in body["messages"]],
        "InferenceConfig": {names[name]: value for name, value in given.items() if name in names},
    }
    if body.get("system"):
        arguments["System"] = [_from_nova(block) for block in _blocks(body["system"])]

    def answer(reply: dict[str, JSON], name: str) -> JSON:
        usage = reply["Usage"]
        content = [{"text": block["Text"]} for block in reply["Output"]["Message"]["Content"] if "Text" in block]
        counts = {"inputTokens": usage["InputTokens"], "outputTokens": usage["OutputTokens"]}
        return {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": reply["StopReason"],
            "usage": counts | {"totalTokens": usage["TotalTokens"]},
        }

    return Conversation(arguments, answer)


def _turn(message: JSON, convert: Callable[[JSON], JSON]) -> JSON:
    if not isinstance(message, Mapping) or "role" not in message or "content" not in message:
        raise invalid("every message needs a role and a content")
    return {"Role": message["role"], "Content": [convert(block) for block in _blocks(message["content"])]}


def _blocks(content: JSON) -> list[JSON]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if isinstance(content, list):
        return content
    raise invalid("content must be a text or a list of blocks")


def _from_anthropic(block: JSON) -> JSON:
    kind = block.get("type") if isinstance(block, Mapping) else None
    if kind == "text":
        return {"Text": block["text"]}
    if kind == "tool_use":
        return {"ToolUse": {"ToolUseId": block["id"], "Name": block["name"], "Input": block["input"]}}
    if kind == "tool_result":
        content = [_from_anthropic(each) for each in _blocks(block.get("content", ""))]
        return {"ToolResult": {"ToolUseId": block["tool_use_id"], "Content": content}}
    raise invalid(
        f"a local model cannot read a content block of type '{kind}'; it reads text, tool_use and tool_result"
    )


def _to_anthropic(block: JSON) -> JSON:
    if "Text" in block:
        return {"type": "text", "text": block["Text"]}
    use = block["ToolUse"]
    return {"type": "tool_use", "id": use["ToolUseId"], "name": use["Name"], "input": use["Input"]}


def _from_nova(block: JSON) -> JSON:
    if isinstance(block, Mapping) and isinstance(block.get("text"), str):
        return {"Text": block["text"]}
    raise invalid("a local model reads text blocks of a Nova message only")
