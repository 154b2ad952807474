"""What the refused programs have around them."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import math
import random
import re
from typing import Any, TypedDict

from treadle.language import each, parallel, task, wait

__all__ = [
    "Any",
    "Item",
    "base64",
    "datetime",
    "double",
    "each",
    "f",
    "g",
    "hashlib",
    "json",
    "larger",
    "math",
    "parallel",
    "random",
    "re",
    "wait",
]


class Item(TypedDict):
    name: str
    x: int


@task
def double(x: int) -> int:
    return x * 2


def larger(a: int, b: int) -> int:
    return a if a > b else b


@task
def f(x: int) -> int:
    return x


@task
def g(x: int) -> int:
    return x
