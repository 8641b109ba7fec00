"""Saving what can be saved from a damaged cache; the damaged file is kept, never deleted."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from agentdesk.domain.moments import now
from agentdesk.errors import ExternalError
from agentdesk.paths import ProfilePaths
from agentdesk.store.engine import explained, make_engine, read_transaction, write_transaction
from agentdesk.store.migrate import upgrade
from agentdesk.store.tables import (
    attention,
    conflict,
    draft,
    journal,
    outbox,
    setting,
    sync_state,
)

logger = logging.getLogger(__name__)

RESCUED = (outbox, journal, attention, conflict, draft, setting, sync_state)
"""What exists nowhere but here. Everything else comes back from Central."""

_NOT_KEPT = frozenset({"cursor", "last_pull_at", "commits"})
"""What speaks of the content of the old cache: the new one begins to read from the start."""


def mark_damaged(paths: ProfilePaths) -> None:
    """Note that the cache was found damaged while open, so that the next start mends it."""
    with explained():
        paths.damage_mark.touch()


def set_aside(paths: ProfilePaths) -> Path:
    """Move the damaged files out of the way, whole, and return where the cache lies now."""
    stamp = now().strftime("%Y%m%d-%H%M%S")
    aside = paths.cache.with_name(f"cache.damaged-{stamp}.db")
    with explained():
        for suffix in ("", "-wal", "-shm"):
            part = paths.cache.with_name(paths.cache.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
        paths.damage_mark.unlink(missing_ok=True)
    return aside


def rebuild(paths: ProfilePaths, key: bytes, aside: Path) -> int:
    """Make a new cache with everything rescued; returns how many unsent edits that were."""
    rescued = {table.name: _readable(aside, key, table) for table in RESCUED}
    engine = make_engine(paths.cache, key, create=True)
    try:
        upgrade(engine, paths.cache)
        with write_transaction(engine) as connection:
            for table in RESCUED:
                rows = [r for r in rescued[table.name] if r.get("key") not in _NOT_KEPT]
                if rows:
                    connection.execute(insert(table).on_conflict_do_nothing(), rows)
    finally:
        engine.dispose()
    return len(rescued[outbox.name])


def _readable(aside: Path, key: bytes, table: sa.Table) -> list[dict[str, Any]]:
    """Return every row that can still be read, one by one where a page is broken."""
    engine = make_engine(aside, key)
    try:
        keys = next(iter(table.primary_key.columns))
        try:
            with read_transaction(engine) as connection:
                return [dict(row) for row in connection.execute(sa.select(table)).mappings()]
        except ExternalError:
            logger.warning("table %s is damaged, reading it row by row", table.name)
        found: list[dict[str, Any]] = []
        for forwards in (True, False):
            order = keys.asc() if forwards else keys.desc()
            found += _until_broken(engine, table, sa.select(table).order_by(order))
        return list({row[keys.name]: row for row in found}.values())
    finally:
        engine.dispose()


def _until_broken(
    engine: sa.Engine, table: sa.Table, query: sa.Select[Any]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    try:
        with read_transaction(engine) as connection:
            # What came before a broken page counts, so the list grows row by row.
            found.extend(dict(row) for row in connection.execute(query).mappings())
    except ExternalError:
        logger.warning("table %s ends early at a broken page", table.name)
    return found
