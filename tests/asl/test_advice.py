"""Every warning of our own: a definition that has it, and one next to it that has not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from treadle import asl

S3 = "arn:aws:states:::aws-sdk:s3:getObject"
S3_CALL = {"Type": "Task", "Resource": S3, "Parameters": {"Bucket": "b", "Key": "k"}}
LAMBDA_CALL = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}}
PASS = {"Type": "Pass", "End": True}


def machine(state: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {"StartAt": "X", "States": {"X": {"End": True, **state}, **others}}


def caught(*names: str, **fields: Any) -> dict[str, Any]:
    return machine(
        {**S3_CALL, "ResultPath": None, **fields, "Catch": [{"ErrorEquals": list(names), "Next": "D"}]}, D=PASS
    )


def retried(*groups: list[str], **fields: Any) -> dict[str, Any]:
    retriers = [{"ErrorEquals": names} for names in groups]
    return machine({**S3_CALL, "ResultPath": None, **fields, "Retry": retriers})


def distributed(**fields: Any) -> dict[str, Any]:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    inner = {"ProcessorConfig": config, "StartAt": "P", "States": {"P": PASS}}
    return machine({"Type": "Map", "ItemProcessor": inner, **fields})


def choice(**fields: Any) -> dict[str, Any]:
    rule = {"Variable": "$.a", "StringEquals": "b", "Next": "D"}
    return {"StartAt": "X", "States": {"X": {"Type": "Choice", "Choices": [rule], **fields}, "D": PASS}}


def jsonata(**states: Any) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}


LOOP = {
    "StartAt": "A",
    "States": {
        "A": {"Type": "Pass", "Next": "C"},
        "C": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "A"}], "Default": "E"},
        "E": PASS,
    },
}
TOKEN = {**LAMBDA_CALL, "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken"}
INNER = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Assign": {"a": 1}, "Output": "{% $a %}", "End": True}}}
OUTER = {"Type": "Pass", "Assign": {"a": 1}, "Next": "M"}

CASES: list[tuple[str, str | None, dict[str, Any]]] = [
    ("TRD001", "/States/D", caught("States.NoChoiceMatched")),
    ("TRD001", None, caught("States.TaskFailed")),
    ("TRD002", "/States/X/Catch[0]", caught("States.HeartbeatTimeout")),
    ("TRD002", None, caught("States.HeartbeatTimeout", HeartbeatSeconds=5)),
    ("TRD002", "/States/X/Catch[0]", caught("DynamoDB.ConditionalCheckFailedException")),
    ("TRD002", None, caught("S3.NoSuchKeyException")),
    ("TRD003", "/States/X/Retry[0]", retried(["Lambda.TooManyRequestsException"])),
    ("TRD003", None, retried(["Lambda.TooManyRequestsException", "S3.S3Exception"])),
    ("TRD003", "/States/X/Retry[0]", retried(["States.Nonsense"])),
    ("TRD003", "/States/X/Retry[1]", retried(["States.TaskFailed"], ["S3.S3Exception"])),
    ("TRD003", None, retried(["S3.S3Exception"], ["States.TaskFailed"])),
    ("TRD003", "/States/X/Retry[0]", retried(["ValueError"])),
    ("TRD003", None, retried(["ValueError"], Resource=LAMBDA_CALL["Resource"], Parameters={"FunctionName": "f"})),
    ("TRD004", "/States/X", machine(S3_CALL)),
    ("TRD004", None, machine({**S3_CALL, "ResultSelector": {"e.$": "$.ETag"}})),
    ("TRD004", "/States/X/Result", machine({"Type": "Pass", "Result": "x" * 300_000})),
    ("TRD004", "/States/X", distributed()),
    ("TRD004", None, distributed(ResultPath=None)),
    ("TRD005", "/States/A", LOOP),
    ("TRD005", None, machine(PASS)),
    ("TRD006", "/States/X", machine(TOKEN)),
    ("TRD006", None, machine({**TOKEN, "TimeoutSeconds": 60})),
    ("TRD007", "/States/X/Output/a", jsonata(X={**PASS, "Output": {"a": "Hello {% $states.input %}"}})),
    ("TRD007", None, jsonata(X={**PASS, "Output": {"a": "{% 'Hello ' & $states.input %}"}})),
    ("TRD008", "/States/X", choice()),
    ("TRD008", None, choice(Default="D")),
    ("TRD009", "/States/X/Iterator", machine({"Type": "Map", "Iterator": {"StartAt": "P", "States": {"P": PASS}}})),
    ("TRD009", None, machine({"Type": "Map", "ItemProcessor": {"StartAt": "P", "States": {"P": PASS}}})),
    (
        "TRD014",
        "/States/X/ToleratedFailureCountPath",
        machine(
            {
                "Type": "Map",
                "ItemProcessor": {"StartAt": "P", "States": {"P": PASS}},
                "End": True,
                "ToleratedFailureCountPath": "$.n",
            }
        ),
    ),
    (
        "TRD014",
        None,
        machine(
            {
                "Type": "Map",
                "End": True,
                "ToleratedFailureCount": 1,
                "ItemProcessor": {
                    "StartAt": "P",
                    "States": {"P": PASS},
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                },
            }
        ),
    ),
    ("TRD010", "/States/X/Output", jsonata(X={**PASS, "Output": "{% $a + $uuid() %}"})),
    ("TRD010", None, jsonata(O={**OUTER, "Next": "X"}, X={**PASS, "Output": "{% $a + $uuid() %}"})),
    ("TRD010", "/States/X/Parameters/b.$", machine({**PASS, "Parameters": {"b.$": "$a.c"}})),
    (
        "TRD011",
        "/States/M/ItemProcessor/States/P/Assign/a",
        jsonata(O=OUTER, M={"Type": "Map", "ItemProcessor": INNER, "End": True}),
    ),
    ("TRD011", None, jsonata(M={"Type": "Map", "ItemProcessor": INNER, "End": True})),
    ("NO_DOLLAR", "/States/X/Parameters/a", machine({**PASS, "Parameters": {"a": "$.b"}})),
    ("NO_DOLLAR", None, machine({**PASS, "Parameters": {"a.$": "$.b", "c": "$5"}})),
    (
        "NO_PATH",
        "/States/X/Choices[0]/StringEquals",
        choice(Choices=[{"Variable": "$.a", "StringEquals": "$.b", "Next": "D"}]),
    ),
    ("PASS_RESULT_IS_STATIC", "/States/X/Result/a.$", machine({**PASS, "Result": {"a.$": "$.b"}})),
]


@pytest.mark.parametrize(("code", "location", "definition"), CASES, ids=[f"{each[0]}-{each[1]}" for each in CASES])
def test_a_warning_stands_where_it_should_and_nowhere_else(
    code: str, location: str | None, definition: dict[str, Any]
) -> None:
    findings = asl.check(definition)
    assert [finding for finding in findings if finding.severity == "ERROR"] == []
    assert [finding.location for finding in findings if finding.code == code] == ([location] if location else [])


def test_a_loop_tells_how_many_turns_a_history_holds() -> None:
    (found,) = [finding for finding in asl.check(LOOP) if finding.code == "TRD005"]
    assert "makes 4 events a turn: 6,250 turns" in found.message
    assert [finding for finding in asl.check(LOOP, "EXPRESS") if finding.code == "TRD005"] == []


@pytest.mark.parametrize(
    ("condition", "step", "warned"),
    [
        ("$n < 4", "$n + 1", False),
        ("$n <= 12 and $m.more", "$n + 3", False),
        ("$n < 4 and $a or $b", "$n + 1", True),
        ("$n < 4 or $b", "$n + 1", True),
        ("$n < 100000", "$n + 1", True),
        ("$n < 4", "$m + 1", True),
        ("$n < 4", "$n", True),
        ("$n < $count($m)", "$n + 1", True),
    ],
)
def test_a_loop_that_counts_its_turns_is_not_warned_of(condition: str, step: str, warned: bool) -> None:
    rule = {"Condition": f"{{% {condition} %}}", "Assign": {"n": f"{{% {step} %}}"}, "Next": "P"}
    definition = jsonata(
        S={"Type": "Pass", "Assign": {"n": 0, "m": [], "a": 1, "b": 2}, "Next": "C"},
        C={"Type": "Choice", "Choices": [rule], "Default": "E"},
        P={"Type": "Pass", "Next": "C"},
        E={"Type": "Succeed"},
    )
    assert [finding.code for finding in asl.check(definition)] == ["TRD005"] * warned


def test_every_code_is_tested_and_documented() -> None:
    rows = re.findall(r"^\| (TRD\d+) \|", (Path(__file__).parents[2] / "docs" / "checks.md").read_text(), re.MULTILINE)
    tested = sorted({code for code, *_ in CASES if code.startswith("TRD")})
    room = Path(asl.__file__).parent
    source = (room / "advice.py").read_text()
    assert tested == sorted(set(re.findall(r'"(TRD\d+)"', source)))
    # The rest is said of a workflow's source, and tested there.
    advice = (room.parent / "language" / "growth.py").read_text()
    assert rows == sorted([*tested, *set(re.findall(r'"(TRD\d+)"', advice))])
