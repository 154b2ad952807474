"""The names Step Functions gives AWS things: those of the AWS SDK for Java, which it calls services through.

The rules are that SDK's code generator's (`NamingStrategy`, `Utils.unCapitalize`): words are split at case changes, so
`DynamoDB` is `DynamoDb`, `DBInstanceIdentifier` is `DbInstanceIdentifier`, `BOOL` is `Bool`. What calls a service and
what only tests a state both go by them.
"""

from __future__ import annotations

import re
from functools import lru_cache

CLIENTS = {
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "configservice": "config",
    "config": "config",
    "costandusagereport": "cur",
    "costandusagereportservice": "cur",
    "costexplorer": "ce",
    "applicationdiscovery": "discovery",
    "applicationdiscoveryservice": "discovery",
    "databasemigration": "dms",
    "databasemigrationservice": "dms",
    "directory": "ds",
    "directoryservice": "ds",
    "directoryservicedata": "ds-data",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "elasticsearch": "es",
    "elasticsearchservice": "es",
    "eventbridge": "events",
    "iotdataplane": "iot-data",
    "iotjobsdataplane": "iot-jobs-data",
    "lexmodelbuilding": "lex-models",
    "lexmodelbuildingservice": "lex-models",
    "lexmodelsv2": "lexv2-models",
    "lexruntime": "lex-runtime",
    "lexruntimeservice": "lex-runtime",
    "lexruntimev2": "lexv2-runtime",
    "marketplaceentitlement": "marketplace-entitlement",
    "marketplaceentitlementservice": "marketplace-entitlement",
    "marketplacemetering": "meteringmarketplace",
    "migrationhub": "mgh",
    "pinpointsmsvoice": "sms-voice",
    "serverlessapplicationrepository": "serverlessrepo",
    "sfn": "stepfunctions",
    "simpledb": "sdb",
}
"""Services whose name in `aws-sdk:NAME` is not botocore's without its hyphens."""


@lru_cache
def words(name: str) -> tuple[str, ...]:
    """The words of an identifier.

    >>> words("DynamoDB"), words("SESv2"), words("Bedrock Runtime")
    (('Dynamo', 'DB'), ('SES', 'v2'), ('Bedrock', 'Runtime'))
    """
    text = re.sub(r"[^A-Za-z0-9]+", " ", name)
    text = re.sub(r"([^a-z]{2,})v([0-9]+)", r"\1 v\2 ", text)
    text = re.sub(r"([^A-Z]{2,})V([0-9]+)", r"\1 V\2 ", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z][a-zA-Z0-9])", " ", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text)
    text = re.sub(r"([0-9])([a-zA-Z])", r"\1 \2", text)
    return tuple(text.split())


def class_name(name: str) -> str:
    """A name as that of a Java class: `DynamoDb`, `Sfn`, `BedrockRuntime`."""
    return "".join(word[:1].upper() + word[1:].lower() for word in words(name))


def exception_name(shape: str) -> str:
    """The exception class of an error shape: `NoSuchKey` is `NoSuchKeyException`, `XFault` is `XException`."""
    if shape.endswith("Exception"):
        return class_name(shape)
    return class_name(shape.removesuffix("Fault")) + "Exception"


@lru_cache(maxsize=8192)
def member_name(native: str) -> str:
    """A member of a request or a result in PascalCase: `modelId` is `ModelId`, `DBInstanceArn` is `DbInstanceArn`.

    The leading run of capitals is lowered, all but the one that begins the next word; then the first letter is raised.
    """
    end = 1
    while end < len(native) and native[end].isupper() and not (end + 1 < len(native) and native[end + 1].islower()):
        end += 1
    lowered = native[:end].lower() + native[end:]
    if lowered == "null":
        return "Nul"
    return lowered[:1].upper() + lowered[1:]


def client_name(service: str, available: frozenset[str]) -> str | None:
    """botocore's name of the service in `arn:aws:states:::aws-sdk:SERVICE:action`; None where there is none."""
    if service in CLIENTS:
        return CLIENTS[service]
    return next((name for name in available if name.replace("-", "") == service), None)
