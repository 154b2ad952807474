"""An iterator that is given a name: Python evaluates a generator or a `map` where it is gone through, the workflow
where it stands. Both are the same where it raises nothing and what it names stays as it is.
"""

from __future__ import annotations

import ast

from treadle.language import expressions, lookup
from treadle.language.builder import Builder
from treadle.language.term import MISSING, Term
from treadle.language.types import Opaque


def checked(b: Builder, node: ast.expr) -> Term:
    """The term of an expression that gets a name here, its guards checked."""
    term = expressions.expression(b, node)
    if not (isinstance(term.type, Opaque) and term.type.name == "iterator"):
        return b.check(term, node)
    instead = f"[{ast.unparse(node)[1:-1]}]" if isinstance(node, ast.GeneratorExp) else f"list({ast.unparse(node)})"
    for name in sorted(_names(node)):
        if _assigned(b, name) > 1:
            says = f"{name} is assigned more than once, and this sees it as it is when it is gone through"
            b.fail(node, says, instead)
    if term.guards:
        early = [guard for each in _early(b, node) for guard in expressions.expression(b, each).guards]
        if any(guard.late or guard not in early for guard in term.guards):
            b.fail(node, "what this raises, it raises where it is gone through", instead)
    return b.check(term, node)


def _early(b: Builder, node: ast.expr) -> list[ast.expr]:
    """What Python evaluates at once."""
    if isinstance(node, ast.GeneratorExp):
        return _early(b, node.generators[0].iter)
    if isinstance(node, ast.Call):
        values = [*node.args, *(each.value for each in node.keywords)]
        return [part for each in values for part in _early(b, each)]
    if isinstance(node, ast.Lambda | ast.Starred) or lookup.static(b, node) is not MISSING:
        return []
    return [node]


def _names(node: ast.expr) -> set[str]:
    """The names that are read later: by lambdas and generators."""
    late: list[ast.AST] = []
    for each in ast.walk(node):
        if isinstance(each, ast.Lambda):
            late.append(each.body)
        elif isinstance(each, ast.GeneratorExp):
            first, *others = each.generators
            late += [each.elt, first.target, *first.ifs, *others]
    names = [each for part in late for each in ast.walk(part) if isinstance(each, ast.Name)]
    own = {each.id for each in names if isinstance(each.ctx, ast.Store)}
    own |= {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)}
    return {each.id for each in names} - own


def _assigned(b: Builder, name: str) -> int:
    """How often the function around assigns a name, as a parameter too."""
    found = 0
    for each in ast.walk(b.frame.written.node):
        found += isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store | ast.Del) and each.id == name
        found += isinstance(each, ast.arg) and each.arg == name
    return found
