"""`treadle run` as a process: output, exit codes, and one clear line for every mistake."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import command, environment


def test_the_output_is_json_on_stdout_and_the_states_are_on_stderr(ends: Path) -> None:
    done = command("run", "ends.total", "--set", "numbers=[1, 2, 3]", cwd=ends)
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"total": 12, "names": ["ä"]}
    assert "ä" in done.stdout
    lines = done.stderr.splitlines()
    assert any(line.endswith("3/3") for line in lines)
    assert lines[-1].startswith("ends.total succeeded in ")


def test_input_from_stdin_and_quiet(ends: Path) -> None:
    done = command("run", "ends.total", "--input", "-", "--set", "name=b", "-q", cwd=ends, input='{"numbers": []}')
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"total": 0, "names": ["b"]}


def test_the_whole_execution_and_its_history(ends: Path) -> None:
    done = command("run", "ends.total", "--set", "numbers=[4]", "--json", "--history", cwd=ends)
    execution = json.loads(done.stdout)
    assert execution["status"] == "SUCCEEDED"
    assert execution["output"] == {"total": 8, "names": ["ä"]}
    assert execution["input"] == {"numbers": [4]}
    assert [event["id"] for event in execution["history"]] == list(range(1, len(execution["history"]) + 1))
    alone = json.loads(command("run", "ends.total", "--set", "numbers=[4]", "--history", cwd=ends).stdout)
    assert [event["type"] for event in alone] == [event["type"] for event in execution["history"]]


def test_a_failed_execution_names_the_line_and_exits_with_1(ends: Path) -> None:
    done = command("run", "ends.broken", "--set", "text=me", cwd=ends)
    assert (done.returncode, done.stdout) == (1, "")
    line = (ends / "workflows" / "ends.py").read_text().splitlines().index("    return breaks(text)") + 1
    assert done.stderr.splitlines()[-1] == (f"treadle: workflows/ends.py:{line} in broken: KeyError: 'broken by me'")
    assert done.stderr.splitlines()[-3].startswith("  ✗ breaks  ")
    assert done.stderr.splitlines()[-3].endswith("  KeyError")
    assert "Traceback" not in done.stderr


def test_a_failed_execution_as_json(ends: Path) -> None:
    done = command("run", "ends.raises", "--set", "text=", "--json", cwd=ends)
    assert done.returncode == 1
    execution = json.loads(done.stdout)
    assert (execution["status"], execution["error"], execution["cause"]) == ("FAILED", "ValueError", "no text")


def test_what_a_task_refuses_is_a_bad_call(ends: Path) -> None:
    done = command("run", "ends.refused", "--set", "path=/x", cwd=ends)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == "treadle: /x: no such file; check the path"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ends.totl"], "no workflow 'ends.totl': did you mean 'ends.total'?"),
        (["total"], "no workflow 'total': did you mean 'ends.total'?"),
        (["nothing.like.it"], "no workflow 'nothing.like.it': this project has ends.broken"),
        (["ends.total"], "missing parameter 'numbers'"),
        (["ends.total", "--set", "numbers=1"], "numbers must be"),
        (["ends.total", "--set", "numbers=[1,"], "numbers must be a JSON array"),
        (["ends.total", "--set", 'numbers=["a"]'], "must be an integer"),
        (["ends.total", "--set", "numbers=[1]", "--set", "nam=x"], "unknown parameter 'nam': did you mean 'name'?"),
        (["ends.total", "--input", "{"], "--input is not JSON"),
        (["ends.total", "--input", "@gone.json"], "gone.json: No such file"),
    ],
)
def test_a_bad_call_is_one_line(ends: Path, arguments: list[str], says: str) -> None:
    done = command("run", *arguments, cwd=ends)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert done.stderr.startswith("treadle: ")
    assert done.stderr.count("\n") == 1


def test_a_project_is_found_from_a_folder_below(ends: Path) -> None:
    assert command("run", "ends.raises", "--set", "text=a", "-q", cwd=ends / "workflows").stdout == '"a"\n'


def test_ctrl_c_says_so_and_exits_with_130(ends: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "treadle.cli", "run", "ends.slow", "--set", "seconds=60"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ends,
        env=environment(),
    )
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert time.monotonic() - begun < 10
    assert (out, err.splitlines()[-1]) == ("", "treadle: interrupted")
    assert "Traceback" not in err
