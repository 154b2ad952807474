"""The static types of values: what an expression is known to give, as JSON on the machine and as Python beside it.

A type says more than JSON does where Python does: `Int` and `Float` are one JSON number, `List` and `Tuple` one JSON
array. An annotation `float` admits both (`NUMBER`), as Python's does, so that nothing prints `3` where Python prints
`3.0`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Type:
    """The root. Types compare by value; `str(type)` is the Python annotation a message shows."""


@dataclass(frozen=True, slots=True)
class Never(Type):
    """No value at all: the item type of an empty list display."""

    def __str__(self) -> str:
        return "Never"


@dataclass(frozen=True, slots=True)
class Any(Type):
    """Any JSON value; nothing is known."""

    def __str__(self) -> str:
        return "Any"


@dataclass(frozen=True, slots=True)
class Null(Type):
    def __str__(self) -> str:
        return "None"


@dataclass(frozen=True, slots=True)
class Bool(Type):
    def __str__(self) -> str:
        return "bool"


@dataclass(frozen=True, slots=True)
class Int(Type):
    """A Python int that is not a bool."""

    def __str__(self) -> str:
        return "int"


@dataclass(frozen=True, slots=True)
class Float(Type):
    """Certainly a Python float, though its JSON may look like an integer."""

    def __str__(self) -> str:
        return "float"


@dataclass(frozen=True, slots=True)
class Str(Type):
    def __str__(self) -> str:
        return "str"


@dataclass(frozen=True, slots=True)
class List(Type):
    item: Type

    def __str__(self) -> str:
        return f"list[{self.item}]"


@dataclass(frozen=True, slots=True)
class Tuple(Type):
    """A tuple of known length: a JSON array that Python cannot change."""

    items: tuple[Type, ...]

    def __str__(self) -> str:
        return f"tuple[{', '.join(map(str, self.items)) or '()'}]"


@dataclass(frozen=True, slots=True)
class Named(Tuple):
    """A NamedTuple, whose items also have names. `home` is its class."""

    names: tuple[str, ...]
    home: type

    def __str__(self) -> str:
        return self.home.__name__


@dataclass(frozen=True, slots=True)
class Dict(Type):
    """A dict with string keys that are not known, as JSON objects are."""

    value: Type

    def __str__(self) -> str:
        return f"dict[str, {self.value}]"


@dataclass(frozen=True, slots=True)
class Lacking(Dict):
    """A dict with an answer for a key that it lacks: a Counter, or a defaultdict, which keeps the answer.

    `filling` is the answer, as JSONata. As JSON it is the object alone.
    """

    kind: str
    filling: str

    def __str__(self) -> str:
        return self.kind


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: Type
    required: bool = True


@dataclass(frozen=True, slots=True)
class Record(Type):
    """A dict (or a dataclass: `attributes`) whose keys are known.

    A required key is there. A key that is not listed is absent when `closed` (a display that the program wrote), and
    unknown otherwise (a TypedDict that came from outside). `home` is the class of a dataclass.
    """

    fields: tuple[Field, ...]
    name: str = ""
    closed: bool = False
    attributes: bool = False
    home: type | None = None

    def get(self, name: str) -> Field | None:
        return next((each for each in self.fields if each.name == name), None)

    def __str__(self) -> str:
        return self.name or "dict"


@dataclass(frozen=True, slots=True)
class Opaque(Type):
    """A Python object that JSON has no word for, kept as some JSON: "datetime", "timedelta", "range", "exception" …

    It may be assigned and computed with, but not leave the workflow or enter a task.
    """

    name: str
    items: tuple[Type, ...] = ()

    def __str__(self) -> str:
        return f"Large[{self.items[0]}]" if self.name == "Large" else self.name


@dataclass(frozen=True, slots=True)
class Union(Type):
    """Two or more types, none of them a Union or Any, in a fixed order. Made by `union`, never directly."""

    members: tuple[Type, ...] = field(default=())

    def __str__(self) -> str:
        return " | ".join(
            "float" if t == FLOAT else str(t) for t in self.members if t != INT or FLOAT not in self.members
        )


NEVER, ANY, NULL, BOOL, INT, FLOAT, STR = Never(), Any(), Null(), Bool(), Int(), Float(), Str()


def large(type: Type) -> Type:
    """A value of `type` that may travel as a reference: what a workflow can pass on, but not compute with.

    None never does, so `x is None` can be asked.
    """
    rest = [each for each in members(type) if each != NULL]
    if not rest:
        return type
    marked = Opaque("Large", (union(map(unmarked, rest)),))
    return marked if len(rest) == len(members(type)) else Union(tuple(sorted((marked, NULL), key=str)))


def is_large(type: Type) -> bool:
    return isinstance(type, Opaque) and type.name == "Large"


def unmarked(type: Type) -> Type:
    """The type of the value that a Large stands for."""
    return type.items[0] if isinstance(type, Opaque) and type.name == "Large" else type


def holds_large(type: Type) -> bool:
    """True where a value of the type may be, or hold, a reference."""
    match type:
        case Opaque():
            return is_large(type) or any(map(holds_large, type.items))
        case List():
            return holds_large(type.item)
        case Dict():
            return holds_large(type.value)
        case Tuple():
            return any(map(holds_large, type.items))
        case Record():
            return any(holds_large(each.type) for each in type.fields)
        case Union():
            return any(map(holds_large, type.members))
    return False


def admits(declared: Type, found: Type) -> bool:
    """True where `declared` says Large wherever `found` may be a reference."""
    if not holds_large(found) or any(map(is_large, members(declared))):
        return True
    for inner in members(declared):
        match inner, found:
            case List(), List():
                return admits(inner.item, found.item)
            case List(), Tuple():
                return all(admits(inner.item, each) for each in found.items)
            case Tuple(), Tuple() if len(inner.items) == len(found.items):
                return all(map(admits, inner.items, found.items))
            case Dict(), Dict():
                return admits(inner.value, found.value)
            case Dict(), Record():
                return all(admits(inner.value, each.type) for each in found.fields)
            case Record(), Record():
                wanted = {each.name: each.type for each in inner.fields}
                return all(admits(wanted.get(each.name, ANY), each.type) for each in found.fields)
    return isinstance(found, Union) and all(admits(declared, each) for each in found.members)


def members(type: Type) -> tuple[Type, ...]:
    """The alternatives of a type: itself alone unless it is a Union."""
    return type.members if isinstance(type, Union) else (type,)


def union(types: Iterable[Type]) -> Type:
    """The smallest type that holds them all: lists and dicts are joined item by item, Any swallows the rest."""
    found: list[Type] = []
    for each in types:
        for member in members(each):
            _add(found, member)
    if ANY in found:
        return large(ANY) if any(map(holds_large, found)) else ANY
    if len(found) != 1:
        found = [member for member in found if member != NEVER]
    if not found:
        return NEVER
    return found[0] if len(found) == 1 else Union(tuple(sorted(found, key=str)))


def join(left: Type, right: Type) -> Type:
    return left if left == right else union((left, right))


def _add(found: list[Type], new: Type) -> None:
    for at, old in enumerate(found):
        merged = _merge(old, new)
        if merged is not None:
            found[at] = merged
            return
    found.append(new)


def _merge(old: Type, new: Type) -> Type | None:
    """One type for both where they are of one kind; None where they stay apart."""
    if old == new:
        return old
    if is_large(old) or is_large(new):
        apart = any(each in (NULL, ANY) or (isinstance(each, Opaque) and not is_large(each)) for each in (old, new))
        return None if apart else large(union((unmarked(old), unmarked(new))))
    match old, new:
        case List(), List():
            return List(join(old.item, new.item))
        case Tuple(), Tuple() if len(old.items) == len(new.items):
            return Tuple(tuple(join(a, b) for a, b in zip(old.items, new.items, strict=True)))
        case Lacking(), Lacking():
            alike = (old.kind, old.filling) == (new.kind, new.filling)
            return Lacking(join(old.value, new.value), old.kind, old.filling) if alike else None
        case (Lacking(), Dict() | Record()) | (Dict() | Record(), Lacking()):
            return None
        case Dict(), Dict():
            return Dict(join(old.value, new.value))
        case Opaque(), Opaque() if old.name == new.name and old.name.partition(" ")[0] in ("set", "deque"):
            return Opaque(old.name, (join(old.items[0], new.items[0]),))
        case Record(attributes=False), Record(attributes=False):
            return _merge_records(old, new)
        case (Record(attributes=False) as record, Dict() as plain) | (
            Dict() as plain,
            Record(attributes=False) as record,
        ):
            others = [plain.value, *(each.type for each in record.fields)]
            return Dict(union(others if record.closed else [*others, ANY]))
    return None


def _merge_records(old: Record, new: Record) -> Record:
    names = dict.fromkeys([each.name for each in old.fields] + [each.name for each in new.fields])
    fields = []
    for name in names:
        pair = [found for found in (old.get(name), new.get(name)) if found is not None]
        if len(pair) == 1 and not (new if old.get(name) else old).closed:
            # The other side may hold anything under this name.
            if holds_large(pair[0].type):
                fields.append(Field(name, large(ANY), False))
            continue
        fields.append(Field(name, union(each.type for each in pair), len(pair) == 2 and all(e.required for e in pair)))
    return Record(tuple(fields), old.name if old.name == new.name else "", old.closed and new.closed)


NUMBER = union((INT, FLOAT))


def optional(type: Type) -> Type:
    return union((type, NULL))


def without(type: Type, dropped: Type) -> Type:
    """`type` less one of its alternatives: what is left of `str | None` when it is not None."""
    return union(member for member in members(type) if member != dropped)


def is_number(type: Type) -> bool:
    """Int, Float or both (a bool is not one of them)."""
    return type not in (NEVER,) and all(member in (INT, FLOAT) for member in members(type))


def is_json(type: Type) -> bool:
    """True where a value of the type is JSON all through, so it may leave the workflow."""
    match type:
        case Opaque():
            return is_large(type)
        case List():
            return is_json(type.item)
        case Dict():
            return is_json(type.value)
        case Tuple():
            return all(map(is_json, type.items))
        case Record():
            return all(is_json(each.type) for each in type.fields)
        case Union():
            return all(map(is_json, type.members))
    return True


_IMMUTABLE = (
    "datetime",
    "naive datetime",
    "read datetime",
    "timedelta",
    "date",
    "range",
    "exception",
    "bytes",
    "match",
    "pattern",
    "Large",
)


def is_immutable(type: Type) -> bool:
    """True where nothing can change a value of the type in place, so two names may share it."""
    match type:
        case List() | Dict() | Any():
            return False
        case Record():
            return False
        case Tuple():
            return all(map(is_immutable, type.items))
        case Union():
            return all(map(is_immutable, type.members))
        case Opaque():
            return type.name in _IMMUTABLE
    return True
