"""Warnings of our own about a definition that AWS accepts: each has a stable code, told in docs/checks.md.

A rule is a function from a definition to findings; `RULES` is the table of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from treadle.asl import errornames, jsonata, paths
from treadle.asl.document import inner_scopes, scopes, states
from treadle.asl.finding import Finding
from treadle.asl.loops import loops
from treadle.asl.rules import JSONATA, JSONPATH
from treadle.asl.sizes import HISTORY, is_distributed

JSON = Any

PAYLOAD: Final = 256 * 1024
_QUERIES = ("Arguments", "Output", "Assign", "Items", "ItemSelector", "Condition")
_TEMPLATES = ("Parameters", "ResultSelector", "ItemSelector", "Assign")
_DISTRIBUTED = frozenset(
    {"ItemReader", "ItemBatcher", "ResultWriter", "Label", "ToleratedFailureCount", "ToleratedFailurePercentage"}
)
# Calls whose answer is as large as what is stored, or a page of up to a megabyte.
_LARGE = {
    "aws-sdk:s3:getObject": "an object",
    "aws-sdk:dynamodb:scan": "a page of 1 MB",
    "aws-sdk:dynamodb:query": "a page of 1 MB",
    "aws-sdk:dynamodb:batchGetItem": "up to 16 MB",
    "aws-sdk:athena:getQueryResults": "a page of 1,000 rows",
    "athena:getQueryResults": "a page of 1,000 rows",
    "aws-sdk:cloudwatchlogs:filterLogEvents": "a page of 1 MB",
    "aws-sdk:cloudwatchlogs:getLogEvents": "a page of 1 MB",
    "aws-sdk:textract:getDocumentAnalysis": "a page of 1,000 blocks",
    "aws-sdk:textract:analyzeDocument": "every block of a page",
}


def warn(code: str, message: str, location: str) -> Finding:
    return Finding("WARNING", code, message, location)


def advise(definition: Mapping[str, JSON], type: str) -> list[Finding]:
    """Asks for a definition that `check` has no error for."""
    return [finding for rule in RULES for finding in rule(definition, type)]


def language_of(definition: Mapping[str, JSON], state: Mapping[str, JSON]) -> str:
    return str(state.get("QueryLanguage", definition.get("QueryLanguage", JSONPATH)))


def never_entered(definition: Mapping[str, JSON], type: str) -> Iterator[Finding]:
    """TRD001: the only ways to a state are a catcher that cannot fire or a rule behind one that always holds."""
    for location, scope in scopes(definition):
        live, waiting = set[str](), [scope["StartAt"]]
        while waiting:
            name = waiting.pop()
            if name not in live:
                live.add(name)
                waiting.extend(_ways(definition, scope["States"][name]))
        for name in scope["States"]:
            if name not in live:
                reason = "No way to this state can ever be taken"
                yield warn(
                    "TRD001", f"{reason}: every catcher or rule that leads here is dead", f"{location}/States/{name}"
                )


def _ways(definition: Mapping[str, JSON], state: Mapping[str, JSON]) -> list[str]:
    """Where a state can really go on to."""
    ways = [state["Next"]] if "Next" in state else []
    for handler, dead in errornames.handlers(state, "Catch", language_of(definition, state)):
        ways += [] if dead else [handler["Next"]]
    for rule in state.get("Choices", ()):
        ways.append(rule["Next"])
        if rule.get("Condition") in (True, "{% true %}"):
            return ways
    return [*ways, state["Default"]] if "Default" in state else ways


def dead_handlers(definition: Mapping[str, JSON], type: str) -> Iterator[Finding]:
    """TRD002 a Catch that can never fire, TRD003 a Retry that never matches."""
    for location, _, state in states(definition):
        for field, code, what in (
            ("Catch", "TRD002", "catcher can never fire"),
            ("Retry", "TRD003", "retrier never matches"),
        ):
            for index, (_, dead) in enumerate(errornames.handlers(state, field, language_of(definition, state))):
                if dead:
                    yield warn(code, f"This {what}: {dead}", f"{location}/{field}[{index}]")


def large_payloads(definition: Mapping[str, JSON], type: str) -> Iterator[Finding]:
    """TRD004: a result or a literal that may pass the 256 KiB that go from state to state."""
    for location, _, state in states(definition):
        for field in ("Result", "Output", "Parameters", "Arguments", "Assign"):
            if field in state and (length := len(json.dumps(state[field], ensure_ascii=False).encode())) > PAYLOAD:
                text = f"{field} is {length} bytes, more than the {PAYLOAD} that a state may pass on"
                yield warn("TRD004", text, f"{location}/{field}")
        if _shortened(state):
            continue
        call = str(state.get("Resource", "")).partition(":states:::")[2]
        if call in _LARGE:
            advice = "take from it what is needed with ResultSelector or Output, or pass a reference"
            yield warn("TRD004", f"The whole answer, {_LARGE[call]}, may pass 256 KiB: {advice}", location)
        if state.get("Type") == "Map" and is_distributed(state) and "ResultWriter" not in state:
            advice = "write them with a ResultWriter, or drop them with Output or ResultPath"
            yield warn("TRD004", f"The results of all items together may pass 256 KiB: {advice}", location)


def _shortened(state: Mapping[str, JSON]) -> bool:
    kept = state.get("ResultPath", "$") is not None and not {"ResultSelector", "Output"} & state.keys()
    return not kept


def long_loops(definition: Mapping[str, JSON], type: str) -> Iterator[Finding]:
    """TRD005: a loop whose turns the document does not bound, against the 25,000 events of a Standard execution."""
    if type != "STANDARD":
        return
    for location, scope in scopes(definition):
        for names, events in loops(scope):
            turns = HISTORY // events
            through = ", ".join(names[:4]) + (" …" if len(names) > 4 else "")
            text = f"The loop through {through} makes {events} events a turn: {turns:,} turns end the execution"
            yield warn("TRD005", f"{text} (a history holds {HISTORY:,})", f"{location}/States/{names[0]}")


def endless_waits(definition: Mapping[str, JSON], type: str) -> Iterator[Finding]:
    """TRD006: a task token or an activity that nothing bounds but the year an execution may take."""
    bounds = {"TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"}
    for location, _, state in states(definition):
        resource = str(state.get("Resource", ""))
        if (resource.endswith(".waitForTaskToken") or ":activity:" in resource) and not bounds & state.keys():
            yield warn("TRD006", "Nobody may ever answer: give it TimeoutSeconds or HeartbeatSeconds", location)


def half_expressions(definition: Mapping[str, JSON], type: str) -> Iterator[Finding]:
    """TRD007: `{% … %}` in the middle of a JSONata state's string, where it is text."""
    for location, _, state in states(definition):
        if language_of(definition, state) == JSONATA:
            for field in _QUERIES:
                for where, value in _strings(state.get(field), f"{location}/{field}"):
                    if "{%" in value and not value.startswith("{%"):
                        yield warn("TRD007", "An expression must span the whole string; this one is plain text", where)


def unmatched_choices(definition: Mapping[str, JSON], type: str) -> Iterator[Finding]:
    """TRD008: a Choice without a Default."""
    for location, _, state in states(definition):
        always = any(rule.get("Condition") in (True, "{% true %}") for rule in state.get("Choices", ()))
        if state.get("Type") == "Choice" and "Default" not in state and not always:
            yield warn("TRD008", "Where no rule holds the execution fails with States.Runtime", location)


def old_names(definition: Mapping[str, JSON], type: str) -> Iterator[Finding]:
    """TRD009: the names that a Map's fields had."""
    for location, _, state in states(definition):
        for field, now in (("Iterator", "ItemProcessor"), ("Parameters", "ItemSelector")):
            if state.get("Type") == "Map" and field in state:
                yield warn("TRD009", f"{field} is the old name of {now}", f"{location}/{field}")


def distributed_only(definition: Mapping[str, JSON], type: str) -> Iterator[Finding]:
    """TRD014: what an inline Map may hold (recorded of the tolerated failures) and does nothing with."""
    for location, _, state in states(definition):
        if state.get("Type") == "Map" and not is_distributed(state):
            for field in state:
                if field.removesuffix("Path") in _DISTRIBUTED:
                    text = f"An inline Map does nothing with {field}: it takes effect where Mode is DISTRIBUTED"
                    yield warn("TRD014", text, f"{location}/{field}")


def unassigned(definition: Mapping[str, JSON], type: str) -> Iterator[Finding]:
    """TRD010 a variable that no state assigns; TRD011 one that an inner scope assigns though an outer one does."""
    yield from _variables(definition, definition, "", frozenset(), frozenset())


def _variables(
    definition: Mapping[str, JSON],
    scope: Mapping[str, JSON],
    location: str,
    outer: frozenset[str],
    held: frozenset[str],
) -> Iterator[Finding]:
    """`outer` can be read here; `held` are the names that scopes around this one assign, readable or not."""
    own = frozenset(name for state in scope["States"].values() for name in _assigned(definition, state))
    known = outer | own
    for name, state in scope["States"].items():
        at = f"{location}/States/{name}"
        for where, variable in _read(definition, state, at):
            if variable not in known:
                yield warn("TRD010", f"No state assigns the variable ${variable}", where)
        for variable in sorted(_assigned(definition, state) & held):
            text = f"${variable} belongs to an outer scope, which an inner scope can read but not assign"
            yield warn("TRD011", text, f"{at}/Assign/{variable}")
        seen = frozenset[str]() if is_distributed(state) else known
        for suffix, inner in inner_scopes(state):
            yield from _variables(definition, inner, at + suffix, seen, held | own)


def _assigned(definition: Mapping[str, JSON], state: Mapping[str, JSON]) -> frozenset[str]:
    holders = [state, *state.get("Catch", ()), *state.get("Choices", ())]
    names = (name for holder in holders for name in holder.get("Assign", ()))
    if language_of(definition, state) == JSONATA:
        return frozenset(names)
    return frozenset(name.removesuffix(".$") for name in names)


def _read(definition: Mapping[str, JSON], state: Mapping[str, JSON], location: str) -> Iterator[tuple[str, str]]:
    """(where, name) for each variable that a state reads, the states inside it apart."""
    own = {
        field: value
        for field, value in state.items()
        if field not in ("ItemProcessor", "Iterator", "Branches", "Comment")
    }
    if language_of(definition, state) == JSONATA:
        for where, value in _strings(own, location):
            if jsonata.is_expression(value):
                yield from ((where, name) for name in jsonata.variables(jsonata.source(value)) if name != "states")
        return
    own.pop("Result", None)
    for where, value in _strings(own, location):
        field = where.rpartition("/")[2]
        found = paths.path(value) if field.endswith((".$", "Path")) or field == "Variable" else None
        if found and found.root not in ("$", "$$"):
            yield where, found.root[1:]


def static_paths(definition: Mapping[str, JSON], type: str) -> Iterator[Finding]:
    """AWS's own warnings: NO_DOLLAR, NO_PATH, PASS_RESULT_IS_STATIC (API reference, diagnostics)."""
    for location, _, state in states(definition):
        if language_of(definition, state) != JSONPATH:
            continue
        for field in _TEMPLATES:
            for where, value in _strings(state.get(field), f"{location}/{field}"):
                if not where.endswith(".$") and _dynamic(value):
                    yield warn(
                        "NO_DOLLAR", "No .$ on a field that appears to be a JSONPath or Intrinsic Function.", where
                    )
        for where, value in _strings(state.get("Choices"), f"{location}/Choices"):
            field = where.rpartition("/")[2]
            if field.startswith("String") and not field.endswith("Path") and _dynamic(value):
                text = "Field value looks like a path, but field name does not end with 'Path'."
                yield warn("NO_PATH", text, where)
        if state.get("Type") == "Pass":
            for where, value in _strings(state.get("Result"), f"{location}/Result"):
                if _dynamic(value):
                    text = "Attempt to use a path in the result of a pass state."
                    yield warn("PASS_RESULT_IS_STATIC", text, where)


def _dynamic(text: str) -> bool:
    return (text.startswith(("$.", "$$.", "$[")) and paths.is_path(text)) or paths.is_intrinsic(text)


def _strings(value: JSON, location: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield location, value
    elif isinstance(value, Mapping):
        for name, held in value.items():
            yield from _strings(held, f"{location}/{name}")
    elif isinstance(value, list):
        for index, held in enumerate(value):
            yield from _strings(held, f"{location}[{index}]")


RULES: Final[tuple[Callable[[Mapping[str, JSON], str], Iterator[Finding]], ...]] = (
    never_entered,
    dead_handlers,
    large_payloads,
    long_loops,
    endless_waits,
    half_expressions,
    unmatched_choices,
    old_names,
    distributed_only,
    unassigned,
    static_paths,
)
