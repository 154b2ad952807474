"""Conditions: `and`, `or`, conditional expressions, and what an `if` decides by."""

from __future__ import annotations

import ast
from collections.abc import Callable

from treadle.language import exact, expressions, facts, lookup, narrow
from treadle.language.builder import Builder, value_of
from treadle.language.scope import Env, Flow, merged
from treadle.language.steps import Choice, Expr, Link, Pass, Rule
from treadle.language.term import MISSING, Term
from treadle.language.types import Type, union


def truth(b: Builder, node: ast.expr) -> Term:
    """`bool()` of an expression of which only that counts: what `and` and `or` would give need not be kept."""
    match node:
        case ast.BoolOp() if not any(lookup.hoists(b, each) for each in node.values[1:]):
            with b.exact(node):
                return b.settle(boolean(b, node, truth), node)
        case ast.UnaryOp(op=ast.Not(), operand=ast.BoolOp()):
            with b.exact(node):
                return exact.unary("not", truth(b, node.operand))
    with b.exact(node):
        return exact.truth(expressions.expression(b, node))


def boolean(b: Builder, node: ast.BoolOp, lower: Callable[[Builder, ast.expr], Term]) -> Term:
    if any(lookup.hoists(b, each) for each in node.values[1:]):
        return _bool_states(b, node)
    is_and = isinstance(node.op, ast.And)
    first = lower(b, node.values[0])
    env = b.flow.env
    terms = [first]
    for before, each in zip(node.values, node.values[1:], strict=False):
        env = known(b, env, before, terms[-1], is_and)
        with expressions.lazily(b, env):
            terms.append(lower(b, each))
    result = terms[-1]
    for term in reversed(terms[:-1]):
        result = (exact.both if is_and else exact.either)(term, result)
    return result


def known(b: Builder, env: Env, node: ast.expr, term: Term, truth: bool) -> Env:
    """The environment where a condition, with its term, came out as `truth`."""
    with b.exact(node):
        return facts.learned(narrow.narrowed(b, env, node, truth), exact.truth(term).text, truth)


def _bool_states(b: Builder, node: ast.BoolOp) -> Term:
    """`a and f(x)` where f is a call to a service: a Choice decides whether it is made."""
    if b.lazy:
        b.fail(
            node,
            "a call to a service cannot stand here: make it before, and use its result",
            f"value = {ast.unparse(node)}",
        )
    is_and = isinstance(node.op, ast.And)
    name = b.fresh("value")
    ways: list[Flow] = []
    types: list[Type] = []
    for at, each in enumerate(node.values):
        read = set(b.read)
        term = b.check(expressions.expression(b, each), each)
        types.append(term.type)
        b.add(Pass(**b.marks(each, name), assign={name: value_of(term)}))
        b.read = read
        if at == len(node.values) - 1:
            break
        held = Term(f"${name}", term.type)
        with b.exact(each):
            test = exact.truth(held)
        stop, on = Link(), Link()
        env = b.flow.env
        when, other = (on, stop) if is_and else (stop, on)
        b.put(Choice(**b.marks(each, _label(each)), rules=[Rule(Expr(test.text, test.depth), {}, when)], default=other))
        ways.append(Flow([stop], env))
        b.flow = Flow([on], facts.learned(narrow.narrowed(b, env, each, is_and), test.text, is_and))
    ways.append(b.flow)
    b.flow = merged(ways)
    return Term(f"${name}", union(types))


def conditional(b: Builder, node: ast.IfExp) -> Term:
    if lookup.hoists(b, node.body) or lookup.hoists(b, node.orelse):
        return _conditional_states(b, node)
    test = truth(b, node.test)
    env = b.flow.env
    with expressions.lazily(b, known(b, env, node.test, test, True)):
        then = expressions.expression(b, node.body)
    with expressions.lazily(b, known(b, env, node.test, test, False)):
        other = expressions.expression(b, node.orelse)
    return exact.conditional(test, then, other)


def _conditional_states(b: Builder, node: ast.IfExp) -> Term:
    if b.lazy:
        b.fail(
            node,
            "a call to a service cannot stand here: make it before, and use its result",
            f"value = {ast.unparse(node)}",
        )
    name = b.fresh("value")
    ways, types = [], []
    for flow, each in zip(branch(b, node.test), (node.body, node.orelse), strict=True):
        b.flow = flow
        found, type = expressions.value(b, each)
        types.append(type)
        b.add(Pass(**b.marks(each, name), assign={name: found}))
        ways.append(b.flow)
    b.flow = merged(ways)
    return Term(f"${name}", union(types))


def branch(b: Builder, test: ast.expr) -> tuple[Flow, Flow]:
    """The ways out of a condition: where it holds and where it does not. Emits the Choice that decides."""
    match test:
        case ast.UnaryOp(op=ast.Not()):
            no, yes = branch(b, test.operand)
            return yes, no
        case ast.BoolOp() if any(lookup.hoists(b, each) for each in test.values[1:]):
            return _branch_bool(b, test)
    read = set(b.read)
    with b.exact(test):
        term = b.check(truth(b, test), test)
    b.read = read  # what the test reads is read when the ways part
    env = b.flow.env
    if term.constant is not MISSING:
        ways = Flow(b.flow.links, env), Flow([], env)
        return ways if term.constant else ways[::-1]
    on, off = Link(), Link()
    b.put(Choice(**b.marks(test, _label(test)), rules=[Rule(Expr(term.text, term.depth), {}, on)], default=off))
    return Flow([on], known(b, env, test, term, True)), Flow([off], known(b, env, test, term, False))


def _branch_bool(b: Builder, test: ast.BoolOp) -> tuple[Flow, Flow]:
    is_and = isinstance(test.op, ast.And)
    done: list[Flow] = []
    for at, each in enumerate(test.values):
        yes, no = branch(b, each)
        on, out = (yes, no) if is_and else (no, yes)
        done.append(out)
        if at == len(test.values) - 1:
            return (on, merged(done)) if is_and else (merged(done), on)
        b.flow = on
    raise AssertionError("a BoolOp has values")


def _label(test: ast.expr) -> str:
    return "if " + " ".join(ast.unparse(test).split())
