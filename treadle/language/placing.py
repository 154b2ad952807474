"""Putting what a step computes in the place of the variables it assigns, where that costs little."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from treadle.language import liveness
from treadle.language.scan import is_plain, rewrite, substitute
from treadle.language.steps import (
    Calling,
    Choice,
    Expr,
    Fail,
    Map,
    Parallel,
    Pass,
    Return,
    Step,
    Task,
    Value,
    Wait,
    expressions,
)

# --- what is asserted of the input ------------------------------------------------------------------------------------


LONGEST = 1200
"""Characters of JSONata that one expression may grow to by joining; longer ones keep a state of their own."""
DEEPEST = 80
COPIED = 240
"""Characters that may be written again so that a state can go."""


def asserts_of(values: Iterable[Value]) -> list[str]:
    return list(dict.fromkeys(expr.asserts for value in values for expr in expressions(value) if expr.asserts))


_ASSERTION = {"States.ALL", "States.TaskFailed", "States.QueryEvaluationError"}
"""The error names that may take an assertion that fails."""


def _first(step: Step) -> list[Value]:
    """What a step evaluates before it does anything."""
    match step:
        case Task():
            return [step.arguments]
        case Map():
            return [step.items]
        case Wait():
            return [step.seconds, step.timestamp]
        case Choice():
            return [step.rules[0].when]
        case Pass():
            return [step.output if step.ends else step.assign]
    return []


def can_assert(step: Step) -> bool:
    """True where a step can assert something before it does anything."""
    return isinstance(step, Parallel) or any(map(any, map(expressions, _first(step))))


def add_asserts(step: Step, asserts: list[str]) -> None:
    """Let the first expression of a step assert something before it is evaluated.

    An `except` that takes every error would take a failed assertion too, so its catcher asserts the same again.
    """
    waiting = list(asserts)
    for catcher in step.catch if isinstance(step, Calling) else ():
        if not _ASSERTION.isdisjoint(catcher.errors):
            catcher.asserts = "; ".join([*([catcher.asserts] if catcher.asserts else []), *asserts])

    def put(expr: Expr) -> Expr:
        if not waiting:
            return expr
        found = "; ".join([*waiting, *([expr.asserts] if expr.asserts else [])])
        waiting.clear()
        return replace(expr, asserts=found, depth=expr.depth + 8)

    match step:
        case Task():
            step.arguments = rewrite(step.arguments, put)
        case Map():
            step.items = rewrite(step.items, put)
        case Parallel():
            step.arguments = put(Expr("$states.input"))
        case Wait():
            step.seconds, step.timestamp = rewrite(step.seconds, put), rewrite(step.timestamp, put)
        case Choice():
            step.rules[0].when = put(step.rules[0].when)
        case Pass() if step.ends:
            step.output = rewrite(step.output, put)
        case Pass():
            step.assign = rewrite(step.assign, put)


def set_values(step: Step, put: Callable[[Value], Value]) -> None:
    match step:
        case Task():
            step.arguments, step.timeout, step.heartbeat = put(step.arguments), put(step.timeout), put(step.heartbeat)
            step.output = put(step.output)
        case Map():
            step.items, step.concurrency, step.settings = put(step.items), put(step.concurrency), put(step.settings)
            step.output = put(step.output)
        case Wait():
            step.seconds, step.timestamp, step.output = put(step.seconds), put(step.timestamp), put(step.output)
        case Parallel():
            step.arguments, step.output = put(step.arguments), put(step.output)
        case Choice():
            for rule in step.rules:
                rule.when = as_expr(put(rule.when))
        case Return():
            step.value = put(step.value)
        case Pass():
            step.output = put(step.output)
        case Fail():
            step.error, step.cause = put(step.error), put(step.cause)


# --- putting expressions in the place of variables --------------------------------------------------------------------


def placer(
    assign: Mapping[str, Value], values: list[Value], kept: Mapping[str, Value] | None = None
) -> Callable[[Value], Value] | None:
    """A function that puts what `assign` computes in the place of its variables; None where that would cost too much.

    `kept` are the assignments that stay written once more beside it.
    """
    counted = liveness.count_names(values)
    used = {name: value for name, value in assign.items() if counted[name]}
    if not used:
        return lambda value: value
    whole = _whole(values)
    for name, value in used.items():
        copies = counted[name] - 1 + (1 if kept and name in kept else 0)
        if isinstance(value, dict | list) and counted[name] != whole[name] and any(expressions(value)):
            return None
        if not is_cheap(value, copies):
            return None
        if any(each.fleeting for each in expressions(value)):
            return None
    computed = [name for name, value in used.items() if isinstance(value, dict | list) and any(expressions(value))]
    texts = {name: as_expr(value) for name, value in used.items() if name not in computed}

    def put(value: Value) -> Value:
        return rewrite(value, lambda expr: _replace(expr, used, texts))

    for value in values:
        for expr in expressions(put(value)):
            if len(expr.text) > LONGEST or expr.depth > DEEPEST:
                return None
    return put


def _replace(expr: Expr, used: Mapping[str, Value], texts: Mapping[str, Expr]) -> Value:
    if expr.text[:1] == "$" and expr.text[1:] in used:
        found = bare(used[expr.text[1:]])
        return replace(found, asserts=expr.asserts) if isinstance(found, Expr) else found
    return substitute(expr, texts)


def bare(value: Value) -> Value:
    """A value less what it asserts."""
    return rewrite(value, lambda expr: replace(expr, asserts="") if expr.asserts else expr)


def _whole(values: list[Value]) -> Counter[str]:
    """How often a variable is a whole expression, where any JSON may stand in its place."""
    found: Counter[str] = Counter()
    for value in values:
        for expr in expressions(value):
            if expr.text[:1] == "$":
                found[expr.text[1:]] += 1
    return found


def as_expr(value: Value) -> Expr:
    if isinstance(value, Expr):
        return value
    return Expr(json.dumps(value, ensure_ascii=False))  # JSON is JSONata


def is_cheap(value: Value, copies: int = 1) -> bool:
    """True where writing a value so many times more is no loss."""
    if not copies:
        return True
    if isinstance(value, Expr):
        if copies * len(value.text) <= COPIED and not value.fleeting:
            return True
        short = len(value.text) <= 24 and not any(mark in value.text for mark in "([{?")
        short = short or (value.text.startswith("$exists($states.input.") and len(value.text) < 70)
        return (short or is_plain(value.text)) and not value.fleeting
    return len(str(value)) < 40 and not any(expressions(value))
