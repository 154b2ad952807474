"""Statements of the source -> steps."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Sequence
from typing import Any

from treadle.language import (
    assignment,
    calls,
    changes,
    conditions,
    exact,
    expressions,
    handlers,
    lifetimes,
    lookup,
    loops,
    matching,
)
from treadle.language.builder import BROKEN, Builder, Call, Finally, Loop, value_of
from treadle.language.ownership import held
from treadle.language.scope import Flow, Local, Static, Variable, merged
from treadle.language.sharing import NOTHING
from treadle.language.source import Refused, Written, place
from treadle.language.steps import Expr, Pass, Return
from treadle.language.term import Term
from treadle.language.types import Opaque, Type, is_json


def block(b: Builder, body: Sequence[ast.stmt]) -> None:
    """Statements in turn. A refused one is noted and the next is looked at: all of a file's errors come at once."""
    for node in body:
        if not b.flow.reached:
            return  # Python never comes here either
        depth = len(b.contexts)
        kept = b.flow, b.frame, b.lazy, b.handling
        try:
            statement(b, node)
        except Refused:
            del b.contexts[depth:]
            b.flow, b.frame, b.lazy, b.handling = kept
            _guess(b, node)


def _guess(b: Builder, node: ast.stmt) -> None:
    """After a refused statement: what it would have assigned is Any, so that later lines are still looked at."""
    from treadle.language.scope import stored

    for name in sorted(stored(node)):
        if name in b.frame.locals:
            b.bind(name, Variable(Term(f"${b.variable(name)}", BROKEN), NOTHING))


def statement(b: Builder, node: ast.stmt) -> None:
    rule = _RULES.get(type(node))
    if rule is None:
        b.fail(
            node, *_REFUSED.get(type(node), (f"{type(node).__name__} statements are not part of the language", "pass"))
        )
    source = b.source
    last = node.end_lineno or node.lineno if not hasattr(node, "body") else node.lineno
    name = source.state_name(node.lineno, last)
    b.labels.append((name, bool(name), source.comment(node.lineno)))
    b.read = set()
    frame, live = b.frame, b.frame.live
    life = lifetimes.life(node)
    frame.live = life.during if life is not None else None
    try:
        with b.exact(node):
            rule(b, node)
    finally:
        b.labels.pop()
        frame.live = live


_IN_A_TASK = "@task\ndef read(path):\n    with open(path) as file:\n        return file.read()"


_REFUSED: dict[type[ast.stmt], tuple[str, str]] = {
    ast.With: ("with has no meaning in a workflow: put it into a @task", _IN_A_TASK),
    ast.ClassDef: ("a class cannot be defined inside a workflow: define it in the module", 'value = {"x": x}'),
    ast.Global: ("global variables are not shared between executions: give the value as a parameter", "value = x"),
    ast.Nonlocal: (
        "a variable of an outer function cannot be assigned: return the value",
        "def add(x, y):\n    return x + y",
    ),
    ast.AsyncFunctionDef: ("async functions are not part of the language", "def add(x, y):\n    return x + y"),
    ast.TryStar: ("except* takes groups of errors, which a workflow has not: write except", "pass"),
    ast.AsyncFor: ("async for is not part of the language", "for item in items:\n    x += item"),
    ast.AsyncWith: ("async with is not part of the language", _IN_A_TASK),
}


# --- the rest


def _expression(b: Builder, node: ast.Expr) -> None:
    if isinstance(node.value, ast.Constant):
        return
    if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        node.value._statement = True  # type: ignore[attr-defined]
    b.check(expressions.expression(b, node.value), node.value)


def _if(b: Builder, node: ast.If) -> None:
    yes, no = conditions.branch(b, node.test)
    b.flow = yes
    block(b, node.body)
    ends = [b.flow]
    b.flow = no
    block(b, node.orelse)
    b.flow = merged([*ends, b.flow])


def _return(b: Builder, node: ast.Return) -> None:
    give(b, node, node.value)


def _leaving(type: Type) -> str:
    """What to return instead of a value that is no JSON."""
    match type:
        case Opaque(name="bytes" | "base64"):
            return "return text"
        case Opaque(name="datetime" | "timedelta"):
            return "return datetime.datetime.now(datetime.timezone.utc).isoformat()"
        case Opaque(name="set"):
            return "return sorted(set(items))"
    return "return list(items)"


def give(b: Builder, node: ast.AST, result: ast.expr | None) -> None:
    """`return result`: what must run on the way out runs, then the value is where the caller looks for it."""
    around = _call(b)
    if around is not None and not around.tail and isinstance(result, ast.Call) and lookup.hoists(b, result):
        term = calls.call(b, result, into=around.result)
        found, type = value_of(b.check(term, result)), term.type
    elif result is None:
        literal = exact.literal(None)
        found, type = None, literal.type
    else:
        found, type = expressions.value(b, result)
    if not is_json(type) and (around is None or around.tail):
        b.fail(node, f"a {type} is no JSON value, so it cannot leave the workflow", _leaving(type))
    shared = held(b, result, type) if result is not None else NOTHING
    if _finals(b):
        name = b.fresh("result")
        b.add(Pass(label="return", place=place(b.source, node), assign={name: found}))
        found = Expr(f"${name}")
        hidden = f"·{name}"  # a final block that changes it would change what is returned
        b.bind(hidden, Variable(Term(f"${name}", type), shared))
        b.held_by[hidden] = frozenset()
        _leave(b, around)
        del b.held_by[hidden]
    marks = b.marks(node, _return_label(result))
    if around is None or around.tail:
        b.put(Return(**marks, value=found))
        b.returned.append(type) if around is None else around.returns.append((Flow([], b.flow.env), (type, shared)))
    else:
        b.add(Pass(**marks, assign={around.result: found}))
        around.returns.append((b.flow, (type, shared)))
    b.flow = Flow([], b.flow.env)


def _return_label(result: ast.expr | None) -> str:
    text = "return " + " ".join(ast.unparse(result).split()) if result is not None else "return None"
    return text if len(text) <= 40 else "return"


def _call(b: Builder) -> Call | None:
    return next((each for each in reversed(b.contexts) if isinstance(each, Call)), None)


def _finals(b: Builder) -> list[Finally]:
    found = []
    for each in reversed(b.contexts):
        if isinstance(each, Call):
            break
        if isinstance(each, Finally):
            found.append(each)
    return found


def _leave(b: Builder, until: object) -> None:
    """Run the final blocks between here and `until`, the innermost first, each outside its own try."""
    saved = list(b.contexts)
    while b.contexts and b.contexts[-1] is not until:
        context = b.contexts.pop()
        if isinstance(context, Finally) and b.flow.reached:
            b.contexts.pop()  # the Try that runs it when an error passes
            context.run()
    b.contexts[:] = saved


def _break(b: Builder, node: ast.Break) -> None:
    loop = _loop(b, node)
    _leave(b, loop)
    loop.breaks.append(b.flow)
    b.flow = Flow([], b.flow.env)


def _continue(b: Builder, node: ast.Continue) -> None:
    loop = _loop(b, node)
    _leave(b, loop)
    loop.continues.append(b.flow)
    b.flow = Flow([], b.flow.env)


def _loop(b: Builder, node: ast.stmt) -> Loop:
    for each in reversed(b.contexts):
        if isinstance(each, Loop):
            return each
    b.fail(node, "break and continue stand in a loop", "for item in items:\n    if item:\n        break")


def _define(b: Builder, node: ast.FunctionDef) -> None:
    if node.decorator_list:
        b.fail(
            node,
            "a decorated function cannot be defined inside a workflow: define it in the module",
            "def add(x, y):\n    return x + y",
        )
    b.bind(node.name, Local(Written(node, b.source), b.frame))


def _import(b: Builder, node: ast.Import | ast.ImportFrom) -> None:
    for alias in node.names:
        try:
            if isinstance(node, ast.Import):
                module = importlib.import_module(alias.name)
                found = module if alias.asname else importlib.import_module(alias.name.split(".")[0])
            else:
                found = getattr(importlib.import_module(node.module or ""), alias.name)
        except (ImportError, AttributeError, ValueError) as error:
            b.fail(node, f"the import fails: {error}", "import json")
        b.bind(alias.asname or alias.name.split(".")[0], Static(found))


_RULES: dict[type[ast.stmt], Callable[[Builder, Any], None]] = {
    ast.Assign: assignment.assign,
    ast.AnnAssign: assignment.assign_annotated,
    ast.AugAssign: assignment.augment,
    ast.Expr: _expression,
    ast.If: _if,
    ast.For: lambda b, node: loops.for_each(b, node),
    ast.While: lambda b, node: loops.while_true(b, node),
    ast.Try: lambda b, node: handlers.attempt(b, node),
    ast.Raise: lambda b, node: handlers.raised(b, node),
    ast.Assert: lambda b, node: handlers.asserted(b, node),
    ast.Match: lambda b, node: matching.match(b, node),
    ast.Return: _return,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Pass: lambda b, node: None,
    ast.Delete: changes.delete,
    ast.FunctionDef: _define,
    ast.Import: _import,
    ast.ImportFrom: _import,
}
