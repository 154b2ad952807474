import pytest
from botocore.session import get_session

from treadle.asl.naming import CLIENTS, class_name, client_name, exception_name, member_name


@pytest.mark.parametrize(("service", "java"), [
    ("DynamoDB", "DynamoDb"),
    ("SFN", "Sfn"),
    ("S3", "S3"),
    ("SQS", "Sqs"),
    ("SESv2", "SesV2"),
    ("EC2", "Ec2"),
    ("Bedrock Runtime", "BedrockRuntime"),
    ("SageMaker Runtime", "SageMakerRuntime"),
    ("Secrets Manager", "SecretsManager"),
    ("EventBridge", "EventBridge"),
    ("CloudWatch Logs", "CloudWatchLogs"),
    ("IoT", "Iot"),
])  # fmt: skip
def test_services_are_named_as_java_names_their_classes(service, java):
    assert class_name(service) == java


@pytest.mark.parametrize(("shape", "exception"), [
    ("NoSuchKey", "NoSuchKeyException"),
    ("ResourceNotFoundException", "ResourceNotFoundException"),
    ("DBInstanceNotFoundFault", "DbInstanceNotFoundException"),
    ("KMSInvalidStateException", "KmsInvalidStateException"),
    ("ModelError", "ModelErrorException"),
])  # fmt: skip
def test_exceptions(shape, exception):
    assert exception_name(shape) == exception


@pytest.mark.parametrize(("native", "member"), [
    ("modelId", "ModelId"),
    ("DBInstanceIdentifier", "DbInstanceIdentifier"),
    ("ETag", "ETag"),
    ("BOOL", "Bool"),
    ("NULL", "Nul"),
    ("S", "S"),
    ("SS", "Ss"),
    ("ChecksumCRC32", "ChecksumCRC32"),
    ("MD5OfBody", "Md5OfBody"),
    ("SSEKMSKeyId", "SsekmsKeyId"),
    ("ACL", "Acl"),
])  # fmt: skip
def test_members(native, member):
    assert member_name(native) == member


def test_every_name_that_is_not_derived_is_one_botocore_has():
    available = frozenset(get_session().get_available_services())
    assert client_name("sfn", available) == "stepfunctions"
    assert client_name("nothing", available) is None
    assert set(CLIENTS.values()) <= available
