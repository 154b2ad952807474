"""What the two Lambda functions carry: every degenerate workflow as data, so that nothing is compiled there.

The same document tells Terraform which queues and routes to make. It is rendered by `build`, written as JSON beside the
code, and read once at a cold start.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.errors import ProjectError

if TYPE_CHECKING:
    from treadle.project import Project

JSON = Any
FILE = "bundle.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One workflow: its machine's name, lane and type, the JSON Schema of its input, its ASL, and what that may do.

    A chain's entry has neither ASL nor permissions: Step Functions has them.
    """

    workflow: str
    machine: str
    lane: str
    type: str
    parameters: Mapping[str, JSON]
    definition: Mapping[str, JSON] = field(default_factory=dict)
    permissions: Sequence[Mapping[str, JSON]] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """The Lambda function of a `@task`. `path` is "module:name"; `memory` is in MB, `timeout` in seconds."""

    path: str
    memory: int
    timeout: int
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bundle:
    """`routes` maps "POST /path" to a workflow, `queues` an SQS queue, `functions` the name of each Lambda function."""

    project: str
    entries: Mapping[str, Entry]
    routes: Mapping[str, str]
    queues: Mapping[str, str]
    functions: Mapping[str, Function] = field(default_factory=dict)

    def entry(self, workflow: str) -> Entry:
        return self.entries[workflow]


def build(project: Project) -> Bundle:
    """Gather what a project's triggers need on the platform.

    Raises:
        ProjectError: two workflows claim one route or one queue, or a lane is impossible.
    """
    from treadle import asl
    from treadle.lanes.lane import lane
    from treadle.triggers import Queue, Route

    entries: dict[str, Entry] = {}
    routes: dict[str, str] = {}
    queues: dict[str, str] = {}
    functions: dict[str, Function] = {}
    for name, workflow in project.workflows.items():
        chosen = lane(workflow)
        compiled = workflow.compile()
        carried = () if chosen == "chain" else (compiled.definition, asl.permissions(compiled.definition))
        entries[name] = Entry(name, workflow.machine_name, chosen, workflow.type, compiled.parameters, *carried)
        functions |= {called: _function(called, task) for called, task in compiled.functions.items()}
        for trigger in workflow.triggers:
            if isinstance(trigger, Route):
                _claim(routes, f"{trigger.method} {trigger.path}", name, "route")
            elif isinstance(trigger, Queue):
                _claim(queues, queue_name(project.name, trigger.name), name, "queue")
        if chosen == "queued" and name not in queues.values():
            _claim(queues, queue_name(project.name, name), name, "queue")
    return Bundle(
        project.name,
        entries,
        dict(sorted(routes.items())),
        dict(sorted(queues.items())),
        dict(sorted(functions.items())),
    )


def _function(name: str, function: Callable[..., Any]) -> Function:
    """What Lambda has to know of a task: where its code is, and what `@task` was told."""
    module, qualified = function.__module__, function.__qualname__
    if module == "__main__" or "<locals>" in qualified:
        raise ProjectError(f"the task {name} is defined inside {module}: put it at the top level of a file in tasks/")
    task = getattr(sys.modules[module], qualified, None)
    memory, timeout = getattr(task, "memory", 256), getattr(task, "timeout", 30)
    return Function(f"{module}:{qualified}", memory, timeout, dict(getattr(task, "environment", {})))


def queue_name(project: str, name: str) -> str:
    """The SQS queue behind `on.queue(name)`, or behind a queued workflow that has none of its own."""
    return f"{project}-{re.sub(r'[^A-Za-z0-9_-]', '-', name)}"[:80]


def queue_of(bundle: Bundle, workflow: str) -> str | None:
    """The queue that feeds a workflow."""
    return next((queue for queue, fed in bundle.queues.items() if fed == workflow), None)


def _claim(owners: dict[str, str], thing: str, workflow: str, kind: str) -> None:
    if owners.setdefault(thing, workflow) != workflow:
        raise ProjectError(
            f"{kind} {thing} starts both {owners[thing]} and {workflow}: give one of them another {kind}"
        )


def dumps(bundle: Bundle) -> str:
    """The bundle as JSON text; the same project gives the same bytes."""
    return json.dumps(asdict(bundle), indent=2, ensure_ascii=False) + "\n"


def load(path: str | Path) -> Bundle:
    """Read a bundle that `dumps` wrote."""
    content = json.loads(Path(path).read_text("utf-8"))
    entries = {name: Entry(**entry) for name, entry in content["entries"].items()}
    functions = {name: Function(**function) for name, function in content["functions"].items()}
    return Bundle(content["project"], entries, content["routes"], content["queues"], functions)
