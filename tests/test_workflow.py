"""A workflow is a function still; its ASL on the engine gives the same."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest

from treadle import (
    ExecutionFailed,
    InputError,
    ServiceError,
    UnsupportedResource,
    bedrock,
    each,
    parallel,
    services,
    task,
    workflow,
)
from treadle.engine import load, run
from treadle.engine.task import Resource, TaskRequest, TaskResponse
from treadle.local import answering

embedder = bedrock.embedding("amazon.titan-embed-text-v2:0", dimensions=2)


@task
def double(x: int) -> int:
    if x > 100:
        raise ValueError("too big")
    return 2 * x


@workflow
def inner(x: int, plus: int = 1) -> int:
    """Double and add."""
    return double(x) + plus


@workflow
def outer(xs: list[int]) -> dict[str, Any]:
    left, right = parallel(lambda: inner(1), lambda: double(5))
    return {"left": left, "right": right, "each": each(xs, lambda x: inner(x, plus=0))}


@workflow
def embed(text: str) -> list[float]:
    return embedder.embed(text)


class Vectors:
    """Answers every embedding with the text's length, and counts the requests."""

    def __init__(self) -> None:
        self.requests: list[TaskRequest] = []

    def handles(self, resource: Resource) -> bool:
        return resource.service == "bedrock"

    async def call(self, request: TaskRequest) -> TaskResponse:
        self.requests.append(request)
        return TaskResponse({"Body": {"embedding": [len(request.arguments["Body"]["inputText"]), 0.5]}}, "length")


@pytest.mark.parametrize("xs", [[], [3], [1, 2, 3]])
def test_three_ways_give_one_answer(xs: list[int]) -> None:
    expected = {"left": 3, "right": 10, "each": [2 * x for x in xs]}
    assert outer(xs) == expected
    assert outer.run(xs) == expected
    compiled = load(json.loads(json.dumps(inner.definition)), name="inner")
    execution = run(compiled, {"x": 4}, service=services.functions(inner.compile().functions))
    assert execution.output == inner(4) == inner.run(x=4) == 9


def test_a_model_answers_plain_python_and_the_engine_alike() -> None:
    service = Vectors()
    with answering(service):
        direct = embed("four")
    execution = embed.execute({"text": "four"}, service=service)
    assert direct == execution.output == [4, 0.5]
    assert service.requests[0].arguments == service.requests[1].arguments
    assert dict(execution.models) == {"embedder.embed": "length"}


def test_a_service_error_reaches_plain_python() -> None:
    with answering(services.mock({"bedrock:invokeModel": services.error("Bedrock.ValidationException", "too long")})):
        with pytest.raises(ServiceError) as caught:
            embed("four")
    assert (caught.value.error, caught.value.cause) == ("Bedrock.ValidationException", "too long")


def test_a_failure_names_the_line() -> None:
    with pytest.raises(ExecutionFailed, match="too big") as caught:
        inner.run(500)
    line = inspect.getsourcelines(inner.function)[1] + 3
    assert caught.value.error == "ValueError"
    assert caught.value.where.endswith(f"test_workflow.py:{line} in inner")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "missing"),
        ({"x": "1"}, 'x must be an integer, not "1"'),
        ({"x": 1, "y": 2}, "unexpected keyword argument 'y'"),
    ],
)
def test_a_wrong_call_is_one_line(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        inner.run(**arguments)
    assert "\n" not in str(caught.value)


def test_a_resource_that_nothing_runs_is_refused_before_the_first_state() -> None:
    with pytest.raises(UnsupportedResource, match="invokeModel"):
        embed.execute({"text": "a"}, service=services.functions({}))


def test_it_keeps_the_name_the_signature_and_the_docstring() -> None:
    assert inner.__doc__ == "Double and add."
    assert list(inspect.signature(inner).parameters) == ["x", "plus"]
    assert inner.name == "tests.test_workflow.inner"
    assert repr(inner) == "<workflow tests.test_workflow.inner>"


def test_it_compiles_once_and_anew_when_a_name_means_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    assert inner.compile() is inner.compile()
    before = inner.compile()

    @task(timeout=7)
    def other(x: int) -> int:
        return 3 * x

    monkeypatch.setitem(globals(), "double", other)
    assert inner.compile() is not before
    assert inner.run(2) == inner(2) == 7


def test_an_operation_of_a_workflow_is_its_call_only() -> None:
    with pytest.raises(TypeError, match="call inner"):
        inner.__operation__("run", {})


def test_it_starts_on_aws_through_the_alias_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import botocore.session
    from botocore.stub import Stubber

    from treadle.services import clients

    def made(name: str) -> Any:
        keys = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
        return botocore.session.Session().create_client(name, region_name="eu-west-1", **keys)

    found = {name: made(name) for name in ("sts", "stepfunctions")}
    monkeypatch.setattr(clients, "client", found.__getitem__)
    arn = f"arn:aws:states:eu-west-1:111111111111:stateMachine:{inner.machine_name}:prod"
    execution = arn.replace("stateMachine", "execution") + ":one"
    with Stubber(found["sts"]) as sts, Stubber(found["stepfunctions"]) as states:
        sts.add_response("get_caller_identity", {"Account": "111111111111"})
        states.add_response(
            "start_execution",
            {"executionArn": execution, "startDate": 0},
            {"stateMachineArn": arn, "input": '{"x":4}'},
        )
        assert inner.start(4, env="prod") == execution
