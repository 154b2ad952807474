"""Bedrock, SageMaker and Lambda through real clients: botocore's Stubber, and an HTTP server in AWS's place."""

import asyncio
import base64
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from botocore.config import Config
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from treadle.engine.chance import Chance
from treadle.engine.task import Resource, TaskRequest
from treadle.errors import ServiceError
from treadle.inference.upstream import BedrockEmbedder, Resilient
from treadle.services import aws, clients

CONVERSE = "aws-sdk:bedrockruntime:converse"
INVOKE = "bedrock:invokeModel"


@pytest.fixture(autouse=True)
def account(monkeypatch):
    for name, value in {
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    clients.reset()
    yield
    clients.reset()


def request(resource, arguments):
    return TaskRequest(Resource.parse(f"arn:aws:states:::{resource}"), arguments, "S")


def call(resource, arguments, service=None):
    return asyncio.run((service or aws()).call(request(resource, arguments)))


def body(value):
    data = json.dumps(value).encode()
    return {"body": StreamingBody(io.BytesIO(data), len(data)), "contentType": "application/json"}


def test_converse_with_tools_in_pascal_case_at_every_depth():
    asked = {
        "ModelId": "anthropic.claude",
        "System": [{"Text": "be brief"}],
        "Messages": [
            {"Role": "user", "Content": [
                {"Text": "hi"},
                {"Image": {"Format": "png", "Source": {"Bytes": base64.b64encode(b"\x89PNG").decode()}}},
            ]},
        ],
        "InferenceConfig": {"MaxTokens": 10, "Temperature": 0.5, "StopSequences": ["x"]},
        "ToolConfig": {"Tools": [{"ToolSpec": {
            "Name": "search", "Description": "d",
            "InputSchema": {"Json": {"type": "object", "properties": {"maxItems": {}}}},
        }}]},
    }  # fmt: skip
    expected = {
        "modelId": "anthropic.claude",
        "system": [{"text": "be brief"}],
        "messages": [
            {"role": "user", "content": [{"text": "hi"}, {"image": {"format": "png", "source": {"bytes": b"\x89PNG"}}}]}
        ],
        "inferenceConfig": {"maxTokens": 10, "temperature": 0.5, "stopSequences": ["x"]},
        "toolConfig": {"tools": [{"toolSpec": {
            "name": "search", "description": "d",
            "inputSchema": {"json": {"type": "object", "properties": {"maxItems": {}}}},
        }}]},
    }  # fmt: skip
    use = {"toolUseId": "t1", "name": "search", "input": {"maxItems": 3, "deepKey": {"innerKey": None}}}
    answer = {
        "output": {"message": {"role": "assistant", "content": [{"text": "ok"}, {"toolUse": use}]}},
        "stopReason": "tool_use",
        "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
        "metrics": {"latencyMs": 5},
    }
    with Stubber(clients.client("bedrock-runtime")) as stub:
        stub.add_response("converse", answer, expected)
        response = call(CONVERSE, asked)
    assert response.model == "anthropic.claude (bedrock)"
    assert response.output == {
        "Output": {"Message": {"Role": "assistant", "Content": [
            {"Text": "ok"},
            {"ToolUse": {"ToolUseId": "t1", "Name": "search", "Input": {"maxItems": 3, "deepKey": {"innerKey": None}}}},
        ]}},
        "StopReason": "tool_use",
        "Usage": {"InputTokens": 1, "OutputTokens": 2, "TotalTokens": 3},
        "Metrics": {"LatencyMs": 5},
    }  # fmt: skip


@pytest.mark.parametrize(("model", "sent", "answered"), [
    ("amazon.titan-embed-text-v2:0", {"inputText": "é", "dimensions": 512, "normalize": True},
     {"embedding": [0.1, -0.2], "inputTextTokenCount": 1}),
    ("cohere.embed-english-v3", {"texts": ["a", "b"], "input_type": "search_query"},
     {"embeddings": [[0.1], [0.2]], "id": "x", "response_type": "embeddings_floats", "texts": ["a", "b"]}),
])  # fmt: skip
def test_embeddings_by_invoke_model(model, sent, answered):
    with Stubber(clients.client("bedrock-runtime")) as stub:
        expected = {"modelId": model, "contentType": "application/json", "body": ANY}
        stub.add_response("invoke_model", body(answered), expected)
        stub.add_response(
            "invoke_model",
            body(answered),
            {"modelId": model, "body": json.dumps(sent, separators=(",", ":"), ensure_ascii=False).encode()},
        )
        response = call(INVOKE, {"ModelId": model, "Body": sent})
        assert response.output == {"Body": answered, "ContentType": "application/json"}
        assert response.model == f"{model} (bedrock)"
        plain = call("aws-sdk:bedrockruntime:invokeModel", {"ModelId": model, "Body": sent})
        assert json.loads(plain.output["Body"]) == answered


def test_invoke_model_reads_its_input_from_s3_and_writes_its_output_there():
    with Stubber(clients.client("bedrock-runtime")) as stub, Stubber(clients.client("s3")) as bucket:
        stored = StreamingBody(io.BytesIO(b'{"inputText":"x"}'), 17)
        bucket.add_response("get_object", {"Body": stored}, {"Bucket": "b", "Key": "in.json"})
        sent = {"modelId": "m", "contentType": "application/json", "body": b'{"inputText":"x"}'}
        stub.add_response("invoke_model", body({"embedding": [1]}), sent)
        kept = {"Bucket": "b", "Key": "out.json", "Body": b'{"embedding": [1]}', "ContentType": "application/json"}
        bucket.add_response("put_object", {}, kept)
        arguments = {"ModelId": "m", "Input": {"S3Uri": "s3://b/in.json"}, "Output": {"S3Uri": "s3://b/out.json"}}
        assert call(INVOKE, arguments).output == {"Body": "s3://b/out.json", "ContentType": "application/json"}


def test_an_endpoint():
    with Stubber(clients.client("sagemaker-runtime")) as stub:
        answer = {"Body": StreamingBody(io.BytesIO(b'[{"label": "x"}]'), 16), "ContentType": "application/json"}
        sent = {"EndpointName": "e", "ContentType": "application/json", "Body": b'{"inputs":"hi"}'}
        stub.add_response("invoke_endpoint", answer, sent)
        arguments = {"EndpointName": "e", "ContentType": "application/json", "Body": '{"inputs":"hi"}'}
        response = call("aws-sdk:sagemakerruntime:invokeEndpoint", arguments)
        assert response.output == {"Body": '[{"label": "x"}]', "ContentType": "application/json"}
        assert response.model == "e (sagemaker)"
        stub.add_client_error("invoke_endpoint", "ModelError", "Received server error (500)", 424)
        with pytest.raises(ServiceError) as caught:
            call("aws-sdk:sagemakerruntime:invokeEndpoint", arguments)
    assert caught.value.error == "SageMakerRuntime.ModelErrorException"


def test_lambda_functions_by_invoke_and_by_arn():
    def answer(payload, **more):
        data = json.dumps(payload).encode()
        return {
            "StatusCode": 200,
            "ExecutedVersion": "$LATEST",
            "Payload": StreamingBody(io.BytesIO(data), len(data)),
            **more,
        }

    function = Resource.parse("arn:aws:lambda:us-east-1:111111111111:function:f")
    with Stubber(clients.client("lambda")) as stub:
        stub.add_response("invoke", answer({"n": 1}), {"FunctionName": "f", "Payload": b'{"a":null}'})
        output = call("lambda:invoke", {"FunctionName": "f", "Payload": {"a": None}}).output
        assert (output["Payload"], output["StatusCode"], output["ExecutedVersion"]) == ({"n": 1}, 200, "$LATEST")
        stub.add_response("invoke", answer("text"), {"FunctionName": "f", "Payload": b'"text"'})
        assert call("lambda:invoke", {"FunctionName": "f", "Payload": "text"}).output["Payload"] == "text"
        stub.add_response("invoke", answer([1]), {"FunctionName": function.arn, "Payload": b'{"x":1}'})
        assert asyncio.run(aws().call(TaskRequest(function, {"x": 1}, "S"))).output == [1]
        failed = {"errorMessage": "no", "errorType": "ValueError", "requestId": "r", "stackTrace": []}
        stub.add_response("invoke", answer(failed, FunctionError="Unhandled"), {"FunctionName": "f", "Payload": b"{}"})
        with pytest.raises(ServiceError) as caught:
            call("lambda:invoke", {"FunctionName": "f", "Payload": {}})
    assert (caught.value.error, json.loads(caught.value.cause)) == ("ValueError", failed)


class Instant:
    """A clock whose sleeps are over at once, and are written down."""

    def __init__(self):
        self.time, self.slept = 0.0, []

    def now(self):
        return self.time

    async def sleep(self, seconds):
        self.time += seconds
        self.slept.append(seconds)


@pytest.fixture
def bedrock(monkeypatch):
    """An HTTP server in Bedrock's place: `answers` holds (status, error or None, body) for each call."""

    class Handler(BaseHTTPRequestHandler):
        answers, paths, bodies = [], [], []

        def do_POST(self):
            self.paths.append(self.path)
            self.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status, error, answer = self.answers.pop(0)
            data = json.dumps(answer).encode()
            self.send_response(status)
            if error:
                self.send_header("x-amzn-ErrorType", error)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    yield Handler
    server.shutdown()
    server.server_close()


REPLY = {
    "output": {"message": {"role": "assistant", "content": [{"text": "hello"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
    "metrics": {"latencyMs": 1},
}
ASK = {"ModelId": "m1", "Messages": [{"Role": "user", "Content": [{"Text": "hi"}]}]}
THROTTLED = (429, "ThrottlingException", {"message": "Too many requests, please wait"})


once = Config(retries={"mode": "standard", "total_max_attempts": 1})


def single(region=None):
    """AWS without botocore's own retries: the retries under test are ours."""
    service = aws(region)
    service.client = lambda name, **given: clients.client(name, config=once, **given)
    return service


def test_a_throttled_model_is_asked_again_with_full_jitter(bedrock):
    bedrock.answers[:] = [THROTTLED, THROTTLED, (200, None, REPLY)]
    clock = Instant()
    service = Resilient(single, clock=clock, chance=Chance(7))
    response = call(CONVERSE, ASK, service)
    assert response.output["Output"]["Message"]["Content"] == [{"Text": "hello"}]
    assert response.model == "m1 (bedrock)"
    twin = Chance(7)
    assert clock.slept == [twin.uniform(0, 0.25), twin.uniform(0, 0.5)]


def test_what_another_try_cannot_mend_is_not_tried_again(bedrock):
    bedrock.answers[:] = [(400, "ValidationException", {"message": "The provided model identifier is invalid."})]
    with pytest.raises(ServiceError) as caught:
        call(CONVERSE, ASK, Resilient(single, {"m1": "m2"}, clock=Instant()))
    assert caught.value.error == "BedrockRuntime.ValidationException"
    assert caught.value.cause.startswith(
        "The provided model identifier is invalid. (Service: BedrockRuntime, Status Code:"
    )
    assert len(bedrock.paths) == 1


def test_without_a_fallback_the_throttling_is_the_answer_under_either_name(bedrock):
    bedrock.answers[:] = [THROTTLED] * 6
    with pytest.raises(ServiceError, match=r"^BedrockRuntime\.ThrottlingException: Too many requests"):
        call(CONVERSE, ASK, Resilient(single, clock=Instant()))
    with pytest.raises(ServiceError, match=r"^Bedrock\.ThrottlingException: Too many requests"):
        call(INVOKE, {"ModelId": "m1", "Body": {"inputText": "x"}}, Resilient(single, clock=Instant()))


def test_the_breaker_opens_and_the_fallback_answers_at_once_until_it_closes(bedrock):
    clock = Instant()
    service = Resilient(single, {"m1": "m2@us-west-2"}, clock=clock)
    ok = (200, None, REPLY)
    bedrock.answers[:] = [THROTTLED] * 3 + [ok] + [THROTTLED] * 2 + [ok, ok]
    assert call(CONVERSE, ASK, service).model == "m2 (bedrock)"
    assert call(CONVERSE, ASK, service).model == "m2 (bedrock)"
    assert call(CONVERSE, ASK, service).model == "m2 (bedrock)"
    models = [path.split("/")[2] for path in bedrock.paths]
    assert models == ["m1"] * 3 + ["m2"] + ["m1"] * 2 + ["m2", "m2"]
    clock.time += 31
    bedrock.answers[:] = [ok]
    assert call(CONVERSE, ASK, service).model == "m1 (bedrock)"


@pytest.mark.parametrize(("model", "calls"), [("amazon.titan-embed-text-v2:0", 3), ("cohere.embed-multilingual-v3", 1)])
def test_many_texts_are_embedded_in_order(bedrock, model, calls):
    def answer(sent):
        if "texts" in sent:
            return {"embeddings": [[float(len(text))] for text in sent["texts"]]}
        return {"embedding": [float(len(sent["inputText"]))]}

    bedrock.answers = Answers(bedrock, answer)
    vectors = BedrockEmbedder(single, model, 512).embed(["a", "bbb", "cc"])
    assert vectors == [[1.0], [3.0], [2.0]]
    assert len(bedrock.paths) == calls


class Answers:
    """Answers by what was asked, where calls come in any order."""

    def __init__(self, handler, answer):
        self.handler, self.answer = handler, answer
        self.lock, self.given = threading.Lock(), 0

    def pop(self, _):
        with self.lock:
            self.given += 1
            return 200, None, self.answer(self.handler.bodies[self.given - 1])
