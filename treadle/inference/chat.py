"""What a chat model is here: something that takes Converse's arguments and gives Converse's answer.

Both in the shape Step Functions shows (PascalCase): {"Messages": [{"Role", "Content": [{"Text"}]}], "System",
"ToolConfig", "InferenceConfig"} to {"Output": {"Message"}, "StopReason", "Usage", "Metrics"}.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from treadle.errors import ServiceError

JSON = Any


class Chat(Protocol):
    """`name` is what the result calls the model; a failure is a `ServiceError` with Bedrock's name, unprefixed."""

    @property
    def name(self) -> str: ...

    async def converse(self, arguments: Mapping[str, JSON]) -> dict[str, JSON]: ...


class Embedder(Protocol):
    """`embed` gives one vector of `dimension` numbers a text; called from any thread."""

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> list[list[float]]: ...


def reply(content: Sequence[JSON], stop: str, tokens: tuple[int, int]) -> dict[str, JSON]:
    """Converse's answer from its content blocks, stop reason, and tokens in and out; without Metrics."""
    usage = {"InputTokens": tokens[0], "OutputTokens": tokens[1], "TotalTokens": sum(tokens)}
    return {"Output": {"Message": {"Role": "assistant", "Content": list(content)}}, "StopReason": stop, "Usage": usage}


def text_of(blocks: Sequence[JSON] | None) -> str:
    """The texts of content or system blocks, a blank line between them."""
    return "\n\n".join(block["Text"] for block in blocks or () if isinstance(block, Mapping) and "Text" in block)


def check(arguments: JSON) -> None:
    """Refuse what Bedrock would refuse in Messages, in its words where they are known."""
    messages = arguments.get("Messages") if isinstance(arguments, Mapping) else None
    if not isinstance(messages, list) or not messages:
        raise invalid("A conversation must start with a user message. Try again with a conversation that has one.")
    for path, message in enumerate(messages):
        if not isinstance(message, Mapping) or message.get("Role") not in ("user", "assistant"):
            raise invalid(f"Messages[{path}] must have a Role, user or assistant, and Content")
        if not isinstance(message.get("Content"), list) or not message["Content"]:
            raise invalid(f"The content field in the Message object at messages.{path} is empty.")
    if messages[0]["Role"] != "user":
        raise invalid("A conversation must start with a user message. Try again with a conversation that has one.")


def invalid(cause: str) -> ServiceError:
    return ServiceError("ValidationException", cause)


def tools_of(arguments: Mapping[str, JSON]) -> Iterator[Mapping[str, JSON]]:
    """The ToolSpecs of the request."""
    for tool in (arguments.get("ToolConfig") or {}).get("Tools") or ():
        if "ToolSpec" in tool:
            yield tool["ToolSpec"]


def estimate(text: str) -> int:
    """About how many tokens a text has, where the model does not say: four characters each."""
    return (len(text) + 3) // 4
