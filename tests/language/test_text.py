"""Text both ways: patterns, templates, characters, JSON, moments."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from tests.language import text_programs
from tests.language.harness import agree

TEXTS = [
    "", "a", "abc", "k=v", "a1b2c3", "x, y;z", "[a](b) [c d](e)", "12", "12\n", "😀b😀bb", "- a\n- b\r- c\n", "ab a",
    "\u212a=\u017f", "xx", "  a \n b ", "b", "c", "$1 a1", "a\nb\r\nc\x0bd", "é😀a%", "{x}", "a\u2028b\n", "é" * 9,
    'a"\\\x7f\x00\t/', '{"x": [1, 2.5]}', "[1,]", " null ", "b,a,é,\ufffd,😀", '{"x"',
]  # fmt: skip
PROGRAMS = [
    each
    for each in vars(text_programs).values()
    if inspect.isfunction(each) and list(inspect.signature(each).parameters) == ["s"]
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda each: each.__name__)
def test_agrees(program: Callable[..., Any]) -> None:
    for text in TEXTS:
        agree(program, s=text)
