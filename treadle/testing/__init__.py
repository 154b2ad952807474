"""The pytest plugin: a workflow run in a test, its services mocked, its waits and retries over at once.

    def test_a_person_takes_over(treadle_run):
        execution = treadle_run(respond, {"message": "a person, please"}, mocks={"Intents": [{"label": "human"}]})
        assert execution.output["intent"] == "human"

pytest loads it by itself where Treadle is installed. It imports nothing of Treadle before a test asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from treadle.engine import Execution, VirtualClock
    from treadle.services.mocks import Mock
    from treadle.workflow import Workflow

__all__ = ["Run", "treadle_clock", "treadle_run"]


class Run(Protocol):
    """What `treadle_run` is: runs the compiled workflow on the engine and gives the execution, whatever its status.

    `mocks` scripts answers by state, function or service call (`treadle.services.mock`), or is a Mock, whose `calls`
    can then be looked at. What is not mocked is answered by the project's own functions and the embedded models;
    nothing goes to AWS or to any network.
    """

    def __call__(
        self, workflow: Workflow[..., Any], input: Mapping[str, Any], *, mocks: Mapping[str, Any] | Mock | None = None
    ) -> Execution: ...


@pytest.fixture
def treadle_clock() -> VirtualClock:
    """The clock of `treadle_run`: it starts at a fixed moment and jumps over every wait."""
    from treadle.engine import VirtualClock

    return VirtualClock()


@pytest.fixture
def treadle_run(treadle_clock: VirtualClock) -> Run:
    """Runs a workflow with mocks, on the virtual clock and with a seed: the same test gives the same history."""
    from treadle import inference, local, services
    from treadle.engine import Chance
    from treadle.services.mocks import Mock

    def run(
        workflow: Workflow[..., Any], input: Mapping[str, Any], *, mocks: Mapping[str, Any] | Mock | None = None
    ) -> Execution:
        project = workflow.project
        mock = mocks if isinstance(mocks, Mock) else services.mock(mocks, clock=treadle_clock) if mocks else None
        models = inference.service("embedded", endpoints=project.endpoints() if project else {})
        carrier = local.carrier(None)
        functions = services.functions(workflow.compile().functions, carrier=carrier)
        service = services.Router(mock, functions, models)
        with local.answering(service), local.storing(carrier.opened()):
            return workflow.execute(input, service=service, clock=treadle_clock, chance=Chance(1))

    return run
