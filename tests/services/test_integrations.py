"""SDK and optimized integrations against moto, with botocore's own clients."""

import asyncio
import json

import boto3
import pytest
from moto import mock_aws

from treadle.engine.task import Resource, TaskRequest
from treadle.errors import InputError, ServiceError
from treadle.services import aws, clients
from treadle.services.integrations import find


@pytest.fixture
def account(monkeypatch):
    for name, value in {
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    clients.reset()
    with mock_aws():
        yield
    clients.reset()


def call(resource, arguments, **more):
    request = TaskRequest(Resource.parse(f"arn:aws:states:::{resource}"), arguments, "S", **more)
    return asyncio.run(aws().call(request)).output


def fails(resource, arguments, **more):
    with pytest.raises(ServiceError) as caught:
        call(resource, arguments, **more)
    return caught.value


def table():
    boto3.client("dynamodb").create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def test_dynamodb_through_the_sdk_integration(account):
    table()
    item = {"id": {"S": "1"}, "n": {"N": "2.5"}, "flag": {"Bool": True}, "none": {"Nul": True}, "set": {"Ss": ["a"]}}
    assert call("aws-sdk:dynamodb:putItem", {"TableName": "t", "Item": item}) == {}
    assert call("aws-sdk:dynamodb:getItem", {"TableName": "t", "Key": {"id": {"S": "1"}}}) == {"Item": item}
    query = {
        "TableName": "t",
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": "1"}},
    }
    assert call("aws-sdk:dynamodb:query", query) == {"Items": [item], "Count": 1, "ScannedCount": 1}


def test_dynamodb_through_the_optimized_integration(account):
    table()
    item = {"id": {"S": "1"}, "flag": {"BOOL": True}}
    output = call("dynamodb:putItem", {"TableName": "t", "Item": item})
    assert sorted(output) == ["SdkHttpMetadata", "SdkResponseMetadata"]
    assert sorted(output["SdkHttpMetadata"]) == ["AllHttpHeaders", "HttpHeaders", "HttpStatusCode"]
    assert list(output["SdkResponseMetadata"]) == ["RequestId"]
    assert call("dynamodb:getItem", {"TableName": "t", "Key": {"id": {"S": "1"}}})["Item"] == item


def test_errors_are_named_by_the_sdk_that_makes_the_call(account):
    arguments = {"TableName": "none", "Key": {"id": {"S": "1"}}}
    error = fails("aws-sdk:dynamodb:getItem", arguments)
    assert error.error == "DynamoDb.ResourceNotFoundException"
    assert error.cause.startswith("Requested resource not found (Service: DynamoDb, Status Code: 400, Request ID: ")
    error = fails("dynamodb:getItem", arguments)
    assert error.error == "DynamoDB.ResourceNotFoundException"
    assert (
        "(Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; Request ID:"
        in error.cause
    )
    assert error.cause.endswith("; Proxy: null)")


def test_an_error_without_an_exception_of_its_own_is_the_services(account):
    table()
    error = fails("aws-sdk:dynamodb:getItem", {"TableName": "t", "Key": {"wrong": {"S": "1"}}})
    assert error.error == "DynamoDb.DynamoDbException"
    assert fails("aws-sdk:dynamodb:putItem", {"TableName": "t", "Item": None}).error == "DynamoDb.DynamoDbException"


def test_s3_text_and_errors(account):
    boto3.client("s3").create_bucket(Bucket="bucket")
    for body, stored in (("text – é", "text – é"), ({"Dict": "Value"}, '{"Dict":"Value"}'), (False, "false")):
        assert "ETag" in call("aws-sdk:s3:putObject", {"Bucket": "bucket", "Key": "k", "Body": body})
        output = call("aws-sdk:s3:getObject", {"Bucket": "bucket", "Key": "k"})
        assert (output["Body"], output["ContentLength"], output["Metadata"]) == (stored, len(stored.encode()), {})
        assert output["LastModified"].endswith("Z")
    error = fails("aws-sdk:s3:getObject", {"Bucket": "bucket", "Key": "none"})
    assert (error.error, error.cause[:33]) == ("S3.NoSuchKeyException", "The specified key does not exist.")
    assert fails("aws-sdk:s3:listObjects", {"Bucket": "nowhere"}).error == "S3.NoSuchBucketException"


def test_queues_and_topics_take_any_json_as_their_text(account):
    url = boto3.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    output = call("sqs:sendMessage", {"QueueUrl": url, "MessageBody": {"a": [1, None]}})
    assert {"MD5OfMessageBody", "MessageId", "SdkHttpMetadata", "SdkResponseMetadata"} == set(output)
    received = call("aws-sdk:sqs:receiveMessage", {"QueueUrl": url})["Messages"][0]
    assert received["Body"] == '{"a":[1,null]}'
    assert "Md5OfBody" in received
    topic = boto3.client("sns").create_topic(Name="t")["TopicArn"]
    assert "MessageId" in call("sns:publish", {"TopicArn": topic, "Message": {"a": 1}})
    assert fails("sns:publish", {"TopicArn": topic + "x", "Message": "m"}).error == "SNS.NotFoundException"


def test_events_carry_the_execution_and_fail_as_a_whole(account, monkeypatch):
    sent = []
    client = clients.client("events")
    answer = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}
    monkeypatch.setattr(client, "put_events", lambda **given: sent.append(given) or answer)
    context = {"Execution": {"Id": "arn:e"}, "StateMachine": {"Id": "arn:m"}}
    entries = {"Entries": [{"Source": "s", "DetailType": "d", "Detail": {"x": 1}, "Resources": ["r"]}]}
    assert call("events:putEvents", entries, context=context) == {"Entries": [{"EventId": "1"}], "FailedEntryCount": 0}
    entry = sent[0]["Entries"][0]
    assert (entry["Detail"], entry["Resources"]) == ('{"x":1}', ["r", "arn:m", "arn:e"])
    answer.update({"FailedEntryCount": 1, "Entries": [{"ErrorCode": "MalformedDetail", "ErrorMessage": "m"}]})
    error = fails("events:putEvents", entries, context=context)
    assert (error.error, json.loads(error.cause)["FailedEntryCount"]) == ("EventBridge.FailedEntry", 1)


def test_lists_times_and_services_of_odd_names(account):
    assert call("aws-sdk:secretsmanager:listSecrets", {}) == {"SecretList": []}
    boto3.client("logs").create_log_group(logGroupName="g")
    assert call("aws-sdk:cloudwatchlogs:describeLogGroups", {})["LogGroups"][0]["LogGroupName"] == "g"
    boto3.client("rds").create_db_instance(DBInstanceIdentifier="d", DBInstanceClass="c", Engine="postgres")
    found = call("aws-sdk:rds:describeDBInstances", {"DbInstanceIdentifier": "d"})["DbInstances"][0]
    assert found["DbInstanceIdentifier"] == "d"
    assert found["InstanceCreateTime"].endswith("Z")


def test_a_job_is_watched_until_it_is_over(account):
    role = boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    arguments = {
        "TrainingJobName": "job",
        "RoleArn": role,
        "AlgorithmSpecification": {"TrainingImage": "i", "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://b/o"},
        "ResourceConfig": {"InstanceType": "ml.m4.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    submitted = []
    output = call("sagemaker:createTrainingJob.sync", arguments, submitted=submitted.append)
    assert output["TrainingJobStatus"] == "Completed"
    assert isinstance(output["CreationTime"], int)
    assert "SdkHttpMetadata" not in output
    assert "TrainingJobArn" in submitted[0]


def test_a_failed_job_is_a_failed_task_whose_cause_is_its_description(account, monkeypatch):
    client = clients.client("glue")
    states = iter(["RUNNING", "FAILED"])
    monkeypatch.setattr(client, "start_job_run", lambda **given: {"JobRunId": "jr"})

    def look(JobName, RunId):
        return {"JobRun": {"Id": RunId, "JobName": JobName, "JobRunState": next(states), "ErrorMessage": "no"}}

    monkeypatch.setattr(client, "get_job_run", look)
    error = fails("glue:startJobRun.sync", {"JobName": "j"})
    assert error.error == "States.TaskFailed"
    assert json.loads(error.cause) == {"Id": "jr", "JobName": "j", "JobRunState": "FAILED", "ErrorMessage": "no"}


def test_a_task_that_ecs_could_not_place_is_a_failed_task(account, monkeypatch):
    failure = {"arn": "arn:c", "reason": "RESOURCE:MEMORY"}
    monkeypatch.setattr(clients.client("ecs"), "run_task", lambda **given: {"tasks": [], "failures": [failure]})
    error = fails("ecs:runTask.sync", {"TaskDefinition": "t", "Cluster": "c"})
    assert error.error == "States.TaskFailed"
    assert json.loads(error.cause)["Failures"] == [{"Arn": "arn:c", "Reason": "RESOURCE:MEMORY"}]


def test_a_nested_execution_answers_parsed_only_in_its_second_form(account, monkeypatch):
    client = clients.client("stepfunctions")
    monkeypatch.setattr(client, "start_execution", lambda **given: {"executionArn": "arn:x"})
    answer = {"executionArn": "arn:x", "status": "SUCCEEDED", "input": '{"a":1}', "output": "[1]"}
    monkeypatch.setattr(client, "describe_execution", lambda executionArn: answer)
    arguments = {"StateMachineArn": "arn:m", "Input": {"a": 1}}
    first = call("states:startExecution.sync", arguments)
    second = call("states:startExecution.sync:2", arguments)
    assert (first["Input"], first["Output"]) == ('{"a":1}', "[1]")
    assert (second["Input"], second["Output"], second["Status"]) == ({"a": 1}, [1], "SUCCEEDED")


def test_a_job_given_up_is_stopped(account, monkeypatch):
    client = clients.client("athena")
    stopped = []
    monkeypatch.setattr(client, "start_query_execution", lambda **given: {"QueryExecutionId": "q"})
    running = {"QueryExecution": {"Status": {"State": "RUNNING"}}}
    monkeypatch.setattr(client, "get_query_execution", lambda QueryExecutionId: running)
    monkeypatch.setattr(client, "stop_query_execution", lambda QueryExecutionId: stopped.append(QueryExecutionId))
    resource = Resource.parse("arn:aws:states:::athena:startQueryExecution.sync")
    request = TaskRequest(resource, {"QueryString": "select 1"}, "S")
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(aws().call(request), 0.2))
    assert stopped == ["q"]


@pytest.mark.parametrize(("resource", "handled"), [
    ("aws-sdk:dynamodb:putItem", True),
    ("aws-sdk:dynamodb:putItem.waitForTaskToken", True),
    ("aws-sdk:dynamodb:putItem.sync", False),
    ("aws-sdk:dynamodb:fly", False),
    ("aws-sdk:nothing:putItem", False),
    ("aws-sdk:bedrockruntime:converse", True),
    ("aws-sdk:bedrockruntime:converseStream", False),
    ("bedrock:invokeModel", True),
    ("bedrock:createModelCustomizationJob.sync", True),
    ("aws-sdk:sagemakerruntime:invokeEndpoint", True),
    ("aws-sdk:sagemakerruntime:invokeEndpointAsync", True),
    ("states:startExecution.sync:2", True),
    ("sagemaker:createTrainingJob.sync:2", False),
    ("sagemaker:createModel", True),
    ("aws-sdk:cognitoidentityprovider:listUsers", True),
    ("aws-sdk:costexplorer:getCostAndUsage", True),
])  # fmt: skip
def test_what_is_handled(resource, handled):
    assert aws().handles(Resource.parse(f"arn:aws:states:::{resource}")) is handled


def test_credentials_are_the_role_the_task_acts_in(account):
    called = call("aws-sdk:sts:getCallerIdentity", {}, credentials={"RoleArn": "arn:aws:iam::222222222222:role/other"})
    assert called["Account"] == "222222222222"
    assert call("aws-sdk:sts:getCallerIdentity", {})["Account"] == "123456789012"
    with pytest.raises(InputError, match="Credentials must be an object with RoleArn"):
        call("aws-sdk:sts:getCallerIdentity", {}, credentials="x")


def test_an_unknown_parameter_offers_the_closest(account):
    with pytest.raises(InputError, match=r"state 'S': getItem has no parameter 'Table': did you mean 'TableName'\?"):
        call("aws-sdk:dynamodb:getItem", {"Table": "t"})


def test_without_credentials_or_region_one_line_says_what_to_do(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    clients.reset()
    with pytest.raises(InputError, match="no AWS region is set for 'dynamodb': set AWS_REGION and credentials"):
        call("dynamodb:getItem", {"TableName": "t", "Key": {}})
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    with pytest.raises(InputError, match="no AWS credentials for 'dynamodb'"):
        call("dynamodb:getItem", {"TableName": "t", "Key": {}})
    clients.reset()


@pytest.mark.parametrize("name", ["events", "logs", "ce", "stepfunctions", "elbv2", "sesv2", "bedrock-agent"])
def test_a_service_is_found_by_its_java_name(name):
    model = clients.session().get_service_model(name)
    first = model.operation_names[0]
    found = find(f"aws-sdk:{model.service_id.replace(' ', '').lower()}", first[0].lower() + first[1:])
    assert found is not None
    assert found.client == name
