"""Helper functions, compiled where they are called: as an expression where they are one, as statements else."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from treadle.language import (
    calls,
    changes,
    exact,
    expressions,
    facts,
    lifetimes,
    lookup,
    ownership,
    sharing,
    statements,
)
from treadle.language.builder import Builder, Call, value_of
from treadle.language.ownership import held
from treadle.language.scope import Flow, Frame, Local, Static, Variable, assigned, merged
from treadle.language.sharing import OUTSIDE
from treadle.language.steps import Pass
from treadle.language.term import MISSING, Refusal, Term
from treadle.language.types import (
    is_immutable,
    union,
)

_READ = "_treadle_read"
"""What the expression around a call has read before its arguments: it may not change any more."""


def bindings_of(b: Builder, node: ast.Call) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a call to a helper: bindings, evaluated in order."""
    if any(isinstance(each, ast.Starred) for each in node.args) or any(each.arg is None for each in node.keywords):
        b.fail(node, "* or ** in a call to a helper function: name the arguments")
    setattr(node, _READ, set(b.read))
    positional = [_binding(b, each) for each in node.args]
    named = {str(each.arg): _binding(b, each.value) for each in node.keywords}
    return positional, named


def _binding(b: Builder, node: ast.expr) -> Any:
    """What a parameter is bound to: an object of the program, a function, or a term that is checked."""
    found = lookup.static(b, node)
    if found is not MISSING and not lookup.is_json(found):
        return Static(found)
    if isinstance(node, ast.Name) and isinstance(local := b.lookup(node.id), Local):
        return local
    if isinstance(node, ast.Lambda):
        from treadle.language.source import Written

        return Local(Written(node, b.source), b.frame)
    term = b.check(expressions.expression(b, node), node)
    return Variable(term, held(b, node, term.type))


def bound_parameters(
    b: Builder, node: ast.AST, local: Local, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """What each parameter of a helper is bound to, defaults included."""
    arguments = local.written.node.args
    name = getattr(local.written.node, "name", "the lambda")
    if arguments.vararg or arguments.kwarg:
        b.fail(node, f"{name} takes * or **: give it named parameters", f"def {name}(x):\n    return x")
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    keyword_only = [each.arg for each in arguments.kwonlyargs]
    if len(args) > len(names):
        b.fail(node, f"{name}() takes {len(names)} arguments, {len(args)} are given", calls.with_names(name, names))
    found: dict[str, Any] = dict(zip(names, args, strict=False))
    for key, each in kwargs.items():
        if key in found or key not in (*names, *keyword_only):
            b.fail(node, f"{name}() has no further parameter {key!r}", calls.with_names(name, names))
        found[key] = each
    defaults = dict(zip(names[len(names) - len(arguments.defaults) :], arguments.defaults, strict=True))
    defaults |= {key: each for key, each in zip(keyword_only, arguments.kw_defaults, strict=True) if each is not None}
    for key in (*names, *keyword_only):
        if key not in found:
            if key not in defaults:
                b.fail(node, f"{name}() needs {key}", calls.with_names(name, names))
            found[key] = _default(b, local, key, defaults[key])
    return {key: found[key] for key in (*names, *keyword_only)}


def _default(b: Builder, local: Local, key: str, node: ast.expr) -> Any:
    function = local.written.function
    if function is not None:
        default = inspect.signature(function).parameters[key].default
        return exact.literal(default) if lookup.is_json(default) else Static(default)
    with b.exact(node):
        return (
            exact.literal(ast.literal_eval(node))
            if isinstance(node, ast.Constant)
            else b.fail(node, "the default of a function inside a workflow is a constant", "def f(x=0):\n    return x")
        )


def pure_call(b: Builder, node: ast.Call, local: Local) -> Term:
    args, kwargs = bindings_of(b, node)
    bound = bound_parameters(b, node, local, args, kwargs)
    return _body_term(b, node, local, {key: _named(b, node, key, each) for key, each in bound.items()})


def _named(b: Builder, node: ast.AST, key: str, each: Any) -> Any:
    """A term that would be written out at each use of a parameter gets a variable, where one can stand."""
    if isinstance(each, Variable) and not b.lazy and len(each.term.text) > 30 and each.term.constant is MISSING:
        each = each if each.term.guards else replace(each, term=b.spill(each.term, node, key))
    return Variable(each, OUTSIDE) if isinstance(each, Term) else each


def inline_pure(b: Builder, node: ast.expr, local: Local, terms: Sequence[Term]) -> Term:
    """A helper that is one expression, applied to terms."""
    if not lookup.is_pure(b, local):
        raise Refusal("a function given here is one expression without calls to services")
    bound = bound_parameters(b, node, local, terms, {})
    return _body_term(
        b,
        node,
        local,
        {key: Variable(each, OUTSIDE) if isinstance(each, Term) else each for key, each in bound.items()},
    )


def _body_term(b: Builder, node: ast.AST, local: Local, env: dict[str, Any]) -> Term:
    body = lookup.returned(local.written.node)
    assert body is not None
    with entered(b, node, local, env):
        return expressions.expression(b, body)


class entered:
    """Compile inside another function: its own frame, its own names."""

    def __init__(self, b: Builder, node: ast.AST, local: Local, env: dict[str, Any]) -> None:
        self.b, self.node, self.local, self.env = b, node, local, env
        if any(each is local.written.node for each in b.inlining):
            b.fail(
                node,
                "a function that calls itself cannot be inlined: write a loop, or make it a workflow of its own",
                "while x > 0:\n    x -= 1",
            )

    def __enter__(self) -> None:
        b = self.b
        path = ownership.entering(b, self.node)
        self.saved = b.frame, b.flow.env, b.read
        caller = b.frame
        caller.saved = b.flow.env
        b.inlining.append(self.local.written.node)
        b.frame = Frame(
            self.local.written, assigned(self.local.written.node), outer=self.local.frame, caller=caller, path=path
        )
        if isinstance(self.local.written.node, ast.FunctionDef):
            lifetimes.find(self.local.written.node)
        b.flow = Flow(b.flow.links, facts.carried(self.env, b.flow.env))
        b.read = set()

    def __exit__(self, *failure: object) -> None:
        b = self.b
        b.frame, env, b.read = self.saved
        b.inlining.pop()
        b.flow = Flow(b.flow.links, facts.carried(env, b.flow.env))


def inline(
    b: Builder,
    node: ast.expr,
    local: Local,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    *,
    into: str = "",
    tail: bool = False,
) -> Term:
    """Compile a helper's statements where it is called. With `tail` its `return` ends the graph it stands in."""
    if b.lazy:
        b.fail(
            node,
            "this function makes states of its own, which cannot be done here: call it before",
            f"value = {ast.unparse(node)}",
        )
    name = getattr(local.written.node, "name", "value")
    bound = bound_parameters(b, node, local, args, kwargs)
    result = "" if tail else into or b.fresh(name)
    context = Call(result, tail=tail)
    body = local.written.node.body
    changed = changes.changed_by(local)
    shared = {} if tail else _shared(b, node, local, changed)
    with entered(b, node, local, {}):
        b.frame.shared = shared
        env = {
            key: _parameter(b, local, key, each, changed) if key not in shared else each for key, each in bound.items()
        }
        b.frame.names |= {key: bound[key].term.text[1:] for key in shared}
        b.flow = Flow(b.flow.links, facts.carried(env, b.flow.env))
        b.contexts.append(context)
        try:
            if isinstance(body, list):
                statements.block(b, body)
                if b.flow.reached:
                    statements.give(b, node, None)
            else:
                statements.give(b, body, body)
        finally:
            b.contexts.remove(context)
        ends = [flow for flow, _ in context.returns]
        after = merged(ends).env if shared and any(flow.links for flow in ends) else {}
        ways = [Flow(flow.links, facts.carried({}, flow.env)) for flow in ends]
        b.flow = merged(ways)
    for key, name in shared.items():
        if isinstance(found := after.get(key), Variable):
            b.bind(name, found)
    ownership.give(node, sharing.either([shared for _, (_, shared) in context.returns]))
    return Term(f"${result}", union([type for _, (type, _) in context.returns]))


def _shared(b: Builder, node: ast.expr, local: Local, changed: set[str]) -> dict[str, str]:
    """The parameters that are variables of the caller, and are changed in place: what the helper does is seen there."""
    if not isinstance(node, ast.Call) or not isinstance(local.written.node, ast.FunctionDef):
        return {}
    arguments = local.written.node.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    given = {**dict(zip(names, node.args, strict=False)), **{str(each.arg): each.value for each in node.keywords}}
    stored = set().union(*(_stores(statement) for statement in local.written.node.body))
    before: set[str] = getattr(node, _READ, set())
    found: dict[str, str] = {}
    for key, each in given.items():
        if key in changed and key not in stored and isinstance(each, ast.Name) and each.id not in before:
            variable = b.flow.env.get(each.id)
            own = isinstance(variable, Variable) and variable.bound and not is_immutable(variable.term.type)
            if own and variable.term.text == f"${b.frame.names.get(each.id, '')}" and each.id not in found.values():  # type: ignore[union-attr]
                found[key] = each.id
    return found


def _parameter(b: Builder, local: Local, key: str, each: Any, changed_in_place: set[str]) -> Any:
    """A parameter's binding: the term itself where it is a variable nobody changes, a variable of its own else."""
    if not isinstance(each, Term | Variable):
        return each
    found = each if isinstance(each, Variable) else Variable(each, sharing.pruned(OUTSIDE, each.type))
    term = found.term
    changed = key in changed_in_place.union(*(_stores(statement) for statement in _body(local)))
    if not changed and (term.constant is not MISSING or (term.text[:1] == "$" and term.text[1:].isidentifier())):
        return found
    name = b.variable(key)
    b.add(Pass(label=key, place=expressions_place(b, local.written.node), assign={name: value_of(term)}))
    return Variable(Term(f"${name}", term.type), found.held)


def _body(local: Local) -> list[ast.AST]:
    body = local.written.node.body
    return list(body) if isinstance(body, list) else [body]


def _stores(node: ast.AST) -> set[str]:
    from treadle.language.scope import stored

    return stored(node)


def expressions_place(b: Builder, node: ast.AST) -> Any:
    from treadle.language.source import place

    return place(b.source, node)
