"""Starts ministack on a free port, runs the work through its API, and stops it."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import boto3


def start(port):
    environment = {
        **os.environ,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "localhost",
        "IOT_MTLS_ENABLED": "0",
    }
    program = Path(sys.executable).parent / "ministack"
    server = subprocess.Popen([program], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1)
            return server
        except urllib.error.HTTPError:
            return server
        except OSError:
            time.sleep(0.1)
    server.kill()
    raise RuntimeError("ministack did not start")


def seconds(client, name, document, text):
    role = "arn:aws:iam::000000000000:role/benchmark"
    machine = client.create_state_machine(name=name, definition=json.dumps(document), roleArn=role)
    began = time.perf_counter()
    execution = client.start_execution(stateMachineArn=machine["stateMachineArn"], input=text)
    while time.perf_counter() - began < 120:
        answer = client.describe_execution(executionArn=execution["executionArn"])
        if answer["status"] != "RUNNING":
            return time.perf_counter() - began, json.loads(answer["output"]) if "output" in answer else None
        time.sleep(0.02)  # asking takes time from the engine that is asked
    return None, "not ended after 120 s"


def main():
    work = json.load(sys.stdin)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = start(port)
    answers = {}
    try:
        client = boto3.client(
            "stepfunctions",
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        for name, (document, text) in work.items():
            try:
                answers[name] = seconds(client, name.replace("_", "-"), document, text)
            except Exception as problem:  # noqa: BLE001 - whatever it is, this peer cannot do the work
                answers[name] = None, f"{type(problem).__name__}: {problem}"[:200]
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
    print(json.dumps(answers))


main()
