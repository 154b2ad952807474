"""`parallel`, `each`, `distribute`, `wait`, `callback`, and comprehensions that call services: their states."""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from treadle.errors import InputError
from treadle.language import calls, exact, expressions, fuse, lookup, primitives, statements
from treadle.language.builder import ALL, RESERVED, Builder, Clause, Try, value_of
from treadle.language.scan import rewrite, substitute
from treadle.language.scope import SHARED, Flow, Local, Variable, merged
from treadle.language.source import Written, place
from treadle.language.steps import Expr, Graph, Map, Parallel, Pass, Return, Value, Wait, inner, walk
from treadle.language.tasks import Task
from treadle.language.term import MISSING, Guard, Term
from treadle.language.term import Clause as ForClause
from treadle.language.types import ANY, INT, NEVER, STR, Dict, Field, List, Record, Tuple, Type, optional

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
        return _distribute(b, node, into)
    if found is primitives.callback:
        return _callback(b, node, into)
    return _wait(b, node)


def _keywords(b: Builder, node: ast.Call, names: Sequence[str], positional: Sequence[str]) -> dict[str, ast.expr]:
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
        return calls.inline(b, node, local, args, {}, tail=True).type
    names = [f"·{at}" for at in range(len(args))]
    saved = b.flow.env
    for name, term in zip(names, args, strict=True):
        b.bind(name, Variable(term, SHARED))
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


def _parameter_word(b: Builder, node: ast.expr) -> str:
    local = _function(b, node)
    names = [each.arg for each in local.written.node.args.args] if local else []
    return names[0] if names else "item"


def _item(b: Builder, node: ast.AST, word: str, type: Type) -> Term:
    """Hold the item of a Map in a variable: later states of the body have another input."""
    name = b.fresh(word)
    b.add(Pass(label=word, place=place(b.source, node), assign={name: INPUT}))
    return Term(f"${name}", type)


# --- parallel


def _parallel(b: Builder, node: ast.Call, into: str) -> Term:
    if node.keywords or not node.args or any(isinstance(each, ast.Starred) for each in node.args):
        b.fail(node, "parallel takes functions without arguments", "parallel(lambda: f(x), lambda: g(x))")
    marks = b.marks(node, into or "parallel")
    branches, types = [], []
    for each in node.args:
        with b.inside() as graph:
            types.append(ending(b, each, []))
        branches.append(graph)
    result = into or b.fresh("parallel")
    step = Parallel(**marks, branches=branches, assign={result: Expr("$states.result")})
    return calls.finish(b, node, step, Term(f"${result}", Tuple(tuple(types))))


# --- each


def _each(b: Builder, node: ast.Call, into: str) -> Term:
    given = _keywords(b, node, ["concurrency", "tolerate"], ["items", "function"])
    items, type = _items(b, given["items"])
    marks = b.marks(node, into or "each")
    if "tolerate" in given:
        return _tolerant(b, node, given, marks, items, type)
    with b.inside() as graph:
        returns = ending(b, given["function"], [_item(b, node, _parameter_word(b, given["function"]), type)])
    return _map(b, node, marks, items, graph, returns, _concurrency(b, given), into)


def _map(
    b: Builder,
    node: ast.AST,
    marks: dict[str, Any],
    items: Value,
    graph: Graph,
    returns: Type,
    concurrency: Value,
    into: str,
) -> Term:
    result = into or b.fresh("each")
    assign: dict[str, Value] = {result: Expr("$states.result")}
    step = Map(**marks, items=items, body=graph, concurrency=concurrency, assign=assign)
    return calls.finish(b, node, step, Term(f"${result}", List(returns)))


def _items(b: Builder, node: ast.expr) -> tuple[Value, Type]:
    """What a Map goes over, as a value, and the type of an item."""
    if isinstance(node, ast.List):
        found, type = expressions.value(b, node)
        return found, type.item if isinstance(type, List) else ANY
    with b.exact(node):
        term = b.check(exact.iterate(expressions.expression(b, node)), node)
    return value_of(term), term.type.item if isinstance(term.type, List) else ANY


def _concurrency(b: Builder, given: dict[str, ast.expr]) -> Value:
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
        item = _item(b, node, _parameter_word(b, function), type)
        with_value = _wrapping(b, function)
        returns = ending(b, with_value, [item])
        b.contexts.clear()
        b.flow = merged(clause.flows)
        if b.flow.reached:
            b.put(Return(label="failed", place=place(b.source, node), value={}))
    inner = returns.fields[0].type if isinstance(returns, Record) and returns.fields else ANY
    record = Record((Field("value", inner, False),), closed=True)
    results = _map(b, node, marks, items, graph, record, _concurrency(b, given), "")
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


# --- distribute


def _distribute(b: Builder, node: ast.Call, into: str) -> Term:
    names = ["batch", "concurrency", "tolerate", "label", "format"]
    given = _keywords(b, node, names, ["items", "function"])
    settings, items, type = _source(b, given["items"], given.get("format"))
    batch, _ = expressions.value(b, given["batch"]) if "batch" in given else (1, INT)
    batched = batch != 1
    marks = b.marks(node, into or "distribute")
    with b.inside() as graph:
        word = _parameter_word(b, given["function"])
        name = b.fresh(word)
        entry = Pass(label=word, place=place(b.source, node), assign={name: INPUT})
        b.add(entry)
        returns = ending(b, given["function"], [Term(f"${name}", List(type) if batched else type)])
    outer = _sent(b, graph)
    if outer and batched:
        entry.assign = {name: Expr("$states.input.Items")} | {
            to: Expr(f"$states.input.BatchInput.{to}") for to in outer
        }
    elif outer:
        entry.assign = {name: Expr("$states.input.item")} | {to: Expr(f"$states.input.{to}") for to in outer}
        sent = {"item": Expr("$states.context.Map.Item.Value")} | {to: Expr(f"${old}") for to, old in outer.items()}
        settings["ItemSelector"] = sent
    elif batched:
        entry.assign = {name: Expr("$states.input.Items")}
    if batched:
        settings["ItemBatcher"] = {"MaxItemsPerBatch": batch}
        if outer:
            settings["ItemBatcher"]["BatchInput"] = {to: Expr(f"${old}") for to, old in outer.items()}
    settings |= _tolerance(b, given.get("tolerate"))
    if "label" in given:
        settings["Label"] = calls._literal(b, given["label"])
    result = into or b.fresh("distribute")
    step = Map(
        **marks,
        items=items,
        body=graph,
        concurrency=_concurrency(b, given),
        mode="DISTRIBUTED",
        settings=settings,
        assign={result: Expr("$states.result")},
    )
    return calls.finish(b, node, step, Term(f"${result}", List(returns)))


def _source(b: Builder, node: ast.expr, format: ast.expr | None) -> tuple[dict[str, Value], Value, Type]:
    """Where the items come from: (fields of the state, Items or None, type of an item)."""
    if isinstance(node, ast.List):
        items, type = _items(b, node)
        return {}, items, type
    term = b.check(expressions.expression(b, node), node)
    if term.type != STR:
        with b.exact(node):
            term = b.check(exact.iterate(term), node)
        return {}, value_of(term), term.type.item if isinstance(term.type, List) else ANY
    kind = calls._literal(b, format) if format is not None else None
    if term.constant is MISSING and kind is None:
        b.fail(node, "what this document holds is known only when it runs: say it", 'format="JSONL"')
    try:
        found = primitives.source(
            str(term.constant) if term.constant is not MISSING else "s3://bucket/key", format=kind
        )
    except InputError as error:
        b.fail(node, str(error))
    where: dict[str, Value] = {"Bucket": found.bucket, "Key": found.key}
    if term.constant is MISSING:
        path = f'$substringAfter({term.text}, "s3://")'
        where = {"Bucket": Expr(f'$substringBefore({path}, "/")', 4), "Key": Expr(f'$substringAfter({path}, "/")', 4)}
    header = {"CSVHeaderLocation": "FIRST_ROW"} if found.format == "CSV" else {}
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": found.format} | header,
        "Arguments": where,
    }
    return {"ItemReader": reader}, None, Dict(STR) if found.format == "CSV" else ANY


def _tolerance(b: Builder, node: ast.expr | None) -> dict[str, Value]:
    if node is None:
        return {}
    found, type = expressions.value(b, node)
    if type == INT:
        return {"ToleratedFailureCount": found}
    if isinstance(found, float):
        return {"ToleratedFailurePercentage": found * 100}
    b.fail(node, "tolerate is a whole number, or a constant share like 0.05")


def _sent(b: Builder, graph: Graph) -> dict[str, str]:
    """Variables of the workflow that children of a Distributed Map need: their new names there -> their names here."""
    here = fuse.reads(graph) & b.used - _assigned(graph) - RESERVED
    renamed = {b.fresh(name): name for name in sorted(here)}
    put = {old: Expr(f"${new}") for new, old in renamed.items()}
    if put:
        rename(graph, lambda value: rewrite(value, lambda expr: substitute(expr, put)))
    return renamed


def _assigned(graph: Graph) -> set[str]:
    return {name for step in walk(graph) for assign, _ in fuse.assigns(step) for name in assign} | {
        name for step in walk(graph) for each in inner(step) for name in _assigned(each)
    }


def rename(graph: Graph, change: Any) -> None:
    """Change every value in a graph and all within it."""
    for step in walk(graph):
        fuse.set_values(step, change)
        if isinstance(step, Return):
            step.value = change(step.value)
        for assign, _ in fuse.assigns(step):
            for name in assign:
                assign[name] = change(assign[name])
        for each in inner(step):
            rename(each, change)


# --- wait and callback


def _wait(b: Builder, node: ast.Call) -> Term:
    given = _keywords(b, node, ["until"], ["seconds"])
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
            [each for each in node.keywords if each.arg not in ("returns", "timeout", "heartbeat")],
        ),
        node,
    )
    options = calls._options(b, node, {str(n): e for n, e in named.items() if n in ("timeout", "heartbeat")})
    return calls.operation(b, inner, _Awaited(primitives.Callback(task, returns), task), "__call__", options, into)


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


# --- comprehensions that call services


def comprehension(b: Builder, node: ast.ListComp | ast.GeneratorExp | ast.DictComp) -> Term:
    """One by one, as Python does: a Map of concurrency 1, or a loop where the conditions call services too."""
    if b.lazy:
        b.fail(node, "a comprehension that calls services cannot stand here: write it before, and use its result")
    generator = node.generators[0]
    if len(node.generators) > 1 or any(lookup.hoists(b, each) for each in generator.ifs) or _walrus(node):
        return _as_loop(b, node)
    items, type = _filtered(b, node, generator)
    marks = b.marks(node, "for " + ast.unparse(generator.target))
    with b.inside() as graph:
        env = expressions.unpacked(
            b, generator.target, _item(b, node, expressions._target_word(generator.target), type)
        )
        b.flow = Flow(b.flow.links, {**b.flow.env, **env})
        if isinstance(node, ast.DictComp):
            pair = ast.copy_location(ast.Tuple([node.key, node.value], ast.Load()), node)
            found, returns = expressions.value(b, pair)
        else:
            found, returns = expressions.value(b, node.elt)
        b.put(Return(label=marks["label"] + " result", place=place(b.source, node), value=found))
    results = _map(b, node, marks, items, graph, returns, 1, "")
    if not isinstance(node, ast.DictComp):
        return results
    name = "$" + b.loop_name("pair")
    pair_term = Term(name, returns)
    key, value = (replace(exact.subscript(pair_term, exact.literal(at)), guards=()) for at in (0, 1))
    return exact.comprehension_dict([ForClause(name, results)], key, value)


def _walrus(node: ast.AST) -> bool:
    return any(isinstance(each, ast.NamedExpr) for each in ast.walk(node))


def _filtered(b: Builder, node: ast.AST, generator: ast.comprehension) -> tuple[Value, Type]:
    term = b.check(exact.iterate(expressions.expression(b, generator.iter)), generator.iter)
    item = term.type.item if isinstance(term.type, List) else NEVER
    if generator.ifs:
        name = "$" + b.loop_name(expressions._target_word(generator.target))
        env = {**b.flow.env, **expressions.unpacked(b, generator.target, Term(name, item))}
        with expressions.lazily(b, env):
            tests = tuple(exact.truth(expressions.expression(b, each)) for each in generator.ifs)
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
