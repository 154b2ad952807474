"""A match of a pattern: whether there is one, and what it holds. It is kept as the object that `$match` gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from treadle.language.exact.building import array, bind, derive, invoke, quote, when_none
from treadle.language.exact.pattern import Pattern, translated
from treadle.language.term import BIND, CONDITION, Guard, Refusal, Term
from treadle.language.types import BOOL, INT, NULL, STR, Field, Opaque, Record, Tuple, members, optional


@dataclass(frozen=True, slots=True)
class Match(Opaque):
    """A match of a pattern. `before` groups of our own stand before the pattern's; `first` says that it starts at 0.

    With `before` 0 the whole match is `.match`; with 1 it is the first group, and with 2 the first is what stands
    before it in the text. `numbered` says that its place is kept as `start`.
    """

    source: str = ""
    flags: int = 0
    before: int = 0
    first: bool = False
    numbered: bool = False

    @property
    def pattern(self) -> Pattern:
        return translated(self.source, self.flags)

    def __str__(self) -> str:
        return "re.Match"


OPENING, CLOSING = "[$match(", ", 1), null][0]"


def _direct(t: Term) -> str | None:
    """The arguments of `$match`, where the term is a search that was not put into a variable."""
    if t.text.startswith(OPENING) and t.text.endswith(CLOSING):
        inside = t.text[len(OPENING) : -len(CLOSING)]
        return None if CLOSING in inside else inside
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
    type = _one_shape([member for member in members(t.type) if isinstance(member, Match)])
    if NULL not in members(t.type):
        return t.typed(type)
    cause = "'NoneType' object is not subscriptable" if not name else f"'NoneType' object has no attribute '{name}'"
    error = "AttributeError" if name else "TypeError"
    inside = _direct(t)
    if inside is None:
        return when_none(t, error, cause).typed(type)
    guard = Guard(f"$not($contains({inside}))", quote(error), quote(cause))
    return replace(t, text=f"$match({inside}, 1)", type=type, guards=(*t.guards, guard))


def _one_shape(found: Sequence[Match]) -> Match:
    """The type of a match of one of several patterns, where their groups are the same."""
    shapes = {(each.before, each.first, each.numbered, each.pattern.groups) for each in found}
    if len(shapes) > 1:
        raise Refusal("a match of one of two patterns, which have other groups", 're.search("[a-z]+|[0-9]+", text)')
    return found[0]


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
    if type.numbered:
        return derive(_path(t, "start"), INT, (t,))
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
