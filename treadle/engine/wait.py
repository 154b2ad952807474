"""The Wait state: a number of seconds, or a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle.engine import fields, moments
from treadle.engine.data.errors import DataError
from treadle.engine.failure import Problem
from treadle.engine.variables import assign_to

if TYPE_CHECKING:
    from treadle.engine.frame import Frame
    from treadle.engine.state import Perform, State

JSON = Any
LONGEST = 99_999_999  # seconds, https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html


def wait_state(state: State, following: State | None) -> Perform:
    document = state.document
    jsonata = state.language == "JSONata"
    into = None if jsonata else fields.input_path(document)
    until = _until(state)
    finish = (
        fields.finish_jsonata(document, "input")
        if jsonata
        else fields.after({key: document[key] for key in ("OutputPath", "Assign") if key in document})
    )

    async def perform(frame: Frame) -> State | None:
        value = frame.value
        if not frame.inside:
            frame.enter(state, "WaitStateEntered")
            frame.follow_entered()
        effective = value if into is None else into(frame, value)
        if frame.until is None:
            seconds = until(frame, effective)
            if seconds > LONGEST_LEFT:
                raise Problem("Wait state delay is too long.")
            frame.until = frame.now() + seconds
        await frame.execution.clock.sleep(frame.until - frame.now())
        output, assigned = finish(frame, value, effective)
        if assigned:
            assign_to(frame, assigned)
        frame.leave("WaitStateExited", output, assigned)
        return following

    return perform


LONGEST_LEFT = 2**31 - 1  # seconds; measured: a moment 24,855 days ahead passes, one of 24,856 days is too long


def _until(state: State) -> fields.Read:
    """The seconds left to wait, from the state's one field that says so."""
    document = state.document
    if "Seconds" in document:
        return _seconds(document["Seconds"])
    if "SecondsPath" in document:
        return _seconds_path(document["SecondsPath"])
    if "Timestamp" in document:
        return _timestamp(document["Timestamp"])
    return _timestamp_path(document["TimestampPath"])


def _seconds(given: JSON) -> fields.Read:
    if not fields.is_dynamic(given):
        return lambda frame, value: given
    read = fields.jsonata_expression(given, "Seconds", "number")

    def evaluated(frame: Frame, value: JSON) -> float:
        seconds = read(frame, value)
        if seconds != int(seconds):
            raise Problem(f"The Seconds field must be an integer but was: {seconds}", location="Seconds")
        if not 0 <= seconds <= LONGEST:
            raise Problem(f"The Seconds field must be between 0 and {LONGEST} but was: {seconds}", location="Seconds")
        return float(seconds)

    return evaluated


def _seconds_path(text: str) -> fields.Read:
    find = fields.path(text)

    def read(frame: Frame, value: JSON) -> float:
        try:
            seconds = find(frame, value)
        except DataError:
            raise Problem(f"The SecondsPath parameter does not reference an input value: {text}") from None
        number = fields.long(seconds)
        if number is None:
            shown = fields.shown(seconds)
            raise Problem(f"The SecondsPath parameter cannot be parsed as a long value: {text} == {shown}")
        if number < 0:
            raise Problem(f"The SecondsPath parameter references a negative value: {text} == {number}")
        return number

    return read


def _timestamp(given: str) -> fields.Read:
    if not fields.is_dynamic(given):
        moment = moments.seconds(given) or 0.0
        return lambda frame, value: moment - frame.now()
    read = fields.jsonata_expression(given, "Timestamp", "string")

    def evaluated(frame: Frame, value: JSON) -> float:
        text = read(frame, value)
        moment = moments.seconds(text)
        if moment is None:
            raise Problem(
                f"The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: {text}",
                location="Timestamp",
            )
        return moment - frame.now()

    return evaluated


def _timestamp_path(path: str) -> fields.Read:
    find = fields.path(path)

    def read(frame: Frame, value: JSON) -> float:
        try:
            text = find(frame, value)
        except DataError:
            raise Problem(f"The TimestampPath parameter does not reference an input value: {path}") from None
        moment = moments.seconds(text) if isinstance(text, str) else None
        if moment is None:
            raise Problem(
                "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format "
                f"string: {path} == {fields.shown(text)}"
            )
        return moment - frame.now()

    return read
