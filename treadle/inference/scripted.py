"""A chat model that says what it is told to: for tests of workflows.

scripted(["Paris.", call("search", {"query": "x"}), error, lambda arguments: "You said " + last(arguments)])
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from treadle.errors import InputError, ServiceError
from treadle.inference.chat import estimate, reply, text_of

JSON = Any
Line = str | Mapping[str, JSON] | ServiceError | Callable[[Mapping[str, JSON]], Any]


@dataclass
class Scripted:
    """`script` is a list of lines, taken in order, or one callable for every request.

    A line is a text, a `call(…)`, a whole Converse answer, a ServiceError to raise, or a callable from the request's
    arguments to one of these. `requests` keeps what was asked.
    """

    script: Sequence[Line] | Callable[[Mapping[str, JSON]], Any]
    name: str = "scripted"
    requests: list[Mapping[str, JSON]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    async def converse(self, arguments: Mapping[str, JSON]) -> dict[str, JSON]:
        with self._lock:
            place = len(self.requests)
            self.requests.append(arguments)
        line = self.script if callable(self.script) else self._line(place)
        while callable(line):
            line = line(arguments)
            if inspect.isawaitable(line):
                line = await line
        if isinstance(line, ServiceError):
            raise line
        if isinstance(line, str):
            asked = "".join(text_of(message["Content"]) for message in arguments["Messages"])
            return reply([{"Text": line}], "end_turn", (estimate(asked), estimate(line)))
        if "ToolUse" in line:
            return reply(
                [dict(line) | {"ToolUse": line["ToolUse"] | {"ToolUseId": f"call-{place + 1}"}}], "tool_use", (0, 0)
            )
        return dict(line)

    def _line(self, place: int) -> Any:
        if place >= len(self.script):  # type: ignore[arg-type]
            raise InputError(f"the script has {len(self.script)} lines, and the model was asked once more")  # type: ignore[arg-type]
        return self.script[place]  # type: ignore[index]


def call(name: str, arguments: Mapping[str, JSON]) -> dict[str, JSON]:
    """A line in which the model asks for the tool `name`."""
    return {"ToolUse": {"Name": name, "Input": dict(arguments)}}
