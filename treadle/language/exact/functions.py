"""The functions of Python that have a rule, by name, and the arguments of a call to one.

The rules stand in `conversions` (a value of one kind from another), `iterables` (going over items), `library` (numbers,
text, time, chance).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from treadle.language.exact import passing
from treadle.language.exact.building import bare, derive
from treadle.language.term import Function, Item, Refusal, Term
from treadle.language.types import NEVER, Opaque

Argument = Term | Function


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of a call, read one by one; what is left over at the end is refused."""

    name: str
    items: Sequence[Item | Function]
    keywords: dict[str, Argument]

    def arguments(self, least: int, names: str = "", *, only: str = "") -> list[Any]:
        """Positional or named arguments in the order of `names`, then those only named; None where not given.

        `least` is how many must be there.
        """
        if any(isinstance(item, Item) and item.star for item in self.items):
            raise Refusal(f"*items in a call of {self.name}() has no known length", f"{self.name}(items[0], items[1])")
        given: list[Argument] = [item.value if isinstance(item, Item) else item for item in self.items]
        positional, all_names = names.split(), [*names.split(), *only.split()]
        if len(given) > len(positional):
            raise Refusal(f"{self.name}() takes {len(positional)} arguments at most, and is given {len(given)}")
        found: dict[str, Argument] = dict(zip(positional, given, strict=False))
        for name, value in self.keywords.items():
            if name not in all_names or name in found:
                raise Refusal(f"{self.name}() has no rule for the argument {name!r}")
            found[name] = value
        result = [found.get(name) for name in all_names]
        if any(value is None for value in result[:least]):
            raise Refusal(f"{self.name}() needs {least} argument{'s' if least != 1 else ''}")
        return result

    def terms(self, least: int, names: str = "", *, only: str = "") -> list[Any]:
        """As `arguments`, where none may be a function."""
        found = self.arguments(least, names, only=only)
        for value in found:
            if isinstance(value, Function):
                raise Refusal(f"{self.name}() takes values here, no function", f"{self.name}(x)")
        return found


Rule = Callable[[Call], Term]
RULES: dict[str, Rule] = {}


def rule(*names: str) -> Callable[[Rule], Rule]:
    def keep(lower: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, lower))
        return lower

    return keep


def known(name: str) -> bool:
    return name in RULES


def call(name: str, items: Sequence[Item | Function], keywords: dict[str, Argument]) -> Term:
    if name not in RULES:
        word = name.rpartition(".")[2]
        raise Refusal(
            f"{name}() is not part of the language: put it into a @task and call that",
            f"@task\ndef {word}(x):\n    return {name}(x)",
        )
    passing.called(name, items, keywords)
    values = [item.value for item in items if isinstance(item, Item)]
    if any(value.type == NEVER for value in values):
        # A generator is not run before the other arguments are there.
        return derive("null", NEVER, [bare(each) if isinstance(each.type, Opaque) else each for each in values])
    return RULES[name](Call(name, items, keywords))
