"""Taking in the card of a caller from outside the scope, for as long as the visit lasts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from agentdesk.domain.changes import Changed, ChangeSet
from agentdesk.domain.found import Hit, Why
from agentdesk.domain.kinds import KINDS, KindName
from agentdesk.domain.moments import to_text
from agentdesk.store import outbox
from agentdesk.store import tables as t
from agentdesk.store.rows import StoredRow, delete_rows, get_row, owner_of, put_rows
from agentdesk.store.search_index import reindex_customers
from agentdesk.sync import outside
from agentdesk.sync.absorb import show_records
from agentdesk.sync.protocol import FoundCustomer, PageRow

_KNOWN = {kind.value: kind for kind in KINDS}
_Owned = tuple[KindName, str, str]


def absorb_visitors(
    connection: sa.Connection, rows: Sequence[PageRow], moment: datetime
) -> ChangeSet:
    """Take customers with all that belongs to them into the cache, as visitors.

    Whoever is in the scope is passed over: the feed tells of them, and a desk never goes back
    behind what it has read. Pending edits stay on top.
    """
    stored = [
        (_KNOWN[row.kind], row.id, StoredRow(row.fields, row.seq, row.created_seq, row.versions))
        for row in rows
        if row.kind in _KNOWN
    ]
    visitors = {
        record_id
        for kind, record_id, _row in stored
        if kind is KindName.CUSTOMER and _may_visit(connection, record_id)
    }
    arrived: list[tuple[_Owned, StoredRow]] = []
    for kind, record_id, row in stored:
        owner = owner_of(kind, record_id, row.fields)
        if owner in visitors:
            arrived.append(((kind, record_id, owner), row))
        elif owner is None and get_row(connection, kind, record_id) is None:
            # The name of a colleague, which the feed has yet to bring.
            put_rows(connection, kind, [(record_id, row)])
    _drop_what_is_gone(connection, visitors, {one[:2] for one, _row in arrived})
    changes = _put(connection, arrived)
    for customer_id in visitors:
        values = {"customer_id": customer_id, "fetched_at": to_text(moment)}
        connection.execute(
            insert(t.visitor)
            .values(values)
            .on_conflict_do_update(index_elements=["customer_id"], set_=values)
        )
    outside.add(connection, [one for one, _row in arrived])
    reindex_customers(connection, visitors)
    return changes


def found_there(found: FoundCustomer) -> Hit:
    """Return what a search at Central has found as a result of a search."""
    where = (found.company, found.hometown)
    return Hit(found.id, found.full_name, 0.5, Why.NAME, *where, at_central=True)


def _may_visit(connection: sa.Connection, customer_id: str) -> bool:
    if outside.is_outside(connection, KindName.CUSTOMER, customer_id):
        return True
    if outbox.get_shadow(connection, KindName.CUSTOMER, customer_id) is not None:
        return False
    return get_row(connection, KindName.CUSTOMER, customer_id) is None


def _put(connection: sa.Connection, arrived: Sequence[tuple[_Owned, StoredRow]]) -> ChangeSet:
    pending = outbox.pending_records(connection)
    by_kind: dict[KindName, list[tuple[str, StoredRow]]] = defaultdict(list)
    covered: set[tuple[KindName, str]] = set()
    for (kind, record_id, _owner), row in arrived:
        if (kind, record_id) in pending:
            outbox.replace_shadow(connection, kind, record_id, row)
            covered.add((kind, record_id))
        else:
            by_kind[kind].append((record_id, row))
    for kind, some in by_kind.items():
        put_rows(connection, kind, some)
    changes = ChangeSet.of({Changed(*one) for one, _row in arrived})
    return changes | show_records(connection, covered)


def _drop_what_is_gone(
    connection: sa.Connection, visitors: set[str], there: set[tuple[KindName, str]]
) -> None:
    """Remove what an earlier visit has brought and Central no longer has."""
    query = sa.select(t.outside).where(t.outside.c.customer_id.in_(sorted(visitors)))
    pending = outbox.pending_records(connection)
    for row in connection.execute(query).all():
        record = (KindName(row.kind), row.record_id)
        # What was written here, and accepted, has no version of Central's yet.
        known = get_row(connection, *record)
        if record in there or record in pending or (known is not None and not known.seq):
            continue
        delete_rows(connection, record[0], [record[1]])
        at = (t.outside.c.kind == row.kind) & (t.outside.c.record_id == row.record_id)
        connection.execute(t.outside.delete().where(at))
