"""Every error Treadle raises, in one tree.

TreadleError
├── UserError              a person's mistake: one clear line that says what to do; the command line exits with 2
│   ├── CompileError       a workflow the language refuses; carries every `Problem` of the file
│   ├── DefinitionError    an ASL document that CreateStateMachine refuses; carries AWS's text
│   ├── ProjectError       no project, an unknown workflow, a `treadle.toml` that cannot be read
│   ├── InputError         an input, a parameter or a document that cannot be used
│   ├── MissingExtra       a feature whose optional dependency is not installed
│   └── UnsupportedResource  a Task resource that nothing here can run
├── ServiceError           what a service call answered with: AWS's error name and cause, verbatim
├── ExecutionFailed        an execution that ended FAILED, TIMED_OUT or ABORTED, where an output was asked for
└── PublishError           AWS refused a step of a plan
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class TreadleError(Exception):
    """The root: `except TreadleError` catches whatever Treadle raises on purpose."""


class UserError(TreadleError):
    """A mistake that a person can mend. The message is one line and says what to do instead."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One place in a source file that the language refuses.

    `line` and `column` count from 1, as editors do; `instead` is Python that compiles, or empty where there is none.
    """

    file: str
    line: int
    column: int
    source: str
    message: str
    instead: str = ""

    def __str__(self) -> str:
        caret = " " * (self.column - 1) + "^"
        text = f"{self.file}:{self.line}:{self.column}: {self.message}\n    {self.source}\n    {caret}"
        return f"{text}\n  write instead: {self.instead}" if self.instead else text


class CompileError(UserError):
    """A workflow that cannot be kept exact; `problems` lists every place, in source order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class DefinitionError(UserError):
    """An ASL document that CreateStateMachine refuses, in AWS's words."""


class ProjectError(UserError):
    """No project here, no such workflow, or a `treadle.toml` that cannot be read."""


class InputError(UserError):
    """An input that cannot be used: a missing or mistyped parameter, a broken document, a missing file."""


class MissingExtra(UserError):
    """A feature that needs an optional dependency; the message gives the install command."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs the [{extra}] extra: pip install 'treadle[{extra}]'")


class UnsupportedResource(UserError):
    """A Task whose resource nothing here can run; raised before the first state runs."""


class ServiceError(TreadleError):
    """What a Task's service answered with. `error` and `cause` become the state's Error and Cause, verbatim.

    An error with a name of its own is of a class of that name, so that `except aws.dynamodb.ThrottlingException` (and
    `type(error).__name__`) mean the same in plain Python as in a state machine.
    """

    def __new__(cls, error: str = "", cause: str = "") -> ServiceError:
        return super().__new__(service_error(error) if cls is ServiceError and "." in error else cls)

    def __reduce__(self) -> tuple[type[ServiceError], tuple[str, str]]:
        return ServiceError, (self.error, self.cause)

    def __init__(self, error: str, cause: str = "") -> None:
        self.error = error
        self.cause = cause
        super().__init__(f"{error}: {cause}" if cause else error)


_classes: dict[str, type[ServiceError]] = {}


def service_error(name: str) -> type[ServiceError]:
    """The class of a service's errors of one name: `DynamoDb.ConditionalCheckFailedException`.

    Bedrock's are named by two integrations: those of `Bedrock.` are kinds of those of `BedrockRuntime.`
    """
    if name not in _classes:
        head, _, rest = name.partition(".")
        base = service_error(f"BedrockRuntime.{rest}") if head == "Bedrock" else ServiceError
        _classes[name] = type(name, (base,), {"__module__": __name__})
    return _classes[name]


class ExecutionFailed(TreadleError):
    """An execution that did not succeed. `error` and `cause` are the execution's own, `where` is file:line if known."""

    def __init__(self, status: str, error: str | None, cause: str | None, where: str = "") -> None:
        self.status = status
        self.error = error
        self.cause = cause
        self.where = where
        text = ": ".join(part for part in (error, cause) if part) or status
        super().__init__(f"{where}: {text}" if where else text)


class PublishError(TreadleError):
    """AWS refused a step of a plan; the message names the step and gives AWS's text."""
