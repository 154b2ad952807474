"""A language model from a GGUF file, run in this process by llama.cpp (`xllamacpp`, the [gguf] extra)."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from treadle.errors import InputError, MissingExtra, ServiceError
from treadle.inference import openai
from treadle.inference.chat import tools_of

JSON = Any
CONTEXT = 8192
_PREDICT = 1024
_lock = threading.Lock()


@dataclass(frozen=True)
class Gguf:
    """The model of one file as a chat model; loaded at the first question. One question at a time uses all cores."""

    file: Path

    @property
    def name(self) -> str:
        return f"{self.file.stem} (gguf)"

    async def converse(self, arguments: Mapping[str, JSON]) -> dict[str, JSON]:
        """Small models have no tool calls of their own: with tools, the answer is held to a JSON schema."""
        by_schema = any(tools_of(arguments))
        body = openai.request(arguments, self.name, by_schema)
        body.setdefault("max_tokens", _PREDICT)
        answer = await asyncio.to_thread(self._complete, body)
        return openai.answer(answer, by_schema)

    def _complete(self, body: JSON) -> JSON:
        with _lock:
            answer = _server(str(self.file)).handle_chat_completions(body)
        if isinstance(answer, str):
            answer = json.loads(answer)
        if isinstance(answer, dict) and "choices" not in answer:
            problem = answer.get("error") or answer
            raise openai.failure(int(problem.get("code") or 400), str(problem.get("message") or problem))
        return answer


def chat(path: str | None = None) -> Gguf:
    """The model of the file that `path` or TREADLE_GGUF names. Raises InputError or MissingExtra."""
    text = path or os.environ.get("TREADLE_GGUF", "")
    if not text:
        raise InputError("set TREADLE_GGUF to a GGUF file of a chat model")
    file = Path(text).expanduser()
    try:
        with file.open("rb") as opened:
            magic = opened.read(4)
    except OSError as error:
        raise InputError(f"TREADLE_GGUF: {file}: {error.strerror}") from error
    if magic != b"GGUF":
        raise InputError(f"TREADLE_GGUF: {file} is not a GGUF file")
    try:
        import importlib.util

        found = importlib.util.find_spec("xllamacpp")
    except ImportError:
        found = None
    if found is None:
        raise MissingExtra("a GGUF model", "gguf")
    return Gguf(file)


@lru_cache(maxsize=1)
def _server(file: str) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = file
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.warmup = False
    params.verbosity = 0  # errors only; they go to stderr
    try:
        return xllamacpp.Server(params)
    except (RuntimeError, ValueError) as error:
        raise ServiceError("ModelErrorException", f"{file} cannot be loaded: {error}") from error
