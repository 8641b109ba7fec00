"""Reading the feed: a page of changes as lines, and their way through compression.

A page is read in short pieces, each a transaction of its own, so that a slow desk neither holds
a transaction open nor makes Central hold the page in memory. What changes while a page is read
gets a number beyond the page's end, and comes with a later page.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import sqlalchemy as sa
import zstandard

from agentdesk.central import tables as t
from agentdesk.central.database import Database
from agentdesk.central.feed import SHARD, Cursor, Position, head
from agentdesk.central.scopes import EVERYTHING, Scope
from agentdesk.central.standing import (
    absorbed_before,
    cursor_for,
    is_kept,
    kept_from,
    settled_number,
    with_absorbed,
)
from agentdesk.sync.protocol import SCHEMA, GoneReason, PageEnd, PageGone, PageHead, seal_of

DEFAULT_LIMIT = 5_000
MAX_LIMIT = 50_000
_PIECE = 1_000


class _StoredRow(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="t", tag="row"
):
    """`PageRow` with its JSON members passed on as they are stored."""

    kind: str
    id: str
    seq: int
    created_seq: int
    fields: msgspec.Raw
    versions: msgspec.Raw = msgspec.Raw(b"{}")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What page is asked for: by whom, from where, how long, and what the desk holds."""

    org_id: str
    device_id: str
    start: Cursor
    limit: int
    scope: Scope = EVERYTHING


def page_lines(database: Database, request: PageRequest) -> Iterator[bytes]:
    """Yield a page as pieces of NDJSON, each of whole lines; the last line is the end line."""
    checksum = hashlib.sha256()
    opening = PageHead(epoch=request.start.epoch, scope_revision=request.start.scope, schema=SCHEMA)
    piece = msgspec.json.encode(opening) + b"\n"
    position = request.start.position
    count = 0
    with database.reading() as connection:
        end = head(connection, request.org_id)
    while True:
        checksum.update(piece)
        yield piece
        wanted = min(_PIECE, request.limit - count)
        if wanted == 0 or position.seq >= end.seq:
            break
        with database.reading() as connection:
            rows = _read(connection, request, position.seq, end.seq, wanted)
        piece = msgspec.json.Encoder().encode_lines([_line(row, request.scope) for row in rows])
        count += len(rows)
        position = Position(rows[-1].seq, rows[-1].tag) if len(rows) == wanted else end
    yield (
        msgspec.json.encode(_end(database, request, position, end, count, checksum.hexdigest()))
        + b"\n"
    )


def _end(
    database: Database,
    request: PageRequest,
    position: Position,
    end: Position,
    count: int,
    checksum: str,
) -> PageEnd:
    start, device_id = request.start, request.device_id
    with database.reading() as connection:
        if not is_kept(connection, request.org_id, start):
            # What it passed over was pruned meanwhile: the desk is to ask from where it was, and
            # to be told that it cannot go on.
            position = start.position
        known = absorbed_before(start, device_id)
        absorbed = absorbed_until(connection, request.org_id, device_id, position.seq, known=known)
        # Not `end`: what has changed since then was passed over, too.
        ahead = head(connection, request.org_id)
    cursor = cursor_for(start.epoch, request.scope, position, start.fresh, ahead)
    closing = PageEnd(
        cursor=with_absorbed(cursor, device_id, absorbed).encode(),
        count=count,
        checksum=checksum,
        more=position.seq < end.seq,
        absorbed=absorbed,
        head_seq=end.seq,
    )
    return msgspec.structs.replace(closing, seal=seal_of(closing))


def absorbed_until(
    connection: sa.Connection, org_id: str, device_id: str, seq: int, *, known: int = 0
) -> int:
    """Return the highest n of a device up to which a reader that stands at `seq` has all.

    A record that was changed again after `seq` was passed over, whoever changed it: the effect
    of an earlier mutation on it arrives only with that later change. `known` is what the reader was
    told before, and is not looked at again.
    """
    settled = settled_number(connection, org_id, device_id)
    # Central may have been restored to a state in which there are fewer.
    known = min(known, settled)
    if head(connection, org_id).seq == seq:
        # Nothing has changed after it: what most desks ask, and answered from an index.
        return settled
    if seq < kept_from(connection, org_id):
        # What it touched has been pruned: a lower answer than the true one does no harm.
        return known
    of_device = (t.processed.c.org_id == org_id, t.processed.c.device_id == device_id)
    missing = connection.execute(
        sa.select(t.processed.c.n)
        .where(
            *of_device,
            t.processed.c.n > known,
            t.processed.c.n <= settled,
            sa.or_(t.processed.c.seq > seq, _superseded(seq)),
        )
        .order_by(t.processed.c.n)
        .limit(1)
    ).scalar_one_or_none()
    if missing is not None:
        return int(missing) - 1
    return settled


def _superseded(seq: int) -> sa.ColumnElement[bool]:
    """Say whether the mutation's record, or one that its group touched, has changed after `seq`.

    Its own counts even if it was left as it was: what was asked for stood there already, and comes
    with the later change.
    """
    own = (
        sa.select(sa.literal(1))
        .where(
            t.record.c.org_id == t.processed.c.org_id,
            t.record.c.kind == t.processed.c.kind,
            t.record.c.id == t.processed.c.record_id,
            t.record.c.seq > seq,
        )
        .correlate(t.processed)
        .exists()
    )
    touched = (
        sa.select(sa.literal(1))
        .select_from(t.changes.join(t.record, _same_record()))
        .where(
            t.changes.c.org_id == t.processed.c.org_id,
            t.changes.c.shard == SHARD,
            t.changes.c.seq > t.processed.c.seq_before,
            t.changes.c.seq <= t.processed.c.seq,
            t.record.c.seq > seq,
        )
        .correlate(t.processed)
        .exists()
    )
    return sa.or_(own, touched)


def _same_record() -> sa.ColumnElement[bool]:
    return sa.and_(
        t.record.c.org_id == t.changes.c.org_id,
        t.record.c.kind == t.changes.c.kind,
        t.record.c.id == t.changes.c.record_id,
    )


def _read(
    connection: sa.Connection, request: PageRequest, after: int, until: int, limit: int
) -> list[sa.Row[Any]]:
    """Return the changes in (after, until] that no later change of their record supersedes.

    Those of records that the desk can have heard of: see `agentdesk.central.placing.moved`.
    """
    return list(
        connection.execute(
            sa.select(
                t.changes.c.seq,
                t.changes.c.tag,
                t.record.c.kind,
                t.record.c.id,
                t.record.c.created_seq,
                t.record.c.fields,
                t.record.c.versions,
                t.record.c.removed_reason,
                t.record.c.merged_into,
                t.record.c.team_id,
            )
            .select_from(t.changes.join(t.record, _same_record()))
            .where(
                t.changes.c.org_id == request.org_id,
                t.changes.c.shard == SHARD,
                t.changes.c.seq > after,
                t.changes.c.seq <= until,
                t.record.c.seq == t.changes.c.seq,
                request.scope.has_held(),
            )
            .order_by(t.changes.c.seq)
            .limit(limit)
        )
    )


def _line(row: sa.Row[Any], scope: Scope) -> _StoredRow | PageGone:
    if not scope.has(row.team_id):
        return PageGone(kind=row.kind, id=row.id, seq=row.seq, reason=GoneReason.LEFT_SCOPE)
    if row.removed_reason is not None:
        return PageGone(
            kind=row.kind,
            id=row.id,
            seq=row.seq,
            reason=GoneReason(row.removed_reason),
            into=row.merged_into,
        )
    return _StoredRow(
        kind=row.kind,
        id=row.id,
        seq=row.seq,
        created_seq=row.created_seq,
        fields=msgspec.Raw(row.fields),
        versions=msgspec.Raw(row.versions),
    )


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


def accepted_coding(accept_encoding: str) -> str | None:
    """Return the content coding to use for a desk that accepts these; None for none.

    zstd where it is accepted, else gzip (RFC 9110, section 12.5.3).
    """
    accepted = set()
    for part in accept_encoding.lower().split(","):
        coding, _, parameters = part.partition(";")
        if parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            accepted.add(coding.strip())
    return next((coding for coding in ("zstd", "gzip") if coding in accepted), None)


def compressed(pieces: Iterable[bytes], coding: str | None) -> Iterator[bytes]:
    """Yield `pieces` in a content coding, bit by bit."""
    if coding is None:
        yield from pieces
        return
    compressor: _Compressor = (
        zstandard.ZstdCompressor(level=3).compressobj()
        if coding == "zstd"
        else zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    )
    for piece in pieces:
        out = compressor.compress(piece)
        if out:
            yield out
    yield compressor.flush()
