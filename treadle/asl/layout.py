"""Layers: where the boxes of a graph stand and how the wires between them run, top to bottom.

The usual four steps: turn back edges round, give each box a layer, order the layers so that few wires cross, place the
boxes so that wires are straight. A label is a box of its own on its wire, so nothing ever lies on anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

GAP_X = 26.0
GAP_Y = 26.0
_LANE = 16.0
_PORT = 11.0
_SWEEPS = 12


@dataclass(frozen=True, slots=True)
class Wire:
    """From one box to another; `width` and `height` are its label's, 0 where it has none.

    Wires of one `kind` that run down to one box share a lane.
    """

    source: str
    target: str
    width: float = 0.0
    height: float = 0.0
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """`stops` are (x, where it comes in, where it goes on) in y; straight inside a stop, curved between two.

    `back` wires leave and reach their boxes at the side and run upwards. `label` is the label's centre. A wire that
    `joins` another ends where it meets it.
    """

    stops: tuple[tuple[float, float, float], ...]
    back: bool
    label: tuple[float, float] | None
    joins: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """`places` are the centres of the boxes, `routes` one for each wire in their order."""

    width: float
    height: float
    places: Mapping[str, tuple[float, float]]
    routes: tuple[Route, ...]


@dataclass(slots=True)
class _Item:
    """A box, or the part of a wire that runs through one layer."""

    layer: int
    width: float
    height: float
    box: bool
    up: list[int] = field(default_factory=list)
    down: list[int] = field(default_factory=list)
    beside: int | None = None
    x: float = 0.0


def layered(boxes: Mapping[str, tuple[float, float]], wires: Sequence[Wire], start: str) -> Layout:
    """Place `boxes` (name -> width, height). Boxes that `start` does not lead to are placed as well."""
    back = _back_wires(boxes, wires, start)
    layers_of = _layers(boxes, wires, back)
    items = [_Item(layers_of[name], *size, box=True) for name, size in boxes.items()]
    index = {name: place for place, name in enumerate(boxes)}
    lanes: dict[tuple[str, str, int], int] = {}
    chains = [_chain(items, index, wire, place in back, lanes) for place, wire in enumerate(wires)]
    layers: list[list[int]] = [[] for _ in range(max((item.layer for item in items), default=-1) + 1)]
    for place in _discovery(items, index.get(start, 0)):
        layers[items[place].layer].append(place)
    _order(items, layers)
    _place(items, layers)
    left = min((item.x - item.width / 2 for item in items), default=0.0)
    for item in items:
        item.x -= left
    tops, bottoms = _rows(items, layers)
    centre = [(tops[item.layer] + bottoms[item.layer]) / 2 for item in items]
    ports: dict[tuple[str, bool], int] = {}
    routes = [
        _route(items, centre, tops, bottoms, index, wire, way, ports if place in back else None)
        for place, (wire, way) in enumerate(zip(wires, chains, strict=True))
    ]
    return Layout(
        width=max((item.x + item.width / 2 for item in items), default=0.0),
        height=bottoms[-1] if bottoms else 0.0,
        places={name: (items[place].x, centre[place]) for name, place in index.items()},
        routes=tuple(routes),
    )


def _back_wires(boxes: Mapping[str, object], wires: Sequence[Wire], start: str) -> set[int]:
    """The wires that close a loop, seen from the start, depth first in the order of the document."""
    leaving: dict[str, list[int]] = {name: [] for name in boxes}
    for place, wire in enumerate(wires):
        leaving[wire.source].append(place)
    back, done, on_way = set[int](), set[str](), set[str]()
    for root in [start, *boxes]:
        if root in done or root not in leaving:
            continue
        on_way.add(root)
        stack = [(root, iter(leaving[root]))]
        while stack:
            name, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                stack.pop()
                on_way.discard(name)
                done.add(name)
                continue
            target = wires[following].target
            if target in on_way:
                back.add(following)
            elif target not in done:
                on_way.add(target)
                stack.append((target, iter(leaving[target])))
    return back


def _layers(boxes: Mapping[str, object], wires: Sequence[Wire], back: set[int]) -> dict[str, int]:
    """Each box as high as it can stand below all that lead to it; a label takes a layer of its own."""
    forward = [wire for place, wire in enumerate(wires) if place not in back]
    waiting = dict.fromkeys(boxes, 0)
    leaving: dict[str, list[Wire]] = {name: [] for name in boxes}
    for wire in forward:
        waiting[wire.target] += 1
        leaving[wire.source].append(wire)
    layers = dict.fromkeys(boxes, 0)
    ready = [name for name in boxes if waiting[name] == 0]
    for name in ready:
        for wire in leaving[name]:
            layers[wire.target] = max(layers[wire.target], layers[name] + (2 if wire.width else 1))
            waiting[wire.target] -= 1
            if waiting[wire.target] == 0:
                ready.append(wire.target)
    return layers


def _chain(
    items: list[_Item], index: Mapping[str, int], wire: Wire, back: bool, lanes: dict[tuple[str, str, int], int]
) -> tuple[list[int], bool]:
    """The items of a wire, from its upper end to its lower, linked to what stands above and below.

    True with them where the last is a lane that another wire made: this one ends there. `lanes` are those to join.
    """
    source, target = index[wire.source], index[wire.target]
    upper, lower = (target, source) if back else (source, target)
    first, last = items[upper].layer + (not back), items[lower].layer - (not back)
    labelled = (last if back else first) if wire.width else None
    chain = []
    for layer in range(first, last + 1):
        lane = (wire.target, wire.kind, layer)
        if layer != labelled and not back:
            if lane in lanes:
                chain.append(lanes[lane])
                for above, below in pairwise([upper, *chain]):
                    items[above].down.append(below)
                    items[below].up.append(above)
                return chain, True
            lanes[lane] = len(items)
        width, height = (wire.width, wire.height) if layer == labelled else (_LANE, 0.0)
        items.append(_Item(layer, width, height, box=False))
        chain.append(len(items) - 1)
    linked = chain if back else [upper, *chain, lower]
    for above, below in pairwise(linked):
        items[above].down.append(below)
        items[below].up.append(above)
    if back:
        items[chain[0]].beside, items[chain[-1]].beside = upper, lower
        if len(chain) == 1:
            items[chain[0]].beside = lower
    return chain, False


def _discovery(items: Sequence[_Item], start: int) -> list[int]:
    """All items, each beside those it belongs to: depth first from the start."""
    beside: dict[int, list[int]] = {}
    for place, item in enumerate(items):
        if item.beside is not None:
            beside.setdefault(item.beside, []).append(place)
    order, seen = [], set[int]()
    for root in [start, *range(len(items))]:
        stack = [root] if items else []
        while stack:
            place = stack.pop()
            if place in seen:
                continue
            seen.add(place)
            order.append(place)
            stack.extend(reversed([*items[place].down, *beside.get(place, [])]))
    return order


def _order(items: Sequence[_Item], layers: list[list[int]]) -> None:
    """Sort the layers by the middle of their neighbours, to and fro, and keep the order with the fewest crossings."""
    best, fewest = [list(layer) for layer in layers], _crossings(items, layers)
    rank = {place: spot for layer in layers for spot, place in enumerate(layer)}
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            layer.sort(key=lambda place: _middle(items, place, rank, down))
            rank.update((place, spot) for spot, place in enumerate(layer))
        crossings = _crossings(items, layers)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    layers[:] = best


def _middle(items: Sequence[_Item], place: int, rank: Mapping[int, int], down: bool) -> float:
    item = items[place]
    near = [float(rank[each]) for each in (item.up if down else item.down)]
    if item.beside is not None:
        near.append(rank[item.beside] + 0.5)
    return sum(near) / len(near) if near else float(rank[place])


def _crossings(items: Sequence[_Item], layers: Sequence[Sequence[int]]) -> int:
    rank = {place: spot for layer in layers for spot, place in enumerate(layer)}
    total = 0
    for layer in layers:
        ends = [rank[below] for place in layer for below in sorted(items[place].down, key=rank.__getitem__)]
        total += sum(1 for spot, end in enumerate(ends) for other in ends[spot + 1 :] if other < end)
        # What stands between a box and the lane of its back wire is crossed as well.
        for place in layer:
            beside = items[place].beside
            if beside is not None:
                total += abs(rank[place] - rank[beside]) - 1
    return total


def _place(items: Sequence[_Item], layers: Sequence[Sequence[int]]) -> None:
    """Move the items of each layer towards their neighbours without changing the order or coming too near."""
    rooms = [_room(items, layer) for layer in layers]
    for layer, room in zip(layers, rooms, strict=True):
        for place, ahead in zip(layer, room, strict=True):
            items[place].x = ahead
    for sweep in range(2 * _SWEEPS):
        down = sweep % 2 == 0
        for layer, room in zip(layers, rooms, strict=True) if down else zip(layers[::-1], rooms[::-1], strict=True):
            _settle(items, layer, room, down, both=sweep >= _SWEEPS)
    columns = _columns(items)
    for _ in range(_SWEEPS):
        for layer, room in zip(layers, rooms, strict=True):
            _settle(items, layer, room, down=True, both=True)
        _straighten(items, layers, rooms, columns)
    for _ in range(3):
        _straighten(items, layers, rooms, columns)


def _room(items: Sequence[_Item], layer: Sequence[int]) -> list[float]:
    """How far right of the first item's centre the centre of each must be at least."""
    room = [0.0] if layer else []
    for before, after in pairwise(items[place] for place in layer):
        gap = GAP_X if before.box or after.box else GAP_X / 2
        room.append(room[-1] + (before.width + after.width) / 2 + gap)
    return room


def _settle(items: Sequence[_Item], layer: Sequence[int], room: Sequence[float], down: bool, both: bool) -> None:
    """The least squares of one layer: isotonic regression over the positions less the room before each."""
    spots = {place: spot for spot, place in enumerate(layer)}
    wanted, weights = [], []
    for place, ahead in zip(layer, room, strict=True):
        item = items[place]
        pulls = [(items[each].x, _pull(item, items[each])) for each in (item.up if down or both else [])]
        pulls += [(items[each].x, _pull(item, items[each])) for each in (item.down if both or not down else [])]
        if item.beside is not None:
            other = items[item.beside]
            side = 1 if spots[item.beside] < spots[place] else -1
            pulls.append((other.x + side * ((other.width + item.width) / 2 + GAP_X / 2), 1.0))
        weight = sum(pull for _, pull in pulls)
        wanted.append((sum(x * pull for x, pull in pulls) / weight if pulls else item.x) - ahead)
        weights.append(weight + 0.01)
    for place, start, ahead in zip(layer, _isotonic(wanted, weights), room, strict=True):
        items[place].x = start + ahead


def _pull(one: _Item, other: _Item) -> float:
    """How much a wire wants to be straight: most where it only passes through."""
    return 1.0 if one.box and other.box else 2.0 if one.box or other.box else 8.0


def _columns(items: Sequence[_Item]) -> list[list[int]]:
    """Items one below the other that should stand straight: each with the first that it leads to, if that agrees."""
    columns, taken = [], set[int]()
    for place in range(len(items)):
        column = []
        following: int | None = place
        while following is not None and following not in taken:
            column.append(following)
            taken.add(following)
            below = items[following].down
            following = below[0] if below and items[below[0]].up[0] == following else None
        if len(column) > 1:
            columns.append(column)
    return sorted(columns, key=len, reverse=True)


def _straighten(
    items: Sequence[_Item],
    layers: Sequence[Sequence[int]],
    rooms: Sequence[Sequence[float]],
    columns: Sequence[Sequence[int]],
) -> None:
    """Give each stretch of a column one x, as far as its neighbours leave room for it."""
    spots = {place: spot for layer in layers for spot, place in enumerate(layer)}
    for column in columns:
        stretch: list[int] = []
        low, high = float("-inf"), float("inf")
        for place in [*column, -1]:
            least, most = _freedom(items, layers, rooms, spots, place) if place >= 0 else (float("inf"), float("-inf"))
            if max(low, least) <= min(high, most):
                stretch.append(place)
                low, high = max(low, least), min(high, most)
                continue
            middle = _wanted(items, stretch)
            for each in stretch:
                items[each].x = min(max(middle, low), high)
            stretch, low, high = [place], least, most


def _wanted(items: Sequence[_Item], stretch: Sequence[int]) -> float:
    """Where a stretch wants to stand: amid what it is wired to, or where it is if that is nothing."""
    members = set(stretch)
    pulls = [
        (items[near].x, _pull(items[each], items[near]))
        for each in stretch
        for near in (*items[each].up, *items[each].down)
        if near not in members
    ]
    pulls += [(items[each].x, 0.5) for each in stretch]
    return sum(x * pull for x, pull in pulls) / sum(pull for _, pull in pulls) if pulls else 0.0


def _freedom(
    items: Sequence[_Item],
    layers: Sequence[Sequence[int]],
    rooms: Sequence[Sequence[float]],
    spots: Mapping[int, int],
    place: int,
) -> tuple[float, float]:
    """Between which x an item may move without coming too near to its neighbours."""
    layer, room, spot = layers[items[place].layer], rooms[items[place].layer], spots[place]
    least = items[layer[spot - 1]].x + room[spot] - room[spot - 1] if spot else float("-inf")
    last = spot == len(layer) - 1
    return least, float("inf") if last else items[layer[spot + 1]].x - room[spot + 1] + room[spot]


def _isotonic(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The nearest values that never fall (pool adjacent violators)."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(wanted, weights, strict=True):
        blocks.append((value, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, weigh_a, many_a), (b, weigh_b, many_b) = blocks[-2:]
            both = weigh_a + weigh_b
            blocks[-2:] = [((a * weigh_a + b * weigh_b) / both, both, many_a + many_b)]
    return [value for value, _, many in blocks for _ in range(many)]


def _rows(items: Sequence[_Item], layers: Sequence[Sequence[int]]) -> tuple[list[float], list[float]]:
    """The top and the bottom of each layer."""
    tops, bottoms, y = [], [], 0.0
    for layer in layers:
        height = max((items[place].height for place in layer), default=0.0)
        tops.append(y)
        bottoms.append(y + height)
        y += height + GAP_Y
    return tops, bottoms


def _route(
    items: Sequence[_Item],
    centre: Sequence[float],
    tops: Sequence[float],
    bottoms: Sequence[float],
    index: Mapping[str, int],
    wire: Wire,
    way: tuple[Sequence[int], bool],
    ports: dict[tuple[str, bool], int] | None,
) -> Route:
    """The way of one wire. `ports` counts the back wires at each side of a box, so that no two lie on one line."""
    (chain, joins), source, target = way, index[wire.source], index[wire.target]
    labelled = next((place for place in chain if items[place].height), None)
    label = (items[labelled].x, centre[labelled]) if labelled is not None else None
    if ports is not None:
        lanes = [(items[place].x, bottoms[items[place].layer], tops[items[place].layer]) for place in reversed(chain)]
        first, last = lanes[0][0], lanes[-1][0]
        leave, out_y = _port(items[source], centre[source], wire.source, first, ports)
        reach, in_y = _port(items[target], centre[target], wire.target, last, ports)
        lanes[0] = (first, out_y, lanes[0][2] if len(lanes) > 1 else in_y)
        lanes[-1] = (last, lanes[-1][1] if len(lanes) > 1 else out_y, in_y)
        return Route(((leave, out_y, out_y), *lanes, (reach, in_y, in_y)), True, label)
    lanes = [(items[place].x, tops[items[place].layer], bottoms[items[place].layer]) for place in chain]
    out = (items[source].x, centre[source] + items[source].height / 2, bottoms[items[source].layer])
    if joins:
        (x, top, _), above = lanes[-1], lanes[:-1]
        return Route((out, *above, (x, top, top)), False, label, joins=True)
    into = (items[target].x, tops[items[target].layer], centre[target] - items[target].height / 2)
    return Route((out, *lanes, into), False, label)


def _port(box: _Item, centre: float, name: str, lane: float, ports: dict[tuple[str, bool], int]) -> tuple[float, float]:
    """Where a back wire meets the side of a box that its lane is on: at the middle, the next ones above and below."""
    right = lane > box.x
    count = ports[name, right] = ports.get((name, right), -1) + 1
    shift = min((count + 1) // 2 * _PORT, box.height / 2 - 4) * (1 if count % 2 else -1)
    return box.x + (1 if right else -1) * box.width / 2, centre + shift
