"""Templates of `grammar` for collections and calls: `collections`, `itertools`, sets, slices, functions as values."""

from __future__ import annotations

EXPRESSIONS: dict[str, tuple[str, ...]] = {
    "int": (
        "(<int> & <int>)", "(<int> | <int>)", "(<int> ^ <int>)", "(<int> & 255)", "(<int> | 4)", "(<int> & 8)",
        "math.gcd(<int>, <int>)", "math.isqrt(abs(<int>))", "math.comb(abs(<place>) + 3, 2)", "int(<digits>, 16)",
        "math.lcm(<place>, 6)", "math.factorial(abs(<place>))", "Counter(<list[str]>)[<key>]",
        "Counter(<str>).total()", "len(Counter(<list[str]>))", "functools.reduce(lambda a, b: (a + b) % 97, <list[int]>, 0)",
        "functools.reduce(operator.add, <list[int]>)", "bisect.bisect(<list[int]>, <int>)",
        "bisect.bisect_left(sorted(<list[int]>), <int>)", "<list[int]>.index(<int>, 1)",
        "max(<int>, <int>, key=lambda $: -$)", "OPERATIONS[<key>](<small>, <place>)",
        "(max if <bool> else min)(<int>, <int>)", "total_of(<int>, <int>)", "total_of(*<list[int]>)",
        "options_of(a=<int>, **{'b': <int>})", "len(set(<list[int]>) & set(<list[int]>))", "limited(<int>)",
        "sum(limited($) for $ in <list[int]>)", "max(<list[int]>, key=limited)", "sum(range(0, <place>, <small> or 2))",
        "sum(itertools.islice(<list[int]>, abs(<place>)))", "next(iter(<list[int]>), <int>)",
        "Point(<int>, <str>).twice", "Point(<int>).moved(<small>).x", "Pair(<int>, <str>).left",
        "max(<=dict[str, int]>.values(), default=0)", "statistics.median_low(<list[int]>)", "Level.HIGH.value",
        "statistics.mode(<list[int]>)", "heapq.nlargest(2, <list[int]>)[0]", "math.prod([<tiny>, <tiny>], start=2)",
    ),
    "float": (
        "statistics.median(<list[float]>)", "math.copysign(<float>, <float>)", "math.fmod(<float>, 1.5)",
        "statistics.mean(<list[int]>)",
    ),
    "bool": (
        "(<list[int]> < <list[int]>)", "(<list[str]> >= <list[str]>)", "(set(<list[int]>) <= set(<list[int]>))",
        "(set(<list[str]>) == set(<list[str]>))", "set(<list[str]>).isdisjoint(<list[str]>)",
        "(Counter(<str>) == Counter(<str>))", "(<letter> in KNOWN)", "(<float> < math.inf)", "math.isfinite(<float>)",
        "((<int>, <str>) in [(1, 'a'), (2, <str>)])", "all(a <= b for a, b in itertools.pairwise(<list[int]>))",
        "any(limited($) > 3 for $ in <list[int]>)", "(Pair(<int>, <str>) == Pair(<int>, <str>))",
        "(<dict[str, int]>.keys() == <dict[str, int]>.keys())",
    ),
    "str": (
        "hex(<int>)", "bin(<int>)", "oct(<int>)", "max(Counter(<list[str]>).most_common(1))[0]",
        "functools.reduce(lambda a, b: a + b, <list[str]>, '')", "max(<=dict[str, int]>, key=<=dict[str, int]>.get)",
        "''.join(a + str(len(list(b))) for a, b in itertools.groupby(<str>))", "joined('-', <str>, <str>)",
        "joined(<letter>, *<list[str]>)", "Pair(<int>, <str>)._replace(right=<str>).right",
        "max(<list[str]>, key=operator.itemgetter(0))",
    ),
    "list[int]": (
        "[*itertools.chain(<list[int]>, <list[int]>)]", "list(itertools.chain.from_iterable(<list[list[int]]>))",
        "list(itertools.islice(<list[int]>, 1, None))", "list(itertools.accumulate(<list[int]>))",
        "list(itertools.accumulate(<list[int]>, max))", "[a * b for a, b in itertools.product(<list[int]>, [1, 2])]",
        "[a - b for a, b in itertools.combinations(<list[int]>, 2)]", "heapq.nsmallest(<place>, <list[int]>)",
        "[b - a for a, b in itertools.pairwise(<list[int]>)]", "sum(<list[list[int]]>, [])",
        "list(itertools.takewhile(lambda $: $ < 3, <list[int]>))", "list(itertools.dropwhile(lambda $: $ < 3, <list[int]>))",
        "list(range(<place>, <small>, <small> or 1))", "[limited($) for $ in <list[int]>]", "sorted(<list[int]>, key=limited)",
        "list(map(max, <list[int]>, <list[int]>))", "list(map(operator.mul, [1, 2], <list[int]>))",
        "[a + b for a, b in zip(<list[int]>, <list[int]>, strict=True)]", "sorted(set(<list[int]>) ^ {1, 2})",
        "[a for a, *_ in <list[list[int]]>]", "[a + b for a, b in <list[list[int]]>]",
        "[a + len(b) for a, b in zip(itertools.count(1), <list[str]>)]", "list(Counter(<list[str]>).values())",
        "[sum($) for $ in zip(*<list[list[int]]>)]", "sorted(<dict[str, int]>.values(), reverse=True)",
        "list(collections.deque(<list[int]>, maxlen=2))", "[Point($).twice for $ in <list[int]>]",
    ),
    "list[str]": (
        "[a for a, _ in Counter(<list[str]>).most_common()]", "[a for a, _ in Counter(<list[str]>).most_common(<place>)]",
        "sorted(<list[str]>, key=str.lower)", "sorted(<=dict[str, int]>, key=<=dict[str, int]>.get)",
        "list(map(str.upper, <list[str]>))", "[f'{a}{b}' for a, b in itertools.zip_longest(<list[str]>, <list[str]>, fillvalue='-')]",
        "list(itertools.repeat(<str>, <place>))", "sorted(set(<list[str]>) - set(<list[str]>))",
        "sorted(<=dict[str, int]>.keys() | <=dict[str, int]>.keys())", "list(filter(None, <list[str]>))",
        "[a + b for a, b in itertools.permutations(<list[str]>, 2)]",
    ),
    "list[list[int]]": (
        "[list($) for $ in zip(*<list[list[int]]>)]", "sorted(<list[list[int]]>)",
        "[list(b) for _, b in itertools.groupby(<list[int]>, key=lambda $: $ % 2)]",
    ),
    "list[Item]": (
        "sorted(<list[Item]>, key=operator.itemgetter('tag', 'x'))", "heapq.nlargest(2, <list[Item]>, key=lambda $: $['x'])",
    ),
    "dict[str, int]": (
        "dict(Counter(<list[str]>))", "dict(Counter(<str>) + Counter(<str>))", "dict(Counter(<str>) - Counter(<str>))",
        "dict.fromkeys(<list[str]>, <int>)", "dict(sorted(<dict[str, int]>.items(), key=lambda $: (-$[1], $[0])))",
        "{a: len(list(b)) for a, b in itertools.groupby(sorted(<list[str]>))}", "dict(a=<int>, **{'b': <int>})",
    ),
}  # fmt: skip

CHANGES: dict[str, tuple[str, ...]] = {
    "list[int]": (
        "@[1:2] = <list[int]>", "@[:] = <list[int]>", "@[<place>:<place>] = [<int>]", "del @[:1]", "del @[::2]",
        "@ *= 2", "@[::2] = <list[int]>", "@[0], @[-1] = @[-1], @[0]",
    ),
    "dict[str, int]": ("@ |= <dict[str, int]>", "@.popitem()"),
}  # fmt: skip

OTHERS: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
    ((
        "found = collections.defaultdict(list)", "for item in <list[Item]>:", "    found[item['tag']].append(item['x'])",
        "@ = {key: sum(values) for key, values in found.items()}",
    ), {"@": "dict[str, int]"}),
    ((
        "counts = collections.defaultdict(int)", "for word in <list[str]>:", "    counts[word] += 1",
        "@ = counts[<key>]", "& = sorted(counts)",
    ), {"@": "int", "&": "list[str]"}),
    ((
        "tally = Counter()", "for word in <list[str]>:", "    tally[word] += 2", "tally.update(<list[str]>)",
        "tally.subtract(<list[str]>)", "@ = dict(tally)",
    ), {"@": "dict[str, int]"}),
    ((
        "seen = set()", "@ = 0", "for item in <list[int]>:", "    if item in seen:", "        @ += 1", "    seen.add(item)",
        "seen.discard(1)", "& = sorted(seen)",
    ), {"@": "int", "&": "list[int]"}),
    ((
        "queue = collections.deque(<list[int]>)", "queue.append(<int>)", "queue.appendleft(2)", "@ = queue.popleft()",
        "@ = @ + queue.pop()", "& = list(queue)",
    ), {"@": "int", "&": "list[int]"}),
    (("table = {'a': limited, 'b': abs, '1': lambda n: n - 1}", "@ = table[<key>](<int>)"), {"@": "int"}),
    (("act = limited if <bool> else abs", "@ = act(<int>)", "& = [act(n) for n in <list[int]>]"), {"@": "int", "&": "list[int]"}),
    (("@ = <int>", "for act in (abs, limited):", "    @ = act(@)"), {"@": "int"}),
    (("& = dataclasses.replace(Point(<int>, <str>), x=<int>)", "@ = dataclasses.asdict(&)['x'] + &.twice"), {"@": "int", "&": "Point"}),
    (("@, *_ = Pair(<int>, <str>)",), {"@": "int"}),
)  # fmt: skip
