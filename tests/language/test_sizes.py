"""`asl.size` against what runs: the states that were entered and the events of the history lie within its bounds."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.language.harness import Functions
from tests.language.programs import models
from tests.language.test_more_programs import CASES, MODELS
from tests.language.test_programs import CASES as PLAIN
from treadle import asl
from treadle.engine import VirtualClock, load, run
from treadle.language import compile_function

ALL = [case for case in (*PLAIN, *CASES) if case[0] is not models]  # which needs models of its own


@pytest.mark.parametrize(("function", "cases"), ALL, ids=lambda each: getattr(each, "__name__", ""))
def test_a_run_is_of_the_size_that_was_said(function: Callable[..., Any], cases: list[dict[str, Any]]) -> None:
    compiled = compile_function(function)
    definition = json.loads(json.dumps(compiled.definition))
    size = asl.size(definition)
    for given in cases:
        execution = run(
            load(definition), dict(given), service=Functions(compiled.functions, MODELS), clock=VirtualClock()
        )
        history = execution.history()
        if any(event["type"].endswith(("TaskFailed", "TaskTimedOut")) for event in history):
            continue  # an error cuts a state short, and a retry or a catch makes it longer
        states = sum(1 for event in history if event["type"].endswith("StateEntered"))
        for actual, least, most in (
            (states, size.least.states, size.most.states),
            (len(history), size.least.events, size.most.events),
        ):
            assert (least or 0) <= actual, (function.__name__, given)
            assert most is None or actual <= most, (function.__name__, given)
