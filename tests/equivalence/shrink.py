"""A smaller program that still shows the same kind of trouble."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator


def shrink(source: str, still: Callable[[str], bool], tries: int = 300) -> str:
    """Takes away statements, then parts of expressions, as long as `still` holds."""
    left = tries if _is_python(source) else 0
    changed = True
    while changed and left > 0:
        changed = False
        for smaller in _smaller(source):
            left -= 1
            if left <= 0:
                break
            if len(smaller) < len(source) and _is_python(smaller) and still(smaller):
                source, changed = smaller, True
                break
    return source


def _is_python(source: str) -> bool:
    try:
        compile(source, "<smaller>", "exec")
    except SyntaxError:
        return False
    return True


def _smaller(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    bodies = sum(1 for _ in _bodies(tree))
    for at in range(bodies):
        size = len(list(_bodies(tree))[at])
        for place in range(size):
            for keep_inside in (False, True):
                copy = ast.parse(source)
                body = list(_bodies(copy))[at]
                gone = body.pop(place)
                if keep_inside:
                    inner = getattr(gone, "body", None)
                    if not isinstance(inner, list):
                        continue
                    body[place:place] = inner
                if not body:
                    body.append(ast.Pass())
                yield ast.unparse(copy) + "\n"
    places = list(_expressions(tree))
    for path in places:
        node = _at(tree, path)
        children = [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)]
        for at in range(len(children)):
            copy = ast.parse(source)
            inner = [each for each in ast.iter_child_nodes(_at(copy, path)) if isinstance(each, ast.expr)][at]
            _put(copy, path, inner)
            try:
                yield ast.unparse(copy) + "\n"
            except Exception:  # noqa: BLE001 - a tree that cannot be written is no candidate
                continue


def _bodies(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            found = getattr(node, name, None)
            if (
                isinstance(found, list)
                and found
                and not isinstance(node, ast.Module)
                and isinstance(found[0], ast.stmt)
            ):
                yield found


Path = tuple[tuple[str, int], ...]


def _expressions(tree: ast.AST, path: Path = ()) -> Iterator[Path]:
    for name, value in ast.iter_fields(tree):
        if name in ("args", "annotation", "returns") and isinstance(tree, (ast.FunctionDef, ast.AnnAssign)):
            continue
        for at, each in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(each, ast.AST):
                here = (*path, (name, at if isinstance(value, list) else -1))
                if isinstance(each, ast.expr) and not isinstance(getattr(each, "ctx", None), ast.Store):
                    yield here
                yield from _expressions(each, here)


def _at(tree: ast.AST, path: Path) -> ast.AST:
    for name, at in path:
        value = getattr(tree, name)
        tree = value if at < 0 else value[at]
    return tree


def _put(tree: ast.AST, path: Path, new: ast.AST) -> None:
    parent, (name, at) = _at(tree, path[:-1]), path[-1]
    if at < 0:
        setattr(parent, name, new)
    else:
        getattr(parent, name)[at] = new
