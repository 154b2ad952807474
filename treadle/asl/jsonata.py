"""What CreateStateMachine says about a JSONata expression, without evaluating it.

The parser is jlens, whose messages are those of the JavaScript reference, as AWS's are. It reads JSONata 2.2 and AWS
2.0.6, so the two operators that came between are refused here. An expression is evaluated with no input document:
AWS refuses every reference to one, and every field of `$states` that does not exist where the expression stands.
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from treadle.asl.finding import Finding, error
from treadle.asl.tokens import tokens

INVALID: Final = "INVALID_JSONATA_EXPRESSION"
UNSUPPORTED: Final = "UNSUPPORTED_JSONATA_EXPRESSION"

# Functions that Step Functions adds; told to jlens so that it does not take a call for one that reads the input.
_ADDED = ("partition", "range", "hash", "random", "uuid", "parse")


def is_expression(value: object) -> bool:
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def source(value: str) -> str:
    """The expression between `{%` and `%}`."""
    return value[2:-2].strip()


def problems(expression: str, available: Iterable[str], location: str) -> list[Finding]:
    """The findings of one expression. `available` are the fields of `$states` where it stands."""
    seen = _seen(expression)
    if isinstance(seen, str):
        return [error(seen, location, INVALID)]
    roots, fields, _ = seen
    found = [
        f"Reference to '{root}' is not supported."
        if root == "$$"
        else f"Reference to '{root}' at the top level is not supported."
        for root in roots
    ]
    found += [f"Field '$states.{field}' does not exist." for field in fields if field not in available]
    return [error(text, location, UNSUPPORTED) for text in found]


def variables(expression: str) -> tuple[str, ...]:
    """The variables that an expression reads from outside itself, `states` among them; none where it does not parse."""
    seen = _seen(expression)
    return () if isinstance(seen, str) else tuple(name for name in seen[2] if name not in _ADDED)


@lru_cache(maxsize=4096)
def _seen(expression: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]] | str:
    """(what it reads of the missing input, which fields of `$states`, which variables), or why it does not parse."""
    import jlens

    words = [token.text for token in tokens(expression) if token.kind in ("name", "operator")]
    for word in words:
        if word in ("??", "?:"):
            return f'The symbol "{word[1]}" cannot be used as a unary operator'
    try:
        reads = _reads(expression)
    except (jlens.JlensError, UnicodeEncodeError) as problem:  # a lone surrogate is no text
        return str(problem)
    states = reads["bindings"].get("states")
    fields = tuple(states) if isinstance(states, Mapping) else ()
    return _roots(expression, words, reads.get("input")), fields, tuple(reads["bindings"])


def _roots(expression: str, words: list[str], read: Any) -> tuple[str, ...]:
    """What the expression reads of the top level, by the names AWS prints, in the order they are written.

    `read` is jlens's account of the missing input: a mapping of names, or True for the whole of it. A name behind a `$`
    (`$.phone`) is AWS's `$`. Which `$` stands for the top level and not for the item of a path or a predicate is found
    by renaming each in turn: what the rest then no longer reads, that one did. Where two parts read the whole, nothing
    is said of either: never a false refusal.
    """
    import jlens

    names = {str(name) for name in read} if isinstance(read, Mapping) else set()
    context: int | None = None
    for token in tokens(expression):
        if token.kind != "name" or token.text not in ("$", "$$") or not read:
            continue
        try:
            rest = _reads(f"{expression[: token.start]}$context__{expression[token.end :]}").get("input")
        except (jlens.JlensError, UnicodeEncodeError):
            continue
        gone = rest is not True if read is True else not names.issubset(rest or {})
        if gone:
            context = token.start if context is None and token.text == "$" else context
            names = names.intersection(rest) if isinstance(rest, Mapping) else set()
    found = [(expression.find(name), name) for name in names]
    found += [(context, "$")] if context is not None else []
    found += [(expression.find("$$"), "$$")] if "$$" in words else []
    return tuple(name for _, name in sorted(found))


def _reads(expression: str) -> Any:
    import jlens

    return jlens.Expression(expression).reads(dict.fromkeys(_ADDED, _unused))


def _unused(*arguments: object) -> None:
    return None
