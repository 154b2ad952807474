"""The Lambda function of a `@task`: Step Functions invokes it with the call's arguments, and gets what it returns.

TREADLE_FUNCTION is "module:name". An exception is Lambda's own answer: its class is the error that a Retry or a Catch
of the workflow names.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from aws_lambda_powertools import Logger

from treadle.lanes.tracing import traced

logger = Logger()


@logger.inject_lambda_context
@traced
def handler(event: dict[str, Any], context: Any) -> Any:
    """Run the task with the members of the event as its arguments."""
    return function(os.environ["TREADLE_FUNCTION"])(**event)


@cache
def function(path: str) -> Callable[..., Any]:
    """The Python function at `path`, without what `@task` puts around it: Step Functions does the retries there."""
    module, _, name = path.partition(":")
    found = getattr(import_module(module), name)
    plain: Callable[..., Any] = getattr(found, "function", found)
    return plain
