"""Sound definitions with their expressions exchanged for others: most are accepted, and must run to an end."""

from __future__ import annotations

import copy
import json
import random
import time
from typing import Any

import pytest

from treadle.engine import Callbacks, Resource, TaskRequest, TaskResponse, VirtualClock, load, run
from treadle.errors import DefinitionError, InputError, ServiceError

JSON = Any

QUERIES = [
    "$states.input", "$states.input.a", "$states.result", "$states.context", "$states.context.Map.Item.Value", "null",
    "[1..1e9]", "[1..800000]", "$pad('', 1e9, 'x')", "$pad('', 300000, 'x')", "($f := function($n){$f($n+1)}; $f(0))",
    "$nope", "1/0", "-1", "1.5", "1e300", "'text'", "[]", "{}", "[null]", "function($x){$x}", "$error('no')", "$uuid()",
    "[$states.input, $states.input]", "{'a': $states.input}", "$map([1..5], function($v){$v})", "true", "$l", "$n",
    "$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /(a+)+$/)", "$parse('{')", "$range(0, 1e9, 1)", "$partition($l, 0)",
    "$string($states)", "$states", "$sum($l) > 3", "$now()", "$fromMillis(1e20)", "$formatNumber(1, '\ud800')",
]  # fmt: skip
PATHS = [
    "$", "$$", "$.a", "$.l", "$.l[*]", "$.l[0]", "$.l[99]", "$..a", "$.nope", "$.a.b.c", "$$.Execution.Input", "$$.Map",
    "$$.Task.Token", "$.l[?(@ > 1)]", "$.l[0:2]", "$nope", "$.l.length()", "States.UUID()", "States.JsonToString($)",
    "States.StringToJson($.b)", "States.Array($, $)", "States.ArrayRange(0, 1000000000, 1)", "States.MathRandom(0, 0)",
    "States.MathAdd($.a, 'x')", "States.Format('{}')", "States.Hash($, 'MD5')", "States.ArrayGetItem($.l, 99)",
    "States.Base64Decode('%%%')", "States.ArrayPartition($.l, 0)", "States.JsonMerge($, $, true)",
]  # fmt: skip


def places(document: JSON) -> list[tuple[JSON, JSON]]:
    """Every (container, key) in a document."""
    found: list[tuple[JSON, JSON]] = []
    waiting = [document]
    while waiting:
        node = waiting.pop()
        keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        for key in keys:
            found.append((node, key))
            waiting.append(node[key])
    return found


def twisted(document: JSON, chance: random.Random) -> JSON:
    """The document with one to three of its expressions or paths exchanged for others: most are accepted, and run."""
    document = copy.deepcopy(document)
    found = [(node, key) for node, key in places(document) if isinstance(node[key], str)]
    queries = [(node, key) for node, key in found if node[key].startswith("{%")]
    paths = [(node, key) for node, key in found if node[key].startswith(("$", "States."))]
    for _ in range(chance.randint(1, 3)):
        if queries:
            node, key = chance.choice(queries)
            node[key] = f"{{% {chance.choice(QUERIES)} %}}"
        if paths:
            node, key = chance.choice(paths)
            node[key] = chance.choice(PATHS)
    return document


SEEDS: list[JSON] = json.loads(
    r"""[
 {"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"x.$":"$.a","y.$":"States.Format('{}-{}', $.a, $.b)"},
   "ResultPath":"$.r","Next":"B"},"B":{"Type":"Choice","Choices":[{"And":[{"Variable":"$.a","NumericGreaterThan":0},
   {"Variable":"$.b","StringMatches":"*x*"}],"Next":"C"},{"Variable":"$.c","IsPresent":true,"Next":"D"}],"Default":"D"},
   "C":{"Type":"Wait","SecondsPath":"$.a","Next":"D"},"D":{"Type":"Map","ItemsPath":"$.l","MaxConcurrency":2,
   "ItemSelector":{"i.$":"$$.Map.Item.Index","v.$":"$$.Map.Item.Value"},"ItemProcessor":{"StartAt":"E","States":{"E":
   {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f","Payload.$":"$"},
   "ResultSelector":{"p.$":"$.Payload"},"Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":1,"MaxAttempts":2,
   "BackoffRate":2.0,"MaxDelaySeconds":5,"JitterStrategy":"FULL"}],"Catch":[{"ErrorEquals":["States.ALL"],
   "ResultPath":"$.e","Next":"G"}],"TimeoutSeconds":5,"End":true},"G":{"Type":"Fail","Error":"E","Cause":"c"}}},
   "Catch":[{"ErrorEquals":["States.ALL"],"Next":"H"}],"Next":"H"},"H":{"Type":"Succeed"}}},
 {"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"n":"{% $states.input.a %}",
   "l":"{% $states.input.l %}"},"Output":"{% $merge([$states.input, {'z': 1}]) %}","Next":"P"},"P":{"Type":"Parallel",
   "Branches":[{"StartAt":"B","States":{"B":{"Type":"Choice","Choices":[{"Condition":"{% $n > 3 %}","Output":"{% $n %}",
   "Next":"C"}],"Default":"C"},"C":{"Type":"Pass","Output":"{% $sum($l) %}","End":true}}},{"StartAt":"D","States":{"D":
   {"Type":"Wait","Seconds":"{% $n %}","End":true}}}],"Output":"{% $states.result[0] %}","Assign":{"r":
   "{% $states.result %}"},"Catch":[{"ErrorEquals":["States.ALL"],"Output":"{% $states.errorOutput %}","Next":"T"}],
   "Next":"M"},"M":{"Type":"Map","Items":"{% $l %}","ItemSelector":{"v":"{% $states.context.Map.Item.Value %}"},
   "ItemProcessor":{"StartAt":"F","States":{"F":{"Type":"Pass","Output":"{% $states.input.v * 2 %}","End":true}}},
   "Next":"T"},"T":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Arguments":
   {"QueueUrl":"q","MessageBody":"{% $states.context.Task.Token %}"},"HeartbeatSeconds":60,"TimeoutSeconds":
   "{% 600 %}","End":true}}}
]"""
)
INPUTS: list[JSON] = [{"a": 5, "b": "axb", "l": [1, 2, 3]}, {"a": 1, "b": "", "c": None, "l": []}]


class Moody:
    """Answers, fails, or answers the token, as it likes."""

    def __init__(self, chance: random.Random) -> None:
        self.callbacks = Callbacks()
        self._chance = chance

    def handles(self, resource: Resource) -> bool:
        return resource.service != "activity"

    async def call(self, request: TaskRequest) -> TaskResponse:
        if self._chance.random() < 0.3:
            raise ServiceError("Moody.Error", "just so")
        token = request.context.get("Task", {}).get("Token")
        if token is not None and self._chance.random() < 0.7:
            self.callbacks.send_task_success(token, {"ok": 1})
        return TaskResponse({"Payload": request.arguments})


def attempt(document: Any, given: Any, chance: random.Random) -> str:
    """How it ended: the refusal's class, or the execution's status and error."""
    service = Moody(chance)
    try:
        machine = load(document, type=chance.choice(["STANDARD", "EXPRESS"]))
        execution = run(machine, given, service=service, clock=VirtualClock(), callbacks=service.callbacks)
        json.dumps(execution.history())
    except (DefinitionError, InputError) as refused:
        return type(refused).__name__
    assert execution.status in ("SUCCEEDED", "FAILED", "TIMED_OUT")
    if execution.status == "FAILED":
        assert execution.error is None or isinstance(execution.error, str)
    return execution.status


@pytest.mark.parametrize("seed", range(4))
def test_exchanged_expressions_give_a_result_or_a_named_error(seed: int) -> None:
    chance = random.Random(seed)
    ends: dict[str, int] = {}
    for number in range(60):
        document = twisted(chance.choice(SEEDS), chance)
        began = time.perf_counter()
        end = attempt(document, chance.choice(INPUTS), chance)
        assert time.perf_counter() - began < 5, (seed, number)
        ends[end] = ends.get(end, 0) + 1
    assert ends.keys() >= {"SUCCEEDED", "FAILED"}, ends


@pytest.mark.parametrize(
    "expression",
    [
        "($f := function($a, $n){ $n = 0 ? $a : $f({'a': $a, 'b': $a}, $n - 1)}; $f('x', 40))",
        "($f := function($a, $n){ $n = 0 ? $a : $f([$a, $a], $n - 1)}; $f([1], 40))",
        "$map([1..5000], function($i){ $states.input })",
    ],
)
def test_what_doubles_and_doubles_is_stopped(expression: str) -> None:
    state = {"Type": "Pass", "Output": f"{{% {expression} %}}", "End": True}
    began = time.perf_counter()
    machine = load({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": state}})
    execution = run(machine, "x" * 100_000, clock=VirtualClock())
    assert (execution.status, execution.error) == ("FAILED", "States.QueryEvaluationError")
    assert time.perf_counter() - began < 5
