"""Lists and dicts that change in place: a new value for the variable, where nobody else holds the old one."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace

from treadle.language import (
    calls,
    exact,
    expressions,
    facts,
    lookup,
    sharers,
    sharing,
)
from treadle.language.builder import Builder, value_of
from treadle.language.ownership import held
from treadle.language.scan import variables
from treadle.language.scope import Flow, Local, Static, Variable, assigned, outside
from treadle.language.sharers import sharer
from treadle.language.sharing import Held
from treadle.language.steps import Pass
from treadle.language.term import MISSING, Function, Item, Term
from treadle.language.types import NULL, STR, Dict, Lacking, List, Type, is_immutable


def require(b: Builder, node: ast.AST, name: str, depth: int) -> None:
    """Refuse a change, `depth` levels in a variable, that is seen elsewhere too: Python would change it there."""
    found = b.lookup(name)
    if not isinstance(found, Variable):
        b.fail(node, f"{name} is no variable of the workflow, so it cannot be changed", f"{name} = list({name})")
    if name not in b.flow.env:
        b.fail(
            node, f"{name} belongs to the function around this one: return the new value instead", "items = [*items, x]"
        )
    other = sharer(b, name, found, depth)
    if other is not None:
        what = f"a list or dict in {name}" if depth else name
        by = (
            "elsewhere"
            if not other
            else "more than once in it"
            if other == name
            else f"by {other}, which is read later"
        )
        b.fail(
            node,
            f"{what} may also be held {by}: Python would change it there as well",
            f"{name} = [*{name}]" if isinstance(found.term.type, List) else f"{name} = {{**{name}}}",
        )


def item_type(b: Builder, node: ast.expr) -> Type:
    """The type of a variable or an item of one, without emitting anything."""
    before = set(b.read)
    try:
        with expressions.lazily(b):
            return expressions.expression(b, node).type
    finally:
        b.read = before


def require_item(b: Builder, node: ast.expr) -> None:
    """As `require`, of an item that is changed itself."""
    name, indices = _root(b, node)
    require(b, node, name, len(indices))


def _root(b: Builder, node: ast.expr) -> tuple[str, list[ast.expr]]:
    """The variable that `d["a"][0]` is part of, and the indices on the way, outermost first."""
    indices: list[ast.expr] = []
    while isinstance(node, ast.Subscript):
        indices.insert(0, node.slice)
        node = node.value
    if not isinstance(node, ast.Name):
        b.fail(node, "only a variable, or an item of one, can be changed", "items = [x]\nitems.append(y)")
    return node.id, indices


def store(b: Builder, target: ast.Subscript, node: ast.expr) -> None:
    term = expressions.expression(b, node)
    if any(lookup.hoists(b, each) for each in _root(b, target)[1]):
        b.fail(target, "a call in the index of an assignment: make it before", "i = len(items)")
    term = b.check(term, node)
    store_term(b, target, term, held(b, node, term.type), node)


def store_term(b: Builder, target: ast.Subscript, term: Term, shared: Held, node: ast.expr | None = None) -> None:
    """`d["a"][i] = term`: every container on the way is made anew, the outermost is assigned."""
    name, indices = _root(b, target)
    depth = len(indices) - 1
    require(b, target, name, depth)
    spliced = isinstance(indices[-1], ast.Slice)
    _apart(b, target, name, depth, sharing.item(shared) if spliced else shared)
    if any(isinstance(each, ast.Slice) for each in indices[:-1]):
        b.fail(target, "a slice is a new list, which is lost when it is changed", f"{name}[i] = x")
    found = b.lookup(name)
    assert isinstance(found, Variable)
    with b.exact(target):
        containers, terms = [found.term], []
        for at, each in enumerate(indices if not spliced else indices[:-1]):
            terms.append(expressions.expression(b, each))
            if at < len(indices) - 1:
                containers.append(exact.subscript(containers[-1], terms[-1]))
        new = term
        if spliced:
            new = exact.splice(containers.pop(), _bounds(b, indices[-1]), term)
        for container, index in zip(reversed(containers), reversed(terms), strict=True):
            new = exact.store(container, index, new)
    separate = node is not None and sharers.value_apart(b, node, name)
    putting = sharing.absorbing if spliced else sharing.storing
    _replace(b, target, name, new, putting(found.held, depth, shared, separate), [node] if node else None)
    machine = b.variable(name)
    if (
        len(terms) == 1
        and isinstance(new.type, Dict)
        and terms[0].type == STR
        and machine not in variables(terms[0].text)
    ):
        has = exact.compare("in", terms[0], Term(f"${machine}", new.type))
        b.flow = Flow(b.flow.links, facts.learned(b.flow.env, has.text, True))


def _bounds(b: Builder, node: ast.expr) -> list[Term | None]:
    assert isinstance(node, ast.Slice)
    return [None if each is None else expressions.expression(b, each) for each in (node.lower, node.upper, node.step)]


def _apart(b: Builder, node: ast.AST, name: str, depth: int, value: Held) -> None:
    """Refuse what would make a value hold itself."""
    found = b.lookup(name)
    if isinstance(found, Variable) and any(value.all & found.held.level(each) for each in range(depth + 1)):
        b.fail(node, f"{name} would hold itself", "items = [*items, x]")


def _replace(
    b: Builder, node: ast.AST, name: str, new: Term, shared: Held, put: Sequence[ast.expr] | None, label: str = ""
) -> None:
    """Give a variable its changed value; `put` is what was put into it, None where that is not known."""
    new = b.check(new, node)
    machine = b.variable(name)
    b.add(Pass(**b.marks(node, label or name), assign={machine: value_of(new)}))
    variable = Variable(Term(f"${machine}", new.type), sharing.pruned(shared, new.type))
    if put is None:
        b.bind(name, variable)
    else:
        sharers.changed(b, name, variable, put)


def change(b: Builder, node: ast.Call, func: ast.Attribute, label: str = "") -> Term | None:
    """`xs.append(x)`, `d.pop("k")`: a method that changes a variable, or an item of one. None where it changes
    nothing.
    """
    if not isinstance(func.value, ast.Name | ast.Subscript):
        made = _set_default(b, node, func)
        return change(b, made, made.func, label) if made is not None else None  # type: ignore[arg-type]
    receiver_type = _peek(b, func.value)
    if receiver_type is not None and is_immutable(receiver_type):
        return None
    name, indices = _root(b, func.value)
    if b.lazy:
        b.fail(
            node,
            f"{func.attr} changes {name}, which cannot be done here: do it in a statement of its own",
            ast.unparse(node),
        )
    if name in b.read:
        b.fail(node, f"{name} is read and changed in one expression: do it in two statements", ast.unparse(node))
    found = b.lookup(name)
    if isinstance(found, Variable) and not found.bound:
        b.fail(node, f"{name} may be unassigned here", f"{name} = []")
    items, keywords = calls.arguments_of(b, node)
    depth = len(indices)
    require(b, node, name, depth)
    shared = _put(b, node, func.attr, name, depth, items, keywords)
    found = b.lookup(name)
    assert isinstance(found, Variable)
    with b.exact(node):
        containers, terms = [found.term], [expressions.expression(b, each) for each in indices]
        for each in terms:
            containers.append(exact.subscript(containers[-1], each))
        changed = exact.change(containers[-1], func.attr, items, keywords)
        if changed is None:
            return None
        new = changed.receiver
        for container, index in zip(reversed(containers[:-1]), reversed(terms), strict=True):
            new = exact.store(container, index, new)
    result = changed.result
    if result.constant is MISSING and isinstance(node, ast.Call) and not getattr(node, "_statement", False):
        result = b.spill(replace(result, guards=new.guards or result.guards), node, func.attr)
        new = replace(new, guards=())
    put = [*(each.value if isinstance(each, ast.Starred) else each for each in node.args)]
    _replace(b, node, name, new, shared, [*put, *(each.value for each in node.keywords)], label)
    if func.attr in ("append", "insert") and not indices:
        size = f"$count(${b.variable(name)})"
        b.flow = Flow(b.flow.links, facts.learned(b.flow.env, f"{size} > 0", True))
    return result


def _set_default(b: Builder, node: ast.Call, func: ast.Attribute) -> ast.Call | None:
    """`d.setdefault(k, []).append(x)`: sets the default, and gives `d[k].append(x)`. None for anything else."""
    match func.value:
        case ast.Call(func=ast.Attribute(value=receiver, attr="setdefault"), args=[key, _], keywords=[]) if (
            isinstance(receiver, ast.Name | ast.Subscript) and not b.lazy
        ):
            first = ast.copy_location(ast.Call(func.value.func, list(func.value.args), []), func.value)
        case _:
            return None
    if not isinstance(key, ast.Name | ast.Constant):
        name = f"key·{len(b.used)}"
        b.bind(name, Variable(b.spill(expressions.expression(b, key), key, "key"), sharing.NOTHING))
        first.args[0] = key = ast.copy_location(ast.Name(name, ast.Load()), key)
    first._statement = True  # type: ignore[attr-defined]
    assert isinstance(first.func, ast.Attribute)
    if change(b, first, first.func) is None:
        return None
    item = ast.copy_location(ast.Subscript(receiver, key, ast.Load()), node)
    made = ast.Call(ast.copy_location(ast.Attribute(item, func.attr, ast.Load()), node), node.args, node.keywords)
    made._statement = getattr(node, "_statement", False)  # type: ignore[attr-defined]
    return ast.copy_location(made, node)


STORED = "_treadle_stored"
"""Marks the item that an augmented assignment reads before it is stored."""


def is_there(b: Builder, node: ast.Subscript, receiver: Term, key: Term) -> bool:
    """True where reading an item of a defaultdict certainly adds none: the key is there, or is stored right away."""
    if getattr(node, STORED, False):
        return True
    assert isinstance(receiver.type, Lacking)
    guards = exact.subscript(receiver.typed(Dict(receiver.type.value)), key).guards
    return not guards or facts.ruled_out(b.flow.env, guards[-1].when)


def filled(b: Builder, node: ast.Subscript, receiver: Term, key: Term, before: set[str]) -> Term:
    """`d[k]` of a defaultdict: where it lacks the key, it keeps its answer."""
    name, type = ast.unparse(node.value), receiver.type
    assert isinstance(type, Lacking)
    instead = f"{name}.get({ast.unparse(node.slice)}, {_PYTHON.get(type.filling, type.filling)})"
    if b.lazy or not isinstance(node.value, ast.Name):
        b.fail(node, f"reading {ast.unparse(node)} adds a missing key to {name}, which cannot be done here", instead)
    if name in before:
        b.fail(node, f"{name} is read and changed in one expression, as reading adds a missing key", instead)
    require(b, node, name, 0)
    found = b.lookup(name)
    assert isinstance(found, Variable)
    key = b.check(key, node)
    changed = exact.change(found.term, "setdefault", [Item(key), Item(Term(type.filling, type.value))], {})
    assert changed is not None
    _replace(b, node, name, changed.receiver, found.held, [])
    after = b.lookup(name)
    assert isinstance(after, Variable)
    return replace(exact.subscript(after.term, key), guards=())


_PYTHON = {"null": "None", "true": "True", "false": "False"}
_ABSORBING = frozenset(["extend", "update", "extendleft"])
"""These put the items of what they are given into their receiver."""
_BESIDE = frozenset(["insert", "setdefault"])
"""These store what they are given second."""
_STORING = _ABSORBING | {"append", "appendleft", "add"}


def _put(
    b: Builder,
    node: ast.Call,
    method: str,
    name: str,
    depth: int,
    items: Sequence[Item | Function],
    keywords: Mapping[str, Term | Function],
) -> Held:
    """What a variable holds after a method was called on it, or on what lies `depth` levels in it."""
    stored = slice(1, None) if method in _BESIDE else slice(None) if method in _STORING else slice(0)
    given = [each.value if isinstance(each, ast.Starred) else each for each in node.args]
    parts = [(method in _ABSORBING, each, item.value.type if isinstance(item, Item) else NULL)
             for each, item in list(zip(given, items, strict=True))[stored]]  # fmt: skip
    for keyword in node.keywords:
        term = keywords.get(str(keyword.arg))
        parts.append((False, keyword.value, term.type if isinstance(term, Term) else NULL))
    values = [(spread, each, held(b, each, type)) for spread, each, type in parts]
    found = b.lookup(name)
    assert isinstance(found, Variable)
    result = found.held
    for spread, each, value in values:
        _apart(b, node, name, depth, sharing.item(value) if spread else value)
        separate = sharers.value_apart(b, each, name)
        result = (sharing.absorbing if spread else sharing.storing)(result, depth, value, separate)
    return result


def _peek(b: Builder, node: ast.expr) -> Type | None:
    """The type of a variable or an item of one, without emitting anything."""
    if isinstance(node, ast.Name):
        found = b.lookup(node.id)
        return found.term.type if isinstance(found, Variable) else None
    return None


def delete(b: Builder, node: ast.Delete) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            env = {name: each for name, each in b.flow.env.items() if name != target.id}
            b.flow = Flow(b.flow.links, env)
            continue
        if not isinstance(target, ast.Subscript):
            b.fail(target, "only a name or an item can be deleted", "del xs[i]")
        name, indices = _root(b, target)
        require(b, target, name, len(indices) - 1)
        found = b.lookup(name)
        assert isinstance(found, Variable)
        with b.exact(target):
            terms = [expressions.expression(b, each) for each in indices[:-1]]
            containers = [found.term]
            for each in terms:
                containers.append(exact.subscript(containers[-1], each))
            if isinstance(indices[-1], ast.Slice):
                new = exact.splice(containers[-1], _bounds(b, indices[-1]), None)
            else:
                new = exact.delete(containers[-1], expressions.expression(b, indices[-1]))
            for container, index in zip(reversed(containers[:-1]), reversed(terms), strict=True):
                new = exact.store(container, index, new)
        _replace(b, target, name, new, found.held, [])


def changed(node: ast.AST) -> set[str]:
    """Names whose values a statement changes in place."""
    found: set[str] = set()
    for each in ast.walk(node):
        target: ast.expr | None = None
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in lookup.CHANGING:
            target = each.func.value
        elif isinstance(each, ast.Subscript) and isinstance(each.ctx, ast.Store | ast.Del):
            target = each.value
        elif isinstance(each, ast.AugAssign):
            target = each.target
        while isinstance(target, ast.Subscript):
            target = target.value
        if isinstance(target, ast.Name):
            found.add(target.id)
    return found


def changed_here(b: Builder, node: ast.AST) -> set[str]:
    """As `changed`, with the variables that a helper changes which is given them."""
    found = changed(node)
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            local = lookup.helper(b, each.func)
            found |= _given(each, local, ()) if local is not None else set()
    return found


def changed_by(local: Local, seen: tuple[ast.AST, ...] = ()) -> set[str]:
    """The names of a helper's own that it changes in place, or gives to a helper that does."""
    body = local.written.node.body
    found: set[str] = set()
    for statement in body if isinstance(body, list) else [body]:
        found |= changed(statement)
        for each in ast.walk(statement):
            if not isinstance(each, ast.Call) or not isinstance(each.func, ast.Name):
                continue
            static = outside(local.written, each.func.id)
            if static is None or each.func.id in assigned(local.written.node):
                found |= {name.id for name in each.args if isinstance(name, ast.Name)}
            elif isinstance(static, Static) and (inner := lookup.as_helper(static.value)) is not None:
                found |= _given(each, inner, (*seen, local.written.node))
    return found


def _given(node: ast.Call, local: Local, seen: tuple[ast.AST, ...]) -> set[str]:
    """The variables given to a helper as parameters that it changes."""
    if local.written.node in seen:
        return set()
    arguments = local.written.node.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    given = {**dict(zip(names, node.args, strict=False)), **{str(each.arg): each.value for each in node.keywords}}
    inside = changed_by(local, seen)
    return {each.id for name, each in given.items() if name in inside and isinstance(each, ast.Name)}
