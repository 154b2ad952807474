"""Calls of the source: to the rules of `exact`, to helper functions (inlined), to services (a Task state each)."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from treadle.language import annotated, exact, expressions, flows, lookup, statements
from treadle.language.builder import ALL, Builder, Call, is_exception, value_of
from treadle.language.operations import Dynamic, Operation, Operational, Slot
from treadle.language.options import NO_FALLBACK, Options, Retry, retrier
from treadle.language.scan import text_of
from treadle.language.scope import DEEP, SHARED, Flow, Frame, Local, Static, Variable, assigned, merged
from treadle.language.steps import Catcher, Expr, Link, Pass, Task, Value
from treadle.language.steps import expressions as leaves
from treadle.language.tasks import Task as TaskObject
from treadle.language.term import MISSING, Function, Item, Refusal, Term
from treadle.language.types import (
    BOOL,
    FLOAT,
    INT,
    NULL,
    STR,
    Dict,
    List,
    Record,
    Tuple,
    Type,
    is_json,
    is_number,
    union,
)


def call(b: Builder, node: ast.Call, into: str = "") -> Term:
    """The term of a call. `into` is the machine's variable that the caller wants the result in, to save a step."""
    found, method, given = _callee(b, node)
    if found is not MISSING:
        if any(found is each for each in lookup.PRIMITIVES):
            return flows.primitive(b, node, found, into)
        if isinstance(found, Operational):
            return operation(b, node, found, method, given, into)
        if isinstance(found, type) and dataclasses.is_dataclass(found):
            return _dataclass(b, node, found)
        if isinstance(found, type) and typing.is_typeddict(found):
            return _typeddict(b, node, found)
    local = lookup.helper(b, node.func)
    if local is not None:
        if lookup.is_pure(b, local):
            return _pure(b, node, local)
        return inline(b, node, local, *_arguments(b, node), into=into)
    if found is not MISSING:
        return _builtin(b, node, found)
    if isinstance(node.func, ast.Attribute):
        return _method(b, node, node.func)
    b.fail(node, f"{ast.unparse(node.func)} is not a function that can be called here", as_task(node.func))


def _callee(b: Builder, node: ast.Call) -> tuple[Any, str, Options | None]:
    """The object that is called, by which method, and with which options of `using`."""
    func = node.func
    if isinstance(func, ast.Call) and isinstance(func.func, ast.Attribute) and func.func.attr == "using":
        base = lookup.static(b, func.func.value)
        if isinstance(base, TaskObject):
            return base, "__call__", _options(b, func, {each.arg: each.value for each in func.keywords if each.arg})
    if isinstance(func, ast.Attribute):
        base = lookup.static(b, func.value)
        if base is not MISSING and isinstance(base, Operational):
            return base, func.attr, None
    return lookup.static(b, func), "__call__", None


def as_task(func: ast.expr, name: str = "") -> str:
    """A task for what has no rule."""
    word = (name or ast.unparse(func)).rpartition(".")[2]
    if not word.isidentifier():
        word, name = "work", ""
    return f"@task\ndef {word}(x):\n    return {f'{name}(x)' if name else 'x'}"


def _with_names(name: str, parameters: Iterable[str]) -> str:
    return f"{name}({', '.join(f'{each}={each}' for each in parameters)})"


# --- pure calls


def _builtin(b: Builder, node: ast.Call, found: Any) -> Term:
    name = lookup.dotted(found)
    if found is str and len(node.args) == 1 and not node.keywords and not isinstance(node.args[0], ast.Starred):
        error = expressions.expression(b, node.args[0])
        return expressions.message(error) if is_exception(error.type) else exact.call(name, [Item(error)], {})
    if found is isinstance and len(node.args) == 2 and not node.keywords:
        return exact.instance(expressions.expression(b, node.args[0]), _classes(b, node.args[1]))
    if isinstance(found, type) and issubclass(found, BaseException):
        b.fail(node, f"{found.__name__} is an exception: it can only be raised", f"raise {ast.unparse(node)}")
    if isinstance(_descriptor(found), type) and node.args:
        return exact.method(expressions.expression(b, node.args[0]), found.__name__, *_given(b, node, skip=1))
    if not exact.known(name):
        b.fail(
            node, f"{name}() is not part of the language: put it into a @task and call that", as_task(node.func, name)
        )
    return exact.call(name, *_given(b, node))


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
        changed = statements.change(b, node, func)
        if changed is not None:
            return changed
    nodes = [each.value if isinstance(each, ast.Starred) else each for each in node.args]
    receiver = expressions.expression(b, func.value)
    if any(lookup.hoists(b, each) for each in [*nodes, *(each.value for each in node.keywords)]):
        receiver = b.check(receiver, func.value)
    items, keywords = _given(b, node)
    return exact.method(receiver, func.attr, items, keywords)


def _given(b: Builder, node: ast.Call, skip: int = 0) -> tuple[list[Item | Function], dict[str, Term | Function]]:
    """The arguments of a call to a rule, functions among them."""
    items: list[Item | Function] = []
    later = [*node.args[skip:], *(each.value for each in node.keywords)]
    for at, each in enumerate(node.args[skip:]):
        star = isinstance(each, ast.Starred)
        inner = each.value if isinstance(each, ast.Starred) else each
        function = None if star else expressions.function(b, inner)
        items.append(function or Item(_settled(b, inner, later[at + 1 :]), star))
    keywords: dict[str, Term | Function] = {}
    for at, keyword in enumerate(node.keywords):
        if keyword.arg is None:
            b.fail(keyword.value, "** in this call: name the arguments", "dict(a=x, b=y)")
        following = [each.value for each in node.keywords[at + 1 :]]
        found = expressions.function(b, keyword.value) or _settled(b, keyword.value, following)
        keywords[keyword.arg] = found
    return items, keywords


def _settled(b: Builder, node: ast.expr, later: Sequence[ast.expr]) -> Term:
    term = expressions.expression(b, node)
    return b.check(term, node) if term.guards and any(lookup.disturbs(b, each) for each in later) else term


def apply_static(b: Builder, node: ast.expr, found: Any, terms: Sequence[Term]) -> Term:
    """A named function applied to terms, where it is given as an argument: `map(str, xs)`, `key=len`."""
    local = lookup.as_helper(found)
    if local is not None:
        return inline_pure(b, node, local, terms)
    if isinstance(_descriptor(found), type):
        return exact.method(terms[0], found.__name__, [Item(each) for each in terms[1:]], {})
    return exact.call(lookup.dotted(found), [Item(each) for each in terms], {})


def _dataclass(b: Builder, node: ast.Call, found: type) -> Term:
    type = annotated.typed(found)
    assert isinstance(type, Record)
    bound = _bound(b, node, inspect.signature(found))
    pairs = []
    for field in dataclasses.fields(found):
        if field.name in bound:
            term = bound[field.name]
        elif field.default is not dataclasses.MISSING:
            term = exact.literal(field.default)
        elif field.default_factory is not dataclasses.MISSING:
            term = exact.literal(field.default_factory())
        else:
            b.fail(node, f"{found.__name__}() needs {field.name}")
        pairs.append((exact.literal(field.name), term))
    return replace(exact.display_dict([(key, term) for key, term in pairs]), type=type, constant=MISSING)


def _typeddict(b: Builder, node: ast.Call, found: type) -> Term:
    if node.args or any(each.arg is None for each in node.keywords):
        b.fail(node, f"{found.__name__}() takes named values", f"{found.__name__}(name=value)")
    terms = expressions.operands(b, [each.value for each in node.keywords])
    return exact.display_dict(
        [(exact.literal(each.arg), term) for each, term in zip(node.keywords, terms, strict=True)]
    )


def _bound(b: Builder, node: ast.Call, signature: inspect.Signature) -> dict[str, Term]:
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
        b.fail(node, f"{ast.unparse(node.func)}(): {error}", _with_names(ast.unparse(node.func), signature.parameters))
    return dict(bound.arguments)


# --- helper functions


Argument = tuple[ast.expr, Any]


def _arguments(b: Builder, node: ast.Call) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a call to a helper: bindings, evaluated in order."""
    if any(isinstance(each, ast.Starred) for each in node.args) or any(each.arg is None for each in node.keywords):
        b.fail(node, "* or ** in a call to a helper function: name the arguments")
    positional = [_binding(b, each) for each in node.args]
    named = {str(each.arg): _binding(b, each.value) for each in node.keywords}
    return positional, named


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
    return b.check(expressions.expression(b, node), node)


def bound_parameters(
    b: Builder, node: ast.AST, local: Local, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """What each parameter of a helper is bound to, defaults included."""
    arguments = local.written.node.args
    name = getattr(local.written.node, "name", "the lambda")
    if arguments.vararg or arguments.kwarg:
        b.fail(node, f"{name} takes * or **: give it named parameters", f"def {name}(x):\n    return x")
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    keyword_only = [each.arg for each in arguments.kwonlyargs]
    if len(args) > len(names):
        b.fail(node, f"{name}() takes {len(names)} arguments, {len(args)} are given", _with_names(name, names))
    found: dict[str, Any] = dict(zip(names, args, strict=False))
    for key, each in kwargs.items():
        if key in found or key not in (*names, *keyword_only):
            b.fail(node, f"{name}() has no further parameter {key!r}", _with_names(name, names))
        found[key] = each
    defaults = dict(zip(names[len(names) - len(arguments.defaults) :], arguments.defaults, strict=True))
    defaults |= {key: each for key, each in zip(keyword_only, arguments.kw_defaults, strict=True) if each is not None}
    for key in (*names, *keyword_only):
        if key not in found:
            if key not in defaults:
                b.fail(node, f"{name}() needs {key}", _with_names(name, names))
            found[key] = _default(b, local, key, defaults[key])
    return {key: found[key] for key in (*names, *keyword_only)}


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


def _pure(b: Builder, node: ast.Call, local: Local) -> Term:
    args, kwargs = _arguments(b, node)
    bound = bound_parameters(b, node, local, args, kwargs)
    return _body_term(b, node, local, {key: _named(b, node, key, each) for key, each in bound.items()})


def _named(b: Builder, node: ast.AST, key: str, each: Any) -> Any:
    """A term that would be written out at each use of a parameter gets a variable, where one can stand."""
    if isinstance(each, Term) and not b.lazy and len(each.text) > 30 and each.constant is MISSING:
        each = each if each.guards else b.spill(each, node, key)
    return Variable(each, SHARED) if isinstance(each, Term) else each


def inline_pure(b: Builder, node: ast.expr, local: Local, terms: Sequence[Term]) -> Term:
    """A helper that is one expression, applied to terms."""
    if not lookup.is_pure(b, local):
        raise Refusal("a function given here is one expression without calls to services")
    bound = bound_parameters(b, node, local, terms, {})
    return _body_term(
        b, node, local, {key: Variable(each, SHARED) if isinstance(each, Term) else each for key, each in bound.items()}
    )


def _body_term(b: Builder, node: ast.AST, local: Local, env: dict[str, Any]) -> Term:
    body = lookup.returned(local.written.node)
    assert body is not None
    with entered(b, node, local, env):
        return expressions.expression(b, body)


class entered:
    """Compile inside another function: its own frame, its own names."""

    def __init__(self, b: Builder, node: ast.AST, local: Local, env: dict[str, Any]) -> None:
        self.b, self.local, self.env = b, local, env
        if any(each is local.written.node for each in b.inlining):
            b.fail(
                node,
                "a function that calls itself cannot be inlined: write a loop, or make it a workflow of its own",
                "while x > 0:\n    x -= 1",
            )

    def __enter__(self) -> None:
        b = self.b
        self.saved = b.frame, b.flow.env, b.read
        b.frame.saved = b.flow.env
        b.inlining.append(self.local.written.node)
        b.frame = Frame(self.local.written, assigned(self.local.written.node), outer=self.local.frame)
        b.flow = Flow(b.flow.links, self.env)
        b.read = set()

    def __exit__(self, *failure: object) -> None:
        b = self.b
        b.frame, env, b.read = self.saved
        b.inlining.pop()
        b.flow = Flow(b.flow.links, env)


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
    with entered(b, node, local, {}):
        env = {key: _parameter(b, local, key, each) for key, each in bound.items()}
        b.flow = Flow(b.flow.links, env)
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
    b.flow = merged([Flow(flow.links, b.flow.env) for flow, _ in context.returns])
    b.given_own = min((own for _, (_, own) in context.returns), default=DEEP)
    return Term(f"${result}", union([type for _, (type, _) in context.returns]))


def _parameter(b: Builder, local: Local, key: str, each: Any) -> Any:
    """A parameter's binding: the term itself where it is a variable nobody changes, a variable of its own else."""
    if not isinstance(each, Term):
        return each
    changed = key in set().union(*(_stores(statement) for statement in _body(local)))
    if not changed and (each.constant is not MISSING or (each.text[:1] == "$" and each.text[1:].isidentifier())):
        return Variable(each, SHARED)
    name = b.variable(key)
    b.add(Pass(label=key, place=expressions_place(b, local.written.node), assign={name: value_of(each)}))
    return Variable(Term(f"${name}", each.type), SHARED)


def _body(local: Local) -> list[ast.AST]:
    body = local.written.node.body
    return list(body) if isinstance(body, list) else [body]


def _stores(node: ast.AST) -> set[str]:
    from treadle.language.scope import stored

    return stored(node)


def expressions_place(b: Builder, node: ast.AST) -> Any:
    from treadle.language.source import place

    return place(b.source, node)


# --- calls to services


def operation(
    b: Builder, node: ast.Call, found: Operational, method: str, options: Options | None = None, into: str = ""
) -> Term:
    """A Task state for a call to a service."""
    if b.lazy:
        b.fail(
            node,
            "a call to a service cannot stand here: make it before, and use its result",
            f"value = {ast.unparse(node)}",
        )
    own = _signature(b, node, found, method)
    taken = set() if isinstance(found, TaskObject) else {"retry", "timeout", "heartbeat", "fallback"}
    names = {each for each in Options.names() if each in taken or each not in own.parameters}
    plain = [each for each in node.keywords if each.arg not in names]
    chosen = {str(each.arg): each.value for each in node.keywords if each.arg in names}
    given = _bind(b, node, own, plain)
    described = {name: _described(each) for name, each in given.items()}
    try:
        made = found.__operation__(method, described)
    except TypeError as error:
        b.fail(node, str(error))
    if options is None:
        options = getattr(found, "options", None) or Options()
    options = _options(b, node, chosen, options)
    return _task(b, node, made, given, options, into)


def _signature(b: Builder, node: ast.Call, found: Operational, method: str) -> inspect.Signature:
    target = found if method == "__call__" else getattr(found, method, None)
    if target is None:
        known = [each for each in dir(found) if not each.startswith("_") and callable(getattr(found, each))]
        b.fail(node, f"{ast.unparse(node.func)}: there is no such call; there is {', '.join(known)}")
    return inspect.signature(typing.cast(Any, target))


def _bind(b: Builder, node: ast.Call, own: inspect.Signature, keywords: list[ast.keyword]) -> dict[str, Any]:
    """Every parameter of the call with its value: an object of the program, or (value, type)."""
    spread = [each for each in keywords if each.arg is None]
    if spread or any(isinstance(each, ast.Starred) for each in node.args):
        if len(spread) == 1 and len(keywords) == 1 and not node.args:
            return {"**": _argument(b, spread[0].value)}
        b.fail(
            node,
            "* or ** beside other arguments: name every argument",
            _with_names(ast.unparse(node.func), own.parameters),
        )
    args = [_argument(b, each) for each in node.args]
    named = {str(each.arg): _argument(b, each.value) for each in keywords}
    try:
        bound = own.bind(*args, **named)
    except TypeError as error:
        b.fail(node, f"{ast.unparse(node.func)}(): {error}", _with_names(ast.unparse(node.func), own.parameters))
    found: dict[str, Any] = {}
    for name, each in bound.arguments.items():
        kind = own.parameters[name].kind
        found |= each if kind is inspect.Parameter.VAR_KEYWORD else {name: each}
    return found


@dataclasses.dataclass(frozen=True)
class Given:
    """A value that a call is given when it runs."""

    value: Value
    type: Type


def _argument(b: Builder, node: ast.expr) -> Any:
    found = lookup.objects(b, node)
    if (found is not MISSING and not lookup.is_json(found)) or (
        isinstance(found, list | tuple) and found and not isinstance(found[0], str | int | float | dict | list)
    ):
        return found
    value, type = expressions.value(b, node)
    if not is_json(type):
        b.fail(node, f"a {type} is no JSON value, so no service can be given it", f"str({ast.unparse(node)})")
    return Given(value, type)


def _described(each: Any) -> Any:
    if not isinstance(each, Given):
        return each
    if any(True for _ in leaves(each.value)) or isinstance(each.value, dict | list):
        return Dynamic(_annotation(each.type))
    return each.value


def _annotation(type: Type) -> Any:
    match type:
        case List() | Tuple():
            return list
        case Dict() | Record():
            return dict
    if is_number(type):
        return int if type == INT else float
    return {STR: str, BOOL: bool, FLOAT: float, NULL: None}.get(type, Any)


def _options(b: Builder, node: ast.Call, chosen: Mapping[str, ast.expr], base: Options | None = None) -> Options:
    """The options of a call. `timeout` and `heartbeat` may be values of the run; a fallback is a Given."""
    found: dict[str, Any] = {}
    for name, each in chosen.items():
        if name == "retry":
            found[name] = _retry(b, each)
        else:
            found[name] = _argument(b, each)
    return (base or Options()).joined(found)


def _retry(b: Builder, node: ast.expr) -> Any:
    found = lookup.static(b, node)
    if isinstance(found, Retry | int) or found is None:
        return found
    if isinstance(node, ast.Constant) and isinstance(node.value, int | None):
        return node.value
    if isinstance(node, ast.Call) and lookup.static(b, node.func) is Retry and not node.args:
        given = {}
        for each in node.keywords:
            value = lookup.objects(b, each.value)
            given[str(each.arg)] = value if value is not MISSING else _literal(b, each.value)
        if "on" in given and not isinstance(given["on"], tuple):
            given["on"] = tuple(given["on"]) if isinstance(given["on"], list) else (given["on"],)
        try:
            return Retry(**given)
        except TypeError as error:
            b.fail(node, str(error))
    b.fail(node, "retry is a number or a Retry(…) of constants", "retry=3")


def _literal(b: Builder, node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        b.fail(node, f"{ast.unparse(node)} must be a constant", "60")


def _task(b: Builder, node: ast.Call, made: Operation, given: Mapping[str, Any], options: Options, into: str) -> Term:
    arguments = made.arguments
    is_lambda = made.function is not None and made.resource.startswith("arn:aws:states:::lambda:invoke")
    if "**" in given:
        if not is_lambda:
            b.fail(node, "** is for tasks alone: name every argument")
        arguments = {**arguments, "Payload": given["**"].value}
    if is_lambda and made.function is not None:
        name = f"{b.project}-{arguments['FunctionName']}"
        arguments = {**arguments, "FunctionName": name}
        b.functions[name] = made.function
    b.operations.append(made)
    func = node.func.func.value if isinstance(node.func, ast.Call) else node.func  # type: ignore[attr-defined]
    label = " ".join(ast.unparse(func).split())
    filled = _filled(b, node, arguments, given)
    result = into or b.fresh(label.replace(".", "_") if into == "" else into)
    step = Task(
        **b.marks(node, label),
        resource=made.resource,
        arguments=filled,
        assign={result: Expr(made.output)},
        retry=_tried(options, made.retry),
        timeout=_seconds(b, node, options.timeout if options.timeout is not None else made.timeout),
        heartbeat=_seconds(b, node, options.heartbeat),
    )
    type = annotated.returned(made.function or call, made.returns)
    return finish(b, node, step, Term(f"${result}", type), options.fallback)


def finish(b: Builder, node: ast.AST, step: Any, result: Term, fallback: Any = NO_FALLBACK) -> Term:
    """Put a step that calls, with what catches its errors; a fallback takes the place of its result."""
    if fallback is NO_FALLBACK:
        b.catch(step, node)
        b.add(step)
        return result
    value, type = (
        (fallback.value, fallback.type) if isinstance(fallback, Given) else (fallback, exact.literal(fallback).type)
    )
    link = Link()
    step.catch.append(Catcher((ALL,), {result.text[1:]: value}, link))
    b.add(step)
    b.flow = Flow([*b.flow.links, link], b.flow.env)
    return result.typed(union((result.type, type)))


def _retriers(options: Options) -> tuple[dict[str, Any], ...]:
    if options.retry is None:
        return ()
    found = retrier(options.retry)
    names = [name for each in found.on for name in _names(each)]
    made: dict[str, Any] = {
        "ErrorEquals": list(dict.fromkeys(names)) or [ALL],
        "IntervalSeconds": found.interval,
        "MaxAttempts": found.attempts,
        "BackoffRate": found.backoff,
    }
    made |= {"MaxDelaySeconds": found.max_delay} if found.max_delay is not None else {}
    return (made | ({"JitterStrategy": "FULL"} if found.jitter else {}),)


def _tried(options: Options, own: tuple[Mapping[str, Any], ...]) -> tuple[Mapping[str, Any], ...]:
    """The retriers of a call: what it asks for by name, then the operation's own, then what it asks for any error."""
    asked = _retriers(options)
    return (*own, *asked) if asked and asked[0]["ErrorEquals"] == [ALL] else (*asked, *own)


def _names(each: type[BaseException] | str) -> list[str]:
    from treadle.language.handlers import error_names

    return [each] if isinstance(each, str) else list(error_names(each))


def _seconds(b: Builder, node: ast.AST, value: Any) -> Value:
    """Whole seconds, as the service counts them."""
    found = value.value if isinstance(value, Given) else value
    if isinstance(found, float) and not found.is_integer():
        b.fail(node, "a timeout is whole seconds", f"timeout={int(found) + 1}")
    return int(found) if isinstance(found, float) else found


def _filled(b: Builder, node: ast.AST, template: Any, given: Mapping[str, Any]) -> Value:
    """An operation's arguments with the call's values in their slots."""
    match template:
        case Slot():
            each = given[template.name]
            found = each.value if isinstance(each, Given) else each
            return found if template.wrap == "{}" else _wrapped(b, node, template, found, each)
        case dict():
            return {name: _filled(b, node, each, given) for name, each in template.items()}
        case list() | tuple():
            return [_filled(b, node, each, given) for each in template]
        case str() if template.startswith("{%"):
            return Expr(template[2:-2].strip())
    return template


def _wrapped(b: Builder, node: ast.AST, slot: Slot, found: Value, each: Any) -> Value:
    text = text_of(found)
    if text is None:
        name = b.fresh(slot.name)
        b.add(Pass(label=name, place=expressions_place(b, node), assign={name: found}))
        text = f"${name}"
    depth = max([expr.depth for expr in leaves(found)] or [1])
    return Expr(slot.wrap.replace("{}", text), depth + 4)


def comprehension_states(b: Builder, node: ast.ListComp | ast.GeneratorExp | ast.DictComp) -> Term:
    """A comprehension that calls a service: a Map that goes through its items one by one, or the loop it stands for."""
    return flows.comprehension(b, node)
