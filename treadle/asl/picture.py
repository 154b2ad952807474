"""A graph as one self-contained SVG: no script, no font to fetch, light and dark as the reader's system is.

Marks show an execution on it: a status for each state ("succeeded", "failed", "running", "caught") and its duration.
Nothing of a style leaks: all of it hangs on the picture's own id, so many can stand in one page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final

from treadle.asl.graphs import Edge, Graph, Node
from treadle.asl.layout import GAP_X, Layout, Route, Wire, layered

_MARGIN = 24.0
_PAD = 16.0
_HEAD = 40.0
_LINE = 16.0
_MOST = 240.0
_LEAST = 96.0
_BOLD = 14.5  # a bold letter of 13 pixels is as wide as a plain one of this
_STRIPE = 8.0
_TERMINAL = 9.0
_START, _END = "\x00start", "\x00end"

# Of one em: what the letters of a sans serif take, wide enough for the fonts that systems have.
_NARROW, _WIDE = frozenset("iljtfrI.,:;|!'()[]{} /\\-\"`"), frozenset("mwMW@%&—…")
_KIND: Final[Mapping[str, str]] = {
    "Task": "task",
    "Choice": "choice",
    "Parallel": "group",
    "Map": "group",
    "Wait": "plain",
    "Pass": "plain",
    "Succeed": "good",
    "Fail": "bad",
}
_SIGNS: Final[Mapping[str, str]] = {
    "succeeded": "M-3.6 .2 -1 2.8 3.6 -2.6",
    "failed": "M-2.8 -2.8 2.8 2.8M2.8 -2.8 -2.8 2.8",
    "running": "M0 -3.4V0L2.6 1.6",
    "caught": "M0 -3.6V.6M0 3.3v.2",
}


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A node, measured: its lines of text and what it holds, laid out."""

    node: Node
    width: float
    height: float
    title: tuple[str, ...]
    detail: str
    parts: tuple[_Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class _Picture:
    """A scope, laid out: its nodes by name, its edges with their labels as shown."""

    layout: Layout
    nodes: Mapping[str, _Drawn]
    edges: tuple[tuple[Edge, str], ...]
    terminals: tuple[str, ...] = ()


def svg(graph: Graph, marks: Mapping[str, str] | None = None, durations: Mapping[str, float] | None = None) -> str:
    """The picture of `graph`. `marks` are statuses and `durations` seconds, both by state name."""
    picture = _picture(graph, ends=True)
    width, height = picture.layout.width + 2 * _MARGIN, picture.layout.height + 2 * _MARGIN
    body = _draw(picture, _MARGIN, _MARGIN, marks or {}, durations or {})
    key = "g" + hashlib.sha256(body.encode()).hexdigest()[:8]
    body = body.replace("url(#arrow", f"url(#{key}")
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{key}" class="treadle-graph" role="img" {size}>\n'
        f"<title>State machine with {len(graph.nodes)} states</title>\n<style>{_style(key)}</style>\n"
        f"<defs>{''.join(_marker(key, kind) for kind in ('next', 'catch'))}</defs>\n"
        f'<rect class="paper" width="100%" height="100%" rx="8"/>\n{body}</svg>\n'
    )


# Measuring ----------------------------------------------------------------------------------------------------------


def _picture(graph: Graph, ends: bool = False) -> _Picture:
    nodes = {node.name: _measure(node) for node in graph.nodes}
    edges = [(edge, _shorten(edge.label, _MOST, 11)) for edge in graph.edges]
    boxes = {name: (drawn.width, drawn.height) for name, drawn in nodes.items()}
    terminals: list[str] = []
    if ends:
        terminals = [_START] if graph.start in nodes else []
        edges += [(Edge(_START, graph.start, "next"), "")] if terminals else []
        leaving = [node.name for node in graph.nodes if node.end]
        terminals += [_END] if leaving else []
        edges += [(Edge(name, _END, "next"), "") for name in leaving]
        # The start comes first, so that the way down from it is the straight one.
        boxes = dict.fromkeys(terminals[:1], (2 * _TERMINAL, 2 * _TERMINAL)) | boxes
        boxes |= dict.fromkeys(terminals, (2 * _TERMINAL, 2 * _TERMINAL))
    wires = [
        Wire(edge.source, edge.target, _width(label, 11) + 20 if label else 0, _LINE if label else 0, _arrow(edge))
        for edge, label in edges
    ]
    start = _START if _START in boxes else graph.start
    return _Picture(layered(boxes, wires, start), nodes, tuple(edges), tuple(terminals))


def _measure(node: Node) -> _Drawn:
    title = _wrap(node.name, _MOST, _BOLD)
    words = " · ".join(part for part in (node.type, node.detail) if part)
    detail = _shorten(words, _MOST, 11)
    width = max(_LEAST, *(_width(line, _BOLD) for line in title), _width(detail, 11)) + 2 * _PAD + _STRIPE
    height = _LINE * (len(title) + 1) + 16
    if not node.graphs:
        return _Drawn(node, width, height, title, detail)
    parts = tuple(_picture(graph) for graph in node.graphs)
    inside = sum(part.layout.width + 2 * _PAD for part in parts) + GAP_X / 2 * (len(parts) - 1)
    tall = max(part.layout.height for part in parts) + 2 * _PAD
    return _Drawn(node, max(width, inside + 2 * _PAD), height + tall + _PAD, title, detail, parts)


def _width(text: str, size: float) -> float:
    return size * sum(
        0.34 if c in _NARROW else 0.9 if c in _WIDE or ord(c) > 0x2E7F else 0.68 if c.isupper() else 0.57 for c in text
    )


def _shorten(text: str, most: float, size: float) -> str:
    if _width(text, size) <= most:
        return text
    while text and _width(text + "…", size) > most:
        text = text[:-1]
    return text.rstrip() + "…"


def _wrap(text: str, most: float, size: float) -> tuple[str, ...]:
    """One line, or two where the text has a blank to break at; what is longer ends in an ellipsis."""
    if _width(text, size) <= most:
        return (text,)
    cut = max((place for place, c in enumerate(text) if c == " " and _width(text[:place], size) <= most), default=0)
    if not cut:
        return (_shorten(text, most, size),)
    return (text[:cut], _shorten(text[cut + 1 :], most, size))


# Drawing ------------------------------------------------------------------------------------------------------------


def _draw(picture: _Picture, x: float, y: float, marks: Mapping[str, str], durations: Mapping[str, float]) -> str:
    """The scope with its top left corner at (x, y): wires first, boxes over them, labels last."""
    layout = picture.layout
    out = [f'<g transform="translate({_n(x)} {_n(y)})">\n']
    out += [_wire(edge, route) for (edge, _), route in zip(picture.edges, layout.routes, strict=True)]
    for name, drawn in picture.nodes.items():
        out.append(_box(drawn, *layout.places[name], marks, durations))
    for name in picture.terminals:
        cx, cy = layout.places[name]
        ring = f'<circle class="ring" r="{_n(_TERMINAL)}" cx="{_n(cx)}" cy="{_n(cy)}"/>' if name == _END else ""
        radius = _TERMINAL - 4 if name == _END else _TERMINAL - 2
        out.append(f'{ring}<circle class="dot" r="{_n(radius)}" cx="{_n(cx)}" cy="{_n(cy)}"/>\n')
    for (edge, label), route in zip(picture.edges, layout.routes, strict=True):
        if label and route.label:
            out.append(_label(edge, label, *route.label))
    return "".join([*out, "</g>\n"])


def _wire(edge: Edge, route: Route) -> str:
    stops = route.stops
    path = [f"M{_n(stops[0][0])} {_n(stops[0][1])}V{_n(stops[0][2])}"]
    for before, after in pairwise(stops):
        (x0, _, y0), (x1, y1, y2) = before, after
        if route.back and (before is stops[0] or after is stops[-1]):
            # At the side of a box: out (or in) along the row, then up (or from below) the lane.
            path.append(f"L{_n(x1)} {_n(y1)}" if abs(y1 - y0) < 1 else f"Q{_n(x1)} {_n(y0)} {_n(x1)} {_n(y1)}")
        elif abs(x0 - x1) < 0.5:
            path.append(f"L{_n(x1)} {_n(y1)}")
        else:
            middle = (y0 + y1) / 2
            path.append(f"C{_n(x0)} {_n(middle)} {_n(x1)} {_n(middle)} {_n(x1)} {_n(y1)}")
        if abs(y2 - y1) > 0.5:
            path.append(f"L{_n(x1)} {_n(y2)}")
    arrow = "" if route.joins else f' marker-end="url(#arrow-{_arrow(edge)})"'
    return f'<path class="wire {edge.kind}" d="{"".join(path)}"{arrow}/>\n'


def _arrow(edge: Edge) -> str:
    return "catch" if edge.kind == "catch" else "next"


def _label(edge: Edge, label: str, x: float, y: float) -> str:
    width = _width(label, 11) + 8
    full = f"<title>{escape(edge.label)}</title>" if label != edge.label else ""
    size = f'x="{_n(x - width / 2)}" y="{_n(y - 8)}" width="{_n(width)}" height="16" rx="4"'
    text = f'<text x="{_n(x)}" y="{_n(y + 3.8)}">{escape(label)}</text>'
    return f'<g class="label {edge.kind}">{full}<rect {size}/>{text}</g>\n'


def _box(drawn: _Drawn, x: float, y: float, marks: Mapping[str, str], durations: Mapping[str, float]) -> str:
    node, left, top = drawn.node, x - drawn.width / 2, y - drawn.height / 2
    status = marks.get(node.name, "").lower()
    kind = _KIND.get(node.type, "plain")
    out = [
        f'<g class="state {kind}{f" is-{status}" if status in _SIGNS else ""}"><title>{escape(_tip(node))}</title>\n'
    ]
    size = f'x="{_n(left)}" y="{_n(top)}" width="{_n(drawn.width)}" height="{_n(drawn.height)}"'
    out.append(f'<rect class="box" {size} rx="10"/>')
    out.append(
        f'<rect class="stripe" x="{_n(left + 7)}" y="{_n(top + 10)}" width="4" height="{_n(_stripe(drawn))}" rx="2"/>'
    )
    line = top + 8
    for text in drawn.title:
        line += _LINE
        out.append(f'<text class="name" x="{_n(x + _STRIPE / 2)}" y="{_n(line - 2)}">{escape(text)}</text>')
    out.append(
        f'<text class="detail" x="{_n(x + _STRIPE / 2)}" y="{_n(line + _LINE - 2)}">{escape(drawn.detail)}</text>\n'
    )
    out += _inside(drawn, left, line + _LINE + 8, marks, durations)
    if status in _SIGNS:
        cx, cy = left + drawn.width - 2, top + 2
        out.append(
            f'<g class="mark" transform="translate({_n(cx)} {_n(cy)})"><circle r="8"/><path d="{_SIGNS[status]}"/></g>'
        )
    if node.name in durations:
        seconds = _seconds(durations[node.name])
        out.append(
            f'<text class="time" x="{_n(left + drawn.width - 8)}" y="{_n(top + drawn.height + 11)}">{seconds}</text>'
        )
    return "".join([*out, "</g>\n"])


def _stripe(drawn: _Drawn) -> float:
    return _LINE * (len(drawn.title) + 1) - 4


def _inside(
    drawn: _Drawn, left: float, top: float, marks: Mapping[str, str], durations: Mapping[str, float]
) -> list[str]:
    """The scopes that a Map or a Parallel holds, side by side."""
    parts = drawn.parts
    if not parts:
        return []
    widths = [part.layout.width + 2 * _PAD for part in parts]
    tall = max(part.layout.height for part in parts) + 2 * _PAD
    x = left + (drawn.width - sum(widths) - GAP_X / 2 * (len(parts) - 1)) / 2
    out = []
    for part, width in zip(parts, widths, strict=True):
        out.append(f'<rect class="scope" x="{_n(x)}" y="{_n(top)}" width="{_n(width)}" height="{_n(tall)}" rx="8"/>')
        out.append(_draw(part, x + _PAD, top + _PAD, marks, durations))
        x += width + GAP_X / 2
    return out


def _tip(node: Node) -> str:
    return "\n".join(part for part in (node.name, node.type, node.detail, node.comment) if part)


def _seconds(value: float) -> str:
    if value < 0.001:
        return "<1 ms"
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 60:
        return f"{value:.1f} s"
    minutes = round(value / 60)
    return f"{minutes} min" if minutes < 120 else f"{value / 3600:.1f} h"


def _n(value: float) -> str:
    """A coordinate: half a pixel is fine enough, and the same everywhere."""
    return f"{round(value * 2) / 2:g}"


def _marker(key: str, kind: str) -> str:
    place = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"'
    return f'<marker id="{key}-{kind}" class="head-{kind}" {place}><path d="M0 .6 7.6 4 0 7.4z"/></marker>'


# Colours of one purpose each, (light, dark).
_COLOURS: Final[tuple[tuple[str, str, str], ...]] = (
    (".paper", "fill:#fbfbfd", "fill:#16181d"),
    (".box", "fill:#fff;stroke:#cfd4dc", "fill:#20242c;stroke:#3b424e"),
    (".scope", "fill:#f4f6f9;stroke:#dde2ea", "fill:#191c22;stroke:#303641"),
    (".name", "fill:#1b1f27", "fill:#e9ecf1"),
    (".detail,.time", "fill:#68717f", "fill:#98a1af"),
    (".time", "stroke:#fbfbfd", "stroke:#16181d"),
    (".wire", "stroke:#8b94a3", "stroke:#6d7684"),
    (".head-next path,.dot", "fill:#8b94a3", "fill:#6d7684"),
    (".ring", "stroke:#8b94a3", "stroke:#6d7684"),
    (".wire.catch", "stroke:#d9776c", "stroke:#c8665b"),
    (".head-catch path", "fill:#d9776c", "fill:#c8665b"),
    (".label rect", "fill:#fbfbfd", "fill:#16181d"),
    (".scope~g .label rect", "fill:#f4f6f9", "fill:#191c22"),
    (".label text", "fill:#4d5664", "fill:#aab3c0"),
    (".label.catch text", "fill:#b4493d", "fill:#e08b81"),
    (".task>.stripe", "fill:#e58a2e", "fill:#e09543"),
    (".choice>.stripe", "fill:#8759d6", "fill:#a283e6"),
    (".group>.stripe", "fill:#2f7de1", "fill:#5b9bee"),
    (".plain>.stripe", "fill:#9aa3b1", "fill:#727c8a"),
    (".good>.stripe", "fill:#2e9e5b", "fill:#48b877"),
    (".bad>.stripe", "fill:#d64b3f", "fill:#e5695e"),
    (".is-succeeded>.box", "stroke:#2e9e5b", "stroke:#48b877"),
    (".is-succeeded>.mark circle", "fill:#2e9e5b", "fill:#2e9e5b"),
    (".is-failed>.box", "stroke:#d64b3f", "stroke:#e5695e"),
    (".is-failed>.mark circle", "fill:#d64b3f", "fill:#d64b3f"),
    (".is-running>.box", "stroke:#2f7de1", "stroke:#5b9bee"),
    (".is-running>.mark circle", "fill:#2f7de1", "fill:#2f7de1"),
    (".is-caught>.box", "stroke:#d08a1d", "stroke:#e0a445"),
    (".is-caught>.mark circle", "fill:#d08a1d", "fill:#d08a1d"),
)
_SHAPES: Final = (
    "{0} text{{font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;text-anchor:middle}}"
    "{0} .name{{font-size:13px;font-weight:600}}{0} .detail,{0} .label text{{font-size:11px}}"
    "{0} .time{{font-size:10px;text-anchor:end;paint-order:stroke;stroke-width:4px}}"
    "{0} .wire,{0} .ring{{fill:none;stroke-width:1.5}}"
    "{0} .wire.catch{{stroke-dasharray:5 4}}{0} .scope{{stroke-dasharray:4 4}}"
    "{0} .mark path{{fill:none;stroke:#fff;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}}"
    "{0} .is-succeeded>.box,{0} .is-failed>.box,{0} .is-running>.box,{0} .is-caught>.box{{stroke-width:2}}"
)


def _style(key: str) -> str:
    def rules(shade: int) -> str:
        return "".join(
            f"{','.join(f'#{key} {part}' for part in row[0].split(','))}{{{row[shade]}}}" for row in _COLOURS
        )

    return f"{_SHAPES.format(f'#{key}')}{rules(1)}@media (prefers-color-scheme:dark){{{rules(2)}}}"
