"""The growing graph: where the compiler stands in it, what can be raised there, how a term becomes a state's value."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from treadle.language import facts
from treadle.language.operations import Operation
from treadle.language.scan import RESERVED, is_plain
from treadle.language.scope import Binding, Env, Flow, Frame, Unclear, outside, without
from treadle.language.source import Report, Source, place
from treadle.language.steps import (
    Calling,
    Catcher,
    Choice,
    Expr,
    Fail,
    Graph,
    Link,
    Pass,
    Rule,
    Step,
    Value,
    Working,
)
from treadle.language.term import DEEPEST, MISSING, Guard, Refusal, Term
from treadle.language.types import STR, Opaque, Type

ALL = "States.ALL"
EXCEPTION = Opaque("exception")
RAISED = Opaque("exception", (STR,))
"""An exception that the workflow itself raised: its cause is its text, where a task's is JSON that holds it."""
BROKEN = Opaque("value of a refused line")


@dataclass(eq=False, slots=True)
class Clause:
    """One `except`: the error names it takes (ALL for any), and the ways that lead into it.

    `called` says that a task may raise what it takes. `frame` is the function it stands in.
    """

    errors: tuple[str, ...]
    variable: str
    flows: list[Flow] = field(default_factory=list)
    frame: Frame | None = None
    called: bool = False

    def takes(self, error: str) -> bool:
        return ALL in self.errors or error in self.errors


@dataclass(frozen=True, slots=True)
class Raised:
    """One way that an error goes: where `test` (JSONata, "" for always) holds, `assign` and go on by `link`."""

    test: str
    assign: dict[str, Value]
    link: Link


@dataclass(eq=False, slots=True)
class Try:
    clauses: list[Clause]


@dataclass(eq=False, slots=True)
class Finally:
    """What must run on the way out of a block."""

    run: Callable[[], None]


@dataclass(eq=False, slots=True)
class Loop:
    breaks: list[Flow] = field(default_factory=list)
    continues: list[Flow] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Call:
    """The border of an inlined function: a `return` in it goes to `returns`; `result` is the variable it assigns."""

    result: str
    returns: list[tuple[Flow, Any]] = field(default_factory=list)
    tail: bool = False


Context = Try | Finally | Loop | Call


@dataclass(eq=False)
class Builder:
    """Everything that is known while one workflow is compiled."""

    report: Report
    project: str
    frame: Frame
    flow: Flow
    contexts: list[Context] = field(default_factory=list)
    used: set[str] = field(default_factory=lambda: set(RESERVED))
    loop_names: set[str] = field(default_factory=set)
    fails: dict[tuple[str, str], Fail] = field(default_factory=dict)
    operations: list[Operation] = field(default_factory=list)
    functions: dict[str, Callable[..., Any]] = field(default_factory=dict)
    lazy: int = 0
    inlining: list[Any] = field(default_factory=list)
    labels: list[tuple[str, bool, str]] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    spent: set[str] = field(default_factory=set)
    """The terms of iterators that were gone through."""
    handling: Term | None = None
    places: dict[Any, int] = field(default_factory=dict)
    """The places of the program that make lists and dicts, numbered: see `sharing`."""
    made: set[int] = field(default_factory=set)
    held_by: dict[str, frozenset[str]] = field(default_factory=dict)
    """What is read later though it has no name (the list of a loop), and the names that take its items in turn."""
    returned: list[Type] = field(default_factory=list)

    # --- places and refusals

    @property
    def source(self) -> Source:
        return self.frame.written.source

    def fail(self, node: ast.AST, message: str, instead: str = "") -> NoReturn:
        self.report.fail(self.source, node, message, instead)

    @contextmanager
    def exact(self, node: ast.AST) -> Iterator[None]:
        """Turns a Refusal of the rules into a refused place."""
        try:
            yield
        except Refusal as refusal:
            self.fail(node, refusal.message, refusal.instead)

    # --- steps

    def label(self, wanted: str) -> tuple[str, bool, str]:
        """The label, whether the source fixed it, and the statement's comment; each is used once."""
        if not self.labels:
            return wanted, False, ""
        name, fixed, comment = self.labels[-1]
        self.labels[-1] = ("", False, "")
        return (name, True, comment) if fixed else (wanted, False, comment)

    def marks(self, node: ast.AST, wanted: str) -> dict[str, Any]:
        """The fields that every step has."""
        label, fixed, comment = self.label(wanted)
        return {"label": label, "fixed": fixed, "comment": comment, "place": place(self.source, node)}

    def put(self, step: Step) -> None:
        """Let every way to here lead to `step`; what follows is not yet known."""
        for link in self.flow.links:
            link.target = step
        self.flow = Flow([], self.flow.env)

    def add(self, step: Working | Choice) -> None:
        """Put a step and stand behind it."""
        self.put(step)
        link = step.default if isinstance(step, Choice) else step.next
        self.flow = Flow([link], facts.assigned(self.flow.env, step.assign))

    # --- names

    def fresh(self, wanted: str) -> str:
        """A variable name that nothing in the machine has yet: inner scopes may not take a name of an outer one."""
        cleaned = re.sub(r"\W", "_", wanted).strip("_") or "value"
        if not cleaned[0].isalpha():
            cleaned = "v" + cleaned
        name, number = cleaned[:70], 1
        while name in self.used or name in self.loop_names:
            number += 1
            name = f"{cleaned[:70]}_{number}"
        self.used.add(name)
        return name

    def variable(self, name: str) -> str:
        """The machine's name for a local variable of the current function."""
        frame = self.frame
        if name not in frame.names:
            frame.names[name] = self.fresh(name)
        return frame.names[name]

    def loop_name(self, name: str) -> str:
        """A name for the variable of a comprehension or lambda: any that no variable of the machine has."""
        cleaned = re.sub(r"\W", "_", name).strip("_") or "item"
        found, number = cleaned, 1
        while found in self.used:
            number += 1
            found = f"{cleaned}_{number}"
        self.loop_names.add(found)
        return found

    def bind(self, name: str, binding: Binding) -> None:
        self.flow = Flow(self.flow.links, {**without(self.flow.env, [name]), name: binding})

    def lookup(self, name: str) -> Binding | None:
        """What a name stands for here; None where it is not known. A local that is not yet assigned is Unclear."""
        frame: Frame | None = self.frame
        env: Env = self.flow.env
        while frame is not None:
            if name in env:
                return env[name]
            if name in frame.locals:
                return Unclear()
            found = outside(frame.written, name)
            if frame.outer is None or (frame.written.function is not None and found is not None):
                return found
            frame = frame.outer
            env = frame.saved
        return None

    # --- terms and values

    def check(self, term: Term, node: ast.AST) -> Term:
        """Emit the guards of a term; what is left cannot fail."""
        if not term.guards:
            return term
        if self.lazy:
            return term
        rules: list[Rule] = []
        env = self.flow.env
        for guard in term.guards:
            if not facts.ruled_out(env, guard.when):
                rules += self._rules(guard, node)
                env = facts.learned(env, guard.when, False)
        if rules:
            self.add(Choice(**self.marks(node, _shown(node, "check ")), rules=rules))
            self.flow = Flow(self.flow.links, env)
        return replace(term, guards=())

    def _rules(self, guard: Guard, node: ast.AST) -> list[Rule]:
        found = self.thrown(_constant(guard.error), _constant(guard.cause), node, guard=True)
        whens = [f"({guard.when}) ? {each.test} : false" if each.test else guard.when for each in found]
        return [Rule(Expr(when), each.assign, each.link) for when, each in zip(whens, found, strict=True)]

    def settle(self, term: Term, node: ast.AST) -> Term:
        """Check a term and put it into a variable of its own, where it is deep or gives another value each time."""
        if self.lazy:
            return term
        if term.fleeting and any(_draws(f"{each.when} {each.error} {each.cause}") for each in term.guards):
            self.fail(
                node,
                "what can fail here depends on a value that differs each time: assign that value first",
                "value = x",
            )
        if term.fleeting or term.depth > DEEPEST:
            return self.spill(self.check(term, node), node)
        return term

    def spill(self, term: Term, node: ast.AST, name: str = "") -> Term:
        """A variable that holds the term."""
        term = self.check(term, node)
        found = self.fresh(name or _word(node))
        self.add(Pass(**self.marks(node, found), assign={found: value_of(term)}))
        return Term(f"${found}", term.type)

    # --- errors

    def thrown(self, error: Value, cause: Value, node: ast.AST, *, guard: bool = False) -> list[Raised]:
        """The ways on when an error is raised here; the last has no test. Uncaught, it ends in a Fail state.

        An error whose name is known goes one way. One that is known only when it runs (raised again after a `finally`,
        say) is compared with the names of each `except` in turn.
        """
        found: list[Raised] = []
        for context in reversed(self.contexts):
            for clause in context.clauses if isinstance(context, Try) else ():
                if isinstance(error, str) and not clause.takes(error):
                    continue
                link = Link()
                clause.flows.append(Flow([link], self._seen(clause)))
                clause.called = clause.called or not isinstance(error, str)
                assign: dict[str, Value] = (
                    {clause.variable: {"Error": error, "Cause": cause}} if clause.variable else {}
                )
                if isinstance(error, str) or ALL in clause.errors:
                    return [*found, Raised("", assign, link)]
                name = error.text if is_plain(error.text) else f"({error.text})"
                found.append(Raised(f"{name} in {json.dumps(list(clause.errors))}", assign, link))
        return [*found, Raised("", {}, Link(self.failing(error, cause, node, guard)))]

    def _seen(self, clause: Clause) -> Env:
        """The names as the clause sees them: those of its own function, also while another is inlined."""
        own = clause.frame is None or clause.frame is self.frame
        env = self.flow.env if own or clause.frame is None else self._changed(clause.frame)
        return facts.forgotten(facts.carried(env, self.flow.env), [clause.variable])

    def _changed(self, frame: Frame) -> Env:
        """The names of a function further out, with what the functions called from it have changed."""
        env, inner = self.flow.env, self.frame
        while inner is not frame and inner.caller is not None:
            changes = {name: env[key] for key, name in inner.shared.items() if key in env}
            inner = inner.caller
            env = {**without(inner.saved, changes), **changes}
        return env

    def failing(self, error: Value, cause: Value, node: ast.AST, guard: bool) -> Fail:
        """The Fail state of an error, shared by all places of the graph that fail in the same words."""
        key = (json.dumps(_keyed(error)), json.dumps(_keyed(cause)))
        if key not in self.fails:
            label = error if isinstance(error, str) else "raise"
            self.fails[key] = Fail(label=label, place=place(self.source, node), error=error, cause=cause, guard=guard)
        self.fails[key].guard = self.fails[key].guard and guard
        return self.fails[key]

    def catch(self, step: Calling) -> None:
        """Give a step that may fail the catchers of every `except` around it, the nearest first."""
        for context in reversed(self.contexts):
            for clause in context.clauses if isinstance(context, Try) else ():
                link = Link()
                assign: dict[str, Value] = {clause.variable: Expr("$states.errorOutput")} if clause.variable else {}
                step.catch.append(Catcher(clause.errors, assign, link))
                clause.called = True
                clause.flows.append(Flow([link], self._seen(clause)))
                if ALL in clause.errors:
                    return

    # --- graphs within

    @contextmanager
    def inside(self) -> Iterator[Graph]:
        """Build a graph of its own (of a Map or Parallel): nothing is caught, broken or returned across its border."""
        saved = self.flow, self.contexts, self.fails, self.labels
        start = Link()
        self.flow, self.contexts, self.fails, self.labels = Flow([start], saved[0].env), [], {}, []
        try:
            yield Graph(start)
        finally:
            self.flow, self.contexts, self.fails, self.labels = saved

    # --- trying again

    def mark(self) -> Callable[[], None]:
        """A function that undoes what has been noted since: for a loop whose types turned out wider than assumed."""
        lists: list[list[Any]] = [self.report.problems, self.operations]
        for context in self.contexts:
            match context:
                case Try():
                    lists += [clause.flows for clause in context.clauses]
                case Loop():
                    lists += [context.breaks, context.continues]
                case Call():
                    lists.append(context.returns)
        lengths = [len(each) for each in lists]
        flow, used, labels = self.flow, set(self.used), list(self.labels)
        links = list(flow.links)
        names = dict(self.frame.names)

        def undo() -> None:
            for each, length in zip(lists, lengths, strict=True):
                del each[length:]
            self.flow, self.used, self.labels = Flow(list(links), flow.env), set(used), list(labels)
            self.frame.names = dict(names)

        return undo


def is_exception(type: Type) -> bool:
    return isinstance(type, Opaque) and type.name == "exception"


def _constant(text: str) -> Value:
    """A JSONata string as the constant it is, or as an expression."""
    try:
        return json.loads(text)
    except ValueError:
        return Expr(text)


def value_of(term: Term) -> Value:
    """A term as a value of a state: its constant where it is known, an expression else."""
    if term.constant is not MISSING and _is_json(term.constant):
        return term.constant
    return Expr(term.text, term.depth, term.fleeting)


def _draws(text: str) -> bool:
    return any(name in text for name in ("$random(", "$uuid(", "$millis("))


def _is_json(value: Any) -> bool:
    return value is None or type(value) in (bool, int, float, str)


def _shown(node: ast.AST, before: str) -> str:
    return before + " ".join(ast.unparse(node).split())


def _word(node: ast.AST) -> str:
    """A word for what an expression gives, to name a variable after it."""
    names = [each for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute)]
    for each in names:
        return each.attr if isinstance(each, ast.Attribute) else each.id
    return "value"


def _keyed(value: Value) -> Any:
    return {"expr": value.text} if isinstance(value, Expr) else value
