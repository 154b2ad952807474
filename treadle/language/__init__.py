"""Python source in, ASL out: the words a workflow is written in, and `compile_function`, which reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle.language import bedrock, sagemaker
from treadle.language.large import Large
from treadle.language.options import Retry
from treadle.language.primitives import callback, distribute, each, parallel, wait
from treadle.language.tasks import Task, task

if TYPE_CHECKING:
    from treadle.language.aws import aws
    from treadle.language.compiler import Compiled, Source, compile_function

_LATER = {
    "Compiled": "compiler",
    "Source": "compiler",
    "compile_function": "compiler",
    "aws": "aws",
}
"""Imported when first used: a Lambda function that runs a task needs no compiler."""

__all__ = [
    "Compiled",
    "Large",
    "Retry",
    "Source",
    "Task",
    "aws",
    "bedrock",
    "callback",
    "compile_function",
    "distribute",
    "each",
    "parallel",
    "sagemaker",
    "task",
    "wait",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    globals()[name] = found
    return found
