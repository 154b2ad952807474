"""The Lambda function of a `@task`: Step Functions invokes it with the call's arguments, and gets what it returns.

TREADLE_FUNCTION is "module:name". An exception is Lambda's own answer: its class is the error that a Retry or a Catch
of the workflow names.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from aws_lambda_powertools import Logger

from treadle.lanes.tracing import traced
from treadle.stores import large
from treadle.stores.objects import Objects

logger = Logger()


@logger.inject_lambda_context
@traced
def handler(event: dict[str, Any], context: Any) -> Any:
    """Run the task with the members of the event as its arguments; Large values come and go as references."""
    code = function(os.environ["TREADLE_FUNCTION"])
    return CARRIER.kept(code, _plain(code(**CARRIER.given(event))))


def _plain(value: Any) -> Any:
    """A result with its dataclasses as the objects they are in JSON, which Lambda's runtime cannot write."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


@cache
def _store() -> Objects:
    from treadle.services import clients

    return large.open(Path(".treadle/objects"), clients.client)


CARRIER = large.Carrier(lambda: _store())


@cache
def function(path: str) -> Callable[..., Any]:
    """The Python function at `path`, without what `@task` puts around it: Step Functions does the retries there."""
    module, _, name = path.partition(":")
    found = getattr(import_module(module), name)
    plain: Callable[..., Any] = getattr(found, "function", found)
    return plain
