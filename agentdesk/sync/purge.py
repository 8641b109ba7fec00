"""Clearing the journal of what no restored Central can ask for any more.

Time is Central's alone: a desk's clock may be years off, and nothing is to be forgotten by it.
Every day on which the desk hears from Central leaves a mark, how far the journal had come by then;
what a mark covers may go once the mark is older than any backup.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from agentdesk.decoding import decode_json
from agentdesk.domain.moments import from_text, to_text
from agentdesk.store.state import get_state, get_states, set_state
from agentdesk.store.tables import journal
from agentdesk.sync.protocol import PageEnd

BACKUP_DAYS = 45
"""How far back a Central may be restored that says nothing about its backups, or says less."""
BACKUPS = "backup_days"

MARKS = "journal_marks"
"""`[[Central's time, highest number in the journal], …]`, the oldest first."""
ARRIVED = "arrived_seq"
"""The feed's position that the cursor has passed."""

BATCH = 500
_MARK_EVERY = timedelta(days=1)


def note_arrival(connection: sa.Connection, end: PageEnd) -> None:
    """Note how far the cursor is once a page leaves nothing behind it."""
    if not end.more and get_state(connection, ARRIVED) != end.head_seq:
        set_state(connection, **{ARRIVED: end.head_seq})


def tend_journal(connection: sa.Connection, server_time: datetime) -> int:
    """Leave a mark, and forget up to `BATCH` entries that a mark has outlived; return how many.

    An entry stays while the cursor, as after a restore, stands before the position at which
    Central contains it: it may have to be sent again.
    """
    kept = get_states(connection, ["cursor", BACKUPS, ARRIVED, MARKS])
    marks = _marked(connection, kept[MARKS] or [], server_time)
    old = server_time - timedelta(days=max(BACKUP_DAYS, kept[BACKUPS] or 0))
    outlived = [n for at, n in marks if from_text(at) < old]
    if not outlived or kept["cursor"] is None:
        return 0
    query = sa.select(journal.c.n, journal.c.verdict).where(journal.c.n <= max(outlived))
    rows = connection.execute(query.order_by(journal.c.n).limit(BATCH)).all()
    arrived = kept[ARRIVED] or 0
    gone = [row.n for row in rows if decode_json(row.verdict).get("seq", 0) <= arrived]
    connection.execute(journal.delete().where(journal.c.n.in_(gone)))
    if len(rows) < BATCH and len(gone) == len(rows):
        set_state(connection, **{MARKS: marks[len(outlived) :]})
    return len(gone)


def _marked(
    connection: sa.Connection, marks: list[list[object]], server_time: datetime
) -> list[tuple[str, int]]:
    known = [(str(at), int(str(n))) for at, n in marks]
    last = from_text(known[-1][0]) if known else None
    if last is not None and last <= server_time < last + _MARK_EVERY:
        return known
    highest = connection.execute(sa.select(sa.func.max(journal.c.n))).scalar()
    if highest is None:
        return known
    if last is not None and server_time < last:
        # Central's clock was put right: what it had said before counts from now.
        known = []
    known.append((to_text(server_time), highest))
    set_state(connection, **{MARKS: known})
    return known
