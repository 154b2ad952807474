"""What a name of the source stands for at one point of the program."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from treadle.language import facts
from treadle.language.sharing import APART, UNKNOWN, Apart, Held, either, pruned
from treadle.language.source import Written
from treadle.language.steps import Link
from treadle.language.term import Term
from treadle.language.types import join


@dataclass(frozen=True, slots=True)
class Variable:
    """A value known when the workflow runs. `held` is what it shares with others; `bound` is False where some way to
    here does not assign it.
    """

    term: Term
    held: Held = UNKNOWN
    bound: bool = True


@dataclass(frozen=True, slots=True)
class Static:
    """An object of the program that is there while compiling: a task, a model, a module, a class, a constant."""

    value: Any


@dataclass(frozen=True, slots=True)
class Local:
    """A function or lambda defined inside the workflow; `frame` is where its free names are looked up."""

    written: Written
    frame: Frame


@dataclass(frozen=True, slots=True)
class Unclear:
    """A name that stands for different things on different ways to here."""


Binding = Variable | Static | Local | Unclear | facts.Known | Apart
Env = Mapping[str, Binding]


@dataclass(slots=True)
class Flow:
    """A point of the program: the links that lead there, and what names stand for. No links: it is never reached."""

    links: list[Link]
    env: Env

    @property
    def reached(self) -> bool:
        return bool(self.links)


@dataclass(eq=False, slots=True)
class Frame:
    """One function while it is compiled. `names` are its variables' names on the machine; `outer` is the frame around
    it.

    `saved` is its environment while a function called from it is compiled; `caller` is the function it is called
    from, and `path` where, from the workflow on. `live` are its names that are still read; None: any may be.
    `shared` are parameters that are a variable of the caller, and change it.
    """

    written: Written
    locals: frozenset[str]
    names: dict[str, str] = field(default_factory=dict)
    outer: Frame | None = None
    saved: Env = field(default_factory=dict)
    caller: Frame | None = None
    path: tuple[Any, ...] = ()
    live: frozenset[str] | None = None
    shared: dict[str, str] = field(default_factory=dict)


def merged(flows: Iterable[Flow]) -> Flow:
    """The point where several ways meet."""
    reached = [flow for flow in flows if flow.links]
    if not reached:
        return Flow([], {})
    env = reached[0].env
    for flow in reached[1:]:
        env = _joined(env, flow.env)
    return Flow([link for flow in reached for link in flow.links], env)


def _joined(left: Env, right: Env) -> Env:
    if left is right:
        return left
    found: dict[str, Binding] = {}
    for name in dict.fromkeys([*left, *right]):
        one, other = left.get(name), right.get(name)
        found[name] = one if one is other and one is not None else _meet(one, other)
    if facts.KEY in found:
        found[facts.KEY] = facts.join(facts.of(left), facts.of(right))
    _keep_apart(found, left, right)
    return found


def apart(env: Env, one: str, other: str) -> bool:
    """True where two variables certainly share nothing."""
    a, b = env.get(one), env.get(other)
    if not isinstance(a, Variable) or not isinstance(b, Variable) or not a.held.all & b.held.all:
        return True
    known = env.get(APART)
    return isinstance(known, Apart) and frozenset([one, other]) in known.pairs


def _keep_apart(found: dict[str, Binding], left: Env, right: Env) -> None:
    """What shares nothing on either way shares nothing where they meet, though its tokens may say so."""
    names = [name for name, each in found.items() if isinstance(each, Variable) and each.held.all]
    pairs = [
        frozenset([one, other])
        for at, one in enumerate(names)
        for other in names[:at]
        if found[one].held.all & found[other].held.all  # type: ignore[union-attr]
        if apart(left, one, other) and apart(right, one, other)
    ]
    found.pop(APART, None)
    if pairs:
        found[APART] = Apart(frozenset(pairs))


def without(env: Env, names: Iterable[str]) -> Env:
    """The environment when these names are to be bound anew: what was known to be apart from them is forgotten."""
    known, gone = env.get(APART), set(names)
    if not isinstance(known, Apart):
        return env
    return {**env, APART: Apart(frozenset(each for each in known.pairs if not each & gone))}


def _meet(left: Binding | None, right: Binding | None) -> Binding:
    if left == right and left is not None:
        return left
    if left is None or right is None:
        found = left or right
        return replace(found, bound=False) if isinstance(found, Variable) else Unclear()
    if isinstance(left, Variable) and isinstance(right, Variable) and left.term.text == right.term.text:
        kept = Term(left.term.text, join(left.term.type, right.term.type))
        return Variable(kept, pruned(either([left.held, right.held]), kept.type), left.bound and right.bound)
    return Unclear()


def assigned(node: ast.FunctionDef | ast.Lambda) -> frozenset[str]:
    """The names that a function makes its own: its parameters and all it assigns, as Python's compiler finds them."""
    arguments = node.args
    found = {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    found |= {each.arg for each in (arguments.vararg, arguments.kwarg) if each}
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    for statement in body:
        found |= stored(statement)
    return frozenset(found)


def stored(node: ast.AST) -> set[str]:
    """The names that a statement assigns, itself or within; not those of functions or comprehensions in it."""
    found: set[str] = set()
    waiting: list[ast.AST] = [node]
    while waiting:
        each = waiting.pop()
        match each:
            case ast.Name(ctx=ast.Store() | ast.Del()):
                found.add(each.id)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.add(each.name)
                continue
            case ast.Lambda():
                continue
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                found |= {inner.target.id for inner in ast.walk(each) if isinstance(inner, ast.NamedExpr)}
                continue
            case ast.ExceptHandler() if each.name:
                found.add(each.name)
            case ast.MatchAs() | ast.MatchStar() if each.name:
                found.add(each.name)
            case ast.MatchMapping() if each.rest:
                found.add(each.rest)
            case ast.Import() | ast.ImportFrom():
                found |= {(alias.asname or alias.name).split(".")[0] for alias in each.names}
        waiting.extend(ast.iter_child_nodes(each))
    return found


def outside(written: Written, name: str) -> Binding | None:
    """What a free name of a function stands for: a cell of its closure, a global of its module, a built-in."""
    function = written.function
    if function is None:
        return None
    code = function.__code__
    if name in code.co_freevars and function.__closure__:
        try:
            return Static(function.__closure__[code.co_freevars.index(name)].cell_contents)
        except ValueError:
            return None
    if name in function.__globals__:
        return Static(function.__globals__[name])
    return Static(getattr(builtins, name)) if hasattr(builtins, name) else None
