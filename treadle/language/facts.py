"""What the conditions on the way to a place say of the values there: a guard that they rule out needs no state.

A fact is a comparison of two JSONata texts, or a text that is true or false. Order is kept as differences:
`x - y <= c`.
The facts of a place lie in its environment beside the names, so they meet where ways meet, as the types do.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from treadle.language.scan import pieces, substitute, variables
from treadle.language.steps import Expr, Value

KEY = ""
"""Where an environment keeps the facts: under a name that no variable has."""
MOST = 60
"""Facts that are kept at a place; the oldest go first."""
_CHANGING = frozenset({"random", "uuid", "now", "millis", "shuffle", "states"})
"""What differs from one look to the next, so that nothing can be said of it."""
_SIZE = re.compile(r"\$(?:count|length)\(")
_GROWN = re.compile(r"\$append\(\$\w+, \[(\"[^\"]*\"|-?\d[\d.]*|true|false|null|\[[^\[\]]*\])\]\)")
"""A list with one more item: not what a display of other lists' items adds, which may be nothing."""
_PARTS = re.compile(r"\$count\(\$split\(\$[\w.]+, \"[^\"\\]+\"\)\)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_ORDER = {"<": "<", "<=": "<=", ">": "<", ">=": "<="}

Formula = tuple[Any, ...]
"""("and" | "or", parts), ("<" | "<=" | "=" | "!=", left, right), ("yes" | "no", text)."""
Env = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """The facts of a place, the oldest first."""

    atoms: Mapping[Formula, None]


# --- facts of a place


def of(env: Env) -> Known:
    found = env.get(KEY)
    return found if isinstance(found, Known) else Known({})


def carried(env: Env, source: Env) -> Env:
    """`env` with the facts of another: facts go with the way, names with the function."""
    return {**env, KEY: of(source)} if KEY in source or KEY in env else env


def learned(env: Env, text: str, truth: bool) -> Env:
    """The environment where a condition came out as `truth`."""
    return _with(env, _atoms(_formula(text, truth)))


def ruled_out(env: Env, when: str) -> bool:
    """True where a guard cannot hold."""
    found = of(env)
    return bool(found.atoms or _SIZE.search(when)) and _refutes(found.atoms, _formula(when, True))


def forgotten(env: Env, names: Iterable[str]) -> Env:
    """The environment where variables have new values, of which nothing is known."""
    gone = set(names)
    found = of(env).atoms
    kept = {atom: None for atom in found if not gone & _names(atom)}
    return env if len(kept) == len(found) else {**env, KEY: Known(kept)}


def assigned(env: Env, assign: Mapping[str, Value]) -> Env:
    """The environment after a state's assignments, with what their values say: signs, sizes, other names of a size."""
    if not assign:
        return env
    said = [atom for name, value in assign.items() for atom in _of_value(of(env).atoms, f"${name}", value, assign)]
    return _with(forgotten(env, assign), said)


def weakened(env: Env, names: Iterable[str]) -> Env:
    """The environment at the head of a loop that gives variables new values: of what is known, their signs may last."""
    gone = set(names)
    found = of(env).atoms
    kept = {atom: None for atom in found if not gone & _names(atom) or (atom[0] == "<=" and atom[1] in ("0", "1"))}
    return env if len(kept) == len(found) else {**env, KEY: Known(kept)}


def _with(env: Env, atoms: Iterable[Formula]) -> Env:
    found = of(env).atoms
    new = {atom: None for atom in atoms if atom not in found and not _CHANGING & _names(atom)}
    if not new:
        return env
    every = {**found, **new}
    for atom in list(every)[: max(0, len(every) - MOST)]:
        del every[atom]
    return {**env, KEY: Known(every)}


def _of_value(known: Mapping[Formula, None], name: str, value: Value, assign: Mapping[str, Value]) -> Iterator[Formula]:
    match value:
        case bool():
            return
        case int() | float():
            yield from [("<=", "1" if value >= 1 else "0", name)] if value >= 0 else []
        case list() if value:
            yield ("<=", str(len(value)), f"$count({name})")
        case Expr(fleeting=False):
            text = value.text
            if _GROWN.fullmatch(text):
                yield ("<=", "1", f"$count({name})")
            if text[1:].isidentifier():
                yield from _same(known, name, text, assign)
            elif not assign.keys() & variables(text).keys() and (_is_size(text) or _linear(text)[0] != text):
                yield ("=", name, text)
            least = next((least for least in ("1", "0") if _proves(known, ("<=", least, text))), None)
            if least is not None:
                yield ("<=", least, name)


def _same(known: Mapping[Formula, None], name: str, other: str, assign: Mapping[str, Value]) -> Iterator[Formula]:
    """What is known of one variable is true of another that takes its value."""
    put = {other[1:]: Expr(name)}
    for atom in known:
        names = _names(atom)
        if other[1:] in names and not names & (assign.keys() - {other[1:]}):
            yield (atom[0], *(substitute(Expr(text), put).text for text in atom[1:]))


def join(left: Known, right: Known) -> Known:
    """What holds on both of two ways."""
    if left.atoms == right.atoms:
        return left
    kept = [atom for atom in left.atoms if _proves(right.atoms, atom)]
    kept += [atom for atom in right.atoms if atom not in left.atoms and _proves(left.atoms, atom)]
    return Known(dict.fromkeys(kept))


@functools.lru_cache(maxsize=8192)
def _names(atom: Formula) -> frozenset[str]:
    return frozenset(name for text in atom[1:] for name in variables(text))


# --- reading conditions


def _atoms(formula: Formula) -> Iterator[Formula]:
    """The facts that all hold where the formula does."""
    if formula[0] == "and":
        for each in formula[1]:
            yield from _atoms(each)
    elif formula[0] != "or":
        yield formula
        if formula[0] == "!=" and '""' in formula:
            text = formula[1] if formula[2] == '""' else formula[2]
            yield ("<=", "1", f"$length({text})")


@functools.lru_cache(maxsize=8192)
def _formula(text: str, truth: bool) -> Formula:
    """A JSONata condition, or what holds where it does not."""
    text = _opened(text)
    if text in ("true", "false"):
        return ("and" if (text == "true") == truth else "or", ())
    marks = _top(text)
    if any(mark == ":=" or mark == "~" for mark, _, _ in marks):
        return ("yes" if truth else "no", text)
    if any(mark == "?" for mark, _, _ in marks):
        return _chosen(text, marks, truth)
    for word, other in (("or", "and"), ("and", "or")):
        parts = _split(text, marks, word)
        if len(parts) > 1:
            return (word if truth else other, tuple(_formula(part, truth) for part in parts))
    compared = [each for each in marks if each[0] in ("<", "<=", ">", ">=", "=", "!=")]
    if len(compared) == 1 and not any(mark == "in" for mark, _, _ in marks):
        (mark, start, end) = compared[0]
        return _compared(mark, text[:start].strip(), text[end:].strip(), truth)
    if text.startswith("$not(") and _whole_call(text):
        return _formula(text[5:-1], not truth)
    return ("yes" if truth else "no", text)


def _compared(mark: str, left: str, right: str, truth: bool) -> Formula:
    if mark in ("=", "!="):
        return ("=" if (mark == "=") == truth else "!=", left, right)
    if mark in (">", ">="):
        left, right = right, left
    if truth:
        return (_ORDER[mark], left, right)
    return ("<=" if _ORDER[mark] == "<" else "<", right, left)


def _chosen(text: str, marks: list[tuple[str, int, int]], truth: bool) -> Formula:
    """`test ? then : other`."""
    depth, test, then = 0, "", ""
    at = -1
    for mark, start, end in marks:
        if mark == "?" and not depth and at < 0:
            test, at = text[:start], end
        elif mark == "?":
            depth += 1
        elif mark == ":" and depth:
            depth -= 1
        elif mark == ":":
            then = text[at:start]
            other = text[end:]
            holds = ("and", (_formula(test, True), _formula(then, truth)))
            fails = ("and", (_formula(test, False), _formula(other, truth)))
            never = ("or", ())
            ways = tuple(
                way for way, last in ((holds, _formula(then, truth)), (fails, _formula(other, truth))) if last != never
            )
            return ways[0] if len(ways) == 1 else ("or", ways)
    return ("yes" if truth else "no", text)


def _top(text: str) -> list[tuple[str, int, int]]:
    """The operators that stand in no brackets, with where they begin and end."""
    found: list[tuple[str, int, int]] = []
    depth, at, before = 0, 0, ""
    for kind, piece in pieces(text):
        start, at = at, at + len(piece)
        if kind == "mark" and piece in "([{":
            depth += 1
        elif kind == "mark" and piece in ")]}":
            depth -= 1
        elif depth == 0 and kind == "mark" and piece in "<>=!?:~+-*/%&;":
            if piece == "=" and found and found[-1][2] == start and found[-1][0] in ("<", ">", "!", ":"):
                found[-1] = (found[-1][0] + "=", found[-1][1], at)
            else:
                found.append((piece, start, at))
        elif depth == 0 and kind == "word" and piece in ("and", "or", "in", "function") and before != ".":
            found.append((piece, start, at))
        if not piece.isspace():
            before = piece
    return found


def _split(text: str, marks: list[tuple[str, int, int]], word: str) -> list[str]:
    parts, last = [], 0
    for mark, start, end in marks:
        if mark == word:
            parts.append(text[last:start].strip())
            last = end
    return [*parts, text[last:].strip()]


def _opened(text: str) -> str:
    """The text less parentheses around all of it, its bindings put in the places of their names."""
    text = text.strip()
    while text.startswith("(") and _whole(text):
        *bindings, body = _split(text[1:-1], _top(text[1:-1]), ";")
        put: dict[str, Expr] = {}
        for each in bindings:
            name, bound, value = each.partition(" := ")
            if not bound or not name.startswith("$") or not name[1:].isidentifier():
                return text
            put[name[1:]] = substitute(Expr(value), put)
        text = substitute(Expr(body), put).text.strip()
    return text


def _whole(text: str) -> bool:
    """True where the first bracket of a text is closed by its last character."""
    depth, at = 0, 0
    for kind, piece in pieces(text):
        at += len(piece)
        if kind == "mark" and piece in "([{":
            depth += 1
        elif kind == "mark" and piece in ")]}":
            depth -= 1
            if depth == 0:
                return at == len(text)
    return False


def _whole_call(text: str) -> bool:
    """True where the text is one call of a function."""
    return text.endswith(")") and _whole(text)


# --- drawing conclusions


def _refutes(facts: Mapping[Formula, None], formula: Formula) -> bool:
    match formula:
        case ("and", parts):
            return any(_refutes(facts, each) for each in parts) or _disagree(facts, parts)
        case ("or", parts):
            return all(_refutes(facts, each) for each in parts)
        case ("<", left, right):
            return _proves(facts, ("<=", right, left))
        case ("<=", left, right):
            return _proves(facts, ("<", right, left))
        case ("=", left, right):
            return _proves(facts, ("!=", left, right))
        case ("!=", left, right):
            return _proves(facts, ("=", left, right))
        case ("yes", text):
            return ("no", text) in facts
    return ("yes", formula[1]) in facts


def _disagree(facts: Mapping[Formula, None], parts: Iterable[Formula]) -> bool:
    """True where a later part of an `and` cannot hold beside the earlier ones."""
    known = dict(facts)
    for each in parts:
        if _refutes(known, each):
            return True
        known |= dict.fromkeys(_atoms(each))
    return False


def _proves(facts: Mapping[Formula, None], atom: Formula) -> bool:
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
        if side[:1] == "-" and not _NUMBER.fullmatch(side) and _linear(side)[0] == side:  # -a < b: 0 < a + b
            if sign < 0:
                return False
            parts = [_least(facts, each) for each in (side[1:], other)]
            return None not in parts and (sum(parts) > 0 or (not strictly and sum(parts) == 0))  # type: ignore[arg-type]
    (x, first), (y, second) = _linear(left), _linear(right)
    found = _difference(facts, x, y)
    # x + first < y + second: x - y < second - first
    return found is not None and (
        found[0] < second - first or (found[0] == second - first and not (strictly and found[1]))
    )


def _least(facts: Mapping[Formula, None], text: str) -> float | None:
    base, constant = _linear(text)
    found = _difference(facts, "0", base)
    return None if found is None else constant - found[0]


Edges = dict[str, list[tuple[str, float, bool]]]


def _difference(facts: Mapping[Formula, None], start: str, end: str) -> tuple[float, bool] | None:
    """The least c for which `start - end <= c` is known, and whether equality is possible."""
    if start == end:
        return 0, True
    edges = _edges(facts)
    sizes = [node for node in (start, end) if node not in edges and _is_size(node)]
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
    edges: Edges = {}
    nodes = {"0"}

    def edge(left: str, right: str, strict: bool) -> None:
        (x, first), (y, second) = _linear(left), _linear(right)
        limit = second - first
        if strict and _is_size(x) and _is_size(y):
            limit, strict = limit - 1, False
        edges.setdefault(x, []).append((y, limit, not strict))
        edges.setdefault(y, [])
        nodes.update((x, y))

    unequal = []
    for kind, *texts in facts:
        if kind in ("<", "<="):
            edge(texts[0], texts[1], kind == "<")
        elif kind == "=":
            edge(texts[0], texts[1], False)
            edge(texts[1], texts[0], False)
        elif kind == "!=":
            unequal.append((texts[0], texts[1]))
            nodes.update(_linear(text)[0] for text in texts)
    for node in sorted(nodes):
        if _is_size(node) and node != "0":
            edges.setdefault("0", []).append((node, _least_size(node), True))
            edges.setdefault(node, [])
    for left, right in unequal:
        for one, other in ((left, right), (right, left)):
            (x, first), (y, second) = _linear(one), _linear(other)
            if _path(edges, x, y) == (second - first, True):  # at most equal, and not equal
                edge(one, other, True)
    if len(_made) > 64:
        _made.clear()
    _made[id(facts)] = (facts, edges)
    return edges


def _path(edges: Mapping[str, list[tuple[str, float, bool]]], start: str, end: str) -> tuple[float, bool] | None:
    """The shortest way: the sum of its limits, and whether all of them can be reached."""
    best: dict[str, tuple[float, bool]] = {start: (0, True)}
    for _ in range(8):
        changed = False
        for node, (so_far, equal) in list(best.items()):
            for target, limit, reached in edges.get(node, ()):
                new = (so_far + limit, equal and reached)
                if target not in best or new < best[target]:
                    best[target] = new
                    changed = True
        if not changed:
            break
    return best.get(end)


def _is_size(text: str) -> bool:
    return text == "0" or (_SIZE.match(text) is not None and _whole_call(text))


@functools.lru_cache(maxsize=8192)
def _linear(text: str) -> tuple[str, float]:
    """A text as a base and a constant: `$i + 1` is ("$i", 1), `3` is ("0", 3)."""
    text = _opened(text)
    if _NUMBER.fullmatch(text):
        return "0", float(text)
    marks = _top(text)
    if marks and all(mark in "+-" for mark, _, _ in marks):
        mark, start, end = marks[-1]
        last = text[end:].strip()
        if start and _NUMBER.fullmatch(last):
            base, constant = _linear(text[:start])
            return base, constant + (float(last) if mark == "+" else -float(last))
    return text, 0.0
