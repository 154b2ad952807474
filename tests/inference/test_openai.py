"""The OpenAI-compatible client against an HTTP server that answers as such servers do."""

import asyncio
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.inference.conftest import conversation, request
from treadle import inference
from treadle.errors import ServiceError

CONVERSE = "aws-sdk:bedrockruntime:converse"
TOOLS = {"Tools": [{"ToolSpec": {
    "Name": "search", "Description": "finds", "InputSchema": {"Json": {"type": "object", "properties": {"q": {}}}},
}}]}  # fmt: skip


@pytest.fixture
def server(monkeypatch):
    """`answers` holds (status, body) for each call; `requests` what came: (method and path, body, Authorization)."""

    class Handler(BaseHTTPRequestHandler):
        answers, requests = [], []

        def do_GET(self):
            self.answer(None)

        def do_POST(self):
            self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def answer(self, body):
            self.requests.append((f"{self.command} {self.path}", body, self.headers["Authorization"]))
            status, answer = self.answers.pop(0)
            data = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    for name in ("OPENAI_EMBEDDING_MODEL", "OPENAI_TOOLS", "TREADLE_GGUF"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{http.server_port}/v1/")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("OPENAI_MODEL", "small")
    yield Handler
    http.shutdown()
    http.server_close()


def call(arguments, resource=CONVERSE):
    return asyncio.run(inference.service("auto").call(request(resource, arguments)))


def completion(message, reason="stop"):
    usage = {"prompt_tokens": 11, "completion_tokens": 2, "total_tokens": 13}
    return {"choices": [{"message": {"role": "assistant", **message}, "finish_reason": reason}], "usage": usage}


def test_a_conversation_goes_out_as_chat_completions_and_comes_back_as_converse(server):
    server.answers[:] = [(200, completion({"content": "Paris."}))]
    sampling = {"MaxTokens": 9, "Temperature": 0, "TopP": 0.9, "StopSequences": ["x"]}
    response = call(conversation("Capital?", "Be brief.", InferenceConfig=sampling))
    path, body, key = server.requests[-1]
    assert (path, key) == ("POST /v1/chat/completions", "Bearer secret")
    assert body == {
        "model": "small",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Capital?"}],
        "max_tokens": 9,
        "temperature": 0,
        "top_p": 0.9,
        "stop": ["x"],
    }
    assert response.model == "small (openai)"
    metrics = response.output.pop("Metrics")
    assert metrics["LatencyMs"] >= 0
    assert response.output == {
        "Output": {"Message": {"Role": "assistant", "Content": [{"Text": "Paris."}]}},
        "StopReason": "end_turn",
        "Usage": {"InputTokens": 11, "OutputTokens": 2, "TotalTokens": 13},
    }


def test_tool_calls_both_ways(server):
    use = {"id": "c1", "type": "function", "function": {"name": "search", "arguments": '{"q":"x"}'}}
    server.answers[:] = [(200, completion({"content": None, "tool_calls": [use]}, "tool_calls"))]
    first = call(conversation("find x", ToolConfig=TOOLS)).output
    assert server.requests[-1][1]["tools"] == [{"type": "function", "function": {
        "name": "search", "description": "finds", "parameters": {"type": "object", "properties": {"q": {}}},
    }}]  # fmt: skip
    assert server.requests[-1][1]["tool_choice"] == "auto"
    assert first["StopReason"] == "tool_use"
    message = first["Output"]["Message"]
    assert message["Content"] == [{"ToolUse": {"ToolUseId": "c1", "Name": "search", "Input": {"q": "x"}}}]
    server.answers[:] = [(200, completion({"content": "found"}))]
    arguments = conversation("find x", ToolConfig=TOOLS)
    result = {"ToolResult": {"ToolUseId": "c1", "Content": [{"Json": {"n": 1}}, {"Text": "more"}]}}
    arguments["Messages"] += [message, {"Role": "user", "Content": [result]}]
    assert call(arguments).output["Output"]["Message"]["Content"] == [{"Text": "found"}]
    assert server.requests[-1][1]["messages"][1:] == [
        {"role": "assistant", "content": None, "tool_calls": [use]},
        {"role": "tool", "tool_call_id": "c1", "content": '{"n":1}\nmore'},
    ]


def test_a_server_that_refuses_tools_is_asked_for_a_schema(server):
    chosen = completion({"content": '{"tool": "search", "arguments": {"q": "x"}}'})
    server.answers[:] = [(400, {"error": {"message": "this model does not support tools"}}), (200, chosen)]
    content = call(conversation("find x", ToolConfig=TOOLS)).output["Output"]["Message"]["Content"]
    assert [(each["ToolUse"]["Name"], each["ToolUse"]["Input"]) for each in content] == [("search", {"q": "x"})]
    body = server.requests[-1][1]
    assert "tools" not in body
    options = body["response_format"]["json_schema"]["schema"]["anyOf"]
    assert [sorted(option["properties"]) for option in options] == [["arguments", "tool"], ["answer"]]
    assert "search: finds" in body["messages"][0]["content"]


def test_tools_by_schema_on_request(server, monkeypatch):
    monkeypatch.setenv("OPENAI_TOOLS", "json")
    server.answers[:] = [(200, completion({"content": '{"answer": "42"}'}))]
    response = call(conversation("?", ToolConfig=TOOLS))
    assert response.output["Output"]["Message"]["Content"] == [{"Text": "42"}]
    assert response.output["StopReason"] == "end_turn"
    server.answers[:] = [(200, completion({"content": '{"tool": "search", "arguments": {}}'}))]
    call(conversation("?", ToolConfig=TOOLS | {"ToolChoice": {"Any": {}}}))
    assert len(server.requests[-1][1]["response_format"]["json_schema"]["schema"]["anyOf"]) == 1


def test_structured_output_is_a_response_format(server):
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    wanted = {
        "TextFormat": {
            "Type": "json_schema",
            "Structure": {"JsonSchema": {"Name": "count", "Schema": json.dumps(schema)}},
        }
    }
    server.answers[:] = [(200, completion({"content": '{"n": 3}'}))]
    call(conversation("?", OutputConfig=wanted))
    format = server.requests[-1][1]["response_format"]
    assert format == {"type": "json_schema", "json_schema": {"name": "count", "schema": schema, "strict": True}}


@pytest.mark.parametrize(("status", "body", "error", "text"), [
    (429, {"error": {"message": "slow down"}}, "ThrottlingException", "slow down (HTTP 429)"),
    (401, {"error": {"message": "bad key"}}, "AccessDeniedException", "bad key (HTTP 401)"),
    (404, {"error": "model 'small' not found"}, "ResourceNotFoundException", "model 'small' not found"),
    (400, "plain text", "ValidationException", "plain text (HTTP 400)"),
    (500, "", "ServiceUnavailableException", "no message (HTTP 500)"),
    (200, "<html>", "ModelErrorException", "answered no JSON"),
    (200, {"object": "list"}, "ModelErrorException", "no chat completion"),
])  # fmt: skip
def test_failures_have_bedrocks_names(server, status, body, error, text):
    server.answers[:] = [(status, body)]
    with pytest.raises(ServiceError) as caught:
        call(conversation("hi"))
    assert caught.value.error == f"BedrockRuntime.{error}"
    assert text in caught.value.cause


def test_nobody_there(monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{port}/v1")
    monkeypatch.setenv("OPENAI_MODEL", "small")
    with pytest.raises(ServiceError) as caught:
        call(conversation("hi"))
    assert caught.value.error == "BedrockRuntime.ResourceNotFoundException"
    assert "start it, or change or unset OPENAI_BASE_URL" in caught.value.cause


def test_without_a_model_name_the_servers_first_model_answers(server, monkeypatch):
    monkeypatch.delenv("OPENAI_MODEL")
    server.answers[:] = [(200, {"data": [{"id": "first"}, {"id": "second"}]}), (200, completion({"content": "x"}))]
    assert call(conversation("hi")).model == "first (openai)"
    assert server.requests[-1][1]["model"] == "first"


def test_embeddings_of_the_server_where_its_model_is_named(server, monkeypatch):
    assert inference.embeddings("amazon.titan-embed-text-v2:0").name == "all-MiniLM-L6-v2 (embedded)"
    monkeypatch.setenv("OPENAI_EMBEDDING_MODEL", "nomic")
    rows = [{"index": 1, "embedding": [0, 1]}, {"index": 0, "embedding": [1, 0]}]
    server.answers[:] = [(200, {"data": rows})]
    embedder = inference.embeddings("amazon.titan-embed-text-v2:0")
    assert embedder.embed(["a", "b"]) == [[1.0, 0.0], [0.0, 1.0]]
    assert (embedder.name, embedder.dimension) == ("nomic (openai)", 2)
    server.answers[:] = [(200, {"data": rows[1:]})]
    response = call({"ModelId": "amazon.titan-embed-text-v2:0", "Body": {"inputText": "a"}}, "bedrock:invokeModel")
    assert (response.model, response.output["Body"]["embedding"]) == ("nomic (openai)", [1.0, 0.0])


def test_an_image_is_sent_as_a_data_url_and_other_content_is_refused(server):
    server.answers[:] = [(200, completion({"content": "a cat"}))]
    arguments = conversation("what is it?")
    arguments["Messages"][0]["Content"].append({"Image": {"Format": "png", "Source": {"Bytes": "aGk="}}})
    call(arguments)
    assert server.requests[-1][1]["messages"][0]["content"] == [
        {"type": "text", "text": "what is it?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
    ]
    arguments["Messages"][0]["Content"].append({"Video": {}})
    with pytest.raises(ServiceError, match="content block of Video"):
        call(arguments)
