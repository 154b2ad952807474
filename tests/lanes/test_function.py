"""The Lambda function of a task: its arguments in, its value out, its exception as it is."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from tests.lanes.conftest import Context
from treadle import project, task
from treadle.errors import ProjectError
from treadle.lanes import bundle, function


@task(memory=512, timeout=7, environment={"INDEX": "main"})
def divide(number: int, by: int = 2) -> float:
    return number / by


@pytest.fixture(autouse=True)
def _named(monkeypatch: pytest.MonkeyPatch) -> None:
    function.function.cache_clear()
    monkeypatch.setenv("TREADLE_FUNCTION", f"{__name__}:divide")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "treadle")


def test_the_members_of_the_event_are_its_arguments() -> None:
    assert function.handler({"number": 3, "by": 4}, Context()) == 0.75
    assert function.handler({"number": 3}, Context()) == 1.5


def test_its_exception_is_the_error_that_the_workflow_catches() -> None:
    with pytest.raises(ZeroDivisionError):
        function.handler({"number": 3, "by": 0}, Context())


def test_the_bundle_says_where_its_code_is_and_what_it_needs() -> None:
    made = bundle._function("app-divide", divide.function)
    assert made == bundle.Function(f"{__name__}:divide", 512, 7, {"INDEX": "main"})


def test_every_task_of_the_reference_application_can_be_found_again() -> None:
    found = bundle.build(project.find(__file__)).functions
    assert found["treadle-search"].path == "tasks.retrieval:search"
    for name, made in found.items():
        assert callable(function.function(made.path)), name


def test_a_task_that_lambda_could_not_import_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def inner() -> None: ...

    with pytest.raises(ProjectError, match="put it at the top level of a file in tasks/"):
        bundle._function("app-inner", inner)
    notebook: Any = types.FunctionType(inner.__code__, {"__name__": "__main__"}, "cell")
    notebook.__module__ = "__main__"
    assert "__main__" in sys.modules
    with pytest.raises(ProjectError, match="defined inside __main__"):
        bundle._function("app-cell", notebook)
