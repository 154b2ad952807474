"""The regular expressions of JSONPath filters: whole matches, each in a quarter of a second at most.

    compile("a.*b", ignore_case=True)("AxxB")     True

AWS matches with Java's expressions, and Python's `re` cannot be stopped once it has begun, so the evaluator of JSONata
matches here: it knows the syntax that Java and JavaScript share, and it takes a time limit. What only Java has is
refused by name.
"""

from __future__ import annotations

import re
from typing import Any

from treadle.engine.data.errors import RUNTIME, DataError, Malformed

_TIMEOUT = 0.25  # seconds: a filter asks it of every item
# Java's own: escapes, an intersection in a class; and outside of both possessive quantifiers, atomic groups, flags.
_PART = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]", re.DOTALL)
_JAVA_PART = re.compile(r"\\(?:[pPQEAZzhHRGXea])|\[[^\\]*(?:\\.[^\\]*)*&&")
_JAVA = re.compile(r"[*+?}]\+|\(\?>|\(\?[a-zA-Z]*(?:-[a-zA-Z]+)?[:)]")
_PLAIN = re.compile(r"\(\?:")
_FLAG = re.compile(r"\(\?i\)")
_EMPTY = "D1004"  # the code of a match of no characters


class Matches:
    """A compiled expression. Calling it says whether it matches a whole text. DataError where that takes too long."""

    def __init__(self, pattern: str, expression: Any) -> None:
        self.pattern = pattern
        self.expression = expression

    def __call__(self, text: str) -> bool:
        from jlens import JlensError

        try:
            return bool(self.expression.evaluate(text, timeout=_TIMEOUT))
        except JlensError as error:
            if error.code == _EMPTY:
                return True
            told = f"The regular expression /{self.pattern}/ did not end within {_TIMEOUT:g} seconds"
            raise DataError(RUNTIME, f"{told} on a text of {len(text)} characters") from None


def compile(pattern: str, ignore_case: bool) -> Matches:
    """Malformed for what is not an expression, or one of Java's own."""
    from jlens import Expression, JlensError

    flag = _FLAG.match(pattern)
    body = pattern[flag.end() :] if flag else pattern
    java = next(filter(None, map(_JAVA_PART.match, _PART.findall(body))), None)
    java = java or _JAVA.search(_PLAIN.sub("(", _PART.sub("_", body)))
    if java is not None:
        raise Malformed(f"/{pattern}/: '{java[0]}' of Java's regular expressions is not supported here")
    flags = "i" if ignore_case or flag else ""
    try:
        expression = Expression(f"$contains($, /^(?:{_closed(body)})$/{flags})")
        expression.evaluate("")
    except JlensError as error:
        if error.code != _EMPTY:
            raise Malformed(f"/{pattern}/ is not a regular expression: {error}") from None
    except UnicodeEncodeError:
        shown = pattern.encode("utf-8", "backslashreplace").decode("utf-8")
        raise Malformed(f"/{shown}/ is not a regular expression: it holds half of a surrogate pair") from None
    return Matches(pattern, expression)


def _closed(pattern: str) -> str:
    """The pattern with the brackets in its classes escaped, which JSONata would count as open."""
    parts: list[str] = []
    inside = escaped = False
    for character in pattern:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif inside and character in "([{)}":
            parts.append("\\")
        elif character == "[":
            inside = True
        elif character == "]":
            inside = False
        parts.append(character)
    return "".join(parts)
