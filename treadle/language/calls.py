"""Calls of the source: to the rules of `exact`, to helper functions (inlined), to services (a Task state each)."""

from __future__ import annotations

import ast
import collections
import dataclasses
import inspect
import json
import re
import typing
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from treadle.language import (
    annotated,
    callables,
    changes,
    classes,
    comprehensions,
    exact,
    expressions,
    flows,
    inlining,
    keyed,
    lookup,
    patterns,
    services,
)
from treadle.language.builder import Builder, is_exception
from treadle.language.exact.regex import Regex
from treadle.language.operations import Operational
from treadle.language.options import Options
from treadle.language.scope import Local
from treadle.language.term import MISSING, Function, Guard, Item, Refusal, Term
from treadle.language.types import STR


def call(b: Builder, node: ast.Call, into: str = "") -> Term:
    """The term of a call. `into` is the machine's variable that the caller wants the result in, to save a step."""
    found, method, given = _callee(b, node)
    if found is not MISSING:
        if any(found is each for each in lookup.PRIMITIVES):
            return flows.primitive(b, node, found, into)
        if isinstance(found, Operational):
            return services.operation(b, node, found, method, given, into)
        if isinstance(found, type) and (dataclasses.is_dataclass(found) or annotated.is_named_tuple(found)):
            return classes.construct(b, node, found)
        if isinstance(found, type) and typing.is_typeddict(found):
            return _typeddict(b, node, found)
    if callables.is_choice(b, node.func):
        return callables.call(b, node)
    local = lookup.helper(b, node.func) or _entry(b, node.func)
    if local is not None:
        if lookup.can_inline(b, local):
            return inlining.pure_call(b, node, local)
        return inlining.inline(b, node, local, *inlining.bindings_of(b, node), into=into)
    if found is not MISSING:
        return keyed.call(b, node, found) if keyed.calls_out(b, node, found) else _builtin(b, node, found)
    if isinstance(node.func, ast.Attribute):
        return _method(b, node, node.func)
    b.fail(node, f"{ast.unparse(node.func)} is not a function that can be called here", as_task(node.func))


def _entry(b: Builder, func: ast.expr) -> Local | None:
    """The function that a constant key of a table of functions stands for."""
    found = callables.way(b, func) if isinstance(func, ast.Subscript) else None
    return found if isinstance(found, Local) else None


def _callee(b: Builder, node: ast.Call) -> tuple[Any, str, Options | None]:
    """The object that is called, by which method, and with which options of `using`."""
    func = node.func
    if isinstance(func, ast.Call) and isinstance(func.func, ast.Attribute) and func.func.attr == "using":
        base = lookup.static(b, func.func.value)
        if base is not MISSING and isinstance(base, Operational) and hasattr(type(base), "using"):
            return (
                base,
                "__call__",
                services.options_of(b, func, {each.arg: each.value for each in func.keywords if each.arg}),
            )
    if isinstance(func, ast.Attribute):
        base = lookup.static(b, func.value)
        if base is not MISSING and isinstance(base, Operational):
            return base, func.attr, None
    return lookup.static(b, func), "__call__", None


def as_task(func: ast.expr, name: str = "", given: Sequence[ast.expr] = ()) -> str:
    """A task for what has no rule, with the names of what it is given."""
    word = (name or ast.unparse(func)).rpartition(".")[2]
    if not word.isidentifier() or word == name:
        word, name = "work", name if word == name else ""
    names = [each.id for each in given if isinstance(each, ast.Name)]
    taken = ", ".join(names) if names and len(set(names)) == len(given) else "x"
    return f"@task\ndef {word}({taken}):\n    return {f'{name}({taken})' if name else taken}"


def with_names(name: str, parameters: Iterable[str]) -> str:
    return f"{name}({', '.join(f'{each}={each}' for each in parameters)})"


# --- pure calls


_ELSEWHERE = {
    "print": ("a workflow prints nothing: its history holds every value", "pass"),
    "time.sleep": ("a workflow waits with wait(seconds)", "wait(3)"),
    "random.seed": (
        "a workflow's random numbers cannot be repeated: Python's generator is not JSONata's",
        "random.random()",
    ),
    "random.Random": (
        "a workflow's random numbers cannot be repeated: Python's generator is not JSONata's",
        "random.random()",
    ),
}
"""What a workflow has another way for: why, and how it is written."""


def _builtin(b: Builder, node: ast.Call, found: Any) -> Term:
    name = lookup.dotted(found)
    if patterns.is_call(found):
        return patterns.call(b, node, found)
    if found is str and len(node.args) == 1 and not node.keywords and not isinstance(node.args[0], ast.Starred):
        error = expressions.expression(b, node.args[0])
        return expressions.message(error) if is_exception(error.type) else exact.call(name, [Item(error)], {})
    if found is isinstance and len(node.args) == 2 and not node.keywords:
        return exact.instance(expressions.expression(b, node.args[0]), _classes(b, node.args[1]))
    if isinstance(found, type) and issubclass(found, BaseException):
        b.fail(node, f"{found.__name__} is an exception: it can only be raised", f"raise {ast.unparse(node)}")
    if found is dataclasses.replace:
        return classes.replaced(b, node)
    if found is dataclasses.asdict:
        return classes.as_dict(b, node)
    if found is dict and any(each.arg is None for each in node.keywords):
        return _dict_of(b, node)
    if found is collections.defaultdict:
        return _defaultdict(b, node)
    if isinstance(_descriptor(found), type) and node.args:
        return exact.method(expressions.expression(b, node.args[0]), found.__name__, *arguments_of(b, node, skip=1))
    if name in _ELSEWHERE:
        b.fail(node, *_ELSEWHERE[name])
    if not exact.known(name):
        b.fail(
            node,
            f"{name}() is not part of the language: put it into a @task and call that",
            as_task(node.func, name, node.args),
        )
    return exact.call(name, *arguments_of(b, node))


def _dict_of(b: Builder, node: ast.Call) -> Term:
    """`dict(d, a=1, **options)`: TypeError where a name is given twice."""
    if len(node.args) > 1 or any(isinstance(each, ast.Starred) for each in node.args):
        b.fail(node, "dict() takes one dict or one list of pairs", "dict(pairs, a=1)")
    terms = expressions.operands(b, [*node.args, *(each.value for each in node.keywords)])
    base = [exact.call("dict", [Item(each)], {}) for each in terms[: len(node.args)]]
    given = list(zip([each.arg for each in node.keywords], terms[len(node.args) :], strict=True))
    if sum(name is None for name, _ in given) > 1:
        b.fail(node, "dict() with several ** raises for a key that is in two of them", "{**a, **b}")
    guards = []
    for other in [term for name, term in given if name is None]:
        for name in [str(name) for name, _ in given if name is not None]:
            twice = exact.compare("in", exact.literal(name), replace(other, guards=()))
            if twice.constant is not False:
                says = f"dict() got multiple values for keyword argument '{name}'"
                guards.append(Guard(twice.text, '"TypeError"', json.dumps(says)))
    pairs = [(None, each) for each in base]
    made = exact.display_dict([*pairs, *((exact.literal(name) if name else None, term) for name, term in given)])
    return replace(made, guards=(*made.guards, *guards))


def _defaultdict(b: Builder, node: ast.Call) -> Term:
    """`defaultdict(list)`, `defaultdict(lambda: "none", d)`."""
    factory, *others = node.args or [ast.Constant(None)]
    found = lookup.static(b, factory)
    if len(others) > 1 or node.keywords or not (isinstance(factory, ast.Lambda) or isinstance(found, type)):
        b.fail(node, "defaultdict() takes a type or a lambda, and a dict", "defaultdict(list)")
    base = expressions.expression(b, others[0]) if others else None
    if isinstance(factory, ast.Lambda):
        return exact.defaulting(expressions.expression(b, factory.body), base)
    return exact.defaulting(found.__name__, base)


def _classes(b: Builder, node: ast.expr) -> list[str]:
    found = lookup.objects(b, node)
    classes = list(found) if isinstance(found, list | tuple) else [found]
    for each in classes:
        if each not in (str, int, float, bool, list, dict, type(None)):
            b.fail(node, "isinstance tells str, int, float, bool, list and dict apart", "isinstance(x, str)")
    return [each.__name__ for each in classes]


def _descriptor(found: Any) -> Any:
    return getattr(found, "__objclass__", None)


def _method(b: Builder, node: ast.Call, func: ast.Attribute) -> Term:
    if func.attr in lookup.CHANGING:
        changed = changes.change(b, node, func)
        if changed is not None:
            return changed
    nodes = [each.value if isinstance(each, ast.Starred) else each for each in node.args]
    receiver = expressions.expression(b, func.value)
    if any(lookup.disturbs(b, each) for each in [*nodes, *(each.value for each in node.keywords)]):
        receiver = b.check(receiver, func.value)
    if isinstance(receiver.type, Regex):
        return patterns.method(b, node, receiver, func.attr)
    if func.attr == "translate" and len(node.args) == 1 and receiver.type == STR:
        return exact.translate(receiver, patterns.table(b, node.args[0]))
    made = classes.method(b, node, receiver, func.attr)
    if made is not None:
        return made
    items, keywords = arguments_of(b, node)
    if func.attr == "format" and isinstance(receiver.constant, str):
        items, keywords = [_told(each) for each in items], {name: _told(each) for name, each in keywords.items()}
    try:
        return exact.method(receiver, func.attr, items, keywords)
    except Refusal as refusal:
        raise (patterns.about(refusal, func.value) if receiver.type == STR else refusal) from None


def _told(given: Any) -> Any:
    """An argument, an exception as its text."""
    if isinstance(given, Item):
        return Item(_told(given.value), given.star)
    return expressions.message(given) if isinstance(given, Term) and is_exception(given.type) else given


def arguments_of(b: Builder, node: ast.Call, skip: int = 0) -> tuple[list[Item | Function], dict[str, Term | Function]]:
    """The arguments of a call to a rule, functions among them."""
    items: list[Item | Function] = []
    later = [*node.args[skip:], *(each.value for each in node.keywords)]
    for at, each in enumerate(node.args[skip:]):
        star = isinstance(each, ast.Starred)
        inner = each.value if isinstance(each, ast.Starred) else each
        function = None if star else callables.function(b, inner)
        items.append(function or Item(_settled(b, inner, later[at + 1 :]), star))
    keywords: dict[str, Term | Function] = {}
    over = node.args[skip] if len(node.args) > skip else None
    for at, keyword in enumerate(node.keywords):
        if keyword.arg is None:
            b.fail(keyword.value, "** in this call: name the arguments", "dict(a=x, b=y)")
        following = [each.value for each in node.keywords[at + 1 :]]
        found = callables.function(b, keyword.value, over) or _settled(b, keyword.value, following)
        keywords[keyword.arg] = found
    return items, keywords


def _settled(b: Builder, node: ast.expr, later: Sequence[ast.expr]) -> Term:
    term = expressions.expression(b, node)
    return b.check(term, node) if term.guards and any(lookup.disturbs(b, each) for each in later) else term


def apply_static(b: Builder, node: ast.expr, found: Any, terms: Sequence[Term]) -> Term:
    """A named function applied to terms, where it is given as an argument: `map(str, xs)`, `key=len`."""
    local = lookup.as_helper(found)
    if local is not None:
        return inlining.inline_pure(b, node, local, terms)
    if isinstance(getattr(found, "__self__", None), re.Pattern) and len(terms) == 1:
        return patterns.applied(found, terms[0])
    if isinstance(_descriptor(found), type):
        return exact.method(terms[0], found.__name__, [Item(each) for each in terms[1:]], {})
    return exact.call(lookup.dotted(found), [Item(each) for each in terms], {})


def _typeddict(b: Builder, node: ast.Call, found: type) -> Term:
    if node.args or any(each.arg is None for each in node.keywords):
        b.fail(node, f"{found.__name__}() takes named values", f"{found.__name__}(name=value)")
    terms = expressions.operands(b, [each.value for each in node.keywords])
    return exact.display_dict(
        [(exact.literal(each.arg), term) for each, term in zip(node.keywords, terms, strict=True)]
    )


def bound_terms(b: Builder, node: ast.Call, signature: inspect.Signature) -> dict[str, Term]:
    if any(isinstance(each, ast.Starred) for each in node.args) or any(each.arg is None for each in node.keywords):
        b.fail(node, "* or ** in this call: name the arguments", "dict(a=x, b=y)")
    nodes = [*node.args, *(each.value for each in node.keywords)]
    terms = expressions.operands(b, nodes)
    try:
        bound = signature.bind(
            *terms[: len(node.args)],
            **{str(each.arg): term for each, term in zip(node.keywords, terms[len(node.args) :], strict=True)},
        )
    except TypeError as error:
        b.fail(node, f"{ast.unparse(node.func)}(): {error}", with_names(ast.unparse(node.func), signature.parameters))
    return dict(bound.arguments)


Argument = tuple[ast.expr, Any]


def comprehension_states(b: Builder, node: ast.ListComp | ast.GeneratorExp | ast.DictComp) -> Term:
    """A comprehension that calls a service: a Map that goes through its items one by one, or the loop it stands for."""
    return comprehensions.comprehension(b, node)
