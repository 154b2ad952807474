# ruff: noqa: SIM401 -- written as people write
"""Helpers with every kind of parameter, functions as values, dataclasses, enums, named tuples, constants."""

from __future__ import annotations

import dataclasses
import enum
import operator
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, NamedTuple

from tests.language.constants import DEFAULTS, LIMITS, Level, clean, scale
from tests.language.programs import double

RATE: Final = 0.25
LABELS = {"a": "Alpha", "b": "Beta"}
ORDER = ["low", "mid", "high"]
PAIRS = (("x", 1), ("y", 2))
PREFIX = f"v{1 + 1}-"
NOTHING = None


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Priority(enum.IntEnum):
    LOW = 1
    HIGH = 3


class Kind(enum.StrEnum):
    TEXT = "text"
    IMAGE = "image"


class Point(NamedTuple):
    x: int
    y: int = 0


@dataclass(frozen=True)
class Item:
    name: str
    price: float
    count: int = 1
    tags: list[str] = field(default_factory=list)

    KIND = "item"

    @property
    def cost(self) -> float:
        return self.price * self.count

    @property
    def label(self) -> str:
        if self.count == 1:
            return self.name
        return f"{self.count} x {self.name}"

    def discounted(self, rate: float = RATE) -> Item:
        return replace(self, price=self.price * (1 - rate))

    def is_cheap(self, most: float) -> bool:
        return self.cost < most


@dataclass
class Basket:
    owner: str
    items: list[Item]

    def total(self) -> float:
        return sum([item.cost for item in self.items])


class Settings:
    limit = 3
    names = ("a", "b")


def greeted(name: str, greeting: str = "Hello", *, mark: str = "!") -> str:
    return f"{greeting}, {name}{mark}"


def defaults(name: str) -> Any:
    return [greeted(name), greeted(name, "Hi"), greeted(name, mark="?"), greeted(greeting="Yo", name=name)]


def only_positional(a: int, b: int = 2, /, c: int = 3) -> int:
    return a * 100 + b * 10 + c


def positional(n: int) -> Any:
    return [only_positional(n), only_positional(n, 5), only_positional(n, 5, c=7)]


def largest_of(*values: int) -> int:
    return max(values)


def joined(sep: str, *parts: str, end: str = "") -> str:
    return sep.join(parts) + end


def tagged(name: str, **attributes: Any) -> dict[str, Any]:
    return {"name": name, **attributes, "n": len(attributes)}


def summed(*values: int) -> int:
    total = 0
    for value in values:
        total += value
    return total


def stars(a: int, b: int) -> Any:
    pair = (a, b)
    return [
        largest_of(a, b, 3),
        joined("-", "x", "y", str(a)),
        joined("+"),
        joined(",", "z", end="."),
        summed(a, b, 1),
        summed(),
        largest_of(*pair),
        summed(*pair, 7),
        only_positional(*pair),
    ]


def named(a: int) -> Any:
    options = {"mark": "?", "greeting": "Hey"}
    return [tagged("t", a=a, b=None), tagged("u"), greeted("Bo", **options), greeted(**{"name": "Al"})]


def passed_on(*args: Any, **kwargs: Any) -> str:
    return greeted(*args, **kwargs)


def wrapping(name: str) -> Any:
    return [passed_on(name), passed_on(name, "Hi"), passed_on(name, mark=".")]


def nested_functions(n: int) -> Any:
    base = n * 10

    def above(k: int) -> int:
        return base + k

    def named_above(k: int, word: str = "n") -> str:
        return f"{word}{above(k)}"

    add = lambda x, y=1: x + y + base  # noqa: E731
    return [above(1), named_above(2), add(1), add(1, 2), [above(k) for k in range(3)]]


OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": operator.sub,
    "max": max,
}


def dispatched(name: str, a: int, b: int) -> Any:
    return OPERATIONS[name](a, b)


def shouted(text: str) -> str:
    return text.upper() + "!"


def whispered(text: str) -> str:
    return text.lower()


def local_dispatch(style: str, text: str) -> Any:
    styles = {"loud": shouted, "quiet": whispered, "title": lambda t: t + t, "as is": str}
    if style not in styles:
        return f"no {style}"
    return styles[style](text)


def task_dispatch(which: str, n: int) -> Any:
    actions = {"double": double, "add": lambda x: x + 1}
    return actions[which](n)


def got_dispatch(style: str, text: str) -> Any:
    style_of = {"loud": shouted, "quiet": whispered}.get(style, str.strip)
    return style_of(text)


def chosen(flag: bool, text: str) -> Any:
    f = shouted if flag else whispered
    return [f(text), (min if flag else max)(1, 2), (shouted if text else whispered)("x")]


def sequence_of(text: str) -> Any:
    for step in (str.strip, str.lower, shouted):
        text = step(text)
    return text


def bounded(n: int) -> int:
    if n < 0:
        raise ValueError(f"{n} is negative")
    if n > 100:
        return 100
    half = n // 2
    if half > 10:
        return half
    return n


def early(n: int) -> Any:
    return [bounded(n), bounded(n + 1)]


def helper_in_comprehension(xs: list[int]) -> Any:
    return [[bounded(x) for x in xs], sorted(xs, key=bounded), max(xs, key=bounded), {str(x): bounded(x) for x in xs}]


def caught_helper(xs: list[int]) -> Any:
    try:
        return [bounded(x) for x in xs]
    except ValueError as error:
        return str(error)


def kind_of(n: int) -> str:
    if n < 0:
        kind = "minus"
    elif n == 0:
        kind = "zero"
    else:
        kind = "plus"
    return kind


def kinds_of(xs: list[int]) -> Any:
    return [kind_of(x) for x in xs]


def matched(n: int) -> str:
    match n:
        case 0:
            return "none"
        case 1 | 2:
            return "few"
        case _:
            return "many"


def matched_all(xs: list[int]) -> Any:
    return [matched(n) for n in xs]


def items_made(names: list[str], price: float) -> Any:
    items = [Item(name, price, count=at) for at, name in enumerate(names)]
    return [[item.label for item in items], sum(item.count for item in items), Item.KIND, len(items)]


def item_costs(name: str) -> Any:
    item = Item(name, 1.5, 2)
    cheaper = item.discounted()
    half = item.discounted(rate=0.5)
    return [
        f"{item.cost:.2f}",
        f"{cheaper.price:.3f}",
        half.is_cheap(2.0),
        item.is_cheap(most=1.0),
        asdict(item),
        item == half,
    ]


def basket(names: list[str]) -> Any:
    made = Basket("me", [Item(name, 0.5, 3) for name in names])
    best = max(made.items, key=lambda item: (item.cost, item.name), default=None)
    return [
        f"{made.total():.1f}",
        best.name if best else None,
        sorted([i.name for i in made.items]),
        [dataclasses.asdict(i)["name"] for i in made.items],
        any(i.is_cheap(9.0) for i in made.items),
    ]


def replaced(name: str) -> Any:
    item = Item(name, 2.0)
    other = dataclasses.replace(item, name=name + "2", count=5)
    return [asdict(other), other.label, item.label]


def colors(name: str) -> Any:
    return [
        Color.RED.value,
        name == Color.BLUE.value,
        Kind.TEXT.value,
        Priority.HIGH.value,
        Color.RED.name,
        name in (Color.RED.value, Color.BLUE.value),
    ]


def enum_strings(kind: str, level: int) -> Any:
    if kind == Kind.IMAGE:
        return "picture"
    return [kind == Kind.TEXT, level >= Priority.HIGH, Priority.LOW + 1, f"<{Kind.TEXT}>"]


def points(x: int) -> Any:
    a = Point(x, 2)
    b = Point(y=5, x=x + 1)
    c = a._replace(y=9)
    px, py = a
    return [a.x + b.y, a, Point(x), a < b, a[1], c.y, px + py, [p.x for p in (a, b)], a._asdict(), a == b]


def module_constants(k: str) -> Any:
    return [
        RATE * 4,
        LABELS.get(k, "?"),
        ORDER.index("mid"),
        PREFIX + k,
        NOTHING,
        [n for n, _ in PAIRS],
        Settings.limit,
        list(Settings.names),
        LABELS[k] if k in LABELS else k,
        ORDER[0],
        dict(PAIRS),
    ]


def imported(text: str, n: int) -> Any:
    return [
        clean(text),
        scale(n),
        scale(n, by=3),
        LIMITS["most"],
        DEFAULTS,
        Level.HIGH.value,
        [clean(t) for t in [text]],
        {**DEFAULTS, "k": n},
    ]


def composed(xs: list[int]) -> Any:
    def apply(f: Callable[[int], int], value: int) -> int:
        return f(value)

    def twice(f: Callable[[int], int], value: int) -> int:
        return f(f(value))

    return [apply(lambda v: v + 1, 3), twice(lambda v: v * 2, 3), [apply(abs, x) for x in xs], apply(bounded, 5)]


def walrus_helper(text: str) -> Any:
    if (n := len(text)) > 3:
        return f"{n} long"
    return f"{n} short"


def none_default(xs: list[int], limit: int | None = None) -> list[int]:
    if limit is None:
        limit = len(xs)
    return xs[:limit]


def optional_limits(xs: list[int]) -> Any:
    return [none_default(xs), none_default(xs, 1), none_default(xs, limit=2)]


def tree(n: int) -> Any:
    def label(value: int, *path: str) -> str:
        return "/".join([*path, str(value)])

    return [label(n), label(n, "a"), label(n, "a", "b")]


def others(z: int, ys: list[int]) -> list[int]:
    return [x for x in ys if x != z]


def same_names(xs: list[int]) -> Any:
    return [others(x, xs) for x in xs]


def doubled(z: int) -> int:
    y = z * 2
    if y > 4:
        return y + z
    return y


def more(x: int) -> int:
    y = x + 1
    return doubled(y) + y


def steps_in_steps(xs: list[int]) -> Any:
    return [more(x) for x in xs]


def inverse(x: int) -> int:
    if x == 2:
        raise LookupError(f"k{x}")
    return 10 // x


def first_error(xs: list[int]) -> Any:
    try:
        return [sum(inverse(x) for x in xs), [inverse(x) + x for x in xs], [inverse(x) if x > 2 else -1 for x in xs]]
    except LookupError as error:
        return ["lookup", str(error)]
    except ZeroDivisionError as error:
        return ["zero", str(error)]
