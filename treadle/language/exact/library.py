"""Functions of the standard library, and the built-ins on numbers: `math`, `json`, `datetime`, `hashlib`, `random` …"""

from __future__ import annotations

import math
from dataclasses import replace

from treadle.language.exact import chance, encoding, lists, moments, numbers, time
from treadle.language.exact.building import bind, derive, infix, quote
from treadle.language.exact.functions import Call, rule
from treadle.language.exact.truth import FALSE, TRUE
from treadle.language.term import CONDITION, PRODUCT, Guard, Item, Refusal, Term
from treadle.language.types import FLOAT


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
    a, b, modulus = given.terms(2, "base exp mod")
    if modulus is not None:
        raise Refusal("pow() with a modulus multiplies numbers beyond 2**53", "x ** 2 % n")
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


@rule("math.copysign")
def _copysign(given: Call) -> Term:
    x, y = given.terms(2, "x y")

    def build(size: Term, sign: Term) -> Term:
        return derive(f"{sign.text} < 0 ? -{size.text} : {size.text}", FLOAT, (size, sign), power=CONDITION)

    return bind({"size": numbers.absolute(x), "sign": numbers.demanded("math.copysign", y)}, build)


@rule("math.fmod")
def _fmod(given: Call) -> Term:
    x, y = (numbers.demanded("math.fmod", each) for each in given.terms(2, "x y"))
    guard = Guard(f"{y.at(41)} = 0", quote("ValueError"), quote(numbers.message(lambda: math.fmod(1, 0))))
    return infix("%", x, y, FLOAT, PRODUCT, () if y.constant else (guard,))


@rule("math.isnan", "math.isinf", "math.isfinite")
def _is_finite(given: Call) -> Term:
    """No number of JSON is infinite or none."""
    (t,) = given.terms(1, "x")
    finite = given.name == "math.isfinite"
    return replace(TRUE if finite else FALSE, guards=numbers.demanded(given.name, t).guards)


_DIGITS = "exp exp2 expm1 log log10 log1p log2 sin cos tan asin acos atan atan2 sinh cosh tanh hypot dist cbrt"


@rule("math.pow", *(f"math.{name}" for name in _DIGITS.split() if hasattr(math, name)))
def _inexact(given: Call) -> Term:
    instead = {"math.pow": "x * x", "math.hypot": "math.sqrt(x * x + y * y)", "math.cbrt": "math.sqrt(x)"}
    word = given.name.rpartition(".")[2]
    raise Refusal(
        f"the last digit of {given.name}() differs between machines: put it into a @task and call that",
        instead.get(given.name, f"@task\ndef {word}(x):\n    return {given.name}(x)"),
    )


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
    return moments.moment_of(*given.terms(1, "text"))


@rule("datetime.date.fromisoformat")
def _date_fromisoformat(given: Call) -> Term:
    return moments.day_of(*given.terms(1, "text"))


@rule("datetime.datetime.strptime")
def _strptime(given: Call) -> Term:
    return moments.strptime(*given.terms(2, "text format"))


@rule("datetime.date")
def _date(given: Call) -> Term:
    names = moments.FIELDS[:3]
    return moments.made_of(dict(zip(names, given.terms(3, " ".join(names)), strict=True)), moments.DATE)


@rule("datetime.datetime")
def _datetime(given: Call) -> Term:
    *found, zone = given.terms(3, " ".join((*moments.FIELDS, "tzinfo")))
    parts = {name: each for name, each in zip(moments.FIELDS, found, strict=True) if each is not None}
    return moments.made_of(parts, moments.NAIVE if zone is None else time.in_zone(zone))


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
