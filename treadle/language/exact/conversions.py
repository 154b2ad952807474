"""The built-ins that make a value of one kind from another: `len`, `str`, `int`, `float`, `list`, `dict`, `set` …"""

from __future__ import annotations

from dataclasses import replace

from treadle.language.exact import (
    chance,
    characters,
    dicts,
    dynamic,
    encoding,
    entries,
    formatting,
    integers,
    lists,
    numbers,
    strings,
    time,
)
from treadle.language.exact.building import bind, constant_text, derive, integer, invoke, is_array, quote, when_none
from treadle.language.exact.comparison import INFINITE
from treadle.language.exact.equality import number
from treadle.language.exact.functions import Call, rule
from treadle.language.exact.kinds import name_of
from treadle.language.exact.truth import truth
from treadle.language.term import CONDITION, MISSING, Function, Guard, Refusal, Term
from treadle.language.types import ANY, BOOL, FLOAT, INT, NULL, STR, Opaque, Tuple, members, without


@rule("len")
def _len(given: Call) -> Term:
    (t,) = given.terms(1, "x")
    if NULL in members(t.type) and t.type != NULL:
        t = when_none(t, "TypeError", "object of type 'NoneType' has no len()")
    if isinstance(t.type, Tuple):
        return replace(integer(len(t.type.items)), guards=t.guards)
    if t.type == STR:
        return strings.length(t)
    if is_array(t.type):
        if isinstance(t.type, Opaque) and t.type.name == "iterator":
            raise Refusal("an iterator has no len(): Python raises TypeError", "len(list(xs))")
        return invoke("count", t, type=INT)
    if dicts.is_dict(t.type):
        return dicts.size(t)
    if t.type == ANY:
        return bind({"value": t}, _len_any)
    if t.type == encoding.BYTES:
        return characters.bytes_of(t)
    raise Refusal(f"object of type {t.type} has no len()", "len(items)")


def _len_any(t: Term) -> Term:
    x = t.text
    guard = Guard(
        f'$type({x}) in ["null", "boolean", "number"]',
        quote("TypeError"),
        f'"object of type \'" & {name_of(x)} & "\' has no len()"',
    )
    text = f'$type({x}) = "string" ? $length({x}) : $type({x}) = "object" ? $count($keys({x})) : $count({x})'
    return derive(text, INT, (t,), (guard,), power=CONDITION, deeper=3)


@rule("str")
def _str(given: Call) -> Term:
    (t,) = given.terms(0, "object")
    if t is None:
        return strings.EMPTY
    if t.type == chance.UUID:
        return t.typed(STR)  # type: ignore[no-any-return]
    if t.type == time.DATETIME:
        return time.written(t, " ")
    return formatting.text_of(t)


@rule("chr")
def _chr(given: Call) -> Term:
    return characters.chr_(*given.terms(1, "i"))


@rule("ord")
def _ord(given: Call) -> Term:
    return characters.ord_(*given.terms(1, "c"))


@rule("repr")
def _repr(given: Call) -> Term:
    return formatting.shown(given.terms(1, "x")[0])


@rule("format")
def _format(given: Call) -> Term:
    t, spec = given.terms(1, "value spec")
    if spec is not None and not isinstance(spec.constant, str):
        raise Refusal("format() needs a constant specification", 'format(x, ".2f")')
    return formatting.text_of(t) if spec is None or not spec.constant else formatting.with_spec(t, spec.constant)


@rule("bool")
def _bool(given: Call) -> Term:
    (t,) = given.terms(0, "x")
    return Term("false", BOOL, constant=False) if t is None else truth(t)


INTEGER = rf"^[{strings.SPACE}]*[+-]?[0-9]+(_[0-9]+)*[{strings.SPACE}]*$"
DECIMAL = (
    rf"^[{strings.SPACE}]*[+-]?([0-9]+(_[0-9]+)*(\.([0-9]+(_[0-9]+)*)?)?|\.[0-9]+(_[0-9]+)*)"
    rf"([eE][+-]?[0-9]+(_[0-9]+)*)?[{strings.SPACE}]*$"
)


@rule("int")
def _int(given: Call) -> Term:
    t, base = given.terms(0, "x base")
    if t is None:
        return integer(0)
    if base is not None and base.constant != 10:
        if t.type != STR or not isinstance(base.constant, int):
            raise Refusal("int() with a base takes a text and a constant base", "int(text, 16)")
        return integers.of_text(t, base.constant)
    if t.type == STR:
        return bind({"text": t}, _int_of_text)
    if NULL in members(t.type) and numbers.is_numeric(without(t.type, NULL)):
        t = when_none(t, "TypeError", numbers.message(lambda: int(None)))  # type: ignore[call-overload]
    if not numbers.is_numeric(t.type):
        said = '"int() argument must be a string, a bytes-like object or a real number, not \'" & {} & "\'"'
        made = dynamic.parsed(t, lambda x: bind({"text": x}, _int_of_text), numbers.truncate, said.format)
        if made is not None:
            return made
        raise Refusal(f"int() of {t.type} depends on what it is", "int(text)")
    return numbers.truncate(t)


def _int_of_text(t: Term) -> Term:
    cause = f'"invalid literal for int() with base 10: " & {formatting.quoted(t.text)}'
    guard = Guard(f"$not($contains({t.text}, /{INTEGER}/))", quote("ValueError"), cause)
    return derive(f'$number($replace({t.text}, /[^0-9-]/, ""))', INT, (t,), (guard,), deeper=2)


@rule("float")
def _float(given: Call) -> Term:
    (t,) = given.terms(0, "x")
    if t is None:
        return Term("0.0", FLOAT, constant=0.0)
    if isinstance(t.constant, str) and t.constant.strip().lower().lstrip("+-") in ("inf", "infinity"):
        return Term("null", INFINITE[float(t.constant) > 0])
    if t.type == STR:
        return bind({"text": t}, _float_of_text)
    if NULL in members(t.type) and numbers.is_numeric(without(t.type, NULL)):
        t = when_none(t, "TypeError", numbers.message(lambda: float(None)))  # type: ignore[arg-type]
    if not numbers.is_numeric(t.type):
        said = '"float() argument must be a string or a real number, not \'" & {} & "\'"'
        made = dynamic.parsed(
            t, lambda x: bind({"text": x}, _float_of_text), lambda x: number(x).typed(FLOAT), said.format
        )
        if made is not None:
            return made
        raise Refusal(f"float() of {t.type} depends on what it is", "float(text)")

    constant = float(t.constant) if isinstance(t.constant, (int, float)) else MISSING
    return replace(number(t), type=FLOAT, constant=constant)


def _float_of_text(t: Term) -> Term:
    cause = f'"could not convert string to float: " & {formatting.quoted(t.text)}'
    guard = Guard(f"$not($contains({t.text}, /{DECIMAL}/))", quote("ValueError"), cause)
    # JSONata wants a digit on either side of the point.
    clean = f'$replace({t.text}, /[^0-9eE.-]/, "")'
    whole = f'$replace({clean}, /\\.($|[eE])/, "$1")'
    text = f'$number($replace({whole}, /^(-?)\\./, function($_m) {{ $_m.groups[0] & "0." }}))'
    return derive(text, FLOAT, (t,), (guard,), deeper=5)


@rule("list")
def _list(given: Call) -> Term:
    (t,) = given.terms(0, "items")
    return lists.display([]) if t is None else lists.iterate(t)


@rule("tuple")
def _tuple(given: Call) -> Term:
    (t,) = given.terms(0, "items")
    if t is None:
        return lists.display([], fixed=True)
    if isinstance(t.type, Tuple):
        return t  # type: ignore[no-any-return]
    raise Refusal("a tuple of unknown length is not supported", "list(xs)")


@rule("dict")
def _dict(given: Call) -> Term:
    keywords = []
    for name, value in given.keywords.items():
        if isinstance(value, Function):
            raise Refusal("dict() takes values", '{"key": value}')
        keywords.append((constant_text(name), value))
    (t,) = Call("dict", given.items, {}).terms(0, "items")
    if t is None:
        return dicts.display(keywords)
    base = t.typed(entries.plain(t.type)) if dicts.is_dict(t.type) else dicts.from_pairs(lists.iterate(t))
    return base if not keywords else dicts.display([(None, base), *keywords])


@rule("dict.fromkeys")
def _fromkeys(given: Call) -> Term:
    items, value = given.terms(1, "items value")
    return dicts.from_keys(lists.iterate(items), value)
