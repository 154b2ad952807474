"""X-Ray through Powertools' tracer, without its price at a cold start.

The X-Ray SDK takes longer to import than everything else of the sync lane together. Lambda itself records the first
request of a new container, its initialization included; from the second one on, a request that X-Ray samples gets the
tracer's subsegments: the handler, and every AWS call that it makes.
"""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Callable
from typing import Any

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def traced(handler: Handler) -> Handler:
    """The handler, recorded where X-Ray wants it."""
    calls = itertools.count()

    @functools.wraps(handler)
    def call(event: dict[str, Any], context: Any) -> dict[str, Any]:
        if next(calls) == 0 or not sampled():
            return handler(event, context)
        return recorder(handler)(event, context)

    return call


def sampled() -> bool:
    """Whether X-Ray wants this request: Lambda says so in the environment, anew for every request."""
    return "Sampled=1" in os.environ.get("_X_AMZN_TRACE_ID", "")


@functools.cache
def recorder(handler: Handler) -> Handler:
    """The handler under Powertools' tracer; answers are left out of the trace, they may hold anything."""
    from aws_lambda_powertools import Tracer

    wrapped: Handler = Tracer(patch_modules=("botocore",)).capture_lambda_handler(handler, capture_response=False)
    return wrapped
