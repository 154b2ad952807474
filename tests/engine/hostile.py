"""Documents and inputs that nobody would write, made from ones that somebody did, the same for the same seed."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

JSON = Any

SCALARS: list[JSON] = [
    None, True, False, 0, -1, 1, 3.5, 1e308, -1e308, 10**30, "", "$", "$$", "$.a.b", "$.a[*]..b", "$x", "States.UUID()",
    "States.Format('{}', $)", "States.ArrayRange(1, 999999999, 1)", "{% $states.input %}", "{% 1/0 %}", "é" * 99,
    "{% [1..1e9] %}", "{% $pad('', 1e9, 'x') %}", "{% ($f := function($n){$f($n+1)}; $f(0)) %}", "{% $nope %}",
    "{% ( %}",
    "\ud800", "2026-01-01T00:00:00Z", "JSONata", "JSONPath", "States.ALL", "States.Runtime",
    "arn:aws:states:::lambda:invoke", "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "arn:aws:states:::states:startExecution.sync:2", [], {}, [[]],
    "{% $match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /(a+)+$/) %}", "States.JsonToString($)", "States.MathAdd(1e400, 1)",
]  # fmt: skip
KEYS = [
    "Type", "Next", "End", "Default", "Choices", "Condition", "Variable", "Output", "Assign", "Arguments", "Parameters",
    "Parameters.$", "Result", "ResultPath", "InputPath", "OutputPath", "ResultSelector", "Items", "ItemsPath", "Retry",
    "Catch", "Seconds", "SecondsPath", "Timestamp", "TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds",
    "Branches",
    "ItemProcessor", "ItemSelector", "MaxConcurrency", "MaxConcurrencyPath", "Error", "ErrorPath", "Cause", "CausePath",
    "QueryLanguage", "StartAt", "States", "Resource", "Credentials", "ErrorEquals", "IntervalSeconds", "BackoffRate",
    "MaxAttempts", "MaxDelaySeconds", "JitterStrategy", "ProcessorConfig", "Mode", "ToleratedFailureCount",
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


def mutated(document: JSON, chance: random.Random) -> JSON:
    """The document with one to four changes: a value replaced, removed, moved, doubled, nested deeply or made long."""
    document = copy.deepcopy(document)
    for _ in range(chance.choice([1, 1, 2, 4])):
        everywhere = places(document)
        if not everywhere:
            return copy.deepcopy(chance.choice(SCALARS))
        node, key = chance.choice(everywhere)
        match chance.randrange(8):
            case 0 | 1:
                node[key] = copy.deepcopy(chance.choice(SCALARS))
            case 2:
                del node[key]
            case 3:
                other, at = chance.choice(everywhere)
                node[key] = copy.deepcopy(other[at]) if _has(other, at) else None
            case 4 if isinstance(node, dict):
                node[chance.choice(KEYS)] = node[key]
            case 5:
                node[key] = _nested(chance.choice([5, 60, 2000]), chance)
                return document  # nothing here can copy it again
            case 6 if isinstance(node[key], str):
                node[key] = node[key] * chance.choice([2, 50])
            case _ if isinstance(node[key], str):
                at = chance.randrange(len(node[key]) + 1)
                node[key] = node[key][:at] + chance.choice("$.[]{}%'\\\"\0 ") + node[key][at:]
    return document


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


def _has(node: JSON, key: JSON) -> bool:
    return key in node if isinstance(node, dict) else key < len(node)


def _nested(depth: int, chance: random.Random) -> JSON:
    value: JSON = 1
    wrap = chance.choice([lambda inner: [inner], lambda inner: {"a": inner}, lambda inner: {"And": [inner]}])
    for _ in range(depth):
        value = wrap(value)
    return value


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
