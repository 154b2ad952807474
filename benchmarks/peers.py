"""The other engines, each in an environment of its own under `benchmarks/.peers/`, made when it is first needed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

JSON = Any

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = HERE / ".peers"
DRIVERS = HERE / "drivers"
LONGEST = 900.0  # seconds that one peer may take for all of its work


@dataclass(frozen=True, slots=True)
class Peer:
    """`packages` for pip, or for npm where `driver` is JavaScript. `turns`: the longest loop it can be asked to run."""

    name: str
    packages: tuple[str, ...]
    driver: str
    turns: int = 10_000

    @property
    def folder(self) -> Path:
        return ENVIRONMENTS / self.name


PEERS = (
    Peer(
        "moto", ("moto[stepfunctions]==5.2.5", "boto3"), "moto_driver.py", 1_000
    ),  # its time grows with the square of the loop
    Peer("ministack", ("ministack==1.5.33", "boto3"), "ministack_driver.py"),
    Peer("sfnx", ("sfnx==3.1.0",), "sfnx_driver.py", 4_900),  # it stops after 10,000 states
    Peer("aws_local_stepfunctions", ("aws-local-stepfunctions@3.0.0",), "local_driver.cjs"),
)


class Absent(Exception):
    """A peer that cannot be had here; the message says why."""


def answers(peer: Peer, work: Mapping[str, tuple[JSON, str]]) -> dict[str, tuple[float | None, JSON]]:
    """(seconds, output) of each piece of work, or (None, what went wrong). Work is a document and its input's text."""
    command = _command(peer)
    try:
        done = subprocess.run(
            command,
            cwd=peer.folder,
            input=json.dumps(work),
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise Absent(f"{peer.name} did not finish in {LONGEST:.0f} s") from None
    except subprocess.CalledProcessError as problem:
        raise Absent(f"{peer.name} failed: {problem.stderr.strip()[-300:]}") from None
    return {name: (pair[0], pair[1]) for name, pair in json.loads(done.stdout.splitlines()[-1]).items()}


def _command(peer: Peer) -> list[str]:
    """Makes the peer's environment where there is none, and gives the command that runs its driver."""
    driver = str(DRIVERS / peer.driver)
    if peer.driver.endswith(".cjs"):
        if not shutil.which("node") or not shutil.which("npm"):
            raise Absent(f"{peer.name} needs node and npm on the PATH")
        if not (peer.folder / "node_modules" / ".package-lock.json").exists():
            peer.folder.mkdir(parents=True, exist_ok=True)
            (peer.folder / "package.json").write_text("{}\n")
            _install(peer, ["npm", "install", "--silent", "--no-audit", "--no-fund", *peer.packages])
        return ["node", driver]
    python = peer.folder / "bin" / "python"
    ready = peer.folder / ".installed"
    if not ready.exists() or ready.read_text() != " ".join(peer.packages):
        peer.folder.mkdir(parents=True, exist_ok=True)
        _install(peer, [sys.executable, "-m", "venv", "--clear", str(peer.folder)])
        _install(peer, [str(python), "-m", "pip", "install", "--quiet", *peer.packages])
        ready.write_text(" ".join(peer.packages))
    return [str(python), driver]


def _install(peer: Peer, command: list[str]) -> None:
    done = subprocess.run(command, cwd=peer.folder, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise Absent(f"{peer.name} could not be installed: {done.stderr.strip()[-300:]}")
