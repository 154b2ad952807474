"""Errors by name: of services, of nested workflows, raised again."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest

from tests.language.harness import Functions, agree
from treadle import ExecutionFailed, Workflow, aws, bedrock, task
from treadle.engine import load, run
from treadle.errors import CompileError, ServiceError, service_error
from treadle.language import compile_function
from treadle.language.options import Retry

assistant = bedrock.chat("m")
embedder = bedrock.embedding("m")


class Bad(Exception):
    """Raised in a nested workflow."""


class Worse(Bad):
    pass


@task
def check(n: int) -> int:
    if n == 1:
        raise Bad("bad one")
    if n == 2:
        raise Worse("worst two")
    if n == 3:
        raise TimeoutError("too late")
    return n


@task
def note(text: str) -> str:
    return f"noted {text}"


def inside(n: int) -> int:
    if n == 4:
        raise ValueError(f"four is {n}")
    if n == 5:
        raise KeyError("five")
    return check(n) * 10


nested = Workflow(inside)


def deeper(n: int) -> int:
    return nested(n) + 1


outer = Workflow(deeper)


def by_name(n: int) -> str:
    try:
        return str(nested(n))
    except Worse as error:
        return f"worse: {error}"
    except Bad as error:
        return f"{type(error).__name__}: {error}"
    except (ValueError, TimeoutError) as error:
        return f"other: {error}"


def anything(n: int) -> str:
    try:
        return str(nested(n))
    except Exception as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"


def quietly(n: int) -> int:
    try:
        return nested(n)
    except Exception:  # noqa: BLE001
        return -1


def finally_(n: int) -> int:
    try:
        return nested(n)
    finally:
        note("done")


def again(n: int) -> str:
    try:
        try:
            return str(nested(n))
        except Bad:
            note("bad")
            raise
    except Bad as error:
        return f"outside: {error}"


def two_down(n: int) -> str:
    try:
        return str(outer(n))
    except Bad as error:
        return str(error)


@pytest.mark.parametrize("n", range(7))
@pytest.mark.parametrize("program", [by_name, anything, quietly, finally_, again, two_down, deeper])
def test_a_nested_workflow_raises_what_it_raised(program: Any, n: int) -> None:
    try:
        expected = ("value", program(n))
    except Exception as error:  # noqa: BLE001
        expected = ("error", type(error).__name__, str(error))
    try:
        found = ("value", Workflow(program).run(n))
    except ExecutionFailed as error:
        cause = error.cause or ""
        text = json.loads(cause)["errorMessage"] if cause.startswith('{"errorMessage"') else cause
        found = ("error", error.error, text)
    assert found == expected


def test_a_nested_workflow_that_is_caught_quietly_needs_no_state_more() -> None:
    definition = compile_function(quietly).definition
    assert [state["Type"] for state in definition["States"].values()] == ["Task", "Succeed"]
    execution = run(load(definition), {"n": "x"}, service=Functions({}, {}))
    assert "needs n: int" in str(execution.cause)  # which no `except` of the source sees


# --- services


def failing(**errors: str) -> dict[str, Any]:
    """Services that fail with an error, by action."""

    def answer(error: str) -> Any:
        def fail(arguments: Any) -> Any:
            raise ServiceError(error, "said so")

        return fail

    return {action: answer(error) for action, error in errors.items()}


def put(id: str) -> str:
    try:
        aws.dynamodb.put_item(TableName="t", Item={"id": {"S": id}}, ConditionExpression="attribute_not_exists(id)")
        return "put"
    except aws.dynamodb.ConditionalCheckFailedException:
        return "there already"
    except (aws.dynamodb.ProvisionedThroughputExceededException, aws.dynamodb.DynamoDbException) as error:
        return f"{type(error).__name__}: {error}"


def get(key: str) -> str | None:
    try:
        found = aws.s3.get_object(Bucket="b", Key=key)
        return found["ETag"]
    except aws.s3.NoSuchKey as error:
        return str(error)


def ask(text: str) -> str:
    try:
        return assistant.converse(text)
    except aws.bedrock_runtime.ThrottlingException:
        return "later"
    except aws.bedrock_runtime.ValidationException as error:
        return f"never: {error}"


def embed(text: str) -> int:
    try:
        return len(embedder.embed(text))
    except aws.bedrock_runtime.ThrottlingException:
        return -1


@pytest.mark.parametrize(
    ("program", "action", "errors"),
    [
        (put, "putItem", ["ConditionalCheckFailedException", "ProvisionedThroughputExceededException"]),
        (put, "putItem", ["DynamoDbException", "InternalServerErrorException"]),
        (get, "getObject", ["NoSuchKeyException", "S3Exception"]),
        (ask, "converse", ["ThrottlingException", "ValidationException", "AccessDeniedException"]),
        (embed, "invokeModel", ["ThrottlingException", "ValidationException"]),
    ],
)
def test_a_service_s_error_is_a_class(program: Any, action: str, errors: list[str]) -> None:
    prefixes = {"putItem": ["DynamoDb"], "getObject": ["S3"], "converse": ["BedrockRuntime"]}
    for prefix in prefixes.get(action, ["BedrockRuntime", "Bedrock"]):
        for error in errors:
            agree(program, models=failing(**{action: f"{prefix}.{error}"}), **{_first(program): "x"})


def _first(program: Any) -> str:
    return str(program.__code__.co_varnames[0])


def test_an_error_class_is_what_its_name_says() -> None:
    made = ServiceError("DynamoDb.ConditionalCheckFailedException", "no")
    assert isinstance(made, aws.dynamodb.ConditionalCheckFailedException)
    assert type(made) is service_error("DynamoDb.ConditionalCheckFailedException")
    assert (type(made).__name__, str(made)) == (made.error, "DynamoDb.ConditionalCheckFailedException: no")
    assert type(ServiceError("Broken")) is ServiceError
    for same in (pickle.loads(pickle.dumps(made)), copy.copy(made)):
        assert (type(same), same.error, same.cause) == (type(made), made.error, made.cause)
    assert aws.s3.NoSuchKey is aws.s3.NoSuchKeyException
    assert Retry(1, on=(aws.s3.NoSuchKey,)).matches(ServiceError("S3.NoSuchKeyException"))


def test_an_error_that_a_service_has_not_is_refused() -> None:
    with pytest.raises(AttributeError, match=r"no error NoSuchKeys: did you mean NoSuchKey\?"):
        aws.s3.NoSuchKeys  # noqa: B018

    def program(n: int) -> int:
        try:
            return check(n)
        except ServiceError:
            return 0

    with pytest.raises(CompileError, match="which service's error is not said"):
        compile_function(program)
