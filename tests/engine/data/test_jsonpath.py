"""Paths: what they find, what they say when they find nothing, and where ResultPath puts a value."""

from __future__ import annotations

from typing import Any

import pytest

from treadle.engine.data import jsonpath
from treadle.engine.data.errors import DataError, Malformed

DOCUMENT = {
    "a": {"b": [{"x": 1}, {"x": 2, "y": "q"}, {"y": None}], "c.d": 5},
    "s": "str",
    "items": [1, 2],
    "none": None,
    "a-b": {"ü": 1},
}


def find(path: str, document: Any = DOCUMENT) -> Any:
    return jsonpath.compile(path)(document, {"State": {"Name": "S"}}, {"v": {"k": [7]}})


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", DOCUMENT),
        ("$.a.b[0].x", 1),
        ("$['a']['b'][1]['y']", "q"),
        ('$["s"]', "str"),
        ("$.['a'].b[-1]", {"y": None}),
        ("$.a['c.d']", 5),
        ("$.a-b.ü", 1),
        ("$.none", None),
        ("$.a.b[*].x", [1, 2]),
        ("$.a.b[0:2].x", [1, 2]),
        ("$.a.b[1:]", [{"x": 2, "y": "q"}, {"y": None}]),
        ("$.a.b[:-2].x", [1]),
        ("$.a.b[0,2]", [{"x": 1}, {"y": None}]),
        ("$.a.b[0,9]", [{"x": 1}]),
        ("$.a.b[7:]", []),
        ("$['s','items']", {"s": "str", "items": [1, 2]}),
        ("$.a['b','nope'][0].x", [1]),
        ("$..x", [1, 2]),
        ("$..b[0].x", [1]),
        ("$..nope", []),
        ("$.no[*].x", []),
        ("$.no.more[1:5]", []),
        ("$.s[1:]", []),
        ("$.items.*", [1, 2]),
        ("$.a.b[?(@.x>1)].y", ["q"]),
        ("$.a.b[?(@.y)]", [{"x": 2, "y": "q"}, {"y": None}]),
        ("$.a.b[?(!@.y)]", [{"x": 1}]),
        ("$.a.b[?(@.y == null)]", [{"y": None}]),
        ("$.a.b[?(@.x==1 || @['y']=='q')].x", [1, 2]),
        ("$.a.b[?(@.x==1 && @.y=='q')].x", []),
        ("$.a.b[?(@.y =~ /Q/i)].x", [2]),
        ("$.a.b[?(@.x in [1, 3])]", [{"x": 1}]),
        ("$.a.b[?(@.x == $.items[1])].x", [2]),
        ("$..[?(@.x == 2)].y", ["q"]),
        ("$.items[?(@ >= 2)]", [2]),
        ("$.items[?(@ == '2')]", [2]),
        ("$.items[?(@ === '2')]", []),
        ("$.items[?(@ > '1')]", []),
        ("$.items[?(@ in ['1', 7])]", [1]),
        ("$.a.b[?(@.y in ['q'] && !(@.x < 2))].x", [2]),
        ("$.items.length()", 2),
        ("$..x.length()", 2),
        ("$.items.sum()", 3.0),
        ("$.items.max()", 2.0),
        ("$$.State.Name", "S"),
        ("$$", {"State": {"Name": "S"}}),
        ("$v.k[0]", 7),
        ("$v", {"k": [7]}),
    ],
)
def test_found(path: str, expected: Any) -> None:
    assert find(path) == expected


def test_values_are_given_by_reference() -> None:
    assert find("$.a.b") is DOCUMENT["a"]["b"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("$.NoSuchInputPath", "No results for path: $['NoSuchInputPath']"),
        ("$.a.no", "No results for path: $['a']['no']"),
        ("$.no.such.result.path", "Missing property in path $['no']"),
        ("$.items[5]", "No results for path: $['items'][5]"),
        ("$.items[5].x", "No results for path: $['items'][5]['x']"),
        ("$.s[0]", "Filter: [0] can only be applied to arrays. Current context is: str"),
        ("$.none[0]", "The path $['none'] is null"),
        (
            "$.s.x",
            "Expected to find an object with property ['x'] in path $['s'] but found 'java.lang.String'. This is not a "
            "json object according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonProvider'.",
        ),
    ],
)
def test_missing(path: str, reason: str) -> None:
    with pytest.raises(jsonpath.PathError) as caught:
        find(path)
    assert (caught.value.error, caught.value.reason) == ("States.Runtime", reason)
    assert caught.value.cause == f"Invalid path '{path}' : {reason}"


def test_missing_in_a_payload() -> None:
    read = jsonpath.compile("$.nope", "value.$")
    with pytest.raises(jsonpath.PathError) as caught:
        read({"int-literal": 0}, {}, {})
    assert caught.value.cause == (
        "The JSONPath '$.nope' specified for the field 'value.$' could not be found in the input '{\"int-literal\":0}'"
    )
    with pytest.raises(jsonpath.PathError, match=r"in the input '\{\"State\":1\}'"):
        jsonpath.compile("$$.nope", "value.$")({}, {"State": 1}, {})
    assert jsonpath.compile("$.items[5]", "value.$")(DOCUMENT, {}, {}) is None


@pytest.mark.parametrize(
    "path",
    [
        "",
        "a",
        "$.",
        "$..",
        "$.a b",
        "$[",
        "$['a",
        "$[a]",
        "$.a[?(@.x ==)]",
        "$.a[?(@.x]",
        "$.a.nofunction()",
        "$[0",
        "$$$",
        "$.a[1 2]",
    ],
)
def test_malformed(path: str) -> None:
    with pytest.raises(Malformed):
        jsonpath.compile(path)


def test_result_path() -> None:
    before = {"a": {"keep": 1}, "list": [1, 2]}
    after = jsonpath.put("$.a.new['x y']")(before, 5)
    assert after == {"a": {"keep": 1, "new": {"x y": 5}}, "list": [1, 2]}
    assert before == {"a": {"keep": 1}, "list": [1, 2]}
    assert after["list"] is before["list"]
    assert jsonpath.put("$")(before, 1) == 1
    assert jsonpath.put("$.list[1]")(before, 9)["list"] == [1, 9]
    assert jsonpath.put("$.a.keep")(before, None)["a"] == {"keep": None}
    with pytest.raises(DataError) as caught:
        jsonpath.put("$.a.keep.deeper")(before, 1)
    assert caught.value.error == "States.ResultPathMatchFailure"
    with pytest.raises(Malformed):
        jsonpath.put("$.a[*]")
