"""The States.* functions: their values, AWS's words for their failures, and what is no call."""

from __future__ import annotations

from typing import Any

import pytest

from treadle.engine.chance import Chance
from treadle.engine.data import ambient, intrinsics, java
from treadle.engine.data.errors import DataError, Malformed

INPUT = {"s": "str", "n": 3, "o": {"a": 1, "b": []}, "l": [1, 2, 3], "nil": None, "json": '{"a":1}', "t": "n={}"}


def call(text: str, input: Any = INPUT) -> Any:
    return intrinsics.compile(text)(input, {"State": {"Name": "S"}}, {"v": 2})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("States.Array()", []),
        ("States.Array($.n, 'x', null, true, -1.5, $v)", [3, "x", None, True, -1.5, 2]),
        ("States.ArrayPartition($.l, 2)", [[1, 2], [3]]),
        ("States.ArrayPartition($.l, 2.9)", [[1, 2], [3]]),
        ("States.ArrayContains($.l, 3)", True),
        ("States.ArrayContains(States.Array(1), true)", False),
        ("States.ArrayContains(States.Array($.o), $.o)", True),
        ("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]),
        ("States.ArrayRange(5.4, -0.6, -2.4)", [5, 3, 1]),
        ("States.ArrayRange(5, 1, 1)", []),
        ("States.ArrayGetItem($.l, 1)", 2),
        ("States.ArrayLength($.l[?(@ > 1)])", 2),
        ("States.ArrayUnique(States.Array(1, 2, 2, '1'))", [1, "1", 2]),
        ("States.ArrayUnique(States.Array(true, false, true))", [False, True]),
        ("States.ArrayUnique(States.Array(States.Array(1, 2), States.Array(2, 1)))", [[2, 1], [1, 2]]),
        ("States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU="),
        ("States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", "Data to encode"),
        ("States.Hash('input data', 'MD5')", "812f45842bc6d66ee14572ce20db8e86"),
        ("States.JsonMerge($.o, States.StringToJson($.json), false)", {"a": 1, "b": []}),
        ("States.StringToJson('')", None),
        ("States.StringToJson(' [1, 2] ')", [1, 2]),
        ("States.JsonToString($.o)", '{"a":1,"b":[]}'),
        ("States.JsonToString('é')", '"é"'),
        ("States.MathAdd(2.5, -1.5)", 2),
        ("States.MathAdd(-2.5, 0)", -2),
        ("States.StringSplit('1+2,,3.4', '.+,')", ["1", "2", "3", "4"]),
        ("States.StringSplit('a]b^c-d', '^]-')", ["a", "b", "c", "d"]),
        ("States.Format('{} {} {}', $.s, $.n, $.nil)", "str 3 null"),
        ("States.Format('{}', $.o)", "{a=1, b=[]}"),
        ("States.Format($.t, true)", "n=true"),
        (r"States.Format('\'{}\' \{\} \\', $$.State.Name)", "'S' {} \\"),
        ("States.Format('({})', States.Format('{}', 1))", "(1)"),
        ("States.Format( 'a,b)' )", "a,b)"),
    ],
)
def test_values(text: str, expected: Any) -> None:
    assert call(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "States.ArrayPartition($.l, 0)",
        "States.ArrayPartition($.l, 0.6)",
        "States.ArrayPartition($.s, 1)",
        "States.ArrayPartition($.l)",
        "States.ArrayRange(1, 10, 0)",
        "States.ArrayRange(1, 1001, 1)",
        "States.ArrayRange(0, 1e300, 1)",
        "States.ArrayRange('a', 2, 1)",
        "States.ArrayGetItem($.l, 3)",
        "States.ArrayGetItem($.l, -1)",
        "States.ArrayLength($.s)",
        "States.Base64Decode('!')",
        "States.Hash('a', 'CRC')",
        "States.JsonMerge($.o, $.o, true)",
        "States.JsonMerge($.o, null, false)",
        "States.StringToJson('{bad')",
        "States.StringToJson('NaN')",
        "States.StringToJson(1)",
        "States.MathAdd(true, 1)",
        "States.MathAdd('1', 1)",
        "States.MathRandom(1.4, 1.6)",
        "States.MathRandom(5, 1)",
        "States.StringSplit($.n, ',')",
        "States.UUID(1)",
        "States.Format('{} {}', 1)",
        "States.Format('{', 1)",
        "States.Format($.n, 1)",
    ],
)
def test_invalid_arguments(text: str) -> None:
    with pytest.raises(DataError) as caught:
        call(text)
    name = text.partition("(")[0]
    assert (caught.value.error, caught.value.cause) == ("States.Runtime", f"Invalid arguments in {name}")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("States.Format('{}',$.nope)", "$.nope"),
        ("States.Array(1, States.Format('{}', $.a.b))", "$.a.b"),
        ("States.JsonToString($.l[9])", "$.l[9]"),
        ("States.Format('{}', $$.Nope.Deep)", "$.Nope.Deep"),
    ],
)
def test_a_missing_argument(text: str, named: str) -> None:
    with pytest.raises(DataError) as caught:
        call(text, {"l": [1]})
    assert caught.value.cause == (
        f"The function '{text}' had the following error: The JsonPath argument for the field '{named}' "
        "could not be found in the input '{\"l\":[1]}'"
    )


@pytest.mark.parametrize(
    "text",
    [
        "States.Nope()",
        "States.Array(",
        "States.Array(1,)",
        "States.Array(1) x",
        "States.Array(x)",
        "States.Array('a)",
        "States.Array(1 2)",
        'States.StringToJson(\'{"a":"An \\"quote\\""}\')',
        "States.Array(" * 11 + ")" * 11,
    ],
)
def test_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        intrinsics.compile(text)


def test_chance() -> None:
    token = ambient.CHANCE.set(Chance(1))
    try:
        drawn = {call("States.MathRandom(1, 4)") for _ in range(50)}
        assert drawn == {1, 2, 3}
        assert call("States.MathRandom(1, 1000, 42)") == call("States.MathRandom(1, 1000, 42)")
        assert len(call("States.UUID()")) == 36
        assert call("States.UUID()") != call("States.UUID()")
    finally:
        ambient.CHANCE.reset(token)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1.0"),
        (1e7, "1.0E7"),
        (1.5e10, "1.5E10"),
        (1e-4, "1.0E-4"),
        (0.001, "0.001"),
        (-2.5e-7, "-2.5E-7"),
        (0.0, "0.0"),
    ],
)
def test_numbers_as_java_writes_them(value: float, text: str) -> None:
    assert java.text(value) == text


def test_a_merge_is_in_the_order_of_a_hash_map() -> None:
    merged = call("States.JsonMerge($.left, $.right, false)", {"left": {"a": 1, "b": 2, "d": 3}, "right": {"c": 4}})
    assert list(merged) == ["a", "b", "c", "d"]
