"""`python -m benchmarks.language [--json FILE]`: the compiler beside sfnx 3.1.0, on the same programs.

For each program: accepted by whom, states and bytes of what they give, and whether the engine's answer on every input
is CPython's, in value or in the name of the error. The peer's output is run on the same engine. A machine that can end
in an error of a name has three states at least (docs/language.md); where ours has more than the peer's, the reason is
printed. At last, how long ours takes to compile workflows of 200 and of 2,000 lines.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import linecache
import re
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypedDict

from benchmarks import compiling
from benchmarks.peers import Absent, Peer, answers
from benchmarks.programs import PROGRAMS, TYPES, Program
from treadle.engine import VirtualClock, load, run
from treadle.engine.task import Resource, TaskRequest, TaskResponse
from treadle.errors import CompileError, ServiceError
from treadle.language import callback, compile_function, each, parallel, task, wait

JSON = Any
SFNX = Peer("sfnx", ("sfnx==3.1.0",), "sfnx_compile.py")
ASK = 'aws.optimized.lambda_.invoke(FunctionName="treadle-ask", Payload={"question": question})["Payload"]'
REVIEW = (
    'aws.optimized.lambda_.invoke(FunctionName="treadle-review", Payload={"question": question, '
    '"token": context["Task"]["Token"]}, pattern=".waitForTaskToken")'
)


@dataclass(frozen=True, slots=True)
class Result:
    """What one compiler made of one program. `wrong` names the first input on which CPython says something else."""

    accepted: bool
    states: int = 0
    bytes: int = 0
    wrong: str = ""
    refused: str = ""
    inputs: int = 0


@task
def ask(question: str) -> str:
    if not question:
        raise ValueError("no question")
    return question.upper()


@task
def review(question: str, token: str) -> None:
    """Lets a person look at the question; the answer comes back with the token."""


class Asked:
    """Answers the one task of the programs."""

    def handles(self, resource: Resource) -> bool:
        return True

    async def call(self, request: TaskRequest) -> TaskResponse:
        try:
            return TaskResponse({"StatusCode": 200, "Payload": ask.function(**request.arguments["Payload"])})
        except ValueError as error:
            raise ServiceError(
                "ValueError", json.dumps({"errorMessage": str(error), "errorType": "ValueError"})
            ) from error


def python(program: Program) -> Callable[..., Any]:
    """The program as a function of its parameters."""
    given = ", ".join(f"{name}: {kind}" for name, kind in program.parameters.items())
    source = f"{TYPES}\ndef {program.name}({given}):\n{textwrap.indent(program.body, '    ')}\n"
    name = f"<{program.name}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    space: dict[str, Any] = {
        "TypedDict": TypedDict, "ask": ask, "review": review, "parallel": parallel, "each": each, "wait": wait,
        "callback": callback, "__name__": "programs",
    }  # fmt: skip
    exec(compile(source, name, "exec"), space)
    found: Callable[..., Any] = space[program.name]
    return found


def peers(program: Program) -> str:
    """The program as sfnx has it: one parameter, whose fields are read in their places unless they are assigned to."""
    tree = ast.parse(program.peer or program.body)
    own = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)} | own
    first = [ast.parse(f'{name} = input["{name}"]').body[0] for name in program.parameters if name in names]
    tree = _Calls().visit(_Fields(set(program.parameters) - names).visit(tree))
    body = ast.unparse(ast.fix_missing_locations(ast.Module([*first, *tree.body], [])))
    fields = "\n".join(f"    {name}: {kind}" for name, kind in program.parameters.items())
    used = [name for name in ("aws", "context", "inline_map", "parallel", "wait") if re.search(rf"\b{name}\b", body)]
    return (
        f"from typing import TypedDict\nfrom sfnx import {', '.join([*used, 'state_machine'])}\n{TYPES}\n"
        f"class Input(TypedDict):\n{fields}\n\n"
        f"@state_machine\ndef program(input: Input):\n{textwrap.indent(body, '    ')}\n"
    )


class _Calls(ast.NodeTransformer):
    """The calls of the two tasks, as the peer writes them."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        written = {"ask": ASK, "review": REVIEW}.get(node.func.id if isinstance(node.func, ast.Name) else "")
        if written is None:
            return node
        question = node.keywords[0].value
        return _Given(question).visit(ast.parse(written, mode="eval").body)  # type: ignore[no-any-return]


class _Given(ast.NodeTransformer):
    def __init__(self, question: ast.expr) -> None:
        self.question = question

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.question if node.id == "question" else node


class _Fields(ast.NodeTransformer):
    def __init__(self, names: set[str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self.names:
            return node
        return ast.Subscript(ast.Name("input", ast.Load()), ast.Constant(node.id), ast.Load())


def wanted(program: Program, given: Mapping[str, JSON]) -> tuple[str, JSON]:
    try:
        return "value", json.loads(json.dumps(python(program)(**copy.deepcopy(dict(given)))))
    except Exception as error:  # noqa: BLE001 - whatever it raises is what is wanted
        return "error", type(error).__name__


def measured(program: Program, definition: Mapping[str, Any]) -> Result:
    machine = load(definition)
    wrong = ""
    for given in program.inputs:
        execution = run(machine, copy.deepcopy(dict(given)), service=Asked(), clock=VirtualClock())
        found = ("value", execution.output) if execution.status == "SUCCEEDED" else ("error", execution.error)
        right = wanted(program, given)
        if not wrong and not (found[0] == right[0] and same(found[1], right[1])):
            wrong = f"{json.dumps(given, ensure_ascii=False)}: {found[1]!r}, not {right[1]!r}"
    size = len(json.dumps(definition, ensure_ascii=False, separators=(",", ":")).encode())
    return Result(True, states(definition), size, wrong, inputs=len(program.inputs))


def same(found: JSON, right: JSON) -> bool:
    """Equal as JSON: a bool equals no number."""
    if isinstance(found, bool) or isinstance(right, bool):
        return found is right
    if isinstance(found, list) and isinstance(right, list):
        return len(found) == len(right) and all(map(same, found, right))
    if isinstance(found, dict) and isinstance(right, dict):
        return found.keys() == right.keys() and all(same(found[key], right[key]) for key in found)
    return bool(found == right)


def states(definition: Mapping[str, Any]) -> int:
    """The states of a machine and of the machines in it."""
    count = 0
    for state in definition["States"].values():
        count += 1
        inner = [state[key] for key in ("ItemProcessor", "Iterator") if key in state] + state.get("Branches", [])
        count += sum(map(states, inner))
    return count


def ours(program: Program) -> Result:
    try:
        definition = compile_function(python(program)).definition
        return measured(program, definition)
    except CompileError as error:
        return Result(False, refused=error.problems[0].message)


def theirs(program: Program, made: Mapping[str, Any]) -> Result:
    if "refused" in made:
        return Result(False, refused=made["refused"].splitlines()[0])
    return measured(program, made["definition"])


def report() -> dict[str, Any]:
    try:
        compiled = {
            name: made for name, (_, made) in answers(SFNX, {each.name: (peers(each), "") for each in PROGRAMS}).items()
        }
    except Absent as reason:
        print(f"without the peer: {reason}", file=sys.stderr)
        compiled = {}
    rows = {}
    for program in PROGRAMS:
        rows[program.name] = {"treadle": asdict(ours(program))}
        if program.name in compiled:
            rows[program.name]["sfnx"] = asdict(theirs(program, compiled[program.name]))
    return {"programs": rows, **_figures(rows), **compiling.figures()}


def _figures(rows: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, int]:
    figures = {"count": len(rows)}
    for who in ("treadle", "sfnx"):
        mine = [row[who] for row in rows.values() if who in row]
        figures[f"{who}_accepted"] = sum(each["accepted"] for each in mine)
        figures[f"{who}_right"] = sum(each["accepted"] and not each["wrong"] for each in mine)
        figures[f"{who}_wrong"] = sum(bool(each["wrong"]) for each in mine)
    both = [row for row in rows.values() if len(row) == 2 and all(each["accepted"] for each in row.values())]
    for who in ("treadle", "sfnx"):
        figures[f"{who}_states"] = sum(row[who]["states"] for row in both)
        figures[f"{who}_bytes"] = sum(row[who]["bytes"] for row in both)
    figures["treadle_more_states"] = sum(row["treadle"]["states"] > row["sfnx"]["states"] for row in both)
    # Where the peer's machine answers rightly too, the comparison of sizes is one of equals.
    right = [row for row in both if not any(each["wrong"] for each in row.values())]
    figures["treadle_more_states_where_both_right"] = sum(
        row["treadle"]["states"] > row["sfnx"]["states"] for row in right
    )
    return figures


def _shown(result: Mapping[str, Any] | None) -> str:
    if result is None:
        return f"{'-':>6} {'-':>6} {'-':>7}"
    if not result["accepted"]:
        return f"{'-':>6} {'-':>6} refused"
    answer = "WRONG" if result["wrong"] else "right" if result["inputs"] else "-"
    return f"{result['states']:>6} {result['bytes']:>6} {answer:>7}"


def _why(name: str, row: Mapping[str, Mapping[str, Any]]) -> str:
    """Why a machine of ours has more states than the peer's: "" where it has not."""
    mine, other = row["treadle"], row.get("sfnx")
    if other is None or not (mine["accepted"] and other["accepted"]) or mine["states"] <= other["states"]:
        return ""
    what = f"{name}: {mine['states']} states, sfnx {other['states']}"
    if other["wrong"]:
        return f"{what}: with those it answers {other['wrong']}"
    return f"{what}: both answer rightly"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.language", description=__doc__)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    found = report()
    heads = f"{'states':>6} {'bytes':>6} {'answer':>7}"
    print(f"{'':<18} {'Treadle':^21}   {'sfnx 3.1.0':^21}\n{'':<18} {heads}   {heads}")
    for name, row in found["programs"].items():
        print(f"{name:<18} {_shown(row['treadle'])}   {_shown(row.get('sfnx'))}")
    for name, row in found["programs"].items():
        for who, result in row.items():
            if result["wrong"] or result["refused"]:
                print(f"{who}, {name}: {result['wrong'] or result['refused']}")
    for why in filter(None, (_why(name, row) for name, row in found["programs"].items())):
        print(f"more states, {why}")
    print(", ".join(f"{name} {value}" for name, value in found.items() if name != "programs"))
    if given.json:
        flat = {name: value for name, value in found.items() if name != "programs"}
        given.json.write_text(json.dumps({**flat, "programs": found["programs"]}, indent=2, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
