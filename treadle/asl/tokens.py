"""The tokens of a JSONata expression, for what must be seen without evaluating it.

A slash begins a regular expression where an operand is expected and divides elsewhere; `<…>` after a lambda's
parameters is its signature. Nothing inside strings, quoted names, comments, expressions and signatures is a token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<space>\s+|/\*.*?\*/)
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
    | (?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)
    | (?P<name>\$\$(?!\w)|\$?(?:[^\W\d]|[$λƛ])[\w$]*|\$)
    | (?P<operator>\?\?|\?:|\.\.|:=|!=|>=|<=|\*\*|~>|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_WORDS = frozenset({"and", "or", "in"})
_WILDCARDS = frozenset({"*", "**", "%"})
_CLOSING = frozenset({")", "]", "}"})
_FLAGS = re.compile("[im]*")
_SIGNATURE = re.compile(r"\s*<")


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is "text", "number", "name", "operator" or "regex"; `source[start:end] == text`."""

    kind: str
    text: str
    start: int
    end: int


def tokens(source: str) -> Iterator[Token]:
    """Never fails: what is not JSONata is for a parser to refuse."""
    parameters: list[bool] = []  # for each open parenthesis: is it the parameter list of a lambda?
    lambda_next = False
    operand = True
    place = 0
    while place < len(source):
        if operand and source[place] == "/" and not source.startswith("/*", place):
            end = _regex_end(source, place)
            yield Token("regex", source[place:end], place, end)
            place, operand = end, False
            continue
        found = _TOKEN.match(source, place)
        assert found is not None  # the last alternative takes any character
        kind, text, start, place = str(found.lastgroup), found.group(), place, found.end()
        if kind == "space":
            continue
        yield Token(kind, text, start, place)
        if kind == "operator":
            if text == "(":
                parameters.append(lambda_next)
            elif text == ")" and parameters and parameters.pop():
                place = _signature_end(source, place)
            operand = text not in _CLOSING and not (operand and text in _WILDCARDS)
            lambda_next = False
            continue
        lambda_next = kind == "name" and text in ("function", "λ", "ƛ")
        operand = kind == "name" and not operand and text in _WORDS


def _regex_end(source: str, place: int) -> int:
    """The index after the regular expression (and its flags) that begins at `place`."""
    depth, index = 0, place + 1
    while index < len(source):
        char = source[index]
        if char == "\\":
            index += 2
            continue
        if char == "/" and depth == 0:
            flags = _FLAGS.match(source, index + 1)
            return flags.end() if flags else index + 1
        depth += (char in "([{") - (char in ")]}")
        index += 1
    return len(source)


def _signature_end(source: str, place: int) -> int:
    """The index after the `<…>` signature that may follow a lambda's parameters."""
    opened = _SIGNATURE.match(source, place)
    if opened is None:
        return place
    depth = 1
    for index in range(opened.end(), len(source)):
        depth += (source[index] == "<") - (source[index] == ">")
        if depth == 0:
            return index + 1
    return place
