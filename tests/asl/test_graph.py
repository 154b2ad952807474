from __future__ import annotations

from typing import Any

import pytest

from treadle import asl
from treadle.asl.graphs import Edge, condition, detail

DEFINITION: dict[str, Any] = {
    "StartAt": "C",
    "States": {
        "C": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericGreaterThanEquals": 3, "Next": "M"}],
            "Default": "T",
        },
        "T": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "shop-pay"},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "F"}],
            "Next": "M",
        },
        "M": {"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}}, "End": True},
        "F": {"Type": "Fail", "Error": "Oh"},
    },
}


def test_edges_say_what_kind_they_are_and_when_they_are_taken() -> None:
    assert asl.graph(DEFINITION).edges == (
        Edge("C", "M", "choice", "$.n ≥ 3"),
        Edge("C", "T", "default", "otherwise"),
        Edge("T", "M", "next"),
        Edge("T", "F", "catch", "any error"),
    )


def test_nodes_hold_the_graphs_inside_them() -> None:
    graph = asl.graph(DEFINITION)
    assert [(node.name, node.type, node.detail, node.end) for node in graph.nodes] == [
        ("C", "Choice", "", False),
        ("T", "Task", "shop-pay", False),
        ("M", "Map", "", True),
        ("F", "Fail", "Oh", True),
    ]
    (inner,) = graph.nodes[2].graphs
    assert (inner.start, [node.name for node in inner.nodes]) == ("I", ["I"])


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"Condition": "{% $n > 3 %}"}, "$n > 3"),
        ({"Variable": "$.a", "StringEquals": "x"}, '$.a = "x"'),
        ({"Variable": "$.a", "StringEqualsPath": "$.b"}, "$.a = $.b"),
        ({"Variable": "$.a", "IsPresent": False}, "$.a is not present"),
        ({"Variable": "$.a", "BooleanEquals": True}, "$.a = true"),
        ({"Variable": "$.a", "StringMatches": "*.txt"}, '$.a ~ "*.txt"'),
        ({"Not": {"Variable": "$.a", "IsNull": True}}, "not ($.a is null)"),
        (
            {
                "And": [
                    {"Variable": "$.a", "NumericLessThan": 1},
                    {"Variable": "$.b", "TimestampGreaterThan": "2020-01-01T00:00:00Z"},
                ]
            },
            '($.a < 1) and ($.b > "2020-01-01T00:00:00Z")',
        ),
    ],
)
def test_conditions_read_as_they_are_said(rule: dict[str, Any], text: str) -> None:
    assert condition(rule) == text


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ({"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:bedrockruntime:converse"}, "bedrockruntime:converse"),
        ({"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:1:function:f"}, "f"),
        ({"Type": "Task", "Resource": "arn:aws:states:us-east-1:1:activity:a"}, "a"),
        (
            {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "{% $f %}"}},
            "lambda:invoke",
        ),
        ({"Type": "Wait", "Seconds": 5}, "5 s"),
        ({"Type": "Wait", "Timestamp": "{% $t %}"}, "until $t"),
        ({"Type": "Pass"}, ""),
    ],
)
def test_a_state_says_what_it_does(state: dict[str, Any], text: str) -> None:
    assert detail(state) == text


def test_a_document_with_holes_still_has_a_graph() -> None:
    broken = {"StartAt": 5, "States": {"A": {"Type": "Map", "Next": "Gone", "Catch": 1, "Choices": [3]}, "B": 7}}
    graph = asl.graph(broken)
    assert ([node.name for node in graph.nodes], graph.edges) == (["A"], ())
    assert asl.svg(graph).startswith("<svg")
    assert asl.svg(asl.graph({})).startswith("<svg")
