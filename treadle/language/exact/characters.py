"""Characters by their numbers: `chr`, `translate`, the size of a text in UTF-8, and the escapes of JSON in ASCII.

JSONata has no number of a character. `$encodeUrlComponent` writes its UTF-8 bytes as `%C3%A9`, from which it follows.
"""

from __future__ import annotations

from collections.abc import Mapping

from treadle.language.exact.building import bind, derive, invoke, quote
from treadle.language.exact.charset import Charset, inverted, merged, of_letters
from treadle.language.term import BIND, CONDITION, Guard, Refusal, Term
from treadle.language.types import INT, STR, List

_HEX = 'function($_n) { "\\\\u" & $pad($formatBase($_n, 16), -4, "0") }'
"""The escape of one UTF-16 unit."""


def chr_(t: Term) -> Term:
    """`chr(number)`."""
    if t.type != INT:
        raise Refusal(f"chr() takes an integer, and this is {t.type}", "chr(65)")
    if isinstance(t.constant, int):
        if not 0 <= t.constant <= 0x10FFFF or 0xD800 <= t.constant <= 0xDFFF:
            raise Refusal(f"{t.constant} is the number of no character that JSON can hold", "chr(65)")
        letter = chr(t.constant)
        return Term(quote(letter), STR, constant=letter, guards=t.guards)

    def build(number: Term) -> Term:
        n = number.text
        guards = [
            Guard(f"{n} {beyond}", quote(type(error).__name__), quote(str(error)))
            for beyond, error in (("> 2147483647", _told(2**31)), ("< -2147483648", _told(-(2**31) - 1)))
        ]
        guards.append(
            Guard(f"{n} < 0 or {n} > 1114111", quote("ValueError"), quote("chr() arg not in range(0x110000)"))
        )
        pair = f"$_unit(55232 + $floor({n} / 1024)) & $_unit(56320 + {n} % 1024)"
        text = f'($_unit := {_HEX}; $parse("\\"" & ({n} < 65536 ? $_unit({n}) : {pair}) & "\\""))'
        return derive(text, STR, (number,), guards, deeper=6)

    return bind({"number": t}, build)


def _told(number: int) -> Exception:
    """What `chr` raises, which is not the same in each version of Python."""
    try:
        chr(number)
    except (OverflowError, ValueError) as error:
        return error
    raise AssertionError(number)


def ord_(t: Term) -> Term:
    """`ord(letter)`."""
    if t.type != STR:
        raise Refusal(f"ord() takes a character, and this is {t.type}", 'ord("a")')
    if isinstance(t.constant, str) and len(t.constant) == 1:
        return Term(str(ord(t.constant)), INT, constant=ord(t.constant))
    printable = "".join(map(chr, range(32, 127)))

    def build(letter: Term) -> Term:
        long = f'"ord() expected a character, but string of length " & $length({letter.text}) & " found"'
        guard = Guard(f"$length({letter.text}) != 1", quote("TypeError"), long)
        known = f"$contains({quote(printable)}, {letter.text})"
        at = f"$length($substringBefore({quote(printable)}, {letter.text})) + 32"
        return derive(
            f"{known} ? {at} : ({_number(letter.text)}; $_code)", INT, (letter,), (guard,), power=CONDITION, deeper=6
        )

    return bind({"letter": t}, build)


def _number(letter: str) -> str:
    """`$_code`, the number of a character that `$encodeUrlComponent` writes as bytes."""
    return (
        f"$_bytes := [$map([$match($encodeUrlComponent({letter}), /%(..)/).groups[0]], "
        'function($_two) { $number("0x" & $_two) })]; '
        "$_code := $reduce($_bytes, function($_all, $_one) { $_all * 64 + $_one - 128 }) "
        "- [0, 12288, 917504, 62914560][$count($_bytes) - 1]"
    )


def bytes_of(t: Term) -> Term:
    """`len(text.encode())`."""
    coded = f'$replace($encodeUrlComponent({t.at(BIND + 1)}), /%../, "x")'
    return derive(f"$length({coded})", INT, (t,), deeper=3)


def in_ascii(t: Term, *, lines: bool) -> Term:
    """JSON text with each character that is not ASCII as `\\u…`, as `json.dumps` has it; `lines` where it has some."""
    plain = of_letters(map(chr, range(32, 127)))
    outside = Charset(inverted(merged([*plain, (10, 10)]) if lines else plain)).written()
    pair = "$_unit(55232 + $floor($_code / 1024)) & $_unit(56320 + $_code % 1024)"
    escape = f"function($_m) {{ ({_number('$_m.match')}; $_code < 65536 ? $_unit($_code) : {pair}) }}"
    return derive(f"($_unit := {_HEX}; $replace({t.at(BIND + 1)}, /{outside}/, {escape}))", STR, (t,), deeper=8)


def translate(t: Term, table: Mapping[int, str | int | None]) -> Term:
    """`text.translate(table)` of a table that is known."""
    changed = {chr(key): "" if to is None else chr(to) if isinstance(to, int) else to for key, to in table.items()}
    if not changed:
        return t
    letters = f"/{Charset(of_letters(changed)).written()}/"
    if len(set(changed.values())) == 1:
        return invoke("replace", t, letters, quote(next(iter(changed.values())).replace("$", "$$")), type=STR)
    pairs = ", ".join(f"{quote(letter)}: {quote(to)}" for letter, to in changed.items())
    return invoke("replace", t, letters, f"function($_m) {{ $lookup({{{pairs}}}, $_m.match) }}", type=STR)


BREAKS = r"\n-\r\x1c-\x1e\x85\u2028\u2029"


def kept_lines(t: Term) -> Term:
    """`splitlines(keepends=True)`."""
    each = rf"/[^{BREAKS}]*(?:\r\n|[{BREAKS}])|[^{BREAKS}]+/"
    return derive(f"[$match({t.at(BIND + 1)}, {each}).match]", List(STR), (t,), deeper=3)


def centred(t: Term, width: Term, fill: Term | None) -> Term:
    """`center`: what is left over of an odd space goes to the left where the width is odd."""
    if not isinstance(width.constant, int):
        raise Refusal("center() needs a constant width", "text.center(20)")
    if fill is not None and (not isinstance(fill.constant, str) or len(fill.constant) != 1):
        raise Refusal("center() needs a constant fill character", 'text.center(20, "-")')
    if width.constant <= 0:
        return t
    mark = "" if fill is None or fill.constant == " " else f", {fill.text}"
    half = "ceil" if width.constant % 2 else "floor"

    def build(text: Term) -> Term:
        left = f"$max([0, ${half}(({width.text} - $length({text.text})) / 2)])"
        whole = f"$pad($pad({text.text}, -($length({text.text}) + {left}){mark}), {width.text}{mark})"
        return derive(whole, STR, (text,), deeper=5)

    return bind({"text": t}, build)
