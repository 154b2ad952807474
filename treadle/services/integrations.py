"""AWS as Step Functions calls it: SDK integrations and optimized ones, derived from botocore's service models.

SDK integrations (`aws-sdk:dynamodb:putItem`) carry the names, errors and causes of the AWS SDK for Java 2, optimized
ones (`dynamodb:putItem`) those of version 1 and the response's metadata, as recorded histories show them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from treadle.asl import naming
from treadle.engine.clock import Clock, RealClock
from treadle.engine.task import JSON, Resource, Service, TaskRequest, TaskResponse
from treadle.errors import InputError, ServiceError
from treadle.services import clients, jobs, optimized, shapes
from treadle.services.buckets import Buckets
from treadle.services.optimized import OPTIMIZED, Integration
from treadle.services.pool import POOL, Pool

SDK = "aws-sdk:"


@dataclass(frozen=True, slots=True)
class Call:
    """One operation of one service: botocore's client name, its operation model, and whose names apply."""

    client: str
    operation: Any
    integration: Integration | None

    @property
    def action(self) -> str:
        """The operation in camelCase, as a Resource names it."""
        return str(self.operation.name[:1].lower() + self.operation.name[1:])

    @property
    def style(self) -> shapes.Style:
        return shapes.OPTIMIZED if self.integration else shapes.SDK

    @property
    def binary(self) -> bool:
        """Whether blobs are base64 in JSON: Bedrock's images and documents; elsewhere they are text."""
        return self.client == "bedrock-runtime" and self.operation.name.startswith("Converse")


@dataclass
class Aws:
    """What `aws(…)` gives. `client` makes clients from a name, a region and an endpoint, as `clients.client` does."""

    region: str | None = None
    endpoint_url: str | None = None
    client: Callable[..., Any] = clients.client
    clock: Clock = field(default_factory=RealClock)
    pool: Pool = POOL

    @property
    def storage(self) -> Buckets:
        """The buckets of Distributed Maps."""
        return Buckets(self.region, self.endpoint_url, self.client)

    def handles(self, resource: Resource) -> bool:
        """Every operation botocore knows that answers in one piece; `.sync` where the table of jobs has it."""
        if resource.service == "function":
            return True
        call = find(resource.service, resource.action)
        if call is None:
            return False
        if resource.pattern in ("sync", "sync:2"):
            job = (resource.service, resource.action) in jobs.JOBS
            return job and (resource.pattern == "sync" or resource.service == "states")
        return resource.pattern in ("request", "waitForTaskToken")

    async def call(self, request: TaskRequest) -> TaskResponse:
        """Raises ServiceError with AWS's name and cause; InputError for no credentials or an unknown parameter."""
        if request.resource.service == "function":
            arguments = {"FunctionName": request.resource.arn, "Payload": request.arguments}
            answer = await self._once(_lambda(), replace(request, arguments=arguments))
            return TaskResponse(answer["Payload"])
        found = find(request.resource.service, request.resource.action)
        if found is None:
            raise InputError(
                f"state '{request.state}': AWS has no '{request.resource.service}:{request.resource.action}'"
            )
        if request.resource.pattern.startswith("sync"):
            return TaskResponse(await self._job(found, request))
        return TaskResponse(await self._once(found, request), optimized.model(request))

    async def _once(self, call: Call, request: TaskRequest) -> JSON:
        return await self.pool.run(lambda: self._request(call, request)[0])

    def _request(self, call: Call, request: TaskRequest) -> tuple[JSON, dict[str, Any], dict[str, Any]]:
        """The answer as Step Functions gives it, botocore's own answer, and what was sent."""
        arguments = {} if request.arguments is None else request.arguments
        if not isinstance(arguments, dict):
            raise InputError(f"state '{request.state}': the arguments of {request.resource.arn} must be an object")
        special = optimized.SPECIAL.get((call.integration.service, call.action)) if call.integration else None
        make = self._maker(request)
        client = make(call.client)
        if special is not None:
            arguments = special.before(dict(arguments), request, make)
        where = f"state '{request.state}': {call.action}"
        sent = shapes.native(arguments, call.operation.input_shape, where, call.binary) or {}
        answer = self._send(client, call, sent)
        output = self._output(call, answer)
        return (special.after(output, request, make) if special is not None else output), answer, sent

    def _output(self, call: Call, answer: dict[str, Any]) -> dict[str, JSON]:
        from botocore.exceptions import BotoCoreError

        try:
            output: dict[str, JSON] = shapes.pascal(answer, call.operation.output_shape, call.style, call.binary) or {}
        except BotoCoreError as error:  # a body that broke off while it was read
            raise _unreachable(call, error) from error
        if call.integration and call.integration.metadata:
            output |= _metadata(answer.get("ResponseMetadata") or {})
        return dict(sorted(output.items())) if call.integration else output

    def _send(self, client: Any, call: Call, sent: dict[str, Any]) -> dict[str, Any]:
        from botocore import exceptions

        try:
            method = getattr(client, _method(call.operation.name))
            answer: dict[str, Any] = method(**sent)
            return answer
        except exceptions.ClientError as error:
            raise _client_error(error, call) from error
        except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError, exceptions.ProfileNotFound) as error:
            raise InputError(f"no AWS credentials for '{call.client}' ({error}): {clients.SET_UP}") from error
        except (exceptions.TokenRetrievalError, exceptions.SSOError) as error:
            raise InputError(f"the AWS sign-in has expired ({error}): run aws sso login") from error
        except exceptions.ParamValidationError as error:
            raise ServiceError(_base(call), _one_line(str(error))) from error
        except exceptions.BotoCoreError as error:
            raise _unreachable(call, error) from error

    async def _job(self, call: Call, request: TaskRequest) -> JSON:
        """Start a job, hand on its first answer, look at it until it is over; stop it when the task is given up."""
        service = request.resource.service
        job = jobs.JOBS[(service, request.resource.action)]
        output, started, sent = await self.pool.run(lambda: self._request(call, request))
        request.submitted(output)
        look = _operation(call, job.look)
        asked = jobs.parameters(job, sent, started)
        if None in asked.values() or [None] in asked.values():  # ECS answers with failures instead of a task
            raise ServiceError("States.TaskFailed", json.dumps(output, separators=(",", ":"), ensure_ascii=False))
        client = self._maker(request)(call.client)
        pause = 1.0
        try:
            while True:
                seen = await self.pool.run(lambda: self._send(client, look, asked))
                over = jobs.outcome(service, job, seen)
                if over is not None:
                    break
                await self.clock.sleep(pause)
                pause = min(pause * 1.5, 20.0)
        except asyncio.CancelledError:
            if job.stop:
                stop = _operation(call, job.stop)
                await asyncio.shield(self.pool.run(lambda: _quietly(self._send, client, stop, asked)))
            raise
        answer = optimized.job_answer(request.resource, job, self._output(look, seen))
        if not over:
            raise ServiceError("States.TaskFailed", json.dumps(answer, separators=(",", ":"), ensure_ascii=False))
        return answer

    def _maker(self, request: TaskRequest) -> optimized.Client:
        """Makes clients by name, in the role that the task's Credentials name."""
        given: dict[str, Any] = {"region": self.region, "endpoint_url": self.endpoint_url}
        if request.credentials is not None:
            role = request.credentials.get("RoleArn") if isinstance(request.credentials, dict) else None
            if not isinstance(role, str):
                raise InputError(f"state '{request.state}': Credentials must be an object with RoleArn")
            given["role"] = role
        return lambda name: self.client(name, **given)


def aws(region: str | None = None, *, endpoint_url: str | None = None, clock: Clock | None = None) -> Service:
    """The AWS that boto3 is configured for (environment, profile, role), in `region` where one is given."""
    return Aws(region, endpoint_url, clock=clock or RealClock())


@lru_cache(maxsize=1024)
def find(service: str, action: str) -> Call | None:
    """The operation behind `service:action` of a Resource; None where there is none, or one that streams events."""
    integration = None if service.startswith(SDK) else OPTIMIZED.get(service)
    if integration is not None:
        name: str | None = optimized.client_of(integration, action)
    elif service.startswith(SDK):
        name = naming.client_name(service.removeprefix(SDK), _available())
    else:
        return None
    if name is None:
        return None
    model = clients.session().get_service_model(name)
    operation = next((each for each in model.operation_names if each[:1].lower() + each[1:] == action), None)
    if operation is None:
        return None
    found = model.operation_model(operation)
    if found.has_event_stream_input or found.has_event_stream_output:
        return None
    return Call(name, found, integration)


def _lambda() -> Call:
    found = find("lambda", "invoke")
    assert found is not None
    return found


@lru_cache(maxsize=1)
def _available() -> frozenset[str]:
    return frozenset(clients.session().get_available_services())


def _operation(call: Call, method: str) -> Call:
    """Another operation of a call's service, by its Python name."""
    name = next(each for each in call.operation.service_model.operation_names if _method(each) == method)
    return replace(call, operation=call.operation.service_model.operation_model(name))


def _method(operation: str) -> str:
    from botocore import xform_name

    method: str = xform_name(operation)
    return method


def _prefix(call: Call) -> str:
    return call.integration.prefix if call.integration else naming.class_name(call.operation.service_model.service_id)


def _unreachable(call: Call, error: Exception) -> ServiceError:
    return ServiceError(f"{_prefix(call)}.SdkClientException", f"Unable to execute HTTP request: {error}")


def _base(call: Call) -> str:
    """The error of a service for what has no exception of its own: `DynamoDb.DynamoDbException`."""
    prefix = _prefix(call)
    return f"{prefix}.{call.integration.base if call.integration else prefix + 'Exception'}"


def _client_error(error: Any, call: Call) -> ServiceError:
    details = error.response.get("Error", {})
    metadata = error.response.get("ResponseMetadata", {})
    code, message = details.get("Code", "Unknown"), details.get("Message", "")
    shape = _shape(call.operation, code)
    name = f"{_prefix(call)}.{naming.exception_name(shape)}" if shape else _base(call)
    request, status = metadata.get("RequestId", ""), metadata.get("HTTPStatusCode", 400)
    if call.integration:
        facts = f"Service: {call.integration.label}; Status Code: {status}; Error Code: {code}; Request ID: {request}"
        return ServiceError(name, f"{message} ({facts}; Proxy: null)")
    facts = f"Service: {naming.class_name(call.operation.service_model.service_id)}, Status Code: {status}"
    extended = f", Extended Request ID: {metadata['HostId']}" if metadata.get("HostId") else ""
    return ServiceError(name, f"{message} ({facts}, Request ID: {request}{extended})")


def _shape(operation: Any, code: str) -> str | None:
    """The name of the modelled error with this code: the operation's own first, then the service's."""
    bare = code.rpartition("#")[2]
    for each in operation.error_shapes:
        if bare in (each.name, each.metadata.get("error", {}).get("code")):
            return str(each.name)
    found = operation.service_model.shape_for_error_code(bare)
    return str(found.name) if found is not None else None


def _metadata(response: Mapping[str, Any]) -> dict[str, JSON]:
    headers = dict(response.get("HTTPHeaders", {}))
    return {
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": headers,
            "HttpStatusCode": response.get("HTTPStatusCode", 200),
        },
        "SdkResponseMetadata": {"RequestId": response.get("RequestId", "")},
    }


def _quietly(function: Callable[..., Any], *arguments: Any) -> None:
    # The job is being given up: that it cannot be stopped changes nothing.
    with suppress(ServiceError, InputError):
        function(*arguments)


def _one_line(text: str) -> str:
    return " ".join(text.split())
