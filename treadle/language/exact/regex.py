"""`re`: searching, taking apart and replacing by a constant pattern. A match is kept as the object that `$match` gives.

`$match`, `$replace` and `$split` fail on a pattern that matches the empty text (D1004). Where only the first match
counts, the rest of the text is made part of it: `/^([\\s\\S]*?)(a*)[\\s\\S]*/`, and its groups are counted on.
"""

from __future__ import annotations

import re
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from treadle.language.exact.building import (
    applied,
    array,
    bare,
    bind,
    derive,
    invoke,
    lambda_text,
    mapped,
    over_items,
    quote,
    when_none,
)
from treadle.language.exact.kinds import named
from treadle.language.exact.pattern import Group, Pattern, translated
from treadle.language.term import BIND, CONDITION, Function, Guard, Refusal, Term
from treadle.language.types import (
    ANY,
    BOOL,
    INT,
    NULL,
    STR,
    Field,
    List,
    Opaque,
    Record,
    Tuple,
    Type,
    members,
    optional,
)


@dataclass(frozen=True, slots=True)
class Regex(Opaque):
    """A compiled pattern of a local variable; all of it is known while compiling."""

    source: str = ""
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Match(Opaque):
    """A match of a pattern. `before` groups of our own stand before the pattern's; `first` says that it starts at 0.

    With `before` 0 the whole match is `.match`; with 1 it is the first group, and with 2 the first is what stands
    before it in the text.
    """

    source: str = ""
    flags: int = 0
    before: int = 0
    first: bool = False

    @property
    def pattern(self) -> Pattern:
        return translated(self.source, self.flags)

    def __str__(self) -> str:
        return "re.Match"


def regex(source: str, flags: int) -> Term:
    """`re.compile(…)`."""
    translated(source, flags)
    return Term(quote(source), Regex("pattern", (), source, flags))


def subject(t: Term, function: str) -> Term:
    """The text to search in; Python's TypeError where it is none."""
    if t.type == STR:
        return t
    if t.type != ANY and STR not in members(t.type):
        raise Refusal(f"re.{function}() takes text, and this is {t.type}", f're.{function}("[a-z]+", text)')
    if set(members(t.type)) == {STR, NULL}:
        return when_none(t, "TypeError", "expected string or bytes-like object, got 'NoneType'")

    def build(value: Term) -> Term:
        told = f'"expected string or bytes-like object, got \'" & {named(value)} & "\'"'
        return replace(value, guards=(Guard(f'$type({value.text}) != "string"', quote("TypeError"), told),))

    return bind({"value": t}, build).typed(STR)


# --- one match


def first(function: str, source: str, flags: int, t: Term, *, placed: bool = False) -> Term:
    """`re.search`, `re.match` and `re.fullmatch`; `placed` where the program asks for the start of matches."""
    found = translated(source, flags, whole=function == "fullmatch")
    before = 0
    if function == "fullmatch":
        text = f"^{found.text}$"
    elif function == "match":
        text, before = (f"^({found.alone})[\\s\\S]*", 1) if found.empty else (f"^{found.text}", 0)
    elif found.empty or placed:
        if found.looks:
            raise Refusal("where a pattern that looks ahead first matches is not known", 're.search("[a-z]+", text)')
        text, before = f"^([\\s\\S]*?)({found.alone})[\\s\\S]*", 2
    else:
        text = found.alone
    type = Match("match", (), source, flags, before, function != "search")
    return derive(
        f"[$match({t.at(BIND + 1)}, /{text}/, 1), null][0]", optional(type), (subject(t, function),), deeper=3
    )


_OPENING, _CLOSING = "[$match(", ", 1), null][0]"


def _direct(t: Term) -> str | None:
    """The arguments of `$match`, where the term is a search that was not put into a variable."""
    if t.text.startswith(_OPENING) and t.text.endswith(_CLOSING):
        inside = t.text[len(_OPENING) : -len(_CLOSING)]
        return None if _CLOSING in inside else inside
    return None


def present(t: Term) -> Term | None:
    """Whether there is a match: `re.search(…) is not None`. None where the term is no match."""
    if not any(isinstance(member, Match) for member in members(t.type)):
        return None
    if any(not isinstance(member, Match) for member in members(t.type) if member != NULL):
        return None
    inside = _direct(t)
    if inside is not None:
        return derive(f"$contains({inside})", BOOL, (t,), deeper=0)
    if NULL not in members(t.type):
        return Term("true", BOOL, constant=True, guards=t.guards)
    return derive(f"{t.at(41)} != null", BOOL, (t,), power=40)


def certain(t: Term, name: str) -> Term:
    """The match, with Python's error where there is none; `name` is the attribute asked for."""
    if NULL not in members(t.type):
        return t
    (type,) = (member for member in members(t.type) if member != NULL)
    cause = "'NoneType' object is not subscriptable" if not name else f"'NoneType' object has no attribute '{name}'"
    error = "AttributeError" if name else "TypeError"
    inside = _direct(t)
    if inside is None:
        return when_none(t, error, cause)
    guard = Guard(f"$not($contains({inside}))", quote(error), quote(cause))
    return replace(t, text=f"$match({inside}, 1)", type=type, guards=(*t.guards, guard))


# --- what a match holds


def _type(t: Term) -> Match:
    assert isinstance(t.type, Match)
    return t.type


def _path(t: Term, name: str) -> str:
    return f"{t.text if t.power >= 75 else '(' + t.text + ')'}.{name}"


def whole(t: Term) -> Term:
    before = _type(t).before
    return derive(_path(t, "match" if before == 0 else f"groups[{before - 1}]"), STR, (t,))


def group(t: Term, number: int, default: Term | None = None) -> Term:
    """`m.group(number)`: None, or `default`, where the group took no part."""
    if number == 0:
        return whole(t)
    type = _type(t)
    if number < 0 or number > len(type.pattern.groups):
        raise Refusal("no such group: Python raises IndexError", 're.findall("[a-z]+", text)')
    found = type.pattern.groups[number - 1]
    text = _path(t, f"groups[{number - 1 + type.before}]")
    if not found.optional:
        return derive(text, STR, (t,))
    if found.empty:
        raise Refusal(
            "whether this group took part and is empty, or took no part, is the same in JSONata",
            're.findall("[a-z]+", text)',
        )
    other = "null" if default is None else default.text

    def build(match: Term) -> Term:
        path = _path(match, f"groups[{number - 1 + type.before}]")
        held = STR if default is not None and default.type == STR else optional(STR)
        return derive(f"{path} ? {path} : {other}", held, (match,), power=CONDITION)

    return bind({"match": t}, build)


def number_of(t: Term, key: Term) -> int:
    """The number of the group that `m[key]` or `m.group(key)` means."""
    groups = _type(t).pattern.groups
    if isinstance(key.constant, int) and not isinstance(key.constant, bool):
        if 0 <= key.constant <= len(groups):
            return key.constant
    elif isinstance(key.constant, str):
        for number, each in enumerate(groups, 1):
            if each.name == key.constant:
                return number
    else:
        raise Refusal("the group must be a constant", 're.findall("[a-z]+", text)')
    raise Refusal("no such group: Python raises IndexError", 're.findall("[a-z]+", text)')


def pick(t: Term, keys: Sequence[Term]) -> Term:
    """`m.group(…)`: the whole, one group, or a tuple of several."""
    if not keys:
        return whole(t)
    if len(keys) == 1:
        return group(t, number_of(t, keys[0]))
    numbers = [number_of(t, key) for key in keys]
    return bind({"match": t}, lambda match: _tuple([group(match, number) for number in numbers], match))


def _tuple(terms: Sequence[Term], operand: Term) -> Term:
    return derive(
        array([each.at(BIND + 1) for each in terms]), Tuple(tuple(each.type for each in terms)), (operand, *terms)
    )


def groups(t: Term, default: Term | None) -> Term:
    if default is not None and default.type not in (STR, NULL):
        raise Refusal("groups() takes a text for what took no part", 're.findall("[a-z]+", text)')
    numbers = range(1, len(_type(t).pattern.groups) + 1)
    return bind({"match": t}, lambda match: _tuple([group(match, number, default) for number in numbers], match))


def group_dict(t: Term) -> Term:
    named = [(each.name, number) for number, each in enumerate(_type(t).pattern.groups, 1) if each.name]

    def build(match: Term) -> Term:
        terms = [(name, group(match, number)) for name, number in named]
        text = ", ".join(f"{quote(name)}: {each.at(BIND + 1)}" for name, each in terms)
        type = Record(tuple(Field(name, each.type) for name, each in terms), closed=True)
        return derive(f"{{{text}}}", type, (match, *(each for _, each in terms)))

    return bind({"match": t}, build)


def start(t: Term) -> Term:
    """`m.start()`. `index` counts UTF-16 units, so it is the length of what stands before the match."""
    type = _type(t)
    if type.first:
        return Term("0", INT, guards=t.guards, constant=0)
    if type.before < 2:
        raise Refusal("where this match starts is not known in characters", "text.find(word)")
    return invoke("length", derive(_path(t, "groups[0]"), STR, (t,)), type=INT)


def end(t: Term) -> Term:
    if _type(t).first:
        return invoke("length", whole(t), type=INT)

    def build(match: Term) -> Term:
        return derive(f"{start(match).text} + $length({whole(match).text})", INT, (match,), power=50, deeper=3)

    return bind({"match": t}, build)


def span(t: Term) -> Term:
    return bind({"match": t}, lambda match: _tuple([start(match), end(match)], match))


# --- all matches


def _not_empty(source: str, flags: int, function: str) -> Pattern:
    found = translated(source, flags)
    if found.empty:
        raise Refusal(
            f"re.{function}() by a pattern that matches the empty text: JSONata fails on it (D1004)",
            f're.{function}("[a-z]+", {"lambda m: new, " if function in ("sub", "subn") else ""}text)',
        )
    return found


def find_all(source: str, flags: int, t: Term) -> Term:
    """`re.findall`: texts, or tuples where there are several groups. A group that took no part is empty."""
    found = _not_empty(source, flags, "findall")
    t = subject(t, "findall")
    calls = f"$match({t.at(BIND + 1)}, /{found.alone}/)"
    if not found.groups:
        return derive(f"[{calls}.match]", List(STR), (t,), deeper=3)
    if len(found.groups) == 1 and not found.groups[0].optional:
        return derive(f"[{calls}.groups[0]]", List(STR), (t,), deeper=3)
    types: Type = STR if len(found.groups) == 1 else Tuple((STR,) * len(found.groups))
    texts = [_held(number, each) for number, each in enumerate(found.groups)]
    body = Term(texts[0] if len(texts) == 1 else array(texts), types)
    return derive(mapped(Term(calls, List(STR)), "$_m", body), List(types), (t,), deeper=5)


def _held(number: int, group: Group) -> str:
    path = f"$_m.groups[{number}]"
    return f'{path} ? {path} : ""' if group.optional else path


def find_each(source: str, flags: int, t: Term) -> Term:
    """`re.finditer`."""
    found = _not_empty(source, flags, "finditer")
    t = subject(t, "finditer")
    type = Match("match", (), source, flags)
    return derive(f"[$match({t.at(BIND + 1)}, /{found.alone}/)]", Opaque("iterator", (type,)), (t,), deeper=3)


# --- replacing


def substitute(source: str, flags: int, new: Term | Function, t: Term, count: int) -> Term:
    """`re.sub` by a constant template or a lambda."""
    found = _not_empty(source, flags, "sub")
    t = subject(t, "sub")
    limit = f", {count}" if count else ""
    if isinstance(new, Term):
        template = _template(new, source, flags, found)
        return derive(f"$replace({t.at(BIND + 1)}, /{found.alone}/, {quote(template)}{limit})", STR, (t, new), deeper=3)

    def build(text: Term) -> Term:
        names, body = applied(new, [Match("match", (), source, flags)])
        if body.type != STR:
            raise Refusal(
                f"the function of re.sub() must give text, and gives {body.type}", 're.sub("[a-z]+", new, text)'
            )
        matches = Term(f"$match({text.text}, /{found.alone}/{limit})", List(STR))
        guards = over_items(matches, names[0], body.guards)
        made = f"$replace({text.text}, /{found.alone}/, {lambda_text(names, body)}{limit})"
        return derive(made, STR, (text, bare(body)), guards, deeper=4)

    return bind({"text": t}, build)


def _template(new: Term, source: str, flags: int, found: Pattern) -> str:
    """A template of Python's as JSONata's: `\\1` is `$1`, and a dollar sign is two."""
    if not isinstance(new.constant, str):
        raise Refusal(
            "a replacement that is no constant may hold escapes, which re.sub() reads: give it as a function",
            're.sub("[a-z]+", lambda m: new, text)',
        )
    try:
        parsed = parser.parse_template(new.constant, re.compile(source, flags))
    except (re.error, IndexError) as error:
        raise Refusal(f"{new.constant!r} is no template: {error}", 're.sub("[a-z]+", "-", text)') from None
    text = ""
    for piece in _pieces(parsed):
        if isinstance(piece, str):
            text += piece.replace("$", "$$")
        elif piece > 9 or len(found.groups) > 9:
            raise Refusal("a replacement in a pattern of more than 9 groups", 're.sub("[a-z]+", lambda m: new, text)')
        else:
            text += f"${piece}"
    return text


def _pieces(parsed: Any) -> list[str | int]:
    """The texts and group numbers of what `parse_template` gives; its form has changed in Python 3.12."""
    if isinstance(parsed, list):
        return [each for each in parsed if each != ""]
    groups, literals = parsed
    pieces: list[str | int] = [each or "" for each in literals]
    for at, number in groups:
        pieces[at] = number
    return pieces


def substitute_counted(source: str, flags: int, new: Term | Function, t: Term, count: int) -> Term:
    """`re.subn`: the text and how often."""

    def build(text: Term) -> Term:
        made = substitute(source, flags, new, text, count)
        limit = f", {count}" if count else ""
        times = f"$count($match({text.text}, /{translated(source, flags).alone}/{limit}))"
        return derive(f"[{made.at(BIND + 1)}, {times}]", Tuple((STR, INT)), (made,), deeper=2)

    return bind({"text": subject(t, "subn")}, build)


# --- taking apart


def split(source: str, flags: int, t: Term, limit: int) -> Term:
    """`re.split`: what groups hold stands between the pieces."""
    found = _not_empty(source, flags, "split")
    t = subject(t, "split")
    if not found.groups and not limit:
        return derive(f"$split({t.at(BIND + 1)}, /{found.alone}/)", List(STR), (t,), deeper=3)
    if any(each.optional for each in found.groups):
        raise Refusal("re.split() gives None for a group that takes no part", 're.split("[,;]", text)')

    def build(text: Term) -> Term:
        some = f", {limit}" if limit else ""
        arguments = f"{text.text}, /{found.alone}/"
        pieces = f"$_pieces := $split({arguments}); $_found := [$match({arguments}{some})]"
        if not limit:
            return derive(f"({pieces}; {_woven('$_pieces')})", List(STR), (text,), deeper=6)
        first = f"$_first := [$filter($_pieces, function($_piece, $_at) {{ $_at < {limit} }})]"
        rest = f"$substring({text.text}, $length($join($_first) & $join($_found.match)))"
        parts = f"$_parts := $count($_found) < {limit} ? $_pieces : [$_first, {rest}]"
        kept = "$_parts" if not found.groups else _woven("$_parts")
        return derive(f"({pieces}; {first}; {parts}; {kept})", List(STR), (text,), deeper=7)

    return bind({"text": t}, build)


def _woven(pieces: str) -> str:
    """Each piece, and behind it the groups of the match that ended it."""
    return (
        f"$reduce([0..$count({pieces}) - 1], function($_all, $_at) {{ "
        f"$append($_all, $append({pieces}[$_at], $_found[$_at].groups)) }}, [])"
    )
