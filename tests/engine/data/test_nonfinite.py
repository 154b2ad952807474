"""Divisions by zero and overflows: the names that Step Functions writes, or the error that 2.0.6 has."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from treadle.engine.data import jsonata


def evaluate(text: str, **variables: Any) -> Any:
    return jsonata.compile(text, "Output")(variables)


# The first nine were measured on AWS: github.com/floci-io/floci/issues/2737 and github.com/iwamot/sfnx docs/design.md.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1/0", "Infinity"),
        ("-1/0", "-Infinity"),
        ("0/0", "NaN"),
        ("1e308 * 10", "Infinity"),
        ("[1/0]", ["Infinity"]),
        ("{'k': 1/0}", {"k": "Infinity"}),
        ("$floor(1/0)", "Infinity"),
        ("1/0 > 5", True),
        ("$parseInteger('abc', '0')", "NaN"),
        ("[0/0, null]", ["NaN", None]),
        ("5 % 0", "NaN"),
        ("{'a': {'b': [1, 5 % 0, null, []]}}", {"a": {"b": [1, "NaN", None, []]}}),
        ("1e308 + 1e308", "Infinity"),
        ("-1e308 - 1e308", "-Infinity"),
        ("[1/0, 1 + 1]", ["Infinity", 2]),
        ("{'a': 1/0, 'b': 'n' & 1}", {"a": "Infinity", "b": "n1"}),
        ("$map([1, 0, -2], function($v){$n / $v})", [3, "Infinity", -1.5]),
        ("$filter([1, 0, 2], function($v){1 / $v > 0.7})", [1, 0]),
        ("($x := 1/0; $x > 3)", True),
        ("{'k': 1/0} ? 1 : 2", 1),
        ("$filter([1/0, 2], function($v){$v > 1})", ["Infinity", 2]),
        ("/* c */ 1 /* d */ / /* e */ ($n - $n)", "Infinity"),
        ("1/0 = 1/0", True),
        ("0/0 = 0/0", False),
        ("$max([1/0, 1])", "Infinity"),
        ("$reduce([1, 0], function($a, $b){$a / $b})", "Infinity"),
        ("($f := function($a, $b){$a / $b}; [$f(1, 0), $f(0, 0), $f(4, 2)])", ["Infinity", "NaN", 2]),
        ("$n / 1e-320", "Infinity"),
        ("$count([1/0, 2])", 2),
        ("{'a': 1/0, 'b': $sqrt(4) & $formatNumber(2, '0.0')}", {"a": "Infinity", "b": "22.0"}),
    ],
)
def test_what_is_not_finite_has_a_name(text: str, expected: Any) -> None:
    assert evaluate(text, n=3) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1/0 + 1", "D1001: Number out of range: null"),
        ("-(1/0)", "D1001: Number out of range: null"),
        ("1/0/0", "D1001: Number out of range: null"),
        ("($x := 1/0; $x * 0)", "D1001: Number out of range: null"),
        ("1/0 ? 1 : 2", "D1001: Number out of range: null"),
        ("1/0 and true", "D1001: Number out of range: null"),
        ("$string({'a': 1/0})", "D1001: Number out of range: null"),
        ("$string(1/0)", "D3001: Attempting to invoke string function on Infinity or NaN"),
        ("1/0 & 'a'", "D3001: Attempting to invoke string function on Infinity or NaN"),
        ("(1/0 & 'a') = 'b'", "D3001: Attempting to invoke string function on Infinity or NaN"),
        ("0/0 + 1", 'T2001: The left side of the "+" operator must evaluate to a number'),
        ("null / 0", 'T2001: The left side of the "/" operator must evaluate to a number'),
        ("1/0 + 'a'", "D1001: Number out of range: null"),
        ("1/0 + $nope", "D1001: Number out of range: null"),
        ("$filter([1/0], function($v){$v})", "D1001: Number out of range: null"),
        ("$not(1/0)", "D1001: Number out of range: null"),
        ("$type(1/0)", "D1001: Number out of range: null"),
    ],
)
def test_what_needs_a_finite_number_fails(text: str, told: str) -> None:
    with pytest.raises(jsonata.QueryError) as caught:
        evaluate(text)
    assert caught.value.cause.endswith(f"threw an error during evaluation. {told}")


def test_undefined_operands_stay_undefined() -> None:
    with pytest.raises(jsonata.QueryError, match="returned nothing"):
        evaluate("($x := 1/0; $nope / 0)")
    assert evaluate("[1/0, $nope / 0]") == ["Infinity"]


def test_a_long_evaluation_with_one_division() -> None:
    found = evaluate("$map([1..4000], function($v){$n / ($v)[$v != 3000]})", n=2)
    assert len(found) == 3_999
    found = evaluate("$map($l, function($v){$n / $v})", n=2, l=[1] * 3_000 + [0, 4] + [2] * 1_000)
    assert found[2_999:3_003] == [2, "Infinity", 0.5, 1]
    assert evaluate("$l.{'q': a / b}", l=[{"a": 1, "b": n % 5} for n in range(4_000)])[5] == {"q": "Infinity"}
    with pytest.raises(jsonata.QueryError, match="D1001"):
        evaluate("$map($l, function($v){$n / $v + 1})", n=2, l=[1] * 3_000 + [0])


def test_a_null_is_no_nan() -> None:
    assert evaluate("$x / 2 > 1 ? $x : null", x=1) is None
    assert evaluate("[$x / 2, null, {'a': null}]", x=1) == [0.5, None, {"a": None}]
    assert evaluate("$y", y=None) is None


def test_what_is_large_is_not_looked_at_in_full() -> None:
    tracemalloc.start()
    try:
        assert evaluate("$map([1..300], function($v){$count($l) / 0})", l=list(range(20_000))) == ["Infinity"] * 300
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 32 << 20
