"""Which variables share a value: noted where names are bound, asked where a value changes."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from treadle.language import lookup, sharing
from treadle.language.builder import Builder
from treadle.language.scope import Env, Flow, Frame, Local, Variable, apart
from treadle.language.sharing import APART, FOREIGN, TREE, Apart, Held
from treadle.language.types import is_immutable


def bind(b: Builder, name: str, variable: Variable, node: ast.expr) -> None:
    """Bind a name to the value of an expression, and keep what is known to be apart from it."""
    others = [other for other in _tangled(b, variable.held) if other != name and value_apart(b, node, other)]
    b.bind(name, variable)
    _note(b, name, others)


def value_apart(b: Builder, node: ast.expr, other: str) -> bool:
    """True where the value of an expression certainly shares nothing with a variable."""
    for each in ast.walk(node):
        if isinstance(each, ast.Lambda):
            return False
        if isinstance(each, ast.Name):
            found = b.lookup(each.id)
            if isinstance(found, Local) and lookup.helper(b, each) is not None and found.frame.outer is not None:
                return False
            if isinstance(found, Local) and found.frame is b.frame:
                return False
            if each.id == other or (isinstance(found, Variable) and each.id not in b.flow.env):
                return False
            if isinstance(found, Variable) and not apart(b.flow.env, each.id, other):
                return False
    return True


def changed(b: Builder, name: str, variable: Variable, nodes: Sequence[ast.expr]) -> None:
    """Bind a variable that was changed: what was apart from it stays so, where it is from what was put in."""
    others = [
        other
        for other in _tangled(b, variable.held)
        if other != name and apart(b.flow.env, name, other) and all(value_apart(b, each, other) for each in nodes)
    ]
    b.bind(name, variable)
    _note(b, name, others)


def _tangled(b: Builder, value: Held) -> list[str]:
    reached = value.all
    return [name for name, each in b.flow.env.items() if isinstance(each, Variable) and each.held.all & reached]


def _note(b: Builder, name: str, others: Iterable[str]) -> None:
    pairs = frozenset(frozenset([name, other]) for other in others)
    if pairs:
        known = b.flow.env.get(APART)
        kept = known.pairs if isinstance(known, Apart) else frozenset()
        b.flow = Flow(b.flow.links, {**b.flow.env, APART: Apart(kept | pairs)})


def sharer(b: Builder, name: str, variable: Variable, depth: int) -> str | None:
    """Who else may see a change of what lies `depth` levels in a variable: a name that is still read, or "" for what
    has no name here. None where nobody does.
    """
    changed = variable.held.level(depth)
    if FOREIGN in changed or sharing.ANYWHERE in changed:
        return ""
    if variable.held.distinct < min(depth, TREE):
        return name
    changing = name
    frame: Frame | None = b.frame
    env: Env = b.flow.env
    while frame is not None:
        for other, each in env.items():
            if not isinstance(each, Variable) or not each.bound or is_immutable(each.term.type):
                continue
            if other == name:
                continue
            reached = each.held.all
            if frame is b.frame and apart(env, name, other):
                continue
            if (changed & reached or sharing.ANYWHERE in reached) and _is_read(b, frame, other, changing, each, depth):
                return "" if other.startswith("·") else other
        name = frame.shared.get(name, "")
        frame = frame.caller
        env = frame.saved if frame is not None else {}
    return None


def _is_read(b: Builder, frame: Frame, other: str, name: str, variable: Variable, depth: int) -> bool:
    """True where the value of `other` may be read later: by the program, or by a loop that goes over it."""
    if other in frame.shared:
        return True  # a variable of the caller
    if not other.startswith("·"):
        return frame.live is None or other in frame.live
    taken = b.held_by.get(other)
    if taken is None:
        return False
    return name not in taken or variable.held.distinct < min(depth + 1, TREE)
