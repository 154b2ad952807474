"""What a condition tells about the types of names where it holds and where it does not."""

from __future__ import annotations

import ast
from dataclasses import replace

from treadle.language.builder import Builder
from treadle.language.scope import Env, Static, Variable
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


def narrowed(b: Builder, env: Env, test: ast.expr, truth: bool) -> Env:
    """The environment where `test` came out as `truth`."""
    match test:
        case ast.UnaryOp(op=ast.Not()):
            return narrowed(b, env, test.operand, not truth)
        case ast.BoolOp():
            if isinstance(test.op, ast.And) == truth:
                for each in test.values:
                    env = narrowed(b, env, each, truth)
            return env
        case ast.Name():
            return _kept(env, test.id, lambda type: _truthy(type) if truth else type)
        case ast.NamedExpr():
            return _kept(env, test.target.id, lambda type: _truthy(type) if truth else type)
        case ast.Compare(ops=[op], comparators=[right]):
            return _compared(env, test.left, op, right, truth)
        case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=name), kind], keywords=[]):
            found = _kinds(b, kind)
            if found:
                return _kept(env, name, lambda type: _instances(type, found, truth))
    return env


def _compared(env: Env, left: ast.expr, op: ast.cmpop, right: ast.expr, truth: bool) -> Env:
    if isinstance(left, ast.NamedExpr):
        left = left.target
    is_none = isinstance(right, ast.Constant) and right.value is None
    if is_none and isinstance(left, ast.Name) and isinstance(op, ast.Is | ast.IsNot | ast.Eq | ast.NotEq):
        is_null = isinstance(op, ast.Is | ast.Eq) == truth
        return _kept(env, left.id, lambda type: _null(type) if is_null else _not_null(type))
    if (
        isinstance(op, ast.In | ast.NotIn)
        and isinstance(left, ast.Constant)
        and isinstance(left.value, str)
        and isinstance(right, ast.Name)
        and isinstance(op, ast.In) == truth
    ):
        key = left.value
        return _kept(env, right.id, lambda type: _with_key(type, key))
    return env


def _kept(env: Env, name: str, change: object) -> Env:
    found = env.get(name)
    if not isinstance(found, Variable) or not callable(change):
        return env
    changed = change(found.term.type)
    if changed == found.term.type:
        return env
    return {**env, name: replace(found, term=replace(found.term, type=changed))}


def _truthy(type: Type) -> Type:
    return _not_null(type)


def _null(type: Type) -> Type:
    return NULL if NULL in members(type) or type == ANY else type


def _not_null(type: Type) -> Type:
    return union(member for member in members(type) if member != NULL)


def _with_key(type: Type, key: str) -> Type:
    if isinstance(type, Record) and not type.attributes:
        old = type.get(key)
        if old is not None and not old.required:
            fields = tuple(replace(each, required=True) if each.name == key else each for each in type.fields)
            return replace(type, fields=fields)
        if old is None and not type.closed:
            return replace(type, fields=(*type.fields, Field(key, ANY)))
    return type


_KINDS: dict[object, tuple[Type, ...]] = {
    str: (STR,),
    int: (INT, BOOL),
    float: (FLOAT,),
    bool: (BOOL,),
    list: (List(ANY),),
    dict: (Dict(ANY),),
}


def _kinds(b: Builder, node: ast.expr) -> tuple[Type, ...]:
    if isinstance(node, ast.Tuple):
        parts = [_kinds(b, each) for each in node.elts]
        return tuple(each for part in parts for each in part) if all(parts) else ()
    found = b.lookup(node.id) if isinstance(node, ast.Name) else None
    return _KINDS.get(found.value, ()) if isinstance(found, Static) and isinstance(found.value, type) else ()


def _instances(type: Type, kinds: tuple[Type, ...], truth: bool) -> Type:
    if type == ANY:
        return union(kinds) if truth and (INT not in kinds or FLOAT in kinds) else type
    found = [member for member in members(type) if member != ANY]
    return union(member for member in found if any(_is_a(member, kind) for kind in kinds) == truth)


def _is_a(member: Type, kind: Type) -> bool:
    match kind:
        case List():
            return isinstance(member, List)
        case Dict():
            return isinstance(member, Dict) or (isinstance(member, Record) and not member.attributes)
        case Tuple():
            return isinstance(member, Tuple)
    return member == kind
