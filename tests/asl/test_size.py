from __future__ import annotations

from typing import Any

import pytest

from treadle.asl.prices import cost
from treadle.asl.sizes import Count, size

PASS = {"Type": "Pass", "End": True}
LAMBDA = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}


def machine(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def scope(**states: Any) -> dict[str, Any]:
    return machine(**states)


def test_a_straight_way_has_one_size() -> None:
    # ExecutionStarted, PassStateEntered, PassStateExited, TaskStateEntered … TaskStateExited, ExecutionSucceeded
    run = size(machine(A={"Type": "Pass", "Next": "B"}, B=LAMBDA))
    assert run.least == run.most == Count(2, 9)


def test_a_choice_takes_the_lightest_and_the_heaviest_way() -> None:
    rule = {"Variable": "$.a", "IsPresent": True, "Next": "T"}
    run = size(machine(C={"Type": "Choice", "Choices": [rule], "Default": "F"}, T=LAMBDA, F={"Type": "Fail"}))
    assert (run.least, run.most) == (Count(2, 5), Count(2, 9))


def test_a_parallel_is_the_sum_of_its_branches() -> None:
    run = size(machine(P={"Type": "Parallel", "Branches": [scope(A=PASS), scope(B=LAMBDA)], "End": True}))
    assert run.least == run.most == Count(3, 2 + 4 + 2 + 5)


def test_a_map_is_bounded_only_by_items_that_are_written_down() -> None:
    state = {"Type": "Map", "ItemProcessor": scope(A=PASS), "End": True}
    assert size(machine(M=state)).least == Count(1, 6)
    assert size(machine(M=state)).most == Count(None, None)
    assert size(machine(M={**state, "Items": [1, 2, 3]})).most == Count(4, 6 + 3 * 4)
    far = scope(A=PASS) | {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    assert size(machine(M={**state, "ItemProcessor": far})).most == Count(1, 8)


def test_a_loop_has_no_upper_bound() -> None:
    rule = {"Variable": "$.a", "IsPresent": True, "Next": "A"}
    run = size(
        machine(A={"Type": "Pass", "Next": "C"}, C={"Type": "Choice", "Choices": [rule], "Default": "Z"}, Z=PASS)
    )
    assert (run.least, run.most) == (Count(3, 8), Count(None, None))


def test_a_row_of_ten_thousand_states_is_sized_without_recursion() -> None:
    states = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(10_000)} | {"S10000": PASS}
    assert size({"StartAt": "S0", "States": states}).most == Count(10_001, 20_004)


def test_prices() -> None:
    priced = cost(machine(A={"Type": "Pass", "Next": "B"}, B=PASS))
    assert priced.standard_least == priced.standard_most == pytest.approx(2 * 0.000025)
    assert priced.express == pytest.approx(0.000001 + 0.0625 * 1.0 * 0.00001667)
    assert cost(machine(A=PASS), seconds=0.01).express == pytest.approx(0.000001 + 0.0625 * 0.1 * 0.00001667)
    assert cost(machine(A=PASS), memory=65).express > cost(machine(A=PASS), memory=64).express
    assert cost(machine(M={"Type": "Map", "ItemProcessor": scope(A=PASS), "End": True})).standard_most is None
