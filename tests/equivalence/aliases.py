"""Random programs in which lists and dicts are shared in every way, and changed: through names, containers, helpers,
loops, conditions and errors. Many are refused; what is accepted must do what Python does.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

KINDS = {"row": "list[int]", "grid": "list[list[int]]", "table": "dict[str, list[int]]"}

ROWS = (
    "[1]", "[2, 3]", "[]", "<row>", "<row>", "<row>[:]", "list(<row>)", "<row> + [4]", "(<row> if n > 1 else [7])",
    "(<row> or [5])", "same(<row>)", "chosen(<row>, n)", "sorted(<row>)", "grown(<row>)", "<grid>[0]", "<grid>[-1]",
    "<grid>[n % len(<grid>)]", "first(<grid>)", "max(<grid>, key=len)", "[w for w in <grid>][0]", "<grid>.pop()",
    "<grid>.pop(0)", "<table>['a']", "<table>.get('b', [8])", "<table>.setdefault('c', [])",
    "list(<table>.values())[0]",
)  # fmt: skip
GRIDS = (
    "[<new row>]", "[<new row>, <new row>]", "[[0] * 2 for _ in range(2)]", "[<new row> for _ in range(2)]",
    "[<new row>] * 2", "<grid>", "<grid>", "list(<grid>)", "[list(w) for w in <grid>]", "[w for w in <grid> if w]",
    "<grid> + [<new row>]", "<grid>[::-1]", "sorted(<grid>, key=len)", "[*<grid>, <new row>]",
    "(<grid> if n else [[1]])", "same(<grid>)", "list(<table>.values())", "[w for _, w in <table>.items()]",
)  # fmt: skip
TABLES = (
    "{'a': <new row>, 'b': <new row>}", "{'a': <new row>}", "{'a': [], 'b': [1]}",
    "{k: <new row> for k in ['a', 'b']}", "<table>", "dict(<table>)", "{**<table>, 'b': <new row>}",
    "{k: list(w) for k, w in <table>.items()}", "{k: w for k, w in <table>.items()}", "<table> | {'a': <new row>}",
)  # fmt: skip
MADE = {"row": ROWS, "grid": GRIDS, "table": TABLES}
CHANGES = {
    "row": (
        "<row>.append(5)", "<row> += [n]", "<row>.extend(<new row>)", "<row>.reverse()", "<row>[0] = n",
        "<row>.insert(0, n)", "added(<row>, 6)", "<row>.clear()",
    ),
    "grid": (
        "<grid>.append(<new row>)", "<grid>[0].append(n)", "<grid>[0][0] = n", "<grid>[-1] = <new row>",
        "<grid> += [<new row>]", "<grid>.extend(<new grid>)", "<grid>[n % len(<grid>)].append(2)", "<grid>.reverse()",
        "put(<grid>, <new row>)", "<grid>[0] += [n]",
    ),
    "table": (
        "<table>['a'] = <new row>", "<table>['a'].append(n)", "<table>.setdefault('k', []).append(n)",
        "<table>.setdefault('k', <new row>).append(n)", "<table>.update(<new table>)",
        "<table>['b'] = <table>['a'] + [1]", "del <table>['a']",
    ),
}  # fmt: skip
LOOPS = (
    ("for @ in range(3):", ""), ("for @ in <grid>:", "row"), ("for _, @ in enumerate(<grid>):", "row"),
    ("for @, _ in zip(<grid>, range(3)):", "row"), ("for @ in list(<grid>):", "row"),
    ("for @ in [w for w in <grid>]:", "row"), ("for _, @ in <table>.items():", "row"),
    ("for @ in list(<table>.values()):", "row"), ("for @ in <table>.values():", "row"), ("for @ in <row>:", ""),
)  # fmt: skip


class Writer:
    """Writes one program; `names` are its variables by kind."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.lines: list[str] = []
        self.names: dict[str, str] = {}
        self.count = 0

    def put(self, indent: int, text: str) -> None:
        self.lines.append("    " * indent + text)

    def name(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def named(self, kind: str) -> list[str]:
        return [name for name, each in self.names.items() if each == kind]

    def pick(self, templates: tuple[str, ...]) -> str:
        """A template of which every hole can be filled."""
        able = [each for each in templates if all(self.named(kind) for kind in KINDS if f"<{kind}>" in each)]
        text = self.random.choice(able or ["n = n"])
        for kind in KINDS:
            while f"<{kind}>" in text:
                text = text.replace(f"<{kind}>", self.random.choice(self.named(kind)), 1)
            while f"<new {kind}>" in text:
                text = text.replace(f"<new {kind}>", self.pick(MADE[kind][:6]), 1)
        return text

    def assign(self, indent: int) -> None:
        kind = self.random.choice(("row", "row", "grid", "grid", "table"))
        value = self.pick(MADE[kind])
        old = self.named(kind)
        name = self.random.choice(old) if old and self.random.random() < 0.4 else self.name()
        note = f": {KINDS[kind]}" if name not in self.names else ""
        self.put(indent, f"{name}{note} = {value}")
        self.names[name] = kind

    def block(self, indent: int, size: int, depth: int, loop: bool) -> None:
        """Statements; names that they assign first are not known after them."""
        before = dict(self.names)
        for _ in range(size):
            self.statement(indent, depth, loop)
        if indent > 1:
            self.names = before

    def statement(self, indent: int, depth: int, loop: bool) -> None:
        chance = self.random.random()
        if chance < 0.34:
            self.assign(indent)
        elif chance < 0.7:
            self.put(indent, self.pick(CHANGES[self.random.choice(("row", "row", "grid", "grid", "table"))]))
        elif chance < 0.78:
            shown = self.random.choice([*self.names, "n"])
            self.put(indent, f"log.append(json.dumps({shown}, ensure_ascii=False))")
        elif depth and chance < 0.84:
            self.put(indent, f"if n > {self.random.randint(0, 3)}:")
            self.block(indent + 1, self.random.randint(1, 3), depth - 1, loop)
            if self.random.random() < 0.5:
                self.put(indent, "else:")
                self.block(indent + 1, 1, depth - 1, loop)
        elif depth and chance < 0.95:
            self.loop(indent, depth)
        elif depth and chance < 0.98:
            self.attempt(indent, depth, loop)
        elif loop:
            self.put(indent, f"if n == {self.random.randint(0, 3)}:")
            self.put(indent + 1, self.random.choice(("break", "continue")))
        else:
            self.assign(indent)

    def loop(self, indent: int, depth: int) -> None:
        able = [(head, kind) for head, kind in LOOPS if all(self.named(each) for each in KINDS if f"<{each}>" in head)]
        head, kind = self.random.choice(able)
        name = self.name()
        self.put(indent, self.pick((head,)).replace("@", name))
        before = dict(self.names)
        if kind:
            self.names[name] = kind
        self.block(indent + 1, self.random.randint(1, 4), depth - 1, True)
        if self.random.random() < 0.2:
            self.put(indent + 1, "n += 1")
        self.names = before

    def attempt(self, indent: int, depth: int, loop: bool) -> None:
        self.put(indent, "try:")
        self.block(indent + 1, self.random.randint(1, 3), depth - 1, loop)
        self.put(indent + 1, "n = small(n)")
        self.put(indent, "except (ValueError, KeyError, IndexError):")
        self.block(indent + 1, 2, 0, loop)
        self.put(indent + 1, "n = 0")
        if self.random.random() < 0.3:
            self.put(indent, "finally:")
            self.put(indent + 1, self.pick(CHANGES["row"]))


def program(seed: int) -> tuple[str, dict[str, str]]:
    """The source of a function `program`, and the types of its parameters."""
    writer = Writer(Random(seed))
    parameters = {"n": "int"}
    for at in range(writer.random.randint(0, 3)):
        kind = writer.random.choice(tuple(KINDS))
        parameters[f"p{at}"] = KINDS[kind]
        writer.names[f"p{at}"] = kind
    writer.put(1, "log: list[str] = []")
    writer.block(1, writer.random.randint(4, 10), 2, False)
    shown = [name for name in writer.names if writer.random.random() < 0.5]
    writer.put(1, f"return [{', '.join(['log', *shown])}]")
    given = ", ".join(f"{name}: {kind}" for name, kind in parameters.items())
    return "\n".join([f"def program({given}) -> Any:", *writer.lines]) + "\n", parameters


# --- what the programs call


def same(x: Any) -> Any:
    return x


def chosen(xs: list[int], n: int) -> list[int]:
    if n > 1:
        return xs
    return [n]


def grown(xs: list[int]) -> list[int]:
    ys = xs
    ys.append(9)
    return ys


def added(xs: list[int], x: int) -> None:
    xs.append(x)


def put(xss: list[list[int]], xs: list[int]) -> None:
    xss.append(xs)
    xs.append(0)


def first(xss: list[list[int]]) -> list[int]:
    for xs in xss:
        return xs
    return []


def small(n: int) -> int:
    if n > 2:
        raise ValueError("big")
    return n + 1


_HELPERS = (same, chosen, grown, added, put, first, small)
WORLD: dict[str, Any] = {each.__name__: each for each in _HELPERS} | {"json": json}
