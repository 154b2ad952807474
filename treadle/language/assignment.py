"""Assignment: to names, to several at once, and what an annotation adds."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from treadle.language import (
    annotated,
    callables,
    calls,
    changes,
    exact,
    expressions,
    generators,
    lookup,
    ownership,
    sharers,
    sharing,
)
from treadle.language.builder import Builder, value_of
from treadle.language.ownership import held
from treadle.language.scope import Frame, Local, Static, Variable
from treadle.language.sharing import Held
from treadle.language.steps import Pass
from treadle.language.term import MISSING, Guard, Item, Term
from treadle.language.types import ANY, List, Tuple, Type, holds_large, is_immutable


def assign_value(b: Builder, target: ast.expr, node: ast.expr, declared: Type | None = None) -> None:
    """`target = node`."""
    if isinstance(target, ast.Name):
        _assign_name(b, target, node, declared)
        return
    both = isinstance(target, ast.Tuple | ast.List) and isinstance(node, ast.Tuple | ast.List)
    if both and len(target.elts) == len(node.elts) and not _starred(target) and not _starred(node):  # type: ignore
        _assign_pairs(b, target.elts, node.elts)  # type: ignore[attr-defined]
        return
    if isinstance(target, ast.Subscript):
        changes.store(b, target, node)
        return
    term = _kept(b, expressions.expression(b, node), node)
    bind_target(b, target, term, held(b, node, term.type))


def _kept(b: Builder, term: Term, node: ast.expr) -> Term:
    """A term that is written out more than once: a variable of its own where it is more than one."""
    term = b.check(term, node)
    return term if term.text[:1] == "$" and term.text[1:].isidentifier() else b.spill(term, node)


def _starred(node: ast.Tuple | ast.List) -> bool:
    return any(isinstance(each, ast.Starred) for each in node.elts)


def _assign_name(b: Builder, target: ast.Name, node: ast.expr, declared: Type | None) -> None:
    function = _function_value(b, node)
    if function is not None:
        b.bind(target.id, function)
        return
    name = b.variable(target.id)
    if isinstance(node, ast.Call) and lookup.hoists(b, node):
        term = calls.call(b, node, into="" if _reads(b, node, target.id) else name)
        if term.text == f"${name}":
            type = _declared(term.type, declared)
            shared = held(b, node, type)
            sharers.bind(b, target.id, Variable(Term(term.text, type), shared), node)
            return
        found, type = value_of(b.check(term, node)), term.type
    elif isinstance(node, ast.Call | ast.GeneratorExp):
        term = generators.checked(b, node)
        found, type = value_of(term), term.type
    else:
        found, type = expressions.value(b, node)
    type = _declared(type, declared)
    b.add(Pass(**b.marks(node, target.id), assign={name: found}))
    shared = held(b, node, type)
    sharers.bind(b, target.id, Variable(Term(f"${name}", type), shared), node)


def _reads(b: Builder, node: ast.Call, name: str) -> bool:
    """True where a helper is given the variable its result goes to: it may not be overwritten while it is read."""
    return lookup.helper(b, node.func) is not None and name in {
        each.id for each in ast.walk(node) if isinstance(each, ast.Name)
    }


def _function_value(b: Builder, node: ast.expr) -> Local | Static | None:
    """`f = lambda …`, `model = assistant`, `f = g if x else h`, `table = {"a": f}`: names for functions and objects."""
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        found = lookup.static(b, node)
        if found is not MISSING and not lookup.is_json(found):
            return Static(found)
    if callables.is_choice(b, node):
        return Static(callables.choice(b, node))
    if isinstance(node, ast.Dict) and (entries := callables.table(b, node)) is not None:
        return Static(callables.Table(entries))
    return callables.way(b, node)


def _declared(type: Type, declared: Type | None) -> Type:
    """What an annotation adds to what is known: it says what Any is, and what an empty display will hold."""
    if declared is None:
        return type
    if holds_large(type):
        return type
    if type == ANY or str(type).find("Any") >= 0 or str(type).find("Never") >= 0:
        return declared
    return type


def _assign_pairs(b: Builder, targets: Sequence[ast.expr], nodes: Sequence[ast.expr]) -> None:
    """`a, b = x, y`: one state, as all of a state's assignments see the values at its start."""
    if not all(isinstance(each, ast.Name) for each in targets):
        found = [_kept(b, expressions.expression(b, each), each) for each in nodes]
        spilled = [b.spill(term, node) for term, node in zip(found, nodes, strict=True)]
        shares = [held(b, each, term.type) for each, term in zip(nodes, spilled, strict=True)]
        for target, term, shared in zip(targets, spilled, shares, strict=True):
            bind_target(b, target, term, shared)
        return
    values = [expressions.value(b, each) for each in nodes]
    shares = [held(b, each, type) for each, (_, type) in zip(nodes, values, strict=True)]
    assign, bound = {}, {}
    for target, (found, type), shared in zip(targets, values, shares, strict=True):
        assert isinstance(target, ast.Name)
        name = b.variable(target.id)
        assign[name] = found
        bound[target.id] = Variable(Term(f"${name}", type), shared)
    label = ", ".join(each.id for each in targets if isinstance(each, ast.Name))
    b.add(Pass(**b.marks(nodes[0], label), assign=assign))
    for key, binding in bound.items():
        b.bind(key, binding)


def bind_target(b: Builder, target: ast.expr, term: Term, shared: Held) -> None:
    """Assign a term (a plain variable) to a target: a name, a tuple of targets, an item."""
    match target:
        case ast.Name():
            name = b.variable(target.id)
            b.add(Pass(**b.marks(target, target.id), assign={name: value_of(term)}))
            b.bind(target.id, Variable(Term(f"${name}", term.type), sharing.pruned(shared, term.type)))
        case ast.Tuple() | ast.List():
            _unpack(b, target, term, shared)
        case ast.Subscript():
            changes.store_term(b, target, term, shared)
        case _:
            b.fail(target, f"{ast.unparse(target)} cannot be assigned here", "value = x")


def _unpack(b: Builder, target: ast.Tuple | ast.List, term: Term, shared: Held) -> None:
    """`a, b = pair`. A list's length is checked as it runs, with Python's own error."""
    with b.exact(target):
        parts = _parts(b, target, term)
    names = [each.value if isinstance(each, ast.Starred) else each for each in target.elts]
    shares = ownership.parts(b, target, shared)
    if all(isinstance(each, ast.Name) for each in names):
        assign, bound = {}, {}
        for each, part, inner in zip(names, parts, shares, strict=True):
            assert isinstance(each, ast.Name)
            name = b.variable(each.id)
            assign[name] = value_of(part)
            bound[each.id] = Variable(Term(f"${name}", part.type), sharing.pruned(inner, part.type))
        label = ", ".join(each.id for each in names if isinstance(each, ast.Name))
        b.add(Pass(**b.marks(target, label), assign=assign))
        for key, binding in bound.items():
            b.bind(key, binding)
        return
    for each, part, inner in zip(names, parts, shares, strict=True):
        bind_target(b, each, _kept(b, part, each), inner)


def _parts(b: Builder, target: ast.Tuple | ast.List, term: Term) -> list[Term]:
    guards, parts = taken_apart(b, target, term)
    b.check(replace(term, guards=(*term.guards, *guards)), target)
    return parts


def taken_apart(b: Builder, target: ast.Tuple | ast.List, term: Term) -> tuple[list[Guard], list[Term]]:
    """What the targets are given of a term, and Python's own errors where there are too few or too many."""
    guards: list[Guard] = []
    count = len(target.elts)
    stars = [at for at, each in enumerate(target.elts) if isinstance(each, ast.Starred)]
    if isinstance(term.type, Tuple):
        known = len(term.type.items)
        if known < count - len(stars) or (not stars and known != count):
            b.fail(target, f"{count} names for a tuple of {known}", "a, b = (x, y)")
    else:
        term = exact.iterate(replace(term, guards=()), "cannot unpack non-iterable ", " object")
        guards += term.guards
        size = exact.call("len", [Item(term)], {})
        few, many = (
            f"not enough values to unpack (expected {count}, got ",
            f"too many values to unpack (expected {count})",
        )
        if stars:
            few = f"not enough values to unpack (expected at least {count - 1}, got "
        short = exact.compare("<", size, exact.literal(count - len(stars)))
        guards.append(Guard(short.text, '"ValueError"', f'"{few}" & $string({size.text}) & ")"'))
        if not stars:
            long = exact.compare(">", size, exact.literal(count))
            guards.append(Guard(long.text, '"ValueError"', f'"{many}"'))
    parts = []
    for at, each in enumerate(target.elts):
        if isinstance(each, ast.Starred):
            end = at + 1 - count
            found = exact.slice(term, exact.literal(at), exact.literal(end) if end else None, None)
            if isinstance(found.type, Tuple):
                from treadle.language.types import union

                found = found.typed(List(union(found.type.items)))
        else:
            index = at if not stars or at < stars[0] else at - count
            found = exact.subscript(term, exact.literal(index))
        parts.append(replace(found, guards=()))
    return guards, parts


def assign(b: Builder, node: ast.Assign) -> None:
    if len(node.targets) == 1:
        assign_value(b, node.targets[0], node.value)
        return
    first, *others = node.targets
    if not all(isinstance(each, ast.Name) for each in node.targets):
        b.fail(node, "several targets are names", "a = x; b = a")
    assign_value(b, first, node.value)
    for each in others:
        assign_value(b, each, ast.copy_location(ast.Name(first.id, ast.Load()), node))  # type: ignore[attr-defined]


def assign_annotated(b: Builder, node: ast.AnnAssign) -> None:
    if node.value is None:
        return
    assign_value(b, node.target, node.value, _annotation(b, node.annotation))


def _annotation(b: Builder, node: ast.expr) -> Type | None:
    frame: Frame | None = b.frame
    while frame is not None and frame.written.function is None:
        frame = frame.outer
    names: dict[str, Any] = dict(frame.written.function.__globals__) if frame and frame.written.function else {}
    try:
        return annotated.local(eval(ast.unparse(node), names))
    except annotated.NoType as error:
        b.fail(node, str(error))
    except Exception as error:  # noqa: BLE001
        b.fail(node, f"the annotation cannot be read: {error}", "value: int = x")


def augment(b: Builder, node: ast.AugAssign) -> None:
    """`x += y`. On a list this changes the list itself, so nobody else may hold it."""
    target = node.target
    load = ast.copy_location(_loaded(target), target)
    for inner in (load, target):
        while isinstance(inner, ast.Subscript):
            setattr(inner, changes.STORED, True)
            inner = inner.value
    if isinstance(target, ast.Name) and isinstance(node.op, ast.Add | ast.BitOr | ast.Mult):
        found = b.lookup(target.id)
        if isinstance(found, Variable) and not is_immutable(found.term.type):
            changes.require(b, node, target.id, 0)
            if isinstance(node.op, ast.Add) and isinstance(found.term.type, List):
                made = ast.Call(ast.Attribute(load, "extend", ast.Load()), [node.value], [])
                call = ast.copy_location(ast.fix_missing_locations(ast.copy_location(made, node)), node)
                changes.change(b, call, made.func, label=target.id)  # type: ignore[arg-type]
                return
    if isinstance(target, ast.Subscript) and lookup.hoists(b, target.slice):
        b.fail(node, "a call to a service in the index: make it before", "i = len(items)")
    if isinstance(target, ast.Subscript) and isinstance(node.op, ast.Add | ast.BitOr | ast.Mult):
        kind = changes.item_type(b, target)
        if isinstance(node.op, ast.Add) and isinstance(kind, List):
            made = ast.Call(ast.Attribute(load, "extend", ast.Load()), [node.value], [])
            call = ast.copy_location(ast.fix_missing_locations(ast.copy_location(made, node)), node)
            call._statement = True  # type: ignore[attr-defined]
            changes.change(b, call, made.func)  # type: ignore[arg-type]
            return
        if not is_immutable(kind) and not isinstance(node.value, ast.Constant):
            changes.require_item(b, target)
    made_value = ast.copy_location(ast.BinOp(load, node.op, node.value), node)
    setattr(made_value, expressions.AUGMENTED, True)
    assign_value(b, target, made_value)


def _loaded(node: ast.expr) -> ast.expr:
    match node:
        case ast.Name():
            return ast.Name(node.id, ast.Load())
        case ast.Subscript():
            return ast.Subscript(node.value, node.slice, ast.Load())
        case ast.Attribute():
            return ast.Attribute(node.value, node.attr, ast.Load())
    return node
