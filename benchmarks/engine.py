"""Treadle's engine beside the others, on the same work in the same call.

    python -m benchmarks.engine [--json FILE] [--turns N] [--without PEER ...]

The work is a loop of Choice and Pass, JSON text in and JSON text out, in JSONata and in JSONPath; what a peer cannot
run, or answers wrongly, has no figure, and one that cannot run a long loop is given a shorter one. Then Treadle's own:
a Map of 100,000 items, one Task, and the loop with a journal.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import loads
from benchmarks.peers import PEERS, Absent, Peer, answers
from treadle.engine import begin, load

LOOPS = {"loop_jsonata": loads.LOOP_JSONATA, "loop_jsonpath": loads.LOOP_JSONPATH}
JOURNALLED = 200  # executions at once with a journal
JOURNALLED_TURNS = 100


def peer_figures(peer: Peer, turns: int) -> tuple[dict[str, float | None], list[str]]:
    """States per second of each loop, None where the peer cannot; and what there is to say about that."""
    turns = min(turns, peer.turns)
    text = loads.loop_input(turns)
    figures: dict[str, float | None] = {}
    remarks: list[str] = []
    for loop, (seconds, output) in answers(peer, {loop: (document, text) for loop, document in LOOPS.items()}).items():
        right = isinstance(output, dict) and output.get("count") == turns
        figures[loop] = round((2 * turns + 2) / seconds) if seconds and right else None
        if not right:
            remarks.append(f"{peer.name} does not run {loop}: {json.dumps(output)[:120]}")
    return figures, remarks


def journalled_states_per_s() -> float:
    """States per second of many counting loops at once, each kept in a journal on disk as it goes."""
    from treadle.engine.journal import Journal

    machine = load(loads.LOOP_JSONATA)
    with tempfile.TemporaryDirectory() as folder:

        async def work() -> float:
            journal = Journal(Path(folder) / "journal.sqlite")
            began = time.perf_counter()
            executions = [
                begin(machine, {"count": 0, "turns": JOURNALLED_TURNS}, journal=journal) for _ in range(JOURNALLED)
            ]
            await asyncio.gather(*(execution.work_alone() for execution in executions))
            journal.flush()
            took = time.perf_counter() - began
            journal.close()
            assert all(execution.output["count"] == JOURNALLED_TURNS for execution in executions)
            return took

        return JOURNALLED * (2 * JOURNALLED_TURNS + 2) / asyncio.run(work())


def measure(turns: int, without: list[str]) -> tuple[dict[str, float | None], list[str]]:
    """Every figure by its name, and the remarks."""
    figures: dict[str, float | None] = dict(loads.measure())
    figures["journalled_states_per_s"] = round(max(journalled_states_per_s() for _ in range(3)))
    remarks: list[str] = []
    fastest = dict.fromkeys(LOOPS, 0.0)
    for peer in PEERS:
        found: dict[str, float | None] = dict.fromkeys(LOOPS)
        if peer.name not in without:
            try:
                found, said = peer_figures(peer, turns)
                remarks += said
            except Absent as problem:
                remarks.append(str(problem))
        for loop, figure in found.items():
            figures[f"{peer.name}_{loop}_states_per_s"] = figure
            fastest[loop] = max(fastest[loop], figure or 0)
    for loop, best in fastest.items():
        own = figures[f"{loop}_states_per_s"]
        figures[f"{loop}_ratio_fastest_peer"] = round(own / best, 1) if own and best else None
    return figures, remarks


def show(figures: dict[str, float | None], remarks: list[str]) -> None:
    names = ["treadle", *(peer.name for peer in PEERS)]
    print(f"{'states per second':26} {'JSONata loop':>14} {'JSONPath loop':>14}")
    for name in names:
        prefix = "" if name == "treadle" else f"{name}_"
        row = [figures.get(f"{prefix}{loop}_states_per_s") for loop in LOOPS]
        print(
            f"{name:26} " + " ".join(f"{'-' if figure is None else format(round(figure), ','):>14}" for figure in row)
        )
    ratios = [figures[f"{loop}_ratio_fastest_peer"] for loop in LOOPS]
    print(f"{'times the fastest peer':26} " + " ".join(f"{'-' if ratio is None else ratio:>14}" for ratio in ratios))
    print()
    for name, label in (
        ("map_100k_s", "a Map of 100,000 items, s"),
        ("one_task_us", "an execution with one Task, us"),
        ("journalled_states_per_s", "states per second with a journal"),
    ):
        print(f"{label:34} {figures[name]:>12,}")
    for remark in remarks:
        print(f"note: {remark}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description="Treadle's engine beside the others")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as one flat JSON object")
    parser.add_argument("--turns", type=int, default=loads.TURNS, help="turns of each loop")
    parser.add_argument("--without", nargs="*", default=[], metavar="PEER", choices=[peer.name for peer in PEERS])
    options = parser.parse_args()
    figures, remarks = measure(options.turns, options.without)
    show(figures, remarks)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
