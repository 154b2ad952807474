"""Who else holds a list or dict. Python shares them, the machine copies them: a change is exact only where one name
holds it.

A variable's `own` says how much of its value nobody else holds (`scope.DEEP`, `SHALLOW`, `SHARED`). Storing a value
that comes from a variable takes ownership away from that variable.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from treadle.language import lookup
from treadle.language.builder import Builder
from treadle.language.operations import Operational
from treadle.language.scope import DEEP, SHALLOW, SHARED, Variable
from treadle.language.term import MISSING
from treadle.language.types import Type, is_immutable

_COPIES = frozenset(
    ["list", "sorted", "reversed", "dict", "set", "tuple", "enumerate", "zip", "map", "filter", "range"]
)  # new at the top, the same within
_COPYING = frozenset(["copy", "keys", "values", "items", "split", "splitlines", "rsplit", "partition", "rpartition"])


def owned(b: Builder, node: ast.expr) -> tuple[int, dict[str, int]]:
    """How much of the value of an expression is new, and what it leaves to the variables it comes from."""
    match node:
        case ast.Constant() | ast.JoinedStr() | ast.Compare():
            return DEEP, {}
        case ast.Name():
            found = b.lookup(node.id)
            if isinstance(found, Variable):
                return (DEEP, {}) if is_immutable(found.term.type) else (SHARED, {node.id: SHARED})
            return SHARED, {}
        case ast.Subscript():
            _, left = owned(b, node.value)
            is_slice = isinstance(node.slice, ast.Slice)
            return SHALLOW if is_slice else SHARED, dict.fromkeys(left, SHALLOW)
        case ast.Attribute():
            _, left = owned(b, node.value)
            return SHARED, dict.fromkeys(left, SHALLOW)
        case ast.List() | ast.Tuple() | ast.Set():
            return _all(b, node.elts)
        case ast.Dict():
            return _all(
                b, [_spread(each) if key is None else each for key, each in zip(node.keys, node.values, strict=True)]
            )
        case ast.Starred():
            _, left = owned(b, node.value)  # its items, not the list itself
            return SHALLOW, dict.fromkeys(left, SHALLOW)
        case ast.IfExp():
            return _least([owned(b, node.body), owned(b, node.orelse)])
        case ast.BoolOp():
            return _least([owned(b, each) for each in node.values])
        case ast.NamedExpr():
            return SHARED, {node.target.id: SHARED}
        case ast.Call():
            return _call(b, node)
    own, left = _least([owned(b, each) for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)])
    return (DEEP if not left and own == DEEP else SHALLOW), dict.fromkeys(left | _names(b, node), SHALLOW)


def _call(b: Builder, node: ast.Call) -> tuple[int, dict[str, int]]:
    found = lookup.static(b, node.func)
    base = lookup.static(b, node.func.value) if isinstance(node.func, ast.Attribute) else MISSING
    if isinstance(node.func, ast.Call) or isinstance(found, Operational) or isinstance(base, Operational):
        return DEEP, {}
    names = dict.fromkeys(_names(b, node), SHALLOW)
    local = lookup.helper(b, node.func)
    if local is not None:
        return SHARED, dict.fromkeys(names, SHARED)
    if found is not MISSING and lookup.dotted(found).rpartition(".")[2] in _COPIES:
        return SHALLOW, names
    if isinstance(node.func, ast.Attribute) and node.func.attr in _COPYING:
        return SHALLOW, names
    return SHARED, names


def _names(b: Builder, node: ast.AST) -> dict[str, int]:
    found = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return {name: SHALLOW for name in sorted(found) if isinstance(b.lookup(name), Variable)}


def _all(b: Builder, nodes: list[ast.expr]) -> tuple[int, dict[str, int]]:
    """A new container of the values of `nodes`."""
    own, left = _least([owned(b, each) for each in nodes])
    return (DEEP if own == DEEP else SHALLOW), left


def _spread(node: ast.expr) -> ast.Starred:
    return ast.Starred(node, ast.Load())


def _least(found: list[tuple[int, dict[str, int]]]) -> tuple[int, dict[str, int]]:
    left: dict[str, int] = {}
    for _, names in found:
        for name, own in names.items():
            left[name] = min(own, left.get(name, DEEP))
    return min((own for own, _ in found), default=DEEP), left


def release(b: Builder, left: dict[str, int], type: Type) -> None:
    """Take from the variables what a value of `type` now holds too. What cannot be changed is nobody's to lose."""
    if is_immutable(type):
        return
    for name, own in left.items():
        found = b.flow.env.get(name)
        if isinstance(found, Variable) and found.own > own and not is_immutable(found.term.type):
            b.bind(name, replace(found, own=own))
