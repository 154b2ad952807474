"""Expressions of the source -> terms. Calls to services in them become states of their own, in Python's order."""

from __future__ import annotations

import ast
import enum
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from treadle.language import (
    callables,
    calls,
    changes,
    classes,
    comprehensions,
    conditions,
    exact,
    facts,
    lookup,
    ownership,
)
from treadle.language.builder import BROKEN, RAISED, Builder, is_exception, value_of
from treadle.language.exact import augmenting
from treadle.language.scope import Flow, Local, Static, Unclear, Variable
from treadle.language.source import Refused
from treadle.language.steps import Pass, Value
from treadle.language.term import ATOM, CONDITION, MISSING, PATH, Formatted, Item, Refusal, Term
from treadle.language.types import NEVER, STR, Field, Lacking, List, Opaque, Record, Tuple, Type, members, union

_BINARY = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitOr: "|", ast.BitAnd: "&", ast.BitXor: "^", ast.MatMult: "@",
}  # fmt: skip


_UNARY = {ast.Not: "not", ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}


_COMPARE = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.In: "in",
    ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip


def expression(b: Builder, node: ast.expr) -> Term:
    """The term of an expression. Its guards are not yet checked; the calls in it are already made."""
    rule = _RULES.get(type(node))
    if rule is None:
        b.fail(node, f"{type(node).__name__} expressions are not part of the language", "[x for x in items]")
    with b.exact(node):
        return b.settle(possible(b, _gone_through(rule(b, node))), node)


def _gone_through(term: Term) -> Term:
    """A term that is no iterator has gone through those in it: what they raise at their end is not late."""
    if isinstance(term.type, Opaque) and term.type.name == "iterator":
        return term
    if not any(each.late for each in term.guards):
        return term
    return replace(term, guards=tuple(replace(each, late=False) for each in term.guards))


def possible(b: Builder, term: Term) -> Term:
    """A term less the guards that what is known here rules out."""
    if not term.guards:
        return term
    guards = tuple(guard for guard in term.guards if not facts.ruled_out(b.flow.env, guard.when))
    return term if len(guards) == len(term.guards) else replace(term, guards=guards)


def value(b: Builder, node: ast.expr) -> tuple[Value, Type]:
    """An expression as a value of a state: displays as JSON with one expression a leaf. Its guards are checked."""
    match node:
        case ast.Dict() if node.keys and all(
            isinstance(key, ast.Constant) and type(key.value) is str for key in node.keys
        ):
            names = [key.value for key in node.keys if isinstance(key, ast.Constant)]
            if len(set(names)) == len(names):
                found = [value(b, each) for each in node.values]
                fields = tuple(Field(str(name), type) for name, (_, type) in zip(names, found, strict=True))
                return {str(name): each for name, (each, _) in zip(names, found, strict=True)}, Record(
                    fields, closed=True
                )
        case ast.List() | ast.Tuple() if not any(isinstance(each, ast.Starred) for each in node.elts):
            found = [value(b, each) for each in node.elts]
            types = [type for _, type in found]
            return [each for each, _ in found], List(union(types)) if isinstance(node, ast.List) else Tuple(
                tuple(types)
            )
    term = b.check(expression(b, node), node)
    return value_of(term), term.type


def operands(b: Builder, nodes: Sequence[ast.expr]) -> list[Term]:
    """Terms of expressions that Python evaluates in turn: what stands before a call is checked before it is made."""
    found = []
    for at, node in enumerate(nodes):
        term = expression(b, node)
        if term.guards and any(lookup.disturbs(b, later) for later in nodes[at + 1 :]):
            term = b.check(term, node)
        found.append(term)
    return found


@contextmanager
def lazily(b: Builder, env: Any = None) -> Iterator[None]:
    """Lower expressions that may not be evaluated, or more than once: nothing may become a state of its own there."""
    saved, before = b.flow, len(b.spent)
    b.lazy += 1
    if env is not None:
        b.flow = Flow(saved.links, env)
    try:
        yield
    finally:
        b.lazy -= 1
        if len(b.spent) > before:
            gone = {key: spent(each) for key, each in saved.env.items()
                    if isinstance(each, Variable) and each.term.text in b.spent}  # fmt: skip
            saved = Flow(saved.links, {**saved.env, **gone})
        b.flow = Flow(b.flow.links, saved.env)


# --- one rule a kind of expression


def _constant(b: Builder, node: ast.Constant) -> Term:
    return exact.literal(node.value)


def _name(b: Builder, node: ast.Name) -> Term:
    found = b.lookup(node.id)
    match found:
        case Variable():
            if not found.bound:
                b.fail(node, f"{node.id} may be unassigned here, as some way to here does not assign it",
                       f"{node.id} = None  # before the ways part")  # fmt: skip
            if found.term.type == BROKEN:
                raise Refused
            b.read.add(node.id)
            _go_through(b, node, found)
            return found.term
        case Static():
            return _static(b, node, found.value)
        case Local():
            b.fail(
                node,
                f"{node.id} is a function: call it, or give it to each() or parallel()",
                "[x + 1 for x in items]",
            )
        case Unclear():
            b.fail(
                node,
                f"{node.id} is not certainly assigned here, or not one kind of thing",
                f"{node.id} = None  # before",
            )
    b.fail(node, f"{node.id} is not defined", f"{node.id} = 0")


def _go_through(b: Builder, node: ast.Name, found: Variable) -> None:
    """A name of an iterator is read once: what reads it again would find nothing left."""
    kinds = {member.name for member in members(found.term.type) if isinstance(member, Opaque)}
    instead = "list(items)"
    if "spent iterator" in kinds:
        b.fail(node, f"{node.id} is an iterator, and was gone through before: Python finds nothing left", instead)
    if "iterator" not in kinds:
        return
    text = found.term.text
    if node.id not in b.flow.env or (b.lazy and text[1:].isidentifier() and text[1:] in b.used):
        b.fail(node, f"{node.id} is an iterator, and may be gone through several times here: make it a list", instead)
    b.spent.add(text)
    b.bind(node.id, spent(found))


def spent(found: Variable) -> Variable:
    """An iterator that was gone through."""
    return replace(found, term=replace(found.term, type=Opaque("spent iterator")))


def _static(b: Builder, node: ast.expr, found: Any) -> Term:
    if isinstance(found, enum.Enum) and not isinstance(found, enum.StrEnum | enum.IntEnum):
        b.fail(node, f"{ast.unparse(node)} is a member of an enum, and no JSON value", f"{ast.unparse(node)}.value")
    try:
        return exact.literal(found.value if isinstance(found, enum.Enum) else found)
    except Refusal:
        b.fail(
            node,
            f"{ast.unparse(node)} is no JSON value, so a workflow cannot compute with it",
            f"{ast.unparse(node)}(x)" if callable(found) and not isinstance(found, type) else "None",
        )


def _attribute(b: Builder, node: ast.Attribute) -> Term:
    found = lookup.static(b, node)
    if found is not MISSING:
        return _static(b, node, found)
    if node.attr == "__name__" and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "type":
        inner = expression(b, node.value.args[0])
        if is_exception(inner.type):
            return Term(f"{inner.at(ATOM)}.Error", STR)
    value = expression(b, node.value)
    return classes.attribute(b, node, value, node.attr) or exact.attribute(value, node.attr)


AUGMENTED = "_augmented"
"""Marks the operator of `x += y`, which is made into `x + y`."""


def _binary(b: Builder, node: ast.BinOp) -> Term:
    """`a + b + c`: a long chain is gone along, not into, and put into a variable where it gets too deep."""
    spine = [node]
    while isinstance(spine[-1].left, ast.BinOp):
        spine.append(spine[-1].left)
    left = expression(b, spine[-1].left)
    for each in reversed(spine):
        if left.guards and lookup.disturbs(b, each.right):
            left = b.check(left, each.left)
        if isinstance(each.op, ast.Mod) and isinstance(left.constant, str):
            left = _filled(b, each, left)
            continue
        right = expression(b, each.right)
        with b.exact(each):
            make = _augmented if hasattr(each, AUGMENTED) else exact.binary
            left = b.settle(make(_BINARY[type(each.op)], left, right), each)
    return left


def _augmented(op: str, left: Term, right: Term) -> Term:
    """`x += y`, whose TypeError names `+=`."""
    made = augmenting.augmented(op, replace(left, guards=()), replace(right, guards=()))
    return replace(made, guards=(*left.guards, *right.guards, *made.guards))


def _filled(b: Builder, node: ast.BinOp, template: Term) -> Term:
    """`"%s-%s" % (a, b)`."""
    one = not isinstance(node.right, ast.Tuple)
    values = operands(b, node.right.elts if isinstance(node.right, ast.Tuple) else [node.right])
    with b.exact(node):
        told = [message(each) if is_exception(each.type) else each for each in values]
        return b.settle(exact.percent(template, told, one=one), node)


def _unary(b: Builder, node: ast.UnaryOp) -> Term:
    return exact.unary(_UNARY[type(node.op)], expression(b, node.operand))


def _member(b: Builder, node: ast.expr) -> ast.expr:
    """A member of an enum that is a text or a number too: it compares as its value."""
    found = lookup.static(b, node) if isinstance(node, ast.Attribute) else None
    if isinstance(found, enum.Enum) and isinstance(found, str | int):
        return ast.copy_location(ast.Constant(found.value), node)
    return node


def _compare(b: Builder, node: ast.Compare) -> Term:
    nodes = [node.left, *node.comparators]
    if len(nodes) > 2 and any(lookup.hoists(b, each) for each in nodes[2:]):
        b.fail(
            node,
            "a call to a service in a later part of a chained comparison",
            f"value = {ast.unparse(node.comparators[-1])}",
        )
    if len(nodes) == 2 and isinstance(node.ops[0], ast.In | ast.NotIn):
        nodes[1] = callables.keys(b, nodes[1]) or nodes[1]
    nodes = [_member(b, each) for each in nodes]
    terms = operands(b, nodes[:2])
    with lazily(b):
        terms += operands(b, nodes[2:])
    ops = [_COMPARE[type(op)] for op in node.ops]
    if (ops[0] in ("is", "is not") and len(ops) == 1) or len(ops) == 1:
        return exact.compare(ops[0], terms[0], terms[1])
    return exact.chain(terms, ops)


def _bool(b: Builder, node: ast.BoolOp) -> Term:
    return conditions.boolean(b, node, expression)


def _conditional(b: Builder, node: ast.IfExp) -> Term:
    return conditions.conditional(b, node)


def _joined(b: Builder, node: ast.JoinedStr) -> Term:
    parts: list[str | Formatted] = []
    for at, each in enumerate(node.values):
        if isinstance(each, ast.Constant):
            parts.append(str(each.value))
            continue
        assert isinstance(each, ast.FormattedValue)
        term = expression(b, each.value)
        if is_exception(term.type):
            term = message(term)
        spec = _joined(b, each.format_spec) if isinstance(each.format_spec, ast.JoinedStr) else None
        if any(lookup.disturbs(b, later) for later in node.values[at + 1 :]):
            term = b.check(term, each.value)
        parts.append(Formatted(term, chr(each.conversion) if each.conversion > 0 else "", spec))
    return exact.join(parts)


def message(error: Term) -> Term:
    """`str(error)`: a Lambda function's cause is JSON that holds it; an AWS error is its name and its text."""
    at = error.at(ATOM)
    if error.type == RAISED:
        return Term(f"{at}.Cause", STR, PATH, depth=2)
    cause, name = f"{at}.Cause", f"{at}.Error"
    text = (
        f"$not($exists({cause})) ? {name} : $substring({cause}, 0, 15) = '{{\"errorMessage\"' ? "
        f"$parse({cause}).errorMessage : "
        f'$contains({name}, ".") and {cause} != "" ? {name} & ": " & {cause} : {cause}'
    )
    return Term(text, STR, CONDITION, depth=6)


def _list(b: Builder, node: ast.List) -> Term:
    return exact.display_list(items(b, node.elts))


def _tuple(b: Builder, node: ast.Tuple) -> Term:
    return exact.display_tuple(items(b, node.elts))


def _set(b: Builder, node: ast.Set) -> Term:
    return exact.call("set", [Item(exact.display_list(items(b, node.elts)))], {})


def items(b: Builder, nodes: Sequence[ast.expr]) -> list[Item]:
    plain = [each.value if isinstance(each, ast.Starred) else each for each in nodes]
    terms = operands(b, plain)
    return [Item(term, isinstance(node, ast.Starred)) for term, node in zip(terms, nodes, strict=True)]


def _dict(b: Builder, node: ast.Dict) -> Term:
    nodes = [each for pair in zip(node.keys, node.values, strict=True) for each in pair if each is not None]
    terms = iter(operands(b, nodes))
    return exact.display_dict([(next(terms) if key is not None else None, next(terms)) for key in node.keys])


def _subscript(b: Builder, node: ast.Subscript) -> Term:
    found = lookup.static(b, node)
    if found is not MISSING:
        return _static(b, node, found)
    if isinstance(node.slice, ast.Slice):
        parts = [node.slice.lower, node.slice.upper, node.slice.step]
        terms = iter(operands(b, [node.value, *(each for each in parts if each is not None)]))
        receiver = next(terms)
        return exact.slice(receiver, *(next(terms) if each is not None else None for each in parts))
    before = set(b.read)
    receiver, index = operands(b, [node.value, node.slice])
    keeps = isinstance(receiver.type, Lacking) and receiver.type.kind == "defaultdict"
    if keeps and index.type != NEVER and not changes.is_there(b, node, receiver, index):
        return changes.filled(b, node, receiver, index, before)
    return exact.subscript(receiver, index)


def _walrus(b: Builder, node: ast.NamedExpr) -> Term:
    if b.lazy:
        b.fail(node, "an assignment cannot stand here, where it may not be reached: assign before", "value = x")
    name = node.target.id
    if name in b.read and isinstance(b.lookup(name), Variable):
        b.fail(node, f"{name} is read and assigned in one expression: assign it before", f"{name} = 0")
    before = set(b.read)
    found, type = value(b, node.value)
    b.read = before
    machine = b.variable(name)
    b.add(Pass(**b.marks(node, name), assign={machine: found}))
    b.bind(name, Variable(Term(f"${machine}", type), ownership.held(b, node.value, type)))
    return Term(f"${machine}", type)


def _call(b: Builder, node: ast.Call) -> Term:
    return calls.call(b, node)


def _slice(b: Builder, node: ast.Slice) -> Term:
    b.fail(node, "a slice stands only in brackets", "items[1:3]")


_RULES: dict[type[ast.expr], Callable[[Builder, Any], Term]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BoolOp: _bool,
    ast.IfExp: _conditional,
    ast.JoinedStr: _joined,
    ast.List: _list,
    ast.Tuple: _tuple,
    ast.Set: _set,
    ast.Dict: _dict,
    ast.Subscript: _subscript,
    ast.NamedExpr: _walrus,
    ast.ListComp: comprehensions.list_comprehension,
    ast.GeneratorExp: comprehensions.generator_expression,
    ast.SetComp: comprehensions.set_comprehension,
    ast.DictComp: comprehensions.dict_comprehension,
    ast.Lambda: comprehensions.lambda_value,
    ast.Call: _call,
    ast.Slice: _slice,
}
