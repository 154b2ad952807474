"""Large values on AWS: a task's function and the lanes write them to the platform's bucket and read them again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lanes.conftest import Context
from treadle import InputError, Large, Workflow, inputs, task
from treadle.asl import reference
from treadle.engine import run
from treadle.engine.task import Resource, TaskRequest, TaskResponse
from treadle.errors import ServiceError
from treadle.lanes import bundle, function, openapi, queued, step, sync
from treadle.lanes.bundle import Bundle, Entry
from treadle.lanes.platform import Platform, lambdas
from treadle.services import clients
from treadle.stores import large

pytestmark = pytest.mark.usefixtures("account")
TEXT = "A sentence of a long document with an ä and a 𝄞. " * 20_000


@task
def double(text: Large[str]) -> Large[str]:
    return text * 2


@task
def length(text: str) -> int:
    return len(text)


def doubled(text: Large[str]) -> Large[str]:
    return double(text)


def measured(text: Large[str]) -> dict[str, Large[str] | int]:
    twice = double(text)
    return {"twice": twice, "size": length(twice)}


class Lambda:
    """Invokes the handler of every task as Lambda does, by the name of the function."""

    def handles(self, resource: Resource) -> bool:
        return resource.service == "lambda"

    async def call(self, request: TaskRequest) -> TaskResponse:
        name = request.arguments["FunctionName"].rpartition("-")[2]
        payload = json.loads(json.dumps(request.arguments["Payload"]))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TREADLE_FUNCTION", f"{__name__}:{name}")
            try:
                answer = json.loads(json.dumps(function.handler(payload, Context())))
            except Exception as error:
                raise ServiceError(type(error).__name__, str(error)) from error
        return TaskResponse({"StatusCode": 200, "Payload": answer})


@pytest.fixture
def platform() -> Platform:
    """The account's platform with two workflows of tasks."""
    function._store.cache_clear()
    entries = {}
    for workflow, lane in ((Workflow(doubled), "sync"), (Workflow(measured), "queued"), (Workflow(doubled), "chain")):
        compiled = workflow.compile()
        name = f"{lane}.{workflow.function.__name__}"
        entries[name] = Entry(name, f"treadle-{lane}", lane, "STANDARD", compiled.parameters, compiled.definition)
    made = Bundle(
        "treadle",
        entries,
        {"POST /double": "sync.doubled"},
        {"treadle-measure": "queued.measured", "treadle-double": "chain.doubled"},
    )
    real = lambdas()
    return Platform(made, Lambda(), real.results, real.objects, real.announce)


def request(body: Any) -> dict[str, Any]:
    return {
        "resource": "/double",
        "httpMethod": "POST",
        "headers": {},
        "requestContext": {"requestId": "one"},
        "body": json.dumps(body),
    }


def test_a_request_larger_than_an_execution_takes_is_answered_in_full(platform: Platform) -> None:
    answer = sync.respond(request({"text": TEXT}), platform)
    assert answer["statusCode"] == 200, answer["body"]
    assert json.loads(answer["body"]) == TEXT * 2
    kept = platform.results.get("sync.doubled", "one")
    assert kept is not None
    assert reference.is_reference(kept["input"]["text"])
    assert reference.is_reference(kept["output"])
    assert kept["output"]["treadle:reference"].startswith("s3://treadle-results/treadle-large/")


def test_the_object_of_a_queued_result_holds_the_value(platform: Platform) -> None:
    detail = queued.deliver(platform.bundle.entry("queued.measured"), {"text": TEXT}, platform, "m1")
    record = json.loads(platform.objects.get(detail["result"]))
    assert record["output"] == {"twice": TEXT * 2, "size": len(TEXT) * 2}
    assert reference.is_reference(record["input"]["text"])


def test_a_chain_behind_a_queue_starts_with_a_reference(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[dict[str, Any]] = []

    class States:
        class exceptions:
            ExecutionAlreadyExists = KeyError

        def start_execution(self, **given: Any) -> dict[str, str]:
            started.append(given)
            return {"executionArn": "arn"}

    class Record:
        event_source_arn = "arn:aws:sqs:us-east-1:123456789012:treadle-double"
        message_id = "m2"

    real = clients.client
    monkeypatch.setattr(clients, "client", lambda name, **more: States() if name == "stepfunctions" else real(name))
    record: Any = Record()
    queued._start(platform.bundle.entry("chain.doubled"), {"text": TEXT}, record, platform)
    given = json.loads(started[0]["input"])
    assert large.resolved(given["text"], platform.objects) == TEXT


def test_three_ways_give_the_same(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = measured(TEXT)
    execution = step.execute(platform.bundle.entry("queued.measured"), {"text": TEXT}, platform, "x")
    assert execution.status == "SUCCEEDED", execution.cause
    assert step.output(execution, platform) == expected
    monkeypatch.delenv("TREADLE_BUCKET")
    assert Workflow(measured).run(TEXT) == expected


def test_what_only_pretends_to_be_one_of_ours_is_not_read(platform: Platform) -> None:
    clients.client("s3").put_object(Bucket="treadle-results", Key="results/secret.json", Body=b'"secret"')
    forged = {"treadle:reference": "s3://treadle-results/results/secret.json", "bytes": 8, "sha256": "0" * 64}
    answer = sync.respond(request({"text": forged}), platform)
    assert answer["statusCode"] == 502
    assert "secret" not in answer["body"].replace("secret.json", "")


def test_an_input_of_another_type_is_refused_by_name(platform: Platform) -> None:
    answer = sync.respond(request({"text": 5}), platform)
    assert answer["statusCode"] == 400
    assert "text must be a string, not 5" in answer["body"]


def test_the_api_speaks_of_the_value_alone() -> None:
    document = json.dumps(
        openapi.document(
            Bundle(
                "treadle",
                {"a": Entry("a", "m", "sync", "STANDARD", Workflow(doubled).compile().parameters, {})},
                {"POST /a": "a"},
                {},
            )
        )
    )
    assert "treadle:reference" not in document


def test_a_big_input_that_is_not_marked_says_what_to_do() -> None:
    with pytest.raises(InputError, match=r"its largest field is 'text' .* annotate that parameter Large"):
        inputs.guard({"text": TEXT})


def test_a_large_dataclass_result_is_written_by_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.language import test_large

    function._store.cache_clear()
    monkeypatch.setenv("TREADLE_FUNCTION", "tests.language.test_large:page")
    found = function.handler({"number": 2}, Context())
    assert found["number"] == 2
    assert large.resolved(found, function._store()) == {"number": 2, "text": test_large.BIG}


def test_a_bundle_keeps_what_is_large(tmp_path: Path) -> None:
    made = Bundle("p", {"a": Entry("a", "m", "sync", "STANDARD", Workflow(doubled).compile().parameters, {})}, {}, {})
    (tmp_path / "b.json").write_text(bundle.dumps(made))
    assert reference.marked(bundle.load(tmp_path / "b.json").entry("a").parameters)


def test_an_execution_started_on_aws_gives_its_value(monkeypatch: pytest.MonkeyPatch, platform: Platform) -> None:
    """`start` moves what is big to the bucket that infra/ makes; `result` reads the output from there."""
    clients.client("s3").create_bucket(Bucket="treadle-123456789012-us-east-1")
    started: dict[str, Any] = {}

    class States:
        class meta:
            region_name, partition = "us-east-1", "aws"

        def start_execution(self, **given: Any) -> dict[str, str]:
            started.update(given)
            return {"executionArn": "arn:aws:states:us-east-1:123456789012:execution:treadle-doubled:e"}

        def describe_execution(self, executionArn: str) -> dict[str, Any]:
            return answers.pop(0)

    real = clients.client
    monkeypatch.setattr(clients, "client", lambda name, **more: States() if name == "stepfunctions" else real(name))
    from treadle.language.primitives import sleeper

    made = Workflow(doubled)
    monkeypatch.setenv("TREADLE_BUCKET", "treadle-123456789012-us-east-1")
    function._store.cache_clear()
    arn = made.start(TEXT, env="prod")
    assert started["stateMachineArn"].endswith(":stateMachine:" + made.machine_name + ":prod")
    execution = run(made._compiled()[1], json.loads(started["input"]), service=Lambda())
    answers: list[dict[str, Any]] = [
        {"status": "RUNNING"},
        {"status": "SUCCEEDED", "output": json.dumps(execution.output)},
    ]
    token = sleeper.set(lambda seconds: None)
    try:
        assert made.result(arn, wait=60) == TEXT * 2
    finally:
        sleeper.reset(token)
        function._store.cache_clear()
