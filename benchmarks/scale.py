"""How much the engine can hold: executions that wait at once in one process, and items of one Distributed Map.

    python -m benchmarks.scale [--json FILE] [--executions N] [--items N]

Each is measured in a process of its own. Memory is the resident set, in MiB; of the map, its growth over the start.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

JSON = Any
MIB = 1 << 20

WAITING: dict[str, JSON] = {
    "QueryLanguage": "JSONata",
    "StartAt": "Keep",
    "States": {
        "Keep": {"Type": "Pass", "Assign": {"order": "{% $states.input.order %}"}, "Next": "Hold"},
        "Hold": {"Type": "Wait", "Seconds": 3600, "Next": "Done"},
        "Done": {"Type": "Succeed"},
    },
}

DISTRIBUTED: dict[str, JSON] = {
    "QueryLanguage": "JSONata",
    "StartAt": "Each",
    "States": {
        "Each": {
            "Type": "Map",
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "JSONL"},
                "Arguments": {"Bucket": "{% $states.input.folder %}", "Key": "items.jsonl"},
            },
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "Double",
                "States": {"Double": {"Type": "Pass", "Output": "{% $states.input.n * 2 %}", "End": True}},
            },
            "ResultWriter": {
                "Resource": "arn:aws:states:::s3:putObject",
                "WriterConfig": {"OutputType": "JSONL", "Transformation": "COMPACT"},
                "Arguments": {"Bucket": "{% $states.input.folder %}", "Prefix": "results"},
            },
            "End": True,
        }
    },
}


def resident() -> int:
    """Bytes of this process in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def peak() -> int:
    """The most bytes this process has had in memory. (getrusage's would count the process that started it.)"""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) * 1024


def waiting(executions: int) -> dict[str, float]:
    """Starts that many executions, lets all of them come to their Wait state, and looks at the memory."""
    from treadle.engine import begin, load

    machine = load(WAITING)

    async def work() -> dict[str, float]:
        began = time.perf_counter()
        started = [begin(machine, {"order": {"id": number, "lines": ["a", "b"]}}) for number in range(executions)]
        tasks = [asyncio.create_task(execution.work_alone()) for execution in started]
        held = 0
        while held < executions:
            await asyncio.sleep(0.05)
            held = sum(execution.frame.until is not None for execution in started)
        took = time.perf_counter() - began
        figures = {
            "waiting_executions": held,
            "waiting_rss_mib": round(resident() / MIB, 1),
            "waiting_started_per_s": round(executions / took),
        }
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return figures

    return asyncio.run(work())


def distributed(items: int, show: bool) -> dict[str, float]:
    """Runs a Distributed Map over a file of JSON lines, from its reader to its result files."""
    from treadle.engine import begin, load

    machine = load(DISTRIBUTED)
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "items.jsonl").open("w") as file:
            for number in range(items):
                file.write(f'{{"n": {number}, "text": "item {number} of a file that does not fit into memory"}}\n')
        before = resident()

        async def work() -> dict[str, float]:
            execution = begin(machine, {"folder": folder})
            began = time.perf_counter()
            task = asyncio.create_task(execution.work_alone())
            while not task.done():
                await asyncio.wait([task], timeout=1)
                if show and execution.map_runs:
                    print(
                        f"\r{execution.map_runs[0].items.ends['succeeded']:,} of {items:,} items",
                        end="",
                        file=sys.stderr,
                    )
            took = time.perf_counter() - began
            if show:
                print(file=sys.stderr)
            assert execution.status == "SUCCEEDED", execution.cause
            (run,) = execution.map_runs
            key = execution.output["ResultWriterDetails"]["Key"]
            manifest = json.loads((Path(folder) / key).read_text())
            lines = sum(_lines(Path(folder) / file["Key"]) for file in manifest["ResultFiles"]["SUCCEEDED"])
            assert lines == items == run.items.ends["succeeded"]
            return {
                "distributed_items": items,
                "distributed_rss_growth_mib": round((peak() - before) / MIB, 1),
                "distributed_items_per_s": round(items / took),
            }

        return asyncio.run(work())


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def measure(executions: int, items: int) -> dict[str, float]:
    """Both, each in a fresh process."""
    figures: dict[str, float] = {}
    context = multiprocessing.get_context("spawn")
    for work, arguments in ((waiting, (executions,)), (distributed, (items, sys.stderr.isatty()))):
        with context.Pool(1) as pool:
            figures.update(pool.apply(work, arguments))
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description="How much the engine can hold")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as one flat JSON object")
    parser.add_argument("--executions", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=1_000_000)
    options = parser.parse_args()
    figures = measure(options.executions, options.items)
    print(f"{figures['waiting_executions']:>12,} executions wait in {figures['waiting_rss_mib']:,} MiB")
    growth = figures["distributed_rss_growth_mib"]
    print(f"{figures['distributed_items']:>12,} items of a Distributed Map, {growth:,} MiB more than before")
    print(f"{figures['waiting_started_per_s']:>12,} executions started per second")
    print(f"{figures['distributed_items_per_s']:>12,} items per second")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
