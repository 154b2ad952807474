"""What the conditions on the way to a place say of the values there: a guard that they rule out needs no state.

A fact is a comparison of two JSONata texts, or a text that is true or false (formulas.py); proofs.py draws conclusions.
The facts of a place lie in its environment beside the names, so they meet where ways meet, as the types do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from treadle.language.formulas import SIZE, Formula, atoms_of, is_size, linear, read, variables_of
from treadle.language.proofs import least, proves, refutes
from treadle.language.scan import substitute, variables
from treadle.language.steps import Expr, Value

KEY = ""
"""Where an environment keeps the facts: under a name that no variable has."""
MOST = 60
"""Facts that are kept at a place; the oldest go first."""
_CHANGING = frozenset({"random", "uuid", "now", "millis", "shuffle", "states"})
"""What differs from one look to the next, so that nothing can be said of it."""
_GROWN = re.compile(r"\$append\(\$\w+, \[(\"[^\"]*\"|-?\d[\d.]*|true|false|null|\[[^\[\]]*\])\]\)")
"""A list with one more item: not what a display of other lists' items adds, which may be nothing."""

Env = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """The facts of a place, the oldest first."""

    atoms: Mapping[Formula, None]


def of(env: Env) -> Known:
    found = env.get(KEY)
    return found if isinstance(found, Known) else Known({})


def carried(env: Env, source: Env) -> Env:
    """`env` with the facts of another: facts go with the way, names with the function."""
    return {**env, KEY: of(source)} if KEY in source or KEY in env else env


def learned(env: Env, text: str, truth: bool) -> Env:
    """The environment where a condition came out as `truth`."""
    return _with(env, atoms_of(read(text, truth)))


def ruled_out(env: Env, when: str) -> bool:
    """True where a guard cannot hold."""
    found = of(env)
    return bool(found.atoms or SIZE.search(when)) and refutes(found.atoms, read(when, True))


def forgotten(env: Env, names: Iterable[str]) -> Env:
    """The environment where variables have new values, of which nothing is known."""
    gone = set(names)
    found = of(env).atoms
    kept = {atom: None for atom in found if not gone & variables_of(atom)}
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
    kept = {
        atom: None for atom in found if not gone & variables_of(atom) or (atom[0] == "<=" and atom[1] in ("0", "1"))
    }
    return env if len(kept) == len(found) else {**env, KEY: Known(kept)}


def _with(env: Env, atoms: Iterable[Formula]) -> Env:
    found = of(env).atoms
    new = {atom: None for atom in atoms if atom not in found and not _CHANGING & variables_of(atom)}
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
            elif not assign.keys() & variables(text).keys() and (is_size(text) or linear(text)[0] != text):
                yield ("=", name, text)
            bound = least(known, text)
            if bound is not None and bound >= 0:
                yield ("<=", "1" if bound >= 1 else "0", name)


def _same(known: Mapping[Formula, None], name: str, other: str, assign: Mapping[str, Value]) -> Iterator[Formula]:
    """What is known of one variable is true of another that takes its value."""
    put = {other[1:]: Expr(name)}
    for atom in known:
        names = variables_of(atom)
        if other[1:] in names and not names & (assign.keys() - {other[1:]}):
            yield (atom[0], *(substitute(Expr(text), put).text for text in atom[1:]))


def join(left: Known, right: Known) -> Known:
    """What holds on both of two ways."""
    if left.atoms == right.atoms:
        return left
    kept = [atom for atom in left.atoms if proves(right.atoms, atom)]
    kept += [atom for atom in right.atoms if atom not in left.atoms and proves(left.atoms, atom)]
    return Known(dict.fromkeys(kept))
