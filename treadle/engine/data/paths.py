"""Reads the text of a JSONPath into tokens: Jayway's grammar, which is what Step Functions accepts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from treadle.engine.data.errors import Malformed

JSON = Any


@dataclass(frozen=True, slots=True)
class Key:
    """`.name`, `['name']` or `['a','b']`."""

    names: tuple[str, ...]

    @property
    def single(self) -> bool:
        return len(self.names) == 1

    def __str__(self) -> str:
        return "[" + ",".join(f"'{name}'" for name in self.names) + "]"


@dataclass(frozen=True, slots=True)
class Index:
    """`[0]`, `[-1]` or `[0,2]`."""

    places: tuple[int, ...]

    @property
    def single(self) -> bool:
        return len(self.places) == 1

    def __str__(self) -> str:
        return "[" + ",".join(map(str, self.places)) + "]"


@dataclass(frozen=True, slots=True)
class Slice:
    """`[1:3]`, `[1:]` or `[:-1]`."""

    start: int | None
    stop: int | None

    def __str__(self) -> str:
        return f"[{'' if self.start is None else self.start}:{'' if self.stop is None else self.stop}]"


@dataclass(frozen=True, slots=True)
class Wildcard:
    """`.*` or `[*]`."""

    def __str__(self) -> str:
        return "[*]"


@dataclass(frozen=True, slots=True)
class Filter:
    """`[?(…)]`; `accepts(candidate, root)`."""

    accepts: Callable[[JSON, JSON], bool]

    def __str__(self) -> str:
        return "[?]"


@dataclass(frozen=True, slots=True)
class Scan:
    """`..` with the token after it."""

    token: Key | Index | Slice | Wildcard | Filter

    def __str__(self) -> str:
        return f"..{self.token}"


@dataclass(frozen=True, slots=True)
class Function:
    """`.length()` and its like; `apply(value)`."""

    name: str
    apply: Callable[[JSON], JSON]

    def __str__(self) -> str:
        return f".{self.name}()"


Token = Key | Index | Slice | Wildcard | Filter | Scan | Function


@dataclass(frozen=True, slots=True)
class Path:
    """`root` is "$" (the input), "$$" (the context object) or the name of a variable."""

    text: str
    root: str
    tokens: tuple[Token, ...]
    definite: bool

    def canonical(self, upto: int | None = None) -> str:
        """The path in brackets, `$['a'][0]`, up to a token."""
        return "$" + "".join(str(token) for token in self.tokens[:upto])


_ROOT = re.compile(r"\$\$|\$([^\W\d]\w*)|\$")
_NAME = re.compile(r"[^.\[\](\s]+")
_FUNCTION = re.compile(r"([A-Za-z]\w*)\(\s*\)")
_QUOTED = re.compile(r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*""", re.DOTALL)
_PLACES = re.compile(r"\s*-?\d+\s*(?:,\s*-?\d+\s*)*")
_SLICE = re.compile(r"\s*(-?\d+)?\s*:\s*(-?\d+)?\s*")


def parse(text: str) -> Path:
    """The tokens of a path. Malformed where it is none."""
    from treadle.engine.data.filters import function

    root = _ROOT.match(text)
    if root is None:
        raise Malformed(f"'{text}' is not a JSONPath: it must begin with '$'")
    tokens: list[Token] = []
    token: Token
    place = root.end()
    while place < len(text):
        if text.startswith("..", place):
            scanned, place = _after_scan(text, place + 2)
            tokens.append(Scan(scanned))
            continue
        if text[place] == "." and not text.startswith(".[", place):
            called = _FUNCTION.match(text, place + 1)
            if called is not None:
                tokens.append(Function(called[1], function(called[1], text)))
                place = called.end()
                continue
            token, place = _dotted(text, place + 1)
        elif text[place] in ".[":
            token, place = _bracket(text, place + (text[place] == "."))
        else:
            raise Malformed(f"'{text}' is not a JSONPath: unexpected {text[place]!r} at character {place + 1}")
        tokens.append(token)
    return Path(text, root[1] or root[0], tuple(tokens), _is_definite(tokens))


def _is_definite(tokens: list[Token]) -> bool:
    kept = [token for token in tokens if not isinstance(token, Function)]
    for place, token in enumerate(kept):
        if isinstance(token, Key):
            if not token.single and place < len(kept) - 1:
                return False
        elif not (isinstance(token, Index) and token.single):
            return False
    return True


def _after_scan(text: str, place: int) -> tuple[Key | Index | Slice | Wildcard | Filter, int]:
    if text.startswith("[", place):
        return _bracket(text, place)
    return _dotted(text, place)


def _dotted(text: str, place: int) -> tuple[Key | Wildcard, int]:
    found = _NAME.match(text, place)
    if found is None:
        raise Malformed(f"'{text}' is not a JSONPath: a name is missing at character {place + 1}")
    if found[0] == "*":
        return Wildcard(), found.end()
    return Key((found[0],)), found.end()


def _bracket(text: str, place: int) -> tuple[Key | Index | Slice | Wildcard | Filter, int]:
    from treadle.engine.data.filters import predicate

    inside = place + 1
    if text[inside:].lstrip().startswith("?"):
        accepts, end = predicate(text, text.index("?", inside) + 1)
        return Filter(accepts), _closed(text, end)
    if text[inside:].lstrip().startswith("*"):
        return Wildcard(), _closed(text, text.index("*", inside) + 1)
    quoted = _QUOTED.match(text, inside)
    if quoted is not None:
        names = [quoted[1] if quoted[1] is not None else quoted[2]]
        end = quoted.end()
        while text.startswith(",", end):
            quoted = _QUOTED.match(text, end + 1)
            if quoted is None:
                raise Malformed(f"'{text}' is not a JSONPath: a quoted name is missing at character {end + 2}")
            names.append(quoted[1] if quoted[1] is not None else quoted[2])
            end = quoted.end()
        return Key(tuple(names)), _closed(text, end)
    cut = _SLICE.match(text, inside)
    if cut is not None:
        start, stop = (None if part is None else int(part) for part in cut.groups())
        return Slice(start, stop), _closed(text, cut.end())
    places = _PLACES.match(text, inside)
    if places is not None:
        return Index(tuple(int(part) for part in places[0].split(","))), _closed(text, places.end())
    raise Malformed(f"'{text}' is not a JSONPath: cannot read the brackets at character {place + 1}")


def _closed(text: str, place: int) -> int:
    end = place + (len(text[place:]) - len(text[place:].lstrip()))
    if not text.startswith("]", end):
        raise Malformed(f"'{text}' is not a JSONPath: ']' is missing at character {end + 1}")
    return end + 1
