"""Dicts: JSON objects, whose keys are text and keep their order. A missing key is an error, never nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from treadle.language.exact import entries
from treadle.language.exact.building import (
    at_index,
    bind,
    choose,
    derive,
    field,
    is_simple,
    mapped,
    maybe_array,
    quote,
    when_none,
)
from treadle.language.exact.formatting import quoted
from treadle.language.exact.kinds import PYTHON_NAMES, kinds, name_of
from treadle.language.term import BIND, CONDITION, MISSING, Guard, Refusal, Term
from treadle.language.types import (
    ANY,
    BOOL,
    INT,
    NEVER,
    NULL,
    STR,
    Dict,
    Lacking,
    List,
    Record,
    Tuple,
    Type,
    members,
    union,
    without,
)


def is_dict(type: Type) -> bool:
    return all(isinstance(member, (Dict, Record)) for member in members(type)) and bool(members(type))


def display(pairs: Sequence[tuple[Term | None, Term]]) -> Term:
    """`{key: value, **other}`."""
    groups: list[list[str]] = [[]]
    merged: list[str] = []
    seen: set[object] = set()
    pairs = [(None if key is None else text_key(key), each) for key, each in pairs]
    operands: list[Term] = []
    type: Type = Record((), closed=True)
    for key, value in pairs:
        operands.extend([value] if key is None else [key, value])
        if key is None:
            if not is_dict(value.type):
                raise Refusal(f"** needs a dict, and this is {value.type}", "{**data}")
            merged.extend([_object(groups[-1]), value.at(BIND + 1)] if groups[-1] else [value.at(BIND + 1)])
            groups.append([])
            seen.clear()
        else:
            if key.type not in (STR, NEVER):
                raise Refusal(f"the keys of a JSON object are text, and this is {key.type}", '{"key": value}')
            if key.constant in seen or (seen and (key.constant is MISSING or MISSING in seen)):
                merged.append(_object(groups[-1]))
                groups.append([])
                seen.clear()
            seen.add(key.constant)
            groups[-1].append(f"{key.at(BIND + 1)}: {value.at(BIND + 1)}")
        type = _with(type, key, value)
    last = groups[-1]
    if not merged:
        return derive(_object(last), type, operands)
    if last:
        merged.append(_object(last))
    if len(merged) == 1:
        return derive(merged[0], type, operands)
    return derive(f"$merge([{', '.join(merged)}])", type, operands)


def _object(pairs: Sequence[str]) -> str:
    return f"{{{', '.join(pairs)}}}"


def _with(type: Type, key: Term | None, value: Term) -> Type:
    """The type of a dict after one more pair."""
    if isinstance(type, Lacking):
        found = value.type if key is not None else entries.values_type(value.type)
        return replace(type, value=union((type.value, found)))
    if key is not None and isinstance(key.constant, str):
        return entries.with_field(type, key.constant, value.type)
    if key is not None:
        return Dict(union((entries.values_type(type), value.type)))
    if isinstance(type, Record) and isinstance(value.type, Record) and value.type.closed:
        for each in value.type.fields:
            old = type.get(each.name) if isinstance(type, Record) else None
            kept = each.type if each.required or old is None else union((old.type, each.type))
            required = each.required or bool(old and old.required)
            type = entries.with_field(type, each.name, kept, required=required)
        return type
    if isinstance(type, Record) and not type.fields and type.closed:
        return replace(value.type, name="") if isinstance(value.type, Record) else entries.plain(value.type)
    return Dict(union((entries.values_type(type), entries.values_type(value.type))))


# --- reading


def lookup(value: Term, key: Term) -> Term:
    """`value[key]` of a dict: KeyError where it is not there, if the dict has no answer for it."""
    if isinstance(value.type, Lacking):
        return get(value, key, Term(value.type.filling, value.type.value))
    if _may_be_text(key):
        return bind({"data": value, "key": key}, _lookup_any)
    if key.type not in (STR, NEVER):
        raise Refusal(f"the keys of a JSON object are text, and this is {key.type}", "data[str(key)]")
    if isinstance(key.constant, str):
        known = entries.known(value.type, key.constant)
        if known == "absent":
            raise Refusal(
                f"there is no key {key.constant!r} here: Python raises KeyError", f"data.get({key.constant!r})"
            )
        found = field(value, key.constant, entries.field_type(value.type, key.constant))
        if known == "present":
            return replace(found, guards=value.guards)
        guard = Guard(f"$not($exists({found.text}))", quote("KeyError"), quote(repr(key.constant)))
        return replace(found, guards=(*value.guards, guard))
    type = entries.values_type(value.type)

    def build(whole: Term, name: Term) -> Term:
        found = f"$lookup({whole.text}, {name.text})"
        guard = Guard(f"$not($exists({found}))", quote("KeyError"), quoted(name.text))
        return derive(found, type, (whole, name), (guard,))

    return bind({"data": value, "key": key}, build)


def _may_be_text(key: Term) -> bool:
    """A key that is text or something else, which no dict has here: they are JSON objects."""
    return key.type != STR and "string" in kinds(key.type)


def _hashed(key: Term) -> Guard:
    """What Python raises for a key that is a list or a dict."""
    named = f"$lookup({PYTHON_NAMES}, $type({key.text}))"
    test = f'$type({key.text}) in ["array", "object"]'
    return Guard(test, quote("TypeError"), f'"unhashable type: \'" & {named} & "\'"')


def _lookup_any(whole: Term, name: Term) -> Term:
    k = name.text
    found = f"$lookup({whole.text}, {k})"
    missing = f'$type({k}) = "string" ? $not($exists({found})) : true'
    shown = (
        f'$type({k}) = "string" ? {quoted(k)} : $type({k}) = "null" ? "None" : '
        f'$type({k}) = "boolean" ? ({k} ? "True" : "False") : $string({k})'
    )
    guards = (_hashed(name), Guard(missing, quote("KeyError"), shown))
    return derive(found, entries.values_type(whole.type), (whole, name), guards)


def has_any(needle: Term, hay: Term) -> Term:
    """`key in data` of a key that may be no text."""

    def build(name: Term, whole: Term) -> Term:
        test = f'$type({name.text}) = "string" ? $exists($lookup({whole.text}, {name.text})) : false'
        return derive(test, BOOL, (name, whole), (_hashed(name),), power=CONDITION, deeper=2)

    return bind({"key": needle, "data": hay}, build)


def text_key(key: Term) -> Term:
    """A key under which something is stored. Python would take any that can be hashed, and JSON has only text."""
    if not _may_be_text(key):
        return key
    named = name_of(key.text)
    said = f'"the keys of a JSON object are text, and this is " & {named}'
    guard = Guard(f'$type({key.text}) != "string"', quote("TypeError"), said)
    return replace(key, type=STR, guards=(*key.guards, _hashed(key), guard))


def get(value: Term, key: Term, default: Term) -> Term:
    """`value.get(key, default)`."""
    if _may_be_text(key):
        return _get_any(value, key, default)
    if key.type not in (STR, NEVER):
        raise Refusal(f"the keys of a JSON object are text, and this is {key.type}", "data.get(str(key))")
    if isinstance(key.constant, str):
        known = entries.known(value.type, key.constant)
        if known == "present":
            return lookup(value, key)
        if known == "absent":
            return replace(default, guards=value.guards + default.guards)
        type = union((entries.field_type(value.type, key.constant), default.type))

        def build(whole: Term, other: Term) -> Term:
            found = field(whole, key.constant, type)
            return derive(
                choose(f"$exists({found.text})", found.text, other.text),
                type,
                (whole, other),
                power=CONDITION,
                deeper=2,
            )

        return (
            bind({"data": value, "default": default}, build)
            if not is_simple(default)
            else bind({"data": value}, lambda w: build(w, default))
        )
    type = union((entries.values_type(value.type), default.type))

    def general(whole: Term, name: Term, other: Term) -> Term:
        found = f"$lookup({whole.text}, {name.text})"
        return derive(
            choose(f"$exists({found})", found, other.text), type, (whole, name, other), power=CONDITION, deeper=2
        )

    return bind({"data": value, "key": key, "default": default}, general)


def _get_any(value: Term, key: Term, default: Term) -> Term:
    type = union((entries.values_type(value.type), default.type))

    def build(whole: Term, name: Term, other: Term) -> Term:
        found = f"$lookup({whole.text}, {name.text})"
        inner = choose(f"$exists({found})", found, other.text)
        text = choose(f'$type({name.text}) = "string"', f"({inner})", other.text)
        return derive(text, type, (whole, name, other), (_hashed(name),), power=CONDITION, deeper=3)

    return bind({"data": value, "key": key, "default": default}, build)


def keys(value: Term) -> Term:
    return derive(f"[$keys({value.at(BIND + 1)})]", List(STR), (value,))


def values(value: Term) -> Term:
    type = entries.values_type(value.type)
    keep = "[]" if maybe_array(type) else ""
    return derive(
        f"[$each({value.at(BIND + 1)}, function($_value) {{ $_value }}){keep}]", List(type), (value,), deeper=2
    )


def items(value: Term) -> Term:
    """Pairs of key and value."""

    def build(whole: Term) -> Term:
        pairs = f"$zip({keys(whole).text}, {values(whole).text})"
        return derive(pairs, List(Tuple((STR, entries.values_type(value.type)))), (whole,), deeper=3)

    return bind({"data": value}, build)


def size(value: Term) -> Term:
    return derive(f"$count($keys({value.at(BIND + 1)}))", INT, (value,), deeper=2)


def at_any(value: Term, key: Term) -> Term:
    """`value[key]` of a value of which nothing is known, with Python's own errors."""
    if key.type == STR:
        return (
            bind({"data": value, "key": key}, _any_key)
            if key.constant is MISSING
            else bind({"data": value}, lambda whole: _any_key(whole, key))
        )
    if key.type == INT:
        return bind({"items": value, "place": key}, _any_place)
    raise Refusal(f"what `[…]` does here depends on the types Any and {key.type}", 'data["key"]')


def _any_key(whole: Term, key: Term) -> Term:
    x = whole.text
    cause = (
        f'$type({x}) = "array" ? "list indices must be integers or slices, not str" : '
        f'$type({x}) = "string" ? "string indices must be integers, not \'str\'" : '
        f'"\'" & {name_of(x)} & "\' object is not subscriptable"'
    )
    kind = Guard(f'$type({x}) != "object"', quote("TypeError"), cause)
    if isinstance(key.constant, str):
        found = field(whole, key.constant, ANY)
        missing = Guard(f"$not($exists({found.text}))", quote("KeyError"), quote(repr(key.constant)))
    else:
        found = derive(f"$lookup({x}, {key.text})", ANY, (whole, key))
        missing = Guard(f"$not($exists({found.text}))", quote("KeyError"), quoted(key.text))
    return replace(found, guards=(kind, missing))


def _any_place(whole: Term, place: Term) -> Term:
    x, i = whole.text, place.text
    size = f'($type({x}) = "string" ? $length({x}) : $count({x}))'
    kind = Guard(
        f'$not($type({x}) in ["array", "string", "object"])',
        quote("TypeError"),
        f'"\'" & {name_of(x)} & "\' object is not subscriptable"',
    )
    missing = Guard(f'$type({x}) = "object"', quote("KeyError"), f"$string({i})")
    outside = Guard(
        f"{i} >= {size} or {i} < -{size}",
        quote("IndexError"),
        f'$type({x}) = "string" ? "string index out of range" : "list index out of range"',
    )
    text = f'$type({x}) = "string" ? $substring({x}, {i}, 1) : {at_index(whole, i, ANY).text}'
    return derive(text, ANY, (whole, place), (kind, missing, outside), power=CONDITION, deeper=3)


# --- changes: the new dict


def stored(value: Term, key: Term, new: Term) -> Term:
    """The dict after `value[key] = new`."""
    if _may_be_text(key):
        return bind({"key": key}, lambda name: stored(value, text_key(name), new), value, new)
    if key.type not in (STR, NEVER):
        raise Refusal(f"the keys of a JSON object are text, and this is {key.type}", "data[str(key)] = value")
    pair = f"{{{key.at(BIND + 1)}: {new.at(BIND + 1)}}}"
    type = _with(value.type, key, new)
    return replace(
        derive(f"$merge([{value.at(BIND + 1)}, {pair}])", type, (value, key, new), deeper=2),
        guards=new.guards + value.guards + key.guards,
    )


def dropped(value: Term, key: Term) -> Term:
    """The dict after `del value[key]`; a Counter does not mind a key that it lacks."""
    counter = isinstance(value.type, Lacking) and value.type.kind == "Counter"
    found = lookup(value if counter else value.typed(entries.plain(value.type)), key)

    def build(whole: Term, name: Term) -> Term:
        # `$sift` gives nothing where nothing is left.
        text = f"$merge([$sift({whole.text}, function($_value, $_key) {{ $_key != {name.text} }})])"
        return derive(text, entries.less(value.type, key), (whole, name), deeper=3)

    return replace(bind({"data": value, "key": key}, build), guards=found.guards)


def updated(value: Term, other: Term) -> Term:
    """The dict after `value.update(other)`, or `value | other`."""
    if not is_dict(other.type):
        raise Refusal(f"update() takes a dict, and this is {other.type}", 'data.update({"key": value})')
    made = replace(display([(None, value), (None, other)]), guards=value.guards + other.guards)
    return made.typed(_with(value.type, None, other)) if isinstance(value.type, Lacking) else made


def from_pairs(pairs: Term) -> Term:
    """`dict(pairs)`: the last value of a key counts, at the place of the first."""
    item = pairs.type.item if isinstance(pairs.type, List) else ANY
    if not (isinstance(item, Tuple) and len(item.items) == 2 and item.items[0] in (STR, NEVER)):
        raise Refusal("dict() takes pairs of a text and a value", "{key: value for key, value in zip(names, items)}")
    body = Term("{$_pair[0]: $_pair[1]}", Record(()))
    return derive(f"$merge({mapped(pairs, '$_pair', body)})", Dict(item.items[1]), (pairs,), deeper=4)


def from_keys(names: Term, value: Term | None) -> Term:
    """`dict.fromkeys(names, value)`."""
    item = names.type.item if isinstance(names.type, List) else ANY
    if item not in (STR, NEVER):
        raise Refusal(
            f"the keys of a JSON object are text, and these are {item}", "dict.fromkeys([str(x) for x in items])"
        )
    filling = value or Term("null", NULL)

    def build(each: Term) -> Term:
        body = Term(f"{{$_key: {each.text}}}", Record(()))
        return derive(f"$merge({mapped(names, '$_key', body)})", Dict(filling.type), (names, each), deeper=3)

    return bind({"value": filling}, build, names)


def needs(t: Term, method: str) -> Term:
    """A dict where None is possible too: Python's AttributeError at run time."""
    if NULL in members(t.type) and is_dict(without(t.type, NULL)):
        return when_none(t, "AttributeError", f"'NoneType' object has no attribute '{method}'")
    return t
