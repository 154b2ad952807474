"""One service made of several: each request goes to the first that answers it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from treadle.engine.task import Resource, Service, TaskRequest, TaskResponse
from treadle.errors import UnsupportedResource


@runtime_checkable
class Selective(Protocol):
    """A service that answers only some requests of a resource it handles: one state's mock, a function it knows."""

    def accepts(self, request: TaskRequest) -> bool: ...


class Router:
    """`Router(mock, functions, inference, aws)`: the order is the precedence.

    A service with an `accepts(request)` method is asked before each call, so that a Lambda function which is not
    declared here still reaches the next service. Nobody left: `UnsupportedResource`, one line that says what to do.
    """

    def __init__(self, *services: Service | None) -> None:
        self.services = tuple(service for service in services if service is not None)

    def handles(self, resource: Resource) -> bool:
        return any(service.handles(resource) for service in self.services)

    def accepts(self, request: TaskRequest) -> bool:
        return self._find(request) is not None

    async def call(self, request: TaskRequest) -> TaskResponse:
        service = self._find(request)
        if service is None:
            raise UnsupportedResource(_nobody(request))
        return await service.call(request)

    def _find(self, request: TaskRequest) -> Service | None:
        for service in self.services:
            if not service.handles(request.resource):
                continue
            if not isinstance(service, Selective) or service.accepts(request):
                return service
        return None


def _nobody(request: TaskRequest) -> str:
    arguments = request.arguments if isinstance(request.arguments, dict) else {}
    name = arguments.get("FunctionName")
    what = f"the function '{name}'" if isinstance(name, str) else f"the resource '{request.resource.arn}'"
    return f"state '{request.state}': nothing here answers {what}: declare it in the project, mock it, or configure AWS"
