"""Reading JSONata text: which variables it names, and putting another expression in their place."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping

from treadle.language.steps import Expr, Value, expressions

_TOKEN = re.compile(
    r"""(?P<skip>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|/\*.*?\*/|\s+)"""
    r"""|(?P<variable>\$[^\W]\w*)|(?P<word>[^\W\d]\w*)|(?P<number>\d[\w.]*)|(?P<mark>.)""",
    re.DOTALL,
)
_REGEX = re.compile(r"/(?:\\.|[^/\\\n])+/[im]*")
_PLAIN = re.compile(r"\$\w+(?:\.\w+|\[\d+\]|\[\$\w+\])*|-?\d+(?:\.\d+)?|\"[^\"\\]*\"|true|false|null")
_TIGHT = ("[", ".", "{", "(", "^", "@", "#")
_BEFORE_OPERAND = frozenset("(,:?[{=&|;~<>!+-*%")

RESERVED = frozenset({
    "states", "abs", "append", "assert", "average", "base64decode", "base64encode", "boolean", "ceil", "clone",
    "contains", "count", "decodeUrl", "decodeUrlComponent", "distinct", "each", "encodeUrl", "encodeUrlComponent",
    "error", "eval", "exists", "filter", "floor", "formatBase", "formatInteger", "formatNumber", "fromMillis",
    "hash", "join", "keys", "length", "lookup", "lowercase", "map", "match", "max", "merge", "millis", "min", "not",
    "now", "number", "pad", "parse", "parseInteger", "partition", "power", "random", "range", "reduce", "replace",
    "reverse", "round", "shuffle", "sift", "single", "sort", "split", "spread", "sqrt", "string", "substring",
    "substringAfter", "substringBefore", "sum", "toMillis", "trim", "type", "uppercase", "uuid", "zip",
})  # fmt: skip
"""Names that JSONata and Step Functions have taken: a variable of that name would hide the function."""


@functools.lru_cache(maxsize=16384)
def pieces(text: str) -> tuple[tuple[str, str], ...]:
    """(kind, text) of every token, so that a `$` in a string or in a regular expression is not taken for a variable."""
    found: list[tuple[str, str]] = []
    at, before = 0, "("
    while at < len(text):
        if text[at] == "/" and before in _BEFORE_OPERAND:
            pattern = _REGEX.match(text, at)
            if pattern:
                found.append(("skip", pattern.group()))
                at, before = pattern.end(), "a"
                continue
        token = _TOKEN.match(text, at)
        assert token is not None
        kind, piece = str(token.lastgroup), token.group()
        found.append((kind, piece))
        at = token.end()
        if not piece.isspace():
            before = piece[-1]
    return tuple(found)


@functools.lru_cache(maxsize=16384)
def variables(text: str) -> Mapping[str, int]:
    """How often the text names each variable (without `$`); `$states`, functions and local names are among them."""
    found: dict[str, int] = {}
    for kind, piece in pieces(text):
        if kind == "variable":
            found[piece[1:]] = found.get(piece[1:], 0) + 1
    return found


def substitute(expr: Expr, put: Mapping[str, Expr]) -> Expr:
    """`expr` with variables replaced by expressions, in parentheses where the text around would tear them apart."""
    named = variables(expr.text)
    if not any(name in named for name in put):
        return expr
    if expr.text[:1] == "$" and expr.text[1:] in put:
        return put[expr.text[1:]]
    found = pieces(expr.text)
    out = []
    for at, (kind, piece) in enumerate(found):
        if kind == "variable" and piece[1:] in put:
            text = put[piece[1:]].text
            following = next((each for _, each in found[at + 1 :] if not each.isspace()), "")
            if _stands_alone([each for _, each in found[max(0, at - 4) : at]], following, text) or (
                is_plain(text) and (not following.startswith(_TIGHT) or _joins(text, following))
            ):
                piece = text
            elif following.startswith("[") and not is_plain(text):
                piece = f"($_whole := {text}; $_whole)"  # `($f(x))[0]` is nothing where a lambda ends with it
            else:
                piece = f"({text})"
            if text[:1] == "$" and text[1:].isidentifier():
                piece = text
        out.append(piece)
    depth = expr.depth + max(put[name].depth for name in named if name in put)
    fleeting = any(put[name].fleeting for name in named if name in put)
    return Expr("".join(out), depth, expr.fleeting or fleeting, expr.asserts)


def _stands_alone(before: list[str], following: str, text: str) -> bool:
    """True for an argument, an item or a bound value: what stands around it cannot tear it apart.

    An array written out stays in its parentheses, as an array in an array is one item.
    """
    last = [each for each in before if not each.isspace()][-2:]
    if last == [":", "="]:
        return following == ";"
    return last[-1:] in (["("], [","], ["["]) and following in (")", ",", "]") and not text.startswith(("[", "{"))


def _joins(text: str, following: str) -> bool:
    """True where a path goes on after the text as it would after its value in parentheses."""
    return text[:1] == "$" and (following == "." or (text[:8] == "$states." and following == "["))


def is_plain(text: str) -> bool:
    """A variable, a path of names, or a literal: it needs no parentheses beside an operator and costs nothing to
    repeat.
    """
    return _PLAIN.fullmatch(text) is not None


def rewrite(value: Value, change: Callable[[Expr], Value]) -> Value:
    """A value with every Expr changed."""
    if isinstance(value, Expr):
        return change(value)
    if isinstance(value, dict):
        return {name: rewrite(each, change) for name, each in value.items()}
    if isinstance(value, list):
        return [rewrite(each, change) for each in value]
    return value


def text_of(value: Value) -> str | None:
    """A value as JSONata where that is simple: no lists of computed items, which JSONata would flatten."""
    match value:
        case Expr():
            return value.text
        case dict():
            parts = [(json.dumps(name, ensure_ascii=False), text_of(each)) for name, each in value.items()]
            return (
                "{" + ", ".join(f"{name}: {text}" for name, text in parts) + "}" if all(t for _, t in parts) else None
            )
        case list():
            return None if any(expressions(value)) else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False)
