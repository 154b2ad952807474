"""Broken documents, broken inputs and runaway expressions: a result or a named error, soon, and in little memory."""

from __future__ import annotations

import copy
import io
import json
import random
import resource
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.journal_child import MACHINES
from treadle.engine import Resource, TaskRequest, TaskResponse, VirtualClock, load, run
from treadle.errors import TreadleError, UserError

JSON = Any

_JSONPATH: dict[str, JSON] = {
    "StartAt": "Prepare",
    "TimeoutSeconds": 1000,
    "States": {
        "Prepare": {
            "Type": "Pass",
            "InputPath": "$.order",
            "Parameters": {"id.$": "$.id", "all.$": "$.lines[*].price", "label.$": "States.Format('{}-{}', $.id, 1)"},
            "ResultPath": "$.prepared",
            "Assign": {"id.$": "$.id"},
            "Next": "Check",
        },
        "Check": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.order.total", "NumericGreaterThan": 100, "Next": "Call"},
                {
                    "And": [
                        {"Variable": "$.order.id", "IsPresent": True},
                        {"Not": {"Variable": "$.n", "IsNull": True}},
                    ],
                    "Next": "Each",
                },
                {"Variable": "$.order.when", "TimestampLessThan": "2026-01-01T00:00:00Z", "Next": "Hold"},
            ],
            "Default": "Refuse",
        },
        "Hold": {"Type": "Wait", "SecondsPath": "$.order.seconds", "Next": "Each"},
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.order.lines",
            "MaxConcurrency": 2,
            "ItemSelector": {"line.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index"},
            "ItemProcessor": {
                "StartAt": "Keep",
                "States": {"Keep": {"Type": "Pass", "OutputPath": "$.line", "End": True}},
            },
            "ResultPath": "$.lines",
            "Next": "Call",
        },
        "Call": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f", "Payload.$": "$"},
            "ResultSelector": {"answer.$": "$.Payload.order"},
            "TimeoutSeconds": 10,
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 2, "BackoffRate": 2}],
            "Catch": [{"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.error", "Next": "Refuse"}],
            "End": True,
        },
        "Refuse": {"Type": "Fail", "Error": "Refused", "CausePath": "States.JsonToString($)"},
    },
}
_DISTRIBUTED: dict[str, JSON] = {
    "QueryLanguage": "JSONata",
    "StartAt": "Each",
    "States": {
        "Each": {
            "Type": "Map",
            "Items": "{% $states.input.order.lines %}",
            "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"id": "{% $states.input.order.id %}"}},
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Price",
                "States": {"Price": {"Type": "Pass", "Output": "{% $sum($states.input.Items.price) %}", "End": True}},
            },
            "ToleratedFailurePercentage": 50,
            "Next": "Sum",
        },
        "Sum": {"Type": "Pass", "Output": "{% $sum($states.input) %}", "Assign": {"n": "{% 1 %}"}, "End": True},
    },
}
_FILES: dict[str, JSON] = {
    "StartAt": "Each",
    "States": {
        "Each": {
            "Type": "Map",
            "Label": "Each",
            "MaxConcurrency": 5,
            "ToleratedFailureCountPath": "$.n",
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a"], "MaxItems": 3},
                "Parameters": {"Bucket": "data", "Key.$": "$.order.id"},
            },
            "ItemSelector": {"row.$": "$$.Map.Item.Value", "id.$": "$.order.id"},
            "ItemBatcher": {"MaxItemsPerBatchPath": "$.n", "BatchInput": {"when.$": "$$.State.EnteredTime"}},
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "Keep",
                "States": {"Keep": {"Type": "Pass", "End": True}},
            },
            "ResultWriter": {
                "Resource": "arn:aws:states:::s3:putObject",
                "Parameters": {"Bucket": "data", "Prefix": "out"},
                "WriterConfig": {"OutputType": "JSONL", "Transformation": "FLATTEN"},
            },
            "Catch": [{"ErrorEquals": ["States.ItemReaderFailed"], "Next": "Late"}],
            "End": True,
        },
        "Late": {"Type": "Succeed"},
    },
}
DOCUMENTS = [
    _JSONPATH,
    _DISTRIBUTED,
    _FILES,
    *({"QueryLanguage": "JSONata", **machine} for machine in MACHINES.values()),
]
INPUT: dict[str, JSON] = {
    "n": 1,
    "order": {
        "id": "o-1",
        "total": 12.5,
        "seconds": 3,
        "when": "2025-05-05T05:05:05Z",
        "lines": [{"price": 5, "name": "a"}, {"price": 7.5, "name": "b"}],
    },
}


def _deep(depth: int) -> JSON:
    value: JSON = 1
    for _ in range(depth):
        value = [value]
    return value


STRANGE: list[JSON] = [
    *(None, True, False, 0, -1, 1, 10**30, -(10**400), 1.5, 1e308, 99999999999),
    *("", " ", "\x00", "\ud800", "é" * 300, "x" * 300_000, "NEXT", "Next", "End", "2026-01-01T00:00:00Z"),
    *([], {}, [None], [[]], {"": None}, {"a.$": "$"}, {"a.$": "$..*"}, Ellipsis),
    *("$", "$$", "$.", "$..", "$.a[?(@.b", "$.order.lines[?(@.price > 1)]"),
    *("States.Format('{}', $)", "States.Array(", "States.MathRandom(1, 2)"),
    *("{% $states.input %}", "{% %}", "{%%}", "{% $$ %}", "{% $states.context %}", "{% $nope %}", "{% 1 / 0 %}"),
    *("{% ($f := function($n){$f($n + 1)}; $f(1)) %}", "{% [1..100000] %}", "{% $pad('', 300000, 'x') %}"),
    *("{% function(){1} %}", "arn", "arn:aws:states:::lambda:invoke"),
    "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
]


class _Memory:
    """One object, whatever it is asked for, and a place where results go."""

    local = True

    def read(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        return io.BytesIO(b"1,2\n3\n{}\n")

    def list(self, bucket: str, prefix: str) -> Iterator[dict[str, JSON]]:
        yield {"Key": "k", "Size": 1}

    def write(self, bucket: str, key: str) -> BinaryIO:
        return io.BytesIO()


class Echo:
    """Answers every task with what it was sent, and fails now and then."""

    storage = _Memory()

    def __init__(self) -> None:
        self._calls = 0

    def handles(self, resource: Resource) -> bool:
        return resource.service != ""

    async def call(self, request: TaskRequest) -> TaskResponse:
        from treadle.errors import ServiceError

        self._calls += 1
        if self._calls % 5 == 0:
            raise ServiceError("Lambda.TooManyRequestsException", "slow down")
        if request.resource.pattern == "waitForTaskToken":
            raise ServiceError("Nobody", "answers tokens here")
        arguments = request.arguments
        return TaskResponse({"Payload": arguments.get("Payload") if isinstance(arguments, dict) else arguments})


def _strange(chance: random.Random) -> JSON:
    """One of them, new each time: what is put into a document is changed there."""
    value = chance.choice(STRANGE)
    return _deep(chance.choice([200, 3000])) if value is Ellipsis else copy.deepcopy(value)


def _places(value: JSON) -> list[tuple[Any, Any]]:
    """Every (container, key) in the value."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            found += [(node, key) for key in node]
            waiting += node.values()
        elif isinstance(node, list):
            found += [(node, index) for index in range(len(node))]
            waiting += node
    return found


def mutate(value: JSON, chance: random.Random, times: int) -> JSON:
    """The value with so many of its parts replaced, taken away, renamed, doubled or put elsewhere."""
    value = copy.deepcopy(value)
    for _ in range(times):
        places = _places(value)
        if not places:
            return _strange(chance)
        node, key = chance.choice(places)
        what = chance.random()
        if what < 0.45:
            node[key] = _strange(chance)
        elif what < 0.6:
            other, there = chance.choice(places)
            with suppress(RecursionError):
                node[key] = copy.deepcopy(other[there])
        elif what < 0.75:
            del node[key]
        elif what < 0.85 and isinstance(node, dict):
            renamed = chance.choice(["Next", "End", "Type", "Catch", "", "x" * 90, key.lower() if key else "k"])
            node[renamed] = node.pop(key)
        elif isinstance(node[key], str):
            text = node[key]
            at = chance.randrange(len(text) + 1)
            node[key] = text[:at] + chance.choice(["'", '"', "$", "[", ")", "{", "\\", "\x00", "é"]) + text[at + 1 :]
        else:
            node[key] = [node[key], node[key]]
    return value


def outcome(document: JSON, input: JSON, kind: str = "STANDARD") -> str:
    """How it ends: a status, or the name of the error that refuses it. Anything else is a bug."""
    try:
        machine = load(document, type=kind)
        execution = run(machine, input, service=Echo(), clock=VirtualClock())
    except UserError as refused:
        return type(refused).__name__
    if execution.status == "FAILED":
        assert execution.error is None or isinstance(execution.error, str)
    history = execution.history()
    assert history[0]["type"] == "ExecutionStarted"
    assert execution.status in ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")
    return execution.status


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@settings(max_examples=2000, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 1 << 30), in_document=st.sampled_from([0, 1, 1, 2, 4]), in_input=st.integers(0, 4))
def test_mutated_documents_and_inputs(seed: int, in_document: int, in_input: int) -> None:
    chance = random.Random(seed)
    document = mutate(chance.choice(DOCUMENTS), chance, in_document)
    input = mutate(INPUT, chance, in_input)
    before, began = _memory(), time.perf_counter()
    outcome(document, input)
    assert time.perf_counter() - began < 5
    assert _memory() - before < 500 << 20


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_documents_run_unharmed(document: JSON) -> None:
    assert outcome(document, INPUT) in ("SUCCEEDED", "FAILED")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "1", '"x"', '{"StartAt": 1}', "\ufeff{}", "[" * 100_000, '{"a":' * 100_000, "NaN", "\x00"],
)
def test_what_is_no_document(text: str) -> None:
    with pytest.raises(TreadleError):
        load(text)


@pytest.mark.parametrize(
    "expression",
    [
        "($f := function($n){$f($n + 1)}; $f(1))",
        "($f := function($n){1 + $f($n + 1)}; $f(1))",
        "[1..873783]",
        "$pad('', 8388608)",
        "$reduce([1..800000], function($a, $v){$a & 'xxxxxxxxxxxxxxxxxxxxxxx'}, '')",
        "[1..5000].([1..5000].([1..5000]))",
        "$eval('1')",
        "$sort($map([1..800000], function($v){$random()}))",
    ],
)
@pytest.mark.parametrize("place", ["Output", "Assign", "Condition", "Items", "Arguments", "Seconds"])
def test_runaway_expressions_are_caught(expression: str, place: str) -> None:
    text = f"{{% {expression} %}}"
    states: dict[str, JSON] = {
        "Output": {"Type": "Pass", "Output": text, "End": True},
        "Assign": {"Type": "Pass", "Assign": {"x": text}, "End": True},
        "Condition": {"Type": "Choice", "Choices": [{"Condition": text, "Next": "Z"}], "Default": "Z"},
        "Items": {
            "Type": "Map",
            "Items": text,
            "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}},
            "End": True,
        },
        "Arguments": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": text, "End": True},
        "Seconds": {"Type": "Wait", "Seconds": text, "End": True},
    }
    states = {"S": states[place], "Z": {"Type": "Succeed"}}
    if place != "Condition":
        del states["Z"]
    document = {"QueryLanguage": "JSONata", "StartAt": "S", "States": states}
    before, began = _memory(), time.perf_counter()
    execution = run(load(document), {}, service=Echo(), clock=VirtualClock())
    assert execution.status == "FAILED"
    assert execution.error in ("States.QueryEvaluationError", "States.DataLimitExceeded")
    assert time.perf_counter() - began < 5
    # The evaluator measures what a step of a path made once it is made: 25 million numbers of [1..5000].([1..5000]).
    # Nothing but the second that an expression may take bounds that, so a fast machine makes more of them.
    assert _memory() - before < (1 << 30 if "5000" in expression else 500 << 20)


def test_a_machine_that_never_ends_reaches_the_event_quota() -> None:
    again = {"Variable": "$.x", "IsPresent": False, "Next": "A"}
    loop = {
        "A": {"Type": "Pass", "Next": "C"},
        "C": {"Type": "Choice", "Choices": [again], "Default": "Z"},
        "Z": {"Type": "Succeed"},
    }
    execution = run(load({"StartAt": "A", "States": loop}), {}, clock=VirtualClock())
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
    assert len(execution.events) == 25_000


def test_input_text_of_any_kind() -> None:
    machine = load({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
    for value in (*STRANGE, _deep(200), _deep(3000)):
        if value is Ellipsis:
            continue
        try:
            json.dumps(value)
        except (ValueError, RecursionError):
            continue
        with suppress(UserError):
            assert run(machine, value).status in ("SUCCEEDED", "FAILED")
