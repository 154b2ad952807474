"""What the integrations that run jobs need: the call, and with `.sync` how Step Functions follows and stops the job.

One row for a set of actions on one resource; `field` of the request fills the `{v}` of the resource.
https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Row:
    actions: tuple[str, ...]
    resource: str = "*"
    field: str = ""
    sync: bool = False


def _sync(*actions: str, resource: str = "*", field: str = "") -> Row:
    return Row(actions, resource, field, sync=True)


def _call(*actions: str, resource: str = "*", field: str = "") -> Row:
    return Row(actions, resource, field)


def _sagemaker(kind: str, path: str, field: str) -> tuple[Row, ...]:
    resource = f"arn:{{p}}:sagemaker:{{r}}:{{a}}:{path}/{{v}}"
    return (
        _call(f"sagemaker:Create{kind}", "sagemaker:AddTags", resource=resource, field=field),
        _sync(f"sagemaker:Describe{kind}", f"sagemaker:Stop{kind}", resource=resource, field=field),
    )


def _emr_serverless(action: str, *following: str, runs: bool = False) -> tuple[Row, ...]:
    application = "arn:{p}:emr-serverless:{r}:{a}:/applications/{v}" + ("/jobruns/*" if runs else "")
    called = "arn:{p}:emr-serverless:{r}:{a}:/applications/{v}"
    return (
        _call(f"emr-serverless:{action}", resource=called, field="ApplicationId"),
        _sync(*(f"emr-serverless:{each}" for each in following), resource=application, field="ApplicationId"),
    )


_PROJECT = "arn:{p}:codebuild:{r}:{a}:project/{v}"
_WORKGROUP = "arn:{p}:athena:{r}:{a}:workgroup/{v}"
_CLUSTER = "arn:{p}:elasticmapreduce:{r}:{a}:cluster/{v}"
_VIRTUAL = "arn:{p}:emr-containers:{r}:{a}:/virtualclusters/{v}"
_EKS = "arn:{p}:eks:{r}:{a}:cluster/{v}"

JOBS: Final[dict[str, tuple[Row, ...]]] = {
    "athena:getQueryExecution": (_call("athena:GetQueryExecution"),),
    "athena:getQueryResults": (_call("athena:GetQueryResults"),),
    "athena:startQueryExecution": (
        _call("athena:GetDataCatalog", "athena:StartQueryExecution", resource=_WORKGROUP, field="WorkGroup"),
        _sync("athena:GetQueryExecution", "athena:StopQueryExecution", resource=_WORKGROUP, field="WorkGroup"),
    ),
    "athena:stopQueryExecution": (_call("athena:StopQueryExecution"),),
    "batch:submitJob": (_call("batch:SubmitJob"), _sync("batch:DescribeJobs", "batch:TerminateJob")),
    "bedrock-agentcore:invokeHarness": (_call("bedrock-agentcore:InvokeHarness"),),
    "bedrockagentcore:invokeHarness": (_call("bedrock-agentcore:InvokeHarness"),),
    "codebuild:batchDeleteBuilds": (_call("codebuild:BatchDeleteBuilds"),),
    "codebuild:batchGetReports": (_call("codebuild:BatchGetReports"),),
    "codebuild:deleteBuildBatch": (_call("codebuild:DeleteBuildBatch"),),
    "codebuild:retryBuildBatch": (
        _call("codebuild:RetryBuildBatch"),
        _sync("codebuild:BatchGetBuildBatches", "codebuild:StopBuildBatch"),
    ),
    "codebuild:startBuild": (
        _call("codebuild:StartBuild", resource=_PROJECT, field="ProjectName"),
        _sync("codebuild:BatchGetBuilds", "codebuild:StopBuild", resource=_PROJECT, field="ProjectName"),
    ),
    "codebuild:startBuildBatch": (
        _call("codebuild:StartBuildBatch", resource=_PROJECT, field="ProjectName"),
        _sync("codebuild:BatchGetBuildBatches", "codebuild:StopBuildBatch", resource=_PROJECT, field="ProjectName"),
    ),
    "codebuild:stopBuild": (_call("codebuild:StopBuild"),),
    "codebuild:stopBuildBatch": (_call("codebuild:StopBuildBatch"),),
    "databrew:startJobRun": (
        _call("databrew:StartJobRun", resource="arn:{p}:databrew:{r}:{a}:job/{v}", field="Name"),
        _sync("databrew:ListJobRuns", "databrew:StopJobRun", resource="arn:{p}:databrew:{r}:{a}:job/{v}", field="Name"),
    ),
    "ecs:runTask": (_call("ecs:RunTask"), _sync("ecs:DescribeTasks", "ecs:StopTask")),
    "eks:call": (),
    "eks:createCluster": (
        _call("eks:CreateCluster"),
        _sync("eks:DeleteCluster", "eks:DescribeCluster", resource=_EKS, field="Name"),
    ),
    "eks:createFargateProfile": (
        _call("eks:CreateFargateProfile", resource=_EKS, field="ClusterName"),
        _sync("eks:DescribeFargateProfile"),
    ),
    "eks:createNodegroup": (
        _call("eks:CreateNodegroup", resource=_EKS, field="ClusterName"),
        _sync("eks:DeleteNodegroup", "eks:DescribeNodegroup"),
    ),
    "eks:deleteCluster": (
        _call("eks:DeleteCluster", resource=_EKS, field="Name"),
        _sync("eks:DescribeCluster", resource=_EKS, field="Name"),
    ),
    "eks:deleteFargateProfile": (_call("eks:DeleteFargateProfile"), _sync("eks:DescribeFargateProfile")),
    "eks:deleteNodegroup": (_call("eks:DeleteNodegroup"), _sync("eks:DescribeNodegroup")),
    "eks:runJob": (),
    "elasticmapreduce:addStep": (
        _call("elasticmapreduce:AddJobFlowSteps", resource=_CLUSTER, field="ClusterId"),
        _sync("elasticmapreduce:CancelSteps", "elasticmapreduce:DescribeStep", resource=_CLUSTER, field="ClusterId"),
    ),
    "elasticmapreduce:cancelStep": (_call("elasticmapreduce:CancelSteps", resource=_CLUSTER, field="ClusterId"),),
    "elasticmapreduce:createCluster": (
        _call("elasticmapreduce:AddTags", "elasticmapreduce:RunJobFlow"),
        _sync("elasticmapreduce:DescribeCluster", "elasticmapreduce:TerminateJobFlows"),
    ),
    "elasticmapreduce:modifyInstanceFleetByName": (
        _call(
            "elasticmapreduce:ListInstanceFleets",
            "elasticmapreduce:ModifyInstanceFleet",
            resource=_CLUSTER,
            field="ClusterId",
        ),
    ),
    "elasticmapreduce:modifyInstanceGroupByName": (
        _call(
            "elasticmapreduce:ListInstanceGroups",
            "elasticmapreduce:ModifyInstanceGroups",
            resource=_CLUSTER,
            field="ClusterId",
        ),
    ),
    "elasticmapreduce:setClusterTerminationProtection": (
        _call("elasticmapreduce:SetTerminationProtection", resource=_CLUSTER, field="ClusterId"),
    ),
    "elasticmapreduce:terminateCluster": (
        _call("elasticmapreduce:TerminateJobFlows", resource=_CLUSTER, field="ClusterId"),
        _sync("elasticmapreduce:DescribeCluster", resource=_CLUSTER, field="ClusterId"),
    ),
    "emr-containers:createVirtualCluster": (_call("emr-containers:CreateVirtualCluster"),),
    "emr-containers:deleteVirtualCluster": (
        _call("emr-containers:DeleteVirtualCluster", resource=_VIRTUAL, field="Id"),
        _sync("emr-containers:DescribeVirtualCluster", resource=_VIRTUAL, field="Id"),
    ),
    "emr-containers:startJobRun": (
        _call("emr-containers:StartJobRun", resource=_VIRTUAL, field="VirtualClusterId"),
        _sync(
            "emr-containers:CancelJobRun",
            "emr-containers:DescribeJobRun",
            resource=f"{_VIRTUAL}/jobruns/*",
            field="VirtualClusterId",
        ),
    ),
    "emr-serverless:cancelJobRun": _emr_serverless("CancelJobRun", "GetJobRun", runs=True),
    "emr-serverless:createApplication": (
        _call("emr-serverless:CreateApplication"),
        _sync("emr-serverless:DeleteApplication", "emr-serverless:GetApplication"),
    ),
    "emr-serverless:deleteApplication": _emr_serverless("DeleteApplication", "GetApplication"),
    "emr-serverless:startApplication": _emr_serverless("StartApplication", "GetApplication", "StopApplication"),
    "emr-serverless:startJobRun": _emr_serverless("StartJobRun", "CancelJobRun", "GetJobRun", runs=True),
    "emr-serverless:stopApplication": _emr_serverless("StopApplication", "GetApplication"),
    "glue:startJobRun": (
        _call("glue:StartJobRun", resource="arn:{p}:glue:{r}:{a}:job/{v}", field="JobName"),
        _sync(
            "glue:BatchStopJobRun",
            "glue:GetJobRun",
            "glue:GetJobRuns",
            resource="arn:{p}:glue:{r}:{a}:job/{v}",
            field="JobName",
        ),
    ),
    "mediaconvert:createJob": (
        _call("mediaconvert:CreateJob"),
        _sync("mediaconvert:CancelJob", "mediaconvert:GetJob", resource="arn:{p}:mediaconvert:{r}:{a}:jobs/*"),
    ),
    "sagemaker:createEndpoint": (
        _call(
            "sagemaker:AddTags",
            "sagemaker:CreateEndpoint",
            resource="arn:{p}:sagemaker:{r}:{a}:endpoint/{v}",
            field="EndpointName",
        ),
        _call(
            "sagemaker:CreateEndpoint",
            resource="arn:{p}:sagemaker:{r}:{a}:endpoint-config/{v}",
            field="EndpointConfigName",
        ),
    ),
    "sagemaker:createEndpointConfig": (
        _call(
            "sagemaker:AddTags",
            "sagemaker:CreateEndpointConfig",
            resource="arn:{p}:sagemaker:{r}:{a}:endpoint-config/{v}",
            field="EndpointConfigName",
        ),
    ),
    "sagemaker:createHyperParameterTuningJob": _sagemaker(
        "HyperParameterTuningJob", "hyper-parameter-tuning-job", "HyperParameterTuningJobName"
    ),
    "sagemaker:createLabelingJob": _sagemaker("LabelingJob", "labeling-job", "LabelingJobName"),
    "sagemaker:createModel": (
        _call(
            "sagemaker:AddTags",
            "sagemaker:CreateModel",
            resource="arn:{p}:sagemaker:{r}:{a}:model/{v}",
            field="ModelName",
        ),
    ),
    "sagemaker:createProcessingJob": _sagemaker("ProcessingJob", "processing-job", "ProcessingJobName"),
    "sagemaker:createTrainingJob": _sagemaker("TrainingJob", "training-job", "TrainingJobName"),
    "sagemaker:createTransformJob": _sagemaker("TransformJob", "transform-job", "TransformJobName"),
    "sagemaker:updateEndpoint": (
        _call("sagemaker:UpdateEndpoint", resource="arn:{p}:sagemaker:{r}:{a}:endpoint/{v}", field="EndpointName"),
        _call(
            "sagemaker:UpdateEndpoint",
            resource="arn:{p}:sagemaker:{r}:{a}:endpoint-config/{v}",
            field="EndpointConfigName",
        ),
    ),
}

# The service that a call hands its roles to.
PASSED_TO: Final[dict[str, str]] = {
    "ecs:runTask": "ecs-tasks.amazonaws.com",
    "eks:createCluster": "eks.amazonaws.com",
    "eks:createFargateProfile": "eks-fargate-pods.amazonaws.com",
    "eks:createNodegroup": "eks.amazonaws.com",
    "elasticmapreduce:createCluster": "elasticmapreduce.amazonaws.com",
    "emr-serverless:startJobRun": "emr-serverless.amazonaws.com",
    "mediaconvert:createJob": "mediaconvert.amazonaws.com",
    **{
        f"sagemaker:{call}": "sagemaker.amazonaws.com"
        for call in (
            "createHyperParameterTuningJob",
            "createLabelingJob",
            "createModel",
            "createProcessingJob",
            "createTrainingJob",
        )
    },
}

# The managed EventBridge rule by which Step Functions hears that a `.sync` job has ended.
RULES: Final[dict[str, str]] = {
    "batch:submitJob": "StepFunctionsGetEventsForBatchJobsRule",
    "codebuild:startBuild": "StepFunctionsGetEventForCodeBuildStartBuildRule",
    "codebuild:retryBuildBatch": "StepFunctionsGetEventForCodeBuildStartBuildBatchRule",
    "codebuild:startBuildBatch": "StepFunctionsGetEventForCodeBuildStartBuildBatchRule",
    "ecs:runTask": "StepFunctionsGetEventsForECSTaskRule",
    "elasticmapreduce:addStep": "StepFunctionsGetEventForEMRAddJobFlowStepsRule",
    "elasticmapreduce:createCluster": "StepFunctionsGetEventForEMRRunJobFlowRule",
    "elasticmapreduce:terminateCluster": "StepFunctionsGetEventForEMRTerminateJobFlowsRule",
    "emr-serverless:createApplication": "StepFunctionsGetEventsForEMRServerlessApplicationRule",
    "emr-serverless:deleteApplication": "StepFunctionsGetEventsForEMRServerlessApplicationRule",
    "emr-serverless:startApplication": "StepFunctionsGetEventsForEMRServerlessApplicationRule",
    "emr-serverless:stopApplication": "StepFunctionsGetEventsForEMRServerlessApplicationRule",
    "emr-serverless:startJobRun": "StepFunctionsGetEventsForEMRServerlessJobRule",
    "emr-serverless:cancelJobRun": "StepFunctionsGetEventsForEMRServerlessJobRule",
    "mediaconvert:createJob": "StepFunctionsGetEventsForMediaConvertJobRule",
    "sagemaker:createHyperParameterTuningJob": "StepFunctionsGetEventsForSageMakerTuningJobsRule",
    "sagemaker:createLabelingJob": "StepFunctionsGetEventsForSageMakerLabelingJobsRule",
    "sagemaker:createProcessingJob": "StepFunctionsGetEventsForSageMakerProcessingJobsRule",
    "sagemaker:createTrainingJob": "StepFunctionsGetEventsForSageMakerTrainingJobsRule",
    "sagemaker:createTransformJob": "StepFunctionsGetEventsForSageMakerTransformJobsRule",
}
