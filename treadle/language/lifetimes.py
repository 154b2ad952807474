"""Which names a function still reads: found once a function, backwards over its statements, and kept at them."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

Names = frozenset[str]
NONE: Names = frozenset()


@dataclass(frozen=True, slots=True)
class Life:
    """The names whose values are read while a statement is worked on or later (`during`), and those that are read once
    its own operands are evaluated (`after`). A name that the statement assigns anew is in neither.
    """

    during: Names
    after: Names


@dataclass(frozen=True, slots=True)
class _Ways:
    """What is read where a `break`, `continue`, `return` or an error leads."""

    broken: Names = NONE
    continued: Names = NONE
    returned: Names = NONE
    raised: Names = NONE


_LIFE = "_treadle_life"


def life(node: ast.stmt) -> Life | None:
    """None for a statement that the compiler made up: any name may be read."""
    return getattr(node, _LIFE, None)


def find(function: ast.FunctionDef) -> None:
    """Note the lives of all statements of a function."""
    if getattr(function, _LIFE, None) is None:
        setattr(function, _LIFE, True)
        kept = _captured(function)
        _block(function.body, kept, _Ways(kept, kept, kept, kept))


def _captured(function: ast.FunctionDef) -> Names:
    """What functions inside read: they may be called at any time."""
    called = {
        id(each)
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        for each in (*node.args, *(keyword.value for keyword in node.keywords))
    }
    found = NONE
    for node in ast.walk(function):
        if node is not function and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            found |= _loads(node) if id(node) not in called else NONE
    return found


def _loads(*nodes: ast.AST | None) -> Names:
    return frozenset(
        each.id
        for node in nodes
        if node is not None
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    )


def _kills(node: ast.stmt) -> Names:
    """Names that a statement certainly gives another value."""
    targets = node.targets if isinstance(node, ast.Assign | ast.Delete) else [getattr(node, "target", None)]
    if isinstance(node, ast.AnnAssign) and node.value is None:
        return NONE
    return frozenset(each.id for target in targets if target is not None for each in _names(target))


def _names(target: ast.AST) -> list[ast.Name]:
    match target:
        case ast.Name():
            return [target]
        case ast.Tuple() | ast.List():
            return [each for inner in target.elts for each in _names(inner)]
        case ast.Starred():
            return _names(target.value)
    return []


def _block(body: Sequence[ast.stmt], out: Names, ways: _Ways) -> Names:
    for node in reversed(body):
        out = _statement(node, out, ways)
    return out


def _keep(node: ast.stmt, during: Names, after: Names) -> Names:
    setattr(node, _LIFE, Life(during, after))
    return during


def _statement(node: ast.stmt, out: Names, ways: _Ways) -> Names:
    """What is read from the start of the statement on."""
    match node:
        case ast.If():
            out = _block(node.body, out, ways) | _block(node.orelse, out, ways) | ways.raised
            return _keep(node, out | _loads(node.test), out)
        case ast.While():
            return _loop(node, out, ways, _loads(node.test))
        case ast.For() | ast.AsyncFor():
            return _loop(node, out, ways, NONE) | _loads(node.iter)
        case ast.Try():
            return _try(node, out, ways)
        case ast.Match():
            return _match(node, out, ways)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return _keep(node, out | _loads(node), out)
        case ast.Return():
            out = ways.returned
        case ast.Raise():
            out = ways.raised
        case ast.Break():
            out = ways.broken
        case ast.Continue():
            out = ways.continued
        case ast.With() | ast.AsyncWith():
            return _keep(node, _block(node.body, out, ways) | _loads(node), out | ways.raised)
    after = (out - _kills(node)) | ways.raised
    read = _loads(node)
    if isinstance(node, ast.AugAssign):
        read |= frozenset(each.id for each in _names(node.target))
    return _keep(node, after | read, after)


def _loop(node: ast.While | ast.For | ast.AsyncFor, out: Names, ways: _Ways, test: Names) -> Names:
    """What is read at the head of a loop, where every turn begins."""
    end = _block(node.orelse, out, ways)
    bound = frozenset(each.id for each in _names(node.target)) if not isinstance(node, ast.While) else NONE
    used = _loads(node.target) if not isinstance(node, ast.While) else NONE
    head = end | test | used | ways.raised
    while True:
        turn = _block(node.body, head, replace(ways, broken=out, continued=head))
        found = head | (turn - bound)
        if found == head:
            break
        head = found
    iterated = _loads(node.iter) if not isinstance(node, ast.While) else NONE
    _keep(node, head | iterated, head)
    return head


def _try(node: ast.Try, out: Names, ways: _Ways) -> Names:
    if node.finalbody:
        left = out | ways.broken | ways.continued | ways.returned | ways.raised
        out = _block(node.finalbody, left, ways)
        ways = _Ways(*(each | out for each in (ways.broken, ways.continued, ways.returned, ways.raised)))
    caught = NONE
    for handler in node.handlers:
        caught |= _block(handler.body, out, ways)
    end = _block(node.orelse, out, ways)
    found = _block(node.body, end, replace(ways, raised=ways.raised | caught)) | caught | ways.raised
    return _keep(node, found, found)


def _match(node: ast.Match, out: Names, ways: _Ways) -> Names:
    found = out | ways.raised
    for case in node.cases:
        found |= _block(case.body, out, ways) | _loads(case.pattern, case.guard)
    return _keep(node, found | _loads(node.subject), found)
