"""Bringing a cache to the schema of this program, with a copy kept aside first."""

from __future__ import annotations

import shutil
from pathlib import Path

import sqlalchemy as sa

from agentdesk.errors import Code, ExternalError
from agentdesk.store.engine import explained, write_transaction

SCHEMA = "0003"
"""The newest revision in `migrations/versions`."""


def schema_of(connection: sa.Connection) -> str | None:
    """Return the revision that a cache has, or None for one without a schema."""
    tables = sa.text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
    if connection.execute(tables).scalar() is None:
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(engine: sa.Engine, path: Path) -> None:
    """Bring the cache at `path` to the newest schema.

    A cache that has a schema already is copied first, to `cache.before-<revision>.db`. Raises
    `ExternalError(STORE_TOO_NEW)` if a newer program has written it.
    """
    with explained(), engine.connect() as connection:
        current = schema_of(connection)
    if current == SCHEMA:
        return
    # Alembic is imported only where there is something to migrate: no other start waits for it.
    from agentdesk.store import revisions

    if current is not None:
        if current not in revisions.known():
            raise ExternalError(Code.STORE_TOO_NEW)
        _copy_aside(engine, path, current)
    with write_transaction(engine) as connection:
        revisions.run(connection)


def _copy_aside(engine: sa.Engine, path: Path, revision: str) -> None:
    """Copy the file as it is, with everything from its log folded in."""
    with explained(), engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy2(path, path.with_name(f"{path.stem}.before-{revision}{path.suffix}"))
