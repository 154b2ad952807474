"""Random programs over the language, one function each: typed, so that nearly all of them are accepted."""

from __future__ import annotations

import re
from random import Random

from tests.equivalence import collected, grammar
from tests.equivalence.grammar import LITERALS, PARAMETERS

Env = dict[str, str]
"""Names of variables and their types."""

EXPRESSIONS = {kind: grammar.EXPRESSIONS[kind] + collected.EXPRESSIONS.get(kind, ()) for kind in grammar.EXPRESSIONS}

_HOLE = re.compile(r"<(=?)([^<>~=]+(?:\[[^<>~]*\])?)(?:~([^<>~]+))?>")
"""`<int>`, `<int~str>`, and `<=int>` for a variable or parameter, of whose value the compiler knows only the type."""

PLAIN = {"int": "1", "float": "1.5", "bool": "True", "int | None": "None"}
OPEN = (
    "dict[str, int]",
    "dict[str, list[int]]",
    "dict[str, Any]",
    "list[Any]",
    "Any",
    "int | None",
    "str | None",
    "list[int] | None",
    "Item",
    "list[Item]",
)
ASSIGNED = (
    "int", "int", "int", "str", "str", "bool",
    "float", "list[int]", "list[int]", "list[str]", "list[list[int]]", "list[Item]",
    "Item", "dict[str, int]", "dict[str, list[int]]", "Any", "int | None", "str | None", "list[Any]", "tuple[int, str]",
)  # fmt: skip
ERRORS = (
    "KeyError",
    "IndexError",
    "ValueError",
    "ZeroDivisionError",
    "TypeError",
    "(KeyError, IndexError)",
    "LookupError",
    "Exception",
)


class Writer:
    """Writes one program from a seed."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.lines: list[str] = []
        self.count = 0
        self.parameters: dict[str, str] = {}

    def name(self) -> str:
        self.count += 1
        return f"v{self.count}"

    # --- expressions

    def expression(self, kind: str, env: Env, depth: int) -> str:
        names = [name for name, type in env.items() if type == kind and not name.startswith("_")]
        if names and (depth <= 0 or self.random.random() < 0.35):
            return self.random.choice(names)
        if kind in OPEN and self.random.random() < 0.4:
            return self.given(kind, env)
        if depth <= 0 or (self.random.random() < 0.12 and not names):
            return self.random.choice(LITERALS[kind])
        return self.fill(self.random.choice(EXPRESSIONS[kind]), env, depth - 1)

    def fill(self, template: str, env: Env, depth: int) -> str:
        bound = ""
        if re.search(r"\$(?!\d)", template):
            self.count += 1
            bound = f"e{self.count}"

        def hole(match: re.Match[str]) -> str:
            inner = {**env, bound: match[3]} if match[3] else env
            if match[1]:
                return self.given(match[2], env)
            if not template.startswith("f'"):
                return self.expression(match[2], inner, depth)
            for _ in range(4):  # an f-string holds no quotes and no backslashes before Python 3.12
                made = self.expression(match[2], inner, min(depth, 1))
                if not set(made) & set("'\"\\{"):
                    return made
            return PLAIN.get(match[2], "str(7)")

        return _HOLE.sub(hole, template.replace("$", bound) if bound else template)

    def given(self, kind: str, env: Env) -> str:
        """A parameter of the type, or a variable that is one in all but name."""
        known = [name for name, type in self.parameters.items() if type == kind]
        if known and self.random.random() < 0.8:
            return self.random.choice(known)
        name = f"p{len(self.parameters)}"
        self.parameters[name] = kind
        return name

    # --- statements

    def put(self, indent: int, text: str) -> None:
        self.lines.append("    " * indent + text)

    def block(self, env: Env, indent: int, size: int, depth: int, loop: bool) -> Env:
        """Statements; what they assign is known afterwards."""
        for _ in range(size):
            env = self.statement(env, indent, depth, loop)
        return env

    def statement(self, env: Env, indent: int, depth: int, loop: bool) -> Env:
        options = (
            [self.assign] * 8
            + [self.augment] * 2
            + [self.change] * 4
            + [self.unpack, self.task, self.guarded, self.check, self.other]
        )
        if depth > 0:
            options += (
                [self.branch] * 4
                + [self.loop] * 4
                + [self.repeat, self.match, self.attempt, self.attempt, self.attempt]
            )
        if loop:
            options += [self.leave] * 2
        return self.random.choice(options)(env, indent, depth, loop)

    def assign(self, env: Env, indent: int, depth: int, loop: bool) -> Env:
        kind = self.random.choice(ASSIGNED)
        again = [name for name, type in env.items() if type == kind and name.startswith("v")]
        name = self.random.choice(again) if again and self.random.random() < 0.4 else self.name()
        note = f": {kind}" if "|" in kind or (kind.startswith(("list", "dict", "Item")) and name not in env) else ""
        if name in env:
            note = ""
        self.put(indent, f"{name}{note} = {self.expression(kind, env, self.random.choice((1, 2, 2, 3)))}")
        return {**env, name: kind}

    def augment(self, env: Env, indent: int, depth: int, loop: bool) -> Env:
        names = [name for name, type in env.items() if type in ("int", "str", "float") and name.startswith("v")]
        if not names:
            return self.assign(env, indent, depth, loop)
        name = self.random.choice(names)
        op = "+=" if env[name] == "str" else self.random.choice(("+=", "-=", "+="))
        self.put(indent, f"{name} {op} {self.expression(env[name], env, 2)}")
        return env

    def change(self, env: Env, indent: int, depth: int, loop: bool) -> Env:
        """Changes a list or dict that this program made."""
        names = [name for name, type in env.items() if type in CHANGES and name.startswith("v")]
        if not names:
            return self.assign(env, indent, depth, loop)
        name = self.random.choice(names)
        if env[name].startswith("list") and self.random.random() < 0.6:
            self.put(
                indent,
                f"{name} = {'[list(e) for e in ' + name + ']' if env[name] == 'list[list[int]]' else f'list({name})'}",
            )
        changes = CHANGES[env[name]] + collected.CHANGES.get(env[name], ())
        self.put(indent, self.fill(self.random.choice(changes).replace("@", name), env, 1))
        return env

    def unpack(self, env: Env, indent: int, depth: int, loop: bool) -> Env:
        a, b = self.name(), self.name()
        if self.random.random() < 0.5:
            self.put(indent, f"{a}, {b} = {self.expression('int', env, 2)}, {self.expression('str', env, 1)}")
            return {**env, a: "int", b: "str"}
        self.put(indent, f"{a}, {b} = {self.expression('tuple[int, str]', env, 2)}")
        return {**env, a: "int", b: "str"}

    def task(self, env: Env, indent: int, depth: int, loop: bool) -> Env:
        name = self.name()
        template, kind = self.random.choice(TASKS)
        self.put(indent, f"{name} = {self.fill(template, env, 1)}")
        return {**env, name: kind}

    def guarded(self, env: Env, indent: int, depth: int, loop: bool) -> Env:
        test = self.expression("bool", env, 2)
        self.put(indent, f"if {test}:")
        self.put(
            indent + 1,
            self.fill(
                self.random.choice(("return <int>", "return [<str>, <int>]", "raise ValueError(<str>)", "return None")),
                env,
                1,
            ),
        )
        return env

    def other(self, env: Env, indent: int, depth: int, loop: bool) -> Env:
        """One of the statements that come up once in a while."""
        lines, bound = self.random.choice(OTHERS + collected.OTHERS)
        names = {mark: self.name() for mark in bound}
        for line in lines:
            for mark, name in names.items():
                line = line.replace(mark, name)
            self.put(indent, self.fill(line, env, 1))
        return {**env, **{names[mark]: kind for mark, kind in bound.items()}}

    def check(self, env: Env, indent: int, depth: int, loop: bool) -> Env:
        self.put(indent, f"assert {self.expression('bool', env, 1)} or {self.expression('int', env, 1)}, 'asserted'")
        return env

    def branch(self, env: Env, indent: int, depth: int, loop: bool) -> Env:
        self.put(
            indent,
            f"if {self.expression(self.random.choice(('bool', 'bool', 'int', 'str', 'list[int]', 'Any')), env, 2)}:",
        )
        self.block(env, indent + 1, self.random.choice((1, 2)), depth - 1, loop)
        if self.random.random() < 0.3:
            self.put(indent, f"elif {self.expression('bool', env, 2)}:")
            self.block(env, indent + 1, 1, depth - 1, loop)
        if self.random.random() < 0.6:
            self.put(indent, "else:")
            self.block(env, indent + 1, self.random.choice((1, 2)), depth - 1, loop)
        return env

    def loop(self, env: Env, indent: int, depth: int, loop: bool) -> Env:
        a, b = self.name(), self.name()
        target, items, bound = self.random.choice(LOOPS)
        target = target.replace("@", a).replace("&", b)
        self.put(indent, f"for {target} in {self.fill(items, env, 1)}:")
        inner = {**env, **{(a if name == "@" else b): type for name, type in bound.items()}}
        self.block(inner, indent + 1, self.random.choice((1, 2, 3)), depth - 1, True)
        if self.random.random() < 0.2:
            self.put(indent, "else:")
            self.block(env, indent + 1, 1, depth - 1, loop)
        return env

    def repeat(self, env: Env, indent: int, depth: int, loop: bool) -> Env:
        count = f"w{self.name()}"
        self.put(indent, f"{count} = 0")
        self.put(indent, f"while {count} < {self.random.choice((1, 2, 4))} and {self.expression('bool', env, 1)}:")
        self.put(indent + 1, f"{count} += 1")
        self.block(env, indent + 1, self.random.choice((1, 2)), depth - 1, True)
        return {**env, count: "int"}

    def match(self, env: Env, indent: int, depth: int, loop: bool) -> Env:
        kind = self.random.choice(("int", "str"))
        self.put(indent, f"match {self.expression(kind, env, 1)}:")
        cases = ("0", "1 | 2", "-1") if kind == "int" else ("'a'", "'' | 'b'", "'abc'")
        for case in self.random.sample(cases, 2):
            self.put(indent + 1, f"case {case}:")
            self.block(env, indent + 2, 1, depth - 1, loop)
        self.put(indent + 1, "case _:")
        self.block(env, indent + 2, 1, depth - 1, loop)
        return env

    def attempt(self, env: Env, indent: int, depth: int, loop: bool) -> Env:
        kind = self.random.choice(("int", "int", "str", "list[int]"))
        name = self.name()
        self.put(indent, f"{name} = {self.random.choice(LITERALS[kind])}")
        env = {**env, name: kind}
        self.put(indent, "try:")
        risky = self.random.choice(RISKY) if self.random.random() < 0.7 and kind == "int" else None
        self.put(indent + 1, f"{name} = {self.fill(risky, env, 1) if risky else self.expression(kind, env, 3)}")
        if self.random.random() < 0.4:
            self.block(env, indent + 1, 1, depth - 1, loop)
        for error in self.random.sample(ERRORS[:6], self.random.choice((1, 1, 2))) + (
            ["Exception"] if self.random.random() < 0.5 else []
        ):
            told = self.random.random() < 0.4
            self.put(indent, f"except {error}{' as error' if told else ''}:")
            if told:
                text = self.name()
                self.put(indent + 1, f"{text} = str(error)")
            self.block(env, indent + 1, 1, 0, loop)
        if self.random.random() < 0.2:
            self.put(indent, "else:")
            self.block(env, indent + 1, 1, 0, loop)
        if self.random.random() < 0.15:
            self.put(indent, "finally:")
            self.put(indent + 1, f"{self.name()} = {self.expression('int', env, 0)}")
        return env

    def leave(self, env: Env, indent: int, depth: int, loop: bool) -> Env:
        self.put(indent, f"if {self.expression('bool', env, 1)}:")
        self.put(indent + 1, self.random.choice(("break", "continue")))
        return env


CHANGES = {
    "list[int]": (
        "@.append(<int>)", "@.append(<int>)", "@.extend(<list[int]>)",
        "@.insert(<place>, <int>)", "@.pop()", "@.pop(0)", "@.remove(<int>)",
        "@.sort()", "@.sort(reverse=True)", "@.reverse()", "@.clear()",
        "@[0] = <int>", "@[<place>] = <int>", "del @[<place>]", "@ += [<int>]",
    ),
    "list[str]": ("@.append(<str>)", "@.extend(<list[str]>)", "@.sort(key=len)", "@[-1] = <str>", "@.reverse()"),
    "list[list[int]]": ("@.append(<list[int]>)", "@.append([])", "@[0] = <list[int]>", "@.pop()", "@[0].append(<int>)"),
    "list[Item]": ("@.append(<Item>)", "@.sort(key=lambda item: item['x'])", "@[0]['x'] = <int>"),
    "Item": ("@['x'] = <int>", "@['tag'] = <str>", "@['x'] += 1"),
    "dict[str, int]": (
        "@['a'] = <int>", "@[<key>] = <int>", "@.update({'b': <int>})",
        "@.pop(<key>, None)", "del @[<key>]", "@.setdefault(<key>, <int>)",
        "@.clear()", "@['a'] = @.get('a', 0) + 1", "@.update(<dict[str, int]>)",
    ),
    "dict[str, list[int]]": ("@['a'] = <list[int]>", "@.setdefault('a', []).append(<int>)", "@['b'] = []"),
}  # fmt: skip

LOOPS = (
    ("@", "<list[int]>", {"@": "int"}),
    ("@", "<list[str]>", {"@": "str"}),
    ("@", "range(<place>)", {"@": "int"}),
    ("@", "range(1, <small>, 2)", {"@": "int"}),
    ("@, &", "enumerate(<list[str]>)", {"@": "int", "&": "str"}),
    ("@, &", "<dict[str, int]>.items()", {"@": "str", "&": "int"}),
    ("@, &", "zip(<list[int]>, <list[str]>)", {"@": "int", "&": "str"}),
    ("@", "<dict[str, int]>", {"@": "str"}),
    ("@", "<list[Item]>", {"@": "Item"}),
    ("@", "<list[list[int]]>", {"@": "list[int]"}),
    ("@", "<str>", {"@": "str"}),
    ("@", "reversed(<list[int]>)", {"@": "int"}),
    ("@", "sorted(<list[str]>)", {"@": "str"}),
    ("@", "<list[Any]>", {"@": "Any"}),
)

OTHERS: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
    (("@, *& = <list[int]>",), {"@": "int", "&": "list[int]"}),
    (("*&, @ = [<str>, *<list[str]>]",), {"@": "str", "&": "list[str]"}),
    (("@, & = [<int>, <int>]",), {"@": "int", "&": "int"}),
    (("@, & = <str>.split(',')",), {"@": "str", "&": "str"}),
    (("@ = & = <int>",), {"@": "int", "&": "int"}),
    (("if (@ := len(<list[int]>)) > 1:", "    & = <int>", "else:", "    & = @ + 1"), {"@": "int", "&": "int"}),
    (("def @@(value: int) -> int:", "    return value * 2 + 1", "@ = @@(<small>)"), {"@": "int"}),
    (("@ = Point(<int>, name=<str>)", "& = @.x + len(@.name)"), {"&": "int", "@": "Point"}),
    (("@ = [Point($, 'p').x for $ in <list[int]>]",), {"@": "list[int]"}),
    (("@, & = parallel(lambda: double(<small>), lambda: tagged(<small>, tag=<letter>))",), {"@": "int", "&": "Item"}),
    ((
        "match <list[int]>:", "    case []:", "        @ = 0", "    case [first]:", "        @ = first",
        "    case [first, *_]:", "        @ = first + 1", "    case _:", "        @ = 2",
    ), {"@": "int"}),
    ((
        "match <dict[str, Any]>:", "    case {'a': str()}:", "        @ = 1", "    case {'a': _}:", "        @ = 2",
        "    case _:", "        @ = 3",
    ), {"@": "int"}),
    ((
        "try:", "    @ = checked(<int>)", "except ValueError as error:", "    raise TypeError(<str>) from error",
    ), {"@": "int"}),
    (("try:", "    @ = <list[int]>[<place>]", "except IndexError:", "    raise"), {"@": "int"}),
    (("@ = long(<int>)", "& = [@, *[long($) for $ in <list[int]>]]", "@@ = measured(&, @)"),
     {"@@": "int", "@": "Large", "&": "list[Large]"}),
    (("@ = long(<int>) if <bool> else None", "& = 0 if @ is None else measured([@])"), {"@": "Large", "&": "int"}),
    ((
        "moment = datetime.datetime.fromtimestamp(<int> % 10**9, datetime.timezone.utc)",
        "@ = (moment + datetime.timedelta(days=<small>)).isoformat()",
    ), {"@": "str"}),
    ((
        "@ = datetime.datetime.fromtimestamp(<int> % 10**9, datetime.timezone.utc).strftime('%Y-%m-%d %H:%M')",
    ), {"@": "str"}),
    (("@ = datetime.timedelta(hours=<small>, seconds=<small>).total_seconds()",), {"@": "float"}),
    (("@ = sorted(set(<list[int]>) | set(<list[int]>))",), {"@": "list[int]"}),
    (("@ = list(range(<place>, <small>))", "@.append(<int>)"), {"@": "list[int]"}),
    (("@: float = <int>", "@ = @ / 2"), {"@": "float"}),
)  # fmt: skip

TASKS = (
    ("double(<int>)", "int"),
    ("checked(<int>)", "int"),
    ("tagged(<int>, tag=<str>)", "Item"),
    ("[double($) for $ in <list[int]>]", "list[int]"),
    ("[checked($) for $ in <list[int]>]", "list[int]"),
    ("each(<list[int]>, double)", "list[int]"),
    ("sorted(<list[int]>, key=lambda $: -checked($))", "list[int]"),
    ("sorted(<list[int]>, key=double, reverse=True)", "list[int]"),
    ("max(<list[int]>, key=lambda $: checked($) % 5)", "int"),
    ("counted(<list[int]>, <int>)", "int"),
    ("double(<int>) + double(<int>)", "int"),
    ("checked(<int>, fallback=double)", "int"),
    ("checked(<int>, fallback=[checked, lambda x: x * 2 + 1])", "int"),
    ("checked(<int>, retry=1, fallback=<int>)", "int"),
    ("each(<list[int]>, checked, fallback=<list[int]>)", "list[int]"),
    ("parallel(lambda: checked(<small>), lambda: <str>, fallback=(0, 'none'))", "tuple[int, str]"),
    ("measured([long(<int>), <str>], text=long(<small>))", "int"),
    ("sum(distribute(ones(<int>), lambda one: one + 1))", "int"),
)

RISKY = (
    "<=dict[str, int]>[<key>]", "<list[int]>[<place>]", "<int> // <int>",
    "int(<digits>)", "checked(<int>)", "<list[int]>.index(<int>)",
    "max(<list[int]>)", "<str>.index(<letter>)",
    "<=int | None> + 1", "[1 // $ for $ in <list[int]>][0]", "sum(int($) for $ in <list[str]>)",
)  # fmt: skip


def program(seed: int) -> tuple[str, dict[str, str]]:
    """The source of a function `program`, and the types of its parameters."""
    random = Random(seed)
    writer = Writer(random)
    writer.parameters.update({f"p{at}": random.choice(PARAMETERS) for at in range(random.randint(1, 4))})
    env = writer.block(dict(writer.parameters), 1, random.choice((1, 2, 3, 4, 6)), 2, False)
    shown = [name for name, kind in env.items() if not name.startswith("p") or random.random() < 0.3]
    pairs = ", ".join(f"{name!r}: {name}" for name in shown)
    last = writer.expression(random.choice(ASSIGNED), env, 3)
    writer.put(1, f"return {{{pairs + ', ' if pairs else ''}'last': {last}}}")
    given = ", ".join(f"{name}: {kind}" for name, kind in writer.parameters.items())
    returns = "Large[Any]" if any("Large" in env[name] for name in shown) else "Any"
    return "\n".join([f"def program({given}) -> {returns}:", *writer.lines]) + "\n", writer.parameters
