"""Counting what a scope holds by buckets: digests, and telling which buckets have changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.feed import head, is_waiting
from agentdesk.central.scopes import Scope
from agentdesk.central.standing import cursor_for, settled_number, with_absorbed
from agentdesk.sync.digests import BUCKETS
from agentdesk.sync.protocol import BucketDigest, Digest, GoneReason

_MODULUS = 2**64


class Tally(NamedTuple):
    """Records counted together: how many, the sum of their checks, the newest number."""

    number: int = 0
    checksum: int = 0
    newest: int = 0

    def plus(self, other: Tally) -> Tally:
        """Return both together."""
        return Tally(
            self.number + other.number,
            self.checksum + other.checksum,
            max(self.newest, other.newest),
        )


class BucketTally(NamedTuple):
    """What a bucket holds: records, and customers who have been merged into others."""

    records: Tally = Tally()
    aliases: Tally = Tally()


def is_told(scope: Scope) -> sa.ColumnElement[bool]:
    """Return the condition that a snapshot for `scope` tells of a row of `record`.

    What has no number yet comes with a page, once it has one.
    """
    removed = t.record.c.removed_reason
    told = sa.or_(removed.is_(None), removed == GoneReason.MERGED.value)
    return sa.and_(told, t.record.c.seq > 0, scope.holds())


def tally(connection: sa.Connection, org_id: str, scope: Scope) -> list[BucketTally]:
    """Return what each bucket holds. Reads the whole of an index, and no record."""
    removed = t.record.c.removed_reason
    found = connection.execute(
        sa.select(
            t.record.c.bucket,
            removed,
            sa.func.count(),
            sa.func.sum(t.record.c.check_sum),
            sa.func.max(t.record.c.seq),
        )
        .where(t.record.c.org_id == org_id, is_told(scope))
        .group_by(t.record.c.bucket, removed)
    )
    buckets = [BucketTally()] * BUCKETS
    for bucket, reason, count, checksum, newest in found:
        # PostgreSQL's sum of BIGINT is a NUMERIC.
        counted = Tally(count, int(checksum), newest)
        member = "records" if reason is None else "aliases"
        buckets[bucket] = buckets[bucket]._replace(**{member: counted})
    return buckets


def total(buckets: Iterable[BucketTally]) -> BucketTally:
    """Return what buckets hold together."""
    records, aliases = Tally(), Tally()
    for bucket in buckets:
        records, aliases = records.plus(bucket.records), aliases.plus(bucket.aliases)
    return BucketTally(records, aliases)


def digest(
    connection: sa.Connection, org_id: str, epoch: str, scope: Scope, device_id: str
) -> Digest | None:
    """Return the digests of what `scope` holds at the feed's head, where the cursor is a device's.

    None while something waits for its number, which no desk can have yet. `connection` has to see
    one state of the database throughout.
    """
    if is_waiting(connection, org_id):
        return None
    position = head(connection, org_id)
    # As in a page that ends at the head.
    absorbed = settled_number(connection, org_id, device_id)
    buckets: Sequence[BucketTally] = tally(connection, org_id, scope)
    return Digest(
        cursor=with_absorbed(cursor_for(epoch, scope, position), device_id, absorbed).encode(),
        buckets=[BucketDigest(b.records.number, b.records.checksum % _MODULUS) for b in buckets],
    )
