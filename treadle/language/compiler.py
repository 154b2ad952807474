"""`compile_function`: a Python function in, a state machine out. The stages in order:

source     the function's tree, in its file
statements the steps, with the terms of `exact` in them (names, types, order of calls, errors)
fuse       fewer steps, same meaning
ends       one end for several ways
emit       names for the states, and ASL
"""

from __future__ import annotations

import ast
import inspect
import json
import linecache
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from treadle.errors import CompileError, Problem
from treadle.language import annotated, exact, lifetimes, ownership, sharing, statements
from treadle.language.builder import BROKEN, Builder
from treadle.language.emit import document, named
from treadle.language.ends import share
from treadle.language.fuse import fuse
from treadle.language.growth import Advice, advise
from treadle.language.operations import Operation
from treadle.language.schema import conforms, schema
from treadle.language.scope import Flow, Frame, Variable, assigned
from treadle.language.sharing import OUTSIDE
from treadle.language.source import Refused, Report, Written, place, written
from treadle.language.steps import Expr, Graph, Link, Pass, Value, expressions, graphs, walk
from treadle.language.tasks import hints
from treadle.language.term import Term
from treadle.language.types import ANY, NULL, Type, admits, is_json, union

TOO_DEEP = 95


@dataclass(frozen=True, slots=True)
class Source:
    """Where a state comes from. `line` counts from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Compiled:
    """A workflow as a state machine, with what belongs to it.

    `sources` is by state name; `parameters` and `returns` are JSON Schema; `functions` is by Lambda function name;
    `steps` are the calls to services, in the order of the source; `advice` is what may go wrong though it compiles.
    """

    definition: dict[str, Any]
    sources: Mapping[str, Source]
    parameters: dict[str, Any]
    returns: dict[str, Any]
    functions: Mapping[str, Callable[..., Any]]
    steps: tuple[Operation, ...]
    advice: tuple[Advice, ...] = ()


def _unreadable(function: Callable[..., Any]) -> Problem:
    code = getattr(function, "__code__", None)
    file, line = (code.co_filename, code.co_firstlineno) if code is not None else ("?", 1)
    source = linecache.getline(file, line).strip()
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        instead = "def add(x, y):\n    return x + y"
        return Problem(
            file, line, 1, source, "a workflow is no async function: write def, and call without await", instead
        )
    name = getattr(function, "__name__", "?")
    return Problem(file, line, 1, source, f"the source of {name} cannot be read: define it with def in a file")


def compile_function(
    function: Callable[..., Any], *, project: str = "treadle", comment: str | None = None, timeout: int | None = None
) -> Compiled:
    """Compile a Python function to a state machine whose input is its parameters, as one JSON object.

    `comment` replaces the docstring's first line; `timeout` is the machine's, in seconds. Raises CompileError with all
    places that cannot be kept exact.
    """
    found = written(function)
    if found is None or not isinstance(found.node, ast.FunctionDef):
        raise CompileError([_unreadable(function)])
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 20_000))  # an expression may be as long as its author likes
    report = Report()
    start = Link()
    frame = Frame(found, assigned(found.node))
    lifetimes.find(found.node)
    b = Builder(report, project, frame, Flow([start], {}))
    types = _parameters(b, found, function)
    statements.block(b, found.node.body)
    if b.flow.reached:
        statements.give(b, found.node, None)
    report.raise_all()
    try:
        returns = _returns(b, function)
    except Refused:
        report.raise_all()
        raise
    graph = Graph(start)
    fuse(graph)
    share(graph, b.fresh)
    _shallow(report, found, graph)
    report.raise_all()
    states = named(graph)
    text = comment if comment is not None else (inspect.getdoc(function) or "").partition("\n\n")[0].replace("\n", " ")
    return Compiled(
        definition=document(graph, states, text, timeout),
        sources={name: Source(each.file, each.line) for name, each in states.places.items()},
        parameters=_schema(function, types),
        returns=schema(returns),
        functions=dict(b.functions),
        steps=tuple(b.operations),
        advice=advise(found.node, found.source.file, getattr(function, "__globals__", {})),
    )


# --- parameters


def _parameters(b: Builder, found: Written, function: Callable[..., Any]) -> dict[str, Type]:
    """Check the input and assign each parameter; what a parameter is, its annotation says."""
    known = hints(function)
    types: dict[str, Type] = {}
    assign: dict[str, Value] = {}
    assert isinstance(found.node, ast.FunctionDef)
    nodes = {each.arg: each for each in ast.walk(found.node.args) if isinstance(each, ast.arg)}
    for name, parameter in inspect.signature(function).parameters.items():
        try:
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                b.fail(
                    nodes[name], "a workflow's parameters are named: its input is a JSON object", f"{name}: list[str]"
                )
            type = _type(b, nodes[name], known.get(name, Any))
            if parameter.default is not parameter.empty:
                with b.exact(nodes[name]):
                    type = union((type, exact.literal(parameter.default).type)) if parameter.default is None else type
            types[name] = type
            machine = b.variable(name)
            assign[machine] = _input(function, name, type, parameter.default)
            shared = ownership.tree(b, nodes[name], name)
            if isinstance(parameter.default, list | dict):
                shared = OUTSIDE  # a default lives on between calls
            b.bind(name, Variable(Term(f"${machine}", type), sharing.pruned(shared, type)))
        except Refused:
            b.bind(name, Variable(Term(f"${b.variable(name)}", BROKEN)))
    if assign:
        b.add(Pass(label="input", place=place(b.source, found.node), assign=assign))
    return types


def _type(b: Builder, node: ast.arg, hint: Any) -> Type:
    try:
        type = annotated.typed(hint)
    except annotated.NoType as error:
        b.fail(node, f"{node.arg}: {error}")
    if not is_json(type):
        b.fail(node, f"{node.arg}: a {type} is no JSON value", f"{node.arg}: str")
    return type


def _input(function: Callable[..., Any], name: str, type: Type, default: Any) -> Value:
    """The value of a parameter: from the input, of its type, or its default. What is wrong is said by name."""
    value = f"$states.input.{name}" if name not in ("true", "false", "null", "function") else f"$states.input.`{name}`"
    test = conforms(value, type)
    said = json.dumps(f"{function.__name__}() needs {name}: {type}", ensure_ascii=False)
    if default is inspect.Parameter.empty:
        return Expr(value, 2, asserts=f"$assert({test or f'$exists({value})'}, {said})")
    literal = exact.literal(default).text
    asserts = f"$assert($not($exists({value})) or {test}, {said})" if test else ""
    return Expr(f"$exists({value}) ? {value} : {literal}", 4, asserts=asserts)


def _schema(function: Callable[..., Any], types: Mapping[str, Type]) -> dict[str, Any]:
    parameters = inspect.signature(function).parameters
    required = [name for name in types if parameters[name].default is inspect.Parameter.empty]
    properties = {}
    for name, type in types.items():
        default = parameters[name].default
        properties[name] = schema(type) | ({} if default is inspect.Parameter.empty else {"default": default})
    found: dict[str, Any] = {"type": "object", "properties": properties}
    return found | ({"required": required} if required else {}) | {"additionalProperties": False}


def _returns(b: Builder, function: Callable[..., Any]) -> Type:
    hint = hints(function).get("return", ANY)
    declared = annotated.returned(function, hint)
    found = union(b.returned) if b.returned else NULL
    if not admits(declared, found):
        b.fail(
            b.frame.written.node,
            f"{function.__name__}() may return a reference to a Large value: annotate its result so",
            f"def {function.__name__}() -> Large[str]:\n    ...",
        )
    return found if declared == ANY else declared


# --- limits


def _shallow(report: Report, found: Written, graph: Graph) -> None:
    """Refuse what would pass Step Functions' evaluation depth and could not be taken apart."""
    from treadle.language.liveness import assigns, own_values

    for each in graphs(graph):
        for step in walk(each):
            values = [*own_values(step), *(assign for assign, _ in assigns(step))]
            if any(expr.depth > TOO_DEEP for value in values for expr in expressions(value)):
                node = ast.Pass(lineno=step.place.line, col_offset=0)
                try:
                    report.fail(found.source, node, "this expression nests deeper than Step Functions evaluates")
                except Refused:
                    continue
