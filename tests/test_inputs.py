from __future__ import annotations

from typing import Any

import pytest

from treadle.errors import InputError
from treadle.inputs import check

SCHEMA = {
    "type": "object",
    "properties": {
        "question": {"type": "string"},
        "k": {"type": "integer"},
        "filters": {"type": "array", "items": {"type": "object", "properties": {"field": {"type": "string"}}}},
    },
    "required": ["question"],
    "additionalProperties": False,
}


def test_what_fits_passes() -> None:
    check({"question": "why?", "k": 3, "filters": [{"field": "a"}]}, SCHEMA)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "the input must be a JSON object of the workflow's parameters, not []"),
        ({}, "missing parameter 'question'"),
        ({"question": "a", "kk": 1}, "unknown parameter 'kk': did you mean 'k'?"),
        ({"question": "a", "zebra": 1}, "unknown parameter 'zebra': it takes question, k, filters"),
        ({"question": 5}, "question must be a string, not 5"),
        ({"question": "a", "k": "4"}, 'k must be an integer, not "4"'),
        ({"question": "a", "filters": [{"field": 1}]}, "filters.0.field must be a string, not 1"),
    ],
)
def test_what_does_not_fit_is_named(value: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        check(value, SCHEMA)
    assert str(caught.value) == message
