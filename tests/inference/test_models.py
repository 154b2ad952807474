import asyncio
import json

import pytest

from tests.inference.conftest import conversation, request
from treadle import inference
from treadle.engine.task import Resource
from treadle.errors import InputError, ServiceError
from treadle.inference.scripted import Scripted

CONVERSE = "aws-sdk:bedrockruntime:converse"
SETTINGS = ("OPENAI_BASE_URL", "OPENAI_EMBEDDING_MODEL", "OPENAI_MODEL", "TREADLE_GGUF", "TREADLE_MODELS")


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)


def call(service, resource, arguments):
    return asyncio.run(service.call(request(resource, arguments)))


def fails(service, resource, arguments):
    with pytest.raises(ServiceError) as caught:
        call(service, resource, arguments)
    return caught.value


def test_titan_embeddings():
    service = inference.service("embedded")
    response = call(service, "bedrock:invokeModel", {"ModelId": "amazon.titan-embed-text-v2:0", "Body": {
        "inputText": "a question", "dimensions": 512, "normalize": True,
    }})  # fmt: skip
    assert response.model == "all-MiniLM-L6-v2 (embedded)"
    assert sorted(response.output) == ["Body", "ContentType"]
    body = response.output["Body"]
    assert sorted(body) == ["embedding", "embeddingsByType", "inputTextTokenCount"]
    assert len(body["embedding"]) == 384
    assert sum(number * number for number in body["embedding"]) == pytest.approx(1, abs=1e-5)


def test_cohere_embeddings_and_the_sdk_integrations_text_body():
    service = inference.service("embedded")
    body = {"texts": ["a", "b"], "input_type": "search_document"}
    response = call(
        service, "aws-sdk:bedrockruntime:invokeModel", {"ModelId": "cohere.embed-english-v3", "Body": json.dumps(body)}
    )
    answer = json.loads(response.output["Body"])
    assert answer["response_type"] == "embeddings_floats"
    assert [len(vector) for vector in answer["embeddings"]] == [384, 384]
    by_type = call(service, "bedrock:invokeModel", {"ModelId": "c", "Body": body | {"embedding_types": ["float"]}})
    assert by_type.output["Body"]["embeddings"]["float"] == answer["embeddings"]


def test_a_text_embeds_alike_alone_and_among_many():
    many = inference.embeddings("amazon.titan-embed-text-v2:0", 512, "embedded")
    assert (many.name, many.dimension) == ("all-MiniLM-L6-v2 (embedded)", 384)
    alone = call(inference.service("embedded"), "bedrock:invokeModel", {"ModelId": "t", "Body": {"inputText": "two"}})
    assert many.embed(["one", "two", "three " * 50])[1] == pytest.approx(alone.output["Body"]["embedding"], abs=1e-5)


@pytest.mark.parametrize(("body", "text"), [
    ({"prompt": "x"}, "a local model cannot read this body for 'meta.llama'"),
    ("not json", "The body is not JSON"),
    ([1], "must be a JSON object"),
    ({"inputText": " "}, "expected minLength: 1"),
    ({"texts": []}, "1 to 96 strings"),
    ({"texts": ["a"], "input_type": "x"}, "input_type must be"),
])  # fmt: skip
def test_bodies_that_no_local_model_reads(body, text):
    service = inference.service("embedded")
    error = fails(service, "bedrock:invokeModel", {"ModelId": "meta.llama", "Body": body})
    assert error.error == "Bedrock.ValidationException"
    assert text in error.cause
    assert fails(service, "aws-sdk:bedrockruntime:invokeModel", {"ModelId": "meta.llama", "Body": body}).error == (
        "BedrockRuntime.ValidationException"
    )


def test_scripted_lines_in_order():
    script = Scripted(["one", inference.call("search", {"q": 1}), ServiceError("ThrottlingException", "slow")])
    service = inference.service("scripted", script=script)
    first = call(service, CONVERSE, conversation("hi")).output
    assert first["Output"] == {"Message": {"Role": "assistant", "Content": [{"Text": "one"}]}}
    assert sorted(first) == ["Metrics", "Output", "StopReason", "Usage"]
    assert first["StopReason"] == "end_turn"
    second = call(service, CONVERSE, conversation("hi")).output
    use = second["Output"]["Message"]["Content"][0]["ToolUse"]
    assert (second["StopReason"], use["Name"], use["Input"]) == ("tool_use", "search", {"q": 1})
    assert fails(service, CONVERSE, conversation("hi")).error == "BedrockRuntime.ThrottlingException"
    with pytest.raises(InputError, match="asked once more"):
        call(service, CONVERSE, conversation("hi"))
    assert len(script.requests) == 4


def test_a_script_may_be_a_function_of_the_request():
    service = inference.service(
        "scripted", script=lambda asked: "You said " + asked["Messages"][-1]["Content"][0]["Text"]
    )
    response = call(service, CONVERSE, conversation("hi"))
    assert response.output["Output"]["Message"]["Content"][0]["Text"] == "You said hi"
    assert response.model == "scripted"


def test_text_bodies_reach_the_chat_model():
    service = inference.service("scripted", script=lambda asked: json.dumps(asked, sort_keys=True))
    anthropic = call(service, "bedrock:invokeModel", {"ModelId": "anthropic.claude", "Body": {
        "anthropic_version": "bedrock-2023-05-31", "max_tokens": 5, "system": "s", "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "n", "input": {"a": 1}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "r"}]},
        ],
    }}).output["Body"]  # fmt: skip
    assert (anthropic["type"], anthropic["role"], anthropic["stop_reason"]) == ("message", "assistant", "end_turn")
    assert json.loads(anthropic["content"][0]["text"]) == {
        "InferenceConfig": {"MaxTokens": 5},
        "Messages": [
            {"Role": "user", "Content": [{"Text": "hi"}]},
            {"Role": "assistant", "Content": [{"ToolUse": {"ToolUseId": "t", "Name": "n", "Input": {"a": 1}}}]},
            {"Role": "user", "Content": [{"ToolResult": {"ToolUseId": "t", "Content": [{"Text": "r"}]}}]},
        ],
        "System": [{"Text": "s"}],
    }
    titan = call(service, "bedrock:invokeModel", {"ModelId": "amazon.titan-text-lite-v1", "Body": {
        "inputText": "hi", "textGenerationConfig": {"maxTokenCount": 7, "stopSequences": ["x"]},
    }}).output["Body"]  # fmt: skip
    assert sorted(titan) == ["inputTextTokenCount", "results"]
    assert '"MaxTokens": 7' in titan["results"][0]["outputText"]
    nova = call(service, "bedrock:invokeModel", {"ModelId": "amazon.nova-lite-v1:0", "Body": {
        "messages": [{"role": "user", "content": [{"text": "hi"}]}], "inferenceConfig": {"maxTokens": 3},
    }}).output["Body"]  # fmt: skip
    assert '"MaxTokens": 3' in nova["output"]["message"]["content"][0]["text"]


@pytest.mark.parametrize(("messages", "text"), [
    ([], "must start with a user message"),
    ([{"Role": "assistant", "Content": [{"Text": "x"}]}], "must start with a user message"),
    ([{"Role": "user", "Content": []}], "The content field in the Message object at messages.0 is empty."),
    ([{"Role": "system", "Content": [{"Text": "x"}]}], "must have a Role"),
])  # fmt: skip
def test_conversations_that_bedrock_refuses(messages, text):
    error = fails(inference.service("embedded"), CONVERSE, {"ModelId": "m", "Messages": messages})
    assert error.error == "BedrockRuntime.ValidationException"
    assert text in error.cause


def test_endpoints_are_local_functions_by_name():
    classify = inference.classifier({
        "greeting": ["hello", "hi there", "good morning"],
        "billing": ["my invoice is wrong", "I was charged twice", "refund please"],
        "human": ["let me talk to a person", "connect me to an agent"],
    })  # fmt: skip
    service = inference.service("embedded", endpoints={"intents": classify, "broken": lambda payload: 1 / 0})
    endpoint = "aws-sdk:sagemakerruntime:invokeEndpoint"

    def ask(payload):
        return call(
            service,
            endpoint,
            {"EndpointName": "intents", "ContentType": "application/json", "Body": json.dumps(payload)},
        )

    for text, label in (("hey, good evening!", "greeting"), ("why did you bill me two times?", "billing"),
                        ("I want to speak with a real human", "human")):  # fmt: skip
        response = ask({"inputs": text})
        ranked = json.loads(response.output["Body"])
        assert [sorted(each) for each in ranked] == [["label", "score"]] * 3
        assert ranked[0]["label"] == label
        assert ranked == sorted(ranked, key=lambda each: -each["score"])
        assert response.model == "all-MiniLM-L6-v2 (embedded)"
    assert len(json.loads(ask({"inputs": ["a", "b"]}).output["Body"])) == 2
    assert not service.accepts(request(endpoint, {"EndpointName": "other"}))
    error = fails(service, endpoint, {"EndpointName": "broken", "Body": "{}"})
    assert error.error == "SageMakerRuntime.ModelErrorException"
    assert "ZeroDivisionError: division by zero" in error.cause
    assert fails(service, endpoint, {"EndpointName": "intents", "Body": "{"}).error.startswith(
        "SageMakerRuntime.Validation"
    )


@pytest.mark.parametrize(("resource", "handled"), [
    (CONVERSE, True),
    ("bedrock:invokeModel", True),
    ("aws-sdk:bedrockruntime:invokeModel", True),
    ("bedrock:invokeModel.waitForTaskToken", False),
    ("aws-sdk:sagemakerruntime:invokeEndpoint", False),
    ("lambda:invoke", False),
])  # fmt: skip
def test_what_is_handled(resource, handled):
    assert inference.service("embedded").handles(Resource.parse(f"arn:aws:states:::{resource}")) is handled


def test_the_choice(monkeypatch):
    assert inference.choice() == "embedded"
    monkeypatch.setenv("TREADLE_GGUF", "/x.gguf")
    assert inference.choice() == "gguf"
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:1/v1")
    assert inference.choice("auto") == "openai"
    monkeypatch.setenv("TREADLE_MODELS", "aws")
    assert inference.choice() == "aws"
    with inference.choosing("embedded"):
        assert inference.choice() == "embedded"
        assert inference.choice("scripted") == "scripted"
    with pytest.raises(InputError, match="no models 'gpt': choose auto, embedded, openai, gguf, aws"):
        inference.service("gpt")
    with pytest.raises(InputError, match="script="):
        inference.service("scripted")


def test_what_is_missing_is_said_in_one_line(monkeypatch, tmp_path):
    with pytest.raises(InputError, match="set OPENAI_BASE_URL"):
        inference.service("openai")
    with pytest.raises(InputError, match="set TREADLE_GGUF"):
        inference.service("gguf")
    monkeypatch.setenv("TREADLE_GGUF", str(tmp_path / "none.gguf"))
    with pytest.raises(InputError, match=r"none\.gguf: No such file"):
        inference.service("gguf")
    (tmp_path / "none.gguf").write_text("text")
    with pytest.raises(InputError, match="is not a GGUF file"):
        inference.service("gguf")
