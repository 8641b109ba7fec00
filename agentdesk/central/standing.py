"""Where a desk stands in the feed, and whether it can go on from there."""

from __future__ import annotations

import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.feed import SHARD, START, Cursor, Position, continues, decode_cursor, head
from agentdesk.central.scopes import Scope
from agentdesk.errors import Code, ExternalError


def cursor_for(epoch: str, scope: Scope, position: Position, fresh: Position = START) -> Cursor:
    """Return the cursor of a desk with `scope` that stands at `position`.

    `fresh` is where the feed stood when it began from nothing; it counts until it gets there.
    """
    if position.seq >= fresh.seq:
        fresh = START
    return Cursor(epoch, {str(SHARD): position}, scope.revision, scope.key, fresh)


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
    if not continues(connection, org_id, known, epoch):
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
