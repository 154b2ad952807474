"""What the random programs have around them: a type, helper functions, tasks."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import math
import re
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from treadle.language import each, parallel, task

__all__ = [
    "TABLE",
    "WORD",
    "Any",
    "Item",
    "Point",
    "base64",
    "checked",
    "counted",
    "datetime",
    "double",
    "each",
    "hashlib",
    "json",
    "larger",
    "math",
    "parallel",
    "re",
    "shout",
    "tagged",
]


WORD = re.compile("[a-zé]+")
TABLE = str.maketrans({"a": "<>", "é": None, "😀": "b"})


class Item(TypedDict):
    x: int
    tag: str
    more: NotRequired[list[int]]


@dataclass
class Point:
    x: int
    name: str = ""


def larger(a: int, b: int) -> int:
    return a if a > b else b


def shout(text: str) -> str:
    return text.upper() + "!"


def counted(items: list[int], least: int) -> int:
    """A helper of several statements: it becomes states of its own."""
    found = 0
    for item in items:
        if item < least:
            continue
        found += 1
    return found


@task
def double(x: int) -> int:
    return x * 2 if abs(x) < 2**50 else x


@task
def checked(x: int) -> int:
    if x < 0:
        raise ValueError(f"negative: {x}")
    if x > 100:
        raise KeyError("large")
    return x


@task
def tagged(x: int, tag: str) -> Item:
    return {"x": x, "tag": tag}
