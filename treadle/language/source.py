"""Where a function is written: its tree, its file, its comments; and the one way to refuse a place in it."""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import linecache
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from treadle.errors import CompileError, Problem
from treadle.language.steps import Place

_NAME = re.compile(r"#\s*state:\s*(?P<name>.+?)\s*$")


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its name as messages show it, and its lines."""

    file: str
    lines: tuple[str, ...]

    def line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def state_name(self, first: int, last: int) -> str:
        """The name that `# state: name` gives, on a statement's first or last line or on the line above."""
        for number in (first, last):
            found = _NAME.search(self.line(number))
            if found:
                return found["name"]
        above = self.line(first - 1).strip()
        found = _NAME.match(above)
        return found["name"] if found else ""

    def comment(self, first: int) -> str:
        """The comment lines right above a statement, joined."""
        found: list[str] = []
        number = first - 1
        while self.line(number).strip().startswith("#"):
            text = self.line(number).strip().lstrip("#").strip()
            if not _NAME.match(f"# {text}") and not text.startswith(("type:", "noqa", "pragma", "fmt:", "allow:")):
                found.append(text)
            number -= 1
        return " ".join(reversed(found))


@dataclass(frozen=True, slots=True)
class Written:
    """A function as it is written: its tree (a def or a lambda) in its source. `function` is the object itself."""

    node: ast.FunctionDef | ast.Lambda
    source: Source
    function: Callable[..., Any] | None = None


class Refused(Exception):
    """A place was refused and noted; whoever can go on at the next statement catches this."""


@dataclass
class Report:
    """Every place that has been refused so far."""

    problems: list[Problem] = field(default_factory=list)

    def fail(self, source: Source, node: ast.AST, message: str, instead: str = "") -> NoReturn:
        """Note a refused place and leave the statement it stands in."""
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        text = source.line(line)
        start = len(text.encode()[:column].decode(errors="replace")) + 1
        self.problems.append(Problem(source.file, line, start, text.rstrip(), message, instead))
        raise Refused

    def raise_all(self) -> None:
        """Raise CompileError where anything was refused: each place once, in the order of the source."""
        if self.problems:
            unique = dict.fromkeys(self.problems)
            raise CompileError(sorted(unique, key=lambda each: (each.file, each.line, each.column)))


def place(source: Source, node: ast.AST) -> Place:
    return Place(source.file, getattr(node, "lineno", 1))


def written(function: Callable[..., Any]) -> Written | None:
    """The tree of a Python function, None where its source cannot be had (a built-in, an exec'd string)."""
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    path = code.co_filename
    linecache.checkcache(path)
    lines = linecache.getlines(path, getattr(function, "__globals__", None))
    if not lines:
        try:
            lines = inspect.getsource(function).splitlines(keepends=True)
        except (OSError, TypeError):
            return None
    functions = _functions("".join(lines), path)
    return _find(functions, function, Source(_shown(path), tuple(line.rstrip("\n") for line in lines)))


def _find(
    functions: list[ast.FunctionDef | ast.Lambda], function: Callable[..., Any], source: Source
) -> Written | None:
    """The node whose code object it is: by its first line, then by its parameters."""
    code = function.__code__
    found: list[ast.FunctionDef | ast.Lambda] = []
    for node in functions:
        is_lambda = isinstance(node, ast.Lambda)
        if is_lambda != (code.co_name == "<lambda>") or (not is_lambda and node.name != code.co_name):  # type: ignore[union-attr]
            continue
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
        names = [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        count = code.co_argcount + code.co_kwonlyargcount
        if first == code.co_firstlineno and tuple(names) == code.co_varnames[:count]:
            found.append(node)
    if len(found) > 1:
        found = [node for node in found if _same_code(node, code)] or found
    return Written(found[0], source, function) if len(found) == 1 else None


def _same_code(node: ast.FunctionDef | ast.Lambda, code: Any) -> bool:
    if not isinstance(node, ast.Lambda):
        return True
    positions = [each for each in code.co_positions() if each[2] is not None and each[0] == node.body.lineno]
    return any(each[2] == node.body.col_offset for each in positions)


@functools.lru_cache(maxsize=64)
def _functions(text: str, path: str) -> list[ast.FunctionDef | ast.Lambda]:
    tree = _Chosen().visit(ast.parse(text, path))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda)]


class _Chosen(ast.NodeTransformer):
    """Makes `(evens if x else odds).append(y)` the `if` that it stands for, so that it is clear what changes."""

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        match node.value:
            case ast.Call(func=ast.Attribute(value=ast.IfExp() as chosen)) as call:
                ways = [self.visit_Expr(_on(node, call, each)) for each in (chosen.body, chosen.orelse)]
                return ast.copy_location(ast.If(chosen.test, ways[:1], ways[1:]), node)
        return node


def _on(node: ast.Expr, call: ast.Call, receiver: ast.expr) -> ast.Expr:
    assert isinstance(call.func, ast.Attribute)
    func = ast.copy_location(ast.Attribute(receiver, call.func.attr, ast.Load()), call.func)
    made = ast.copy_location(ast.Call(func, copy.deepcopy(call.args), copy.deepcopy(call.keywords)), call)
    return ast.copy_location(ast.Expr(made), node)


def _shown(path: str) -> str:
    """A path as a person reads it: from the working directory where it lies below it."""
    if path.startswith("<"):
        return path
    here = os.path.relpath(path)
    return path if here.startswith("..") else here
