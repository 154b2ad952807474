"""How JSONata is put together from terms: operators, calls, paths, bindings. No rule of Python's is in here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

from treadle.language.term import ANY_NUMBER, ATOM, BIND, COMPARISON, PATH, Function, Guard, Refusal, Term
from treadle.language.types import (
    ANY,
    INT,
    NEVER,
    NULL,
    STR,
    List,
    Opaque,
    Record,
    Tuple,
    Type,
    members,
    union,
    without,
)

ARRAYS = ("range", "iterator", "view", "set", "deque")
"""The opaque objects that are kept as JSON arrays."""

_SIMPLE = re.compile(r"\$\w+((\.(\w+|`[^`]*`))|\[-?\d+\])*|-?\d+(\.\d+)?|\"[^\"\\]{0,40}\"|true|false|null")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = ("and", "or", "in", "true", "false", "null", "function")
_SMALL = re.compile(r"\$(count|length)\([^()]*(\([^()]*\))?[^()]*\)")


def quote(text: str) -> str:
    """A JSONata string literal; its escapes are JSON's."""
    return json.dumps(text, ensure_ascii=False)


def infix(symbol: str, left: Term, right: Term, type: Type, power: int, guards: Sequence[Guard] = ()) -> Term:
    """`left symbol right`; the operators of JSONata group to the left."""
    return derive(f"{left.at(power)} {symbol} {right.at(power + 1)}", type, (left, right), guards, power=power)


def derive(
    text: str, type: Type, operands: Sequence[Term], guards: Sequence[Guard] = (), *, power: int = ATOM, deeper: int = 1
) -> Term:
    """A term made of operands: their guards come first, and it is deeper than the deepest of them."""
    return Term(
        text,
        type,
        power,
        guards=tuple(guard for operand in operands for guard in operand.guards) + tuple(guards),
        depth=deeper + max((operand.depth for operand in operands), default=0),
        fleeting=any(operand.fleeting for operand in operands),
    )


def invoke(name: str, *arguments: Term | str, type: Type, guards: Sequence[Guard] = ()) -> Term:
    """`$name(arguments)`."""
    texts = ", ".join(each if isinstance(each, str) else each.at(BIND + 1) for each in arguments)
    return derive(f"${name}({texts})", type, [each for each in arguments if isinstance(each, Term)], guards)


def integer(value: int) -> Term:
    return Term(str(value), INT, constant=value)


def is_simple(term: Term) -> bool:
    """True where repeating the text costs nothing and reads well: a variable, a path, a short literal."""
    return _SIMPLE.fullmatch(term.text) is not None


def is_small(term: Term) -> bool:
    """True for an integer that certainly has fewer than 16 digits, which `$string` writes exactly."""
    if isinstance(term.constant, int):
        return abs(term.constant) < 10**15
    return _SMALL.fullmatch(term.text) is not None


def fresh(base: str, *texts: str) -> str:
    """A name like `$_base` that none of the texts uses."""
    name, number = f"$_{base}", 1
    everything = " ".join(texts)
    while re.search(re.escape(name) + r"\b", everything):
        number += 1
        name = f"$_{base}{number}"
    return name


def bind(named: dict[str, Term], build: Callable[..., Term], *beside: Term) -> Term:
    """`build` with each operand as something that may be repeated: itself when simple, else a variable bound once.

    `named` gives a name to each operand, in the order of evaluation; `beside` are terms that `build` uses as well. The
    guards of the operands are kept; a guard that `build` adds is closed over the same bindings.
    """
    complex_ones = {name: term for name, term in named.items() if not is_simple(term)}
    texts = [term.text for term in (*named.values(), *beside)]
    bindings: list[tuple[str, str]] = []
    arguments: list[Term] = []
    for name, term in named.items():
        if name not in complex_ones:
            arguments.append(replace(term, guards=()))
            continue
        variable = fresh(name, *texts)
        texts.append(variable)
        bindings.append((variable, term.at(BIND + 1)))
        arguments.append(Term(variable, term.type, constant=term.constant))
    built = build(*arguments)
    guards = tuple(guard for term in named.values() for guard in term.guards)
    depth = 1 + built.depth + max((term.depth for term in named.values()), default=0)
    fleeting = any(term.fleeting for term in named.values()) or built.fleeting
    if not bindings:
        return replace(built, guards=guards + built.guards, depth=max(depth - 1, built.depth), fleeting=fleeting)

    def close(text: str) -> str:
        used = _used(bindings, text)
        return f"({'; '.join(f'{name} := {value}' for name, value in used)}; {text})" if used else text

    closed = tuple(Guard(close(each.when), close(each.error), close(each.cause), each.late) for each in built.guards)
    text = close(built.text)
    power = built.power if text == built.text else ATOM
    return replace(built, text=text, power=power, guards=guards + closed, depth=depth, fleeting=fleeting)


def _used(bindings: Sequence[tuple[str, str]], text: str) -> list[tuple[str, str]]:
    """Those bindings that the text needs, directly or through a later binding."""
    kept: list[tuple[str, str]] = []
    for name, value in reversed(bindings):
        if re.search(re.escape(name) + r"\b", text):
            kept.insert(0, (name, value))
            text += " " + value
    return kept


def constant_text(text: str) -> Term:
    """A text as the constant it is."""
    return Term(quote(text), STR, constant=text)


def field(value: Term, name: str, type: Type) -> Term:
    """`value.name`, where value is certainly an object that has the name."""
    base = f"({value.text})" if value.text[0] in "[{" else value.at(PATH)
    if _NAME.fullmatch(name) and name not in _RESERVED:
        text, power = f"{base}.{name}", PATH
    elif "`" not in name and name:
        text, power = f"{base}.`{name}`", PATH
    else:
        text, power = f"$lookup({value.at(BIND + 1)}, {quote(name)})", ATOM
    return derive(text, type, (value,), power=power)


CALLED = re.compile(r"\$\w+\(")


def at_index(value: Term, index: str, type: Type) -> Term:
    """`value[index]`: a number written here, or a simple variable.

    `$x[$i][0]` is not `($x[$i])[0]`: a computed index gives a sequence of one, of which `[0]` is the whole item.
    """
    base = f"({value.text})" if value.text[0] in "[{" or value.text.endswith("]") else value.at(PATH)
    if base.startswith("(") and CALLED.search(base):
        # in a lambda's body `(…; $f(x))[1]` is nothing: JSONata puts the last call of a block off, for its tail calls
        return derive(f"($_whole := {base}; $_whole[{index}])", type, (value,), deeper=2)
    return derive(f"{base}[{index}]", type, (value,), power=PATH)


def negate(text: str) -> str:
    return f"$not({text})"


def is_array(type: Type) -> bool:
    """Certainly a JSON array."""
    return type != NEVER and all(_array(member) for member in members(type))


def maybe_array(type: Type) -> bool:
    return type == ANY or any(_array(member) for member in members(type))


def _array(type: Type) -> bool:
    return isinstance(type, (List, Tuple)) or (isinstance(type, Opaque) and type.name.partition(" ")[0] in ARRAYS)


def element(term: Term) -> str:
    """The text of an item of an array constructor that stays one item: JSONata would open an array there."""
    if not maybe_array(term.type):
        return term.at(BIND + 1)
    if is_array(term.type):
        return term.text if is_constructor(term.text) else f"[{term.at(BIND + 1)}]"
    name = fresh("item", term.text)
    if is_simple(term):
        return f'$type({term.text}) = "array" ? [[{term.text}]] : {term.text}'
    return f'({name} := {term.at(BIND + 1)}; $type({name}) = "array" ? [[{name}]] : {name})'


def spread(term: Term) -> str:
    """The text of an item of an array constructor in whose place the array's own items stand."""
    return f"({term.text})" if is_constructor(term.text) else term.at(BIND + 1)


def is_constructor(text: str) -> bool:
    """True where the whole text is one `[…]`."""
    if not (text.startswith("[") and text.endswith("]")):
        return False
    depth, quoted, skip = 0, "", False
    for position, letter in enumerate(text):
        if skip:
            skip = False
        elif letter == "\\":
            skip = True  # in a string, or in a regular expression
        elif quoted:
            quoted = "" if letter == quoted else quoted
        elif letter in "\"'`":
            quoted = letter
        elif letter in "[({":
            depth += 1
        elif letter in "])}":
            depth -= 1
            if depth < 0 or (depth == 0 and position < len(text) - 1):
                return False
    return depth == 0


def array(items: Sequence[str]) -> str:
    return f"[{', '.join(items)}]"


_PATH_OF = re.compile(r"(\$\w+)((?:\.(?:\w+|`[^`]*`))+)")


def _are_records(type: Type) -> bool:
    return isinstance(type, List) and isinstance(type.item, Record)


def mapped(items: Term, variable: str, body: Term) -> str:
    """`[$map(items, function(variable) { body })]`: always an array, its items never flattened."""
    path = _PATH_OF.fullmatch(body.text)
    if path and path[1] == variable and not maybe_array(body.type) and _are_records(items.type):
        plain = items.text if _SIMPLE.fullmatch(items.text) else f"({items.text})"
        return f"[{plain}{path[2]}]"
    keep = "[]" if maybe_array(body.type) else ""
    return f"[$map({items.at(BIND + 1)}, function({variable}) {{ {body.text} }}){keep}]"


def filtered(items: Term, variable: str, test: str) -> str:
    """`[$filter(items, function(variable) { test })]`; `variable` may be two, separated by a comma."""
    keep = "[]" if maybe_array(item_type(items.type)) else ""
    return f"[$filter({items.at(BIND + 1)}, function({variable}) {{ {test} }}){keep}]"


def item_type(type: Type) -> Type:
    """What an array of the type holds."""
    found: list[Type] = []
    for member in members(type):
        match member:
            case List():
                found.append(member.item)
            case Tuple() | Opaque():
                found.extend(member.items)
            case _:
                found.append(ANY)
    return union(found)


def choose(test: str, then: str, other: str) -> str:
    return f"{test} ? {then} : {other}"


def when_none(term: Term, error: str, cause: str) -> Term:
    """The term less None, with a guard that raises `error` where it is None."""
    guard = Guard(f"{term.at(COMPARISON + 1)} = null", quote(error), quote(cause))
    return replace(term, type=without(term.type, NULL), guards=(*term.guards, guard))


def after(operands: Sequence[Term], guards: Sequence[Guard], made: Term) -> Term:
    """What `made` raises comes after all that evaluating the operands raises, and `guards` first of it."""
    earlier = tuple(guard for operand in operands for guard in operand.guards)
    return replace(made, guards=(*earlier, *guards, *made.guards))


def bare(term: Term) -> Term:
    return replace(term, guards=())


# --- lambdas

_level: ContextVar[int] = ContextVar("level", default=0)


@contextmanager
def _within(levels: int) -> Iterator[int]:
    level = _level.get()
    token = _level.set(level + levels)
    try:
        yield level
    finally:
        _level.reset(token)


def applied(function: Function, types: Sequence[Type]) -> tuple[list[str], Term]:
    """The parameter names and the body of a lambda for arguments of these types; nested lambdas get other names."""
    if function.parameters not in (len(types), ANY_NUMBER):
        few = f"{len(types)} argument{'s' if len(types) != 1 else ''}"
        raise Refusal(
            f"this function is called with {few}, and takes {function.parameters}", "sorted(items, key=lambda x: -x)"
        )
    letters = "xyzuvw"
    with _within(len(types)) as level:
        names = [f"$_{letters[number % 6]}{number // 6 or ''}" for number in range(level, level + len(types))]
        return names, function.apply(*(Term(name, type) for name, type in zip(names, types, strict=True)))


def lambda_text(names: Sequence[str], body: Term) -> str:
    return f"function({', '.join(names)}) {{ {body.text} }}"


def over_items(items: Term, variable: str, guards: Sequence[Guard]) -> tuple[Guard, ...]:
    """One guard for what is evaluated for each item: raised for the first item for which one of `guards` holds."""
    if not guards:
        return ()
    test = guards[0].when if len(guards) == 1 else any_of(guards)
    failing = f"$filter({items.at(BIND + 1)}, function({variable}) {{ {test} }})"

    def told(pick: Callable[[Guard], str]) -> str:
        text = pick(guards[-1])
        for guard in reversed(guards[:-1]):
            if pick(guard) != text:
                text = f"{paren(guard.when)} ? {pick(guard)} : {text}"
        if not re.search(re.escape(variable) + r"\b", text):
            return paren(text)
        return f"(function({variable}) {{ {text} }})([{failing}[]][0])"

    return (Guard(f"$exists({failing})", told(lambda guard: guard.error), told(lambda guard: guard.cause)),)


def any_of(guards: Sequence[Guard]) -> str:
    """True where one of the guards holds; a later one is evaluated only when no earlier one does."""
    text = "false"
    for guard in reversed(guards):
        text = guard.when if text == "false" else f"{paren(guard.when)} ? true : {paren(text)}"
    return text


def paren(text: str) -> str:
    """A condition's text, safe on either side of `?` and `:`."""
    return f"({text})" if " ? " in text and not is_block(text) else text


def is_block(text: str) -> bool:
    """True where the whole text is one `(…)`."""
    return text.startswith("(") and is_constructor("[" + text[1:-1] + "]") and text.endswith(")")


def lazily(test: str, guards: Sequence[Guard]) -> tuple[Guard, ...]:
    """The guards of something evaluated only where `test` holds, less those that it rules out."""
    return tuple(
        replace(guard, when=f"{paren(test)} ? {paren(guard.when)} : false")
        for guard in guards
        if not any(_rules_out(each, guard.when) for each in _all_of(test))
    )


def _all_of(test: str) -> list[str]:
    """The conditions that all hold where the test does."""
    return [test] if " or " in test or " ? " in test or ":=" in test else test.split(" and ")


def _rules_out(test: str, when: str) -> bool:
    """True where one cannot hold beside the other: `"a" in d` and the KeyError of `d["a"]`, `if b` and `x / b`."""
    if when == f"$not({test})":
        return True
    if test.endswith(" != 0"):
        return when == f"{test[:-5]} = 0"
    return test.endswith(" > 0") and when in (f"{test[:-4]} = 0", f"{test[:-4]} < 1")
