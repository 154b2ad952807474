"""What a notebook cell shows: a workflow as its graph, an execution as its timeline with every step's input and output.

`import treadle` inside a notebook kernel registers this; anywhere else in IPython, `%load_ext treadle.notebook` does.
"""

from __future__ import annotations

from typing import Any

__all__ = ["load_ipython_extension", "register"]


def register(shell: Any = None) -> None:
    """Teach IPython (the running one unless given) to show workflows and executions."""
    if shell is None:
        from IPython.core.getipython import get_ipython

        shell = get_ipython()
    if shell is None:
        return
    formatter = shell.display_formatter.formatters["text/html"]
    # By name: neither the engine nor the compiler is imported before something of theirs is shown.
    formatter.for_type_by_name("treadle.workflow", "Workflow", _workflow)
    formatter.for_type_by_name("treadle.engine.execution", "Execution", _execution)


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext treadle.notebook`."""
    register(shell)


def _workflow(workflow: Any) -> str:
    from treadle.notebook import show

    return show.workflow(workflow)


def _execution(execution: Any) -> str:
    from treadle.notebook import show

    return show.execution(execution)
