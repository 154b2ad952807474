"""`@task`: a function of our own that runs as one Lambda function on AWS, and as the Python it is everywhere else."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, ParamSpec, TypeVar, cast, overload

from treadle.language.operations import Operation, Slot
from treadle.language.options import NO_FALLBACK, NO_OPTIONS, Options, Retry, attempt

P = ParamSpec("P")
R = TypeVar("R")

TRANSIENT = {
    "ErrorEquals": [
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
    ],
    "IntervalSeconds": 1,
    "MaxAttempts": 3,
    "BackoffRate": 2,
    "JitterStrategy": "FULL",
}
"""The retrier AWS advises for every Lambda task: docs.aws.amazon.com/step-functions/latest/dg/concepts-error-
handling.html
"""


@dataclass(frozen=True, eq=False)
class Task(Generic[P, R]):
    """What `@task` makes of a function. `memory` is in MiB, `timeout` in seconds, `layers` and `environment` go to
    Lambda.

    Called from plain Python it runs the function, on copies of the lists and dicts it is given, as Lambda does.
    """

    function: Callable[P, R]
    name: str
    memory: int = 256
    timeout: int = 30
    environment: Mapping[str, str] = field(default_factory=dict)
    options: Options = NO_OPTIONS

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        own = inspect.signature(self.function).parameters
        options = self.options.joined(
            {name: kwargs.pop(name) for name in Options.names() if name in kwargs and name not in own}
        )
        return attempt(
            lambda: cast(R, _result(self.function(*_copy(args), **_copy(kwargs)))), options, "__call__", args, kwargs
        )

    def using(
        self,
        *,
        retry: int | Retry | None = None,
        timeout: float | None = None,
        heartbeat: float | None = None,
        fallback: Any = NO_FALLBACK,
    ) -> Task[P, R]:
        """The same task with options for the calls made through it, for code that a type checker reads."""
        given = {"retry": retry, "timeout": timeout, "heartbeat": heartbeat}
        found = {name: value for name, value in given.items() if value is not None}
        options = self.options.joined(found | ({} if fallback is NO_FALLBACK else {"fallback": fallback}))
        changed = Task(self.function, self.name, self.memory, self.timeout, self.environment, options)
        return _dressed(changed)

    def __operation__(self, method: str, given: Mapping[str, Any]) -> Operation:
        if method != "__call__":
            raise TypeError(f"the task {self.name} has no method {method!r}")
        return Operation(
            name=self.name,
            resource="arn:aws:states:::lambda:invoke",
            arguments={"FunctionName": self.name, "Payload": {name: Slot(name) for name in given}},
            output="$states.result.Payload",
            returns=hints(self.function).get("return", Any),
            retry=(TRANSIENT,),
            function=self.function,
        )


@overload
def task(function: Callable[P, R], /) -> Task[P, R]: ...
@overload
def task(
    *, name: str | None = None, memory: int = 256, timeout: int = 30, environment: Mapping[str, str] | None = None
) -> Callable[[Callable[P, R]], Task[P, R]]: ...
def task(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    memory: int = 256,
    timeout: int = 30,
    environment: Mapping[str, str] | None = None,
) -> Any:
    """Make a function a task: `@task`, or `@task(memory=512, timeout=10)`.

    `memory` is 128 to 10,240 MiB and `timeout` 1 to 900 seconds, Lambda's own limits.
    """
    if not 128 <= memory <= 10_240:
        raise TypeError(f"@task: memory is 128 to 10240 MiB, not {memory}")
    if not 1 <= timeout <= 900:
        raise TypeError(f"@task: timeout is 1 to 900 seconds, not {timeout}")

    def decorate(function: Callable[..., Any]) -> Task[..., Any]:
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                raise TypeError(
                    f"@task {function.__name__}: {parameter} cannot be sent to Lambda: name every parameter"
                )
        made = Task(function, name or function.__name__, memory, timeout, dict(environment or {}))
        return _dressed(made)

    return decorate(function) if function is not None else decorate


def hints(function: Callable[..., Any]) -> dict[str, Any]:
    """The annotations of a function, evaluated; those that cannot be are left out."""
    try:
        return typing.get_type_hints(function, include_extras=True)
    except (NameError, TypeError, AttributeError):
        return {
            name: found
            for name, found in getattr(function, "__annotations__", {}).items()
            if not isinstance(found, str)
        }


def _result(value: Any) -> Any:
    """What the function gave, no longer shared with it."""
    return tuple(_result(each) for each in value) if type(value) is tuple else _copy(value)


def _dressed(task: Task[P, R]) -> Task[P, R]:
    """Let a task look like its function: to help(), to inspect.signature, to doctest."""
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        object.__setattr__(task, name, getattr(task.function, name, None))
    object.__setattr__(task, "__wrapped__", task.function)
    return task


def _copy(value: Any) -> Any:
    """A copy of the containers of a value, as JSON has them: a tuple is a list; what is no container is kept."""
    kind = type(value)
    if kind is list or kind is tuple:
        return [_copy(each) for each in value]
    if kind is dict:
        return {key: _copy(each) for key, each in value.items()}
    return value
