"""Event patterns, on the examples of the EventBridge user guide and of Event Ruler's README."""

from __future__ import annotations

import json
import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treadle.errors import InputError
from treadle.lanes import pattern

# https://github.com/aws/event-ruler#ruler-by-example
EC2: dict[str, Any] = {
    "version": "0",
    "id": "ddddd4-aaaa-7777-4444-345dd43cc333",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "012345679012",
    "time": "2017-10-02T16:24:49Z",
    "region": "us-east-1",
    "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000"],
    "detail": {
        "c-count": 5,
        "d-count": 3,
        "x-limit": 301.8,
        "source-ip": "10.0.0.33",
        "instance-id": "i-000000aaaaaa00000",
        "state": "running",
    },
}

MATCHING = [
    {"source": ["aws.ec2"], "resources": EC2["resources"], "detail": {"state": ["initializing", "running"]}},
    {"time": [{"prefix": "2017-10-02"}]},
    {"source": [{"suffix": "ec2"}]},
    {"source": [{"equals-ignore-case": "AWS.EC2"}]},
    {"source": [{"wildcard": "a*s.*2"}]},
    {"source": [{"prefix": {"equals-ignore-case": "AWS"}}]},
    {"source": [{"suffix": {"equals-ignore-case": "EC2"}}]},
    {"detail": {"state": [{"anything-but": "initializing"}]}},
    {"detail": {"x-limit": [{"anything-but": 123}]}},
    {"detail": {"state": [{"anything-but": ["stopped", "overloaded"]}]}},
    {"detail": {"x-limit": [{"anything-but": [100, 200, 300]}]}},
    {"detail": {"state": [{"anything-but": {"prefix": "init"}}]}},
    {"detail": {"state": [{"anything-but": {"suffix": ["ed", "x"]}}]}},
    {"detail": {"state": [{"anything-but": {"equals-ignore-case": ["STOPPED", "INITIALIZING"]}}]}},
    {"detail": {"state": [{"anything-but": {"wildcard": "*init*"}}]}},
    {
        "detail": {
            "c-count": [{"numeric": [">", 0, "<=", 5]}],
            "d-count": [{"numeric": ["<", 10]}],
            "x-limit": [{"numeric": ["=", 3.018e2]}],
        }
    },
    {"detail": {"source-ip": [{"cidr": "10.0.0.0/24"}]}},
    {"detail": {"c-count": [{"exists": True}]}},
    {"detail": {"e-count": [{"exists": False}]}},
    {"detail": {"c-count": {"c1": [{"exists": False}]}}},
    {"detail": [{"exists": False}]},
    {
        "time": [{"prefix": "2017-10-02"}],
        "detail": {
            "state": [{"anything-but": "initializing"}],
            "c-count": [{"numeric": [">", 0, "<=", 5]}],
            "d-count": [{"numeric": ["<", 10]}],
            "x-limit": [{"anything-but": [100, 200, 300]}],
            "source-ip": [{"cidr": "10.0.0.0/8"}],
        },
    },
    {"source": ["aws.ec2"], "$or": [{"detail": {"c-count": [9]}}, {"region": ["us-east-1"]}]},
    {"detail": {"$or": [{"c-count": [{"numeric": [">", 9]}]}, {"d-count": [3]}, {"x-limit": ["none"]}]}},
    {"detail": {"c-count": [5.0]}},
    {"detail.state": ["running"]},
]
REFUSING = [
    {"source": ["aws.s3"]},
    {"source": ["aws.ec2"], "region": ["eu-west-1"]},
    {"detail": {"c-count": ["5"]}},
    {"detail": {"c-count": [True]}},
    {"detail": {"c-count": [{"prefix": "5"}]}},
    {"detail": {"e-count": [{"exists": True}]}},
    {"detail": [{"exists": True}]},
    {"detail": {"c-count": [{"exists": False}]}},
    {"detail": {"e-count": [{"anything-but": "x"}]}},
    {"detail": {"state": [{"anything-but": ["stopped", "running"]}]}},
    {"detail": {"state": [{"anything-but": {"wildcard": "run*"}}]}},
    {"detail": {"source-ip": [{"cidr": "10.0.1.0/24"}]}},
    {"detail": {"state": [{"cidr": "0.0.0.0/0"}]}},
    {"$or": [{"source": ["aws.s3"]}, {"region": ["eu-west-1"]}]},
    {"source": [{"wildcard": "a*s"}]},
    {"source": [{"equals-ignore-case": "AWS"}]},
]


@pytest.mark.parametrize("rule", MATCHING, ids=json.dumps)
def test_the_documented_example_matches(rule: dict[str, Any]) -> None:
    assert pattern.matches(rule, EC2)


@pytest.mark.parametrize("rule", REFUSING, ids=json.dumps)
def test_what_differs_does_not_match(rule: dict[str, Any]) -> None:
    assert not pattern.matches(rule, EC2)


@pytest.mark.parametrize(
    ("rule", "event", "fits"),
    [
        # eb-event-patterns-null-values.html
        ({"detail": {"v": [""]}}, {"detail": {"v": ""}}, True),
        ({"detail": {"v": [""]}}, {"detail": {"v": None}}, False),
        ({"detail": {"v": [None]}}, {"detail": {"v": None}}, True),
        ({"detail": {"v": [None]}}, {"detail": {}}, False),
        ({"detail": {"v": [{"exists": True}]}}, {"detail": {"v": None}}, True),
        # eb-event-patterns-arrays.html: the intersection is not empty
        ({"resources": ["a", "b"]}, {"resources": ["x", "b"]}, True),
        ({"resources": ["a", "b"]}, {"resources": []}, False),
        ({"resources": [{"exists": False}]}, {"resources": []}, True),
        ({"resources": ["b"]}, {"resources": [["a"], ["b"]]}, True),
        ({"resources": [{"anything-but": "a"}]}, {"resources": ["a", "b"]}, True),
        ({"resources": [{"anything-but": "a"}]}, {"resources": ["a", "a"]}, False),
        # The user guide says that 300 and 300.0 differ; measured on EventBridge (TestEventPattern), they are equal.
        ({"n": [300]}, {"n": 3.0e2}, True),
        ({"n": [123456789012]}, {"n": 123456789012}, True),
        ({"n": [False]}, {"n": 0}, False),
        ({"n": [{"anything-but": 0}]}, {"n": False}, True),
        ({"n": [{"anything-but": ["a"]}]}, {"n": 7}, True),
        ({"n": [{"exists": False}, 4]}, {"n": 4}, True),
        ({"n": [{"exists": False}, 4]}, {"m": 1}, True),
        ({"n": [{"exists": False}, 4]}, {"n": 5}, False),
        ({"p": [{"wildcard": "dir/*.png"}]}, {"p": "dir/a/b.png"}, True),
        ({"p": [{"wildcard": "dir/*.png"}]}, {"p": "dir/a.jpg"}, False),
        ({"p": [{"wildcard": "a\\*b\\\\*"}]}, {"p": "a*b\\c\nd"}, True),
        ({"p": [{"wildcard": "a\\*b"}]}, {"p": "axb"}, False),
        ({"ip": [{"cidr": "2001:db8::/32"}]}, {"ip": "2001:db8:1::1"}, True),
        ({"ip": [{"cidr": "2001:db8::/32"}]}, {"ip": "10.0.0.1"}, False),
        ({"ip": [{"cidr": "10.0.0.9/24"}]}, {"ip": "10.0.0.1"}, True),
        ({"ip": ["0:0:0:0:0:0:0:1"]}, {"ip": "::1"}, True),
        ({"s": [{"equals-ignore-case": "äpfel"}]}, {"s": "ÄPFEL"}, True),
        ({"s": [{"equals-ignore-case": "straße"}]}, {"s": "STRASSE"}, False),
        ({"$or": {"a": [1]}}, {"$or": {"a": 1}}, True),
    ],
)
def test_one_rule_on_one_event(rule: dict[str, Any], event: dict[str, Any], fits: bool) -> None:
    assert pattern.matches(rule, event) is fits


# https://github.com/aws/event-ruler#json-array-matching
EMPLOYEES = {"employees": [{"first": "John", "last": "Doe"}, {"first": "Anna", "last": "Smith"}]}


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({"employees": {"first": ["Anna"], "last": ["Smith"]}}, True),
        ({"employees": {"first": ["Anna"], "last": ["Doe"]}}, False),
        ({"employees": {"first": ["Anna"], "middle": [{"exists": False}]}}, True),
        ({"employees": {"first": [{"exists": False}]}}, False),
        ({"employees": {"$or": [{"first": ["Bob"]}, {"last": ["Doe"]}]}}, True),
    ],
)
def test_values_in_objects_of_one_array_belong_together(rule: dict[str, Any], fits: bool) -> None:
    assert pattern.matches(rule, EMPLOYEES) is fits


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ([], "Filter is not an object"),
        ({}, "Empty objects are not allowed"),
        ({"a": {}}, "Empty objects are not allowed"),
        ({"a": []}, "Empty arrays are not allowed"),
        ({"a": "x"}, '"a" must be an object or an array'),
        ({"a": [["x"]]}, "Match value must be String, number, true, false, or null"),
        ({"a": [{"like": "x"}]}, "Unrecognized match type like"),
        ({"a": [{"prefix": 1}]}, "prefix match pattern must be a string"),
        ({"a": [{"prefix": "a", "suffix": "b"}]}, "Only one key allowed in match expression"),
        ({"a": [{"exists": 1}]}, "exists match pattern must be either true or false."),
        ({"a": [{"numeric": [">", 1, "<", 0]}]}, "Bottom must be less than top"),
        ({"a": [{"numeric": ["<", 1, ">", 0]}]}, "Too many elements in numeric expression"),
        ({"a": [{"numeric": ["!", 1]}]}, "Unrecognized numeric range operator: !"),
        ({"a": [{"numeric": ["=", "1"]}]}, "Value of equals must be numeric"),
        ({"a": [{"numeric": ["<", 6e9]}]}, "Value must be between -5.0E9 and 5.0E9, inclusive"),
        ({"a": [{"anything-but": ["a", 1]}]}, "mixed type is not supported"),
        ({"a": [{"anything-but": []}]}, "mixed type is not supported"),
        ({"a": [{"anything-but": [None]}]}, "null|boolean is not supported"),
        ({"a": [{"anything-but": {"numeric": ["=", 1]}}]}, "Unsupported anything-but pattern: numeric"),
        ({"a": [{"anything-but": {"prefix": ""}}]}, "Null prefix/suffix not allowed"),
        ({"a": [{"anything-but": {"prefix": 1}}]}, "prefix/suffix match pattern must be a string"),
        ({"a": [{"anything-but": {"suffix": [1, "x"]}}]}, "prefix/suffix match pattern must be a string"),
        ({"a": [{"anything-but": {"wildcard": [1, "x"]}}]}, "wildcard match pattern must be a string"),
        (
            {"a": [{"anything-but": {"equals-ignore-case": 1}}]},
            "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
        ),
        (
            {"a": [{"anything-but": {"prefix": {"equals-ignore-case": "x"}}}]},
            "Value of anything-but must be an array or single string/number value.",
        ),
        ({"a": [{"equals-ignore-case": {"prefix": "x"}}]}, "equals-ignore-case match pattern must be a string"),
        ({"a": [{"EXISTS": True}]}, "Unrecognized match type EXISTS"),
        ({"a": [{"numeric": [">", 0, ">", 0]}]}, "Bad numeric range operator: >"),
        ({"a": [{"numeric": [">", 0, "<"]}]}, "Value of < must be numeric"),
        ({"a": [{"wildcard": "arn:aws:events:us-east-1:**:bus"}]}, "Consecutive wildcard characters at pos 26"),
        ({"a": [{"cidr": ["10.0.0.0/8"]}]}, "prefix match pattern must be a string"),
        ({"a": [{"cidr": "bad-/64filter"}]}, "Malformed CIDR, mask bits must be an integer"),
        ({"a": [{"cidr": "10.0.0.0"}]}, "Malformed CIDR, one '/' required"),
        ({"a": [{"cidr": "10.0.0.0/33"}]}, "mask bits do not fit"),
        ({"a": [{"cidr": "host/8"}]}, "Nonstandard IP address"),
        ({"a": [{"wildcard": "a**b"}]}, "Consecutive wildcard characters at pos 2"),
        ({"a": [{"wildcard": "a\\b"}]}, "Invalid escape character at pos 2"),
        ({"$or": [{"a": [1]}]}, "at least 2 Objects"),
        ({"$or": [{"prefix": [1]}, {"a": [1]}]}, "prefix is Ruler reserved fieldName"),
    ],
)
def test_what_eventbridge_refuses_is_refused_with_the_reason(rule: Any, reason: str) -> None:
    with pytest.raises(InputError, match=r"^Event pattern is not valid\. Reason: ") as caught:
        pattern.compile(rule)
    assert reason in str(caught.value)


leaves = st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab*\\", max_size=4)
events = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner)),
    max_size=3,
)


def paths(value: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        return [found for name, inner in value.items() for found in paths(inner, (*path, name))]
    if isinstance(value, list):
        return [found for inner in value for found in paths(inner, path)]
    return [(path, value)]


@settings(max_examples=200, deadline=None)
@given(events)
def test_every_leaf_of_an_event_matches_its_own_value_and_nothing_matches_what_is_not_there(
    event: dict[str, Any],
) -> None:
    for path, value in paths(event):
        rule: Any = [value]
        there: Any = [{"exists": True}]
        for name in reversed(path):
            rule, there = {name: rule}, {name: there}
        assert pattern.matches(rule, event)
        assert pattern.matches(there, event)
    assert not pattern.matches({"z": [{"exists": True}]}, event)
    assert pattern.matches({"z": [{"exists": False}]}, event)


@settings(max_examples=200, deadline=None)
@given(st.text(string.ascii_lowercase + "*\\", max_size=12), st.text(string.ascii_lowercase, max_size=3))
def test_an_escaped_wildcard_is_the_text_itself(text: str, more: str) -> None:
    escaped = text.replace("\\", "\\\\").replace("*", "\\*")
    rule = {"a": [{"wildcard": escaped}]}
    assert pattern.matches(rule, {"a": text})
    assert pattern.matches(rule, {"a": text + more}) is (more == "")
    assert pattern.matches({"a": [{"wildcard": f"{escaped}*"}]}, {"a": text + more})
