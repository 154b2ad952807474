"""`try`, `raise`, `assert`: errors by name, as States Language knows them.

An error of a Lambda function is named by its exception class alone, so `except ValueError` also lists the names of its
subclasses: those of Python itself and of the modules that the workflow and its tasks are written in.
"""

from __future__ import annotations

import ast
import builtins
import json
from collections.abc import Iterable
from types import FunctionType, ModuleType
from typing import Any

from treadle.errors import ServiceError
from treadle.language import conditions, exact, expressions, lookup, statements
from treadle.language.builder import ALL, EXCEPTION, RAISED, Builder, Clause, Finally, Try, is_exception
from treadle.language.scope import Flow, Frame, Variable, merged
from treadle.language.sharing import NOTHING
from treadle.language.source import place
from treadle.language.steps import Choice, Expr, Pass, Rule, Value
from treadle.language.term import ATOM, Item, Term
from treadle.language.types import STR

_EVERY = (Exception, BaseException)
_RAISING = ("statistics",)
"""The modules of Python whose functions raise exceptions of their own."""


def error_names(found: type[BaseException], modules: Iterable[Any] = ()) -> tuple[str, ...]:
    """The error names that an exception class takes: its own first, then those of its subclasses, sorted."""
    if found in _EVERY:
        return (ALL,)
    known = [each for each in vars(builtins).values() if isinstance(each, type) and issubclass(each, found)]
    known.append(json.JSONDecodeError)
    for module in modules:
        known += [each for each in vars(module).values() if isinstance(each, type)]
    known += found.__subclasses__() if issubclass(found, ServiceError) else []
    names = {each.__name__ for each in known if issubclass(each, found)} - {found.__name__}
    timeouts = ("States.Timeout", "States.HeartbeatTimeout") if found is TimeoutError else ()
    return (found.__name__, *sorted(names), *timeouts)


def _modules(b: Builder, found: type[BaseException]) -> list[Any]:
    """The modules whose exceptions can come up: of the class itself, of the function and those around it, of every
    function and exception they name, and of every task."""
    import sys

    names = {found.__module__}
    around = [*b.functions.values()]
    frame: Frame | None = b.frame
    while frame is not None:
        around += [frame.written.function] if frame.written.function is not None else []
        frame = frame.outer
    for function in around:
        names.add(function.__module__)
        for each in getattr(function, "__globals__", {}).values():
            inner = getattr(each, "function", each)
            if isinstance(inner, FunctionType) or (isinstance(inner, type) and issubclass(inner, BaseException)):
                names.add(inner.__module__)
            if getattr(each, "__name__", "") in _RAISING and isinstance(each, ModuleType):
                names.add(each.__name__)
    return [sys.modules[name] for name in sorted(names) if name in sys.modules]


def attempt(b: Builder, node: ast.Try) -> None:
    """`try` with its clauses, `else` and `finally`."""
    if node.finalbody:
        _with_finally(b, node)
    else:
        _with_clauses(b, node)


def _with_clauses(b: Builder, node: ast.Try) -> None:
    clauses = [_clause(b, each) for each in node.handlers]
    context = Try(clauses)
    b.contexts.append(context)
    try:
        statements.block(b, node.body)
    finally:
        b.contexts.remove(context)
    if node.orelse and b.flow.reached:
        statements.block(b, node.orelse)
    ends = [b.flow]
    for clause, handler in zip(clauses, node.handlers, strict=True):
        b.flow = merged(clause.flows)
        if not b.flow.reached:
            continue  # nothing in the body can raise it
        _handle(b, clause, handler)
        ends.append(b.flow)
    b.flow = merged(ends)


def _clause(b: Builder, handler: ast.ExceptHandler) -> Clause:
    if handler.type is None:
        names: tuple[str, ...] = (ALL,)
    else:
        nodes = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        classes = [_class(b, each) for each in nodes]
        names = tuple(dict.fromkeys(name for each in classes for name in error_names(each, _modules(b, each))))
        names = (ALL,) if ALL in names else names
    needs = handler.name or any(isinstance(each, ast.Raise) and each.exc is None for each in ast.walk(handler))
    return Clause(names, b.fresh(handler.name or "error") if needs else "", frame=b.frame)


def _class(b: Builder, node: ast.expr) -> type[BaseException]:
    found = lookup.static(b, node)
    if not isinstance(found, type) or not issubclass(found, BaseException):
        b.fail(node, f"{ast.unparse(node)} is not an exception class known here", "raise ValueError(text)")
    if found is ServiceError:
        b.fail(node, "which service's error is not said: name it, or catch Exception",
               "except aws.dynamodb.ConditionalCheckFailedException:\n    y = 0")  # fmt: skip
    return found


def _handle(b: Builder, clause: Clause, handler: ast.ExceptHandler) -> None:
    saved = b.handling
    kind = EXCEPTION if clause.called else RAISED
    error = Term(f"${clause.variable}", kind) if clause.variable else None
    b.handling = error
    name = handler.name
    if name and error is not None:
        b.bind(name, Variable(error, NOTHING))
    try:
        statements.block(b, handler.body)
    finally:
        b.handling = saved
    if name:
        env = {key: each for key, each in b.flow.env.items() if key != name}  # as Python, which deletes it
        b.flow = Flow(b.flow.links, env)


def _with_finally(b: Builder, node: ast.Try) -> None:
    """The final block is written out on every way out: the plain one, that of an error, and each return or break."""
    variable = b.fresh("error")
    clause = Clause((ALL,), variable, frame=b.frame)
    inner = ast.copy_location(ast.Try(node.body, node.handlers, node.orelse, []), node)
    context, final = Try([clause]), Finally(lambda: statements.block(b, node.finalbody))
    b.contexts += [context, final]
    try:
        if node.handlers:
            _with_clauses(b, inner)
        else:
            statements.block(b, node.body)
    finally:
        b.contexts.remove(context)
        b.contexts.remove(final)
    if b.flow.reached:
        statements.block(b, node.finalbody)
    end = b.flow
    b.flow = merged(clause.flows)
    if b.flow.reached:
        statements.block(b, node.finalbody)
        if b.flow.reached:
            again(b, node, f"${variable}")
    b.flow = end


def throw(b: Builder, node: ast.AST, error: Value, cause: Value) -> None:
    """Raise here: go to the `except` that takes it, or to a Fail state."""
    *tested, last = b.thrown(error, cause, node)
    label = f"raise {error if isinstance(error, str) else ''}".strip()
    at = place(b.source, node)
    if tested:
        rules = [Rule(Expr(each.test, 3), each.assign, each.link) for each in tested]
        b.put(Choice(label=label, place=at, rules=rules, assign=last.assign, default=last.link))
    else:
        b.put(Pass(label=label, place=at, assign=last.assign, next=last.link))


def again(b: Builder, node: ast.AST, error: str) -> None:
    """Raise what was caught into a variable; an error of the service may have no cause."""
    throw(b, node, Expr(f"{error}.Error"), Expr(f'$exists({error}.Cause) ? {error}.Cause : ""', 3))


def raised(b: Builder, node: ast.Raise) -> None:
    """`raise X("…")`, `raise X(…) from e`, `raise`, `raise e`."""
    if node.exc is None:
        if b.handling is None:
            b.fail(node, "raise alone stands in an except clause", "raise ValueError(text)")
        error = b.handling
        again(b, node, error.text)
        return
    exc = node.exc
    if isinstance(exc, ast.Name) and isinstance(found := b.lookup(exc.id), Variable) and is_exception(found.term.type):
        again(b, node, found.term.at(ATOM))
        return
    throw(b, node, *error_of(b, node))


def error_of(b: Builder, node: ast.Raise) -> tuple[str, Value]:
    """The name and the text of an exception that is made where it is raised."""
    exc = node.exc
    assert exc is not None
    kind, args = (exc.func, exc.args) if isinstance(exc, ast.Call) else (exc, [])
    found_class = _class(b, kind)
    if (isinstance(exc, ast.Call) and exc.keywords) or len(args) > 1 or any(isinstance(a, ast.Starred) for a in args):
        b.fail(node, "an exception is raised with one text", f'raise {ast.unparse(kind)}("…")')
    if found_class.__module__ != "builtins" and any("__init__" in vars(each) for each in _own_bases(found_class)):
        b.fail(
            node,
            f"{found_class.__name__} has an __init__ of its own, so its text is not known here",
            "raise ValueError(text)",
        )
    if found_class.__str__ not in _TOLD and found_class is not KeyError:
        b.fail(node, f"the text of a {found_class.__name__} is not known here", 'raise ValueError("…")')
    return found_class.__name__, _cause(b, found_class, args)


_TOLD = (BaseException.__str__, OSError.__str__)
"""How an exception gives its one text as it is; an OSError writes more only of two arguments."""


def _own_bases(kind: type[BaseException]) -> list[type]:
    return [each for each in kind.__mro__ if each.__module__ != "builtins"]


def _cause(b: Builder, kind: type[BaseException], args: list[ast.expr]) -> Value:
    """`str()` of the exception: of a KeyError the `repr` of what it is given."""
    if not args:
        return ""
    with b.exact(args[0]):
        term = expressions.expression(b, args[0])
        if is_exception(term.type):
            term = expressions.message(term)
        name = "repr" if issubclass(kind, KeyError) else "str"
        if name == "repr" or term.type != STR:
            term = exact.call(name, [Item(term)], {})
        term = b.check(term, args[0])
    if term.guards:
        b.fail(args[0], "the text of an error cannot raise an error of its own here", "raise ValueError(text)")
    return term.constant if isinstance(term.constant, str) else Expr(term.text, term.depth)


def asserted(b: Builder, node: ast.Assert) -> None:
    """`assert test, text`: AssertionError where the test does not hold."""
    yes, no = conditions.branch(b, node.test)
    b.flow = no
    if no.reached:
        cause = _cause(b, AssertionError, [node.msg] if node.msg else [])
        throw(b, node, "AssertionError", cause)
    b.flow = yes
