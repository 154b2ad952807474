"""Calls of `re`: the pattern, its flags and the counts are known while compiling; what is searched is a term.

So is the table of `str.translate`.
"""

from __future__ import annotations

import ast
import re
from typing import Any

from treadle.language import callables, exact, expressions, lookup
from treadle.language.builder import Builder
from treadle.language.exact import regex
from treadle.language.exact.pattern import Wide, translated
from treadle.language.term import MISSING, Function, Refusal, Term

_PARAMETERS = {
    "search": "pattern string flags",
    "match": "pattern string flags",
    "fullmatch": "pattern string flags",
    "findall": "pattern string flags",
    "finditer": "pattern string flags",
    "sub": "pattern repl string count flags",
    "subn": "pattern repl string count flags",
    "split": "pattern string maxsplit flags",
}
_PLACES = frozenset({"start", "end", "span"})


def is_call(found: Any) -> bool:
    """True for a function of `re` and for a method of a compiled pattern of the program."""
    if isinstance(getattr(found, "__self__", None), re.Pattern):
        return True
    return getattr(found, "__module__", None) == "re" and found in (
        *(getattr(re, name) for name in _PARAMETERS), re.compile, re.escape,
    )  # fmt: skip


def call(b: Builder, node: ast.Call, found: Any) -> Term:
    name = found.__name__
    compiled = getattr(found, "__self__", None)
    if isinstance(compiled, re.Pattern):
        return _apply(b, node, name, _source(b, node, compiled), compiled.flags)
    given = _arguments(b, node, "pattern" if name == "escape" else _PARAMETERS.get(name, "pattern flags"))
    pattern = _constant(b, given["pattern"])
    if isinstance(pattern, re.Pattern):
        return _apply(b, node, name, _source(b, node, pattern), pattern.flags, skip=1)
    if not isinstance(pattern, str):
        shown = ast.unparse(given["pattern"])
        b.fail(
            given["pattern"],
            f"the pattern {shown} must be known while compiling: write it in the call, or name it in the module",
            f're.findall("[a-z]+", {_text(given)})' if name != "escape" else 're.escape("a.b")',
        )
    if name == "escape":
        return exact.literal(re.escape(pattern))
    flags = _flags(b, given["flags"]) if "flags" in given else 0
    if name == "compile":
        with b.exact(node):
            return _told(b, node, "findall", pattern, flags, lambda: regex.regex(pattern, flags))
    return _apply(b, node, name, pattern, flags, skip=1)


def applied(found: Any, term: Term) -> Term:
    """A method of a compiled pattern given as a function: `filter(WORD.match, words)`."""
    compiled: re.Pattern[str] = found.__self__
    match found.__name__:
        case "search" | "match" | "fullmatch":
            return regex.first(found.__name__, compiled.pattern, compiled.flags, term)
        case "findall":
            return regex.find_all(compiled.pattern, compiled.flags, term)
    raise Refusal(f"{found.__name__}() of a pattern as a function", "[re.findall('[a-z]+', word) for word in words]")


def method(b: Builder, node: ast.Call, receiver: Term, name: str) -> Term:
    """A method of a pattern that is a local variable."""
    assert isinstance(receiver.type, regex.Regex)
    if name not in _PARAMETERS:
        b.fail(node, f"re.Pattern has no method {name}() that can be kept exact", 're.findall("[a-z]+", text)')
    return _apply(b, node, name, receiver.type.source, receiver.type.flags)


def _source(b: Builder, node: ast.AST, pattern: re.Pattern[Any]) -> str:
    if not isinstance(pattern.pattern, str):
        b.fail(node, "a pattern of bytes", 're.findall("[a-z]+", text)')
    return pattern.pattern


def _arguments(b: Builder, node: ast.Call, names: str, skip: int = 0) -> dict[str, ast.expr]:
    """The arguments by name; `skip` are those that are known already."""
    known = names.split()
    given = dict(zip(known[skip:], node.args[skip:], strict=False))
    for keyword in node.keywords:
        if keyword.arg not in known or keyword.arg in given:
            b.fail(keyword.value, f"{ast.unparse(node.func)}() has no argument {keyword.arg!r} here", "text.strip()")
        given[str(keyword.arg)] = keyword.value
    if len(node.args) > len(known) or any(isinstance(each, ast.Starred) for each in node.args):
        b.fail(node, f"{ast.unparse(node.func)}() takes {', '.join(known)}", 're.findall("[a-z]+", text)')
    missing = [each for each in known if each not in (*given, "flags", "count", "maxsplit", *known[:skip])]
    if missing:
        b.fail(node, f"{ast.unparse(node.func)}() needs {missing[0]}", 're.findall("[a-z]+", text)')
    return given


def _apply(b: Builder, node: ast.Call, name: str, source: str, flags: int, skip: int = 0) -> Term:
    """`skip` is 1 where the pattern is an argument of the call, 0 where it is what the method is called on."""
    names = _PARAMETERS[name]
    if not skip:
        names = names.removeprefix("pattern ").removesuffix(" flags")
    given = _arguments(b, node, names, skip)
    new = _replacement(b, given.get("repl"))
    text = expressions.expression(b, given["string"])
    limits = [given[each] for each in ("count", "maxsplit") if each in given]
    limit = _count(b, limits[0]) if limits else 0

    def made() -> Term:
        match name:
            case "search" | "match" | "fullmatch":
                return regex.first(name, source, flags, text, placed=_asks_places(b))
            case "findall":
                return regex.find_all(source, flags, text)
            case "finditer":
                return regex.find_each(source, flags, text, placed=_asks_places(b))
            case "split":
                return regex.split(source, flags, text, limit)
        assert new is not None
        return (regex.substitute if name == "sub" else regex.substitute_counted)(source, flags, new, text, limit)

    with b.exact(node):
        try:
            return _told(b, node, name, source, flags, made, given)
        except Refusal as refusal:
            raise about(refusal, given["string"]) from None


def about(refusal: Refusal, subject: ast.expr) -> Refusal:
    """The refusal with what it proposes for `text` in the words of the program."""
    shown = ast.unparse(subject)
    if isinstance(subject, ast.BinOp | ast.BoolOp | ast.Compare | ast.IfExp | ast.Lambda | ast.UnaryOp | ast.NamedExpr):
        shown = f"({shown})"
    proposed = re.sub(r"\btext\b", lambda found: shown, refusal.instead)
    try:
        ast.parse(proposed)
    except SyntaxError:
        return refusal
    return Refusal(refusal.message, proposed)


def _told(b: Builder, node: ast.Call, name: str, source: str, flags: int, made: Any, given: Any = None) -> Term:
    """`made()`; where `re.ASCII` is all that it lacks, the call with it is what to write instead."""
    try:
        return made()  # type: ignore[no-any-return]
    except Wide as wide:
        translated(source, flags | re.ASCII)  # what is refused then comes first
        shown = [_raw(source), *([ast.unparse(given["repl"])] if given and "repl" in given else []), _text(given or {})]
        wanted = re.RegexFlag(flags & ~re.UNICODE | re.ASCII)
        written = " | ".join(f"re.{each.name}" for each in wanted)
        raise Refusal(
            f"{wide.message}: write a class such as [0-9] or [a-z_], or give re.ASCII",
            f"re.{name}({', '.join(shown)}, flags={written})",
        ) from None


def _raw(source: str) -> str:
    plain = "\\" in source and '"' not in source and "\n" not in source and not source.endswith("\\")
    return f'r"{source}"' if plain else repr(source)


def _text(given: dict[str, ast.expr]) -> str:
    return ast.unparse(given["string"]) if "string" in given else "text"


def _replacement(b: Builder, node: ast.expr | None) -> Term | Function | None:
    if node is None:
        return None
    constant = _constant(b, node)
    if isinstance(constant, str):
        return exact.literal(constant)
    return callables.function(b, node) or expressions.expression(b, node)


def _count(b: Builder, node: ast.expr) -> int:
    found = _constant(b, node)
    if not isinstance(found, int) or found < 0:
        b.fail(node, "how often must be a constant, 0 for always", 're.sub("[a-z]+", "-", text, count=1)')
    return found


def _flags(b: Builder, node: ast.expr) -> int:
    found = _constant(b, node)
    if not isinstance(found, int):
        b.fail(node, "the flags must be constants", 're.search("[a-z]+", text, re.IGNORECASE)')
    return int(found)


def _constant(b: Builder, node: ast.expr) -> Any:
    """The value of an expression that is made of constants; MISSING where it is known only when it runs."""
    match node:
        case ast.Constant():
            return node.value
        case ast.BinOp(op=ast.Add() | ast.BitOr()):
            left, right = _constant(b, node.left), _constant(b, node.right)
            if isinstance(left, str) and isinstance(right, str):
                return left + right
            if isinstance(left, int) and isinstance(right, int):
                return left | right if isinstance(node.op, ast.BitOr) else left + right
        case ast.JoinedStr():
            parts = [_part(b, each) for each in node.values]
            return MISSING if any(not isinstance(each, str) for each in parts) else "".join(parts)
        case ast.Call(args=[inner], keywords=[]) if lookup.static(b, node.func) is re.escape:
            found = _constant(b, inner)
            return re.escape(found) if isinstance(found, str) else MISSING
        case ast.Name() | ast.Attribute():
            return lookup.static(b, node)
    return MISSING


def table(b: Builder, node: ast.expr) -> dict[int, Any]:
    """The table of `translate`: a dict of the module, or `str.maketrans` of constants."""
    found = lookup.static(b, node)
    if isinstance(node, ast.Call) and lookup.static(b, node.func) is str.maketrans and not node.keywords:
        given = [_constants(b, each) for each in node.args]
        if not any(each is MISSING for each in given):
            try:
                found = str.maketrans(*given)
            except (TypeError, ValueError) as error:
                b.fail(node, f"str.maketrans(): {error}", 'text.translate(str.maketrans("ab", "xy"))')
    if not isinstance(found, dict) or not all(isinstance(key, int) for key in found):
        b.fail(node, "the table of translate() must be known", 'text.translate(str.maketrans("ab", "xy"))')
    return found


def _constants(b: Builder, node: ast.expr) -> Any:
    if not isinstance(node, ast.Dict):
        return _constant(b, node)
    keys = [MISSING if key is None else _constant(b, key) for key in node.keys]
    values = [_constant(b, each) for each in node.values]
    return MISSING if any(each is MISSING for each in [*keys, *values]) else dict(zip(keys, values, strict=True))


def _part(b: Builder, node: ast.expr) -> Any:
    if isinstance(node, ast.FormattedValue):
        return _constant(b, node.value) if node.conversion == -1 and node.format_spec is None else MISSING
    return _constant(b, node)


def _asks_places(b: Builder) -> bool:
    """Does the function that the call stands in ask any match for its place?"""
    return any(
        isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in _PLACES
        for each in ast.walk(b.frame.written.node)
    )
