"""What a workflow keeps for later: results by id."""

from __future__ import annotations

from typing import Any

from tasks import places
from treadle import task
from treadle.engine.chance import CHANCE


@task(memory=256, timeout=10)
def keep(record: dict[str, Any]) -> str:
    """Keep a record; gives the id under which it is found again."""
    id = CHANCE.uuid()
    places.results().put({**record, "workflow": "triage", "id": id})
    return id
