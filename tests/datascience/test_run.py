"""`treadle.run` on workflows authored with the Data Science SDK: versions are those of the [sagemaker] extra."""

from __future__ import annotations

import os
import warnings
from typing import Any

import pytest

# The SDK warns of its own age while it is imported; what our code warns of is still an error.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    os.environ.setdefault("SAGEMAKER_SUPPRESS_V2_WARNING", "1")
    reason = "the [sagemaker] extra is not installed: treadle.run was NOT tested"
    stepfunctions = pytest.importorskip("stepfunctions", reason=reason)
    sagemaker = pytest.importorskip("sagemaker", reason=reason)
    from sagemaker.estimator import Estimator
    from stepfunctions.inputs import ExecutionInput
    from stepfunctions.steps import (
        Catch,
        Chain,
        Choice,
        ChoiceRule,
        Fail,
        LambdaStep,
        Map,
        Parallel,
        Pass,
        Retry,
        Succeed,
        TrainingStep,
        TransformStep,
    )
    from stepfunctions.workflow import Workflow

import treadle
from treadle.datascience import definition
from treadle.engine import VirtualClock
from treadle.engine.task import Resource, TaskRequest, TaskResponse
from treadle.errors import InputError, ServiceError
from treadle.services import mock

JSON = Any
ROLE = "arn:aws:iam::123456789012:role/sagemaker"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/train:1"
pytestmark = pytest.mark.filterwarnings("ignore")


class SageMaker:
    """SageMaker as its mocks answer: each action's answer, or an error; the requests as they came."""

    def __init__(self, **answers: JSON) -> None:
        self.answers = answers
        self.requests: list[TaskRequest] = []

    def handles(self, resource: Resource) -> bool:
        return resource.service in ("sagemaker", "lambda")

    async def call(self, request: TaskRequest) -> TaskResponse:
        self.requests.append(request)
        answer = self.answers[request.resource.action]
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return TaskResponse(answer)


@pytest.fixture
def estimator(monkeypatch: pytest.MonkeyPatch) -> Estimator:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    import boto3

    session = sagemaker.Session(boto_session=boto3.Session(region_name="us-east-1"), default_bucket="models")
    return Estimator(
        image_uri=IMAGE,
        role=ROLE,
        instance_count=1,
        instance_type="ml.m5.large",
        output_path="s3://models/out",
        sagemaker_session=session,
        hyperparameters={"epochs": 3},
    )


def trained(estimator: Estimator, execution_input: ExecutionInput, **options: JSON) -> TrainingStep:
    return TrainingStep(
        "Train",
        estimator=estimator,
        job_name=execution_input["JobName"],
        data={"train": sagemaker.inputs.TrainingInput("s3://data/train")},
        **options,
    )


MODEL = {"TrainingJobStatus": "Completed", "ModelArtifacts": {"S3ModelArtifacts": "s3://models/out/model.tar.gz"}}


def test_a_workflow_with_a_training_step_runs_with_its_job_mocked(estimator: Estimator) -> None:
    execution_input = ExecutionInput(schema={"JobName": str})
    chain = Chain([trained(estimator, execution_input), Pass("Done", output_path="$.ModelArtifacts")])
    workflow = Workflow("train-model", chain, ROLE, execution_input=execution_input, client=Client())
    service = SageMaker(createTrainingJob=MODEL)
    execution = treadle.run(workflow, {"JobName": "job-1"}, service=service)
    assert execution.status == "SUCCEEDED"
    assert execution.output == {"S3ModelArtifacts": "s3://models/out/model.tar.gz"}
    (request,) = service.requests
    assert request.resource.pattern == "sync"
    assert request.arguments["TrainingJobName"] == "job-1"
    assert request.arguments["AlgorithmSpecification"]["TrainingImage"] == IMAGE
    assert request.arguments["HyperParameters"] == {"epochs": "3"}
    assert [event["type"] for event in execution.history() if event["type"].startswith("Task")] == [
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
    ]


class Client:
    """The SDK wants a client when a Workflow is made; running here, it is never asked."""

    meta: Any = type("Meta", (), {"config": type("Config", (), {"user_agent": "x"})()})()
    _client_config: Any = type("Config", (), {"user_agent": "x"})()

    def __getattr__(self, name: str) -> JSON:
        raise AssertionError(f"{name} was called: nothing may go to AWS")


def test_the_inputs_are_held_to_the_execution_input(estimator: Estimator) -> None:
    execution_input = ExecutionInput(schema={"JobName": str})
    workflow = Workflow(
        "w", trained(estimator, execution_input), ROLE, execution_input=execution_input, client=Client()
    )
    with pytest.raises(InputError, match=r"do not fit the workflow's ExecutionInput: it takes .*JobName"):
        treadle.run(workflow, {"JobName": 7}, service=SageMaker())


def test_retry_and_catch_of_the_sdk_are_the_engines(estimator: Estimator) -> None:
    step = trained(estimator, ExecutionInput(schema={"JobName": str}))
    step.add_retry(Retry(error_equals=["SageMaker.AmazonSageMakerException"], interval_seconds=600, max_attempts=2))
    step.add_catch(Catch(error_equals=["States.ALL"], next_step=Fail("Failed", cause="training failed")))
    busy = ServiceError("SageMaker.AmazonSageMakerException", "ResourceLimitExceeded")
    service = SageMaker(createTrainingJob=[busy, busy, MODEL])
    assert treadle.run(Chain([step]), {"JobName": "j"}, service=service, clock=VirtualClock()).output == MODEL
    failing = SageMaker(createTrainingJob=[ServiceError("SageMaker.Other", "no")])
    execution = treadle.run(Chain([step]), {"JobName": "j"}, service=failing)
    assert (execution.status, execution.cause) == ("FAILED", "training failed")


def test_a_pipeline_of_steps_passes_one_result_to_the_next(estimator: Estimator) -> None:
    execution_input = ExecutionInput(schema={"JobName": str})
    train = trained(estimator, execution_input, result_path="$.training")
    from sagemaker.transformer import Transformer

    session = estimator.sagemaker_session
    transformer = Transformer("model-1", 1, "ml.m5.large", output_path="s3://models/batch", sagemaker_session=session)
    batch = TransformStep("Batch", transformer, "batch-1", "model-1", data="s3://data/all")
    service = SageMaker(createTrainingJob=MODEL, createTransformJob={"TransformJobStatus": "Completed"})
    execution = treadle.run(Chain([train, batch]), {"JobName": "j"}, service=service)
    assert execution.output == {"TransformJobStatus": "Completed"}
    assert [request.resource.action for request in service.requests] == ["createTrainingJob", "createTransformJob"]


def test_a_mock_by_the_name_of_the_call_answers_a_job(estimator: Estimator) -> None:
    script = mock({"sagemaker:createTrainingJob.sync": MODEL})
    execution = treadle.run(
        trained(estimator, ExecutionInput(schema={"JobName": str})), {"JobName": "j"}, service=script
    )
    assert execution.output == MODEL
    assert script.calls[0].arguments["TrainingJobName"] == "j"


def test_every_state_of_the_sdk_runs() -> None:
    choice = Choice("Big?")
    choice.add_choice(ChoiceRule.NumericGreaterThan("$.n", 5), Succeed("Big"))
    parallel = Parallel("Both")
    parallel.add_branch(Pass("A", result={"a": 1}))
    parallel.add_branch(LambdaStep("B", parameters={"FunctionName": "f", "Payload": {"n": 1}}, output_path="$.Payload"))
    each = Map("Each", items_path="$.items", iterator=Pass("One"))
    choice.default_choice(Chain([Pass("Items", result={"items": [1, 2]}), each, parallel]))
    service = SageMaker(invoke={"Payload": {"b": 2}})
    assert treadle.run(choice, {"n": 9}).output == {"n": 9}
    assert treadle.run(choice, {"n": 1}, service=service).output == [{"a": 1}, {"b": 2}]


def test_what_is_not_of_the_sdk_is_refused() -> None:
    with pytest.raises(InputError, match=r"not dict: a workflow of Treadle's own runs with workflow\.run"):
        treadle.run({"StartAt": "A"})
    with pytest.raises(InputError, match="not a ExecutionInput"):
        treadle.run(ExecutionInput(schema={}))
    with pytest.raises(InputError, match="not a Retry"):
        definition(Retry(error_equals=["States.ALL"]))
