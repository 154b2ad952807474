"""The expressions of JSONPath filters: what matches, what is refused, and that none runs away."""

from __future__ import annotations

import time

import pytest

from treadle.engine.data import jsonpath, regex
from treadle.engine.data.errors import DataError, Malformed


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a.*b", "axxb", True),
        ("a", "ab", False),
        ("A", "a", False),
        ("(?i)A", "a", True),
        ("a*", "", True),
        ("", "", True),
        ("a*", "b", False),
        (r"\++", "++", True),
        ("[(]", "(", True),
        (r"[\[(]x", "[x", True),
        ("[{}]+", "{}", True),
        ("[[]", "[", True),
        (r"a\/b", "a/b", True),
        ("[&]", "&", True),
        ("a&&b", "a&&b", True),
        (r"\\Qa", r"\Qa", True),
        ("(?<year>[0-9]{4})-[0-9]{2}", "2024-02", True),
        ("(?:ab)+", "abab", True),
        ("é.", "éx", True),
    ],
)
def test_whole_texts_match(pattern: str, text: str, expected: bool) -> None:
    assert regex.compile(pattern, False)(text) is expected


@pytest.mark.parametrize(
    "pattern",
    [r"\p{L}", "a++", "(?>a)", "(?s)a", "[a&&b]", r"[a\]&&b]", r"\Qa\E", r"\A", "a(?i:b)", "(", "[", "a**", "a\ud800"],
)
def test_what_only_java_has_is_refused(pattern: str) -> None:
    with pytest.raises(Malformed, match="regular expression"):
        regex.compile(pattern, False)
    with pytest.raises(Malformed):
        jsonpath.compile(f"$.l[?(@.s =~ /{pattern}/)]")


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "a*a*a*a*a*b", "(.*a){20}b"])
def test_none_runs_away(pattern: str) -> None:
    find = jsonpath.compile(f"$.l[?(@.s =~ /{pattern}/)].s")
    begun = time.perf_counter()
    with pytest.raises(DataError, match="did not end within") as caught:
        find({"l": [{"s": "a" * 5000}] * 100}, {}, {})
    assert caught.value.error == "States.Runtime"
    assert time.perf_counter() - begun < 5
