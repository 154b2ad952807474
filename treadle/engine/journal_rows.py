"""The frames of an execution as rows of a journal: what is written of each, and how they are put together again."""

from __future__ import annotations

import builtins
import io
import pickle
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from treadle.engine.frame import Frame, Progress
from treadle.errors import InputError

if TYPE_CHECKING:
    from treadle.engine.execution import Execution
    from treadle.engine.state import Scope, State

JSON = Any


@dataclass(frozen=True, slots=True)
class Link:
    """What a frame had started: (name, ARN) of an execution, the ARN of a Map Run."""

    frame: Frame
    child: tuple[str, str] | None
    run: str | None


class Tree:
    """The rows of an execution's frames, by the path of their parent; and what the frames made of them had started."""

    def __init__(self, frames: Mapping[tuple[int, ...], Any]) -> None:
        self.links: list[Link] = []
        self.children: dict[tuple[int, ...], list[tuple[int, Any]]] = {}
        for path, data in sorted(frames.items()):
            if path:
                self.children.setdefault(path[:-1], []).append((path[-1], data))


def place(path: tuple[int, ...]) -> str:
    return "".join(f"{index}/" for index in path)


def inside(place: str) -> tuple[str, str]:
    """Between these two strings lie the places inside a place, and no others."""
    return (place, f"{place[:-1]}0") if place else ("", "~")  # "0" comes right after "/"


def parents(frame: Frame) -> set[tuple[int, ...]]:
    """The paths of the frames, from that one on, which have children."""
    if frame.progress is None:
        return set()
    inner = (parents(child) for child in frame.progress.live.values())
    return {frame.path}.union(*inner)


def generation(root: Frame, path: tuple[int, ...], frame: Frame) -> tuple[int, int] | None:
    """Which run of its parent's state a frame belongs to; None where that is over, or the frame is not in it."""
    if not path:
        return 0, 0
    parent = root
    for index in path[:-1]:
        inner = None if parent.progress is None else parent.progress.live.get(index)
        if inner is None:
            return None
        parent = inner
    progress = parent.progress
    if progress is None or (frame.state is not None and progress.live.get(path[-1]) is not frame):
        return None
    return parent.entered, parent.attempt


def fields(frame: Frame) -> tuple[Any, ...]:
    """A frame as it is kept. Of its children only how many there are: they have rows of their own."""
    progress = frame.progress
    scope = frame.scope
    child = frame.child
    return (
        None if frame.state is None else frame.state.name,
        frame.value,
        {name: scope[name] for name in scope if name != "states"} if scope else None,
        frame.item,
        frame.inside,
        frame.previous,
        frame.entered,
        frame.entered_at,
        frame.attempt,
        frame.counts,
        frame.until,
        frame.token,
        frame.submitted,
        None if progress is None else (len(progress.outputs), progress.next, progress.last),
        None if child is None else (child, "") if isinstance(child, str) else (child.name, child.arn),
        None if frame.run is None else frame.run.arn,
    )


def surroundings(execution: Execution) -> tuple[Any, ...]:
    """What belongs to the execution as a whole and changes while it runs."""
    return execution.since, execution.redrives, execution.assigned, execution.models


def rebuild(frame: Frame, fields: tuple[Any, ...], scope: Scope, tree: Tree) -> None:
    (name, frame.value, variables, frame.item, frame.inside, frame.previous, frame.entered, frame.entered_at,
     frame.attempt, frame.counts, frame.until, frame.token, frame.submitted, progress, child, run) = fields  # fmt: skip
    if child is not None or run is not None:
        tree.links.append(Link(frame, child, run))
    frame.scope = variables or {}
    frame.state = None if name is None else scope.states[name]
    if progress is not None and frame.state is not None:
        frame.progress = _progress(frame, frame.state, progress, tree)


def _progress(frame: Frame, state: State, kept: tuple[int, int, int], tree: Tree) -> Progress:
    """The children that had ended with their outputs, and those that had not as frames that go on."""
    count, begun, last = kept
    progress = Progress(count, last)
    progress.next = begun
    for index, (generation, fields, _) in tree.children.get(frame.path, ()):
        if tuple(generation) != (frame.entered, frame.attempt):
            continue
        progress.next = max(progress.next, index + 1)
        if fields[0] is None:
            progress.outputs[index] = fields[1]
            continue
        child = Frame(frame.execution, None, {}, 0, (*frame.path, index))
        rebuild(child, fields, state.scopes[index if state.type == "Parallel" else 0], tree)
        progress.live[index] = child
    return progress


def dumps(value: object) -> bytes:
    try:
        return _dumped(value)
    except RecursionError:  # as deep as a value may be, and called from deep inside
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(limit + 5_000)
        try:
            return _dumped(value)
        finally:
            sys.setrecursionlimit(limit)


def _dumped(value: object) -> bytes:
    stream = io.BytesIO()
    _Values(stream, 5).dump(value)
    return stream.getvalue()


class _Values(pickle.Pickler):
    """Writes an OrderedDict, an IntEnum and the like, as a service may answer them, as the plain values they are."""

    def reducer_override(self, value: Any) -> Any:
        for plain in _PLAIN:
            if isinstance(value, plain):
                return plain, (plain(value),)
        return NotImplemented


_PLAIN: Final[tuple[type[Any], ...]] = (dict, list, str, int, float)
_NAMES: Final = frozenset(plain.__name__ for plain in _PLAIN)


class _Plain(pickle.Unpickler):
    """Reads plain values only: a journal that somebody changed cannot make this process run anything."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "builtins" and name in _NAMES:
            return getattr(builtins, name)
        raise pickle.UnpicklingError(f"a journal holds plain values only, not {module}.{name}")


def loads(data: bytes) -> Any:
    """What `dumps` made the bytes of. InputError where they are anything else."""
    try:
        return _Plain(io.BytesIO(data)).load()
    except Exception as problem:  # noqa: BLE001 - damaged bytes can raise nearly anything
        raise InputError(f"the journal is damaged ({problem}): restore a copy of it, or move it away") from None
