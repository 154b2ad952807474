"""Helper functions, compiled where they are called: as an expression where they are one, as statements else."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from treadle.language import (
    bodies,
    calls,
    changes,
    exact,
    expressions,
    facts,
    generators,
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
from treadle.language.term import MISSING, Item, Refusal, Term
from treadle.language.types import List, Opaque, Record, Tuple, is_immutable, union

_READ = "_treadle_read"
"""What the expression around a call has read before its arguments: it may not change any more."""


def bindings_of(b: Builder, node: ast.Call) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a call to a helper: bindings, evaluated in order; `*items` of unknown length as a Spread."""
    setattr(node, _READ, set(b.read))
    positional: list[Any] = []
    for each in node.args:
        if isinstance(each, ast.Starred):
            positional += _spread(b, each.value)
        else:
            positional.append(_binding(b, each))
    named: dict[str, Any] = {}
    for keyword in node.keywords:
        named |= {keyword.arg: _binding(b, keyword.value)} if keyword.arg else _unfolded(b, keyword.value)
    return positional, named


@dataclass(frozen=True, slots=True)
class Spread:
    """`*items` of a call, where their number is not known."""

    variable: Variable


def _spread(b: Builder, node: ast.expr) -> list[Any]:
    """`*pair`: each item of a tuple."""
    found = _binding(b, node)
    if not isinstance(found, Variable):
        b.fail(node, "*items in a call takes a list or a tuple", f"*list({ast.unparse(node)})")
    if not isinstance(found.term.type, Tuple):
        return [Spread(found)]
    with b.exact(node):
        parts = [exact.subscript(found.term, exact.literal(at)) for at in range(len(found.term.type.items))]
    return [Variable(part, sharing.pruned(sharing.item(found.held), part.type)) for part in parts]


def _unfolded(b: Builder, node: ast.expr) -> dict[str, Any]:
    """`**options`: each item of a dict whose keys are known."""
    found = _binding(b, node)
    type = found.term.type if isinstance(found, Variable) else None
    if not isinstance(type, Record) or not type.closed or not all(each.required for each in type.fields):
        b.fail(node, f"the keys of {ast.unparse(node)} are not known, so no parameter gets them", "name=value")
    with b.exact(node):
        terms = {each.name: exact.subscript(found.term, exact.literal(each.name)) for each in type.fields}
    return {name: Variable(term, sharing.pruned(sharing.item(found.held), term.type)) for name, term in terms.items()}


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
    term = generators.checked(b, node)
    return Variable(term, held(b, node, term.type))


def bound_parameters(
    b: Builder, node: ast.AST, local: Local, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """What each parameter of a helper is bound to, defaults included."""
    arguments = local.written.node.args
    name = getattr(local.written.node, "name", "the lambda")
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    keyword_only = [each.arg for each in arguments.kwonlyargs]
    gathered: dict[str, Any] = {}
    if arguments.vararg:
        args, more = args[: len(names)], args[len(names) :]
        gathered[arguments.vararg.arg] = _gathered(b, node, more)
    if any(isinstance(each, Spread) for each in args):
        b.fail(node, f"how many parameters of {name} *items fill is not known", calls.with_names(name, names))
    if arguments.kwarg:
        others = {key: each for key, each in kwargs.items() if key not in (*names, *keyword_only)}
        kwargs = {key: each for key, each in kwargs.items() if key not in others}
        gathered[arguments.kwarg.arg] = _named_ones(b, node, others)
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
    return {key: found[key] for key in (*names, *keyword_only)} | gathered


def _value(b: Builder, node: ast.AST, each: Any) -> Term:
    if isinstance(each, Variable):
        return each.term
    if not isinstance(each, Term):
        b.fail(node, "a function among *args or **kwargs: give it a parameter of its own", "def f(g, *values): ...")
    return each


def _gathered(b: Builder, node: ast.AST, given: Sequence[Any]) -> Variable:
    """What `*args` holds: a tuple, or what can be gone through where the number is not known."""
    items = [
        Item(each.variable.term, star=True) if isinstance(each, Spread) else Item(_value(b, node, each))
        for each in given
    ]
    with b.exact(node):
        if any(item.star for item in items):
            whole = exact.display_list(items)
            assert isinstance(whole.type, List)
            term = whole.typed(Opaque("view", (whole.type.item,)))
        else:
            term = exact.display_tuple(items)
    return Variable(term, sharing.pruned(sharing.UNKNOWN, term.type))


def _named_ones(b: Builder, node: ast.AST, given: Mapping[str, Any]) -> Variable:
    """What `**kwargs` holds."""
    with b.exact(node):
        term = exact.display_dict([(exact.literal(key), _value(b, node, each)) for key, each in given.items()])
    return Variable(term, sharing.pruned(sharing.UNKNOWN, term.type))


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
    with expressions.lazily(b):
        if not lookup.can_inline(b, local):
            raise Refusal("a function given here calls no service, and has no loop: make the list before", "items = []")
        return body_of(b, node, local, terms, {})


def body_of(b: Builder, node: ast.expr, local: Local, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Term:
    """What a helper that can be one expression gives for arguments."""
    bound = bound_parameters(b, node, local, args, kwargs)
    env = {key: Variable(each, OUTSIDE) if isinstance(each, Term) else each for key, each in bound.items()}
    return _body_term(b, node, local, env)


def _body_term(b: Builder, node: ast.AST, local: Local, env: dict[str, Any]) -> Term:
    body = lookup.returned(local.written.node)
    with entered(b, node, local, env):
        if body is not None:
            return expressions.expression(b, body)
        statements = local.written.node.body
        assert isinstance(statements, list)
        return bodies.lowered(b, statements)


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
