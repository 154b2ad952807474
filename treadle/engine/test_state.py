# ruff: noqa: PT028 (the linter takes a module and a function of this name for a test)
"""TestState: one state tried alone, with every option of the API.

    answer = test_state({"definition": '{"Type": "Pass", "End": true}', "input": '{"a": 1}'})
    answer == {"status": "SUCCEEDED", "output": '{"a": 1}'}

Requests and answers are those of the API; a refusal is a ServiceError with AWS's name and text.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final

from treadle.asl import checker, schema
from treadle.asl import document as asl_document
from treadle.asl.finding import Finding, refusal
from treadle.engine import test_state_mock
from treadle.engine.chance import CHANCE, Chance
from treadle.engine.clock import Clock, RealClock
from treadle.engine.context import timestamp
from treadle.engine.machine import ACCOUNT, REGION
from treadle.engine.task import Resource, Service
from treadle.engine.test_state_flow import TOO_MANY_FAILURES, Mock, Subject, Tested, examine
from treadle.errors import ServiceError

JSON = Any
Request = Mapping[str, JSON]

_NAME: Final = "StateName"  # what a state is called that has no other name
_SEVERAL: Final = ("Map", "Parallel")
_CONTEXT: Final[dict[str, dict[str, str]]] = {
    "Execution": {
        "Id": "string",
        "Input": "",
        "Name": "string",
        "RedriveCount": "number",
        "RedriveTime": "string",
        "RoleArn": "string",
        "StartTime": "string",
    },
    "State": {"EnteredTime": "string", "Name": "string", "RetryCount": "number"},
    "StateMachine": {"Id": "string", "Name": "string"},
    "Task": {"Token": "string"},
}


def test_state(
    request: Request,
    *,
    service: Service | None = None,
    clock: Clock | None = None,
    chance: Chance = CHANCE,
    account: str = ACCOUNT,
    region: str = REGION,
) -> dict[str, JSON]:
    """Answers a TestState request. `service` answers a Task that has no mock."""
    return asyncio.run(answer(request, service=service, clock=clock, chance=chance, account=account, region=region))


test_state.__test__ = False  # type: ignore[attr-defined]  # pytest collects by name


async def answer(
    request: Request,
    *,
    service: Service | None = None,
    clock: Clock | None = None,
    chance: Chance = CHANCE,
    account: str = ACCOUNT,
    region: str = REGION,
) -> dict[str, JSON]:
    """The same for a caller that has an event loop."""
    clock = clock or RealClock()
    mock = _mock(request)
    state, language = _state(request)
    _fitting(request, state, mock)
    context = _context(request, state)
    if mock is not None and not mock.fails and state["Type"] == "Task":
        mode = request["mock"].get("fieldValidationMode") or "STRICT"
        test_state_mock.check(Resource.parse(state["Resource"]), mock.result, mode)
    configuration = request.get("stateConfiguration") or {}
    variables = _json(request.get("variables") or "{}", "Invalid variables")
    if not isinstance(variables, dict):
        raise _refuse("Invalid variables: they must be a JSON object", "InvalidExecutionInput")
    subject = Subject(
        state=state,
        language=language,
        input=_json(request.get("input") or "{}", "Invalid State Machine Execution Input"),
        variables=variables,
        context=context,
        execution=_execution(request, clock, chance, account, region),
        mock=mock,
        retries=configuration.get("retrierRetryCount") or 0,
        failed=configuration.get("mapIterationFailureCount"),
        items=configuration.get("mapItemReaderData"),
    )
    _few_enough(subject)
    tested = await examine(subject, service, clock, chance)
    return _response(tested, request.get("inspectionLevel") or "INFO")


def _refuse(text: str, error: str = "ValidationException") -> ServiceError:
    return ServiceError(error, text)


def _json(text: str, what: str) -> JSON:
    try:
        return json.loads(text)
    except json.JSONDecodeError as problem:
        raise _refuse(f"{what}: '{asl_document.unread(problem)}'", "InvalidExecutionInput") from None


# The request ----------------------------------------------------------------------------------------------------------


def _mock(request: Request) -> Mock | None:
    mock = request.get("mock")
    if mock is None:
        given = {**(request.get("stateConfiguration") or {}), "context": request.get("context")}
        for name, value in given.items():
            if value is not None:
                field = f"{name[:1].upper()}{name[1:]}"
                raise _refuse(f"TestState does not support {field} when a mock is not specified.")
        return None
    if request.get("revealSecrets"):
        raise _refuse("TestState does not support RevealSecrets when a mock is specified.")
    if ("result" in mock) == ("errorOutput" in mock):
        raise _refuse("A test mock should have only one of the following fields: [result, errorOutput].")
    if "errorOutput" in mock:
        output = mock["errorOutput"] or {}
        return Mock(error=output.get("error"), cause=output.get("cause"), fails=True)
    try:
        return Mock(json.loads(mock["result"]))
    except ValueError:
        raise _refuse("Mocked result must be valid JSON") from None


def _state(request: Request) -> tuple[Mapping[str, JSON], str]:
    """(the state, its query language): the definition is the state itself, or a machine that holds it by name."""
    found = asl_document.parse(request["definition"])
    if isinstance(found, Finding):
        raise _refuse(refusal([found], request["definition"]), "InvalidDefinition")
    name = request.get("stateName")
    machine = found if name is not None else {"StartAt": _NAME, "States": {_NAME: found}}
    state = found
    if name is not None:
        inside = next((each for _, known, each in asl_document.states(found) if known == name), None)
        if inside is None:
            raise _refuse("State not found in definition")
        state = dict(inside)
    # A machine is judged as a whole; a state on its own leads to states that are not here.
    errors = schema.machine(machine, "STANDARD") if name is None else checker.errors(machine)
    if errors:
        raise _refuse(refusal(errors, request["definition"]), "InvalidDefinition")
    return state, str(state.get("QueryLanguage", machine.get("QueryLanguage", "JSONPath")))


def _fitting(request: Request, state: Mapping[str, JSON], mock: Mock | None) -> None:
    """Which states need a mock, which take none, and what it has to look like."""
    kind = state["Type"]
    if mock is None:
        if kind in _SEVERAL:
            supported = "[Task, Wait, Pass, Succeed, Fail, Choice]"
            text = f"TestState API does not support Map or Parallel states. Supported state types include: {supported}"
            raise _refuse(text, "InvalidDefinition")
        resource = Resource.parse(state["Resource"]) if kind == "Task" else None
        if resource and (resource.pattern != "request" or resource.service == "activity"):
            raise _refuse(f"TestState API does not support the resource {resource.arn} when a mock is not specified.")
        return
    if kind not in ("Task", *_SEVERAL):
        raise _refuse(f"State type '{kind}' is not supported when a mock is specified")
    if mock.fails or kind == "Task":
        return
    if kind == "Map" and "ResultWriter" in state:
        if not isinstance(mock.result, Mapping):
            raise _refuse("Mocked result must be a JSON object.")
        return
    if not isinstance(mock.result, list):
        raise _refuse("Mocked result must be an array.")
    if kind == "Parallel" and len(mock.result) != len(state["Branches"]):
        raise _refuse("Mocked result must contain the same number of items as number of Parallel branches.")


def _context(request: Request, state: Mapping[str, JSON]) -> Mapping[str, JSON] | None:
    """The given context object, None where there is none."""
    text = request.get("context")
    if text is None:
        return None
    try:
        context = json.loads(text)
    except ValueError:
        raise _refuse("Invalid Context object provided: Context object must be valid JSON") from None
    problem = _context_problem(context, state)
    if problem:
        raise _refuse(f"Invalid Context object provided: {problem}")
    return dict(context)


def _context_problem(context: JSON, state: Mapping[str, JSON]) -> str:
    if not isinstance(context, Mapping):
        return "Context object must be a JSON object"
    for name, value in context.items():
        if name == "Map":
            return "'Map' field is not supported when mocking a Context object"
        if name not in _CONTEXT:
            return f"Field '{name}' is not allowed"
        if not isinstance(value, Mapping):
            return f"{name} must be an object"
        for field, held in value.items():
            if field not in _CONTEXT[name]:
                return f"Field '{name}.{field}' is not allowed"
            kind = _CONTEXT[name][field]
            number = isinstance(held, (int, float)) and not isinstance(held, bool)
            if (kind == "string" and not isinstance(held, str)) or (kind == "number" and not number):
                return f"{name}.{field} must be a {kind}"
    resource = str(state.get("Resource", ""))
    if "Task" in context and not (".sync" in resource or resource.endswith(".waitForTaskToken")):
        tasks = "a Task state with a '.sync' or '.waitForTaskToken' service integration pattern"
        return f"Context object contains 'Task' when state is not {tasks}"
    return ""


def _few_enough(subject: Subject) -> None:
    """No more iterations can have failed than the mocked result has."""
    mock = subject.mock
    if subject.failed is not None and mock and isinstance(mock.result, list) and subject.failed > len(mock.result):
        raise _refuse(TOO_MANY_FAILURES)


def _execution(request: Request, clock: Clock, chance: Chance, account: str, region: str) -> dict[str, JSON]:
    """The context object of the execution that a TestState call is."""
    machine, name = chance.uuid(), chance.uuid()
    arn = f"arn:aws:states:{region}:{account}"
    return {
        "Execution": {
            "Id": f"{arn}:express:{machine}:{name}",
            "Input": json.loads(request.get("input") or "{}"),
            "Name": name,
            "RoleArn": request.get("roleArn"),
            "StartTime": timestamp(clock.now()),
        },
        "StateMachine": {"Id": f"{arn}:stateMachine:{machine}", "Name": machine},
    }


# The answer -----------------------------------------------------------------------------------------------------------

# Inspection data that is a number or an object of its own; all else is JSON text.
_PLAIN: Final = frozenset({"maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage", "errorDetails"})


def _response(tested: Tested, level: str) -> dict[str, JSON]:
    answer: dict[str, JSON] = {"status": tested.status}
    if tested.failure is not None:
        answer |= {
            name: text for name, text in (("error", tested.failure.error), ("cause", tested.failure.cause)) if text
        }
    if tested.status in ("SUCCEEDED", "CAUGHT_ERROR"):
        answer["output"] = _text(tested.output)
    if tested.next is not None:
        answer["nextState"] = tested.next
    if level != "INFO":
        answer["inspectionData"] = {
            name: value if name in _PLAIN else _text(value) for name, value in tested.seen.items()
        }
    return answer


def _text(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False)
