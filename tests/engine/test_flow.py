"""Pass, Choice, Succeed and Fail in both query languages."""

from __future__ import annotations

import pytest

from tests.engine.support import execute, links, types
from treadle.engine import history

END = {"Type": "Succeed"}


def test_pass_hands_its_input_on() -> None:
    execution = execute({"A": {"Type": "Pass", "End": True}}, {"x": 1})
    assert (execution.status, execution.output) == ("SUCCEEDED", {"x": 1})
    assert links(execution) == [
        ("ExecutionStarted", 0),
        ("PassStateEntered", 0),
        ("PassStateExited", 2),
        ("ExecutionSucceeded", 3),
    ]


def test_assign_and_output_both_see_the_values_at_entry() -> None:
    states = {
        "A": {"Type": "Pass", "Assign": {"n": 1}, "Next": "B"},
        "B": {
            "Type": "Pass",
            "Assign": {"n": "{% $n + 1 %}"},
            "Output": {"n": "{% $n %}"},
            "Next": "C",
        },
        "C": {"Type": "Pass", "Output": ["{% $states.input.n %}", "{% $n %}"], "End": True},
    }
    assert execute(states).output == [1, 2]


def test_jsonpath_fields_apply_in_order() -> None:
    states = {
        "A": {
            "Type": "Pass",
            "InputPath": "$.in",
            "Parameters": {"got.$": "$.x", "sum.$": "States.MathAdd($.x, 1)"},
            "Assign": {"kept.$": "$.sum"},
            "ResultPath": "$.result",
            "OutputPath": "$.result",
            "Next": "B",
        },
        "B": {"Type": "Pass", "Parameters": {"kept.$": "$kept", "input.$": "$"}, "End": True},
    }
    execution = execute(states, {"in": {"x": 4}, "other": True}, language="JSONPath")
    assert execution.output == {"kept": 5, "input": {"got": 4, "sum": 5}}


@pytest.mark.parametrize(
    ("rule", "value", "holds"),
    [
        ({"Variable": "$.v", "StringMatches": "*.log"}, "a.log", True),
        ({"Variable": "$.v", "StringMatches": "a*b*c"}, "aXbYc", True),
        ({"Variable": "$.v", "StringMatches": "a*b*c"}, "aXcYb", False),
        ({"Variable": "$.v", "StringMatches": "a\\*b"}, "a*b", True),
        ({"Variable": "$.v", "StringMatches": "a\\*b"}, "axb", False),
        ({"Variable": "$.v", "StringMatches": "a.c"}, "abc", False),
        ({"Variable": "$.v", "StringMatches": "*"}, "", True),
        ({"Variable": "$.v", "NumericEquals": 1}, True, False),
        ({"Variable": "$.v", "NumericEquals": 1}, 1.0, True),
        ({"Variable": "$.v", "IsTimestamp": True}, "2026-02-29T00:00:00Z", False),
        ({"Variable": "$.v", "IsTimestamp": True}, "2028-02-29T00:00:00+01:00", True),
        ({"Variable": "$.v", "TimestampEquals": "2026-01-01T00:00:00Z"}, "2026-01-01T01:00:00+01:00", True),
        ({"Variable": "$.v", "StringLessThan": "b"}, "a", True),
        ({"Not": {"Variable": "$.v", "IsNull": True}}, None, False),
        ({"Variable": "$.missing", "IsPresent": True}, 1, False),
        ({"Or": [{"Variable": "$.v", "IsNull": True}, {"Variable": "$.v", "IsString": True}]}, "s", True),
    ],
)
def test_choice_rules(rule: dict[str, object], value: object, holds: bool) -> None:
    states = {
        "A": {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"},
        "Yes": {"Type": "Pass", "Result": True, "End": True},
        "No": {"Type": "Pass", "Result": False, "End": True},
    }
    assert execute(states, {"v": value}, language="JSONPath").output is holds


def test_many_stars_match_in_linear_time() -> None:
    states = {
        "A": {
            "Type": "Choice",
            "Choices": [{"Variable": "$", "StringMatches": "*a" * 40, "Next": "Yes"}],
            "Default": "Yes",
        },
        "Yes": END,
    }
    assert execute(states, "a" * 5000 + "b", language="JSONPath").status == "SUCCEEDED"


def test_a_choice_whose_variable_is_missing_fails_the_execution() -> None:
    states = {"A": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": True, "Next": "B"}]}, "B": END}
    execution = execute(states, {}, language="JSONPath")
    assert execution.error == "States.Runtime"
    assert "Invalid path '$.x'" in (execution.cause or "")


@pytest.mark.parametrize("language", ["JSONata", "JSONPath"])
def test_no_choice_matched(language: str) -> None:
    rule = {"Condition": "{% false %}"} if language == "JSONata" else {"Variable": "$.a", "IsNull": True}
    states = {"A": {"Type": "Choice", "Choices": [{**rule, "Next": "B"}]}, "B": END}
    execution = execute(states, {"a": 1}, language=language)
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")


def test_a_condition_must_be_a_boolean() -> None:
    states = {"A": {"Type": "Choice", "Choices": [{"Condition": "{% 1 %}", "Next": "B"}], "Default": "B"}, "B": END}
    execution = execute(states)
    assert execution.error == "States.QueryEvaluationError"
    assert "Expected 'boolean', but was 'number' for value: 1" in (execution.cause or "")
    failed = next(event for event in execution.history() if event["type"] == "EvaluationFailed")
    assert history.details(failed)["location"] == "Choices[0]/Condition"


def test_the_rule_that_holds_brings_its_own_output_and_assign() -> None:
    states = {
        "A": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $states.input.n > 1 %}", "Output": "big", "Assign": {"v": 1}, "Next": "B"},
            ],
            "Output": "small",
            "Assign": {"v": 2},
            "Default": "B",
        },
        "B": {"Type": "Pass", "Output": ["{% $states.input %}", "{% $v %}"], "End": True},
    }
    assert execute(states, {"n": 2}).output == ["big", 1]
    assert execute(states, {"n": 0}).output == ["small", 2]


def test_fail_gives_its_error_and_cause() -> None:
    states = {"A": {"Type": "Fail", "Error": "{% 'E' & $states.input.n %}", "Cause": "told"}}
    execution = execute(states, {"n": 1})
    assert (execution.status, execution.error, execution.cause) == ("FAILED", "E1", "told")
    assert links(execution)[1:] == [("FailStateEntered", 0), ("ExecutionFailed", 2)]


def test_fail_paths_and_intrinsics() -> None:
    states = {"A": {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('because {}', $.c)"}}
    execution = execute(states, {"e": "Bad", "c": "x"}, language="JSONPath")
    assert (execution.error, execution.cause) == ("Bad", "because x")


def test_an_evaluation_failure_follows_the_entered_event() -> None:
    states = {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Output": "{% $nope %}", "End": True}}
    execution = execute(states)
    assert links(execution)[-3:] == [("PassStateEntered", 3), ("EvaluationFailed", 4), ("ExecutionFailed", 5)]
    assert types(execution).count("PassStateExited") == 1
