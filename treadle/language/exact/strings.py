"""Text: the methods of `str`. JSONata's `$trim`, `$split` and `$replace` are near, and each differs where it hurts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from treadle.language.exact.building import (
    bind,
    constant_text,
    derive,
    infix,
    invoke,
    item_type,
    quote,
)
from treadle.language.exact.truth import FALSE, TRUE
from treadle.language.term import BIND, COMPARISON, CONDITION, MISSING, OR, SUM, Guard, Refusal, Term
from treadle.language.types import BOOL, INT, NEVER, NULL, STR, List, Tuple

SPACE = r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What `str.isspace` holds for, inside a regular expression's brackets; `\\s` of JSONata is another set."""

EMPTY = Term('""', STR, constant="")


def concatenate(left: Term, right: Term) -> Term:
    return infix("&", left, right, STR, SUM)


def length(t: Term) -> Term:
    """Code points, as JSONata counts them too."""
    if isinstance(t.constant, str):
        return Term(str(len(t.constant)), INT, guards=t.guards, constant=len(t.constant))
    return invoke("length", t, type=INT)


def letters(t: Term) -> Term:
    """A list of the characters."""

    def build(text: Term) -> Term:
        each = f"[$map([0..$length({text.text}) - 1], function($_at) {{ $substring({text.text}, $_at, 1) }})]"
        return derive(each, List(STR), (text,), deeper=3)

    return bind({"text": t}, build)


def repeat(t: Term, count: Term) -> Term:
    """`text * count`."""

    def build(text: Term) -> Term:
        return derive(
            f"$join([$map([1..{count.text}], function($_at) {{ {text.text} }})])",
            STR,
            (text, replace(count, guards=())),
            deeper=3,
        )

    built = bind({"text": t}, build, count)
    return replace(built, guards=t.guards + count.guards)


def joined(separator: Term, items: Term) -> Term:
    """`separator.join(items)`."""
    item = item_type(items.type)
    if item not in (STR, NEVER):
        raise Refusal(f"join() takes text, and these items are {item}", "separator.join([str(x) for x in items])")
    guards = separator.guards + items.guards
    if separator.constant == "":
        return replace(invoke("join", items, type=STR), guards=guards)
    return replace(invoke("join", items, separator, type=STR), guards=guards)


# --- methods


def upper(t: Term) -> Term:
    return invoke("uppercase", t, type=STR)


def lower(t: Term) -> Term:
    return invoke("lowercase", t, type=STR)


def strip(t: Term, letters: Term | None = None, where: str = "both") -> Term:
    """`strip`, `lstrip` and `rstrip`, of white space or of given characters."""
    if letters is not None and letters.type == NULL:
        letters = None
    if letters is None:
        inside = SPACE
    elif isinstance(letters.constant, str):
        if not letters.constant:
            return t
        if any(letter > "\uffff" for letter in letters.constant):
            raise Refusal("characters beyond U+FFFF cannot be stripped one by one", 'text.removeprefix("…")')
        inside = "".join(_in_class(letter) for letter in letters.constant)
    else:
        raise Refusal("the characters to strip must be a constant", 'text.strip(" -")')
    patterns = {"left": f"/^[{inside}]+/", "right": f"/[{inside}]+$/", "both": f"/^[{inside}]+|[{inside}]+$/"}
    return invoke("replace", t, patterns[where], '""', type=STR)


def _in_class(letter: str) -> str:
    if letter.isalnum() and letter.isascii():
        return letter
    return f"\\x{ord(letter):02x}" if ord(letter) < 256 else f"\\u{ord(letter):04x}"


def split(t: Term, separator: Term | None, limit: Term | None, *, right: bool = False) -> Term:
    if limit is not None and limit.constant == -1:
        limit = None
    if separator is None or separator.type == NULL:
        if limit is not None:
            raise Refusal("split() on white space with a limit is not supported", 'text.split(" ", 1)')
        return derive(f"[$match({t.text}, /[^{SPACE}]+/).match]", List(STR), (t,), deeper=3)
    if separator.constant == "":
        raise Refusal("empty separator: Python raises ValueError", "list(text)")
    guards = () if isinstance(separator.constant, str) else _not_empty(separator)
    if limit is None:
        return replace(invoke("split", t, separator, type=List(STR), guards=guards))
    if limit.constant == 0:
        return derive(f"[{t.at(BIND + 1)}]", List(STR), (t, separator))
    if limit.constant is MISSING or not isinstance(limit.constant, int) or limit.constant < 0:
        raise Refusal("the limit of split() must be a constant", 'text.split(",", 1)')
    return _split_some(t, separator, limit.constant, guards, right)


def _split_some(t: Term, separator: Term, limit: int, guards: Sequence[Guard], right: bool) -> Term:
    """The first (or last) pieces one by one, and the rest joined again."""

    def build(text: Term, by: Term) -> Term:
        some = f"$_pieces := $split({text.text}, {by.text}); $_count := $count($_pieces)"
        inner = "$filter($_pieces, function($_piece, $_at) { %s })"
        if right:
            rest, each = inner % f"$_at < $_count - {limit}", inner % f"$_at >= $_count - {limit}"
            value = f"[$join([{rest}], {by.text}), {each}]"
        else:
            rest, each = inner % f"$_at >= {limit}", inner % f"$_at < {limit}"
            value = f"[{each}, $join([{rest}], {by.text})]"
        whole = f"({some}; $_count <= {limit} ? $_pieces : {value})"
        return derive(whole, List(STR), (text, by), guards, deeper=5)

    return bind({"text": t, "separator": separator}, build)


def _not_empty(separator: Term) -> tuple[Guard, ...]:
    return (Guard(f'{separator.at(COMPARISON + 1)} = ""', quote("ValueError"), quote("empty separator")),)


def lines(t: Term) -> Term:
    """`splitlines()`."""
    breaks = r"/\r\n|[\n-\r\x1c-\x1e\x85\u2028\u2029]/"

    def build(text: Term) -> Term:
        pieces = f"$_lines := $split({text.text}, {breaks}); $_count := $count($_lines)"
        kept = '[$filter($_lines, function($_line, $_at) { $_at < $_count - 1 or $_line != "" })]'
        return derive(f"({pieces}; {kept})", List(STR), (text,), deeper=4)

    return bind({"text": t}, build)


def swap(t: Term, old: Term, new: Term, count: Term | None = None) -> Term:
    """`replace(old, new[, count])`."""
    if count is not None and count.constant == -1:
        count = None
    if old.constant == "":
        raise Refusal("replacing the empty text puts something between all characters", "new.join(list(text))")
    if not isinstance(old.constant, str):
        if count is not None:
            raise Refusal("replace() with a count needs a constant to replace", 'text.replace("a", new, 1)')

        def build(text: Term, before: Term, after: Term) -> Term:
            chars = letters(text).text
            between = f"$join([{after.text}, $map({chars}, function($_letter) {{ $_letter & {after.text} }})])"
            whole = f'{before.text} = "" ? {between} : $replace({text.text}, {before.text}, {after.text})'
            return derive(whole, STR, (text, before, after), power=CONDITION, deeper=6)

        return bind({"text": t, "old": old, "new": new}, build)
    if count is None:
        return invoke("replace", t, old, new, type=STR)
    if not isinstance(count.constant, int) or count.constant < 0:
        raise Refusal("the count of replace() must be a constant", 'text.replace("a", "b", 1)')
    return invoke("replace", t, old, new, count, type=STR)


def starts(t: Term, prefix: Term) -> Term:
    return _any_of(prefix, lambda one: _starts(t, one), t)


def ends(t: Term, suffix: Term) -> Term:
    return _any_of(suffix, lambda one: _ends(t, one), t)


def _any_of(options: Term, test: Callable[[Term], Term], t: Term) -> Term:
    """One text, or any of a tuple of them."""
    if options.type == STR:
        return test(options)
    if not (isinstance(options.type, Tuple) and isinstance(options.constant, tuple)):
        raise Refusal(
            "startswith() and endswith() take a text or a constant tuple of texts", 'text.startswith(("a", "b"))'
        )
    if not options.constant:
        return replace(FALSE, guards=t.guards)
    tests = [replace(test(constant_text(option)), guards=()) for option in options.constant]
    text = " or ".join(each.at(OR + 1) for each in tests)
    return derive(text, BOOL, (t,), power=OR if len(tests) > 1 else COMPARISON, deeper=2 + len(tests))


def _starts(t: Term, prefix: Term) -> Term:
    if prefix.constant == "":
        return replace(TRUE, guards=t.guards)
    begin = f"$substring({t.text}, 0, {length(prefix).text})"
    return derive(f"{begin} = {prefix.at(COMPARISON + 1)}", BOOL, (t, prefix), power=COMPARISON, deeper=3)


def _ends(t: Term, suffix: Term) -> Term:
    if isinstance(suffix.constant, str):
        if not suffix.constant:
            return replace(TRUE, guards=t.guards)
        return derive(
            f"$substring({t.text}, -{len(suffix.constant)}) = {suffix.text}", BOOL, (t,), power=COMPARISON, deeper=2
        )

    def build(text: Term, end: Term) -> Term:
        whole = f'{end.text} = "" or $substring({text.text}, -$length({end.text})) = {end.text}'
        return derive(whole, BOOL, (text, end), power=OR, deeper=4)

    return bind({"text": t, "suffix": suffix}, build)


def without_prefix(t: Term, prefix: Term) -> Term:
    def build(text: Term, begin: Term) -> Term:
        test = _starts(text, begin)
        return derive(
            f"{test.text} ? $substring({text.text}, {length(begin).text}) : {text.text}",
            STR,
            (text, begin, test),
            power=CONDITION,
        )

    return bind({"text": t, "prefix": prefix}, build)


def without_suffix(t: Term, suffix: Term) -> Term:
    def build(text: Term, end: Term) -> Term:
        test = _ends(text, end)
        kept = f"$substring({text.text}, 0, $length({text.text}) - {length(end).text})"
        return derive(f"{test.text} ? {kept} : {text.text}", STR, (text, end, test), power=CONDITION)

    return bind({"text": t, "suffix": suffix}, build)


def find(t: Term, needle: Term, *, strict: bool = False) -> Term:
    """`find`, and `index` when strict."""

    def build(text: Term, sought: Term) -> Term:
        at = f"$length($substringBefore({text.text}, {sought.text}))"
        if sought.constant is MISSING:
            at = f'({sought.text} = "" ? 0 : {at})'
        elif sought.constant == "":
            at = "0"
        if strict:
            guard = Guard(
                f"$not($contains({text.text}, {sought.text}))", quote("ValueError"), quote("substring not found")
            )
            return derive(at, INT, (text, sought), (guard,), deeper=3)
        return derive(
            f"$contains({text.text}, {sought.text}) ? {at} : -1", INT, (text, sought), power=CONDITION, deeper=4
        )

    return bind({"text": t, "sought": needle}, build)


def find_last(t: Term, needle: Term, *, strict: bool = False) -> Term:
    """`rfind`, and `rindex` when strict, of a constant."""
    if not isinstance(needle.constant, str) or not needle.constant:
        raise Refusal("rfind() needs a constant text", 'text.rfind("/")')
    if _overlaps(needle.constant):
        raise Refusal("rfind() of a text that may overlap itself is not supported", "text.find(sought)")

    def build(text: Term) -> Term:
        tail = f"$split({text.text}, {needle.text})[-1]"
        at = f"$length({text.text}) - $length({tail}) - {len(needle.constant)}"
        if strict:
            guard = Guard(
                f"$not($contains({text.text}, {needle.text}))", quote("ValueError"), quote("substring not found")
            )
            return derive(at, INT, (text,), (guard,), power=SUM, deeper=4)
        return derive(f"$contains({text.text}, {needle.text}) ? {at} : -1", INT, (text,), power=CONDITION, deeper=5)

    return bind({"text": t}, build)


def _overlaps(text: str) -> bool:
    return any(text.endswith(text[:size]) for size in range(1, len(text)))


def occurrences(t: Term, needle: Term) -> Term:
    """`text.count(needle)`."""
    if needle.constant == "":
        return infix("+", length(t), Term("1", INT), INT, SUM)

    def build(text: Term, sought: Term) -> Term:
        pieces = f"$count($split({text.text}, {sought.text})) - 1"
        if sought.constant is MISSING:
            pieces = f'{sought.text} = "" ? $length({text.text}) + 1 : {pieces}'
            return derive(pieces, INT, (text, sought), power=CONDITION, deeper=4)
        return derive(pieces, INT, (text, sought), power=SUM, deeper=3)

    return bind({"text": t, "sought": needle}, build)


def partition(t: Term, separator: Term) -> Term:
    if not isinstance(separator.constant, str) or not separator.constant:
        raise Refusal("partition() needs a constant separator", 'text.partition("=")')

    def build(text: Term) -> Term:
        parts = [
            f"$substringBefore({text.text}, {separator.text})",
            separator.text,
            f"$substringAfter({text.text}, {separator.text})",
        ]
        whole = f'$contains({text.text}, {separator.text}) ? [{", ".join(parts)}] : [{text.text}, "", ""]'
        return derive(whole, Tuple((STR, STR, STR)), (text,), power=CONDITION, deeper=3)

    return bind({"text": t}, build)


def padded(name: str, t: Term, width: Term, fill: Term | None) -> Term:
    """`ljust`, `rjust`; `zfill` with its regard for a sign."""
    if width.type != INT:
        raise Refusal(f"{name}() needs an integer width", f"text.{name}(8)")
    if fill is not None and (not isinstance(fill.constant, str) or len(fill.constant) != 1):
        raise Refusal(f"{name}() needs a constant fill character", f'text.{name}(8, "0")')
    filling = [] if fill is None or fill.constant == " " else [fill]
    if name == "ljust":
        return _pad(t, width, "", filling)
    if name == "rjust":
        return _pad(t, width, "-", filling)
    zeros = [Term('"0"', STR)]

    def build(text: Term, wide: Term) -> Term:
        plain = _pad(text, wide, "-", zeros)
        after = derive(f"$substring({text.text}, 1)", STR, (text,))
        rest = _pad(after, infix("-", wide, Term("1", INT), INT, SUM), "-", zeros)
        signed = f"$substring({text.text}, 0, 1) & {rest.text}"
        test = f'$substring({text.text}, 0, 1) in ["+", "-"]'
        return derive(f"{test} ? {signed} : {plain.text}", STR, (text, wide, plain), power=CONDITION, deeper=3)

    return bind({"text": t, "width": width}, build)


def _pad(t: Term, width: Term, sign: str, fill: Sequence[Term]) -> Term:
    if isinstance(width.constant, int):
        if width.constant <= 0:
            return t
        return invoke("pad", t, f"{sign}{width.constant}", *fill, type=STR)
    # A negative width pads on the other side in JSONata; Python leaves the text alone.
    least = f"$max([0, {width.at(BIND + 1)}])"
    return derive(
        f"$pad({t.text}, {sign}{least}{''.join(', ' + each.text for each in fill)})", STR, (t, width), deeper=3
    )


def is_all(t: Term, pattern: str) -> Term:
    """True where the whole text matches and is not empty."""
    return derive(f"$contains({t.text}, /{pattern}/)", BOOL, (t,), deeper=2)


def substring(t: Term, start: str, count: str | None = None, *operands: Term) -> Term:
    arguments = [t.at(BIND + 1), start] + ([count] if count is not None else [])
    return derive(f"$substring({', '.join(arguments)})", STR, (t, *operands))
