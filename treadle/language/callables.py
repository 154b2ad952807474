"""Functions as values: lambdas, helpers, built-ins and bound methods given as arguments; tables of functions, and one
of several chosen while the workflow runs.
"""

from __future__ import annotations

import ast
import functools
import operator
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from treadle.language import calls, comprehensions, exact, expressions, facts, inlining, lookup
from treadle.language.builder import Builder
from treadle.language.exact.formatting import quoted
from treadle.language.operations import Operational
from treadle.language.scope import Env, Flow, Local, Static, Variable
from treadle.language.source import Written
from treadle.language.term import ANY_NUMBER, MISSING, Function, Guard, Item, Refusal, Term
from treadle.language.types import BOOL, Record, without
from treadle.language.types import NULL as NONE

Way = Local | Static


@dataclass(frozen=True, slots=True)
class Table:
    """A dict of functions that the workflow writes: what each key stands for."""

    entries: tuple[tuple[Any, Way], ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """One of several functions: the first whose constant `key` equals, `default` where none does."""

    key: Term
    entries: tuple[tuple[Any, Way], ...]
    default: Way


# --- what an expression stands for


def way(b: Builder, node: ast.expr) -> Way | None:
    """The function that an expression certainly is: nothing is evaluated to find out."""
    if isinstance(node, ast.Lambda):
        return Local(Written(node, b.source), b.frame)
    if isinstance(node, ast.Name) and isinstance(local := b.lookup(node.id), Local):
        return local
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        entries = table(b, node.value) or ()
        return next((each for key, each in entries if key == node.slice.value), None)
    if not isinstance(node, ast.Name | ast.Attribute):
        return None
    found = lookup.static(b, node)
    callable_one = found is not MISSING and callable(found) and not isinstance(found, Table | Chosen)
    return Static(found) if callable_one or isinstance(found, Operational) else None


def table(b: Builder, node: ast.expr) -> tuple[tuple[Any, Way], ...] | None:
    """The entries of a dict of functions, None for anything else."""
    if isinstance(node, ast.Dict) and node.keys:
        keys = [each.value if isinstance(each, ast.Constant) else MISSING for each in node.keys]
        ways = [way(b, each) for each in node.values]
        if MISSING in keys or any(each is None for each in ways):
            return None
        return tuple({key: each for key, each in zip(keys, ways, strict=True) if each is not None}.items())
    if not isinstance(node, ast.Name | ast.Attribute):
        return None
    found = lookup.static(b, node)
    if isinstance(found, Table):
        return found.entries
    functions = isinstance(found, dict) and [callable(each) or isinstance(each, Operational) for each in found.values()]
    if functions and all(functions):
        return tuple((key, Static(each)) for key, each in found.items())
    return None


def keys(b: Builder, node: ast.expr) -> ast.expr | None:
    """What `in` looks through where a table of functions stands behind it."""
    entries = table(b, node) if isinstance(node, ast.Name | ast.Attribute) else None
    if entries is None:
        return None
    made = ast.List([ast.Constant(key) for key, _ in entries], ast.Load())
    return ast.fix_missing_locations(ast.copy_location(made, node))


def is_choice(b: Builder, node: ast.expr) -> bool:
    """True where an expression gives one of several functions."""
    match node:
        case ast.Name():
            found = b.lookup(node.id)
            return isinstance(found, Static) and isinstance(found.value, Chosen)
        case ast.IfExp():
            return all(way(b, each) is not None or is_choice(b, each) for each in (node.body, node.orelse))
        case ast.Subscript():
            return way(b, node) is None and table(b, node.value) is not None
        case ast.Call(func=ast.Attribute(attr="get") as func, args=[_, default], keywords=[]):
            return table(b, func.value) is not None and way(b, default) is not None
    return False


def ways(b: Builder, node: ast.expr) -> list[Way]:
    """All functions that a choice may give."""
    match node:
        case ast.Name():
            found = b.lookup(node.id)
            if isinstance(found, Static) and isinstance(found.value, Chosen):
                return [each for _, each in found.value.entries] + [found.value.default]
        case ast.IfExp():
            return ways(b, node.body) + ways(b, node.orelse)
        case ast.Subscript():
            return [each for _, each in table(b, node.value) or ()]
        case ast.Call(func=ast.Attribute() as func, args=[_, default]) if is_choice(b, node):
            return [each for _, each in table(b, func.value) or ()] + ways(b, default)
    found = way(b, node)
    return [found] if found is not None else []


def choice(b: Builder, node: ast.expr) -> Chosen:
    """What decides which function it is, evaluated here: KeyError where a table has no such key."""
    match node:
        case ast.Name():
            found = b.lookup(node.id)
            assert isinstance(found, Static)
            assert isinstance(found.value, Chosen)
            return found.value
        case ast.IfExp():
            then, other = way(b, node.body), way(b, node.orelse)
            if then is None or other is None:
                b.fail(node, "a choice of functions chooses between two", "f = g if x else h")
            with b.exact(node.test):
                test = exact.truth(expressions.expression(b, node.test))
            return Chosen(_held(b, test, node.test), ((True, then),), other)
        case ast.Subscript():
            entries = table(b, node.value) or ()
            with b.exact(node):
                key = _held(b, expressions.expression(b, node.slice), node.slice)
                known = exact.display_list([Item(exact.literal(each)) for each, _ in entries])
                missing = exact.compare("not in", key, known)
            guard = Guard(missing.text, '"KeyError"', quoted(key.text))
            checked = b.check(Term(key.text, key.type, guards=(*key.guards, guard)), node)
            return Chosen(checked, entries[:-1], entries[-1][1])
        case ast.Call(func=ast.Attribute() as func, args=[index, default]):
            otherwise = way(b, default)
            assert otherwise is not None
            key = _held(b, expressions.expression(b, index), index)
            return Chosen(key, table(b, func.value) or (), otherwise)
    raise AssertionError("not a choice of functions")


def _held(b: Builder, term: Term, node: ast.expr) -> Term:
    """A key that is compared several times: a variable of its own where it is more than one."""
    term = b.check(term, node)
    plain = term.text[:1] == "$" and term.text[1:].isidentifier()
    return term if plain or b.lazy or term.constant is not MISSING else b.spill(term, node)


# --- calls


def call(b: Builder, node: ast.Call) -> Term:
    """A call of one of several functions: the expression that names each of them with its own call."""
    chosen = choice(b, node.func)
    arguments = [_argument(b, each) for each in node.args]
    keywords = [ast.keyword(each.arg, _argument(b, each.value)) for each in node.keywords]
    at = len(b.used)
    names: dict[str, Any] = {f"way·{at}·{number}": each for number, (_, each) in enumerate(chosen.entries)}
    key, otherwise = f"way·{at}·key", f"way·{at}·default"
    names |= {key: Variable(chosen.key), otherwise: chosen.default}

    def called(name: str) -> ast.expr:
        return ast.Call(ast.Name(name, ast.Load()), arguments, keywords)

    made = called(otherwise)
    for number, (constant, _) in reversed(list(enumerate(chosen.entries))):
        test: ast.expr = ast.Name(key, ast.Load())
        if chosen.key.type != BOOL or constant is not True:
            test = ast.Compare(test, [ast.Eq()], [ast.Constant(constant)])
        made = ast.IfExp(test, called(f"way·{at}·{number}"), made)
    for each in ast.walk(made):
        if isinstance(each, ast.expr) and not hasattr(each, "lineno"):
            ast.copy_location(each, node)
    with _named(b, names):
        return expressions.expression(b, made)


def _argument(b: Builder, node: ast.expr) -> ast.expr:
    """An argument, evaluated once: before the call is chosen, as each way names it again."""
    if b.lazy or isinstance(node, ast.Name | ast.Constant | ast.Lambda | ast.Starred) or way(b, node) is not None:
        return node
    term = b.spill(b.check(expressions.expression(b, node), node), node)
    name = f"argument·{term.text[1:]}"
    b.bind(name, Variable(term))
    return ast.copy_location(ast.Name(name, ast.Load()), node)


@contextmanager
def _named(b: Builder, names: dict[str, Any]) -> Iterator[None]:
    """Names of the compiler's own, for as long as an expression is made."""
    for name, each in names.items():
        b.bind(name, each)
    try:
        yield
    finally:
        b.flow = Flow(b.flow.links, {key: each for key, each in b.flow.env.items() if key not in names})


# --- as arguments


def function(b: Builder, node: ast.expr, over: ast.expr | None = None) -> Function | None:
    """A lambda, a named function or a bound method given as an argument; None where the node is a value.

    `over` is what the function is called for: each item of it.
    """
    if isinstance(node, ast.Lambda) and _parameters(node.args) != ANY_NUMBER:
        return Function(_parameters(node.args), lambda *terms: _lambda(b, node, terms, over))
    if isinstance(node, ast.Call):
        return _made(b, node) or (_choosing(b, node) if is_choice(b, node) else None)
    if is_choice(b, node):
        return _choosing(b, node)
    found = way(b, node)
    if isinstance(node, ast.Attribute) and found is None:
        return _bound_method(b, node, over)
    return _of(b, node, found) if found is not None else None


def _of(b: Builder, node: ast.expr, found: Way) -> Function:
    if isinstance(found, Local):
        written = found.written.node
        return Function(_parameters(written.args), lambda *terms: _applied(b, node, found, terms))
    return Function(ANY_NUMBER, lambda *terms: calls.apply_static(b, node, found.value, terms))


def _lambda(b: Builder, node: ast.Lambda, terms: Sequence[Term], over: ast.expr | None) -> Term:
    names = [each.arg for each in node.args.args]
    if len(names) != len(terms) or node.args.vararg or node.args.kwarg or node.args.kwonlyargs:
        raise Refusal(f"the lambda takes {len(names)} parameters, and is given {len(terms)}")
    env: Env = {**b.flow.env, **{name: Variable(term) for name, term in zip(names, terms, strict=True)}}
    for said in comprehensions.key_of(b, over, terms[0].text) if over is not None and terms else ():
        env = facts.learned(env, said, True)
    with expressions.lazily(b, env):
        return expressions.expression(b, node.body)


def _parameters(arguments: ast.arguments) -> int:
    varying = arguments.defaults or arguments.vararg or arguments.kwonlyargs or arguments.kwarg
    return ANY_NUMBER if varying else len(arguments.posonlyargs) + len(arguments.args)


def _applied(b: Builder, node: ast.expr, local: Local, terms: Sequence[Term]) -> Term:
    with expressions.lazily(b):
        return inlining.inline_pure(b, node, local, terms)


def _choosing(b: Builder, node: ast.expr) -> Function:
    chosen = choice(b, node)

    def apply(*terms: Term) -> Term:
        made = _of(b, node, chosen.default).apply(*terms)
        for constant, each in reversed(chosen.entries):
            test = exact.compare("==", chosen.key, exact.literal(constant))
            made = exact.conditional(test, _of(b, node, each).apply(*terms), made)
        return made

    return Function(ANY_NUMBER, apply)


def _bound_method(b: Builder, node: ast.Attribute, over: ast.expr | None) -> Function | None:
    """`d.get` as a key: the method of a value that is evaluated here."""
    if not isinstance(node.value, ast.Name) or not isinstance(found := b.lookup(node.value.id), Variable):
        return None
    type = without(found.term.type, NONE)
    if (isinstance(type, Record) and type.attributes) or not exact.has_method(found.term, node.attr):
        return None
    receiver = expressions.expression(b, node.value)
    if node.attr == "get" and over is not None and ast.unparse(over) in _keys_of(node.value.id):
        return Function(1, lambda t: replace(exact.subscript(receiver, t), guards=()))  # each key is there
    return Function(ANY_NUMBER, lambda *terms: exact.method(receiver, node.attr, [Item(each) for each in terms], {}))


def _keys_of(name: str) -> tuple[str, ...]:
    return name, f"{name}.keys()", f"list({name})", f"set({name})", f"sorted({name})"


def _made(b: Builder, node: ast.Call) -> Function | None:
    """`operator.itemgetter`, `attrgetter` and `methodcaller` of constants, `functools.partial`."""
    found = lookup.static(b, node.func)
    if found is functools.partial and node.args:
        return _partial(b, node)
    if found not in (operator.itemgetter, operator.attrgetter, operator.methodcaller) or not node.args:
        return None
    keys = [each.value if isinstance(each, ast.Constant) else MISSING for each in node.args]
    if MISSING in keys or node.keywords:
        b.fail(node, f"{ast.unparse(node.func)}() takes constants here", "lambda record: record[key]")
    if found is operator.itemgetter:
        return Function(1, lambda t: _each(keys, lambda key: exact.subscript(t, exact.literal(key))))
    if found is operator.attrgetter:
        return Function(1, lambda t: _each(keys, lambda key: exact.attribute(t, str(key))))
    given = [Item(exact.literal(each)) for each in keys[1:]]
    return Function(1, lambda t: exact.method(t, str(keys[0]), given, {}))


def _each(keys: Sequence[Any], get: Any) -> Term:
    found = [get(key) for key in keys]
    return found[0] if len(found) == 1 else exact.display_tuple([Item(each) for each in found])


def _partial(b: Builder, node: ast.Call) -> Function:
    inner = function(b, node.args[0])
    if inner is None or node.keywords:
        b.fail(node, "functools.partial() takes a function and its first arguments", "lambda x: f(1, x)")
    given = [b.check(expressions.expression(b, each), each) for each in node.args[1:]]
    count = inner.parameters - len(given) if inner.parameters != ANY_NUMBER else ANY_NUMBER
    return Function(count, lambda *terms: inner.apply(*given, *terms))
