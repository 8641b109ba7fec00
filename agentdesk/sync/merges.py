"""What a desk does when two customers become one, or two again, beneath its own edits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from agentdesk.domain.kinds import KindName, Row
from agentdesk.store import mentions, outbox
from agentdesk.store import tables as t
from agentdesk.store.aliases import forget_merges, has_aliases, note_merge, successor
from agentdesk.store.rows import get_row
from agentdesk.sync.protocol import GoneReason, PageGone, PageRow

_BATCH = 500
_Record = tuple[KindName, str]


def follow(connection: sa.Connection, lines: Sequence[PageRow | PageGone]) -> set[_Record]:
    """Note who stands for whom from now on, and return what has to be shown again for it.

    Edits of somebody who was merged show on their successor, as Central will apply them there;
    what waits for a decision, and what is being typed, goes to the successor too. Nothing that was
    or will be sent changes.
    """
    again: set[_Record] = set()
    if has_aliases(connection):
        again |= _part(connection, [line for line in lines if isinstance(line, PageRow)])
    for line in lines:
        if _is_merge(line) and isinstance(line, PageGone) and line.into is not None:
            note_merge(connection, line.id, line.into)
            again |= _move(connection, line.id, successor(connection, line.id))
    return again


def successors(connection: sa.Connection, records: Iterable[_Record]) -> set[_Record]:
    """Return the customers on whom edits of those merged into them are shown."""
    customers = {record_id for kind, record_id in records if kind is KindName.CUSTOMER}
    if not customers or not has_aliases(connection):
        return set()
    return {(KindName.CUSTOMER, successor(connection, one)) for one in customers}


def to_successor(connection: sa.Connection, fields: Row) -> Row:
    """Return a record's fields with the customer who stands for the one it was made for."""
    owner = fields.get("customer_id")
    if owner is None:
        return fields
    return fields | {"customer_id": successor(connection, owner)}


def _is_merge(line: PageRow | PageGone) -> bool:
    is_customer = line.kind == KindName.CUSTOMER
    return is_customer and isinstance(line, PageGone) and line.reason is GoneReason.MERGED


def _part(connection: sa.Connection, rows: Sequence[PageRow]) -> set[_Record]:
    """Forget successors of customers who are there again; return on whom their edits showed."""
    ids = [row.id for row in rows if row.kind == KindName.CUSTOMER]
    parted: set[_Record] = set()
    for start in range(0, len(ids), _BATCH):
        for loser, winner in forget_merges(connection, ids[start : start + _BATCH]).items():
            if outbox.of_record(connection, KindName.CUSTOMER, loser):
                parted.add((KindName.CUSTOMER, winner))
    return parted


def _move(connection: sa.Connection, loser: str, winner: str) -> set[_Record]:
    """Let what waits here for `loser` be `winner`'s."""
    waiting = sa.select(t.outbox.c.kind, t.outbox.c.record_id).where(t.outbox.c.owner_id == loser)
    moved = {(KindName(kind), record_id) for kind, record_id in connection.execute(waiting)}
    if (KindName.CUSTOMER, loser) in moved:
        moved.add((KindName.CUSTOMER, winner))
        below = get_row(connection, KindName.CUSTOMER, winner)
        outbox.keep_shadow(connection, KindName.CUSTOMER, winner, below)
    for table in (t.outbox, t.attention, t.conflict, t.merged):
        connection.execute(table.update().where(table.c.owner_id == loser).values(owner_id=winner))
    mentions.follow_merge(connection, loser, winner)
    _move_drafts(connection, loser, winner)
    return moved


def _move_drafts(connection: sa.Connection, loser: str, winner: str) -> None:
    """Let what is being typed about `loser` go on about `winner`, beneath what is typed there."""
    d = t.draft.c
    for row in connection.execute(sa.select(t.draft).where(d.id == loser)).all():
        at_winner = (d.id == winner) & (d.author_id == row.author_id)
        there = connection.execute(sa.select(d.text).where(at_winner)).scalar()
        at_loser = (d.id == loser) & (d.author_id == row.author_id)
        if there is None:
            connection.execute(t.draft.update().where(at_loser).values(id=winner))
        else:
            both = f"{there}\n{row.text}"
            connection.execute(t.draft.update().where(at_winner).values(text=both))
            connection.execute(t.draft.delete().where(at_loser))
    connection.execute(t.draft.update().where(d.customer_id == loser).values(customer_id=winner))
