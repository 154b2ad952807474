"""The sync lane's Lambda function: an API Gateway request, one step on the engine, the answer, and its result kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from treadle import inputs
from treadle.engine.chance import CHANCE
from treadle.errors import InputError, TreadleError
from treadle.lanes import request, step
from treadle.lanes.bundle import Entry
from treadle.lanes.platform import Platform, lambdas, warm
from treadle.lanes.tracing import traced

if TYPE_CHECKING:
    from treadle.engine import Execution

JSON = Any
Response = dict[str, JSON]

# "service" of every log line, trace and metric is POWERTOOLS_SERVICE_NAME.
logger = Logger()
metrics = Metrics(namespace="Treadle")

THROTTLED = ("Throttling", "ThrottledException", "TooManyRequests", "ServiceQuotaExceeded", "SlowDown")
KEY = "Idempotency-Key"
HOUR = 3600


@logger.inject_lambda_context(correlation_id_path="requestContext.requestId")
@traced
@metrics.log_metrics(capture_cold_start_metric=True)  # type: ignore[untyped-decorator, unused-ignore]
def handler(event: dict[str, JSON], context: Any) -> Response:
    """Answer one request of the API. Never raises: what goes wrong is a response with a status and a message."""
    platform = lambdas()
    key = request.header(event, KEY)
    answer = once(key, event, platform, context) if key else respond(event, platform)
    metrics.add_metric("Requests", MetricUnit.Count, 1)
    if answer["statusCode"] >= 500:
        metrics.add_metric("Failures", MetricUnit.Count, 1)
    return answer


def respond(event: Mapping[str, JSON], platform: Platform) -> Response:
    """The response to one proxy event."""
    id = (event.get("requestContext") or {}).get("requestId") or CHANCE.uuid()
    entry = request.entry(event, platform.bundle)
    if entry is None or entry.lane != "sync":
        return request.response(404, {"message": f"no route {request.route(event)} here"})
    try:
        input = request.read(event, entry.parameters)
        execution = step.execute(entry, input, platform, id)
    except inputs.TooBig as error:
        return request.response(413, {"message": str(error)})
    except InputError as error:
        return request.response(400, {"message": str(error)})
    except TreadleError as error:
        logger.exception("the execution could not start", workflow=entry.workflow)
        return request.response(500, {"message": str(error), "id": id})
    except Exception:  # The edge of the function: a caller gets a response, the log gets the rest.
        logger.exception("unexpected", workflow=entry.workflow)
        return request.response(500, {"message": "internal error", "id": id})
    kept = _keep(entry, execution, platform, id)
    return _answer(execution, platform, id, kept)


def _keep(entry: Entry, execution: Execution, platform: Platform, id: str) -> bool:
    """Store the result. The caller gets the answer even where that fails; the log and a metric tell."""
    try:
        platform.results.put(step.record(entry, execution, id))
    except Exception:  # Whatever the store raises, the answer is worth more.
        logger.exception("the result was not stored", workflow=entry.workflow, id=id)
        metrics.add_metric("ResultsNotStored", MetricUnit.Count, 1)
        return False
    return True


def _answer(execution: Execution, platform: Platform, id: str, kept: bool) -> Response:
    headers = {"X-Execution-Id": id, "X-Models": ", ".join(dict.fromkeys(model for _, model in execution.models))}
    if not kept:
        headers["X-Result"] = "not stored"
    if execution.status == "SUCCEEDED":
        return request.response(200, step.output(execution, platform), headers)
    logger.warning("the execution failed", id=id, error=execution.error, cause=execution.cause)
    body = {"error": execution.error or execution.status, "message": execution.cause or "", "id": id}
    if any(name in (execution.error or "") for name in THROTTLED):
        return request.response(429, body, headers | {"Retry-After": "1"})
    timed_out = execution.status == "TIMED_OUT" or execution.error == "States.Timeout"
    return request.response(504 if timed_out else 502, body, headers)


class _NotKept(Exception):
    """Carries an answer that must not be given again: a failure is worth another try."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer


def once(key: str, event: Mapping[str, JSON], platform: Platform, context: Any) -> Response:
    """The response, given again without running anything where the key was seen within the hour.

    Imported here: Powertools' idempotency brings boto3, which a request without a key need not wait for.
    """
    from aws_lambda_powertools.utilities.idempotency import exceptions, idempotent_function

    from treadle.lanes.idempotency import config, store

    def run(given: dict[str, JSON]) -> Response:
        answer = respond(event, platform)
        if answer["statusCode"] != 200:
            raise _NotKept(answer)
        return answer

    route = request.route(event)
    keyed: Callable[..., Response] = idempotent_function(
        run,
        data_keyword_argument="given",
        persistence_store=store(platform.bundle.routes.get(route, route)),
        config=config(context, HOUR, payload="said"),
    )
    given = {"key": key, "said": [event.get("body"), event.get("pathParameters"), event.get("queryStringParameters")]}
    try:
        return keyed(given=given)
    except _NotKept as error:
        return error.answer
    except exceptions.IdempotencyAlreadyInProgressError:
        return request.response(409, {"message": f"{KEY} {key!r}: the first request is still running"})
    except exceptions.IdempotencyValidationError:
        return request.response(422, {"message": f"{KEY} {key!r} was used for another request"})


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    warm("sync", "dynamodb")
