"""`for` and `while`. A loop is compiled again with wider types where its body widens what it starts with."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from treadle.language import (
    callables,
    comprehensions,
    conditions,
    exact,
    expressions,
    facts,
    lifetimes,
    lookup,
    ownership,
    sharing,
    statements,
)
from treadle.language.builder import BROKEN, Builder, Loop, value_of
from treadle.language.changes import changed_here as _changed
from treadle.language.items import held_list, target_name, target_text
from treadle.language.scope import Env, Flow, Variable, merged, stored, without
from treadle.language.sharing import NOTHING, Held
from treadle.language.source import place
from treadle.language.steps import Choice, Expr, Link, Pass, Rule, Value
from treadle.language.term import MISSING, Item, Term
from treadle.language.types import INT, List, Tuple, Type, members
from treadle.language.types import without as without_type

MOST_TRIES = 8


def while_true(b: Builder, node: ast.While) -> None:
    """`while test: … else: …`."""

    def turn(loop: Loop) -> Flow:
        yes, no = conditions.branch(b, node.test)
        b.flow = yes
        statements.block(b, node.body)
        return no

    _looped(b, node, turn, node.orelse, "while " + " ".join(ast.unparse(node.test).split()))


def _looped(
    b: Builder,
    node: ast.While | ast.For,
    turn: Callable[[Loop], Flow],
    orelse: list[ast.stmt],
    label: str,
    hidden: str = "",
) -> None:
    """Compile the turns of a loop: what stands at its head is what comes in joined with what comes back."""
    life = lifetimes.life(node)
    assumed: Env = _known(facts.weakened(b.flow.env, _machine_names(b, node)), life)
    for _ in range(MOST_TRIES):
        undo = b.mark()
        head = Pass(label=label, place=place(b.source, node))
        b.add(head)
        b.flow = Flow(b.flow.links, assumed)
        loop = Loop()
        b.contexts.append(loop)
        try:
            out = turn(loop)
        finally:
            b.contexts.remove(loop)
        back = merged([b.flow, *loop.continues])
        joined = merged([Flow([Link()], assumed), back]).env if back.reached else assumed
        kept = {name: joined[name] for name in (*assumed, sharing.APART) if name in joined}
        joined = _widened(assumed, _known(kept, life))
        if joined == assumed:
            break
        assumed = joined
        undo()
    else:
        b.fail(
            node, "the types of this loop's variables do not settle: annotate them before the loop", "value: int = 0"
        )
    for link in back.links:
        link.target = head
    b.flow = out
    b.held_by.pop(hidden, None)  # the list is not read any more
    if orelse and b.flow.reached:
        statements.block(b, orelse)
    b.flow = merged([b.flow, *loop.breaks])


def _known(env: Env, life: lifetimes.Life | None) -> Env:
    """The names at the head of a loop, less what those share that are assigned before they are read again."""
    if life is None:
        return env
    return {
        name: replace(each, held=NOTHING)
        if isinstance(each, Variable) and each.held != NOTHING and name not in life.during and "·" not in name
        else each
        for name, each in env.items()
    }


def _widened(old: Env, new: Env) -> Env:
    """What a next try of the loop assumes. What a refused line would have given may be known then."""
    found = dict(new)
    for name, each in new.items():
        before = old.get(name)
        if isinstance(each, Variable) and BROKEN in members(each.term.type) and each.term.type != BROKEN:
            each = replace(each, term=each.term.typed(without_type(each.term.type, BROKEN)))
            found[name] = each
        if isinstance(each, Variable) and isinstance(before, Variable) and each.held != before.held:
            found[name] = replace(each, held=sharing.widened(before.held, each.held))
    return found


def _machine_names(b: Builder, node: ast.While | ast.For) -> set[str]:
    """The machine's names of what a loop assigns or changes."""
    found = (b.flow.env.get(name) for name in set().union(*(stored(each) | _changed(b, each) for each in node.body)))
    return {each.term.text[1:] for each in found if isinstance(each, Variable)}


# --- for


def for_each(b: Builder, node: ast.For) -> None:
    """`for target in iterable: … else: …`: a Choice that takes the next item, or leaves."""
    call = node.iter
    if functions := _functions(b, node):
        _unrolled(b, node, functions)
    elif isinstance(call, ast.Call) and _counts(b, call):
        _for_range(b, node, call)
    elif (
        isinstance(call, ast.Call)
        and lookup.static(b, call.func) is enumerate
        and isinstance(node.target, ast.Tuple)
        and len(node.target.elts) == 2
        and len(call.args) in (1, 2)
        and not any(isinstance(each, ast.Starred) for each in call.args)
    ):
        _for_enumerate(b, node, call)
    else:
        items, name, shared = held_list(b, node, node.iter)
        inner = items.type.item if isinstance(items.type, List) else items.type
        if _simple(node.target, inner):
            _over(
                b,
                node,
                items,
                name,
                lambda index, item: comprehensions.unpacked(b, node.target, item),
                shared,
                node.target,
            )
        else:
            _over_unpacked(b, node, items, name, shared)


def _counts(b: Builder, call: ast.Call) -> bool:
    """True for a `range` whose direction is known."""
    if call.keywords or lookup.static(b, call.func) is not range:
        return False
    step = call.args[2] if len(call.args) == 3 else None
    step = step.operand if isinstance(step, ast.UnaryOp) else step
    return step is None or isinstance(step, ast.Constant) or lookup.static(b, step) is not MISSING


def _functions(b: Builder, node: ast.For) -> list[callables.Way]:
    """The functions that a loop goes over: `for step in (clean, shorten):`."""
    if not isinstance(node.iter, ast.Tuple | ast.List) or not isinstance(node.target, ast.Name):
        return []
    found = [callables.way(b, each) for each in node.iter.elts]
    return [each for each in found if each is not None] if all(found) else []


def _unrolled(b: Builder, node: ast.For, functions: list[callables.Way]) -> None:
    """The body once for each function, as there is no value that could stand for one."""
    assert isinstance(node.target, ast.Name)
    loop = Loop()
    b.contexts.append(loop)
    for each in functions:
        if not b.flow.reached:
            break
        b.bind(node.target.id, each)
        statements.block(b, node.body)
        b.flow = merged([b.flow, *loop.continues])
        loop.continues.clear()
    b.contexts.remove(loop)
    if node.orelse and b.flow.reached:
        statements.block(b, node.orelse)
    b.flow = merged([b.flow, *loop.breaks])


def _simple(target: ast.expr, type: Type) -> bool:
    """True where a target can be taken apart without a check: names, and tuples of names for tuples of that length."""
    if isinstance(target, ast.Name):
        return True
    if (
        not isinstance(target, ast.Tuple | ast.List)
        or not isinstance(type, Tuple)
        or len(type.items) != len(target.elts)
    ):
        return False
    return all(_simple(each, inner) for each, inner in zip(target.elts, type.items, strict=True))


def _over_unpacked(b: Builder, node: ast.For, items: Term, name: str, shared: Held) -> None:
    """The item is taken whole, and taken apart by the first statement of the body, with Python's own errors."""
    whole = f"{target_name(node.target)}·item"
    made = ast.Assign([node.target], ast.Name(whole, ast.Load()))
    ast.fix_missing_locations(ast.copy_location(made, node.target))
    target = ast.copy_location(ast.Name(whole, ast.Store()), node.target)
    changed = ast.copy_location(ast.For(target, node.iter, [made, *node.body], node.orelse), node)
    b.frame.locals = b.frame.locals | {whole}
    _over(b, changed, items, name, lambda index, item: {whole: Variable(item)}, shared, target)


def _over(
    b: Builder,
    node: ast.For,
    items: Term,
    name: str,
    bind: Callable[[Term, Term], dict[str, Variable]],
    shared: Held,
    target: ast.expr,
) -> None:
    """Go over a list by an index of its own. What the list holds is read at every turn, so it is noted under a name."""
    counter = b.fresh(f"{target_name(node.target)}_index")
    b.add(Pass(label=f"for {target_text(node)}", place=place(b.source, node), assign={counter: 0}))
    index = Term(f"${counter}", INT)
    with b.exact(node):
        more = exact.compare("<", index, exact.call("len", [_item(items)], {}))
        item = replace(exact.subscript(items, index), guards=())
        found = bind(index, item)
        following = value_of(exact.binary("+", index, exact.literal(1)))
    hidden = f"·{counter}"
    b.bind(hidden, Variable(items, shared))
    taken = {each.id for each in ast.walk(target) if isinstance(each, ast.Name)}
    b.held_by[hidden] = frozenset(taken - set().union(*(stored(each) for each in node.body)))

    def said(machine: str) -> list[str]:
        changed = set().union(*(stored(each) | _changed(b, each) for each in node.body), stored(node.target))
        return comprehensions.key_of(b, node.iter, machine, changed) if isinstance(node.target, ast.Name) else []

    _taking(b, node, more, found, {counter: following}, said, hidden, target)
    b.held_by.pop(hidden, None)
    b.flow = Flow(b.flow.links, {name: each for name, each in b.flow.env.items() if name != hidden})


def _item(term: Term) -> Item:
    return Item(term)


def _taking(
    b: Builder,
    node: ast.For,
    more: Term,
    found: dict[str, Variable],
    step: dict[str, Value],
    said: Callable[[str], list[str]] = lambda name: [],
    hidden: str = "",
    target: ast.expr | None = None,
) -> None:
    """The loop whose head takes the next item: `more` tells whether there is one, `found` what the names stand for.

    `said` gives what holds of the loop's variable at every turn.
    """
    label = f"for {target_text(node)} in {' '.join(ast.unparse(node.iter).split())}"

    def turn(loop: Loop) -> Flow:
        yes, no = Link(), Link()
        assign, bound = dict(step), {}
        items = b.flow.env.get(hidden)
        item = sharing.item(items.held) if isinstance(items, Variable) else sharing.UNKNOWN
        shares = ownership.bound(target, item) if target is not None else {}
        for name, variable in found.items():
            machine = b.variable(name)
            assign[machine] = value_of(variable.term)
            shared = sharing.pruned(shares.get(name, sharing.UNKNOWN), variable.term.type)
            bound[name] = Variable(Term(f"${machine}", variable.term.type), shared)
        env = b.flow.env
        b.put(Choice(**b.marks(node, label), rules=[Rule(Expr(more.text, more.depth), assign, yes)], default=no))
        inside = facts.assigned(facts.learned({**without(env, bound), **bound}, more.text, True), assign)
        for variable in bound.values():
            for text in said(variable.term.text):
                inside = facts.learned(inside, text, True)
        b.flow = Flow([yes], inside)
        statements.block(b, node.body)
        return Flow([no], env)

    _looped(b, node, turn, node.orelse, label, hidden)


def _for_enumerate(b: Builder, node: ast.For, call: ast.Call) -> None:
    assert isinstance(node.target, ast.Tuple)
    at, target = node.target.elts
    start: Term = exact.literal(0)
    items, name, shared = held_list(b, node, call.args[0])
    if len(call.args) == 2:
        start = _kept(b, node, call.args[1], "start")

    def bind(index: Term, item: Term) -> dict[str, Variable]:
        number = index if start.constant == 0 else exact.binary("+", index, start)
        return comprehensions.unpacked(b, at, number) | comprehensions.unpacked(b, target, item)

    _over(b, node, items, name, bind, shared, target)


def _kept(b: Builder, node: ast.For, each: ast.expr, word: str) -> Term:
    """A bound of a range: as it is when the loop begins."""
    term = b.check(expressions.expression(b, each), each)
    if term.type != INT:
        b.fail(each, f"this is an int, not {term.type}", f"int({ast.unparse(each)})")
    changed = set().union(*(stored(inner) | _changed(b, inner) for inner in node.body), stored(node.target))
    if term.constant is not MISSING:
        return term
    if isinstance(each, ast.Name) and each.id not in changed and term.text[1:].isidentifier():
        return term
    match each:
        case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=name)]) if name not in changed and len(term.text) < 40:
            return term
    return b.spill(term, each, f"{target_name(node.target)}_{word}")


def _for_range(b: Builder, node: ast.For, call: ast.Call) -> None:
    """`range` by a counter, so that no list is made of it."""
    if not 1 <= len(call.args) <= 3 or not isinstance(node.target, ast.Name):
        b.fail(call, "range takes one to three whole numbers", "list(range(x))")
    step: Term = exact.literal(1)
    if len(call.args) == 1:
        first, last = exact.literal(0), _kept(b, node, call.args[0], "stop")
    else:
        first, last = _kept(b, node, call.args[0], "start"), _kept(b, node, call.args[1], "stop")
    if len(call.args) == 3:
        step = _kept(b, node, call.args[2], "step")
        if not isinstance(step.constant, int) or step.constant == 0:
            b.fail(call.args[2], "the step of a range is a constant other than 0", "list(range(0, 10, 2))")
    counter = b.fresh(f"{node.target.id}_next")
    b.add(Pass(label=f"for {node.target.id}", place=place(b.source, node), assign={counter: value_of(first)}))
    index = Term(f"${counter}", INT)
    with b.exact(node):
        assert isinstance(step.constant, int)
        more = exact.compare("<" if step.constant > 0 else ">", index, last)
        following = value_of(exact.binary("+", index, step))

    pace = step.constant

    def said(name: str) -> list[str]:
        if pace > 0:
            return [f"{name} >= {first.text}", f"{name} < {last.text}"]
        above = f"{name} >= {last.constant + 1}" if isinstance(last.constant, int) else f"{name} > {last.text}"
        return [f"{name} <= {first.text}", above]

    _taking(b, node, more, {node.target.id: Variable(index)}, {counter: following}, said)
