"""Models on AWS: retries with full jitter when they throttle, and a circuit breaker with a fallback model or region.

The call itself is another service's (services.aws); this one decides when to make it again, and of whom.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from treadle.engine.chance import CHANCE, Chance
from treadle.engine.clock import Clock, RealClock
from treadle.engine.task import JSON, Resource, Service, TaskRequest, TaskResponse
from treadle.errors import InputError, ServiceError

Connect = Callable[[str | None], Service]
"""From a region (None: the configured one) to the service of AWS there."""

TRANSIENT = frozenset(
    {
        "ThrottlingException",
        "TooManyRequestsException",
        "ServiceUnavailableException",
        "ModelNotReadyException",
        "InternalServerException",
        "InternalFailureException",
        "SdkClientException",
    }
)
"""What another try may mend. A quota, a validation or an access error is none of these; nor is a model that timed out,
which has been paid for."""
_SERVICES = ("bedrock", "aws-sdk:bedrockruntime", "aws-sdk:sagemakerruntime")
_ACTIONS = ("converse", "invokeModel", "invokeEndpoint", "invokeEndpointAsync", "countTokens")
_COHERE_BATCH = 96
_PARALLEL = 8


@dataclass
class Breaker:
    """Opens after `limit` transient failures in a row, for `seconds`; then one call tries again."""

    limit: int = 5
    seconds: float = 30.0
    failures: int = 0
    until: float = 0.0

    def open(self, now: float) -> bool:
        return self.failures >= self.limit and now < self.until

    def failed(self, now: float) -> None:
        self.failures += 1
        if self.failures >= self.limit:
            self.until = now + self.seconds

    def succeeded(self) -> None:
        self.failures = 0


@dataclass
class Resilient:
    """`fallbacks` maps a model id or endpoint name to "other-id", "other-id@region" or "@region".

    A transient error is tried again after a random time up to `base * 2 ** n` seconds, at most `attempts` calls in all;
    then, or while the breaker of the model is open, the fallback is asked. The last error is the answer.
    """

    connect: Connect
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    attempts: int = 3
    base: float = 0.25
    longest: float = 8.0
    clock: Clock = field(default_factory=RealClock)
    chance: Chance = CHANCE
    breakers: dict[str, Breaker] = field(default_factory=dict)
    _services: dict[str | None, Service] = field(default_factory=dict)

    def handles(self, resource: Resource) -> bool:
        return resource.pattern == "request" and resource.service in _SERVICES and resource.action in _ACTIONS

    async def call(self, request: TaskRequest) -> TaskResponse:
        key, asked = _asked(request.arguments)
        other = self.fallbacks.get(asked)
        breaker = self.breakers.setdefault(asked, Breaker())
        if other is not None and breaker.open(self.clock.now()):
            return await self._fall_back(request, key, asked, other)
        try:
            response = await self._insist(self._service(None), request, breaker)
        except ServiceError as error:
            if other is None or not transient(error):
                raise
            return await self._fall_back(request, key, asked, other)
        return _named(response, asked)

    async def _insist(self, service: Service, request: TaskRequest, breaker: Breaker) -> TaskResponse:
        for attempt in range(self.attempts):
            try:
                response = await service.call(request)
            except ServiceError as error:
                if not transient(error):
                    raise
                breaker.failed(self.clock.now())
                if attempt + 1 == self.attempts or breaker.open(self.clock.now()):
                    raise
                await self.clock.sleep(self.chance.uniform(0, min(self.longest, self.base * 2**attempt)))
            else:
                breaker.succeeded()
                return response
        raise AssertionError("unreachable: attempts is at least 1")

    async def _fall_back(self, request: TaskRequest, key: str, asked: str, other: str) -> TaskResponse:
        name, _, region = other.partition("@")
        arguments = request.arguments | {key: name or asked}
        service = self._service(region or None)
        response = await self._insist(service, replace(request, arguments=arguments), Breaker())
        return _named(response, other if name else f"{asked}{other}")

    def _service(self, region: str | None) -> Service:
        if region not in self._services:
            self._services[region] = self.connect(region)
        return self._services[region]


@dataclass(frozen=True)
class BedrockEmbedder:
    """An embedding model of Bedrock for many texts: Cohere takes 96 a call, Titan one, eight calls at a time."""

    connect: Connect
    model: str
    dimensions: int | None = None

    @property
    def name(self) -> str:
        return f"{self.model} (bedrock)"

    @property
    def dimension(self) -> int:
        """As asked for; else Titan v2's and Cohere v3's own 1,024 (Titan v1: 1,536)."""
        return self.dimensions or (1536 if "titan-embed-text-v1" in self.model else 1024)

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Blocks until all are there, also where it is called on an event loop."""
        with ThreadPoolExecutor(1, "treadle-embed") as apart:
            return apart.submit(asyncio.run, self._embed(list(texts))).result()

    async def _embed(self, texts: list[str]) -> list[list[float]]:
        service = Resilient(self.connect)
        gate = asyncio.Semaphore(_PARALLEL)
        size = _COHERE_BATCH if "cohere." in self.model else 1

        async def one(batch: list[str]) -> list[list[float]]:
            async with gate:
                arguments = {"ModelId": self.model, "ContentType": "application/json", "Body": self._body(batch)}
                response = await service.call(TaskRequest(_INVOKE, arguments, "embed"))
            return _vectors(response.output["Body"])

        batches = [texts[start : start + size] for start in range(0, len(texts), size)]
        return [vector for vectors in await asyncio.gather(*map(one, batches)) for vector in vectors]

    def _body(self, batch: list[str]) -> JSON:
        if "cohere." in self.model:
            return {"texts": batch, "input_type": "search_document"}
        body: dict[str, Any] = {"inputText": batch[0]}
        return body | ({"dimensions": self.dimensions, "normalize": True} if self.dimensions else {})


_INVOKE = Resource.parse("arn:aws:states:::bedrock:invokeModel")


def transient(error: ServiceError) -> bool:
    """Whether another try may succeed, by the error's name without its service."""
    return error.error.rpartition(".")[2] in TRANSIENT


def _vectors(body: JSON) -> list[list[float]]:
    if isinstance(body, str):
        body = json.loads(body)
    if "embedding" in body:
        return [body["embedding"]]
    found = body["embeddings"]
    vectors: list[list[float]] = found["float"] if isinstance(found, dict) else found
    return vectors


def _asked(arguments: JSON) -> tuple[str, str]:
    for key in ("ModelId", "EndpointName"):
        if isinstance(arguments, dict) and isinstance(arguments.get(key), str):
            return key, arguments[key]
    raise InputError("a call of a model needs ModelId or EndpointName")


def _named(response: TaskResponse, asked: str) -> TaskResponse:
    return response if response.model else replace(response, model=f"{asked} (aws)")
