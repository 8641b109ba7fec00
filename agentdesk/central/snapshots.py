"""Snapshots: made once for all who ask, chunk by chunk, kept in the database, given out for a day.

One process makes a scope's snapshot at a time; it holds a lease in the database, and every step
is fenced by it. What is there already is given out meanwhile. No transaction lasts longer than
the reading or the writing of one chunk. A chunk of buckets in which nothing has changed is listed
again instead of being made.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.chunks import Chunk, fingerprint, make_chunk, read_buckets, read_recent
from agentdesk.central.database import Database
from agentdesk.central.feed import Position, head
from agentdesk.central.scopes import Scope
from agentdesk.central.standing import cursor_for, kept_from
from agentdesk.central.tallies import BucketTally, tally, total
from agentdesk.central.throttle import NotNowError
from agentdesk.decoding import decode_json
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import from_text, to_text
from agentdesk.sync.digests import BUCKETS
from agentdesk.sync.protocol import SCHEMA, ChunkInfo, Manifest

log = logging.getLogger(__name__)

CHUNK_LASTS = timedelta(days=1)
"""How long after it was known to be true a chunk is given out, and kept."""
SNAPSHOT_LASTS = timedelta(hours=12)
"""How long a snapshot is offered; its chunks are there for as long again."""
MOST_ROWS = 40_000
"""In a chunk, about."""
LEASE = timedelta(seconds=60)

_MOVED_ON_ROWS = 5_000
_MOVED_ON_SHARE = 20
_WHILE_ASKED_ROWS = 60_000
_PHOTO_WEIGHT = 60
_RETRY_S = 1


class Plan(msgspec.Struct, frozen=True):
    """What a snapshot consists of; a part that is still to be made has no content yet."""

    rows: int
    customers: int
    recent: ChunkInfo
    parts: list[ChunkInfo]

    @property
    def missing(self) -> list[int]:
        """The places of the parts that are still to be made."""
        return [at for at, part in enumerate(self.parts) if not part.sha256]


class _Fenced(Exception):  # noqa: N818 - an answer, not a fault
    """Somebody else makes the snapshot now."""


class Snapshots:
    """The snapshots of one Central. May be used from any thread; close it when done."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._closing = threading.Event()
        # One at a time: making one takes a processor.
        self._workers = ThreadPoolExecutor(max_workers=1, thread_name_prefix="snapshot")

    def close(self) -> None:
        """Stop making snapshots, after the chunk at hand. Others go on where this one stopped."""
        self._closing.set()
        self._workers.shutdown(wait=True, cancel_futures=True)

    def manifest(self, org_id: str, scope: Scope) -> Manifest:
        """Return what there is of the snapshot of a scope, a fresh one if need be.

        A large one is made while it is given out. Raises `NotNowError` if another caller has only
        just begun it.
        """
        offered = self._database.read(self._offer, org_id, scope)
        if offered is not None:
            return offered
        maker = _Maker(self._database, self._clock, org_id, scope)
        if not self._database.write(maker.take, self._is_good, self._is_being_made):
            raise NotNowError(_RETRY_S)
        maker.prepare()
        if maker.rows_to_make <= _WHILE_ASKED_ROWS:
            maker.make(self._closing)
        else:
            self._workers.submit(_make_quietly, maker, self._closing)
        offered = self._database.read(_begun, org_id, scope)
        if offered is None:
            raise NotNowError(_RETRY_S)
        return offered

    def chunk(self, org_id: str, scope: Scope, sha256: str) -> bytes | None:
        """Return a chunk of a scope, compressed by zstd; None if there is none or it is too old."""
        oldest = to_text(self._clock() - CHUNK_LASTS)
        query = sa.select(t.snapshot_chunk.c.packed).where(
            *_of(t.snapshot_chunk, org_id, scope),
            t.snapshot_chunk.c.sha256 == sha256,
            t.snapshot_chunk.c.checked_at > oldest,
        )
        return self._database.read(lambda c: c.execute(query).scalar_one_or_none())

    def _offer(self, connection: sa.Connection, org_id: str, scope: Scope) -> Manifest | None:
        found = _stored(connection, org_id, scope)
        if found is None or not self._is_good(connection, found):
            return None
        if _plan(found).missing and not self._is_being_made(found):
            return None
        return _manifest(connection, found, scope)

    def _is_good(self, connection: sa.Connection, found: sa.Row[Any]) -> bool:
        """Say whether a desk is served well by this snapshot and by what changed since."""
        if not found.plan or self._clock() - from_text(found.started_at) > SNAPSHOT_LASTS:
            return False
        if found.seq < kept_from(connection, found.org_id):
            return False
        bearable = max(_MOVED_ON_ROWS, _plan(found).rows // _MOVED_ON_SHARE)
        moved_on: int = head(connection, found.org_id).seq - found.seq
        return moved_on <= bearable

    def _is_being_made(self, found: sa.Row[Any]) -> bool:
        return found.maker is not None and from_text(found.making_until) > self._clock()


class _Maker:
    """Makes one snapshot, or finishes one that another process has left unfinished."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], org_id: str, scope: Scope
    ) -> None:
        self._database = database
        self._clock = clock
        self._org_id = org_id
        self._scope = scope
        self._id = new_id()
        self._plan: Plan | None = None
        self.rows_to_make = 0

    def take(
        self,
        connection: sa.Connection,
        is_good: Callable[[sa.Connection, sa.Row[Any]], bool],
        is_being_made: Callable[[sa.Row[Any]], bool],
    ) -> bool:
        """Take the lease, unless another has it; what has expired is deleted on the occasion."""
        now = self._clock()
        found = _stored(connection, self._org_id, self._scope, lock=True)
        if found is not None and is_being_made(found):
            # Done already, if this is the second attempt of a transaction that had succeeded.
            return bool(found.maker == self._id)
        lease = {"maker": self._id, "making_until": to_text(now + LEASE)}
        if found is None:
            connection.execute(
                sa.insert(t.snapshot).values(
                    org_id=self._org_id,
                    scope=self._scope.key,
                    seq=0,
                    tag="",
                    plan="",
                    started_at=to_text(now),
                    **lease,
                )
            )
        else:
            if is_good(connection, found):
                self._plan = _plan(found)
            connection.execute(self._update().values(**lease))
        expire(connection, self._org_id, now)
        return True

    def prepare(self) -> None:
        """Lay down what the snapshot consists of, and make the recent customers' chunk.

        What is unfinished and still good is left as it is.
        """
        if self._plan is None:
            now = self._clock()
            self._plan, recent, known, position = self._database.read(self._lay_down)
            self._database.write(self._begin, recent, known, position, now)
        self.rows_to_make = sum(self._plan.parts[at].rows for at in self._plan.missing)

    def _lay_down(self, connection: sa.Connection) -> tuple[Plan, Chunk, list[str], Position]:
        """Return the plan, the recent customers' chunk, known content, and where the feed is."""
        position = head(connection, self._org_id)
        buckets = tally(connection, self._org_id, self._scope)
        parts, known = self._parts(connection, buckets)
        recent = make_chunk(read_recent(connection, self._org_id, self._scope, position.seq))
        plan = Plan(
            rows=sum(part.rows for part in parts),
            customers=_customers(connection, self._org_id, self._scope),
            recent=_info(recent, 0, 0),
            parts=parts,
        )
        return plan, recent, known, position

    def _begin(
        self,
        connection: sa.Connection,
        recent: Chunk,
        known: list[str],
        position: Position,
        now: datetime,
    ) -> None:
        self._store(connection, seq=position.seq, tag=position.tag, started_at=to_text(now))
        self._keep(connection, recent, _info(recent, 0, 0))
        self._know_again(connection, known, now)

    def make(self, closing: threading.Event) -> None:
        """Make what is missing, one chunk after the other, until `closing` is set."""
        plan = self._plan
        if plan is None:
            return
        try:
            for at in plan.missing:
                if closing.is_set():
                    return
                self._make_part(plan.parts, at)
        except _Fenced:
            log.info("a snapshot is made by another process now")
            return
        finally:
            self._database.write(self._let_go)

    def _make_part(self, parts: list[ChunkInfo], at: int) -> None:
        first, end = parts[at].first_bucket, parts[at].end_bucket
        rows = self._database.read(read_buckets, self._org_id, self._scope, first, end)
        chunk = make_chunk(rows)
        parts[at] = _info(chunk, first, end)
        self._database.write(self._add, chunk, parts[at])

    def _add(self, connection: sa.Connection, chunk: Chunk, info: ChunkInfo) -> None:
        self._store(connection)
        self._keep(connection, chunk, info)

    def _let_go(self, connection: sa.Connection) -> None:
        connection.execute(
            self._update()
            .where(t.snapshot.c.maker == self._id)
            .values(maker=None, making_until=None)
        )

    def _parts(
        self, connection: sa.Connection, buckets: list[BucketTally]
    ) -> tuple[list[ChunkInfo], list[str]]:
        """Return the parts, with content where it is known, and the addresses of that content."""
        oldest = to_text(self._clock() - CHUNK_LASTS)
        known = {
            (row.first_bucket, row.end_bucket, row.fingerprint): row
            for row in connection.execute(
                sa.select(
                    t.snapshot_chunk.c.first_bucket,
                    t.snapshot_chunk.c.end_bucket,
                    t.snapshot_chunk.c.fingerprint,
                    t.snapshot_chunk.c.sha256,
                    t.snapshot_chunk.c.rows,
                    t.snapshot_chunk.c.size_bytes,
                ).where(
                    *_of(t.snapshot_chunk, self._org_id, self._scope),
                    t.snapshot_chunk.c.checked_at > oldest,
                )
            )
        }
        parts, again = [], []
        width = BUCKETS // _number_of_parts(connection, self._org_id, self._scope, buckets)
        for first in range(0, BUCKETS, width):
            there = total(buckets[first : first + width])
            part = ChunkInfo(
                sha256="",
                rows=there.records.number + there.aliases.number,
                size_bytes=0,
                first_bucket=first,
                end_bucket=first + width,
            )
            row = known.get((first, first + width, fingerprint(there)))
            if row is not None:
                again.append(row.sha256)
                part = msgspec.structs.replace(
                    part, sha256=row.sha256, rows=row.rows, size_bytes=row.size_bytes
                )
            parts.append(part)
        return parts, again

    def _store(self, connection: sa.Connection, **more: Any) -> None:
        """Write the plan, and go on holding the lease; raises `_Fenced` if that is lost."""
        done = connection.execute(
            self._update()
            .where(t.snapshot.c.maker == self._id)
            .values(
                plan=msgspec.json.encode(self._plan).decode(),
                making_until=to_text(self._clock() + LEASE),
                **more,
            )
        )
        if done.rowcount != 1:
            raise _Fenced

    def _keep(self, connection: sa.Connection, chunk: Chunk, info: ChunkInfo) -> None:
        connection.execute(
            sa.delete(t.snapshot_chunk).where(
                *_of(t.snapshot_chunk, self._org_id, self._scope),
                t.snapshot_chunk.c.sha256 == chunk.sha256,
            )
        )
        connection.execute(
            sa.insert(t.snapshot_chunk).values(
                org_id=self._org_id,
                scope=self._scope.key,
                sha256=chunk.sha256,
                first_bucket=info.first_bucket,
                end_bucket=info.end_bucket,
                fingerprint=chunk.fingerprint,
                rows=chunk.rows,
                size_bytes=chunk.size_bytes,
                packed=chunk.packed,
                checked_at=to_text(self._clock()),
            )
        )

    def _know_again(self, connection: sa.Connection, known: list[str], now: datetime) -> None:
        if known:
            connection.execute(
                sa.update(t.snapshot_chunk)
                .where(
                    *_of(t.snapshot_chunk, self._org_id, self._scope),
                    t.snapshot_chunk.c.sha256.in_(known),
                )
                .values(checked_at=to_text(now))
            )

    def _update(self) -> sa.Update:
        return sa.update(t.snapshot).where(*_of(t.snapshot, self._org_id, self._scope))


def expire(connection: sa.Connection, org_id: str, now: datetime) -> int:
    """Delete the chunks that are not given out any more, of all scopes; return their number."""
    return connection.execute(
        sa.delete(t.snapshot_chunk).where(
            t.snapshot_chunk.c.org_id == org_id,
            t.snapshot_chunk.c.checked_at <= to_text(now - CHUNK_LASTS),
        )
    ).rowcount


def forget_bucket(connection: sa.Connection, org_id: str, bucket: int) -> None:
    """Delete every chunk in which a record of `bucket` can be read, and what lists it."""
    connection.execute(
        sa.delete(t.snapshot_chunk).where(
            t.snapshot_chunk.c.org_id == org_id,
            sa.or_(
                t.snapshot_chunk.c.end_bucket == 0,
                sa.and_(
                    t.snapshot_chunk.c.first_bucket <= bucket,
                    t.snapshot_chunk.c.end_bucket > bucket,
                ),
            ),
        )
    )
    # Also ends the lease of whoever has read the record already and not yet kept the chunk.
    connection.execute(sa.delete(t.snapshot).where(t.snapshot.c.org_id == org_id))


def _make_quietly(maker: _Maker, closing: threading.Event) -> None:
    """Make a snapshot on a worker: nobody waits there for what goes wrong."""
    try:
        maker.make(closing)
    except Exception as error:  # noqa: BLE001 - a sink; who asks next goes on with it
        log.error("making a snapshot failed: %s", type(error).__name__)


def _of(table: sa.Table, org_id: str, scope: Scope) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.org_id == org_id, table.c.scope == scope.key


def _stored(
    connection: sa.Connection, org_id: str, scope: Scope, *, lock: bool = False
) -> sa.Row[Any] | None:
    query = sa.select(t.snapshot).where(*_of(t.snapshot, org_id, scope))
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def _plan(found: sa.Row[Any]) -> Plan:
    return decode_json(found.plan, Plan)


def _begun(connection: sa.Connection, org_id: str, scope: Scope) -> Manifest | None:
    found = _stored(connection, org_id, scope)
    return None if found is None or not found.plan else _manifest(connection, found, scope)


def _manifest(connection: sa.Connection, found: sa.Row[Any], scope: Scope) -> Manifest:
    plan = _plan(found)
    epoch: str = connection.execute(
        sa.select(t.org.c.epoch).where(t.org.c.org_id == found.org_id)
    ).scalar_one()
    return Manifest(
        epoch=epoch,
        scope_revision=scope.revision,
        schema=SCHEMA,
        cursor=cursor_for(epoch, scope, Position(found.seq, found.tag)).encode(),
        rows=plan.rows,
        customers=plan.customers,
        recent=plan.recent,
        chunks=[part for part in plan.parts if part.sha256],
        awaited=len(plan.missing),
    )


def _info(chunk: Chunk, first: int, end: int) -> ChunkInfo:
    return ChunkInfo(
        sha256=chunk.sha256,
        rows=chunk.rows,
        size_bytes=chunk.size_bytes,
        first_bucket=first,
        end_bucket=end,
    )


def _customers(connection: sa.Connection, org_id: str, scope: Scope) -> int:
    return connection.execute(
        sa.select(sa.func.count()).where(
            t.record.c.org_id == org_id,
            t.record.c.kind == KindName.CUSTOMER.value,
            t.record.c.removed_reason.is_(None),
            scope.holds(),
        )
    ).scalar_one()


def _number_of_parts(
    connection: sa.Connection, org_id: str, scope: Scope, buckets: list[BucketTally]
) -> int:
    """Return a power of two: so many that a chunk is neither long nor heavy."""
    photos: int = connection.execute(
        sa.select(sa.func.count()).where(
            t.record.c.org_id == org_id,
            t.record.c.kind == KindName.PHOTO.value,
            t.record.c.removed_reason.is_(None),
            scope.holds(),
        )
    ).scalar_one()
    there = total(buckets)
    weight = there.records.number + there.aliases.number + photos * _PHOTO_WEIGHT
    number = 1
    while number < BUCKETS and weight > number * MOST_ROWS:
        number *= 2
    return number
