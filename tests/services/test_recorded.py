"""Recorded Task states of AWS: what was sent is accepted, and what came back is said again in the very same words."""

import asyncio
import datetime
import json
import os
import re
from pathlib import Path

import pytest
from botocore.stub import Stubber

from treadle.engine.task import Resource, TaskRequest
from treadle.errors import ServiceError
from treadle.services import aws, clients, shapes
from treadle.services.integrations import find

HOME = Path(os.environ.get("TREADLE_CONFORMANCE") or Path(__file__).parents[2].parent / "shared" / "conformance")
CASES = HOME / "cases.jsonl"
pytestmark = pytest.mark.skipif(not CASES.is_file(), reason=f"no recordings at {CASES}: set TREADLE_CONFORMANCE")
REMOTE = ("dynamodb", "sqs", "sns", "events", "aws-sdk:dynamodb", "aws-sdk:s3", "aws-sdk:secretsmanager", "aws-sdk:sfn")
CAUSE = re.compile(r"^(?P<message>.*) \((?P<facts>Service: .*)\)$", re.DOTALL)


def recorded():
    if not CASES.is_file():
        return
    for line in CASES.read_text().splitlines():
        case = json.loads(line)
        for number, task in enumerate(case.get("task_script") or ()):
            scheduled = task["scheduled"]
            if task["kind"] != "task" or scheduled["resourceType"] not in (*REMOTE, "states"):
                continue
            outcome = task["outcome"]
            if task.get("submitted"):
                outcome = {"type": "Succeeded", "output": task["submitted"]["output"]}
            resource = f"arn:aws:states:::{scheduled['resourceType']}:{scheduled['resource'].partition('.')[0]}"
            yield pytest.param(
                resource, scheduled["parameters"], outcome, id=f"{case['id'].rpartition('::')[2]}-{number}"
            )


@pytest.fixture(autouse=True, scope="module")
def account():
    """Credentials that nobody checks, and clients that the tests share: making one costs more than a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        clients.reset()
        yield
        clients.reset()


def native(call, output):
    """The recorded result back as botocore would have given it; placeholders of times become a time."""
    times = dict(output)
    sdk = times.pop("SdkHttpMetadata", None)
    times.pop("SdkResponseMetadata", None)
    answer = shapes.native(times, call.operation.output_shape, "recorded", call.binary)
    for name, shape in call.operation.output_shape.members.items():
        if name in answer and shape.type_name == "timestamp":
            answer[name] = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    if sdk is not None:
        answer["ResponseMetadata"] = {"HTTPHeaders": sdk["HttpHeaders"], "HTTPStatusCode": 200, "RequestId": "r"}
    return answer


@pytest.mark.parametrize(("resource", "arguments", "outcome"), list(recorded()))
def test_a_recorded_task(resource, arguments, outcome):
    parsed = Resource.parse(resource)
    service = aws()
    assert service.handles(parsed)
    call = find(parsed.service, parsed.action)
    client = clients.client(call.client)
    method = {v: k for k, v in client.meta.method_to_api_mapping.items()}[call.operation.name]
    request = TaskRequest(parsed, arguments, "S")
    with Stubber(client) as stub:
        if outcome["type"] == "Succeeded":
            stub.add_response(method, native(call, outcome["output"]))
            output = asyncio.run(service.call(request)).output
            assert shown(output) == shown(outcome["output"])
            return
        if isinstance(outcome["cause"], dict):
            pytest.skip("a failure made of a successful answer: tests/services/test_integrations.py")
        facts = CAUSE.match(outcome["cause"])
        status = int(re.search(r"Status Code: (\d+)", facts["facts"])[1])
        named = re.search(r"Error Code: (\w+)", facts["facts"])
        code = named[1] if named else code_of(call, outcome["error"])
        identifiers = {"RequestId": "<request_id>"}
        if "Extended" in facts["facts"]:
            identifiers["HostId"] = "<extended_request_id>"
        stub.add_client_error(method, code, facts["message"], status, response_meta=identifiers)
        with pytest.raises(ServiceError) as caught:
            asyncio.run(service.call(request))
    assert caught.value.error == outcome["error"]
    if not re.search("null at 'item'|must contain the parameter", outcome["cause"]):
        # Those two botocore refuses itself, in its own words, before AWS could.
        assert caught.value.cause == outcome["cause"]


def code_of(call, error):
    """The code botocore would have seen for an exception of the Java SDK."""
    name = error.partition(".")[2]
    for shape in call.operation.error_shapes:
        if shape.name in (name, name.removesuffix("Exception")):
            return shape.metadata.get("error", {}).get("code", shape.name)
    return "ValidationException"


def shown(output):
    """Times and headers are the recording's own; everything else must be equal."""
    plain = {key: value for key, value in output.items() if not key.startswith("Sdk") and not key.endswith("Date")}
    plain.pop("LastModified", None)
    return plain, sorted(key for key in output if key.startswith("Sdk") or key.endswith("Date"))
