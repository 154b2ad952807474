"""A term: an expression of the source, as JSONata with all that is known about it. What the rules of `exact` take and
give.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from treadle.language.types import Type

# Binding powers of JSONata, weakest first. `+ - &` are of one power, as are the comparisons with `in`.
BIND, CONDITION, OR, AND, COMPARISON, SUM, PRODUCT, UNARY, PATH, ATOM = 10, 20, 25, 30, 40, 50, 60, 65, 75, 100

DEEPEST = 60
"""Terms deeper than this are put into a variable of their own; Step Functions stops at about 100."""


ANY_NUMBER = -1
"""The parameters of a function that takes one argument or several: `max`, `operator.add`."""


class Missing:
    """The type of `MISSING`: no constant is known."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()


class Refusal(Exception):
    """Something that cannot be kept exact. The compiler adds the place; `instead` is Python that compiles."""

    def __init__(self, message: str, instead: str = "") -> None:
        self.message = message
        self.instead = instead
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Guard:
    """Where Python would raise while evaluating a term.

    `when` is a JSONata boolean, evaluated only when no earlier guard of the term holds; `error` and `cause` are JSONata
    strings: the class name and `str()` of the exception. All three are closed: they name workflow variables (and the
    variables of an enclosing comprehension), and bind what else they need themselves. `late` marks what an iterator
    raises at its end, after all that is done with its items.
    """

    when: str
    error: str
    cause: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One expression.

    `text` is JSONata that never gives undefined when no guard holds; Python's None is null. A list is always a JSON
    array value (never an unwrapped singleton), a Tuple too. `power` is the binding power of its outermost operator.
    `guards` are in Python's order of evaluation. `depth` is the nesting of the evaluation, at least 1. `constant` is
    the Python value where it is known. `fleeting` marks what gives another value each time (`random`, `uuid`, `now`):
    it is evaluated once, into a variable.

    The names of workflow variables and of comprehension variables never start with `_`; names that a rule binds inside
    its text (`($_list := …; …)`) always do, so neither can capture the other. A rule that takes two terms evaluates an
    operand that is not atomic once, by binding it; it must not let one `$_name` of its own hide another that it still
    needs.
    """

    text: str
    type: Type
    power: int = ATOM
    guards: tuple[Guard, ...] = ()
    depth: int = 1
    constant: Any = MISSING
    fleeting: bool = False

    def at(self, power: int) -> str:
        """The text, in parentheses where an operator of `power` around it would tear it apart."""
        return self.text if self.power >= power else f"({self.text})"

    def typed(self, type: Type) -> Term:
        return replace(self, type=type)


@dataclass(frozen=True, slots=True)
class Function:
    """A lambda or the name of a built-in, given as an argument: `key=lambda p: p["score"]`, `map(str, xs)`.

    `apply` lowers its body for given argument terms (usually `Term("$_x", item type)`) and raises Refusal where it
    cannot. `parameters` is ANY_NUMBER where the arguments decide.
    """

    parameters: int
    apply: Callable[..., Term]


@dataclass(frozen=True, slots=True)
class Item:
    """An element of a list, tuple or call: `value`, or `*value` when `star`."""

    value: Term
    star: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """One `for … in … if …` of a comprehension.

    `variable` is the JSONata name (with `$`) that each item is bound to; `items` is a term of a List type (see
    `exact.iterate`); `conditions` are Bool terms (see `exact.truth`) and may use the variable.
    """

    variable: str
    items: Term
    conditions: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Formatted:
    """`{value!conversion:spec}` of an f-string. `conversion` is "", "s", "r" or "a"; `spec` is None where there is
    none.
    """

    value: Term
    conversion: str = ""
    spec: Term | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a method that changes its receiver does: `receiver` is the receiver's new value, `result` what the call
    gives.
    """

    receiver: Term
    result: Term
