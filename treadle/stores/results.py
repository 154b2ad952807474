"""Results of executions by workflow and id: a SQLite file here, one DynamoDB table there.

A record is JSON with the members "workflow" and "id"; the rest (status, output, error, models, times) is its writer's.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from treadle.engine.clock import Clock, RealClock
from treadle.errors import InputError

JSON = Any
DAYS = 30
"""How long DynamoDB keeps a result before its time to live removes it."""
_ROOM = 350_000


class Results(Protocol):
    def put(self, record: Mapping[str, JSON]) -> None: ...

    def get(self, workflow: str, id: str) -> dict[str, JSON] | None: ...


def open(url: str | Path, client: Any = None) -> Results:
    """The results at `url`: `dynamodb:TABLE` with a boto3 client, `sqlite:FILE`, or the path of a SQLite file."""
    text = str(url)
    if text.startswith("dynamodb:"):
        if client is None:
            raise InputError(f"{text} needs a DynamoDB client: open(url, clients.client('dynamodb'))")
        return Table(client, text.removeprefix("dynamodb:"))
    return File(Path(text.removeprefix("sqlite:")))


@dataclass(frozen=True)
class File:
    """A SQLite database in WAL mode, shared by threads and processes."""

    path: Path

    def put(self, record: Mapping[str, JSON]) -> None:
        workflow, id = _key(record)
        with self._table() as table:
            table.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", (workflow, id, _text(record)))

    def get(self, workflow: str, id: str) -> dict[str, JSON] | None:
        with self._table() as table:
            query = "SELECT record FROM results WHERE workflow = ? AND id = ?"
            row = table.execute(query, (workflow, id)).fetchone()
        return json.loads(row[0]) if row else None

    @contextmanager
    def _table(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=30)) as table, table:
            table.execute("PRAGMA journal_mode=WAL")
            table.execute(
                "CREATE TABLE IF NOT EXISTS results"
                " (workflow TEXT, id TEXT, record TEXT NOT NULL, PRIMARY KEY (workflow, id)) WITHOUT ROWID"
            )
            yield table


@dataclass(frozen=True)
class Table:
    """A DynamoDB table with the keys `pk` (RESULT#<workflow>) and `sk` (the id). `expires` is its time to live."""

    client: Any
    name: str
    clock: Clock = field(default_factory=RealClock)

    def put(self, record: Mapping[str, JSON]) -> None:
        """Raises InputError for a record too large for an item (400 KB) even when packed."""
        workflow, id = _key(record)
        item = {
            "pk": {"S": f"RESULT#{workflow}"},
            "sk": {"S": id},
            "expires": {"N": str(int(self.clock.now()) + DAYS * 86_400)},
        }
        text = _text(record)
        if len(text.encode()) <= _ROOM:
            item["record"] = {"S": text}
        else:
            item["record"] = {"B": _packed(text, workflow, id)}
        self.client.put_item(TableName=self.name, Item=item)

    def get(self, workflow: str, id: str) -> dict[str, JSON] | None:
        key = {"pk": {"S": f"RESULT#{workflow}"}, "sk": {"S": id}}
        item = self.client.get_item(TableName=self.name, Key=key, ConsistentRead=True).get("Item")
        if item is None:
            return None
        value = item["record"]
        record: dict[str, JSON] = json.loads(value["S"] if "S" in value else gzip.decompress(value["B"]))
        return record


def _packed(text: str, workflow: str, id: str) -> Any:
    packed = gzip.compress(text.encode(), mtime=0)
    if len(packed) > _ROOM:
        raise InputError(
            f"the result of {workflow} {id} is {len(text):,} characters, more than an item holds: store it as an object"
        )
    return packed


def _key(record: Mapping[str, JSON]) -> tuple[str, str]:
    workflow, id = record.get("workflow"), record.get("id")
    if not isinstance(workflow, str) or not isinstance(id, str) or not workflow or not id:
        raise InputError("a result needs the members 'workflow' and 'id', both text")
    return workflow, id


def _text(record: Mapping[str, JSON]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))
