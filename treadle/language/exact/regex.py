"""`re`: searching, taking apart and replacing by a constant pattern. A match is kept as the object that `$match` gives.

`$match`, `$replace` and `$split` fail on a pattern that matches the empty text (D1004). Where only the first match
counts, the rest of the text is made part of it: `/^([\\s\\S]*?)(a*)[\\s\\S]*/`, and its groups are counted on.
"""

from __future__ import annotations

import re
import re._parser as parser  # type: ignore[import-not-found]
from dataclasses import dataclass, replace
from typing import Any

from treadle.language.exact.building import (
    applied,
    array,
    bare,
    bind,
    derive,
    lambda_text,
    mapped,
    over_items,
    quote,
    when_none,
)
from treadle.language.exact.kinds import named
from treadle.language.exact.matches import Match
from treadle.language.exact.pattern import Group, Pattern, translated
from treadle.language.term import BIND, Function, Guard, Refusal, Term
from treadle.language.types import (
    ANY,
    INT,
    NULL,
    STR,
    List,
    Opaque,
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


def find_each(source: str, flags: int, t: Term, *, placed: bool = False) -> Term:
    """`re.finditer`; where the program asks for places, each match is given its own, counted in characters."""
    found = _not_empty(source, flags, "finditer")
    t = subject(t, "finditer")
    type = Opaque("iterator", (Match("match", (), source, flags, numbered=placed),))
    if not placed:
        return derive(f"[$match({t.at(BIND + 1)}, /{found.alone}/)]", type, (t,), deeper=3)

    def build(text: Term) -> Term:
        arguments = f"{text.text}, /{found.alone}/"
        before = "$count($_all) = 0 ? 0 : $_all[-1].start + $length($_all[-1].match)"
        start = f'{{"start": ({before}) + $length($_pieces[$_at])}}'
        each = f"function($_all, $_m, $_at) {{ $append($_all, [$merge([$_m, {start}])]) }}"
        return derive(
            f"($_pieces := $split({arguments}); $reduce([$match({arguments})], {each}, []))", type, (text,), deeper=7
        )

    return bind({"text": t}, build)


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
