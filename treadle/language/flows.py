"""`parallel`, `each`, `distribute`, `wait`, `callback`, and comprehensions that call services: their states."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from treadle.language import (
    distributed,
    exact,
    expressions,
    fallbacks,
    growth,
    inlining,
    lookup,
    primitives,
    services,
    sharing,
)
from treadle.language.builder import ALL, Builder, Clause, Try, value_of
from treadle.language.scope import Flow, Local, Variable, merged
from treadle.language.sharing import OUTSIDE
from treadle.language.source import Written, place
from treadle.language.steps import Expr, Graph, Map, Parallel, Pass, Return, Value, Wait
from treadle.language.tasks import Task
from treadle.language.term import MISSING, Guard, Term
from treadle.language.term import Clause as ForClause
from treadle.language.types import ANY, INT, STR, Field, List, Record, Tuple, Type, optional

Retriers = tuple[Mapping[str, Any], ...]
INPUT = Expr("$states.input")


def primitive(b: Builder, node: ast.Call, found: Any, into: str) -> Term:
    """A call of one of the primitives."""
    if b.lazy:
        b.fail(node, f"{found.__name__} cannot stand here: call it before, and use its result")
    if found is primitives.parallel:
        return _parallel(b, node, into)
    if found is primitives.each:
        return _each(b, node, into)
    if found is primitives.distribute:
        return distributed.distribute(b, node, into)
    if found is primitives.callback:
        return _callback(b, node, into)
    return _wait(b, node)


def keywords_of(b: Builder, node: ast.Call, names: Sequence[str], positional: Sequence[str]) -> dict[str, ast.expr]:
    """The arguments of a primitive by name."""
    found: dict[str, ast.expr] = {}
    if len(node.args) > len(positional):
        b.fail(node, f"{ast.unparse(node.func)} takes {', '.join(positional)}, and by name {', '.join(names)}")
    for name, each in [*zip(positional, node.args, strict=False), *((each.arg, each.value) for each in node.keywords)]:
        if name is None or isinstance(each, ast.Starred):
            b.fail(node, f"* or ** in {ast.unparse(node.func)}: write the arguments out")
        if name not in (*names, *positional) or name in found:
            b.fail(each, f"{ast.unparse(node.func)} has no further argument {name!r}")
        found[name] = each
    for name in positional[:2]:
        if name not in found and ast.unparse(node.func) not in ("wait",):
            b.fail(node, f"{ast.unparse(node.func)} needs {name}")
    return found


# --- graphs within


def ending(b: Builder, node: ast.expr, args: Sequence[Term]) -> Type:
    """Compile a call of the function that `node` names, and end the graph with its result. Its type is given."""
    local = _function(b, node)
    if local is not None:
        return inlining.inline(b, node, local, args, {}, tail=True).type
    names = [f"·{at}" for at in range(len(args))]
    saved = b.flow.env
    for name, term in zip(names, args, strict=True):
        b.bind(name, Variable(term, sharing.pruned(OUTSIDE, term.type)))
    arguments: list[ast.expr] = [ast.copy_location(ast.Name(name, ast.Load()), node) for name in names]
    made = ast.copy_location(ast.Call(node, arguments, []), node)
    found, type = expressions.value(b, made)
    b.put(Return(label=_short(b, node), place=place(b.source, node), value=found))
    b.flow = Flow(b.flow.links, saved)
    return type


def _short(b: Builder, node: ast.expr) -> str:
    return "return " + " ".join(ast.unparse(node).split())


def _function(b: Builder, node: ast.expr) -> Local | None:
    if isinstance(node, ast.Lambda):
        return Local(Written(node, b.source), b.frame)
    return lookup.helper(b, node)


def parameter_word(b: Builder, node: ast.expr) -> str:
    local = _function(b, node)
    names = [each.arg for each in local.written.node.args.args] if local else []
    return names[0] if names else "item"


def hold_item(b: Builder, node: ast.AST, word: str, type: Type) -> Term:
    """Hold the item of a Map in a variable: later states of the body have another input."""
    name = b.fresh(word)
    b.add(Pass(label=word, place=place(b.source, node), assign={name: INPUT}))
    return Term(f"${name}", type)


# --- parallel


def _parallel(b: Builder, node: ast.Call, into: str) -> Term:
    given = {str(each.arg): each.value for each in node.keywords}
    refuse_time(b, node, given)
    if set(given) - set(_OPTIONS) or not node.args or any(isinstance(each, ast.Starred) for each in node.args):
        b.fail(node, "parallel takes functions without arguments", "parallel(lambda: f(x), lambda: g(x))")
    return fallbacks.of_value(b, node, given, into, lambda name: _branches(b, node, given, name))


_OPTIONS = ("retry", "fallback")


def refuse_time(b: Builder, node: ast.Call, given: Mapping[str, ast.expr]) -> None:
    for name in ("timeout", "heartbeat"):
        if name in given:
            b.fail(given[name], f"{ast.unparse(node.func)}() has no {name}: put it on the calls in it",
                   "f.using(timeout=60)(x)")  # fmt: skip


def _branches(b: Builder, node: ast.Call, given: Mapping[str, ast.expr], into: str) -> Term:
    marks = b.marks(node, into or "parallel")
    branches, types = [], []
    for each in node.args:
        with b.inside() as graph:
            types.append(ending(b, each, []))
        branches.append(graph)
    result = into or b.fresh("parallel")
    assign: dict[str, Value] = {result: Expr("$states.result")}
    step = Parallel(**marks, branches=branches, assign=assign, retry=services.retriers(b, given.get("retry")))
    return services.finish(b, node, step, Term(f"${result}", Tuple(tuple(types))))


# --- each


def _each(b: Builder, node: ast.Call, into: str) -> Term:
    refuse_time(b, node, {str(each.arg): each.value for each in node.keywords})
    given = keywords_of(b, node, ["concurrency", "tolerate", *_OPTIONS], ["items", "function"])
    return fallbacks.of_value(b, node, given, into, lambda name: _mapped(b, node, given, name))


def _mapped(b: Builder, node: ast.Call, given: dict[str, ast.expr], into: str) -> Term:
    items, type = items_of(b, given["items"])
    marks = b.marks(node, into or "each")
    if "tolerate" in given:
        return _tolerant(b, node, given, marks, items, type)
    with b.inside() as graph:
        returns = ending(b, given["function"], [hold_item(b, node, parameter_word(b, given["function"]), type)])
    growth.mapped(node, type, returns)
    retry = services.retriers(b, given.get("retry"))
    return map_state(b, node, marks, items, graph, returns, concurrency_of(b, given), into, retry)


def map_state(
    b: Builder,
    node: ast.AST,
    marks: dict[str, Any],
    items: Value,
    graph: Graph,
    returns: Type,
    concurrency: Value,
    into: str,
    retry: Retriers = (),
) -> Term:
    result = into or b.fresh("each")
    assign: dict[str, Value] = {result: Expr("$states.result")}
    step = Map(**marks, items=items, body=graph, concurrency=concurrency, assign=assign, retry=retry)
    return services.finish(b, node, step, Term(f"${result}", List(returns)))


def items_of(b: Builder, node: ast.expr) -> tuple[Value, Type]:
    """What a Map goes over, as a value, and the type of an item."""
    if isinstance(node, ast.List):
        found, type = expressions.value(b, node)
        return found, type.item if isinstance(type, List) else ANY
    with b.exact(node):
        term = b.check(exact.iterate(expressions.expression(b, node)), node)
    return value_of(term), term.type.item if isinstance(term.type, List) else ANY


def concurrency_of(b: Builder, given: dict[str, ast.expr]) -> Value:
    if "concurrency" not in given:
        return None
    found, type = expressions.value(b, given["concurrency"])
    if type != INT:
        b.fail(given["concurrency"], "concurrency is a whole number")
    return found or None


def _tolerant(
    b: Builder, node: ast.Call, given: dict[str, ast.expr], marks: dict[str, Any], items: Value, type: Type
) -> Term:
    """`each(…, tolerate=…)`: a failing item gives None; too many of them fail the call."""
    limit = expressions.expression(b, given["tolerate"])
    with b.inside() as graph:
        clause = Clause((ALL,), "", frame=b.frame)
        b.contexts.append(Try([clause]))
        function = given["function"]
        item = hold_item(b, node, parameter_word(b, function), type)
        with_value = _wrapping(b, function)
        returns = ending(b, with_value, [item])
        b.contexts.clear()
        b.flow = merged(clause.flows)
        if b.flow.reached:
            b.put(Return(label="failed", place=place(b.source, node), value={}))
    inner = returns.fields[0].type if isinstance(returns, Record) and returns.fields else ANY
    record = Record((Field("value", inner, False),), closed=True)
    growth.mapped(node, type, inner)
    retry = services.retriers(b, given.get("retry"))
    results = map_state(b, node, marks, items, graph, record, concurrency_of(b, given), "", retry)
    with b.exact(node):
        at = Term("$result", record)
        has = exact.compare("in", exact.literal("value"), at)
        sure = replace(at, type=Record((Field("value", inner),), closed=True))
        failed = exact.call(
            "len", [_one(exact.comprehension([_over(results, [exact.unary("not", has)])], exact.literal(1)))], {}
        )
        if limit.type != INT:
            limit = exact.binary("*", limit, exact.call("len", [_one(results)], {}))
        over = exact.compare(">", failed, limit)
        b.loop_names.add("result")
        error, cause = (f'"{each}"' for each in (primitives.EXCEEDED, primitives.EXCEEDED_CAUSE))
        b.check(replace(over, guards=(Guard(over.text, error, cause),)), node)
        element = exact.conditional(has, exact.subscript(sure, exact.literal("value")), exact.literal(None))
        return exact.comprehension([_over(results, [])], element).typed(List(optional(inner)))


def _one(term: Term) -> Any:
    from treadle.language.term import Item

    return Item(term)


def _over(results: Term, conditions: list[Term]) -> ForClause:
    return ForClause("$result", results, tuple(conditions))


def _wrapping(b: Builder, node: ast.expr) -> ast.expr:
    """`lambda item: {"value": f(item)}`, so that a result of None differs from a failure."""
    name = ast.Name("·item", ast.Load())
    body = ast.Dict([ast.Constant("value")], [ast.Call(node, [name], [])])
    made = ast.Lambda(ast.arguments([], [ast.arg("·item")], None, [], [], None, []), body)
    return ast.fix_missing_locations(ast.copy_location(made, node))


# --- wait and callback


def _wait(b: Builder, node: ast.Call) -> Term:
    given = keywords_of(b, node, ["until"], ["seconds"])
    if len(given) != 1:
        b.fail(node, "wait takes seconds or until", "wait(60)")
    if "until" in given:
        found, type = expressions.value(b, given["until"])
        if type != STR:
            b.fail(given["until"], f"until is a str like 2030-01-01T00:00:00Z, not {type}")
        b.add(Wait(**b.marks(node, f"wait until {ast.unparse(given['until'])}"), timestamp=found))
        return exact.literal(None)
    term = b.check(expressions.expression(b, given["seconds"]), node)
    if term.type != INT:
        b.fail(
            given["seconds"],
            f"wait takes whole seconds, not {term.type}",
            f"wait(int({ast.unparse(given['seconds'])}))",
        )
    if term.constant is MISSING:
        guard = Guard(f"{term.at(50)} < 0", '"ValueError"', '"wait() takes seconds of 0 or more"')
        term = b.check(replace(term, guards=(guard,)), node)
    elif term.constant < 0:
        b.fail(node, "wait takes seconds of 0 or more")
    b.add(Wait(**b.marks(node, f"wait {ast.unparse(given['seconds'])}"), seconds=value_of(term)))
    return exact.literal(None)


_AWAITED = ("retry", "timeout", "heartbeat", "fallback")


def _callback(b: Builder, node: ast.Call, into: str) -> Term:
    task = lookup.static(b, node.args[0]) if node.args else MISSING
    if not isinstance(task, Task):
        b.fail(node, "callback takes a @task first", "callback(ask, question, returns=str)")
    named = {each.arg: each.value for each in node.keywords}
    if "returns" not in named:
        b.fail(node, "callback needs returns=, the type of the answer", "returns=str")
    returns = _annotation(b, named["returns"])
    inner = ast.copy_location(
        ast.Call(
            node.args[0],
            node.args[1:],
            [each for each in node.keywords if each.arg not in ("returns", *_AWAITED)],
        ),
        node,
    )
    options = services.options_of(b, node, {str(n): e for n, e in named.items() if n in _AWAITED})
    if isinstance(options.fallback, fallbacks.Others):
        b.fail(
            named["fallback"], "the fallback of a callback is a value: what is taken for its answer", "fallback=None"
        )
    return services.operation(b, inner, _Awaited(primitives.Callback(task, returns), task), "__call__", options, into)


def _annotation(b: Builder, node: ast.expr) -> Any:
    text = ast.unparse(node)
    function = b.frame.written.function
    try:
        return eval(text, dict(function.__globals__) if function else {})
    except Exception as error:  # noqa: BLE001
        b.fail(node, f"returns= is a type: {error}")


class _Awaited:
    """A Callback with the signature of its task, less the token that the machine gives."""

    def __init__(self, callback: primitives.Callback, task: Task[..., Any]) -> None:
        import inspect

        self.callback = callback
        own = inspect.signature(task.function)
        kept = [each for each in own.parameters.values() if each.name != "token"]
        self.__signature__ = own.replace(parameters=kept)

    def __call__(self) -> None: ...

    def __operation__(self, method: str, given: Any) -> Any:
        return self.callback.__operation__(method, given)
