"""The feed: numbering what a transaction changed, and where a reader of the numbers stands.

The rule (docs: sync): as its last statements before COMMIT a transaction raises the head of the
feed by the number of records it touched, and writes their rows with the numbers so obtained. The
lock on the head's row makes the order of commits equal to the order of numbers, so that a reader
asking for what comes after its cursor misses nothing.

The second way, with the same reader: a transaction leaves what it touched without numbers, and
`agentdesk.central.sequencer` gives them out, in transactions that follow the rule.
"""

from __future__ import annotations

import base64
import operator
import secrets
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.decoding import decode_json
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.sync.protocol import GoneReason


class Numbering(StrEnum):
    """Who gives changes their numbers."""

    HEAD = "head"
    """Each transaction, from the head's row, which it locks until it has committed."""
    SEQUENCER = "sequencer"
    """The sequencer, afterwards; transactions do not wait for one another."""


SHARD = 0
"""The only shard so far. Cursors carry a position for each."""


class Change(msgspec.Struct, frozen=True):
    """A record that the transaction touched."""

    kind: KindName
    record_id: str
    gone: GoneReason | None = None


class Position(msgspec.Struct, frozen=True, array_like=True):
    """A number of the feed, and the random tag that was stored with it."""

    seq: int = 0
    tag: str = ""


START = Position()


class Cursor(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    rename={
        "epoch": "e",
        "positions": "s",
        "scope": "r",
        "held": "h",
        "fresh": "f",
        "absorbed": "a",
        "ahead": "u",
    },
):
    """Where a desk stands; opaque to it.

    `scope` is the revision and `held` the key of the scope that it was made in. `fresh` is where
    the feed stood when a desk without anything began to read it from its start, until it gets
    there: such a desk lacks nothing that was pruned before. `absorbed` is a device, and the number
    up to which its mutations have been told it as absorbed, so that nobody looks at them again.
    `ahead` is where the feed stood while a page was read that ends before: what was changed again
    by then was passed over, to come with a later page.
    """

    epoch: str
    positions: dict[str, Position]
    scope: int
    held: str = "all"
    fresh: Position = START
    absorbed: tuple[str, int] = ("", 0)
    ahead: Position = START

    @property
    def position(self) -> Position:
        """The position in the only shard."""
        return self.positions.get(str(SHARD), START)

    def encode(self) -> str:
        """Return the text that a desk keeps."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")


def cursor_at(epoch: str, scope: int, position: Position) -> Cursor:
    """Return the cursor for `position`."""
    return Cursor(epoch, {str(SHARD): position}, scope)


def decode_cursor(text: str) -> Cursor | None:
    """Return the cursor in `text`, None if there is none in it."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return decode_json(raw, Cursor)
    except ValueError:  # also of base64, and msgspec's
        return None


def take_numbers(connection: sa.Connection, org_id: str, changes: Sequence[Change]) -> int:
    """Number `changes` and write them to the feed; return the number before the first.

    The i-th change (from 0) has the returned number + 1 + i. Nothing may be locked after this:
    all that the transaction still does is to write rows that it holds already.
    """
    head = connection.execute(
        sa.update(t.feed_head)
        .where(t.feed_head.c.org_id == org_id, t.feed_head.c.shard == SHARD)
        .values(seq=t.feed_head.c.seq + len(changes))
        .returning(t.feed_head.c.seq)
    ).scalar_one()
    before: int = head - len(changes)
    if changes:
        tag = secrets.token_urlsafe(9)
        insert_many(
            connection,
            t.changes,
            [
                {
                    "org_id": org_id,
                    "shard": SHARD,
                    "seq": seq,
                    "tag": tag,
                    "kind": str(change.kind),
                    "record_id": change.record_id,
                    "gone": change.gone and str(change.gone),
                }
                for seq, change in enumerate(changes, before + 1)
            ],
        )
    return before


def numbers_come_later(connection: sa.Connection, org_id: str) -> bool:
    """Say whether this transaction leaves its changes to the sequencer.

    To be asked after everything has been read that decides what is written. As long as somebody's
    changes wait for their numbers nobody takes any: what built on such a change would have a number
    below its own.
    """
    row = connection.execute(
        sa.select(t.org.c.numbering, _waits(org_id)).where(t.org.c.org_id == org_id)
    ).one()
    return row.numbering == Numbering.SEQUENCER or bool(row[1])


def is_waiting(connection: sa.Connection, org_id: str) -> bool:
    """Say whether anything that has been written waits for its number."""
    return bool(connection.execute(sa.select(_waits(org_id))).scalar_one())


def _waits(org_id: str) -> sa.ColumnElement[bool]:
    return sa.or_(
        sa.select(t.pending_change.c.batch).where(t.pending_change.c.org_id == org_id).exists(),
        sa.select(t.pending_group.c.batch).where(t.pending_group.c.org_id == org_id).exists(),
    )


def leave_without_numbers(connection: sa.Connection, org_id: str, changes: Sequence[Change]) -> str:
    """Write down `changes` for the sequencer; return the batch that they are."""
    batch = new_id()
    insert_many(
        connection,
        t.pending_change,
        [
            {
                "org_id": org_id,
                "batch": batch,
                "ordinal": ordinal,
                "kind": str(change.kind),
                "record_id": change.record_id,
                "gone": change.gone and str(change.gone),
            }
            for ordinal, change in enumerate(changes)
        ],
    )
    return batch


def insert_many(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all have the same plain columns, without SQLAlchemy's work for each."""
    if not rows:
        return
    statement = sa.insert(table).compile(dialect=connection.dialect, column_keys=list(rows[0]))
    names = statement.positiontup
    if names is None:
        connection.exec_driver_sql(str(statement), list(rows))
    else:
        values = operator.itemgetter(*names)
        connection.exec_driver_sql(str(statement), [values(row) for row in rows])


def head(connection: sa.Connection, org_id: str) -> Position:
    """Return the newest position of the feed."""
    row = connection.execute(
        sa.select(t.feed_head.c.seq, t.changes.c.tag)
        .select_from(
            t.feed_head.outerjoin(
                t.changes,
                sa.and_(
                    t.changes.c.org_id == t.feed_head.c.org_id,
                    t.changes.c.shard == t.feed_head.c.shard,
                    t.changes.c.seq == t.feed_head.c.seq,
                ),
            )
        )
        .where(t.feed_head.c.org_id == org_id, t.feed_head.c.shard == SHARD)
    ).one()
    return Position(row.seq, row.tag or "")


def continues(connection: sa.Connection, org_id: str, cursor: Cursor, epoch: str) -> bool:
    """Say whether the feed still holds what `cursor` was made from.

    It does not if Central was restored from a backup, or started anew, since then.
    """
    if cursor.epoch != epoch:
        return False
    if cursor.position == START:
        return True
    tag = connection.execute(
        sa.select(t.changes.c.tag).where(
            t.changes.c.org_id == org_id,
            t.changes.c.shard == SHARD,
            t.changes.c.seq == cursor.position.seq,
        )
    ).scalar_one_or_none()
    return tag is not None and tag == cursor.position.tag
