"""infra/ with the real AWS provider, where Terraform and the provider are: formatted, valid, and what it plans."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.lanes.conftest import BUNDLE
from treadle.lanes import bundle, openapi

INFRA = Path(__file__).parents[2] / "infra"
TERRAFORM = shutil.which("terraform")
PLUGINS = os.environ.get("TF_PLUGIN_DIR", "")

needs_terraform = pytest.mark.skipif(TERRAFORM is None, reason="terraform is not on PATH: infra/ was NOT checked")
needs_provider = pytest.mark.skipif(
    TERRAFORM is None or not PLUGINS,
    reason="terraform or the AWS provider (TF_PLUGIN_DIR) is not here: infra/ was NOT validated",
)


def terraform(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    done = subprocess.run([str(TERRAFORM), *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of infra/ with a rendered platform, ready to plan."""
    folder = tmp_path_factory.mktemp("infra")
    for file in INFRA.glob("*.tf"):
        shutil.copy(file, folder)
    shutil.copytree(INFRA / "tests", folder / "tests")
    build = folder / "build"
    build.mkdir()
    (build / "bundle.json").write_text(bundle.dumps(BUNDLE), "utf-8")
    (build / "openapi.json").write_text(openapi.render(BUNDLE), "utf-8")
    for name in ("package.zip", "functions.zip"):
        with zipfile.ZipFile(build / name, "w") as package:
            package.write(build / "bundle.json", "bundle.json")
    terraform(folder, "init", "-backend=false", "-input=false", "-no-color", f"-plugin-dir={PLUGINS}")
    return folder


@needs_terraform
def test_it_is_formatted() -> None:
    assert terraform(INFRA, "fmt", "-check", "-recursive") == ""


@needs_provider
def test_the_real_provider_finds_it_valid(platform: Path) -> None:
    assert "Success! The configuration is valid." in terraform(platform, "validate", "-no-color")


@needs_provider
def test_what_it_plans_for_a_bundle(platform: Path) -> None:
    assert "Success! 3 passed, 0 failed." in terraform(platform, "test", "-no-color")


def test_no_lock_file_and_no_state_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files", "infra"], cwd=INFRA.parent, capture_output=True, text=True, check=True)
    assert not [name for name in listed.stdout.split() if name.endswith((".hcl", ".tfstate")) and "tftest" not in name]
