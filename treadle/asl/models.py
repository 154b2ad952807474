"""What a Bedrock model id stands for in IAM.

A cross-region inference profile (`us.anthropic…`) needs the profile itself and the foundation model in every region
that the profile may send a request to.
https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html (November 2026)
"""

from __future__ import annotations

import re
from typing import Final

# The regions that a profile of each geography may use, the widest of the models'.
DESTINATIONS: Final[dict[str, tuple[str, ...]]] = {
    "us": ("us-east-1", "us-east-2", "us-west-1", "us-west-2"),
    "us-gov": ("us-gov-east-1", "us-gov-west-1"),
    "eu": (
        "eu-central-1",
        "eu-central-2",
        "eu-north-1",
        "eu-south-1",
        "eu-south-2",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
    ),
    "apac": (
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-south-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-southeast-3",
        "ap-southeast-4",
    ),
    "jp": ("ap-northeast-1", "ap-northeast-3"),
    "au": ("ap-southeast-2", "ap-southeast-4"),
    "ca": ("ca-central-1", "us-east-1", "us-east-2", "us-west-2"),
}
_PROFILE = re.compile(
    rf"(?:(?P<geography>{'|'.join(sorted(DESTINATIONS, key=len, reverse=True))}|global)\.)(?P<model>.+)"
)


def resources(model: str | None, partition: str, region: str, account: str) -> list[str]:
    """The ARNs that invoking `model` needs; None is a model that only the execution knows."""
    if model is None:
        return [
            f"arn:{partition}:bedrock:*::foundation-model/*",
            f"arn:{partition}:bedrock:{region}:{account}:inference-profile/*",
        ]
    if model.startswith("arn:"):
        return _of_arn(model, partition)
    profile = _PROFILE.fullmatch(model)
    if profile is None:
        return [f"arn:{partition}:bedrock:{region}::foundation-model/{model}"]
    return [
        f"arn:{partition}:bedrock:{region}:{account}:inference-profile/{model}",
        *_destinations(profile["geography"], profile["model"], partition, region),
    ]


def _of_arn(arn: str, partition: str) -> list[str]:
    """An ARN as it is; one of a profile with the models behind it, which an application's profile does not tell."""
    kind, _, name = arn.split(":", 5)[-1].partition("/")
    region = arn.split(":")[3]
    if kind == "application-inference-profile":
        return [arn, f"arn:{partition}:bedrock:*::foundation-model/*"]
    profile = _PROFILE.fullmatch(name) if kind == "inference-profile" else None
    return [arn, *_destinations(profile["geography"], profile["model"], partition, region)] if profile else [arn]


def _destinations(geography: str, model: str, partition: str, region: str) -> list[str]:
    if geography == "global":
        # A global profile is checked against the model without a region, and against the caller's own.
        return [
            f"arn:{partition}:bedrock:::foundation-model/{model}",
            f"arn:{partition}:bedrock:{region}::foundation-model/{model}",
        ]
    regions = DESTINATIONS[geography]
    regions = regions if region in regions or region == "*" else (*regions, region)
    return [f"arn:{partition}:bedrock:{each}::foundation-model/{model}" for each in regions]
