"""JSON text, digests and Base64 beside the standard library."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.language.exact.lowering import run
from treadle.language import exact
from treadle.language.term import Item, Term
from treadle.language.types import STR

TEXT = Term("$s", STR)


def loads(text: str) -> object:
    return run(exact.call("json.loads", [Item(TEXT)], {}), {"s": text})


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=4)),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
        max_leaves=8,
    ),
    st.sampled_from([None, 0, 2]),
)
@settings(deadline=None, database=None, derandomize=True)
def test_valid_text_is_read(value: object, indent: int | None) -> None:
    assert loads(json.dumps(value, indent=indent)) == value
    assert loads(" " + json.dumps(value, ensure_ascii=False) + "\n") == value


@given(st.text(st.sampled_from(list('{}[]",:0-1.eE tfnula\\\n')), max_size=12))
@settings(deadline=None, database=None, derandomize=True, max_examples=500)
@example('{"a": [1, {"b": []}], "c": {}}')
@example('{"a" 1}')
@example("[1,]")
@example("01")
@example("0 0")
@example("tr ue")
@example('"a\nb"')
@example("")
@example('["\\x"]')
@example("-")
@example("1.")
@example('"" ""')
def test_what_is_no_json_raises(text: str) -> None:
    try:
        wanted: object = json.loads(text)
    except json.JSONDecodeError:
        found = loads(text)
        assert isinstance(found, tuple)
        assert found[1] == "JSONDecodeError"
    else:
        assert loads(text) == wanted


@given(st.text(max_size=12))
@settings(deadline=None, database=None, derandomize=True)
@example("é😀 %41%C3")
def test_base64(text: str) -> None:
    data = exact.method(TEXT, "encode", [], {})
    found = exact.method(exact.call("base64.b64encode", [Item(data)], {}), "decode", [], {})
    assert run(found, {"s": text}) == base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha384", "sha512"])
def test_digests(algorithm: str) -> None:
    import hashlib

    data = exact.method(TEXT, "encode", [], {})
    found = exact.method(exact.call(f"hashlib.{algorithm}", [Item(data)], {}), "hexdigest", [], {})
    for text in ("", "abc", "é😀"):
        assert run(found, {"s": text}) == hashlib.new(algorithm, text.encode()).hexdigest()
