"""One program, run in CPython and compiled and run on the engine: the same value, or the same error?"""

from __future__ import annotations

import ast
import copy
import dataclasses
import io
import json
import linecache
import math
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.equivalence import data, world
from treadle.engine import VirtualClock, load, run
from treadle.engine.task import Resource, TaskRequest, TaskResponse
from treadle.errors import CompileError, DefinitionError, ServiceError
from treadle.language import compile_function
from treadle.stores.large import Carrier, resolved

Outcome = tuple[str, Any]
"""("value", JSON) or ("error", (name, text))."""


MOST = 100_000
"""Characters or items: a variable of Step Functions holds 256 KiB."""


class OutOfDomain(BaseException):
    """An integer beyond 2^53, a float that is not finite, a negative zero, a value too big for a variable: nothing is
    promised there."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came out. `kind` is "same", "refused", "outside", "different" or "broken" (compiler or engine failed)."""

    kind: str
    detail: str = ""
    problems: tuple[str, ...] = field(default=())


class Kept:
    """An object store in memory, which a Distributed Map reads from too."""

    local = True

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def put(self, key: str, data: bytes, content_type: str = "") -> str:
        self.held[f"s3://kept/{key}"] = data
        return f"s3://kept/{key}"

    def get(self, key: str) -> bytes:
        return self.held[key]

    def delete(self, prefix: str) -> int:
        return 0

    def read(self, bucket: str, key: str, version: str | None = None) -> io.BytesIO:
        return io.BytesIO(self.held[f"s3://{bucket}/{key}"])


KEPT = Kept()


class Functions:
    """The tasks of the world, called as Lambda functions are, without a thread."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        self.functions = functions
        self.carrier = Carrier(lambda: KEPT)
        self.storage = KEPT

    def handles(self, resource: Resource) -> bool:
        return True

    async def call(self, request: TaskRequest) -> TaskResponse:
        function = self.functions[request.arguments["FunctionName"]]
        try:
            given = self.carrier.given(copy.deepcopy(request.arguments["Payload"]))
            answer = self.carrier.kept(function, function(**given))
        except Exception as error:
            name = type(error).__name__
            cause = {"errorMessage": str(error), "errorType": name, "requestId": "0", "stackTrace": []}
            raise ServiceError(name, json.dumps(cause, separators=(",", ":"), ensure_ascii=False)) from error
        return TaskResponse({"ExecutedVersion": "$LATEST", "Payload": answer, "StatusCode": 200})


def judge(source: str, parameters: Mapping[str, str], seed: int, inputs: int = 3) -> Verdict:
    """Compiles the program once and compares it on some inputs."""
    try:
        function = made(source)
    except SyntaxError as error:
        return Verdict("broken", f"the generator wrote no Python: {error}")
    try:
        compiled = compile_function(function)
    except CompileError as error:
        return Verdict("refused", str(error), tuple(problem.message for problem in error.problems))
    except RecursionError as error:
        return Verdict("broken", f"compile: {error!r}")
    except Exception as error:  # noqa: BLE001 - whatever the compiler trips over is a finding
        return Verdict("broken", f"compile: {type(error).__name__}: {error}")
    try:
        machine = load(compiled.definition)
    except DefinitionError as error:
        return Verdict("broken", f"load: {error}")
    service = Functions(compiled.functions)
    random = Random(seed)
    watched = made(source, watch=True)
    kinds = set()
    for _ in range(inputs):
        given = {name: data.value(kind, random) for name, kind in parameters.items()}
        try:
            wanted = in_python(watched, given)
        except (OutOfDomain, RecursionError, MemoryError):
            kinds.add("outside")
            continue
        execution = run(machine, copy.deepcopy(given), service=service, clock=VirtualClock())
        found: Outcome = (
            ("value", resolved(execution.output, KEPT))
            if execution.status == "SUCCEEDED"
            else ("error", (execution.error, execution.cause))
        )
        if not agree(found, wanted):
            return Verdict("different", f"input {given!r}\nfound  {found!r}\nwanted {wanted!r}")
        kinds.add("same")
    return Verdict("same" if "same" in kinds else "outside")


# --- CPython


def made(source: str, watch: bool = False) -> Callable[..., Any]:
    """The function `program` of a source, with its lines where `inspect` finds them."""
    name = f"<program {hash(source)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        tree = ast.parse(source, name)
    if watch:
        tree = ast.fix_missing_locations(_Watch().visit(tree))
    space = {**vars(world), "__name__": "program", "_within": within}
    if watch:
        space["sum"] = _sum
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        exec(compile(tree, name, "exec"), space)
    found: Callable[..., Any] = space["program"]
    return found


class _Watch(ast.NodeTransformer):
    """Passes every computed value through `within`."""

    def _watched(self, node: ast.expr) -> ast.expr:
        self.generic_visit(node)
        return ast.Call(ast.Name("_within", ast.Load()), [node], [])

    visit_BinOp = visit_UnaryOp = visit_Call = _watched

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._watched(node) if isinstance(node.ctx, ast.Load) else node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        self.generic_visit(node)
        if isinstance(node.target, ast.Name) and not isinstance(node.value, (ast.List, ast.ListComp)):
            value = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
            return ast.Assign([node.target], ast.Call(ast.Name("_within", ast.Load()), [value], []))
        return node

    def visit_Match(self, node: ast.Match) -> ast.stmt:
        node.subject = self.visit(node.subject)
        for case in node.cases:
            case.body = [self.visit(each) for each in case.body]
        return node


def within(value: Any) -> Any:
    if type(value) is int and abs(value) > 2**53:
        raise OutOfDomain
    if type(value) is float and (not math.isfinite(value) or (value == 0 and math.copysign(1, value) < 0)):
        raise OutOfDomain
    if isinstance(value, (str, list, tuple)) and len(value) > MOST:
        raise OutOfDomain
    return value


def _sum(items: Iterable[Any], start: Any = 0) -> Any:
    """`sum()`, with every partial sum in the domain."""
    found = list(items)
    partial = start
    for each in found:
        partial = within(partial + each)
    return sum(found, start)


def in_python(function: Callable[..., Any], given: Mapping[str, Any]) -> Outcome:
    try:
        value = function(**copy.deepcopy(given))
    except (OutOfDomain, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - what the program raises is its outcome
        return ("error", (type(error).__name__, str(error)))
    return ("value", _checked(plain(value)))


def plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value


def _checked(value: Any) -> Any:
    for each in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        _checked(each)
    return within(value)


# --- comparison


def agree(found: Outcome, wanted: Outcome) -> bool:
    if found[0] != wanted[0]:
        return False
    if found[0] == "value":
        return same(found[1], wanted[1])
    return found[1][0] == wanted[1][0] and _told(found[1][1]) == _told(wanted[1][1])


def _told(text: str | None) -> str:
    """The message of an error. A failed task's cause is Lambda's JSON; what cannot be printed stays as it is."""
    if text and text.startswith('{"errorMessage"'):
        text = json.loads(text)["errorMessage"]
    text = re.sub(r"\\(x..|u....|U........)", lambda match: chr(int(match[1][1:], 16)), text or "")
    # A number declared as float may be an int in JSON, so which of the two messages it is cannot be known.
    text = re.sub(
        r"float (floor )?division by zero|integer division or modulo by zero|(integer|float) modulo( by zero)?",
        "division by zero",
        text,
    )
    return re.sub(r"\b(int|float)\b", "number", text)


def same(found: Any, wanted: Any) -> bool:
    """Equal as JSON: a bool equals no number, and dicts keep their order."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, list):
        return isinstance(wanted, list) and len(found) == len(wanted) and all(map(same, found, wanted))
    if isinstance(found, dict):
        return (
            isinstance(wanted, dict)
            and list(found) == list(wanted)
            and all(same(found[key], wanted[key]) for key in found)
        )
    return type(wanted) not in (list, dict) and bool(found == wanted)
