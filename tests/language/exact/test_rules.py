"""Every rule beside CPython, on data made to hurt: unicode, empty lists, None, negative and large numbers."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.language.exact.lowering import lower, python, run, same
from treadle.language.types import ANY, BOOL, FLOAT, INT, NUMBER, STR, Dict, Field, List, Record, optional

INTEGERS = st.one_of(st.integers(-5, 5), st.integers(-1000, 1000), st.integers(-(2**53), 2**53).map(lambda n: n // 4))
FLOATS = st.one_of(
    st.sampled_from(
        [0.5, -0.5, 2.5, 0.125, 2.675, 1.005, -1.015, 1e-7, 123456.789, 0.1, 1e15, 4503599627370497.5, 3.0]
    ),
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: x + 0.0),
    st.integers(-10000, 10000).map(lambda n: n / 1000),
).filter(lambda x: x != 0 or str(x) == "0.0")
LETTERS = st.sampled_from(
    [*"abAB01 -_.,'\"\\\n\t:é", "ß", "İ", "Σ", "😀", "ｆ", "\u2003", "\x85", "\ufeff", "\x1c", "̈"]
)
TEXTS = st.one_of(
    st.text(LETTERS, max_size=6), st.sampled_from(["", "a", "abc", "a,b", "12", "-7", " 42 ", "1_0", "+3", "x=1", "aa"])
)
SCALARS = st.one_of(st.none(), st.booleans(), INTEGERS, TEXTS)
KEYS = st.sampled_from(["a", "b", "c", "1", "and", "a b"])
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=6,
)

POINT = Record((Field("x", INT), Field("tag", STR), Field("more", List(INT), required=False)), "Point")
POINTS = st.fixed_dictionaries(
    {"x": st.integers(-3, 3), "tag": TEXTS}, optional={"more": st.lists(st.integers(-3, 3), max_size=2)}
)

VARIABLES: dict[str, tuple[Any, Any]] = {
    "i": (INT, INTEGERS),
    "j": (INT, INTEGERS),
    "k": (INT, st.integers(-4, 4)),
    "x": (FLOAT, FLOATS),
    "y": (FLOAT, FLOATS),
    "s": (STR, TEXTS),
    "t": (STR, TEXTS),
    "p": (BOOL, st.booleans()),
    "q": (BOOL, st.booleans()),
    "xs": (List(INT), st.lists(INTEGERS, max_size=5)),
    "ys": (List(INT), st.lists(st.integers(-3, 3), max_size=5)),
    "fs": (List(FLOAT), st.lists(FLOATS, max_size=5)),
    "ss": (List(STR), st.lists(TEXTS, max_size=5)),
    "ls": (List(List(INT)), st.lists(st.lists(st.integers(-3, 3), max_size=3), max_size=3)),
    "bs": (List(BOOL), st.lists(st.booleans(), max_size=3)),
    "ps": (List(POINT), st.lists(POINTS, max_size=4)),
    "pt": (POINT, POINTS),
    "d": (Dict(INT), st.dictionaries(KEYS, st.integers(-3, 3), max_size=4)),
    "e": (Dict(List(INT)), st.dictionaries(KEYS, st.lists(st.integers(-3, 3), max_size=2), max_size=3)),
    "oi": (optional(INT), st.one_of(st.none(), st.integers(-3, 3))),
    "os": (optional(STR), st.one_of(st.none(), TEXTS)),
    "ol": (optional(List(INT)), st.one_of(st.none(), st.lists(st.integers(-3, 3), max_size=2))),
    "n": (NUMBER, st.one_of(INTEGERS, FLOATS)),
    "z": (ANY, ANYTHING),
    "w": (ANY, ANYTHING),
    "zs": (List(ANY), st.lists(ANYTHING, max_size=4)),
    "zd": (Dict(ANY), st.dictionaries(KEYS, ANYTHING, max_size=4)),
    "key": (STR, KEYS),
}

EXPRESSIONS = """
i + j | i - j | k * k | i / j | i // j | i % j | i // 7 | i % 7 | i % -7 | i // k | i % k | k ** 3 | k ** 0 | -i
+i | ~i | k << 3 | i >> 2 | abs(i) | x + y | x - y | x * y
x / y | x // y | x % y | x // 0.1 | x % 0.3 | x // k | x % k | -x | abs(x) | round(x) | round(x, 1) | round(x, 2)
round(x, 3) | round(i, 2) | round(i, -2) | round(n, 2) | round(n)
int(x) | math.floor(x) | math.ceil(x) | math.trunc(x) | math.floor(i) | math.sqrt(x) | math.sqrt(i) | float(i)
int(p) | float(s) | int(s) | int(t) | p + q | p + i | p * 2 | -p | True + True | n + i | n * x | n // 2 | n % 3
n / 4
divmod(i, j) | divmod(x, y) | pow(k, 2) | k ** abs(k) | p & q | p | q | p ^ q | (i + j) * k - 3 | i - (j - k)
-(i + j) | i * -j | 2 - -i | -i % 5 | (-i) ** 2 | -i ** 2
not p | not i | not s | not xs | not d | not z | not oi | not pt | bool(xs) | bool(z) | bool(ls) | bool(os)
bool(x) | bool(fs) | p and q | p or q | p and i | i and s | s or t | xs or ys | d or e | z and w | z or w | oi or 5
os or "none" | ol or [] | xs and xs[0] | s and s[0] | p or i / k
s if p else t | i / k if k else 0 | xs[0] if xs else None | s if i > 0 else i | (xs if p else [])[0]
i if p else (j if q else k)
i == j | k == p | k == 1 | x == i | s == t | xs == ys | z == w | z == i | z == 1 | z == 0 | z == True | z == False
z == None | z == s | z == "a" | z != w | zs == xs | ls == [xs] | d == zd | d == {} | {"a": p} == {"a": k} | bs == ys
[p] == [1] | s == i | None == oi | pt == zd
i < j | i <= j < k | i < j < k < 5 | x < i | s < t | s <= t | s >= "m" | s > "😀" | "ｆ" > s | p < q | p < i | oi < 3
3 < oi | os < "b" | "b" < os | z < 3 | z < "b" | 3 > z | (i, s) < (j, t) | (k, x) >= (i, y) | 1 < k != 2
i == j == k | s < t < "z"
i in xs | 1 in ys | p in ys | k in bs | s in ss | "a" in s | s in t | "" in s | key in d | "a" in d | "x" in pt
"more" in pt | k not in ys | z in zs | xs in ls | [1] in ls | None in zs | 1 in zs | s in zs | "b" not in zd
i in [1, 2, 3] | s in ("a", "b") | oi in ys | x in fs | 1 in xs + ys
oi is None | oi is not None | z is None | z is True | z is not None | s is None
xs[0] | xs[-1] | xs[k] | xs[i] | ls[0] | ls[-1] | ls[k] | ls[0][0] | ls[k][-1] | ss[0] | s[0] | s[-1] | s[k]
d["a"] | d[key] | e["a"] | e[key][0] | pt["x"] | pt["more"] | pt["tag"][0] | ps[0]["x"] | ps[0]["more"]
ps[k]["tag"] | zd["a"] | zd[key] | z["a"] | z["b"]["c"] | z[0] | z[k] | z[key] | zs[0] | zs[k] | zs[-1] | zd["a"][0]
zd["a"]["b"] | ol[0] | [xs, ys][0] | [xs, ys][k] | (i, xs)[1] | {"a": xs}["a"] | [[i], []][k] | [d, d][0]["a"]
(xs + ys)[k] | e["a b"] | d["and"]
xs[1:] | xs[:2] | xs[:-1] | xs[-2:] | xs[1:-1] | xs[k:] | xs[:k] | xs[k:i] | xs[::2] | xs[1::2] | xs[::-1]
xs[::-2] | xs[-3::2] | xs[:] | ls[1:] | ls[:1] | ls[-1:] | ls[::-1] | zs[:1] | zs[1:3] | s[1:] | s[:2] | s[:-1]
s[-2:] | s[1:3] | s[1:-1] | s[k:] | s[:k] | s[k:2] | s[-3:-1] | s[::-1] | s[::2] | s[k:k] | (i, s, p)[1:] | s[2:1]
xs[2:1] | ol[1:]
[i, j] | [xs, ys] | [xs] | [[xs]] | [[]] | [[], xs] | [z] | [z, w] | [*xs, i] | [*xs, *ys] | [*ls, xs] | [*zs, z]
[i, *s] | [*d] | [] | [None] | [p, None, s] | (i, xs) | (xs,) | [[i], [j, k]] | [xs if p else ys] | [z or xs]
[{"a": xs}] | [(i, j)] | [*range(3)] | [xs + ys] | [xs[1:]] | [*[i, j], k]
{"a": i} | {"a": xs, "b": []} | {"a": z} | {**d, "a": 1} | {"a": 1, **d} | {**d, **e} | {s: i} | {s: 1, t: 2}
{"a": 1, s: 2} | {"a": 1, "a": 2} | {**pt, "x": 5} | {} | {"a": {"b": xs}} | {"a": [z]} | {"a b": 1, "and": 2}
{"a": None} | {**d, **{"b": 7}} | {key: i, **d} | {"a": 1, "b": 2, "a": s}
xs + ys | ls + [xs] | xs + [i] | [i] + xs | zs + zs | (i, j) + (k,) | s + t | s + "x" | xs * 2 | xs * k | ls * k
3 * s | s * k | [0] * k | [[]] * 2 | (i, j) * 2 | "-" * 5 | [s] * k | "é" + s + "!"
[v for v in xs] | [v * 2 for v in ys] | [[v] for v in xs] | [[] for v in xs] | [v for v in ls]
[v for v in ls if v] | [len(v) for v in ls] | [v for v in xs if v > 0] | [v for v in zs if v]
[v for v in zs if v is not None] | [[v, v] for v in xs if v % 2 == 0] | [v[0] for v in ls] | [v[0] for v in ls if v]
[u for v in ls for u in v] | [u + 1 for v in ls if v for u in v if u > 0] | [[u] for v in ls for u in v]
[(a, b) for a in ys for b in ys if a < b] | [a * b for a in ys for b in range(a)] | [v["x"] for v in ps]
[v["more"] for v in ps] | [v["more"] for v in ps if "more" in v] | [1 / v for v in ys] | [1 / v for v in ys if v]
[1 / v for v in ys if 1 / v > 0] | [c for c in s] | [c.upper() for c in s if c != " "] | [a for a in d]
[a for a, b in d.items() if b > 0] | [b for a, b in e.items()] | [a + b for a, b in zip(xs, ys)]
[a * b for a, b in enumerate(ys)] | [[w for w in v] for v in ls] | [[w for w in v if w > 0] for v in ls]
[[w / v for w in ys] for v in ys] | [w / v for v in ys for w in ys] | [None for v in xs] | [v for v in zs]
[{"k": v} for v in ls] | [v for v in ls if 1 in v] | [d[v] for v in ss] | [v for v in range(k)]
[v for v in range(1, i % 9, 2)] | [v for v in range(5, k, -2)] | [xs for v in xs]
[v + k for v in ys if v > k if v < 3] | [a for a in e.values()] | [v for v in pt["more"]] | [v for v in z]
[[v] for v in zs]
{v: len(v) for v in ss} | {v["tag"]: v["x"] for v in ps} | {v["tag"]: v for v in ps if v["x"] > 0}
{a: b * 2 for a, b in d.items()} | {a: [b] for a, b in d.items() if b} | {v: [] for v in ss}
{str(v): v for v in xs} | {a: b for a, b in zip(ss, ys)} | {v: 1 / k for v in ss} | {v: u for v in ss for u in ys}
{b: a for a, b in enumerate(ss)}
len(xs) | len(s) | len(d) | len(ls) | len(z) | len(pt) | len((i, j)) | len(range(k)) | len([]) | len(zs) | len({})
len(ol)
str(i) | str(p) | str(s) | str(oi) | str(os) | str(None) | str(len(xs)) | str(2.5) | f"{i}" | f"{p}" | f"{s}-{t}"
f"{oi}" | f"a{i}b{j}c{k}d{s}e{t}f" | f"{x:.2f}" | f"{x:.0f}" | f"{x:.1f}" | f"{x:,.2f}" | f"{x:10.3f}"
f"{x:<10.1f}|" | f"{x:+.2f}" | f"{x:08.2f}" | f"{x:.1%}" | f"{i:,}" | f"{i:05d}" | f"{k:+d}" | f"{k:>4}"
f"{k:<4}|" | f"{k:^5}|" | f"{s:>5}" | f"{s:<5}|" | f"{s:^6}|" | f"{s:*^7}" | f"{s:.2}" | f"{i:x}" | f"{abs(k):b}"
f"{i:_}" | f"{i:.2f}" | f"{len(xs)} items" | f"{n:.3f}" | f"{y:f}" | f"{{{s}}}" | f"{x:>12,.1f}" | f"{xs[0]}"
f"{k:03}" | f"{i:d}" | f"{p:>6}" | f"{x:%}"
s.upper() | s.lower() | s.strip() | s.lstrip() | s.rstrip() | s.strip("a-") | s.rstrip(".,") | s.lstrip("]^\\\\")
s.split() | s.split(",") | s.split("a") | s.split(t) | s.split(",", 1) | s.split("a", 2) | s.rsplit("a", 1)
s.rsplit(",", 1) | s.splitlines() | s.replace("a", "b") | s.replace("a", "") | s.replace("a", "$1")
s.replace("a", "bb", 1) | s.replace(t, "-") | s.startswith("a") | s.startswith(("a", "-")) | s.startswith(t)
s.endswith("b") | s.endswith(t) | s.endswith(("a", "é")) | s.removeprefix("a") | s.removesuffix("b")
s.removeprefix(t) | s.removesuffix(t) | s.find("a") | s.find(t) | s.index("a") | s.index(t) | s.rfind("a")
s.count("a") | s.count(t) | s.partition(",") | s.partition("=") | s.ljust(5) | s.rjust(5) | s.rjust(5, "0")
s.ljust(k) | s.zfill(5) | s.zfill(k) | s.isspace() | s.isascii() | ",".join(ss) | "".join(ss) | s.join(ss)
", ".join([str(v) for v in xs]) | "\\n".join(v["tag"] for v in ps) | ",".join(s) | os.upper() | z.upper()
s.strip().lower() | s.replace("\\\\", "/") | (s + t).upper() | s.count("aa") | s.lower() == t.lower()
s.replace("a", t) | z.strip() | z.keys()
d.get("a") | d.get("a", 0) | d.get(key, i) | pt.get("more") | pt.get("more", []) | pt.get("x") | zd.get("a")
zd.get(key, "none") | e.get("a", []) | list(d.keys()) | list(d.values()) | list(e.values()) | list(d.items())
list(e.items()) | list(d) | dict(d) | dict(zip(ss, xs)) | dict(a=i, b=xs) | dict(d, a=5) | d | {"a": 9} | sorted(d)
sorted(d.items()) | max(d.values()) | sum(d.values()) | len(d.items()) | z.get("a") | sorted(e.keys())
sum(xs) | sum(ys) | sum(ys, 10) | sum(bs) | sum([len(v) for v in ls]) | sum(v * v for v in ys) | min(xs) | max(xs)
min(fs) | max(fs) | min(ss) | max(ss) | max(ss, key=len) | min(ss, key=lambda v: len(v)) | max(xs, default=0)
min(ss, default=None) | max(i, j) | min(i, j, k) | max(s, t) | max(x, i) | max(ls, key=len)
min(ps, key=lambda v: v["x"]) | max(ps, key=lambda v: (v["x"], v["tag"])) | max(len(s), 3) | any(bs) | all(bs)
any(xs) | all(xs) | any(ss) | all(zs) | any(zs) | any(v > 0 for v in ys) | all(v > 0 for v in ys) | any(ls)
max([v["x"] for v in ps], default=None) | min(bs) | max(d, key=lambda v: d[v]) | math.prod(ys)
sorted(xs) | sorted(ys, reverse=True) | sorted(fs) | sorted(ss) | sorted(ss, reverse=True) | sorted(ss, key=len)
sorted(ss, key=lambda v: -len(v)) | sorted(ss, key=lambda v: v.lower()) | sorted(ps, key=lambda v: v["x"])
sorted(ps, key=lambda v: v["x"], reverse=True) | sorted(ps, key=lambda v: (v["x"], v["tag"]))
sorted(ps, key=lambda v: (-v["x"], len(v["tag"]))) | sorted(ls, key=len) | sorted(ls, key=sum) | sorted(bs)
sorted(zip(ys, ss)) | sorted(ls, key=lambda v: v[0]) | list(reversed(xs)) | list(reversed(ls)) | list(enumerate(ls))
list(enumerate(ss, 1)) | list(enumerate(ss, k)) | list(zip(xs, ys)) | list(zip(ls, ls)) | list(zip(xs, ss, bs))
list(zip(xs)) | list(map(str, xs)) | list(map(len, ls)) | list(map(lambda v: v * 2, ys))
list(filter(lambda v: v > 0, ys)) | list(filter(None, zs)) | list(filter(lambda v: v, ls))
list(map(lambda a, b: a + b, xs, ys)) | list(range(k)) | list(range(k, 5)) | list(range(0, i % 7, 2))
list(range(3, k, -1)) | list(s) | list(xs) | next((v for v in xs if v > 0), None) | next((v for v in ls if v), [])
xs.index(k) | ys.index(k) | ss.index(s) | ys.count(k) | ls.count([]) | bs.count(True) | ys.count(True)
tuple((i, j)) | len(set(ss)) | sorted(set(ys)) | k in set(ys) | range(5)[k] | list(range(k))[-1]
sorted(ss, key=lambda v: len(v) % 2)
json.dumps(xs, separators=(",", ":"), ensure_ascii=False) | json.dumps(ss, ensure_ascii=False)
json.dumps(s, ensure_ascii=False) | json.dumps(e, ensure_ascii=False)
json.dumps({"a": xs, "b": s, "c": p, "d": None}, ensure_ascii=False) | json.dumps(ss, ensure_ascii=False, indent=2)
json.dumps(e, ensure_ascii=False, indent=4) | json.dumps(ls, ensure_ascii=False, indent=2)
json.dumps(pt, ensure_ascii=False, indent=0)
json.dumps({"a": [xs, {}], "b": {"c": []}}, ensure_ascii=False, indent=2)
json.dumps(ss, ensure_ascii=False, separators=(",", ":"))
[max([(a, b) for a, b in enumerate(v)], key=lambda u: u)[1] for v in ss if v] | [(sorted(v) + [1])[0] for v in ls]
[(v or [5])[-1] for v in ls]
sorted(set(ys) | set(xs)) | sorted(set(ys) & set(xs)) | sorted(set(ys) - set(xs)) | sorted(set(ys) ^ set(xs))
len(set(ss) - set(s)) | k in set(ys) & set(xs) | set(ys) == set(ys[::-1]) | set(ys) != set(xs)
set(ys + xs) == set(xs + ys) | not set(ys) - set(xs)
+(None == s.index('a')) | [0, 1][None == s.index('a')] | [0, 5][p]
json.dumps(i) | json.dumps(p) | json.loads(json.dumps(ss, ensure_ascii=False))
"""


def expressions() -> list[str]:
    """One a `|`; a line's `|` of Python's own is written with both operands named here."""
    found = []
    for line in (
        EXPRESSIONS.replace("p | q", "p \x00 q")
        .replace("d | {", "d \x00 {")
        .replace("set(ys) | set", "set(ys) \x00 set")
        .strip()
        .splitlines()
    ):
        found.extend(each.strip().replace("\x00", "|") for each in _split(line))
    return found


def _split(line: str) -> list[str]:
    """Splits at ` | ` outside quotes, so that a format may hold one."""
    parts, current, quoted = [], "", ""
    for letter in line:
        if quoted:
            quoted = "" if letter == quoted else quoted
        elif letter in "\"'":
            quoted = letter
        if letter == "|" and not quoted:
            parts.append(current)
            current = ""
        else:
            current += letter
    return [*parts, current]


def variables_of(source: str) -> dict[str, tuple[Any, Any]]:
    import ast

    names = {node.id for node in ast.walk(ast.parse(source, mode="eval")) if isinstance(node, ast.Name)}
    return {name: VARIABLES[name] for name in sorted(names & set(VARIABLES))}


@pytest.mark.parametrize("source", expressions())
def test_gives_what_python_gives(source: str) -> None:
    known = variables_of(source)
    term = lower(source, {name: type for name, (type, _) in known.items()})

    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(st.fixed_dictionaries({name: strategy for name, (_, strategy) in known.items()}))
    def check(values: dict[str, Any]) -> None:
        wanted = python(source, values)
        assume(in_domain(wanted))
        found = run(term, values)
        assert same(found, wanted), (
            f"{source}\n{values}\n{term.text}\n{term.guards}\nfound {found!r}\nwanted {wanted!r}"
        )

    check()


def in_domain(value: Any) -> bool:
    """Integers within 2^53, finite floats."""
    if isinstance(value, list):
        return all(map(in_domain, value))
    return not isinstance(value, (int, float)) or (
        math.isfinite(value) and (isinstance(value, float) or abs(value) <= 2**53)
    )


def test_there_are_many() -> None:
    assert len(expressions()) > 500
