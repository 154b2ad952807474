import asyncio
import dataclasses
import json
import threading

import pytest

from treadle.engine.chance import Chance
from treadle.engine.task import Resource, TaskRequest
from treadle.errors import ServiceError
from treadle.services import functions
from treadle.services.local import function_name
from treadle.services.pool import Pool

INVOKE = Resource.parse("arn:aws:states:::lambda:invoke")


def call(service, payload=None, name="f", **more):
    arguments = {"FunctionName": name, "Payload": payload, **more}
    return asyncio.run(service.call(TaskRequest(INVOKE, arguments, "S"))).output


def test_payload_members_are_keyword_arguments_and_the_answer_has_lambdas_shape():
    service = functions({"f": lambda a, b=2: {"sum": a + b}})
    assert call(service, {"a": 1}) == {"ExecutedVersion": "$LATEST", "Payload": {"sum": 3}, "StatusCode": 200}


def test_any_other_payload_is_the_one_argument():
    assert call(functions({"f": lambda items: items[::-1]}), [1, 2])["Payload"] == [2, 1]


def test_a_function_arn_answers_its_payload():
    resource = Resource.parse("arn:aws:lambda:us-east-1:111111111111:function:f:prod")
    service = functions({"f": lambda x: x})
    assert service.handles(resource)
    assert asyncio.run(service.call(TaskRequest(resource, {"x": [1]}, "S"))).output == [1]


def test_an_exception_has_lambdas_error_and_compact_cause():
    def f():
        raise ValueError("no – luck")

    with pytest.raises(ServiceError) as caught:
        call(functions({"f": f}, chance=Chance(1)), {})
    assert caught.value.error == "ValueError"
    cause = json.loads(caught.value.cause)
    assert list(cause) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert (cause["errorMessage"], cause["errorType"]) == ("no – luck", "ValueError")
    assert cause["requestId"] == Chance(1).uuid()
    assert len(cause["stackTrace"]) == 1
    assert "in f\n" in cause["stackTrace"][0]
    assert caught.value.cause == json.dumps(cause, separators=(",", ":"), ensure_ascii=False)


def test_wrong_arguments_are_a_type_error_of_the_function():
    with pytest.raises(ServiceError) as caught:
        call(functions({"f": lambda a: a}), {"b": 1})
    assert caught.value.error == "TypeError"


def test_what_is_not_json_is_a_marshal_error():
    with pytest.raises(ServiceError) as caught:
        call(functions({"f": lambda: {1, 2}}), {})
    assert caught.value.error == "Runtime.MarshalError"
    assert "set is not JSON serializable" in caught.value.cause


def test_values_are_never_shared_with_the_execution():
    payload = {"items": [1]}
    kept = []

    def f(items):
        items.append(2)
        kept.append(items)
        return items

    answer = call(functions({"f": f}), payload)
    kept[0].append(3)
    assert payload == {"items": [1]}
    assert answer["Payload"] == [1, 2]


def test_dataclasses_and_tuples_become_json():
    @dataclasses.dataclass
    class Passage:
        text: str
        pages: tuple[int, ...]

    assert call(functions({"f": lambda: Passage("t", (1, 2))}), {})["Payload"] == {"text": "t", "pages": [1, 2]}


def test_async_functions_run_on_the_loop():
    async def f(x):
        return threading.current_thread() is threading.main_thread(), x

    assert call(functions({"f": f}), {"x": 1})["Payload"] == [True, 1]


def test_an_unknown_function_is_not_accepted():
    service = functions({"f": lambda: 1})
    assert not service.accepts(TaskRequest(INVOKE, {"FunctionName": "g"}, "S"))
    with pytest.raises(ServiceError, match=r"Lambda\.ResourceNotFoundException"):
        call(service, {}, name="g")
    assert not functions({}).handles(INVOKE)


def test_event_and_dry_run_invocations():
    ran = []
    service = functions({"f": lambda: ran.append(1)})
    assert call(service, {}, InvocationType="DryRun") == {"StatusCode": 204}
    assert not ran
    assert call(service, {}, InvocationType="Event") == {"StatusCode": 202}
    assert ran


@pytest.mark.parametrize(
    "text",
    [
        "search",
        "search:prod",
        "111111111111:function:search",
        "arn:aws:lambda:us-east-1:111111111111:function:search",
        "arn:aws:lambda:us-east-1:111111111111:function:search:7",
    ],
)
def test_function_names(text):
    assert function_name(text) == "search"


def test_blocking_functions_run_beside_each_other_within_the_bound():
    running, most, lock = 0, 0, threading.Lock()
    barrier = threading.Barrier(3)

    def f():
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        barrier.wait(5)
        with lock:
            running -= 1

    async def go():
        service = functions({"f": f}, pool=Pool(3))
        await asyncio.gather(
            *(service.call(TaskRequest(INVOKE, {"FunctionName": "f", "Payload": {}}, "S")) for _ in "123456")
        )

    asyncio.run(go())
    assert most == 3


def test_a_function_that_runs_functions_never_waits_for_its_own_pool():
    pool = Pool(1)
    inner = functions({"f": lambda: 1}, pool=pool)
    outer = functions({"f": lambda: call(inner, {})["Payload"]}, pool=pool)
    assert call(outer, {})["Payload"] == 1
