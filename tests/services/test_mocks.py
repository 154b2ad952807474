import asyncio
import json

import pytest

from treadle.engine.task import Resource, TaskRequest
from treadle.errors import InputError, ServiceError, UnsupportedResource
from treadle.services import Router, answer, config, error, functions, mock, sequence

CONVERSE = Resource.parse("arn:aws:states:::aws-sdk:bedrockruntime:converse")
INVOKE = Resource.parse("arn:aws:states:::lambda:invoke")


def ask(service, resource=CONVERSE, state="Ask", arguments=None, execution="e1"):
    request = TaskRequest(resource, arguments or {}, state, context={"Execution": {"Id": execution}})
    return asyncio.run(service.call(request))


def test_by_state_name_before_service_call():
    service = mock({"Ask": 1, "bedrockruntime:converse": 2})
    assert ask(service).output == 1
    assert ask(service, state="Other").output == 2
    assert [request.state for request in service.calls] == ["Ask", "Other"]


@pytest.mark.parametrize("key", [CONVERSE.arn, "aws-sdk:bedrockruntime:converse", "bedrockruntime:converse"])
def test_by_every_form_of_a_service_call(key):
    service = mock({key: {"a": [1]}})
    assert service.handles(CONVERSE)
    assert not service.handles(INVOKE)
    assert ask(service).output == {"a": [1]}


def test_by_function_name_answers_the_payload():
    service = mock({"shop-search": [1, 2]})
    output = ask(service, INVOKE, arguments={"FunctionName": "shop-search"}).output
    assert output == {"ExecutedVersion": "$LATEST", "Payload": [1, 2], "StatusCode": 200}


def test_a_callable_sees_the_arguments_and_a_model_is_named():
    service = mock({"Ask": answer(lambda arguments: arguments["n"] + 1, model="script")})
    response = ask(service, arguments={"n": 1})
    assert (response.output, response.model) == (2, "script")


def test_errors_carry_name_and_cause():
    with pytest.raises(ServiceError) as caught:
        ask(mock({"Ask": error("States.Timeout", "late")}))
    assert (caught.value.error, caught.value.cause) == ("States.Timeout", "late")


def test_a_sequence_counts_per_execution_and_keeps_its_last():
    service = mock({"Ask": sequence(error("A.B"), {"n": 1}, answer({"n": 2}))})
    with pytest.raises(ServiceError, match=r"A\.B"):
        ask(service)
    assert [ask(service).output["n"] for _ in range(3)] == [1, 2, 2]
    with pytest.raises(ServiceError, match=r"A\.B"):
        ask(service, execution="e2")


def test_a_strict_sequence_runs_out_loudly():
    service = mock({"Ask": sequence(1, strict=True)})
    ask(service)
    with pytest.raises(InputError, match="1 answers"):
        ask(service)


def test_a_delay_waits_on_the_clock():
    slept = []

    class Waits:
        def now(self):
            return 0.0

        async def sleep(self, seconds):
            slept.append(seconds)

    assert ask(mock({"Ask": answer(1, delay=3600)}, clock=Waits())).output == 1
    assert slept == [3600]


def test_a_list_is_an_answer_not_a_sequence():
    assert ask(mock({"Ask": []})).output == []


CONFIG = {
    "StateMachines": {"Shop": {"TestCases": {"Retried": {"Ask": "Flaky"}}}},
    "MockedResponses": {
        "Flaky": {"0-1": {"Throw": {"Error": "Lambda.Busy", "Cause": "c"}}, "2": {"Return": {"StatusCode": 200}}}
    },
}


def test_awss_mock_config_file_is_read(tmp_path):
    file = tmp_path / "MockConfigFile.json"
    file.write_text(json.dumps(CONFIG))
    service = config(file, "Shop", "Retried")
    for _ in range(2):
        with pytest.raises(ServiceError, match=r"Lambda\.Busy: c"):
            ask(service)
    assert ask(service).output == {"StatusCode": 200}
    with pytest.raises(InputError, match="once more"):
        ask(service)


@pytest.mark.parametrize(
    ("machine", "case", "text"),
    [("Nope", "Retried", "no 'Nope'"), ("Shop", "Nope", "no test case 'Nope'; it has: Retried")],
)
def test_a_wrong_name_in_a_mock_config_is_one_clear_line(tmp_path, machine, case, text):
    file = tmp_path / "MockConfigFile.json"
    file.write_text(json.dumps(CONFIG))
    with pytest.raises(InputError, match=text):
        config(file, machine, case)


def test_a_router_asks_in_order_and_names_what_nobody_answers():
    router = Router(mock({"Mocked": "mock"}), functions({"f": lambda: "local"}), None)
    arguments = {"FunctionName": "f", "Payload": {}}
    assert ask(router, INVOKE, "Mocked", arguments).output == "mock"
    assert ask(router, INVOKE, "Other", arguments).output["Payload"] == "local"
    with pytest.raises(UnsupportedResource, match=r"state 'Other'.*function 'g'"):
        ask(router, INVOKE, "Other", {"FunctionName": "g"})
    assert not Router(functions({"f": print})).handles(CONVERSE)
