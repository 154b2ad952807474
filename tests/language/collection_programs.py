# ruff: noqa: B905, C416, RUF015, RUF017 -- written as people write
"""What `collections`, `itertools`, `functools`, `heapq`, `statistics`, `bisect` and the built-ins do with items."""

from __future__ import annotations

import bisect
import functools
import heapq
import itertools
import math
import operator
import statistics
from collections import Counter, defaultdict, deque
from functools import reduce
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any, TypedDict


class Sale(TypedDict):
    shop: str
    amount: int


STOP = frozenset({"the", "a", "and"})
GREETINGS = {"en", "de"}


def top_words(text: str, n: int) -> Any:
    counts = Counter(word for word in text.lower().split() if word not in STOP)
    return [f"{word}: {count}" for word, count in counts.most_common(n)]


def counted(words: list[str]) -> Any:
    counts = Counter(words)
    return [counts, counts["a"], counts["missing"], len(counts), counts.total(), list(counts), "a" in counts]


def tallied(words: list[str], more: list[str]) -> Any:
    counts: Counter[str] = Counter()
    for word in words:
        counts[word] += 1
    counts.update(more)
    return [counts, counts.most_common(2), counts.most_common(1), sorted(counts.items(), key=lambda p: (-p[1], p[0]))]


def counters_added(a: list[str], b: list[str]) -> Any:
    return [Counter(a) + Counter(b), Counter(a) - Counter(b), Counter(a) & Counter(b), Counter(a) | Counter(b)]


def anagrams(a: str, b: str) -> bool:
    return Counter(a) == Counter(b)


def most_frequent(text: str) -> Any:
    letter, count = Counter(text).most_common(1)[0]
    return f"{letter}{count}"


def counter_subtracted(a: list[str], b: list[str]) -> Any:
    left = Counter(a)
    left.subtract(b)
    if left["x"] < 0:
        del left["x"]
    del left["never there"]
    return [left, sorted(left.elements()), {k: v for k, v in left.items() if v > 0}]


def grouped_by(sales: list[Sale]) -> Any:
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for sale in sales:
        groups[sale["shop"]].append(sale["amount"])
    return {shop: sum(amounts) for shop, amounts in groups.items()}


def default_counts(words: list[str]) -> Any:
    counts: dict[str, int] = defaultdict(int)
    for word in words:
        counts[word] += 1
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def default_read(words: list[str]) -> Any:
    lengths = defaultdict(int)
    for word in words:
        lengths[word] = len(word)
    first = lengths["zz"]
    return [first, lengths, lengths.get("yy", 5), "yy" in lengths]


def default_lambda(words: list[str]) -> Any:
    known = defaultdict(lambda: "new")
    for word in words:
        known[word] = known[word] + word[:1]
    return known


def default_dicts(sales: list[Sale]) -> Any:
    table: dict[str, dict[str, int]] = defaultdict(dict)
    for at, sale in enumerate(sales):
        table[sale["shop"]][str(at)] = sale["amount"]
    return table


def queued(n: int) -> Any:
    queue: deque[int] = deque([n])
    seen = []
    while queue and len(seen) < 8:
        at = queue.popleft()
        seen.append(at)
        if at > 0:
            queue.append(at - 1)
            queue.append(at - 2)
    queue.appendleft(100)
    last = queue.pop()
    return [seen, list(queue), len(queue), last]


def window(xs: list[int], size: int) -> Any:
    last: deque[int] = deque(maxlen=3)
    found = []
    for x in xs:
        last.append(x)
        found.append(sum(last))
    return [found, size]


def chained(rows: list[list[int]], more: list[int]) -> Any:
    return [
        list(chain(more, [0], more)),
        list(chain.from_iterable(rows)),
        [x * 2 for x in itertools.chain(*rows)],
        sum(itertools.chain.from_iterable(rows)),
    ]


def sliced(xs: list[int], n: int) -> Any:
    return [list(islice(xs, n)), list(islice(xs, 1, None)), list(islice(xs, 1, n)), list(islice(xs, 0, None, 2))]


def running(xs: list[int]) -> Any:
    return [
        list(itertools.accumulate(xs)),
        list(itertools.accumulate(xs, operator.mul)),
        list(itertools.accumulate(xs, max)),
        list(itertools.accumulate(xs, lambda a, b: a - b, initial=100)),
    ]


def combined(xs: list[int], names: list[str]) -> Any:
    return [
        list(itertools.product(xs, names)),
        [a + b for a, b in itertools.combinations(xs, 2)],
        list(itertools.permutations(names, 2)),
        len(list(itertools.product([0, 1], repeat=3))),
    ]


def groups_of(sales: list[Sale]) -> Any:
    ordered = sorted(sales, key=itemgetter("shop"))
    totals = {}
    for shop, group in groupby(ordered, key=itemgetter("shop")):
        totals[shop] = sum(sale["amount"] for sale in group)
    return totals


def run_lengths(text: str) -> Any:
    return "".join(f"{letter}{len(list(run))}" for letter, run in groupby(text))


def neighbours(xs: list[int]) -> Any:
    rising = all(a <= b for a, b in itertools.pairwise(xs))
    return [rising, [b - a for a, b in itertools.pairwise(xs)]]


def filled(xs: list[int], names: list[str]) -> Any:
    return [
        list(itertools.zip_longest(xs, names)),
        list(itertools.zip_longest(xs, names, fillvalue="-")),
        [f"{at}{name}" for at, name in zip(itertools.count(1), names)],
        list(zip(names, itertools.repeat(0))),
        list(itertools.repeat("x", 3)),
        list(zip(itertools.count(10, 5), xs)),
    ]


def taken(xs: list[int]) -> Any:
    return [
        list(itertools.takewhile(lambda x: x < 3, xs)),
        list(itertools.dropwhile(lambda x: x < 3, xs)),
        list(itertools.filterfalse(lambda x: x % 2, xs)),
        list(itertools.compress(xs, [True, False, True])),
        list(itertools.starmap(pow, [(2, 3), (3, 2)])),
    ]


def folded(xs: list[int], names: list[str]) -> Any:
    return [
        reduce(lambda a, b: a * 10 + b, xs, 0),
        functools.reduce(operator.add, xs, 1),
        reduce(lambda text, name: f"{text}/{name}", names, ""),
        reduce(lambda a, b: a if a > b else b, xs),
    ]


def best(sales: list[Sale], k: int) -> Any:
    return [
        heapq.nlargest(2, sales, key=lambda sale: sale["amount"]),
        [sale["shop"] for sale in heapq.nsmallest(k, sales, key=itemgetter("amount"))],
        heapq.nlargest(3, [sale["amount"] for sale in sales]),
        heapq.nsmallest(1, [sale["shop"] for sale in sales]),
    ]


def averages(xs: list[int]) -> Any:
    return [statistics.mean(xs), statistics.median(xs), statistics.median_low(xs), statistics.mode(xs)]


def averages_of_floats(xs: list[float]) -> Any:
    return [statistics.median(xs)]


def placed(xs: list[int], x: int) -> Any:
    return [bisect.bisect(xs, x), bisect.bisect_left(xs, x), bisect.bisect_right(xs, x)]


def grade(score: int) -> str:
    return "FDCBA"[bisect.bisect([60, 70, 80, 90], score)]


def transposed(rows: list[list[int]]) -> Any:
    return [list(column) for column in zip(*rows)]


def strictly(names: list[str], xs: list[int]) -> Any:
    return {name: x for name, x in zip(names, xs, strict=True)}


def strictly_three(a: list[int], b: list[int], c: list[int]) -> Any:
    return list(zip(a, b, c, strict=True))


def stepped(start: int, stop: int, step: int) -> Any:
    return [list(range(start, stop, step)), [x * x for x in range(start, stop, step)], len(range(start, stop, step))]


def stepping(start: int, stop: int, step: int) -> Any:
    total = 0
    for x in range(start, stop, step):
        total += x
    return total


def backwards(n: int) -> Any:
    found = []
    for i in reversed(range(n)):
        found.append(i)
    return [found, [i for i in reversed(range(1, n))], list(reversed("abc")), list(enumerate(reversed([1, 2])))]


def numbered(d: dict[str, int], text: str) -> Any:
    return [
        [f"{i}{k}" for i, k in enumerate(d)],
        [[i, k, v] for i, (k, v) in enumerate(d.items(), start=1)],
        {c: i for i, c in enumerate(text)},
        [i for i, _ in enumerate(range(len(text)))],
    ]


def firsts(xs: list[int]) -> Any:
    return [next(iter(xs), None), next((x for x in xs if x > 1), -1), next(iter({"a": 1}))]


def first_of(xs: list[int]) -> int:
    return next(x * 2 for x in xs if x > 2)


def ranked(d: dict[str, int]) -> Any:
    return [
        sorted(d.items(), key=lambda pair: pair[1]),
        sorted(d, key=d.get),
        sorted(d, key=d.get, reverse=True),
        sorted(d, key=lambda k: (-d[k], k)),
        sorted(d.values(), reverse=True),
        max(d, key=d.get) if d else None,
        min(d, key=lambda k: d[k], default=None),
        max(d.values(), default=0),
        max(d.items(), key=itemgetter(1), default=None),
    ]


def keyed(words: list[str]) -> Any:
    return [
        sorted(words, key=str.lower),
        sorted(words, key=len, reverse=True),
        sorted(words, key=lambda w: (-len(w), w)),
        max(words, key=len, default=""),
        list(map(str.upper, words)),
        list(map(len, words)),
        list(filter(None, words)),
        list(filter(str.isspace, words)),
    ]


def by_two(sales: list[Sale]) -> Any:
    sales = list(sales)
    sales.sort(key=itemgetter("shop", "amount"))
    first = [sale["amount"] for sale in sales]
    sales.sort(key=lambda sale: sale["shop"], reverse=True)
    return [first, [sale["amount"] for sale in sales], sorted(sales, key=lambda s: (-s["amount"], s["shop"]))]


def mapped_two(a: list[int], b: list[int]) -> Any:
    return [
        list(map(lambda x, y: x * y, a, b)),
        list(map(max, a, b)),
        list(map(operator.add, a, b)),
        sum(map(operator.mul, a, b)),
        list(map(pow, [2, 3], [3, 2])),
    ]


def summed_lists(rows: list[list[int]]) -> Any:
    return [sum(rows, []), sum((row[:1] for row in rows), []), [x for row in rows for x in row]]


def is_word(text: str) -> bool:
    if not text:
        return False
    first = text[0]
    return first not in "0123456789"


def quantified(words: list[str]) -> Any:
    return [any(is_word(w) for w in words), all(is_word(w) for w in words), [w for w in words if is_word(w)]]


def extremes(a: int, b: int, c: int, xs: list[int]) -> Any:
    return [
        max(a, b, c),
        min(a, b),
        max(a, b, *xs),
        min(*xs, c, a),
        max(a, b, key=lambda x: -x),
        max([a, b], default=0),
        min("abc"),
        max("a", "B", key=str.lower),
        max((a, "x"), (b, "y")),
    ]


def found_at(xs: list[int], x: int) -> Any:
    return [xs.index(x), xs.index(x, 1)]


def dicts_made(names: list[str], extra: dict[str, int]) -> Any:
    base = dict.fromkeys(names, 0)
    base |= extra
    pairs = [(name, len(name)) for name in names]
    return [
        base,
        dict(pairs),
        dict(a=1, **extra),
        base | {"z": 1},
        dict(pairs, b=2),
        {n[:1]: n for n in names},
        dict(zip(names, range(9))),
    ]


def dict_changed(d: dict[str, int]) -> Any:
    d = dict(d)
    last = d.popitem() if d else None
    d.setdefault("n", 1)
    d.update(m=2)
    d.update([("q", 9)])
    gone = d.pop("n", None)
    return [last, d, gone, list(d.items())[0], list(d)[-1]]


def sets(a: list[str], b: list[str]) -> Any:
    left, right = set(a), set(b)
    return [
        sorted(left & right),
        sorted(left | right),
        sorted(left - right),
        sorted(left ^ right),
        len(left),
        "x" in left,
        left == right,
        left <= right,
        left.isdisjoint(right),
        left.issubset(right),
        left.issuperset(right),
        sorted(left.union(right)),
        sorted(left.intersection(b)),
        sorted(left.difference(b)),
        sorted({w.lower() for w in a}),
        bool(left),
        left > right,
        sum(1 for w in b if w not in left),
    ]


def seen_sets(xs: list[int]) -> Any:
    seen: set[int] = set()
    twice = set()
    for x in xs:
        if x in seen:
            twice.add(x)
        seen.add(x)
    seen.discard(1)
    seen.update([7])
    return [sorted(seen), sorted(twice), len(twice), max(seen)]


def seen_pairs(rows: list[list[int]]) -> Any:
    seen = set()
    kept = []
    for a, b in rows:
        if (a, b) in seen or (b, a) in seen:
            continue
        seen.add((a, b))
        kept.append((a, b))
    return [kept, len(seen)]


def constants(word: str) -> Any:
    return [word in STOP, word in GREETINGS, word in {"x", "y"}, len(STOP), word in ("a", "b")]


def lists_compared(a: list[int], b: list[int]) -> Any:
    return [
        a < b,
        a <= b,
        a > b,
        a >= b,
        a == b,
        [a, b] == [b, a],
        a in [b],
        sorted([a, b]),
        max([a, b]),
        (1, a) < (1, b),
    ]


def rows_compared(rows: list[list[Any]], row: list[Any]) -> Any:
    return [row in rows, rows.count(row), rows == [row], [row] != rows, {"r": row} == {"r": rows}]


def spliced(xs: list[int], i: int, j: int) -> Any:
    a = list(xs)
    a[i:j] = [9, 8, 7]
    b = list(xs)
    del b[i:j]
    c = list(xs)
    c[:] = [1]
    d = list(xs)
    d[1:1] = xs
    e = list(xs)
    del e[::2]
    f = list(xs)
    f[:2] = []
    return [a, b, c, d, e, f]


def every_other(xs: list[int]) -> Any:
    ys = list(xs)
    ys[::2] = [0, 0]
    return ys


def doubled(xs: list[int]) -> Any:
    ys = [*xs]
    ys *= 2
    zs = ws = list(xs)
    return [ys, zs, ws]


def swapped(xs: list[int], i: int, j: int) -> Any:
    ys = list(xs)
    ys[i], ys[j] = ys[j], ys[i]
    return ys


def sorted_by_hand(xs: list[int]) -> Any:
    ys = list(xs)
    for i in range(len(ys)):
        for j in range(len(ys) - 1 - i):
            if ys[j] > ys[j + 1]:
                ys[j], ys[j + 1] = ys[j + 1], ys[j]
    return ys


def starred(xs: list[int], rows: list[list[int]]) -> Any:
    first, *middle, last = xs
    heads = [head + len(rest) for head, *rest in rows]
    found = []
    for head, *rest in rows:
        found.append([head, rest])
    (a, *_), b = xs, last
    return [first, middle, last, heads, found, a, b]


def nested(rows: list[tuple[str, tuple[int, int]]]) -> Any:
    found = []
    for name, (x, y) in rows:
        found.append(f"{name}{x + y}")
    return [found, {name: x for name, (x, _) in rows}, [a * b for _, (a, b) in rows]]


def bits(a: int, b: int) -> Any:
    return [a & b, a | b, a ^ b, ~a, a & 1, a & 0xFF, a | 4, a ^ 5, a << 3, a >> 2, bool(a & 2), a & -4, a & 6]


def whole_numbers(a: int, b: int) -> Any:
    return [
        math.gcd(a, b),
        math.lcm(a, b),
        math.isqrt(abs(a)),
        math.comb(10, 3),
        math.perm(5, 2),
        math.gcd(a, b, 12),
        math.gcd(),
        math.factorial(abs(b) % 19),
        math.comb(abs(a) % 40, abs(b) % 40),
    ]


def factorial_of(n: int) -> int:
    return math.factorial(n)


def root_of(n: int) -> int:
    return math.isqrt(n)


def floats(x: float, y: float) -> Any:
    return [
        math.copysign(x, y),
        math.isnan(x),
        math.isinf(x),
        math.isfinite(x),
        x < math.inf,
        x > -math.inf,
        math.fabs(x),
        math.trunc(x),
        divmod(7, 2),
        math.fmod(x, 3),
    ]


def divided(a: int, b: int) -> Any:
    q, r = divmod(a, b)
    return [q, r, pow(a, 2)]


def based(text: str, n: int) -> Any:
    return [int(text, 2), bin(n), hex(n), oct(n), bin(n).count("1"), bin(n)[2:], f"{n:b}"]


def in_hex(text: str) -> int:
    return int(text, 16)


def products(xs: list[int]) -> Any:
    return [math.prod(xs), math.prod(xs, start=2), sum(xs, 10), math.prod([])]


def matrix(rows: list[list[int]]) -> Any:
    n = len(rows)
    made = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            made[j][i] = rows[i][j]
    return [made, [sum(row) for row in rows], [sum(col) for col in zip(*rows)]]


def best_first(scores: dict[str, list[int]]) -> Any:
    means = {name: sum(found) / len(found) for name, found in scores.items() if found}
    order = sorted(means, key=means.get, reverse=True)
    return [f"{place}. {name} {means[name]:.1f}" for place, name in enumerate(order, 1)]


def inverted(d: dict[str, list[str]]) -> Any:
    index: dict[str, list[str]] = defaultdict(list)
    for name, words in d.items():
        for word in words:
            index[word].append(name)
    return {word: sorted(set(names)) for word, names in sorted(index.items())}


def merged(a: dict[str, int], b: dict[str, int]) -> Any:
    return {k: a.get(k, 0) + b.get(k, 0) for k in sorted(a.keys() | b.keys())}


def shared_keys(a: dict[str, int], b: dict[str, int]) -> Any:
    return [sorted(a.keys() & b.keys()), sorted(set(a) - set(b)), [k for k in a if k not in b], a.keys() == b.keys()]


def unique(xs: list[int]) -> Any:
    return [list(dict.fromkeys([str(x) for x in xs])), len(set(xs)) == len(xs), sorted(set(xs), reverse=True)]


def chunks(xs: list[int], n: int) -> Any:
    return [xs[i : i + n] for i in range(0, len(xs), n)]


def flattened(rows: list[list[list[int]]]) -> Any:
    return [x for row in rows for part in row for x in part]
