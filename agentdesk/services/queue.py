"""What waits for Central, what it refused, contests and merged, in terms that people know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from agentdesk.decoding import decode_json
from agentdesk.domain.kinds import KindName
from agentdesk.services.conflicts import ContestedField, list_conflicts
from agentdesk.services.merged import MergedField, list_merged
from agentdesk.store import tables as t
from agentdesk.sync.protocol import Append, Mutation, NoteEdit, Operation, Patch


@dataclass(frozen=True, slots=True)
class QueuedEdit:
    """One edit on its way. `action` is the operation's name on the wire, `values` what it sets.

    `attempted_at` is when it was first sent, `judged` whether Central has answered already.
    `reason` is why it was refused: a `Code`, a `Reason`, or `blocked` for one that builds on
    another that was refused; `raised_at` is when.
    """

    n: int
    kind: KindName
    record_id: str
    customer_id: str | None
    customer_name: str | None
    action: str
    values: Mapping[str, Any]
    made_at: datetime
    attempted_at: datetime | None = None
    judged: bool = False
    reason: str | None = None
    raised_at: datetime | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields that it sets."""
        return tuple(self.values)


@dataclass(frozen=True, slots=True)
class Queue:
    """Everything on the sync screen, at most `MOST` of each; `merged` the newest first.

    `waiting` are everybody's edits of this profile, the rest is the signed-in person's.
    """

    waiting: tuple[QueuedEdit, ...] = ()
    attention: tuple[QueuedEdit, ...] = ()
    conflicts: tuple[ContestedField, ...] = ()
    merged: tuple[MergedField, ...] = ()


MOST = 500


def load_queue(connection: sa.Connection, author_id: str) -> Queue:
    """Read what waits, and what of the author's was refused, is contested or was merged."""
    return Queue(
        waiting=_edits(connection, t.outbox),
        attention=list_refused(connection, author_id),
        conflicts=list_conflicts(connection, author_id),
        merged=list_merged(connection, author_id),
    )


def list_refused(connection: sa.Connection, author_id: str) -> tuple[QueuedEdit, ...]:
    """Return what Central refused of the author's and nobody has decided upon, oldest first."""
    c = t.attention.c
    return _edits(connection, t.attention, c.settled_at.is_(None), c.author_id == author_id)


def _edits(
    connection: sa.Connection, table: sa.Table, *conditions: sa.ColumnElement[bool]
) -> tuple[QueuedEdit, ...]:
    rows = connection.execute(
        sa.select(table, t.customer.c.full_name)
        .outerjoin(t.customer, t.customer.c.id == table.c.owner_id)
        .where(*conditions)
        .order_by(table.c.n)
        .limit(MOST)
    ).mappings()
    return tuple(_edit(dict(row)) for row in rows)


def _edit(row: dict[str, Any]) -> QueuedEdit:
    mutation = decode_json(row["payload"], Mutation)
    attempted, raised = row.get("attempted_at"), row.get("raised_at")
    return QueuedEdit(
        n=row["n"],
        kind=KindName(row["kind"]),
        record_id=row["record_id"],
        customer_id=row["owner_id"],
        customer_name=row["full_name"],
        action=str(type(mutation.operation).__struct_config__.tag),
        values=values_of(mutation.operation),
        made_at=mutation.made_at,
        attempted_at=datetime.fromisoformat(attempted) if attempted else None,
        judged=row.get("verdict") is not None,
        reason=row.get("reason"),
        raised_at=datetime.fromisoformat(raised) if raised else None,
    )


def values_of(operation: Operation) -> Mapping[str, Any]:
    """Return what the operation sets, by field name."""
    if isinstance(operation, Patch):
        return {name: change.new for name, change in operation.changes.items()}
    if isinstance(operation, NoteEdit):
        return {"text": operation.new_text}
    return operation.fields if isinstance(operation, Append) else {}
