"""The methods of Python's values that have a rule, and what those that change their receiver leave behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from treadle.language.exact import (
    characters,
    comprehensions,
    counters,
    dicts,
    edits,
    encoding,
    entries,
    lists,
    matches,
    passing,
    sets,
    slices,
    strings,
    templates,
)
from treadle.language.exact.building import bind, constant_text, derive, element, item_type, quote, when_none
from treadle.language.exact.functions import Argument, Call
from treadle.language.exact.kinds import name_of
from treadle.language.exact.objects import OPAQUE
from treadle.language.term import CONDITION, Change, Function, Guard, Item, Refusal, Term
from treadle.language.types import (
    ANY,
    NEVER,
    NULL,
    STR,
    Dict,
    List,
    Opaque,
    Record,
    Tuple,
    members,
    union,
)

NONE = Term("null", NULL, constant=None)

Method = Callable[[Term, Call], Term]


def method(receiver: Term, name: str, items: Sequence[Item | Function], keywords: dict[str, Argument]) -> Term:
    passing.asked(receiver, name, items, keywords)
    if matches.present(receiver) is not None:
        receiver = matches.certain(receiver, name)
    if NULL in members(receiver.type) and receiver.type != NULL:
        receiver = when_none(receiver, "AttributeError", f"'NoneType' object has no attribute '{name}'")
    given = Call(name, items, keywords)
    if receiver.type == NEVER:
        return derive("null", NEVER, (receiver,))
    table, kind = _table(receiver)
    if receiver.type == ANY:
        found = _of_any(receiver, name, given)
        if found is not None:
            return found
    if name not in table:
        raise _no_method(kind, name)
    made = table[name](receiver, given)
    return made


_OF_DIGITS = 'text != "" and all([letter in "0123456789" for letter in text])'
_OF_LETTERS = 'text != "" and all([letter in "{}" for letter in text.lower()])'
_INSTEAD = {
    "title": '" ".join([word[:1].upper() + word[1:].lower() for word in text.split(" ")])',
    "capitalize": "text[:1].upper() + text[1:].lower()",
    "casefold": "text.lower()",
    "swapcase": "text.upper()",
    "isdigit": _OF_DIGITS,
    "isdecimal": _OF_DIGITS,
    "isnumeric": _OF_DIGITS,
    "isupper": "text == text.upper() and text != text.lower()",
    "islower": "text == text.lower() and text != text.upper()",
    "isalpha": _OF_LETTERS.format("abcdefghijklmnopqrstuvwxyz"),
    "isalnum": _OF_LETTERS.format("abcdefghijklmnopqrstuvwxyz0123456789"),
    "isidentifier": _OF_LETTERS.format("abcdefghijklmnopqrstuvwxyz_"),
    "isprintable": "text.isascii()",
    "expandtabs": 'text.replace("\\t", "        ")',
    "translate": 'text.replace("a", "b")',
    "format_map": 'f"{x}"',
}
_USUAL = {
    "str": "text.strip()",
    "list": "[*items, x]",
    "dict": "data.get(key)",
    "int": "abs(x)",
    "float": "round(price, 2)",
}


def _no_method(kind: str, name: str) -> Refusal:
    if name in _LISTS or name in _DICTS or name in ("add", "discard"):
        return Refusal(
            f"{name}() changes what it is called on, which must be a variable that certainly is a list or dict",
            "items = [*items, x]",
        )
    why = ": annotate the value as a str, list or dict" if kind == "Any" else ""
    instead = _INSTEAD.get(name) or _USUAL.get(kind, "data[key]")
    return Refusal(f"{kind} has no method {name}() that can be kept exact{why}", instead)


def _table(t: Term) -> tuple[dict[str, Method], str]:
    if t.type == STR:
        return TEXT, "str"
    if isinstance(t.type, (List, Tuple)):
        return LIST, "list" if isinstance(t.type, List) else "tuple"
    if counters.is_counter(t.type):
        return DICT | counters.METHODS, "Counter"
    if dicts.is_dict(t.type):
        return DICT, "dict"
    if isinstance(t.type, Opaque):
        return OPAQUE.get(t.type.name, {}), t.type.name
    return {}, str(t.type)


def has_method(t: Term, name: str) -> bool:
    """True where a value of the type has a method of the name that has a rule."""
    return name in _table(t)[0]


def _of_any(t: Term, name: str, given: Call) -> Term | None:
    """A method that only one kind has, of a value of which nothing is known: AttributeError for the others."""
    owners = {"string": (TEXT, STR), "object": (DICT, Dict(ANY))}
    found = [(kind, table, type) for kind, (table, type) in owners.items() if name in table]
    if len(found) != 1 or name in LIST:
        return None
    kind, table, type = found[0]

    def build(value: Term) -> Term:

        cause = f"\"'\" & {name_of(value.text)} & \"' object has no attribute '{name}'\""
        guard = Guard(f'$type({value.text}) != "{kind}"', quote("AttributeError"), cause)
        made = table[name](value.typed(type), given)
        return replace(made, guards=(guard, *made.guards))

    return bind({"value": t}, build)


# --- str


def _texts(names: str, least: int, lower: Callable[..., Term]) -> Method:
    """A method of str whose arguments are text."""

    def apply(t: Term, given: Call) -> Term:
        terms = given.terms(least, names)
        for each in terms:
            if each is not None and each.type != STR:
                raise Refusal(f"{given.name}() takes text, and this is {each.type}", f"text.{given.name}(str(x))")
        return lower(t, *terms)

    return apply


def _any_types(names: str, least: int, lower: Callable[..., Term]) -> Method:
    return lambda t, given: lower(t, *given.terms(least, names))


def _find(t: Term, given: Call, *, strict: bool = False, last: bool = False) -> Term:
    (needle,) = given.terms(1, "sub")
    if needle.type != STR:
        raise Refusal(f"{given.name}() takes text, and this is {needle.type}", f"text.{given.name}(str(x))")
    return (strings.find_last if last else strings.find)(t, needle, strict=strict)


def _split(t: Term, given: Call, *, right: bool = False) -> Term:
    separator, limit = given.terms(0, "sep maxsplit")
    if separator is not None and separator.type not in (STR, NULL):
        raise Refusal(f"split() takes text, and this is {separator.type}", 'text.split(",")')
    return strings.split(t, separator, limit, right=right)


def _splitlines(t: Term, given: Call) -> Term:
    (keep,) = given.terms(0, "keepends")
    if keep is None or keep.constant is False:
        return strings.lines(t)
    if keep.constant is not True:
        raise Refusal("splitlines() needs a constant keepends", "text.splitlines()")
    return characters.kept_lines(t)


def _format(t: Term, given: Call) -> Term:
    keywords = {}
    for name, value in given.keywords.items():
        if isinstance(value, Function):
            raise Refusal("format() takes values", 'f"{x}"')
        keywords[name] = value
    items = Call("format", given.items, {})
    return templates.filled(t, items.terms(0, " ".join(f"value{at}" for at in range(len(given.items)))), keywords)


def _replace(t: Term, given: Call) -> Term:
    old, new, count = given.terms(2, "old new count")
    if old.type != STR or new.type != STR:
        raise Refusal("replace() takes text", 'text.replace("a", "b")')
    return strings.swap(t, old, new, count)


def _join(t: Term, given: Call) -> Term:
    (items,) = given.terms(1, "items")
    return strings.joined(t, lists.iterate(items))


def _pad(name: str) -> Method:
    return lambda t, given: strings.padded(
        name, t, *(given.terms(1, "width fill") if name != "zfill" else (*given.terms(1, "width"), None))
    )


def _strip(where: str) -> Method:
    return lambda t, given: strings.strip(t, given.terms(0, "chars")[0], where)


TEXT: dict[str, Method] = {
    "upper": _texts("", 0, strings.upper),
    "lower": _texts("", 0, strings.lower),
    "strip": _strip("both"),
    "lstrip": _strip("left"),
    "rstrip": _strip("right"),
    "split": _split,
    "rsplit": lambda t, given: _split(t, given, right=True),
    "splitlines": _splitlines,
    "replace": _replace,
    "startswith": _any_types("prefix", 1, strings.starts),
    "endswith": _any_types("suffix", 1, strings.ends),
    "removeprefix": _texts("prefix", 1, strings.without_prefix),
    "removesuffix": _texts("suffix", 1, strings.without_suffix),
    "find": _find,
    "index": lambda t, given: _find(t, given, strict=True),
    "rfind": lambda t, given: _find(t, given, last=True),
    "rindex": lambda t, given: _find(t, given, strict=True, last=True),
    "count": _texts("sub", 1, strings.occurrences),
    "partition": _texts("sep", 1, strings.partition),
    "join": _join,
    "format": _format,
    "center": lambda t, given: characters.centred(t, *given.terms(1, "width fill")),
    "ljust": _pad("ljust"),
    "rjust": _pad("rjust"),
    "zfill": _pad("zfill"),
    "isspace": lambda t, given: strings.is_all(t, f"^[{strings.SPACE}]+$"),
    "isascii": lambda t, given: strings.is_all(t, r"^[\x00-\x7f]*$"),
    "encode": lambda t, given: encoding.encode(t, *given.terms(0, "encoding")),
}


# --- list, dict


def _index(t: Term, given: Call) -> Term:
    return lists.index_of(t, *given.terms(1, "value start stop"))


LIST: dict[str, Method] = {
    "index": _index,
    "count": lambda t, given: lists.count_of(t, *given.terms(1, "value")),
    "copy": lambda t, given: t,
}


def _get(t: Term, given: Call) -> Term:
    key, default = given.terms(1, "key default")
    return dicts.get(t, key, default or NONE)


DICT: dict[str, Method] = {
    "get": _get,
    "keys": lambda t, given: _as_iterator(dicts.keys(t)),
    "values": lambda t, given: _as_iterator(dicts.values(t)),
    "items": lambda t, given: _as_iterator(dicts.items(t)),
    "copy": lambda t, given: t,
}


def _as_iterator(t: Term) -> Term:
    return t.typed(Opaque("view", (item_type(t.type),)))


# --- methods that change their receiver


def change(receiver: Term, name: str, items: Sequence[Item | Function], keywords: dict[str, Argument]) -> Change | None:
    passing.asked(receiver, name, items, keywords)
    given = Call(name, items, keywords)
    if isinstance(receiver.type, List) and name in _LISTS:
        return _once(_LISTS[name](receiver, given))
    if counters.is_counter(receiver.type) and name in counters.CHANGES:
        return _once(counters.CHANGES[name](receiver, given))
    if counters.is_deque(receiver.type) and name in counters.DEQUE:
        return _once(counters.DEQUE[name](receiver, given))
    if sets.is_set(receiver.type) and name in sets.CHANGES:
        return _once(sets.CHANGES[name](receiver, given))
    if dicts.is_dict(receiver.type) and name in _DICTS:
        return _once(_DICTS[name](receiver, given))
    return None


def _once(made: Change) -> Change:
    """The guards stand at the receiver alone: both values come of the same moment."""
    return replace(made, result=replace(made.result, guards=()))


def _none(receiver: Term) -> Change:
    return Change(receiver, NONE)


def _extended(t: Term, given: Call) -> Change:
    (more,) = given.terms(1, "items")
    return _none(lists.concatenate(t, lists.iterate(more)))


def _popped(t: Term, given: Call) -> Change:
    rest, item = edits.popped(t, *given.terms(0, "index"))
    return Change(rest, item)


def _sorted(t: Term, given: Call) -> Change:
    key, reverse = given.arguments(0, "", only="key reverse")
    return _none(comprehensions.ordered(t, key if isinstance(key, Function) else None, reverse))


_LISTS: dict[str, Callable[[Term, Call], Change]] = {
    "append": lambda t, given: _none(edits.appended(t, *given.terms(1, "item"))),
    "extend": _extended,
    "insert": lambda t, given: _none(edits.inserted(t, *given.terms(2, "index item"))),
    "pop": _popped,
    "remove": lambda t, given: _none(edits.removed(t, *given.terms(1, "item"))),
    "sort": _sorted,
    "reverse": lambda t, given: _none(slices.turned(t)),
    "clear": lambda t, given: _none(replace(lists.display([]), guards=t.guards)),
}


def _updated(t: Term, given: Call) -> Change:
    (other,) = Call("update", given.items, {}).terms(0, "other")
    changed = t
    if other is not None:
        changed = dicts.updated(t, other if dicts.is_dict(other.type) else dicts.from_pairs(lists.iterate(other)))
    for name, value in given.keywords.items():
        if isinstance(value, Function):
            raise Refusal("update() takes values", 'data["key"] = value')
        changed = dicts.stored(changed, constant_text(name), value)
    return _none(changed)


def _dict_popped(t: Term, given: Call) -> Change:
    """No dict answers here for a key that it lacks: KeyError, also of a Counter."""
    key, default = given.terms(1, "key default")
    whole = t.typed(entries.plain(t.type))
    found = dicts.lookup(whole, key) if default is None else dicts.get(whole, key, default)
    guards = found.guards if default is None or key.type != STR else t.guards + key.guards
    rest = replace(dicts.dropped(whole, key), guards=guards)
    return Change(rest.typed(t.type) if whole.type != t.type else rest, found)


def _set_default(t: Term, given: Call) -> Change:
    key, default = given.terms(1, "key default")
    key, filling = dicts.text_key(key), default or NONE
    kept = dicts.display([(key, filling), (None, t)])
    # A new key comes last: the old dict goes in front once more.
    whole = bind({"data": t, "key": key, "value": filling}, lambda d, k, v: _defaulted(d, k, v))
    return Change(whole, replace(dicts.get(t, key, filling), guards=kept.guards))


def _defaulted(data: Term, key: Term, value: Term) -> Term:
    stored = dicts.stored(data, key, value)
    test = f"$exists($lookup({data.text}, {key.text}))"
    type = union((data.type, stored.type))
    return derive(f"{test} ? {data.text} : {stored.text}", type, (data, key, value), power=CONDITION, deeper=3)


def _last_popped(t: Term, given: Call) -> Change:
    given.terms(0)

    def last(data: Term) -> Term:
        guard = Guard(f"{data.text} = {{}}", quote("KeyError"), quote(repr("popitem(): dictionary is empty")))
        key = f"$_last := [$keys({data.text})][-1]"
        text = f"({key}; [$_last, {element(Term(f'$lookup({data.text}, $_last)', entries.values_type(data.type)))}])"
        return derive(text, Tuple((STR, entries.values_type(data.type))), (data,), (guard,), deeper=4)

    def rest(data: Term) -> Term:
        kept = f"$sift({data.text}, function($_value, $_key) {{ $_key != $_last }})"
        text = f"($_last := [$keys({data.text})][-1]; $merge([{kept}]))"
        return derive(text, Dict(entries.values_type(data.type)), (data,), deeper=4)

    pair = bind({"data": t}, last)
    return Change(replace(bind({"data": t}, rest), guards=pair.guards), pair)


_DICTS: dict[str, Callable[[Term, Call], Change]] = {
    "update": _updated,
    "pop": _dict_popped,
    "setdefault": _set_default,
    "popitem": _last_popped,
    "clear": lambda t, given: _none(Term("{}", Record((), closed=True), guards=t.guards)),
}
