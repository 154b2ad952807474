"""What AWS has: one method behind which a real account, an emulator or a test's dictionary stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from treadle.errors import InputError, ServiceError

JSON = Any

MISSING = frozenset(
    {
        "ResourceNotFoundException",
        "ResourceNotFound",
        "StateMachineDoesNotExist",
        "NoSuchEntity",
        "NoSuchEntityException",
    }
)


SET_UP = "set AWS_REGION and credentials (aws configure, or AWS_PROFILE), or AWS_ENDPOINT_URL for an emulator"


class Missing(ServiceError):
    """What was asked for does not exist."""


class Remote(Protocol):
    """Makes a call: `call("iam", "get_role", {"RoleName": "r"})`.

    Raises Missing where the thing does not exist and ServiceError, with AWS's code and text, for any other refusal.
    """

    def call(self, service: str, operation: str, arguments: Mapping[str, JSON]) -> dict[str, JSON]: ...


class Aws:
    """The account that the environment's credentials belong to."""

    def call(self, service: str, operation: str, arguments: Mapping[str, JSON]) -> dict[str, JSON]:
        from botocore.exceptions import BotoCoreError, ClientError

        from treadle.services import clients

        try:
            answer: dict[str, JSON] = getattr(clients.client(service), operation)(**arguments)
        except ClientError as error:
            code, text = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
            raise (Missing if code in MISSING else ServiceError)(code, text) from None
        except BotoCoreError as error:
            raise InputError(f"{service} cannot be reached: {error}: {SET_UP}") from None
        return answer


def find(remote: Remote, service: str, operation: str, arguments: Mapping[str, JSON]) -> dict[str, JSON] | None:
    """The answer of a read, or None where there is nothing of that name."""
    try:
        return remote.call(service, operation, arguments)
    except Missing:
        return None


def pages(
    remote: Remote, service: str, operation: str, arguments: Mapping[str, JSON], key: str
) -> list[dict[str, JSON]]:
    """All items of a list call that pages with `NextToken`."""
    found: list[dict[str, JSON]] = []
    token: dict[str, JSON] = {}
    while True:
        answer = remote.call(service, operation, {**arguments, **token})
        found += answer.get(key, [])
        if not answer.get("NextToken"):
            return found
        token = {"NextToken": answer["NextToken"]}
