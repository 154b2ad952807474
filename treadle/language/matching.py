"""`match`: literals, sequences, mappings, classes of JSON values, alternatives, captures, guards."""

from __future__ import annotations

import ast
from dataclasses import replace

from treadle.language import conditions, exact, expressions, lookup, ownership, sharing, statements
from treadle.language.builder import Builder, value_of
from treadle.language.exact import passing
from treadle.language.narrow import _instances
from treadle.language.scope import Flow, Variable, merged, without
from treadle.language.sharing import TANGLED, Held
from treadle.language.steps import Choice, Expr, Link, Pass, Rule
from treadle.language.term import MISSING, Item, Term
from treadle.language.types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    NULL,
    STR,
    Dict,
    Field,
    List,
    Record,
    Tuple,
    Type,
    members,
    union,
)


def match(b: Builder, node: ast.Match) -> None:
    """Each case is a condition and what it binds; the first whose condition and guard hold is taken."""
    subject = b.check(expressions.expression(b, node.subject), node.subject)
    if not (subject.text[:1] == "$" and subject.text[1:].isidentifier()) and subject.constant is MISSING:
        subject = b.spill(subject, node.subject, "subject")
    reached = ownership.held(b, node.subject, subject.type).all
    shared = Held(reached, reached, reached, TANGLED)
    ends: list[Flow] = []
    for case in node.cases:
        if not b.flow.reached:
            break
        with b.exact(case.pattern):
            test, bound, narrowed = _pattern(b, case.pattern, subject)
        env = b.flow.env
        if test is not None and test.constant is MISSING:
            yes, no = Link(), Link()
            label = "case " + " ".join(ast.unparse(case.pattern).split())
            b.put(
                Choice(**b.marks(case.pattern, label), rules=[Rule(Expr(test.text, test.depth), {}, yes)], default=no)
            )
            b.flow, otherwise = Flow([yes], env), Flow([no], env)
        elif test is None or test.constant:
            otherwise = Flow([], env)
        else:
            continue
        if isinstance(node.subject, ast.Name):
            found = b.flow.env.get(node.subject.id)
            if isinstance(found, Variable) and found.term.text == narrowed.text:
                b.bind(node.subject.id, replace(found, term=narrowed))
        _capture(b, case.pattern, bound, shared)
        if case.guard is not None:
            taken, not_taken = conditions.branch(b, case.guard)
            otherwise = merged([otherwise, not_taken])
            b.flow = taken
        statements.block(b, case.body)
        ends.append(b.flow)
        b.flow = otherwise
    b.flow = merged([*ends, b.flow])


def _capture(b: Builder, node: ast.pattern, bound: dict[str, Term], shared: Held) -> None:
    if not bound:
        return
    assign, names = {}, {}
    for name, term in bound.items():
        machine = b.variable(name)
        assign[machine] = value_of(term)
        names[name] = Variable(Term(f"${machine}", term.type), sharing.pruned(shared, term.type))
    b.add(Pass(**b.marks(node, ", ".join(bound)), assign=assign))
    b.flow = Flow(b.flow.links, {**without(b.flow.env, names), **names})


Found = tuple[Term | None, dict[str, Term], Term]
"""The condition (None: always), what it binds, and the subject with what the condition tells of its type."""


def _pattern(b: Builder, node: ast.pattern, subject: Term) -> Found:
    if not isinstance(node, ast.MatchAs | ast.MatchSingleton | ast.MatchOr):
        passing.whole(subject)
    match node:
        case ast.MatchValue():
            return _equal(b, node.value, subject)
        case ast.MatchSingleton():
            same = exact.compare("is", subject, exact.literal(node.value))
            return same, {}, subject.typed(NULL) if node.value is None else subject
        case ast.MatchAs(pattern=None, name=None):
            return None, {}, subject
        case ast.MatchAs(pattern=None):
            return None, {str(node.name): subject}, subject
        case ast.MatchAs():
            assert node.pattern is not None
            test, bound, narrowed = _pattern(b, node.pattern, subject)
            return test, bound | {str(node.name): narrowed}, narrowed
        case ast.MatchOr():
            return _either(b, node, subject)
        case ast.MatchClass():
            return _class(b, node, subject)
        case ast.MatchSequence():
            return _sequence(b, node, subject)
        case ast.MatchMapping():
            return _mapping(b, node, subject)
    b.fail(node, "this pattern is not part of the language: use if", "if x == 1:\n    y = 2")


def _equal(b: Builder, node: ast.expr, subject: Term) -> Found:
    return exact.compare("==", subject, expressions.expression(b, node)), {}, subject


def _either(b: Builder, node: ast.MatchOr, subject: Term) -> Found:
    found = [_pattern(b, each, subject) for each in node.patterns]
    if any(bound for _, bound, _ in found):
        b.fail(
            node, "names in alternatives are not part of the language: write a case for each", "if x == 1:\n    y = 2"
        )
    if any(test is None for test, _, _ in found):
        return None, {}, subject
    tests = [test for test, _, _ in found if test is not None]
    result = tests[-1]
    for each in reversed(tests[:-1]):
        result = exact.either(each, result)
    return result, {}, subject.typed(union(each.type for _, _, each in found))


_CLASSES: dict[object, tuple[Type, ...]] = {
    str: (STR,),
    int: (INT, BOOL),
    float: (FLOAT,),
    bool: (BOOL,),
    list: (List(ANY),),
    dict: (Dict(ANY),),
}


def _class(b: Builder, node: ast.MatchClass, subject: Term) -> Found:
    kind = lookup.static(b, node.cls)
    if kind not in _CLASSES or node.kwd_attrs or len(node.patterns) > 1:
        b.fail(
            node,
            "the classes of patterns are str, int, float, bool, list and dict, with one name at most",
            "match x:\n    case int():\n        y = 1\n    case _:\n        y = 2",
        )
    test = exact.instance(subject, [getattr(kind, "__name__", "?")])
    narrowed = subject.typed(_instances(subject.type, _CLASSES[kind], True))
    if not node.patterns:
        return test, {}, narrowed
    return _and(test, _pattern(b, node.patterns[0], narrowed))


def _and(test: Term | None, found: Found) -> Found:
    other, bound, narrowed = found
    if test is None or (test.constant is not MISSING and test.constant):
        return other, bound, narrowed
    return (test if other is None else exact.both(test, other)), bound, narrowed


def _sequence(b: Builder, node: ast.MatchSequence, subject: Term) -> Found:
    lists = [each for each in members(subject.type) if isinstance(each, List | Tuple)]
    if len(lists) != 1:
        b.fail(node, f"a sequence pattern for {subject.type}: annotate what it is", "value: list[int] = items")
    stars = [at for at, each in enumerate(node.patterns) if isinstance(each, ast.MatchStar)]
    if any(isinstance(each, ast.MatchStar) and each.name for each in node.patterns) and isinstance(lists[0], Tuple):
        b.fail(node, "a starred name for a tuple: take the parts by index", "items[1:]")
    narrowed = subject.typed(lists[0])
    size = exact.call("len", [Item(narrowed)], {})
    count = exact.literal(len(node.patterns) - len(stars))
    test: Term | None = exact.compare(">=" if stars else "==", size, count)
    if lists[0] != subject.type:
        if len(members(subject.type)) < 2:
            b.fail(node, "this pattern needs a list", "value: list[int] = items")
        is_list = Term(f'$type({subject.text}) = "array"', BOOL, 40, depth=3)
        assert test is not None
        test = exact.both(is_list, test)
    bound: dict[str, Term] = {}
    for at, each in enumerate(node.patterns):
        if isinstance(each, ast.MatchStar):
            if each.name:
                end = at + 1 - len(node.patterns)
                part = exact.slice(narrowed, exact.literal(at), exact.literal(end) if end else None, None)
                bound[each.name] = replace(part, guards=())
            continue
        index = at if not stars or at < stars[0] else at - len(node.patterns)
        part = replace(exact.subscript(narrowed, exact.literal(index)), guards=())
        other, names, _ = _pattern(b, each, part)
        bound |= names
        test, _, _ = _and(test, (other, {}, narrowed))
    return test, bound, narrowed


def _mapping(b: Builder, node: ast.MatchMapping, subject: Term) -> Found:
    kinds = [each for each in members(subject.type) if isinstance(each, Dict | Record)]
    if len(kinds) != 1 or node.rest:
        b.fail(
            node,
            f"a mapping pattern for {subject.type}: annotate what it is, and name the keys",
            "value: dict[str, int] = data",
        )
    narrowed = subject.typed(kinds[0])
    test: Term | None = None
    if kinds[0] != subject.type:
        test = Term(f'$type({subject.text}) = "object"', BOOL, 40, depth=3)
    bound: dict[str, Term] = {}
    for key, each in zip(node.keys, node.patterns, strict=True):
        name = expressions.expression(b, key)
        if not isinstance(name.constant, str):
            b.fail(key, "the keys of a pattern are constant strings", "data[key]")
        has = exact.compare("in", name, narrowed)
        if isinstance(narrowed.type, Record):
            narrowed = narrowed.typed(_sure(narrowed.type, name.constant))
        part = replace(exact.subscript(narrowed, name), guards=())
        other, names, _ = _pattern(b, each, part)
        bound |= names
        test, _, _ = _and(_both(test, has), (other, {}, narrowed))
    return test, bound, narrowed


def _both(left: Term | None, right: Term) -> Term | None:
    if right.constant is not MISSING and right.constant:
        return left
    return right if left is None else exact.both(left, right)


def _sure(type: Record, key: str) -> Record:
    found = type.get(key)
    fields = [replace(each, required=True) if each.name == key else each for each in type.fields]
    return replace(type, fields=tuple(fields if found else [*fields, Field(key, ANY)]))
