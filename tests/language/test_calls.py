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
    assert one["Arguments"]["System"] == two["Arguments"]["System"]
    (message,), (again,) = one["Arguments"]["Messages"], two["Arguments"]["Messages"]
    assert again["Content"][0]["Text"] == '{% "Say " & $text & "!" %}'
    assert message["Content"][0]["Text"].endswith('"Say " & $states.input.text & "!") %}')
    assert one["Catch"][0]["Assign"] == {"text": "{% $states.input.text %}"}
    assert [each["Next"] for each in one["Catch"]] == ["second.converse"]
    assert "Catch" not in two
    assert len(states) == 2  # the catcher keeps the input, which both are given


def test_what_was_asked_for_the_call_holds_for_the_fallback_too() -> None:
    def program(n: int) -> int:
        return strict(n, fallback=gentle, retry=Retry(2, on=(KeyError,)), timeout=7)

    states = compile_function(program).definition["States"].values()
    for state in [state for state in states if state["Type"] == "Task"]:
        assert state["TimeoutSeconds"] == 7
        assert state["Retry"][0]["MaxAttempts"] == 2
        assert state["Retry"][0]["ErrorEquals"][0] == "KeyError"


# --- parallel, each, distribute, callback, workflows, any API

seen: list[int] = []


@task
def fails_twice(n: int) -> int:
    """Fails at its first two calls for a number."""
    seen.append(n)
    if seen.count(n) < 3:
        raise Down(f"{n} is not there yet")
    return n


@task
def ask(question: str, token: str) -> None: ...


@workflow
def inner(n: int) -> int:
    return strict(n)


def parallel_retried(n: int) -> int:
    return sum(parallel(lambda: fails_twice(n), lambda: strict(n), retry=Retry(3, on=(Down,))))


def parallel_given_up(n: int) -> list[int]:
    found = parallel(lambda: strict(n), lambda: fails_twice(n), fallback=(0, 0))
    return list(found)


def each_retried(numbers: list[int]) -> list[int]:
    return each(numbers, fails_twice, retry=2)


def each_given_up(numbers: list[int]) -> list[int]:
    return each(numbers, strict, fallback=[])


def tolerant_and_given_up(numbers: list[int]) -> list[int | None] | str:
    return each(numbers, strict, tolerate=1, fallback="too many")


def distributed_given_up(numbers: list[int]) -> list[int]:
    return distribute(numbers, strict, fallback=[-1], retry=1)


def nested_given_up(n: int) -> int:
    return inner.using(fallback=-1)(n) + 1


def nested_then_a_task(n: int) -> int:
    return inner.using(fallback=gentle)(n)


def in_a_try(n: int) -> str:
    try:
        return str(parallel(lambda: strict(n), lambda: strict(n), retry=1))
    except ValueError as error:
        return f"failed: {error}"


OTHERS: list[tuple[Any, dict[str, Any]]] = [
    (parallel_retried, {"n": 3}),
    (parallel_given_up, {"n": -3}),
    (parallel_given_up, {"n": 3}),
    (each_retried, {"numbers": [1]}),
    (each_given_up, {"numbers": [1, 2]}),
    (each_given_up, {"numbers": [1, -2]}),
    *((tolerant_and_given_up, {"numbers": numbers}) for numbers in ([1, 2], [1, -2], [-1, -2, 3])),
    (distributed_given_up, {"numbers": [1, 2]}),
    (distributed_given_up, {"numbers": [1, -2]}),
    (in_a_try, {"n": 1}),
    (in_a_try, {"n": -1}),
]


@pytest.mark.parametrize(("program", "given"), OTHERS, ids=lambda each: getattr(each, "__name__", str(each)))
def test_options_of_a_block_are_python_s(program: Any, given: dict[str, Any]) -> None:
    from tests.language.harness import engine, plain

    seen.clear()
    expected = plain(program, given, {})
    seen.clear()
    assert engine(program, given, {}) == expected


def states_of(program: Any) -> list[dict[str, Any]]:
    return list(compile_function(program).definition["States"].values())


@pytest.mark.parametrize("n", [3, -3, -300])
def test_a_nested_workflow_takes_them_too(n: int) -> None:
    from treadle import Workflow
    from treadle.errors import ExecutionFailed

    for program in (nested_given_up, nested_then_a_task):
        try:
            expected = program(n)
        except KeyError:
            with pytest.raises(ExecutionFailed, match="KeyError"):
                Workflow(program).run(n)
            continue
        assert Workflow(program).run(n) == expected


def test_every_kind_of_call_in_the_states_language() -> None:
    def program(n: int, text: str) -> Any:
        strict(n, retry=2, timeout=5)
        first.converse(text, retry=Retry(1, on=("BedrockRuntime.ThrottlingException",)), timeout=n)
        vectors.embed(text, timeout=6.0)
        labels.invoke({"a": 1}, retry=0)
        aws.dynamodb.get_item(TableName="t", Key={"id": {"S": text}}, retry=3, timeout=9)
        inner.using(retry=1, timeout=8)(n)
        answer = callback(ask, text, returns=str, timeout=60, heartbeat=20, retry=1, fallback=None)
        each([n], strict, retry=4)
        parallel(lambda: strict(n), retry=5)
        distribute([n], strict, retry=6)
        return answer

    found = [state for state in states_of(program) if "Retry" in state or "TimeoutSeconds" in state]
    asked = [[each.get("MaxAttempts") for each in state.get("Retry", [])] for state in found]
    assert asked == [[3, 2], [1, 5], [5], [3, 0], [3], [1], [1], [4], [5], [6]]
    limits = [state.get("TimeoutSeconds") for state in found]
    assert limits == [5, "{% $n %}", 6, None, 9, 8, 60, None, None, None]
    assert [state.get("HeartbeatSeconds") for state in found if "HeartbeatSeconds" in state] == [20]


REFUSED = {
    "strict(n, heartbeat=5)": "a heartbeat is for callback",
    "strict(n, timeout=0)": "timeout is 1 second or more",
    "strict(n, timeout=-3)": "timeout is 1 second or more",
    "strict(n, timeout=1.5)": "timeout is whole seconds",
    "strict(n, timeout='5')": "timeout is whole seconds, not str",
    "strict(n, retry=-1)": "retry is 0 or more",
    "strict(n, retry=True)": "retry is a number or a Retry",
    "strict(n, retry=n)": "retry is a number or a Retry",
    "strict(n, retry=Retry(attempts=-1))": "attempts is 0 or more",
    "strict(n, retries=2)": "unexpected keyword argument 'retries'",
    "strict(n, fallback=[gentle, 1, gentle])": "a value ends a chain of fallbacks",
    "parallel(lambda: strict(n), timeout=5)": "parallel\\(\\) has no timeout: put it on the calls in it",
    "each([n], strict, heartbeat=5)": "each\\(\\) has no heartbeat",
    "distribute([n], strict, timeout=5)": "distribute\\(\\) has no timeout",
    "each([n], strict, fallback=gentle)": "the fallback of each\\(\\) is a value, not a call",
    "callback(ask, 'x', returns=str, timeout=5, heartbeat=5)": "a heartbeat comes more often than the timeout",
    "callback(ask, 'x', returns=str, fallback=strict)": "the fallback of a callback is a value",
    "strict(n, fallback=first)": "first cannot be asked the same: it is no task, and cannot be called",
}


@pytest.mark.parametrize("expression", REFUSED)
def test_a_wrong_option_is_refused_where_it_stands(expression: str, tmp_path: Path) -> None:
    import re

    file = tmp_path / "program.py"
    head = "from tests.language.test_calls import *\nfrom treadle import *\n"
    file.write_text(head + textwrap.dedent(f"def program(n: int):\n    return {expression}\n"), "utf-8")
    space: dict[str, Any] = {"__name__": "program"}
    exec(compile(file.read_text("utf-8"), str(file), "exec"), space)
    with pytest.raises(CompileError) as caught:
        compile_function(space["program"])
    assert re.search(REFUSED[expression], str(caught.value)), caught.value
