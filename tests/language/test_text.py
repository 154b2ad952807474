"""Text both ways: patterns, templates, characters, JSON, moments."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from random import Random
from types import ModuleType
from typing import Any

import pytest

from tests.language import moment_programs, passage_programs, text_programs
from tests.language.harness import agree

TEXTS = [
    "", "a", "abc", "k=v", "a1b2c3", "x, y;z", "[a](b) [c d](e)", "12", "12\n", "😀b😀bb", "- a\n- b\r- c\n", "ab a",
    "\u212a=\u017f", "xx", "  a \n b ", "b", "c", "$1 a1", "a\nb\r\nc\x0bd", "é😀a%", "{x}", "a\u2028b\n", "é" * 9,
    'a"\\\x7f\x00\t/', '{"x": [1, 2.5]}', "[1,]", " null ", "b,a,é,\ufffd,😀", '{"x"',
]  # fmt: skip
PASSAGES = [
    "",
    "a",
    "The cat sat. A dog ran! Was it  fun?  Yes, 3 of 12 said.",
    "# One\nbody: x\n# Two\nline  two\n\n- é😀",
    '```json\n{"a": 1}\n```',
    "ann@x.org wants a Refund #1234 {name} [12] [7]",
    "yes please {n}",
    "<b>bold</b> text\r\nkey: value: 2\n",
    "😀" * 15,
    "cat AND dog #tag #tag2 #tag",
    "",
    "a",
    "aaab",
    "b1",
    "2024-05 x 12 a1",
    "x=1&y=2",
    "k: v\nb: c: d",
    "zebra AA aa",
    "12",
    "aaaa",
    "é😀aa1",
]
MOMENTS = [
    "",
    "a",
    "2024-02-29",
    "2023-02-29",
    "2023-02-28x",
    "2024-2-9",
    "0000-01-01",
    "0002-01-01",
    "9999-12-31",
    "2024-13-01",
    "2024-00-10",
    "2024-01-00",
    "1969-12-31",
    "20240105",
    "2024-0105",
    "2024-02-28T10:11:12.5Z",
    "2024-02-28T10:11:12.123456Z",
    "2024-02-28t10:11:60.1Z",
    "2024-02-28T10:11:12.1234567+05:30",
    "2024-02-28 10:11",
    "2024-02-28T10",
    "2024-02-28T101112,5-0130",
    "2024-02-28T10:11:12-01:30:15",
    "2024-02-28T24:00",
    "2024-02-28T10:60",
    "2024-02-28😀10:11Z",
    "2024-02-28T",
    "2024-02-28T10:1112",
    "05/12/68 9:5",
    "5/2/69\t\n10:05",
    "31/04/24 10:10",
    "23:59",
    "7:5",
    "24:00",
    "10:11x",
    "2024-02-29 2024-01-01",
    "1600-02-29",
    "1900-02-29",
    "2024-02-28T10:11:12z",
    "2024-02-28T10:11:12Z ",
    "2024-02-28T10:11:12.Z",
    "2024-02-28T10:11+25:00",
    "2024-02-28T10:11+0530",
    "2024-02-28T10:11+05",
    "2024-02-28T10+05:3",
]


def programs(module: ModuleType) -> list[Callable[..., Any]]:
    found = [each for each in vars(module).values() if inspect.isfunction(each)]
    return [each for each in found if list(inspect.signature(each).parameters) == ["s"]]


@pytest.mark.parametrize("program", programs(text_programs), ids=lambda each: each.__name__)
def test_agrees(program: Callable[..., Any]) -> None:
    for text in TEXTS:
        agree(program, s=text)


@pytest.mark.parametrize("program", programs(moment_programs), ids=lambda each: each.__name__)
def test_moments_agree(program: Callable[..., Any]) -> None:
    chance = Random(7)
    changed = ["".join(chance.choice(["", "7", ":", "+", *[each] * 20]) for each in text) for text in MOMENTS]
    for text in [*MOMENTS, *changed]:
        agree(program, s=text)


@pytest.mark.parametrize("program", programs(passage_programs), ids=lambda each: each.__name__)
def test_passages_agree(program: Callable[..., Any]) -> None:
    for text in PASSAGES:
        agree(program, s=text)
