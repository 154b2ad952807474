"""`"%s-%d" % (a, b)` and `"{}-{}".format(a, b)`, taken apart into the parts of an f-string."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import replace

from treadle.language.exact.building import bare, bind, constant_text, field
from treadle.language.exact.formatting import joined, shown, text_of, with_spec
from treadle.language.exact.numbers import is_whole
from treadle.language.term import Formatted, Refusal, Term
from treadle.language.types import ANY, NEVER, Record, Tuple, members

_PLACE = re.compile(r"%(?:\(([^)]*)\))?([-+ 0#]*)(\d+|\*)?(?:\.(\d+|\*))?[hlL]?(.)?", re.DOTALL)


def percent(template: Term, values: Sequence[Term], *, one: bool) -> Term:
    """`template % values` of a constant template; `one` where the value is no tuple."""
    if not isinstance(template.constant, str):
        raise Refusal("the template of % must be a constant", 'f"{x}"')
    places = [each for each in _PLACE.finditer(template.constant) if each[5] != "%"]
    if one and any(each[1] is not None for each in places):
        return bind({"values": values[0]}, lambda whole: _filled(template.constant, _by_name(places, whole)))
    if one and (values[0].type == ANY or any(isinstance(each, Tuple) for each in members(values[0].type))):
        raise Refusal("how many values % gets depends on what this is", 'f"{x}"')
    if len(values) != len(places):
        few = f"the template takes {len(places)} values, and is given {len(values)}: Python raises TypeError"
        raise Refusal(few, 'f"{x}"')
    return _guarded(values, _filled(template.constant, [bare(each) for each in values]))


def _guarded(operands: Sequence[Term], made: Term) -> Term:
    """What the operands raise comes first, in their order."""
    return replace(made, guards=(*(guard for each in operands for guard in each.guards), *made.guards))


def _by_name(places: Sequence[re.Match[str]], whole: Term) -> list[Term]:
    if not isinstance(whole.type, Record):
        raise Refusal("%(name)s needs a dict whose keys are known", 'f"{x}"')
    found = []
    for place in places:
        named = None if place[1] is None else whole.type.get(place[1])
        if named is None or not named.required:
            raise Refusal(f"the dict does not certainly have the key {place[1]!r}", 'f"{x}"')
        found.append(field(whole, named.name, named.type))
    return found


def _filled(template: str, values: Sequence[Term]) -> Term:
    parts: list[str | Formatted] = []
    done, following = 0, iter(values)
    for place in _PLACE.finditer(template):
        parts.append(template[done : place.start()])
        done = place.end()
        if place[5] == "%" and place[0] == "%%":
            parts.append("%")
        else:
            parts.append(Formatted(_one(place, next(following))))
    return joined([*parts, template[done:]])


def _one(place: re.Match[str], value: Term) -> Term:
    """One place: the flags of `%` in the words of a format specification."""
    _, flags, width, places, kind = place.groups()
    if value.type == NEVER:
        return text_of(value)
    if "*" in (width, places) or "#" in flags or kind is None:
        raise Refusal(f"{place[0]!r} of a template cannot be kept exact", 'f"{x:>8}"')
    sign = "+" if "+" in flags else " " if " " in flags else ""
    if kind in "sr":
        text = text_of(value) if kind == "s" else shown(value)
        spec = f"{'<' if '-' in flags else '>'}{width}" if width else ""
        cut = f".{places}" if places is not None else ""
        return with_spec(text, spec + cut) if spec or cut else text
    if kind in "diu":
        if not is_whole(value.type) or places is not None:
            raise Refusal(f"{place[0]!r} of a value of type {value.type} cannot be kept exact", 'f"{int(x)}"')
        kind = "d"
    elif kind not in "fFxXo":
        raise Refusal(f"{place[0]!r} of a template cannot be kept exact", 'f"{x:.2f}"')
    align = "<" if "-" in flags else ""
    zero = "0" if "0" in flags and not align else ""
    return with_spec(value, f"{align}{sign}{zero}{width or ''}{f'.{places}' if places is not None else ''}{kind}")


# --- format


def filled(template: Term, items: Sequence[Term], named: Mapping[str, Term]) -> Term:
    """`template.format(…)` of a constant template."""
    if not isinstance(template.constant, str):
        raise Refusal("the template of format() must be a constant", 'f"{x}"')
    operands = [*items, *named.values()]
    try:
        pieces = list(string.Formatter().parse(template.constant))
    except ValueError as error:
        raise Refusal(f"{template.constant!r} is no template: {error}", 'f"{x}"') from None
    names = [name for _, name, _, _ in pieces if name is not None]

    def build(*values: Term) -> Term:
        return joined(_parts(pieces, dict(zip([*range(len(items)), *named], values, strict=True))))

    if len(set(names) - {""}) == len([name for name in names if name]):
        return _guarded(operands, build(*map(bare, operands)))
    return bind({f"value{place}": each for place, each in enumerate(operands)}, build)


def _parts(
    pieces: Sequence[tuple[str, str | None, str | None, str | None]], held: Mapping[int | str, Term]
) -> list[str | Formatted]:
    parts: list[str | Formatted] = []
    automatic = 0
    for literal, name, spec, conversion in pieces:
        parts.append(literal)
        if name is None:
            continue
        if name == "":
            name, automatic = str(automatic), automatic + 1
        key = int(name) if name.isdigit() else name
        if key not in held:
            raise Refusal(f"format() is given no {{{name}}} that can be read here", 'f"{x}"')
        if spec and "{" in spec:
            raise Refusal("a format specification must be a constant", 'f"{x:.2f}"')
        parts.append(Formatted(held[key], conversion or "", constant_text(spec or "")))
    return parts
