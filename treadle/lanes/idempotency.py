"""Powertools' idempotency on the platform's own table: a key is an item beside the results."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig

from treadle.services import clients


@cache
def store(workflow: str) -> DynamoDBPersistenceLayer:
    """Where the keys of one workflow are kept: in a partition of its own, so that no two workflows share a key."""
    return DynamoDBPersistenceLayer(
        table_name=os.environ["TREADLE_TABLE"],
        key_attr="pk",
        sort_key_attr="sk",
        static_pk_value=f"ONCE#{workflow}",
        expiry_attr="expires",
        boto3_client=clients.client("dynamodb"),
    )


def config(context: Any, seconds: int, payload: str = "") -> IdempotencyConfig:
    """Keys live for `seconds`; `payload` names the member that must be the same when a key comes again."""
    made = IdempotencyConfig(
        event_key_jmespath="key",
        payload_validation_jmespath=payload,
        raise_on_no_idempotency_key=True,
        expires_after_seconds=seconds,
    )
    made.register_lambda_context(context)
    return made
