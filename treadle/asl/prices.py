"""What one run costs: as a Standard machine by its state transitions, as an Express one by request and duration.

Prices in US dollars, us-east-1, without the free tier: https://aws.amazon.com/step-functions/pricing/ (November 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from treadle.asl.sizes import size

TRANSITION: Final = 0.025 / 1_000
EXPRESS_REQUEST: Final = 1.00 / 1_000_000
# The first 1,000 GB-hours of a month; later ones are cheaper.
EXPRESS_GB_SECOND: Final = 0.000_016_67
EXPRESS_MEMORY_STEP: Final = 64
EXPRESS_DURATION_STEP: Final = 0.1


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars of one run. `standard_most` is None where the number of transitions has no bound."""

    standard_least: float
    standard_most: float | None
    express: float


def cost(definition: Mapping[str, Any], seconds: float = 1.0, memory: int = EXPRESS_MEMORY_STEP) -> Cost:
    """`seconds` is how long a run takes, `memory` the MiB it holds; both matter to Express only."""
    run = size(definition)
    least, most = run.least.states or 0, run.most.states
    chunks = max(1, ceil(memory / EXPRESS_MEMORY_STEP)) * EXPRESS_MEMORY_STEP / 1024
    duration = max(1, ceil(round(seconds / EXPRESS_DURATION_STEP, 6))) * EXPRESS_DURATION_STEP
    return Cost(
        standard_least=least * TRANSITION,
        standard_most=None if most is None else most * TRANSITION,
        express=EXPRESS_REQUEST + chunks * duration * EXPRESS_GB_SECOND,
    )
