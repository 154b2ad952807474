"""`.sync` integrations as a table: how a job is looked at while it runs, when it is over, and how it is stopped.

Source: Step Functions developer guide, "Integrating optimized services", one page a service.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

JSON = Any


@dataclass(frozen=True, slots=True)
class Job:
    """Names are botocore's, paths are dotted.

    `look` is the operation that describes the job, `by` its parameters as paths into what starting it gave ("<" for
    paths into the request, "[]" for a list of the one). `status` and `answer` are paths into what `look` gives.
    """

    look: str
    by: Mapping[str, str]
    status: str
    succeeded: frozenset[str]
    failed: frozenset[str]
    answer: str = ""
    stop: str = ""


def _job(look: str, by: Mapping[str, str], status: str, good: str, bad: str, answer: str = "", stop: str = "") -> Job:
    return Job(look, by, status, frozenset(good.split()), frozenset(bad.split()), answer, stop)


_ENDED = "Failed Stopped"

JOBS: Mapping[tuple[str, str], Job] = {
    ("sagemaker", "createTrainingJob"): _job(
        "describe_training_job", {"TrainingJobName": "<TrainingJobName"}, "TrainingJobStatus", "Completed", _ENDED,
        stop="stop_training_job",
    ),
    ("sagemaker", "createTransformJob"): _job(
        "describe_transform_job", {"TransformJobName": "<TransformJobName"}, "TransformJobStatus", "Completed", _ENDED,
        stop="stop_transform_job",
    ),
    ("sagemaker", "createProcessingJob"): _job(
        "describe_processing_job", {"ProcessingJobName": "<ProcessingJobName"}, "ProcessingJobStatus", "Completed",
        _ENDED, stop="stop_processing_job",
    ),
    ("sagemaker", "createHyperParameterTuningJob"): _job(
        "describe_hyper_parameter_tuning_job", {"HyperParameterTuningJobName": "<HyperParameterTuningJobName"},
        "HyperParameterTuningJobStatus", "Completed", _ENDED, stop="stop_hyper_parameter_tuning_job",
    ),
    ("sagemaker", "createLabelingJob"): _job(
        "describe_labeling_job", {"LabelingJobName": "<LabelingJobName"}, "LabelingJobStatus", "Completed", _ENDED,
        stop="stop_labeling_job",
    ),
    ("glue", "startJobRun"): _job(
        "get_job_run", {"JobName": "<JobName", "RunId": "JobRunId"}, "JobRun.JobRunState", "SUCCEEDED",
        "FAILED STOPPED TIMEOUT ERROR EXPIRED", "JobRun",
    ),
    ("batch", "submitJob"): _job(
        "describe_jobs", {"jobs": "[]jobId"}, "jobs.0.status", "SUCCEEDED", "FAILED", "jobs.0",
    ),
    ("ecs", "runTask"): _job(
        "describe_tasks", {"cluster": "tasks.0.clusterArn", "tasks": "[]tasks.0.taskArn"}, "tasks.0.lastStatus",
        "STOPPED", "DEPROVISIONED", "tasks.0",
    ),
    ("athena", "startQueryExecution"): _job(
        "get_query_execution", {"QueryExecutionId": "QueryExecutionId"}, "QueryExecution.Status.State", "SUCCEEDED",
        "FAILED CANCELLED", stop="stop_query_execution",
    ),
    ("codebuild", "startBuild"): _job(
        "batch_get_builds", {"ids": "[]build.id"}, "builds.0.buildStatus", "SUCCEEDED",
        "FAILED FAULT STOPPED TIMED_OUT", "builds.0",
    ),
    ("states", "startExecution"): _job(
        "describe_execution", {"executionArn": "executionArn"}, "status", "SUCCEEDED", "FAILED TIMED_OUT ABORTED",
        stop="stop_execution",
    ),
    ("bedrock", "createModelCustomizationJob"): _job(
        "get_model_customization_job", {"jobIdentifier": "jobArn"}, "status", "Completed", _ENDED,
        stop="stop_model_customization_job",
    ),
    ("mediaconvert", "createJob"): _job("get_job", {"Id": "Job.Id"}, "Job.Status", "COMPLETE", "CANCELED ERROR"),
}  # fmt: skip


def parameters(job: Job, sent: Mapping[str, JSON], started: Mapping[str, JSON]) -> dict[str, JSON]:
    """The parameters with which `job.look` finds the job that `sent` started as `started`."""
    found = {}
    for name, path in job.by.items():
        bare = path.removeprefix("[]").removeprefix("<")
        value = pick(sent if path.startswith("<") else started, bare)
        found[name] = [value] if path.startswith("[]") else value
    return found


def pick(value: JSON, path: str) -> JSON:
    """The value at a dotted path, numbers for places in lists; None where there is none."""
    for step in path.split(".") if path else ():
        if isinstance(value, list):
            value = value[int(step)] if int(step) < len(value) else None
        elif isinstance(value, Mapping):
            value = value.get(step)
    return value


def outcome(service: str, job: Job, seen: Mapping[str, JSON]) -> bool | None:
    """True where the job succeeded, False where it failed, None while it runs."""
    status = pick(seen, job.status)
    if service == "ecs" and status in job.succeeded:
        containers = pick(seen, "tasks.0.containers") or []
        return bool(containers) and all(each.get("exitCode") == 0 for each in containers)
    if status in job.succeeded:
        return True
    return False if status in job.failed else None
