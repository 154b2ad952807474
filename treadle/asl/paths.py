"""The syntax of JSONPath, Reference Paths and intrinsic functions, as Step Functions accepts it in a definition.

Only the form is judged here; the engine evaluates. Step Functions reads paths with Jayway JsonPath.
https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

INTRINSICS = frozenset(
    {"Array", "ArrayContains", "ArrayGetItem", "ArrayLength", "ArrayPartition", "ArrayRange", "ArrayUnique"}
    | {"Base64Decode", "Base64Encode", "Format", "Hash", "JsonMerge", "JsonToString", "MathAdd", "MathRandom"}
    | {"StringSplit", "StringToJson", "UUID"}
)

_ROOT = re.compile(r"\$\$|\$[^\W\d]\w*|\$")
_NAME = re.compile(r"[^.\[\]\s()'\"]+(?:\(\))?")
_INDEX = re.compile(r"\s*-?\d+\s*")
_INDEXES = re.compile(r"\s*-?\d+\s*(?:,\s*-?\d+\s*)+|\s*-?\d*\s*:\s*-?\d*\s*(?::\s*-?\d*\s*)?")
_QUOTED = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_KEY = re.compile(rf"\s*{_QUOTED}\s*", re.DOTALL)
_KEYS = re.compile(rf"\s*{_QUOTED}\s*(?:,\s*{_QUOTED}\s*)+", re.DOTALL)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_WORD = re.compile(r"true|false|null")
_FUNCTION = re.compile(r"States\.(\w+)\s*\(")
# Inside an intrinsic's '…' only these four may follow a backslash; anything else is refused (recorded for \").
_ESCAPABLE = frozenset("'{}\\")


@dataclass(frozen=True, slots=True)
class Path:
    """`root` is "$", "$$" or "$name"; `single` says that it can only ever name one node (a Reference Path)."""

    root: str
    single: bool


def path(text: str) -> Path | None:
    """The path that `text` is, or None where it is not a JSONPath."""
    root = _ROOT.match(text)
    if root is None:
        return None
    place, single = root.end(), True
    while place < len(text):
        step = _step(text, place)
        if step is None:
            return None
        place, one = step
        single = single and one
    return Path(root.group(), single)


def _step(text: str, place: int) -> tuple[int, bool] | None:
    """One step of a path from `place`: where it ends, and whether it names a single node."""
    deep = text.startswith("..", place)
    if text[place] == ".":
        place += 2 if deep else 1
        if text.startswith("*", place):
            return place + 1, False
        if not text.startswith("[", place):
            name = _NAME.match(text, place)
            return (name.end(), not deep and not name.group().endswith("()")) if name else None
    if not text.startswith("[", place):
        return None
    end = _closing(text, place)
    if end is None:
        return None
    inside = text[place + 1 : end]
    if _INDEX.fullmatch(inside) or _KEY.fullmatch(inside):
        return end + 1, not deep
    many = inside.strip() == "*" or _INDEXES.fullmatch(inside) or _KEYS.fullmatch(inside) or _filter(inside)
    return (end + 1, False) if many else None


def _filter(inside: str) -> bool:
    return re.fullmatch(r"\s*\?\s*\(.+\)\s*", inside, re.DOTALL) is not None


def _closing(text: str, place: int) -> int | None:
    """The index of the bracket that closes the one at `place`; quotes hide brackets."""
    depth, quote = 0, ""
    index = place
    while index < len(text):
        char = text[index]
        if quote:
            index += char == "\\"
            quote = "" if char == quote and index < len(text) and text[index] == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "[(":
            depth += 1
        elif char in "])":
            depth -= 1
            if depth == 0:
                return index if char == "]" else None
        index += 1
    return None


def is_path(text: str) -> bool:
    return path(text) is not None


def is_reference(text: str, context: bool = False) -> bool:
    """A path that names one node of the input or of a variable, or, where `context`, of the context object."""
    found = path(text)
    return found is not None and found.single and (context or found.root != "$$")


def is_intrinsic(text: str) -> bool:
    end = _intrinsic(text.strip(), 0)
    return end == len(text.strip())


def _intrinsic(text: str, place: int) -> int | None:
    """The end of the intrinsic call that begins at `place`, or None."""
    call = _FUNCTION.match(text, place)
    if call is None or call.group(1) not in INTRINSICS:
        return None
    place = _blank(text, call.end())
    if text.startswith(")", place):
        return place + 1
    while True:
        end = _argument(text, place)
        if end is None:
            return None
        place = _blank(text, end)
        if text.startswith(")", place):
            return place + 1
        if not text.startswith(",", place):
            return None
        place = _blank(text, place + 1)


def _argument(text: str, place: int) -> int | None:
    if text.startswith("'", place):
        return _literal(text, place + 1)
    if text.startswith("States.", place):
        return _intrinsic(text, place)
    if text.startswith("$", place):
        end = _path_end(text, place)
        return end if is_path(text[place:end].rstrip()) else None
    plain = _NUMBER.match(text, place) or _WORD.match(text, place)
    return plain.end() if plain else None


def _literal(text: str, place: int) -> int | None:
    while place < len(text):
        char = text[place]
        if char == "'":
            return place + 1
        if char == "\\":
            if text[place + 1 : place + 2] not in _ESCAPABLE:
                return None
            place += 1
        place += 1
    return None


def _path_end(text: str, place: int) -> int:
    """Where a path that is an argument ends: at the next comma or parenthesis outside brackets."""
    while place < len(text) and text[place] not in ",)":
        if text[place] == "[":
            place = _closing(text, place) or len(text) - 1
        place += 1
    return place


def _blank(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place
