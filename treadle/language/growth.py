"""Where values that are not marked `Large` may pass 256 KiB: advice, as the compiler can only guess how big they get.

Two patterns are worth saying. A list that collects text or lists from services, one for each of an unknown number of
items (TRD012). And a list or dict that one task gives and another is given, which the workflow itself never looks into,
so that marking it costs nothing (TRD013).
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from treadle.language.operations import Operation
from treadle.language.types import ANY, STR, Dict, List, Record, Tuple, Type, Union

_GIVES = "_treadle_gives"
_LOOPS = (ast.For, ast.While)
_SAME_LENGTH = frozenset({"enumerate", "reversed", "sorted", "list", "tuple"})


@dataclass(frozen=True, slots=True)
class Advice:
    """What may go wrong though it compiles: a code of docs/checks.md, a text, and where."""

    code: str
    message: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Gives:
    """What a call gives: `kind` is "task", "service" or "map"; of a map `type` is that of one result."""

    kind: str
    type: Type
    name: str
    bounded: bool = False


def called(node: ast.AST, made: Operation, type: Type) -> None:
    """Note what a call to a service gives."""
    kind = "task" if made.function is not None and ":lambda:invoke" in made.resource else "service"
    setattr(node, _GIVES, Gives(kind, type, made.name))


def mapped(node: ast.AST, item: Type, result: Type) -> None:
    """Note what a Map collects. The tools that one reply calls are few: its length is bounded."""
    setattr(node, _GIVES, Gives("map", result, "", isinstance(item, Record) and item.name == "ToolCall"))


def advise(tree: ast.FunctionDef, file: str, constants: Mapping[str, Any]) -> tuple[Advice, ...]:
    """The advice for a compiled function; `constants` are the names of its module."""
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    found = [*_collected(tree, parents, constants, file), *_in_loops(tree, parents, constants, file)]
    found += _unread(parents, file)
    return tuple(sorted(dict.fromkeys(found), key=lambda each: (each.line, each.code, each.message)))


# --- collected


def _collected(
    tree: ast.AST, parents: Mapping[ast.AST, ast.AST], constants: Mapping[str, Any], file: str
) -> Iterator[Advice]:
    for node in parents:
        over, what = _gone_over(node)
        if over is not None and not _bounded(over, tree, constants):
            yield _too_much(_named(node, parents), f"{what} for every item of {_short(over)}", file, node)


def _gone_over(node: ast.AST) -> tuple[ast.expr | None, str]:
    """What a call of `each`, or a comprehension that calls a service, goes over, and what it collects."""
    gives = getattr(node, _GIVES, None)
    if isinstance(gives, Gives) and gives.kind == "map" and not gives.bounded and _long(gives.type):
        return _first(node), str(gives.type)
    if isinstance(node, ast.ListComp | ast.GeneratorExp) and _is_long(node.elt, set()):
        return node.generators[0].iter, _short(node.elt)
    if isinstance(node, ast.DictComp) and _is_long(node.value, set()):
        return node.generators[0].iter, _short(node.value)
    return None, ""


def _first(node: ast.AST) -> ast.expr | None:
    if not isinstance(node, ast.Call):
        return None
    named = {each.arg: each.value for each in node.keywords}
    return node.args[0] if node.args else named.get("items")


def _in_loops(
    tree: ast.AST, parents: Mapping[ast.AST, ast.AST], constants: Mapping[str, Any], file: str
) -> Iterator[Advice]:
    """`found.append(reply)` and `text += reply` in a loop that nothing bounds."""
    for loop in parents:
        if not isinstance(loop, _LOOPS):
            continue
        if isinstance(loop, ast.For) and _bounded(loop.iter, tree, constants):
            continue
        over = f" of {_short(loop.iter)}" if isinstance(loop, ast.For) else ""
        long = _tainted(loop)
        for node in ast.walk(loop):
            for name, value in _grown(node):
                if not _is_long(value, long):
                    continue
                if not any(name in _stored(each) for each in ast.walk(loop) if each is not node):
                    yield _too_much(name, f"what a service gives in every turn{over}", file, node)


def _grown(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The name that grows, and by what."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append" | "extend"), args=[value]):
            yield name, value
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value):
            yield name, value
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.List(elts=[ast.Starred(value=ast.Name(id=old)), *rest])):
            if name == old and rest:
                yield name, ast.Tuple(rest, ast.Load())


def _stored(node: ast.AST) -> set[str]:
    """The names that a statement sets anew: what grew before is gone."""
    if isinstance(node, ast.Assign):
        return {each.id for target in node.targets for each in ast.walk(target) if isinstance(each, ast.Name)}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    return set()


def _tainted(loop: ast.AST) -> set[str]:
    """The names that hold what a service gave in this turn."""
    names: set[str] = set()
    given = [node for node in ast.walk(loop) if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None]
    for _ in range(3):  # through a few names on the way
        for node in given:
            if node.value is not None and _is_long(node.value, names):
                names |= _stored(node)
    return names


def _is_long(value: ast.expr, names: set[str]) -> bool:
    """True where the value is, or is made of, what a service gave. What a function counts or tests is not."""
    gives = getattr(value, _GIVES, None)
    if isinstance(gives, Gives):
        return gives.kind == "map" or _long(gives.type)
    match value:
        case ast.Name(id=name):
            return name in names
        case ast.Call(func=ast.Attribute(value=inner)):
            return _is_long(inner, names)
        case ast.Call() | ast.Compare() | ast.Constant():
            return False
    return any(_is_long(each, names) for each in ast.iter_child_nodes(value) if isinstance(each, ast.expr))


def _too_much(name: str, what: str, file: str, node: ast.AST) -> Advice:
    text = f"{name} collects {what}, however many there are: together they may pass 256 KiB"
    return Advice("TRD012", f"{text}. Bound them (items[:100]), or let a task give each as Large[…]", file, _line(node))


def _long(type: Type) -> bool:
    """True where a value of the type has no bound of its own: text, lists, what is not known."""
    match type:
        case Record():
            return any(_long(each.type) for each in type.fields)
        case Tuple():
            return any(map(_long, type.items))
        case Union():
            return any(map(_long, type.members))
    return type in (ANY, STR) or isinstance(type, List | Dict)


@functools.lru_cache(maxsize=4)
def _written(tree: ast.AST) -> tuple[Mapping[str, list[ast.expr]], frozenset[str]]:
    """What a function's names are given, and which of them grow; looked for once a function."""
    values: dict[str, list[ast.expr]] = {}
    growing: set[str] = set()
    for each in ast.walk(tree):
        growing.update(name for name, _ in _grown(each))
        if isinstance(each, ast.Assign | ast.AnnAssign) and each.value is not None:
            for name in _stored(each):
                values.setdefault(name, []).append(each.value)
    return values, frozenset(growing)


def _bounded(node: ast.expr, tree: ast.AST, constants: Mapping[str, Any], seen: tuple[str, ...] = ()) -> bool:
    """True where the source says how many items there are at most."""
    match node:
        case ast.List() | ast.Tuple() | ast.Set() | ast.Dict():
            return not any(isinstance(each, ast.Starred) for each in getattr(node, "elts", ()))
        case ast.Constant():
            return True
        case ast.Subscript(slice=ast.Slice(upper=upper)):
            return upper is not None and _constant(upper, constants)
        case ast.Call(func=ast.Name(id="range"), args=args):
            return all(_constant(each, constants) for each in args)
        case ast.Call(func=ast.Name(id="zip"), args=args):
            return any(_bounded(each, tree, constants, seen) for each in args)
        case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in _SAME_LENGTH:
            return _bounded(first, tree, constants, seen)
        case ast.Name(id=name) if name not in seen:
            values, growing = _written(tree)
            if name in values:
                bounded = all(_bounded(each, tree, constants, (*seen, name)) for each in values[name])
                return name not in growing and bounded
            return isinstance(constants.get(name), list | tuple | dict | str)
    return False


def _constant(node: ast.expr, constants: Mapping[str, Any]) -> bool:
    if isinstance(node, ast.UnaryOp):
        return False  # items[:-1] bounds nothing
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and isinstance(constants.get(node.id), int))


# --- handed on unread


def _unread(parents: Mapping[ast.AST, ast.AST], file: str) -> Iterator[Advice]:
    used: dict[str, list[ast.Name]] = {}
    for node in parents:
        if isinstance(node, ast.Name):
            used.setdefault(node.id, []).append(node)
    for node in parents:
        if not (isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)):
            continue
        gives = getattr(node.value, _GIVES, None)
        if not isinstance(gives, Gives) or gives.kind != "task" or not isinstance(gives.type, List | Dict):
            continue
        name = node.targets[0].id
        uses = used[name]
        taken = [_taker(each, parents) for each in uses if isinstance(each.ctx, ast.Load)]
        if sum(1 for each in uses if isinstance(each.ctx, ast.Store)) > 1 or not taken or None in taken:
            continue
        text = f"{name}: {gives.type}, which {gives.name}() gives, goes to {' and '.join(sorted(set(map(str, taken))))}"
        advice = f"unread and may pass 256 KiB: let {gives.name}() give Large[{gives.type}]"
        yield Advice("TRD013", f"{text} {advice}", file, _line(node))


def _taker(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> str | None:
    """The task that is given just this name."""
    parent = parents[node]
    parent = parents[parent] if isinstance(parent, ast.keyword) else parent
    gives = getattr(parent, _GIVES, None)
    return f"{gives.name}()" if isinstance(gives, Gives) and gives.kind == "task" else None


# --- names


def _named(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> str:
    """The variable that holds it, else the call."""
    parent = parents.get(node)
    while parent is not None and not isinstance(parent, ast.stmt):
        parent = parents.get(parent)
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        return _short(parent.targets[0])
    if isinstance(parent, ast.AnnAssign):
        return _short(parent.target)
    return "the result" if isinstance(parent, ast.Return) else _short(getattr(node, "func", node))


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 40 else text[:37] + "..."


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 1))
