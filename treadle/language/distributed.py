"""`distribute`: a Distributed Map, its source, and what its children are sent."""

from __future__ import annotations

import ast
from typing import Any

from treadle.asl.reference import FOLDER, MARK
from treadle.errors import InputError
from treadle.language import (
    exact,
    expressions,
    fallbacks,
    flows,
    liveness,
    placing,
    primitives,
    services,
)
from treadle.language.builder import Builder, value_of
from treadle.language.scan import RESERVED, rewrite, substitute
from treadle.language.scope import Flow, merged
from treadle.language.source import place
from treadle.language.steps import Choice, Expr, Graph, Link, Map, Pass, Return, Rule, Value, inner, walk
from treadle.language.term import MISSING, Term
from treadle.language.types import ANY, INT, STR, Dict, List, Type, is_large, unmarked


def distribute(b: Builder, node: ast.Call, into: str) -> Term:
    flows.refuse_time(b, node, {str(each.arg): each.value for each in node.keywords})
    names = ["batch", "concurrency", "tolerate", "label", "format", "retry", "fallback"]
    given = flows.keywords_of(b, node, names, ["items", "function"])
    return fallbacks.of_value(b, node, given, into, lambda name: _distributed(b, node, given, name))


def _distributed(b: Builder, node: ast.Call, given: dict[str, ast.expr], into: str) -> Term:
    if isinstance(given["items"], ast.List):
        items, type = flows.items_of(b, given["items"])
        return _map(b, node, given, {}, items, type, into)
    term = b.check(expressions.expression(b, given["items"]), given["items"])
    if is_large(term.type):
        return _of_large(b, node, given, term, into)
    settings, items, type = _source(b, given["items"], term, given.get("format"))
    return _map(b, node, given, settings, items, type, into)


def _of_large(b: Builder, node: ast.Call, given: dict[str, ast.expr], term: Term, into: str) -> Term:
    """Over a Large list: an object of the store, or the list itself where it was small enough to travel."""
    held = unmarked(term.type)
    if not isinstance(held, List):
        b.fail(
            given["items"], f"distribute goes over a list, and this is {term.type}", "def f() -> Large[list[str]]: …"
        )
    if not term.text[1:].isidentifier():
        term = b.spill(term, given["items"], "items")
    result = into or b.fresh("distribute")
    stored = Link()
    where = f"{term.text}.`{MARK}`"
    marks = b.marks(node, f"is {ast.unparse(given['items'])} stored")
    b.add(Choice(**marks, rules=[Rule(Expr(f"$exists({where})", 2), {}, stored)]))
    _map(b, node, given, {}, Expr(term.text), held.item, result)
    ends, env = b.flow, b.flow.env
    b.flow = Flow([stored], env)
    # An object is s3://BUCKET/treadle-large/NAME; on one machine FOLDER/treadle-large/NAME.
    path = f'$substringAfter({where}, "s3://")'
    bucket = f'$substringBefore({path}, "/{FOLDER}/")'
    key = f'"{FOLDER}/" & $substringAfter({where}, "/{FOLDER}/")'
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Arguments": {"Bucket": Expr(bucket, 5), "Key": Expr(key, 4)},
    }
    found = _map(b, node, given, {"ItemReader": reader}, None, held.item, result)
    b.flow = merged([ends, b.flow])
    return found


def _map(
    b: Builder,
    node: ast.Call,
    given: dict[str, ast.expr],
    settings: dict[str, Value],
    items: Value,
    type: Type,
    into: str,
) -> Term:
    batch, _ = expressions.value(b, given["batch"]) if "batch" in given else (1, INT)
    batched = batch != 1
    marks = b.marks(node, into or "distribute")
    with b.inside() as graph:
        word = flows.parameter_word(b, given["function"])
        name = b.fresh(word)
        entry = Pass(label=word, place=place(b.source, node), assign={name: flows.INPUT})
        b.add(entry)
        returns = flows.ending(b, given["function"], [Term(f"${name}", List(type) if batched else type)])
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
        settings["Label"] = services.constant_of(b, given["label"])
    result = into or b.fresh("distribute")
    step = Map(
        **marks,
        items=items,
        body=graph,
        concurrency=flows.concurrency_of(b, given),
        mode="DISTRIBUTED",
        settings=settings,
        assign={result: Expr("$states.result")},
        retry=services.retriers(b, given.get("retry")),
    )
    return services.finish(b, node, step, Term(f"${result}", List(returns)))


def _source(b: Builder, node: ast.expr, term: Term, format: ast.expr | None) -> tuple[dict[str, Value], Value, Type]:
    """Where the items come from: (fields of the state, Items or None, type of an item)."""
    if term.type != STR:
        with b.exact(node):
            term = b.check(exact.iterate(term), node)
        return {}, value_of(term), term.type.item if isinstance(term.type, List) else ANY
    kind = services.constant_of(b, format) if format is not None else None
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
    here = liveness.reads(graph) & b.used - _assigned(graph) - RESERVED
    renamed = {b.fresh(name): name for name in sorted(here)}
    put = {old: Expr(f"${new}") for new, old in renamed.items()}
    if put:
        rename(graph, lambda value: rewrite(value, lambda expr: substitute(expr, put)))
    return renamed


def _assigned(graph: Graph) -> set[str]:
    return {name for step in walk(graph) for assign, _ in liveness.assigns(step) for name in assign} | {
        name for step in walk(graph) for each in inner(step) for name in _assigned(each)
    }


def rename(graph: Graph, change: Any) -> None:
    """Change every value in a graph and all within it."""
    for step in walk(graph):
        placing.set_values(step, change)
        if isinstance(step, Return):
            step.value = change(step.value)
        for assign, _ in liveness.assigns(step):
            for name in assign:
                assign[name] = change(assign[name])
        for each in inner(step):
            rename(each, change)
