"""`sorted`, `min` and `max` by a key that calls a service: Python calls it once for each item, in their order.

So the keys are a comprehension that goes through the items, and what is ordered are pairs.
"""

from __future__ import annotations

import ast
import copy
from typing import Any

from treadle.language import exact, expressions, lookup
from treadle.language.builder import Builder
from treadle.language.scope import Flow, Variable
from treadle.language.term import Term

ORDERING = (sorted, min, max)


def calls_out(b: Builder, node: ast.Call, found: Any) -> bool:
    """True for a call of `sorted`, `min` or `max` of one list, by a key that makes states."""
    key = _given(node, "key")
    if not any(found is each for each in ORDERING) or len(node.args) != 1 or b.lazy:
        return False
    if not isinstance(key, ast.Lambda | ast.Name | ast.Attribute):
        return False
    if any(each.arg not in ("key", "reverse", "default") for each in node.keywords):
        return False
    if any(each.arg != "key" and not isinstance(each.value, ast.Constant) for each in node.keywords):
        return False
    with expressions.lazily(b):  # there a helper of several statements may be one expression
        return lookup.hoists(b, _applied(key, "x"))


def call(b: Builder, node: ast.Call, found: Any) -> Term:
    key = _given(node, "key")
    assert key is not None
    at = len(b.used)
    items, keys, one, other = f"items·{at}", f"keys·{at}", f"one·{at}", f"other·{at}"
    with b.exact(node.args[0]):
        given = exact.iterate(expressions.expression(b, node.args[0]))
    b.bind(items, Variable(b.spill(given, node.args[0])))
    parameter = key.args.args[0].arg if isinstance(key, ast.Lambda) else one
    b.bind(keys, Variable(b.spill(_keys(b, key, _applied(key, parameter), parameter, items), key)))
    options = "".join(
        f", reverse={ast.unparse(each.value)}"
        if each.arg == "reverse"
        else f", default=(None, {ast.unparse(each.value)})"
        for each in node.keywords
        if each.arg in ("reverse", "default")
    )
    ordered = f"{found.__name__}(zip({keys}, {items}), key=lambda {one}: {one}[0]{options})"
    text = f"[{other} for {one}, {other} in {ordered}]" if found is sorted else f"{ordered}[1]"
    term = b.spill(_made(b, node, text), node)
    env = {name: each for name, each in b.flow.env.items() if name not in (items, keys)}
    b.flow = Flow(b.flow.links, env)
    return term


def _given(node: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in node.keywords if each.arg == name), None)


def _applied(key: ast.expr, parameter: str) -> ast.expr:
    """What the key gives for one item."""
    if isinstance(key, ast.Lambda):
        return copy.deepcopy(key.body)
    made = ast.Call(copy.deepcopy(key), [ast.Name(parameter, ast.Load())], [])
    return ast.fix_missing_locations(ast.copy_location(made, key))


def _keys(b: Builder, key: ast.expr, element: ast.expr, parameter: str, items: str) -> Term:
    each = ast.comprehension(ast.Name(parameter, ast.Store()), ast.Name(items, ast.Load()), [], 0)
    made = ast.copy_location(ast.ListComp(element, [each]), key)
    return expressions.expression(b, ast.fix_missing_locations(made))


def _made(b: Builder, node: ast.expr, text: str) -> Term:
    """The term of a text of Python, at the place of a node."""
    made = ast.parse(text, mode="eval").body
    for each in ast.walk(made):
        if isinstance(each, ast.expr):
            ast.copy_location(each, node)
    return expressions.expression(b, made)
