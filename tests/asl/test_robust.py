"""Whatever the document, the checker answers and the picture is drawn; what it accepts can be sized and priced."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asl.mutation import DOCUMENTS, mutations
from treadle import asl
from treadle.errors import DefinitionError


@pytest.mark.parametrize("document", DOCUMENTS, ids=["JSONPath", "JSONata"])
def test_every_mutation_is_answered(document: dict[str, Any]) -> None:
    assert [finding for finding in asl.check(document) if finding.severity == "ERROR"] == []
    for what, mutated in mutations(document):
        try:
            found = asl.check(mutated)
            graph = asl.graph(mutated)
            picture = asl.svg(graph)
            assert picture.startswith("<svg"), what
            if not any(finding.severity == "ERROR" for finding in found):
                asl.permissions(mutated, region="eu-west-1", account="123456789012")
                asl.size(mutated)
                asl.cost(mutated)
        except Exception as error:
            error.add_note(what)
            raise


@pytest.mark.parametrize(
    "text", ["", "text", "[]", "3", '"a"', "null", "{}", b"\xff", '{"StartAt": NaN}', '{"StartAt": 1e999}']
)
def test_whatever_is_no_state_machine_is_refused(text: str | bytes) -> None:
    assert any(finding.severity == "ERROR" for finding in asl.check(text))
    with pytest.raises(DefinitionError, match="Invalid State Machine Definition"):
        asl.refuse(text)


@pytest.mark.parametrize("opening", ['{"a":', "[", '{"States":{"A":{"Branches":['])
@pytest.mark.parametrize("depth", [60, 900, 20_000])
def test_deep_nesting_is_refused_not_fallen_over(opening: str, depth: int) -> None:
    with pytest.raises(DefinitionError):
        asl.refuse(asl.load(opening * depth))
    closing = "".join({"{": "}", "[": "]"}.get(sign, "") for sign in reversed(opening * depth))
    with pytest.raises(DefinitionError):
        asl.refuse(f'{{"a": {opening * depth}1{closing}}}')


def test_states_nested_as_deep_as_may_be_are_drawn_and_deeper_ones_refused() -> None:
    document: Any = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    for depth in range(400):
        codes = {finding.code for finding in asl.check(document) if finding.severity == "ERROR"}
        assert codes == (set() if depth < 50 else {"TOO_DEEPLY_NESTED"}), depth
        if not codes:
            assert asl.load(asl.dumps(document)) == document
            assert asl.svg(asl.graph(document))
            assert asl.size(document)
        parallel = {"Type": "Parallel", "Branches": [document], "End": True}
        document = {"StartAt": f"P{depth}", "States": {f"P{depth}": parallel}}


def test_a_name_given_to_two_states_of_one_object_is_seen_in_text() -> None:
    twice = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}, "A": {"Type": "Succeed"}}}'
    [found] = asl.check(twice)
    assert (found.code, found.message, found.location) == (
        "DUPLICATE_STATE_NAME",
        "Duplicate State name: A",
        "/States/A",
    )
    with pytest.raises(DefinitionError, match="Duplicate State name: A"):
        asl.load(twice)
