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

from tests.jsonata_grammar import bindings, expression
from treadle.engine.data import jsonata

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks" / ".peers" / "jsonata"
VERSION = "2.0.6"

# Reads one {"expr", "bindings"} a line and answers each with {"v"}, {"undef"}, {"function"} or {"code", "text"}. Step
# Functions writes a number that is not finite as JavaScript names it, and evaluates to a depth of 100.
_SERVER = """
const jsonata = require('jsonata');
const lines = require('readline').createInterface({input: process.stdin});
const shown = (key, part) => part && part._jsonata_lambda ? undefined
  : typeof part === 'number' && !isFinite(part) ? String(part) : part;
(async () => {
  for await (const line of lines) {
    const {expr, bindings} = JSON.parse(line);
    let answer;
    try {
      const expression = jsonata(expr);
      let depth = 0;
      expression.assign(Symbol.for('jsonata.__evaluate_entry'), () => {
        if (++depth > 100) throw {code: 'LIMIT', message: 'Stack overflow error'};
      });
      expression.assign(Symbol.for('jsonata.__evaluate_exit'), () => { depth--; });
      const value = await expression.evaluate(undefined, bindings);
      if (value === undefined) answer = {undef: true};
      else if (value === null) answer = {v: null};
      else if (typeof value === 'function' || value._jsonata_lambda || value._jsonata_function)
        answer = {function: true};
      else answer = {v: JSON.parse(JSON.stringify(value, shown))};
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
        _, limit, told = error.cause.rpartition("threw an error during evaluation: ")
        if limit:
            return {"code": "LIMIT", "text": told.partition(":")[0]}
        told = error.cause.rpartition("evaluation. " if "evaluation. " in error.cause else "is invalid. ")[2]
        code, _, message = told.partition(": ")
        return {"code": code, "text": message}


# --- comparing -------------------------------------------------------------------------------------------------------


def known(text: str, given: dict[str, Any], theirs: dict[str, Any], mine: dict[str, Any]) -> str | None:
    """The reason why this difference is expected, or None."""
    if theirs.get("code") == "JS":
        return "2.0.6 itself breaks with an error of JavaScript's"
    if ",?)" in text:
        return "2.0.6 does not check the arguments of a built-in function that was applied in part"
    if _TAKES_UNITS.search(text) and _ASTRAL.search(text + _texts(given)):
        return "2.0.6 takes a character beyond U+FFFF for two"
    if "v" in theirs and "v" in mine:
        return _other_value(text, theirs["v"], mine["v"])
    if mine.get("code") == "D1001" and re.search(r"\$(sqrt|average|power|format|sort|sum|pad|type|fromMillis)", text):
        return "an infinity fails at once where one of some functions is given it"
    if theirs.get("code") == "D1001" and re.search(r"\$(filter|single|sift)", text):
        return "an infinity that a filter's function gives counts as true"
    if "code" in theirs and theirs["code"] == mine.get("code") and _unnamed(theirs) == _unnamed(mine):
        return "2.0.6 names a function after ~> as another expression called it"
    if "code" in theirs and "code" in mine and re.search(r"[\[{]", text):
        return "of the errors in an array or an object another is found first"
    return None


def _other_value(text: str, theirs: Any, mine: Any) -> str | None:
    if "$formatBase" in text and ("1e15" in text or "1e6" in text):
        return "the last digits of a number beyond 2^53 in another base"
    if "/-0" in text and "Infinity" in _texts(mine):
        return "the sign of a zero that divides"
    if _LONG.search(json.dumps(mine)) and _rounded(mine) == _rounded(theirs):
        return "AWS writes a whole number in full where 2.0.6 rounds it to 15 digits (measured)"
    if re.search("parseInteger.*[iI]", text) and "NaN" in _texts(theirs):
        return "2.0.6 does not read a Roman number of the other case"
    if re.search(r"\$(max|min)", text) and re.search("[/%]", text) and "NaN" in _texts(theirs):
        return "$max and $min leave out what is not a number"
    if "$power" in text and same(_rounded(theirs), _rounded(mine)):
        return "the last digit of $power"
    if _in_one_order(theirs) == _in_one_order(mine):
        return "JavaScript lists the keys of an object that look like numbers first"
    if "{" in text and _without_nulls(_rounded(theirs)) == _without_nulls(_rounded(mine)):
        return "2.0.6 puts an undefined into an empty array of its input that it groups or transforms"
    return None


_FUNCTION = re.compile(r'function (?:undefined|"\w+")')
# A regular expression, or an empty text to split at.
_TAKES_UNITS = re.compile(r"/\)|/[im]*[,)]|,\"\"\)|\$split")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_LONG = re.compile(r"\d{16,}")
_NUMBER = re.compile(r"\d{15,}")


def _unnamed(answer: dict[str, Any]) -> str:
    return _FUNCTION.sub("", answer["text"])


def _rounded(value: Any) -> Any:
    """The value with 15 digits of every number, also of those in texts."""
    if isinstance(value, dict):
        return {_rounded(key): _rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return list(map(_rounded, value))
    if isinstance(value, str):
        return _NUMBER.sub(lambda found: f"{float(found[0]):.14e}", value)
    return float(f"{value:.14e}") if isinstance(value, int | float) and not isinstance(value, bool) else value


def _in_one_order(value: Any) -> Any:
    """The value with the items of its arrays, and the keys of objects in its texts, sorted."""
    if isinstance(value, dict):
        return {key: _in_one_order(part) for key, part in value.items()}
    if isinstance(value, list):
        return sorted((_in_one_order(part) for part in value), key=lambda part: json.dumps(part, sort_keys=True))
    if isinstance(value, str) and "{" in value:
        return "".join(sorted(value))
    return value


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(part) for key, part in value.items()}
    return [_without_nulls(part) for part in value if part is not None] if isinstance(value, list) else value


def _texts(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


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


def verdict(text: str, given: dict[str, Any], theirs: dict[str, Any], mine: dict[str, Any]) -> str:
    """ "same", "known: …", "wrong", "code" or "text"."""
    if "code" in theirs and "code" in mine:
        if theirs == mine:
            return "same"
        reason = known(text, given, theirs, mine)
        return f"known: {reason}" if reason else "text" if theirs["code"] == mine["code"] else "code"
    if theirs.keys() == mine.keys() and ("v" not in theirs or same(theirs["v"], mine["v"])):
        return "same"
    reason = known(text, given, theirs, mine)
    return f"known: {reason}" if reason else "wrong"


def run(expressions: int, seed: int, batch: int = 2000) -> dict[str, Any]:
    """Counts and the first examples of every verdict."""
    chance = random.Random(seed)
    counts: Counter[str] = Counter()
    examples: dict[str, list[dict[str, Any]]] = {}
    for start in range(0, expressions, batch):
        work = [
            (
                expression(chance, chance.choice([1, 2, 3, 3, 4, 5]), chance.choice(["any", "any", "edge"])),
                bindings(chance),
            )
            for _ in range(min(batch, expressions - start))
        ]
        for (text, given), theirs in zip(work, reference(work), strict=True):
            mine = ours(text, given)
            found = verdict(text, given, theirs, mine)
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
