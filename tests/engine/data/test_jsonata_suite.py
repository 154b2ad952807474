"""The official JSONata suite, through the adapter: what holds for 2.0.6 holds here, but for the exceptions named."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.engine.data.exceptions import EXCEPTIONS
from treadle.engine.data import jsonata

_REPOSITORY = Path(__file__).resolve().parents[3]
SUITE = Path(os.environ.get("TREADLE_JSONATA", _REPOSITORY.parent / "shared" / "jsonata"))
UNDEFINED: Any = object()


def _suite() -> tuple[list[dict[str, Any]], dict[str, Any]]:
    if not (SUITE / "cases.json").exists():
        pytest.skip(f"no JSONata suite at {SUITE}: set TREADLE_JSONATA to the folder that holds cases.json")
    return json.loads((SUITE / "cases.json").read_text()), json.loads((SUITE / "datasets.json").read_text())


def answer(case: dict[str, Any], datasets: dict[str, Any]) -> Any:
    """The value, UNDEFINED, or the QueryError. The case's document becomes the context of an object constructor."""
    text = case["expr"]
    data = case.get("data", UNDEFINED)
    if "dataset" in case:
        data = UNDEFINED if case["dataset"] is None else datasets[case["dataset"]]
    try:
        jsonata.compile(text)
        if data is UNDEFINED:
            return jsonata.compile(text)(case.get("bindings", {}))
        document = "[[$states.input]]" if isinstance(data, list) else "[$states.input]"
        wrapped = jsonata.compile(f'{document}{{"r":\n{text}\n}}')
        return wrapped({**case.get("bindings", {}), "states": {"input": data}}).get("r", UNDEFINED)
    except jsonata.QueryError as error:
        if "(undefined)" in error.cause or "unsupported result" in error.cause:
            return UNDEFINED
        return error


def agrees(case: dict[str, Any], found: Any) -> bool:
    error = case.get("error", {})
    code = case.get("code") or (error if isinstance(error, str) else error.get("code"))
    if code:
        return isinstance(found, jsonata.QueryError) and f" {code}:" in found.cause
    if case.get("undefinedResult"):
        return found is UNDEFINED
    if case.get("unordered") and isinstance(found, list):
        return sorted(map(str, found)) == sorted(map(str, case["result"]))
    return bool(found == case["result"])


def test_what_holds_for_2_0_6_passes() -> None:
    cases, datasets = _suite()
    wrong = [
        (case["id"], case["expr"][:100])
        for case in cases
        if case["id"] not in EXCEPTIONS and not agrees(case, answer(case, datasets))
    ]
    assert wrong == []


def test_exceptions_are_needed() -> None:
    """An exception that has become true is to be taken off the list."""
    cases, datasets = _suite()
    by_id = {case["id"]: case for case in cases}
    assert EXCEPTIONS.keys() <= by_id.keys()
    mended = [name for name in EXCEPTIONS if agrees(by_id[name], answer(by_id[name], datasets))]
    evaluator_is_newer = "holds from 2.1 on only"
    assert [name for name in mended if not EXCEPTIONS[name].startswith(evaluator_is_newer)] == []


@pytest.mark.parametrize("operator", ["??", "?:"])
def test_operators_of_later_versions_are_refused(operator: str) -> None:
    cases, _ = _suite()
    group = "coalescing-operator" if operator == "??" else "default-operator"
    for case in cases:
        if case["group"] == group and operator in case["expr"]:
            with pytest.raises(jsonata.QueryError, match="S0211"):
                jsonata.compile(case["expr"])
