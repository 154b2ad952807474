"""The states that never wait: Pass, Choice, Succeed and Fail, each compiled to one function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from treadle.engine import choice, fields
from treadle.engine.failure import Failure, Problem
from treadle.engine.limits import fits
from treadle.engine.variables import assign_to

if TYPE_CHECKING:
    from treadle.engine.frame import Frame
    from treadle.engine.state import State, Step

JSON = Any


def pass_state(state: State, following: State | None) -> Step:
    """Output is the input, the Result, the Parameters or (JSONata) the Output."""
    if state.language == "JSONata":
        return _pass_jsonata(state, following)
    document = state.document
    name = state.name
    make = fields.before(document)
    finish = fields.after(document)
    constant = "Result" in document
    result = document.get("Result")
    plain = make is None and not constant and not document.keys() & {"Assign", "ResultPath", "OutputPath"}

    def step(frame: Frame) -> State | None:
        value = frame.value
        frame.state = state
        moment = frame.entered_at = frame.now()
        events = frame.events
        events.append(("PassStateEntered", frame.previous, moment, name, value))
        entered = frame.entered = len(events)
        if plain:
            events.append(("PassStateExited", entered, moment, name, value, None))
            frame.previous = entered + 1
            return following
        effective = value if make is None else make(frame, value)
        output, assigned = finish(frame, value, result if constant else effective)
        if output is not value and not fits(output, frame.execution.limits.payload):
            raise frame.oversize(name)
        if assigned:
            assign_to(frame, assigned)
        events.append(("PassStateExited", entered, moment, name, output, assigned))
        frame.previous = len(events)
        frame.value = output
        return following

    return step


def _pass_jsonata(state: State, following: State | None) -> Step:
    document = state.document
    name = state.name
    make = fields.jsonata_template(document["Output"], "Output") if "Output" in document else None
    assign = fields.jsonata_template(document["Assign"], "Assign") if "Assign" in document else None

    def step(frame: Frame) -> State | None:
        value = frame.value
        frame.state = state
        moment = frame.entered_at = frame.now()
        events = frame.events
        events.append(("PassStateEntered", frame.previous, moment, name, value))
        entered = frame.entered = len(events)
        assigned = None if assign is None else assign(frame, value)
        if make is not None:
            value = make(frame, value)
            if not fits(value, frame.execution.limits.payload):
                raise frame.oversize(name)
            frame.value = value
        if assigned:
            assign_to(frame, assigned)
        events.append(("PassStateExited", entered, moment, name, value, assigned))
        frame.previous = len(events)
        return following

    return step


def choice_state(state: State, states: Mapping[str, State]) -> Step:
    """The first rule that holds decides; Default otherwise, and States.NoChoiceMatched without one."""
    if state.language == "JSONata":
        return _choice_jsonata(state, states)
    document = state.document
    name = state.name
    into = fields.input_path(document)
    out = fields.after({key: document[key] for key in ("OutputPath",) if key in document})
    rules = [(choice.compile(rule), _assignment(rule), states[rule["Next"]]) for rule in document["Choices"]]
    default = states[document["Default"]] if "Default" in document else None
    default_assign = _assignment(document)
    direct = "OutputPath" not in document and into is None

    def step(frame: Frame) -> State | None:
        value = frame.value
        frame.state = state
        moment = frame.entered_at = frame.now()
        events = frame.events
        events.append(("ChoiceStateEntered", frame.previous, moment, name, value))
        entered = frame.entered = len(events)
        effective = value if into is None else into(frame, value)
        following, assign = default, default_assign
        for holds, its_assign, target in rules:
            if holds(frame, effective):
                following, assign = target, its_assign
                break
        if following is None:
            raise _no_match(frame, name)
        assigned = None if assign is None else assign(frame, effective)
        output = value if direct else out(frame, value, effective)[0]
        if assigned:
            assign_to(frame, assigned)
        events.append(("ChoiceStateExited", entered, moment, name, output, assigned))
        frame.previous = len(events)
        frame.value = output
        return following

    return step


def _assignment(document: Mapping[str, JSON]) -> fields.Read | None:
    return fields.payload_template(document["Assign"]) if "Assign" in document else None


def _no_match(frame: Frame, name: str) -> Failure:
    frame.previous = frame.entered
    return Failure(
        "States.NoChoiceMatched",
        f"An error occurred while executing the state '{name}' (entered at the event id #{frame.entered}). "
        "Failed to transition out of the state. The state does not point to a next state.",
    )


def _choice_jsonata(state: State, states: Mapping[str, State]) -> Step:
    document = state.document
    name = state.name
    rules = [
        (
            choice.condition(rule["Condition"], f"Choices[{index}]/Condition"),
            (
                _jsonata_field(rule, "Output", f"Choices[{index}]/Output"),
                _jsonata_field(rule, "Assign", f"Choices[{index}]/Assign"),
                states[rule["Next"]],
            ),
        )
        for index, rule in enumerate(document["Choices"])
    ]
    default = states[document["Default"]] if "Default" in document else None
    # The state's own Output and Assign belong to Default; a rule that holds has its own.
    otherwise = (_jsonata_field(document, "Output", "Output"), _jsonata_field(document, "Assign", "Assign"))

    def step(frame: Frame) -> State | None:
        value = frame.value
        frame.state = state
        moment = frame.entered_at = frame.now()
        events = frame.events
        events.append(("ChoiceStateEntered", frame.previous, moment, name, value))
        entered = frame.entered = len(events)
        for holds, chosen in rules:
            if holds(frame, value):
                make, assign, following = chosen
                break
        else:
            if default is None:
                raise _no_match(frame, name)
            make, assign = otherwise
            following = default
        assigned = None if assign is None else assign(frame, value)
        if make is not None:
            value = make(frame, value)
            if not fits(value, frame.execution.limits.payload):
                raise frame.oversize(name)
            frame.value = value
        if assigned:
            assign_to(frame, assigned)
        events.append(("ChoiceStateExited", entered, moment, name, value, assigned))
        frame.previous = len(events)
        return following

    return step


def _jsonata_field(document: Mapping[str, JSON], key: str, field: str) -> fields.Read | None:
    return fields.jsonata_template(document[key], field) if key in document else None


def succeed_state(state: State) -> Step:
    document = state.document
    name = state.name
    jsonata = state.language == "JSONata"
    make = _jsonata_field(document, "Output", "Output") if jsonata else None
    into = None if jsonata else fields.input_path(document)
    out = None if jsonata else fields.after({key: document[key] for key in ("OutputPath",) if key in document})

    def step(frame: Frame) -> State | None:
        value = frame.value
        frame.state = state
        moment = frame.entered_at = frame.now()
        events = frame.events
        events.append(("SucceedStateEntered", frame.previous, moment, name, value))
        entered = frame.entered = len(events)
        if make is not None:
            value = make(frame, value)
            if not fits(value, frame.execution.limits.payload):
                raise frame.oversize(name)
        elif out is not None:
            value = out(frame, value, value if into is None else into(frame, value))[0]
        events.append(("SucceedStateExited", entered, moment, name, value, None))
        frame.previous = len(events)
        frame.value = value
        return None

    return step


def fail_state(state: State) -> Step:
    document = state.document
    name = state.name
    error = _fail_field(state, "Error")
    cause = _fail_field(state, "Cause")
    del document

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
