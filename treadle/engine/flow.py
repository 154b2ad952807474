"""The states that never wait: Pass, Choice, Succeed and Fail, each compiled to one function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from treadle.engine import choice, fields
from treadle.engine.failure import RUNTIME, Failure, Problem
from treadle.engine.limits import fits
from treadle.engine.variables import assign_to

if TYPE_CHECKING:
    from treadle.engine.frame import Frame
    from treadle.engine.state import State, Step

JSON = Any
Decide = Callable[["Frame", JSON], "tuple[JSON, dict[str, JSON] | None, State | None]"]
"""(frame, the state's input) -> (output, variables to assign, the state that comes next)"""
Outcome = tuple[fields.Read | None, fields.Read | None, "State | None"]
"""What a choice leads to: its output (None: the input), its variables, and the state that comes next"""


def _stepping(state: State, decide: Decide) -> Step:
    """What every state that never waits does: it is entered, decides, and is left in the same moment."""
    name = state.name
    entered_kind, exited_kind = f"{state.type}StateEntered", f"{state.type}StateExited"

    def step(frame: Frame) -> State | None:
        value = frame.value
        frame.state = state
        moment = frame.entered_at = frame.now()
        events = frame.events
        events.append((entered_kind, frame.previous, moment, name, value))
        entered = frame.entered = len(events)
        output, assigned, following = decide(frame, value)
        if output is not value:
            if not fits(output, frame.execution.limits.payload):
                raise frame.oversize(name)
            frame.value = output
        if assigned:
            assign_to(frame, assigned)
        events.append((exited_kind, entered, moment, name, output, assigned))
        frame.previous = len(events)
        return following

    return step


def pass_state(state: State, following: State | None) -> Step:
    """Output is the input, the Result, the Parameters or (JSONata) the Output."""
    document = state.document
    if state.language == "JSONata":
        make, assign = _output_and_assign(document)

        def decide(frame: Frame, value: JSON) -> tuple[JSON, dict[str, JSON] | None, State | None]:
            assigned = None if assign is None else assign(frame, value)
            return (value if make is None else make(frame, value)), assigned, following

        return _stepping(state, decide)
    effective_of = fields.before(document)
    constant, result = "Result" in document, document.get("Result")
    if effective_of is None and not document.keys() & {"Result", "Assign", "ResultPath", "OutputPath"}:
        return _stepping(state, lambda frame, value: (value, None, following))
    finish = fields.after(document)

    def decide_by_paths(frame: Frame, value: JSON) -> tuple[JSON, dict[str, JSON] | None, State | None]:
        effective = value if effective_of is None else effective_of(frame, value)
        return *finish(frame, value, result if constant else effective), following

    return _stepping(state, decide_by_paths)


def choice_state(state: State, states: Mapping[str, State]) -> Step:
    """The first rule that holds decides; Default otherwise, and without one the execution fails."""
    document = state.document
    rules: list[tuple[choice.Holds, Outcome]] = []
    if state.language == "JSONata":
        into = None
        for index, rule in enumerate(document["Choices"]):
            field = f"Choices[{index}]/"
            outcome = (*_output_and_assign(rule, field), states[rule["Next"]])
            rules.append((choice.condition(rule["Condition"], f"{field}Condition"), outcome))
        output, assign = _output_and_assign(document)
    else:
        into, output, assign = fields.input_path(document), _output_path(document), _payload_assign(document)
        for rule in document["Choices"]:
            rules.append((choice.compile(rule), (output, _payload_assign(rule), states[rule["Next"]])))
    # The state's own Output and Assign belong to Default; a rule that holds has its own.
    otherwise = (output, assign, states[document["Default"]] if "Default" in document else None)

    def decide(frame: Frame, value: JSON) -> tuple[JSON, dict[str, JSON] | None, State | None]:
        given = value if into is None else into(frame, value)
        chosen: Outcome = otherwise
        for holds, outcome in rules:
            if holds(frame, given):
                chosen = outcome
                break
        make, assign, following = chosen
        if following is None:
            raise _no_match()
        assigned = None if assign is None else assign(frame, given)
        return (given if make is None else make(frame, given)), assigned, following

    return _stepping(state, decide)


def _no_match() -> Problem:
    # Measured: not States.NoChoiceMatched, which the documentation names.
    return Problem("Failed to transition out of the state. The state does not point to a next state.", RUNTIME)


def succeed_state(state: State) -> Step:
    document = state.document
    if state.language == "JSONata":
        make, _ = _output_and_assign(document)
        return _stepping(state, lambda frame, value: (value if make is None else make(frame, value), None, None))
    into = fields.input_path(document)
    out = _output_path(document)

    def decide(frame: Frame, value: JSON) -> tuple[JSON, dict[str, JSON] | None, State | None]:
        effective = value if into is None else into(frame, value)
        return (effective if out is None else out(frame, effective)), None, None

    return _stepping(state, decide)


def _output_and_assign(document: Mapping[str, JSON], field: str = "") -> tuple[fields.Read | None, fields.Read | None]:
    """JSONata's Output and Assign of a state or a rule; `field` is what stands before their names in an error."""
    output = fields.jsonata_template(document["Output"], f"{field}Output") if "Output" in document else None
    assign = fields.jsonata_template(document["Assign"], f"{field}Assign") if "Assign" in document else None
    return output, assign


def _payload_assign(document: Mapping[str, JSON]) -> fields.Read | None:
    return fields.payload_template(document["Assign"]) if "Assign" in document else None


def _output_path(document: Mapping[str, JSON]) -> fields.Read | None:
    return fields.whole_or_part(document.get("OutputPath", "$"))


def fail_state(state: State) -> Step:
    name = state.name
    error = _fail_field(state, "Error")
    cause = _fail_field(state, "Cause")

    def step(frame: Frame) -> State | None:
        value = frame.value
        frame.state = state
        moment = frame.entered_at = frame.now()
        events = frame.events
        events.append(("FailStateEntered", frame.previous, moment, name, value))
        frame.entered = len(events)
        names = error(frame, value), cause(frame, value)
        frame.previous = frame.entered
        raise Failure(*names)

    return step


def _fail_field(state: State, key: str) -> fields.Read:
    document = state.document
    if f"{key}Path" in document:
        text = document[f"{key}Path"]
        find = fields.path_or_intrinsic(text, f"{key}Path")

        def read(frame: Frame, value: JSON) -> JSON:
            found = find(frame, value)
            if not isinstance(found, str):
                raise Problem(f"The {key}Path field refers to a value that is not a string: {text}")
            return found

        return read
    given = document.get(key)
    if state.language != "JSONata" or not fields.is_dynamic(given):
        return lambda frame, value: given
    make = fields.jsonata_expression(given, key, "string")
    return make
