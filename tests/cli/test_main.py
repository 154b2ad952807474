"""The command line as a whole: help, bad calls, exit codes, start-up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from treadle import cli
from treadle.errors import ExecutionFailed, InputError, PublishError


def treadle(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "treadle.cli", *arguments], capture_output=True, text=True, cwd=cwd, timeout=60
    )


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {name} " in out and text in out for name, text in cli.COMMANDS.items())


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_help_and_an_example_or_options(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: treadle {name}")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["rnu"], "no command 'rnu': did you mean 'run'?"),
        (["zzz"], "no command 'zzz': there are run, list"),
        (["run"], "Missing argument 'NAME'"),
        (["run", "x", "--nope"], "No such option"),
        (["run", "x", "--models", "best"], "'best' is not one of"),
        (["graph"], "Missing argument 'NAME'"),
    ],
)
def test_a_bad_call_is_one_line_and_exit_code_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert says in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("command", [["list"], ["run", "a.b"], ["compile"], ["check"], ["graph", "a.b"]])
def test_outside_a_project(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(command) == 2
    assert "no treadle.toml in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (InputError("give\n  a file"), 2, "treadle: give a file\n"),
        (ExecutionFailed("FAILED", "E", "why", "a.py:3 in f"), 1, "treadle: a.py:3 in f: E: why\n"),
        (PublishError("no"), 1, "treadle: no\n"),
        (KeyboardInterrupt(), 130, "treadle: interrupted\n"),
    ],
)
def test_errors_become_exit_codes(
    error: BaseException, code: int, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def raising(*args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(cli.cli, "main", raising)
    assert cli.main([]) == code
    assert capsys.readouterr().err == says


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from treadle.cli import main; main(['--help']); print(sorted(sys.modules), file=sys.stderr)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    for heavy in ("rich", "numpy", "boto3", "botocore", "asyncio", "jlens", "treadle.engine", "treadle.language"):
        assert f"'{heavy}'" not in found.stderr, heavy


def test_output_into_a_closed_pipe() -> None:
    code = "import sys; from treadle.cli import main; sys.exit(main(['--help']))"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    assert process.wait(60) in (0, 1)


def test_the_version() -> None:
    assert treadle("--version").stdout.startswith("treadle 0.")
