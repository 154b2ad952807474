"""A tiny lowering of one Python expression through the rules, and its evaluation: the differential tests stand on it.

It knows neither statements nor states; the compiler's own lowering is tested by `tests.equivalence`.
"""

from __future__ import annotations

import ast
import functools
import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from treadle.engine.data import jsonata
from treadle.language import exact
from treadle.language.term import Clause, Formatted, Function, Item, Term
from treadle.language.types import Opaque, Tuple, Type

_BINARY = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitOr: "|", ast.BitAnd: "&", ast.BitXor: "^",
}  # fmt: skip
_UNARY = {ast.Not: "not", ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}
_COMPARE = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.In: "in",
    ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip
MODULES = ("math", "json")

Env = Mapping[str, Term]


def lower(source: str, types: Mapping[str, Type]) -> Term:
    """The term of a Python expression over variables of these types."""
    return _lower(ast.parse(source, mode="eval").body, {name: Term(f"${name}", each) for name, each in types.items()})


def _lower(node: ast.expr, env: Env) -> Term:
    go = functools.partial(_lower, env=env)
    match node:
        case ast.Constant():
            return exact.literal(node.value)
        case ast.Name():
            return env[node.id]
        case ast.BinOp():
            return exact.binary(_BINARY[type(node.op)], go(node.left), go(node.right))
        case ast.UnaryOp():
            return exact.unary(_UNARY[type(node.op)], go(node.operand))
        case ast.BoolOp():
            join = exact.both if isinstance(node.op, ast.And) else exact.either
            return functools.reduce(
                lambda right, left: join(left, right), map(go, node.values[-2::-1]), go(node.values[-1])
            )
        case ast.Compare():
            return exact.chain([go(node.left), *map(go, node.comparators)], [_COMPARE[type(op)] for op in node.ops])
        case ast.IfExp():
            return exact.conditional(exact.truth(go(node.test)), go(node.body), go(node.orelse))
        case ast.JoinedStr():
            return exact.join([_part(each, env) for each in node.values])
        case ast.List():
            return exact.display_list(_items(node.elts, env))
        case ast.Tuple():
            return exact.display_tuple(_items(node.elts, env))
        case ast.Dict():
            return exact.display_dict(
                [(None if k is None else go(k), go(v)) for k, v in zip(node.keys, node.values, strict=True)]
            )
        case ast.Subscript(slice=ast.Slice() as cut):
            return exact.slice(
                go(node.value), *(None if each is None else go(each) for each in (cut.lower, cut.upper, cut.step))
            )
        case ast.Subscript():
            return exact.subscript(go(node.value), go(node.slice))
        case ast.ListComp() | ast.GeneratorExp():
            made = _comprehend(node.generators, env, lambda inner: _lower(node.elt, inner), exact.comprehension)
            return made if isinstance(node, ast.ListComp) else made.typed(Opaque("iterator", (made.type.item,)))  # type: ignore[attr-defined]
        case ast.DictComp():
            return _comprehend(
                node.generators,
                env,
                lambda inner: (_lower(node.key, inner), _lower(node.value, inner)),
                lambda clauses, pair: exact.comprehension_dict(clauses, *pair),
            )
        case ast.Call():
            return _call(node, env)
    raise NotImplementedError(ast.dump(node))


def _part(node: ast.expr, env: Env) -> str | Formatted:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.FormattedValue)
    conversion = "" if node.conversion == -1 else chr(node.conversion)
    return Formatted(_lower(node.value, env), conversion, _lower(node.format_spec, env) if node.format_spec else None)


def _items(nodes: list[ast.expr], env: Env) -> list[Item]:
    return [
        Item(_lower(each.value, env), True) if isinstance(each, ast.Starred) else Item(_lower(each, env))
        for each in nodes
    ]


def _comprehend(generators: list[ast.comprehension], env: Env, element: Any, build: Any) -> Term:
    clauses: list[Clause] = []
    inner = dict(env)
    for generator in generators:
        items = exact.iterate(_lower(generator.iter, inner))
        name = f"$c{len(inner)}"
        variable = Term(name, items.type.item)  # type: ignore[attr-defined]
        target = generator.target
        if isinstance(target, ast.Tuple):
            assert isinstance(variable.type, Tuple)
            for at, each in enumerate(target.elts):
                inner[each.id] = replace(exact.subscript(variable, exact.literal(at)), guards=())  # type: ignore[attr-defined]
        else:
            inner[target.id] = variable  # type: ignore[attr-defined]
        clauses.append(Clause(name, items, tuple(exact.truth(_lower(test, inner)) for test in generator.ifs)))
    made: Term = build(clauses, element(inner))
    return made


def _argument(node: ast.expr, env: Env) -> Item | Function:
    if isinstance(node, ast.Lambda):
        names = [each.arg for each in node.args.args]
        return Function(len(names), lambda *terms: _lower(node.body, {**env, **dict(zip(names, terms, strict=True))}))
    if isinstance(node, ast.Name) and node.id not in env and exact.known(node.id):
        return Function(1, lambda *terms: exact.call(node.id, [Item(each) for each in terms], {}))
    if isinstance(node, ast.Starred):
        return Item(_lower(node.value, env), True)
    return Item(_lower(node, env))


def _call(node: ast.Call, env: Env) -> Term:
    items = [_argument(each, env) for each in node.args]
    keywords = {}
    for each in node.keywords:
        found = _argument(each.value, env)
        keywords[each.arg or ""] = found.value if isinstance(found, Item) else found
    func = node.func
    if isinstance(func, ast.Name):
        return exact.call(func.id, items, keywords)
    assert isinstance(func, ast.Attribute)
    if isinstance(func.value, ast.Name) and func.value.id in MODULES:
        return exact.call(f"{func.value.id}.{func.attr}", items, keywords)
    return exact.method(_lower(func.value, env), func.attr, items, keywords)


# --- evaluation


@functools.lru_cache(4096)
def _compiled(text: str) -> Any:
    return jsonata.compile(text)


def run(term: Term, values: Mapping[str, Any]) -> Any:
    """What the machine gives: the value, or ("error", name, cause) of the first guard that holds."""
    for guard in term.guards:
        if _compiled(guard.when)(values) is True:
            return ("error", _compiled(guard.error)(values), _compiled(guard.cause)(values))
    return _compiled(term.text)(values)


def python(source: str, values: Mapping[str, Any]) -> Any:
    """What CPython gives, in JSON's words."""
    try:
        found = eval(source, {"math": math, "json": json, **values})
    except Exception as failure:  # noqa: BLE001
        return ("error", type(failure).__name__, str(failure))
    return plain(found)


def plain(value: Any) -> Any:
    if isinstance(value, (list, tuple, range, zip, map, filter, enumerate, reversed)) or type(
        value
    ).__name__.startswith("dict_"):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return value


def cause(error: tuple[str, str, str]) -> str:
    """The text of an exception. Characters that cannot be printed stand in ours as they are, in Python's as escapes."""
    return re.sub(r"\\(x..|u....|U........)", lambda match: chr(int(match[1][1:], 16)), error[2])


def same(found: Any, wanted: Any) -> bool:
    """Equal as JSON: no bool equals a number, and dicts keep their order."""
    if isinstance(found, tuple) or isinstance(wanted, tuple):
        return (
            isinstance(found, tuple)
            and isinstance(wanted, tuple)
            and found[:2] == wanted[:2]
            and cause(found) == cause(wanted)
        )
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, list):
        return isinstance(wanted, list) and len(found) == len(wanted) and all(map(same, found, wanted))
    if isinstance(found, dict):
        return (
            isinstance(wanted, dict)
            and list(found) == list(wanted)
            and all(same(found[key], wanted[key]) for key in found)
        )
    return type(wanted) not in (list, dict, tuple) and bool(found == wanted)
