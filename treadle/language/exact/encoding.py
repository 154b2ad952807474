"""JSON as text, bytes, digests and Base64. A `bytes` is kept as the text that UTF-8 makes of it."""

from __future__ import annotations

from dataclasses import replace

from treadle.language.exact import characters
from treadle.language.exact.building import bind, derive, invoke, quote
from treadle.language.exact.comparison import ordering
from treadle.language.exact.formatting import text_of
from treadle.language.term import BIND, Guard, Refusal, Term
from treadle.language.types import ANY, BOOL, FLOAT, INT, NULL, STR, Dict, List, Opaque, Record, Tuple, Type, members

BYTES, DIGEST, ENCODED = Opaque("bytes"), Opaque("digest"), Opaque("base64")

ALGORITHMS = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}


def writes_exactly(type: Type) -> bool:
    """True where JSON text of the type holds no float: JSONata writes 1.0 as 1, and 15 digits at most."""
    for member in members(type):
        match member:
            case List():
                fine = writes_exactly(member.item)
            case Dict():
                fine = writes_exactly(member.value)
            case Tuple():
                fine = all(map(writes_exactly, member.items))
            case Record():
                fine = not member.attributes and all(writes_exactly(each.type) for each in member.fields)
                fine = fine and (member.closed or bool(member.name))
            case _:
                fine = member not in (ANY, FLOAT) and not isinstance(member, Opaque)
        if not fine:
            return False
    return True


def dumps(t: Term, options: dict[str, Term]) -> Term:
    """`json.dumps(x, …)`."""
    known = {name: option.constant for name, option in options.items()}
    ascii_only = known.pop("ensure_ascii", True)
    separators, indent = known.pop("separators", None), known.pop("indent", None)
    sort = known.pop("sort_keys", False)
    known.pop("allow_nan", None)
    simple = isinstance(ascii_only, bool) and isinstance(sort, bool)
    if known or not simple or separators not in (None, (",", ":"), (", ", ": ")):
        raise Refusal("these options of json.dumps() cannot be kept exact", "json.dumps(items, indent=2)")
    if indent is not None and (type(indent) is not int or not 0 <= indent <= 8):
        raise Refusal("json.dumps() needs a constant indent of spaces", "json.dumps(items, indent=2)")
    if not writes_exactly(t.type):
        raise Refusal(
            f"a value of type {t.type} may hold a float, which JSONata writes with 15 digits and without .0",
            "json.dumps([str(x) for x in items])",
        )
    made = _dumped(t, separators, indent, sort)
    if not ascii_only or t.type == INT or not holds_text(t.type):
        return made
    return characters.in_ascii(made, lines=indent is not None)


def _dumped(t: Term, separators: tuple[str, str] | None, indent: int | None, sort: bool) -> Term:
    if t.type == INT:
        return text_of(t)
    if t.type == STR:
        return bind(
            {"text": t},
            lambda x: derive(
                f"$substring($string([{x.text}]), 1, $length($string([{x.text}])) - 2)", STR, (x,), deeper=3
            ),
        )
    if indent is None and separators == (",", ":") and not sort and not holds(t.type, INT):
        return derive(f"$string({t.at(BIND + 1)})", STR, (t,), deeper=2)
    comma, colon = separators or (", " if indent is None else ",", ": ")
    return _written(t, quote(comma), quote(colon), indent, sort)


def holds_text(type: Type) -> bool:
    """True where JSON of the type may have text in it that is not ASCII."""
    for member in members(type):
        match member:
            case List():
                found = holds_text(member.item)
            case Tuple():
                found = any(map(holds_text, member.items))
            case Record() if member.closed:
                found = any(not each.name.isascii() or holds_text(each.type) for each in member.fields)
            case _:
                found = member not in (INT, BOOL, NULL)
        if found:
            return True
    return False


def _written(t: Term, comma: str, colon: str, indent: int | None, sort: bool) -> Term:
    """JSON text by a function of its own: `$string` rounds integers of more than 15 digits."""
    deeper = f"$_in & {quote(' ' * (indent or 0))}"
    step = "" if indent is None else f", {deeper}"
    values = f"$map($_v, function($_w) {{ $_write($_w{step}) }})"
    pairs = f"$each($_v, function($_w, $_k) {{ $_write($_k{step}) & {colon} & $_write($_w{step}) }})"
    if sort:
        before, behind = (ordering(Term(name, STR)).text for name in ("$_a", "$_b"))
        pair = f"function($_k) {{ $_write($_k{step}) & {colon} & $_write($lookup($_v, $_k){step}) }}"
        pairs = f"$map($sort($keys($_v), function($_a, $_b) {{ {before} > {behind} }}), {pair})"
    cases = ""
    for kind, opening, closing, items in (("array", "[", "]", values), ("object", "{", "}", pairs)):
        made = f'"{opening}" & $join([{items}], {comma}) & "{closing}"'
        if indent is not None:
            made = (
                f'$_v = {opening}{closing} ? "{opening}{closing}" : "{opening}\\n" & {deeper} & '
                f'$join([{items}], {comma} & "\\n" & {deeper}) & "\\n" & $_in & "{closing}"'
            )
        cases += f'$type($_v) = "{kind}" ? ({made}) : '
    start = "" if indent is None else ', ""'
    text = (
        f"($_write := function($_v{'' if indent is None else ', $_in'}) {{ {cases}"
        '$type($_v) = "string" ? $substring($string([$_v]), 1, $length($string([$_v])) - 2) : '
        f'$type($_v) = "number" ? $formatBase($_v) : $string($_v) }}; '
        f"$_write({t.at(BIND + 1)}{start}))"
    )
    return derive(text, STR, (t,), deeper=12)


def holds(type: Type, sought: Type) -> bool:
    """True where a value of the type may be, or have in it, one of `sought`."""
    for member in members(type):
        match member:
            case List():
                found = holds(member.item, sought)
            case Dict():
                found = holds(member.value, sought)
            case Tuple():
                found = any(holds(each, sought) for each in member.items)
            case Record():
                found = any(holds(each.type, sought) for each in member.fields)
            case _:
                found = member == sought
        if found:
            return True
    return False


def loads(t: Term) -> Term:
    """`json.loads(text)`. The guard reduces the text, innermost brackets first, until one value is left."""
    if t.type == BYTES:
        t = t.typed(STR)
    if t.type != STR:
        raise Refusal(f"json.loads() takes text, and this is {t.type}", "json.loads(text)")

    def build(text: Term) -> Term:
        when = (
            '($_less := function($_t) { ($_u := $replace($replace($_t, /\\[((0|"")(,(0|""))*)?\\]/, "0"), '
            '/\\{("":(0|"")(,"":(0|""))*)?\\}/, "0"); $_u = $_t ? $_t : $_less($_u)) }; '
            f"$_flat := $replace({text.text}, "
            r'/"([^"\x5c\x00-\x1f]|[\x5c](["\x5c\/bfnrt]|u[0-9a-fA-F]{4}))*"/, "\"\""); '
            '$_flat := $replace($_flat, /-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?|true|false|null/, "0"); '
            '$not($_less($replace($_flat, /[ \\t\\n\\r]+/, "")) in ["0", "\\"\\""]))'
        )
        guard = Guard(when, quote("JSONDecodeError"), quote("Expecting value: line 1 column 1 (char 0)"))
        return replace(invoke("parse", text, type=ANY), guards=(guard,))

    return bind({"text": t}, build)


def encode(t: Term, encoding: Term | None) -> Term:
    """`text.encode()`."""
    _only_utf8(encoding)
    return t.typed(BYTES)


def decode(t: Term, encoding: Term | None) -> Term:
    """`data.decode()`. Base64 has no other characters than those of ASCII."""
    if t.type != ENCODED or str(getattr(encoding, "constant", "")).lower() not in ("ascii", "us-ascii", "latin-1"):
        _only_utf8(encoding)
    return t.typed(STR)


def _only_utf8(encoding: Term | None) -> None:
    if encoding is not None and str(encoding.constant).lower() not in ("utf-8", "utf8", "ascii"):
        raise Refusal("only UTF-8 can be kept exact", "text.encode()")
    if encoding is not None and str(encoding.constant).lower() == "ascii":
        raise Refusal("encoding as ASCII raises for other characters", "text.encode()")


def digest(algorithm: str, t: Term) -> Term:
    """`hashlib.sha256(data)`."""
    if t.type != BYTES:
        raise Refusal(f"hashlib takes bytes, and this is {t.type}", "hashlib.sha256(text.encode())")
    return invoke("hash", t, quote(ALGORITHMS[algorithm]), type=DIGEST)


def base64_encode(t: Term, *, url: bool = False) -> Term:
    """`base64.b64encode(data)`: `$base64encode` takes the low bytes of characters, so UTF-8 is spelt out before."""
    if t.type != BYTES:
        raise Refusal(f"b64encode() takes bytes, and this is {t.type}", "base64.b64encode(text.encode()).decode()")
    high = "".join(f"\\u{code:04x}" if code < 0xA1 or code == 0xAD else chr(code) for code in range(0x80, 0x100))
    digits = '"0123456789ABCDEF"'

    def nibble(at: int) -> str:
        return f"$length($substringBefore({digits}, $substring($_m.match, {at}, 1)))"

    spelt = f'$substring("{high}", {nibble(1)} * 16 + {nibble(2)} - 128, 1)'
    # A percent sign of the text itself is coded as %25, and only once decoded: high bytes go first.
    coded = (
        f"$replace($replace($encodeUrlComponent({t.at(BIND + 1)}), /%[89A-F][0-9A-F]/, function($_m) {{ {spelt} }}), "
        "/%[0-7][0-9A-F]/, function($_m) { $decodeUrlComponent($_m.match) })"
    )
    text = f"$base64encode({coded})"
    if url:
        text = f'$replace($replace({text}, "+", "-"), "/", "_")'
    return derive(text, ENCODED, (t,), deeper=6)
