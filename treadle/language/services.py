"""Calls to services: what they are given, their options, and the Task state they become."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import typing
from collections.abc import Mapping
from typing import Any

from treadle.language import (
    annotated,
    calls,
    exact,
    expressions,
    fallbacks,
    growth,
    inlining,
    lookup,
    tasks,
)
from treadle.language.builder import ALL, Builder, Try
from treadle.language.operations import Dynamic, Operation, Operational, Slot
from treadle.language.options import NO_FALLBACK, Options, Retry, retrier
from treadle.language.scan import text_of
from treadle.language.scope import Flow
from treadle.language.steps import Catcher, Expr, Link, Pass, Task, Value
from treadle.language.steps import expressions as leaves
from treadle.language.tasks import Task as TaskObject
from treadle.language.term import MISSING, Term
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
    admits,
    holds_large,
    is_json,
    is_number,
    union,
)


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
        options = options.joined({"fallback": fallbacks.named(options.fallback)})
    options = options_of(b, node, chosen, options)
    if isinstance(options.fallback, fallbacks.Others):
        return fallbacks.call(b, node, found, method, options, plain, into)
    _carried(b, node, made, given)
    return _task(b, node, made, given, options, into)


def _carried(b: Builder, node: ast.Call, made: Operation, given: Mapping[str, Any]) -> None:
    """Refuse a value that may travel as a reference where whoever is called would not know it for one."""
    large = {name: each.type for name, each in given.items() if isinstance(each, Given) and holds_large(each.type)}
    if not large or made.resource.startswith("arn:aws:states:::lambda:invoke"):
        return
    if made.function is None:
        b.fail(
            node,
            f"{next(iter(large))} may be a reference to a Large value, which {ast.unparse(node.func)}() cannot read: "
            "take what it needs from the value in a @task",
            "@task\ndef beginning(text: str) -> str:\n    return text[:10_000]",
        )
    hints = tasks.hints(getattr(made.function, "function", made.function))
    for name, type in large.items():
        if not admits(annotated.returned(calls.call, hints.get(name, Any)), type):
            b.fail(
                node,
                f"{name} may be a reference to a Large value, and {ast.unparse(node.func)}() does not expect one: "
                "annotate its parameter so",
                f"{name}: Large[str]",
            )


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
            calls.with_names(ast.unparse(node.func), own.parameters),
        )
    args = [_argument(b, each) for each in node.args]
    named = {str(each.arg): _argument(b, each.value) for each in keywords}
    try:
        bound = own.bind(*args, **named)
    except TypeError as error:
        b.fail(node, f"{ast.unparse(node.func)}(): {error}", calls.with_names(ast.unparse(node.func), own.parameters))
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


def options_of(b: Builder, node: ast.Call, chosen: Mapping[str, ast.expr], base: Options | None = None) -> Options:
    """The options of a call. `timeout` and `heartbeat` may be values of the run; a fallback is a Given."""
    found: dict[str, Any] = {}
    for name, each in chosen.items():
        if name == "retry":
            found[name] = _retry(b, each)
        elif name == "fallback":
            found[name] = fallbacks.others(b, each) or _argument(b, each)
        else:
            found[name] = _argument(b, each)
    return (base or Options()).joined(found)


def _retry(b: Builder, node: ast.expr) -> Any:
    found = lookup.static(b, node)
    if isinstance(node, ast.Constant | ast.UnaryOp):
        found = constant_of(b, node)
    if isinstance(found, Retry) or found is None or (isinstance(found, int) and not isinstance(found, bool)):
        if isinstance(found, int) and found < 0:
            b.fail(node, "retry is 0 or more: how often a failing call is repeated", "retry=3")
        return found
    if isinstance(node, ast.Call) and lookup.static(b, node.func) is Retry:
        given = {}
        names = [each.name for each in dataclasses.fields(Retry)]
        for name, each in [*zip(names, node.args, strict=False), *((each.arg, each.value) for each in node.keywords)]:
            value = lookup.objects(b, each)
            given[str(name)] = value if value is not MISSING else constant_of(b, each)
        if "on" in given and not isinstance(given["on"], tuple):
            given["on"] = tuple(given["on"]) if isinstance(given["on"], list) else (given["on"],)
        try:
            return Retry(**given)
        except TypeError as error:
            b.fail(node, str(error))
    b.fail(node, "retry is a number or a Retry(…) of constants", "retry=3")


def constant_of(b: Builder, node: ast.expr) -> Any:
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
    label = label_of(node)
    filled = _filled(b, node, arguments, given)
    result = into or b.fresh(label.replace(".", "_") if into == "" else into)
    step = Task(
        **b.marks(node, label),
        resource=made.resource,
        arguments=filled,
        assign={result: Expr(made.output)},
        retry=_tried(options, made.retry),
        timeout=_seconds(b, node, options.timeout if options.timeout is not None else made.timeout),
        heartbeat=_heartbeat(b, node, made, options),
    )
    type = annotated.returned(made.function or calls.call, made.returns)
    growth.called(node, made, type)
    return finish(b, node, step, Term(f"${result}", type), options.fallback)


def label_of(node: ast.Call) -> str:
    """What is called, as the source writes it, without the options of `using`."""
    func = node.func.func.value if isinstance(node.func, ast.Call) else node.func  # type: ignore[attr-defined]
    return " ".join(ast.unparse(func).split())


def finish(b: Builder, node: ast.AST, step: Any, result: Term, fallback: Any = NO_FALLBACK) -> Term:
    """Put a step that calls, with what catches its errors; a fallback takes the place of its result."""
    if fallback is NO_FALLBACK:
        if isinstance(step, Task) and ":states:startExecution" in step.resource:
            return _nested(b, node, step, result)
        b.catch(step)
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


def _nested(b: Builder, node: ast.AST, step: Task, result: Term) -> Term:
    """A nested workflow fails with States.TaskFailed and says in the cause what it failed with: that is raised here.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
    """
    from treadle.language import handlers

    around = [clause for context in reversed(b.contexts) if isinstance(context, Try) for clause in context.clauses]
    if around and ALL in around[0].errors and not around[0].variable:
        b.catch(step)
        b.add(step)
        return result
    name, run = b.fresh("failure"), "$" + b.loop_name("run")
    told = f'{run}.Error : {run}.Status = "TIMED_OUT" ? "States.Timeout" : "States.TaskFailed"'
    why = (
        f'$states.errorOutput.Error = "States.TaskFailed" ? ({run} := $parse($states.errorOutput.Cause); '
        f'{{"Error": $exists({run}.Error) ? {told}, "Cause": $exists({run}.Cause) ? {run}.Cause : ""}}) '
        ": $states.errorOutput"
    )
    link = Link()
    step.catch.append(Catcher((ALL,), {name: Expr(why, 7)}, link))
    b.add(step)
    end = b.flow
    b.flow = Flow([link], end.env)
    handlers.again(b, node, f"${name}")
    b.flow = end
    return result


def retriers(b: Builder, node: ast.expr | None) -> tuple[dict[str, Any], ...]:
    """The ASL retriers of a `retry=` of the source."""
    return () if node is None else _retriers(Options(_retry(b, node)))


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


def _seconds(b: Builder, node: ast.AST, value: Any, name: str = "timeout") -> Value:
    """Whole seconds, as the service counts them."""
    if isinstance(value, Given) and not is_number(value.type):
        b.fail(node, f"{name} is whole seconds, not {value.type}", f"{name}=60")
    found = value.value if isinstance(value, Given) else value
    if isinstance(found, int | float) and found <= 0:
        b.fail(node, f"{name} is 1 second or more", f"{name}=60")
    if isinstance(found, float) and not found.is_integer():
        b.fail(node, f"{name} is whole seconds", f"{name}={int(found) + 1}")
    return int(found) if isinstance(found, float) else found


def _heartbeat(b: Builder, node: ast.AST, made: Operation, options: Options) -> Value:
    """Only who holds a task token can send a heartbeat; any other call would run out of it."""
    found = _seconds(b, node, options.heartbeat, "heartbeat")
    if found is None:
        return None
    if not made.resource.endswith(".waitForTaskToken"):
        b.fail(
            node, "a heartbeat is for callback(): nothing sends one here", "callback(ask, x, returns=str, heartbeat=60)"
        )
    limit = _seconds(b, node, options.timeout)
    if isinstance(found, int) and isinstance(limit, int) and found >= limit:
        b.fail(
            node, "a heartbeat comes more often than the timeout: give fewer seconds", f"heartbeat={max(1, limit // 2)}"
        )
    return found


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
        b.add(Pass(label=name, place=inlining.expressions_place(b, node), assign={name: found}))
        text = f"${name}"
    depth = max([expr.depth for expr in leaves(found)] or [1])
    return Expr(slot.wrap.replace("{}", text), depth + 4)
