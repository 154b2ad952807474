"""Plain Python and the engine agree on every program, value and error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.language import programs as p
from tests.language.harness import agree

MODELS = {
    "converse": lambda given: {
        "Output": {
            "Message": {"Role": "assistant", "Content": [{"Text": given["Messages"][0]["Content"][0]["Text"] + "?"}]}
        },
        "StopReason": "end_turn",
    },
    "invokeModel": lambda given: {"Body": {"embedding": [len(given["Body"]["inputText"]), 0.5, 1]}},
}

CASES: list[tuple[Callable[..., Any], list[dict[str, Any]]]] = [
    (p.constants, [{}]),
    (p.arithmetic, [{"a": 3, "b": 4}, {"a": -3, "b": 5}]),
    (p.shadowed, [{"x": 7}]),
    (p.swapped, [{"a": 1, "b": 2}]),
    (p.unpacked, [{"pair": [1]}, {"pair": [1, 2, 3]}, {"pair": []}]),
    (p.unpacked_two, [{"pair": [5, 2]}, {"pair": [1]}, {"pair": [1, 2, 3]}]),
    (p.nested_unpack, [{"rows": [["a", [1, 2]]]}, {"rows": []}, {"rows": [["a", [1, 2]], ["b", [3]]]}]),
    (p.chained, [{"x": 1}]),
    (p.constant_names, [{"i": 0}, {"i": -1}, {"i": 2}]),
    (p.branches, [{"n": n} for n in (-1, 0, 2, 3)]),
    (p.early, [{"n": n} for n in (0, 3, 7, 11)]),
    (p.optional, [{"text": None}, {"text": ""}, {"text": "héé"}]),
    (p.falls_off, [{"n": 0}, {"n": 1}]),
    (p.and_or, [{"a": 0, "b": "", "c": []}, {"a": 1, "b": "x", "c": [0]}, {"a": 1, "b": "", "c": [5]}]),
    (p.summed, [{"xs": []}, {"xs": [4]}, {"xs": [1, 2, 3]}]),
    (p.widened, [{"xs": []}, {"xs": [1, 2]}]),
    (p.search_loop, [{"xs": [], "wanted": 1}, {"xs": [3, 1], "wanted": 1}, {"xs": [3], "wanted": 1}]),
    (p.skipping, [{"xs": []}, {"xs": [1, -1, 2]}, {"xs": [1, 101, 2]}]),
    (p.counted, [{"n": 0}, {"n": 5}]),
    (p.grid, [{"n": 0}, {"n": 1}, {"n": 3}]),
    (p.stepped, [{"a": 5, "b": 0}, {"a": 0, "b": 5}]),
    (p.items_of, [{"d": {}}, {"d": {"a": 1}}, {"d": {"b": 1, "a": 2}}]),
    (p.zipped, [{"a": [1, 2], "b": ["x"]}, {"a": [], "b": []}, {"a": [2, 1], "b": ["x", "y"]}]),
    (p.loop_variable_after, [{"xs": []}, {"xs": [1, 2]}]),
    (p.forever, [{"n": 10}]),
    (p.task_loop, [{"xs": []}, {"xs": [1]}, {"xs": [1, 2, 3]}]),
    (p.while_task, [{"n": 3}, {"n": 30}]),
    (p.changed, [{"xs": [5, 3]}, {"xs": [1]}]),
    (p.changed_dict, [{"names": []}, {"names": ["a", "b", "a", "x"]}]),
    (p.deep_change, [{"n": 3}]),
    (p.calls_in_order, [{"a": 2}]),
    (p.short_circuit, [{"a": 0}, {"a": 3}, {"a": 4}]),
    (p.condition_call, [{"a": 0}, {"a": 3}, {"a": 4}]),
    (p.comprehension_calls, [{"xs": []}, {"xs": [2]}, {"xs": [1, 2, 3]}]),
    (p.comprehension_call_condition, [{"xs": []}, {"xs": [1]}, {"xs": [1, 2, 3]}]),
    (p.dict_comprehension_calls, [{"xs": []}, {"xs": [1, 1, 2]}]),
    (p.nested_comprehension_calls, [{"rows": []}, {"rows": [[1], [], [2, 3]]}]),
    (p.passages_text, [{"k": 0}, {"k": 2}, {"k": 4}]),
    (p.models, [{"question": "why"}]),
    (p.in_parallel, [{"a": 3}]),
    (p.in_parallel_functions, [{"a": 3}]),
    (p.mapped, [{"xs": [], "by": 1}, {"xs": [3], "by": 1}, {"xs": [1, 2], "by": 0}]),
    (p.mapped_function, [{"xs": [1, -1]}]),
    (p.mapped_task, [{"xs": [1, 2]}]),
    (p.tolerated, [{"xs": [1, 5, 2], "most": 1}, {"xs": [1, 5, 9], "most": 1}, {"xs": [], "most": 0}]),
    (p.helper_calls, [{"n": -1}, {"n": 5}, {"n": 50}]),
    (p.waited, [{"n": 0}, {"n": 5}, {"n": -1}]),
    (p.caught, [{"text": "way"}]),
    (p.caught_by_name, [{"n": 1}, {"n": 5}, {"n": -4}]),
    (p.caught_base, [{"n": 1}, {"n": 5}, {"n": -4}]),
    (p.caught_all, [{"n": 1}, {"n": 5}, {"n": -4}]),
    (p.raising, [{"n": n} for n in (1, 2, 3, 4)]),
    (p.reraised, [{"n": n} for n in (1, 2, 3, 4)]),
    (p.finally_runs, [{"n": n} for n in (0, 1, 5, -1)]),
    (p.finally_in_loop, [{"xs": []}, {"xs": [0, 1, 3, 2, 4]}]),
    (p.nested_try, [{"n": 1}, {"n": 5}, {"n": -1}]),
    (
        p.expression_errors,
        [
            {"d": {"a": 5}, "xs": [2, 0], "key": "a", "i": 0},
            {"d": {"a": 5}, "xs": [2, 0], "key": "a", "i": 1},
            {"d": {"a": 5}, "xs": [2, 0], "key": "a", "i": -3},
            {"d": {"a": 5}, "xs": [2, 0], "key": "it's", "i": 9},
        ],
    ),
    (
        p.expression_errors_caught,
        [
            {"d": {"a": 5}, "xs": [2, 0], "key": "a", "i": 0},
            {"d": {"a": 5}, "xs": [2, 0], "key": "a", "i": 1},
            {"d": {"a": 5}, "xs": [2, 0], "key": "a", "i": 2},
            {"d": {"a": 5}, "xs": [2, 0], "key": "b", "i": 9},
        ],
    ),
    (p.error_before_call, [{"d": {"x": 1}}, {"d": {}}]),
    (p.asserted, [{"n": 1}, {"n": -1}]),
    (p.error_in_map, [{"xs": [1, 2]}, {"xs": [1, 7]}, {"xs": [1, -7]}]),
    (
        p.error_in_comprehension,
        [{"rows": []}, {"rows": [{"n": 2}, {}]}, {"rows": [{"n": 1}, {"n": 0}]}, {"rows": [{"m": 1}]}],
    ),
    (p.retried, [{"n": 1}, {"n": 5}]),
    (p.matched, [{"value": v} for v in (0, 1, 2, 3, "x", "xyzw", "ab", None)]),
    (p.matched_list, [{"xs": xs} for xs in ([], [3], [1, 4], [2, 4], [1, 2, 3])]),
    (p.matched_dict, [{"d": d} for d in ({}, {"a": 1}, {"a": 2}, {"a": 2, "b": 3})]),
    (p.walrus, [{"xs": []}, {"xs": [1]}, {"xs": [1, 2, 3]}]),
    (p.conditional, [{"n": n} for n in (-1, 0, 1)]),
    (p.deep_sum, [{"a": 2}]),
]


@pytest.mark.parametrize(
    ("function", "given"),
    [
        pytest.param(function, given, id=f"{function.__name__}-{at}")
        for function, cases in CASES
        for at, given in enumerate(cases)
    ],
)
def test_agrees(function: Callable[..., Any], given: dict[str, Any]) -> None:
    agree(function, models=MODELS, **given)
