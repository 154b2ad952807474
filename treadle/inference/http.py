"""A model server that speaks OpenAI's API: OPENAI_BASE_URL, OPENAI_API_KEY, OPENAI_MODEL, OPENAI_EMBEDDING_MODEL.

Tool calls are native, unless `OPENAI_TOOLS=json` or the server is Ollama (its small models answer none): then, or when
the server refuses tools, they are asked for as JSON of a schema.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from treadle.errors import InputError, ServiceError
from treadle.inference import openai
from treadle.inference.chat import tools_of

if TYPE_CHECKING:
    import httpx

JSON = Any
_OLLAMA_PORT = 11434
_BATCH = 64


class Server:
    """The connection: `post` gives the JSON answered, or raises ServiceError with Bedrock's name for the failure."""

    def __init__(
        self, url: str, key: str = "", timeout: float = 300.0, transport: httpx.BaseTransport | None = None
    ) -> None:
        import httpx

        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        limits = httpx.Limits(max_connections=64)
        self._client = httpx.Client(headers=headers, timeout=timeout, limits=limits, transport=transport)

    def post(self, path: str, body: JSON) -> JSON:
        return self._send("POST", path, body)

    def models(self) -> list[str]:
        """The names of the models it serves."""
        return [str(each["id"]) for each in self._send("GET", "/models", None).get("data", [])]

    def _send(self, method: str, path: str, body: JSON) -> JSON:
        import httpx

        try:
            response = self._client.request(method, f"{self.url}{path}", json=body)
        except httpx.TimeoutException as error:
            raise ServiceError("ModelTimeoutException", f"{self.url} did not answer in time") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            text = f"no model server answers at {self.url} ({error}): start it, or change or unset OPENAI_BASE_URL"
            raise ServiceError("ResourceNotFoundException", text) from error
        if response.status_code >= 400:
            raise openai.failure(response.status_code, response.text)
        try:
            return response.json()
        except ValueError as error:
            raise ServiceError(
                "ModelErrorException", f"{self.url} answered no JSON: is it the API's base URL?"
            ) from error


class HttpChat:
    """A chat model behind the server; without a name, the first model the server lists."""

    def __init__(self, server: Server, model: str = "", tools: str = "") -> None:
        self._server = server
        self._model = model
        self._by_schema = tools == "json" or (not tools and f":{_OLLAMA_PORT}" in server.url)

    @property
    def name(self) -> str:
        return f"{self._model or 'default model'} (openai)"

    async def converse(self, arguments: Mapping[str, JSON]) -> dict[str, JSON]:
        return await asyncio.to_thread(self._converse, arguments)

    def _converse(self, arguments: Mapping[str, JSON]) -> dict[str, JSON]:
        if not self._model:
            served = self._server.models()
            if not served:
                raise ServiceError("ResourceNotFoundException", f"{self._server.url} serves no model: set OPENAI_MODEL")
            self._model = served[0]
        asked = any(tools_of(arguments))
        try:
            return self._ask(arguments, asked and self._by_schema)
        except ServiceError as error:
            if (
                error.error != "ValidationException"
                or not asked
                or self._by_schema
                or "tool" not in error.cause.lower()
            ):
                raise
        answer = self._ask(arguments, True)
        self._by_schema = True
        return answer

    def _ask(self, arguments: Mapping[str, JSON], by_schema: bool) -> dict[str, JSON]:
        body = openai.request(arguments, self._model, by_schema)
        return openai.answer(self._server.post("/chat/completions", body), by_schema)


class HttpEmbedder:
    """An embedding model behind the server. Its dimension is known after the first call."""

    def __init__(self, server: Server, model: str) -> None:
        self._server = server
        self._model = model
        self._dimension = 0

    @property
    def name(self) -> str:
        return f"{self._model} (openai)"

    @property
    def dimension(self) -> int:
        if not self._dimension:
            self.embed(["dimension"])
        return self._dimension

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        vectors: list[list[float]] = []
        for start in range(0, len(texts), _BATCH):
            batch = list(texts[start : start + _BATCH])
            answer = self._server.post("/embeddings", {"model": self._model, "input": batch})
            rows = sorted(answer["data"], key=lambda row: row["index"])
            vectors.extend([float(number) for number in row["embedding"]] for row in rows)
        if vectors:
            self._dimension = len(vectors[0])
        return vectors


def server() -> Server:
    """The server the environment names. Raises InputError when it names none."""
    url = os.environ.get("OPENAI_BASE_URL", "")
    if not url:
        raise InputError("set OPENAI_BASE_URL to a server that speaks OpenAI's API, like http://localhost:11434/v1")
    return Server(url, os.environ.get("OPENAI_API_KEY", ""))


def chat() -> HttpChat:
    return HttpChat(server(), os.environ.get("OPENAI_MODEL", ""), os.environ.get("OPENAI_TOOLS", ""))
