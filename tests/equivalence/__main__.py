"""`python -m tests.equivalence --programs N --seed S [--json OUT]`: random programs, in CPython and on the engine.

Prints every difference with the shrunk program, how often each construct occurred in what was compared, and what was
refused. The exit code is 1 where there is a difference.
"""

from __future__ import annotations

import argparse
import ast
import json
import resource
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from tests.equivalence.judge import Verdict, judge
from tests.equivalence.programs import program
from tests.equivalence.shrink import shrink

CHUNK = 50


def constructs(source: str) -> Counter[str]:
    """What a program is made of: kinds of nodes, operators, functions, methods."""
    found: Counter[str] = Counter()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.stmt, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)) or (
            isinstance(node, ast.expr) and not isinstance(node, (ast.Name, ast.Constant, ast.Attribute))
        ):
            found[type(node).__name__] += 1
        if isinstance(node, ast.Call):
            func = node.func
            found[
                f"{func.id}()"
                if isinstance(func, ast.Name)
                else f".{func.attr}()"
                if isinstance(func, ast.Attribute)
                else "()"
            ] += 1
    return found


MEMORY = 4 << 30


def examine(seeds: range) -> dict[str, Any]:
    """Judges some programs; what happened, ready to be sent between processes."""
    kinds: Counter[str] = Counter()
    used: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    troubles = []
    for seed in seeds:
        source, parameters = program(seed)
        verdict = judge(source, parameters, seed)
        kinds[verdict.kind] += 1
        if verdict.kind in ("same", "different"):
            used.update(constructs(source))
        refused.update(verdict.problems)
        if verdict.kind in ("different", "broken"):
            smaller = shrink(source, lambda text, kind=verdict.kind, p=parameters, s=seed: _still(text, p, s, kind))  # type: ignore[misc]
            troubles.append((seed, verdict.kind, smaller, _judged(smaller, parameters, seed).detail))
    return {"kinds": kinds, "used": used, "refused": refused, "troubles": troubles}


def _judged(source: str, parameters: dict[str, str], seed: int) -> Verdict:
    return judge(source, parameters, seed)


def _still(source: str, parameters: dict[str, str], seed: int, kind: str) -> bool:
    try:
        return _judged(source, parameters, seed).kind == kind
    except Exception:  # noqa: BLE001 - what cannot even be judged is no smaller example
        return False


def _bounded() -> None:
    """A program that fills the memory raises MemoryError instead."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tests.equivalence", description=__doc__)
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--show", type=int, default=10, help="how many differences and refusals are printed")
    given = parser.parse_args(arguments)
    began = time.perf_counter()
    first = given.seed * 1_000_000
    chunks = [range(at, min(at + CHUNK, first + given.programs)) for at in range(first, first + given.programs, CHUNK)]
    kinds: Counter[str] = Counter()
    used: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    troubles: list[tuple[int, str, str, str]] = []
    with ProcessPoolExecutor(given.processes, initializer=_bounded) as pool:
        for result in pool.map(examine, chunks):
            kinds.update(result["kinds"])
            used.update(result["used"])
            refused.update(result["refused"])
            troubles.extend(result["troubles"])
    for seed, kind, source, detail in troubles[: given.show]:
        print(f"--- seed {seed}: {kind}\n{source}{detail}\n")
    print("constructs: " + ", ".join(f"{name} {count}" for name, count in used.most_common()))
    for text, count in refused.most_common(given.show):
        print(f"refused {count} times: {text}")
    seconds = time.perf_counter() - began
    differences = kinds["different"] + kinds["broken"]
    report = {
        "programs": given.programs,
        "differences": differences,
        "refused": kinds["refused"],
        "outside": kinds["outside"],
        "seconds": round(seconds, 1),
        "constructs": dict(used.most_common()),
    }
    print(
        f"{given.programs} programs in {seconds:.0f} s: {kinds['same']} the same, {differences} different, "
        f"{kinds['refused']} refused, {kinds['outside']} outside the domain"
    )
    if given.json:
        given.json.write_text(json.dumps(report, indent=2) + "\n")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
