"""Fewer states, same meaning: a pass over the graph that joins steps which need not be apart.

`Assign`, `Output` and a Choice's conditions all see the variables as they were when the state was entered, so a step
can take in the one after it by putting the expressions it assigns in the place of the variables it assigns. That is
done only where no long expression is written twice and no guard is passed over.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from treadle.language.scan import is_plain, rewrite, substitute, text_of, variables
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
    Return,
    Rule,
    Step,
    Task,
    Value,
    Wait,
    Working,
    expressions,
    inner,
    links,
    walk,
)

LONGEST = 1200
"""Characters of JSONata that one expression may grow to by joining; longer ones keep a state of their own."""
DEEPEST = 80
MOST_RULES = 40
COPIED = 120
"""Characters that may be written again so that a state can go."""
NESTED_RULES = 6
FOLDED = 400
"""Characters of a conditional expression that may take the place of a Choice."""


def fuse(graph: Graph) -> None:
    """Join what can be joined, in the graph and in all graphs within it, until nothing changes."""
    for step in walk(graph):
        for each in inner(step):
            fuse(each)
    _thread(graph)
    _drop_dead(graph)
    changed = True
    while changed:
        changed = False
        known = _Known(graph)
        for step in known.steps:
            while id(step) not in known.gone and _join(known, step):
                changed = True
        _thread(graph)
        _drop_dead(graph)


# --- what each step reads -------------------------------------------------------------------------------------------


def own_values(step: Step) -> list[Value]:
    """Everything of a step that is evaluated before it goes on, less what it assigns."""
    match step:
        case Task():
            return [step.arguments, step.timeout, step.heartbeat, step.output, list(step.retry)]
        case Map():
            return [step.items, step.concurrency, step.settings, step.output]
        case Wait():
            return [step.seconds, step.timestamp, step.output]
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
    """What a step assigns on each of its ways out."""
    match step:
        case Choice():
            return [*((rule.assign, rule.next) for rule in step.rules), (step.assign, step.default)]
        case Calling():
            return [(step.assign, step.next), *((each.assign, each.next) for each in step.catch)]
        case Working():
            return [(step.assign, step.next)]
    return []


def _count(values: Iterable[Value]) -> Counter[str]:
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
    found = set(_count(own_values(step)))
    for assign, _ in assigns(step):
        found |= set(_count(assign.values()))
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


def _live(graph: Graph) -> dict[int, Names]:
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


def _drop_dead(graph: Graph) -> None:
    """Take away assignments that nothing reads any more."""
    changed = True
    while changed:
        changed = False
        live = _live(graph)
        for step in walk(graph):
            for assign, link in assigns(step):
                for name in [each for each in assign if each not in live[id(link.target)]]:
                    del assign[name]
                    changed = True


# --- joining --------------------------------------------------------------------------------------------------------


def _thread(graph: Graph) -> None:
    """Go past steps that do nothing, and Choices that have nothing to choose."""
    for link in [graph.start, *(link for step in walk(graph) for link in links(step))]:
        seen: set[int] = set()
        while isinstance(link.target, Pass | Choice) and id(link.target) not in seen:
            step = link.target
            seen.add(id(step))
            if isinstance(step, Pass) and not (step.assign or step.ends or step.fixed) and step.next.target is not None:
                link.target = step.next.target
            elif isinstance(step, Choice) and not step.assign and all(_same(rule, step) for rule in step.rules):
                link.target = step.default.target
            else:
                break


def _same(rule: Rule, step: Choice) -> bool:
    return not rule.assign and rule.next.target is step.default.target


class _Known:
    """What is known of a graph while steps are joined: kept up with every join instead of being found anew."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.steps = walk(graph)
        self.live = _live(graph)
        self.gone: set[int] = set()
        self.before: dict[int, list[tuple[Step | None, Link]]] = {id(step): [] for step in self.steps}
        self.before[id(graph.start.target)].append((None, graph.start))
        for step in self.steps:
            for link in links(step):
                self.before[id(link.target)].append((step, link))

    def live_at(self, link: Link) -> Names:
        return self.live[id(link.target)]

    def move(self, link: Link, owner: Step | None, target: Step | None) -> None:
        """Let `link`, which leads to a step that goes, lead to another."""
        if link.target is not None:
            self.before[id(link.target)] = [each for each in self.before[id(link.target)] if each[1] is not link]
        link.target = target
        if target is not None:
            self.before[id(target)].append((owner, link))

    def drop(self, step: Step) -> None:
        """Forget a step that nothing reaches any more."""
        self.gone.add(id(step))
        for link in links(step):
            if link.target is not None:
                self.before[id(link.target)] = [each for each in self.before[id(link.target)] if each[1] is not link]


def _join(known: _Known, step: Step) -> bool:
    """Join a step with one that follows it; tells whether it did."""
    if isinstance(step, Choice) and not step.fixed and _fold(known, step):
        return True
    for assign, link in assigns(step) if not getattr(step, "ends", False) else []:
        after = link.target
        if after is None or after is step or after.fixed:
            continue
        alone = len(known.before[id(after)]) == 1
        if isinstance(after, Return):
            ready = isinstance(step, Working) and link is step.next and (alone or _shared(known, after))
            if ready and _end(known, step, after):  # type: ignore[arg-type]
                return True
        elif alone and _take(known, step, assign, link, after):
            return True
    return False


def _take(known: _Known, step: Step, assign: dict[str, Value], link: Link, after: Step) -> bool:
    """Join a step with the only one that this way out leads to, where the two have a rule."""
    if isinstance(after, Pass) and not after.ends:
        return _absorb(known, step, assign, link, after)
    if isinstance(step, Choice) and link is step.default and isinstance(after, Choice):
        return _chain(known, step, after)
    if isinstance(step, Choice) and isinstance(after, Choice):
        rule = next(each for each in step.rules if each.next is link)
        return _nest(known, step, rule, after)
    if isinstance(step, Pass) and not step.fixed and isinstance(after, _TAKING):
        return _push(known, step, after)
    return False


_TAKING = (Choice, Task, Map, Parallel, Wait, Fail)


def _shared(known: _Known, after: Return) -> bool:
    """True where every way to a Return comes from a step that can end with it, so that no copy is left over."""
    return all(
        isinstance(step, Working) and link is step.next and _put(step.assign, [after.value]) is not None
        for step, link in known.before[id(after)]
    )


def _end(known: _Known, step: Working, after: Return) -> bool:
    put = _put(step.assign, [after.value])
    if put is None:
        return False
    asserts = _asserted(step.assign.values())
    known.move(step.next, step, None)
    step.output, step.ends, step.assign, step.next = put(after.value), True, {}, Link()
    if asserts and _can_assert(step):
        _assert(step, asserts)
    step.comment = step.comment or after.comment
    if not known.before[id(after)]:
        known.drop(after)
    return True


def _absorb(known: _Known, step: Step, assign: dict[str, Value], link: Link, after: Pass) -> bool:
    """A way out takes in the Pass it leads to: first its own assignments, then those of the Pass."""
    live = known.live_at(after.next)
    needed = {name: value for name, value in assign.items() if name in live and name not in after.assign}
    put = _put(assign, list(after.assign.values()), kept=needed)
    if put is None:
        return False
    taken = {name: put(value) for name, value in after.assign.items()}
    lost = [each for each in _asserted(assign.values()) if each not in _asserted(needed.values())]
    assign.clear()
    assign.update(needed | taken)
    if lost and _can_assert(step):
        _assert(step, lost)
    step.comment = step.comment or after.comment
    known.drop(after)
    known.move(link, step, after.next.target)
    return True


def _chain(known: _Known, step: Choice, after: Choice) -> bool:
    """A Choice whose default leads to another Choice: one Choice with the rules of both."""
    if len(step.rules) + len(after.rules) > MOST_RULES:
        return False
    ways = assigns(after)
    needed = [
        {name: value for name, value in step.assign.items() if name not in assign and name in known.live_at(link)}
        for assign, link in ways
    ]
    if not all(_cheap(value, len(ways) - 1) for each in needed for value in each.values()):
        return False
    put = _put(step.assign, [*(rule.when for rule in after.rules), *(assign for assign, _ in ways)])
    if put is None:
        return False
    for (assign, _), more in zip(ways, needed, strict=True):
        changed = {name: put(value) for name, value in assign.items()}
        assign.clear()
        assign.update(more | changed)
    for rule in after.rules:
        rule.when = _expr(put(rule.when))
    known.drop(after)
    for link in links(after):
        known.before[id(link.target)].append((step, link))
    step.rules.extend(after.rules)
    step.assign, step.default = after.assign, after.default
    _forget_repeated(known, step)
    step.comment = step.comment or after.comment
    return True


def _forget_repeated(known: _Known, step: Choice) -> None:
    """Drop rules that an earlier one of the same condition always comes before."""
    seen: set[str] = set()
    for rule in list(step.rules):
        if rule.when.text in seen:
            step.rules.remove(rule)
            known.move(rule.next, step, None)
        seen.add(rule.when.text)


def _nest(known: _Known, step: Choice, rule: Rule, after: Choice) -> bool:
    """A rule that leads to another Choice: the rules of that one, each under the condition of this one."""
    put = _put(rule.assign, [*(each.when for each in after.rules), *(assign for assign, _ in assigns(after))])
    if put is None or after.comment or len(step.rules) + len(after.rules) > NESTED_RULES:
        return False
    made = []
    for assign, link in assigns(after):
        more = {
            name: value for name, value in rule.assign.items() if name not in assign and name in known.live_at(link)
        }
        changed = more | {name: put(value) for name, value in assign.items()}
        made.append((changed, link))
    whens = [_expr(put(each.when)) for each in after.rules]
    texts = [f"{_operand(rule.when.text)} ? {_operand(when.text)} : false" for when in whens]
    size = sum(map(len, texts)) + sum(len(each.text) for changed, _ in made for each in expressions(changed))
    if size > FOLDED:
        return False
    depth = max(when.depth for when in (rule.when, *whens)) + 1
    new = [
        Rule(Expr(text, depth, asserts=rule.when.asserts), changed, link)
        for text, (changed, link) in zip(texts, made, strict=False)
    ]
    new.append(Rule(rule.when, *made[-1]))
    known.drop(after)
    at = step.rules.index(rule)
    step.rules[at : at + 1] = new
    for each in new:
        known.before[id(each.next.target)].append((step, each.next))
    return True


def _fold(known: _Known, step: Choice) -> bool:
    """A Choice that does no more than choose a value: a conditional expression, returned or assigned."""
    ways = assigns(step)
    targets = [link.target for _, link in ways]
    new: Working | Return
    if all(isinstance(each, Return) and not each.fixed and _only_from(known, each, step) for each in targets):
        puts = [_put(assign, [each.value]) for (assign, _), each in zip(ways, targets, strict=True)]  # type: ignore[union-attr]
        values = [put(each.value) if put else None for put, each in zip(puts, targets, strict=True)]  # type: ignore[union-attr]
        chosen = _chosen(step, values) if all(puts) else None
        if chosen is None:
            return False
        new = Return(label="return", place=step.place, comment=step.comment, order=step.order, value=chosen)
    elif (
        len({id(each) for each in targets}) == 1 and len({frozenset(assign) for assign, _ in ways}) == 1 and ways[0][0]
    ):
        found = {name: _chosen(step, [assign[name] for assign, _ in ways]) for name in ways[0][0]}
        if None in found.values() or step in targets:
            return False
        label = ", ".join(found)
        new = Pass(label=label, place=step.place, comment=step.comment, order=step.order, assign=dict(found))
        new.next.target = targets[0]
    else:
        return False
    _exchange(known, step, new)
    return True


def _only_from(known: _Known, after: Return, step: Step) -> bool:
    return all(owner is step for owner, _ in known.before[id(after)])


def _exchange(known: _Known, step: Step, new: Step) -> None:
    """Put a new step in the place of one, whose ways out are gone along by the new one."""
    known.drop(step)
    known.before[id(new)] = []
    known.live[id(new)] = known.live[id(step)]
    for owner, link in list(known.before[id(step)]):
        known.move(link, owner, new)
    for link in links(new):
        known.before[id(link.target)].append((new, link))


def _chosen(step: Choice, values: list[Value]) -> Expr | None:
    """`when ? value : when ? value : value`, where that is short and every value can be written in JSONata."""
    texts = [text_of(value) for value in values]
    whens = [rule.when for rule in step.rules]
    if any(text is None for text in texts) or any(each.fleeting for each in expressions([whens, values])):
        return None
    text = _operand(str(texts[-1]))
    for when, each in zip(reversed(whens), reversed(texts[:-1]), strict=True):
        text = f"{_operand(when.text)} ? {_operand(str(each))} : {text}"
    if len(text) > FOLDED:
        return None
    depth = max(each.depth for each in expressions([whens, values])) + len(whens)
    return Expr(text, depth, asserts="; ".join(_asserted(whens)))


def _operand(text: str) -> str:
    return f"({text})" if "?" in text or ":=" in text else text


def _push(known: _Known, step: Pass, after: Step) -> bool:
    """A Pass before another step: the step computes what it needs itself, and assigns what is needed later."""
    inside: set[str] = set().union(*(reads(each) for each in inner(after)))
    asserts = _asserted(step.assign.values())
    if inside & step.assign.keys() or (asserts and not _can_assert(after)):
        return False
    ways = assigns(after) if not getattr(after, "ends", False) else []
    kept = {name for assign, link in ways for name in step.assign if name not in assign and name in known.live_at(link)}
    if kept and (len(ways) > 1) and not all(_cheap(step.assign[name]) for name in kept):
        return False
    values = own_values(after) + [value for assign, _ in ways for value in assign.values()]
    put = _put(step.assign, values, kept={name: step.assign[name] for name in kept})
    if put is None:
        return False
    for assign, link in ways:
        alive = known.live_at(link)
        added = {name: _bare(value) for name, value in step.assign.items() if name in alive and name not in assign}
        changed = {name: put(value) for name, value in assign.items()}
        assign.clear()
        assign.update(added | changed)
    set_values(after, put)
    if asserts:
        _assert(after, asserts)
    after.comment = after.comment or step.comment
    known.drop(step)
    for owner, link in list(known.before[id(step)]):
        known.move(link, owner, after)
    known.live[id(after)] = known.live[id(step)]
    return True


# --- what is asserted of the input ------------------------------------------------------------------------------------


def _asserted(values: Iterable[Value]) -> list[str]:
    return list(dict.fromkeys(expr.asserts for value in values for expr in expressions(value) if expr.asserts))


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


def _can_assert(step: Step) -> bool:
    """True where a step can assert something before it does anything, and no `except` of the source would see it."""
    return any(any(expressions(value)) for value in _first(step)) and not (isinstance(step, Calling) and step.catch)


def _assert(step: Step, asserts: list[str]) -> None:
    """Let the first expression of a step assert something before it is evaluated."""
    waiting = list(asserts)

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
            step.output = put(step.output)
        case Choice():
            for rule in step.rules:
                rule.when = _expr(put(rule.when))
        case Fail():
            step.error, step.cause = put(step.error), put(step.cause)


# --- putting expressions in the place of variables --------------------------------------------------------------------


def _put(
    assign: Mapping[str, Value], values: list[Value], kept: Mapping[str, Value] | None = None
) -> Callable[[Value], Value] | None:
    """A function that puts what `assign` computes in the place of its variables; None where that would cost too much.

    `kept` are the assignments that stay written once more beside it.
    """
    counted = _count(values)
    used = {name: value for name, value in assign.items() if counted[name]}
    if not used:
        return lambda value: value
    whole = _whole(values)
    for name, value in used.items():
        copies = counted[name] - 1 + (1 if kept and name in kept else 0)
        if isinstance(value, dict | list) and counted[name] != whole[name] and any(expressions(value)):
            return None
        if not _cheap(value, copies):
            return None
        if any(each.fleeting for each in expressions(value)):
            return None
    computed = [name for name, value in used.items() if isinstance(value, dict | list) and any(expressions(value))]
    texts = {name: _expr(value) for name, value in used.items() if name not in computed}

    def put(value: Value) -> Value:
        return rewrite(value, lambda expr: _replace(expr, used, texts))

    for value in values:
        for expr in expressions(put(value)):
            if len(expr.text) > LONGEST or expr.depth > DEEPEST:
                return None
    return put


def _replace(expr: Expr, used: Mapping[str, Value], texts: Mapping[str, Expr]) -> Value:
    if expr.text[:1] == "$" and expr.text[1:] in used:
        found = _bare(used[expr.text[1:]])
        return replace(found, asserts=expr.asserts) if isinstance(found, Expr) else found
    return substitute(expr, texts)


def _bare(value: Value) -> Value:
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


def _expr(value: Value) -> Expr:
    if isinstance(value, Expr):
        return value
    return Expr(json.dumps(value, ensure_ascii=False))  # JSON is JSONata


def _cheap(value: Value, copies: int = 1) -> bool:
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
