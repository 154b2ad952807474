"""A state's data flow, compiled: what it makes of its input, and what it makes of its result.

JSONPath  InputPath, Parameters -> the work -> ResultSelector, Assign, ResultPath, OutputPath
JSONata   Arguments -> the work -> Assign, Output, both seeing the values at the state's entry
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from treadle.engine.context import context_of
from treadle.engine.data import jsonata, jsonpath, payload
from treadle.engine.limits import dumps as dumps
from treadle.engine.limits import longer_than

if TYPE_CHECKING:
    from treadle.engine.frame import Frame

JSON = Any
Read = Callable[["Frame", JSON], JSON]
"""(frame, the value that `$` or `$states.input` means) -> value"""
Finish = Callable[["Frame", JSON, JSON], tuple[JSON, "dict[str, JSON] | None"]]
"""(frame, the state's raw input, its result) -> (output, variables to assign)"""

Result = Callable[["Frame", JSON, JSON], JSON]
"""(frame, the state's raw input, its result or error output) -> value"""

# `$states` is given to an expression with its context only where the expression can look at it.
_PLAIN_STATES = re.compile(r"\$states\s*\.\s*(input|result|errorOutput)\b")


def looks_at_context(value: JSON) -> bool:
    """May this JSONata (a template or a string) use `$states.context`?"""
    text = value if isinstance(value, str) else json.dumps(value)
    return "$states" in _PLAIN_STATES.sub("", text)


_LONG = re.compile(r"[+-]?\d{1,19}", re.ASCII)


def shown(value: JSON) -> str:
    """A value as text: a string as it is, anything else as JSON."""
    return value if isinstance(value, str) else dumps(value)


def long(value: JSON) -> int | None:
    """The integer that a path leads to, read as text and parsed (measured): "2" is one and so is 2, but 2.0 is none."""
    text = shown(value)
    number = int(text) if _LONG.fullmatch(text) else None
    return number if number is not None and -(2**63) <= number < 2**63 else None


def is_dynamic(value: JSON) -> bool:
    return jsonata.is_expression(value)


def _wide(value: JSON) -> bool:
    """Does a template hold so many expressions that what it builds may be too large to be measured whole?

    Each may give the same 256 KiB again, by reference: the value costs nothing to build, but much to write.
    """
    text = json.dumps(value)
    return text.count("{%") + text.count('.$"') > _MANY


_MANY = 64


def _bounded(frame: Frame, made: JSON) -> JSON:
    """Fails before anything larger than a payload may be is measured or written."""
    if longer_than(made, frame.execution.limits.payload):
        assert frame.state is not None
        raise frame.oversize(frame.state.name)
    return made


def jsonata_template(value: JSON, field: str) -> Read:
    """A JSONata template over `$states.input` (and what `states` already holds)."""
    read = _jsonata_template(value, field)
    return (lambda frame, given: _bounded(frame, read(frame, given))) if _wide(value) else read


def _jsonata_template(value: JSON, field: str) -> Read:
    evaluate = jsonata.template(value, field)
    if looks_at_context(value):

        def read_with_context(frame: Frame, given: JSON) -> JSON:
            scope = frame.scope
            scope["states"] = {"input": given, "context": context_of(frame)}
            return evaluate(scope)

        return read_with_context

    def read(frame: Frame, given: JSON) -> JSON:
        scope = frame.scope
        scope["states"] = {"input": given}
        return evaluate(scope)

    return read


def jsonata_expression(text: JSON, field: str, expected: str) -> Read:
    """One `{% … %}` whose value must be of a JSON type ("string", "number", "array", "boolean")."""
    expression = jsonata.compile(text[2:-2], field)
    if expected == "boolean" and not looks_at_context(text):
        return _condition(expression)
    read = jsonata_template(text, field)

    def typed(frame: Frame, given: JSON) -> JSON:
        value = read(frame, given)
        if jsonata.type_name(value) != expected:
            raise expression.unexpected(expected, value)
        return value

    return typed


def _condition(expression: jsonata.Expression) -> Read:
    """A boolean that does not look at the context: what every turn of a loop asks, on the shortest way."""
    evaluate = expression.evaluate

    def holds(frame: Frame, given: JSON) -> JSON:
        scope = frame.scope
        scope["states"] = {"input": given}
        answer = evaluate(scope)
        if answer is True or answer is False:
            return answer
        raise expression.unexpected("boolean", answer)

    return holds


def jsonata_result(value: JSON, field: str, name: str = "result") -> Result:
    """A JSONata template that also sees `$states.result` (or `$states.errorOutput`)."""
    evaluate = jsonata.template(value, field)
    contextual = looks_at_context(value)

    def read(frame: Frame, given: JSON, result: JSON) -> JSON:
        scope = frame.scope
        states = {"input": given}
        if contextual:
            states["context"] = context_of(frame)
        states[name] = result
        scope["states"] = states
        return evaluate(scope)

    return (lambda frame, given, result: _bounded(frame, read(frame, given, result))) if _wide(value) else read


def path(text: str, field: str | None = None) -> Read:
    """A JSONPath, a variable's path or a context path as a function of the frame and `$`."""
    read = jsonpath.compile(text, field)
    if "$$" in text:
        return lambda frame, value: read(value, context_of(frame), frame.scope)
    return lambda frame, value: read(value, None, frame.scope)


def path_or_intrinsic(text: str, field: str) -> Read:
    """What ErrorPath and CausePath take: a path, or a call of an intrinsic function."""
    read = payload.value(text, field)
    if "$$" in text:
        return lambda frame, value: read(value, context_of(frame), frame.scope)
    return lambda frame, value: read(value, None, frame.scope)


def payload_template(value: JSON) -> Read:
    """A JSONPath payload template as a function of the frame and `$`."""
    read = _payload_template(value)
    return (lambda frame, given: _bounded(frame, read(frame, given))) if _wide(value) else read


def _payload_template(value: JSON) -> Read:
    read = payload.template(value)
    if "$$" in json.dumps(value):
        return lambda frame, given: read(given, context_of(frame), frame.scope)
    return lambda frame, given: read(given, None, frame.scope)


def before(document: Mapping[str, JSON], parameters: str = "Parameters") -> Read | None:
    """InputPath and Parameters of a JSONPath state; None where the effective input is the input."""
    into = input_path(document)
    if parameters not in document:
        return into
    make = payload_template(document[parameters])
    if into is None:
        return make
    return lambda frame, value: make(frame, into(frame, value))


def input_path(document: Mapping[str, JSON]) -> Read | None:
    return whole_or_part(document.get("InputPath", "$"))


def whole_or_part(text: str | None) -> Read | None:
    if text is None:
        return lambda frame, value: {}
    return None if text == "$" else path(text)


def after(document: Mapping[str, JSON]) -> Finish:
    """ResultSelector, Assign, ResultPath and OutputPath of a JSONPath state."""
    select = payload_template(document["ResultSelector"]) if "ResultSelector" in document else None
    assign = payload_template(document["Assign"]) if "Assign" in document else None
    out = whole_or_part(document.get("OutputPath", "$"))
    put = result_path(document.get("ResultPath", "$"))
    if select is None and assign is None and out is None:
        return lambda frame, value, result: (put(frame, value, result), None)

    def finish(frame: Frame, value: JSON, result: JSON) -> tuple[JSON, dict[str, JSON] | None]:
        if select is not None:
            result = select(frame, result)
        assigned = assign(frame, result) if assign is not None else None
        output = put(frame, value, result)
        return (output if out is None else out(frame, output)), assigned

    return finish


def result_path(text: str | None) -> Callable[[Frame, JSON, JSON], JSON]:
    """Where the result goes: in place of the input, into a field of it, or (null) nowhere."""
    if text is None:
        return lambda frame, value, result: value
    if text == "$":
        return lambda frame, value, result: result
    if text.startswith("$$"):
        return lambda frame, value, result: result
    put = jsonpath.put(text)
    return lambda frame, value, result: put(value, result)


def finish_jsonata(document: Mapping[str, JSON], default: str = "result") -> Finish:
    """Assign and Output of a JSONata state; without Output the output is the result (or, say, the input)."""
    output = jsonata_result(document["Output"], "Output") if "Output" in document else None
    assign = jsonata_result(document["Assign"], "Assign") if "Assign" in document else None
    keep = default == "input"

    def finish(frame: Frame, value: JSON, result: JSON) -> tuple[JSON, dict[str, JSON] | None]:
        assigned = None if assign is None else assign(frame, value, result)
        if output is not None:
            return output(frame, value, result), assigned
        return (value if keep else result), assigned

    return finish
