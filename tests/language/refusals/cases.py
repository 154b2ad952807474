"""Programs that are refused, one mistake each: `parameters | body`. What the compiler says is in `golden.json`."""

from __future__ import annotations

CASES = r"""
x: float | return str(x)
x: float | return f"{x}"
x: float | return "total " + str(x)
xs: list[float] | return str(xs)
xs: list[str] | return str([xs])
xs: list[str] | return f"{xs}"
d: dict[str, int] | return str(d)
d: dict[str, Any] | return str(d["a"])
s: str | return repr(s)
s: str | return f"{s!r}"
s: str | return f"{s!a}"
x: float | return f"{x:e}"
x: float | return f"{x:g}"
x: float | return f"{x:.15f}"
x: float; spec: str | return f"{x:{spec}}"
n: int | return f"{n:c}"
n: int | return f"{n:#x}"
s: str | return f"{s:,}"
s: str | return f"{s:05d}"
n: int | return f"{n:*=8}"
d: dict[str, Any] | return f"{d['a']:.2f}"
x: float | return x ** 2
x: float | return x ** 0.5
n: int | return n ** 0.5
n: int | return n ** -1
a: float; b: int | return a & b
a: float; b: float | return math.hypot(a, b)
a: int; b: int | return pow(a, b, 7)
x: float | return ~x
x: float | return x << 1
x: float | return round(x, 20)
x: float; n: int | return round(x, n)
s: str | return abs(s)
s: str | return round(s)
s: str | return math.floor(s)
s: str | return -s
s: str; n: int | return s + n
s: str; n: int | return n + s
s: str | return s - "a"
s: str | return s * s
xs: list[int] | return xs + "a"
xs: list[int] | return xs + (1, 2)
xs: list[int] | return xs - [1]
s: str | return s % 3
a: Any; d: dict[str, int] | return a - d
a: Any; s: str | return a % s
a: Any; n: int | return a % n
a: Any; d: dict[str, int] | return a < d
n: int; s: str | return n < s
n: int; xs: list[int] | return n <= xs
d: dict[str, int] | return d < d
a: int; b: str | import operator; return list(map(operator.add, a, b))
a: list[int] | return None < 1
a: str; b: str | return a is b
n: int | return n is 5
xs: list[int] | return xs is not []
n: int; s: str | return n in s
n: int; m: int | return n in m
a: Any; xs: list[int] | return xs in a
n: int | return math.sin(n)
n: int | return math.log(n)
xs: list[int] | import statistics; return statistics.stdev(xs)
x: float | return math.pow(x, 2)
x: float | return math.isclose(x, 1.0)
xs: list[float] | return math.fsum(xs)
xs: list[str] | return sum(xs)
xs: list[int] | import functools; return functools.reduce(lambda a, b: a // b, xs)
xs: list[dict[str, Any]] | return sum(xs)
rows: list[list[Any]] | return sorted(rows)
rows: list[dict[str, Any]] | return max(rows)
xs: list[dict[str, int]] | return sorted(xs)
xs: list[dict[str, int]] | return max(xs)
xs: list[int] | return min(1, *xs)
xs: list[int]; r: bool | return sorted(xs, reverse=r)
xs: list[int] | return sorted(xs, key=print)
xs: list[int] | return sorted(xs, key=lambda a, b: a - b)
xs: list[int] | return map(str, xs)
xs: list[int] | return zip(xs, xs)
xs: list[int] | return len(zip(xs, xs))
xs: list[int] | return reversed(xs)[0]
xs: list[int] | return list(reversed(zip(xs, xs)))
xs: list[int] | return set(xs)
xs: list[str] | return [x for x in set(xs)]
xs: list[list[int]] | return len(set(xs))
xs: list[Any] | return len(set(xs))
xs: list[int] | return {x for x in xs}
xs: list[int] | return tuple(xs)
xs: list[int] | return (*xs, 1)
xs: list[int] | return {x: 1 for x in xs}
n: int | return {n: 1}
n: int | return {"a": 1, None: 2}
d: dict[str, int]; n: int | return d[n]
d: dict[str, int]; n: int | return d.get(n)
d: dict[str, int] | return {**d, **[1]}
s: str | return {"a": 1}["b"]
s: str | return {"a": 1}[0]
xs: list[int]; s: str | return xs[s]
s: str | return s["a"]
xs: list[int]; x: float | return xs[x]
n: int | return n[0]
n: int | return n[1:]
n: int | return (1, 2)[5]
n: int | return (1, "a")[n]
xs: list[int]; n: int | return xs[::n]
xs: list[int] | return xs[::0]
xs: list[int] | return xs[3:0:-1]
xs: list[int]; s: str | return xs[s:]
n: int | return len(n)
n: int | return list(n)
n: int | return [x for x in n]
n: int | return any(n)
x: float | return range(x)
xs: list[int] | import itertools; return list(itertools.cycle(xs))
n: int | return list(range(0, 10, 0))
xs: list[int] | return any(1 // x > 0 for x in xs)
xs: list[int] | return next(1 // x for x in xs)
xs: list[int] | return next(xs)
xs: list[int]; flag: bool | return list(zip(xs, xs, strict=flag))
s: str | return s.title()
s: str | return s.capitalize()
s: str | return s.casefold()
s: str | return s.swapcase()
s: str | return s.isdigit()
s: str | return s.isalpha()
s: str | return s.isupper()
s: str | return s.format(1)
s: str | return "{x}".format(s)
s: str | return "%s and %s" % s
s: str | return s.translate({})
s: str | return s.expandtabs()
s: str; n: int | return s.center(n)
s: str; t: str | return s.strip(t)
s: str; t: str | return s.rfind(t)
s: str | return s.rfind("aa")
s: str | return s.split("")
s: str | return s.split(None, 1)
s: str; n: int | return s.split(",", n)
s: str | return s.replace("", "-")
s: str; t: str | return s.replace(t, "-", 1)
s: str; n: int | return s.replace("a", n)
s: str; n: int | return s.startswith(n)
s: str; t: str | return s.partition(t)
s: str; t: str | return s.ljust(5, t)
s: str; n: int | return s.find(n)
xs: list[int] | return ",".join(xs)
xs: list[Any] | return ",".join(xs)
s: str | return s.encode("latin-1")
s: str | return s.encode()
s: str; n: int | return int(s, n)
xs: list[int] | return int(xs)
d: dict[str, int] | return float(d)
xs: list[int] | return int(xs)
xs: list[str] | return dict(xs)
d: dict[str, Any] | return json.dumps(d)
s: str | return re.findall(r"\w+", s + "!")
d: dict[str, float] | return json.dumps(d, ensure_ascii=False)
d: dict[str, int] | return json.dumps(d, separators=(" ,", ":"))
d: dict[str, int] | return json.dumps(d, ensure_ascii=False, indent="-")
n: int | return json.loads(n)
s: str | return hashlib.sha256(s).hexdigest()
s: str | return base64.b64encode(s)
s: str | return datetime.datetime.now()
s: str | return datetime.datetime.now().isoformat()
s: str | return datetime.datetime.fromisoformat(s).timestamp()
s: str | return datetime.datetime.now(datetime.timezone.utc)
x: float | return datetime.timedelta(seconds=x).days
s: str | return datetime.datetime.now(datetime.timezone.utc).strftime("%A")
s: str | return datetime.datetime.strptime(s, "%d %b %Y").year
xs: list[int] | return random.shuffle(xs)
xs: list[int] | return random.sample(xs, 2)
s: str; t: str | return re.sub("a", t, s)
s: str | return open(s)
s: str | return print(s)
s: str | return eval(s)
s: str | return input()
s: str | return hash(s)
s: str; t: str | return re.search(t, s) is None
s: str | return re.sub("a*", "-", s)
x: float | return hex(x)
a: Any | return isinstance(a, int)
a: Any | return isinstance(a, tuple)
a: Any | return type(a)
a: Any | return a.name
a: Any | return a.append(1)
s: str | return s.name
d: dict[str, int] | return d.a
n: int | return n.bit_length()
n: int | return 99999999999999999999
n: int | return float("nan")[0]
n: int | return unknown
n: int | return unknown(n)
n: int | return lambda: n
n: int | return 1j
n: int | return b"a"
n: int | return ...
n: int | return math.inf
s: str | return [*s, *1]
n: int | n.x = 1; return n
n: int | global g; g = 1; return g
n: int | import os; return os.getcwd()
n: int | class A: pass
n: int | with open("a") as f: return f
n: int | yield n
n: int | return (yield n)
xs: list[int]; k: int | xs[::k] = [1]; return xs
xs: list[int]; k: int | del xs[::k]; return xs
n: int | n += "a"; return n
xs: list[int] | a, *b = (1, 2, 3); return b + xs + unknown
xs: list[int] | ys = xs; ys.append(1); return xs
xs: list[int] | ys = [xs]; xs.append(1); return ys
xs: list[int] | xs.append(xs); return xs
xs: list[int] | ys = xs; xs.append(1); return ys
n: int | raise n
n: int | raise ValueError(n, n)
n: int | raise
n: int | return double(n) if double else [double]
n: int | return any(double(x) > 1 for x in [n])
n: int | return double
n: int | return double(1, 2)
n: int | return double(y=n)
n: int | return double(*[n])
n: int | return larger(n)
n: int | return larger(n, n, n)
n: int | return larger(n, b=n, c=n)
"""

BLOCKS = (
    ("n: int", "def down(k):\n    return down(k - 1) if k else 0\nreturn down(n)"),
    ("n: int", "for i in range(n):\n    last = i\nreturn last"),
    ("n: int", "if n:\n    y = 1\nreturn y"),
    ("n: int", "try:\n    y = 1 // n\nexcept ZeroDivisionError:\n    pass\nreturn y"),
    ("n: int", "try:\n    y = 1 // n\nexcept n:\n    y = 0\nreturn y"),
    ("n: int", "try:\n    y = double(n)\nexcept NoSuchError:\n    y = 0\nreturn y"),
    ("xs: list[int]", "for x in xs:\n    xs.append(x)\nreturn xs"),
    ("xs: list[int]", "for x, y in xs:\n    pass\nreturn xs"),
    ("n: int", "for x in n:\n    pass\nreturn n"),
    ("xs: list[str]", "for x in set(xs):\n    pass\nreturn xs"),
    ("n: Any", "match n:\n    case [a, b]:\n        return a\n    case _:\n        return 0"),
    ("n: int", "match n:\n    case Item(x=1):\n        return 1\n    case _:\n        return 0"),
    ("n: int", "async def f():\n    return 1\nreturn n"),
    (
        "xs: list[int]",
        "total = 0\ndef add(x):\n    nonlocal total\n    total += x\nfor x in xs:\n    add(x)\nreturn total",
    ),
    ("n: int", "if n > 0:\n    xs: list[int] = []\nelse:\n    xs = None\nxs.append(1)\nreturn xs"),
    ("xs: list[int]", "it = iter(xs)\nreturn [next(it), next(it)]"),
    ("xs: list[int]", "it = (x + 1 for x in xs)\nreturn [sum(it) for x in xs]"),
    ("xs: list[int]", "from collections import Counter\nreturn Counter(xs)"),
    ("xs: list[float]", "from statistics import mean\nreturn mean(xs)"),
    ("xs: list[str]", "seen = set(xs)\nreturn seen.pop()"),
    ("xs: list[int]", "ys = list(xs)\nys[::-1] = xs\nreturn ys"),
    ("options: dict[str, int]", "def both(a, b):\n    return a + b\nreturn both(**options)"),
)
