"""Steps -> the States Language: names for the states, then one JSON object a state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from treadle.language.scan import rewrite
from treadle.language.steps import (
    Calling,
    Choice,
    Expr,
    Fail,
    Graph,
    Link,
    Map,
    Parallel,
    Pass,
    Place,
    Return,
    Step,
    Task,
    Value,
    Wait,
    Working,
    inner,
    walk,
)

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Named:
    """The name of every step (by id), unique in the whole machine, and where each state comes from."""

    names: dict[int, str]
    places: dict[str, Place]


def named(graph: Graph) -> Named:
    """Give every step its label as its name; a second of the same label gets " 2", and so on, as the source goes."""
    found = Named({}, {})
    used: set[str] = set()
    steps = list(_all(graph))
    for step in sorted(steps, key=lambda each: (not each.fixed, each.order)):
        name = _unique(step.label, used)
        used.add(name)
        found.names[id(step)] = name
    for step in steps:
        found.places[found.names[id(step)]] = step.place
    return found


def _all(graph: Graph) -> list[Step]:
    steps: list[Step] = []
    for step in walk(graph):
        steps.append(step)
        for each in inner(step):
            steps.extend(_all(each))
    return steps


def _unique(label: str, used: set[str]) -> str:
    label = " ".join(label.split()) or "state"
    name, number = _short(label, ""), 1
    while name in used:
        number += 1
        name = _short(label, f" {number}")
    return name


def _short(label: str, end: str) -> str:
    return label + end if len(label + end) <= LONGEST_NAME else label[: LONGEST_NAME - len(end) - 1] + "…" + end


def document(graph: Graph, found: Named, comment: str = "", timeout: int | None = None) -> dict[str, Any]:
    """The whole machine."""
    head: dict[str, Any] = {"Comment": comment} if comment else {}
    head["QueryLanguage"] = "JSONata"
    if timeout is not None:
        head["TimeoutSeconds"] = timeout
    return head | _machine(graph, found)


def _machine(graph: Graph, found: Named) -> dict[str, Any]:
    return {
        "StartAt": _target(graph.start, found),
        "States": {
            found.names[id(step)]: _state(step, found) for step in sorted(walk(graph), key=lambda each: each.order)
        },
    }


def _target(link: Link, found: Named) -> str:
    assert link.target is not None, "a link without a target"
    return found.names[id(link.target)]


def _state(step: Step, found: Named) -> dict[str, Any]:
    comment = {"Comment": step.comment} if step.comment else {}
    match step:
        case Choice():
            return {"Type": "Choice", **comment, **_choice(step, found)}
        case Fail():
            return {"Type": "Fail", **comment, "Error": plain(step.error), "Cause": plain(step.cause)}
        case Return():
            return {"Type": "Succeed", **comment, "Output": plain(step.value)}
        case Task():
            body = {"Type": "Task", **comment, "Resource": step.resource, "Arguments": plain(step.arguments)}
            body |= {"TimeoutSeconds": plain(step.timeout)} if step.timeout is not None else {}
            body |= {"HeartbeatSeconds": plain(step.heartbeat)} if step.heartbeat is not None else {}
        case Map():
            body = (
                {"Type": "Map", **comment, "Items": plain(step.items)}
                if step.items is not None
                else {"Type": "Map", **comment}
            )
            body |= plain(step.settings)
            body |= {"MaxConcurrency": plain(step.concurrency)} if step.concurrency is not None else {}
            mode = {"Mode": step.mode} | ({"ExecutionType": "STANDARD"} if step.mode == "DISTRIBUTED" else {})
            body["ItemProcessor"] = {"ProcessorConfig": mode, **_machine(step.body, found)}
        case Parallel():
            body = {"Type": "Parallel", **comment}
            body |= {"Arguments": plain(step.arguments)} if step.arguments is not None else {}
            body["Branches"] = [_machine(each, found) for each in step.branches]
        case Wait():
            body = {"Type": "Wait", **comment}
            body |= (
                {"Seconds": plain(step.seconds)} if step.seconds is not None else {"Timestamp": plain(step.timestamp)}
            )
        case Pass() if step.ends and not step.assign:
            return {"Type": "Succeed", **comment, "Output": plain(step.output)}
        case Pass():
            body = {"Type": "Pass", **comment}
        case _:
            raise AssertionError(f"no state for {step}")
    return body | _way(step, found)


def _way(step: Working, found: Named) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if step.assign:
        body["Assign"] = plain(step.assign)
    if step.ends:
        body["Output"] = plain(step.output)
    if isinstance(step, Calling) and step.retry:
        body["Retry"] = [dict(each) for each in step.retry]
    if isinstance(step, Calling) and step.catch:
        body["Catch"] = [
            {
                "ErrorEquals": list(each.errors),
                **({"Assign": plain(each.assign)} if each.assign else {}),
                **({"Output": f"{{% ({each.asserts}; $states.errorOutput) %}}"} if each.asserts else {}),
                "Next": _target(each.next, found),
            }
            for each in step.catch
        ]
    return body | ({"End": True} if step.ends else {"Next": _target(step.next, found)})


def _choice(step: Choice, found: Named) -> dict[str, Any]:
    """The first condition is always evaluated, so what it asserts need not be asserted again."""
    asserted = step.rules[0].when.asserts if step.rules else ""

    def written(value: Value) -> Any:
        return plain(rewrite(value, lambda expr: replace(expr, asserts="") if expr.asserts in asserted else expr))

    rules = [
        {
            "Condition": plain(rule.when) if rule is step.rules[0] else written(rule.when),
            **({"Assign": written(rule.assign)} if rule.assign else {}),
            "Next": _target(rule.next, found),
        }
        for rule in step.rules
    ]
    assign = {"Assign": written(step.assign)} if step.assign else {}
    return {"Choices": rules, **assign, "Default": _target(step.default, found)}


def plain(value: Value) -> Any:
    """A value as ASL writes it. A constant string that looks like an expression becomes one that gives it."""
    return rewrite(_quoted(value), lambda expr: "{% " + written(expr) + " %}")


def written(expr: Expr) -> str:
    return f"({expr.asserts}; {expr.text})" if expr.asserts else expr.text


def _quoted(value: Value) -> Value:
    if isinstance(value, str) and (value.lstrip().startswith("{%") or value.rstrip().endswith("%}")):
        import json

        return Expr(json.dumps(value, ensure_ascii=False))
    if isinstance(value, dict):
        return {name: _quoted(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_quoted(each) for each in value]
    return value
