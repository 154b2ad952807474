"""What facts prove and refute. Order is kept as differences: `x - y <= c`."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping

from treadle.language.formulas import NUMBER, Formula, atoms_of, is_size, linear

_PARTS = re.compile(r"\$count\(\$split\(\$[\w.]+, \"[^\"\\]+\"\)\)")


def refutes(facts: Mapping[Formula, None], formula: Formula) -> bool:
    match formula:
        case ("and", parts):
            return any(refutes(facts, each) for each in parts) or _disagree(facts, parts)
        case ("or", parts):
            return all(refutes(facts, each) for each in parts)
        case ("<", left, right):
            return proves(facts, ("<=", right, left))
        case ("<=", left, right):
            return proves(facts, ("<", right, left))
        case ("=", left, right):
            return proves(facts, ("!=", left, right))
        case ("!=", left, right):
            return proves(facts, ("=", left, right))
        case ("yes", text):
            return ("no", text) in facts
    return ("yes", formula[1]) in facts


def _disagree(facts: Mapping[Formula, None], parts: Iterable[Formula]) -> bool:
    """True where a later part of an `and` cannot hold beside the earlier ones."""
    known = dict(facts)
    for each in parts:
        if refutes(known, each):
            return True
        known |= dict.fromkeys(atoms_of(each))
    return False


def proves(facts: Mapping[Formula, None], atom: Formula) -> bool:
    if atom in facts:
        return True
    kind, left, right = (*atom, "")[:3]
    match kind:
        case "=":
            return ("=", right, left) in facts or left == right
        case "!=":
            if ("!=", right, left) in facts:
                return True
            return _below(facts, left, right, True) or _below(facts, right, left, True)
        case "<" | "<=":
            return _below(facts, left, right, kind == "<")
    return False


def _below(facts: Mapping[Formula, None], left: str, right: str, strictly: bool) -> bool:
    """True where the facts say that `left < right` (or `<=`)."""
    for side, other, sign in ((left, right, 1), (right, left, -1)):
        if side[:1] == "-" and not NUMBER.fullmatch(side) and linear(side)[0] == side:  # -a < b: 0 < a + b
            if sign < 0:
                return False
            parts = [least(facts, each) for each in (side[1:], other)]
            return None not in parts and (sum(parts) > 0 or (not strictly and sum(parts) == 0))  # type: ignore[arg-type]
    (x, first), (y, second) = linear(left), linear(right)
    found = _difference(facts, x, y)
    # x + first < y + second: x - y < second - first
    return found is not None and (
        found[0] < second - first or (found[0] == second - first and not (strictly and found[1]))
    )


def least(facts: Mapping[Formula, None], text: str) -> float | None:
    """The least that a number can be, as far as is known."""
    base, constant = linear(text)
    found = _difference(facts, "0", base)
    return None if found is None else constant - found[0]


Edges = dict[str, list[tuple[str, float, bool]]]


def _difference(facts: Mapping[Formula, None], start: str, end: str) -> tuple[float, bool] | None:
    """The least c for which `start - end <= c` is known, and whether equality is possible."""
    if start == end:
        return 0, True
    if not is_size(end) and not any(end == target for atom in facts for _, target, _, _ in _edges_of(atom)):
        return None  # nothing leads there: no need to look for a way
    edges = _edges(facts)
    sizes = [node for node in (start, end) if node not in edges and is_size(node)]
    if sizes:
        edges = {**edges, "0": [*edges.get("0", ()), *((node, _least_size(node), True) for node in sizes)]}
    return _path(edges, start, end)


def _least_size(node: str) -> float:
    """`0 - size <= c`."""
    return -1.0 if _PARTS.fullmatch(node) else 0.0


_made: dict[int, tuple[Mapping[Formula, None], Edges]] = {}


def _edges(facts: Mapping[Formula, None]) -> Edges:
    """The facts as a graph of differences; made once for as long as the same facts are asked about."""
    found = _made.get(id(facts))
    if found is not None and found[0] is facts:
        return found[1]
    edges: Edges = {"0": []}
    for atom in facts:
        for x, y, limit, reached in _edges_of(atom):
            edges.setdefault(x, []).append((y, limit, reached))
            edges.setdefault(y, [])
    unequal = [(left, right) for kind, left, *rest in facts if kind == "!=" for right in rest]
    for texts in unequal:
        for text in texts:
            edges.setdefault(linear(text)[0], [])
    edges["0"] += [(node, _least_size(node), True) for node in edges if node != "0" and is_size(node)]
    for left, right in unequal:
        for one, other in ((left, right), (right, left)):
            (x, first), (y, second) = linear(one), linear(other)
            if _path(edges, x, y) == (second - first, True):  # at most equal, and not equal
                edges[x].append(_edge(one, other, True)[1:])
    if len(_made) > 64:
        _made.clear()
    _made[id(facts)] = (facts, edges)
    return edges


@functools.lru_cache(maxsize=8192)
def _edges_of(atom: Formula) -> tuple[tuple[str, str, float, bool], ...]:
    """What one fact says of differences: (x, y, limit, whether it can be reached)."""
    match atom:
        case ("<" | "<=" as kind, left, right):
            return (_edge(left, right, kind == "<"),)
        case ("=", left, right):
            return _edge(left, right, False), _edge(right, left, False)
    return ()


def _edge(left: str, right: str, strict: bool) -> tuple[str, str, float, bool]:
    (x, first), (y, second) = linear(left), linear(right)
    limit = second - first
    if strict and is_size(x) and is_size(y):
        return x, y, limit - 1, True
    return x, y, limit, not strict


def _path(edges: Mapping[str, list[tuple[str, float, bool]]], start: str, end: str) -> tuple[float, bool] | None:
    """The shortest way: the sum of its limits, and whether all of them can be reached."""
    best: dict[str, tuple[float, bool]] = {start: (0, True)}
    better = [start]
    for _ in range(8):
        reached_by, better = better, []
        for node in reached_by:
            so_far, equal = best[node]
            for target, limit, reached in edges.get(node, ()):
                new = (so_far + limit, equal and reached)
                if target not in best or new < best[target]:
                    best[target] = new
                    better.append(target)
        if not better:
            break
    return best.get(end)
