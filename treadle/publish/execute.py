"""Runs a plan, call by call, at the speed that AWS allows. It decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from treadle.engine.clock import RealClock
from treadle.errors import PublishError, ServiceError, TreadleError
from treadle.publish.call import Call, Plan, fill
from treadle.publish.remote import Remote

JSON = Any

BURST, RATE = 100, 1.0
"""Create, update, version and alias calls: 100 at once, then one a second (Step Functions quotas)."""

LIMITED = frozenset({"create_state_machine", "update_state_machine"}) | frozenset(
    {"create_state_machine_alias", "update_state_machine_alias"}
)

PATIENCE = (1.0, 2.0, 4.0, 8.0, 8.0, 8.0)
"""Seconds between tries while a new role is not yet known everywhere."""


class Bucket:
    """A token bucket of `burst` tokens, refilled by `rate` a second; `wait` gives the seconds until the next one."""

    def __init__(self, now: Callable[[], float], burst: int = BURST, rate: float = RATE) -> None:
        self._now, self._burst, self._rate = now, burst, rate
        self._tokens, self._at = float(burst), now()

    def wait(self) -> float:
        now = self._now()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        self._tokens -= 1
        return max(0.0, -self._tokens / self._rate)


@dataclass(frozen=True)
class Report:
    """What was done: the plan's calls, all of them, and what they answered by variable name."""

    plan: Plan
    variables: Mapping[str, JSON]


def sleep(seconds: float) -> None:
    asyncio.run(RealClock().sleep(seconds))


def execute(
    plan: Plan,
    remote: Remote,
    *,
    say: Callable[[Call], None] = lambda call: None,
    sleep: Callable[[float], None] = sleep,
    now: Callable[[], float] = RealClock().now,
) -> Report:
    """Make every call of the plan; `say` is told of each one that is done.

    Raises:
        PublishError: AWS refused a call; the message says which, what was done before and what remains. Running
            publish again goes on from there, since the plan is made anew from what AWS then has.
    """
    bucket = Bucket(now)
    variables: dict[str, JSON] = {}
    for index, call in enumerate(plan.calls):
        pause = bucket.wait() if call.operation in LIMITED else 0.0
        if pause:
            sleep(pause)
        try:
            answer = _make(call, variables, remote, sleep)
        except TreadleError as error:
            raise PublishError(_stopped(plan, index, error)) from None
        variables |= answer
        say(call)
    return Report(plan, variables)


def _make(
    call: Call, variables: Mapping[str, JSON], remote: Remote, sleep: Callable[[float], None]
) -> Mapping[str, JSON]:
    """One call, tried again while AWS does not know its role yet (IAM is eventually consistent); what it keeps."""
    arguments = fill(call.arguments, variables)
    for pause in (*PATIENCE, None):
        try:
            answer = remote.call(call.service, call.operation, arguments)
            break
        except ServiceError as error:
            if pause is None or not _role_is_young(error):
                raise
            sleep(pause)
    if answer.get("FailedEntryCount"):
        failed = answer["FailedEntries"][0]
        raise ServiceError(failed.get("ErrorCode", "FailedEntry"), failed.get("ErrorMessage", ""))
    if call.keep is None:
        return {}
    name, key = call.keep
    if key not in answer:
        raise PublishError(f"the answer has no {key}: does this endpoint know versions?")
    return {name: answer[key]}


def _role_is_young(error: ServiceError) -> bool:
    return "assume" in error.cause.lower() and error.error in (
        "AccessDeniedException",
        "ValidationException",
        "InvalidParameterValueException",
    )


def _stopped(plan: Plan, index: int, error: TreadleError) -> str:
    done = f"{index} of {len(plan.calls)} calls were made" + (
        f", the last: {plan.calls[index - 1].says}" if index else ""
    )
    call = plan.calls[index]
    return f"{call.workflow}: {call.says}: {error}\n{done}; publish again when that is mended: it goes on from there"
