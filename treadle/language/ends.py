"""Ends that several ways share: one Fail for all errors that guards raise, one Succeed for what the ways return.

A way assigns the error's name and text, or the result; the end gives them. Step Functions documents `Assign` for the
rules and the Default of a Choice, for catchers and for states.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from treadle.language import liveness, placing
from treadle.language.steps import Expr, Fail, Graph, Link, Return, Step, Value, expressions, graphs, walk

Put = Callable[[Value], Value]


@dataclass(frozen=True, slots=True)
class _Way:
    """A way into an end: what is assigned on it, and how a value of the end is written there."""

    assign: dict[str, Value]
    link: Link
    put: Put


def share(graph: Graph, fresh: Callable[[str], str]) -> None:
    """Let the ends of the graph, and of each graph within it, be one where ways can say what they end with."""
    for each in graphs(graph):
        _share_fails(each, fresh)
        _share_returns(each, fresh)
        liveness.drop_dead(each)


def _ways(graph: Graph, ends: list[Step], values: Callable[[Step], list[Value]]) -> dict[int, list[_Way]]:
    """The ways into each end; less the ends that some way cannot write the values of."""
    found: dict[int, list[_Way]] = {id(each): [] for each in ends}
    by_id = {id(each): each for each in ends}
    found.pop(id(graph.start.target), None)
    for step in walk(graph):
        for assign, link in liveness.assigns(step):
            if id(link.target) not in found:
                continue
            put = placing.placer(assign, values(by_id[id(link.target)]))
            if put is None or placing.asserts_of(assign.values()):
                del found[id(link.target)]
            else:
                found[id(link.target)].append(_Way(assign, link, put))
    return found


def _share_fails(graph: Graph, fresh: Callable[[str], str]) -> None:
    fails = [each for each in walk(graph) if isinstance(each, Fail) and each.guard]
    if len(fails) < 2:
        return
    ways = _ways(graph, list(fails), lambda fail: [fail.error, fail.cause])  # type: ignore[attr-defined]
    shared = [each for each in fails if id(each) in ways]
    if len(shared) < 2:
        return
    names = list(dict.fromkeys(each.error for each in shared if isinstance(each.error, str)))
    one = len(names) == 1 and all(isinstance(each.error, str) for each in shared)
    error, cause = "" if one else fresh("error"), fresh("cause")
    label = " or ".join(names)
    end = Fail(
        label=label if label and len(label) <= 60 else "error",
        place=shared[0].place,
        order=shared[0].order,
        error=names[0] if one else Expr(f"${error}"),
        cause=Expr(f"${cause}"),
    )
    for fail in shared:
        for way in ways[id(fail)]:
            way.assign.update({error: way.put(fail.error)} if error else {})
            way.assign[cause] = way.put(fail.cause)
            way.link.target = end


def _share_returns(graph: Graph, fresh: Callable[[str], str]) -> None:
    returns = [each for each in walk(graph) if isinstance(each, Return) and not each.fixed and not each.comment]
    if len(returns) < 2:
        return
    ways = _ways(graph, list(returns), lambda end: [end.value])  # type: ignore[attr-defined]
    shared = [each for each in returns if id(each) in ways and _is_short(each.value, len(ways[id(each)]) - 1)]
    if len(shared) < 2:
        return
    name = fresh("result")
    last = shared[-1]
    end = Return(label="return", place=last.place, order=last.order, value=Expr(f"${name}"))
    for each in shared:
        for way in ways[id(each)]:
            way.assign[name] = way.put(each.value)
            way.link.target = end


def _is_short(value: Value, copies: int) -> bool:
    size = sum(len(each.text) for each in expressions(value)) or len(str(value))
    return copies * size <= placing.COPIED and not (copies and any(each.fleeting for each in expressions(value)))
