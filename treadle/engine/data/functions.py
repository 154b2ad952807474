"""What JSONPath's intrinsics and JSONata's extra functions share: the functions AWS adds to both languages."""

from __future__ import annotations

from typing import TypeVar

Item = TypeVar("Item")

# https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html: the algorithms of States.Hash.
HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
MAX_RANGE = 1000  # items that States.ArrayRange and $range may give
MAX_TEXT = 10_000  # characters that States.Base64Encode, Base64Decode and Hash take


def partition(items: list[Item], size: int) -> list[list[Item]]:
    """Chunks of `size` items (at least 1), the last one shorter."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def span(start: int, end: int, step: int) -> range:
    """The integers from `start` by `step` (not 0) up to and including `end`."""
    return range(start, end + (1 if step > 0 else -1), step)


def digest(text: str, algorithm: str) -> str:
    """The hexadecimal hash of `text` in UTF-8. KeyError for an algorithm AWS does not have."""
    import hashlib

    return hashlib.new(HASHES[algorithm], text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
