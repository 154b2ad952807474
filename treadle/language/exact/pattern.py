"""A regular expression of Python's as one of JavaScript's, which is what JSONata 2.0.6 has. What differs is refused.

Both try alternatives from left to right and go back in the same order, so what they match is the same as long as each
atom takes the same characters. They part where a group is captured in one turn of a repetition and not in the next,
where what is repeated may be empty, and in what a reference to a group that took no part matches.
"""

from __future__ import annotations

import functools
import re
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from treadle.language.exact.charset import (
    ASTRAL,
    DIGITS_ASCII,
    SPACES,
    SPACES_ASCII,
    WORDS_ASCII,
    Charset,
    Ranges,
    common,
    folded,
    inverted,
    literal,
    merged,
)
from treadle.language.term import Refusal

ALLOWED = re.IGNORECASE | re.MULTILINE | re.DOTALL | re.VERBOSE | re.ASCII | re.UNICODE
Node = tuple[Any, Any]


class Wide(Refusal):
    """What `re.ASCII` makes exact: JSONata does not know all digits and letters of Unicode."""


@dataclass(frozen=True, slots=True)
class Group:
    """A capturing group. `optional`: it may take no part. `empty`: it may take part and hold nothing."""

    name: str
    optional: bool
    empty: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """`text` is what stands between the slashes, an operand of what is put around it; `alone` where nothing is.

    `empty`: the whole may match the empty text. `looks`: it looks ahead.
    """

    text: str
    alone: str
    groups: tuple[Group, ...]
    empty: bool
    looks: bool


@dataclass(frozen=True, slots=True)
class Next:
    """What may follow a place of the pattern: these characters, or (`end`) nothing that looks at the text."""

    ranges: Ranges
    end: bool


@functools.lru_cache(maxsize=256)
def translated(source: str, flags: int, *, whole: bool = False) -> Pattern:
    """The pattern; `whole` where it must reach the end of the text, as `fullmatch` has it."""
    try:
        tree = parser.parse(source, flags)
    except (re.error, RecursionError) as error:
        raise Refusal(f"{source!r} is no pattern: {error}", 're.search("[a-z]+", text)') from None
    flags = tree.state.flags
    if flags & ~ALLOWED:
        raise Refusal(
            f"{re.RegexFlag(flags & ~ALLOWED)!r} is not supported", 're.search("[a-z]+", text, re.IGNORECASE)'
        )
    found: dict[int, Group] = {}
    looks = _examine(list(tree), flags, frozenset(), False, found)
    names = {number: name for name, number in tree.state.groupdict.items()}
    groups = tuple(
        Group(names.get(number, ""), found[number].optional, found[number].empty) for number in sorted(found)
    )
    text = _sequence(list(tree), flags, Next((), not whole), looks)
    alone = text[3:-1] if _is_choice(list(tree)) else text
    return Pattern(text, alone, groups, tree.getwidth()[0] == 0, looks)


# --- what is refused, and what is known of the groups


def _examine(
    nodes: Sequence[Node], flags: int, certain: frozenset[int], optional: bool, found: dict[int, Group]
) -> bool:
    """Notes the groups; refuses what JavaScript does otherwise. True where something looks around itself."""
    looks = False
    for op, given in nodes:
        name = str(op)
        match name:
            case "BRANCH":
                for each in given[1]:
                    looks |= _examine(list(each), flags, certain, True, found)
            case "SUBPATTERN":
                number, add, drop, inner = given
                looks |= _examine(list(inner), (flags | add) & ~drop, certain, optional, found)
                if number is not None:
                    found[number] = Group("", optional, inner.getwidth()[0] == 0)
            case "MAX_REPEAT" | "MIN_REPEAT":
                looks |= _examine_repeat(given, flags, certain, optional, found)
            case "ASSERT" | "ASSERT_NOT":
                looks = True
                _examine_look(name, given, flags, certain, optional, found)
            case "GROUPREF":
                if given not in certain:
                    raise Refusal(
                        "a reference to a group that may take no part matches nothing in Python, and the empty text "
                        "in JSONata",
                        r're.search(r"([a-z])\1", text)',
                    )
                if flags & re.IGNORECASE:
                    raise Refusal(
                        "a reference to a group ignores case in Python's own way", r're.search(r"([a-z])\1", text)'
                    )
            case "POSSESSIVE_REPEAT" | "ATOMIC_GROUP" | "GROUPREF_EXISTS":
                kind = {"P": "a possessive quantifier", "A": "an atomic group", "G": "a condition on a group"}[name[0]]
                raise Refusal(f"{kind} is not part of JSONata's patterns", 're.search("[a-z]+", text)')
        certain |= _certain((op, given))
    return looks


def _examine_repeat(given: Any, flags: int, certain: frozenset[int], optional: bool, found: dict[int, Group]) -> bool:
    low, high, inner = given
    within: dict[int, Group] = {}
    looks = _examine(list(inner), flags, certain, optional or low == 0, within)
    found.update(within)
    if str(inner[0][0]) in ("AT", "ASSERT", "ASSERT_NOT") and len(inner) == 1:
        raise Refusal("a quantifier of what takes no characters", 're.search("[a-z]+", text)')
    if inner.getwidth()[0] == 0:
        raise Refusal("a quantifier of what may be empty is not the same in JSONata", 're.search("([a-z]+)?", text)')
    if high > 1 and set(within) - _certain_of(list(inner)):
        raise Refusal(
            "a group that takes part in one turn of a repetition and not in the next: JSONata forgets it",
            're.search("(?:a|b)+", text)',
        )
    return looks


def _examine_look(
    name: str, given: Any, flags: int, certain: frozenset[int], optional: bool, found: dict[int, Group]
) -> None:
    direction, inner = given
    if direction < 0:
        raise Refusal("looking behind is not part of JSONata's patterns everywhere", 're.search("a(b)", text)')
    within: dict[int, Group] = {}
    _examine(list(inner), flags, certain, optional, within)
    if within and name == "ASSERT_NOT":
        raise Refusal("a group in (?!…) holds nothing", 're.search("a(?!b)", text)')
    found.update(within)


def _certain(node: Node) -> frozenset[int]:
    """The groups that took part wherever the node matched."""
    op, given = node
    match str(op):
        case "SUBPATTERN":
            own = frozenset() if given[0] is None else frozenset([given[0]])
            return own | _certain_of(list(given[3]))
        case "MAX_REPEAT" | "MIN_REPEAT" if given[0] > 0:
            return _certain_of(list(given[2]))
        case "ASSERT":
            return _certain_of(list(given[1]))
        case "BRANCH":
            return frozenset.intersection(*(_certain_of(list(each)) for each in given[1]))
    return frozenset()


def _certain_of(nodes: Sequence[Node]) -> frozenset[int]:
    return frozenset().union(*map(_certain, nodes))


# --- the text


def _sequence(nodes: Sequence[Node], flags: int, following: Next, looks: bool) -> str:
    texts: list[str] = []
    for node in reversed(nodes):
        text = _written(node, flags, following, looks)
        # `\1` before a digit would be another number
        texts.append(f"(?:{text})" if str(node[0]) == "GROUPREF" and texts and texts[-1][:1].isdigit() else text)
        following = _before(node, flags, following)
    return "".join(reversed(texts))


def _written(node: Node, flags: int, following: Next, looks: bool) -> str:
    op, given = node
    match str(op):
        case "LITERAL" if not flags & re.IGNORECASE:
            return literal(chr(given))
        case "LITERAL" | "NOT_LITERAL" | "IN" | "ANY":
            return Charset(_ranges(node, flags)).written()
        case "BRANCH":
            inner = "|".join(_sequence(list(each), flags, following, looks) for each in given[1])
            return f"(?:{inner})"
        case "SUBPATTERN":
            number, add, drop, inner = given
            text = _alternatives(list(inner), (flags | add) & ~drop, following, looks)
            return f"({text})" if number is not None else f"(?:{text})"
        case "MAX_REPEAT" | "MIN_REPEAT":
            return _repeat(str(op), given, flags, following, looks)
        case "ASSERT" | "ASSERT_NOT":
            mark = "?=" if str(op) == "ASSERT" else "?!"
            return f"({mark}{_alternatives(list(given[1]), flags, Next((), True), True)})"
        case "GROUPREF":
            return f"\\{given}"
        case "AT":
            return _place(str(given), flags)
    raise Refusal(f"{str(op).lower()} is not part of JSONata's patterns", 're.search("[a-z]+", text)')


def _alternatives(nodes: Sequence[Node], flags: int, following: Next, looks: bool) -> str:
    """The inside of a group, where `|` needs no parentheses of its own."""
    text = _sequence(nodes, flags, following, looks)
    return text[3:-1] if _is_choice(nodes) else text


def _is_choice(nodes: Sequence[Node]) -> bool:
    return len(nodes) == 1 and str(nodes[0][0]) == "BRANCH"


def _repeat(op: str, given: Any, flags: int, following: Next, looks: bool) -> str:
    low, high, inner = given
    endless = high == parser.MAXREPEAT
    counts = {(0, True): "*", (1, True): "+"}.get((low, endless))
    if counts is None:
        counts = "?" if (low, high) == (0, 1) else f"{{{low},}}" if endless else f"{{{low},{high}}}"
        counts = f"{{{low}}}" if low == high else counts
    lazy = "?" if op == "MIN_REPEAT" else ""
    if len(inner) == 1 and str(inner[0][0]) in ("LITERAL", "NOT_LITERAL", "IN", "ANY"):
        found = Charset(_ranges(inner[0], flags))
        # A run of all units is a run of all characters where it cannot stop between the two halves of one.
        apart = not common(following.ranges, ASTRAL) and not looks and (not lazy or not following.end)
        return found.written(by_units=endless and low < 2 and apart) + counts + lazy
    again = _before((parser.SUBPATTERN, (None, 0, 0, inner)), flags, Next((), False)) if high > 1 else Next((), False)
    behind = Next(merged([*following.ranges, *again.ranges]), following.end)
    text = _sequence(list(inner), flags, behind, looks)
    single = len(inner) == 1 and str(inner[0][0]) in ("SUBPATTERN", "BRANCH", "GROUPREF")
    return (text if single else f"(?:{text})") + counts + lazy


_PLACES = {
    "AT_BEGINNING": "^", "AT_BEGINNING_STRING": "^", "AT_END": r"(?=\n?$)", "AT_END_STRING": "$", "AT_BOUNDARY": r"\b",
}  # fmt: skip


def _place(name: str, flags: int) -> str:
    if name == "AT_NON_BOUNDARY":
        raise Refusal(r"\B is not the same in JSONata", r're.search(r"\bword\b", text, re.ASCII)')
    if name == "AT_BOUNDARY" and not flags & re.ASCII:
        raise Wide(r"\b goes by all letters of Unicode, of which JSONata knows those of ASCII")
    if flags & re.MULTILINE and name == "AT_BEGINNING":
        return r"(?<![^\n])"  # JavaScript's own flag takes other characters than \n for the end of a line, too
    if flags & re.MULTILINE and name == "AT_END":
        return r"(?=\n|$)"
    return _PLACES[name]


# --- characters


def _before(node: Node, flags: int, following: Next) -> Next:
    """What may follow a place that stands before the node."""
    op, given = node
    match str(op):
        case "LITERAL" | "NOT_LITERAL" | "IN" | "ANY":
            return Next(_ranges(node, flags), False)
        case "BRANCH":
            ways = [_before_all(list(each), flags, following) for each in given[1]]
            return Next(merged(each for way in ways for each in way.ranges), any(way.end for way in ways))
        case "SUBPATTERN":
            return _before_all(list(given[3]), (flags | given[1]) & ~given[2], following)
        case "MAX_REPEAT" | "MIN_REPEAT":
            first = _before_all(list(given[2]), flags, following)
            if given[0] > 0:
                return first
            return Next(merged([*first.ranges, *following.ranges]), first.end or following.end)
        case "AT" if str(given) in ("AT_END", "AT_END_STRING"):
            return Next(((10, 10),), False)
        case "AT":
            return following
    return Next(merged([(0, 0x10FFFF)]), True)


def _before_all(nodes: Sequence[Node], flags: int, following: Next) -> Next:
    for node in reversed(nodes):
        following = _before(node, flags, following)
    return following


def _ranges(node: Node, flags: int) -> Ranges:
    """The characters that an atom takes."""
    op, given = node
    match str(op):
        case "ANY":
            return merged([(0, 0x10FFFF)]) if flags & re.DOTALL else inverted(((10, 10),))
        case "LITERAL":
            return _fold(((given, given),), flags)
        case "NOT_LITERAL":
            return inverted(_fold(((given, given),), flags))
    negated = str(given[0][0]) == "NEGATE"
    found: list[tuple[int, int]] = []
    for kind, value in given[1:] if negated else given:
        match str(kind):
            case "LITERAL":
                found.append((value, value))
            case "RANGE":
                found.append(value)
            case _:
                found.extend(_category(str(value), flags))
    ranges = _fold(merged(found), flags)
    return inverted(ranges) if negated else ranges


def _fold(ranges: Ranges, flags: int) -> Ranges:
    return folded(ranges, ascii_only=bool(flags & re.ASCII)) if flags & re.IGNORECASE else ranges


def _category(name: str, flags: int) -> Ranges:
    word = name.removeprefix("CATEGORY_").removeprefix("NOT_")
    known = {"SPACE": SPACES_ASCII, "DIGIT": DIGITS_ASCII, "WORD": WORDS_ASCII}
    if flags & re.ASCII:
        found = known[word]
    elif word == "SPACE":
        found = SPACES
    else:
        said = {"DIGIT": r"\d takes the digits of all scripts", "WORD": r"\w takes the letters of all scripts"}[word]
        raise Wide(f"{said}, of which JSONata knows those of ASCII")
    return inverted(found) if "_NOT_" in name else found
