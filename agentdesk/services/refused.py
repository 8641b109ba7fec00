"""What a person does with edits that Central refused: try again, copy, hand over, give up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from agentdesk.decoding import decode_json
from agentdesk.domain.changes import Changed, ChangeSet
from agentdesk.domain.entities import Note, Review
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now, to_text
from agentdesk.domain.names import storable
from agentdesk.errors import Code, UserError
from agentdesk.services.notes import MOST_NOTE_CHARS
from agentdesk.services.queue import values_of
from agentdesk.store import tables as t
from agentdesk.store.aliases import successor
from agentdesk.store.rows import get_row
from agentdesk.sync.edits import Edits
from agentdesk.sync.protocol import Append, Mutation, Operation, Outcome

RETRIED, DISCARDED, HANDED_OVER = "retried", "discarded", "handed-over"
"""What a person decided about a refused edit."""

HANDOVER = "handed-over"
"""The verdict of a review with which somebody asks the leads for what they may not do."""

_SPOKEN = ("text", "value", "subject", "summary", "full_name")


@dataclass(frozen=True, slots=True)
class Handover:
    """What was handed over; `note_id` is the note that tells it on the customer's timeline."""

    review_id: str
    note_id: str | None


@dataclass(frozen=True, slots=True)
class AskedOfLeads:
    """An edit that somebody could not make and asks the leads for."""

    review_id: str
    customer_id: str | None
    customer_name: str | None
    text: str
    asked_by: str | None
    asked_at: datetime


def retry_refused(connection: sa.Connection, n: int, author_id: str) -> ChangeSet:
    """Ask Central again for a refused edit, on top of what stands now.

    What was refused along with it goes again too: its group, and what builds on what it adds.
    Raises `UserError(NOT_FOUND)` if it is no longer there, or what it changes is gone, and
    `UserError(ERASED)` for what exists no more by law.
    """
    rows = _with_dependants(connection, _open(connection, n, author_id), author_id)
    edits = Edits(connection, author_id)
    for row in rows:
        if row["reason"] == Code.ERASED:
            raise UserError(Code.ERASED)
        edits.repeat(_operation(row))
    return _settle(connection, rows, RETRIED) | edits.finish()


def discard_refused(connection: sa.Connection, n: int, author_id: str) -> ChangeSet:
    """Give up an edit that Central refused; it stays in the journal, and `keep_refused` undoes."""
    return _settle(connection, [_open(connection, n, author_id)], DISCARDED)


def keep_refused(connection: sa.Connection, n: int, author_id: str) -> ChangeSet:
    """Put a discarded edit back on the list."""
    c = t.attention.c
    row = _one(connection, c.n == n, c.author_id == author_id, c.settled_how == DISCARDED)
    connection.execute(
        t.attention.update().where(c.n == n).values(settled_at=None, settled_how=None)
    )
    return _touched([row])


def hand_over(
    connection: sa.Connection, n: int, author_id: str, text: str | None = None
) -> tuple[Handover, ChangeSet]:
    """Ask the leads to make an edit that was refused; `text` is what it says, in people's words.

    A note on the customer tells everybody who looks at them, and a review lets the leads find it:
    both go through the outbox like any edit, so that handing over works offline and is not lost.
    Without a customer whom Central knows there is the review alone, which all leads receive.
    """
    row = _open(connection, n, author_id)
    said = storable(text or plain_text(_operation(row))).strip()[:MOST_NOTE_CHARS]
    edits = Edits(connection, author_id)
    note_id, customer_id = None, _known_customer(connection, row["owner_id"])
    if customer_id is not None:
        note_id = new_id()
        edits.append(
            Note(
                id=note_id,
                customer_id=customer_id,
                text=said or row["reason"],
                author_id=author_id,
                created_at=edits.made_at,
            )
        )
    review = edits.append(
        Review(
            id=new_id(),
            customer_id=customer_id,
            # Not the record: Central may never have taken it, and would refuse what builds on it.
            subject_id=note_id or author_id,
            verdict=HANDOVER,
            text=said or None,
            reviewer_id=author_id,
            reviewed_at=edits.made_at,
        )
    )
    changes = _settle(connection, [row], HANDED_OVER) | edits.finish()
    return Handover(review.id, note_id), changes


def asked_of_leads(connection: sa.Connection) -> tuple[AskedOfLeads, ...]:
    """Return what was handed over to the leads and not closed, the oldest first."""
    c = t.review.c
    asker = t.user.alias("asker")
    rows = connection.execute(
        sa.select(c.id, c.customer_id, t.customer.c.full_name, c.text, asker.c.name, c.reviewed_at)
        .outerjoin(t.customer, t.customer.c.id == c.customer_id)
        .outerjoin(asker, asker.c.id == c.reviewer_id)
        .where(c.verdict == HANDOVER)
        .order_by(c.reviewed_at, c.id)
    )
    return tuple(
        AskedOfLeads(id_, customer, name, text or "", by, datetime.fromisoformat(at))
        for id_, customer, name, text, by, at in rows
    )


def close_handover(connection: sa.Connection, review_id: str, author_id: str) -> ChangeSet:
    """Take something off the leads' list: done, or not going to be."""
    edits = Edits(connection, author_id)
    edits.remove(KindName.REVIEW, review_id)
    return edits.finish()


def refused_text(connection: sa.Connection, n: int, author_id: str) -> str:
    """Return what a refused edit says, as plain text to be copied."""
    return plain_text(_operation(_open(connection, n, author_id)))


def plain_text(operation: Operation) -> str:
    """Return what an operation says: its text, else its fields with their values, one a line."""
    values = values_of(operation)
    spoken = [str(values[name]) for name in _SPOKEN if values.get(name)]
    if spoken and isinstance(operation, Append):
        return "\n".join(spoken)
    return "\n".join(_line(name, value) for name, value in values.items() if value is not None)


def _line(name: str, value: Any) -> str:
    return str(value) if name == "text" else f"{name}: {value}"


def _known_customer(connection: sa.Connection, customer_id: str | None) -> str | None:
    """Return the customer, or their successor, if Central knows them."""
    if customer_id is None:
        return None
    current = successor(connection, customer_id)
    row = get_row(connection, KindName.CUSTOMER, current)
    return current if row is not None and row.seq > 0 else None


def _open(connection: sa.Connection, n: int, author_id: str) -> sa.RowMapping:
    c = t.attention.c
    return _one(connection, c.n == n, c.author_id == author_id, c.settled_at.is_(None))


def _one(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> sa.RowMapping:
    row = connection.execute(sa.select(t.attention).where(*conditions)).mappings().first()
    if row is None:
        raise UserError(Code.NOT_FOUND)
    return row


def _with_dependants(
    connection: sa.Connection, first: sa.RowMapping, author_id: str
) -> list[sa.RowMapping]:
    """Return the refused edit with its group and what was blocked because of what they add."""
    c = t.attention.c
    own = connection.execute(
        sa.select(t.attention).where(c.author_id == author_id, c.settled_at.is_(None)).order_by(c.n)
    ).mappings()
    rows = own.all()
    chosen = {row["n"] for row in rows if row["group_id"] == first["group_id"]}
    added = {row["record_id"] for row in rows if row["n"] in chosen and _adds(row)}
    for row in rows:
        if row["reason"] == Outcome.BLOCKED and added & _mentions(row):
            chosen.add(row["n"])
            if _adds(row):
                added.add(row["record_id"])
    return [row for row in rows if row["n"] in chosen]


def _adds(row: sa.RowMapping) -> bool:
    return isinstance(_operation(row), Append)


def _mentions(row: sa.RowMapping) -> set[str]:
    """Return the ids of the record and of those that its fields refer to."""
    values = values_of(_operation(row))
    referred = {v for name, v in values.items() if name.endswith("_id") and isinstance(v, str)}
    return {row["record_id"], *referred}


def _operation(row: sa.RowMapping) -> Operation:
    return decode_json(row["payload"], Mutation).operation


def _settle(connection: sa.Connection, rows: Sequence[sa.RowMapping], how: str) -> ChangeSet:
    numbers = [row["n"] for row in rows]
    connection.execute(
        t.attention.update()
        .where(t.attention.c.n.in_(numbers))
        .values(settled_at=to_text(now()), settled_how=how)
    )
    return _touched(rows)


def _touched(rows: Iterable[sa.RowMapping]) -> ChangeSet:
    return ChangeSet.of(
        Changed(KindName(row["kind"]), row["record_id"], row["owner_id"]) for row in rows
    )
