"""What an expression of the source means before it runs: objects of the program, and whether calls to services are in
it.
"""

from __future__ import annotations

import ast
import enum
import functools
import sys
import sysconfig
import types as python
from typing import Any

from treadle.language import exact, primitives
from treadle.language.builder import Builder
from treadle.language.operations import Operational
from treadle.language.scope import Frame, Local, Static, assigned
from treadle.language.source import Written, written
from treadle.language.term import MISSING

_JSON = (str, int, float, bool, list, tuple, dict, type(None))
PRIMITIVES: tuple[Any, ...] = (
    primitives.parallel,
    primitives.each,
    primitives.distribute,
    primitives.wait,
    primitives.callback,
)
CHANGING = frozenset(
    ["append", "extend", "insert", "pop", "remove", "sort", "reverse", "clear", "update", "setdefault", "popitem",
     "add", "discard", "subtract", "appendleft", "popleft", "extendleft", "intersection_update", "difference_update",
     "symmetric_difference_update"]
)  # fmt: skip
_MODULES = (
    "math", "json", "datetime", "hashlib", "base64", "random", "uuid", "re", "time", "statistics", "itertools",
    "functools", "operator", "string", "textwrap", "copy", "collections", "heapq", "bisect", "dataclasses",
)  # fmt: skip


def static(b: Builder, node: ast.expr, *, strict: bool = True) -> Any:
    """The object that a name or a path of names stands for while compiling; MISSING where it is a value of the run.

    An attribute that is not there is refused, or MISSING unless `strict`: before a comprehension's own names are bound,
    one may look like an object of the module.
    """
    match node:
        case ast.Name():
            found = b.lookup(node.id)
            return found.value if isinstance(found, Static) else MISSING
        case ast.Attribute():
            base = static(b, node.value, strict=strict)
            if isinstance(base, enum.Enum) and node.attr in ("value", "name"):
                return getattr(base, node.attr)
            if base is MISSING or isinstance(base, _JSON):
                return MISSING
            if not hasattr(base, node.attr):
                if not strict:
                    return MISSING
                name = getattr(base, "__name__", type(base).__name__)
                b.fail(node, f"{name} has no attribute {node.attr!r}")
            return getattr(base, node.attr)
        case ast.Subscript(slice=ast.Constant() as index):
            base = static(b, node.value)
            if (entries := getattr(base, "entries", None)) is not None:  # a table of functions of the workflow
                found = dict(entries).get(index.value)
                return found.value if isinstance(found, Static) else MISSING
            if not isinstance(base, dict | list | tuple):
                return MISSING
            try:
                found = base[index.value]  # type: ignore[index]
            except (KeyError, IndexError, TypeError):
                return MISSING
            return MISSING if isinstance(found, _JSON) else found
    return MISSING


def objects(b: Builder, node: ast.expr) -> Any:
    """As `static`, and lists and tuples of such objects: `tools=[search, calculate]`."""
    if isinstance(node, ast.List | ast.Tuple) and node.elts:
        found = [objects(b, each) for each in node.elts]
        return MISSING if any(each is MISSING for each in found) else found
    found = static(b, node)
    return found


def is_json(value: Any) -> bool:
    return isinstance(value, _JSON)


def dotted(found: Any) -> str:
    """The name the rules know a function by: "len", "math.floor", "datetime.datetime.now"."""
    if known := _stdlib().get(_key(found)):
        return known
    owner = getattr(found, "__self__", None)
    if isinstance(owner, type):
        module = "" if owner.__module__ == "builtins" else f"{owner.__module__}."
        return f"{module}{owner.__qualname__}.{found.__name__}"
    home, name = getattr(found, "__module__", None), getattr(found, "__qualname__", getattr(found, "__name__", "?"))
    return str(name) if home in (None, "builtins") else f"{home}.{name}"


def _key(found: Any) -> Any:
    try:
        hash(found)
    except TypeError:
        return id(found)
    return found


@functools.cache
def _stdlib() -> dict[Any, str]:
    """Functions of the standard library by the module a program takes them from (`hashlib.sha256` is of `_hashlib`).

    A module also holds what it imports itself (`statistics` has a Counter): each is known by the module it is of.
    """
    found: dict[Any, str] = {}
    for module in _MODULES:
        loaded = sys.modules.get(module) or __import__(module)
        for name, each in sorted(vars(loaded).items()):
            home = str(getattr(each, "__module__", None)).removeprefix("_")
            elsewhere = home == "builtins" or (home != module and home in _MODULES)  # `uuid.int_` is another `int`
            public = callable(each) and not name.startswith("_") and not isinstance(each, python.ModuleType)
            if public and not elsewhere:
                found.setdefault(_key(each), f"{module}.{name}")
    return found


def helper(b: Builder, node: ast.expr) -> Local | None:
    """A Python function of the program, to be inlined where it is called."""
    if isinstance(node, ast.Lambda):
        return Local(Written(node, b.source), b.frame)
    if isinstance(node, ast.Name):
        local = b.lookup(node.id)
        if isinstance(local, Local):
            return local
    found = static(b, node, strict=False)
    return as_helper(found) if found is not MISSING else None


def as_helper(found: Any) -> Local | None:
    if not isinstance(found, python.FunctionType) or found in PRIMITIVES or exact.known(dotted(found)):
        return None
    if found.__module__.partition(".")[0] in sys.stdlib_module_names or _is_installed(found):
        return None  # it has a rule, or is not part of the language
    source = written(found)
    return Local(source, Frame(source, frozenset())) if source is not None else None


def _is_installed(found: python.FunctionType) -> bool:
    """True for a function of a package that was installed beside Treadle, whose source is no part of the program."""
    return found.__code__.co_filename.startswith(tuple(sysconfig.get_paths()[name] for name in ("purelib", "platlib")))


def hoists(b: Builder, node: ast.expr) -> bool:
    """True where evaluating the expression makes states of its own: a call to a service, an assignment, a change."""
    return bool(_calls(node)) and any(_hoisting(b, each) for each in _calls(node))


_NOW = tuple(f"datetime.datetime.{name}" for name in ("now", "utcnow", "today"))
_FLEETING = ("random.", "uuid.", "time.", *_NOW)
_LARGE = 40


def disturbs(b: Builder, node: ast.expr) -> bool:
    """True where evaluating the expression may emit a step, so that what stands before it is checked first."""
    if sum(1 for _ in ast.walk(node)) > _LARGE or hoists(b, node):
        return True
    from treadle.language import callables, keyed

    named = [each for each in _calls(node) if isinstance(each, ast.Call)]
    return any(
        _is_fleeting(b, each.func)
        or callables.is_choice(b, each.func)
        or keyed.calls_out(b, each, static(b, each.func, strict=False))
        for each in named
    )


def _is_fleeting(b: Builder, func: ast.expr) -> bool:
    found = static(b, func, strict=False)
    return found is not MISSING and dotted(found).startswith(_FLEETING)


def hoists_within(b: Builder, node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp) -> bool:
    """As `hoists`, without the first iterable, which Python evaluates outside the comprehension."""
    outside = set(map(id, _calls(node.generators[0].iter)))
    b.lazy += 1  # a helper that can be one expression is one within a comprehension
    try:
        return any(_hoisting(b, each) for each in _calls(node) if id(each) not in outside)
    finally:
        b.lazy -= 1


_FOUND = "_treadle_calls"


def _calls(node: ast.AST) -> list[ast.Call | ast.NamedExpr]:
    """Every call and `:=` of an expression that runs when it is evaluated; kept at the node."""
    found: list[ast.Call | ast.NamedExpr] | None = getattr(node, _FOUND, None)
    if found is None:
        found = [] if not isinstance(node, ast.Call | ast.NamedExpr) else [node]
        for child in ast.iter_child_nodes(node):
            found = found + _calls(child)
        setattr(node, _FOUND, found)
    return found


def _hoisting(b: Builder, node: ast.Call | ast.NamedExpr) -> bool:
    if isinstance(node, ast.NamedExpr):
        return True
    func = node.func
    from treadle.language import callables

    if callables.is_choice(b, func):
        return any(_way_hoists(b, each) for each in callables.ways(b, func))
    if isinstance(func, ast.Call):
        return True  # task.using(…)(…)
    if isinstance(func, ast.Attribute):
        base = static(b, func.value, strict=False)
        if base is not MISSING and isinstance(base, Operational):
            return True
        if base is MISSING and func.attr in CHANGING:
            return True
    found = static(b, func, strict=False)
    if found is not MISSING and (isinstance(found, Operational) or any(found is each for each in PRIMITIVES)):
        return True
    local = helper(b, func)
    return local is not None and not can_inline(b, local)


def _way_hoists(b: Builder, way: Local | Static) -> bool:
    """True where calling one of several functions makes states."""
    if isinstance(way, Local):
        return not can_inline(b, way)
    if isinstance(way.value, Operational) or any(way.value is each for each in PRIMITIVES):
        return True
    local = as_helper(way.value)
    return local is not None and not can_inline(b, local)


def can_inline(b: Builder, local: Local) -> bool:
    """True where a call of a helper is an expression here: it is one, or can be one where no state can stand."""
    from treadle.language import bodies

    return is_pure(b, local) or (b.lazy > 0 and bodies.expressible(b, local))


def is_pure(b: Builder, local: Local) -> bool:
    """True where a helper is one expression without calls to services, so that it can be inlined as an expression."""
    body = returned(local.written.node)
    if body is None or any(body is each for each in b.inlining):
        return False
    parameters = assigned(local.written.node)
    saved_frame, saved_flow = b.frame, b.flow
    saved_frame.saved = saved_flow.env
    b.inlining.append(body)
    b.frame = Frame(local.written, parameters, outer=local.frame)
    b.flow = type(saved_flow)(saved_flow.links, {})
    try:
        return not hoists(b, body)
    finally:
        b.frame, b.flow = saved_frame, saved_flow
        b.inlining.pop()


def returned(node: ast.FunctionDef | ast.Lambda) -> ast.expr | None:
    """The one expression that a function gives, where it is no more than that."""
    if isinstance(node, ast.Lambda):
        return node.body
    body = [each for each in node.body if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))]
    if len(body) == 1 and isinstance(body[0], ast.Return):
        return body[0].value
    return None
