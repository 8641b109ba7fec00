"""Where a desk stands in the feed, and whether it can go on from there."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.feed import SHARD, START, Cursor, Position, continues, decode_cursor, head
from agentdesk.central.scopes import Scope
from agentdesk.errors import Code, ExternalError


def cursor_for(
    epoch: str,
    scope: Scope,
    position: Position,
    fresh: Position = START,
    ahead: Position = START,
) -> Cursor:
    """Return the cursor of a desk with `scope` that stands at `position`.

    `fresh` is where the feed stood when it began from nothing; it counts until it gets there.
    """
    if position.seq >= fresh.seq:
        fresh = START
    if position.seq >= ahead.seq:
        ahead = START
    at = {str(SHARD): position}
    return Cursor(epoch, at, scope.revision, scope.key, fresh, ahead=ahead)


def with_absorbed(cursor: Cursor, device_id: str, absorbed: int) -> Cursor:
    """Return `cursor` as that of a device which is told that this much of its own is absorbed."""
    return msgspec.structs.replace(cursor, absorbed=(_short(device_id), absorbed))


def absorbed_before(cursor: Cursor, device_id: str) -> int:
    """Return what a device was told to be absorbed when it got `cursor`.

    It stays absorbed, as what a desk reads never goes backwards.
    """
    of_device, absorbed = cursor.absorbed
    return absorbed if of_device == _short(device_id) else 0


def _short(device_id: str) -> str:
    """Return what tells a device from another, in a cursor that goes with every request."""
    return device_id[-12:]


def can_go_on(
    connection: sa.Connection, org_id: str, cursor: Cursor, epoch: str, scope: Scope
) -> bool:
    """Say whether everything that a desk at `cursor` lacks is still in the feed.

    It is not if the desk has held another scope, if Central was restored from a backup or started
    anew since then, or if what it has missed is older than what is kept.
    """
    if (cursor.scope, cursor.held) != (scope.revision, scope.key):
        return False
    if cursor.fresh != START:
        # Its own position may have been pruned; it tells nothing that the later one does not.
        known = Cursor(cursor.epoch, {str(SHARD): cursor.fresh}, cursor.scope)
    else:
        known = cursor
    # Restored to a state in between, Central has again what was passed over.
    seen = Cursor(cursor.epoch, {str(SHARD): cursor.ahead}, cursor.scope)
    if not all(continues(connection, org_id, known, epoch) for known in (known, seen)):
        return False
    return is_kept(connection, org_id, cursor)


def start_of(
    connection: sa.Connection, org_id: str, epoch: str, scope: Scope, text: str | None
) -> Cursor:
    """Return where a desk goes on that sends `text`, or begins if it sends none.

    Raises `ExternalError(CURSOR_RESET)` if it cannot go on.
    """
    if text is None:
        return cursor_for(epoch, scope, START, head(connection, org_id))
    cursor = decode_cursor(text)
    if cursor is None or not can_go_on(connection, org_id, cursor, epoch, scope):
        raise ExternalError(Code.CURSOR_RESET)
    return cursor


def is_kept(connection: sa.Connection, org_id: str, cursor: Cursor) -> bool:
    """Say whether what came after `cursor` is still in the feed."""
    position = cursor.position if cursor.fresh == START else cursor.fresh
    return position.seq >= kept_from(connection, org_id)


def kept_from(connection: sa.Connection, org_id: str) -> int:
    """Return the number from which on the feed is whole."""
    kept: int = connection.execute(
        sa.select(t.feed_head.c.kept_seq).where(
            t.feed_head.c.org_id == org_id, t.feed_head.c.shard == SHARD
        )
    ).scalar_one()
    return kept


def settled_number(connection: sa.Connection, org_id: str, device_id: str) -> int:
    """Return the highest number up to which it is known where the device's mutations are."""
    group = t.pending_group
    waiting = connection.execute(
        sa.select(sa.func.min(group.c.first_n)).where(
            group.c.org_id == org_id, group.c.device_id == device_id
        )
    ).scalar_one()
    return last_number(connection, org_id, device_id) if waiting is None else waiting - 1


def last_number(connection: sa.Connection, org_id: str, device_id: str) -> int:
    """Return the highest number processed from a device, 0 if none."""
    return (
        connection.execute(
            sa.select(t.device.c.last_n).where(
                t.device.c.org_id == org_id, t.device.c.device_id == device_id
            )
        ).scalar_one_or_none()
        or 0
    )
