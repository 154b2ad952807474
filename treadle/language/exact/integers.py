"""Whole numbers: bits, bases, and the functions of `math` on integers. All stay exact within 2^53."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from treadle.language.exact import formatting, strings
from treadle.language.exact.building import at_index, bind, derive, infix, integer, invoke, quote
from treadle.language.exact.equality import number
from treadle.language.exact.functions import Call, rule
from treadle.language.exact.numbers import is_whole, message, modulo
from treadle.language.term import CONDITION, PRODUCT, SUM, Function, Guard, Item, Refusal, Term
from treadle.language.types import INT, STR

BITS = 53
"""What an integer of the domain has besides its sign."""


def whole(name: str, *terms: Term) -> list[Term]:
    for t in terms:
        if not is_whole(t.type):
            raise Refusal(f"{name}() takes integers, and this is {t.type}", f"{name}(int(x))")
    return [number(t) for t in terms]


# --- bits


def bitwise(op: str, left: Term, right: Term) -> Term:
    """`a & b`, `a | b`, `a ^ b`, as of two's complement: `|` and `^` come of what only one has."""
    a, b = number(left), number(right)
    if a.constant.__class__ is int and b.constant.__class__ is not int:
        made = bitwise(op, replace(b, guards=()), replace(a, guards=()))
        return replace(made, guards=a.guards + b.guards)
    if op == "&":
        return _shared(a, b)

    def build(x: Term, y: Term) -> Term:
        both = _shared(x, y)
        only = infix("-", x, both, INT, SUM)  # no sum on the way is larger than the result
        return infix("+", only, y if op == "|" else infix("-", y, both, INT, SUM), INT, SUM)

    return bind({"left": a, "right": b}, build)


def _shared(a: Term, b: Term) -> Term:
    mask = b.constant
    if isinstance(mask, int) and mask >= 0:
        if mask == 0:
            return replace(integer(0), guards=a.guards + b.guards)
        if mask & (mask + 1) == 0:  # 0b0…01…1: the rest of a division by a power of two
            return modulo(a, integer(mask + 1), INT)
        if mask & (mask - 1) == 0:
            return bind({"number": a}, lambda x: _one_bit(x, mask))

    def build(x: Term, y: Term) -> Term:
        last = y.constant.bit_length() - 1 if isinstance(y.constant, int) and y.constant >= 0 else BITS - 1
        in_x, in_y = (f"$floor({each.text} / $_bit) % 2 != 0" for each in (x, y))
        total = (
            f"$sum($map([0..{last}], function($_place) {{ ($_bit := $power(2, $_place); "
            f"{in_x} and {in_y} ? $_bit : 0) }}))"
        )
        if isinstance(y.constant, int) and y.constant >= 0:
            return derive(total, INT, (x, y), deeper=6)
        sign = f"({x.text} < 0 and {y.text} < 0 ? {2**BITS} : 0)"
        return derive(f"{total} - {sign}", INT, (x, y), power=SUM, deeper=6)

    return bind({"left": a, "right": b}, build)


def _one_bit(x: Term, mask: int) -> Term:
    """`x & 2**n`."""
    quotient = f"$floor({x.text} / {mask})"
    return derive(f"{quotient} % 2 != 0 ? {mask} : 0", INT, (x,), power=CONDITION, deeper=3)


# --- bases

_PREFIX = {2: "b", 8: "o", 16: "x"}
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def of_text(t: Term, base: int) -> Term:
    """`int(text, base)`."""
    if not 2 <= base <= 36:
        raise Refusal("int() takes a base from 2 to 36 here", "int(text, 16)")
    digits = _DIGITS[:base]
    mark = _PREFIX.get(base, "")
    one = f"[{re.escape(digits[:10])}{digits[10:]}{digits[10:].upper()}]"
    start = f"(0[{mark}{mark.upper()}]_?)?" if mark else ""
    pattern = rf"^[{strings.SPACE}]*[+-]?{start}{one}+(_{one}+)*[{strings.SPACE}]*$"

    def build(text: Term) -> Term:
        cause = f'"invalid literal for int() with base {base}: " & {formatting.quoted(text.text)}'
        guard = Guard(f"$not($contains({text.text}, /{pattern}/))", quote("ValueError"), cause)
        plain = f'$replace($lowercase({text.text}), /[^0-9a-z]/, "")'
        plain = f'$replace({plain}, /^0{mark}/, "")' if mark else plain
        place = f'$length($substringBefore("{digits}", $_digit))'
        size = f'$reduce($split({plain}, ""), function($_n, $_digit) {{ $_n * {base} + {place} }}, 0)'
        return derive(
            f'{size} * ($contains({text.text}, "-") ? -1 : 1)', INT, (text,), (guard,), power=PRODUCT, deeper=5
        )

    return bind({"text": t}, build)


@rule("bin", "oct", "hex")
def _based(given: Call) -> Term:
    (t,) = whole(given.name, *given.terms(1, "number"))
    base = {"bin": 2, "oct": 8, "hex": 16}[given.name]
    mark = f"0{_PREFIX[base]}"
    return bind(
        {"number": t},
        lambda n: derive(
            f'({n.text} < 0 ? "-{mark}" : "{mark}") & $formatBase($abs({n.text}), {base})',
            STR,
            (n,),
            power=SUM,
            deeper=3,
        ),
    )


# --- math


def _refused(when: str, says: Callable[[], object]) -> Guard:
    return Guard(when, quote("ValueError"), quote(message(says)))


def _spread(given: Call) -> Sequence[Term]:
    found = []
    for item in given.items:
        if isinstance(item, Function) or not isinstance(item, Item) or item.star:
            raise Refusal(f"{given.name}() takes numbers one by one here", f"functools.reduce({given.name}, numbers)")
        found.append(item.value)
    return whole(given.name, *found)


def _fold(given: Call, empty: int, pair: Callable[[Term, Term], Term]) -> Term:
    first, *others = _spread(given) or [integer(empty)]
    if not others:
        return invoke("abs", first, type=INT)
    made = first
    for other in others:
        made = pair(made, other)
    return made


@rule("math.gcd")
def _gcd(given: Call) -> Term:
    return _fold(given, 0, divisor)


def divisor(a: Term, b: Term) -> Term:
    """Euclid's algorithm; two numbers below 2^53 need at most 78 divisions."""
    turn = "function($_p, $_turn) { $_p[1] = 0 ? $_p : [$_p[1], $_p[0] % $_p[1]] }"
    start = f"[$abs({a.text}), $abs({b.text})]"
    pair = derive(f"$reduce([1..78], {turn}, {start})", INT, (a, b), deeper=5)
    return at_index(pair, "0", INT)


@rule("math.lcm")
def _lcm(given: Call) -> Term:
    def pair(a: Term, b: Term) -> Term:
        def build(x: Term, y: Term) -> Term:
            text = f"{x.text} = 0 ? 0 : $abs({x.text}) / {divisor(x, y).text} * $abs({y.text})"
            return derive(text, INT, (x, y), power=CONDITION, deeper=6)

        return bind({"left": a, "right": b}, build)

    return _fold(given, 1, pair)


@rule("math.isqrt")
def _isqrt(given: Call) -> Term:
    (t,) = whole(given.name, *given.terms(1, "n"))

    def build(n: Term) -> Term:
        # Near 2^53 the square root of k * k - 1 rounds up to k.
        text = f"($_root := $floor($sqrt({n.text})); $_root * $_root > {n.text} ? $_root - 1 : $_root)"
        return derive(text, INT, (n,), (_refused(f"{n.text} < 0", lambda: math.isqrt(-1)),), deeper=3)

    return bind({"number": t}, build)


@rule("math.factorial")
def _factorial(given: Call) -> Term:
    (t,) = whole(given.name, *given.terms(1, "n"))

    def build(n: Term) -> Term:
        text = f"$reduce([1..{n.text}], function($_all, $_n) {{ $_all * $_n }}, 1)"
        return derive(text, INT, (n,), (_refused(f"{n.text} < 0", lambda: math.factorial(-1)),), deeper=4)

    return bind({"number": t}, build)


@rule("math.comb")
def _comb(given: Call) -> Term:
    n, k = whole(given.name, *given.terms(2, "n k"))

    def build(n: Term, k: Term) -> Term:
        guards = (
            _refused(f"{n.text} < 0", lambda: math.comb(-1, 1)),
            _refused(f"{k.text} < 0", lambda: math.comb(1, -1)),
        )
        # `all * top / at` in two parts, as the product may exceed 2^53 where the quotient does not.
        step = (
            f"function($_all, $_at) {{ ($_top := {n.text} - $_at + 1; $_rest := $_all % $_at; "
            "($_all - $_rest) / $_at * $_top + $_rest * $_top / $_at) }"
        )
        few = f"$min([{k.text}, {n.text} - {k.text}])"
        text = f"{k.text} > {n.text} ? 0 : $reduce([1..{few}], {step}, 1)"
        return derive(text, INT, (n, k), guards, power=CONDITION, deeper=6)

    return bind({"number": n, "taken": k}, build)


@rule("math.perm")
def _perm(given: Call) -> Term:
    n, k = given.terms(1, "n k")
    n, k = whole(given.name, n, k if k is not None else n)

    def build(n: Term, k: Term) -> Term:
        guards = (
            _refused(f"{n.text} < 0", lambda: math.perm(-1, 1)),
            _refused(f"{k.text} < 0", lambda: math.perm(1, -1)),
        )
        product = f"$reduce([{n.text} - {k.text} + 1..{n.text}], function($_all, $_n) {{ $_all * $_n }}, 1)"
        text = f"{k.text} > {n.text} ? 0 : {product}"
        return derive(text, INT, (n, k), guards, power=CONDITION, deeper=5)

    return bind({"number": n, "taken": k}, build)
