"""Reads the tokens of a JSONata expression: which variables it names, and what Step Functions' 2.0.6 has no word for.

The evaluator speaks JSONata 2.2. `??` and `?:` came after 2.0.6, where both are syntax errors; `$$` is refused by Step
Functions. All three may stand inside strings, quoted names, comments, regular expressions and lambda signatures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<space>\s+|/\*.*?\*/)
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
    | (?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)
    | (?P<name>\$?(?:[^\W\d]|[$λƛ])[\w$]*|\$)
    | (?P<operator>\?\?|\?:|\.\.|:=|!=|>=|<=|\*\*|~>|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_WORDS = frozenset({"and", "or", "in"})
_WILDCARDS = frozenset({"*", "**", "%"})
_CLOSING = frozenset({")", "]", "}"})


@dataclass(frozen=True, slots=True)
class Scan:
    """`variables` without their `$`, as they appear; `root` where `$$` is used; `refused` an operator of 2.2."""

    variables: tuple[str, ...]
    root: bool
    refused: str | None


def scan(source: str) -> Scan:
    """Never fails: what is not JSONata is for the parser to refuse."""
    variables: dict[str, None] = {}
    root = False
    parameters: list[bool] = []  # for each open parenthesis: is it the parameter list of a lambda?
    lambda_next = False
    operand = True  # is an operand expected here? Then "/" begins a regular expression
    place = 0
    while place < len(source):
        if operand and source[place] == "/" and not source.startswith("/*", place):
            place, operand = _regex_end(source, place), False
            continue
        found = _TOKEN.match(source, place)
        assert found is not None  # the last alternative takes any character
        kind, text, place = found.lastgroup, found.group(), found.end()
        if kind == "space":
            continue
        if kind == "operator":
            if text in ("??", "?:"):
                return Scan(tuple(variables), root, text)
            if text == "(":
                parameters.append(lambda_next)
            elif text == ")" and parameters and parameters.pop():
                place = _signature_end(source, place)
            operand = text not in _CLOSING and not (operand and text in _WILDCARDS)
            lambda_next = False
            continue
        if kind == "name" and text[0] == "$":
            root = root or text == "$$"
            if text not in ("$", "$$"):
                variables[text[1:]] = None
        lambda_next = kind == "name" and text in ("function", "λ", "ƛ")
        operand = kind == "name" and not operand and text in _WORDS
    return Scan(tuple(variables), root, None)


def _regex_end(source: str, place: int) -> int:
    """The index after the regular expression (and its flags) that begins at `place`."""
    depth = 0
    for index in range(place + 1, len(source)):
        char = source[index]
        escaped = (index - len(source[:index].rstrip("\\"))) % 2 == 1
        if escaped:
            continue
        if char == "/" and depth == 0:
            flags = re.compile("[im]*").match(source, index + 1)
            return flags.end() if flags else index + 1
        depth += (char in "([{") - (char in ")]}")
    return len(source)


def _signature_end(source: str, place: int) -> int:
    """The index after the `<…>` signature that may follow a lambda's parameters."""
    opened = re.compile(r"\s*<").match(source, place)
    if opened is None:
        return place
    depth = 1
    for index in range(opened.end(), len(source)):
        depth += (source[index] == "<") - (source[index] == ">")
        if depth == 0:
            return index + 1
    return place
