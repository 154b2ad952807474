"""The options of a call: in plain Python and compiled they do the same, on every kind of call."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.language.harness import agree
from treadle import Retry, aws, bedrock, callback, distribute, each, parallel, sagemaker, task, workflow
from treadle.errors import CompileError, ServiceError
from treadle.language import compile_function

first = bedrock.chat("first")
second = bedrock.chat("second")
third = bedrock.chat("third")
vectors = bedrock.embedding("vectors")
labels = sagemaker.endpoint("labels")
others = sagemaker.endpoint("others")


class Down(Exception):
    pass


@task
def strict(n: int, by: int = 1) -> int:
    if n < 0:
        raise ValueError(f"{n} is negative")
    return n * by


@task
def gentle(n: int, by: int = 1) -> int:
    if n < -100:
        raise KeyError(n)
    return -n * by


@task
def text_of(messages: str, system: str = "none") -> str:
    return f"task {messages} {system}"


def helper(n: int, by: int = 1) -> int:
    if n < -1000:
        raise Down(f"{n}")
    return 1000 + n * by


def only(*working: str) -> dict[str, Any]:
    """Models of which only some work."""

    def converse(arguments: Any) -> Any:
        model = arguments["ModelId"]
        if model not in working:
            raise ServiceError("BedrockRuntime.ValidationException", f"{model} is down")
        system = arguments.get("System", [{}])[0].get("Text", "")
        said = arguments["Messages"][0]["Content"][0]["Text"]
        return {"Output": {"Message": {"Content": [{"Text": f"{model}: {said} {system}".strip()}]}}}

    def invoke(arguments: Any) -> Any:
        if arguments["EndpointName"] not in working:
            raise ServiceError("SageMakerRuntime.ModelErrorException", "down")
        return {"Body": '{"label": "' + arguments["EndpointName"] + '"}'}

    return {"converse": converse, "invokeEndpoint": invoke}


def another_model(text: str) -> str:
    return first.converse(f"Say {text}!", system="S", fallback=second)


def a_chain(text: str) -> str:
    reply = first.converse(text, fallback=[second, third])
    return reply


def a_chain_that_ends(text: str) -> str | None:
    return first.converse(text, fallback=[second, third, None])


def then_a_task(text: str) -> str:
    return first.converse(text, system="be short", fallback=text_of)


def then_a_lambda(text: str) -> str:
    return first.converse(text, fallback=lambda said: f"{said} of {text}")


def another_task(n: int) -> int:
    return strict(n, by=3, fallback=gentle) + 1


def by_using(n: int) -> int:
    return strict.using(fallback=gentle, retry=1)(n, 2)


def a_helper(n: int) -> int:
    return strict(n, fallback=helper)


def all_kinds(n: int) -> int | str:
    return strict(n, 2, fallback=[gentle, helper, "given up"])


def caught(n: int) -> str:
    try:
        return str(strict(n, fallback=[gentle, helper]))
    except Down as error:
        return f"down at {error}"


def in_a_loop(numbers: list[int]) -> list[int]:
    found = []
    for n in numbers:
        found.append(strict(n, fallback=gentle))
    return found


def side_by_side(numbers: list[int]) -> list[int]:
    return each(numbers, lambda n: strict(n, fallback=gentle))


def evaluated_once(n: int) -> int:
    return strict(gentle(n), gentle(2), fallback=gentle)


def another_endpoint(text: str) -> str:
    found: dict[str, str] = labels.invoke({"inputs": text}, fallback=others)
    return found["label"]


def a_value(n: int) -> list[int] | int:
    return strict(n, fallback=[])


def guarded(numbers: list[int]) -> int:
    return strict(numbers[0], fallback=gentle)


CASES: list[tuple[Any, dict[str, Any], tuple[str, ...]]] = [
    *((another_model, {"text": "ü"}, working) for working in [("first",), ("second",), ()]),
    *((a_chain, {"text": "x"}, working) for working in [("first", "third"), ("second",), ("third",), ()]),
    *((a_chain_that_ends, {"text": "x"}, working) for working in [("third",), ()]),
    *((then_a_task, {"text": "x"}, working) for working in [("first",), ()]),
    *((then_a_lambda, {"text": "x"}, working) for working in [("first",), ()]),
    *((another_endpoint, {"text": "x"}, working) for working in [("labels",), ("others",), ()]),
    *((program, {"n": n}, ()) for program in (another_task, by_using, a_helper, all_kinds, caught, a_value)
      for n in (4, -4, -400, -4000)),
    (evaluated_once, {"n": 5}, ()),
    (evaluated_once, {"n": -5}, ()),
    (in_a_loop, {"numbers": [1, -2, 3]}, ()),
    (in_a_loop, {"numbers": [1, -200]}, ()),
    (side_by_side, {"numbers": [1, -2, 3]}, ()),
    (guarded, {"numbers": []}, ()),
    (guarded, {"numbers": [-3]}, ()),
]  # fmt: skip


@pytest.mark.parametrize(("program", "given", "working"), CASES, ids=lambda each: getattr(each, "__name__", str(each)))
def test_a_fallback_is_asked_as_python_asks_it(program: Any, given: dict[str, Any], working: tuple[str, ...]) -> None:
    agree(program, models=only(*working), **given)


def test_the_fallback_is_the_same_call() -> None:
    states = compile_function(another_model).definition["States"]
    one, two = (state for state in states.values() if state["Type"] == "Task")
    assert one["Arguments"]["ModelId"], two["Arguments"]["ModelId"] == ("first", "second")
    del one["Arguments"]["ModelId"], two["Arguments"]["ModelId"]
    assert one["Arguments"] == two["Arguments"]
    assert one["Catch"] == [{"ErrorEquals": ["States.ALL"], "Next": "second.converse"}]
    assert "Catch" not in two
    assert len(states) == 3  # the first keeps the input, which both are given


def test_what_was_asked_for_the_call_holds_for_the_fallback_too() -> None:
    def program(n: int) -> int:
        return strict(n, fallback=gentle, retry=Retry(2, on=(KeyError,)), timeout=7)

    states = compile_function(program).definition["States"].values()
    for state in [each for each in states if each["Type"] == "Task"]:
        assert state["TimeoutSeconds"] == 7
        assert state["Retry"][0]["MaxAttempts"] == 2
        assert state["Retry"][0]["ErrorEquals"][0] == "KeyError"
