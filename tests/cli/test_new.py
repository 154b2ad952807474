"""`treadle new` makes a project in which every command works and whose tests pass."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.cli.conftest import command, environment
from treadle import cli


def test_its_tests_pass_with_plain_pytest(fresh: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        capture_output=True,
        text=True,
        cwd=fresh,
        timeout=120,
        env=environment(),
    )
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


def test_it_runs_at_once(fresh: Path) -> None:
    done = command(
        "run", "notes.digest", "--set", "text=A treadle drives a machine. It is worked by the foot.", cwd=fresh
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["words"] == 11
    assert "converse by extractive" in done.stderr


def test_list(fresh: Path) -> None:
    done = command("list", cwd=fresh)
    assert done.stdout == (
        "notes.digest(text: str)  Summarize a note and say how long it takes to read.\n    POST /notes\n"
    )
    (row,) = json.loads(command("list", "--json", cwd=fresh).stdout)
    assert (row["name"], row["parameters"], row["triggers"]) == ("notes.digest", "(text: str)", ["POST /notes"])


def test_check(fresh: Path) -> None:
    done = command("check", cwd=fresh)
    assert done.returncode == 0
    assert done.stdout.startswith("ok  notes.digest  chain lane\n    ")
    (report,) = json.loads(command("check", "notes.digest", "--json", cwd=fresh).stdout)
    assert (report["refused"], report["findings"]) == (False, [])
    assert report["statesPerRun"]["least"] >= 2


def test_compile_to_stdout_and_to_a_folder_gives_the_same_bytes(fresh: Path, tmp_path: Path) -> None:
    text = command("compile", "notes.digest", cwd=fresh).stdout
    assert json.loads(text)["QueryLanguage"] == "JSONata"
    done = command("compile", "-o", str(tmp_path / "out"), cwd=fresh)
    assert done.returncode == 0
    assert (tmp_path / "out" / "notes.digest.asl.json").read_text("utf-8") == text


def test_explain_shows_source_and_states_side_by_side(fresh: Path) -> None:
    done = command("compile", "notes.digest", "--explain", cwd=fresh)
    (line,) = (line for line in done.stdout.splitlines() if "size = measure(text)" in line)
    assert line.split("|")[1].strip().startswith("measure (Task)")


def test_graph(fresh: Path, tmp_path: Path) -> None:
    done = command("graph", "notes.digest", "-o", str(tmp_path / "digest.svg"), cwd=fresh)
    assert (done.returncode, done.stdout) == (0, "")
    drawn = (tmp_path / "digest.svg").read_text("utf-8")
    assert ElementTree.fromstring(drawn).tag == "{http://www.w3.org/2000/svg}svg"
    assert command("graph", "notes.digest", cwd=fresh).stdout.strip() == drawn.strip()
    refused = command("graph", "notes.digest", "-o", str(tmp_path / "gone" / "a.svg"), cwd=fresh)
    assert refused.returncode == 2
    assert "give a file in a folder that exists" in refused.stderr


def test_an_impossible_trigger_is_refused(fresh: Path, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(fresh, root)
    path = root / "workflows" / "notes.py"
    path.write_text(path.read_text().replace('on.post("/notes")', 'on.schedule("every day")'))
    done = command("check", cwd=root)
    assert done.returncode == 2
    assert done.stdout.startswith("refused  notes.digest\nnotes.digest: ")
    assert "every day" in done.stdout


def test_a_workflow_that_does_not_compile_is_shown_and_exits_with_2(fresh: Path, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(fresh, root)
    path = root / "workflows" / "notes.py"
    path.write_text(path.read_text().replace("    size = measure(text)\n", "    size = measure(text)\n    global x\n"))
    for arguments in (["check"], ["compile", "notes.digest"], ["run", "notes.digest", "--set", "text=a"]):
        done = command(*arguments, cwd=root)
        assert done.returncode == 2, arguments
        shown = done.stdout + done.stderr
        assert "workflows/notes.py:" in shown
        assert "    global x\n" in shown
        assert "Traceback" not in shown
    path.write_text("def broken(:\n")
    done = command("list", cwd=root)
    assert done.returncode == 2
    assert "notes.py:1: " in done.stderr


@pytest.mark.parametrize(("make", "says"), [("folder", "is not empty"), ("file", "is a file")])
def test_it_overwrites_nothing(make: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "target"
    if make == "folder":
        target.mkdir()
        (target / "mine.txt").write_text("mine")
    else:
        target.write_text("mine")
    assert cli.main(["new", str(target)]) == 2
    assert says in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*")] in (["target", "mine.txt"], ["target"])
