"""What answers a Task on this machine: the project's own functions, nested workflows, its models, then AWS.

The same composition serves an execution on the engine and a model that plain Python calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.errors import ExecutionFailed, ProjectError, ServiceError
from treadle.language.operations import Operation, Slot, install
from treadle.project import Project, find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle.engine import Machine
    from treadle.engine.task import Service
    from treadle.stores.large import Carrier
    from treadle.stores.objects import Objects

JSON = Any
_chosen: ContextVar[Service | None] = ContextVar("chosen", default=None)
_stored: ContextVar[Objects | None] = ContextVar("stored", default=None)


def service(
    functions: Mapping[str, Callable[..., Any]], project: Project | None = None, models: str | None = None
) -> Service:
    """The service of one workflow: `functions` by Lambda function name, then the project's models, then AWS.

    `models` is "auto", "embedded", "openai", "gguf" or "aws"; the project's `[models] use` unless given.
    """
    from treadle import inference, services

    inference.connect(services.aws)
    answers = inference.service(
        choice(project, models),
        endpoints=project.endpoints() if project else {},
        fallbacks=_settings(project).get("fallback", {}),
    )
    return services.Router(services.functions(functions, carrier=carrier(project)), answers, services.aws())


def choice(project: Project | None, models: str | None = None) -> str | None:
    """Which models answer: `models`, else the project's `[models] use`; None leaves it to the environment."""
    return models or (None if _settings(project).get("use") == "auto" else _settings(project).get("use"))


def carrier(project: Project | None) -> Carrier:
    from treadle.stores import large

    return large.Carrier(objects(project))


def objects(project: Project | None) -> Callable[[], Objects]:
    """Opens the store of Large values: `.treadle/objects` of the project, outside any a folder of this process.

    TREADLE_OBJECTS puts it elsewhere; `storing` does within its block.
    """
    chosen = _stored.get()
    if chosen is not None:
        return lambda: chosen
    root = project.root / ".treadle" / "objects" if project else None

    def opened() -> Objects:
        from treadle.services import clients
        from treadle.stores import large

        return large.open(root or _scratch(), clients.client)

    return opened


@lru_cache(maxsize=1)
def _scratch() -> Path:
    """A folder that goes when the process does."""
    import atexit
    import shutil
    import tempfile

    made = tempfile.mkdtemp(prefix="treadle-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


@contextmanager
def storing(chosen: Objects) -> Iterator[None]:
    """Within the block, Large values are kept in `chosen`."""
    token = _stored.set(chosen)
    try:
        yield
    finally:
        _stored.reset(token)


def _settings(project: Project | None) -> Mapping[str, Any]:
    found: Mapping[str, Any] = project.settings.get("models", {}) if project else {}
    return found


@contextmanager
def answering(chosen: Service) -> Iterator[None]:
    """Within the block, what plain Python calls is answered by `chosen`: a test's mock, a recorded answer."""
    token = _chosen.set(chosen)
    try:
        yield
    finally:
        _chosen.reset(token)


def dispatch(operation: Operation, given: Mapping[str, JSON]) -> JSON:
    """Run one operation now: as the one-state machine that it would be, so that it answers as it does when compiled.

    Raises:
        ServiceError: with the error name and cause of the service.
    """
    from treadle.engine import run

    values = {name: value for name, value in given.items() if value is not None}
    execution = run(_machine(dumps(_definition(operation))), values, service=_chosen.get() or _default())
    if execution.status != "SUCCEEDED":
        if execution.error is None:
            raise ExecutionFailed(execution.status, None, execution.cause)
        raise ServiceError(execution.error, execution.cause or "")
    return execution.output


def _definition(operation: Operation) -> dict[str, JSON]:
    state: dict[str, JSON]
    if operation.resource == "wait":
        state = {"Type": "Wait", **_fill(operation.arguments), "End": True}
        return {"QueryLanguage": "JSONata", "StartAt": operation.name, "States": {operation.name: state}}
    state = {
        "Type": "Task",
        "Resource": operation.resource,
        "Arguments": _fill(operation.arguments),
        "Output": f"{{% {operation.output} %}}",
        "End": True,
    }
    if operation.retry:
        state["Retry"] = [dict(retrier) for retrier in operation.retry]
    if operation.timeout:
        state["TimeoutSeconds"] = operation.timeout
    return {"QueryLanguage": "JSONata", "StartAt": operation.name, "States": {operation.name: state}}


def _fill(arguments: JSON) -> JSON:
    if isinstance(arguments, Slot):
        return "{% " + arguments.wrap.replace("{}", f"$states.input.`{arguments.name}`") + " %}"
    if isinstance(arguments, Mapping):
        return {name: _fill(value) for name, value in arguments.items()}
    if isinstance(arguments, list | tuple):
        return [_fill(value) for value in arguments]
    return arguments


@lru_cache(maxsize=256)
def _machine(definition: str) -> Machine:
    from treadle.engine import load

    return load(definition, name="call")


def _default() -> Service:
    try:
        project: Project | None = find()
    except ProjectError:
        project = None
    return _of(project.root if project else None)


@lru_cache(maxsize=16)
def _of(root: object) -> Service:
    return service({}, find(str(root)) if root else None)


install(dispatch)
