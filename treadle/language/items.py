"""What a loop goes over: a list in a variable that the loop does not change."""

from __future__ import annotations

import ast
from dataclasses import replace

from treadle.language import exact, expressions, lookup, ownership
from treadle.language.builder import Builder, Finally, Try, value_of
from treadle.language.changes import changed_here as _changed
from treadle.language.scope import Variable, stored
from treadle.language.sharing import Held
from treadle.language.source import place
from treadle.language.steps import Pass
from treadle.language.term import Term
from treadle.language.types import Dict, Opaque, Record, is_immutable, members


def target_text(node: ast.For) -> str:
    return " ".join(ast.unparse(node.target).split()).partition("·")[0].strip("()")


def target_name(target: ast.expr) -> str:
    return "_".join(each.id for each in ast.walk(target) if isinstance(each, ast.Name)) or "item"


def held_list(b: Builder, node: ast.For, iterable: ast.expr) -> tuple[Term, str, Held]:
    """The list that a loop goes over, in a variable that the loop does not change; its name in the source; what it
    shares.
    """
    with b.exact(iterable):
        given = expressions.expression(b, iterable)
        term = exact.iterate(given)
        lazy = isinstance(given.type, Opaque) and given.type.name == "iterator"
        one_by_one = isinstance(iterable, ast.GeneratorExp) or _calls(b, iterable, (map, filter))
        if lazy and any(guard.late or one_by_one for guard in term.guards) and _seen_before(b, node):
            instead = f"for {target_text(node)} in list({ast.unparse(iterable)}):\n    pass"
            b.fail(iterable, "this raises between the turns, when what the turns before did is seen", instead)
        term = b.check(term, iterable)
    shared = ownership.held(b, iterable, term.type)
    name = iterable.id if isinstance(iterable, ast.Name) else ""
    changed = set().union(
        *(stored(each) for each in node.body), *(_changed(b, each) for each in node.body), stored(node.target)
    )
    plain = term.text[:1] == "$" and term.text[1:].isidentifier() and term.text != "$states"
    if plain and name and name not in changed:
        return term, name, shared
    own = _sets_own(b, node, iterable)
    if own:
        shared = replace(shared, top=ownership.fresh(b, iterable))
    for each in sorted(_lazily_over(iterable) & set().union(*(_changed(b, each) for each in node.body)) - {own}):
        found = b.lookup(each)
        if isinstance(found, Variable) and not is_immutable(found.term.type):
            instead = f"for {target_text(node)} in list({ast.unparse(iterable)}):\n    pass"
            b.fail(node.iter, f"{each} is changed while the loop goes over it", instead)
    held = b.fresh(f"{target_name(node.target)}_items")
    b.add(Pass(label=held, place=place(b.source, node), assign={held: value_of(term)}))
    return Term(f"${held}", term.type), "", shared


def _calls(b: Builder, node: ast.expr, functions: tuple[type, ...]) -> bool:
    return isinstance(node, ast.Call) and any(lookup.static(b, node.func) is each for each in functions)


def _seen_before(b: Builder, node: ast.For) -> bool:
    """True where what a loop did before it raised can be seen: something around it catches, or it calls a service."""
    if any(isinstance(each, Try | Finally) for each in b.contexts):
        return True
    inner = [each for statement in node.body for each in ast.walk(statement) if isinstance(each, ast.expr)]
    return any(lookup.hoists(b, each) for each in inner if isinstance(each, ast.Call))


def _sets_own(b: Builder, node: ast.For, iterable: ast.expr) -> str:
    """The dict of `for key in data: data[key] = …`, where the loop changes no more of it than the value of its own key:
    neither the keys nor what later turns read.
    """
    match iterable:
        case ast.Name(id=name) | ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="keys" | "items"), args=[]):
            target = node.target
        case _:
            return ""
    if isinstance(iterable, ast.Call) and iterable.func.attr == "items":  # type: ignore[attr-defined]
        target = target.elts[0] if isinstance(target, ast.Tuple) and len(target.elts) == 2 else target
    found = b.lookup(name)
    if not isinstance(target, ast.Name) or not isinstance(found, Variable):
        return ""
    if name not in set().union(*(_changed(b, each) for each in node.body)):
        return ""
    is_dict = all(isinstance(each, Dict | Record) for each in members(found.term.type))
    if not is_dict or {name, target.id} & set().union(*(stored(each) for each in node.body)):
        return ""
    own = {
        id(each.value)
        for statement in node.body
        for each in ast.walk(statement)
        if isinstance(each, ast.Subscript)
        and not isinstance(each.ctx, ast.Del)
        and isinstance(each.slice, ast.Name)
        and each.slice.id == target.id
    }
    used = [each for statement in node.body for each in ast.walk(statement) if isinstance(each, ast.Name)]
    outer = {id(each.value.value) for each in _deeper(node)}  # type: ignore[attr-defined]
    return name if all(id(each) in own - outer for each in used if each.id == name) else ""


def _deeper(node: ast.For) -> list[ast.Subscript]:
    """`data[key][0] = …` and `data[key].append(…)`, which change what the item holds."""
    found = []
    for statement in node.body:
        for each in ast.walk(statement):
            inner = each.value if isinstance(each, ast.Subscript | ast.Attribute) else None
            if isinstance(inner, ast.Subscript):
                found.append(ast.Subscript(inner, ast.Constant(0), ast.Load()))
    return found


def _lazily_over(node: ast.expr) -> set[str]:
    """The variables that a loop reads anew at every turn: the list itself, or what a view or an iterator goes over."""
    match node:
        case ast.Name():
            return {node.id}
        case ast.Subscript():
            return _lazily_over(node.value)
        case ast.Call(func=ast.Attribute(attr="items" | "keys" | "values")):
            return _lazily_over(node.func.value)  # type: ignore[attr-defined]
        case ast.Call(func=ast.Name(id="enumerate" | "zip" | "reversed" | "map" | "filter" | "iter")):
            return set().union(*(_lazily_over(each) for each in node.args))
        case ast.GeneratorExp():
            return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return set()
