"""Models of Amazon Bedrock, by role: `chat` talks, `embedding` turns text into a vector."""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, TypeVar, overload

from treadle.language import operations
from treadle.language.operations import Dynamic, Operation, Slot
from treadle.language.options import NO_FALLBACK, Options, Retry, attempt
from treadle.language.tasks import Task, hints

T = TypeVar("T")

THROTTLED = {
    "ErrorEquals": [
        "Bedrock.ThrottlingException",
        "BedrockRuntime.ThrottlingException",
        "BedrockRuntime.ServiceUnavailableException",
        "BedrockRuntime.ModelNotReadyException",
        "BedrockRuntime.InternalServerException",
    ],
    "IntervalSeconds": 1,
    "MaxAttempts": 5,
    "BackoffRate": 2,
    "JitterStrategy": "FULL",
}
"""Bedrock throttles by the minute; the optimized and the SDK integration name the error differently."""

_TEXT = "$states.result.Output.Message.Content[0].Text"
# A message is {"role", "content"}, or {"role": "tools", "results": [{"id", "content"}]}, or one that the model gave.
_MESSAGES = (
    '[$map({}, function($m) { $exists($m.Role) ? $m : $m.role = "tools" ? '
    '{"Role": "user", "Content": [$m.results.{"ToolResult": {"ToolUseId": id, "Content": [{"Text": content}]}}]} : '
    '{"Role": $m.role, "Content": [{"Text": $m.content}]} })]'
)
_REPLY = (
    '{"text": $join([$states.result.Output.Message.Content.Text], ""), '
    '"calls": [$states.result.Output.Message.Content.ToolUse.{"id": ToolUseId, "name": Name, "input": Input}], '
    '"message": $states.result.Output.Message, "stop": $states.result.StopReason, '
    '"tokens": $exists($states.result.Usage.TotalTokens) ? $states.result.Usage.TotalTokens : 0'
)
_COST = (
    ', "cost": $exists($states.result.Usage.InputTokens) ? ($states.result.Usage.InputTokens * {} + '
    "$states.result.Usage.OutputTokens * {}) / 1000000 : 0"
)


class Message(TypedDict, total=False):
    """One turn: {"role": "user" | "assistant", "content": text}; for tools {"role": "tools", "results": [...]}."""

    role: str
    content: str
    results: list[ToolResult]


class ToolResult(TypedDict):
    """The answer to one tool call: its id and the text the model shall read."""

    id: str
    content: str


class ToolCall(TypedDict):
    """What the model asks for: a tool by name, with its arguments."""

    id: str
    name: str
    input: dict[str, Any]


class Reply(TypedDict):
    """A turn of a model that has tools. `message` goes back into the messages as it is.

    `tokens` and `cost` (US dollars, on demand) are of this turn. There is no cost where the price of the model is not
    known: `bedrock.chat(…, prices=(in, out))` says it.
    """

    text: str
    calls: list[ToolCall]
    message: dict[str, Any]
    stop: str
    tokens: int
    cost: float


class UnpricedReply(TypedDict):
    """A turn of a model whose price is not known."""

    text: str
    calls: list[ToolCall]
    message: dict[str, Any]
    stop: str
    tokens: int


@dataclass(frozen=True, eq=False)
class Chat:
    """A chat model. `inference` is Converse's InferenceConfig, in Python's names: max_tokens, temperature, top_p,
    stop.
    """

    model_id: str
    inference: Mapping[str, Any] = field(default_factory=dict)
    prices: tuple[float, float] | None = None

    @overload
    def converse(
        self,
        messages: str | Sequence[Mapping[str, Any]],
        *,
        system: str | None = None,
        retry: int | Retry | None = None,
        timeout: float | None = None,
        fallback: Any = NO_FALLBACK,
    ) -> str: ...
    @overload
    def converse(
        self,
        messages: str | Sequence[Mapping[str, Any]],
        *,
        system: str | None = None,
        tools: Sequence[Task[..., Any]],
        retry: int | Retry | None = None,
        timeout: float | None = None,
        fallback: Any = NO_FALLBACK,
    ) -> Reply: ...
    @overload
    def converse(
        self,
        messages: str | Sequence[Mapping[str, Any]],
        *,
        system: str | None = None,
        returns: type[T],
        retry: int | Retry | None = None,
        timeout: float | None = None,
        fallback: Any = NO_FALLBACK,
    ) -> T: ...
    def converse(
        self,
        messages: Any,
        *,
        system: str | None = None,
        tools: Sequence[Task[..., Any]] | None = None,
        returns: Any = None,
        retry: int | Retry | None = None,
        timeout: float | None = None,
        fallback: Any = NO_FALLBACK,
    ) -> Any:
        """Ask the model: a text, or messages. Gives its text, or a `Reply` when it has tools to call.

        With `returns`, a TypedDict or another JSON type, the model answers in JSON of that shape, and gives the value.
        """
        given = {"messages": messages} | ({"system": system} if system is not None else {})
        given |= ({"tools": list(tools)} if tools else {}) | ({"returns": returns} if returns is not None else {})
        keywords = {name: value for name, value in given.items() if name != "messages"}
        options = Options(retry, timeout, None, fallback)
        return attempt(lambda: operations.call(self, "converse", given), options, "converse", (messages,), keywords)

    def __operation__(self, method: str, given: Mapping[str, Any]) -> Operation:
        if method != "converse":
            raise TypeError(f"a chat model has no method {method!r}: write converse")
        messages = given["messages"]
        kind = messages.annotation if isinstance(messages, Dynamic) else type(messages)
        arguments: dict[str, Any] = {"ModelId": self.model_id}
        if kind is str:
            arguments["Messages"] = [{"Role": "user", "Content": [{"Text": Slot("messages")}]}]
        else:
            arguments["Messages"] = Slot("messages", _MESSAGES)
        if "system" in given:
            arguments["System"] = [{"Text": Slot("system")}]
        if self.inference:
            arguments["InferenceConfig"] = dict(self.inference)
        tools = given.get("tools")
        if isinstance(tools, Dynamic):
            raise TypeError("the tools of converse are named where it is called: tools=[search, …]")
        if tools:
            arguments["ToolConfig"] = {"Tools": [{"ToolSpec": specification(each)} for each in tools]}
        returns = given.get("returns")
        if isinstance(returns, Dynamic) or (returns is not None and tools):
            raise TypeError("returns= names a type, and stands without tools")
        if returns is not None:
            arguments["OutputConfig"] = {"TextFormat": _format(returns)}
        return Operation(
            name="converse",
            resource="arn:aws:states:::aws-sdk:bedrockruntime:converse",
            arguments=arguments,
            output=self._reply() if tools else f"$parse({_TEXT})" if returns is not None else _TEXT,
            returns=(Reply if self.prices else UnpricedReply) if tools else returns if returns is not None else str,
            retry=(THROTTLED,),
        )

    def _reply(self) -> str:
        """JSONata of a `Reply`."""
        return _REPLY + (_COST.format(*map(number, self.prices)) if self.prices else "") + "}"


def number(price: float) -> str:
    """A price as JSONata writes a number."""
    return str(int(price)) if price == int(price) else f"{price:.9f}".rstrip("0")


@dataclass(frozen=True)
class Embedding:
    """An embedding model: Titan or Cohere by its id. `dimensions` is the length of the vectors, where it can be
    chosen.
    """

    model_id: str
    dimensions: int | None = None

    def embed(
        self,
        text: str,
        *,
        retry: int | Retry | None = None,
        timeout: float | None = None,
        fallback: Any = NO_FALLBACK,
    ) -> list[float]:
        """The vector of one text, of length `dimensions`, normalized to 1 where the model can."""
        options = Options(retry, timeout, None, fallback)
        return attempt(lambda: operations.call(self, "embed", {"text": text}), options, "embed", (text,))

    def __operation__(self, method: str, given: Mapping[str, Any]) -> Operation:
        if method != "embed":
            raise TypeError(f"an embedding model has no method {method!r}: write embed")
        if "cohere." in self.model_id:
            body: dict[str, Any] = {"texts": [Slot("text")], "input_type": "search_query"}
            output = "$states.result.Body.embeddings[0]"
        else:
            body = {"inputText": Slot("text")}
            body |= {"dimensions": self.dimensions, "normalize": True} if self.dimensions else {}
            output = "$states.result.Body.embedding"
        return Operation(
            name="embed",
            resource="arn:aws:states:::bedrock:invokeModel",
            arguments={"ModelId": self.model_id, "Body": body},
            output=output,
            returns=list[float],
            retry=(THROTTLED,),
        )


def chat(
    model_id: str,
    *,
    max_tokens: int | None = None,
    temperature: float | None = None,
    top_p: float | None = None,
    stop: Sequence[str] | None = None,
    prices: tuple[float, float] | None = None,
) -> Chat:
    """A chat model by its Bedrock id or inference profile.

    `prices` are US dollars of a million tokens in and out; those of the usual models are known.
    """
    from treadle.asl.prices import tokens

    named = {
        "MaxTokens": max_tokens,
        "Temperature": temperature,
        "TopP": top_p,
        "StopSequences": list(stop) if stop else None,
    }
    chosen = {name: value for name, value in named.items() if value is not None}
    return Chat(model_id, chosen, prices or tokens(model_id))


def embedding(model_id: str, *, dimensions: int | None = None) -> Embedding:
    """An embedding model by its Bedrock id."""
    return Embedding(model_id, dimensions)


def _format(returns: Any) -> dict[str, Any]:
    """The shape that a model's answer must have, as Converse's OutputConfig says it."""
    from treadle.language.annotated import NoType, typed
    from treadle.language.schema import schema

    try:
        shape = schema(typed(returns))
    except NoType as error:
        raise TypeError(str(error)) from error
    text = json.dumps(shape, sort_keys=True)
    return {"Type": "json_schema", "Structure": {"JsonSchema": {"Schema": text, "Name": _name(returns)}}}


def _name(returns: Any) -> str:
    return "".join(each if each.isalnum() else "_" for each in getattr(returns, "__name__", "answer"))


def specification(tool: Task[..., Any]) -> dict[str, Any]:
    """A task as Converse describes a tool: its name, its docstring's text and the JSON Schema of its parameters."""
    from treadle.language.annotated import typed
    from treadle.language.schema import schema

    if not isinstance(tool, Task):
        raise TypeError(f"a tool is a @task, not {tool!r}")
    found = hints(tool.function)
    # A `token` is given by the service (callback), never by the model.
    parameters = {name: each for name, each in inspect.signature(tool.function).parameters.items() if name != "token"}
    properties = {name: schema(typed(found.get(name, typing.Any))) for name in parameters}
    required = [name for name, each in parameters.items() if each.default is each.empty]
    described = {"type": "object", "properties": properties, "required": required}
    text = inspect.getdoc(tool.function) or tool.name.replace("_", " ")
    return {"Name": tool.name, "Description": text, "InputSchema": {"Json": json.loads(json.dumps(described))}}
