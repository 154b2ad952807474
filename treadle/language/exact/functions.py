"""The functions of Python that have a rule, by name: built-ins, `math`, `json`, `datetime`, `hashlib`, `random` …"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from treadle.language.exact import chance, comprehensions, dicts, encoding, formatting, lists, numbers, strings, time
from treadle.language.exact.building import bare, bind, derive, infix, invoke, is_array, item_type, quote, when_none
from treadle.language.exact.comparison import PYTHON_NAMES
from treadle.language.exact.truth import truth
from treadle.language.term import BIND, CONDITION, MISSING, PRODUCT, SUM, Function, Guard, Item, Refusal, Term
from treadle.language.types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    NEVER,
    NULL,
    STR,
    Dict,
    List,
    Opaque,
    Record,
    Tuple,
    Type,
    members,
    without,
)

Argument = Term | Function


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of a call, read one by one; what is left over at the end is refused."""

    name: str
    items: Sequence[Item | Function]
    keywords: dict[str, Argument]

    def arguments(self, least: int, names: str = "", *, only: str = "") -> list[Any]:
        """Positional or named arguments in the order of `names`, then those only named; None where not given.

        `least` is how many must be there.
        """
        if any(isinstance(item, Item) and item.star for item in self.items):
            raise Refusal(f"*items in a call of {self.name}() has no known length", f"{self.name}(items[0], items[1])")
        given: list[Argument] = [item.value if isinstance(item, Item) else item for item in self.items]
        positional, all_names = names.split(), [*names.split(), *only.split()]
        if len(given) > len(positional):
            raise Refusal(f"{self.name}() takes {len(positional)} arguments at most, and is given {len(given)}")
        found: dict[str, Argument] = dict(zip(positional, given, strict=False))
        for name, value in self.keywords.items():
            if name not in all_names or name in found:
                raise Refusal(f"{self.name}() has no rule for the argument {name!r}")
            found[name] = value
        result = [found.get(name) for name in all_names]
        if any(value is None for value in result[:least]):
            raise Refusal(f"{self.name}() needs {least} argument{'s' if least != 1 else ''}")
        return result

    def terms(self, least: int, names: str = "", *, only: str = "") -> list[Any]:
        """As `arguments`, where none may be a function."""
        found = self.arguments(least, names, only=only)
        for value in found:
            if isinstance(value, Function):
                raise Refusal(f"{self.name}() takes values here, no function", f"{self.name}(x)")
        return found


Rule = Callable[[Call], Term]
RULES: dict[str, Rule] = {}


def rule(*names: str) -> Callable[[Rule], Rule]:
    def keep(lower: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, lower))
        return lower

    return keep


def known(name: str) -> bool:
    return name in RULES


def call(name: str, items: Sequence[Item | Function], keywords: dict[str, Argument]) -> Term:
    if name not in RULES:
        word = name.rpartition(".")[2]
        raise Refusal(
            f"{name}() is not part of the language: put it into a @task and call that",
            f"@task\ndef {word}(x):\n    return {name}(x)",
        )
    values = [item.value for item in items if isinstance(item, Item)]
    if any(value.type == NEVER for value in values):
        # A generator is not run before the other arguments are there.
        return derive("null", NEVER, [bare(each) if isinstance(each.type, Opaque) else each for each in values])
    return RULES[name](Call(name, items, keywords))


# --- values of one kind from another


@rule("len")
def _len(given: Call) -> Term:
    (t,) = given.terms(1, "x")
    if NULL in members(t.type) and t.type != NULL:
        t = when_none(t, "TypeError", "object of type 'NoneType' has no len()")
    if isinstance(t.type, Tuple):
        return replace(lists_literal(len(t.type.items)), guards=t.guards)
    if t.type == STR:
        return strings.length(t)
    if is_array(t.type):
        if isinstance(t.type, Opaque) and t.type.name == "iterator":
            raise Refusal("an iterator has no len(): Python raises TypeError", "len(list(xs))")
        return invoke("count", t, type=INT)
    if dicts.is_dict(t.type):
        return dicts.size(t)
    if t.type == ANY:
        return bind({"value": t}, _len_any)
    raise Refusal(f"object of type {t.type} has no len()", "len(items)")


def lists_literal(value: int) -> Term:
    return Term(str(value), INT, constant=value)


def _len_any(t: Term) -> Term:
    x = t.text
    guard = Guard(
        f'$type({x}) in ["null", "boolean", "number"]',
        quote("TypeError"),
        f'"object of type \'" & $lookup({PYTHON_NAMES}, $type({x})) & "\' has no len()"',
    )
    text = f'$type({x}) = "string" ? $length({x}) : $type({x}) = "object" ? $count($keys({x})) : $count({x})'
    return derive(text, INT, (t,), (guard,), power=CONDITION, deeper=3)


@rule("str")
def _str(given: Call) -> Term:
    (t,) = given.terms(0, "object")
    if t is None:
        return strings.EMPTY
    if t.type == chance.UUID:
        return t.typed(STR)  # type: ignore[no-any-return]
    if t.type == time.DATETIME:
        return time.written(t, " ")
    return formatting.text_of(t)


@rule("repr")
def _repr(given: Call) -> Term:
    return formatting.shown(given.terms(1, "x")[0])


@rule("format")
def _format(given: Call) -> Term:
    t, spec = given.terms(1, "value spec")
    if spec is not None and not isinstance(spec.constant, str):
        raise Refusal("format() needs a constant specification", 'format(x, ".2f")')
    return formatting.text_of(t) if spec is None or not spec.constant else formatting.with_spec(t, spec.constant)


@rule("bool")
def _bool(given: Call) -> Term:
    (t,) = given.terms(0, "x")
    return Term("false", BOOL, constant=False) if t is None else truth(t)


INTEGER = rf"^[{strings.SPACE}]*[+-]?[0-9]+(_[0-9]+)*[{strings.SPACE}]*$"
DECIMAL = (
    rf"^[{strings.SPACE}]*[+-]?([0-9]+(_[0-9]+)*(\.([0-9]+(_[0-9]+)*)?)?|\.[0-9]+(_[0-9]+)*)"
    rf"([eE][+-]?[0-9]+(_[0-9]+)*)?[{strings.SPACE}]*$"
)


@rule("int")
def _int(given: Call) -> Term:
    t, base = given.terms(0, "x base")
    if t is None:
        return lists_literal(0)
    if base is not None and base.constant != 10:
        raise Refusal("int() with a base is not supported", "int(text)")
    if t.type == STR:
        return bind({"text": t}, _int_of_text)
    if NULL in members(t.type) and numbers.is_numeric(without(t.type, NULL)):
        t = when_none(t, "TypeError", numbers.message(lambda: int(None)))  # type: ignore[call-overload]
    if not numbers.is_numeric(t.type):
        raise Refusal(f"int() of {t.type} depends on what it is", "int(text)")
    return numbers.truncate(t)


def _int_of_text(t: Term) -> Term:
    cause = f'"invalid literal for int() with base 10: " & {formatting.quoted(t.text)}'
    guard = Guard(f"$not($contains({t.text}, /{INTEGER}/))", quote("ValueError"), cause)
    return derive(f'$number($replace({t.text}, /[^0-9-]/, ""))', INT, (t,), (guard,), deeper=2)


@rule("float")
def _float(given: Call) -> Term:
    (t,) = given.terms(0, "x")
    if t is None:
        return Term("0.0", FLOAT, constant=0.0)
    if t.type == STR:
        return bind({"text": t}, _float_of_text)
    if NULL in members(t.type) and numbers.is_numeric(without(t.type, NULL)):
        t = when_none(t, "TypeError", numbers.message(lambda: float(None)))  # type: ignore[arg-type]
    if not numbers.is_numeric(t.type):
        raise Refusal(f"float() of {t.type} depends on what it is", "float(text)")
    from treadle.language.exact.comparison import number

    constant = float(t.constant) if isinstance(t.constant, (int, float)) else MISSING
    return replace(number(t), type=FLOAT, constant=constant)


def _float_of_text(t: Term) -> Term:
    cause = f'"could not convert string to float: " & {formatting.quoted(t.text)}'
    guard = Guard(f"$not($contains({t.text}, /{DECIMAL}/))", quote("ValueError"), cause)
    # JSONata wants a digit on either side of the point.
    clean = f'$replace({t.text}, /[^0-9eE.-]/, "")'
    whole = f'$replace({clean}, /\\.($|[eE])/, "$1")'
    text = f'$number($replace({whole}, /^(-?)\\./, function($_m) {{ $_m.groups[0] & "0." }}))'
    return derive(text, FLOAT, (t,), (guard,), deeper=5)


@rule("list")
def _list(given: Call) -> Term:
    (t,) = given.terms(0, "items")
    return lists.display([]) if t is None else lists.iterate(t)


@rule("tuple")
def _tuple(given: Call) -> Term:
    (t,) = given.terms(0, "items")
    if t is None:
        return lists.display([], fixed=True)
    if isinstance(t.type, Tuple):
        return t  # type: ignore[no-any-return]
    raise Refusal("a tuple of unknown length is not supported", "list(xs)")


@rule("dict")
def _dict(given: Call) -> Term:
    keywords = []
    for name, value in given.keywords.items():
        if isinstance(value, Function):
            raise Refusal("dict() takes values", '{"key": value}')
        keywords.append((Term(quote(name), STR, constant=name), value))
    (t,) = Call("dict", given.items, {}).terms(0, "items")
    if t is None:
        return dicts.display(keywords)
    base = t if dicts.is_dict(t.type) else dicts.from_pairs(lists.iterate(t))
    return base if not keywords else dicts.display([(None, base), *keywords])


@rule("dict.fromkeys")
def _fromkeys(given: Call) -> Term:
    items, value = given.terms(1, "items value")
    return dicts.from_keys(lists.iterate(items), value)


@rule("set", "frozenset")
def _set(given: Call) -> Term:
    (t,) = given.terms(0, "items")
    if t is None:
        return Term("[]", Opaque("set", (NEVER,)))
    if isinstance(t.type, Opaque) and t.type.name == "set":
        return t  # type: ignore[no-any-return]
    items = lists.iterate(t)
    item = item_type(items.type)
    if any(member not in (STR, INT, FLOAT, NULL, NEVER) for member in members(item)) and item != BOOL:
        raise Refusal(f"a set of {item} cannot be kept exact", "list(dict.fromkeys(names))")
    return invoke("distinct", items, type=Opaque("set", (item,)))


# --- going over items


@rule("range")
def _range(given: Call) -> Term:
    first, second, step = given.terms(1, "start stop step")
    start, stop = (lists_literal(0), first) if second is None else (first, second)
    for bound in (start, stop, step):
        if bound is not None and bound.type != INT:
            raise Refusal(f"range() takes integers, and this is {bound.type}", "range(int(x))")
    pace = 1 if step is None else step.constant
    if not isinstance(pace, int):
        raise Refusal("the step of range() must be a constant", "range(0, 10, 2)")
    if pace == 0:
        raise Refusal("range() arg 3 must not be zero: Python raises ValueError", "range(0, 10, 1)")
    if pace == 1:
        last = (
            lists_literal(stop.constant - 1)
            if isinstance(stop.constant, int)
            else infix("-", stop, lists_literal(1), INT, SUM)
        )
        return derive(f"[{start.at(SUM)}..{last.text}]", lists.RANGE, (start, stop), deeper=2)

    def build(begin: Term, end: Term) -> Term:
        count = f"$ceil(({end.text} - {begin.at(SUM)}) / {pace}) - 1"
        item = f"$_at * {pace}" if begin.constant == 0 else f"{begin.text} + $_at * {pace}"
        return derive(f"[$map([0..{count}], function($_at) {{ {item} }})]", lists.RANGE, (begin, end), deeper=5)

    return bind({"start": start, "stop": stop}, build)


@rule("enumerate")
def _enumerate(given: Call) -> Term:
    return comprehensions.enumerated(*given.terms(1, "iterable start"))


@rule("zip")
def _zip(given: Call) -> Term:
    strict = given.keywords.get("strict")
    if strict is not None and not (isinstance(strict, Term) and strict.constant is False):
        raise Refusal("zip(strict=True) raises for lists of different length", "list(zip(xs, ys))")
    items = [item for item in given.items if isinstance(item, Item) and not item.star]
    if len(items) != len(given.items):
        raise Refusal("zip() takes lists", "list(zip(xs, ys))")
    return comprehensions.zipped([item.value for item in items])


@rule("map")
def _map(given: Call) -> Term:
    function, *sources = given.arguments(2, "function " + " ".join(f"items{at}" for at in range(1, len(given.items))))
    if not isinstance(function, Function):
        raise Refusal("map() takes a function first", "list(map(str, items))")
    return comprehensions.map_(function, sources)


@rule("filter")
def _filter(given: Call) -> Term:
    function, source = given.arguments(2, "function items")
    if isinstance(function, Term) and function.constant is None:
        return comprehensions.filter_(None, source)
    if not isinstance(function, Function):
        raise Refusal("filter() takes a function first", "list(filter(lambda x: x > 0, items))")
    return comprehensions.filter_(function, source)


@rule("reversed")
def _reversed(given: Call) -> Term:
    return comprehensions.reversed_(*given.terms(1, "items"))


@rule("sorted")
def _sorted(given: Call) -> Term:
    items, key, reverse = given.arguments(1, "items", only="key reverse")
    return comprehensions.ordered(items, _key(key), reverse)


def _key(key: Argument | None) -> Function | None:
    if isinstance(key, Term) and key.constant is None:
        return None
    if isinstance(key, Term):
        raise Refusal("key= takes a function", "sorted(records, key=lambda record: record['x'])")
    return key


@rule("min")
def _min(given: Call) -> Term:
    return _extreme("min", given)


@rule("max")
def _max(given: Call) -> Term:
    return _extreme("max", given)


def _extreme(name: str, given: Call) -> Term:
    key, default = given.keywords.get("key"), given.keywords.get("default")
    if set(given.keywords) - {"key", "default"} or isinstance(default, Function):
        raise Refusal(f"{name}() takes key= and default=", f"{name}(items)")
    items = [item for item in given.items if isinstance(item, Item)]
    if len(items) == 1 and not items[0].star:
        return comprehensions.extreme(name, items[0].value, _key(key), default)
    made = comprehensions.extreme(name, lists.display(items), _key(key), None)
    # At least two are given, so the list is not empty.
    operands = [guard for item in items for guard in item.value.guards]
    extra = made.guards[len(operands) :]
    kept = [
        guard
        for guard in extra
        if "arg is an empty" not in guard.cause and "iterable argument is empty" not in guard.cause
    ]
    return replace(made, guards=(*operands, *kept))


@rule("sum")
def _sum(given: Call) -> Term:
    source, start = given.terms(1, "items start")
    items = lists.iterate(source) if not (isinstance(source.type, Opaque) and source.type.name == "set") else source
    return numbers.total(items, item_type(items.type), start)


@rule("math.prod")
def _prod(given: Call) -> Term:
    (source,) = given.terms(1, "items")
    items = lists.iterate(source)
    return numbers.product(items, item_type(items.type))


@rule("any")
def _any(given: Call) -> Term:
    return comprehensions.any_(*given.terms(1, "items"))


@rule("all")
def _all(given: Call) -> Term:
    return comprehensions.all_(*given.terms(1, "items"))


@rule("next")
def _next(given: Call) -> Term:
    return comprehensions.next_(*given.terms(1, "iterator default"))


@rule("iter")
def _iter(given: Call) -> Term:
    items = lists.iterate(*given.terms(1, "items"))
    return items.typed(lists.iterator(item_type(items.type)))


# --- numbers


@rule("abs", "math.fabs")
def _abs(given: Call) -> Term:
    (t,) = given.terms(1, "x")
    made = numbers.absolute(t)
    return made.typed(FLOAT) if given.name == "math.fabs" else made


@rule("round")
def _round(given: Call) -> Term:
    return numbers.rounded(*given.terms(1, "number ndigits"))


@rule("divmod")
def _divmod(given: Call) -> Term:
    a, b = given.terms(2, "a b")
    if not (numbers.is_numeric(a.type) and numbers.is_numeric(b.type)):
        raise Refusal(f"divmod() of {a.type} and {b.type} depends on what they are", "divmod(int(price), x)")
    pair = [numbers.operate("//", a, b), replace(numbers.operate("%", a, b), guards=())]
    whole = numbers.is_whole(a.type) and numbers.is_whole(b.type)
    says = numbers.message(lambda: divmod(1 if whole else 1.0, numbers.ZERO))
    made = lists.display([Item(each) for each in pair], fixed=True)
    own = len(pair[0].guards) - len(a.guards) - len(b.guards)
    guards = [*pair[0].guards[:-1], replace(pair[0].guards[-1], cause=quote(says))] if own else pair[0].guards
    return replace(made, guards=tuple(guards))


@rule("pow")
def _pow(given: Call) -> Term:
    a, b = given.terms(2, "base exp")
    return numbers.operate("**", a, b)


@rule("math.floor")
def _floor(given: Call) -> Term:
    return numbers.floor(*given.terms(1, "x"))


@rule("math.ceil")
def _ceil(given: Call) -> Term:
    return numbers.ceil(*given.terms(1, "x"))


@rule("math.trunc")
def _trunc(given: Call) -> Term:
    return numbers.truncate(*given.terms(1, "x"))


@rule("math.sqrt")
def _sqrt(given: Call) -> Term:
    return numbers.square_root(*given.terms(1, "x"))


# --- text, time, chance


@rule("json.dumps")
def _dumps(given: Call) -> Term:
    (t, *_) = given.terms(1, "obj", only="ensure_ascii separators indent sort_keys allow_nan")
    return encoding.dumps(t, {name: value for name, value in given.keywords.items() if isinstance(value, Term)})


@rule("json.loads")
def _loads(given: Call) -> Term:
    return encoding.loads(*given.terms(1, "s"))


@rule("hashlib.md5", "hashlib.sha1", "hashlib.sha256", "hashlib.sha384", "hashlib.sha512")
def _hash(given: Call) -> Term:
    return encoding.digest(given.name.partition(".")[2], *given.terms(1, "data"))


@rule("base64.b64encode", "base64.standard_b64encode")
def _b64encode(given: Call) -> Term:
    return encoding.base64_encode(*given.terms(1, "data"))


@rule("base64.urlsafe_b64encode")
def _urlsafe_b64encode(given: Call) -> Term:
    return encoding.base64_encode(*given.terms(1, "data"), url=True)


@rule("datetime.datetime.now")
def _now(given: Call) -> Term:
    return time.now(*given.terms(0, "tz"))


@rule("datetime.datetime.fromtimestamp")
def _fromtimestamp(given: Call) -> Term:
    return time.from_timestamp(*given.terms(1, "timestamp tz"))


@rule("datetime.datetime.fromisoformat")
def _fromisoformat(given: Call) -> Term:
    return time.parse(*given.terms(1, "text"))


@rule("datetime.timedelta")
def _timedelta(given: Call) -> Term:
    found = given.terms(0, " ".join(time.ORDER))
    return time.delta({name: value for name, value in zip(time.ORDER, found, strict=True) if value is not None})


@rule("time.time")
def _time(given: Call) -> Term:
    given.terms(0)
    return Term("$millis() / 1000", FLOAT, PRODUCT, depth=2, fleeting=True)


@rule("uuid.uuid4")
def _uuid4(given: Call) -> Term:
    given.terms(0)
    return chance.uuid4()


@rule("random.random")
def _random(given: Call) -> Term:
    given.terms(0)
    return chance.random()


@rule("random.uniform")
def _uniform(given: Call) -> Term:
    return chance.uniform(*given.terms(2, "a b"))


@rule("random.randint")
def _randint(given: Call) -> Term:
    return chance.integer(*given.terms(2, "a b"))


@rule("random.choice")
def _choice(given: Call) -> Term:
    return chance.choice(*given.terms(1, "seq"))


# --- what kind a value is


def instance(t: Term, names: Sequence[str]) -> Term:
    """`isinstance(t, (str, int, …))`, of the names of the built-in types."""
    kinds = {_kind(name) for name in names}
    if t.type == ANY and ("int" in names) != ("float" in names):
        raise Refusal("whether a JSON number is an int or a float is not known", "isinstance(value, (int, float))")
    found = [any(_is_a(member, name) for name in names) for member in members(t.type)]
    if t.type != ANY and all(found) == any(found):
        value = found[0]
        return Term(str(value).lower(), BOOL, constant=value, guards=t.guards)
    if {"int", "float"} & set(names) and {INT, FLOAT} <= set(members(t.type)) and not {"int", "float"} <= set(names):
        raise Refusal("whether this number is an int or a float is not known", "isinstance(value, (int, float))")
    if "int" in names:
        kinds.add("boolean")
    wanted = sorted(kinds)
    if len(wanted) == 1:
        return derive(f'$type({t.at(BIND + 1)}) = "{wanted[0]}"', BOOL, (t,), power=40, deeper=2)
    options = ", ".join(map(quote, wanted))
    return derive(f"$type({t.at(BIND + 1)}) in [{options}]", BOOL, (t,), power=40, deeper=2)


_KINDS = {
    "str": "string",
    "int": "number",
    "float": "number",
    "bool": "boolean",
    "list": "array",
    "dict": "object",
    "NoneType": "null",
}


def _kind(name: str) -> str:
    if name not in _KINDS:
        raise Refusal(f"isinstance() of {name} is not known", "isinstance(value, str)")
    return _KINDS[name]


def _is_a(member: Type, name: str) -> bool:
    match name:
        case "int":
            return member in (INT, BOOL)
        case "list":
            return isinstance(member, List)
        case "dict":
            return isinstance(member, (Dict, Record)) and not (isinstance(member, Record) and member.attributes)
    return member == {"str": STR, "float": FLOAT, "bool": BOOL, "NoneType": NULL}.get(name)
