"""The rest of the vocabulary, both ways."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.language import more_programs as p
from tests.language.harness import agree


def converse(given: Any) -> Any:
    """A model that asks for its tool once, then answers with what the tool said."""
    last = given["Messages"][-1]["Content"][0]
    if "OutputConfig" in given:
        schema = json.loads(given["OutputConfig"]["TextFormat"]["Structure"]["JsonSchema"]["Schema"])
        assert set(schema["properties"]) == {"mood", "score"}
        content = [{"Text": '{"mood": "sad", "score": 0.75}'}]
        return {"Output": {"Message": {"Role": "assistant", "Content": content}}, "StopReason": "end_turn"}
    if "ToolResult" in last:
        content = [{"Text": "It is " + last["ToolResult"]["Content"][0]["Text"]}]
        return {"Output": {"Message": {"Role": "assistant", "Content": content}}, "StopReason": "end_turn"}
    use = {"ToolUseId": "t1", "Name": "lookup_city", "Input": {"name": "Paris"}}
    content = [{"Text": "let me see"}, {"ToolUse": use}]
    return {"Output": {"Message": {"Role": "assistant", "Content": content}}, "StopReason": "tool_use"}


MODELS = {
    "converse": converse,
    "getItem": lambda given: {"Item": {"id": given["Key"]["id"]}} if given["Key"]["id"]["S"] == "a" else {},
    "putItem": lambda given: {},
}

CASES: list[tuple[Callable[..., Any], list[dict[str, Any]]]] = [
    (p.put_item, [{"order": {"id": "a", "items": []}}, {"order": {"id": "b", "items": ["x"]}}]),
    (p.using, [{"n": 1}, {"n": 9}]),
    (p.distributed, [{"xs": [1, 2, 3], "by": 2}, {"xs": [], "by": 1}]),
    (p.distributed_batches, [{"xs": [1, 2, 3], "by": 2}]),
    (p.dataclasses, [{"n": 5}]),
    (p.aliased, [{"xs": [1]}]),
    (p.rows_built, [{"n": 0}, {"n": 3}]),
    (p.agent, [{"question": "where"}]),
    (p.named_state, [{"n": 4}]),
    (p.outer_variables, [{"xs": [1, 2]}]),
    (p.closures, [{"n": 5}]),
    (p.shadow_comprehension, [{"xs": []}, {"xs": [1, 2]}]),
    (p.nested_functions_in_loops, [{"rows": []}, {"rows": [[1, -1, 2], [3], []]}]),
    (p.none_and_missing, [{"d": {}}, {"d": {"a": None}}, {"d": {"a": 1, "b": 0}}]),
    (p.singles, [{"xs": xs} for xs in ([], [[]], [[1]], [[1, 2], []], [[1], [2]])]),
    (p.returned_from_loop_in_try, [{"xs": xs} for xs in ([], [1, 9], [1, 9, 2, 4], [-1])]),
    (p.try_else_raises, [{"n": 0}, {"n": 1}, {"n": 9}]),
    (p.error_in_handler, [{"n": 0}, {"n": 9}]),
    (p.bare_except, [{"n": 0}, {"n": 9}, {"n": 1}]),
    (p.named_like_functions, [{"count": 2, "sum": [1, 2], "map": {"a": 1}}]),
    (p.walrus_loop, [{"n": 1}]),
    (p.long_chain, [{"a": 1}]),
    (p.helper_raises, [{"xs": [], "note": "n"}, {"xs": [1, 5, 2], "note": "n"}]),
    (p.keyed_after, [{"a": None, "xs": []}, {"a": 1, "xs": []}, {"a": 1, "xs": [3, 9, 7]}]),
    (p.year_of, [{"n": n} for n in (0, 253402300799, 253402300800, -62135596801, 2**53 - 1, 1 - 2**53)]),
    (p.day_of, [{"text": t} for t in ("2024-02-29", "20240105", "2024010599", "20240105é", "1000000007", "2024-0105")]),
    (p.structured, [{"text": "bad"}]),
    (p.shared_agent_tools, [{"n": 1}]),
    (
        p.drawn,
        [
            {"low": 2, "high": 4, "names": ["a"]},
            {"low": 2, "high": 1, "names": ["a"]},
            {"low": 2, "high": 2, "names": []},
        ],
    ),
    (p.floored, [{"a": 7.5, "b": -2}, {"a": -7.5, "b": 0}, {"a": 7, "b": 0}]),
    (p.many_returns, [{"n": 0}, {"n": 2}, {"n": 9}]),
    (p.nested_parallel_errors, [{"n": 1}, {"n": 7}]),
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
