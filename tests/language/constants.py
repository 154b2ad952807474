"""What the programs import from another module: constants, an enum, plain functions."""

from __future__ import annotations

import enum

LIMITS = {"most": 10, "least": 0}
DEFAULTS = {"k": 4, "names": ["a"], "nested": {"on": True, "off": None}}
FACTOR = 2


class Level(enum.Enum):
    LOW = 0.5
    HIGH = 1.5


def clean(text: str) -> str:
    """Without spaces at the ends, in small letters."""
    return " ".join(text.split()).lower()


def scale(n: int, by: int = FACTOR) -> int:
    return n * by
