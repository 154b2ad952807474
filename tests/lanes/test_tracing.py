"""The tracer comes when X-Ray samples a request of a warm function, and not before."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from treadle.lanes import tracing

PROBE = """
import sys
import treadle.lanes.sync
heavy = {"boto3", "botocore.session", "botocore.client", "aws_xray_sdk",
         "numpy", "tokenizers", "usearch", "rich", "click", "httpx", "requests",
         "treadle.language", "treadle.inference", "treadle.publish", "treadle.cli", "pydantic", "jsonschema"}
print(sorted(heavy & sys.modules.keys()))
"""


def test_the_sync_lane_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_only_a_sampled_request_of_a_warm_function_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded: list[Any] = []
    monkeypatch.setattr(tracing, "recorder", lambda handler: recorded.append(handler) or handler)

    @tracing.traced
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        return {"event": event}

    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")
    assert handler({"n": 1}, None) == {"event": {"n": 1}}
    assert recorded == []
    handler({"n": 2}, None)
    assert len(recorded) == 1
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0")
    handler({"n": 3}, None)
    assert len(recorded) == 1


def test_the_recorder_is_powertools_tracer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_TRACE_DISABLED", "true")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "treadle")

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        return {"ok": True}

    assert tracing.recorder(handler)({}, None) == {"ok": True}
