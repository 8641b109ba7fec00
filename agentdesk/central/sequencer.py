"""The sequencer: giving numbers to what was written without, and then telling what they are.

A transaction of the sequencer begins by changing the head's row, so that at most one is at work,
in whichever process, and the numbers that it gives out commit in their order. It numbers what it
can see. A record that somebody is just changing keeps waiting, together with everything that may
build on it, so that the sequencer never waits for a writer and none waits long for it.

Which mutations may build on what still waits is told by the head at which the sequencer first saw
them: whatever somebody has read had been committed before they committed, and was seen no later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.database import Database
from agentdesk.central.feed import SHARD, Change, Numbering, is_waiting, take_numbers
from agentdesk.central.placing import place
from agentdesk.central.records import UNNUMBERED
from agentdesk.decoding import decode_json
from agentdesk.domain.kinds import KindName
from agentdesk.sync.protocol import GoneReason

AT_ONCE = 1_000
"""How many changes a transaction of the sequencer numbers at most."""

_KEYS_AT_ONCE = 250

_Key = tuple[str, str]


def choose(connection: sa.Connection, numbering: Numbering) -> None:
    """Have all organisations' changes numbered in this way from now on.

    Safe at any time: until nothing waits any more, the sequencer goes on numbering.
    """
    connection.execute(sa.update(t.org).values(numbering=numbering.value))


def waiting_organisations(connection: sa.Connection) -> list[str]:
    """Return the organisations that have something to number."""
    changes = sa.select(t.pending_change.c.org_id)
    return list(connection.execute(changes.union(sa.select(t.pending_group.c.org_id))).scalars())


def number_all(database: Database, org_id: str) -> int:
    """Number what waits and nobody is just changing; return how many numbers that took."""
    count = 0
    if not database.read(is_waiting, org_id):
        return count
    while (numbered := database.write(number_some, org_id)) is not None:
        count += numbered
    return count


def number_some(connection: sa.Connection, org_id: str, limit: int = AT_ONCE) -> int | None:
    """Number up to `limit` changes; return how many, None if there was nothing to be done.

    To be given a writing transaction of its own.
    """
    before = _lock_head(connection, org_id)
    # First the groups: what they build on is then seen at the same head, or was at an earlier one.
    for table in (t.pending_group, t.pending_change):
        connection.execute(
            sa.update(table)
            .where(table.c.org_id == org_id, table.c.seen_seq.is_(None))
            .values(seen_seq=before)
        )
    waiting = _oldest(connection, org_id, limit)
    records = _lock_records(connection, org_id, [(row.kind, row.record_id) for row in waiting])
    taken = [row for row in waiting if (row.kind, row.record_id) in records]
    if taken:
        _number(connection, org_id, taken, records)
    settled = _settle(connection, org_id, before + len(taken))
    return len(taken) if taken or settled else None


def _lock_head(connection: sa.Connection, org_id: str) -> int:
    """Keep all others from giving out numbers, by a change that changes nothing."""
    head: int = connection.execute(
        sa.update(t.feed_head)
        .where(t.feed_head.c.org_id == org_id, t.feed_head.c.shard == SHARD)
        .values(seq=t.feed_head.c.seq)
        .returning(t.feed_head.c.seq)
    ).scalar_one()
    return head


def _oldest(connection: sa.Connection, org_id: str, limit: int) -> Sequence[sa.Row[Any]]:
    pending = t.pending_change
    return connection.execute(
        sa.select(pending)
        .where(pending.c.org_id == org_id, pending.c.seen_seq.is_not(None))
        .order_by(pending.c.seen_seq, pending.c.batch, pending.c.ordinal)
        .limit(limit)
    ).all()


def _lock_records(
    connection: sa.Connection, org_id: str, keys: Sequence[_Key]
) -> dict[_Key, sa.Row[Any]]:
    """Return the records that nobody else is just changing, and keep others from doing so."""
    distinct = sorted(set(keys))
    found: dict[_Key, sa.Row[Any]] = {}
    for start in range(0, len(distinct), _KEYS_AT_ONCE):
        some = distinct[start : start + _KEYS_AT_ONCE]
        rows = connection.execute(
            sa.select(
                t.record.c.kind,
                t.record.c.id,
                t.record.c.owner_id,
                t.record.c.versions,
                t.record.c.created_seq,
                t.record.c.removed_seq,
            )
            .where(t.record.c.org_id == org_id, sa.tuple_(t.record.c.kind, t.record.c.id).in_(some))
            .with_for_update(skip_locked=True)
        )
        found.update({(row.kind, row.id): row for row in rows})
    return found


def _number(
    connection: sa.Connection,
    org_id: str,
    taken: Sequence[sa.Row[Any]],
    records: dict[_Key, sa.Row[Any]],
) -> None:
    changes = [
        Change(KindName(row.kind), row.record_id, row.gone and GoneReason(row.gone))
        for row in taken
    ]
    before = take_numbers(connection, org_id, changes)
    numbers: dict[_Key, int] = {}
    batches: dict[str, tuple[int, int]] = {}
    for seq, row in enumerate(taken, before + 1):
        # Of several changes of a record the last one's number is its own.
        numbers[row.kind, row.record_id] = seq
        first, _last = batches.get(row.batch, (seq, seq))
        batches[row.batch] = first, seq
    _write_numbers(connection, org_id, [(records[key], seq) for key, seq in numbers.items()])
    pending = t.pending_change
    connection.execute(
        sa.delete(pending).where(
            pending.c.org_id == org_id,
            pending.c.batch == sa.bindparam("its_batch"),
            pending.c.ordinal == sa.bindparam("its_ordinal"),
        ),
        [{"its_batch": row.batch, "its_ordinal": row.ordinal} for row in taken],
    )
    group = t.pending_group
    connection.execute(
        sa.update(group)
        .where(group.c.org_id == org_id, group.c.batch == sa.bindparam("its_batch"))
        .values(
            seq_before=sa.func.coalesce(group.c.seq_before, sa.bindparam("before")),
            seq=sa.bindparam("last"),
        ),
        [
            {"its_batch": batch, "before": first - 1, "last": last}
            for batch, (first, last) in batches.items()
        ],
    )


def _write_numbers(
    connection: sa.Connection, org_id: str, numbered: Sequence[tuple[sa.Row[Any], int]]
) -> None:
    connection.execute(
        sa.update(t.record)
        .where(
            t.record.c.org_id == org_id,
            t.record.c.kind == sa.bindparam("its_kind"),
            t.record.c.id == sa.bindparam("its_id"),
        )
        .values(
            {
                name: sa.bindparam(f"new_{name}")
                for name in ("seq", "created_seq", "versions", "removed_seq", "bucket", "check_sum")
            }
        ),
        [_numbered_row(record, seq) for record, seq in numbered],
    )


def _numbered_row(record: sa.Row[Any], seq: int) -> dict[str, Any]:
    versions = decode_json(record.versions, dict[str, int])
    given = {name: version or seq for name, version in versions.items()}
    placed = place(record.kind, record.id, record.owner_id, seq)
    removed_seq = seq if record.removed_seq == UNNUMBERED else record.removed_seq
    return {
        "its_kind": record.kind,
        "its_id": record.id,
        "new_seq": seq,
        "new_created_seq": record.created_seq or seq,
        "new_versions": msgspec.json.encode(given).decode(),
        "new_removed_seq": removed_seq,
        **{f"new_{name}": value for name, value in placed.items()},
    }


def _settle(connection: sa.Connection, org_id: str, head: int) -> int:
    """Tell the place of mutations of which nothing, and nothing they build on, waits any more."""
    group = t.pending_group
    still_waiting = connection.execute(
        sa.select(sa.func.min(t.pending_change.c.seen_seq)).where(
            t.pending_change.c.org_id == org_id
        )
    ).scalar_one()
    condition = sa.and_(group.c.org_id == org_id, group.c.seen_seq.is_not(None))
    if still_waiting is not None:
        condition = sa.and_(condition, group.c.seen_seq < still_waiting)
    settled = connection.execute(sa.select(group).where(condition)).all()
    if not settled:
        return 0
    connection.execute(
        sa.update(t.processed)
        .where(
            t.processed.c.org_id == org_id,
            t.processed.c.device_id == sa.bindparam("its_device"),
            t.processed.c.n >= sa.bindparam("first_n"),
            t.processed.c.n <= sa.bindparam("last_n"),
        )
        .values(seq_before=sa.bindparam("new_before"), seq=sa.bindparam("new_seq")),
        [
            {
                "its_device": row.device_id,
                "first_n": row.first_n,
                "last_n": row.last_n,
                # What touched nothing has its place behind all that it can have seen.
                "new_before": head if row.seq is None else row.seq_before,
                "new_seq": head if row.seq is None else row.seq,
            }
            for row in settled
        ],
    )
    connection.execute(
        sa.delete(group).where(
            group.c.org_id == org_id, group.c.batch == sa.bindparam("its_batch")
        ),
        [{"its_batch": row.batch} for row in settled],
    )
    return len(settled)
