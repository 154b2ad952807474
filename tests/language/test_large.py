"""`Large`: what may be done with a value that may travel as a reference, and what is refused by name."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from pathlib import Path
from typing import Any, TypedDict

import pytest

from treadle import Large, Workflow, distribute, each, local, parallel, task
from treadle.engine import load, run
from treadle.errors import CompileError
from treadle.language import compile_function
from treadle.language.types import ANY, NULL, STR, Dict, Field, List, Record, Tuple, admits, holds_large, large, union
from treadle.services import Router, functions
from treadle.stores import large as values
from treadle.stores import objects

BIG = "ä𝄞 text of a long document. " * 20_000


class Part(TypedDict):
    place: str
    text: Large[str]


@dataclasses.dataclass
class Page:
    number: int
    text: Large[str]


@task
def read(name: str, times: int = 1) -> Large[str]:
    return (name + BIG) * times


@task
def parts(name: str) -> list[Part]:
    return [{"place": f"{name} {at}", "text": BIG + str(at)} for at in range(4)]


@task
def numbers(count: int) -> Large[list[int]]:
    return list(range(count))


@task
def size(text: str) -> int:
    return len(text)


@task
def sizes(found: dict[str, Any]) -> dict[str, int]:
    return {key: len(value) for key, value in found.items()}


@task
def page(number: int) -> Page:
    return Page(number, BIG)


@task
def maybe(name: str) -> Large[str] | None:
    return BIG if name else None


def handed_on(name: str) -> dict[str, int]:
    text = read(name, 2)
    same = text
    return {"size": size(same), "small": size(read("", 0))}


def returned(name: str) -> Large[str]:
    return read(name)


def gathered(names: list[str]) -> list[int]:
    texts = [read(name) for name in names]
    texts.append(read("more"))
    return [size(text) for text in reversed(texts)] + [len(texts)]


def sectioned(name: str) -> list[str]:
    found = each(parts(name), lambda part: {"place": part["place"], "size": size(part["text"])}, concurrency=2)
    return [f"{one['place']}: {one['size']}" for one in found]


def both(name: str) -> dict[str, Large[str] | int]:
    first, second = parallel(lambda: read(name), lambda: read("other"))
    return {"first": first, "second": second, "size": size(first)}


def chosen(name: str, given: Large[str] | None = None) -> Large[str]:
    text = given if given is not None else read(name)
    return text


def nothing(name: str) -> str:
    found = maybe(name)
    if found is None:
        return "none"
    return f"some of {size(found)}"


def of_fields(number: int) -> list[int]:
    found = page(number)
    return [found.number, size(found.text)]


def as_a_whole(name: str) -> dict[str, int]:
    return sizes({"a": read(name), "b": "short"})


def sorted_by_place(name: str) -> list[str]:
    return [part["place"] for part in sorted(parts(name), key=lambda part: part["place"], reverse=True)]


def spread(count: int) -> list[int]:
    return distribute(numbers(count), lambda batch: sum(batch), batch=1000, concurrency=2)


def spread_one_by_one(count: int, by: int, given: Large[list[int]] | None = None) -> int:
    found = given if given is not None else numbers(count)
    return sum(distribute(found, lambda number: number * by))


PROGRAMS: list[tuple[Any, dict[str, Any]]] = [
    (handed_on, {"name": "a"}),
    (returned, {"name": "ü"}),
    (gathered, {"names": ["a", "b"]}),
    (gathered, {"names": []}),
    (sectioned, {"name": "doc"}),
    (both, {"name": "x"}),
    (chosen, {"name": "x"}),
    (chosen, {"name": "x", "given": BIG}),
    (chosen, {"name": "x", "given": "small"}),
    (nothing, {"name": ""}),
    (nothing, {"name": "y"}),
    (of_fields, {"number": 3}),
    (as_a_whole, {"name": "q"}),
    (sorted_by_place, {"name": "s"}),
    (spread, {"count": 5000}),
    (spread, {"count": 5}),
    (spread, {"count": 0}),
    (spread_one_by_one, {"count": 400, "by": 3}),
    (spread_one_by_one, {"count": 0, "by": 3, "given": [1, 2, 3]}),
    (spread_one_by_one, {"count": 0, "by": -2, "given": list(range(1000))}),
]


@pytest.mark.parametrize(("program", "given"), PROGRAMS, ids=lambda each: getattr(each, "__name__", None))
def test_a_big_value_gives_what_python_gives(program: Any, given: dict[str, Any], tmp_path: Path) -> None:
    expected = program(**given)
    with local.storing(objects.open(tmp_path)):
        made = Workflow(program)
        execution = made.execute(given)
        assert execution.status == "SUCCEEDED", (execution.error, execution.cause)
        assert made.output(execution) == expected
        assert made.run(**given) == expected
    # Nothing big went through a state.
    assert max(len(json.dumps(event)) for event in execution.history()) < 20_000


def test_an_input_larger_than_an_execution_takes_is_moved_before_it_starts(tmp_path: Path) -> None:
    huge = BIG * 2
    assert len(huge.encode()) > 1_000_000
    with local.storing(objects.open(tmp_path)):
        execution = Workflow(chosen).execute({"name": "x", "given": huge})
    found = execution.input["given"]
    assert found.keys() == {"treadle:reference", "bytes", "sha256"}
    assert values.resolved(found, objects.open(tmp_path)) == huge


def test_what_is_not_marked_fails_as_on_aws(tmp_path: Path) -> None:
    def unmarked(name: str) -> int:
        return size(plain(name))

    with local.storing(objects.open(tmp_path)):
        execution = Workflow(unmarked).execute({"name": "x"})
    assert execution.error == "States.DataLimitExceeded"


@task
def plain(name: str) -> str:
    return name + BIG


# --- the wrapper


def test_a_changed_object_is_not_taken_for_the_value(tmp_path: Path) -> None:
    store = objects.open(tmp_path)
    schema = {"anyOf": [{"type": "string"}, values.REFERENCE]}
    found = values.moved(BIG, schema, store)
    assert values.resolved([{"a": found}], store) == [{"a": BIG}]
    Path(found["treadle:reference"]).write_bytes(b'"other"')
    with pytest.raises(Exception, match="has changed since it was stored"):
        values.resolved(found, store)
    outside = {**found, "treadle:reference": str(tmp_path / "elsewhere.json")}
    with pytest.raises(Exception, match="is no Large value"):
        values.resolved(outside, store)


@pytest.mark.parametrize("value", ["", "short", None, 5, [], {"a": 1}, "\ud800" * 2000])
def test_what_is_small_travels_as_it_is_and_anything_comes_back(value: Any, tmp_path: Path) -> None:
    store = objects.open(tmp_path)
    found = values.moved(value, {"anyOf": [{}, values.REFERENCE]}, store)
    assert (found == value) == (len(json.dumps(value)) <= 1024)
    assert values.resolved(found, store) == value
    assert values.moved(found, {"anyOf": [{}, values.REFERENCE]}, store) == found


# --- what is refused

HEAD = """
from typing import Any
from treadle import Large, bedrock, distribute, each, task, workflow, aws, Workflow
assistant = bedrock.chat("m")
embedder = bedrock.embedding("m")

@task
def read(name: str) -> Large[str]: return name
@task
def lines(name: str) -> Large[list[str]]: return [name]
@task
def any_(name: str) -> Any: return name
@task
def data(name: str) -> dict[str, Any]: return {}
def taking(text: str) -> int: return 1
nested = Workflow(taking)
"""

REFUSED = {
    "len(read(a))": "cannot look into it",
    "read(a) + 'x'": "cannot look into it",
    "f'{read(a)}'": "cannot look into it",
    "f'{[read(a)]}'": "cannot look into",
    "str(read(a))": "cannot look into it",
    "read(a) == a": "cannot look into it",
    "a in read(a)": "cannot look into it",
    "a in [read(a)]": "cannot look into",
    "[read(a)] == [a]": "cannot look into",
    "read(a)[0]": "cannot look into it",
    "read(a)[:3]": "cannot look into it",
    "read(a).upper()": "cannot look into it",
    "'x' if read(a) else 'y'": "cannot look into it",
    "not read(a)": "cannot look into it",
    "read(a) and a": "cannot look into it",
    "[x for x in lines(a)]": "cannot look into it",
    "sorted([read(a), a])": "cannot look into",
    "min([read(a), a])": "cannot look into",
    "[read(a)].index(a)": "cannot look into",
    "','.join([read(a)])": "cannot look into",
    "isinstance(read(a), str)": "cannot look into it",
    "{read(a): 1}": "cannot look into|key",
    "{a: 1}[read(a)]": "cannot look into it",
    "{'k': read(a)}['k'].upper()": "cannot look into it",
    "{**{'k': read(a)}, **data(a)}['k'] + 'x'": "cannot look into it",
    "dict(zip([a], [read(a)]))[a].upper()": "cannot look into it",
    "list(enumerate([read(a)]))[0][1].upper()": "cannot look into it",
    "[x for x in [read(a)] if x]": "cannot look into it",
    "{'k': read(a)}.get('k', '') + 'x'": "cannot look into it",
    "(any_(a) if a else read(a)) == 'x'": "cannot look into it",
    "each([read(a)], lambda t: t.upper())": "cannot look into it",
    "assistant.converse(read(a))": "messages may be a reference to a Large value",
    "assistant.converse([{'role': 'user', 'content': read(a)}])": "messages may be a reference",
    "distribute(read(a), lambda x: x)": "distribute goes over a list",
    "embedder.embed(read(a))": "text may be a reference",
    "aws.s3.put_object(Bucket='b', Key='k', Body=read(a))": "Body may be a reference",
    "nested(read(a))": "text may be a reference to a Large value, and nested\\(\\) does not expect one",
}


def refusals(tmp_path: Path, source: str) -> str:
    file = tmp_path / "program.py"
    file.write_text(HEAD + textwrap.dedent(source), "utf-8")
    space: dict[str, Any] = {"__name__": "program"}
    exec(compile(file.read_text("utf-8"), str(file), "exec"), space)
    with pytest.raises(CompileError) as caught:
        compile_function(space["program"])
    return str(caught.value)


@pytest.mark.parametrize("expression", REFUSED)
def test_looking_into_it_is_refused(expression: str, tmp_path: Path) -> None:
    import re

    text = refusals(tmp_path, f"def program(a: str) -> Any:\n    return {expression}\n")
    assert re.search(REFUSED[expression], text), text


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("text = read(a)\n    match text:\n        case 'x':\n            return 1\n    return 2", "cannot look into"),
        (
            "text = read(a)\n    match text:\n        case str():\n            return 1\n    return 2",
            "cannot look into",
        ),
        ("raise ValueError(read(a))", "cannot look into"),
        ("for word in lines(a):\n        pass\n    return 1", "cannot look into"),
        ("found: list[Any] = [read(a)]\n    return found[0].upper()", "cannot look into"),
        ("text = any_(a)\n    if a:\n        text = read(a)\n    return text + 'x'", "cannot look into"),
        ("return [read(a)]", "program\\(\\) may return a reference to a Large value"),
    ],
)
def test_a_reference_never_loses_its_mark(body: str, message: str, tmp_path: Path) -> None:
    import re

    declared = "list[str]" if body.startswith("return [") else "Any"
    text = refusals(tmp_path, f"def program(a: str) -> {declared}:\n    {body}\n")
    assert re.search(message, text), text


# --- the types


def test_large_takes_in_what_it_is_joined_with() -> None:
    assert union((large(STR), STR)) == large(STR)
    assert union((large(STR), NULL)) == large(union((STR, NULL)))
    assert union((large(STR), ANY)) == large(ANY)
    assert union((List(large(STR)), ANY)) == large(ANY)
    assert union((List(large(STR)), List(STR))) == List(large(STR))
    open_record, closed = Record(()), Record((Field("a", large(STR)),), closed=True)
    assert holds_large(union((open_record, closed)))
    assert holds_large(union((open_record, Dict(large(STR)))))
    assert holds_large(union((Record((Field("a", large(STR)),)), Dict(STR))))
    assert str(large(STR)) == "Large[str]"


@pytest.mark.parametrize(
    ("declared", "found", "fits"),
    [
        (STR, STR, True),
        (STR, large(STR), False),
        (ANY, large(STR), False),
        (large(STR), large(STR), True),
        (large(ANY), List(large(STR)), True),
        (List(large(STR)), Tuple((large(STR), STR)), True),
        (List(STR), List(large(STR)), False),
        (Dict(large(STR)), Record((Field("a", large(STR)),)), True),
        (Record((Field("a", STR),)), Record((Field("a", large(STR)),)), False),
        (union((large(STR), NULL)), union((large(STR), NULL)), True),
        (union((STR, NULL)), union((large(STR), NULL)), False),
    ],
)
def test_what_is_declared_must_say_so(declared: Any, found: Any, fits: bool) -> None:
    assert admits(declared, found) is fits


def test_a_service_without_a_store_passes_values_as_they_are() -> None:
    compiled = compile_function(returned)
    execution = run(load(compiled.definition), {"name": "x"}, service=Router(functions(compiled.functions)))
    assert execution.error == "States.DataLimitExceeded"
