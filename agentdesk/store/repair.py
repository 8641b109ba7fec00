"""Saving what can be saved from a damaged cache; the damaged file is kept, never deleted."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from agentdesk.decoding import decode_json
from agentdesk.domain.moments import now, to_text
from agentdesk.errors import ExternalError
from agentdesk.paths import ProfilePaths
from agentdesk.store.engine import (
    CacheFile,
    explained,
    make_engine,
    read_transaction,
    write_transaction,
)
from agentdesk.store.mentions import MENTIONS_READ
from agentdesk.store.migrate import upgrade
from agentdesk.store.swap import (
    LOADING_FILE,
    SUPERSEDED_BY,
    give_usual_name,
    parts_of,
    successor_of_damaged,
)
from agentdesk.store.tables import (
    attention,
    conflict,
    draft,
    journal,
    mention_dismissed,
    merged,
    outbox,
    setting,
    sync_state,
)

logger = logging.getLogger(__name__)

RESCUED_EDITS = "rescued_edits"
"""Set in a rebuilt cache until what was rescued is shown again: how many edits that were."""

RESCUED = (
    *(outbox, journal, attention, conflict, merged),
    *(draft, setting, sync_state, mention_dismissed),
)
"""What exists nowhere but here. Everything else comes back from Central."""

_NOT_KEPT = frozenset(
    {"cursor", "last_pull_at", "commits", SUPERSEDED_BY, LOADING_FILE, MENTIONS_READ}
)
"""What speaks of the content of the old cache: the new one begins to read from the start."""


def mark_damaged(paths: ProfilePaths) -> None:
    """Note that the cache was found damaged while open, so that the next start mends it."""
    with explained():
        paths.damage_mark.touch()


def set_aside(paths: ProfilePaths) -> Path:
    """Move the damaged files out of the way, whole, and return where the cache lies now."""
    stamp = now().strftime("%Y%m%d-%H%M%S-%f")
    aside = paths.cache.with_name(f"cache.damaged-{stamp}.db")
    with explained():
        for part, moved in zip(parts_of(paths.cache), parts_of(aside), strict=True):
            if part.exists():
                part.rename(moved)
        paths.damage_mark.unlink(missing_ok=True)
    return aside


def rebuild(paths: ProfilePaths, key: bytes) -> int:
    """Put a new cache with everything rescued in the damaged one's place.

    Returns how many unsent edits that were. The new cache is whole before the damaged one is moved
    away: wherever this is cut off, `finish_rebuild` or another call completes it.
    """
    base = CacheFile(paths.cache, key)
    successor = successor_of_damaged(base)
    if successor is not None:
        set_aside(paths)
        give_usual_name(successor, base)
    rescued = {table.name: _readable(paths.cache, key, table) for table in RESCUED}
    count = len(rescued[outbox.name])
    mend_numbers(rescued)
    rescued[sync_state.name].append({"key": RESCUED_EDITS, "value": count})
    fresh = _rebuilt(paths)
    for leftover in parts_of(fresh):
        leftover.unlink(missing_ok=True)
    engine = make_engine(fresh, key, create=True)
    try:
        upgrade(engine, fresh)
        with write_transaction(engine) as connection:
            for table in RESCUED:
                rows = [r for r in rescued[table.name] if r.get("key") not in _NOT_KEPT]
                if rows:
                    connection.execute(insert(table).on_conflict_do_nothing(), rows)
    finally:
        engine.dispose()
    set_aside(paths)
    finish_rebuild(paths)
    return count


def finish_rebuild(paths: ProfilePaths) -> None:
    """Complete a rebuild that was cut off after the damaged cache had been moved away."""
    fresh = _rebuilt(paths)
    with explained():
        if paths.cache.exists() or not fresh.exists():
            return
        # A log without its cache would be read into the new one.
        if any(part.exists() for part in parts_of(paths.cache)):
            set_aside(paths)
        fresh.rename(paths.cache)


def _rebuilt(paths: ProfilePaths) -> Path:
    return paths.cache.with_name("cache.rebuilt.db")


def mend_numbers(rescued: dict[str, list[dict[str, Any]]]) -> None:
    """Make sure that what is sent from now on has numbers of its own, without a gap.

    Central takes a device's mutations in unbroken order, and none under a number used before. If
    what was rescued cannot vouch for that, the profile becomes a new device, to be signed in
    again: what Central has not judged is numbered from 1, and all else moves below 0. Central
    recognises by its record what it had taken from the old device.
    """
    state = {row["key"]: row["value"] for row in rescued[sync_state.name]}
    edits = sorted(rescued[outbox.name], key=lambda row: row["n"])
    unjudged = [row for row in edits if row["verdict"] is None]
    judged = [row for row in edits if row["verdict"] is not None]
    used = {row["n"] for row in (*judged, *rescued[journal.name])}
    next_n = state.get("next_n") or 1
    last = unjudged[0]["n"] - 1 if unjudged else next_n - 1
    unbroken = [row["n"] for row in unjudged] == list(range(last + 1, next_n))
    if state.get("device_id") and unbroken and (last == 0 or last in used):
        return
    logger.warning("numbers of edits are incomplete: this profile becomes a new device")
    settled_at = to_text(now())
    left = set(journal.columns.keys())
    rescued[journal.name] += [
        {k: v for k, v in row.items() if k in left} | {"settled_at": settled_at} for row in judged
    ]
    rescued[outbox.name] = [_renumbered(row, n) for n, row in enumerate(unjudged, 1)]
    kept = [rescued.get(table.name, []) for table in (journal, attention, conflict, merged)]
    shift = 1 + max((row["n"] for rows in kept for row in rows), default=0)
    for rows in kept:
        for row in rows:
            row["n"] -= shift
    gone = {"device_id", "access_token", "refresh_token", "next_n"}
    rescued[sync_state.name] = [r for r in rescued[sync_state.name] if r["key"] not in gone]
    rescued[sync_state.name].append({"key": "next_n", "value": len(unjudged) + 1})


def _renumbered(row: dict[str, Any], n: int) -> dict[str, Any]:
    payload = decode_json(row["payload"]) | {"n": n}
    return row | {"n": n, "payload": msgspec.json.encode(payload), "attempted_at": None}


def _readable(aside: Path, key: bytes, table: sa.Table) -> list[dict[str, Any]]:
    """Return every row that can still be read, one by one where a page is broken."""
    engine = make_engine(aside, key)
    try:
        keys = list(table.primary_key.columns)
        columns = _present(engine, table)
        if not columns:
            return []
        try:
            with read_transaction(engine) as connection:
                return [dict(row) for row in connection.execute(sa.select(*columns)).mappings()]
        except ExternalError:
            logger.warning("table %s is damaged, reading it row by row", table.name)
        found: list[dict[str, Any]] = []
        for forwards in (True, False):
            order = [key.asc() if forwards else key.desc() for key in keys]
            found += _until_broken(engine, table, sa.select(*columns).order_by(*order))
        return list({tuple(row[key.name] for key in keys): row for row in found}.values())
    finally:
        engine.dispose()


def _present(engine: sa.Engine, table: sa.Table) -> list[sa.Column[Any]]:
    """Return the columns that the file has: it may be of an older schema, or tell nothing."""
    try:
        with read_transaction(engine) as connection:
            rows = connection.exec_driver_sql(f"PRAGMA table_info({table.name})").all()
    except ExternalError:
        return list(table.columns)
    there = {row[1] for row in rows}
    return [column for column in table.columns if column.name in there]


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
