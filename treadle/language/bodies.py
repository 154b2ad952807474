"""The body of a helper as one expression, where no state can stand: in a comprehension, in `key=`.

`if`, `return`, `raise` and assignments to names become conditions, guards and bindings.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from treadle.language import conditions, exact, expressions, handlers, lookup
from treadle.language.builder import Builder
from treadle.language.exact.building import bind
from treadle.language.scope import Flow, Frame, Local, Variable, assigned
from treadle.language.sharing import OUTSIDE
from treadle.language.term import Guard, Term
from treadle.language.types import NEVER

MOST = 16
"""The statements of a body that is written out as an expression."""


def expressible(b: Builder, local: Local) -> bool:
    """True where a helper of several statements can be one expression: it makes no states of its own."""
    body = local.written.node.body
    if not isinstance(body, list) or any(each is local.written.node for each in b.inlining):
        return False
    statements = list(_all(body))
    if len(statements) > MOST or not all(map(_plain, statements)):
        return False
    saved_frame, saved_flow = b.frame, b.flow
    saved_frame.saved = saved_flow.env
    b.inlining.append(local.written.node)
    b.frame = Frame(local.written, assigned(local.written.node), outer=local.frame)
    b.flow = Flow(saved_flow.links, {})
    b.lazy += 1
    try:
        return not any(lookup.hoists(b, each) for statement in statements for each in _expressions(statement))
    finally:
        b.lazy -= 1
        b.frame, b.flow = saved_frame, saved_flow
        b.inlining.pop()


def _all(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for each in body:
        yield each
        if isinstance(each, ast.If):
            yield from _all(each.body)
            yield from _all(each.orelse)


def _plain(node: ast.stmt) -> bool:
    match node:
        case ast.Return() | ast.If() | ast.Pass() | ast.Expr(value=ast.Constant()) | ast.Assign(targets=[ast.Name()]):
            return True
        case ast.AnnAssign(target=ast.Name(), value=ast.expr()) | ast.AugAssign(target=ast.Name()):
            return True
        case ast.Raise(exc=ast.Call() | ast.Name()):
            return True
    return False


def _expressions(node: ast.stmt) -> Iterator[ast.expr]:
    for each in ast.iter_child_nodes(node):
        if isinstance(each, ast.expr) and not isinstance(node, ast.Raise):
            yield each


def lowered(b: Builder, body: Sequence[ast.stmt]) -> Term:
    """What the statements give."""
    for at, node in enumerate(body):
        rest = body[at + 1 :]
        match node:
            case ast.Return():
                return expressions.expression(b, node.value) if node.value is not None else exact.literal(None)
            case ast.If():
                return _either(b, node, rest)
            case ast.Assign():
                target = node.targets[0]
                assert isinstance(target, ast.Name)
                return _with(b, target.id, node.value, rest)
            case ast.AnnAssign() if node.value is not None:
                assert isinstance(node.target, ast.Name)
                return _with(b, node.target.id, node.value, rest)
            case ast.AugAssign():
                assert isinstance(node.target, ast.Name)
                made = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
                value = ast.fix_missing_locations(ast.copy_location(made, node))
                return _with(b, node.target.id, value, rest)
            case ast.Raise():
                return _raised(b, node)
    return exact.literal(None)


def _either(b: Builder, node: ast.If, rest: Sequence[ast.stmt]) -> Term:
    test = conditions.truth(b, node.test)
    env = b.flow.env
    with expressions.lazily(b, conditions.known(b, env, node.test, test, True)):
        then = lowered(b, [*node.body, *rest])
    with expressions.lazily(b, conditions.known(b, env, node.test, test, False)):
        other = lowered(b, [*node.orelse, *rest])
    with b.exact(node):
        return exact.conditional(test, then, other)


def _with(b: Builder, name: str, node: ast.expr, rest: Sequence[ast.stmt]) -> Term:
    """The rest of the body where `name` stands for a value, which is evaluated once."""
    term = expressions.expression(b, node)
    word = name
    while f"_{word}" in b.loop_names:
        word += "_"
    b.loop_names.add(f"_{word}")

    def build(value: Term) -> Term:
        held = replace(value, type=term.type, constant=term.constant)
        with expressions.lazily(b, {**b.flow.env, name: Variable(held, OUTSIDE)}):
            return lowered(b, rest)

    return bind({word: term}, build)


def _raised(b: Builder, node: ast.Raise) -> Term:
    error, cause = handlers.error_of(b, node)
    text = json.dumps(cause, ensure_ascii=False) if isinstance(cause, str) else cause.text
    return Term("null", NEVER, guards=(Guard("true", json.dumps(error), text),))
