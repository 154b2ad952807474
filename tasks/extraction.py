"""Documents in, sections of plain text out: PDF by page, Markdown and HTML by heading, text as it is.

A file that cannot be read raises `InputError` with one line that says what to do. Files ending in `.gz` are unpacked.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from treadle.errors import InputError, MissingExtra

LARGEST = 256 << 20
"""Bytes of one document, unpacked, that are read at most."""


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of one document. `place` is "page 12", a heading path "Install > Linux", or "" at the top.

    Paragraphs are separated by blank lines; a paragraph is one line, except code, whose lines are kept.
    `flows` says that the text runs on from the section before, as the pages of a PDF do.
    """

    text: str
    place: str = ""
    flows: bool = False


def sections(path: Path) -> list[Section]:
    """The sections of one file that have text, in order."""
    reader = READERS.get(kind(path))
    if reader is None:
        raise InputError(f"{path}: not a document Treadle reads; use {', '.join(READERS)}")
    found = [section for section in reader(_bytes(path), path) if section.text.strip()]
    if not found:
        raise InputError(f"{path}: {EMPTY.get(kind(path), 'it holds no text')}")
    return found


def kind(path: Path) -> str:
    """The suffix that decides how a file is read: ".md" for "README.md" and "README.md.gz"."""
    suffixes = path.suffixes
    if suffixes and suffixes[-1].lower() == ".gz":
        suffixes.pop()
    return suffixes[-1].lower() if suffixes else ""


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path}: larger than {LARGEST >> 20} MiB; split it into smaller documents")
        if path.suffix.lower() != ".gz":
            return path.read_bytes()
        with gzip.open(path) as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the path") from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise InputError(f"{path}: a broken gzip file; make or download it again") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(data) > LARGEST:
        raise InputError(f"{path}: larger than {LARGEST >> 20} MiB unpacked; split it into smaller documents")
    return data


def decode(data: bytes) -> str:
    """Text of unknown encoding: by its byte order mark, else UTF-8, else Windows-1252."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


# ---------------------------------------------------------------------------------------------------------------- PDF


def _pdf(data: bytes, path: Path) -> Iterator[Section]:
    try:
        import pypdfium2  # type: ignore[import-untyped]
    except ImportError:
        raise MissingExtra("reading PDF", "documents") from None
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise InputError(f"{path}: encrypted with a password; save a copy without one and index that") from None
        raise InputError(
            f"{path}: not a PDF that can be opened (broken or cut short); make or download it again"
        ) from None
    try:
        pages = [_page(document, number) for number in range(len(document))]
    finally:
        document.close()
    running = _running(pages)
    for number, lines in enumerate(pages, 1):
        kept = [line for at, line in enumerate(lines) if not (_outer(at, lines) and _keys(line, number) & running)]
        # A page made of nothing but such lines is a page of text that looks alike, not a header alone.
        much = sum(map(len, kept)) * 2 >= sum(map(len, lines))
        yield Section(_paragraphs(kept if much else lines), f"page {number}", flows=number > 1)


def _page(document: Any, number: int) -> list[str]:
    """The lines of one page; a page that pdfium cannot load has none, the others are still worth reading."""
    import pypdfium2

    try:
        page = document[number]
        text = page.get_textpage().get_text_range()
        page.close()
    except pypdfium2.PdfiumError:
        return []
    # U+FFFE and U+0002 are how pdfium writes a hyphen at the end of a line that it has joined.
    text = text.replace("\ufffe", "").replace("\x02", "").replace("\x00", "")
    return [" ".join(line.split()) for line in text.splitlines()]


def _outer(at: int, lines: list[str]) -> bool:
    return at in (0, len(lines) - 1)


def _keys(line: str, page: int) -> set[str]:
    """What a header or footer shares with those of other pages: its words, or that it counts the pages."""
    counter = re.match(r"(\d+)\b", line) or re.search(r"\b(\d+)$", line)
    return {line, f"+{int(counter.group(1)) - page}"} if counter else {line}


def _running(pages: list[list[str]]) -> set[str]:
    """The keys of lines that stand first or last on three pages or more."""
    counts: Counter[str] = Counter()
    for number, lines in enumerate(pages, 1):
        outer = [line for at, line in enumerate(lines) if line and _outer(at, lines)]
        counts.update({key for line in outer for key in _keys(line, number)})
    return {key for key, count in counts.items() if count >= 3}


def _paragraphs(lines: list[str]) -> str:
    """Lines joined into paragraphs. PDF has none: one ends at a short line that the next does not go on from."""
    width = max((len(line) for line in lines), default=0)
    paragraphs: list[str] = []
    current = ""
    for line, after in pairwise([*lines, ""]):
        if current.endswith("-") and current[-2:-1].isalpha() and line[:1].islower():
            current = current[:-1] + line
        else:
            current = f"{current} {line}".strip()
        if not after or (len(line) < 0.75 * width and (line[-1:] in ".!?:" or not after[0].islower())):
            paragraphs.append(current)
            current = ""
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


# ----------------------------------------------------------------------------------------------------------- Markdown


def _markdown(data: bytes, path: Path) -> Iterator[Section]:
    from markdown_it import MarkdownIt

    text = re.sub(r"\A---\n.*?\n(---|\.\.\.)\n", "", decode(data).replace("\r\n", "\n"), flags=re.DOTALL)
    outline = _Outline()
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    row: list[str] = []
    for at, token in enumerate(tokens):
        before = tokens[at - 1].type if at else ""
        if token.type == "heading_open":
            yield from outline.open(int(token.tag[1:]), _inline(tokens[at + 1]))
        elif token.type == "inline" and before in ("th_open", "td_open"):
            row.append(_inline(token))
        elif token.type == "tr_close":
            outline.add(" | ".join(row))
            row = []
        elif token.type == "inline" and before != "heading_open":
            outline.add(_inline(token))
        elif token.type in ("fence", "code_block"):
            outline.add(token.content.rstrip())
    yield from outline.close()


def _inline(token: Any) -> str:
    """The words of a line of Markdown, without its marks."""
    parts = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return " ".join("".join(parts).split())


class _Outline:
    """Gathers blocks of text under the headings that are open."""

    def __init__(self) -> None:
        self._headings: list[tuple[int, str]] = []
        self._blocks: list[str] = []

    def open(self, level: int, heading: str) -> Iterator[Section]:
        """A heading ends the section before it. The marks of a heading's link to itself are no part of it."""
        yield from self.close()
        heading = heading.rstrip("#¶§ ")
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        if heading:
            self._headings.append((level, heading))

    def add(self, block: str) -> None:
        if block.strip(" |"):
            self._blocks.append(block.strip(" |"))

    def close(self) -> Iterator[Section]:
        if self._blocks:
            yield Section("\n\n".join(self._blocks), " > ".join(heading for _, heading in self._headings))
        self._blocks = []


# --------------------------------------------------------------------------------------------------------------- HTML

_NOISE = (
    "head, script, style, noscript, template, svg, nav, footer, form, button, iframe, .sphinxsidebar, .navheader, "
    ".navfooter, .related, .headerlink, .toc, #toc, .docnav, .breadcrumbs, "
    "[role=navigation], [role=search], [role=banner], [aria-hidden=true]"
)
_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure "
        "header hr html li main ol p section summary table tbody tfoot thead tr ul",
    )
)


def _html(data: bytes, path: Path) -> Iterator[Section]:
    try:
        from selectolax.lexbor import LexborHTMLParser
    except ImportError:
        raise MissingExtra("reading HTML", "documents") from None
    charset = re.search(rb"<meta[^>]+charset=[\"']?([\w-]+)", data[:2048], re.IGNORECASE)
    tree = LexborHTMLParser(_decode_as(data, charset.group(1).decode() if charset else ""))
    title = tree.css_first("title")
    name = " ".join(title.text().split()) if title else ""
    for node in tree.css(_NOISE):
        node.decompose()
    root = tree.css_first("main, [role=main], #content, article") or tree.body
    walk = _Html()
    found = list(walk.sections(root)) if root is not None else []
    for section in found:
        yield section if section.place else Section(section.text, name)


def _decode_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding) if encoding else decode(data)
    except (LookupError, UnicodeDecodeError):
        return decode(data)


class _Html:
    """One walk over an HTML tree: inline text runs together, a block ends a paragraph, a heading ends a section."""

    def __init__(self) -> None:
        self._outline = _Outline()
        self._line: list[str] = []

    def sections(self, root: Any) -> Iterator[Section]:
        # A stack instead of recursion: a page may nest deeper than Python's stack. None closes a block.
        stack: list[Any] = [root]
        while stack:
            node = stack.pop()
            if node is None:
                self._flush()
                continue
            tag = node.tag
            if tag == "-text":
                self._line.append(node.text_content or "")
            elif tag == "pre":
                self._flush()
                self._outline.add(node.text(deep=True).strip("\n").rstrip())
            elif len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
                self._flush()
                yield from self._outline.open(int(tag[1]), " ".join(node.text(deep=True).split()))
            elif tag == "br":
                self._line.append(" ")
            elif tag in ("td", "th"):
                self._line.append(" | " if "".join(self._line).strip() else "")
                stack.extend(reversed(list(node.iter(include_text=True))))
            elif not tag.startswith("-"):
                block = tag in _BLOCKS
                if block:
                    self._flush()
                    stack.append(None)
                stack.extend(reversed(list(node.iter(include_text=True))))
        self._flush()
        yield from self._outline.close()

    def _flush(self) -> None:
        self._outline.add(" ".join("".join(self._line).split()))
        self._line = []


# --------------------------------------------------------------------------------------------------------------- text


def _text(data: bytes, path: Path) -> Iterator[Section]:
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{path}: holds binary data, not text; index the document it was made from")
    outline = _Outline()
    marks: list[str] = []
    paragraph: list[str] = []
    for line, after in pairwise([*decode(data).replace("\f", "\n\n").splitlines(), ""]):
        if _UNDERLINE.fullmatch(line) and not paragraph:
            continue
        if line.strip() and _UNDERLINE.fullmatch(after) and len(after.strip()) >= len(line.strip()) - 2:
            marks += [] if after[0] in marks else [after[0]]
            outline.add(" ".join(paragraph))
            yield from outline.open(marks.index(after[0]) + 1, line.strip())
            paragraph = []
        elif line.strip():
            paragraph.append(line.strip())
        else:
            outline.add(" ".join(paragraph))
            paragraph = []
    outline.add(" ".join(paragraph))
    yield from outline.close()


_UNDERLINE = re.compile(r"([=\-~^\"*+#])\1{2,}\s*")
"""What makes the line above it a heading, as in reStructuredText; which mark came first is the higher level."""


READERS: dict[str, Callable[[bytes, Path], Iterator[Section]]] = {
    ".pdf": _pdf,
    ".md": _markdown,
    ".markdown": _markdown,
    ".html": _html,
    ".htm": _html,
    ".xhtml": _html,
    ".txt": _text,
    ".text": _text,
    ".rst": _text,
    ".adoc": _text,
}
EMPTY = {".pdf": "its pages hold no text (a scan?); run it through OCR first, for example `ocrmypdf in.pdf out.pdf`"}
