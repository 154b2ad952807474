"""Objects of the program's classes: dataclasses and named tuples, what they are made of, their methods and properties.

An object is JSON: a dataclass an object of its fields, a named tuple an array. Methods and properties are inlined.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import types as python
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from treadle.language import annotated, calls, exact, expressions, inlining, lookup
from treadle.language.builder import Builder
from treadle.language.scope import Variable
from treadle.language.sharing import OUTSIDE
from treadle.language.term import MISSING, Item, Term
from treadle.language.types import Dict, List, Named, Record, Tuple, Type

_OWN = ("__init__", "__new__", "__post_init__", "__setattr__", "__getattribute__")


def construct(b: Builder, node: ast.Call, found: type) -> Term:
    """`Item("a", 2.0)` of a dataclass, `Point(1, 2)` of a named tuple."""
    type = annotated.typed(found)
    if isinstance(type, Named):
        bound = calls.bound_terms(b, node, inspect.signature(found))
        defaults = getattr(found, "_field_defaults", {})
        parts = [bound[name] if name in bound else exact.literal(defaults[name]) for name in type.names]
        return exact.display_tuple([Item(each) for each in parts]).typed(type)
    assert isinstance(type, Record)
    _simple(b, node, found)
    bound = calls.bound_terms(b, node, inspect.signature(found))
    pairs = []
    for field in dataclasses.fields(found):
        if field.name in bound:
            term = bound[field.name]
        elif field.default is not dataclasses.MISSING:
            term = exact.literal(field.default)
        elif field.default_factory is not dataclasses.MISSING:
            term = exact.literal(field.default_factory())
        else:
            b.fail(node, f"{found.__name__}() needs {field.name}")
        pairs.append((exact.literal(field.name), term))
    return replace(exact.display_dict([(key, term) for key, term in pairs]), type=type, constant=MISSING)


def _simple(b: Builder, node: ast.AST, found: type) -> None:
    """Refuse a dataclass that does more than keep its fields."""
    for each in found.__mro__[:-1]:
        parameters = vars(each).get("__dataclass_params__")
        made = {"__init__"} if parameters is not None and parameters.init else set()
        made |= {"__setattr__"} if parameters is not None and parameters.frozen else set()
        own = [name for name in _OWN if name in vars(each) and name not in made]
        if own:
            b.fail(node, f"{found.__name__} has a {own[0]} of its own, which is not run here")
    if any(not field.init for field in dataclasses.fields(found)):
        b.fail(node, f"{found.__name__} has a field that is no parameter")


def home(type: Type) -> Any:
    """The class of an object, None where it is not one of a class of the program."""
    if isinstance(type, Named):
        return type.home
    return type.home if isinstance(type, Record) and type.attributes else None


def attribute(b: Builder, node: ast.expr, value: Term, name: str) -> Term | None:
    """A property or a constant of the class; None for a field, or where there is no class."""
    found_class = home(value.type)
    if found_class is None or _is_field(value.type, name):
        return None
    found = inspect.getattr_static(found_class, name, None)
    if isinstance(found, functools.cached_property):
        return _called(b, node, found.func, value, [], {})
    if isinstance(found, property) and found.fget is not None:
        return _called(b, node, found.fget, value, [], {})
    if lookup.is_json(found) and found is not None:
        return exact.literal(found)
    return None


def _is_field(type: Type, name: str) -> bool:
    if isinstance(type, Named):
        return name in type.names
    return isinstance(type, Record) and type.get(name) is not None


def method(b: Builder, node: ast.Call, receiver: Term, name: str) -> Term | None:
    """A call of a method that the class defines; None where it defines none."""
    found_class = home(receiver.type)
    if found_class is None:
        return None
    if isinstance(receiver.type, Named) and name in ("_replace", "_asdict"):
        return _of_named(b, node, receiver, receiver.type, name)
    found = inspect.getattr_static(found_class, name, None)
    if isinstance(found, staticmethod):
        return _inlined(b, node, found.__func__, *inlining.bindings_of(b, node))
    if not isinstance(found, python.FunctionType):
        return None
    return _called(b, node, found, receiver, *inlining.bindings_of(b, node))


def _called(
    b: Builder, node: ast.expr, function: Any, receiver: Term, args: Sequence[Any], kwargs: dict[str, Any]
) -> Term:
    return _inlined(b, node, function, [Variable(receiver, OUTSIDE), *args], kwargs)


def _inlined(b: Builder, node: ast.expr, function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Term:
    local = lookup.as_helper(function)
    with expressions.lazily(b):
        if local is None or not lookup.can_inline(b, local):
            name = str(getattr(function, "__qualname__", "this method"))
            b.fail(
                node,
                f"{name} is more than an expression: make it a function of the module, and give it the object",
                f"{name.rpartition('.')[2]}(item)",
            )
        return inlining.body_of(b, node, local, args, kwargs)


def _of_named(b: Builder, node: ast.Call, receiver: Term, type: Named, name: str) -> Term:
    keywords = {str(each.arg): each.value for each in node.keywords}
    if node.args or not set(keywords) <= set(type.names) or (name == "_asdict" and keywords):
        b.fail(node, f"{name}() takes fields of {type} by name", f"{ast.unparse(node.func)}()")
    parts = {each: exact.attribute(receiver, each) for each in type.names}
    parts |= {each: expressions.expression(b, value) for each, value in keywords.items()}
    if name == "_asdict":
        return exact.display_dict([(exact.literal(each), term) for each, term in parts.items()])
    items = tuple(term.type for term in parts.values())
    return exact.display_tuple([Item(each) for each in parts.values()]).typed(replace(type, items=items))


# --- functions of `dataclasses`


def replaced(b: Builder, node: ast.Call) -> Term:
    """`dataclasses.replace(item, name=value)`."""
    value = expressions.expression(b, node.args[0]) if len(node.args) == 1 else None
    if value is None or not isinstance(value.type, Record) or not value.type.attributes:
        b.fail(node, "dataclasses.replace() takes an object of a dataclass, and its fields by name")
    names = [str(each.arg) for each in node.keywords]
    if any(value.type.get(name) is None for name in names):
        b.fail(node, f"dataclasses.replace() takes fields of {value.type} by name")
    if value.type.home is not None:
        _simple(b, node, value.type.home)
    terms = expressions.operands(b, [each.value for each in node.keywords])
    base = value.typed(plain(value.type))
    pairs = [(exact.literal(name), term) for name, term in zip(names, terms, strict=True)]
    return replace(exact.display_dict([(None, base), *pairs]), type=value.type, constant=MISSING)


def as_dict(b: Builder, node: ast.Call) -> Term:
    """`dataclasses.asdict(item)`: the same JSON, with objects in it as dicts too."""
    value = expressions.expression(b, node.args[0]) if len(node.args) == 1 and not node.keywords else None
    if value is None or not isinstance(value.type, Record) or not value.type.attributes:
        b.fail(node, "dataclasses.asdict() takes an object of a dataclass")
    return value.typed(plain(value.type))


def plain(type: Type) -> Type:
    """The type with dicts in the place of objects."""
    match type:
        case Record():
            fields = tuple(replace(each, type=plain(each.type)) for each in type.fields)
            return replace(type, fields=fields, name="" if type.attributes else type.name, attributes=False, home=None)
        case List():
            return List(plain(type.item))
        case Named():
            return replace(type, items=tuple(map(plain, type.items)))
        case Tuple():
            return Tuple(tuple(map(plain, type.items)))
        case Dict():
            return replace(type, value=plain(type.value))
    return type
