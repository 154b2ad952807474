"""A definition as a graph: its states, where each leads, and the graphs inside Map and Parallel states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from treadle.asl.document import inner_scopes, load
from treadle.asl.transitions import ends

JSON = Any


@dataclass(frozen=True, slots=True)
class Edge:
    """`kind` is "next", "choice", "default" or "catch"; `label` says when it is taken, empty where always."""

    source: str
    target: str
    kind: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """One state. `detail` is what it does in a word or two; `end` that the scope ends here; `graphs` what it holds."""

    name: str
    type: str
    detail: str = ""
    comment: str = ""
    end: bool = False
    graphs: tuple[Graph, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """The states of one scope in document order, and the state it starts at."""

    start: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def graph(definition: str | bytes | Mapping[str, JSON]) -> Graph:
    """The graph of a machine. Edges whose target does not exist are left out, so any document has one."""
    return _scope(load(definition))


def _scope(scope: Mapping[str, JSON]) -> Graph:
    states = {name: state for name, state in _mapping(scope.get("States")).items() if isinstance(state, Mapping)}
    edges = tuple(edge for name, state in states.items() for edge in _edges(name, state) if edge.target in states)
    return Graph(str(scope.get("StartAt", "")), tuple(_node(name, state) for name, state in states.items()), edges)


def _mapping(value: JSON) -> Mapping[str, JSON]:
    return value if isinstance(value, Mapping) else {}


def _node(name: str, state: Mapping[str, JSON]) -> Node:
    return Node(
        name=name,
        type=str(state.get("Type", "")),
        detail=detail(state),
        comment=str(state.get("Comment", "")),
        end=ends(state),
        graphs=tuple(_scope(inner) for _, inner in inner_scopes(state)),
    )


def _edges(name: str, state: Mapping[str, JSON]) -> Iterator[Edge]:
    if isinstance(target := state.get("Next"), str):
        yield Edge(name, target, "next")
    for rule in _list(state.get("Choices")):
        if isinstance(target := rule.get("Next"), str):
            yield Edge(name, target, "choice", condition(rule))
    if isinstance(target := state.get("Default"), str):
        yield Edge(name, target, "default", "otherwise")
    for catcher in _list(state.get("Catch")):
        if isinstance(target := catcher.get("Next"), str):
            errors = catcher.get("ErrorEquals")
            names = [str(each).removeprefix("States.") for each in errors] if isinstance(errors, list) else []
            yield Edge(name, target, "catch", "any error" if names == ["ALL"] else ", ".join(names))


def _list(value: JSON) -> list[Mapping[str, JSON]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def detail(state: Mapping[str, JSON]) -> str:
    """What a state does, short: the call of a Task, how long a Wait waits, what a Fail says, how a Map runs."""
    kind = state.get("Type")
    if kind == "Task":
        return _call(str(state.get("Resource", "")), state)
    if kind == "Wait":
        for field, shown in (
            ("Seconds", "{} s"),
            ("Timestamp", "until {}"),
            ("SecondsPath", "{} s"),
            ("TimestampPath", "until {}"),
        ):
            if field in state:
                return shown.format(_bare(str(state[field])))
    if kind == "Fail":
        return _bare(str(state.get("Error") or state.get("ErrorPath") or ""))
    if kind == "Map":
        return _map_detail(state)
    return ""


def _call(resource: str, state: Mapping[str, JSON]) -> str:
    integration = resource.partition(":states:::")[2]
    if not integration:
        tail = resource.rpartition(":activity:")[2] if ":activity:" in resource else resource.partition(":function:")[2]
        return tail or resource
    call = integration.removeprefix("aws-sdk:")
    request = state.get("Arguments") or state.get("Parameters")
    if call.startswith("lambda:invoke") and isinstance(request, Mapping):
        function = request.get("FunctionName")
        if isinstance(function, str) and not function.startswith("{%"):
            name = function.partition(":function:")[2] or function
            return f"{name}{call.removeprefix('lambda:invoke')}"
    return call


def _map_detail(state: Mapping[str, JSON]) -> str:
    config = next((_mapping(inner.get("ProcessorConfig")) for _, inner in inner_scopes(state)), {})
    words = ["distributed"] if config.get("Mode") == "DISTRIBUTED" else []
    if isinstance(most := state.get("MaxConcurrency"), int) and most > 0:
        words.append(f"{most} at once")
    return ", ".join(words)


def condition(rule: Mapping[str, JSON]) -> str:
    """A Choice rule in one line, near to how it would be said: `$.n > 3`, `not ($.a is present)`."""
    if "Condition" in rule:
        return _bare(str(rule["Condition"]))
    if isinstance(inner := rule.get("Not"), Mapping):
        return f"not ({condition(inner)})"
    for word in ("And", "Or"):
        if isinstance(parts := rule.get(word), list):
            return f" {word.lower()} ".join(f"({condition(part)})" for part in parts if isinstance(part, Mapping))
    variable = str(rule.get("Variable", ""))
    for field, value in rule.items():
        if field not in ("Variable", "Next", "Comment", "Assign", "Output"):
            return f"{variable} {_comparison(field, value)}"
    return variable


_RELATIONS = {
    "LessThanEquals": "≤",
    "GreaterThanEquals": "≥",
    "LessThan": "<",
    "GreaterThan": ">",
    "Equals": "=",
    "Matches": "~",
}


def _comparison(field: str, value: JSON) -> str:
    if field.startswith("Is"):
        word = field[2:].lower()
        return f"is {word}" if value else f"is not {word}"
    operator = field.removesuffix("Path")
    for name, sign in _RELATIONS.items():
        if operator.endswith(name):
            shown = value if field.endswith("Path") or not isinstance(value, str) else f'"{value}"'
            return f"{sign} {str(shown).lower() if isinstance(value, bool) else shown}"
    return f"{field} {value}"


def _bare(text: str) -> str:
    """Without the `{% %}` around an expression, on one line."""
    inner = text[2:-2] if text.startswith("{%") and text.endswith("%}") else text
    return " ".join(inner.split())
