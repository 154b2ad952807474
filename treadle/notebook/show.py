"""HTML for a notebook cell: self-contained, without scripts, readable on light and dark pages."""

from __future__ import annotations

import inspect
import json
from html import escape
from typing import TYPE_CHECKING, Any

from treadle import asl
from treadle.errors import CompileError
from treadle.timeline import Row, Timeline, duration

if TYPE_CHECKING:
    from treadle.engine import Execution
    from treadle.workflow import Workflow

LONGEST = 4000
"""Characters of an input or output that are shown; a vector of 1,000 numbers helps nobody."""
_COLOURS = {
    "succeeded": "#2e9e5b",
    "caught": "#c98a00",
    "failed": "#d0453a",
    "aborted": "#888888",
    "running": "#2f7fd1",
}
_CELL = "padding:2px 10px 2px 0;border:0;text-align:left;vertical-align:top"
_TEXT = "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px"


def workflow(found: Workflow[..., Any]) -> str:
    """The workflow's name, what it is for, and its graph; of one that does not compile, every problem."""
    title = f"<b>{escape(found.name)}</b> {escape(_summary(found))}"
    try:
        drawing = asl.svg(asl.graph(found.definition))
    except CompileError as error:
        return f'<div>{title}<pre style="{_TEXT};color:{_COLOURS["failed"]}">{escape(str(error))}</pre></div>'
    return f'<div>{title}<div style="overflow:auto">{drawing}</div></div>'


def execution(found: Execution) -> str:
    """How it ended, its output, and a row for each state: when, how long, which model, input and output."""
    timeline = Timeline.of(found.history(), found.models)
    rows = "".join(_row(row, timeline) for row in timeline.rows)
    colour = _COLOURS["succeeded" if found.status == "SUCCEEDED" else "failed"]
    head = f'<b style="color:{colour}">{escape(found.status)}</b> in {duration(timeline.seconds)}'
    result = _value(found.output) if found.status == "SUCCEEDED" else _failure(found.error, found.cause)
    table = f'<table style="border-collapse:collapse;border:0;margin:6px 0">{rows}</table>'
    drawing = asl.svg(
        asl.graph(found.machine.definition),
        {row.name: row.status for row in timeline.rows},
        {row.name: row.spent() for row in timeline.rows},
    )
    graph = f'<details><summary>graph</summary><div style="overflow:auto">{drawing}</div></details>'
    return f"<div>{head}{result}{table}{graph}</div>"


def _summary(found: Workflow[..., Any]) -> str:
    return (inspect.getdoc(found.function) or "").partition("\n")[0]


def _row(row: Row, timeline: Timeline) -> str:
    colour = _COLOURS[row.status]
    name = f'<span style="padding-left:{16 * row.depth}px">{escape(row.name)}</span>'
    cells = [
        f'<span style="color:{colour}">●</span> {name}',
        escape(row.type),
        escape(row.counts),
        duration(row.spent()),
        _bar(row, timeline, colour),
        escape(", ".join(row.models)),
    ]
    line = "".join(f'<td style="{_CELL}">{cell}</td>' for cell in cells)
    data = f'<td colspan="6" style="{_CELL}">{_data(row)}</td>'
    return "".join(f'<tr style="background:none">{part}</tr>' for part in (line, data))


def _bar(row: Row, timeline: Timeline, colour: str) -> str:
    began = timeline.began or row.began
    whole = max(timeline.seconds, 1e-9)
    left = 100 * (row.began - began) / whole
    width = max(1.0, 100 * ((row.ended or row.began) - row.began) / whole)
    return (
        '<div style="width:160px;height:8px;margin-top:6px">'
        f'<div style="margin-left:{left:.1f}%;width:{min(width, 100 - left):.1f}%;height:8px;'
        f'border-radius:4px;background:{colour}"></div></div>'
    )


def _data(row: Row) -> str:
    """What went in and out in the last turn, folded away: of a Task what it sent and received, else the state's own."""
    last = " of the last turn" if row.turns > 1 else ""
    if row.sent is not None:
        parts = [_fold(f"input{last}", row.sent), _fold(f"output{last}", row.received)]
    else:
        parts = [_fold(f"input{last}", row.input), _fold(f"output{last}", row.output)]
    assigned = {name: _parsed(text) for name, text in row.assigned.items()}
    if assigned:
        parts.append(_fold(f"variables{last}", json.dumps(assigned, ensure_ascii=False)))
    if row.error:
        parts.append(_failure(row.error, row.cause))
    return "".join(parts)


def _fold(title: str, text: str | None) -> str:
    if text is None:
        return ""
    return f'<details style="margin-left:16px;{_TEXT}"><summary>{title}</summary>{_pre(_pretty(text))}</details>'


def _failure(error: str | None, cause: str | None) -> str:
    text = ": ".join(part for part in (error, cause) if part)
    return f'<pre style="{_TEXT};color:{_COLOURS["failed"]};white-space:pre-wrap">{escape(_cut(text))}</pre>'


def _value(value: Any) -> str:
    return _pre(json.dumps(value, indent=2, ensure_ascii=False))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _pretty(text: str) -> str:
    value = _parsed(text)
    return value if value is text else json.dumps(_short(value), indent=2, ensure_ascii=False)


def _short(value: Any) -> Any:
    """A vector as its first numbers and its length."""
    if isinstance(value, list):
        if len(value) > 16 and all(isinstance(item, int | float) for item in value):
            return f"[{', '.join(f'{item:.4g}' for item in value[:3])}, … {len(value)} numbers]"
        return [_short(item) for item in value]
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}
    return value


def _pre(text: str) -> str:
    return f'<pre style="{_TEXT};white-space:pre-wrap;margin:4px 0 4px 16px">{escape(_cut(text))}</pre>'


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n… {len(text) - LONGEST} characters more"
