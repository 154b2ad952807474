"""The adapter itself: variables, AWS's own functions, its refusals, its limits and its words."""

from __future__ import annotations

import time
from typing import Any

import pytest

from treadle.engine.chance import Chance
from treadle.engine.data import ambient, jsonata


def evaluate(text: str, **variables: Any) -> Any:
    return jsonata.compile(text, "Output")(variables)


def cause(text: str, **variables: Any) -> str:
    with pytest.raises(jsonata.QueryError) as caught:
        jsonata.compile(text, "Output")(variables)
    assert caught.value.error == "States.QueryEvaluationError"
    assert caught.value.location == "Output"
    return caught.value.cause.removeprefix(f"The JSONata expression '{text.strip()}' specified for the field 'Output' ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$states.input.a", [1, 2]),
        ("$states.input.a[0]", 1),
        ("$x", None),
        ("$x = null", True),
        ("$one", [1]),
        ("[$one]", [1]),
        ("$nested", [[1]]),
        ("$empty", []),
        ("$count($states.input.a)", 2),
        ("$sum([1..3])", 6),
        ("$partition([1..5], 2)", [[1, 2], [3, 4], [5]]),
        ("$partition([1, 2, 3, 4, 5], 2.6)", [[1, 2], [3, 4], [5]]),
        ("$partition([1, 2, 3])", [[1, 2, 3]]),
        ("$partition([1, 2, 3], $nothing)", [[1, 2, 3]]),
        ("$partition([], $nothing)", [[]]),
        ("$exists($partition([], 2))", False),
        ("$exists($partition([1, 2, 3], 0.5))", False),
        ("$exists($partition($nothing, 2))", False),
        ("$range(1, 9, 2)", [1, 3, 5, 7, 9]),
        ("$range(5, 1, -2)", [5, 3, 1]),
        ("$range(1.4, 5.6, 2.2)", [1, 3, 5]),
        ("$range(-1.7, 2, 1)", [-1, 0, 1, 2]),
        ("$range(1, 9, 9)", 1),
        ("[$range(1, 9, 9)]", [1]),
        ("[$range(3, 0, 1)]", []),
        ("$exists($range(1, 5))", False),
        ("$exists($range(1, 10, 0.49))", False),
        ("$exists($range(1, 5, 0))", False),
        ("$exists($range($nothing, 3, 1))", False),
        ("$count($range(1, 360145, 1))", 360_145),
        ("$random(42)", 0.7275636800328681),
        ("$random(0.9)", 0.730967787376657),
        ("$random(7)", 0.7306990420600421),
        ("$exists($hash('a'))", False),
        ("$hash('a', 'MD5')", "0cc175b9c0f1b6a831c399e269772661"),
        ("$hash('\u2713', 'SHA-256')", "1dabba21cdad44541f6b15796f8d22978fc7ea10c46aeceeeeb66c23b3ac7604"),
        ("$exists($parse())", False),
        ("$exists($parse($nothing))", False),
        ("$parse(\"{'a': 'b\\\"c'}\")", {"a": 'b"c'}),
        ("$parse(' [1.0] ')", [1]),
        ("$hash('input data', 'SHA-256')", "b4a697a057313163aee33cd8d40c66e9f0f177e00cac2de32475ffff6169c3e3"),
        ("$parse('{\"a\":[1]}')", {"a": [1]}),
        ("$parse('[1]')", [1]),
        ("$parse('null')", None),
        ("$parse('null') = null", True),
        ("$map(['1', '[2]'], $parse)", [1, [2]]),
        ("$exists($eval)", False),
        ("$exists($)", False),
        ("$states.context.Execution.Name", "n"),
    ],
)
def test_values(text: str, expected: Any) -> None:
    states = {"input": {"a": [1, 2]}, "context": {"Execution": {"Name": "n"}}}
    found = evaluate(text, states=states, x=None, one=[1], nested=[[1]], empty=[])
    assert found == expected
    assert type(found) is type(expected)


def test_a_pure_path_is_given_by_reference() -> None:
    inner = {"k": [1]}
    assert evaluate("$states.input.a", states={"input": {"a": inner}}) is inner
    assert evaluate(" $x ", x=inner) is inner


def test_a_variable_hides_a_function_only_where_it_exists() -> None:
    assert evaluate("$sum", sum=5) == 5
    assert evaluate("$sum([1, 2])", other=5) == 3
    expression = jsonata.compile("[$count, $max([3, 4])]")
    assert expression({"count": 7}) == [7, 4]
    assert expression({}) == [None, 4]  # a function in an array is null, as in JSON.stringify


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("$nope", "returned nothing (undefined)."),
        ("$states.input.nope", "returned nothing (undefined)."),
        ("$fn := function($x){$x}", "returned an unsupported result type."),
        ("$sum", "returned an unsupported result type."),
        ("$randomSeeded(1)", "threw an error during evaluation. T1006: Attempted to invoke a non-function"),
        ("$eval('1')", "threw an error during evaluation. T1006: Attempted to invoke a non-function"),
        (
            "1 + 'a'",
            'threw an error during evaluation. T2002: The right side of the "+" operator must evaluate to a number',
        ),
        (
            "$sqrt(-1)",
            "threw an error during evaluation. D3060: The sqrt function cannot be applied to a negative number: -1",
        ),
        ("$error('boo')", "threw an error during evaluation. D3137: boo"),
    ],
)
def test_failures_in_aws_words(text: str, problem: str) -> None:
    assert cause(text, states={"input": {}}) == problem


MEMORY = "Expression evaluation memory limit exceeded: Check for excessive memory usage"
TIME = "Expression evaluation timeout: Check for infinite loop"
STACK = "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive"
DOUBLED = "($f := function($s, $n){$n = 0 ? $s : $f($s & $s, $n - 1)}; $length($f('x', %d)))"


def signature(argument: int, function: str) -> str:
    return f'. T0410: Argument {argument} of function "{function}" does not match function signature'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("$hash('a', [])", signature(2, "hash")),
        ("$hash('a', 1)", signature(2, "hash")),
        ("$hash(123, 'SHA-256')", signature(1, "hash")),
        ("$hash($sum, 'MD5')", signature(1, "hash")),
        ("$hash()", signature(1, "hash")),
        ("$hash('a', 'MD5', 'x')", signature(3, "hash")),
        (
            "$hash('a', 'sha-256')",
            ". D3137: Hash algorithm 'sha-256' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5",
        ),
        ("$parse(5)", signature(1, "parse")),
        ("$parse(null)", signature(1, "parse")),
        ("$parse([1])", signature(1, "parse")),
        ("$parse('{}', 1)", signature(2, "parse")),
        *((f"$parse('{text}')", ". D3137: Invalid JSON") for text in ["{", "", " ", "NaN", "1e400", "[1] [2]"]),
        ('$parse(\'{"a":1,"a":2}\')', ". D3137: Invalid JSON"),
        ("$parse($pad('', 5000, '['))", ". D3137: Invalid JSON"),
        ("$partition([1, 2, 3], -1)", ". D3137: Second argument must be zero or greater"),
        ("$partition('x', 2)", '. T0412: Argument 1 of function "partition" must be an array of undefined'),
        ("$partition(null, 2)", '. T0412: Argument 1 of function "partition" must be an array of undefined'),
        ("$partition([1], 'x')", signature(2, "partition")),
        ("$partition([1], null)", signature(2, "partition")),
        ("$partition([1], 2, 99)", signature(3, "partition")),
        ("$range(1)", signature(2, "range")),
        ("$range('a', 1, 1)", signature(1, "range")),
        ("$range(1, 5, null)", signature(3, "range")),
        ("$range(1, 5, 1, 99)", signature(4, "range")),
        ("$range(1, 360146, 1)", f": {MEMORY}"),
        ("$range(1, 1e300, 1)", f": {MEMORY}"),
        ("$random('a')", signature(1, "random")),
        ("$random(null)", signature(1, "random")),
        ("$random(77, 88)", signature(2, "random")),
        ("$uuid(1)", signature(1, "uuid")),
        ("$uuid(null)", signature(1, "uuid")),
    ],
)
def test_wrong_arguments_of_aws_own_functions(text: str, told: str) -> None:
    assert cause(text) == f"threw an error during evaluation{told}"


@pytest.mark.parametrize(
    "text",
    [
        "1 +",
        "",
        "}",
        "1)+(1",
        '1}) ~> $f({"r":1',
        "1; 2",
        "1 /* no end",
        "$$",
        "$map([1], function($v){$$.a})",
        "$x ?? 1",
        "$x ?: 1",
        "$f(function($v)<s?:s>{$v ?: 1})",
        "'\\x'",
        "$uppercase('\ud800')",
    ],
)
def test_what_cannot_be_created_is_refused(text: str) -> None:
    with pytest.raises(jsonata.QueryError):
        jsonata.compile(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'a ?? b'", "a ?? b"),
        ('"$$ ?: \\" ?? "', '$$ ?: " ?? '),
        ("{'`??`': 1}.`??` ", None),
        ("/* ?? $$ ?: */ 1", 1),
        ("$replace('a??b', /\\?\\?/, '$$')", "a$b"),
        ("$contains('ab', /a?:?b/)", True),
        ("(function($v)<s?:s>{$v & '!'})('a')", "a!"),
        ("4 / 2 /* ?: */ / 1", 2),
        ("(1 ? 2 : 3)", 2),
    ],
)
def test_refused_operators_may_stand_where_they_are_none(text: str, expected: Any) -> None:
    if expected is None:
        assert "undefined" in cause(text)
    else:
        assert evaluate(text) == expected


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("[1..873783]", MEMORY),
        ("[1..900000] ~> $count()", MEMORY),
        ("$sum([1..900000])", MEMORY),
        ("$pad('', 8388608)", MEMORY),
        (DOUBLED % 23, MEMORY),
        ("$join([1..800000].('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'))", MEMORY),
        ("($f := function($n){$f($n + 1)}; $f(1))", TIME),
        ("[1..5000].([1..5000].([1..5000]))", f"{MEMORY}|{TIME}"),  # as fast as the machine is
        ("$reduce([1..800000], function($a, $v){$a & 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxx'}, '')", f"{MEMORY}|{TIME}"),
        ("$map([1..800000], function($v){$map([1..1000], function($w){$w})})", TIME),
        ("$replace($pad('', 100000, 'a'), /(a+)+b/, 'x')", TIME),
        ("($f := function($n){1 + $f($n + 1)}; $f(1))", STACK),
    ],
)
def test_a_runaway_expression_is_stopped(text: str, limit: str) -> None:
    begun = time.perf_counter()
    assert cause(text) in [f"threw an error during evaluation: {name}" for name in limit.split("|")]
    assert time.perf_counter() - begun < 5


def test_lengths_that_aws_takes_pass() -> None:
    assert evaluate("$count([1..873782])") == 873_782
    assert evaluate(DOUBLED % 22) == 1 << 22


RECURSIVE = "($f := function($x){$x <= 0 ? 0 : 1 + $f($x - 1)}; $f(%d))"


@pytest.mark.parametrize(
    ("deepest", "deeper"),
    [
        ("1" + "+1" * 99, "1" + "+1" * 100),
        ("(" * 99 + "1" + ")" * 99, "(" * 100 + "1" + ")" * 100),
        ("[" * 99 + "1" + "]" * 99, "[" * 100 + "1" + "]" * 100),
        ("1" + "~>$string" * 99, "1" + "~>$string" * 100),
        (RECURSIVE % 31, RECURSIVE % 32),
        # The variable's own name has no part in it, nor what stands before the expression here.
        ("$x" + "+$x" * 99, "$x" + "+$x" * 100),
    ],
)
def test_evaluation_goes_as_deep_as_on_aws(deepest: str, deeper: str) -> None:
    """The five shapes measured on AWS (github.com/floci-io/floci/issues/2737), each at its last and first value."""
    assert evaluate(deepest, x=1) is not None
    assert cause(deeper, x=1) == f"threw an error during evaluation: {STACK}"


def test_a_call_in_the_tail_is_not_deep() -> None:
    assert evaluate("($f := function($n, $a){$n = 0 ? $a : $f($n - 1, $a + $n)}; $f(20000, 0))") == 200_010_000


def test_unexpected_types_are_told_as_aws_tells_them() -> None:
    expression = jsonata.compile("{'foo': 'bar'}", "Items")
    error = expression.unexpected("array", expression({}))
    assert error.cause == (
        "The JSONata expression '{'foo': 'bar'}' specified for the field 'Items' returned an unexpected result type. "
        "Expected 'array', but was 'object' for value: {\"foo\":\"bar\"}"
    )


def test_chance_and_clock_are_those_of_the_run() -> None:
    class Fixed:
        def now(self) -> float:
            return 1_000_000_000.0

        async def sleep(self, seconds: float) -> None: ...

    chance = ambient.CHANCE.set(Chance(7))
    clock = ambient.CLOCK.set(Fixed())
    try:
        first = [evaluate("$random()"), evaluate("$uuid()")]
        assert evaluate("$millis()") == 1_000_000_000_000
        assert evaluate("$now()") == "2001-09-09T01:46:40.000Z"
        ambient.CHANCE.set(Chance(7))
        assert [evaluate("$random()"), evaluate("$uuid()")] == first
        assert evaluate("$random(3)") == evaluate("$random(3)")
    finally:
        ambient.CHANCE.reset(chance)
        ambient.CLOCK.reset(clock)


def test_templates() -> None:
    constant = {"deep": [1, {"k": None}]}
    make = jsonata.template({"a": "{% $x %}", "b": [1, "{% $x + 1 %}"], "c": constant, "d": "{% not wholly"}, "Output")
    made = make({"x": 1})
    assert made == {"a": 1, "b": [1, 2], "c": constant, "d": "{% not wholly"}
    assert list(made) == ["a", "b", "c", "d"]
    assert made["c"] is constant
    assert jsonata.template(constant)({}) is constant
    with pytest.raises(jsonata.QueryError) as caught:
        jsonata.template({"a": {"b": ["{% $nope %}"]}}, "Assign")({})
    assert caught.value.location == "Assign/a/b[0]"
