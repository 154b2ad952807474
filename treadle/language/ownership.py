"""Who else holds a list or dict: what an expression's value may reach, and whether a change of it is seen elsewhere."""

from __future__ import annotations

import ast
import dataclasses
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from treadle.language import lookup, sharing
from treadle.language.builder import Builder
from treadle.language.operations import Operational
from treadle.language.scope import Env, Flow, Frame, Local, Variable, assigned
from treadle.language.sharing import ITEMS, NONE, NOTHING, OUTSIDE, TANGLED, TREE, Held, Tokens
from treadle.language.term import MISSING
from treadle.language.types import ANY, Type, is_immutable

_COPIES = frozenset(["list", "sorted", "dict", "set", "tuple", "frozenset", "copy.copy", "collections.Counter",
                     "collections.deque"])  # fmt: skip
"""New at the top, the same within."""
_LAZY = frozenset(["reversed", "enumerate", "zip", "map", "filter", "iter"])
"""These read what they are given later."""
_PICKS = frozenset(["max", "min", "next"])
_TREES = frozenset(["json.loads", "copy.deepcopy", "dataclasses.asdict"])
_HELD = "_treadle_held"


# --- tokens


def fresh(b: Builder, node: ast.AST, slot: str = "") -> Tokens:
    """The token of what `node` makes now; what it made before is older from here on."""
    line, column = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
    key = (b.frame.path, line, column, getattr(node, "end_col_offset", 0), type(node).__name__, slot)
    place = 2 * b.places.setdefault(key, len(b.places))
    b.flow = Flow(b.flow.links, _aged(b.flow.env, frozenset([place])))
    b.made.add(place)
    return frozenset([place])


def tree(b: Builder, node: ast.AST, slot: str = "") -> Held:
    """A new value that shares nothing: the result of a task, a parameter."""
    return Held(fresh(b, node, f"{slot}0"), fresh(b, node, f"{slot}1"), fresh(b, node, f"{slot}2"))


def entering(b: Builder, node: ast.AST) -> tuple[Any, ...]:
    """The path of a function that is inlined here. What it made when it was called before is older from here on."""
    path = (*b.frame.path, (getattr(node, "lineno", 0), getattr(node, "col_offset", 0)))
    made = frozenset(2 * place for key, place in b.places.items() if key[0][: len(path)] == path)
    if made:
        b.flow = Flow(b.flow.links, _aged(b.flow.env, made))
    return path


def _aged(env: Env, places: frozenset[int]) -> Env:
    found = {}
    for name, each in env.items():
        if isinstance(each, Variable) and each.held.all & places:
            found[name] = replace(each, held=sharing.aged(each.held, places))
    return {**env, **found} if found else env


# --- what a value reaches

Inner = Mapping[str, Held]
"""The variables of comprehensions and lambdas around an expression."""


def held(b: Builder, node: ast.expr, type: Type = ANY) -> Held:
    """What the value of an expression, which was lowered before, may reach."""
    if is_immutable(type):
        return NOTHING
    return sharing.pruned(_held(b, node, {}), type)


def _held(b: Builder, node: ast.expr, inner: Inner) -> Held:
    match node:
        case ast.Constant() | ast.JoinedStr() | ast.Compare() | ast.UnaryOp() | ast.Lambda():
            return NOTHING
        case ast.Name():
            return inner[node.id] if node.id in inner else _variable(b, node.id)
        case ast.Subscript() if isinstance(node.slice, ast.Slice):
            return _copied(b, node, _held(b, node.value, inner))
        case ast.Subscript() | ast.Attribute():
            if lookup.static(b, node) is not MISSING:
                return OUTSIDE
            return sharing.item(_held(b, node.value, inner))
        case ast.List() | ast.Tuple() | ast.Set():
            parts = [(isinstance(each, ast.Starred), each) for each in node.elts]
            return _display(b, node, [(star, _held(b, _plain(each), inner)) for star, each in parts])
        case ast.Dict():
            pairs = zip(node.keys, node.values, strict=True)
            return _display(b, node, [(key is None, _held(b, each, inner)) for key, each in pairs])
        case ast.IfExp():
            return sharing.either([_held(b, node.body, inner), _held(b, node.orelse, inner)])
        case ast.BoolOp():
            return sharing.either([_held(b, each, inner) for each in node.values])
        case ast.NamedExpr():
            return _variable(b, node.target.id)
        case ast.BinOp():
            return _operation(b, node, inner)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            return _comprehension(b, node, [node.elt], inner)
        case ast.DictComp():
            return _comprehension(b, node, [node.value], inner)
        case ast.Call():
            return _call(b, node, inner)
    return _any(b, node, [node], inner)


def _plain(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Starred) else node


def _variable(b: Builder, name: str) -> Held:
    found = b.lookup(name)
    if isinstance(found, Variable):
        return NOTHING if is_immutable(found.term.type) else found.held
    return OUTSIDE


def _copied(b: Builder, node: ast.AST, value: Held) -> Held:
    return replace(value, top=fresh(b, node))


def _display(b: Builder, node: ast.AST, parts: Sequence[tuple[bool, Held]]) -> Held:
    """A new container of values, or of the items of values."""
    found = Held(fresh(b, node))
    for spread, value in parts:
        found = (sharing.absorbing if spread else sharing.storing)(found, 0, value)
    return found


def _operation(b: Builder, node: ast.BinOp, inner: Inner) -> Held:
    """`xs + ys`, `d | e`: a new container of the items of both. `xs * n` holds each more than once."""
    sides = [_held(b, each, inner) for each in (node.left, node.right)]
    found = _display(b, node, [(True, each) for each in sides])
    return replace(found, distinct=TANGLED) if isinstance(node.op, ast.Mult) and found.items else found


def _comprehension(
    b: Builder, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, parts: list[ast.expr], inner: Inner
) -> Held:
    if lookup.hoists_within(b, node):
        return _any(b, node, [node], inner)
    before, sources = dict(inner), []
    for generator in node.generators:
        source = _held(b, generator.iter, inner)
        sources.append(source)
        inner = {**inner, **_bound(generator.target, sharing.item(source))}
    outside, b.made = b.made, set()
    element = sharing.either([_held(b, each, inner) for each in parts])
    made = frozenset(b.made)
    b.made |= outside
    top = fresh(b, node)
    if isinstance(node, ast.GeneratorExp):
        top = top.union(*(each.top for each in sources), *(_named(b, [node], before)))
    strange = element.all - made
    outer = NONE.union(*(_named(b, parts, before)))
    one = len(sources) == 1 and sources[0].distinct == TREE and not strange & outer
    distinct = element.distinct
    if strange and not one:
        distinct = min(ITEMS, distinct) if element.top <= made else TANGLED
    return Held(top, element.top, element.items | element.rest, distinct)


def _bound(target: ast.expr, value: Held) -> dict[str, Held]:
    """What the names of a target hold when an item is taken apart into them."""
    match target:
        case ast.Name():
            return {target.id: value}
        case ast.Tuple() | ast.List():
            found: dict[str, Held] = {}
            for each in target.elts:
                found |= _bound(each, sharing.item(value))
            return found
        case ast.Starred():
            return _bound(target.value, Held(value.top | value.items, value.rest | value.items, value.rest, TANGLED))
    return {}


def bound(target: ast.expr, value: Held) -> dict[str, Held]:
    """`for a, b in …`: what each name holds when the target takes a value."""
    return _bound(target, value)


def parts(b: Builder, target: ast.Tuple | ast.List, value: Held) -> list[Held]:
    """`a, *b = value`: what each part holds. A starred one is a new list."""
    return [
        replace(value, top=fresh(b, each)) if isinstance(each, ast.Starred) else sharing.item(value)
        for each in target.elts
    ]


def _named(b: Builder, nodes: Iterable[ast.AST], inner: Inner) -> list[Tokens]:
    """All that the variables named in `nodes` may reach, one set each."""
    names = {each.id for node in nodes for each in ast.walk(node) if isinstance(each, ast.Name)}
    found = []
    for name in sorted(names):
        if name in inner:
            found.append(inner[name].all)
        elif isinstance(each := b.lookup(name), Variable):
            found.append(NONE if is_immutable(each.term.type) else each.held.all)
        elif isinstance(each, Local):
            found += _named(b, [each.written.node], {**inner, name: NOTHING})
    return found


def _any(b: Builder, node: ast.AST, given: Iterable[ast.AST], inner: Inner) -> Held:
    """A new value of any shape made of all that is named."""
    found = NONE.union(*_named(b, given, inner))
    found |= {each ^ 1 for each in found if each >= 0}
    for each in ast.walk(node):
        made = getattr(each, _HELD, NOTHING)
        found |= made.all | {token ^ 1 for token in made.all if token >= 0}
    made = fresh(b, node)
    return Held(made | found, made | found, made | found, TANGLED if found else TREE)


# --- calls


def give(node: ast.AST, value: Held) -> None:
    """Note what an inlined call gives."""
    setattr(node, _HELD, value)


def _call(b: Builder, node: ast.Call, inner: Inner) -> Held:
    func = node.func
    found = lookup.static(b, func)
    base = lookup.static(b, func.value) if isinstance(func, ast.Attribute) else MISSING
    if isinstance(func, ast.Call) or isinstance(found, Operational) or isinstance(base, Operational):
        return tree(b, node)
    arguments = [*node.args, *(each.value for each in node.keywords)]
    local = lookup.helper(b, func)
    if local is not None:
        if not lookup.is_pure(b, local):
            return getattr(node, _HELD, sharing.UNKNOWN)
        return _pure(b, node, local, inner)
    if found is MISSING and isinstance(func, ast.Attribute):
        return _method(b, node, func, inner)
    if found is MISSING or any(found is each for each in lookup.PRIMITIVES):
        return _any(b, node, [node], inner)
    if isinstance(found, type) and (dataclasses.is_dataclass(found) or typing.is_typeddict(found)):
        return _display(b, node, [(False, _held(b, _plain(each), inner)) for each in arguments])
    return _function(b, node, lookup.dotted(found), arguments, inner)


def _function(b: Builder, node: ast.Call, name: str, arguments: Sequence[ast.expr], inner: Inner) -> Held:
    if name in _TREES:
        return tree(b, node)
    if (name in _COPIES and len(arguments) == 1) or name == "sorted":
        given = _held(b, _plain(arguments[0]), inner)
        if node.keywords and name == "dict":
            return _display(b, node, [(False, given)])
        return _copied(b, node, given)
    if name == "collections.defaultdict":
        made = tree(b, node)  # what it answers with is new each time, and stays in it
        for each in arguments[1:]:
            given = _held(b, _plain(each), inner)
            made = Held(made.top, made.items | given.items, made.rest | given.rest, given.distinct)
        return made
    if name == "dict.fromkeys":
        value = _held(b, _plain(arguments[1]), inner) if len(arguments) > 1 else NOTHING
        made = _display(b, node, [(False, value)])
        return replace(made, distinct=TANGLED) if value.all else made
    if name in _PICKS:
        values = [each for each in arguments if not isinstance(each, ast.Lambda)]
        found = [_held(b, _plain(each), inner) for each in values]
        return sharing.either([*found, *(sharing.item(each) for each in found)])
    if name in _LAZY:
        found = [_held(b, _plain(each), inner) for each in arguments]
        if name in ("map", "filter"):
            return _any(b, node, arguments, inner)
        top = fresh(b, node).union(*(each.top for each in found))
        items = NONE.union(*(each.items for each in found))
        rest = NONE.union(*(each.rest for each in found))
        if name in ("zip", "enumerate"):
            return Held(top, fresh(b, node, "pair"), items | rest, TANGLED)
        return Held(top, items, rest, found[0].distinct if found else TREE)
    return _any(b, node, arguments, inner)


def _method(b: Builder, node: ast.Call, func: ast.Attribute, inner: Inner) -> Held:
    receiver = _held(b, func.value, inner)
    arguments = [_held(b, _plain(each), inner) for each in (*node.args, *(each.value for each in node.keywords))]
    match func.attr:
        case "copy":
            return _copied(b, node, receiver)
        case "keys" | "values":
            return replace(receiver, top=receiver.top | fresh(b, node))
        case "items":
            return Held(receiver.top, fresh(b, node), receiver.items | receiver.rest, TANGLED)
        case "get" | "pop" | "setdefault" | "popleft":
            return sharing.either([sharing.item(receiver), *arguments[1:]])
        case "popitem":
            return Held(fresh(b, node), receiver.items, receiver.rest, TANGLED)
    return _any(b, node, [func.value, *node.args, *(each.value for each in node.keywords)], inner)


def _pure(b: Builder, node: ast.Call, local: Local, inner: Inner) -> Held:
    """A helper that is one expression: its body with what its parameters hold."""
    body = lookup.returned(local.written.node)
    arguments = local.written.node.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    gathers = arguments.vararg or arguments.kwarg or any(each.arg is None for each in node.keywords)
    if body is None or gathers or any(isinstance(each, ast.Starred) for each in node.args):
        return _any(b, node, [node], inner)
    known = {each.arg: OUTSIDE for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    known |= {name: _held(b, each, inner) for name, each in zip(names, node.args, strict=False)}
    known |= {str(each.arg): _held(b, each.value, inner) for each in node.keywords}
    path = entering(b, node)
    saved = b.frame, b.flow
    saved[0].saved = saved[1].env
    outer = {name: each for name, each in inner.items() if name not in known and local.frame is b.frame}
    b.frame = Frame(local.written, assigned(local.written.node), outer=local.frame, path=path)
    b.flow = Flow(saved[1].links, {name: Variable(_term(name), each) for name, each in known.items()})
    try:
        return _held(b, body, outer)
    finally:
        b.frame, b.flow = saved


def _term(name: str) -> Any:
    from treadle.language.term import Term

    return Term(f"${name}", ANY)
