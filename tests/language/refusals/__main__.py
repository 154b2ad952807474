"""`python -m tests.language.refusals`: writes golden.json anew, to be read by eye."""

from __future__ import annotations

import json

from tests.language.refusals.compiling import GOLDEN, compiles, current, parameters, problems, programs

GOLDEN.write_text(json.dumps(current(), indent=1, ensure_ascii=False) + "\n")
for name, source in programs():
    found = problems(name, source)
    if not found:
        print(f"--- {name} compiles:\n{source}")
    for problem in found:
        wrong = compiles(problem.instead, parameters(source)) if problem.instead else "no proposal"
        if wrong:
            print(f"--- {name}\n{problem}\n   {wrong}\n")
