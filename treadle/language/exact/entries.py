"""What the type of a dict says of its entries: which keys there are, and what their values may be."""

from __future__ import annotations

from dataclasses import replace

from treadle.language.term import Term
from treadle.language.types import ANY, Dict, Field, Lacking, Record, Type, members, union


def plain(type: Type) -> Type:
    """A dict without an answer for the keys that it lacks."""
    return Dict(type.value) if isinstance(type, Lacking) else type


def joined_values(type: Type, other: Type) -> Type:
    """What any value may be once there is another one."""
    return union((values_type(type), other))


def with_field(type: Type, name: str, value: Type, *, required: bool = True) -> Type:
    """The type of a dict after a key was given a value."""
    if not isinstance(type, Record):
        return Dict(union((values_type(type), value)))
    new = Field(name, value, required)
    if type.get(name) is None:
        return replace(type, fields=(*type.fields, new), name="")
    return replace(type, fields=tuple(new if each.name == name else each for each in type.fields), name="")


def values_type(type: Type) -> Type:
    """What any value of the dict may be."""
    found: list[Type] = []
    for member in members(type):
        match member:
            case Dict():
                found.append(member.value)
            case Record():
                found.extend(each.type for each in member.fields)
                if not member.closed:
                    found.append(ANY)
    return union(found)


def known(type: Type, name: str) -> str:
    """Whether the key is "present", "absent" or "unknown"."""
    states = set()
    for member in members(type):
        if isinstance(member, Record):
            found = member.get(name)
            states.add(
                "present" if found and found.required else "absent" if not found and member.closed else "unknown"
            )
        else:
            states.add("unknown")
    return states.pop() if len(states) == 1 else "unknown"


def field_type(type: Type, name: str) -> Type:
    """What the value under a key may be."""
    found: list[Type] = []
    for member in members(type):
        if isinstance(member, Record):
            known = member.get(name)
            if known:
                found.append(known.type)
            elif not member.closed:
                found.append(ANY)
        elif isinstance(member, Dict):
            found.append(member.value)
    return union(found)


def less(type: Type, key: Term) -> Type:
    """The type of a dict without a key."""
    if isinstance(type, Record) and isinstance(key.constant, str):
        return replace(
            type, fields=tuple(each for each in type.fields if each.name != key.constant), name="", closed=type.closed
        )
    return Dict(values_type(type)) if isinstance(type, Record) else type
