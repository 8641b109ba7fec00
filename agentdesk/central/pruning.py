"""How far back the feed goes: marking where it stands, and dropping what is old and superseded.

Nothing that a record is or was is dropped: only lines of the feed that no reader needs who is not
older than what is kept. Whoever is gets a reset.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.calls import forget_calls
from agentdesk.central.database import Database
from agentdesk.central.feed import SHARD, head
from agentdesk.central.organisations import organisation_ids
from agentdesk.central.snapshots import expire
from agentdesk.domain.moments import to_text
from agentdesk.sync.protocol import GoneReason

KEPT = timedelta(days=90)
"""For how long a desk may be away and go on where it was."""
MARK_EVERY = timedelta(days=1)

_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was dropped: lines of the feed, and chunks of snapshots."""

    changes: int = 0
    chunks: int = 0


def prune_due(
    database: Database, clock: Callable[[], datetime], going_on: Callable[[], bool]
) -> None:
    """Prune the feeds that nobody has pruned for a day."""
    for org_id in database.read(organisation_ids):
        if going_on() and database.read(is_due, org_id, clock()):
            prune(database, org_id, clock(), going_on=going_on)


def is_due(connection: sa.Connection, org_id: str, now: datetime) -> bool:
    """Say whether the last mark is so old that it is time for the next."""
    last = connection.execute(
        sa.select(sa.func.max(t.feed_mark.c.noted_at)).where(t.feed_mark.c.org_id == org_id)
    ).scalar_one()
    return last is None or last <= to_text(now - MARK_EVERY)


def prune(
    database: Database,
    org_id: str,
    now: datetime,
    kept: timedelta = KEPT,
    going_on: Callable[[], bool] = lambda: True,
) -> Pruned:
    """Mark where the feed stands, and drop what was superseded longer ago than `kept`.

    How old a number is tell the marks of earlier calls, so that the first call drops nothing.
    Many short transactions; may be interrupted, and run beside desks and other processes. Between
    them `going_on` is asked whether to.
    """
    upper = database.write(_raise_bound, org_id, now, kept)
    dropped = 0
    for start in range(0, upper, _AT_ONCE):
        if not going_on():
            break
        dropped += database.write(_drop, org_id, start, min(start + _AT_ONCE, upper))
    database.write(forget_calls, org_id, now)
    return Pruned(dropped, database.write(expire, org_id, now))


def _raise_bound(connection: sa.Connection, org_id: str, now: datetime, kept: timedelta) -> int:
    """Note where the feed stands; return from which number on it has to be whole."""
    mark = t.feed_mark
    mine = (mark.c.org_id == org_id, mark.c.shard == SHARD)
    connection.execute(sa.delete(mark).where(*mine, mark.c.noted_at == to_text(now)))
    connection.execute(
        sa.insert(mark).values(
            org_id=org_id, shard=SHARD, noted_at=to_text(now), seq=head(connection, org_id).seq
        )
    )
    last = connection.execute(
        sa.select(mark)
        .where(*mine, mark.c.noted_at <= to_text(now - kept))
        .order_by(mark.c.noted_at.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        return 0
    connection.execute(sa.delete(mark).where(*mine, mark.c.noted_at < last.noted_at))
    here = (t.feed_head.c.org_id == org_id, t.feed_head.c.shard == SHARD)
    # Committed before anything is dropped: no reader is told to go on over what is missing.
    connection.execute(
        sa.update(t.feed_head)
        .where(*here, t.feed_head.c.kept_seq < last.seq)
        .values(kept_seq=last.seq)
    )
    kept_seq: int = connection.execute(sa.select(t.feed_head.c.kept_seq).where(*here)).scalar_one()
    return kept_seq


def _drop(connection: sa.Connection, org_id: str, start: int, end: int) -> int:
    """Drop lines from `start` up to `end` that are superseded, or tell of a removal.

    Return how many. Merged customers stay: they are aliases for ever.
    """
    record, changes = t.record, t.changes
    removed = sa.and_(
        record.c.removed_reason.is_not(None),
        record.c.removed_reason != GoneReason.MERGED.value,
    )
    dispensable = (
        sa.select(sa.literal(1))
        .where(
            record.c.org_id == changes.c.org_id,
            record.c.kind == changes.c.kind,
            record.c.id == changes.c.record_id,
            sa.or_(record.c.seq != changes.c.seq, removed),
        )
        .correlate(changes)
        .exists()
    )
    return connection.execute(
        sa.delete(changes).where(
            changes.c.org_id == org_id,
            changes.c.shard == SHARD,
            changes.c.seq >= start,
            changes.c.seq < end,
            dispensable,
        )
    ).rowcount
