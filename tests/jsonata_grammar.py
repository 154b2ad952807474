"""The grammar of the random JSONata expressions and documents of `tests.fuzz_jsonata`."""

from __future__ import annotations

import random
import re
from typing import Any

_NAMES = ["a", "b", "c", "d", "name", "Price", "list"]
_TEXTS = ["", "a", "abc", "Hello World", "1", "-2.5", "x,y,z", "été", "😀b", " pad ", "true", "2024-02-29T12:00:00Z"]
_NUMBERS = [
    0,
    1,
    2,
    3,
    5,
    10,
    -1,
    -2,
    0.5,
    1.5,
    2.5,
    -0.5,
    100,
    1e6,
    12345.678,
    1e15,
    123456789012345,
    2**53 - 1,
    1 / 3,
]


def value(chance: random.Random, depth: int = 3) -> Any:
    """A random JSON document."""
    kind = chance.random()
    if depth and kind < 0.3:
        return [value(chance, depth - 1) for _ in range(chance.choice([0, 1, 1, 2, 3, 4]))]
    if depth and kind < 0.65:
        return {chance.choice(_NAMES): value(chance, depth - 1) for _ in range(chance.choice([0, 1, 2, 3, 4]))}
    return chance.choice(
        [
            None,
            True,
            False,
            chance.choice(_TEXTS),
            chance.choice(_TEXTS),
            chance.choice(_NUMBERS),
            chance.choice(_NUMBERS),
        ]
    )


def bindings(chance: random.Random) -> dict[str, Any]:
    """The variables of one expression; most inputs have the fields that paths ask for."""
    rows = [
        {
            "name": chance.choice(_TEXTS),
            "Price": chance.choice(_NUMBERS),
            "a": value(chance, 2),
            "list": value(chance, 1),
        }
        for _ in range(chance.randint(0, 4))
    ]
    given = {
        "a": value(chance),
        "b": value(chance),
        "c": chance.choice(_NUMBERS),
        "d": chance.choice(_TEXTS),
        "list": rows,
    }
    return {
        "states": {"input": given if chance.random() < 0.9 else value(chance), "context": {"Execution": {"Name": "n"}}},
        "x": value(chance),
        "n": chance.choice(_NUMBERS),
        "z": 0,
        "s": chance.choice(_TEXTS),
        "l": [value(chance, 1) for _ in range(chance.randint(0, 4))],
    }


# What each kind of expression may be. «kind» stands for an expression of that kind, «one|two» for either text.
_GRAMMAR = {
    "any": """
        «path» «path» «path» «number» «text» «test» «array» «object» «conditional» «block» «higher» «call» «call»
        «group» «sorted»
        «chain» «transform» «edge» «edge»
    """,
    "leaf": "«n» «t» «variable» «variable» true false null [] {}",
    "variable": "$x $n $s $l $v $w $i $k $p $nope $states.input $states.input.a $states.context.Execution.Name",
    "n": "0 1 2 3 5 10 -1 -2 0.5 1.5 2.5 100 1e6 12345.678 1e15 $n $states.input.c $v",
    "t": """ "" "a" "abc" 'x,y,z' "été" "😀b" "1" "-2.5" "true" "2024-02-29T12:00:00Z" $s $states.input.d $v """,
    "name": "a b c d name Price list",
    "path": """
        «root» «root»«step» «root»«step» «root»«step»«step» «root»«step»«step» «root»«step»«step»«step»
    """,
    "root": "$states.input $states.input $states.input.list $x $l («any»)",
    "step": """
        .«name» .«name» .«name» .«name» .list .* .**.name [0] [-1] [] [[0..1]] .$ [«test»] [«name»=«leaf»] [$]
        .(«any») .{'k':$}
        .[$] .(a) #$i.[$i] .`name` @$v.($v.name) .{'p':%.name} .(a;b)
    """,
    "number": """
        «n» «n» («number»+«number») («number»-«number») («number»*«number») («number»/«number») («number»%«number»)
        -«n»
        $sum(«any») $max(«any») $min(«any») $average(«any») $count(«any») $floor(«any») $ceil(«any») $abs(«any»)
        $sqrt(«any»)
        $number(«any») $round(«any») $round(«n»,«-1|0|1|2») $power(«n»,«0|2|3|0.5») $length(«text»)
    """,
    "text": """
        «t» «t» («text»&«any») $string(«any») $uppercase(«text») $lowercase(«text») $substring(«text»,«-3|-1|0|2|4»)
        $substring(«text»,1,«-1|0|2») $substringBefore(«text»,«t») $substringAfter(«text»,«t») $trim(«text»)
        $pad(«text»,«-8|-3|0|5|8»,«"#"|"ab"|"x"») $join(«any»,',') $replace(«text»,«regex»,'<$1>')
        $replace(«text»,"l","L",1)
        $formatNumber(«number»,«"#,##0.00"|"00"|"#0.#"|"0.0%"») $formatBase(«number»,«2|16|36») $base64encode(«text»)
        $encodeUrlComponent(«text») $type(«any») $fromMillis(«0|1510067557121|951827696000»)
        $formatInteger(«0|7|1999|12345»,«"w"|"I"|"a"|"#,##0"|"000"|"Ww"») $encodeUrl(«text»)
    """,
    "regex": "/[a-m]/ /o+/i /(.)b/ /l/ /^x/i /\\\\d+/",
    "test": """
        («any»=«any») («any»!=«any») («number»<«number») («any»>=«any») («any»_in_«any») («any»_and_«any»)
        («any»_or_«any»)
        $not(«any») $exists(«any») $boolean(«any») $contains(«text»,«regex») $contains(«text»,"a")
    """,
    "array": "[«any»] [«any»,«any»] [«any»,«any»,«any»] [«1|$n|0|-2»..«3|$count($l)|0|5»] [«array»]",
    "object": """ {"a":«any»} {"a":«any»,"b":«any»} {"name":«text»,"Price":«number»} {«text»:«any»} """,
    "conditional": "(«test»?«any»:«any») («test»?«any») («test»?«test»?«any»:«any»:«any»)",
    "block": "($v:=«any»;«any») ($w:=«any»;$v:=«any»;«any») ($g:=function($v){«any»};$g(«any»)) ($x:=«any»;$x)",
    "higher": """
        $map(«any»,function($v){«any»}) $map(«any»,function($v,$i){«any»}) $filter(«any»,function($v){«test»})
        $reduce(«any»,function($p,$v){«any»}) $reduce(«any»,function($p,$v){$append($p,$v)},[])
        $each(«any»,function($v,$k){«any»})
        $sift(«any»,function($v,$k){«test»}) $single(«any»,function($v){«test»}) $sort(«any») $map(«any»,$string)
        $sort(«any»,function($v,$w){$string($v)>$string($w)}) $filter(«any»,function($v,$i,$k){$i<2})
    """,
    "call": """
        $keys(«any») $lookup(«any»,'«name»') $append(«any»,«any») $reverse(«any») $distinct(«any») $merge(«any»)
        $spread(«any»)
        $zip(«any»,«any») $split(«text»,«","|/[,_]/|""») $match(«text»,«regex») $toMillis(«text») $number(«text»)
        $base64decode(«text») $error(«text») $assert(«test»,'no') $sum(«any») $nope(«any») $string(«any»,true)
        $count(«any»)
        $parseInteger(«t»,'0') $decodeUrlComponent(«text») $substring(«any»,?)(1) $max(«any»,1) $uppercase(«any»)
        $sort(«array»,function($v,$w){$v>$w}) $round(«n»,«1.5|-2|3»)
    """,
    "group": """
        «rows»{name:$} «rows»{$string(name):Price} «rows»{'k':$sum(Price)} «rows»{$string($):«leaf»} «any»{«text»:«any»}
    """,
    "rows": "$states.input.list $states.input.list $l $x «any»",
    "sorted": "«rows»^(Price) «rows»^(>Price) «rows»^(name,<Price) «rows»^($) «rows»^(a)",
    "chain": "(«any»~>«$string|$sum|$count|$uppercase|$map($string)|$join('-')|$sort|$filter(function($v){$v})»)",
    "transform": """
        ($states.input~>|«$|a|list|**|list[Price>1]»|«object»|)
        ($states.input~>|«$|a|list|**»|{"z":1},«"a"|["b","name"]»|)
    """,
}
# Functions at their edges: expressions of JavaScript's, pictures of dates and numbers, and what is no finite number.
_GRAMMAR |= {
    "edge": "«matched» «matched» «dated» «pictured» «infinite» «infinite» «deep»",
    "matched": """
        $match(«string»,«pattern») $match(«string»,«pattern»,«0|1|2») $contains(«string»,«pattern»)
        $split(«string»,«pattern») $split(«string»,«pattern»,«0|1|2») $replace(«string»,«pattern»,«by»)
        $replace(«string»,«pattern»,«by»,«0|1|2») («string»~>«pattern») («pattern»)(«string»).next()
        $replace(«string»,«pattern»,function($m){$uppercase($m.match)&$m.index&$count($m.groups)})
    """,
    "string": """ "" "abc" "aXbXc" "a\\nb" "a\\r\\nb\\n" "2024-01-02" "été" "foo.bar" "aaa" "AbC" "a1b22c333" $s """,
    "by": """ "" "-" "<$0>" "<$1|$2>" "$$" "$10$" """,
    "pattern": """
        /a/ /A/i /^b/ /^b/m /b$/ /b$/m /./ /a.b/ /\\d+/ /(\\d)(\\d)?/ /(?<y>\\d{4})-(\\d\\d)/ /(?<=a)b/i /(?<!a)[bX]/
        /(?=b)./ /x*/ /b*?/ /(a)|(b)/ /[^\\s]/ /\\s/ /\\w+/ /\\b/ /\\u0061/ /[a-c]/ /a{2}/ /a{1,}?/ /(?:a|b)c?/
        /\\./ /\\x61/
        /(.)\\1/ /é/i /[\\d\\.]/ /a|/ /^$/ /(a)(b)?(c)?/ /\\k<y>/ /(?<n>a)\\k<n>/
    """,
    "dated": """
        $fromMillis(«millis»,«picture») $fromMillis(«millis»,«picture»,«"+0000"|"-0500"|"+0530"|"0530"»)
        $toMillis($fromMillis(«millis»,«picture»),«picture»)
    """,
    "millis": "0 1 -1 1510067557121 951827696000 -62135596800000 1709164800000 4102444800000 1.5 1e12 1704067199999",
    "picture": """
        "[Y0001]-[M01]-[D01]" "[H01]:[m01]:[s01].[f001]" "[MNn,*-3]_[D1o],_[Y]" "[FNn]_[D]_[MNn]_[Y]" "[dwo]_day_of_[Y]"
        "[X]-W[W01]-[F1]" "[Y]-[M]-[D]_[h#1]:[m01]_[P]" "[Y]-[M]-[D]_[Z01:01]" "[YI]" "[Yw]" "[[x]]_[Y]"
        "[D01]/[M01]/[Y0001,2-2]" "[Y0001]-[d001]" "[x]" "[Y" "[DWwo]"
        "[Y]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"
    """,
    "pictured": """
        $formatNumber(«n»,«"0"|"#,##0.00"|"#.##"|".00"|"000.000"|"0.0##"|"[0]"|"0.00;(0.00)"|"x"|"0.0.0"|""|"0#"»)
        $formatInteger(«n»,«"0"|"#,##0"|"w"|"W"|"Ww"|"A"|"a"|"0;o"|"w;o"|"Ww;o"|"000"|"#:000"|"#"|"x"»)
        $parseInteger(«"1"|"0012"|"1,234"|"xiv"|"twelfth"|"21st"|"-5"|""|"MCMXCIX"»,«"0"|"w"|"I"|"i"|"a"|"0;o"|"w;o"»)
        $number(«"-1.5"|".5"|"5."|"0x1F"|"1E+3"|""|"-0"|"1_0"|true|null|"1e400"») $string(«n») $round(«n»,«-1|1|2|15»)
        $formatBase(«n»,«2|10|16|36|1|37») $string({"a":«n»,"b":[«n»]},true) $string(«1e20|1e21|1e-7|1.5e-7|-0»)
    """,
    "infinite": """
        («n»/«0|$z|1e-320») [«n»/«0|$z»,«n»+«n»] {"k":«n»/«0|$z»,"t":«t»&«t»} («n»/$z«>|<|=|!=|>=»«n») («n»/$z+«n»)
        [«n»%«0|$z»,null] $map([0,1,$n],function($v){«n»/$v}) ($v:=«n»/$z;$v>«n»?$v:«t») ($v:=«n»/$z;-$v) («n»%«0|$z»)
        $string(«n»/$z) $floor(«n»/$z) $max([«n»/$z,«n»]) $count([«n»/$z]) («t»/$z) ($nope/$z) (1e308*«n»)
        («n»/$z&«t») («n»/$z?1:2) $filter([0,1,2],function($v){«n»/$v>1}) $append([«n»/$z],«leaf»)
        $reduce([1,0,2],function($p,$v){$p/$v})
    """,
    "deep": "1",
}
_CHOICES = {kind: templates.split() for kind, templates in _GRAMMAR.items()}
_LEAVES = {"number": "n", "text": "t", "name": "name", "n": "n", "t": "t", "regex": "regex", "variable": "variable"}
_WORDS = frozenset({"string", "by", "pattern", "picture", "millis"})
_HOLE = re.compile("«([^»]*)»")


def expression(chance: random.Random, depth: int, kind: str = "any") -> str:
    """A random expression; below `depth` only leaves follow."""
    if depth <= 0:
        kind = kind if kind in _WORDS else _LEAVES.get(kind, "variable" if kind in ("root", "step", "rows") else "leaf")

    def fill(hole: re.Match[str]) -> str:
        inner = hole[1]
        if inner in _CHOICES:
            return expression(chance, depth - 1, inner)
        return chance.choice(inner.split("|"))

    if kind == "deep":
        return _nested(chance, chance.randint(97, 102))
    # An underscore stands for a space, of a word operator or in a picture.
    template = chance.choice(_CHOICES[kind])
    return _HOLE.sub(fill, template.replace("_", " ") if kind in ("test", "picture") else template)


def _nested(chance: random.Random, depth: int) -> str:
    """An expression about as deep as Step Functions evaluates."""
    before, inner, after = chance.choice(
        [
            ("", "1", "+1"),
            ("(", "1", ")"),
            ("[", "1", "]"),
            ("", "1", "~>$string"),
            ("$string(", "1", ")"),
            ("1+(", "2", ")"),
        ]
    )
    if before == "1+(":
        depth //= 2
    recursive = f"($f:=function($x){{$x<=0?0:1+$f($x-1)}};$f({depth - 68}))"
    return chance.choice([before * depth + inner + after * depth, recursive])
