"""Statements of the source -> steps."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from treadle.language import annotated, calls, exact, expressions, handlers, lookup, loops, matching
from treadle.language.builder import BROKEN, Builder, Call, Finally, Loop, value_of
from treadle.language.ownership import owned, release
from treadle.language.scope import DEEP, SHALLOW, SHARED, Flow, Local, Static, Variable, lowered_own, merged
from treadle.language.source import Refused, Written, place
from treadle.language.steps import Expr, Pass, Return
from treadle.language.term import MISSING, Guard, Item, Term
from treadle.language.types import ANY, List, Opaque, Tuple, Type, is_immutable, is_json


def block(b: Builder, body: Sequence[ast.stmt]) -> None:
    """Statements in turn. A refused one is noted and the next is looked at: all of a file's errors come at once."""
    for node in body:
        if not b.flow.reached:
            return  # Python never comes here either
        depth = len(b.contexts)
        kept = b.flow, b.frame, b.lazy, b.handling
        try:
            statement(b, node)
        except Refused:
            del b.contexts[depth:]
            b.flow, b.frame, b.lazy, b.handling = kept
            _guess(b, node)


def _guess(b: Builder, node: ast.stmt) -> None:
    """After a refused statement: what it would have assigned is Any, so that later lines are still looked at."""
    from treadle.language.scope import stored

    for name in sorted(stored(node)):
        if name in b.frame.locals:
            b.bind(name, Variable(Term(f"${b.variable(name)}", BROKEN), DEEP))


def statement(b: Builder, node: ast.stmt) -> None:
    rule = _RULES.get(type(node))
    if rule is None:
        b.fail(
            node, *_REFUSED.get(type(node), (f"{type(node).__name__} statements are not part of the language", "pass"))
        )
    source = b.source
    last = node.end_lineno or node.lineno if not hasattr(node, "body") else node.lineno
    name = source.state_name(node.lineno, last)
    b.labels.append((name, bool(name), source.comment(node.lineno)))
    b.read = set()
    try:
        with b.exact(node):
            rule(b, node)
    finally:
        b.labels.pop()


_IN_A_TASK = "@task\ndef read(path):\n    with open(path) as file:\n        return file.read()"

_REFUSED: dict[type[ast.stmt], tuple[str, str]] = {
    ast.With: ("with has no meaning in a workflow: put it into a @task", _IN_A_TASK),
    ast.ClassDef: ("a class cannot be defined inside a workflow: define it in the module", 'value = {"x": x}'),
    ast.Global: ("global variables are not shared between executions: give the value as a parameter", "value = x"),
    ast.Nonlocal: (
        "a variable of an outer function cannot be assigned: return the value",
        "def add(x, y):\n    return x + y",
    ),
    ast.AsyncFunctionDef: ("async functions are not part of the language", "def add(x, y):\n    return x + y"),
    ast.AsyncFor: ("async for is not part of the language", "for item in items:\n    x += item"),
    ast.AsyncWith: ("async with is not part of the language", _IN_A_TASK),
}


# --- assignment


def assign_value(b: Builder, target: ast.expr, node: ast.expr, declared: Type | None = None) -> None:
    """`target = node`."""
    if isinstance(target, ast.Name):
        _assign_name(b, target, node, declared)
        return
    both = isinstance(target, ast.Tuple | ast.List) and isinstance(node, ast.Tuple | ast.List)
    if both and len(target.elts) == len(node.elts) and not _starred(target) and not _starred(node):  # type: ignore
        _assign_pairs(b, target.elts, node.elts)  # type: ignore[attr-defined]
        return
    if isinstance(target, ast.Subscript):
        _store(b, target, node)
        return
    own, left = owned(b, node)
    term = _held(b, expressions.expression(b, node), node)
    release(b, left, term.type)
    bind_target(b, target, term, SHARED if own == SHARED else own)


def _held(b: Builder, term: Term, node: ast.expr) -> Term:
    """A term that is written out more than once: a variable of its own where it is more than one."""
    term = b.check(term, node)
    return term if term.text[:1] == "$" and term.text[1:].isidentifier() else b.spill(term, node)


def _starred(node: ast.Tuple | ast.List) -> bool:
    return any(isinstance(each, ast.Starred) for each in node.elts)


def _assign_name(b: Builder, target: ast.Name, node: ast.expr, declared: Type | None) -> None:
    function = _function_value(b, node)
    if function is not None:
        b.bind(target.id, function)
        return
    own, left = owned(b, node)
    name = b.variable(target.id)
    if isinstance(node, ast.Call) and lookup.hoists(b, node):
        is_helper = lookup.helper(b, node.func) is not None
        term = calls.call(b, node, into="" if _reads(b, node, target.id) else name)
        if is_helper and b.given_own == DEEP:
            own, left = DEEP, {}
        elif is_helper:
            own = b.given_own
        if term.text == f"${name}":
            type = _declared(term.type, declared)
            release(b, left, type)
            b.bind(target.id, Variable(Term(term.text, type), lowered_own(type, own)))
            return
        found, type = value_of(b.check(term, node)), term.type
    else:
        found, type = expressions.value(b, node)
    type = _declared(type, declared)
    release(b, left, type)
    b.add(Pass(**b.marks(node, target.id), assign={name: found}))
    b.bind(target.id, Variable(Term(f"${name}", type), lowered_own(type, own)))


def _reads(b: Builder, node: ast.Call, name: str) -> bool:
    """True where a helper is given the variable its result goes to: it may not be overwritten while it is read."""
    return lookup.helper(b, node.func) is not None and name in {
        each.id for each in ast.walk(node) if isinstance(each, ast.Name)
    }


def _function_value(b: Builder, node: ast.expr) -> Local | Static | None:
    """`f = lambda …` and `model = assistant`: names for functions and objects, which need no state."""
    if isinstance(node, ast.Lambda):
        return Local(Written(node, b.source), b.frame)
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        found = lookup.static(b, node)
        if found is not MISSING and not lookup.is_json(found):
            return Static(found)
        if isinstance(node, ast.Name) and isinstance(local := b.lookup(node.id), Local):
            return local
    return None


def _declared(type: Type, declared: Type | None) -> Type:
    """What an annotation adds to what is known: it says what Any is, and what an empty display will hold."""
    if declared is None:
        return type
    if type == ANY or str(type).find("Any") >= 0 or str(type).find("Never") >= 0:
        return declared
    return type


def _assign_pairs(b: Builder, targets: Sequence[ast.expr], nodes: Sequence[ast.expr]) -> None:
    """`a, b = x, y`: one state, as all of a state's assignments see the values at its start."""
    if not all(isinstance(each, ast.Name) for each in targets):
        found = [_held(b, expressions.expression(b, each), each) for each in nodes]
        spilled = [b.spill(term, node) for term, node in zip(found, nodes, strict=True)]
        for target, term in zip(targets, spilled, strict=True):
            bind_target(b, target, term, SHARED)
        return
    owns = [owned(b, each) for each in nodes]
    values = [expressions.value(b, each) for each in nodes]
    for (_, left), (_, type) in zip(owns, values, strict=True):
        release(b, left, type)
    assign, bound = {}, {}
    for target, (found, type), (own, _) in zip(targets, values, owns, strict=True):
        assert isinstance(target, ast.Name)
        name = b.variable(target.id)
        assign[name] = found
        bound[target.id] = Variable(Term(f"${name}", type), lowered_own(type, own))
    label = ", ".join(each.id for each in targets if isinstance(each, ast.Name))
    b.add(Pass(**b.marks(nodes[0], label), assign=assign))
    for key, binding in bound.items():
        b.bind(key, binding)


def bind_target(b: Builder, target: ast.expr, term: Term, own: int) -> None:
    """Assign a term (a plain variable) to a target: a name, a tuple of targets, an item."""
    match target:
        case ast.Name():
            name = b.variable(target.id)
            b.add(Pass(**b.marks(target, target.id), assign={name: value_of(term)}))
            b.bind(target.id, Variable(Term(f"${name}", term.type), lowered_own(term.type, own)))
        case ast.Tuple() | ast.List():
            _unpack(b, target, term)
        case ast.Subscript():
            _store_term(b, target, term)
        case _:
            b.fail(target, f"{ast.unparse(target)} cannot be assigned here", "value = x")


def _unpack(b: Builder, target: ast.Tuple | ast.List, term: Term) -> None:
    """`a, b = pair`. A list's length is checked as it runs, with Python's own error."""
    with b.exact(target):
        parts = _parts(b, target, term)
    names = [each.value if isinstance(each, ast.Starred) else each for each in target.elts]
    if all(isinstance(each, ast.Name) for each in names):
        assign, bound = {}, {}
        for each, part in zip(names, parts, strict=True):
            assert isinstance(each, ast.Name)
            name = b.variable(each.id)
            assign[name] = value_of(part)
            bound[each.id] = Variable(Term(f"${name}", part.type), lowered_own(part.type, SHARED))
        label = ", ".join(each.id for each in names if isinstance(each, ast.Name))
        b.add(Pass(**b.marks(target, label), assign=assign))
        for key, binding in bound.items():
            b.bind(key, binding)
        return
    for each, part in zip(names, parts, strict=True):
        bind_target(b, each, _held(b, part, each), SHARED)


def _parts(b: Builder, target: ast.Tuple | ast.List, term: Term) -> list[Term]:
    count = len(target.elts)
    stars = [at for at, each in enumerate(target.elts) if isinstance(each, ast.Starred)]
    if isinstance(term.type, Tuple):
        known = len(term.type.items)
        if known < count - len(stars) or (not stars and known != count):
            b.fail(target, f"{count} names for a tuple of {known}", "a, b = (x, y)")
    else:
        term = exact.iterate(term)
        size = exact.call("len", [Item(term)], {})
        few, many = (
            f"not enough values to unpack (expected {count}, got ",
            f"too many values to unpack (expected {count})",
        )
        if stars:
            few = f"not enough values to unpack (expected at least {count - 1}, got "
        short = exact.compare("<", size, exact.literal(count - len(stars)))
        guards = [Guard(short.text, '"ValueError"', f'"{few}" & $string({size.text}) & ")"')]
        if not stars:
            long = exact.compare(">", size, exact.literal(count))
            guards.append(Guard(long.text, '"ValueError"', f'"{many}"'))
        term = b.check(replace(term, guards=(*term.guards, *guards)), target)
    parts = []
    for at, each in enumerate(target.elts):
        if isinstance(each, ast.Starred):
            end = at + 1 - count
            found = exact.slice(term, exact.literal(at), exact.literal(end) if end else None, None)
            if isinstance(found.type, Tuple):
                from treadle.language.types import union

                found = found.typed(List(union(found.type.items)))
        else:
            index = at if not stars or at < stars[0] else at - count
            found = exact.subscript(term, exact.literal(index))
        parts.append(replace(found, guards=()))
    return parts


def _assign(b: Builder, node: ast.Assign) -> None:
    if len(node.targets) == 1:
        assign_value(b, node.targets[0], node.value)
        return
    first, *others = node.targets
    if not all(isinstance(each, ast.Name) for each in node.targets):
        b.fail(node, "several targets are names", "a = x; b = a")
    assign_value(b, first, node.value)
    for each in others:
        assign_value(b, each, ast.copy_location(ast.Name(first.id, ast.Load()), node))  # type: ignore[attr-defined]


def _annotated(b: Builder, node: ast.AnnAssign) -> None:
    if node.value is None:
        return
    assign_value(b, node.target, node.value, _annotation(b, node.annotation))


def _annotation(b: Builder, node: ast.expr) -> Type | None:
    function = b.frame.written.function
    names: dict[str, Any] = dict(function.__globals__) if function is not None else {}
    try:
        return annotated.typed(eval(ast.unparse(node), names))
    except annotated.NoType as error:
        b.fail(node, str(error))
    except Exception as error:  # noqa: BLE001
        b.fail(node, f"the annotation cannot be read: {error}", "value: int = x")


def _augmented(b: Builder, node: ast.AugAssign) -> None:
    """`x += y`. On a list this changes the list itself, so nobody else may hold it."""
    target = node.target
    load = ast.copy_location(_loaded(target), target)
    if isinstance(target, ast.Name) and isinstance(node.op, ast.Add | ast.BitOr | ast.Mult):
        found = b.lookup(target.id)
        if isinstance(found, Variable) and not is_immutable(found.term.type):
            _own(b, node, target.id, SHALLOW)
            if isinstance(node.op, ast.Add) and isinstance(found.term.type, List):
                made = ast.Call(ast.Attribute(load, "extend", ast.Load()), [node.value], [])
                call = ast.copy_location(ast.fix_missing_locations(ast.copy_location(made, node)), node)
                change(b, call, made.func, label=target.id)  # type: ignore[arg-type]
                return
    if isinstance(target, ast.Subscript) and lookup.hoists(b, target.slice):
        b.fail(node, "a call to a service in the index: make it before", "i = len(items)")
    made_value = ast.copy_location(ast.BinOp(load, node.op, node.value), node)
    assign_value(b, target, made_value)


def _loaded(node: ast.expr) -> ast.expr:
    match node:
        case ast.Name():
            return ast.Name(node.id, ast.Load())
        case ast.Subscript():
            return ast.Subscript(node.value, node.slice, ast.Load())
        case ast.Attribute():
            return ast.Attribute(node.value, node.attr, ast.Load())
    return node


# --- changes in place


def _own(b: Builder, node: ast.AST, name: str, needed: int) -> None:
    """Refuse a change of a value that another name may hold too: Python would change it there as well."""
    found = b.lookup(name)
    if not isinstance(found, Variable):
        b.fail(node, f"{name} is no variable of the workflow, so it cannot be changed", f"{name} = list({name})")
    if name not in b.flow.env:
        b.fail(
            node, f"{name} belongs to the function around this one: return the new value instead", "items = [*items, x]"
        )
    if found.own < needed:
        b.fail(
            node,
            f"{name} (or a list or dict in it) may be held elsewhere too, and Python would change it there as well",
            f"{name} = [*{name}]" if isinstance(found.term.type, List) else f"{name} = {{**{name}}}",
        )


def _root(b: Builder, node: ast.expr) -> tuple[str, list[ast.expr]]:
    """The variable that `d["a"][0]` is part of, and the indices on the way, outermost first."""
    indices: list[ast.expr] = []
    while isinstance(node, ast.Subscript):
        indices.insert(0, node.slice)
        node = node.value
    if not isinstance(node, ast.Name):
        b.fail(node, "only a variable, or an item of one, can be changed", "items = [x]\nitems.append(y)")
    return node.id, indices


def _store(b: Builder, target: ast.Subscript, node: ast.expr) -> None:
    own, left = owned(b, node)
    term = expressions.expression(b, node)
    if any(lookup.hoists(b, each) for each in _root(b, target)[1]):
        b.fail(target, "a call in the index of an assignment: make it before", "i = len(items)")
    term = b.check(term, node)
    name, _ = _root(b, target)
    if name in left and not is_immutable(term.type):
        b.fail(target, f"{name} would hold itself", "items = [*items, x]")
    _store_term(b, target, term)
    release(b, left, term.type)
    if own < DEEP and not is_immutable(term.type):
        _lessen(b, name)


def _lessen(b: Builder, name: str) -> None:
    """A variable now holds something that others hold too."""
    found = b.flow.env.get(name)
    if isinstance(found, Variable) and found.own == DEEP:
        b.bind(name, replace(found, own=SHALLOW))


def _store_term(b: Builder, target: ast.Subscript, term: Term) -> None:
    """`d["a"][i] = term`: every container on the way is made anew, the outermost is assigned."""
    name, indices = _root(b, target)
    _own(b, target, name, SHALLOW if len(indices) == 1 else DEEP)
    if any(isinstance(each, ast.Slice) for each in indices):
        b.fail(target, "a slice cannot be assigned", f"{name} = {name}[:i] + [x] + {name}[j:]")
    found = b.lookup(name)
    assert isinstance(found, Variable)
    with b.exact(target):
        containers, terms = [found.term], []
        for at, each in enumerate(indices):
            terms.append(expressions.expression(b, each))
            if at < len(indices) - 1:
                containers.append(exact.subscript(containers[-1], terms[-1]))
        new = term
        for container, index in zip(reversed(containers), reversed(terms), strict=True):
            new = exact.store(container, index, new)
    _replace(b, target, name, new)


def _replace(b: Builder, node: ast.AST, name: str, new: Term, label: str = "") -> None:
    """Give a variable its changed value; who holds it stays as it was."""
    found = b.lookup(name)
    assert isinstance(found, Variable)
    new = b.check(new, node)
    machine = b.variable(name)
    b.add(Pass(**b.marks(node, label or name), assign={machine: value_of(new)}))
    b.bind(name, Variable(Term(f"${machine}", new.type), found.own))


def change(b: Builder, node: ast.Call, func: ast.Attribute, label: str = "") -> Term | None:
    """`xs.append(x)`, `d.pop("k")`: a method that changes a variable, or an item of one. None where it changes
    nothing.
    """
    items, keywords = None, None
    if not isinstance(func.value, ast.Name | ast.Subscript):
        return None
    receiver_type = _peek(b, func.value)
    if receiver_type is not None and is_immutable(receiver_type):
        return None
    name, indices = _root(b, func.value)
    if b.lazy:
        b.fail(
            node,
            f"{func.attr} changes {name}, which cannot be done here: do it in a statement of its own",
            ast.unparse(node),
        )
    if name in b.read:
        b.fail(node, f"{name} is read and changed in one expression: do it in two statements", ast.unparse(node))
    found = b.lookup(name)
    if isinstance(found, Variable) and not found.bound:
        b.fail(node, f"{name} may be unassigned here", f"{name} = []")
    given_own = [owned(b, each.value if isinstance(each, ast.Starred) else each) for each in node.args]
    items, keywords = calls._given(b, node)
    _own(b, node, name, SHALLOW if not indices else DEEP)
    found = b.lookup(name)
    assert isinstance(found, Variable)
    with b.exact(node):
        containers, terms = [found.term], [expressions.expression(b, each) for each in indices]
        for each in terms:
            containers.append(exact.subscript(containers[-1], each))
        changed = exact.change(containers[-1], func.attr, items, keywords)
        if changed is None:
            return None
        new = changed.receiver
        for container, index in zip(reversed(containers[:-1]), reversed(terms), strict=True):
            new = exact.store(container, index, new)
    result = changed.result
    if result.constant is MISSING and isinstance(node, ast.Call) and not getattr(node, "_statement", False):
        result = b.spill(replace(result, guards=new.guards or result.guards), node, func.attr)
        new = replace(new, guards=())
    _replace(b, node, name, new, label)
    for (own, left), item in zip(given_own, items, strict=False):
        type = item.value.type if isinstance(item, Item) else ANY
        if is_immutable(type):
            continue
        if name in left and left[name] == SHARED and func.attr != "extend":
            b.fail(node, f"{name} would hold itself", "items = [*items, x]")
        release(b, left, type)
        if own < DEEP:
            _lessen(b, name)
    return result


def _peek(b: Builder, node: ast.expr) -> Type | None:
    """The type of a variable or an item of one, without emitting anything."""
    if isinstance(node, ast.Name):
        found = b.lookup(node.id)
        return found.term.type if isinstance(found, Variable) else None
    return None


def _delete(b: Builder, node: ast.Delete) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            env = {name: each for name, each in b.flow.env.items() if name != target.id}
            b.flow = Flow(b.flow.links, env)
            continue
        if not isinstance(target, ast.Subscript) or isinstance(target.slice, ast.Slice):
            b.fail(target, "only a name or an item can be deleted", "xs = xs[:i] + xs[j:]")
        name, indices = _root(b, target)
        _own(b, target, name, SHALLOW if len(indices) == 1 else DEEP)
        found = b.lookup(name)
        assert isinstance(found, Variable)
        with b.exact(target):
            terms = [expressions.expression(b, each) for each in indices]
            containers = [found.term]
            for each in terms[:-1]:
                containers.append(exact.subscript(containers[-1], each))
            new = exact.delete(containers[-1], terms[-1])
            for container, index in zip(reversed(containers[:-1]), reversed(terms[:-1]), strict=True):
                new = exact.store(container, index, new)
        _replace(b, target, name, new)


# --- the rest


def _expression(b: Builder, node: ast.Expr) -> None:
    if isinstance(node.value, ast.Constant):
        return
    if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        node.value._statement = True  # type: ignore[attr-defined]
    b.check(expressions.expression(b, node.value), node.value)


def _if(b: Builder, node: ast.If) -> None:
    yes, no = expressions.branch(b, node.test)
    b.flow = yes
    block(b, node.body)
    ends = [b.flow]
    b.flow = no
    block(b, node.orelse)
    b.flow = merged([*ends, b.flow])


def _return(b: Builder, node: ast.Return) -> None:
    give(b, node, node.value)


def _leaving(type: Type) -> str:
    """What to return instead of a value that is no JSON."""
    match type:
        case Opaque(name="bytes" | "base64"):
            return "return text"
        case Opaque(name="datetime" | "timedelta"):
            return "return datetime.datetime.now(datetime.timezone.utc).isoformat()"
        case Opaque(name="set"):
            return "return sorted(set(items))"
    return "return list(items)"


def give(b: Builder, node: ast.AST, result: ast.expr | None) -> None:
    """`return result`: what must run on the way out runs, then the value is where the caller looks for it."""
    around = _call(b)
    if around is not None and not around.tail and isinstance(result, ast.Call) and lookup.hoists(b, result):
        own = owned(b, result)[0]
        term = calls.call(b, result, into=around.result)
        found, type = value_of(b.check(term, result)), term.type
    elif result is None:
        own = DEEP
        literal = exact.literal(None)
        found, type = None, literal.type
    else:
        own = _kept(b, result)
        found, type = expressions.value(b, result)
    if not is_json(type) and (around is None or around.tail):
        b.fail(node, f"a {type} is no JSON value, so it cannot leave the workflow", _leaving(type))
    if _finals(b):
        if result is not None:
            release(b, owned(b, result)[1], type)  # a final block that changes it would change what is returned
        name = b.fresh("result")
        b.add(Pass(label="return", place=place(b.source, node), assign={name: found}))
        found = Expr(f"${name}")
        _leave(b, around)
    marks = b.marks(node, _return_label(result))
    if around is None or around.tail:
        b.put(Return(**marks, value=found))
        b.returned.append(type) if around is None else around.returns.append((Flow([], b.flow.env), (type, own)))
    else:
        b.add(Pass(**marks, assign={around.result: found}))
        around.returns.append((b.flow, (type, own)))
    b.flow = Flow([], b.flow.env)


def _kept(b: Builder, result: ast.expr) -> int:
    """How much of a result only its caller will hold: a local name of the function ends with it."""
    local = b.lookup(result.id) if isinstance(result, ast.Name) and result.id in b.frame.locals else None
    return local.own if isinstance(local, Variable) else owned(b, result)[0]


def _return_label(result: ast.expr | None) -> str:
    text = "return " + " ".join(ast.unparse(result).split()) if result is not None else "return None"
    return text if len(text) <= 40 else "return"


def _call(b: Builder) -> Call | None:
    return next((each for each in reversed(b.contexts) if isinstance(each, Call)), None)


def _finals(b: Builder) -> list[Finally]:
    found = []
    for each in reversed(b.contexts):
        if isinstance(each, Call):
            break
        if isinstance(each, Finally):
            found.append(each)
    return found


def _leave(b: Builder, until: object) -> None:
    """Run the final blocks between here and `until`, the innermost first, each outside its own try."""
    saved = list(b.contexts)
    while b.contexts and b.contexts[-1] is not until:
        context = b.contexts.pop()
        if isinstance(context, Finally) and b.flow.reached:
            b.contexts.pop()  # the Try that runs it when an error passes
            context.run()
    b.contexts[:] = saved


def _break(b: Builder, node: ast.Break) -> None:
    loop = _loop(b, node)
    _leave(b, loop)
    loop.breaks.append(b.flow)
    b.flow = Flow([], b.flow.env)


def _continue(b: Builder, node: ast.Continue) -> None:
    loop = _loop(b, node)
    _leave(b, loop)
    loop.continues.append(b.flow)
    b.flow = Flow([], b.flow.env)


def _loop(b: Builder, node: ast.stmt) -> Loop:
    for each in reversed(b.contexts):
        if isinstance(each, Loop):
            return each
    b.fail(node, "break and continue stand in a loop", "for item in items:\n    if item:\n        break")


def _define(b: Builder, node: ast.FunctionDef) -> None:
    if node.decorator_list:
        b.fail(
            node,
            "a decorated function cannot be defined inside a workflow: define it in the module",
            "def add(x, y):\n    return x + y",
        )
    b.bind(node.name, Local(Written(node, b.source), b.frame))


def _import(b: Builder, node: ast.Import | ast.ImportFrom) -> None:
    for alias in node.names:
        try:
            if isinstance(node, ast.Import):
                module = importlib.import_module(alias.name)
                found = module if alias.asname else importlib.import_module(alias.name.split(".")[0])
            else:
                found = getattr(importlib.import_module(node.module or ""), alias.name)
        except (ImportError, AttributeError, ValueError) as error:
            b.fail(node, f"the import fails: {error}", "import json")
        b.bind(alias.asname or alias.name.split(".")[0], Static(found))


_RULES: dict[type[ast.stmt], Callable[[Builder, Any], None]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Expr: _expression,
    ast.If: _if,
    ast.For: lambda b, node: loops.for_each(b, node),
    ast.While: lambda b, node: loops.while_true(b, node),
    ast.Try: lambda b, node: handlers.attempt(b, node),
    ast.Raise: lambda b, node: handlers.raised(b, node),
    ast.Assert: lambda b, node: handlers.asserted(b, node),
    ast.Match: lambda b, node: matching.match(b, node),
    ast.Return: _return,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Pass: lambda b, node: None,
    ast.Delete: _delete,
    ast.FunctionDef: _define,
    ast.Import: _import,
    ast.ImportFrom: _import,
}
