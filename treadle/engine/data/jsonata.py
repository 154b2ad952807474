"""JSONata as Step Functions evaluates it: version 2.0.6 without `$eval`, with six functions of AWS's own.

    compile("$states.input.n + 1", field="Output/n")({"states": {"input": {"n": 1}}}) == 2
    template({"n": "{% $states.input.n + 1 %}"}, field="Output")({"states": ...}) == {"n": 2}

The evaluator is jlens, kept behind this module. Values go in and come out as plain JSON and are never mutated: a whole
variable or a part of one comes out as the very object that went in.
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from treadle.engine.data import ambient, nonfinite
from treadle.engine.data.additions import HOST, PROLOGUE, Fault, guarded
from treadle.engine.data.errors import DataError
from treadle.engine.data.scan import Scan, scan
from treadle.engine.data.shortcuts import shortcut

if TYPE_CHECKING:
    from jlens import JlensError

JSON = Any
Variables = Mapping[str, JSON]
Evaluate = Callable[[Variables], JSON]

ERROR: Final = "States.QueryEvaluationError"

# Step Functions stops an expression after one second, on too much memory and on too deep an evaluation. The two lengths
# matter as much as the time: one call can make a string or a range that no timeout interrupts. All were measured on
# AWS (github.com/floci-io/floci/issues/2737): [1..873782] passes and one more fails, a string of 2^22 characters passes
# and one of 2^23 fails, and 1+1+... passes with 100 terms, (((...1...))) with 99 pairs, and one more of each fails. The
# depth is that of 2.0.6's own evaluate(), at most 100; the evaluator counts the same, and what is put around an
# expression here takes 2. A call in the tail of a function adds nothing to it.
_TIMEOUT = 1.0
_DEPTH = 102
_STRING = (1 << 23) - 1
_ARRAY = 873_782
# In bytes of JSON: an object that holds another twice, forty levels deep, is small until it is handed over.
_RESULT = 1 << 24

_BOUNDS: Final[dict[str, Any]] = {
    "timeout": _TIMEOUT,
    "max_string_length": _STRING,
    "max_array_length": _ARRAY,
    "max_result_size": _RESULT,
}

_ABSENT: Final = object()


class QueryError(DataError):
    """An expression that failed. `cause` is AWS's sentence, `location` the field (such as `Output/result`)."""

    def __init__(self, expression: str, location: str, problem: str) -> None:
        self.location = location
        super().__init__(ERROR, f"The JSONata expression '{expression}' specified for the field '{location}' {problem}")


class Expression:
    """A compiled expression. Calling it with the variables by name (no `$`) gives its value, or raises QueryError."""

    __slots__ = ("evaluate", "field", "text")

    def __init__(self, text: str, field: str, evaluate: Evaluate) -> None:
        self.text = text
        self.field = field
        self.evaluate = evaluate  # the closure itself, for callers who call it often

    def __call__(self, variables: Variables) -> JSON:
        return self.evaluate(variables)

    def unexpected(self, expected: str, value: JSON) -> QueryError:
        """The error of a value that is not of the JSON type its field needs."""
        shown = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        was = f"Expected '{expected}', but was '{type_name(value)}' for value: {shown}"
        return QueryError(self.text, self.field, f"returned an unexpected result type. {was}")


def type_name(value: JSON) -> str:
    """The name JSON has for the type of `value`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, int | float):
        return "number"
    return "array" if isinstance(value, list) else "object"


def is_expression(value: JSON) -> bool:
    """Is it a string that is wholly one `{% … %}`?"""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}") and len(value) >= 4


def compile(expression: str, field: str = "") -> Expression:
    """Compiles the text between `{%` and `%}`. QueryError for what CreateStateMachine refuses."""
    text = expression.strip()
    from jlens import Expression as Evaluator  # here: a machine without JSONata does without its 5 ms
    from jlens import JlensError

    seen = scan(text)
    if seen.refused is not None:
        symbol = seen.refused[-1]
        raise QueryError(text, field, f'is invalid. S0211: The symbol "{symbol}" cannot be used as a unary operator')
    if seen.root:
        raise QueryError(text, field, "is invalid. The root variable '$$' is not supported: use '$states'")
    try:
        Evaluator(text)
    except JlensError as error:
        raise QueryError(text, field, f"is invalid. {error.code}: {error}") from None
    except UnicodeEncodeError:
        shown = text.encode("utf-8", "backslashreplace").decode("utf-8")
        raise QueryError(shown, field, "is invalid. It holds half of a surrogate pair, which is no character") from None
    return Expression(text, field, shortcut(text, _general(text, field, seen), _BUILT_IN))


def template(value: JSON, field: str = "") -> Evaluate:
    """Compiles a JSON tree with `{% … %}` strings at any depth; what is constant in it is given by reference."""
    return _compiled(value, field) or (lambda variables: value)


def _compiled(value: JSON, field: str) -> Evaluate | None:
    """The evaluation of one node of a template; None where it is constant."""
    if is_expression(value):
        return compile(value[2:-2], field).evaluate
    if isinstance(value, dict):
        return _object({key: (_compiled(part, f"{field}/{key}"), part) for key, part in value.items()})
    if isinstance(value, list):
        return _array([(_compiled(part, f"{field}[{index}]"), part) for index, part in enumerate(value)])
    return None


def _object(parts: Mapping[str, tuple[Evaluate | None, JSON]]) -> Evaluate | None:
    moving = [(key, evaluate) for key, (evaluate, _) in parts.items() if evaluate is not None]
    if not moving:
        return None
    if len(parts) == 1:
        ((only, first),) = moving
        return lambda variables: {only: first(variables)}
    shape = {key: part for key, (_, part) in parts.items()}

    def build(variables: Variables) -> JSON:
        made = dict(shape)  # keeps the order of the template's keys
        for key, evaluate in moving:
            made[key] = evaluate(variables)
        return made

    return build


def _array(parts: list[tuple[Evaluate | None, JSON]]) -> Evaluate | None:
    if all(evaluate is None for evaluate, _ in parts):
        return None
    return lambda variables: [part if evaluate is None else evaluate(variables) for evaluate, part in parts]


def _general(text: str, field: str, seen: Scan) -> Evaluate:
    """The evaluation by jlens.

    Variables are given as the *input document*, which is read lazily, and bound in a prologue: bindings would be
    converted whole on every call. The expression's own context must then be undefined, as it is on AWS, not that
    document; grouping an empty array evaluates the object constructor with just that context.
    """
    names = seen.variables
    # A variable may hide a built-in function of its name, but an absent one must not.
    hiding = frozenset(name for name in names if name in _BUILT_IN)
    plain = [name for name in names if name not in _BUILT_IN]
    compiled = {_NONE: _Wrapped(text, field, seen, plain)}
    if not hiding and _CLOCKED.isdisjoint(names):
        return compiled[_NONE].direct()

    def evaluate(variables: Variables) -> JSON:
        hidden = hiding.intersection(variables)
        wrapped = compiled.get(hidden)
        if wrapped is None:
            wrapped = compiled[hidden] = _Wrapped(text, field, seen, [*plain, *sorted(hidden)])
        return wrapped.evaluate(variables)

    return evaluate


class _Wrapped:
    """An expression in what binds its variables, those of `bound`."""

    def __init__(self, text: str, field: str, seen: Scan, bound: list[str]) -> None:
        self.text = text
        self.field = field
        self.names = seen.variables
        self.bound = bound
        self.clocked = not _CLOCKED.isdisjoint(self.names)
        self.may_be_nan = seen.divides or not _NAN.isdisjoint(self.names)
        self.source = self.compiled('"r":\n%s\n')

    def compiled(self, value: str, text: str | None = None, more: str = "") -> Any:
        """The evaluator's expression: `value`, the object constructor's content, with `text` in its place."""
        from jlens import Expression as Evaluator

        prologue = "".join(f"${name}:=`{name}`;" for name in self.bound)
        prologue += "".join(PROLOGUE[name] for name in self.names if name in PROLOGUE and name not in self.bound)
        expression = Evaluator(f"({prologue}{more}[]{{{value % (text or self.text)}}})")
        for name, (function, signature) in HOST.items():
            if name.lstrip("_") in self.names:
                expression.register_function(name, guarded(name.lstrip("_"), function), signature)
        if more:
            expression.register_function("__arithmetic", nonfinite.arithmetic)
        return expression

    def direct(self) -> Evaluate:
        """The evaluation of most expressions, on the shortest way: they neither hide a built-in nor read the clock."""
        from jlens import JlensError

        run = self.source.evaluate
        may_be_nan = self.may_be_nan

        def evaluate(variables: Variables) -> JSON:
            try:
                value = run(
                    variables,
                    timeout=_TIMEOUT,
                    max_depth=_DEPTH,
                    max_string_length=_STRING,
                    max_array_length=_ARRAY,
                    max_result_size=_RESULT,
                )["r"]
            except KeyError:
                raise self.nothing(variables) from None
            except (JlensError, Fault) as error:
                return self.carried(variables, error)
            if may_be_nan and nonfinite.holds_null(value):
                return self.named(variables, self.text)
            return value

        return evaluate

    def evaluate(self, variables: Variables) -> JSON:
        from jlens import JlensError

        try:
            value = self.source.evaluate(variables, **self.options()).get("r", _ABSENT)
        except (JlensError, Fault) as error:
            return self.carried(variables, error)
        if value is _ABSENT:
            raise self.nothing(variables)
        if self.may_be_nan and nonfinite.holds_null(value):
            return self.named(variables, self.text)
        return value

    def options(self) -> dict[str, Any]:
        now = ambient.CLOCK.get().now() * 1000 if self.clocked else None
        return {**_BOUNDS, "max_depth": _DEPTH, "now": now}

    def failed(self, error: JlensError | Fault) -> QueryError:
        return QueryError(self.text, self.field, f"threw an error during evaluation{_told(error)}")

    def carried(self, variables: Variables, error: JlensError | Fault) -> JSON:
        """The value of an expression that `error` stopped, if that was a number which is not finite."""
        if error.code != "D1001":
            raise self.failed(error) from None

        def audit(text: str, items: int) -> tuple[dict[str, Any], int, int] | None:
            expression = self.compiled('"r":\n%s\n', text, nonfinite.PROLOGUE)
            options = {**self.options(), "max_depth": _DEPTH * 4, "timeout": _TIMEOUT / 4}
            found = expression.evaluate_with_audit(variables, level="full", limits={"max_items": items}, **options)
            seen = found["audit"]
            if seen["truncated"] or (found["error"] or {}).get("code") in _LIMITS:
                return None
            return seen["root"], _begin(expression, text), seen["nodeCount"]

        try:
            text = nonfinite.guarded(self.text, audit)
        except Fault as fault:
            raise self.failed(fault) from None
        if text is None and not isinstance(error, Fault):
            before = _begin(self.source, self.text)
            start, place, end = ((at or 0) - before for at in (error.start, error.position, error.end))
            text = nonfinite.alone(self.text, start, place - 1, end)
        if text is None:
            raise self.failed(error) from None
        return self.named(variables, text)

    def named(self, variables: Variables, text: str) -> JSON:
        """The value of `text`, in which a number that is not finite is AWS's name for it."""
        from jlens import JlensError

        expression = self.compiled('"r":$__named(\n%s\n)', text, nonfinite.PROLOGUE + nonfinite.NAMED)
        try:
            answer = expression.evaluate(variables, **{**self.options(), "max_depth": _DEPTH * 10})
            if "r" in answer:
                return nonfinite.named(answer["r"])
        except (JlensError, Fault) as error:
            raise self.failed(error) from None
        raise self.nothing(variables)

    def nothing(self, variables: Variables) -> QueryError:
        """AWS's words for an expression without a value: it gave undefined, or a function, which is no JSON."""
        from jlens import JlensError

        try:
            expression = self.compiled('"r":$type(\n%s\n)')
            kind = expression.evaluate(variables, **{**self.options(), "max_depth": _DEPTH + 1})
        except (JlensError, Fault):
            kind = {}
        told = "an unsupported result type." if kind.get("r") == "function" else "nothing (undefined)."
        return QueryError(self.text, self.field, f"returned {told}")


def _begin(expression: Any, text: str) -> int:
    """Where in the source of an expression the text that it wraps begins."""
    return len(expression.source) - len(text) - len("\n})")


_WHOLE = re.compile(r"(base=|exponent=|number: |given )(-?\d+)\.0\b")
# AWS tells a limit without a code (measured); the evaluator's codes for them are not 2.0.6's.
_LIMITS = {
    "D1011": "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive",
    "D1012": "Expression evaluation timeout: Check for infinite loop",
    "U1001": "Expression evaluation memory limit exceeded: Check for excessive memory usage",
}


def _told(error: JlensError | Fault) -> str:
    """How AWS ends the sentence: `. CODE: message`, with whole numbers as JavaScript writes them, or `: a limit`."""
    message = _LIMITS.get(error.code)
    if message is None and error.code:
        message = str(error)
        if error.code in ("D3060", "D3061", "D3100"):
            message = _WHOLE.sub(r"\1\2", message)
        return f". {error.code}: {message}"
    return f": {message or error}"


# $toMillis takes the parts that its text does not have from the day it is.
_CLOCKED = frozenset({"now", "millis", "toMillis"})
_NAN = frozenset({"parseInteger", "round"})
_NONE: frozenset[str] = frozenset()
_NAMES = (
    "sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim pad"
    " match contains replace split join formatNumber formatBase formatInteger parseInteger number floor ceil round abs"
    " sqrt power random boolean not map zip filter single reduce sift keys lookup append exists spread merge reverse"
    " each error assert type sort shuffle distinct base64encode base64decode encodeUrlComponent encodeUrl"
    " decodeUrlComponent decodeUrl eval toMillis fromMillis clone now millis partition range hash uuid parse"
)
_BUILT_IN = frozenset(_NAMES.split())
