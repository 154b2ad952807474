"""Collections, calls and signatures, both ways."""

from __future__ import annotations

import collections
import functools
import hashlib
import itertools
import math
import statistics
from types import ModuleType
from typing import Any

import pytest

from tests.language import collection_programs, signature_programs
from tests.language.harness import agree
from treadle.language import lookup

WORDS: list[list[str]] = [[], ["a"], ["b", "a", "b"], ["é", "😀", "a", "A", "é", "x", "x"]]
NUMBERS: list[list[int]] = [[], [0], [2], [3, 1, 2], [5, -1, 5, 9007199254740991, 2, 0, 2]]
SALES: list[list[dict[str, Any]]] = [
    [],
    [{"shop": "b", "amount": 3}],
    [
        {"shop": "b", "amount": 3},
        {"shop": "a", "amount": -1},
        {"shop": "b", "amount": 4},
        {"shop": "a", "amount": 4},
        {"shop": "é😀", "amount": 0},
    ],
]
DICTS: list[dict[str, int]] = [{}, {"a": 1}, {"b": 2, "a": 2, "c": -1}, {"é": 5, "😀": 0, "z": 5, "": 1}]
ROWS: list[list[list[int]]] = [[], [[]], [[1]], [[1, 2], [3, 4]], [[1, 2], [3, 4, 5], [6]]]
TEXTS = ["", "a", "aab", "aAbé😀😀b a "]
INTEGERS = [0, 1, -1, 2, 7, 255, -256, 1000000007, 4503599627370495]
PAIRED = [{"a": a, "b": b} for a in (WORDS[0], WORDS[2], WORDS[3]) for b in (WORDS[0], WORDS[1], WORDS[3])]


def given(name: str, values: list[Any], **others: Any) -> list[dict[str, Any]]:
    return [{name: value, **others} for value in values]


COLLECTIONS: dict[str, list[dict[str, Any]]] = {
    "top_words": [{"text": text, "n": 2} for text in ("", "The cat and the hat a cat", "é É 😀")],
    "counted": given("words", WORDS),
    "tallied": given("words", WORDS, more=["a", "q"]),
    "counters_added": PAIRED,
    "anagrams": [{"a": "abc", "b": "cab"}, {"a": "ab", "b": "abb"}, {"a": "", "b": ""}, {"a": "é😀", "b": "😀é"}],
    "most_frequent": given("text", TEXTS),
    "counter_subtracted": PAIRED,
    "grouped_by": given("sales", SALES),
    "default_counts": given("words", WORDS),
    "default_read": given("words", WORDS),
    "default_lambda": given("words", WORDS),
    "default_dicts": given("sales", SALES),
    "queued": given("n", [0, 3]),
    "window": given("xs", NUMBERS[:4], size=2),
    "chained": [{"rows": rows, "more": [7]} for rows in ROWS],
    "sliced": [{"xs": xs, "n": n} for xs in NUMBERS for n in (0, 1, 9)],
    "running": given("xs", NUMBERS[:4]),
    "combined": [{"xs": xs, "names": names} for xs in NUMBERS[:4] for names in WORDS[:3]],
    "groups_of": given("sales", SALES),
    "run_lengths": given("text", TEXTS),
    "neighbours": given("xs", NUMBERS),
    "filled": [{"xs": xs, "names": names} for xs in NUMBERS[:4] for names in WORDS[:3]],
    "taken": given("xs", [[], [1], [1, 2, 3, 1], [5, 1]]),
    "folded": [{"xs": xs, "names": names} for xs in ([], [4], [3, 1, 2]) for names in WORDS[:3]],
    "best": [{"sales": sales, "k": k} for sales in SALES for k in (0, 1, 9)],
    "averages": given("xs", [[], [1], [1, 2], [3, 1, 2, 2], [4, 1, 1, 3], [1, 2, 4]]),
    "averages_of_floats": given("xs", [[], [0.1], [0.1, 0.2], [0.1, 0.7, 0.3], [1e15, 0.1, -1e15]]),
    "placed": [{"xs": xs, "x": x} for xs in ([], [1], [1, 2, 2, 5]) for x in (0, 1, 2, 3, 9)],
    "grade": given("score", [0, 59, 60, 89, 90, 100]),
    "transposed": given("rows", ROWS),
    "strictly": [
        {"names": ["a"], "xs": [1]},
        {"names": [], "xs": []},
        {"names": ["a"], "xs": []},
        {"names": ["a"], "xs": [1, 2]},
    ],
    "strictly_three": [
        {"a": [1], "b": [2], "c": [3]},
        {"a": [1], "b": [2], "c": []},
        {"a": [], "b": [], "c": [3]},
        {"a": [1], "b": [], "c": [3]},
        {"a": [1], "b": [1, 2], "c": [3]},
        {"a": [], "b": [1, 2], "c": [3]},
    ],
    "stepped": [
        {"start": a, "stop": b, "step": s} for a, b, s in [(0, 5, 2), (5, 0, -2), (0, 5, -1), (3, 3, 1), (1, 2, 0)]
    ],
    "stepping": [
        {"start": a, "stop": b, "step": s} for a, b, s in [(0, 5, 2), (5, 0, -2), (0, 5, -1), (3, 3, 1), (1, 2, 0)]
    ],
    "backwards": given("n", [0, 1, 4]),
    "numbered": [{"d": d, "text": text} for d in DICTS for text in TEXTS[:3]],
    "firsts": given("xs", NUMBERS),
    "first_of": given("xs", NUMBERS),
    "ranked": given("d", DICTS),
    "keyed": given("words", [*WORDS, ["b", "", "B", " ", "a", "ccc", "É"]]),
    "by_two": given("sales", SALES),
    "mapped_two": [{"a": a, "b": b} for a in NUMBERS[:4] for b in NUMBERS[:4]],
    "summed_lists": given("rows", ROWS),
    "quantified": given("words", [[], ["a"], ["1"], ["", "b"], ["b", "2x"]]),
    "extremes": [{"a": 1, "b": 2, "c": -3, "xs": xs} for xs in NUMBERS],
    "found_at": [{"xs": [3, 1, 3], "x": x} for x in (3, 1, 9)],
    "dicts_made": [{"names": names, "extra": d} for names in WORDS[:3] for d in ({}, {"b": 7}, {"q": 1})],
    "dict_changed": given("d", DICTS),
    "sets": PAIRED,
    "seen_sets": given("xs", [[1], [2, 1, 2, 3, 3, 3]]),
    "seen_pairs": given("rows", [[], [[1, 2]], [[1, 2], [2, 1], [1, 1], [1, 2], [0, 1]], [[1]]]),
    "constants": given("word", ["the", "en", "x", "b", ""]),
    "lists_compared": [{"a": a, "b": b} for a in NUMBERS[:4] for b in ([], [3], [3, 1, 2, 0], [2])],
    "rows_compared": [
        {"rows": rows, "row": row} for rows in ([], [[1]], [["a", None], [1, [2]], [True]]) for row in ([1], [1, [2]])
    ],
    "spliced": [
        {"xs": xs, "i": i, "j": j}
        for xs in ([], [1], [1, 2, 3, 4])
        for i, j in [(0, 0), (1, 3), (3, 1), (-2, 9), (-9, -1), (2, -1)]
    ],
    "every_other": given("xs", [[], [1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4, 5]]),
    "doubled": given("xs", NUMBERS),
    "swapped": [{"xs": [1, 2, 3], "i": i, "j": j} for i, j in [(0, 2), (1, 1), (-1, 0), (5, 0), (0, 5)]],
    "sorted_by_hand": given("xs", [[], [1], [3, 1, 2, 1]]),
    "starred": [{"xs": xs, "rows": rows} for xs in NUMBERS for rows in ([], [[1]], [[1, 2, 3], [4]], [[]])],
    "nested": given("rows", [[], [["a", [1, 2]]], [["a", [1, 2]], ["b", [3, 4]]]]),
    "bits": [{"a": a, "b": b} for a in INTEGERS for b in INTEGERS if abs(a) < 2**40],
    "whole_numbers": [{"a": a, "b": b} for a in INTEGERS[:7] for b in INTEGERS[:7]],
    "factorial_of": given("n", [0, 1, 5, 18, -1]),
    "root_of": given("n", [0, 1, 3, 4, 8, 9, 4503599761588224 - 1, 4503599761588224, 9007199254740991, -1]),
    "floats": [{"x": x, "y": y} for x in (0.0, 1.5, -2.25, 1e300) for y in (1.0, -1.0)],
    "divided": [{"a": a, "b": b} for a in (7, -7, 0, 12345) for b in (3, -3, 0, 5)],
    "based": [
        {"text": t, "n": n} for t in ("0", "101", "-11", "0b1", "2", "", " 1 ") for n in (0, 5, -5, 4503599627370495)
    ],
    "in_hex": given("text", ["ff", "FF", "-0xff", "0x", "", "g", "1_0", " a ", "fffffffffffff"]),
    "products": given("xs", NUMBERS[:4]),
    "matrix": given("rows", [[], [[1]], [[1, 2], [3, 4]], [[1, 2], [3]]]),
    "best_first": given("scores", [{}, {"a": []}, {"a": [1, 2], "b": [3], "c": [3, 3]}]),
    "inverted": given("d", [{}, {"b": ["x", "y"], "a": ["x", "x"]}]),
    "merged": [{"a": a, "b": b} for a in DICTS[:3] for b in DICTS[:3]],
    "shared_keys": [{"a": a, "b": b} for a in DICTS[:3] for b in DICTS[:3]],
    "unique": given("xs", NUMBERS),
    "chunks": [{"xs": xs, "n": n} for xs in NUMBERS for n in (1, 2, 9, 0)],
    "flattened": given("rows", [[], [[]], [[[1], []], [[2, 3]]]]),
}

SIGNATURES: dict[str, list[dict[str, Any]]] = {
    "defaults": given("name", ["", "Bo"]),
    "positional": given("n", [0, 4]),
    "stars": [{"a": 1, "b": 2}, {"a": 9, "b": -2}],
    "named": given("a", [0, 4]),
    "wrapping": given("name", ["Bo"]),
    "nested_functions": given("n", [0, 4]),
    "dispatched": [{"name": name, "a": 1, "b": 5} for name in ("add", "sub", "max", "mul", "")],
    "local_dispatch": [{"style": s, "text": "Hi É"} for s in ("loud", "quiet", "as is", "other")],
    "task_dispatch": [{"which": which, "n": 4} for which in ("double", "add", "no")],
    "got_dispatch": [{"style": s, "text": " Hi "} for s in ("loud", "quiet", "other")],
    "chosen": [{"flag": flag, "text": text} for flag in (True, False) for text in ("", "Ab")],
    "sequence_of": given("text", ["", "  Ab "]),
    "early": given("n", [-1, 0, 15, 40, 100, 101]),
    "helper_in_comprehension": given("xs", [[], [3], [40, 15, 101, 100], [1, -5, -6]]),
    "caught_helper": given("xs", [[], [3, 50], [1, -5, -6]]),
    "kinds_of": given("xs", [[], [0, -1, 5]]),
    "matched_all": given("xs", [[], [0, 1, 2, 3]]),
    "items_made": [{"names": names, "price": 1.5} for names in WORDS],
    "item_costs": given("name", ["", "é"]),
    "basket": given("names", WORDS),
    "replaced": given("name", ["", "é"]),
    "colors": given("name", ["red", "blue", "green"]),
    "enum_strings": [{"kind": kind, "level": 2} for kind in ("image", "text", "")],
    "points": given("x", [0, 5]),
    "module_constants": given("k", ["a", "b", "zz"]),
    "imported": [{"text": "  A  É b", "n": 4}],
    "composed": given("xs", [[], [-1, 2]]),
    "optional_limits": given("xs", NUMBERS),
    "tree": given("n", [1]),
    "same_names": given("xs", [[], [1], [1, 2, 3], [2, 2]]),
    "steps_in_steps": given("xs", [[], [0], [1, 2, -3]]),
    "first_error": given("xs", [[], [1, 3], [1, 2, 0], [1, 0, 2]]),
}

CASES: list[tuple[ModuleType, dict[str, list[dict[str, Any]]]]] = [
    (collection_programs, COLLECTIONS),
    (signature_programs, SIGNATURES),
]


@pytest.mark.parametrize(
    ("module", "name", "values"),
    [
        pytest.param(module, name, values, id=f"{name}-{at}")
        for module, cases in CASES
        for name, every in cases.items()
        for at, values in enumerate(every)
    ],
)
def test_agrees(module: ModuleType, name: str, values: dict[str, Any]) -> None:
    agree(getattr(module, name), **values)


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (collections.Counter, "collections.Counter"),
        (collections.OrderedDict, "collections.OrderedDict"),
        (functools.reduce, "functools.reduce"),
        (itertools.groupby, "itertools.groupby"),
        (math.sqrt, "math.sqrt"),
        (statistics.mean, "statistics.mean"),
        (hashlib.sha256, "hashlib.sha256"),
        (len, "len"),
    ],
)
def test_a_function_is_known_by_the_module_it_is_of(found: Any, name: str) -> None:
    assert lookup.dotted(found) == name
