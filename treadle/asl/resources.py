"""The resources that a Task may name: which integrations there are, what each needs, what Express cannot do.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from treadle.asl.finding import Finding, error
from treadle.asl.rules import JSONATA

JSON = Any

# A state inside a Distributed Map reads from and writes to S3 only.
_S3 = "arn:{}:states:::s3:{}"
_PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
READERS: Final = frozenset(
    _S3.format(each, action) for each in _PARTITIONS for action in ("getObject", "listObjectsV2")
)
WRITERS: Final = frozenset(_S3.format(each, "putObject") for each in _PARTITIONS)

_SYNC = ("", ".sync")
_TOKEN = ("", ".waitForTaskToken")
_ALL = ("", ".sync", ".waitForTaskToken")
_CALL = ("",)

# service -> action -> the patterns it offers.
OPTIMIZED: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "apigateway": {"invoke": _TOKEN},
    "athena": {
        "startQueryExecution": _SYNC,
        "stopQueryExecution": _CALL,
        "getQueryExecution": _CALL,
        "getQueryResults": _CALL,
    },
    "batch": {"submitJob": _SYNC},
    "bedrock": {
        "invokeModel": _TOKEN,
        "createModelCustomizationJob": _ALL,
    },
    "bedrock-agentcore": {"invokeHarness": _CALL},
    "bedrockagentcore": {"invokeHarness": _CALL},
    "codebuild": {
        "startBuild": _SYNC,
        "stopBuild": _CALL,
        "batchDeleteBuilds": _CALL,
        "batchGetReports": _CALL,
        "startBuildBatch": _SYNC,
        "stopBuildBatch": _CALL,
        "retryBuildBatch": _SYNC,
        "deleteBuildBatch": _CALL,
    },
    "databrew": {"startJobRun": _SYNC},
    "dynamodb": {"getItem": _CALL, "putItem": _CALL, "deleteItem": _CALL, "updateItem": _CALL},
    "ecs": {"runTask": _ALL},
    "eks": {
        "call": _CALL,
        "runJob": _SYNC,
        "createCluster": _SYNC,
        "deleteCluster": _SYNC,
        "createFargateProfile": _SYNC,
        "deleteFargateProfile": _SYNC,
        "createNodegroup": _SYNC,
        "deleteNodegroup": _SYNC,
    },
    "elasticmapreduce": {
        "createCluster": _SYNC,
        "setClusterTerminationProtection": _CALL,
        "terminateCluster": _SYNC,
        "addStep": _SYNC,
        "cancelStep": _CALL,
        "modifyInstanceFleetByName": _CALL,
        "modifyInstanceGroupByName": _CALL,
    },
    "emr-containers": {"createVirtualCluster": _CALL, "deleteVirtualCluster": _SYNC, "startJobRun": _SYNC},
    "emr-serverless": {
        "createApplication": _SYNC,
        "startApplication": _SYNC,
        "stopApplication": _SYNC,
        "deleteApplication": _SYNC,
        "startJobRun": _SYNC,
        "cancelJobRun": _SYNC,
    },
    "events": {"putEvents": _TOKEN},
    "glue": {"startJobRun": _SYNC},
    "http": {"invoke": _CALL},
    "lambda": {"invoke": _TOKEN},
    "mediaconvert": {"createJob": _SYNC},
    "sagemaker": {
        "createEndpoint": _CALL,
        "createEndpointConfig": _CALL,
        "createHyperParameterTuningJob": _SYNC,
        "createLabelingJob": _SYNC,
        "createModel": _CALL,
        "createProcessingJob": _SYNC,
        "createTrainingJob": _SYNC,
        "createTransformJob": _SYNC,
        "updateEndpoint": _CALL,
    },
    "sns": {"publish": _TOKEN},
    "sqs": {"sendMessage": _TOKEN},
    "states": {"startExecution": (*_ALL, ".sync:2")},
}

# What the request of an integration must hold: the required members of the service's own API but its idempotency
# tokens, which agrees with every measured diagnostic of ValidateStateMachineDefinition.
_REQUIRED: Final[Mapping[str, str]] = {
    "apigateway:invoke": "ApiEndpoint Method",
    "athena:getQueryExecution": "QueryExecutionId",
    "athena:getQueryResults": "QueryExecutionId",
    "athena:startQueryExecution": "QueryString",
    "batch:submitJob": "JobName JobQueue JobDefinition",
    "bedrock:createModelCustomizationJob": (
        "JobName CustomModelName RoleArn BaseModelIdentifier TrainingDataConfig OutputDataConfig"
    ),
    "bedrock:invokeModel": "ModelId",
    "codebuild:batchDeleteBuilds": "Ids",
    "codebuild:batchGetReports": "ReportArns",
    "codebuild:deleteBuildBatch": "Id",
    "codebuild:startBuild": "ProjectName",
    "codebuild:startBuildBatch": "ProjectName",
    "codebuild:stopBuild": "Id",
    "codebuild:stopBuildBatch": "Id",
    "databrew:startJobRun": "Name",
    "dynamodb:deleteItem": "TableName Key",
    "dynamodb:getItem": "TableName Key",
    "dynamodb:putItem": "TableName Item",
    "dynamodb:updateItem": "TableName Key",
    "ecs:runTask": "TaskDefinition",
    "eks:createCluster": "Name RoleArn ResourcesVpcConfig",
    "eks:createFargateProfile": "FargateProfileName ClusterName PodExecutionRoleArn",
    "eks:createNodegroup": "ClusterName NodegroupName Subnets NodeRole",
    "eks:deleteCluster": "Name",
    "eks:deleteFargateProfile": "ClusterName FargateProfileName",
    "eks:deleteNodegroup": "ClusterName NodegroupName",
    "emr-containers:createVirtualCluster": "Name ContainerProvider",
    "emr-containers:deleteVirtualCluster": "Id",
    "emr-containers:startJobRun": "VirtualClusterId",
    "emr-serverless:cancelJobRun": "ApplicationId JobRunId",
    "emr-serverless:createApplication": "ReleaseLabel Type",
    "emr-serverless:deleteApplication": "ApplicationId",
    "emr-serverless:startApplication": "ApplicationId",
    "emr-serverless:startJobRun": "ApplicationId ExecutionRoleArn",
    "emr-serverless:stopApplication": "ApplicationId",
    "events:putEvents": "Entries",
    "glue:startJobRun": "JobName",
    "http:invoke": "ApiEndpoint Method",
    "lambda:invoke": "FunctionName",
    "mediaconvert:createJob": "Role Settings",
    "sagemaker:createEndpoint": "EndpointName EndpointConfigName",
    "sagemaker:createEndpointConfig": "EndpointConfigName ProductionVariants",
    "sagemaker:createHyperParameterTuningJob": "HyperParameterTuningJobName HyperParameterTuningJobConfig",
    "sagemaker:createLabelingJob": (
        "LabelingJobName LabelAttributeName InputConfig OutputConfig RoleArn HumanTaskConfig"
    ),
    "sagemaker:createModel": "ModelName",
    "sagemaker:createProcessingJob": "ProcessingJobName ProcessingResources AppSpecification RoleArn",
    "sagemaker:createTrainingJob": "TrainingJobName RoleArn OutputDataConfig",
    "sagemaker:createTransformJob": "TransformJobName ModelName TransformInput TransformOutput TransformResources",
    "sagemaker:updateEndpoint": "EndpointName EndpointConfigName",
    "sns:publish": "Message",
    "sqs:sendMessage": "QueueUrl MessageBody",
    "states:startExecution": "StateMachineArn",
}

_ARN = re.compile(r"arn:[^:\s]+:[^:\s]*:[^:\s]*:[^:]*:.+", re.DOTALL)
_INTEGRATION = re.compile(r"arn:[^:]+:states:[^:]*:[^:]*:(?P<service>aws-sdk:[^:]+|[^:]+):(?P<call>.+)")
_ACTIVITY = re.compile(r"arn:[^:]+:states:[^:]*:[^:]*:activity:")
_SDK_ACTION = re.compile(r"[a-z][A-Za-z0-9]*(\.waitForTaskToken)?")


def problems(state: Mapping[str, JSON], type: str, language: str, location: str) -> list[Finding]:
    """The findings about a Task's Resource and about the request it makes."""
    resource = state.get("Resource")
    at = f"{location}/Resource"
    if not isinstance(resource, str) or "${" in resource:
        return []
    if not _ARN.fullmatch(resource):
        return [error("Value is not a valid resource ARN", at)]
    if _ACTIVITY.match(resource):
        found = [error("Express state machine does not support Activity ARN", at)] if type == "EXPRESS" else []
        if "Credentials" in state:
            text = "The field 'Credentials' is not supported for activities"
            found.append(error(text, f"{location}/Credentials"))
        return found
    integration = _INTEGRATION.fullmatch(resource)
    if integration is None:
        return []
    service, call = integration["service"], integration["call"]
    action, dot, pattern = call.partition(".")
    if not _known(service, call):
        text = f"The resource provided {resource} is not recognized. The value is not a valid resource ARN, or the "
        return [error(f"{text}resource is not available in this region.", at)]
    if dot and type == "EXPRESS":
        # The blank before the end is AWS's (recorded).
        return [error(f"Express state machine does not support '.{pattern}' service integration ", at)]
    return _request(state, f"{service}:{action}", resource, language, location)


def _known(service: str, call: str) -> bool:
    if service.startswith("aws-sdk:"):
        return _SDK_ACTION.fullmatch(call) is not None
    action, dot, pattern = call.partition(".")
    return dot + pattern in OPTIMIZED.get(service, {}).get(action, ())


def _request(state: Mapping[str, JSON], call: str, resource: str, language: str, location: str) -> list[Finding]:
    field = "Arguments" if language == JSONATA else "Parameters"
    request = state.get(field)
    if field not in state:
        return [error(f"{field} field is required for resource ARN: {resource}", location)]
    if not isinstance(request, Mapping):
        unknown = isinstance(request, str) and ("${" in request or request.startswith("{%"))
        return [] if unknown else [error("Expected value of type [OBJECT]", f"{location}/{field}")]
    return [
        error(f"The field '{name}' is required but was missing", f"{location}/{field}")
        for name in _REQUIRED.get(call, "").split()
        if name not in request and f"{name}.$" not in request
    ]
