"""Comprehensions and lambdas -> terms; comprehensions that call services -> Maps and loops."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from treadle.language import (
    assignment,
    calls,
    changes,
    conditions,
    exact,
    expressions,
    facts,
    flows,
    lookup,
    narrow,
    statements,
)
from treadle.language.builder import Builder, value_of
from treadle.language.scope import Env, Flow, Variable
from treadle.language.sharing import OUTSIDE
from treadle.language.source import place
from treadle.language.steps import Return, Value
from treadle.language.term import (
    MISSING,
    Clause,
    Guard,
    Item,
    Term,
)
from treadle.language.term import Clause as ForClause
from treadle.language.types import BOOL, NEVER, STR, Dict, List, Opaque, Tuple, Type

# --- comprehensions and lambdas


def list_comprehension(b: Builder, node: ast.ListComp) -> Term:
    if lookup.hoists_within(b, node):
        return calls.comprehension_states(b, node)
    return _comprehend(b, node.generators, lambda: expressions.expression(b, node.elt), exact.comprehension)


def generator_expression(b: Builder, node: ast.GeneratorExp) -> Term:
    """A generator is a list that is read once; who stops early (`any`, `next`) must know, as errors after it never
    come.
    """
    if lookup.hoists_within(b, node):
        b.fail(node, "a generator that calls services: write a list comprehension", f"[{ast.unparse(node)[1:-1]}]")
    found = _comprehend(b, node.generators, lambda: expressions.expression(b, node.elt), exact.comprehension)
    item = found.type.item if isinstance(found.type, List) else NEVER
    return replace(found, type=Opaque("iterator", (item,)), constant=MISSING)


def set_comprehension(b: Builder, node: ast.SetComp) -> Term:
    if lookup.hoists_within(b, node):
        b.fail(
            node,
            "a call to a service in a set comprehension: write a list comprehension before",
            f"[{ast.unparse(node)[1:-1]}]",
        )
    return exact.call(
        "set",
        [Item(_comprehend(b, node.generators, lambda: expressions.expression(b, node.elt), exact.comprehension))],
        {},
    )


def dict_comprehension(b: Builder, node: ast.DictComp) -> Term:
    if lookup.hoists_within(b, node):
        return calls.comprehension_states(b, node)
    return _comprehend(
        b,
        node.generators,
        lambda: (expressions.expression(b, node.key), expressions.expression(b, node.value)),
        lambda clauses, pair: exact.comprehension_dict(clauses, pair[0], pair[1]),
    )


def _comprehend(
    b: Builder,
    generators: list[ast.comprehension],
    element: Callable[[], Any],
    build: Callable[[list[Clause], Any], Term],
) -> Term:
    first = exact.iterate(expressions.expression(b, generators[0].iter))
    return _clauses(b, generators, first, [], element, build)


def _clauses(
    b: Builder,
    generators: list[ast.comprehension],
    over: Term | None,
    done: list[Clause],
    element: Callable[[], Any],
    build: Callable[[list[Clause], Any], Term],
) -> Term:
    if not generators:
        return build(done, element())
    generator = generators[0]
    if generator.is_async:
        b.fail(generator.target, "async comprehensions are not part of the language", "[x for x in items]")
    with expressions.lazily(b):
        found = over if over is not None else exact.iterate(expressions.expression(b, generator.iter))
        name = _unshadowing(b, _target_word(generator.target))
        item = found.type.item if isinstance(found.type, List) else NEVER
        bound, wrong = taken_apart(b, generator.target, Term(f"${name}", item))
        env: Env = facts.forgotten({**b.flow.env, **bound}, [name])
        for said in key_of(b, generator.iter, f"${name}") + _within(b, generator.iter, f"${name}"):
            env = facts.learned(env, said, True)
        tests = [Term("true", BOOL, guards=tuple(wrong))] if wrong else []
        for test in generator.ifs:
            with expressions.lazily(b, env):
                tests.append(conditions.truth(b, test))
                env = facts.learned(narrow.narrowed(b, env, test, True), tests[-1].text, True)
        with expressions.lazily(b, env):
            clause = Clause(f"${name}", found, tuple(tests))
            return _clauses(b, generators[1:], None, [*done, clause], element, build)


def _unshadowing(b: Builder, word: str) -> str:
    """A name for the variable of a comprehension that hides none of those around it that a name still stands for."""
    if b.lazy <= 1:
        return b.loop_name(word)
    seen = [b.flow.env]
    frame = b.frame.outer
    while frame is not None:
        seen.append(frame.saved)
        frame = frame.outer
    texts = " ".join({each.term.text for env in seen for each in env.values() if isinstance(each, Variable)})
    found, number = b.loop_name(word), 1
    while re.search(rf"\${found}\b", texts):
        number += 1
        found = b.loop_name(f"{word}_{number}")
    return found


def key_of(b: Builder, iterable: ast.expr, item: str, changed: Collection[str] = ()) -> list[str]:
    """What holds of an item of a dict, of its keys, or of these in another order: the dict has it."""
    match iterable:
        case ast.Call(args=[inner]) if lookup.static(b, iterable.func) in (sorted, list, reversed):
            return key_of(b, inner, item, changed)
        case ast.Call(func=ast.Attribute(value=inner, attr="keys"), args=[]):
            return key_of(b, inner, item, changed)
        case ast.Name() if iterable.id not in changed and isinstance(found := b.lookup(iterable.id), Variable):
            if isinstance(found.term.type, Dict):
                return [exact.compare("in", Term(item, STR), found.term).text]
    return []


def _within(b: Builder, iterable: ast.expr, item: str) -> list[str]:
    """What holds of an item of `range(stop)` and `range(start, stop)`."""
    match iterable:
        case ast.Call(args=[*bounds]) if 1 <= len(bounds) <= 2 and lookup.static(b, iterable.func) is range:
            texts = ["0", *(expressions.expression(b, each).text for each in bounds)][-2:]
            return [f"{item} >= {texts[0]}", f"{item} < {texts[1]}"]
    return []


def _target_word(target: ast.expr) -> str:
    return "_".join(each.id for each in ast.walk(target) if isinstance(each, ast.Name))[:30] or "item"


def taken_apart(b: Builder, target: ast.expr, term: Term) -> tuple[dict[str, Variable], list[Guard]]:
    """As `unpacked`, of any item: with the errors that Python raises where it has too few parts or too many."""
    if not isinstance(target, ast.Tuple | ast.List):
        return unpacked(b, target, term), []
    if term.type == NEVER:
        return {each.id: Variable(term) for each in ast.walk(target) if isinstance(each, ast.Name)}, []
    with b.exact(target):
        guards, parts = assignment.taken_apart(b, target, term)
    found: dict[str, Variable] = {}
    for each, part in zip(target.elts, parts, strict=True):
        inner = each.value if isinstance(each, ast.Starred) else each
        more, later = taken_apart(b, inner, part)
        found |= more
        guards = [*guards, *later]
    return found, guards


def unpacked(b: Builder, target: ast.expr, term: Term) -> dict[str, Variable]:
    """What the names of a target stand for when it is bound to a term that needs no assignment."""
    match target:
        case ast.Name():
            return {target.id: Variable(term, OUTSIDE)}
        case ast.Tuple() | ast.List():
            if any(isinstance(each, ast.Starred) for each in target.elts):
                b.fail(target, "a starred name cannot stand here: take the parts by index", "items[1:]")
            length = term.type.items if isinstance(term.type, Tuple) else None
            if length is None or len(length) != len(target.elts):
                b.fail(
                    target,
                    f"{len(target.elts)} names for {term.type}: its length is not known to be {len(target.elts)}",
                )
            found: dict[str, Variable] = {}
            for at, each in enumerate(target.elts):
                found |= unpacked(b, each, replace(exact.subscript(term, exact.literal(at)), guards=()))
            return found
    b.fail(target, "only names can be assigned here", "[x for x in items]")


def lambda_value(b: Builder, node: ast.Lambda) -> Term:
    b.fail(
        node,
        "a lambda stands only where a function is taken: sorted(key=…), each(…), parallel(…)",
        "sorted(items, key=lambda x: -x)",
    )


# --- comprehensions that call services


def comprehension(b: Builder, node: ast.ListComp | ast.GeneratorExp | ast.DictComp) -> Term:
    """One by one, as Python does: a Map of concurrency 1, or a loop where the conditions call services too."""
    if b.lazy:
        b.fail(node, "a comprehension that calls services cannot stand here: write it before, and use its result")
    generator = node.generators[0]
    if len(node.generators) > 1 or any(lookup.hoists(b, each) for each in generator.ifs) or _assigns(node):
        return _as_loop(b, node)
    items, type = _filtered(b, node, generator)
    marks = b.marks(node, "for " + ast.unparse(generator.target))
    with b.inside() as graph:
        env = unpacked(b, generator.target, flows.hold_item(b, node, _target_word(generator.target), type))
        b.flow = Flow(b.flow.links, {**b.flow.env, **env})
        if isinstance(node, ast.DictComp):
            pair = ast.copy_location(ast.Tuple([node.key, node.value], ast.Load()), node)
            found, returns = expressions.value(b, pair)
        else:
            found, returns = expressions.value(b, node.elt)
        b.put(Return(label=marks["label"] + " result", place=place(b.source, node), value=found))
    results = flows.map_state(b, node, marks, items, graph, returns, 1, "")
    if not isinstance(node, ast.DictComp):
        return results
    name = "$" + b.loop_name("pair")
    pair_term = Term(name, returns)
    key, value = (replace(exact.subscript(pair_term, exact.literal(at)), guards=()) for at in (0, 1))
    return exact.comprehension_dict([ForClause(name, results)], key, value)


def _assigns(node: ast.AST) -> bool:
    """True where a comprehension changes variables, which no Map can do."""
    return bool(changes.changed(node)) or any(isinstance(each, ast.NamedExpr) for each in ast.walk(node))


def _filtered(b: Builder, node: ast.AST, generator: ast.comprehension) -> tuple[Value, Type]:
    term = b.check(exact.iterate(expressions.expression(b, generator.iter)), generator.iter)
    item = term.type.item if isinstance(term.type, List) else NEVER
    if generator.ifs:
        name = "$" + b.loop_name(_target_word(generator.target))
        env = {**b.flow.env, **unpacked(b, generator.target, Term(name, item))}
        with expressions.lazily(b, env):
            tests = tuple(conditions.truth(b, each) for each in generator.ifs)
        term = b.check(exact.comprehension([ForClause(name, term, tests)], Term(name, item)), generator.iter)
    return value_of(term), item


def _as_loop(b: Builder, node: ast.ListComp | ast.GeneratorExp | ast.DictComp) -> Term:
    """The loop that a comprehension stands for, its own names kept apart from the function's."""
    names = {
        each.id for generator in node.generators for each in ast.walk(generator.target) if isinstance(each, ast.Name)
    }
    renamed = {name: f"{name}·{len(b.frame.names)}" for name in names}
    inner = _Renamed(renamed).visit(copy.deepcopy(node))
    for each in ast.walk(inner):
        if hasattr(each, lookup._FOUND):
            delattr(each, lookup._FOUND)
    result = f"result·{len(b.frame.names)}"
    target = ast.Name(result, ast.Load())
    if isinstance(inner, ast.DictComp):
        add: ast.stmt = ast.Assign([ast.Subscript(target, inner.key, ast.Store())], inner.value)
        empty: ast.expr = ast.Dict([], [])
    else:
        add = ast.Expr(ast.Call(ast.Attribute(target, "append", ast.Load()), [inner.elt], []))
        empty = ast.List([], ast.Load())
    body = add
    for generator in reversed(inner.generators):
        for test in reversed(generator.ifs):
            body = ast.If(test, [body], [])
        body = ast.For(generator.target, generator.iter, [body], [])
    made: list[ast.stmt] = [ast.Assign([ast.Name(result, ast.Store())], empty), body]
    for each in made:
        ast.copy_location(each, node)
        for child in ast.walk(each):
            if not hasattr(child, "lineno") and isinstance(child, ast.expr | ast.stmt):
                ast.copy_location(child, node)
    saved = b.frame.locals
    b.frame.locals = saved | {result, *renamed.values()}
    statements.block(b, made)
    found = expressions.expression(b, ast.copy_location(ast.Name(result, ast.Load()), node))
    b.frame.locals = saved
    return found


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.copy_location(ast.Name(self.names.get(node.id, node.id), node.ctx), node)
