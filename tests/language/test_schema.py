"""What the first state asserts of its input."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

import pytest

from treadle.engine.data import jsonata
from treadle.language.annotated import NoType, typed
from treadle.language.schema import conforms, schema
from treadle.language.types import INT, NULL, STR, List, union


class Point(TypedDict):
    x: float
    tags: NotRequired[list[str]]


@pytest.mark.parametrize(
    ("hint", "good", "bad"),
    [
        (str, ["", "x"], [1, None, []]),
        (int, [0, -3], [1.5, True, "1", None]),
        (float, [0, 1.5], [True, "1"]),
        (bool, [True, False], [0, None]),
        (str | None, ["x", None], [1]),
        (list[int], [[], [1]], [[1.5], ["x"], {}, None, [[1]]]),
        (list[list[str]], [[], [[]], [["a"], []]], [["a"], [[1]]]),
        (dict[str, int], [{}, {"a b": 1}], [{"a": "x"}, []]),
        (tuple[str, int], [["a", 1]], [["a"], ["a", "b"], ["a", 1, 2]]),
        (Point, [{"x": 1}, {"x": 1, "tags": ["a"], "more": 1}], [{}, {"x": "1"}, {"x": 1, "tags": [1]}, []]),
        (list[Point], [[], [{"x": 1}]], [[{"x": "1"}], [{}]]),
        (int | str, [1, "x"], [None, 1.5]),
    ],
)
def test_conforms(hint: Any, good: list[Any], bad: list[Any]) -> None:
    test = jsonata.compile(conforms("$v", typed(hint)))
    assert [value for value in good if test({"v": value}) is not True] == []
    assert [value for value in bad if test({"v": value}) is not False] == []


def test_a_type_that_json_has_not_is_refused() -> None:
    with pytest.raises(NoType, match=r"dict\[str, …\]"):
        typed(dict[int, str])
    with pytest.raises(NoType, match="no JSON type"):
        typed(complex)


def test_schema() -> None:
    assert schema(List(union((INT, NULL)))) == {
        "type": "array",
        "items": {"anyOf": [{"type": "null"}, {"type": "integer"}]},
    }
    assert schema(STR) == {"type": "string"}
