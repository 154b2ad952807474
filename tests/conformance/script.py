"""A recording's tasks answered as they were answered then, in order, without any service."""

from __future__ import annotations

import hashlib
import io
import json
from collections import deque
from collections.abc import Iterator
from typing import Any, BinaryIO

from tests.conformance import Record, difference
from treadle.engine import Callbacks, Resource, TaskRequest, TaskResponse, VirtualClock
from treadle.engine.callbacks import ActivityTask
from treadle.engine.clock import Gate
from treadle.engine.limits import dumps
from treadle.errors import ServiceError


class Unscripted(AssertionError):
    """An attempt that the recording holds no answer to."""


class Script:
    """The service of a recording. Attempts are found by the state's name, and given out in the recorded order."""

    def __init__(self, record: Record, clock: VirtualClock) -> None:
        self.callbacks = _Workers(record, self)
        self.storage = _Buckets(record)
        self._clock = clock
        self._attempts: dict[str, deque[dict[str, Any]]] = {}
        self._whole = record
        self._record = json.dumps(record["expected"])
        self._alone = None if record.get("task_script") or record["expected"].get("events") else alone(record)
        for attempt in record.get("task_script") or _attempts(record):
            self._attempts.setdefault(attempt["state"], deque()).append(attempt)
        for attempt in record.get("task_script") or ():
            if attempt["kind"] == "activity":
                for state in record["definition"]["States"].values():
                    if ":activity:" in str(state.get("Resource")):
                        self.callbacks.create_activity(state["Resource"])

    def handles(self, resource: Resource) -> bool:
        return resource.service != "activity"

    def next(self, state: str, request: TaskRequest | None = None) -> dict[str, Any]:
        """The first attempt of the state that sent what this one sends, where iterations at once may change places."""
        attempts = self._attempts.get(state)
        if attempts:
            same = (at for at, attempt in enumerate(attempts) if request is not None and self._sent(attempt, request))
            place = next(same, 0) if len(attempts) > 1 else 0
            attempt = attempts[place]
            del attempts[place]
            return attempt
        if self._alone is None:
            raise Unscripted(f"the recording holds no further attempt of the state {state!r}")
        return self._alone

    def _sent(self, attempt: dict[str, Any], request: TaskRequest) -> bool:
        scheduled = attempt.get("scheduled") or {}
        for field in ("parameters", "input"):
            if field in scheduled:
                sent = {field: dumps(request.arguments)}
                return difference({field: scheduled[field]}, sent, self._whole) is None
        return False

    async def call(self, request: TaskRequest) -> TaskResponse:
        attempt = self.next(request.state, request)
        outcome = attempt["outcome"]
        submitted = attempt.get("submitted")
        if submitted is not None and request.resource.pattern == "waitForTaskToken":
            if outcome["type"] == "TimedOut" and request.timeout is None and request.heartbeat is None:
                outcome = {**outcome, "type": "Failed"}  # the service's own timeout, not the state's
            self.answer(request.context["Task"]["Token"], outcome)
            return TaskResponse(_value(submitted["output"]))
        if submitted is not None:
            request.submitted(_value(submitted["output"]))
        if outcome["type"] == "TimedOut" and request.timeout is not None:
            await Gate(self._clock).wait()
        if outcome["type"] != "Succeeded":
            raise ServiceError(outcome.get("error"), self._text(outcome.get("cause")))  # type: ignore[arg-type]
        return TaskResponse(_value(outcome["output"]))

    def answer(self, token: str, outcome: dict[str, Any]) -> None:
        if outcome["type"] == "Succeeded":
            self.callbacks.send_task_success(token, _value(outcome["output"]))
        elif outcome["type"] == "Failed":
            self.callbacks.send_task_failure(token, outcome.get("error"), self._text(outcome.get("cause")))

    def _text(self, cause: Any) -> str | None:
        """A cause that is an object was kept parsed; whether its text had spaces shows where a state caught it."""
        if cause is None or isinstance(cause, str):
            return cause
        spaced = json.dumps(cause)
        if json.dumps(json.dumps(spaced))[1:-1] in self._record or json.dumps(spaced)[1:-1] in self._record:
            return spaced
        return json.dumps(cause, separators=(",", ":"), ensure_ascii=False)


class _Object(io.BytesIO):
    """An object that is there once it is closed."""

    def __init__(self, objects: dict[tuple[str, str], bytes], place: tuple[str, str]) -> None:
        super().__init__()
        self._objects, self._place = objects, place

    def close(self) -> None:
        if not self.closed:
            self._objects[self._place] = self.getvalue()
        super().close()


class _Buckets:
    """The buckets and objects that there were before the execution was started, and what it writes itself."""

    local = True

    def __init__(self, record: Record) -> None:
        self._objects: dict[tuple[str, str], bytes] = {}
        calls = [call for call in record.get("setup") or () if call.get("service") == "s3"]
        self._buckets = {call["params"]["Bucket"] for call in calls if "Bucket" in call["params"]}
        for call in calls:
            params = call["params"]
            if call["operation"] == "PutObject":
                self._objects[params["Bucket"], params["Key"]] = str(params.get("Body", "")).encode()

    def read(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        if (bucket, key) not in self._objects:
            raise ServiceError("S3.NoSuchKeyException", "The specified key does not exist.")
        return io.BytesIO(self._objects[bucket, key])

    def list(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        for (owner, key), body in sorted(self._objects.items()):
            if owner == bucket and key.startswith(prefix):
                etag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
                facts = {"Etag": etag, "LastModified": 1_700_000_000, "Key": key}
                yield {**facts, "Size": len(body), "StorageClass": "STANDARD"}

    def write(self, bucket: str, key: str) -> BinaryIO:
        if bucket not in self._buckets:
            raise ServiceError("S3.NoSuchBucketException", "The specified bucket does not exist")
        return _Object(self._objects, (bucket, key))


class _Workers(Callbacks):
    """The activity workers of the recording: each task is taken at once."""

    def __init__(self, record: Record, script: Script) -> None:
        super().__init__()
        events = record["expected"].get("events") or ()
        started = [event for event in events if event["type"] == "ActivityStarted"]
        self._names = deque(event["activityStartedEventDetails"].get("workerName") for event in started)
        self._states = deque(a["state"] for a in record.get("task_script") or () if a["kind"] == "activity")
        self._script = script

    def schedule(self, arn: str, task: ActivityTask) -> None:
        super().schedule(arn, task)
        self.activities[arn].popleft()
        if not self._names:
            return  # nobody came
        task.started(self._names.popleft())
        self._script.answer(task.token, self._script.next(self._states.popleft())["outcome"])


def alone(record: Record) -> dict[str, Any] | None:
    """Without script and history: how every attempt of a machine's only Task failed, if the record's end says so."""
    expected = record["expected"]
    tasks = [state for state in record["definition"].get("States", {}).values() if state.get("Type") == "Task"]
    caught = expected.get("output_value")
    if expected.get("status") == "FAILED":
        failure = {"error": expected.get("error"), "cause": expected.get("cause")}
    elif isinstance(caught, dict) and caught.keys() == {"Error", "Cause"}:
        failure = {"error": caught["Error"], "cause": caught["Cause"]}
    else:
        return None
    nested = any(state.get("Type") in ("Map", "Parallel") for state in record["definition"]["States"].values())
    return {"outcome": {"type": "Failed", **failure}} if len(tasks) == 1 and not nested else None


def _value(recorded: Any) -> Any:
    """An output: JSON text, which the recording keeps parsed where it is an object."""
    return json.loads(recorded) if isinstance(recorded, str) else recorded


_ENDS = {"Succeeded": "SucceededEventDetails", "Failed": "FailedEventDetails", "TimedOut": "TimedOutEventDetails"}


def _attempts(record: Record) -> Iterator[dict[str, Any]]:
    """Where a recording has events but no script, what its tasks ended with, in order.

    A Parallel's events that were sorted no longer tell whose each is: then the first end is the first entered state's.
    """
    events = record["expected"].get("events") or ()
    names = [event["stateEnteredEventDetails"]["name"] for event in events if event["type"] == "TaskStateEntered"]
    entered = 0
    ended = 0
    for event in events:
        entered += event["type"] == "TaskStateEntered"
        for family in ("task", "lambdaFunction"):
            for end, key in _ENDS.items():
                if family + key in event and names:
                    place = min(ended, len(names) - 1) if record.get("events_altered") else entered - 1
                    outcome = {"type": end, **event[family + key]}
                    yield {"state": names[place], "kind": family, "outcome": outcome}
                    ended += 1
