"""What the random programs have around them: a type, helper functions, tasks."""

from __future__ import annotations

import base64
import bisect
import collections
import dataclasses
import datetime
import enum
import functools
import hashlib
import heapq
import itertools
import json
import math
import operator
import re
import statistics
from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple, NotRequired, TypedDict

from treadle.language import Large, distribute, each, parallel, task

__all__ = [
    "KNOWN",
    "OPERATIONS",
    "TABLE",
    "WORD",
    "Any",
    "Counter",
    "Item",
    "Large",
    "Level",
    "Pair",
    "Point",
    "base64",
    "bisect",
    "checked",
    "collections",
    "counted",
    "dataclasses",
    "datetime",
    "distribute",
    "double",
    "each",
    "functools",
    "hashlib",
    "heapq",
    "itertools",
    "joined",
    "json",
    "larger",
    "limited",
    "long",
    "math",
    "measured",
    "ones",
    "operator",
    "options_of",
    "parallel",
    "re",
    "shout",
    "statistics",
    "tagged",
    "total_of",
]


WORD = re.compile("[a-zé]+")
TABLE = str.maketrans({"a": "<>", "é": None, "😀": "b"})


KNOWN = frozenset({"a", "é"})
OPERATIONS = {"a": operator.add, "b": lambda a, b: a * 2 - b, "1": max}


class Level(enum.Enum):
    HIGH = 3


class Item(TypedDict):
    x: int
    tag: str
    more: NotRequired[list[int]]


@dataclass
class Point:
    x: int
    name: str = ""

    @property
    def twice(self) -> int:
        return self.x * 2

    def moved(self, by: int = 1) -> Point:
        return dataclasses.replace(self, x=self.x + by)


class Pair(NamedTuple):
    left: int
    right: str = ""


def larger(a: int, b: int) -> int:
    return a if a > b else b


def shout(text: str) -> str:
    return text.upper() + "!"


def limited(n: int) -> int:
    """Several statements that are one expression within a comprehension."""
    if n < 0:
        return 0
    rest = n % 10
    if n > 50:
        rest += 1
    return rest


def total_of(*numbers: int) -> int:
    return sum(numbers)


def options_of(**options: int) -> int:
    return options["a"] - options.get("b", 0)


def joined(sep: str, *parts: str) -> str:
    return sep.join(parts)


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
def long(x: int) -> Large[str]:
    """More than travels as it is, of some numbers."""
    return f"{x} 😀 " * (400 if x % 2 else 1)


@task
def measured(texts: list[str], text: str = "") -> int:
    return sum(map(len, texts)) + len(text)


@task
def ones(x: int) -> Large[list[int]]:
    return [1] * (x % 700)


@task
def tagged(x: int, tag: str) -> Item:
    return {"x": x, "tag": tag}
