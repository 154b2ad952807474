"""`fallback=` that names others to ask: the same call on another model, to another task or function, one after another.

It is what `try: first(…) except Exception: second(…)` would be, with the arguments evaluated once.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

from treadle.language import calls, expressions, lookup, services, sharing
from treadle.language.builder import ALL, Builder, Clause, Try, value_of
from treadle.language.operations import Operational
from treadle.language.options import NO_FALLBACK, NO_OPTIONS, Options, chain
from treadle.language.scope import Env, Flow, Local, Static, Variable, merged
from treadle.language.sharing import OUTSIDE
from treadle.language.source import place
from treadle.language.steps import Pass
from treadle.language.term import MISSING, Term
from treadle.language.types import union


@dataclasses.dataclass(frozen=True)
class Others:
    """Who is asked in turn: expressions of the source, or objects of the program; the last may be a value."""

    ways: tuple[Any, ...]


def others(b: Builder, node: ast.expr) -> Others | None:
    """Who a `fallback=` of the source names; None where it is a value."""
    nodes = node.elts if isinstance(node, ast.List | ast.Tuple) and node.elts else [node]
    callable_ = [_is_way(b, each) for each in nodes]
    if not callable_[0]:
        return None
    if not all(callable_[:-1]):
        at = nodes[callable_.index(False)]
        b.fail(at, "a value ends a chain of fallbacks: nothing after it is ever asked", "fallback=[other, None]")
    return Others(tuple(nodes))


def named(fallback: Any) -> Any:
    """A fallback that an object of the program carries, as `others` gives it."""
    found = chain(fallback)
    return Others(found) if found else fallback


def _is_way(b: Builder, node: ast.expr) -> bool:
    if isinstance(node, ast.Lambda):
        return True
    if isinstance(node, ast.Name) and isinstance(b.lookup(node.id), Local):
        return True
    found = lookup.static(b, node)
    return found is not MISSING and (isinstance(found, Operational | FunctionType))


def call(
    b: Builder,
    node: ast.Call,
    found: Operational,
    method: str,
    options: Options,
    kept: Sequence[ast.keyword],
    into: str,
) -> Term:
    """The call itself, and where it fails for good the others with the same arguments (`kept` are those by name)."""
    if any(isinstance(each, ast.Starred) for each in node.args) or any(each.arg is None for each in kept):
        b.fail(node, "* or ** in a call with a fallback: name every argument")
    saved = b.flow.env
    fallback = options.fallback
    options = dataclasses.replace(options, fallback=NO_FALLBACK)
    args = [_held(b, each, at) for at, each in enumerate(node.args)]
    named_ = [ast.keyword(each.arg, _held(b, each.value, f"{each.arg}·")) for each in kept]
    again = ast.copy_location(ast.Call(node.func, args, named_), node)
    result = into or b.fresh(services.label_of(node).replace(".", "_"))
    term = _turn(b, again, [(found, node.func), *fallback.ways], method, options, result)
    _forget(b, saved)
    return term


def of_value(b: Builder, node: ast.Call, given: dict[str, ast.expr], into: str, make: Callable[[str], Term]) -> Term:
    """`parallel`, `each` or `distribute` with a `fallback=`: a value in the place of the results, where they fail."""
    if "fallback" not in given:
        return make(into)
    if others(b, given["fallback"]) is not None:
        b.fail(given["fallback"], f"the fallback of {ast.unparse(node.func)}() is a value, not a call", "fallback=[]")
    result = into or b.fresh("value")
    saved = b.flow.env
    for name in ("items", "concurrency", "tolerate", "batch"):
        if name in given:
            given[name] = _held(b, given[name], name)  # what an argument raises, the fallback does not catch
    value, type = expressions.value(b, given["fallback"])
    clause = Clause((ALL,), "", frame=b.frame)
    context = Try([clause])
    b.contexts.append(context)
    try:
        first = _into(b, node, make(result), result)
    finally:
        b.contexts.remove(context)
    end = b.flow
    b.flow = merged(clause.flows)
    b.add(Pass(label="fallback", place=place(b.source, node), assign={result: value}))
    b.flow = merged([end, b.flow])
    _forget(b, saved)
    return Term(f"${result}", union((first.type, type)))


def _forget(b: Builder, saved: Env) -> None:
    """Drop the names that held arguments."""
    env = {name: each for name, each in b.flow.env.items() if "·given" not in name or name in saved}
    b.flow = Flow(b.flow.links, env)


def _held(b: Builder, node: ast.expr, at: object) -> ast.expr:
    """An argument that is evaluated once: objects of the program as they are, a value by a name of its own."""
    found = lookup.objects(b, node)
    if isinstance(node, ast.Constant | ast.Name) or (found is not MISSING and not lookup.is_json(found)):
        return node
    if isinstance(found, list) and found and not lookup.is_json(found[0]):
        return node
    term = b.check(expressions.expression(b, node), node)
    if term.fleeting or lookup.disturbs(b, node):
        term = b.spill(term, node)
    name = f"·given{at}"
    b.bind(name, Variable(term, sharing.pruned(OUTSIDE, term.type)))
    return ast.copy_location(ast.Name(name, ast.Load()), node)


def _turn(b: Builder, node: ast.Call, ways: list[Any], method: str, options: Options, result: str) -> Term:
    """The first of `ways`; where it fails, the rest."""
    way, rest = ways[0], ways[1:]
    if not rest:
        return _one(b, node, way, method, options, result)
    if len(rest) == 1 and isinstance(rest[0], ast.expr) and not _is_way(b, rest[0]) and _operational(b, way):
        value, type = expressions.value(b, rest[0])
        return _one(b, node, way, method, dataclasses.replace(options, fallback=services.Given(value, type)), result)
    clause = Clause((ALL,), "", frame=b.frame)
    context = Try([clause])
    b.contexts.append(context)
    try:
        first = _one(b, node, way, method, options, result)
    finally:
        b.contexts.remove(context)
    end = b.flow
    b.flow = merged(clause.flows)
    if not b.flow.reached:
        b.flow = end
        return first
    second = _turn(b, node, rest, method, options, result)
    b.flow = merged([end, b.flow])
    return Term(f"${result}", union((first.type, second.type)))


def _operational(b: Builder, way: Any) -> Operational | None:
    if isinstance(way, tuple):
        return way[0]  # type: ignore[no-any-return]
    found = lookup.static(b, way) if isinstance(way, ast.expr) else way
    return found if found is not MISSING and isinstance(found, Operational) else None


def _one(b: Builder, node: ast.Call, way: Any, method: str, options: Options, result: str) -> Term:
    """One call of the chain, its result in the variable `result`."""
    found = _operational(b, way)
    if isinstance(way, tuple):
        return _into(b, node, services.operation(b, _called(node, way[1]), way[0], method, options, result), result)
    if not isinstance(way, ast.expr):
        name = str(getattr(way, "name", getattr(way, "__name__", "fallback")))
        b.bind(name, Static(way))
        way = ast.copy_location(ast.Name(name, ast.Load()), node)
    elif not _is_way(b, way):
        value, type = expressions.value(b, way)
        b.add(Pass(label=f"fallback {ast.unparse(way)}", place=place(b.source, way), assign={result: value}))
        return Term(f"${result}", type)
    if found is None:
        return _into(b, node, calls.call(b, _called(node, way), into=result), result)
    own = getattr(found, "options", NO_OPTIONS)
    options = options if own == NO_OPTIONS else own
    has = method != "__call__" and hasattr(found, method)
    if not has and not callable(found):
        lacks = "cannot be called" if method == "__call__" else f"has no {method}()"
        b.fail(node, f"{ast.unparse(way)} cannot be asked the same: it is no task, and {lacks}", "fallback=None")
    func = ast.copy_location(ast.Attribute(way, method, ast.Load()), way) if has else way
    made = services.operation(b, _called(node, func), found, method if has else "__call__", options, result)
    return _into(b, node, made, result)


def _called(node: ast.Call, func: ast.expr) -> ast.Call:
    return ast.copy_location(ast.Call(func, node.args, node.keywords), node)


def _into(b: Builder, node: ast.Call, term: Term, result: str) -> Term:
    if term.text == f"${result}":
        return term
    term = b.check(term, node)
    b.add(Pass(label=result, place=place(b.source, node), assign={result: value_of(term)}))
    return Term(f"${result}", term.type)
