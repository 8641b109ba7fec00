"""The desk's migrations, run by Alembic on a connection that is handed over."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

_SCRIPTS = Path(__file__).parent / "migrations"


def known() -> set[str]:
    """Return every revision that there is."""
    script = ScriptDirectory.from_config(_config())
    return {revision.revision for revision in script.walk_revisions()}


def run(connection: sa.Connection, to: str = "head") -> None:
    """Migrate within the transaction of `connection`."""
    command.upgrade(_config(connection), to)


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config
