"""Sets of characters, as ranges of code points, and how a JavaScript regular expression writes them.

2.0.6's regular expressions go by UTF-16 units, other evaluators by code points. What is written here means the same to
both: a character beyond U+FFFF is spelt out on its own, or is any pair of surrogates.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from treadle.language.term import Refusal

Ranges = tuple[tuple[int, int], ...]
"""Sorted, apart from each other, both ends included."""

LAST, LAST_UNIT = 0x10FFFF, 0xFFFF
SURROGATES: Ranges = ((0xD800, 0xDFFF),)
ASTRAL: Ranges = ((0x10000, LAST),)
PAIR = r"[\ud800-\udbff][\udc00-\udfff]"
_MOST = 64
"""So many characters beyond U+FFFF are spelt out one by one."""


def merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], high)
        else:
            found.append((low, high))
    return tuple(found)


def inverted(ranges: Ranges) -> Ranges:
    found, start = [], 0
    for low, high in ranges:
        if low > start:
            found.append((start, low - 1))
        start = high + 1
    return (*found, (start, LAST)) if start <= LAST else tuple(found)


def common(a: Ranges, b: Ranges) -> Ranges:
    return inverted(merged([*inverted(a), *inverted(b)]))


def of_letters(letters: Iterable[str]) -> Ranges:
    return merged((ord(letter), ord(letter)) for letter in letters)


def size(ranges: Ranges) -> int:
    return sum(high - low + 1 for low, high in ranges)


# --- the classes of Python

SPACES: Ranges = (
    (0x09, 0x0D), (0x1C, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029),
    (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000),
)  # fmt: skip
DIGITS_ASCII = merged([(48, 57)])
WORDS_ASCII = merged([(48, 57), (65, 90), (95, 95), (97, 122)])
SPACES_ASCII = of_letters(" \t\n\r\f\v")


@functools.cache
def _cased() -> str:
    """All characters that have another case, and those that another character has as its own."""
    found = (chr(code) for code in range(0x20000) if not 0xD800 <= code <= 0xDFFF)
    return "".join(each for each in found if len({each, each.lower(), each.upper(), each.casefold()}) > 1)


def folded(ranges: Ranges, *, ascii_only: bool) -> Ranges:
    """All that `re.IGNORECASE` takes for one of the set: for `k` the Kelvin sign too, unless it is ASCII alone."""
    if ascii_only:
        swapped = []
        for low, high in ranges:
            for first, last, shift in ((65, 90, 32), (97, 122, -32)):
                if low <= last and high >= first:
                    swapped.append((max(low, first) + shift, min(high, last) + shift))
        return merged([*ranges, *swapped])
    inside = "".join(rf"\U{low:08x}-\U{high:08x}" for low, high in ranges)
    return merged([*ranges, *of_letters(re.findall(f"[{inside}]", _cased(), re.IGNORECASE))])


# --- how they are written


@dataclass(frozen=True, slots=True)
class Charset:
    """One character out of `ranges`."""

    ranges: Ranges

    @property
    def wide(self) -> bool:
        """Does it take (nearly) all characters beyond U+FFFF?"""
        return size(common(self.ranges, ASTRAL)) > size(ASTRAL) - _MOST

    @property
    def whole(self) -> bool:
        """Does it take all of them?"""
        return common(self.ranges, ASTRAL) == ASTRAL

    def written(self, *, by_units: bool = False) -> str:
        """Its text, one atom. With `by_units` either half of a pair may be taken on its own, which is shorter."""
        low = common(self.ranges, inverted(merged([*ASTRAL, *SURROGATES])))
        high = common(self.ranges, ASTRAL)
        if not high:
            return _class(low)
        if self.wide:
            outside = common(inverted(self.ranges), inverted(merged([*ASTRAL, *SURROGATES])))
            if by_units and self.whole:
                return _class(outside, negated=True)
            text = f"(?:{_class(outside, negated=True, more=_SURROGATE)}|{PAIR})"
            missing = _spelt(common(inverted(self.ranges), ASTRAL))
            return f"(?:(?!{'|'.join(missing)}){text})" if missing else text
        if size(high) > _MOST:
            raise Refusal(
                f"more than {_MOST} characters beyond U+FFFF in one set of a pattern", 're.sub("[^ -~]", "", text)'
            )
        options = [*([_class(low)] if low else []), *_spelt(high)]
        return options[0] if len(options) == 1 and len(options[0]) == 1 and low else f"(?:{'|'.join(options)})"


_SURROGATE = r"\ud800-\udfff"


def _spelt(ranges: Ranges) -> list[str]:
    return [chr(code) for low, high in ranges for code in range(low, high + 1)]


def _class(ranges: Ranges, *, negated: bool = False, more: str = "") -> str:
    if not negated and not more and size(ranges) == 1:
        return literal(chr(ranges[0][0]))
    inside = "".join(_range(low, high) for low, high in ranges) + more
    if common(ranges, WORDS_ASCII) == WORDS_ASCII:
        rest = common(ranges, inverted(WORDS_ASCII))
        if not rest and not more and not negated:
            return r"\w"
        inside = min(inside, r"\w" + "".join(_range(low, high) for low, high in rest) + more, key=len)
    if not inside:
        return r"[\s\S]" if negated else r"[^\s\S]"
    return f"[{'^' if negated else ''}{inside}]"


def _range(low: int, high: int) -> str:
    if high - low < 2:
        return "".join(_inside(code) for code in range(low, high + 1))
    ends = (r"\x20" if code == 32 else _inside(code) for code in (low, high))
    return "-".join(ends)


def _inside(code: int) -> str:
    letter = chr(code)
    if letter in "-^&":
        return f"\\{letter}"
    return letter if letter in ".*+?|" else literal(letter)


_CONTROLS = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}


def literal(letter: str) -> str:
    """One character of a pattern. A backslash is written as a number: what looks for the end of an expression in
    JSONata counts brackets, and takes any that stands behind a backslash for escaped.
    """
    if letter in _CONTROLS:
        return _CONTROLS[letter]
    if letter == "\\":
        return r"\x5c"
    if letter in "/.*+?|()[]{}$^":
        return f"\\{letter}"
    if letter == " " or (letter.isprintable() and letter not in "\"'`"):
        return letter
    return f"\\x{ord(letter):02x}" if ord(letter) < 256 else f"\\u{ord(letter):04x}"
