"""The picture: well formed, self-contained, the same every time, and nothing lies on anything."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.asl.test_graph import DEFINITION
from tests.asl.test_recorded import DEFINITIONS, needs_definitions
from treadle import asl
from treadle.asl.layout import Layout, Wire, layered


def overlaps(layout: Layout, boxes: dict[str, tuple[float, float]], wires: list[Wire]) -> list[object]:
    """Pairs of boxes and labels that share a point."""
    areas = [(name, *layout.places[name], *size) for name, size in boxes.items()]
    areas += [
        (place, *route.label, wire.width, wire.height)
        for place, (wire, route) in enumerate(zip(wires, layout.routes, strict=True))
        if route.label
    ]
    return [
        (a[0], b[0])
        for a, b in combinations(areas, 2)
        if abs(a[1] - b[1]) < (a[3] + b[3]) / 2 - 0.1 and abs(a[2] - b[2]) < (a[4] + b[4]) / 2 - 0.1
    ]


@st.composite
def drawings(draw: st.DrawFn) -> tuple[dict[str, tuple[float, float]], list[Wire]]:
    names = [f"n{place}" for place in range(draw(st.integers(1, 14)))]
    sizes = st.tuples(st.sampled_from([40.0, 120.0, 300.0]), st.sampled_from([20.0, 48.0, 400.0]))
    label = st.sampled_from([(0.0, 0.0), (60.0, 16.0), (200.0, 16.0)])
    wires = draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names), label), max_size=24))
    return {name: draw(sizes) for name in names}, [Wire(a, b, *size) for a, b, size in wires]


@settings(max_examples=150, deadline=None)
@given(drawings())
def test_nothing_lies_on_anything(drawing: tuple[dict[str, tuple[float, float]], list[Wire]]) -> None:
    boxes, wires = drawing
    layout = layered(boxes, wires, "n0")
    assert overlaps(layout, boxes, wires) == []
    assert len(layout.routes) == len(wires)
    for name, (width, height) in boxes.items():
        x, y = layout.places[name]
        assert x - width / 2 >= -0.1
        assert x + width / 2 <= layout.width + 0.1
        assert y - height / 2 >= -0.1
        assert y + height / 2 <= layout.height + 0.1


def test_a_long_row_of_states_is_laid_out_in_time() -> None:
    boxes = {f"n{place}": (100.0, 40.0) for place in range(2000)}
    layout = layered(boxes, [Wire(f"n{place}", f"n{place + 1}") for place in range(1999)], "n0")
    assert len({x for x, _ in layout.places.values()}) == 1


def test_wires_to_one_box_share_a_lane() -> None:
    boxes = {f"n{place}": (100.0, 40.0) for place in range(400)}
    down = [Wire(f"n{place}", f"n{place + 1}") for place in range(399)]
    caught = [Wire(f"n{place}", "n399", 60.0, 16.0, "catch") for place in range(390)]
    layout = layered(boxes, [*down, *caught], "n0")
    assert layout.width < 600
    assert [route.joins for route in layout.routes[399:]] == [False] + [True] * 389
    assert max(len(route.stops) for route in layout.routes[400:]) == 3  # the box, its label, the lane


def test_the_picture_is_the_same_every_time_and_needs_nothing() -> None:
    picture = asl.svg(asl.graph(DEFINITION))
    assert picture == asl.svg(asl.graph(DEFINITION))
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")
    assert "<script" not in picture
    assert "prefers-color-scheme:dark" in picture
    ElementTree.fromstring(picture)


def test_marks_and_durations_are_shown() -> None:
    picture = asl.svg(asl.graph(DEFINITION), {"C": "succeeded", "T": "FAILED", "I": "running"}, {"C": 0.0042, "T": 75})
    assert re.findall(r'class="state (\w+) is-(\w+)"', picture) == [
        ("choice", "succeeded"),
        ("task", "failed"),
        ("good", "running"),
    ]
    assert ">4 ms<" in picture
    assert ">1 min<" in picture


def test_names_are_text_and_never_markup() -> None:
    name = "<script>\"&'</script>"
    definition = {"StartAt": name, "States": {name: {"Type": "Pass", "Comment": "a<b", "End": True}}}
    picture = asl.svg(asl.graph(definition))
    assert "<script" not in picture
    assert name in "".join(ElementTree.fromstring(picture).itertext())


def test_two_pictures_in_one_page_do_not_share_ids() -> None:
    first, second = asl.svg(asl.graph(DEFINITION)), asl.svg(asl.graph(DEFINITION), {"C": "failed"})
    ids = [ElementTree.fromstring(each).attrib["id"] for each in (first, second)]
    assert ids[0] != ids[1]
    assert f"url(#{ids[0]}" in first


@needs_definitions
@pytest.mark.parametrize("path", sorted(DEFINITIONS.glob("*.json")), ids=lambda path: path.name[:60])
def test_every_published_definition_is_drawn(path) -> None:  # type: ignore[no-untyped-def]
    definition = asl.load(path.read_bytes())
    text = "".join(ElementTree.fromstring(asl.svg(asl.graph(definition))).itertext())
    assert all(name in text for _, name, _ in asl.states(definition))
