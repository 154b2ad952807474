"""`treadle check` of a project's own words: what the source allows, what a file says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from treadle.cli.check import _allowed, command
from treadle.project import find
from workflows import documents


def checked(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, [*arguments], standalone_mode=False)
    return result.return_value, result.output


def test_advice_that_the_source_allows_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [each.code for each in documents.digest.compile().advice] == ["TRD012"]
    monkeypatch.chdir(find(__file__).root)
    status, text = checked("documents.digest", "--json")
    (report,) = json.loads(text)
    assert (status, report["findings"]) == (0, [])


@pytest.mark.parametrize(
    ("lines", "line", "allowed"),
    [
        (["x = 1  # allow: TRD012"], 1, True),
        (["x = 1  # allow: TRD004, TRD012, as it is small"], 1, True),
        (["x = 1  # allow: TRD004"], 1, False),
        (["# allow: TRD012", "x = 1"], 2, True),
        (["x = 0  # allow: TRD012", "x = 1"], 2, False),
        (["x = 1"], 1, False),
    ],
)
def test_what_a_line_allows(lines: list[str], line: int, allowed: bool, tmp_path: Path) -> None:
    file = tmp_path / "source.py"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    assert _allowed("TRD012", f"{file}:{line}") is allowed
    assert not _allowed("TRD012", "")


PASS = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'


def test_a_definition_in_a_file(tmp_path: Path) -> None:
    good, twice, broken = (tmp_path / f"{name}.asl.json" for name in ("good", "twice", "broken"))
    good.write_text(PASS)
    twice.write_text(PASS.replace('"States": {', '"States": {"A": {"Type": "Succeed"}, '))
    broken.write_text("{")
    assert checked(str(good)) == (0, f"ok  {good}\n    " + checked(str(good))[1].split("\n    ")[1])
    for file, said in ((twice, "A"), (broken, "INVALID_JSON")):
        status, text = checked(str(file))
        assert status == 2
        assert text.startswith(f"refused  {file}\n    error ")
        assert said in text
    sync = PASS.replace('"Pass"', '"Task", "Resource": "arn:aws:states:::states:startExecution.sync:2"')
    good.write_text(
        sync.replace('"End"', '"Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:1:stateMachine:m"}, "End"')
    )
    assert checked(str(good))[0] == 0
    assert checked(str(good), "--express")[0] == 2
