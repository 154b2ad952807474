"""The AWS Step Functions Data Science SDK's workflows, on the local engine.

    from stepfunctions.steps import Chain, TrainingStep
    execution = treadle.run(Chain([TrainingStep(…), …]), inputs={…}, service=…)

The SDK (`stepfunctions` 2.3.0, with `sagemaker` 2) is the [sagemaker] extra. Nothing of it is imported here before an
object of it is handed in.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from treadle import local
from treadle.errors import InputError, MissingExtra, ProjectError
from treadle.project import find

if TYPE_CHECKING:
    from treadle.engine import Execution
    from treadle.engine.task import Service

JSON = Any


def run(
    workflow: Any,
    inputs: JSON = None,
    *,
    service: Service | None = None,
    name: str | None = None,
    observer: Callable[[dict[str, JSON]], None] | None = None,
    **options: Any,
) -> Execution:
    """Run a `stepfunctions` Workflow, Chain or step on the local engine; gives the execution, whatever its status.

    `inputs` is what `Workflow.execute(inputs=…)` takes; `service` answers the tasks: unless given, the models of the
    project around the current folder, then AWS. `name` is the execution's. Other options (`clock`, `chance`) are
    `treadle.engine.run`'s.

    Raises:
        InputError: it is no object of the SDK, or the inputs do not fit the workflow's ExecutionInput.
        DefinitionError: Step Functions would refuse the definition.
        MissingExtra: the SDK is not installed.
    """
    from treadle.engine import load
    from treadle.engine import run as execute

    machine = load(definition(workflow), name=getattr(workflow, "name", None) or "workflow")
    given = {} if inputs is None else inputs
    _check(workflow, given)
    chosen = service if service is not None else _service()
    return execute(machine, given, service=chosen, name=name, observer=observer, **options)


def definition(workflow: Any) -> dict[str, JSON]:
    """The ASL of an object of the SDK, as data.

    Raises:
        InputError: it is no Workflow, Chain or step.
        MissingExtra: the SDK is not installed.
    """
    if not type(workflow).__module__.startswith("stepfunctions."):
        raise InputError(
            f"treadle.run takes a Workflow, Chain or step of the stepfunctions SDK, not {type(workflow).__name__}: "
            "a workflow of Treadle's own runs with workflow.run(…)"
        )
    try:
        from stepfunctions.steps.states import Chain, Graph, State
        from stepfunctions.workflow import Workflow
    except ImportError:
        raise MissingExtra("treadle.run", "sagemaker") from None
    if isinstance(workflow, Workflow):
        graph = workflow.definition
    elif isinstance(workflow, Chain | State | Graph):
        graph = workflow if isinstance(workflow, Graph) else Graph(workflow)
    else:
        raise InputError(f"treadle.run takes a Workflow, Chain or step of the SDK, not a {type(workflow).__name__}")
    found: dict[str, JSON] = json.loads(graph.to_json())
    return found


def _check(workflow: Any, inputs: JSON) -> None:
    """The inputs against the workflow's ExecutionInput, as `Workflow.execute` does it."""
    schema = getattr(workflow, "workflow_input", None)
    if schema is None:
        return
    result = schema.validate(inputs)
    if result.valid is False:
        wanted = " ".join(schema.get_schema_as_json().split())
        raise InputError(f"the inputs do not fit the workflow's ExecutionInput: it takes {wanted}")


def _service() -> Service:
    try:
        project = find()
    except ProjectError:
        project = None
    return local.service({}, project)
