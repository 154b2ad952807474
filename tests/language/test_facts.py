"""No state stands for an error that cannot be; one stands where it can. Each program is run beside CPython."""

from __future__ import annotations

import json
import linecache
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.language.harness import agree
from treadle.language import compile_function, facts

XS = [{"xs": []}, {"xs": [3]}, {"xs": [2, 5, 4]}]
DK = [{"d": {}, "k": "a"}, {"d": {"a": 1}, "k": "a"}, {"d": {"a": 0, "b": 2}, "k": "b"}]
AN = [{"a": 7, "n": 0}, {"a": -7, "n": 2}, {"a": 7, "n": -2}]
WORDS = [{"words": []}, {"words": ["a"]}, {"words": ["ab", "b", "ab"]}]

SURE: list[tuple[str, str, list[dict[str, Any]]]] = [
    ("xs: list[int]", "if not xs:\n    return None\nreturn xs[0] + xs[-1] + min(xs) + sum(xs) / len(xs)", XS),
    ("xs: list[int]", "if len(xs) < 2:\n    return None\nreturn xs[0] + xs[1]", XS),
    ("xs: list[int]", "if len(xs) == 0:\n    return 0\nreturn sum(xs) // len(xs)", XS),
    ("xs: list[int]", "return xs[0] if len(xs) != 0 else None", XS),
    ("xs: list[int]", "return len(xs) > 1 and xs[1] > xs[0]", XS),
    ("xs: list[int]", "return not xs or xs[0] > 2", XS),
    ("xs: list[int]", "i = 0\nn = 0\nwhile i < len(xs):\n    n += xs[i]\n    i += 1\nreturn n", XS),
    ("xs: list[int]", "n = 0\nfor i in range(len(xs)):\n    n += xs[i]\nreturn n", XS),
    ("xs: list[int]", "size = len(xs)\nn = 0\nfor i in range(size):\n    n += xs[i]\nreturn n", XS),
    ("xs: list[int]", "n = 0\nfor i in range(len(xs) - 1):\n    n += xs[i + 1] - xs[i]\nreturn n", XS),
    ("xs: list[int]", "n = 0\nfor i in range(len(xs) - 1, -1, -1):\n    n = n * 2 + xs[i]\nreturn n", XS),
    ("xs: list[int]", "n = 0\nfor i, x in enumerate(xs):\n    n += xs[i] * x\nreturn n", XS),
    ("xs: list[int]", "return [xs[i] * 2 for i in range(len(xs))]", XS),
    ("xs: list[int]", "return [12 // x for x in xs if x != 0]", [*XS, {"xs": [0]}]),
    ("xs: list[int]", "out: list[int] = []\nfor x in xs:\n    out.append(x)\n    out[-1] += 1\nreturn out", XS),
    ("xs: list[int]", "stack = [1]\nfor x in xs:\n    stack.append(x)\nreturn stack[-1]", XS),
    ("d: dict[str, int], k: str", "if k not in d:\n    return 0\nreturn d[k]", DK),
    ("d: dict[str, int], k: str", "n = 0\nfor key in sorted(d):\n    n = n * 10 + d[key]\nreturn [n, k]", DK),
    ("d: dict[str, int], k: str", "d = {**d}\nd[k] = 4\nreturn d[k]", DK),
    ("a: int, n: int", "if n == 0:\n    raise ValueError('no')\nreturn [a // n, a % n, a / n]", AN),
    ("a: int, n: int", "return a // n if n and a > 0 else 0", AN),
    ("words: list[str]", "seen: dict[str, list[str]] = {}\nfor w in words:\n"
     "    if w[:1] not in seen:\n        seen[w[:1]] = []\n"
     "    seen[w[:1]].append(w)\nreturn seen", WORDS),
    ("words: list[str]", "n: dict[str, int] = {}\nfor w in words:\n    if w in n:\n"
     "        n[w] += 1\n    else:\n        n[w] = 1\n"
     "return n", WORDS),
    ("words: list[str]", "return [w[0] for w in words if w]", [*WORDS, {"words": ["", "é"]}]),
]  # fmt: skip
"""Nothing in these can raise, but for what they raise themselves."""

OPEN: list[tuple[str, str, list[dict[str, Any]]]] = [
    ("xs: list[int]", "if xs:\n    xs = xs[1:]\n    return xs[0]\nreturn 0", XS),
    ("xs: list[int]", "if len(xs) > 1:\n    return xs[2]\nreturn 0", XS),
    ("xs: list[int]", "i = -1\nwhile i < len(xs):\n    i += 1\n    if xs[i] == 3:\n        return i\nreturn i", XS),
    ("xs: list[int]", "if xs or len(xs) == 0:\n    return xs[0]\nreturn 0", XS),
    ("xs: list[int]", "xs = [*xs]\nfor i in range(len(xs)):\n    xs.pop()\n    if i > 0:\n"
     "        return xs[i]\nreturn 0", XS),
    ("xs: list[int]", "return [xs[i + 1] for i in range(len(xs))]", XS),
    ("xs: list[int]", "out: list[int] = []\nfor x in xs:\n    if x > 2:\n        out.append(x)\nreturn out[0]", XS),
    ("xs: list[int]", "n = 2\nfor x in xs:\n    n -= 1\n    if x // n > 1:\n        return x\nreturn n", XS),
    ("d: dict[str, int], k: str", "if k in d:\n    k = k + 'x'\n    return d[k]\nreturn 0", DK),
    ("d: dict[str, int], k: str", "if 'a' in d or k in d:\n    return d[k] + d['a']\nreturn 0", DK),
    ("d: dict[str, int], k: str", "d = {**d}\nfor key in list(d):\n    del d[k]\n    k = key\nreturn d", DK),
    ("a: int, n: int", "if n >= 0:\n    return a // n\nreturn 0", AN),
    ("words: list[str]", "if words[0] == 'a' or words[1] == 'b':\n    return words[-1]\nreturn ''", WORDS),
]  # fmt: skip
"""What is known in these does not rule the error out."""


def made(parameters: str, body: str) -> Callable[..., Any]:
    source = f"def program({parameters}):\n{textwrap.indent(body, '    ')}\n"
    name = f"<facts {abs(hash(source))}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    space: dict[str, Any] = {"__name__": __name__}
    exec(compile(source, name, "exec"), space)
    found: Callable[..., Any] = space["program"]
    return found


def fails(definition: Mapping[str, Any]) -> int:
    return json.dumps(definition).count('"Type": "Fail"')


@pytest.mark.parametrize(("parameters", "body", "inputs"), SURE, ids=[body for _, body, _ in SURE])
def test_what_cannot_be_is_not_looked_for(parameters: str, body: str, inputs: list[dict[str, Any]]) -> None:
    program = made(parameters, body)
    assert fails(compile_function(program).definition) == body.count("raise")
    for given in inputs:
        agree(program, **given)


@pytest.mark.parametrize(("parameters", "body", "inputs"), OPEN, ids=[body for _, body, _ in OPEN])
def test_what_can_be_is_raised(parameters: str, body: str, inputs: list[dict[str, Any]]) -> None:
    program = made(parameters, body)
    assert fails(compile_function(program).definition) == 1, "one Fail for all of them"
    for given in inputs:
        agree(program, **given)


@pytest.mark.parametrize(
    ("known", "ruled_out"),
    [
        ("$count($xs) > 0", "$count($xs) < 1"),
        ("$n != 0 and $n >= 0", "$n <= 0"),
        ("$i < $count($xs) - 1", "$i + 1 >= $count($xs)"),
        ("($a < $b ? $b < $c : false)", "$c <= $a"),
        ("$not($exists($d.k))", "$exists($d.k) and $a > 1"),
        ("$not($a > 1 or $b)", "$a = 2"),
    ],
)
def test_conclusions(known: str, ruled_out: str) -> None:
    env = facts.learned({}, known, True)
    assert facts.ruled_out(env, ruled_out)
    assert not facts.ruled_out(facts.learned({}, known, False), ruled_out)
    names = ["xs", "n", "i", "a", "b", "d"]
    assert not facts.ruled_out(facts.forgotten(env, names), ruled_out)
