"""Randomness and identifiers: the one place they come from, so that a run can be repeated from a seed."""

from __future__ import annotations

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
            return str(uuid.uuid4())
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


CHANCE = Chance()
