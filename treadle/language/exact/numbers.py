"""Arithmetic. JSONata has one number, Python has bool, int and float: which one a result is comes from types."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import replace

from treadle.language.exact import kinds as kind
from treadle.language.exact.building import (
    bind,
    derive,
    infix,
    invoke,
    quote,
)
from treadle.language.exact.equality import number
from treadle.language.term import COMPARISON, CONDITION, PRODUCT, SUM, UNARY, Guard, Refusal, Term
from treadle.language.types import BOOL, FLOAT, INT, NEVER, NULL, NUMBER, List, Type, is_number, members, without

NUMERIC = (BOOL, INT, FLOAT)
WHOLE = (BOOL, INT)


def message(act: Callable[[], object]) -> str:
    """What the running Python says when `act` fails: its words differ from version to version."""
    try:
        act()
    except Exception as failure:  # noqa: BLE001 - whatever it is, its text is wanted
        return str(failure)
    raise AssertionError("nothing was raised")


ZERO: int = 0
BY_ZERO = {
    ("/", True): message(lambda: 1 / ZERO),
    ("/", False): message(lambda: 1.0 / ZERO),
    ("//", True): message(lambda: 1 // ZERO),
    ("//", False): message(lambda: 1.0 // ZERO),
    ("%", True): message(lambda: 1 % ZERO),
    ("%", False): message(lambda: 1.0 % ZERO),
}
ZERO_POWER = message(lambda: ZERO**-1)


def is_numeric(type: Type) -> bool:
    """A number or a bool."""
    return all(member in NUMERIC for member in members(type)) and bool(members(type))


def is_whole(type: Type) -> bool:
    return all(member in WHOLE for member in members(type)) and bool(members(type))


def arithmetic_type(left: Type, right: Type) -> Type:
    """The type of `left + right`: a float as soon as one certainly is."""
    if is_whole(left) and is_whole(right):
        return INT
    return FLOAT if FLOAT in (left, right) else NUMBER


def operate(op: str, left: Term, right: Term) -> Term:
    """An operator on two numbers."""
    a, b = number(left), number(right)
    type = arithmetic_type(left.type, right.type)
    match op:
        case "+":
            return infix("+", a, b, type, SUM)
        case "-":
            return infix("-", a, b, type, SUM)
        case "*":
            return infix("*", a, b, type, PRODUCT)
        case "/":
            return _divide(a, b)
        case "//":
            return _floor_divide(a, b, type)
        case "%":
            return modulo(a, b, type)
        case "**":
            return power(a, b)
        case "<<" | ">>":
            return _shift(op, a, b)
    if op in ("&", "|", "^") and left.type == BOOL and right.type == BOOL:
        symbol, strength = {"&": ("and", 30), "|": ("or", 25), "^": ("!=", COMPARISON)}[op]
        return infix(symbol, left, right, BOOL, strength)
    if op in ("&", "|", "^") and is_whole(left.type) and is_whole(right.type):
        from treadle.language.exact.integers import bitwise

        return bitwise(op, left, right)
    instead = "sum(x * y for x, y in zip(xs, ys))" if op == "@" else f"int(x) {op} int(y)"
    raise Refusal(f"unsupported operand types for {op}: {left.type} and {right.type}", instead)


def demand(t: Term, cause: Callable[[str], str]) -> Term:
    """A number where the type admits more: otherwise a guard raises TypeError, `cause` of the type's name."""
    if is_numeric(t.type):
        return t
    if is_numeric(without(t.type, NULL)):
        guard = Guard(f"{t.text} = null", quote("TypeError"), cause('"NoneType"'))
        return replace(t, type=without(t.type, NULL), guards=(*t.guards, guard))

    def build(x: Term) -> Term:
        guard = Guard(f"$not({kind.is_number(x)})", quote("TypeError"), cause(kind.named(x)))
        return replace(kind.as_number(x), guards=(guard,))

    return bind({"value": t}, build)


def admits_number(type: Type) -> bool:
    """A number, or what a guard can make one."""
    return "number" in kind.kinds(type)


def _by_zero(op: str, a: Term, b: Term) -> tuple[Guard, ...]:
    if isinstance(b.constant, (int, float)) and b.constant != 0:
        return ()
    whole, broken = quote(BY_ZERO[op, True]), quote(BY_ZERO[op, False])
    if FLOAT in (a.type, b.type):
        cause = broken
    elif is_whole(a.type) or whole == broken:
        cause = whole
    else:  # whether a whole number was written 7 or 7.0 is not known: it is taken for an int, within an int's range
        cause = f"$abs({a.text}) <= {2**53} and $floor({a.text}) = {a.at(COMPARISON + 1)} ? {whole} : {broken}"
    return (Guard(f"{b.at(COMPARISON + 1)} = 0", quote("ZeroDivisionError"), cause),)


def _divide(a: Term, b: Term) -> Term:
    return infix("/", a, b, FLOAT, PRODUCT, _by_zero("/", a, b))


def _floor_divide(a: Term, b: Term, type: Type) -> Term:
    if type == INT:  # exact below 2^53: a quotient that is no integer never rounds to the next one
        return invoke("floor", infix("/", a, b, INT, PRODUCT, _by_zero("//", a, b)), type=INT)

    def general(x: Term, y: Term) -> Term:
        text = (
            f"($_rest := {x.text} % {y.text}; $_whole := ({x.text} - $_rest) / {y.text}; "
            f"$_whole := $_rest != 0 and ($_rest < 0) != ({y.text} < 0) ? $_whole - 1 : $_whole; "
            "$_floor := $floor($_whole); $_whole - $_floor > 0.5 ? $_floor + 1 : $_floor)"
        )
        return derive(text, type, (x, y), _by_zero("//", a, y), deeper=4)

    return bind({"left": a, "right": b}, general)


def modulo(a: Term, b: Term, type: Type) -> Term:
    if type == INT and isinstance(b.constant, int) and 0 < b.constant < 2**52:
        rest = infix("+", infix("%", a, b, INT, PRODUCT), b, INT, SUM)
        return infix("%", rest, b, INT, PRODUCT)

    def general(x: Term, y: Term) -> Term:
        signed = f"($_rest < 0) != ({y.text} < 0)"
        text = f"($_rest := {x.text} % {y.text}; $_rest != 0 and {signed} ? $_rest + {y.text} : $_rest)"
        return derive(text, type, (x, y), _by_zero("%", a, y), deeper=3)

    return bind({"left": a, "right": b}, general)


def power(a: Term, b: Term) -> Term:
    """`a ** b` of integers, where every evaluator agrees to the last digit."""
    if not is_whole(a.type):
        raise Refusal("a float to a power differs in its last digit between machines", "x * x")
    if not is_whole(b.type):
        raise Refusal("a power with a float exponent differs in its last digit between machines", "math.sqrt(x)")
    if isinstance(b.constant, int):
        if b.constant < 0:
            raise Refusal("a negative power differs in its last digit between machines", f"1 / x ** {-b.constant}")
        return invoke("power", a, b, type=INT)

    def build(x: Term, y: Term) -> Term:
        guard = Guard(f"{x.text} = 0 and {y.text} < 0", quote("ZeroDivisionError"), quote(ZERO_POWER))
        return replace(invoke("power", x, y, type=NUMBER), guards=(guard,))

    return bind({"base": a, "exponent": b}, build)


def _shift(op: str, a: Term, b: Term) -> Term:
    if not (is_whole(a.type) and is_whole(b.type)):
        raise Refusal(f"unsupported operand types for {op}", "x * 2 ** n")

    def build(x: Term, y: Term) -> Term:
        guard = Guard(f"{y.text} < 0", quote("ValueError"), quote("negative shift count"))
        guards = () if isinstance(y.constant, int) and y.constant >= 0 else (guard,)
        factor = invoke("power", "2", y, type=INT)
        if op == "<<":
            return replace(infix("*", x, factor, INT, PRODUCT), guards=guards)
        return replace(invoke("floor", infix("/", x, factor, FLOAT, PRODUCT), type=INT), guards=guards)

    return bind({"left": a, "right": b}, build)


def sign(op: str, t: Term) -> Term:
    """Unary `-`, `+` and `~`."""
    t = demand(t, lambda name: f'"bad operand type for unary {op}: \'" & {name} & "\'"') if admits_number(t.type) else t
    if not is_numeric(t.type):
        raise Refusal(f"bad operand type for unary {op}: {t.type}", f"{op}int(x)")
    value = number(t)
    type = INT if is_whole(t.type) else value.type
    if op == "+":
        return value
    if op == "~":
        if not is_whole(t.type):
            raise Refusal("~ is for integers", "-x - 1")
        return infix("-", derive(f"-{value.at(UNARY + 1)}", INT, (value,), power=UNARY), Term("1", INT), INT, SUM)
    if isinstance(value.constant, (int, float)) and value.text[:1] != "-":
        return replace(value, text=f"-{value.text}", power=UNARY, constant=-value.constant)
    return derive(f"-{value.at(UNARY + 1)}", type, (value,), power=UNARY)


# --- built-ins of one number


def absolute(t: Term) -> Term:
    t = demanded("abs", t)
    return invoke("abs", t, type=INT if is_whole(t.type) else t.type)


def floor(t: Term) -> Term:
    t = demanded("math.floor", t)
    return t if t.type == INT else invoke("floor", t, type=INT)


def ceil(t: Term) -> Term:
    t = demanded("math.ceil", t)
    return t if t.type == INT else invoke("ceil", t, type=INT)


def truncate(t: Term) -> Term:
    """`int(x)` of a number."""
    t = demanded("int", t)
    if is_whole(t.type):
        return replace(t, type=INT)
    return bind(
        {"number": t},
        lambda x: derive(f"{x.text} < 0 ? $ceil({x.text}) : $floor({x.text})", INT, (x,), power=CONDITION),
    )


def square_root(t: Term) -> Term:
    t = demanded("math.sqrt", t)

    def build(x: Term) -> Term:
        guard = Guard(f"{x.text} < 0", quote("ValueError"), quote(message(lambda: math.sqrt(-1.0))))
        return replace(invoke("sqrt", x, type=FLOAT), guards=(guard,))

    return bind({"number": t}, build)


_NO_NUMBER = {
    "abs": ("bad operand type for abs(): '", "'"),
    "round": ("type ", " doesn't define __round__ method"),
    "math.floor": ("must be real number, not ", ""),
    "math.ceil": ("must be real number, not ", ""),
    "math.sqrt": ("must be real number, not ", ""),
}
"""What Python says of an argument that is no number, before and after the name of its type."""


def demanded(name: str, t: Term) -> Term:
    """The one number that a function takes."""
    if not is_numeric(t.type) and name in _NO_NUMBER and admits_number(t.type):
        before, after = _NO_NUMBER[name]
        t = demand(t, lambda said: f"{quote(before)} & {said} & {quote(after)}")
    if not is_numeric(t.type):
        raise Refusal(f"{name}() needs a number here, and this is {t.type}", f"{name}(float(x))")
    return number(t)


def rounded(t: Term, places: Term | None) -> Term:
    """`round(x)` and `round(x, places)`: half to even of the exact binary value; `$round` takes its decimal form."""
    t = demanded("round", t)
    if places is None or places.constant is None:
        return t if t.type == INT else invoke("round", t, type=INT)
    if not isinstance(places.constant, int) or isinstance(places.constant, bool):
        raise Refusal("round() needs a constant number of places", "round(x, 2)")
    count = places.constant
    if t.type == INT:
        return t if count >= 0 else invoke("round", t, places, type=INT)
    if not 0 <= count <= 11:
        raise Refusal("round() is exact for 0 to 11 places of a float", "round(x, 2)")
    scale = 10**count

    def build(x: Term) -> Term:
        text = (
            f"($_size := $abs({x.text}); {nearest('$_size', scale)}; "
            f"$_size >= {2**52 // scale} ? {x.text} : ({x.text} < 0 ? -$_near : $_near) / {scale})"
        )
        return derive(text, t.type, (x,), deeper=5)

    return bind({"number": t}, build)


def nearest(size: str, scale: int) -> str:
    """Bindings that leave in `$_near` the integer nearest to `size * scale`, half to even, below 2^52.

    `size` is a variable, cut into halves of 26 bits (Dekker), so that both products are exact and the sum has the sign
    of the true distance from the middle between two integers.
    """
    return (
        f"$_cut := {size} * 134217729; $_high := $_cut - ($_cut - {size}); $_near := $floor({size} * {scale}); "
        f"$_over := $_high * {scale} - ($_near + 0.5) + ({size} - $_high) * {scale}; "
        "$_near := $_over > 0 or $_over = 0 and $_near % 2 = 1 ? $_near + 1 : $_near"
    )


# --- built-ins over numbers


def total(items: Term, item: Type, start: Term | None) -> Term:
    """`sum(items, start)`. From Python 3.12 on, sums of floats carry a compensation."""
    if not is_numeric(item) and item.__class__.__name__ != "Never" and admits_number(item):
        return bind({"items": items}, lambda whole: _checked_total(whole, item, start))
    if not is_numeric(item) and item.__class__.__name__ != "Never":
        raise Refusal(f"sum() of {item} cannot be kept exact", "sum([float(x) for x in items])")
    if BOOL in members(item):
        items = derive(f"[$map({items.text}, function($_item) {{ $number($_item) }})]", items.type, (items,), deeper=2)
    whole = is_whole(item) or item.__class__.__name__ == "Never"
    if whole or sys.version_info < (3, 12):
        plain = invoke("sum", items, type=INT if whole else NUMBER)
    else:
        plain = _compensated(items)
    if start is None or start.constant == 0:
        return plain
    if not is_numeric(start.type):
        raise Refusal("sum() starts from a number", "sum(items)")
    if not whole:
        raise Refusal("sum() of floats from a start adds in another order than JSONata", "x + sum(items)")
    return operate("+", plain, start) if not start.guards else operate("+", start, plain)


def _checked_total(items: Term, item: Type, start: Term | None) -> Term:
    """`sum(items)` where an item may be no number: TypeError for the first such one."""
    each = Term("$_item", item)
    strange = f"[$filter({items.text}, function($_item) {{ $not({kind.is_number(each)}) }})[]]"
    said = kind.named(Term("$_strange", item))
    cause = f"($_strange := {strange}[0]; \"unsupported operand type(s) for +: 'int' and '\" & {said} & \"'\")"
    guard = Guard(f"$count({strange}) > 0", quote("TypeError"), cause)
    number_item = kind.as_number(each)
    made = items.typed(List(number_item.type))
    if number_item.text != each.text:
        made = derive(f"[$map({items.text}, function($_item) {{ {number_item.text} }})]", made.type, (items,), deeper=2)
    found = bind({"items": made}, lambda whole: total(whole, number_item.type, start))
    return replace(found, guards=(guard, *found.guards))


def _compensated(items: Term) -> Term:
    text = (
        f"($_sums := $reduce({items.text}, function($_a, $_b) {{ ($_t := $_a.s + $_b; "
        '{"s": $_t, "c": $_a.c + ($abs($_a.s) >= $abs($_b) ? $_a.s - $_t + $_b : $_b - $_t + $_a.s)}) }, '
        '{"s": 0, "c": 0}); $_sums.s + $_sums.c)'
    )
    return derive(text, NUMBER, (items,), deeper=6)


def product(items: Term, item: Type, start: Term | None = None) -> Term:
    """`math.prod(items, start=…)`."""
    first = start or Term("1", INT, constant=1)
    if not (is_number(item) or item == NEVER) or not is_number(first.type):
        raise Refusal(f"math.prod() of {item} cannot be kept exact", "math.prod([float(x) for x in items])")

    def build(begin: Term) -> Term:
        text = f"$reduce({items.text}, function($_a, $_b) {{ $_a * $_b }}, {begin.text})"
        whole = is_whole(begin.type) and (item == NEVER or is_whole(item))
        return derive(text, INT if whole else NUMBER, (replace(items, guards=()), begin), deeper=3)

    built = bind({"start": first}, build, items)
    return replace(built, guards=items.guards + first.guards)
