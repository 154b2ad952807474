"""Payload templates: dynamic fields at any depth, constants by reference, refusals in AWS's words."""

from __future__ import annotations

import pytest

from treadle.engine.data import payload
from treadle.engine.data.errors import Malformed


def test_fields_at_any_depth() -> None:
    fixed = {"k": [1]}
    make = payload.template(
        {
            "a.$": "$.n",
            "fixed": fixed,
            "deep": {"b.$": "$$.State.Name", "list": [{"c.$": "$v"}, 2]},
            "f.$": "States.Format('{}!', $.n)",
            "plain.": "$.n",
        }
    )
    made = make({"n": 1}, {"State": {"Name": "S"}}, {"v": [3]})
    assert made == {
        "a": 1,
        "fixed": {"k": [1]},
        "deep": {"b": "S", "list": [{"c": [3]}, 2]},
        "f": "1!",
        "plain.": "$.n",
    }
    assert list(made) == ["fixed", "deep", "plain.", "a", "f"]
    assert made["fixed"] is fixed


def test_what_is_found_follows_what_is_fixed_in_the_order_of_a_hash_map() -> None:
    make = payload.template({"Iterations.$": "$", "Values.$": "$", "Fixed": 1, "Key.$": "$", "Bucket.$": "$"})
    assert list(make(0, {}, {})) == ["Fixed", "Bucket", "Values", "Iterations", "Key"]


@pytest.mark.parametrize("value", ["a", "$.a[", "States.Nope()", 1, None, {"x": 1}])
def test_what_is_neither_path_nor_call_is_refused(value: object) -> None:
    with pytest.raises(Malformed) as caught:
        payload.template({"deep": {"parsed.$": value}})
    assert str(caught.value) == (
        "The value for the field 'parsed.$' must be a valid JSONPath or a valid intrinsic function call"
    )


def test_a_constant_is_itself() -> None:
    constant = {"a": [1, {"b": 2}]}
    assert payload.template(constant)({}, {}, {}) is constant
    assert payload.template([])({}, {}, {}) == []
