"""How values are written: `str`, `repr`, f-strings, format specifications. Python prints 1.0, True and None."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from treadle.language.exact.building import (
    bind,
    constant_text,
    derive,
    fresh,
    infix,
    invoke,
    is_small,
    maybe_array,
    quote,
)
from treadle.language.exact.equality import number
from treadle.language.exact.numbers import is_numeric, nearest
from treadle.language.term import BIND, CONDITION, MISSING, SUM, Formatted, Refusal, Term
from treadle.language.types import ANY, BOOL, FLOAT, INT, NEVER, NULL, NUMBER, STR, List, Opaque, Tuple, Type, members

SPEC = re.compile(r"(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([bcdeEfFgGnosxX%])?", re.DOTALL)


def text_of(t: Term) -> Term:
    """`str(t)`."""
    if t.type == STR:
        return t
    if t.type == NEVER:
        return derive('""', STR, (t,))
    if t.constant is not MISSING and not isinstance(t.constant, (list, dict)):
        return replace(Term(quote(str(t.constant)), STR, constant=str(t.constant)), guards=t.guards)
    if t.type == INT:
        return invoke("string", t, type=STR) if is_small(t) else invoke("formatBase", t, type=STR)
    if t.type == BOOL:
        return derive(f'{t.at(CONDITION + 1)} ? "True" : "False"', STR, (t,), power=CONDITION)
    if t.type == NULL:
        return replace(Term('"None"', STR), guards=t.guards)
    if t.type == FLOAT:
        raise Refusal("str() of a float is not exact in JSONata beyond 15 digits: say how many places", 'f"{x:.2f}"')
    if t.type == NUMBER or (any(member == INT for member in members(t.type)) and FLOAT in members(t.type)):
        raise Refusal("whether Python prints 1 or 1.0 here is not known: annotate it as int, or say how", 'f"{x:.2f}"')
    if isinstance(t.type, Opaque) and t.type.name == "datetime":
        from treadle.language.exact.time import written

        return written(t, " ")
    if isinstance(t.type, Opaque) and t.type.name in ("date", "naive datetime", "read datetime"):
        from treadle.language.exact import moments

        return moments.written(t)
    if isinstance(t.type, Opaque) and t.type.name == "exception":
        return t.typed(STR)
    if t.type != ANY and all(member in (NULL, BOOL, INT, STR) for member in members(t.type)):
        return bind({"value": t}, _mixed)
    if isinstance(t.type, List):
        return _listed(t, t.type.item)
    if isinstance(t.type, Tuple):
        return _fixed_listed(t, t.type.items)
    raise Refusal(f"how Python writes a value of type {t.type} cannot be kept exact", _instead(t.type))


def _listed(t: Term, item: Type) -> Term:
    """`str()` of a list: the `repr()` of its items."""
    name = fresh("v", t.text)
    text = shown(Term(name, item))
    items = f"[$map({t.at(BIND + 1)}, function({name}) {{ {text.text} }})]"
    return derive(f'"[" & $join({items}, ", ") & "]"', STR, (t, text), power=SUM, deeper=4)


def _fixed_listed(t: Term, types: Sequence[Type]) -> Term:
    """`str()` of a tuple; one item has a comma behind it."""

    def build(whole: Term) -> Term:
        texts = [shown(derive(f"{whole.text}[{at}]", each, (whole,))).at(SUM + 1) for at, each in enumerate(types)]
        inside = ' & ", " & '.join(texts) + (' & ","' if len(texts) == 1 else "")
        return derive(f'"(" & {inside} & ")"' if texts else '"()"', STR, (whole,), power=SUM, deeper=4)

    return bind({"items": t}, build)


def _instead(type: Type) -> str:
    return (
        "json.dumps(items, ensure_ascii=False)"
        if maybe_array(type) and type != ANY
        else 'f"{x:.2f}"'
        if is_numeric(type)
        else "json.dumps(items, ensure_ascii=False)"
    )


def _mixed(t: Term) -> Term:
    """A value that may be text, an integer, a bool or None."""
    found = members(t.type)
    text = t.text
    if INT in found:
        text = (
            f'$type({t.text}) = "number" ? $formatBase({t.text}) : {text}'
            if len(found) > 1
            else f"$formatBase({t.text})"
        )
    if BOOL in found:
        text = f'$type({t.text}) = "boolean" ? ({t.text} ? "True" : "False") : {text}'
    if NULL in found:
        text = f'{t.text} = null ? "None" : {text}'
    return derive(text, STR, (t,), power=CONDITION, deeper=3)


def shown(t: Term, *, for_cause: bool = False) -> Term:
    """`repr(t)`."""
    if isinstance(t.constant, str):
        return Term(quote(repr(t.constant)), STR, guards=t.guards, constant=repr(t.constant))
    if t.type == STR:
        if for_cause:
            return bind({"text": t}, lambda x: derive(quoted(x.text), STR, (x,)))
        raise Refusal(
            "repr() of a text escapes what cannot be printed, which JSONata does not know",
            "json.dumps(items, ensure_ascii=False)",
        )
    if STR in members(t.type):
        if for_cause:
            return bind({"value": t}, _maybe_quoted)
        raise Refusal(
            f"repr() of a value of type {t.type} may be that of a text, which JSONata does not know",
            "json.dumps(items, ensure_ascii=False)",
        )
    return text_of(t)


def _maybe_quoted(x: Term) -> Term:
    text = f'$type({x.text}) = "string" ? {quoted(x.text)} : {text_of(x).at(CONDITION + 1)}'
    return derive(text, STR, (x,), power=CONDITION, deeper=2)


def quoted(text: str) -> str:
    """JSONata for `repr()` of a text, but for characters that cannot be printed."""
    plain = f'"\'" & {text} & "\'"'
    escaped = f'$replace($replace($replace({text}, "\\\\", "\\\\\\\\"), "\\n", "\\\\n"), "\\t", "\\\\t")'
    single = f'"\'" & $replace({escaped}, "\'", "\\\\\'") & "\'"'
    double = f'"\\"" & {escaped} & "\\""'
    choice = f'$contains({text}, "\'") and $not($contains({text}, "\\"")) ? {double} : {single}'
    return f"($contains({text}, /[\\\\'\\n\\t]/) ? ({choice}) : {plain})"


# --- f-strings


def joined(parts: Sequence[str | Formatted]) -> Term:
    """An f-string: one `&` for few parts, one `$join` for many, so that it stays shallow."""
    terms: list[Term] = []
    for part in parts:
        if isinstance(part, str):
            made = constant_text(part)
        else:
            made = formatted(part)
        if isinstance(made.constant, str) and not made.guards:
            if terms and isinstance(terms[-1].constant, str) and not terms[-1].guards:
                made = constant_text(terms.pop().constant + made.constant)
            elif not made.constant:
                continue
        terms.append(made)
    if not terms:
        return Term('""', STR, constant="")
    if len(terms) == 1:
        return terms[0]
    if len(terms) > 8:
        return derive(f"$join([{', '.join(term.at(BIND + 1) for term in terms)}])", STR, terms)
    result = _operand(terms[0])
    for term in terms[1:]:
        result = infix("&", result, _operand(term), STR, SUM)
    return result


def _operand(t: Term) -> Term:
    """Inside `&`, `$string` of a small integer need not be said."""
    inner = re.fullmatch(r"\$string\((\$(?:count|length)\(.*\))\)", t.text)
    return replace(t, text=inner[1]) if inner else t


def formatted(part: Formatted) -> Term:
    value = part.value
    if part.conversion == "a":
        raise Refusal(
            "!a escapes every character that is not ASCII, which JSONata does not know",
            "json.dumps(items, ensure_ascii=False)",
        )
    if part.conversion == "r":
        value = shown(value)
    elif part.conversion == "s":
        value = text_of(value)
    if part.spec is None or part.spec.constant == "":
        return text_of(value)
    if not isinstance(part.spec.constant, str):
        raise Refusal("a format specification must be a constant", 'f"{x:.2f}"')
    return with_spec(value, part.spec.constant)


def with_spec(t: Term, spec: str) -> Term:
    """`format(t, spec)`."""
    if t.type == NEVER:
        return text_of(t)
    if isinstance(t.type, Opaque) and t.type.name in ("datetime", "naive datetime", "read datetime", "date"):
        from treadle.language.exact.moments import wall
        from treadle.language.exact.time import strftime

        return strftime(wall(t), constant_text(spec))
    match = SPEC.fullmatch(spec)
    if match is None:
        raise Refusal(f"the format specification {spec!r} is not Python's", 'f"{x:.2f}"')
    fill, align, sign, alternate, zero, width, group, places, kind = match.groups()
    if kind == "n" or (alternate and kind):
        raise Refusal(f"the format specification {spec!r} cannot be kept exact", 'f"{x:,}"')
    if t.type == STR:
        if sign or group or zero or align == "=" or kind not in (None, "s"):
            raise Refusal(f"{spec!r} is no format of a text: Python raises ValueError", 'f"{x:>8}"')
        body = t if places is None else invoke("substring", t, "0", places, type=STR)
        return _aligned(body, fill or " ", align or "<", width)
    if not is_numeric(t.type):
        raise Refusal(f"a value of type {t.type} has no format {spec!r} that can be kept exact", 'f"{x:.2f}"')
    if t.type == BOOL and kind is None and not (sign or group or zero):
        # Python formats a bool with a width as the integer it is.
        t = number(t)
    body = _number_body(number(t), kind, places, group, spec)
    signed = _with_sign(number(t), body, sign)
    if zero and align is None:
        fill, align = fill or "0", "="
    if align == "=" and width:
        if (fill or " ") != "0" or group:
            raise Refusal(f"the format specification {spec!r} cannot be kept exact", 'f"{x:08.2f}"')
        from treadle.language.exact.strings import padded

        return padded("zfill", signed, Term(width, INT, constant=int(width)), None)
    return _aligned(signed, fill or " ", align or ">", width)


def _number_body(t: Term, kind: str | None, places: str | None, group: str | None, spec: str) -> Term:
    if kind in ("f", "F", "%"):
        return _fixed(t, 6 if places is None else int(places), group, percent=kind == "%")
    if t.type == INT and places is None and kind in (None, "d"):
        if not group:
            return text_of(t)
        return _grouped(t, group)
    if t.type == INT and places is None and kind in ("x", "X", "b", "o") and not group:
        base = {"x": "16", "X": "16", "b": "2", "o": "8"}[kind]
        written = invoke("formatBase", t, base, type=STR)
        return invoke("uppercase", written, type=STR) if kind == "X" else written
    raise Refusal(f"the format specification {spec!r} of {t.type} cannot be kept exact", 'f"{x:.2f}"')


def _grouped(t: Term, group: str) -> Term:
    written = invoke("formatNumber", t, '"#,##0"', type=STR)
    return written if group == "," else invoke("replace", written, '","', '"_"', type=STR)


def _fixed(t: Term, places: int, group: str | None, *, percent: bool) -> Term:
    """`f"{x:.2f}"`: the exact binary value rounded half to even. `$formatNumber` rounds its decimal form instead."""
    if percent:
        t = infix("*", t, Term("100", INT), t.type if t.type != INT else INT, 60)
    whole = '"#,##0"' if group else '"0"'
    if t.type == INT:
        zeros = "." + "0" * places if places else ""
        body = invoke("formatNumber", t, whole[:-1] + zeros + '"', type=STR)
    elif places == 0:
        body = bind({"number": t}, lambda x: _unsigned_zero(x, f"$formatNumber($round($abs({x.text})), {whole})"))
    elif places <= 11:
        body = bind({"number": t}, lambda x: _decimals(x, places, whole))
    else:
        raise Refusal("more than 11 decimal places cannot be kept exact", 'f"{x:.6f}"')
    if group == "_":
        body = invoke("replace", body, '","', '"_"', type=STR)
    return infix("&", body, Term('"%"', STR), STR, SUM) if percent else body


def _unsigned_zero(x: Term, digits: str) -> Term:
    return derive(f'({x.text} < 0 ? "-" : "") & {digits}', STR, (x,), power=SUM, deeper=3)


def _decimals(x: Term, places: int, whole: str) -> Term:
    scale = 10**places
    text = (
        f"($_whole := $floor($abs({x.text})); $_part := $abs({x.text}) - $_whole; {nearest('$_part', scale)}; "
        f"$_whole := $_near = {scale} ? $_whole + 1 : $_whole; "
        f'({x.text} < 0 ? "-" : "") & $formatNumber($_whole, {whole}) & "." & '
        f'$formatNumber($_near % {scale}, "{"0" * places}"))'
    )
    return derive(text, STR, (x,), deeper=6)


def _with_sign(t: Term, body: Term, sign: str | None) -> Term:
    if sign in (None, "-"):
        return body
    lead = quote(sign or "")

    def build(written: Term) -> Term:
        text = f'($substring({written.text}, 0, 1) = "-" ? "" : {lead}) & {written.text}'
        return derive(text, STR, (written,), power=SUM, deeper=3)

    return bind({"written": body}, build)


def _aligned(t: Term, fill: str, align: str, width: str | None) -> Term:
    if width is None or int(width) == 0:
        return t
    if align == "^":

        def centred(text: Term) -> Term:
            left = f"$max([0, $floor(({width} - $length({text.text})) / 2)])"
            mark = "" if fill == " " else f", {quote(fill)}"
            whole = f"$pad($pad({text.text}, -($length({text.text}) + {left}){mark}), {width}{mark})"
            return derive(whole, STR, (text,), deeper=5)

        return bind({"text": t}, centred)
    mark = () if fill == " " else (quote(fill),)
    return invoke("pad", t, f"-{width}" if align == ">" else str(int(width)), *mark, type=STR)
