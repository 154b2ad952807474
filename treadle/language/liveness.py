"""Which variables a step reads, and which are read after it before they are assigned anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from treadle.language.scan import variables
from treadle.language.steps import (
    Calling,
    Choice,
    Fail,
    Graph,
    Link,
    Map,
    Parallel,
    Return,
    Step,
    Task,
    Value,
    Wait,
    Working,
    expressions,
    inner,
    walk,
)


def own_values(step: Step) -> list[Value]:
    """Everything of a step that is evaluated before it goes on, less what it assigns."""
    match step:
        case Task():
            return [step.arguments, step.timeout, step.heartbeat, step.output, list(step.retry)]
        case Map():
            return [step.items, step.concurrency, step.settings, step.output]
        case Wait():
            return [step.seconds, step.timestamp, step.output]
        case Parallel():
            return [step.arguments, step.output]
        case Working():
            return [step.output]
        case Choice():
            return [rule.when for rule in step.rules]
        case Fail():
            return [step.error, step.cause]
        case Return():
            return [step.value]
    return []


def assigns(step: Step) -> list[tuple[dict[str, Value], Link]]:
    """What a step assigns on each of its ways out. A step that ends has those of its catchers."""
    match step:
        case Choice():
            return [*((rule.assign, rule.next) for rule in step.rules), (step.assign, step.default)]
        case Working():
            caught = [(each.assign, each.next) for each in step.catch] if isinstance(step, Calling) else []
            return caught if step.ends else [(step.assign, step.next), *caught]
    return []


def count_names(values: Iterable[Value]) -> Counter[str]:
    found: Counter[str] = Counter()
    for value in values:
        for expr in expressions(value):
            found.update(variables(expr.text))
    return found


def reads(graph: Graph) -> set[str]:
    """The variables that a graph, with all within it, names anywhere."""
    found: set[str] = set()
    for step in walk(graph):
        found |= _reads(step)
    return found


def _reads(step: Step) -> set[str]:
    found: set[str] = set()
    values = own_values(step)
    values += [value for assign, _ in assigns(step) for value in assign.values()]
    for value in values:
        for expr in expressions(value):
            found.update(variables(expr.text))
    for each in inner(step):
        found |= reads(each)
    return found


class Names:
    """A set of variables, as the bits of a number."""

    __slots__ = ("bits", "mask")

    def __init__(self, mask: int, bits: Mapping[str, int]) -> None:
        self.mask, self.bits = mask, bits

    def __contains__(self, name: str) -> bool:
        return bool(self.mask & self.bits.get(name, 0))


def live_names(graph: Graph) -> dict[int, Names]:
    """For every step, the variables that are read in it or after it before they are assigned."""
    steps = walk(graph)
    bits: dict[str, int] = {}

    def mask(names: Iterable[str]) -> int:
        found = 0
        for name in names:
            found |= bits.setdefault(name, 1 << len(bits))
        return found

    ways = {
        id(step): (mask(_reads(step)), [(~mask(assign), id(link.target)) for assign, link in assigns(step)])
        for step in steps
    }
    before = dict.fromkeys(ways, 0)
    before[id(None)] = 0
    changed = True
    while changed:
        changed = False
        for step in reversed(steps):
            found, after = ways[id(step)]
            for kept, target in after:
                found |= before[target] & kept
            if found != before[id(step)]:
                before[id(step)] = found
                changed = True
    return {step: Names(found, bits) for step, found in before.items()}


def drop_dead(graph: Graph) -> None:
    """Take away assignments that nothing reads any more."""
    changed = True
    while changed:
        changed = False
        live = live_names(graph)
        for step in walk(graph):
            for assign, link in assigns(step):
                for name in [each for each in assign if each not in live[id(link.target)]]:
                    del assign[name]
                    changed = True
