"""`python -m tests.conformance [FILE …] [--json OUT]`: a count per group and every difference; exit code 1 if any."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tests.conformance import EXCLUDED, Excluded, Record, folder, records

_GROUPS = ("validation", "test_state", "cases")
_FILES = ("cases.jsonl", "test_state.jsonl", "validation.jsonl")


def _group(record: Record, groups: list[ModuleType]) -> ModuleType | None:
    try:
        return next((group for group in groups if group.handles(record)), None)
    except (AttributeError, TypeError):  # a record of no known shape
        return None


def _difference(record: Record, group: ModuleType | None) -> str | None:
    if group is None:
        raise Excluded("no group runs this kind of record")
    try:
        found: str | None = group.run(record)
    except Excluded:
        raise
    except Exception as error:  # noqa: BLE001 - a traceback of one record is its difference, and the run goes on
        return f"{type(error).__name__}: {error}"
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="JSONL files of recordings; all of them by default")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures and the differences there")
    parser.add_argument("--quiet", action="store_true", help="counts only")
    given = parser.parse_args(arguments)
    files = given.files or [folder() / name for name in _FILES]
    groups = [import_module(f"tests.conformance.{name}") for name in _GROUPS if _exists(name)]
    excluded: dict[str, str] = json.loads(EXCLUDED.read_text()) if EXCLUDED.exists() else {}
    failures: list[dict[str, str]] = []
    counts: Counter[tuple[str, str]] = Counter()
    for path in files:
        for number, record in enumerate(records(path), 1):
            identity = _identity(record, f"{path.name}, record {number}")
            group = _group(record, groups)
            name = group.__name__.rpartition(".")[2] if group else path.stem
            if identity in excluded:
                counts[name, "excluded"] += 1
                continue
            try:
                found = _difference(record, group)
            except Excluded as reason:
                counts[name, "excluded"] += 1
                print(f"{identity}\n    excluded: {reason}")
                continue
            counts[name, "failed" if found else "passed"] += 1
            if found:
                failures.append({"id": identity, "difference": found})
                if not given.quiet:
                    print(f"{identity}\n    {found[:2000]}")
    for name in sorted({name for name, _ in counts}):
        print(name, *(f"{what} {counts[name, what]}" for what in ("passed", "failed", "excluded")))
    total = {
        what: sum(n for (_, kind), n in counts.items() if kind == what) for what in ("passed", "failed", "excluded")
    }
    if given.json:
        given.json.write_text(json.dumps({**total, "failures": failures}, indent=1) + "\n")
    return 1 if failures else 0


def _identity(record: Record, place: str) -> str:
    return str(record.get("id") or place) if isinstance(record, dict) else place


def _exists(name: str) -> bool:
    return (Path(__file__).parent / f"{name}.py").exists()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
