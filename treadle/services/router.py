"""One service made of several: each request goes to the first that answers it."""

from __future__ import annotations

from collections.abc import Callable

from treadle.engine.storage import Storage
from treadle.engine.task import Resource, Service, TaskRequest, TaskResponse
from treadle.errors import UnsupportedResource

Accepts = Callable[[TaskRequest], bool]


class Router:
    """`Router(mock, functions, inference, aws)`: the order is the precedence.

    A service may answer only some requests of a resource it handles (one state's mock, a function it knows): it says so
    by a method `accepts(request)`, so that a Lambda function which is not declared here still reaches the next service.
    Nobody left: `UnsupportedResource`, one line that says what to do.
    """

    def __init__(self, *services: Service | None) -> None:
        self.services = tuple(service for service in services if service is not None)
        self._ways = tuple((service, _accepts(service)) for service in self.services)

    @property
    def storage(self) -> Storage | None:
        """What Distributed Maps read from and write to: the first service's that has one."""
        return next((own for service in self.services if (own := getattr(service, "storage", None))), None)

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
        for service, accepts in self._ways:
            if service.handles(request.resource) and accepts(request):
                return service
        return None


def _accepts(service: Service) -> Accepts:
    found: Accepts | None = getattr(service, "accepts", None)
    return found or (lambda request: True)


def _nobody(request: TaskRequest) -> str:
    arguments = request.arguments if isinstance(request.arguments, dict) else {}
    what = f"the resource '{request.resource.arn}'"
    for member, kind in (("FunctionName", "function"), ("EndpointName", "endpoint")):
        if isinstance(arguments.get(member), str):
            what = f"the {kind} '{arguments[member]}'"
    return f"state '{request.state}': nothing here answers {what}: declare it in the project, mock it, or configure AWS"
