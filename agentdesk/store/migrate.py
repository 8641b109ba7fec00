"""Bringing a cache to the schema of this program, with a copy kept aside first."""

from __future__ import annotations

import shutil
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from agentdesk.errors import Code, ExternalError
from agentdesk.store.engine import explained, write_transaction

_SCRIPTS = Path(__file__).parent / "migrations"


def alembic_config(connection: sa.Connection | None = None) -> Config:
    """Return the configuration of the desk's migrations, bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: sa.Engine, path: Path) -> None:
    """Bring the cache at `path` to the newest schema.

    A cache that has a schema already is copied first, to `cache.before-<revision>.db`. Raises
    `ExternalError(STORE_TOO_NEW)` if a newer program has written it.
    """
    script = ScriptDirectory.from_config(alembic_config())
    head = script.get_current_head()
    with explained(), engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == head:
        return
    if current is not None:
        if current not in {revision.revision for revision in script.walk_revisions()}:
            raise ExternalError(Code.STORE_TOO_NEW)
        _copy_aside(engine, path, current)
    with write_transaction(engine) as connection:
        command.upgrade(alembic_config(connection), "head")


def _copy_aside(engine: sa.Engine, path: Path, revision: str) -> None:
    """Copy the file as it is, with everything from its log folded in."""
    with explained(), engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy2(path, path.with_name(f"{path.stem}.before-{revision}{path.suffix}"))
