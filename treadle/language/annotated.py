"""Python annotations -> static types."""

from __future__ import annotations

import collections
import collections.abc
import dataclasses
import datetime
import types as python
import typing
from collections.abc import Callable
from typing import Any

from treadle.language import types
from treadle.language.types import (
    ANY,
    BOOL,
    INT,
    NULL,
    NUMBER,
    STR,
    Dict,
    Field,
    Lacking,
    List,
    Named,
    Opaque,
    Record,
    Tuple,
    Type,
)

_PLAIN: dict[Any, Type] = {
    str: STR,
    int: INT,
    float: NUMBER,
    bool: BOOL,
    None: NULL,
    type(None): NULL,
    list: List(ANY),
    dict: Dict(ANY),
    collections.abc.Mapping: Dict(ANY),
    collections.abc.Sequence: List(ANY),
    object: ANY,
    Any: ANY,
    datetime.datetime: Opaque("datetime"),
    datetime.timedelta: Opaque("timedelta"),
    datetime.date: Opaque("date"),
}


@dataclasses.dataclass(frozen=True)
class Marker:
    """What makes an annotation `Large`."""

    def __repr__(self) -> str:
        return "Large"


LARGE = Marker()
_LISTS = (list, collections.abc.Sequence, collections.abc.Iterable, collections.abc.MutableSequence)
_DICTS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)


class NoType(Exception):
    """An annotation that no JSON value has; the message says what to write."""


def local(annotation: Any) -> Type:
    """As `typed`, of a local variable: it may also be a set, a deque, a Counter, or hold them."""
    origin = typing.get_origin(annotation) or annotation
    arguments = typing.get_args(annotation)
    if origin in (set, frozenset, collections.abc.Set, collections.abc.MutableSet):
        return Opaque("set", (local(arguments[0]) if arguments else types.NEVER,))
    if origin is collections.deque:
        return Opaque("deque", (local(arguments[0]) if arguments else types.NEVER,))
    if origin is collections.Counter:
        return Lacking(INT, "Counter", "0")
    if origin in _DICTS and len(arguments) == 2 and arguments[0] is str:
        return Dict(local(arguments[1]))
    if origin in _LISTS and len(arguments) == 1:
        return List(local(arguments[0]))
    if origin is collections.defaultdict:
        return Dict(local(arguments[1])) if len(arguments) == 2 else Dict(ANY)
    return typed(annotation)


def typed(annotation: Any, seen: tuple[Any, ...] = ()) -> Type:
    """The type of an evaluated annotation; an annotation of no JSON type raises NoType. A `Type` is given back as it
    is.
    """
    if isinstance(annotation, Type):
        return annotation
    try:
        if annotation in _PLAIN:
            return _PLAIN[annotation]
    except TypeError:
        pass
    if annotation in seen:
        return ANY  # a type that holds itself: known down to here
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated and LARGE in arguments[1:]:
        return types.large(typed(arguments[0], seen))
    if origin in (typing.Annotated, typing.Required, typing.NotRequired, getattr(typing, "ReadOnly", typing.Required)):
        return typed(arguments[0], seen)
    if origin in (typing.Union, python.UnionType):
        return types.union(typed(each, seen) for each in arguments)
    if origin is typing.Literal:
        return types.union(_PLAIN.get(type(each), ANY) for each in arguments)
    if origin in _LISTS:
        return List(typed(arguments[0], seen))
    if origin in _DICTS:
        if len(arguments) == 2 and arguments[0] not in (str, Any):
            raise NoType(f"a dict's keys are str in JSON: write dict[str, …], not {annotation}")
        return Dict(typed(arguments[1], seen))
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return List(typed(arguments[0], seen))
        return Tuple(tuple(typed(each, seen) for each in arguments))
    if isinstance(annotation, typing.TypeVar) or annotation is typing.Never:
        return ANY
    if typing.is_typeddict(annotation):
        return _typeddict(annotation, (*seen, annotation))
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        return _dataclass(annotation, (*seen, annotation))
    if is_named_tuple(annotation):
        return _named_tuple(annotation, (*seen, annotation))
    if isinstance(annotation, getattr(typing, "TypeAliasType", ())):
        return typed(getattr(annotation, "__value__"), (*seen, annotation))  # noqa: B009
    if isinstance(annotation, typing.NewType):
        return typed(annotation.__supertype__, seen)
    raise NoType(
        f"{getattr(annotation, '__name__', annotation)} is no JSON type: use str, int, float, bool, list, dict"
    )


def _typeddict(annotation: Any, seen: tuple[Any, ...]) -> Record:
    found = typing.get_type_hints(annotation, include_extras=True)
    required = annotation.__required_keys__
    fields = []
    for name, each in found.items():
        marks = typing.get_origin(each)
        needed = (name in required and marks is not typing.NotRequired) or marks is typing.Required
        fields.append(Field(name, typed(each, seen), needed))
    return Record(tuple(fields), annotation.__name__)


def _dataclass(annotation: Any, seen: tuple[Any, ...]) -> Record:
    found = typing.get_type_hints(annotation, include_extras=True)
    fields = tuple(Field(each.name, typed(found[each.name], seen)) for each in dataclasses.fields(annotation))
    return Record(fields, annotation.__name__, closed=True, attributes=True, home=annotation)


def is_named_tuple(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, tuple) and hasattr(annotation, "_fields")


def _named_tuple(annotation: Any, seen: tuple[Any, ...]) -> Named:
    hints = typing.get_type_hints(annotation)
    items = tuple(typed(hints.get(name, Any), seen) for name in annotation._fields)
    return Named(items, annotation._fields, annotation)


def returned(function: Callable[..., Any], hint: Any) -> Type:
    """The type that a call gives by its annotation, ANY where it has none that JSON knows."""
    try:
        return typed(hint)
    except NoType:
        return ANY
