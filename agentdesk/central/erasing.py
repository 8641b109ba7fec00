"""Erasing a person for good, as the law may demand: nothing of what was known stays at Central.

Ids stay, so that every desk is told to erase as well and that what still arrives about the person
is recognised and discarded. A backup from before still has everything: after it was restored, the
erasure has to be repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.records import Origin, Record, RecordBook
from agentdesk.decoding import decode_json
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import to_text
from agentdesk.errors import Code, UserError
from agentdesk.sync.protocol import GoneReason, Verdict

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was erased: customers (with those merged into them), and all their records."""

    customers: int
    records: int


def erase_customer(
    connection: sa.Connection, org_id: str, customer_id: str, now: datetime
) -> Erased:
    """Erase a customer, everybody who was merged into them, and all that belongs to them.

    Doing it again erases what a restored backup has brought back. Raises `UserError(NOT_FOUND)`
    for somebody who is unknown or erased already.
    """
    book = RecordBook(connection, org_id)
    person = book.customer(customer_id)
    if person is None or person.removed_reason is GoneReason.ERASED:
        raise UserError(Code.NOT_FOUND)
    customers = [person, *book.merged_into(person.id)]
    records = [child for customer in customers for child in book.owned_by(customer.id)]
    for record in (*records, *customers):
        book.erase(record, Origin(None, None, None, to_text(now)))
    _forget(connection, org_id, [c.id for c in customers], [*records, *customers])
    book.write_all()
    return Erased(len(customers), len(records) + len(customers))


def knows_customer(connection: sa.Connection, org_id: str, customer_id: str) -> bool:
    """Tell whether an organisation has or had this customer."""
    return RecordBook(connection, org_id).get(KindName.CUSTOMER, customer_id) is not None


def _forget(
    connection: sa.Connection, org_id: str, customers: Sequence[str], records: Sequence[Record]
) -> None:
    """Remove what was kept about the records elsewhere than in them."""
    ids = [record.id for record in records]
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        _empty_verdicts(connection, org_id, part)
    _empty_quarantine(connection, org_id, [*customers, *ids])
    merge = t.merge_log.c
    of_them = sa.or_(merge.winner_id.in_(customers), merge.loser_id.in_(customers))
    connection.execute(sa.delete(t.merge_log).where(merge.org_id == org_id, of_them))
    # Snapshots are made anew; desks that were reading one ask for the next.
    for table in (t.snapshot_chunk, t.snapshot):
        connection.execute(sa.delete(table).where(table.c.org_id == org_id))


def _empty_verdicts(connection: sa.Connection, org_id: str, record_ids: Sequence[str]) -> None:
    """Leave of verdicts what was decided, without the values that it was about."""
    judged = t.processed.c
    rows = connection.execute(
        sa.select(judged.device_id, judged.n, judged.verdict).where(
            judged.org_id == org_id, judged.record_id.in_(record_ids)
        )
    ).all()
    for row in rows:
        verdict = decode_json(row.verdict, Verdict)
        if verdict.contested:
            bare = msgspec.structs.replace(verdict, contested=[])
            connection.execute(
                sa.update(t.processed)
                .where(
                    judged.org_id == org_id, judged.device_id == row.device_id, judged.n == row.n
                )
                .values(verdict=msgspec.json.encode(bare).decode())
            )


def _empty_quarantine(connection: sa.Connection, org_id: str, ids: Sequence[str]) -> None:
    """Empty what desks have sent about the person and Central has refused."""
    kept = t.quarantine.c
    marks = [record_id.encode() for record_id in ids]
    rows = connection.execute(
        sa.select(kept.device_id, kept.n, kept.payload).where(kept.org_id == org_id)
    ).all()
    for row in rows:
        if any(mark in row.payload for mark in marks):
            connection.execute(
                sa.update(t.quarantine)
                .where(kept.org_id == org_id, kept.device_id == row.device_id, kept.n == row.n)
                .values(payload=b"")
            )
