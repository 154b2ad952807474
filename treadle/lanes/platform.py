"""What a degenerate lane stands on: the bundle, what answers its Tasks, where results go. AWS's there, files here."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.lanes import bundle as bundles
from treadle.lanes.bundle import Bundle, Entry

if TYPE_CHECKING:
    from treadle.engine import Machine
    from treadle.engine.task import Service
    from treadle.project import Project
    from treadle.stores.objects import Objects
    from treadle.stores.results import Results

JSON = Any
SOURCE = "treadle"
"""The source of the events that tell of results."""


@dataclass(frozen=True)
class Platform:
    """`results` keeps what the sync lane answered, `objects` what the queued lane did; `announce` puts an event."""

    bundle: Bundle
    service: Service
    results: Results
    objects: Objects
    announce: Callable[[dict[str, JSON]], None]
    _machines: dict[str, Machine] = field(default_factory=dict)

    def machine(self, entry: Entry) -> Machine:
        """The workflow's machine, compiled when it is first used."""
        if entry.workflow not in self._machines:
            from treadle.engine import load

            self._machines[entry.workflow] = load(
                dict(entry.definition), name=entry.machine, type=entry.type, checked=True
            )
        return self._machines[entry.workflow]


@cache
def lambdas() -> Platform:
    """The platform of a Lambda function, from its environment (set by infra/functions.tf).

    TREADLE_BUNDLE is the bundle's path, TREADLE_TABLE, TREADLE_BUCKET and TREADLE_BUS name what Terraform made;
    TREADLE_MODELS ("aws" unless set) chooses the models.
    """
    from treadle.stores import objects, results

    root = Path(os.environ.get("LAMBDA_TASK_ROOT", "."))
    return Platform(
        bundle=bundles.load(root / os.environ.get("TREADLE_BUNDLE", bundles.FILE)),
        service=_service(os.environ.get("TREADLE_MODELS", "aws")),
        results=results.open(f"dynamodb:{os.environ['TREADLE_TABLE']}", _Late("dynamodb")),
        objects=objects.open(f"s3://{os.environ['TREADLE_BUCKET']}", _Late("s3")),
        announce=_put_event,
    )


def warm(lane: str, *clients_too: str) -> None:
    """Do at a function's initialization what its first request would wait for.

    Lambda gives the initialization more processor than a request has, and SnapStart keeps what it did: the machines of
    `lane` are compiled, and the clients that their Tasks need, and those of `clients_too`, are made.
    """
    from treadle.engine.task import Resource
    from treadle.services import clients, integrations

    platform = lambdas()
    names = set(clients_too)
    for entry in platform.bundle.entries.values():
        if entry.lane != lane:
            continue
        platform.machine(entry)
        for state in entry.definition["States"].values():
            resource = Resource.parse(state.get("Resource", ""))
            call = integrations.find(resource.service, resource.action)
            if call is not None:
                names.add(call.client)
    for name in sorted(names):
        clients.client(name)


def local(project: Project) -> Platform:
    """The platform on this machine: SQLite and files under the project's `.treadle/`, events to nobody."""
    from treadle import local
    from treadle.stores import objects, results

    made = bundles.build(project)
    folder = project.root / ".treadle"
    functions = {
        name: function
        for workflow in project.workflows.values()
        for name, function in workflow.compile().functions.items()
    }
    return Platform(
        bundle=made,
        service=local.service(functions, project),
        results=results.open(folder / "results.db"),
        objects=objects.open(folder / "objects"),
        announce=lambda event: None,
    )


class _Late:
    """A client that is made at its first call: what a request does not need costs a cold start nothing."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, operation: str) -> Any:
        from treadle.services import clients

        return getattr(clients.client(self._name), operation)


def _service(models: str) -> Service:
    from treadle import services

    if models == "aws":
        return services.aws()
    from treadle import inference

    return services.Router(inference.service(models), services.aws())


def _put_event(event: Mapping[str, JSON]) -> None:
    from treadle.errors import ServiceError
    from treadle.services import clients

    entry = {
        "EventBusName": os.environ["TREADLE_BUS"],
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Detail": json.dumps(event["detail"], ensure_ascii=False),
    }
    answer = clients.client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        failed = answer["Entries"][0]
        raise ServiceError(failed["ErrorCode"], failed.get("ErrorMessage", ""))
