"""Every operator and many a built-in on every pair of types: refused, or what CPython gives, TypeError included."""

from __future__ import annotations

import importlib.util
import itertools
import random
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.language.harness import agree
from treadle.errors import CompileError
from treadle.language import compile_function

# A whole number is not given where a float is declared: whether it was written 4 or 4.0 is not known.
VALUES: dict[str, list[Any]] = {
    "int": [3, -2, 0],
    "float": [2.5, -0.5],
    "bool": [True, False],
    "str": ["ab", ""],
    "list[int]": [[1, 2], []],
    "dict[str, int]": [{"a": 1}, {}],
    "None": [None],
    "Any": [1, 2.5, "ab", [1], None, {"a": 1}, True],
    "int | None": [2, None],
    "str | int": ["a", 3],
}
OPERATORS = (
    *("+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>"),
    *("==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not", "and", "or"),
)
ALONE = (
    "-a", "+a", "~a", "not a", "len(a)", "abs(a)", "sum(a)", "min(a)", "max(a)", "sorted(a)", "list(a)", "str(a)",
    "int(a)", "float(a)", "bool(a)", "repr(a)", "round(a)", "any(a)", "all(a)", "hex(a)", "a[0]", "a[-1]", "a['a']",
    "a[1:]", "a.get('a')", "a.upper()", "f'{a}'", "f'{a:>5}'", "f'{a:.2f}'", "[x for x in a]", "{**a}", "[*a]",
    "a[0] + 1", "a is None", "a or 5", "a if a else 0", "'a' in a", "1 in a", "a * 2", "2 * a", "a + a", "a < a",
    "[a] == [a]", "max(a, a)", "sum([a, a])", "','.join([a, a])", "str([a])",
)  # fmt: skip
SAMPLE = 350


def programs() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for left, op, right in itertools.product(VALUES, OPERATORS, VALUES):
        given = [{"a": a, "b": b} for a in VALUES[left] for b in VALUES[right]]
        yield f"(a: {left}, b: {right}):\n    return a {op} b\n", given
    for text, type in itertools.product(ALONE, VALUES):
        yield f"(a: {type}):\n    return {text}\n", [{"a": a} for a in VALUES[type]]


def load(folder: Path, sources: list[str]) -> list[Callable[..., Any]]:
    path = folder / "operated.py"
    heads = [f"def p{at}{source}" for at, source in enumerate(sources)]
    path.write_text("from __future__ import annotations\nfrom typing import Any\n" + "\n".join(heads))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # "is" with a literal and the like, as users write it
        spec.loader.exec_module(module)
    return [getattr(module, f"p{at}") for at in range(len(sources))]


@pytest.mark.parametrize("seed", [1, 2])
def test_is_refused_or_agrees(seed: int, tmp_path: Path) -> None:
    chosen = random.Random(seed).sample(list(programs()), SAMPLE)
    accepted = 0
    for function, (_, cases) in zip(load(tmp_path, [source for source, _ in chosen]), chosen, strict=True):
        try:
            compile_function(function)
        except CompileError:
            continue
        accepted += 1
        for given in cases:
            agree(function, **given)
    assert accepted > SAMPLE / 5
