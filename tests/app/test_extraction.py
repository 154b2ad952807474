"""What each kind of document becomes, and the one line that a document which cannot be read gives."""

from __future__ import annotations

import contextlib
import gzip
from pathlib import Path

import pytest

from tasks.extraction import Section, decode, kind, sections
from tests.app.papers import encrypted, pdf
from treadle.errors import InputError


def read(path: Path, content: str | bytes) -> list[Section]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return sections(path)


def test_pdf_gives_pages_without_headers_and_footers(tmp_path: Path) -> None:
    pages = [
        ["The Loom Manual", f"The fact of page {n} is that shuttle {n} carries the", "thread across the warp.", f"{n}"]
        for n in range(1, 6)
    ]
    found = sections(pdf(tmp_path / "loom.pdf", pages))
    assert [section.place for section in found] == [f"page {n}" for n in range(1, 6)]
    assert found[2].text == "The fact of page 3 is that shuttle 3 carries the thread across the warp."
    assert [section.flows for section in found] == [False, True, True, True, True]


def test_pdf_joins_hyphenated_lines_and_breaks_paragraphs(tmp_path: Path) -> None:
    lines = ["A treadle is a lever that is worked by the foot, and it con-", "verts a motion to and fro into a motion"]
    lines += ["that goes round.", "A second paragraph."]
    assert sections(pdf(tmp_path / "a.pdf", [lines]))[0].text == (
        "A treadle is a lever that is worked by the foot, and it converts a motion to and fro into a motion "
        "that goes round.\n\nA second paragraph."
    )


def test_pdf_pages_that_look_alike_keep_their_text(tmp_path: Path) -> None:
    found = sections(pdf(tmp_path / "a.pdf", [[f"The code of part {n} is {n * 7}"] for n in range(1, 9)]))
    assert [section.text for section in found] == [f"The code of part {n} is {n * 7}" for n in range(1, 9)]


def test_pdf_skips_blank_pages_but_keeps_their_numbers(tmp_path: Path) -> None:
    found = sections(pdf(tmp_path / "a.pdf", [["One."], [], ["Three."]]))
    assert [section.place for section in found] == ["page 1", "page 3"]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: encrypted(path, [["hidden"]]), "encrypted with a password; save a copy without one"),
        (lambda path: path.write_bytes(b"%PDF-1.4\nnot much of one"), "not a PDF that can be opened"),
        (lambda path: path.write_bytes(b""), "not a PDF that can be opened"),
        (lambda path: pdf(path, [[], []]), "no text (a scan?); run it through OCR"),
    ],
)
def test_a_pdf_that_cannot_be_read_says_what_to_do(tmp_path: Path, make: object, says: str) -> None:
    path = tmp_path / "a.pdf"
    make(path)  # type: ignore[operator]
    with pytest.raises(InputError) as raised:
        sections(path)
    assert says in str(raised.value)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_pdf_cut_short_is_refused_or_read_but_never_crashes(tmp_path: Path) -> None:
    whole = pdf(tmp_path / "whole.pdf", [["Page one says this."], ["Page two says that."]]).read_bytes()
    for length in range(0, len(whole), 37):
        with contextlib.suppress(InputError):
            assert read(tmp_path / "cut.pdf", whole[:length])


def test_markdown_gives_heading_paths_and_plain_words(tmp_path: Path) -> None:
    text = """---
title: ignored
---
Before any heading.

# Install

Run `make demo` with [the Makefile](Makefile), *twice*
on one line.

## Linux

```sh
# not a heading
make
```

| a | b |
|---|---|
| 1 | 2 |

Setext
------

- one
- two

# Use
The end.
"""
    assert [(section.place, section.text) for section in read(tmp_path / "a.md", text)] == [
        ("", "Before any heading."),
        ("Install", "Run make demo with the Makefile, twice on one line."),
        ("Install > Linux", "# not a heading\nmake\n\na | b\n\n1 | 2"),
        ("Install > Setext", "one\n\ntwo"),
        ("Use", "The end."),
    ]


def test_html_gives_heading_paths_without_navigation(tmp_path: Path) -> None:
    page = """<!doctype html><html><head><title>Manual</title><style>p{}</style></head><body>
    <nav><a href="/">home</a></nav><p>Intro <b>bold</b>text.</p>
    <h1>Install<a class="headerlink" href="#i">¶</a></h1>
    <div>Unpack <i>it</i>.<br>Then<ul><li>one<li>two</ul></div>
    <h2>Linux &amp; co</h2><pre>make \n  test</pre>
    <table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>
    <script>var x = "no";</script><h1>Use</h1><p>The end.</p><footer>foot</footer></body></html>"""
    assert [(section.place, section.text) for section in read(tmp_path / "a.html", page)] == [
        ("Manual", "Intro boldtext."),
        ("Install", "Unpack it. Then\n\none\n\ntwo"),
        ("Install > Linux & co", "make \n  test\n\na | b\n\n1 | 2"),
        ("Use", "The end."),
    ]


def test_html_nested_deeper_than_the_stack(tmp_path: Path) -> None:
    found = read(tmp_path / "deep.html", "<div>" * 5000 + "bottom of it all" + "</div>" * 5000)
    assert found[0].text == "bottom of it all"


def test_html_in_its_own_encoding(tmp_path: Path) -> None:
    page = '<meta charset="iso-8859-1"><p>caf\xe9</p>'.encode("latin-1")
    assert read(tmp_path / "a.htm", page)[0].text == "café"


def test_text_by_paragraph_and_underlined_heading(tmp_path: Path) -> None:
    text = "Title\n=====\n\none\ntwo\n\nthree\n\nPart\n----\n\nfour\n"
    assert [(section.place, section.text) for section in read(tmp_path / "a.rst", text)] == [
        ("Title", "one two\n\nthree"),
        ("Title > Part", "four"),
    ]


def test_gzip_is_unpacked(tmp_path: Path) -> None:
    assert read(tmp_path / "a.md.gz", gzip.compress(b"# A\nwords"))[0] == Section("words", "A")
    with pytest.raises(InputError, match="a broken gzip file"):
        read(tmp_path / "b.md.gz", b"\x1f\x8b\x08broken")
    with pytest.raises(InputError, match="a broken gzip file"):
        read(tmp_path / "c.md.gz", b"not gzip at all")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.txt", b"", "holds no text"),
        ("a.md", b"# Only a heading\n", "holds no text"),
        ("a.txt", b"\x7fELF\0\0\0\0", "binary data"),
        ("a.docx", b"PK", "not a document Treadle reads; use .pdf, .md"),
    ],
)
def test_a_file_without_text_says_so(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read(tmp_path / name, content)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file; check the path"):
        sections(tmp_path / "gone.pdf")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_in_any_usual_encoding(encoding: str) -> None:
    assert decode("Zürich – fünf".encode(encoding)) == "Zürich – fünf"


def test_kind_looks_through_gz() -> None:
    assert [kind(Path(name)) for name in ("A.PDF", "a.md.gz", "a.gz", "README")] == [".pdf", ".md", "", ""]
