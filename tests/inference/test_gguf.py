"""A real language model in this process: SmolLM2-135M, small enough for any machine, good enough to prove the path."""

import asyncio
import json

import pytest

from tests.inference.conftest import conversation, request
from treadle import inference

pytest.importorskip("xllamacpp", reason="the [gguf] extra is not installed: a GGUF model is not tested")
CONVERSE = "aws-sdk:bedrockruntime:converse"


@pytest.fixture
def service(gguf_file, monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("TREADLE_GGUF", str(gguf_file))
    return inference.service("auto")


def test_it_answers_a_question(service):
    asked = conversation("What is the capital of France?", InferenceConfig={"MaxTokens": 8, "Temperature": 0})
    response = asyncio.run(service.call(request(CONVERSE, asked)))
    assert response.model == "SmolLM2-135M-Instruct.Q4_1 (gguf)"
    assert len(response.output["Output"]["Message"]["Content"][0]["Text"]) > 3
    assert response.output["StopReason"] in ("end_turn", "max_tokens")
    assert 0 < response.output["Usage"]["OutputTokens"] <= 8


def test_with_tools_its_answer_is_held_to_their_schema(service):
    schema = {"type": "object", "properties": {"city": {"type": "string", "maxLength": 8}}, "required": ["city"]}
    tool = {"ToolSpec": {"Name": "weather", "Description": "The weather of a city", "InputSchema": {"Json": schema}}}
    asked = conversation(
        "What is the weather in Paris?",
        ToolConfig={"Tools": [tool], "ToolChoice": {"Any": {}}},
        InferenceConfig={"MaxTokens": 40, "Temperature": 0},
    )
    output = asyncio.run(service.call(request(CONVERSE, asked))).output
    use = output["Output"]["Message"]["Content"][0]["ToolUse"]
    assert (output["StopReason"], use["Name"], sorted(use["Input"])) == ("tool_use", "weather", ["city"])


def test_its_vectors_are_the_embedded_models(service):
    response = asyncio.run(service.call(request("bedrock:invokeModel", {"ModelId": "t", "Body": {"inputText": "x"}})))
    assert response.model == "all-MiniLM-L6-v2 (embedded)"
    assert json.dumps(response.output)
