"""Variables of JSONata text, and expressions put in their place."""

from __future__ import annotations

import pytest

from treadle.engine.data import jsonata
from treadle.language.scan import substitute, text_of, variables
from treadle.language.steps import Expr


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("$a + $b.c", {"a", "b"}),
        ('"$a" & $b', {"b"}),
        ("$map($xs, function($_x) { $_x.`$y` })", {"map", "xs", "_x"}),
        ('$contains($s, /\\$z"/) ? $a : /* $c */ 1', {"contains", "s", "a"}),
        ("$a / $b / $c", {"a", "b", "c"}),
        ("'it''s $a'", set()),
    ],
)
def test_names_every_variable_and_no_other(text: str, names: set[str]) -> None:
    assert set(variables(text)) == names


@pytest.mark.parametrize(
    ("text", "put", "given", "value"),
    [
        ("$x * 2", "$a + 1", {"a": 2}, 6),
        ("$x[0]", "$a", {"a": [5]}, 5),
        ("$x[0]", "$states.result", {"states": {"result": [[1], [2]]}}, [1]),
        ("$x.b", '{"b": 3}', {}, 3),
        ("$a - $x", "-1", {"a": 1}, 2),
        ("[$x]", "[1, 2]", {}, [1, 2]),
        ("$count($x)", "$a[0]", {"a": [[1, 2, 3]]}, 3),
    ],
)
def test_substitutes_as_a_value(text: str, put: str, given: dict[str, object], value: object) -> None:
    found = substitute(Expr(text), {"x": Expr(put)})
    assert jsonata.compile(found.text)(given) == value


def test_text_of_a_value_with_computed_items_is_unknown() -> None:
    assert text_of({"a": Expr("$x"), "b": [1, "é"]}) == '{"a": $x, "b": [1, "é"]}'
    assert text_of([Expr("$x")]) is None
