"""The `States.*` functions of JSONPath states, compiled to closures.

    compile("States.Format('{} of {}', $.n, $$.State.Name)")(input, context, variables)

An argument is a path, a number, `true`, `false`, `null`, a text in single quotes or another call.
https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from treadle.engine.chance import Chance
from treadle.engine.data import ambient, functions, java, jsonpath
from treadle.engine.data.errors import RUNTIME, DataError, Malformed

JSON = Any
Find = Callable[[JSON, JSON, Mapping[str, JSON]], JSON]

MAX_NESTING = 10

_CALL = re.compile(r"States\.(\w+)\s*\(")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_WORD = re.compile(r"(true|false|null)\b")
_WORDS = {"true": True, "false": False, "null": None}
_SPACE = re.compile(r"\s*")


class _Invalid(Exception):
    """Arguments a function cannot take; AWS says no more than that."""


@dataclass(frozen=True, slots=True)
class Argument:
    """`raw` is a quoted text as written, escapes included; `parsed` marks what `States.StringToJson` gave."""

    find: Find
    raw: str | None = None
    parsed: bool = False


def compile(text: str) -> Find:
    """The evaluation of a call. Malformed where it is none that Step Functions has."""
    argument, place = _Parser(text).call(0, 1)
    if text[place:].strip():
        raise Malformed(f"'{text}' is not an intrinsic function call: unexpected text at character {place + 1}")
    return argument.find


def is_call(text: str) -> bool:
    return text.startswith("States.")


class _Parser:
    """Recursive descent over one call; a method takes a place and gives the argument there and where it ends."""

    def __init__(self, text: str) -> None:
        self.text = text

    def fail(self, place: int) -> Malformed:
        return Malformed(f"'{self.text}' is not an intrinsic function call: cannot read it at character {place + 1}")

    def skip(self, place: int) -> int:
        found = _SPACE.match(self.text, place)
        return found.end() if found else place

    def call(self, place: int, depth: int) -> tuple[Argument, int]:
        found = _CALL.match(self.text, place)
        if found is None or found[1] not in _FUNCTIONS:
            raise self.fail(place)
        if depth > MAX_NESTING:
            raise Malformed(f"'{self.text}' nests more than {MAX_NESTING} intrinsic functions")
        arguments: list[Argument] = []
        place = self.skip(found.end())
        while not self.text.startswith(")", place):
            argument, place = self.argument(place, depth)
            arguments.append(argument)
            place = self.skip(place)
            if self.text.startswith(",", place):
                place = self.skip(place + 1)
                if self.text.startswith(")", place):
                    raise self.fail(place)
            elif not self.text.startswith(")", place):
                raise self.fail(place)
        return Argument(_calling(found[1], arguments), parsed=found[1] == "StringToJson"), place + 1

    def argument(self, place: int, depth: int) -> tuple[Argument, int]:
        text = self.text
        if text.startswith("States.", place):
            return self.call(place, depth + 1)
        if text.startswith("'", place):
            return self.quoted(place + 1)
        if text.startswith("$", place):
            return self.path(place)
        word = _WORD.match(text, place)
        if word is not None:
            return Argument(_constant(_WORDS[word[1]])), word.end()
        number = _NUMBER.match(text, place)
        if number is None:
            raise self.fail(place)
        return Argument(_constant(json.loads(number[0]))), number.end()

    def quoted(self, place: int) -> tuple[Argument, int]:
        """A text in single quotes; only `\\'`, `\\{`, `\\}` and `\\\\` are escapes."""
        start = place
        while place < len(self.text) and self.text[place] != "'":
            if self.text[place] == "\\":
                place += 1
                if self.text[place : place + 1] not in ("'", "{", "}", "\\"):
                    raise self.fail(place - 1)
            place += 1
        if place >= len(self.text):
            raise self.fail(start - 1)
        raw = self.text[start:place]
        return Argument(_constant(_unescaped(raw)), raw), place + 1

    def path(self, place: int) -> tuple[Argument, int]:
        start = place
        depth = 0
        quote = ""
        while place < len(self.text):
            char = self.text[place]
            if quote:
                quote = "" if char == quote else quote
            elif char in "'\"" and depth:
                quote = char
            elif char in "[(":
                depth += 1
            elif char in "])":
                if not depth:
                    break
                depth -= 1
            elif char == "," and not depth:
                break
            place += 1
        return Argument(self.reader(self.text[start:place].rstrip())), place

    def reader(self, path: str) -> Find:
        find = jsonpath.compile(path)
        named = path[1:] if path.startswith("$$") else path
        whole = self.text

        def read(input: JSON, context: JSON, variables: Mapping[str, JSON]) -> JSON:
            try:
                return find(input, context, variables)
            except jsonpath.PathError:
                problem = f"The JsonPath argument for the field '{named}' could not be found in the input"
                problem = f"{problem} '{jsonpath.dumps(input)}'"
                raise DataError(RUNTIME, f"The function '{whole}' had the following error: {problem}") from None

        return read


def _unescaped(raw: str) -> str:
    return re.sub(r"\\(.)", r"\1", raw)


def _constant(value: JSON) -> Find:
    return lambda input, context, variables: value


def _calling(name: str, arguments: Sequence[Argument]) -> Find:
    if name == "Format" and arguments and arguments[0].raw is not None:
        return _format_literal(arguments[0].raw, arguments[1:])
    function = _FUNCTIONS[name]
    finds = [argument.find for argument in arguments]
    if name == "MathAdd" and len(finds) == 2:
        return _adding(finds[0], finds[1])

    def call(input: JSON, context: JSON, variables: Mapping[str, JSON]) -> JSON:
        values = [find(input, context, variables) for find in finds]
        try:
            return function(*values)
        except (_Invalid, TypeError):  # TypeError: the wrong number of arguments
            raise _invalid(name) from None

    return call


def _adding(left: Find, right: Find) -> Find:
    """MathAdd, which every counting loop runs, without the general way's lists."""

    def add(input: JSON, context: JSON, variables: Mapping[str, JSON]) -> JSON:
        first, second = left(input, context, variables), right(input, context, variables)
        if type(first) is int and type(second) is int:
            return first + second
        try:
            return _add(first, second)
        except _Invalid:
            raise _invalid("MathAdd") from None

    return add


def _invalid(name: str) -> DataError:
    return DataError(RUNTIME, f"Invalid arguments in States.{name}")


# --- States.Format ---------------------------------------------------------------------------------------------------


def _format_literal(raw: str, arguments: Sequence[Argument]) -> Find:
    """A template known at compile time: its parts are too."""
    try:
        parts = _parts(raw)
    except _Invalid:
        parts = []
    finds = [argument.find for argument in arguments]
    show = [_json_text if argument.parsed else java.text for argument in arguments]
    if len(parts) != len(finds) + 1:

        def fail(input: JSON, context: JSON, variables: Mapping[str, JSON]) -> JSON:
            raise _invalid("Format")

        return fail

    def call(input: JSON, context: JSON, variables: Mapping[str, JSON]) -> JSON:
        made = [parts[0]]
        for find, text, part in zip(finds, show, parts[1:], strict=True):
            made.append(text(find(input, context, variables)))
            made.append(part)
        return "".join(made)

    return call


def _json_text(value: JSON) -> str:
    """How a value that came out of StringToJson is written: as JSON."""
    return jsonpath.dumps(value)


def _parts(template: str) -> list[str]:
    """The text before, between and after the `{}` of a template; a brace of its own is escaped with a backslash."""
    parts = [""]
    place = 0
    while place < len(template):
        char = template[place]
        if char == "\\" and template[place + 1 : place + 2] in ("'", "{", "}", "\\"):
            parts[-1] += template[place + 1]
            place += 2
        elif char == "{":
            if not template.startswith("{}", place):
                raise _Invalid
            parts.append("")
            place += 2
        elif char == "}":
            raise _Invalid
        else:
            parts[-1] += char
            place += 1
    return parts


def _format(template: JSON, *values: JSON) -> JSON:
    if not isinstance(template, str):
        raise _Invalid
    parts = _parts(template)
    if len(parts) != len(values) + 1:
        raise _Invalid
    made = [parts[0]]
    for value, part in zip(values, parts[1:], strict=True):
        made += (java.text(value), part)
    return "".join(made)


# --- the other functions ---------------------------------------------------------------------------------------------


def _string(value: JSON) -> str:
    if not isinstance(value, str):
        raise _Invalid
    return value


def _list(value: JSON) -> list[JSON]:
    if not isinstance(value, list):
        raise _Invalid
    return value


def _truncated(value: JSON) -> int:
    """An integer argument: AWS cuts the fraction off (of the arguments of MathAdd it does not)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _Invalid
    return int(value)


def _rounded(value: JSON) -> int:
    """`Math.round` of Java: a half goes up."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _Invalid
    return value if isinstance(value, int) else math.floor(value + 0.5)


def _partition(items: JSON, size: JSON) -> JSON:
    chunk = _truncated(size)
    if chunk < 1:
        raise _Invalid
    return functions.partition(_list(items), chunk)


def _contains(items: JSON, wanted: JSON) -> JSON:
    from treadle.engine.data.filters import same

    return any(same(item, wanted) for item in _list(items))


def _range(start: JSON, end: JSON, step: JSON) -> JSON:
    stride = _truncated(step)
    if stride == 0:
        raise _Invalid
    numbers = functions.span(_truncated(start), _truncated(end), stride)
    if numbers[functions.MAX_RANGE :]:  # the length of a range of such numbers may be too large for len()
        raise _Invalid
    return list(numbers)


def _item(items: JSON, index: JSON) -> JSON:
    place = _truncated(index)
    if not 0 <= place < len(_list(items)):
        raise _Invalid
    return items[place]


def _encode(text: JSON) -> JSON:
    if len(_string(text)) > functions.MAX_TEXT:
        raise _Invalid
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")


def _decode(text: JSON) -> JSON:
    if len(_string(text)) > functions.MAX_TEXT:
        raise _Invalid
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except binascii.Error:
        raise _Invalid from None


def _hash(text: JSON, algorithm: JSON) -> JSON:
    content = text if isinstance(text, str) else jsonpath.dumps(text)
    if len(content) > functions.MAX_TEXT or not isinstance(algorithm, str):
        raise _Invalid
    try:
        return functions.digest(content, algorithm)
    except KeyError:
        raise _Invalid from None


def _merge(left: JSON, right: JSON, deep: JSON) -> JSON:
    """Only the shallow merge exists: `true` as third argument is refused. It is a Java HashMap (recorded)."""
    if not isinstance(left, dict) or not isinstance(right, dict) or deep is True:
        raise _Invalid
    merged = {**left, **right}
    return {key: merged[key] for key in java.map_order(list(merged))}


def _parse(text: JSON) -> JSON:
    if not _string(text).strip():
        return None
    try:
        return json.loads(text, parse_constant=_constant_refused)
    except (ValueError, RecursionError):
        raise _Invalid from None


def _constant_refused(name: str) -> JSON:
    raise ValueError(name)


def _add(left: JSON, right: JSON) -> JSON:
    return _rounded(left) + _rounded(right)


def _random(start: JSON, end: JSON, *seed: JSON) -> JSON:
    low, high = _truncated(start), _truncated(end)
    if low >= high or len(seed) > 1:
        raise _Invalid
    chance = Chance(_truncated(seed[0])) if seed else ambient.CHANCE.get()
    return low + int(chance.random() * (high - low))


def _split(text: JSON, splitter: JSON) -> JSON:
    """At any character of the splitter; empty parts are dropped."""
    if not _string(splitter):
        return [text] if _string(text) else []
    return [part for part in re.split(f"[{re.escape(splitter)}]", _string(text)) if part]


_FUNCTIONS: dict[str, Callable[..., JSON]] = {
    "Array": lambda *values: list(values),
    "ArrayContains": _contains,
    "ArrayGetItem": _item,
    "ArrayLength": lambda items: len(_list(items)),
    "ArrayPartition": _partition,
    "ArrayRange": _range,
    "ArrayUnique": lambda items: java.distinct(_list(items)),
    "Base64Decode": _decode,
    "Base64Encode": _encode,
    "Format": _format,
    "Hash": _hash,
    "JsonMerge": _merge,
    "JsonToString": lambda value: jsonpath.dumps(value),
    "MathAdd": _add,
    "MathRandom": _random,
    "StringSplit": _split,
    "StringToJson": _parse,
    "UUID": lambda: ambient.CHANCE.get().uuid(),
}
