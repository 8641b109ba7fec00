"""What waits for Central, what it refused and what is contested, in terms that people know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from agentdesk.domain.changes import Changed, ChangeSet
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now, to_text
from agentdesk.errors import Code, UserError
from agentdesk.store import outbox
from agentdesk.store import tables as t
from agentdesk.store.rows import get_row
from agentdesk.sync.edits import Edits
from agentdesk.sync.protocol import Append, Mutation, NoteEdit, Operation, Patch, Remove


@dataclass(frozen=True, slots=True)
class QueuedEdit:
    """One edit on its way. `action` is the operation's name on the wire, `values` what it sets.

    `attempted_at` is when it was first sent, `judged` whether Central has answered already.
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

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields that it sets."""
        return tuple(self.values)


@dataclass(frozen=True, slots=True)
class ContestedField:
    """A field on which Central kept another value than ours, for a person to decide."""

    id: str
    kind: KindName
    record_id: str
    customer_id: str | None
    customer_name: str | None
    field: str
    base: Any
    mine: Any
    theirs: Any
    their_author: str | None
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Queue:
    """Everything on the sync screen; each list the oldest first and at most `MOST` long."""

    waiting: tuple[QueuedEdit, ...] = ()
    attention: tuple[QueuedEdit, ...] = ()
    conflicts: tuple[ContestedField, ...] = ()


MOST = 500


def load_queue(connection: sa.Connection) -> Queue:
    """Read what waits, what was refused and what is contested."""
    return Queue(
        waiting=_edits(connection, t.outbox),
        attention=_edits(connection, t.attention),
        conflicts=_conflicts(connection),
    )


def _edits(connection: sa.Connection, table: sa.Table) -> tuple[QueuedEdit, ...]:
    rows = connection.execute(
        sa.select(table, t.customer.c.full_name)
        .outerjoin(t.customer, t.customer.c.id == table.c.owner_id)
        .order_by(table.c.n)
        .limit(MOST)
    ).mappings()
    return tuple(_edit(dict(row)) for row in rows)


def _edit(row: dict[str, Any]) -> QueuedEdit:
    mutation = msgspec.json.decode(row["payload"], type=Mutation)
    attempted = row.get("attempted_at")
    return QueuedEdit(
        n=row["n"],
        kind=KindName(row["kind"]),
        record_id=row["record_id"],
        customer_id=row["owner_id"],
        customer_name=row["full_name"],
        action=str(type(mutation.operation).__struct_config__.tag),
        values=_values(mutation.operation),
        made_at=mutation.made_at,
        attempted_at=datetime.fromisoformat(attempted) if attempted else None,
        judged=row.get("verdict") is not None,
        reason=row.get("reason"),
    )


def _values(operation: Operation) -> Mapping[str, Any]:
    """Return what the operation sets, by field name."""
    if isinstance(operation, Patch):
        return {name: change.new for name, change in operation.changes.items()}
    if isinstance(operation, NoteEdit):
        return {"text": operation.new_text}
    return operation.fields if isinstance(operation, Append) else {}


def _conflicts(connection: sa.Connection) -> tuple[ContestedField, ...]:
    table = t.conflict
    author = t.user.alias("author")
    rows = connection.execute(
        sa.select(table, t.customer.c.full_name, author.c.name.label("author_name"))
        .outerjoin(t.customer, t.customer.c.id == table.c.owner_id)
        .outerjoin(author, author.c.id == table.c.their_author)
        .where(table.c.settled_at.is_(None))
        .order_by(table.c.raised_at, table.c.id)
        .limit(MOST)
    ).mappings()
    return tuple(
        ContestedField(
            id=row["id"],
            kind=KindName(row["kind"]),
            record_id=row["record_id"],
            customer_id=row["owner_id"],
            customer_name=row["full_name"],
            field=row["field"],
            base=row["base"],
            mine=row["mine"],
            theirs=row["theirs"],
            their_author=row["author_name"],
            changed_at=datetime.fromisoformat(row["changed_at"]) if row["changed_at"] else None,
        )
        for row in rows
    )


def settle_conflict(
    connection: sa.Connection, conflict_id: str, *, keep_mine: bool, author_id: str
) -> ChangeSet:
    """Settle a contested field: ours is sent again on top of Central's, or theirs stays.

    What has been removed meanwhile comes back with the value that is kept, unless it was we who
    removed it and want that.
    """
    found = (
        connection.execute(sa.select(t.conflict).where(t.conflict.c.id == conflict_id))
        .mappings()
        .first()
    )
    if found is None or found["settled_at"] is not None:
        raise UserError(Code.NOT_FOUND)
    kind = KindName(found["kind"])
    changes = ChangeSet.of([Changed(kind, found["record_id"], found["owner_id"])])
    edits = Edits(connection, author_id)
    if _is_removal(connection, found["n"]):
        if not keep_mine:
            edits.restore(kind, found["record_id"])
    elif keep_mine:
        _keep_mine(connection, edits, kind, found)
    changes |= edits.finish()
    connection.execute(
        t.conflict.update().where(t.conflict.c.id == conflict_id).values(settled_at=to_text(now()))
    )
    return changes


def _is_removal(connection: sa.Connection, n: int) -> bool:
    payload = outbox.payload_of(connection, n)
    if payload is None:
        return False
    return isinstance(msgspec.json.decode(payload, type=Mutation).operation, Remove)


def _keep_mine(
    connection: sa.Connection, edits: Edits, kind: KindName, found: sa.RowMapping
) -> None:
    record_id, field, mine = found["record_id"], found["field"], found["mine"]
    if get_row(connection, kind, record_id) is None:
        edits.bring_back(kind, record_id, field, theirs=found["theirs"], mine=mine)
    elif kind is KindName.NOTE and field == "text":
        edits.edit_note(record_id, mine)
    else:
        edits.patch(kind, record_id, **{field: mine})


def discard_refused(connection: sa.Connection, n: int) -> ChangeSet:
    """Give up an edit that Central refused; the person has read what it said."""
    row = connection.execute(
        t.attention.delete()
        .where(t.attention.c.n == n)
        .returning(t.attention.c.kind, t.attention.c.record_id, t.attention.c.owner_id)
    ).first()
    if row is None:
        raise UserError(Code.NOT_FOUND)
    return ChangeSet.of([Changed(KindName(row.kind), row.record_id, row.owner_id)])
