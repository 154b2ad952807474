"""What importing the engine costs: it is on the path of every Lambda handler and every command."""

from __future__ import annotations

import subprocess
import sys

HEAVY = [
    "asyncio",
    "boto3",
    "botocore",
    "numpy",
    "httpx",
    "rich",
    "click",
    "tokenizers",
    "usearch",
    "sqlite3",
    "logging",
]


def test_importing_the_engine_imports_nothing_heavy() -> None:
    code = "import sys, treadle.engine; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert set(HEAVY).intersection(loaded) == set()
