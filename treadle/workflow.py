"""What a `@workflow` function becomes: a function still, and a state machine that runs here or on AWS."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, ParamSpec, TypeVar, cast, overload

from treadle import inputs, local
from treadle.asl.reference import holds, marked
from treadle.errors import ExecutionFailed, InputError, ProjectError
from treadle.language.operations import Operation, Slot
from treadle.language.options import NO_FALLBACK, Options, Retry, attempt
from treadle.project import Project, find
from treadle.triggers import Trigger

if TYPE_CHECKING:
    from treadle.engine import Execution, Machine
    from treadle.engine.task import Service
    from treadle.language import Compiled
    from treadle.stores.objects import Objects

P = ParamSpec("P")
R = TypeVar("R")
JSON = Any
Type = Literal["STANDARD", "EXPRESS"]
Lane = Literal["sync", "queued", "chain"]


class Workflow(Generic[P, R]):
    """A workflow.

    Called, it runs as the Python it is. `run` runs its compiled ASL on the local engine, `start` starts it on AWS.
    """

    def __init__(
        self,
        function: Callable[P, R],
        triggers: Sequence[Trigger] = (),
        type: Type = "STANDARD",
        lane: Lane | None = None,
    ) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.triggers = tuple(triggers)
        self.type = type
        self.lane = lane
        self._kept: tuple[object, Compiled, Machine] | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        own = inspect.signature(self.function).parameters
        options: dict[str, Any] = {
            name: kwargs.pop(name) for name in Options.names() if name in kwargs and name not in own
        }
        if not options:
            return self.function(*args, **kwargs)
        return attempt(lambda: self.function(*args, **kwargs), Options(**options), "__call__", args, kwargs)

    def using(
        self, *, retry: int | Retry | None = None, timeout: float | None = None, fallback: Any = NO_FALLBACK
    ) -> Callable[P, R]:
        """The workflow with options for a call of it inside another one, for code that a type checker reads."""
        given: dict[str, Any] = {"retry": retry, "timeout": timeout, "fallback": fallback}
        return functools.partial(self, **given)

    def __repr__(self) -> str:
        return f"<workflow {self.name}>"

    @property
    def name(self) -> str:
        """`rag.answer` for the function `answer` of `workflows/rag.py`; `answer` in a notebook or a script."""
        module = self.function.__module__
        if module == "__main__":
            return self.function.__name__
        return f"{module.removeprefix('workflows.')}.{self.function.__name__}"

    @property
    def project(self) -> Project | None:
        """The project whose folder holds the function's file, or the current folder; None outside any."""
        file = inspect.getsourcefile(self.function)
        for start in (Path(file).parent if file and Path(file).exists() else None, Path()):
            try:
                return find(start)
            except ProjectError:
                continue
        return None

    @property
    def machine_name(self) -> str:
        """The state machine's name on AWS: `<project>-<module>-<function>`, 80 characters at most."""
        project = self.project
        name = f"{project.name}-{self.name}" if project else self.name
        return name.replace(".", "-").replace("_", "-")[:80]

    def compile(self) -> Compiled:
        """The compiled workflow: its ASL definition, source map, schemas and operations.

        Raises:
            CompileError: the function holds something that cannot be kept exact; lists every place.
        """
        return self._compiled()[0]

    @property
    def definition(self) -> dict[str, JSON]:
        """The ASL document, as data."""
        return self.compile().definition

    def _compiled(self) -> tuple[Compiled, Machine]:
        """Compiled once, and again when something the function refers to has been defined anew (as in a notebook)."""
        names = (*self.function.__code__.co_names, *self.function.__code__.co_freevars)
        key = tuple((name, id(self.function.__globals__.get(name))) for name in names)
        if self._kept is None or self._kept[0] != key:
            from treadle.engine import load
            from treadle.language import compile_function

            project = self.project
            compiled = compile_function(self.function, project=project.name if project else "treadle")
            machine = load(compiled.definition, name=self.machine_name, type=self.type)
            self._kept = (key, compiled, machine)
        return self._kept[1:]

    def bind(self, *args: JSON, **kwargs: JSON) -> dict[str, JSON]:
        """A call's arguments as the input of an execution.

        Raises:
            InputError: an argument is missing, unknown or of the wrong type; the message names it.
        """
        try:
            bound = inspect.signature(self.function).bind(*args, **kwargs)
        except TypeError as error:
            raise InputError(f"{self.name}: {error}") from None
        given = dict(bound.arguments)
        inputs.check(given, self.compile().parameters)
        return given

    def run(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the compiled ASL on the local engine and give its output.

        Raises:
            InputError: an argument does not fit; nothing ran.
            ExecutionFailed: the execution failed; `where` is the file and line of the state that did.
        """
        execution = self.execute(self.bind(*args, **kwargs))
        if execution.status != "SUCCEEDED":
            where = self.where(execution)
            raise ExecutionFailed(execution.status, execution.error, execution.cause, where)
        return cast(R, self.output(execution))

    def output(self, execution: Execution) -> JSON:
        """What an execution gave, with the values that references of Large values in it stand for."""
        if not holds(execution.output):
            return execution.output
        from treadle.stores import large

        return large.resolved(execution.output, local.objects(self.project)())

    def execute(
        self,
        input: Mapping[str, JSON],
        *,
        service: Service | None = None,
        models: str | None = None,
        observer: Callable[[dict[str, JSON]], None] | None = None,
        **options: Any,
    ) -> Execution:
        """Run one execution on the local engine and return it, whatever its status.

        `service` answers the tasks (the project's own functions and models unless given); `models` chooses the models
        ("auto", "embedded", "openai", "gguf", "aws"); `observer` is called with each history event as it happens. Other
        options (`clock`, `chance`, `name`) are `treadle.engine.run`'s.
        """
        from treadle import inference
        from treadle.engine import run

        compiled, machine = self._compiled()
        given = dict(input)
        inputs.check(given, compiled.parameters)
        if marked(compiled.parameters):
            from treadle.stores import large

            given = large.moved(given, compiled.parameters, local.objects(self.project)())
        nested = {workflow.machine_name: workflow for workflow in self.nested()}
        functions = dict(compiled.functions)
        for workflow in nested.values():
            functions |= workflow.compile().functions
        project = self.project
        if service is None:
            service = local.service(functions, project, models)
        machines = {arn(machine, name): workflow._compiled()[1] for name, workflow in nested.items()}
        # A task that embeds or asks by itself is answered by the same models as the Task states.
        with inference.choosing(local.choice(project, models)), local.answering(service):
            return run(machine, given, service=service, observer=observer, machines=machines, **options)

    def nested(self) -> list[Workflow[..., Any]]:
        """The workflows that this one starts, and those that they start, each once."""
        found: list[Workflow[..., Any]] = []
        waiting: list[Workflow[..., Any]] = [self]
        while waiting:
            for step in waiting.pop().compile().steps:
                if isinstance(step.function, Workflow) and step.function not in found:
                    found.append(step.function)
                    waiting.append(step.function)
        return found

    def where(self, execution: Execution) -> str:
        """`workflows/rag.py:31 in answer`: the source of the state that a failed execution was in; "" if unknown."""
        sources = self.compile().sources
        for event in reversed(execution.history()):
            state = event.get("stateEnteredEventDetails", {}).get("name")
            if state in sources:
                source = sources[state]
                return f"{_relative(source.file)}:{source.line} in {self.function.__name__}"
        return ""

    def start(self, *args: Any, env: str = "dev", **kwargs: Any) -> str:
        """Start an execution on AWS, of the version that the alias `env` points at; gives the execution's ARN.

        The arguments are the function's own, by position or by name. A Large one that is big goes to the platform's
        bucket first.

        Raises:
            InputError: an argument does not fit, or the input is larger than an execution takes; nothing started.
        """
        from json import dumps

        from treadle.services import clients

        given = self.bind(*args, **kwargs)
        account = clients.client("sts").get_caller_identity()["Account"]
        states = clients.client("stepfunctions")
        region = states.meta.region_name
        if marked(self.compile().parameters):
            from treadle.stores import large

            given = large.moved(given, self.compile().parameters, self._bucket(account, region))
        machine = f"arn:{states.meta.partition}:states:{region}:{account}:stateMachine:{self.machine_name}:{env}"
        answer = states.start_execution(
            stateMachineArn=machine, input=dumps(inputs.guard(given), ensure_ascii=False, separators=(",", ":"))
        )
        return str(answer["executionArn"])

    def result(self, execution: str, *, wait: float = 0) -> R:
        """What an execution that `start` started gave, by its ARN; waits up to `wait` seconds for its end.

        Raises:
            ExecutionFailed: it failed, or it is still running (its status says so).
        """
        from json import loads

        from treadle.engine.clock import RealClock
        from treadle.language.primitives import wait as pause
        from treadle.services import clients
        from treadle.stores import large

        states, clock = clients.client("stepfunctions"), RealClock()
        until = clock.now() + wait
        found = states.describe_execution(executionArn=execution)
        while found["status"] == "RUNNING" and clock.now() < until:
            pause(1)
            found = states.describe_execution(executionArn=execution)
        if found["status"] != "SUCCEEDED":
            raise ExecutionFailed(found["status"], found.get("error"), found.get("cause"), "")
        output = loads(found["output"])
        if holds(output):
            _, _, _, region, account, *_ = execution.split(":")
            output = large.resolved(output, self._bucket(account, region))
        return cast(R, output)

    def _bucket(self, account: str, region: str) -> Objects:
        """The store of Large values on AWS: TREADLE_OBJECTS, or the bucket that infra/storage.tf makes."""
        from treadle.services import clients
        from treadle.stores import large, objects

        if os.environ.get("TREADLE_OBJECTS", "").startswith("s3://"):
            return large.open(Path(), clients.client)
        project = self.project
        name = project.name if project else "treadle"
        return objects.open(f"s3://{name}-{account}-{region}", clients.client("s3"))

    def __operation__(self, method: str, given: Mapping[str, JSON]) -> Operation:
        """Inside another workflow, a call is a nested execution.

        The ARN is the caller's own with the machine exchanged, so that one document serves every account and region.
        What follows the name goes too: an execution that was started through an alias may see the alias there.
        """
        if method != "__call__":
            raise TypeError(f"inside a workflow, call {self.function.__name__}(…) itself")
        machine = f":stateMachine:{self.machine_name}"
        nested = f"{{% $replace($states.context.StateMachine.Id, /:stateMachine:.*$/, '{machine}') %}}"
        return Operation(
            name=self.function.__name__,
            resource="arn:aws:states:::states:startExecution.sync:2",
            arguments={"StateMachineArn": nested, "Input": {name: Slot(name) for name in given}},
            output="$states.result.Output",
            returns=inspect.signature(self.function, eval_str=True).return_annotation,
            function=self,
        )


@overload
def workflow(function: Callable[P, R], /) -> Workflow[P, R]: ...
@overload
def workflow(
    *, on: Sequence[Trigger] = (), type: Type = "STANDARD", lane: Lane | None = None
) -> Callable[[Callable[P, R]], Workflow[P, R]]: ...
def workflow(
    function: Callable[P, R] | None = None,
    /,
    *,
    on: Sequence[Trigger] = (),
    type: Type = "STANDARD",
    lane: Lane | None = None,
) -> Workflow[P, R] | Callable[[Callable[P, R]], Workflow[P, R]]:
    """Make a function a workflow: `@workflow`, or `@workflow(on=[on.post("/ask")])`.

    `on` are the triggers that start it, `type` the state machine's ("STANDARD" or "EXPRESS"), `lane` overrides the lane
    that its steps and triggers imply.
    """
    if function is not None:
        return Workflow(function)
    return lambda decorated: Workflow(decorated, on, type, lane)


def arn(machine: Machine, name: str) -> str:
    """The ARN of the machine `name` beside `machine`, as a compiled nested execution spells it."""
    return f"{machine.arn.rpartition(':')[0]}:{name}"


def _relative(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file
