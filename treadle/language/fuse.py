"""Fewer states, same meaning: a pass over the graph that joins steps which need not be apart.

`Assign`, `Output` and a Choice's conditions all see the variables as they were when the state was entered, so a step
can take in the one after it by putting the expressions it assigns in the place of the variables it assigns. That is
done only where no long expression is written twice and no guard is passed over.
"""

from __future__ import annotations

from treadle.language import deciding, entering, liveness, placing
from treadle.language.scan import text_of
from treadle.language.steps import (
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

MOST_RULES = 40
NESTED_RULES = 6
FOLDED = 400
"""Characters of a conditional expression that may take the place of a Choice."""


def fuse(graph: Graph, *, outermost: bool = True) -> None:
    """Join what can be joined, in the graph and in all graphs within it, until nothing changes."""
    for step in walk(graph):
        for each in inner(step):
            fuse(each, outermost=False)
    _thread(graph)
    liveness.drop_dead(graph)
    changed = True
    while changed:
        changed = False
        known = _Known(graph, outermost)
        for step in known.steps:
            while id(step) not in known.gone and _join(known, step):
                changed = True
        _thread(graph)
        liveness.drop_dead(graph)


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

    def __init__(self, graph: Graph, outermost: bool) -> None:
        self.graph = graph
        self.outermost = outermost
        self.steps = walk(graph)
        self.live = liveness.live_names(graph)
        self.gone: set[int] = set()
        self.before: dict[int, list[tuple[Step | None, Link]]] = {id(step): [] for step in self.steps}
        self.before[id(graph.start.target)].append((None, graph.start))
        for step in self.steps:
            for link in links(step):
                self.before[id(link.target)].append((step, link))

    def live_at(self, link: Link) -> liveness.Names:
        return self.live[id(link.target)]

    def is_first(self, step: Step) -> bool:
        """True for the step that the input of the execution comes to."""
        return self.outermost and self.graph.start.target is step and len(self.before[id(step)]) == 1

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
    for assign, link in liveness.assigns(step):
        after = link.target
        if after is None or after is step or after.fixed:
            continue
        alone = len(known.before[id(after)]) == 1
        if isinstance(after, Return):
            ready = isinstance(step, Working) and link is step.next and (alone or _shared(known, after))
            if ready and _end(known, step, after):  # type: ignore[arg-type]
                return True
        elif _take(known, step, assign, link, after) if alone else _enter(known, step, after):
            return True
    return False


def _take(known: _Known, step: Step, assign: dict[str, Value], link: Link, after: Step) -> bool:
    """Join a step with the only one that this way out leads to, where the two have a rule."""
    if isinstance(after, Pass) and not after.ends:
        return _sink(known, step, after) or _absorb(known, step, assign, link, after)
    if isinstance(step, Choice) and link is step.default and isinstance(after, Choice):
        return _chain(known, step, after)
    if isinstance(step, Choice) and isinstance(after, Choice):
        rule = next(each for each in step.rules if each.next is link)
        return _nest(known, step, rule, after)
    if isinstance(step, Pass) and not step.fixed and isinstance(after, _TAKING):
        return _push(known, step, after)
    return False


def _enter(known: _Known, step: Step, after: Step) -> bool:
    """Where numbers that a Pass assigns decide a loop's first test, go on where it leads.

    The Choice at the end of the body, which is then the only way to the test, can take it in.
    """
    if not isinstance(step, Pass) or not isinstance(after, Choice):
        return False
    others = [owner for owner, link in known.before[id(after)] if link is not step.next]
    if len(others) != 1 or others[0] is after or not isinstance(others[0], Choice):
        return False
    way = deciding.decided(step, after) if others[0].default.target is after else None
    if way is None:
        return False
    assign, link = way
    step.assign.update(assign)
    known.move(step.next, step, link.target)
    return True


def _sink(known: _Known, step: Step, after: Pass) -> bool:
    """What a Choice's way computes for one use in the step behind it stands best where it is used."""
    last = after.next.target
    if not isinstance(step, Choice) or after.fixed or not isinstance(last, Task) or last.fixed:
        return False
    used = liveness.count_names(liveness.own_values(last))
    if len(known.before[id(last)]) != 1 or any(used[name] != 1 for name in after.assign):
        return False
    later = [known.live_at(link) for _, link in liveness.assigns(last)]
    if any(name in names for names in later for name in after.assign) or last.catch:
        return False
    return _push(known, after, last)


_TAKING = (Choice, Task, Map, Parallel, Wait, Fail)


def _shared(known: _Known, after: Return) -> bool:
    """True where every way to a Return comes from a step that can end with it, so that no copy is left over."""
    return all(
        isinstance(step, Working) and link is step.next and placing.placer(step.assign, [after.value]) is not None
        for step, link in known.before[id(after)]
    )


def _end(known: _Known, step: Working, after: Return) -> bool:
    put = placing.placer(step.assign, [after.value])
    if put is None:
        return False
    asserts = placing.asserts_of(step.assign.values())
    known.move(step.next, step, None)
    step.output, step.ends, step.assign, step.next = put(after.value), True, {}, Link()
    if asserts and placing.can_assert(step):
        placing.add_asserts(step, asserts)
    step.comment = step.comment or after.comment
    if not known.before[id(after)]:
        known.drop(after)
    return True


def _absorb(known: _Known, step: Step, assign: dict[str, Value], link: Link, after: Pass) -> bool:
    """A way out takes in the Pass it leads to: first its own assignments, then those of the Pass."""
    live = known.live_at(after.next)
    needed = {name: value for name, value in assign.items() if name in live and name not in after.assign}
    put = placing.placer(assign, list(after.assign.values()), kept=needed)
    if put is None:
        return False
    taken = {name: put(value) for name, value in after.assign.items()}
    lost = [each for each in placing.asserts_of(assign.values()) if each not in placing.asserts_of(needed.values())]
    assign.clear()
    assign.update(needed | taken)
    if lost and placing.can_assert(step):
        placing.add_asserts(step, lost)
    step.comment = step.comment or after.comment
    known.drop(after)
    known.move(link, step, after.next.target)
    return True


def _chain(known: _Known, step: Choice, after: Choice) -> bool:
    """A Choice whose default leads to another Choice: one Choice with the rules of both."""
    if len(step.rules) + len(after.rules) > MOST_RULES:
        return False
    ways = liveness.assigns(after)
    needed = [
        {name: value for name, value in step.assign.items() if name not in assign and name in known.live_at(link)}
        for assign, link in ways
    ]
    if not all(placing.is_cheap(value, len(ways) - 1) for each in needed for value in each.values()):
        return False
    put = placing.placer(step.assign, [*(rule.when for rule in after.rules), *(assign for assign, _ in ways)])
    if put is None:
        return False
    for (assign, _), more in zip(ways, needed, strict=True):
        changed = {name: put(value) for name, value in assign.items()}
        assign.clear()
        assign.update(more | changed)
    for rule in after.rules:
        rule.when = placing.as_expr(put(rule.when))
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
    put = placing.placer(
        rule.assign, [*(each.when for each in after.rules), *(assign for assign, _ in liveness.assigns(after))]
    )
    if put is None or after.comment or len(step.rules) + len(after.rules) > NESTED_RULES:
        return False
    made = []
    for assign, link in liveness.assigns(after):
        more = {
            name: value for name, value in rule.assign.items() if name not in assign and name in known.live_at(link)
        }
        changed = more | {name: put(value) for name, value in assign.items()}
        made.append((changed, link))
    whens = [placing.as_expr(put(each.when)) for each in after.rules]
    texts = [f"{_beside(rule.when.text)} and {_beside(when.text)}" for when in whens]
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
    ways = liveness.assigns(step)
    targets = [link.target for _, link in ways]
    new: Working | Return
    if all(isinstance(each, Return) and not each.fixed and _only_from(known, each, step) for each in targets):
        puts = [placing.placer(assign, [each.value]) for (assign, _), each in zip(ways, targets, strict=True)]  # type: ignore[union-attr]
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
    return Expr(text, depth, asserts="; ".join(placing.asserts_of(whens)))


def _beside(text: str) -> str:
    """A condition beside `and`, which evaluates what stands after it only where what stands before it holds."""
    return f"({text})" if "?" in text or ":=" in text or " or " in text else text


def _operand(text: str) -> str:
    return f"({text})" if "?" in text or ":=" in text else text


def _push(known: _Known, step: Pass, after: Step) -> bool:
    """A Pass before another step: the step computes what it needs itself, and assigns what is needed later."""
    inside: set[str] = set().union(*(liveness.reads(each) for each in inner(after))) & step.assign.keys()
    entered = entering.taken(step, after, inside) if inside and known.is_first(step) else {}
    asserts = placing.asserts_of(step.assign.values())
    if (inside and not entered) or (asserts and not placing.can_assert(after)):
        return False
    ways = liveness.assigns(after)
    kept = {name for assign, link in ways for name in step.assign if name not in assign and name in known.live_at(link)}
    if kept and (len(ways) > 1) and not all(placing.is_cheap(step.assign[name]) for name in kept):
        return False
    values = liveness.own_values(after) + [value for assign, _ in ways for value in assign.values()]
    put = placing.placer(step.assign, values, kept={name: step.assign[name] for name in kept})
    if put is None:
        return False
    for assign, link in ways:
        alive = known.live_at(link)
        added = {
            name: placing.bare(value) for name, value in step.assign.items() if name in alive and name not in assign
        }
        changed = {name: put(value) for name, value in assign.items()}
        assign.clear()
        assign.update(added | changed)
    placing.set_values(after, put)
    if entered:
        entering.put_within(after, entered)
    if asserts:
        placing.add_asserts(after, asserts)
    after.comment = after.comment or step.comment
    known.drop(step)
    for owner, link in list(known.before[id(step)]):
        known.move(link, owner, after)
    known.live[id(after)] = known.live[id(step)]
    return True
