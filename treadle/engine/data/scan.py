"""What a JSONata expression names: its variables, and what Step Functions' version 2.0.6 has no word for.

The evaluator speaks JSONata 2.2. `??` and `?:` came after 2.0.6, where both are syntax errors; `$$` is refused by Step
Functions. All three may stand inside strings, quoted names, comments, regular expressions and lambda signatures.
"""

from __future__ import annotations

from dataclasses import dataclass

from treadle.asl.tokens import tokens


@dataclass(frozen=True, slots=True)
class Scan:
    """`variables` without their `$`, as they appear; `root` where `$$` is used; `refused` an operator of 2.2.

    `divides` where `/` or `%` stands for an operator (or the parent), which may give what is not a number.
    """

    variables: tuple[str, ...]
    root: bool
    refused: str | None
    divides: bool


def scan(source: str) -> Scan:
    """Never fails: what is not JSONata is for the parser to refuse."""
    variables: dict[str, None] = {}
    root = divides = False
    for token in tokens(source):
        if token.text in ("??", "?:"):
            return Scan(tuple(variables), root, token.text, divides)
        divides = divides or (token.kind == "operator" and token.text in ("/", "%"))
        if token.kind == "name" and token.text[0] == "$":
            root = root or token.text == "$$"
            if token.text not in ("$", "$$"):
                variables[token.text[1:]] = None
    return Scan(tuple(variables), root, None, divides)
