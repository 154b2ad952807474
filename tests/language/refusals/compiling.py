"""Compiling the refused programs, and what each message proposes instead."""

from __future__ import annotations

import ast
import json
import linecache
import re
import warnings
from pathlib import Path
from typing import Any

from tests.language.refusals import world
from tests.language.refusals.cases import BLOCKS, CASES
from treadle.errors import CompileError, Problem
from treadle.language import compile_function

GOLDEN = Path(__file__).with_name("golden.json")

PROPOSED = (
    "x: int, y: int, a: int, b: int, i: int, j: int, n: int, number: int, count: int, value: int, price: float, "
    "items: list[int], xs: list[int], ys: list[int], names: list[str], words: list[str], pairs: list[str], "
    "rows: list[list[int]], text: str, word: str, key: str, sep: str, separator: str, new: str, old: str, sought: str, "
    "default: int, data: dict[str, int], records: list[Item], item: Item, seconds: int, maybe: int | None, "
    "anything: dict[str, Any], backwards: bool"
)
"""The names that a proposal may use, and what they are."""


def programs() -> list[tuple[str, str]]:
    """A name and the source of each program."""
    found = []
    for line in CASES.strip().splitlines():
        parameters, _, body = line.partition(" | ")
        found.append((parameters, body.replace("; ", "\n") if not parameters.startswith("!") else body))
    found.extend(BLOCKS)
    return [(f"{at:03d}", _source(parameters, body)) for at, (parameters, body) in enumerate(found, 1)]


def _source(parameters: str, body: str) -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"def program({parameters.replace('; ', ', ')}):\n{lines}"


def problems(name: str, source: str) -> tuple[Problem, ...]:
    """What is refused; empty where the program compiles."""
    try:
        compile_function(made(f"program_{name}.py", source))
    except CompileError as error:
        return error.problems
    return ()


def made(file: str, source: str) -> Any:
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    space: dict[str, Any] = {**vars(world), "__name__": "program"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        exec(compile(source, file, "exec"), space)
    return space["program"]


def compiles(proposal: str, types: dict[str, str]) -> str:
    """What is wrong with a proposal, or nothing. `types` are those of the refused program's own parameters."""
    usual = dict(each.split(": ", 1) for each in re.split(r", (?=\w+: )", PROPOSED))
    wrong = _wrong(proposal, usual)
    return wrong and _wrong(proposal, usual | types)


def _wrong(proposal: str, names: dict[str, str]) -> str:
    try:
        tree = ast.parse(proposal)
    except SyntaxError as error:
        return f"no Python: {error}"
    lines = proposal.splitlines()
    if lines[0].startswith("@"):  # a task, to be defined in the module
        space: dict[str, Any] = {**vars(world), "__name__": "program"}
        exec(proposal, space)
        return ""
    if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
        lines = [f"proposed = {lines[0]}", *lines[1:]]
    given = ", ".join(f"{name}: {kind}" for name, kind in names.items())
    source = f"def program({given}):\n" + "".join(f"    {line}\n" for line in lines) + "    return 0\n"
    try:
        found = problems("proposed", source)
    except SyntaxError as error:
        return f"no Python here: {error}"
    return str(found[0]) if found else ""


def parameters(source: str) -> dict[str, str]:
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    return {each.arg: ast.unparse(each.annotation) for each in function.args.args if each.annotation}


def golden() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(GOLDEN.read_text())
    return found


def current() -> dict[str, Any]:
    """What golden.json should hold now."""
    return {
        name: {"source": source, "says": [str(problem) for problem in problems(name, source)]}
        for name, source in programs()
    }
