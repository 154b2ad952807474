"""The models as a service: what Tasks ask of Bedrock and SageMaker, answered by the models that are configured.

Converse, InvokeModel (optimized and SDK integration) and InvokeEndpoint come in and go out in Step Functions' shapes.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from treadle.engine.clock import Clock, RealClock
from treadle.engine.task import JSON, Resource, Service, TaskRequest, TaskResponse
from treadle.errors import InputError, ServiceError, UserError
from treadle.inference import bodies, minilm
from treadle.inference.chat import Chat, Embedder, check
from treadle.inference.upstream import BedrockEmbedder, Connect, Resilient

CHOICES = ("auto", "embedded", "openai", "gguf", "aws", "scripted")
_CONVERSE = ("aws-sdk:bedrockruntime", "converse")
_INVOKE = (("bedrock", "invokeModel"), ("aws-sdk:bedrockruntime", "invokeModel"))
_ENDPOINT = ("aws-sdk:sagemakerruntime", "invokeEndpoint")
_PREFIX = {
    "bedrock": "Bedrock",
    "aws-sdk:bedrockruntime": "BedrockRuntime",
    "aws-sdk:sagemakerruntime": "SageMakerRuntime",
}
_chosen: ContextVar[str | None] = ContextVar("treadle_models", default=None)


@dataclass(frozen=True)
class Models:
    """A chat model, an embedding model and local stand-ins for endpoints, by endpoint name, as one service."""

    chat: Chat
    embedder: Embedder
    endpoints: Mapping[str, Callable[[JSON], JSON]] = field(default_factory=dict)
    clock: Clock = field(default_factory=RealClock)

    def handles(self, resource: Resource) -> bool:
        key = (resource.service, resource.action)
        return resource.pattern == "request" and (
            key == _CONVERSE or key in _INVOKE or (key == _ENDPOINT and bool(self.endpoints))
        )

    def accepts(self, request: TaskRequest) -> bool:
        """An endpoint that is not declared here is somebody else's."""
        return request.resource.action != "invokeEndpoint" or request.arguments.get("EndpointName") in self.endpoints

    async def call(self, request: TaskRequest) -> TaskResponse:
        """Raises ServiceError with the service's prefix: `Bedrock.ValidationException` and the like."""
        try:
            if request.resource.action == "converse":
                return await self._converse(request.arguments)
            if request.resource.action == "invokeModel":
                return await self._invoke_model(request)
            return await self._invoke_endpoint(request.arguments)
        except ServiceError as error:
            if "." in error.error:
                raise
            raise ServiceError(f"{_PREFIX[request.resource.service]}.{error.error}", error.cause) from error

    async def _converse(self, arguments: JSON) -> TaskResponse:
        check(arguments)
        begun = self.clock.now()
        answer = await self.chat.converse(arguments)
        elapsed = round(max(0.0, self.clock.now() - begun) * 1000)
        return TaskResponse({"Metrics": {"LatencyMs": elapsed}} | answer, self.chat.name)

    async def _invoke_model(self, request: TaskRequest) -> TaskResponse:
        arguments = request.arguments
        if "Body" not in arguments:
            raise ServiceError("ValidationException", "a local model needs Body: it does not read Input.S3Uri")
        asked = bodies.read(str(arguments.get("ModelId", "")), arguments["Body"])
        body: JSON
        if isinstance(asked, bodies.Embedding):
            model = self.embedder.name
            body = asked.answer(await asyncio.to_thread(self.embedder.embed, asked.texts))
        else:
            check(asked.arguments)
            model = self.chat.name
            body = asked.answer(await self.chat.converse(asked.arguments), model)
        if request.resource.service != "bedrock":
            body = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return TaskResponse({"Body": body, "ContentType": "application/json"}, model)

    async def _invoke_endpoint(self, arguments: JSON) -> TaskResponse:
        name = arguments["EndpointName"]
        function = self.endpoints[name]
        payload = _payload(arguments)
        try:
            answer = await asyncio.to_thread(function, payload)
            body = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
        except (ServiceError, UserError):
            raise
        except Exception as error:
            text = f'Received server error (500) from primary with message "{type(error).__name__}: {error}"'
            raise ServiceError("ModelErrorException", text) from error
        model = (
            getattr(function, "model", None)
            or f"{function.__module__}.{getattr(function, '__qualname__', name)} (local)"
        )
        variant = {"Body": body, "ContentType": "application/json", "InvokedProductionVariant": "AllTraffic"}
        return TaskResponse(variant, str(model))


@dataclass(frozen=True)
class MiniLM:
    """The embedding model of the package. It answers its own 384 dimensions, whatever a request's `dimensions` says."""

    name: str = f"{minilm.NAME} (embedded)"
    dimension: int = minilm.DIMENSIONS

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        vectors: list[list[float]] = minilm.model().embed(texts).tolist()
        return vectors


def service(
    models: str | None = None,
    *,
    endpoints: Mapping[str, Callable[[JSON], JSON]] | None = None,
    script: Any = None,
    upstream: Connect | None = None,
    fallbacks: Mapping[str, str] | None = None,
    clock: Clock | None = None,
) -> Service:
    """The models as a service, by the choice `models` (see `choice`).

    `endpoints` are local stand-ins for SageMaker endpoints; `script` is what "scripted" says; `upstream` (services.aws)
    makes the service that "aws" calls, and `fallbacks` names, by model id, another id or id@region for when it is
    throttled. Raises InputError for an unknown choice or one that is not configured.
    """
    chosen = choice(models)
    if chosen == "aws":
        return Resilient(upstream or _connect, fallbacks or {}, clock=clock or RealClock())
    return Models(_chat(chosen, script), _embedder(chosen), endpoints or {}, clock or RealClock())


def embeddings(
    model: str, dimensions: int | None = None, models: str | None = None, *, upstream: Connect | None = None
) -> Embedder:
    """The embedding model that a request for the Bedrock model `model` would reach, to embed many texts in one go.

    `.embed(texts)` batches; `.name` is what an index is to be marked with, `.dimension` the length of its vectors.
    """
    chosen = choice(models)
    if chosen == "aws":
        return BedrockEmbedder(upstream or _connect, model, dimensions)
    return _embedder(chosen)


def choice(models: str | None = None) -> str:
    """`models`, else what `choosing` set, else TREADLE_MODELS, else "auto"; and what "auto" comes to.

    "auto" is "openai" where OPENAI_BASE_URL is set, "gguf" where TREADLE_GGUF is, else "embedded": never an account.
    """
    chosen = models or _chosen.get() or os.environ.get("TREADLE_MODELS") or "auto"
    if chosen not in CHOICES:
        raise InputError(f"there are no models '{chosen}': choose {', '.join(CHOICES[:-1])}")
    if chosen != "auto":
        return chosen
    if os.environ.get("OPENAI_BASE_URL"):
        return "openai"
    return "gguf" if os.environ.get("TREADLE_GGUF") else "embedded"


@contextmanager
def choosing(models: str | None) -> Iterator[None]:
    """Within the block, tasks that embed by themselves use the models of the execution they belong to."""
    token = _chosen.set(models)
    try:
        yield
    finally:
        _chosen.reset(token)


_connected: list[Connect] = []


def connect(upstream: Connect) -> None:
    """Name the way to AWS (services.aws) for whoever gives none; the newest counts."""
    _connected[:] = [upstream]


def _connect(region: str | None = None) -> Service:
    if not _connected:
        raise InputError("the models of AWS need a way there: inference.connect(services.aws)")
    return _connected[0](region)


def _chat(chosen: str, script: Any) -> Chat:
    if chosen == "openai":
        from treadle.inference import http

        return http.chat()
    if chosen == "gguf":
        from treadle.inference import gguf

        return gguf.chat()
    if chosen == "scripted":
        from treadle.inference.scripted import Scripted

        if script is None:
            raise InputError('models "scripted" need script=[…]: what the model says, in order')
        return script if isinstance(script, Scripted) else Scripted(script)
    from treadle.inference.extractive import Extractive

    return Extractive()


def _embedder(chosen: str) -> Embedder:
    model = os.environ.get("OPENAI_EMBEDDING_MODEL")
    if chosen == "openai" and model:
        from treadle.inference import http

        return http.HttpEmbedder(http.server(), model)
    return MiniLM()


def _payload(arguments: JSON) -> JSON:
    body = arguments.get("Body")
    if not isinstance(body, str) or not str(arguments.get("ContentType", "application/json")).startswith(
        "application/json"
    ):
        return body
    try:
        return json.loads(body)
    except ValueError as error:
        raise ServiceError("ValidationError", f"the Body is not JSON: {error}") from error
