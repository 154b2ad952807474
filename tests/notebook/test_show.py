"""What a cell shows of an execution, run on the engine for real."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from tests.cli.test_live import DOCUMENT, Worker
from treadle.engine import VirtualClock, load, run
from treadle.notebook import register, show


class Checked(HTMLParser):
    """Collects the text, and fails on a tag that is not closed."""

    VOID = frozenset({"br", "hr", "img", "path", "rect", "circle", "line", "polygon", "use", "stop"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.tags: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def execution(document: dict[str, Any], input: Any) -> Any:
    return run(load(document, name="x"), input, service=Worker(), clock=VirtualClock())


def test_an_execution_shows_every_state_with_input_and_output() -> None:
    html = show.execution(execution(DOCUMENT, {"question": "<b>why</b> & how"}))
    page = Checked(html)
    assert "SUCCEEDED in 1.0 s" in page.text
    assert page.text.count('"FunctionName": "flaky"') == 1
    assert '"n": 30' in page.text
    for word in (
        "Flaky",
        "retried 1×",
        "Each",
        "25/25",
        "Ask",
        "×25",
        "haiku",
        "Try",
        "ValueError: no",
        "Count",
        "×31",
    ):
        assert word in page.text, word
    assert page.tags.count("details") >= 2 * 6
    assert "svg" in page.tags
    assert "script" not in page.tags
    assert "http" not in html.replace("http://www.w3.org/", "")


def test_what_a_document_says_is_text_and_never_markup() -> None:
    document = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    page = Checked(show.execution(execution(document, {"question": "<b>why</b> & how"})))
    assert page.text.count('"question": "<b>why</b> & how"') == 3


def test_a_failed_execution_shows_error_and_cause() -> None:
    document = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E<1>", "Cause": "because"}}}
    page = Checked(show.execution(execution(document, {})))
    assert "FAILED in" in page.text
    assert "E<1>: because" in page.text


def test_a_vector_is_shown_by_its_length_and_a_long_text_is_cut() -> None:
    vector = {"vector": [0.5] * 384, "text": "x" * 10_000}
    document = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    page = Checked(show.execution(execution(document, vector)))
    assert "… 384 numbers" in page.text
    assert "characters more" in page.text
    assert len(page.text) < 40_000


def test_registering_twice_outside_a_notebook_is_harmless() -> None:
    register()
    register()


def test_ipython_shows_what_is_registered() -> None:
    pytest.importorskip("IPython")
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    register(shell)
    document = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    data, _ = shell.display_formatter.format(execution(document, {"a": 1}))
    assert "SUCCEEDED" in data["text/html"]
