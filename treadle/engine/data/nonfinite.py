"""Numbers that JSON does not have: what Step Functions makes of a division by zero or an overflow.

    1 / 0      "Infinity"          [0 / 0]      ["NaN"]          1 / 0 > 5      true          1 / 0 + 1      D1001

2.0.6 carries such a number on until something needs a finite one, and Step Functions writes it into a result as
JavaScript names it (github.com/floci-io/floci/issues/2737, measured). The evaluator fails at once instead, with D1001.
Then the expression is evaluated again, every arithmetic operator in it as a call of `$__over`, which lets the largest
double stand for infinity; so only an expression that divides by zero pays for it. NaN the evaluator does carry, but
hands out as null: `$__named` tells the two apart.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

from treadle.asl.tokens import tokens
from treadle.engine.data.additions import Fault

JSON = Any

_LARGEST = sys.float_info.max
_IN_TEXT = repr(_LARGEST)
_RANGE = "Number out of range: null"
_OPERATORS = 16  # so many are rewritten before it is given up
_VALUES = 300_000  # so many are looked at, each with the items of a list
_ITEMS = 1000  # of a list, as far as that allows it
_ARITHMETIC = frozenset({"+", "-", "*", "/", "%"})
# What gives another value for the largest double than for infinity.
_UNFIT = frozenset(
    {"$sqrt", "$average", "$power", "$formatNumber", "$formatBase", "$formatInteger", "$sort", "$fromMillis", "$pad"}
    | {"$type", "$boolean", "$not", "$string", "&", "and", "or"}
)
# What asks a function's answers for their truth.
_ASKING = frozenset({"$filter", "$single", "$sift"})
_COMPARING = frozenset({"=", "!=", "<", "<=", ">", ">=", "in"})
_COMMENT = re.compile(r"/\*.*?\*/|\s+", re.DOTALL)

# An infinite operand fails before an operand that is missing makes the whole undefined, as in 2.0.6.
PROLOGUE: Final = (
    f'$__big:=function($n){{$type($n)="number" and $abs($n)={_LARGEST!r}}};'
    "$__over:=function($o,$l,$r){"
    '$__big($l) or $__big($r) and ($type($l)="number" or $not($exists($l))) ? $__arithmetic($o,0,"")'
    ' : $type($l)="number" and $type($r)="number"'
    ' ? (($o="%" or $o="/" and $l=0) and $r=0 ? 0%0 : $__arithmetic($o,$l,$r))'
    ' : $o="+" ? $l+$r : $o="-" ? $l-$r : $o="*" ? $l*$r : $o="/" ? $l/$r : $l%$r};'
)
NAMED: Final = (
    '$__named:=function($v){$type($v)="array" ? $append([],$map($v,$__named)[])'
    ' : $v!=$v and $not($boolean($v)) ? "NaN"'
    ' : $type($v)="object" ? $merge($append([],$each($v,function($x,$k){{$k:$__named($x)}})[])) : $v};'
)


def arithmetic(operator: str, left: float, right: float | str) -> float:
    """Of two finite numbers. Fault D1001 where a text says that an operand is not, as 2.0.6 has it for an infinity."""
    if isinstance(right, str):
        raise Fault("D1001", _RANGE)
    if operator == "/" and right == 0:
        return math.copysign(_LARGEST, left) * math.copysign(1, right)
    answer = _COMPUTE[operator](float(left), float(right))
    return answer if math.isfinite(answer) else math.copysign(_LARGEST, answer)


_COMPUTE: dict[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "%": math.fmod,
}


def holds_null(value: JSON) -> bool:
    if isinstance(value, dict):
        return any(map(holds_null, value.values()))
    return value is None or (isinstance(value, list) and any(map(holds_null, value)))


Audit = Callable[[str, int], tuple[dict[str, Any], int, int] | None]


def guarded(text: str, audit: Audit) -> str | None:
    """The expression with its arithmetic in calls of `$__over`; None where there is too much. Fault as 2.0.6 has it.

    `audit` evaluates a text: the tree of what was evaluated, with so many items of each list in it; where in the source
    the text begins; and the number of the nodes. None where the tree is not whole.
    """
    for _ in range(_OPERATORS):
        seen = audit(text, 1)
        if seen is None:
            return None
        root, offset, count = seen
        node = next((node for node in _nodes(root) if _is_arithmetic(node) and node["span"]["start"] >= offset), None)
        if node is None:
            seen = audit(text, min(_ITEMS, _VALUES // count))
            if seen is not None and any(map(_unfit, _nodes(seen[0]))):
                raise Fault("D1001", _RANGE)
            return None if seen is None else text
        rewritten = _called(text, node, offset)
        if rewritten is None:
            return None
        text = rewritten
    return None


def alone(text: str, start: int, operator: int, end: int) -> str | None:
    """The expression with its only arithmetic, from `start` to `end`, in a call; None where there is more of it.

    For evaluations that are too long for an audit.
    """
    seen = [token.text for token in tokens(text)]
    if sum(word in _ARITHMETIC for word in seen) != 1 or not _UNFIT.isdisjoint(seen) or "?" in seen:
        return None
    if start < 0 or text[operator] not in _ARITHMETIC or (_ASKING.intersection(seen) and _COMPARING.isdisjoint(seen)):
        return None
    left, right = text[start:operator], text[operator + 1 : end]
    return f'{text[:start]}$__over("{text[operator]}",{left},{right}){text[end:]}'


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.get("children", ())


def _is_arithmetic(node: dict[str, Any]) -> bool:
    if node["kind"] == "unary":
        return str(node.get("source", "")).startswith("-")
    return node["kind"] == "binary" and node.get("op") in _ARITHMETIC and len(node.get("children", ())) == 2


def _unfit(node: dict[str, Any]) -> bool:
    """Is a stand-in asked for its truth, where 2.0.6 fails with D1001 too, or given to one of `_UNFIT`?

    Fault D3001, as 2.0.6 has it, where it is made a text.
    """
    operands = node.get("children", ())
    operator = node.get("op")
    if node["kind"] == "condition":
        operands = operands[:1]
    elif any(part["kind"] == "variable" and part.get("op") in _ASKING for part in operands):
        given = [place for place, part in enumerate(operands) if part.get("output") == "<function>"]
        operands = operands[max(given, default=0) + 1 :]
    elif node["kind"] not in ("function", "binary") or operator not in _UNFIT:
        return False
    written = operator in ("&", "$string")  # an object that holds one has its truth, but no text
    standing = [part["output"] for part in operands if _stands_in(part.get("output"), written)]
    if written and any(isinstance(part, float) for part in standing):
        raise Fault("D3001", "Attempting to invoke string function on Infinity or NaN")
    return bool(standing)


def _stands_in(value: JSON, in_objects: bool) -> bool:
    if isinstance(value, dict) and in_objects:
        value = list(value.values())
    if isinstance(value, list):
        return any(_stands_in(part, in_objects) for part in value)
    return isinstance(value, float) and abs(value) == _LARGEST


def _called(text: str, node: dict[str, Any], offset: int) -> str | None:
    """The text with one operation in a call. The minus of a sign is a subtraction from nothing but its zero."""
    start, end = node["span"]["start"] - offset, node["span"]["end"] - offset
    if node["kind"] == "unary":
        return f'{text[:start]}$__over("-",0,{text[start + 1 : end]}){text[end:]}'
    left, right = node["children"]
    after, before = left["span"]["end"] - offset, right["span"]["start"] - offset
    if _COMMENT.sub("", text[after:before]) != node["op"]:
        return None
    return f'{text[:start]}$__over("{node["op"]}",{text[start:after]},{text[before:end]}){text[end:]}'


def named(value: JSON) -> JSON:
    """The value with AWS's texts for what stands for infinity. Fault D3001 where a text was made of it."""
    if isinstance(value, dict):
        return {key: named(part) for key, part in value.items()}
    if isinstance(value, list):
        return [named(part) for part in value]
    if isinstance(value, str) and _IN_TEXT in value:
        raise Fault("D3001", "Attempting to invoke string function on Infinity or NaN")
    if isinstance(value, float) and abs(value) == _LARGEST:
        return "Infinity" if value > 0 else "-Infinity"
    return value
