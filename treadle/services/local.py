"""Local Python callables behind Lambda tasks: `lambda:invoke` and Lambda function ARNs, in Lambda's shapes."""

from __future__ import annotations

import dataclasses
import inspect
import json
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from treadle.engine.chance import CHANCE, Chance
from treadle.engine.task import JSON, Resource, TaskRequest, TaskResponse
from treadle.errors import ServiceError
from treadle.services.pool import POOL, Pool


class Carrier(Protocol):
    """What brings Large values to a function and takes them from it."""

    def given(self, payload: JSON) -> JSON: ...

    def kept(self, function: Callable[..., Any], result: JSON) -> JSON: ...


class Functions:
    """`functions({"support-search": search})`: the names are those of the Lambda functions.

    The payload's members become keyword arguments; any other payload is the one positional argument. What goes in and
    comes out passes through JSON, as it does on AWS, so a function never shares a value with the execution. Without a
    `carrier` a Large value travels as it is.
    """

    def __init__(
        self,
        mapping: Mapping[str, Callable[..., Any]],
        *,
        pool: Pool = POOL,
        chance: Chance = CHANCE,
        carrier: Carrier | None = None,
    ) -> None:
        self._functions = dict(mapping)
        self._carrier = carrier
        self._pool = pool
        self._chance = chance

    def handles(self, resource: Resource) -> bool:
        if resource.service == "function":
            return function_name(resource.arn) in self._functions
        return resource.service == "lambda" and resource.action == "invoke" and bool(self._functions)

    def accepts(self, request: TaskRequest) -> bool:
        return _target(request) in self._functions

    async def call(self, request: TaskRequest) -> TaskResponse:
        """The payload of a function ARN, the whole Invoke answer of `lambda:invoke`.

        Raises ServiceError: the exception's class name with Lambda's JSON cause, or `Lambda.ResourceNotFoundException`.
        """
        name = _target(request)
        function = self._functions.get(name)
        if function is None:
            raise ServiceError("Lambda.ResourceNotFoundException", f"Function not found: {name}")
        if request.resource.service == "function":
            return TaskResponse(await self._invoke(function, request.arguments))
        kind = request.arguments.get("InvocationType", "RequestResponse")
        if kind == "DryRun":
            return TaskResponse({"StatusCode": 204})
        payload = await self._invoke(function, request.arguments.get("Payload", {}), quiet=kind == "Event")
        if kind == "Event":
            return TaskResponse({"StatusCode": 202})
        return TaskResponse({"ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": 200})

    async def _invoke(self, function: Callable[..., Any], payload: JSON, quiet: bool = False) -> JSON:
        text = json.dumps(payload)
        try:
            if inspect.iscoroutinefunction(function):
                return self._kept(function, _marshal(await _apply(function, self._given(text))))
            return await self._pool.run(lambda: self._kept(function, _marshal(_apply(function, self._given(text)))))
        except _MarshalError as error:
            name = "Runtime.MarshalError"
            raise ServiceError(name, _cause(name, str(error), [], self._chance)) from error
        except Exception as error:
            if quiet:
                return None
            raise lambda_error(error, self._chance) from error

    def _given(self, text: str) -> JSON:
        """The payload, with the values that references in it stand for."""
        payload = json.loads(text)
        return payload if self._carrier is None else self._carrier.given(payload)

    def _kept(self, function: Callable[..., Any], result: JSON) -> JSON:
        """The result, with references for what is Large and big."""
        return result if self._carrier is None else self._carrier.kept(function, result)


def functions(
    mapping: Mapping[str, Callable[..., Any]],
    *,
    pool: Pool = POOL,
    chance: Chance = CHANCE,
    carrier: Carrier | None = None,
) -> Functions:
    """A service which answers Lambda tasks by local callables (plain or async), by function name."""
    return Functions(mapping, pool=pool, chance=chance, carrier=carrier)


def function_name(text: str) -> str:
    """The bare name in what FunctionName may be: `name`, `name:alias`, a partial or whole ARN.

    >>> function_name("arn:aws:lambda:us-east-1:111111111111:function:search:prod")
    'search'
    """
    parts = text.split(":")
    if "function" in parts[:-1]:
        return parts[parts.index("function") + 1]
    return parts[0]


def lambda_error(error: BaseException, chance: Chance = CHANCE) -> ServiceError:
    """What Step Functions makes of an exception that a Python handler let through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.endswith(_PLUMBING)]
    kind = type(error).__name__
    return ServiceError(kind, _cause(kind, str(error), traceback.format_list(own), chance))


_PLUMBING = ("services/pool.py", "services\\pool.py", "services/local.py", "services\\local.py")


class _MarshalError(Exception):
    """A function returned what is not JSON."""


def _cause(kind: str, message: str, trace: list[str], chance: Chance) -> str:
    cause = {"errorMessage": message, "errorType": kind, "requestId": chance.uuid(), "stackTrace": trace}
    return json.dumps(cause, separators=(",", ":"), ensure_ascii=False)


def _target(request: TaskRequest) -> str:
    if request.resource.service == "function":
        return function_name(request.resource.arn)
    arguments = request.arguments if isinstance(request.arguments, dict) else {}
    name = arguments.get("FunctionName")
    return function_name(name) if isinstance(name, str) else ""


def _apply(function: Callable[..., Any], payload: JSON) -> Any | Awaitable[Any]:
    return function(**payload) if isinstance(payload, dict) else function(payload)


def _marshal(value: Any) -> JSON:
    try:
        return json.loads(json.dumps(value, default=_plain))
    except (TypeError, ValueError, RecursionError) as error:
        raise _MarshalError(f"Unable to marshal response: {error}") from error


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
