"""What a workflow may do with a value that may travel as a reference (`Large`): keep it, pass it on, ask whether it is
None. Every rule that would look into it is refused here, so that none ever sees a reference in the place of a value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from treadle.language.term import Formatted, Function, Item, Refusal, Term
from treadle.language.types import NULL, Type, holds_large, is_large, members

_MOVING = frozenset(
    {"len", "list", "tuple", "enumerate", "zip", "reversed", "dict", "map", "filter", "copy.copy", "copy.deepcopy"}
    | {"itertools.chain", "itertools.chain.from_iterable", "itertools.islice", "itertools.repeat"}
)
"""Functions that move items and do not look at them."""
_BY_KEY = frozenset({"sorted", "min", "max"})
_KEEPING = frozenset(
    {"append", "extend", "insert", "pop", "clear", "copy", "reverse", "update", "setdefault", "popitem"}
    | {"get", "items", "keys", "values"}
)
"""Methods that keep items or give them back."""


def whole(*terms: Term) -> None:
    """Refuse an operand that may itself be a reference."""
    for term in terms:
        if any(map(is_large, members(term.type))):
            raise _refusal(term.type)


def deep(*terms: Term) -> None:
    """Refuse an operand that may be, or hold, a reference."""
    for term in terms:
        if holds_large(term.type):
            raise _refusal(term.type)


def compared(op: str, left: Term, right: Term) -> None:
    if op not in ("is", "is not") or NULL not in (left.type, right.type):
        deep(left, right)


def texts(parts: Sequence[str | Formatted]) -> None:
    deep(*(each.value for each in parts if isinstance(each, Formatted)))


def called(name: str, items: Sequence[Item | Function], keywords: Mapping[str, Any]) -> None:
    """A function of Python: some only move what they are given."""
    terms = [each.value for each in items if isinstance(each, Item)]
    terms += [each for each in keywords.values() if isinstance(each, Term)]
    moves = name in _MOVING or (name in _BY_KEY and isinstance(keywords.get("key"), Function))
    (whole if moves else deep)(*terms)


def asked(receiver: Term, name: str, items: Sequence[Item | Function], keywords: Mapping[str, Any]) -> None:
    """A method of Python: those of lists and dicts that keep or give items do not look at them."""
    whole(receiver)
    if name not in _KEEPING:
        terms = [each.value for each in items if isinstance(each, Item)]
        deep(receiver, *terms, *(each for each in keywords.values() if isinstance(each, Term)))


def _refusal(type: Type) -> Refusal:
    return Refusal(
        f"a {type} may travel as a reference, so a workflow passes it on but cannot look into it: do this in a @task"
        if is_large(type)
        else "this holds a Large value, which a workflow passes on but cannot look into: do this in a @task",
        "@task\ndef size(text: str) -> int:\n    return len(text)",
    )
