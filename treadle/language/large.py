"""`Large[T]`: a value that may be too big to travel from state to state (256 KiB), so it may travel as a reference.

To a type checker and to plain Python it is T. Where a task's result, a task's parameter or a workflow's parameter is
annotated so, the wrapper around it writes what is big to the object store and reads it again; a workflow passes it on.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

from treadle.language.annotated import LARGE

T = TypeVar("T")

Large = Annotated[T, LARGE]
