"""Tests that the numbers before them decide: what a loop over a constant range asks first."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

from treadle.language import placing
from treadle.language.scan import substitute
from treadle.language.steps import Choice, Expr, Link, Pass, Value

_COMPARED = re.compile(r"(-?\d+) (<|<=|>|>=|=|!=) (-?\d+)")
_SUM = re.compile(r"(-?\d+) ([+-]) (\d+)")
_HOLDS: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip


def decided(step: Pass, after: Choice) -> tuple[dict[str, Value], Link] | None:
    """The way that a Choice goes after a Pass whose numbers decide it, with what is assigned on it; None: unknown."""
    numbers = {name: Expr(str(value)) for name, value in step.assign.items() if type(value) is int}
    way = (after.assign, after.default)
    for rule in after.rules:
        compared = _COMPARED.fullmatch(substitute(rule.when, numbers).text)
        if compared is None:
            return None
        if _HOLDS[compared[2]](int(compared[1]), int(compared[3])):
            way = (rule.assign, rule.next)
            break
    put = placing.placer(step.assign, list(way[0].values()), kept=step.assign)
    if put is None:
        return None
    return {name: _summed(put(value)) for name, value in way[0].items()}, way[1]


def _summed(value: Value) -> Value:
    found = _SUM.fullmatch(value.text) if isinstance(value, Expr) else None
    if found is None:
        return value
    return int(found[1]) + (int(found[3]) if found[2] == "+" else -int(found[3]))
