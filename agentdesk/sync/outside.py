"""Records that the cache holds although they are outside this desk's scope.

There are two sorts: what belongs to a visitor, a customer who was fetched because they called, and
what has left the scope while an edit on it, or on the customer it belongs to, has no verdict or
still waits for a person. No page tells of such records any more, so that what Central accepts of
the desk's own edits is folded into them here. They go as soon as nothing holds them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from agentdesk.decoding import decode_json
from agentdesk.domain.areas import Area
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import to_text
from agentdesk.store import outbox
from agentdesk.store import tables as t
from agentdesk.store.rows import StoredRow, delete_rows, get_row, owner_of
from agentdesk.sync.overlay import overlay
from agentdesk.sync.protocol import Mutation, Outcome, Verdict

VISIT_LASTS = timedelta(days=7)
"""How long the card of a visitor is kept when nothing else holds it."""

_BATCH = 500
_Record = tuple[KindName, str]
_Owned = tuple[KindName, str, str | None]


def hold(
    connection: sa.Connection, leaving: Sequence[_Owned], pending: set[_Record]
) -> set[_Record]:
    """Mark which of `leaving` (kind, id, customer) stay in the cache for now, and return them.

    Those stay whose own edits are `pending`, and those whose customer has anything that waits or
    is a visitor.
    """
    held = _held(connection, {owner for _kind, _id, owner in leaving if owner is not None})
    staying = [one for one in leaving if one[:2] in pending or one[2] in held]
    add(connection, staying)
    return {(kind, record_id) for kind, record_id, _owner in staying}


def add(connection: sa.Connection, records: Iterable[_Owned]) -> None:
    """Mark records (kind, id, customer) as being outside."""
    values = [
        {"kind": kind.value, "record_id": record_id, "customer_id": owner}
        for kind, record_id, owner in records
    ]
    if values:
        connection.execute(insert(t.outside).on_conflict_do_nothing(), values)


def came_back(connection: sa.Connection, records: Sequence[_Record]) -> None:
    """Take the mark from records of which Central tells again, and from visitors among them."""
    if connection.execute(sa.select(t.outside.c.kind).limit(1)).first() is None:
        return
    for start in range(0, len(records), _BATCH):
        part = records[start : start + _BATCH]
        connection.execute(
            t.outside.delete().where(sa.tuple_(t.outside.c.kind, t.outside.c.record_id).in_(part))
        )
        arrived = [record_id for kind, record_id in part if kind is KindName.CUSTOMER]
        connection.execute(t.visitor.delete().where(t.visitor.c.customer_id.in_(arrived)))


def fold(connection: sa.Connection, settled: Iterable[outbox.Intention]) -> None:
    """Put what Central accepted of records outside into its version of them.

    No page will bring it, and it is to stay visible for as long as they do.
    """
    if connection.execute(sa.select(t.outside.c.kind).limit(1)).first() is None:
        return
    for intention in settled:
        if is_accepted(intention):
            _fold(connection, intention)


def _fold(connection: sa.Connection, intention: outbox.Intention) -> None:
    kind, record_id = intention.kind, intention.record_id
    shown = get_row(connection, kind, record_id)
    owner = owner_of(kind, record_id, shown.fields) if shown else None
    if not is_outside(connection, kind, record_id):
        if owner is None or not is_outside(connection, KindName.CUSTOMER, owner):
            return
        add(connection, [(kind, record_id, owner)])
    lay_over_shadow(connection, intention)


def lay_over_shadow(connection: sa.Connection, intention: outbox.Intention) -> None:
    """Change Central's version of a record, as the desk knows it, by an edit that it accepted."""
    kind, record_id = intention.kind, intention.record_id
    below = outbox.get_shadow(connection, kind, record_id)
    mutation = decode_json(intention.payload, Mutation)
    fields = overlay(below.fields if below else None, [mutation])
    base = below or StoredRow({})
    folded = StoredRow(fields, base.seq, base.created_seq, base.versions) if fields else None
    outbox.replace_shadow(connection, kind, record_id, folded)


def is_accepted(intention: outbox.Intention) -> bool:
    """Tell whether Central has taken an edit over as it was made, or merged it."""
    if intention.verdict is None:
        return False
    outcome = decode_json(intention.verdict, Verdict).outcome
    return outcome in (Outcome.APPLIED, Outcome.MERGED)


def is_outside(connection: sa.Connection, kind: KindName, record_id: str) -> bool:
    """Tell whether the cache holds a record although it is outside the scope."""
    values = {"kind": kind.value, "record_id": record_id}
    return connection.execute(_OUTSIDE, values).first() is not None


def area_of(connection: sa.Connection, customer_id: str) -> Area:
    """Return how a customer stands to this desk's scope."""
    visits, left = connection.execute(
        _STANDING, {"kind": KindName.CUSTOMER.value, "record_id": customer_id}
    ).one()
    if visits:
        return Area.VISITING
    return Area.LEFT if left else Area.INSIDE


_OUTSIDE = sa.select(t.outside.c.kind).where(
    t.outside.c.kind == sa.bindparam("kind"), t.outside.c.record_id == sa.bindparam("record_id")
)
_VISITS = sa.select(t.visitor.c.customer_id).where(
    t.visitor.c.customer_id == sa.bindparam("record_id")
)
_STANDING = sa.select(_VISITS.exists(), _OUTSIDE.exists())
"""Built once, as they are asked for with every card."""


def purge(connection: sa.Connection, moment: datetime) -> list[_Owned]:
    """Take out of the cache what is outside and held by nothing any more, and return it."""
    until = to_text(moment - VISIT_LASTS)
    connection.execute(t.visitor.delete().where(t.visitor.c.fetched_at < until))
    rows = connection.execute(sa.select(t.outside)).all()
    if not rows:
        return []
    keeping = _held(connection, {row.customer_id for row in rows} - {None})
    pending = outbox.pending_records(connection)
    going = [
        (KindName(row.kind), row.record_id, row.customer_id)
        for row in rows
        if row.customer_id not in keeping and (row.kind, row.record_id) not in pending
    ]
    _remove(connection, going)
    return going


def remove_all(connection: sa.Connection) -> None:
    """Take everything that is outside out of the cache, whatever holds it."""
    rows = connection.execute(sa.select(t.outside)).all()
    _remove(connection, [(KindName(row.kind), row.record_id, row.customer_id) for row in rows])


def unmark_present(connection: sa.Connection) -> None:
    """Take the mark from all that the cache has from Central: only what is inside was read."""
    for kind, table in t.TABLES.items():
        there = sa.select(table.c.id).where(table.c.row_seq > 0)
        connection.execute(
            t.outside.delete().where(
                t.outside.c.kind == kind.value, t.outside.c.record_id.in_(there)
            )
        )
    inside = sa.select(t.customer.c.id).where(t.customer.c.row_seq > 0)
    for marks in (t.outside, t.visitor):
        connection.execute(marks.delete().where(marks.c.customer_id.in_(inside)))


def _remove(connection: sa.Connection, going: Sequence[_Owned]) -> None:
    by_kind: dict[KindName, list[str]] = defaultdict(list)
    for kind, record_id, _owner in going:
        by_kind[kind].append(record_id)
    for kind, ids in by_kind.items():
        delete_rows(connection, kind, ids)
        for start in range(0, len(ids), _BATCH):
            part = ids[start : start + _BATCH]
            for table in (t.shadow, t.outside):
                connection.execute(
                    table.delete().where(table.c.kind == kind.value, table.c.record_id.in_(part))
                )


def _held(connection: sa.Connection, customers: set[str]) -> set[str]:
    """Return those of `customers` with an edit that waits for Central or a person, and visitors."""
    held = set(connection.execute(sa.select(t.visitor.c.customer_id)).scalars()) & customers
    wanted = sorted(customers)
    for start in range(0, len(wanted), _BATCH):
        part = wanted[start : start + _BATCH]
        for table in (t.outbox, t.attention, t.conflict):
            query = sa.select(table.c.owner_id).where(table.c.owner_id.in_(part)).distinct()
            if table is not t.outbox:
                query = query.where(table.c.settled_at.is_(None))
            held |= set(connection.execute(query).scalars())
    return held
