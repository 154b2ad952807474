"""The benchmarks run, and give the figures that they promise, by name."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import engine, loads, scale
from benchmarks.peers import PEERS, Absent, Peer

OWN = {
    "loop_jsonata_states_per_s": 300_000.0,
    "loop_jsonpath_states_per_s": 600_000.0,
    "map_100k_s": 0.3,
    "one_task_us": 50.0,
}


def test_peers_are_compared_on_what_they_can_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def answers(peer: Peer, work: Any) -> Any:
        if peer.name == "moto":
            raise Absent("moto could not be installed")
        turns = min(peer.turns, 10_000)
        if peer.name == "sfnx":
            return {"loop_jsonata": (1.0, {"count": turns}), "loop_jsonpath": (None, "Unsupported")}
        wrong = peer.name == "aws_local_stepfunctions"
        return {"loop_jsonata": (1.0, {"count": 0 if wrong else turns}), "loop_jsonpath": (0.5, {"count": turns})}

    monkeypatch.setattr(loads, "measure", lambda: dict(OWN))
    monkeypatch.setattr(engine, "journalled_states_per_s", lambda: 50_000.0)
    monkeypatch.setattr(engine, "answers", answers)
    figures, remarks = engine.measure(10_000, [])
    assert figures["moto_loop_jsonpath_states_per_s"] is None
    assert figures["sfnx_loop_jsonata_states_per_s"] == 9_802
    assert figures["sfnx_loop_jsonpath_states_per_s"] is None
    assert figures["aws_local_stepfunctions_loop_jsonata_states_per_s"] is None
    assert figures["aws_local_stepfunctions_loop_jsonpath_states_per_s"] == 40_004
    assert figures["loop_jsonata_ratio_fastest_peer"] == 15.0
    assert figures["loop_jsonpath_ratio_fastest_peer"] == 15.0
    assert figures["journalled_states_per_s"] == 50_000
    assert any("moto could not be installed" in remark for remark in remarks)
    engine.show(figures, remarks)
    assert "ministack" in capsys.readouterr().out


def test_the_work_is_the_same_for_all() -> None:
    assert [peer.name for peer in PEERS] == ["moto", "ministack", "sfnx", "aws_local_stepfunctions"]
    machine = loads.load(loads.LOOP_JSONPATH)
    assert loads.complete(machine, loads.loop_input(20)) == '{"count": 20, "turns": 20}'


def test_the_journalled_load_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "JOURNALLED", 3)
    monkeypatch.setattr(engine, "JOURNALLED_TURNS", 5)
    assert engine.journalled_states_per_s() > 0


def test_scale() -> None:
    figures = scale.measure(200, 500)
    assert figures["waiting_executions"] == 200
    assert figures["waiting_rss_mib"] > 1
    assert figures["distributed_items"] == 500
    assert 0 < figures["distributed_rss_growth_mib"] < 300
