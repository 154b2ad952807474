"""Passages: whole sentences, within the size, nothing lost."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.chunking import OVERLAP, SIZE, passages, sentences
from tasks.extraction import Section


def test_sentences_end_where_they_end() -> None:
    text = 'Dr. Smith (e.g. J. Doe) uses 3.5 kg. "Really?" he asked. It is so! See Fig. 3 for it. End'
    assert sentences(text) == [
        "Dr. Smith (e.g. J. Doe) uses 3.5 kg.",
        '"Really?" he asked.',
        "It is so!",
        "See Fig. 3 for it.",
        "End",
    ]


def test_sentences_of_chinese() -> None:
    assert sentences("第一句。第二句！") == ["第一句。", "第二句！"]


def test_a_short_section_is_one_passage() -> None:
    section = Section("One paragraph here.\n\nAnother paragraph here.", "Install")
    assert list(passages([section])) == [section]


def test_a_long_section_is_cut_between_sentences_with_overlap() -> None:
    text = " ".join(f"Sentence number {n} says something that matters." for n in range(100))
    found = [passage.text for passage in passages([Section(text)])]
    assert len(found) > 5
    assert all(len(passage) <= SIZE for passage in found)
    assert all(re.fullmatch(r"Sentence .* matters\.", passage) for passage in found)
    for before, after in pairwise(found):
        shared = after[: after.index(".") + 1]
        assert shared in before[-OVERLAP:]


def test_code_keeps_its_lines() -> None:
    code = "\n".join(f"line_{n} = {n}" for n in range(200))
    for passage in passages([Section(code)]):
        assert set(passage.text.split("\n")) <= set(code.split("\n"))


def test_a_sentence_over_a_page_break_is_whole_on_the_second_page() -> None:
    pages = [
        Section("First sentence here. The treadle drives", "page 1"),
        Section("the machine. Last.", "page 2", True),
    ]
    found = list(passages(pages))
    assert found[1] == Section("The treadle drives the machine. Last.", "page 2")


def test_a_passage_holds_a_word() -> None:
    assert list(passages([Section("12"), Section("* * *"), Section("Blue.", "Colour")])) == [Section("Blue.", "Colour")]


@pytest.mark.parametrize("length", [SIZE - 1, SIZE, SIZE + 1, 5 * SIZE])
def test_one_word_longer_than_a_passage(length: int) -> None:
    found = [passage.text for passage in passages([Section("x" * length)])]
    assert sum(map(len, found)) >= length - OVERLAP
    assert all(len(passage) <= SIZE for passage in found)


words = st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1, max_size=40)
texts = st.lists(st.lists(words, min_size=1, max_size=60).map(" ".join), min_size=1, max_size=8).map("\n\n".join)


@settings(max_examples=200, deadline=None)
@given(texts)
def test_nothing_is_lost_and_nothing_is_too_long(text: str) -> None:
    found = [passage.text for passage in passages([Section(text)])]
    assert all(len(passage) <= SIZE for passage in found)
    missing = set("".join(text.split())) - set("".join("".join(found).split()))
    assert not missing or len("".join(found)) < len(text), missing
