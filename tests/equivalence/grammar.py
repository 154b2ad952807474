"""What random expressions are made of: for each type, templates with holes.

`<int>` is a hole for an expression of that type. `$` is a fresh name that the template binds, and `<int~str>` a hole
for an int in which `$` is a str. `<=int>` is a hole for a variable or parameter alone.
"""

from __future__ import annotations

PARAMETERS = (
    "int", "int", "float", "bool", "str", "str", "list[int]", "list[str]", "list[float]", "list[list[int]]",
    "list[Item]", "Item", "dict[str, int]", "dict[str, list[int]]", "int | None", "str | None", "dict[str, Any]",
    "list[Any]", "Any", "list[bool]", "list[int] | None",
)  # fmt: skip

EXPRESSIONS: dict[str, tuple[str, ...]] = {
    "int": (
        "(<int> + <int>)", "(<int> - <int>)", "(<int> * <small>)", "(<int> // <int>)", "(<int> % <int>)",
        "(<int> // <small>)", "(<int> % 7)", "(<int> % -3)", "(-<int>)", "(<small> ** 2)", "(<small> << 2)",
        "(<int> >> 1)", "(~<int>)", "(+<bool>)", "abs(<int>)", "max(<int>, <int>)", "min(<int>, <int>, <int>)",
        "sum(<list[int]>)", "len(<list[int]>)", "len(<str>)", "len(<list[str]>)", "len(<dict[str, int]>)",
        "len(<list[list[int]]>)", "<list[int]>[<place>]", "<list[int]>[0]", "<list[int]>[-1]",
        "<=dict[str, int]>[<key>]", '<=dict[str, int]>["a"]', "<=dict[str, int]>.get(<key>, <int>)",
        "(<int> if <bool> else <int>)", "int(<digits>)", "int(<float>)", "round(<float>)", "math.floor(<float>)",
        "math.ceil(<float>)", "<Item>['x']", "<list[Item]>[<place>]['x']", "<str>.find(<str>)",
        "<str>.count(<letter>)", "<str>.index(<letter>)", "<list[int]>.index(<int>)", "<list[int]>.count(<int>)",
        "max(<list[int]>)", "min(<list[int]>)", "max(<list[int]>, default=<int>)", "sum($ * 2 for $ in <list[int]>)",
        "sum([<int~int> for $ in <list[int]>])", "max([<int~Item> for $ in <list[Item]>], default=0)",
        "(<int | None> or <int>)", "len(<=Any>)", "divmod(<int>, <small>)[0]", "(<bool> + <int>)",
        "<list[list[int]]>[<place>][<place>]", "sum(len($) for $ in <list[list[int]]>)", "int(<bool>)",
        "<tuple[int, str]>[0]", "len(range(<place>))", "next(($ for $ in <list[int]> if <bool~int>), <int>)",
        "len(set(<list[str]>))", "<str>.rfind(<letter>)", "larger(<int>, <int>)", "sum(<dict[str, int]>.values())",
        "max(<list[list[int]]>, key=len)[0]", "math.prod([<tiny>, <small>])", "ord(<str>)",
        "re.subn('a', '-', <str>)[1]",
        "datetime.date.fromisoformat(<day>).year",
        "(datetime.date.fromisoformat(<day>) - datetime.date(2024, 1, 31)).days",
        "datetime.datetime.fromisoformat(<day>).weekday()", "(<=int | None> + <int>)",
        "min(<list[Item]>, key=lambda $: $['x'])['x']", "(<list[int]> or [<int>])[-1]",
    ),
    "small": (
        "len(<str>.encode())", "<place>", "len(<str>)", "(<small> - 1)", "1", "2", "3", "-2", "5",
    ),
    "tiny": (
        "<place>",
    ),
    "place": (
        "0", "1", "2", "-1", "3", "len(<list[int]>)", "-2",
    ),
    "float": (
        "(<float> + <float>)", "(<float> - <float>)", "(<float> * <float>)", "(<int> / <int>)", "(<float> / <float>)",
        "(<int> / 4)", "(-<float>)", "abs(<float>)", "round(<float>, 2)", "round(<float>, 1)", "(<float> // <float>)",
        "(<float> % <float>)", "(<float> * <int>)", "float(<int>)", "math.sqrt(<small>)", "sum(<list[float]>)",
        "max(<list[float]>)", "(<float> if <bool> else <float>)", "<list[float]>[<place>]", "float(<digits>)",
        "round(<int> / <int>, 3)", "(sum(<list[int]>) / len(<list[int]>))", "math.fabs(<float>)", "(<int> + <float>)",
        "divmod(<float>, <small>)[1]",
    ),
    "bool": (
        "(<int> < <int>)", "(<int> <= <int>)", "(<int> == <int>)", "(<int> != <int>)", "(<str> < <str>)",
        "(<str> == <str>)", "(<str> >= <letter>)", "(not <bool>)", "(<bool> and <bool>)", "(<bool> or <bool>)",
        "(<int> in <list[int]>)", "(<str> in <list[str]>)", "(<letter> in <str>)", "(<key> in <dict[str, int]>)",
        "(<key> not in <dict[str, Any]>)", "(<int | None> is None)", "(<str | None> is not None)",
        "<str>.startswith(<letter>)", "<str>.endswith(<str>)", "<str>.startswith(('a', 'é'))", "bool(<list[int]>)",
        "bool(<str>)", "bool(<Any>)", "(not <list[list[int]]>)", "(not <Any>)", "any(<list[bool]>)",
        "all(<list[bool]>)", "any($ > 1 for $ in <list[int]>)", "all(<bool~str> for $ in <list[str]>)",
        "(<int> < <int> < <int>)", "(<float> > <int>)", "(<=Any> == <Any>)", "(<=Any> == <int>)", "(<=Any> == <str>)",
        "(<list[int]> == <list[int]>)", "(<dict[str, int]> == <dict[str, int]>)", "(<bool> == <int>)",
        "<str>.isspace()", "(re.search('[ab]+', <str>) is not None)", "bool(WORD.match(<str>))",
        "(re.fullmatch('[a-z]*', <str>) is None)", "bool(re.search('É', <str>, re.I))", "isinstance(<=Any>, str)",
        "isinstance(<=Any>, (int, float))", "isinstance(<=Any>, dict)",
        "(<bool> if <bool> else <bool>)", "(<Any> is None)", "(<list[list[int]]> != [])",
        "(<list[int]> in <list[list[int]]>)", "<list[bool]>[<place>]", "('more' in <Item>)", "(<bool> ^ <bool>)",
        "(<Any> in <list[Any]>)", "(<int | None> == <int>)", "(not (<int> and <str>))", "(<int> <= <int> != <int>)",
        "any(<list[list[int]]>)", "((<int>, <str>) < (<int>, <str>))", "(<int> in (1, 2, 3))", "(<=Any> < 3)",
        "(<=int | None> < <int>)",
    ),
    "str": (
        "(<str> + <str>)", "f'{<int>}'", "f'{<str>}-{<int>}!'", "f'{<float>:.2f}'", "f'{<float>:,.1f}'",
        "f'{<int>:>5}'", "f'{<int>:,}'", "f'{<str>:<6}|'", "f'{<bool>}'", "f'{<int | None>}'", "f'{<int>:04d}'",
        "f'{<str>:^7}'", "str(<int>)", "str(<bool>)", "<str>.upper()", "<str>.lower()", "<str>.strip()",
        "<str>.lstrip()", "<str>.rstrip('-a')", "<str>.replace(<letter>, <str>)", "<str>.replace('a', <str>, 1)",
        "<str>[1:]", "<str>[:2]", "<str>[:-1]", "<str>[-2:]", "<str>[::-1]", "<str>[<place>]", "<str>[0]",
        "<str>[<place>:<place>]", "', '.join(<list[str]>)", "''.join(<list[str]>)", "<str>.join(<list[str]>)",
        "(<str> if <bool> else <str>)", "<list[str]>[<place>]", "<list[str]>[-1]", "<Item>['tag']",
        "(<str | None> or <str>)", "(<str> or <str>)", "(<str> * <place>)", "('-' * 3)", "<str>.ljust(4)",
        "<str>.rjust(5, '0')", "<str>.zfill(4)", "<str>.removeprefix(<letter>)", "<str>.removesuffix(<str>)",
        "<str>.partition(',')[2]", "','.join(str($) for $ in <list[int]>)",
        "' '.join([<str~str> for $ in <list[str]>])", "max(<list[str]>, key=len)", "min(<list[str]>)",
        "sorted(<str>)[0]", "<tuple[int, str]>[1]", "json.dumps(<list[int]>, ensure_ascii=False)",
        "json.dumps(<dict[str, list[int]]>, ensure_ascii=False)",
        "json.dumps(<list[str]>, ensure_ascii=False, separators=(',', ':'))", "<str>.split(',')[0]", "f'{<int>:x}'",
        "shout(<str>)", "('%s-%d' % (<str>, <int>))", "('%5s|%-4s|' % (<str>, <str>))", "('%05d' % <int>)",
        "'{}:{}'.format(<str>, <int>)", "'{a:>6}{b!r}'.format(a=<str>, b=<int>)", "<str>.center(8)",
        "<str>.center(7, '*')", "<str>.translate(TABLE)", "<str>.translate(str.maketrans('ab', 'xy', ' '))",
        "str(<list[int]>)", "repr(<list[bool]>)", "str((<int>, <bool>))", "str(<list[list[int]]>)",
        "json.dumps(<str>)",
        "json.dumps({'b': <str>, 'a': <list[int]>}, indent=2, sort_keys=True)",
        "json.dumps(<dict[str, int]>, sort_keys=True)", "re.sub('[aé,]+', '-', <str>)",
        "re.sub('(.)b', r'\\1.', <str>, count=1)", "re.sub('[a-z]', lambda m: m.group().upper() + '.', <str>)",
        "re.search('(a)|(b)', <str>).group()", "(re.match('(a)?b*', <str>)[1] or 'no')",
        "chr(97 + <small> % 20)", "f'{<int>=}'", "datetime.datetime.strptime(<day>, '%Y-%m-%d').isoformat()",
        "(datetime.date.fromisoformat(<day>) + datetime.timedelta(days=<small>)).isoformat()",
        "datetime.datetime.fromisoformat(<day>).replace(tzinfo=datetime.timezone.utc).strftime('%d.%m.%Y')",
        "str(datetime.datetime.fromisoformat(<day>))",
        "max(datetime.date.fromisoformat(<day>), datetime.date.fromisoformat(<day>)).isoformat()",
        "f'{len(<str>)} of {<int>:d} {<str>} {<str>} {<int>} {<str>}'",
        "hashlib.sha256(<str>.encode()).hexdigest()[:8]", "base64.b64encode(<str>.encode()).decode()",
        "(<=str | None> + <str>)", "<=str | None>.upper()", "f'{<float>:.0%}'",
    ),
    "day": (
        "'2024-02-29'", "'1999-12-31'", "'2023-02-30'", "<str>", "'20240105'",
    ),
    "letter": (
        "'a'", "'b'", "','", "' '", "'é'",
    ),
    "key": (
        "'a'", "'b'", "<str>", "'1'",
    ),
    "digits": (
        "str(<int>)", "<str>", "'12'", "' -7 '", "'1_0'", "'x'", "'+3'",
    ),
    "list[int]": (
        "[<int>, <int>]", "[<int>]", "[]", "[*<list[int]>, <int>]", "(<list[int]> + <list[int]>)", "<list[int]>[1:]",
        "<list[int]>[:2]", "<list[int]>[::-1]", "<list[int]>[<place>:]", "<list[int]>[::2]", "sorted(<list[int]>)",
        "sorted(<list[int]>, reverse=True)", "list(reversed(<list[int]>))", "[<int~int> for $ in <list[int]>]",
        "[<int~int> for $ in <list[int]> if <bool~int>]", "[<int~Item> for $ in <list[Item]> if <bool~Item>]",
        "[<int~str> for $ in <list[str]>]", "list(range(<place>))", "list(range(1, <small>, 2))",
        "list(<dict[str, int]>.values())", "[len($) for $ in <list[list[int]]>]",
        "(<list[int]> if <bool> else <list[int]>)", "<list[list[int]]>[<place>]",
        "[w for $ in <list[list[int]]> for w in $]", "[a + b for a, b in zip(<list[int]>, <list[int]>)]",
        "[a * b for a, b in enumerate(<list[int]>)]", "([0] * <place>)", "(<list[int]> * 2)", "(<list[int]> or [1])",
        "list(map(lambda $: $ + 1, <list[int]>))", "list(filter(lambda $: <bool~int>, <list[int]>))",
        "<=dict[str, list[int]]>.get(<key>, [])", "<=dict[str, list[int]]>[<key>]", "sorted(set(<list[int]>))",
        "sorted(<list[int]>, key=lambda $: <int~int>)", "<=Item>.get('more', [])", "[int($) for $ in <list[str]>]",
        "[a * b for a in <list[int]> for b in range(2) if a > b]", "[*range(3)]",
    ),
    "list[float]": (
        "[<float>]", "[<float>, <float>]", "[$ / 2 for $ in <list[int]>]", "sorted(<list[float]>)",
        "[round($, 1) for $ in <list[float]>]",
    ),
    "list[bool]": (
        "[<bool>]", "[<bool>, <bool>]", "[<bool~int> for $ in <list[int]>]", "[bool($) for $ in <list[Any]>]",
    ),
    "list[str]": (
        "[<str>]", "[<str>, <str>]", "[]", "<str>.split()", "<str>.split(',')", "<str>.split(<letter>, 1)",
        "list(<str>)", "[<str~str> for $ in <list[str]>]", "[$ for $ in <list[str]> if $]", "sorted(<list[str]>)",
        "sorted(<list[str]>, key=len)", "[<str~Item> for $ in <list[Item]>]", "list(<dict[str, int]>)",
        "sorted(<dict[str, int]>)", "<list[str]>[1:]", "[f'{a}:{b}' for a, b in <dict[str, int]>.items()]",
        "(<list[str]> + [<str>])", "[str($) for $ in <list[int]>]",
        "sorted(<list[str]>, key=lambda $: (len($), $), reverse=True)", "<str>.splitlines()",
        "list(map(str, <list[int]>))", "[f'{a}{b}' for a, b in enumerate(<list[str]>, 1)]",
        "list(dict.fromkeys(<list[str]>))", "re.findall('[a-z]', <str>)", "WORD.findall(<str>)",
        "re.findall('(.)a?', <str>)", "re.split('[,a]', <str>)", "re.split('(,)', <str>)",
        "re.split(' *, *', <str>, maxsplit=1)", "[m.group(0) for m in re.finditer('[^a]', <str>)]",
        "[a + b for a, b in re.findall('(.)(a?)', <str>)]", "<str>.splitlines(keepends=True)",
        "[m[1] or '-' for m in re.finditer('(a)|b', <str>)]", "<str>.rsplit('a', 1)",
    ),
    "list[list[int]]": (
        "[<list[int]>]", "[<list[int]>, <list[int]>]", "[[]]", "[<list[int]~int> for $ in <list[int]>]",
        "[[$] for $ in <list[int]>]", "[$ for $ in <list[list[int]]> if $]", "sorted(<list[list[int]]>, key=len)",
        "list(<dict[str, list[int]]>.values())", "(<list[list[int]]> + [<list[int]>])", "<list[list[int]]>[:1]",
        "[<list[int]~list[int]> for $ in <list[list[int]]>]", "[[w for w in $ if w > 0] for $ in <list[list[int]]>]",
        "list(filter(None, <list[list[int]]>))", "[]",
    ),
    "list[Item]": (
        "[<Item>]", "[$ for $ in <list[Item]> if <bool~Item>]", "sorted(<list[Item]>, key=lambda $: $['x'])",
        "sorted(<list[Item]>, key=lambda $: ($['x'], $['tag']), reverse=True)", "<list[Item]>[1:]",
        "(<list[Item]> + [<Item>])", "[]",
    ),
    "Item": (
        "{'x': <int>, 'tag': <str>}", "{**<Item>, 'x': <int>}", "<list[Item]>[<place>]",
        "{'x': 1, 'tag': <str>, 'more': <list[int]>}", "max(<list[Item]>, key=lambda $: $['x'])",
    ),
    "dict[str, int]": (
        "{'a': <int>}", "{'a': <int>, 'b': <int>}", "{}", "{<key>: <int>}", "{**<dict[str, int]>, 'a': <int>}",
        "{'b': <int>, **<dict[str, int]>}", "{$: <int~str> for $ in <list[str]>}",
        "{$['tag']: $['x'] for $ in <list[Item]>}", "{a: b + 1 for a, b in <dict[str, int]>.items()}",
        "(<dict[str, int]> | {'c': <int>})", "dict(zip(<list[str]>, <list[int]>))",
        "{a: b for a, b in <dict[str, int]>.items() if b > 0}", "dict(a=<int>, b=<int>)",
        "{str($): $ for $ in <list[int]>}",
    ),
    "dict[str, list[int]]": (
        "{'a': <list[int]>}", "{<key>: <list[int]>, 'b': []}", "{$: [len($)] for $ in <list[str]>}",
        "{**<dict[str, list[int]]>, <key>: <list[int]>}",
    ),
    "dict[str, Any]": (
        "{'a': <Any>}", "{**<dict[str, Any]>, 'b': <int>}", "{'a': <int>, 'b': <str>}",
        "{'k': None, 'a': <list[int]>}",
    ),
    "list[Any]": (
        "[<Any>]", "[<int>, <str>, None]", "[*<list[Any]>, <Any>]", "<list[Any]>[1:]",
        "[$ for $ in <list[Any]> if $]", "[<list[int]>, <Any>]", "list(<dict[str, Any]>.values())",
    ),
    "Any": (
        "<=dict[str, Any]>['a']", "<=dict[str, Any]>.get(<key>)", "<=Any>['a']", "<=Any>[0]", "<list[Any]>[<place>]",
        "(<Any> or <int>)", "(<Any> and <str>)", "<=Any>[<key>]", "(<int> if <bool> else <str>)",
        "(<Any> if <bool> else None)", "<=dict[str, Any]>['b']",
        "json.loads(json.dumps(<list[str]>, ensure_ascii=False))",
    ),
    "int | None": (
        "<=dict[str, int]>.get(<key>)", "(<int> if <bool> else None)",
        "next(($ for $ in <list[int]> if <bool~int>), None)", "max(<list[int]>, default=None)",
    ),
    "str | None": (
        "(<str> if <bool> else None)", "min(<list[str]>, default=None)",
    ),
    "list[int] | None": (
        "(<list[int]> if <bool> else None)",
    ),
    "tuple[int, str]": (
        "(<int>, <str>)", "(<int>, <str>, 1)[:2]",
        "max([(a, b) for a, b in enumerate(<list[str]>)], key=lambda $: ($[1], -$[0]))",
    ),
}  # fmt: skip

LITERALS: dict[str, tuple[str, ...]] = {
    "int": (
        "0", "1", "2", "-1", "7", "-13", "1000000007", "9007199254740991",
    ),
    "small": (
        "2", "3", "1", "0", "-2",
    ),
    "tiny": (
        "0", "2", "-1",
    ),
    "place": (
        "0", "1", "-1", "2",
    ),
    "float": (
        "0.5", "1.5", "-2.5", "2.675", "1e3", "0.1", "3.0",
    ),
    "bool": (
        "True", "False",
    ),
    "str": (
        "''", "'a'", "'abc'", "' x '", "'é😀'", "'a,b,,c'", "'12'", '"it\'s"', "'ß'", "'line\\nbreak'",
    ),
    "day": (
        "'2024-02-29'", "'1970-01-01'",
    ),
    "letter": (
        "'a'",
    ),
    "key": (
        "'a'", "'b'",
    ),
    "digits": (
        "'12'", "'0'",
    ),
    "list[int]": (
        "[]", "[1]", "[3, 1, 2]", "[-1, 0]",
    ),
    "list[float]": (
        "[0.5]", "[1.5, 2.5]",
    ),
    "list[bool]": (
        "[True]", "[False, True]",
    ),
    "list[str]": (
        "[]", "['a']", "['b', 'a', '']",
    ),
    "list[list[int]]": (
        "[]", "[[]]", "[[1]]", "[[1, 2], []]",
    ),
    "list[Item]": (
        "[]", "[{'x': 1, 'tag': 'a'}]",
    ),
    "Item": (
        "{'x': 2, 'tag': 'b'}",
    ),
    "dict[str, int]": (
        "{}", "{'a': 1}", "{'b': 2, 'a': 1}",
    ),
    "dict[str, list[int]]": (
        "{}", "{'a': []}", "{'a': [1]}",
    ),
    "dict[str, Any]": (
        "{'a': [1]}", "{'a': None}",
    ),
    "list[Any]": (
        "[]", "[None]", "[[1]]", "[1, 'a']",
    ),
    "Any": (
        "None", "[1]", "{'a': 'b'}",
    ),
    "int | None": (
        "None",
    ),
    "str | None": (
        "None",
    ),
    "list[int] | None": (
        "None",
    ),
    "tuple[int, str]": (
        "(1, 'a')",
    ),
}  # fmt: skip
