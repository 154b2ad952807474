"""Randomness and identifiers: the one place they come from, so that a run can be repeated from a seed."""

from __future__ import annotations

import os
import random
import uuid


class Chance:
    """A source of random numbers and UUIDs. With a seed, the same values come in the same order."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)
        self._seeded = seed is not None

    def random(self) -> float:
        """A float in [0, 1)."""
        return self._random.random()

    def uniform(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)

    def uuid(self) -> str:
        """A version 4 UUID in its 36-character form."""
        if not self._seeded:
            # What str(uuid.uuid4()) gives, in an eighth of the time: every execution and every token has one.
            digits = os.urandom(16).hex()
            variant = "89ab"[int(digits[16], 16) & 3]
            return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


CHANCE = Chance()
