"""A state machine: its document compiled once into states that run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from treadle.asl import document as asl_document
from treadle.engine import flow, maps, parallel, tasks, wait
from treadle.engine.data.errors import DataError, Malformed
from treadle.engine.limits import deeper_than
from treadle.engine.state import Scope, State
from treadle.engine.task import Resource
from treadle.errors import DefinitionError

JSON = Any


@dataclass(frozen=True, eq=False, slots=True)
class Machine:
    """`type` is STANDARD or EXPRESS; `timeout` seconds or None; `resources` what its Tasks, anywhere in it, call."""

    name: str
    type: str
    definition: Mapping[str, JSON]
    scope: Scope = field(repr=False)
    resources: tuple[Resource, ...]
    timeout: float | None
    arn: str
    role_arn: str


MAX_DEPTH = 200  # objects and arrays in a definition; far more than anybody writes, far less than Python can recurse
ACCOUNT = "123456789012"
REGION = "us-east-1"


def load(
    definition: str | bytes | Mapping[str, JSON],
    *,
    name: str = "machine",
    type: str = "STANDARD",
    region: str = REGION,
    account: str = ACCOUNT,
    role_arn: str | None = None,
    checked: bool = False,
) -> Machine:
    """Compiles a document. `checked` says that `treadle.asl.refuse` has seen it already, as when it was published.

    Raises:
        DefinitionError: what CreateStateMachine refuses, in AWS's words.
    """
    document = asl_document.load(definition)
    if deeper_than(document, MAX_DEPTH):
        raise DefinitionError("The definition is nested too deeply")
    if not checked:
        from treadle.asl import refuse

        refuse(document, type)
    try:
        scope = compile_scope(document, document.get("QueryLanguage", "JSONPath"))
    except (DataError, Malformed) as error:
        raise DefinitionError(str(error)) from None
    return Machine(
        name=name,
        type=type,
        definition=document,
        scope=scope,
        resources=tuple(dict.fromkeys(_resources(document))),
        timeout=document.get("TimeoutSeconds"),
        arn=f"arn:aws:states:{region}:{account}:stateMachine:{name}",
        role_arn=role_arn or f"arn:aws:iam::{account}:role/{name}",
    )


def compile_scope(document: Mapping[str, JSON], language: str) -> Scope:
    """Compiles a set of states: the document itself, a branch or an item processor."""
    states = {name: State(name, body, language) for name, body in document["States"].items()}
    for state in states.values():
        _compile(state, states, language)
    return Scope(states, document["StartAt"])


def _compile(state: State, states: Mapping[str, State], language: str) -> None:
    # What is inside a Map or Parallel inherits the machine's language, not that state's own.
    following = states[state.document["Next"]] if "Next" in state.document else None
    match state.type:
        case "Pass":
            state.step = flow.pass_state(state, following)
        case "Choice":
            state.step = flow.choice_state(state, states)
        case "Succeed":
            state.step = flow.succeed_state(state)
        case "Fail":
            state.step = flow.fail_state(state)
        case "Wait":
            state.perform = wait.wait_state(state, following)
        case "Task":
            state.perform = tasks.task_state(state, states, following)
        case "Parallel":
            state.scopes = tuple(compile_scope(branch, language) for branch in state.document["Branches"])
            state.perform = parallel.parallel_state(state, states, following)
        case "Map":
            processor = state.document.get("ItemProcessor") or state.document["Iterator"]
            state.scopes = (compile_scope(processor, language),)
            state.perform = maps.map_state(state, states, following)
        case unknown:
            raise DefinitionError(f"The state '{state.name}' has the unknown type '{unknown}'")


def _resources(document: Mapping[str, JSON]) -> Iterator[Resource]:
    for body in document["States"].values():
        if body["Type"] == "Task":
            yield Resource.parse(body["Resource"])
        for inner in body.get("Branches", ()):
            yield from _resources(inner)
        for key in ("ItemProcessor", "Iterator"):
            if key in body:
                yield from _resources(body[key])
