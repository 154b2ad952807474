"""What one run costs: as a Standard machine by its state transitions, as an Express one by request and duration; and
what a model's tokens cost.

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

# US dollars of a million tokens in and out, on demand: https://aws.amazon.com/bedrock/pricing/ (November 2026).
MODELS: Final = {
    "amazon.nova-micro-v1": (0.035, 0.14),
    "amazon.nova-lite-v1": (0.06, 0.24),
    "amazon.nova-pro-v1": (0.80, 3.20),
    "anthropic.claude-3-haiku": (0.25, 1.25),
    "anthropic.claude-3-5-haiku": (0.80, 4.00),
    "anthropic.claude-3-5-sonnet": (3.00, 15.00),
    "anthropic.claude-3-7-sonnet": (3.00, 15.00),
    "anthropic.claude-sonnet-4-2025": (3.00, 15.00),
    "anthropic.claude-opus-4-1": (15.00, 75.00),
    "anthropic.claude-haiku-4-5": (1.00, 5.00),
    "anthropic.claude-sonnet-4-5": (3.00, 15.00),
    "anthropic.claude-opus-4-5": (5.00, 25.00),
}
_REGIONAL: Final = 1.1
"""What a profile of one geography costs more than the global one, of Claude 4.5."""


def tokens(model: str) -> tuple[float, float] | None:
    """US dollars of a million tokens in and out of a Bedrock model id or inference profile; None where not known."""
    geography, dot, rest = model.partition(".")
    bare = rest if dot and geography in ("us", "eu", "apac", "jp", "au", "ca", "us-gov", "global") else model
    found = next((price for name, price in MODELS.items() if bare.startswith(name)), None)
    if found is None or bare == model or geography == "global" or "-4-5" not in bare:
        return found
    return round(found[0] * _REGIONAL, 6), round(found[1] * _REGIONAL, 6)


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
