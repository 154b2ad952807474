"""What a Lambda handler pays for: nothing heavy is imported before it is used."""

import subprocess
import sys

import pytest

HEAVY = ("numpy", "botocore", "boto3", "httpx", "tokenizers", "usearch", "xllamacpp", "threadpoolctl")


@pytest.mark.parametrize("statement", [
    "import treadle.services; treadle.services.Router(treadle.services.functions({}), treadle.services.aws())",
    "from treadle import inference; inference.service('embedded'); inference.embeddings('m', 4).name",
    "from treadle.inference import classifier; classifier({'a': ['b']})",
    "from treadle.stores import objects, results, vectors",
])  # fmt: skip
def test_nothing_heavy_comes_with(statement):
    program = f"{statement}\nimport sys\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_function_that_never_returns_does_not_keep_the_process():
    program = """
import asyncio, threading
from treadle.engine.task import Resource, TaskRequest
from treadle.services import functions
service = functions({"f": threading.Event().wait})
request = TaskRequest(Resource.parse("arn:aws:states:::lambda:invoke"), {"FunctionName": "f", "Payload": {}}, "S")
async def go():
    try:
        await asyncio.wait_for(service.call(request), 0.1)
    except TimeoutError:
        print("timed out")
asyncio.run(go())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "timed out"
