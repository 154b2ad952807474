"""`treadle publish` at the command line: what it says when something is missing, wrong or refused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from treadle.cli import main
from treadle.errors import ServiceError
from treadle.publish import Aws
from treadle.services import clients

JSON = Any
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.chdir(ROOT)
    with mock_aws():
        clients.reset()
        yield
        clients.reset()


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err.strip()


def test_without_a_bus_it_says_what_to_do_and_does_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish"]) == 2
    assert "no event bus 'treadle' here: apply infra/ first, or set [publish] bus" in said(capsys)
    assert clients.client("iam").list_roles()["Roles"] == []


def test_without_a_region_it_says_what_to_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_REGION")
    clients.reset()
    assert main(["publish"]) == 2
    text = said(capsys)
    assert text.startswith("treadle: no AWS region is set")
    assert "\n" not in text


def test_the_plan_is_json_for_whoever_reads_it(capsys: pytest.CaptureFixture[str]) -> None:
    clients.client("events").create_event_bus(Name="treadle")
    assert main(["publish", "--plan", "--json", "--env", "prod"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["project"], plan["env"]) == ("treadle", "prod")
    assert {"create_state_machine", "create_role", "put_rule"} <= {call["operation"] for call in plan["calls"]}
    assert all(call["says"] for call in plan["calls"])


@pytest.mark.parametrize("env", ["7", "a b"])
def test_an_environment_that_aws_refuses_is_refused_first(capsys: pytest.CaptureFixture[str], env: str) -> None:
    assert main(["publish", "--env", env]) == 2
    assert said(capsys).startswith(f"treadle: environment {env!r}")


def test_a_refusal_says_what_was_done_and_the_next_run_does_the_rest(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clients.client("events").create_event_bus(Name="treadle")
    real = Aws.call

    def call(self: Aws, service: str, operation: str, arguments: Mapping[str, JSON]) -> dict[str, JSON]:
        if operation == "put_rule":
            raise ServiceError("AccessDeniedException", "not authorized to perform: events:PutRule")
        return real(self, service, operation, arguments)

    monkeypatch.setattr(Aws, "call", call)
    assert main(["publish"]) == 1
    text = said(capsys)
    assert "AccessDeniedException: not authorized to perform: events:PutRule" in text
    assert "publish again when that is mended" in text
    monkeypatch.setattr(Aws, "call", real)
    assert main(["publish"]) == 0
    assert "done" in said(capsys)
    assert main(["publish"]) == 0
    assert "nothing to do" in said(capsys)


def test_the_platform_is_written_without_any_account(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def call(self: Aws, service: str, operation: str, arguments: Mapping[str, JSON]) -> dict[str, JSON]:
        raise AssertionError("nothing is called")

    monkeypatch.setattr(Aws, "call", call)
    for name in ("one", "two"):
        assert main(["publish", "--platform", str(tmp_path / name)]) == 0
    for file in ("bundle.json", "openapi.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    (tmp_path / "file").touch()
    assert main(["publish", "--platform", str(tmp_path / "file")]) == 2
    assert said(capsys).startswith(f"treadle: {tmp_path / 'file'}: File exists")
