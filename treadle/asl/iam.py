"""How the calls of a Task are named in IAM: prefixes and actions that differ from the API's own names.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from typing import Final

# The name of an `aws-sdk:` service -> the prefix of its IAM actions, where they differ.
PREFIXES: Final[dict[str, str]] = {
    "accessanalyzer": "access-analyzer",
    "acmpca": "acm-pca",
    "amp": "aps",
    "apigatewaymanagementapi": "execute-api",
    "apigatewayv2": "apigateway",
    "applicationautoscaling": "application-autoscaling",
    "bedrockagent": "bedrock",
    "bedrockagentcore": "bedrock-agentcore",
    "bedrockagentruntime": "bedrock",
    "bedrockruntime": "bedrock",
    "cloudhsmv2": "cloudhsm",
    "cloudwatchevents": "events",
    "cloudwatchlogs": "logs",
    "cognitoidentity": "cognito-identity",
    "cognitoidentityprovider": "cognito-idp",
    "cognitosync": "cognito-sync",
    "computeoptimizer": "compute-optimizer",
    "configservice": "config",
    "costandusagereport": "cur",
    "costexplorer": "ce",
    "databasemigration": "dms",
    "devopsguru": "devops-guru",
    "directory": "ds",
    "docdb": "rds",
    "docdbelastic": "docdb-elastic",
    "dynamodbstreams": "dynamodb",
    "ecrpublic": "ecr-public",
    "efs": "elasticfilesystem",
    "elasticloadbalancingv2": "elasticloadbalancing",
    "elasticsearch": "es",
    "emr": "elasticmapreduce",
    "emrcontainers": "emr-containers",
    "emrserverless": "emr-serverless",
    "eventbridge": "events",
    "forecastquery": "forecast",
    "iotdataplane": "iot",
    "keyspaces": "cassandra",
    "kinesisanalyticsv2": "kinesisanalytics",
    "lexmodelbuilding": "lex",
    "lexmodelsv2": "lex",
    "lexruntime": "lex",
    "lexruntimev2": "lex",
    "licensemanager": "license-manager",
    "location": "geo",
    "marketplacemetering": "aws-marketplace",
    "mwaa": "airflow",
    "neptune": "rds",
    "networkfirewall": "network-firewall",
    "opensearch": "es",
    "opensearchserverless": "aoss",
    "personalizeruntime": "personalize",
    "pinpoint": "mobiletargeting",
    "rdsdata": "rds-data",
    "redshiftdata": "redshift-data",
    "redshiftserverless": "redshift-serverless",
    "resourcegroups": "resource-groups",
    "resourcegroupstaggingapi": "tag",
    "s3control": "s3",
    "sagemakerruntime": "sagemaker",
    "serverlessapplicationrepository": "serverlessrepo",
    "sesv2": "ses",
    "sfn": "states",
    "simpledb": "sdb",
    "ssoadmin": "sso",
    "ssmincidents": "ssm-incidents",
    "timestreamquery": "timestream",
    "timestreamwrite": "timestream",
}

# "service:operation" -> the actions it needs, where they are not the operation with a capital letter.
ACTIONS: Final[dict[str, tuple[str, ...]]] = {
    "bedrockagentruntime:retrieve": ("bedrock:Retrieve",),
    "bedrockagentruntime:retrieveAndGenerate": (
        "bedrock:RetrieveAndGenerate",
        "bedrock:Retrieve",
        "bedrock:InvokeModel",
    ),
    "bedrockruntime:converse": ("bedrock:InvokeModel",),
    "bedrockruntime:converseStream": ("bedrock:InvokeModelWithResponseStream",),
    "dynamodb:batchExecuteStatement": (
        "dynamodb:PartiQLDelete",
        "dynamodb:PartiQLInsert",
        "dynamodb:PartiQLSelect",
        "dynamodb:PartiQLUpdate",
    ),
    "dynamodb:executeStatement": (
        "dynamodb:PartiQLDelete",
        "dynamodb:PartiQLInsert",
        "dynamodb:PartiQLSelect",
        "dynamodb:PartiQLUpdate",
    ),
    "dynamodb:transactGetItems": ("dynamodb:GetItem",),
    "dynamodb:transactWriteItems": (
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    ),
    "lambda:invoke": ("lambda:InvokeFunction",),
    "s3:completeMultipartUpload": ("s3:PutObject",),
    "s3:copyObject": ("s3:GetObject", "s3:PutObject"),
    "s3:createMultipartUpload": ("s3:PutObject",),
    "s3:deleteBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:deleteBucketLifecycle": ("s3:PutLifecycleConfiguration",),
    "s3:deleteObjects": ("s3:DeleteObject",),
    "s3:getBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3:getBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "s3:getBucketNotificationConfiguration": ("s3:GetBucketNotification",),
    "s3:getBucketReplication": ("s3:GetReplicationConfiguration",),
    "s3:headBucket": ("s3:ListBucket",),
    "s3:headObject": ("s3:GetObject",),
    "s3:listBuckets": ("s3:ListAllMyBuckets",),
    "s3:listMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "s3:listObjectVersions": ("s3:ListBucketVersions",),
    "s3:listObjects": ("s3:ListBucket",),
    "s3:listObjectsV2": ("s3:ListBucket",),
    "s3:listParts": ("s3:ListMultipartUploadParts",),
    "s3:putBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:putBucketLifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
    "s3:putBucketNotificationConfiguration": ("s3:PutBucketNotification",),
    "s3:putBucketReplication": ("s3:PutReplicationConfiguration",),
    "s3:selectObjectContent": ("s3:GetObject",),
    "s3:uploadPart": ("s3:PutObject",),
    "s3:uploadPartCopy": ("s3:GetObject", "s3:PutObject"),
    "sns:publishBatch": ("sns:Publish",),
    "sqs:changeMessageVisibilityBatch": ("sqs:ChangeMessageVisibility",),
    "sqs:deleteMessageBatch": ("sqs:DeleteMessage",),
    "sqs:sendMessageBatch": ("sqs:SendMessage",),
}

# What one call of an API Gateway management operation is in IAM: an HTTP method.
_METHODS = {"get": "GET", "create": "POST", "import": "POST", "update": "PATCH", "put": "PUT", "delete": "DELETE"}

# Operations on S3 whose resource is the bucket; all others that name a bucket are on its objects.
_ON_OBJECTS: Final = frozenset(
    {"GetObject", "PutObject", "DeleteObject", "RestoreObject", "GetObjectAcl", "PutObjectAcl", "GetObjectTagging"}
    | {"PutObjectTagging", "DeleteObjectTagging", "GetObjectAttributes", "ListMultipartUploadParts"}
    | {"AbortMultipartUpload", "GetObjectRetention", "PutObjectRetention", "GetObjectLegalHold", "PutObjectLegalHold"}
)

# (IAM prefix, request field) -> the resource a literal value names. {p} partition, {r} region, {a} account, {v} value.
NAMED: Final[dict[tuple[str, str], str]] = {
    ("athena", "WorkGroup"): "arn:{p}:athena:{r}:{a}:workgroup/{v}",
    ("bedrock", "KnowledgeBaseId"): "arn:{p}:bedrock:{r}:{a}:knowledge-base/{v}",
    ("cognito-idp", "UserPoolId"): "arn:{p}:cognito-idp:{r}:{a}:userpool/{v}",
    ("dynamodb", "TableName"): "arn:{p}:dynamodb:{r}:{a}:table/{v}",
    ("events", "EventBusName"): "arn:{p}:events:{r}:{a}:event-bus/{v}",
    ("firehose", "DeliveryStreamName"): "arn:{p}:firehose:{r}:{a}:deliverystream/{v}",
    ("glue", "JobName"): "arn:{p}:glue:{r}:{a}:job/{v}",
    ("kinesis", "StreamName"): "arn:{p}:kinesis:{r}:{a}:stream/{v}",
    ("kms", "KeyId"): "arn:{p}:kms:{r}:{a}:key/{v}",
    ("lambda", "FunctionName"): "arn:{p}:lambda:{r}:{a}:function:{v}",
    ("logs", "LogGroupName"): "arn:{p}:logs:{r}:{a}:log-group:{v}:*",
    ("sagemaker", "EndpointName"): "arn:{p}:sagemaker:{r}:{a}:endpoint/{v}",
    ("secretsmanager", "SecretId"): "arn:{p}:secretsmanager:{r}:{a}:secret:{v}-??????",
    ("sns", "TopicArn"): "{v}",
    ("ssm", "Name"): "arn:{p}:ssm:{r}:{a}:parameter/{v}",
    ("states", "StateMachineArn"): "{v}",
    ("states", "ExecutionArn"): "{v}",
}


def actions(service: str, operation: str) -> tuple[str, ...]:
    """The IAM actions of one call of the `aws-sdk` integration."""
    named = ACTIONS.get(f"{service}:{operation}")
    if named:
        return named
    prefix = PREFIXES.get(service, service)
    if prefix == "apigateway":
        verb = next((method for word, method in _METHODS.items() if operation.startswith(word)), "GET")
        return (f"apigateway:{verb}",)
    return (f"{prefix}:{operation[:1].upper()}{operation[1:]}",)


def on_objects(action: str) -> bool:
    """Whether an action of S3 is on the objects of a bucket and not on the bucket."""
    return action.partition(":")[2] in _ON_OBJECTS
