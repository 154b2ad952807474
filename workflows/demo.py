"""`make demo`: index the project's own documentation, ask it a question, show how the answer came about."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import Any

from treadle.cli import guarded, live
from treadle.errors import ExecutionFailed
from treadle.timeline import Timeline
from workflows import rag

QUESTION = "What is a lane, and who runs the document in each of them?"


def run(workflow: Any, timeline: Timeline, observer: Any, **given: Any) -> Any:
    """One execution on the local engine: its output."""
    execution = workflow.execute(given, observer=observer)
    timeline.answered(execution.models)
    if execution.status != "SUCCEEDED":
        raise ExecutionFailed(execution.status, execution.error, execution.cause, workflow.where(execution))
    return execution.output


def demo(question: str) -> None:
    docs = Path(__file__).parents[1] / "docs"
    print(f"Indexing {docs.name}/ with the workflow rag.index", flush=True)
    timeline = Timeline()
    with live.shown(timeline) as observer:
        indexed = run(rag.index, timeline, observer, source=str(docs))
    state = "unchanged since the last run" if indexed["unchanged"] else "indexed now"
    print(f"{indexed['passages']} passages of {indexed['files']} documents, by {indexed['model']}, {state}\n")
    print(f"Question: {question}", flush=True)
    timeline = Timeline()
    answered = run(rag.answer, timeline, timeline, question=question)
    print("\nAnswer:")
    for paragraph in (answered["answer"] or "The documents do not say.").split("\n\n"):
        print(textwrap.indent(textwrap.fill(paragraph, 100), "  "))
    print("\nSources:")
    for number, source in enumerate(dict.fromkeys(answered["sources"]), 1):
        print(f"  {number}. {source}")
    print(f"\nThe states of rag.answer, {live.summary(timeline, 'which')}:")
    print("\n".join(f"  {line}" for line in live.lines(timeline)))
    print('\nAsk your own: .venv/bin/treadle run rag.answer --set question="…"')


if __name__ == "__main__":
    # The command line's own handling of errors and interrupts: one line, the right exit code.
    sys.exit(guarded(lambda: demo(" ".join(sys.argv[1:]) or QUESTION)))
