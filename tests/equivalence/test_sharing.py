"""Natural programs that change lists and dicts in place: each is accepted, and does what Python does."""

from __future__ import annotations

import pytest

from tests.equivalence import aliases, world
from tests.equivalence.judge import judge

PROGRAMS = {
    "a grid": ("n: int", "grid = [[0] * 3 for _ in range(3)]; for i in range(3):;     grid[i][i] = n; return grid"),
    "groups": (
        "rows: list[Item]",
        "groups = {}; for row in rows:;     groups.setdefault(row['tag'], []).append(row); return groups",
    ),
    "groups by hand": (
        "rows: list[Item]",
        "groups: dict[str, list[Item]] = {}; for row in rows:;     k = row['tag'];     if k not in groups:;"
        "         groups[k] = [];     groups[k].append(row); return groups",
    ),
    "chunks": (
        "xs: list[int]",
        "out = []; now = []; for x in xs:;     now.append(x);     if len(now) == 2:;         out.append(now);"
        "         now = []; return [out, now]",
    ),
    "a helper that adds": ("n: int", "log: list[int] = []; added(log, n); added(log, 2); return log"),
    "a name that has served": ("xs: list[int]", "ys = xs; ys.append(1); return ys"),
    "two that change places": ("a: list[int]; b: list[int]", "a, b = b, a; a.append(1); return [a, b]"),
    "an items' loop that sets them": ("d: dict[str, int]", "for k, v in d.items():;     d[k] = v + 1; return d"),
    "an item added to": ("g: dict[str, list[int]]", "for k in list(g):;     g[k] += [1]; return g"),
    "a tree of work": (
        "g: dict[str, list[int]]",
        "todo = [g]; seen = []; while todo:;     at = todo.pop();     seen.append(len(at));     if len(seen) < 3:;"
        "         todo.append(dict(at)); return seen",
    ),
    "the best so far": (
        "rows: list[Item]",
        "best = None; for row in rows:;     if best is None or row['x'] > best['x']:;         best = row;"
        "return best['tag'] if best else None",
    ),
    "a stack": (
        "s: str",
        "stack = []; pairs = {')': '('}; for c in s:;     if c == '(':;         stack.append(c);     elif c in pairs:;"
        "         if not stack or stack.pop() != pairs[c]:;             return False; return not stack",
    ),
    "prices": (
        "rows: list[dict[str, Any]]",
        "total = 0.0; for row in rows:;     total += row['a'] * row.get('b', 1); return round(total, 2)",
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_change_in_place(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, each in aliases.WORLD.items():
        monkeypatch.setattr(world, key, each, raising=False)
    given, body = PROGRAMS[name]
    parameters = dict(each.split(": ") for each in given.split("; "))
    lines = [line if line.startswith(" ") else line.strip() for line in body.replace("; ", ";").split(";")]
    source = f"def program({', '.join(given.split('; '))}) -> Any:\n" + "".join(f"    {line}\n" for line in lines)
    verdict = judge(source, parameters, 3, inputs=12)
    assert verdict.kind == "same", f"{source}\n{verdict.detail}"
