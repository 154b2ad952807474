"""Ways past the evaluator for what loops ask at every turn: a path, or two operands compared, added or multiplied.

Each gives what JSONata gives, or leaves it to JSONata: whatever is no plain integer or string is not decided here.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

JSON = Any
Evaluate = Callable[[Mapping[str, JSON]], JSON]

_PATH_TEXT = r"\$([^\W\d]\w*)((?:\s*\.\s*[^\W\d]\w*)*)"
_PATH = re.compile(_PATH_TEXT)
_BINARY = re.compile(
    r"(?P<left>\$[\w\s.]+?|\d{1,15})\s*(?P<operator><=|>=|!=|[-+*<>=])\s*"
    r"""(?P<right>\$[\w\s.]+|\d{1,15}|'[^'\\]*'|"[^"\\]*")"""
)
_WORDS = frozenset({"and", "or", "in", "true", "false", "null"})
_EXACT = 2**53  # further from zero JavaScript has no whole numbers of its own

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}


def shortcut(text: str, general: Evaluate, functions: frozenset[str]) -> Evaluate:
    """The evaluation of an expression: `general` where there is no shorter way. `functions` are no variables."""
    path = _path(text, functions)
    if path is not None:
        return _reference(*path, general)
    binary = _BINARY.fullmatch(text)
    if binary is None:
        return general
    left, right = (_operand(binary[side], functions) for side in ("left", "right"))
    if left is None or right is None:
        return general
    return _operation(_OPERATORS[binary["operator"]], left, right, general)


def _path(text: str, functions: frozenset[str]) -> tuple[str, tuple[str, ...]] | None:
    """The variable and the keys of a path through objects."""
    found = _PATH.fullmatch(text)
    if found is None or found[1] in functions:
        return None
    keys = tuple(key.strip() for key in found[2].split(".")[1:])
    return None if _WORDS.intersection(keys) else (found[1], keys)


def _reference(name: str, keys: tuple[str, ...], general: Evaluate) -> Evaluate:
    """A path through objects gives the very object that it finds."""

    def look_up(variables: Mapping[str, JSON]) -> JSON:
        try:
            value = variables[name]
            for key in keys:
                if type(value) is not dict:
                    return general(variables)
                value = value[key]
        except KeyError:
            return general(variables)
        return value

    return look_up


def _operand(text: str, functions: frozenset[str]) -> Evaluate | None:
    """A path or a literal. Where a path finds nothing it raises KeyError or TypeError."""
    if text.isdigit():
        number = int(text)
        return lambda variables: number
    if text[0] in "'\"":
        string = text[1:-1]
        return lambda variables: string
    path = _path(text.strip(), functions)
    if path is None:
        return None
    name, keys = path

    def find(variables: Mapping[str, JSON]) -> JSON:
        value = variables[name]
        for key in keys:
            value = value[key]
        return value

    return find


def _operation(operate: Callable[[Any, Any], Any], left: Evaluate, right: Evaluate, general: Evaluate) -> Evaluate:
    equality = operate in (operator.eq, operator.ne)

    def evaluate(variables: Mapping[str, JSON]) -> JSON:
        try:
            one, other = left(variables), right(variables)
        except (KeyError, TypeError):
            return general(variables)
        if type(one) is int and type(other) is int:
            if -_EXACT <= one <= _EXACT and -_EXACT <= other <= _EXACT:
                answer = operate(one, other)
                if -_EXACT <= answer <= _EXACT:
                    return answer
        elif equality and type(one) is str and type(other) is str:
            return operate(one, other)
        return general(variables)

    return evaluate
