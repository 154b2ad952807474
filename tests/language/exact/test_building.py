"""How texts are put together, and which guards a test rules out."""

from __future__ import annotations

import pytest

from tests.language.exact.lowering import lower
from treadle.language.exact.building import element, fresh, is_constructor
from treadle.language.term import Term
from treadle.language.types import ANY, INT, STR, Dict, List

TYPES = {"a": INT, "b": INT, "xs": List(INT), "d": Dict(INT), "key": STR}


@pytest.mark.parametrize(
    ("source", "guards"),
    [
        ("a / b if b else 0", 0),
        ("a / b if b or a else 0", 1),
        ("xs[0] if xs else 0", 0),
        ("xs[1] if xs else 0", 1),
        ("max(xs) if xs else 0", 0),
        ("d[key] if key in d else 0", 0),
        ("d['a'] if 'a' in d else 0", 0),
        ("d['a'] if 'b' in d else 0", 1),
        ("b and a / b", 0),
        ("[a / x for x in xs if x]", 0),
        ("[a / x for x in xs]", 1),
    ],
)
def test_a_guard_that_the_test_rules_out_is_gone(source: str, guards: int) -> None:
    assert len(lower(source, TYPES).guards) == guards


def test_an_item_stays_one_item() -> None:
    assert element(Term("$n", INT)) == "$n"
    assert element(Term("$xs", List(INT))) == "[$xs]"
    assert element(Term("[1, 2]", List(INT))) == "[1, 2]"
    assert element(Term("$z", ANY)) == '$type($z) = "array" ? [[$z]] : $z'


def test_names_do_not_meet() -> None:
    assert fresh("item", "$x + 1") == "$_item"
    assert fresh("item", "$_item + $_item2") == "$_item3"


def test_one_constructor_is_told_from_two() -> None:
    assert is_constructor('["]", [1]]')
    assert not is_constructor("[1] + [2]")
