from __future__ import annotations

import pytest

from treadle import asl
from treadle.errors import DefinitionError

DEFINITION = {
    "StartAt": "Größe",
    "States": {"Größe": {"Type": "Pass", "Result": {"b": 1, "a": [1.5, None]}, "End": True}},
}


def test_text_and_mapping_load_to_the_same_document() -> None:
    text = asl.dumps(DEFINITION)
    assert asl.load(text) == asl.load(text.encode()) == asl.load(b"\xef\xbb\xbf" + text.encode()) == DEFINITION


def test_the_text_keeps_key_order_and_characters() -> None:
    text = asl.dumps(DEFINITION)
    assert "Größe" in text
    assert text.index('"b"') < text.index('"a"')
    assert text.endswith("}\n")
    assert text == asl.dumps(asl.load(text))


def test_the_digest_is_of_the_content() -> None:
    other = {"States": DEFINITION["States"], "StartAt": "Größe"}
    assert asl.digest(other) == asl.digest(DEFINITION)
    assert asl.digest({**DEFINITION, "Comment": "x"}) != asl.digest(DEFINITION)
    assert len(asl.digest(DEFINITION)) == 64


def test_states_walks_into_maps_and_branches() -> None:
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
    definition = {
        "StartAt": "P",
        "States": {
            "P": {"Type": "Parallel", "Branches": [inner], "Next": "M"},
            "M": {"Type": "Map", "ItemProcessor": {"StartAt": "J", "States": {"J": {"Type": "Succeed"}}}, "End": True},
        },
    }
    places = [(location, name) for location, name, _ in asl.states(definition)]
    assert places == [
        ("/States/P", "P"),
        ("/States/M", "M"),
        ("/States/P/Branches[0]/States/I", "I"),
        ("/States/M/ItemProcessor/States/J", "J"),
    ]


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', b"\xff"])
def test_what_is_no_document_is_a_definition_error(text: str | bytes) -> None:
    with pytest.raises(DefinitionError, match="Invalid State Machine Definition"):
        asl.load(text)
