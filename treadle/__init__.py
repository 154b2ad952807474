"""Treadle: write an AI workflow once, in plain Python, and drive AWS Step Functions with it.

Every public name is here. They are imported when first used, so that a Lambda handler pays only for what it needs.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from treadle import triggers as on
    from treadle.datascience import run
    from treadle.errors import (
        CompileError,
        DefinitionError,
        ExecutionFailed,
        InputError,
        MissingExtra,
        ProjectError,
        PublishError,
        ServiceError,
        TreadleError,
        UnsupportedResource,
        UserError,
    )
    from treadle.language import (
        Large,
        Retry,
        aws,
        bedrock,
        callback,
        distribute,
        each,
        parallel,
        sagemaker,
        task,
        wait,
    )
    from treadle.workflow import Workflow, workflow

_HOMES = {
    "treadle.datascience": ("run",),
    "treadle.errors": (
        "CompileError",
        "DefinitionError",
        "ExecutionFailed",
        "InputError",
        "MissingExtra",
        "ProjectError",
        "PublishError",
        "ServiceError",
        "TreadleError",
        "UnsupportedResource",
        "UserError",
    ),
    "treadle.language": (
        "Large",
        "Retry",
        "aws",
        "bedrock",
        "callback",
        "distribute",
        "each",
        "parallel",
        "sagemaker",
        "task",
        "wait",
    ),
    "treadle.triggers": ("on",),
    "treadle.workflow": ("Workflow", "workflow"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "CompileError",
    "DefinitionError",
    "ExecutionFailed",
    "InputError",
    "Large",
    "MissingExtra",
    "ProjectError",
    "PublishError",
    "Retry",
    "ServiceError",
    "TreadleError",
    "UnsupportedResource",
    "UserError",
    "Workflow",
    "aws",
    "bedrock",
    "callback",
    "distribute",
    "each",
    "on",
    "parallel",
    "run",
    "sagemaker",
    "task",
    "wait",
    "workflow",
]


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'treadle' has no attribute {name!r}")
    module = import_module(home)
    value = module if name == "on" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


class _Package(ModuleType):
    """Keeps `treadle.workflow` the decorator: importing the module of that name would put the module there."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in __all__ and isinstance(value, ModuleType) and value.__name__ == f"treadle.{name}"):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package

if "ipykernel" in sys.modules:
    # In a notebook, a cell that ends in a workflow or an execution shows it.
    import_module("treadle.notebook").register()
