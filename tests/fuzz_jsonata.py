"""Random JSONata expressions and data, through the adapter and through JSONata's own 2.0.6 in node.

    python -m tests.fuzz_jsonata --expressions 20000 --seed 1 --json

A wrong value is one where the two give different JSON, or where one gives a value and the other an error. A different
error code or text is counted apart, and so is what `known` gives a reason for. node and npm must be on the PATH;
jsonata 2.0.6 is installed into benchmarks/.peers/jsonata.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from treadle.engine.data import jsonata

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks" / ".peers" / "jsonata"
VERSION = "2.0.6"

# Reads one {"expr", "bindings"} a line and answers each with {"v"}, {"undef"}, {"function"} or {"code", "text"}.
_SERVER = """
const jsonata = require('jsonata');
const lines = require('readline').createInterface({input: process.stdin});
(async () => {
  for await (const line of lines) {
    const {expr, bindings} = JSON.parse(line);
    let answer;
    try {
      const value = await jsonata(expr).evaluate(undefined, bindings);
      const text = JSON.stringify(value, (key, part) => part && part._jsonata_lambda ? undefined : part);
      if (value === undefined) answer = {undef: true};
      else if (value === null || typeof value === 'number' && !isFinite(value)) answer = {v: null};
      else if (typeof value === 'function' || value._jsonata_lambda || value._jsonata_function)
        answer = {function: true};
      else answer = {v: JSON.parse(text)};
    } catch (error) {
      answer = {code: error.code || 'JS', text: String(error.message)};
    }
    process.stdout.write(JSON.stringify(answer) + '\\n');
  }
})();
"""


def available() -> str | None:
    """Installs the reference where it can be; otherwise says what is missing."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "node and npm are not on the PATH"
    if (FOLDER / "node_modules" / "jsonata" / "package.json").exists():
        return None
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "package.json").write_text("{}\n")
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", f"jsonata@{VERSION}"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False)
    return None if done.returncode == 0 else f"npm could not install jsonata@{VERSION}: {done.stderr.strip()[:200]}"


def reference(work: list[tuple[str, dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """What 2.0.6 answers to each expression, in order."""
    lines = "".join(json.dumps({"expr": text, "bindings": bindings}) + "\n" for text, bindings in work)
    done = subprocess.run(
        ["node", "--stack-size=4000", "-e", _SERVER],
        cwd=FOLDER,
        input=lines,
        capture_output=True,
        text=True,
        check=True,
    )
    return map(json.loads, done.stdout.rstrip("\n").split("\n"))


def ours(text: str, bindings: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"v": jsonata.compile(text)(bindings)}
    except jsonata.QueryError as error:
        if "returned nothing" in error.cause:
            return {"undef": True}
        if "unsupported result" in error.cause:
            return {"function": True}
        told = error.cause.rpartition("evaluation. " if "evaluation. " in error.cause else "is invalid. ")[2]
        code, _, message = told.partition(": ")
        return {"code": code, "text": message}


# --- the generator ---------------------------------------------------------------------------------------------------

_NAMES = ["a", "b", "c", "d", "name", "Price", "list"]
_TEXTS = ["", "a", "abc", "Hello World", "1", "-2.5", "x,y,z", "été", "😀b", " pad ", "true", "2024-02-29T12:00:00Z"]
_NUMBERS = [0, 1, 2, 3, 5, 10, -1, -2, 0.5, 1.5, 2.5, -0.5, 100, 1e6, 12345.678, 1e15, 123456789012345]


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
        "s": chance.choice(_TEXTS),
        "l": [value(chance, 1) for _ in range(chance.randint(0, 4))],
    }


# What each kind of expression may be. «kind» stands for an expression of that kind, «one|two» for either text.
_GRAMMAR = {
    "any": """
        «path» «path» «path» «number» «text» «test» «array» «object» «conditional» «block» «higher» «call» «call»
        «group» «sorted»
        «chain» «transform»
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
    "block": "($v:=«any»;«any») ($w:=«any»;$v:=«any»;«any») ($p:=function($v){«any»};$p(«any»)) ($x:=«any»;$x)",
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
_CHOICES = {kind: templates.split() for kind, templates in _GRAMMAR.items()}
_LEAVES = {"number": "n", "text": "t", "name": "name", "n": "n", "t": "t", "regex": "regex", "variable": "variable"}
_HOLE = re.compile("«([^»]*)»")


def expression(chance: random.Random, depth: int, kind: str = "any") -> str:
    """A random expression; below `depth` only leaves follow."""
    if depth <= 0:
        kind = _LEAVES.get(kind, "leaf" if kind not in ("root", "step", "rows") else "variable")

    def fill(hole: re.Match[str]) -> str:
        inner = hole[1]
        if inner in _CHOICES:
            return expression(chance, depth - 1, inner)
        return chance.choice(inner.split("|"))

    # An underscore stands for the space around a word operator.
    template = chance.choice(_CHOICES[kind])
    return _HOLE.sub(fill, template.replace("_", " ") if kind == "test" else template)


# --- comparing -------------------------------------------------------------------------------------------------------


def known(text: str, theirs: dict[str, Any], mine: dict[str, Any]) -> str | None:
    """The reason why this difference is expected, or None."""
    if mine.get("code") == "D1001" and theirs.get("code") != "D1001":
        return "a division by zero fails at once here; 2.0.6 carries the infinity on until something needs a number"
    if theirs.get("code") == "JS":
        return "2.0.6 itself breaks with an error of JavaScript's"
    if ",?)" in text:
        return "2.0.6 does not check the arguments of a built-in function that was applied in part"
    if "v" in theirs and _halves(theirs["v"]):
        return "2.0.6 takes a character beyond U+FFFF for two"
    if "$formatBase" in text and ("1e15" in text or "1e6" in text):
        return "the last digits of a number beyond 2^53 in another base"
    if "v" in theirs and _keys_in_order(theirs["v"]) == _keys_in_order(mine.get("v")):
        return "JavaScript lists the keys of an object that look like numbers first"
    if "{" in text and "v" in theirs and _without_nulls(theirs["v"]) == _without_nulls(mine.get("v")):
        return "2.0.6 puts an undefined into an empty array of its input that it groups or transforms"
    if "code" in theirs and theirs["code"] == mine.get("code") and _unnamed(theirs) == _unnamed(mine):
        return "2.0.6 names the function that was called before, or none, after ~>"
    return None


_FUNCTION = re.compile(r'function (?:undefined|"\w+")')


def _unnamed(answer: dict[str, Any]) -> str:
    return _FUNCTION.sub("", answer["text"])


def _keys_in_order(value: Any) -> str:
    """The characters of the value: the same for two texts that list the same keys in another order."""
    return "".join(sorted(json.dumps(value, sort_keys=True)))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(part) for key, part in value.items()}
    return [_without_nulls(part) for part in value if part is not None] if isinstance(value, list) else value


def _halves(value: Any) -> bool:
    """Does it hold half of a surrogate pair?"""
    text = json.dumps(value).replace("\\ud83d\\ude00", "")
    return "\\ud83d" in text or "\\ude00" in text


def same(left: Any, right: Any) -> bool:
    """Equal as JSON of JavaScript numbers; the order of keys counts for nothing."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return float(left) == float(right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return type(left) is type(right) and bool(left == right)


def verdict(text: str, theirs: dict[str, Any], mine: dict[str, Any]) -> str:
    """ "same", "known: …", "wrong", "code" or "text"."""
    if "code" in theirs and "code" in mine:
        if theirs == mine:
            return "same"
        reason = known(text, theirs, mine)
        return f"known: {reason}" if reason else "text" if theirs["code"] == mine["code"] else "code"
    if theirs.keys() == mine.keys() and ("v" not in theirs or same(theirs["v"], mine["v"])):
        return "same"
    return f"known: {known(text, theirs, mine)}" if known(text, theirs, mine) else "wrong"


def run(expressions: int, seed: int, batch: int = 2000) -> dict[str, Any]:
    """Counts and the first examples of every verdict."""
    chance = random.Random(seed)
    counts: Counter[str] = Counter()
    examples: dict[str, list[dict[str, Any]]] = {}
    for start in range(0, expressions, batch):
        work = [
            (expression(chance, chance.choice([1, 2, 3, 3, 4, 5])), bindings(chance))
            for _ in range(min(batch, expressions - start))
        ]
        for (text, given), theirs in zip(work, reference(work), strict=True):
            mine = ours(text, given)
            found = verdict(text, theirs, mine)
            counts[found] += 1
            if found != "same" and len(examples.setdefault(found, [])) < 20:
                examples[found].append({"expression": text, "bindings": given, "expected": theirs, "actual": mine})
    return {
        "expressions": expressions,
        "seed": seed,
        "counts": dict(counts),
        "wrong": counts["wrong"],
        "examples": examples,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--expressions", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print the whole result as JSON")
    options = parser.parse_args()
    missing = available()
    if missing:
        print(f"skipped: {missing}", file=sys.stderr)
        return 2
    result = run(options.expressions, options.seed)
    if options.json:
        print(json.dumps(result))
    else:
        for name, count in sorted(result["counts"].items(), key=lambda pair: -pair[1]):
            print(f"{count:8} {name}")
        for name, examples in result["examples"].items():
            for example in [] if name.startswith("known") else examples[:5]:
                print(f"{name}: {example['expression']}\n  2.0.6 {example['expected']}\n  here  {example['actual']}")
    return 1 if result["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
