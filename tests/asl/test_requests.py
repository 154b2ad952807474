from __future__ import annotations

import pytest

from treadle.asl import requests
from treadle.errors import ServiceError

ARN = "arn:aws:states:us-east-1:1:stateMachine:m"
TEXT = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
REQUEST = {"name": "m", "definition": TEXT, "roleArn": "arn:aws:iam::1:role/r"}


def test_the_same_request_twice_makes_one_machine() -> None:
    assert requests.create(REQUEST, ARN, {}, None) is True
    assert requests.create(REQUEST, ARN, {ARN: REQUEST}, None) is False
    with pytest.raises(ServiceError, match="State Machine Already Exists: 'arn:aws:states") as refused:
        requests.create(REQUEST, ARN, {ARN: {**REQUEST, "definition": TEXT + " "}}, None)
    assert refused.value.error == "StateMachineAlreadyExists"


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a\x1f", "x" * 81])
def test_names(name: str) -> None:
    with pytest.raises(ServiceError, match="Invalid Name: "):
        requests.create({**REQUEST, "name": name}, ARN, {}, None)


def test_an_update_names_a_machine_that_is_there() -> None:
    for arn in (f"{ARN}:2", ARN):
        with pytest.raises(ServiceError) as refused:
            requests.update({"stateMachineArn": arn, "definition": TEXT}, {}, None)
        assert (refused.value.error, refused.value.cause) == (
            "StateMachineDoesNotExist",
            f"State Machine Does Not Exist: '{arn}'",
        )
    requests.update({"stateMachineArn": ARN, "definition": TEXT}, {ARN: REQUEST}, None)
    with pytest.raises(ServiceError, match="must be specified"):
        requests.update({"stateMachineArn": ARN}, {ARN: REQUEST}, None)


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"roleArn": "me"}, "InvalidArn", "Invalid Role Arn: 'me'"),
        (
            {"versionDescription": "d"},
            "ValidationException",
            "Version description can only be set when publish is true",
        ),
    ],
)
def test_roles_and_versions(change: dict[str, str], error: str, text: str) -> None:
    for call in (
        lambda: requests.create({**REQUEST, **change}, ARN, {}, None),
        lambda: requests.update({"stateMachineArn": ARN, "definition": TEXT, **change}, {ARN: REQUEST}, None),
    ):
        with pytest.raises(ServiceError) as refused:
            call()
        assert refused.value.error == error
        assert refused.value.cause.startswith(text)
    assert requests.create({**REQUEST, "versionDescription": "d", "publish": True}, ARN, {}, None)


def test_an_update_of_what_is_no_arn() -> None:
    with pytest.raises(ServiceError, match="Invalid Arn: 'Invalid ARN prefix: x'"):
        requests.update({"stateMachineArn": "x", "definition": TEXT}, {}, None)


def test_logging() -> None:
    group = "arn:aws:logs:us-east-1:1:log-group:g"
    destination = {"cloudWatchLogsLogGroup": {"logGroupArn": f"{group}:*"}}
    on = {"level": "ALL", "destinations": [destination]}
    assert requests.create({**REQUEST, "loggingConfiguration": on}, ARN, {}, [group])
    assert requests.create({**REQUEST, "loggingConfiguration": {"level": "OFF"}}, ARN, {}, [])
    for configuration, groups in (
        (on, []),
        ({"level": "ALL"}, [group]),
        ({**on, "destinations": [destination] * 2}, [group]),
    ):
        with pytest.raises(ServiceError, match="Invalid Logging Configuration"):
            requests.create({**REQUEST, "loggingConfiguration": configuration}, ARN, {}, groups)


def test_validate_answers_with_diagnostics_and_cuts_them() -> None:
    loop = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "X"}}}'
    answer = requests.validate({"definition": loop})
    assert [each["code"] for each in answer["diagnostics"]] == ["MISSING_TRANSITION_TARGET", "MISSING_END_STATE"]
    assert "location" not in answer["diagnostics"][1]
    assert (answer["result"], answer["truncated"]) == ("FAIL", False)
    cut = requests.validate({"definition": loop, "maxResults": 1})
    assert (len(cut["diagnostics"]), cut["truncated"]) == (1, True)
    assert requests.validate({"definition": TEXT}) == {"result": "OK", "diagnostics": [], "truncated": False}
